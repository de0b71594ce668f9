"""Train one string autoencoder after the other, and measure what each can do."""

import keras
import numpy as np

from companion.autoencoders.losses import categorical_nll, gaussian_kl_per_unit
from companion.practice import molecule_properties, string_baselines
from companion.practice.shift_trials import Falling, new_weights
from companion.practice.string_vae import StringVAE
from companion.training.again import TrainedAgain

SIZES = {"latent_dim": 32, "hidden": 192, "width": 48, "n_before": 2}
CHOSEN = {"context": 1, "beta": 0.1}
LEARNING_RATE = 0.004
BATCH_SIZE = 64
ACTIVE_NATS = 0.05


class Codec:
    """An alphabet and a trained model as one: molecules to codes, codes to molecules.

    Args:
        alphabet: A `companion.practice.molecule_strings.Alphabet`.
        model: A `companion.practice.string_vae.StringVAE`, which several codecs may share.
        weights: What this codec sets it to.
    """

    def __init__(self, alphabet, model, weights):
        self.alphabet, self.model, self.weights = alphabet, model, weights
        self.latent_dim = model.latent_dim

    def posterior(self, molecules):
        """Means and log-variances of the codes of molecules, each (n, K)."""
        self.model.set_weights(self.weights)
        x = one_hot(self.alphabet, molecules, self.model.n_symbols)
        return tuple(map(keras.ops.convert_to_numpy, self.model.posterior(x)))

    def encode(self, molecules):
        """Map n canonical SMILES strings to the means of their codes, (n, K)."""
        return self.posterior(molecules)[0]

    def write(self, z, rng=None):
        """Map codes, (n, K), to molecules, None where there is none; see the model."""
        self.model.set_weights(self.weights)
        rows = self.model.write(z, rng)
        # Symbols that the other notation has and this one has not end a row.
        return self.alphabet.decode(np.where(rows < len(self.alphabet.symbols), rows, 0))

    def bound(self, molecules, rng):
        """Measure the two parts of the loss on molecules.

        Args:
            molecules: Canonical SMILES strings.
            rng: A `numpy.random.Generator` for one sample of every code.

        Returns:
            Mean of -log p(x | z) in nats, and the mean KL of every unit in nats, (K,).
        """
        z_mean, z_log_var = self.posterior(molecules)
        z = z_mean + np.exp(0.5 * z_log_var) * rng.standard_normal(z_mean.shape)
        x = one_hot(self.alphabet, molecules, self.model.n_symbols)
        nll = categorical_nll(x, self.model.logits(z.astype("float32"), x))
        kl = gaussian_kl_per_unit(z_mean, z_log_var)
        return float(np.mean(nll)), np.mean(kl, axis=0)


def one_hot(alphabet, molecules, n_symbols):
    """Write molecules as one-hot rows, (n, T, n_symbols), float32."""
    return np.eye(n_symbols, dtype="float32")[alphabet.encode(molecules)]


class Trainer:
    """One compiled model, trained as often as wanted, in any notation and setting.

    Args:
        alphabets: `Alphabet` objects of one length; the model has symbols for the largest.
    """

    def __init__(self, *alphabets):
        lengths = {alphabet.length for alphabet in alphabets}
        if len(lengths) != 1:
            raise ValueError(f"alphabets must have one length; got {sorted(lengths)}")
        n_symbols = max(len(alphabet.symbols) for alphabet in alphabets)
        self.model = StringVAE(lengths.pop(), n_symbols, **SIZES)
        self._rate = Falling()
        self._again = TrainedAgain(self.model, self._rate)

    def train(self, alphabet, molecules, seed, epochs, **settings):
        """Train from new weights.

        Args:
            alphabet: One of the alphabets.
            molecules: Canonical SMILES strings.
            seed: Seed of the weights and of the order.
            epochs: Passes over the molecules.
            settings: Of `StringVAE.set`; warm_up_steps as "warm_up", a share of all steps.

        Returns:
            A `Codec`.
        """
        rng = np.random.default_rng(seed)
        n_steps = max(epochs * len(molecules) // BATCH_SIZE, 1)
        settings = CHOSEN | settings
        warm_up = settings.pop("warm_up", 0.0)
        self._again.begin(new_weights(self.model, rng))
        self.model.noise.state.assign(np.array([seed, 0], "uint32"))
        self.model.set(**settings, warm_up_steps=warm_up * n_steps)
        self._rate.set(LEARNING_RATE, n_steps)
        x = one_hot(alphabet, molecules, self.model.n_symbols)
        weights = self._again.train(x, n_steps, BATCH_SIZE, rng)
        return Codec(alphabet, self.model, weights)


def measure_code(codec, molecules, seed=0):
    """Measure codes and reconstructions of held-out molecules.

    Args:
        codec: A `Codec`.
        molecules: Canonical SMILES strings.
        seed: Seed of one sample of each code.

    Returns:
        A dictionary: "reconstructed", the share of molecules that come back whole; "nll"
        and "KL", in nats for a molecule; "bound", their sum, which is minus the ELBO;
        "active", the units with a mean KL above 0.05 nats.
    """
    nll, kl = codec.bound(molecules, np.random.default_rng(seed))
    back = codec.write(codec.encode(molecules))
    whole = [one == str(other) for one, other in zip(back, molecules, strict=True)]
    return {
        "reconstructed": float(np.mean(whole)),
        "nll": nll,
        "KL": float(kl.sum()),
        "bound": nll + float(kl.sum()),
        "active": int((kl > ACTIVE_NATS).sum()),
    }


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
        "copies": copies,
        "copies and a carbon": [string_baselines.add_carbon(one, rng) for one in copies],
    }


def generate(codecs, chains, train, n):
    """Generate molecules with every method, once for each seed.

    Args:
        codecs: Maps the name of a notation to its `Codec` objects, one for each seed.
        chains: Maps it to the fitted Markov chain.
        train: Training molecules.
        n: How many molecules a method makes.

    Returns:
        Maps each method to a list of lists of molecules, one for each seed.
    """
    made = {}
    for name, trained in codecs.items():
        for seed, codec in enumerate(trained):
            z = np.random.default_rng(seed).standard_normal((n, codec.latent_dim))
            made.setdefault(f"{name} autoencoder", []).append(codec.write(z))
            rivals = without_model(codec.alphabet, train, chains[name], n, seed)
            for method, decoded in rivals.items():
                label = method if "copies" in method else f"{name} {method}"
                made.setdefault(label, []).append(decoded)
    # Copies are the same in every notation: keep those of the first.
    return {label: runs[: len(trained)] for label, runs in made.items()}
