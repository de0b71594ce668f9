"""Generate molecules from codes and without any, and measure what each makes."""

import numpy as np

from companion.practice import molecule_properties, string_baselines
from companion.practice.string_evolution import cross


def measure_set(decoded, known, reference):
    """Measure generated molecules against held-out ones.

    Args:
        decoded: Canonical SMILES strings, None for what is no molecule.
        known: Training molecules.
        reference: Properties of held-out molecules, (m, 4).

    Returns:
        A dictionary: "valid", "unique", "novel"; "diversity", of the valid ones; for every
        property the Wasserstein distance, and the mean of these as "distance", in standard
        deviations; the mean Kolmogorov-Smirnov distance as "KS".
    """
    valid = [smiles for smiles in decoded if smiles is not None]
    found = molecule_properties.shares(decoded, known)
    if valid:
        table = molecule_properties.properties(valid)
        apart, ks = molecule_properties.distances(table, reference)
        bits = molecule_properties.fingerprints(valid)
        found |= apart | {
            "distance": float(np.mean(list(apart.values()))),
            "KS": float(np.mean(list(ks.values()))),
            "diversity": molecule_properties.internal_diversity(bits),
        }
    return found


def without_model(alphabet, train, chain, n, seed):
    """Generate molecules in the ways that need no autoencoder.

    Args:
        alphabet: An `Alphabet`.
        train: Training molecules.
        chain: A fitted `companion.practice.string_baselines.MarkovChain`.
        n: How many of each.
        seed: Seed of the draws.

    Returns:
        Lists of molecules by method.
    """
    rng, rows = np.random.default_rng(seed), alphabet.encode(train)
    copies = [str(one) for one in rng.choice(train, n)]
    return {
        "random symbols": alphabet.decode(string_baselines.random_rows(rows, n, rng)),
        "Markov chain": alphabet.decode(chain.sample(n, alphabet.length, rng)),
        "crossed pairs": alphabet.decode(cross(*rng.choice(rows, (2, n)), rng)),
        "copies": copies,
        "copies and a carbon": [string_baselines.add_carbon(one, rng) for one in copies],
    }


def generate(codecs, chains, train, n):
    """Generate molecules with every method, once for each seed.

    Ways without a model are those of the first notation, but for the Markov chains.

    Args:
        codecs: Maps the name of a notation to its `Codec` objects, one for each seed.
        chains: Maps it to the fitted Markov chain.
        train: Training molecules.
        n: How many molecules a method makes.

    Returns:
        Maps each method to a list of lists of molecules, one for each seed.
    """
    made, first = {}, next(iter(codecs))
    for name, trained in codecs.items():
        for seed, codec in enumerate(trained):
            alphabet, rng = codec.alphabet, np.random.default_rng(seed)
            z = rng.standard_normal((n, codec.latent_dim))
            made.setdefault(f"{name} autoencoder", []).append(codec.write(z))
            if name == first:
                rivals = without_model(alphabet, train, chains[name], n, seed)
            else:
                drawn = chains[name].sample(n, alphabet.length, rng)
                rivals = {"Markov chain": alphabet.decode(drawn)}
            for method, decoded in rivals.items():
                label = method if "copies" in method else f"{name} {method}"
                made.setdefault(label, []).append(decoded)
    return made
