"""All ways of ranking sentences, on docstrings and on the chapters of this book."""

import json
import re
from pathlib import Path

import numpy as np
import scipy.sparse
from sklearn.decomposition import TruncatedSVD

import companion
from companion.practice import summaries
from companion.practice.bag_of_words import Vocabulary, tfidf, words
from companion.practice.rouge import rouge
from companion.practice.text_codes import CodeTrainer

ROOMS = ("brain", "networks", "autoencoders")
CODE = re.compile(
    r"\$\$.*?\$\$(?:\s*\(eq-[\w-]+\))?|\$[^$\n]{0,300}\$|`[^`\n]{0,300}`", re.S
)
ROLE = re.compile(r"\{[\w:]+\}|<[^<>]{0,80}>|\]\([^()\s]{0,200}\)|[*\[\]#]+")
SKIPPED = ("**Check your understanding**", "- ", "|", "![")
LAST = ("## Exercises", "## Summary", "## Where the analogy", "## References")


def scores_of(texts, vocabulary, encoders):
    """Score the sentences of one text in every way that needs no chance.

    Args:
        texts: Its sentences, at least one.
        vocabulary: A fitted `companion.practice.bag_of_words.Vocabulary`.
        encoders: Maps names to functions from counts (n, V) to codes (n, K).

    Returns:
        Maps the name of each method to scores, shape (n,).
    """
    counts = vocabulary.counts(texts)
    whole = counts.sum(axis=0, keepdims=True)
    x = tfidf(counts, vocabulary.idf)
    found = {"lead": summaries.lead(len(texts))}
    found["TF-IDF"] = summaries.by_code(x, x.mean(axis=0))
    for name, encode in encoders.items():
        known = counts.sum(axis=1) > 0
        codes = summaries.by_code(encode(counts), encode(whole)[0])
        found[name] = np.where(known, codes, -1.0)
    found["LexRank"] = summaries.lexrank(x)
    found["TextRank"] = summaries.textrank([words(text) for text in texts])
    return found


def measure(pairs, vocabulary, encoders, n_words, n_random=3, seed=0):
    """Summarize every text in every way.

    Args:
        pairs: Texts and references, each a list of sentences.
        vocabulary: As in `scores_of`.
        encoders: As in `scores_of`.
        n_words: Words of a summary.
        n_random: Draws of "random", which are averaged for each text.
        seed: Seed of the draws.

    Returns:
        Maps the name of each method to ROUGE-1, -2 and -L, shape (n, 3).
    """
    rng, results = np.random.default_rng(seed), {}
    for texts, reference in pairs:
        lengths = np.array([len(text.split()) for text in texts])

        def value(chosen, texts=texts, reference=reference):
            return rouge([texts[i] for i in chosen], reference)

        chosen = {
            name: value(summaries.choose(scores, lengths, n_words))
            for name, scores in scores_of(texts, vocabulary, encoders).items()
        }
        draws = [rng.random(len(texts)) for _ in range(n_random)]
        draws = [value(summaries.choose(draw, lengths, n_words)) for draw in draws]
        chosen["random"] = np.mean(draws, axis=0)
        best = summaries.oracle(texts, " ".join(reference), n_words)
        chosen["oracle"] = value(best)
        for name, found in chosen.items():
            results.setdefault(name, []).append(found)
    return {name: np.array(found) for name, found in results.items()}


def docstring_pairs(x, y):
    """Bodies and summaries of docstrings as lists of sentences, both at least one."""
    pairs = [
        (summaries.sentences(a), summaries.sentences(b)) for a, b in zip(x, y, strict=True)
    ]
    return [(a, b) for a, b in pairs if a and b]


def lsa_encoder(counts, idf, latent_dim):
    """Fit latent semantic analysis; returns a function from counts to codes (n, K)."""
    x = scipy.sparse.csr_array(tfidf(counts, idf))
    model = TruncatedSVD(latent_dim, algorithm="arpack", random_state=0).fit(x)
    return lambda c: model.transform(tfidf(c, idf))


def train_on_docstrings(load, seeds, latent_dim=64, n_words=15):
    """Summarize the bodies of docstrings, on several splits.

    Vocabulary and codes are learned from the bodies of the training part.

    Args:
        load: Takes a seed and returns a data set of bodies x and first lines y.
        seeds: One split and one trained autoencoder for each.
        latent_dim: K of the codes.
        n_words: Words of a summary.

    Returns:
        Maps the name of each method to ROUGE-1, -2 and -L, averaged over the test
        texts of a split, shape (n_seeds, 3).
    """
    results, trainers = {}, {}
    for seed in seeds:
        data = load(seed)
        vocabulary = Vocabulary(1000).fit(data.x_train)
        counts, idf = vocabulary.counts(data.x_train), vocabulary.idf
        n = len(vocabulary.words)
        trainers.setdefault(n, CodeTrainer(n, latent_dim))
        coder = trainers[n].train(counts, idf, seed=seed)
        encoders = {"LSA": lsa_encoder(counts, idf, latent_dim)}
        encoders["autoencoder"] = coder.encode
        pairs = docstring_pairs(data.x_test, data.y_test)
        for name, found in measure(pairs, vocabulary, encoders, n_words).items():
            results.setdefault(name, []).append(found.mean(axis=0))
    return {name: np.array(found) for name, found in results.items()}


def train_on_chapters(pairs, latent_dim=32, n_words=150, seed=0):
    """Summarize chapters; vocabulary and codes are learned from their own sentences.

    Args:
        pairs: What `chapters` returns: names, texts and summaries.
        latent_dim: K of the codes.
        n_words: Words of a summary.
        seed: Seed of the autoencoder and of the random sentences.

    Returns:
        As `measure`.
    """
    everything = [sentence for text, _ in pairs.values() for sentence in text]
    vocabulary = Vocabulary(1000).fit(everything)
    counts, idf = vocabulary.counts(everything), vocabulary.idf
    trainer = CodeTrainer(len(vocabulary.words), latent_dim)
    encoders = {"LSA": lsa_encoder(counts, idf, latent_dim)}
    encoders["autoencoder"] = trainer.train(counts, idf, seed=seed, n_steps=400).encode
    return measure(list(pairs.values()), vocabulary, encoders, n_words, seed=seed)


def chapters(folder=None, rooms=ROOMS):
    """Read the chapters of this book, and the summary that each ends with.

    Args:
        folder: Where the chapters lie; by default the one beside the package.
        rooms: The folders in it that are read.

    Returns:
        Maps the name of each chapter, such as ``brain/memory``, to its text without
        formulas, code, questions, exercises and lists, and its summary; each a list of
        sentences.

    Raises:
        FileNotFoundError: If there are no chapters, as where the package was installed
            without the book.
    """
    folder = Path(folder or Path(companion.__file__).parents[1] / "chapters")
    found = {}
    for path in sorted(p for room in rooms for p in (folder / room).glob("*.ipynb")):
        pair = chapter(json.loads(path.read_text("utf-8")))
        if all(pair):
            found[f"{path.parent.name}/{path.stem}"] = pair
    if not found:
        raise FileNotFoundError(
            f"no chapters in {folder.name}: clone the book's repository, and pass the "
            "path of its folder chapters"
        )
    return found


def chapter(notebook):
    """Split one notebook into the sentences of its text and those of its summary."""
    cells = [c for c in notebook["cells"] if c["cell_type"] == "markdown"]
    lines = "\n\n".join("".join(cell["source"]) for cell in cells)
    head, _, tail = lines.partition("\n## Summary")
    tail = tail.split("\n## ")[0]
    body = head.split("\n## What it needs")
    body = "## " + body[-1].split("\n## ", 1)[-1]
    for heading in LAST:
        body = body.split(f"\n{heading}")[0]
    body = re.sub(r"<details>.*?</details>", " ", body, flags=re.S)
    paragraphs = [p for p in body.split("\n\n") if not p.startswith(SKIPPED)]
    text = [s for p in paragraphs if p[:1] != "#" for s in summaries.sentences(plain(p))]
    items = re.split(r"\n\s*- ", "\n" + tail)
    return text, [s for item in items for s in summaries.sentences(plain(item))]


def plain(markdown):
    """Take formulas, code and markup out of Markdown."""
    return ROLE.sub(" ", CODE.sub(" ", markdown))
