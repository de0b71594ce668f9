"""Published results of the field, run again at full size: one module for each paper.

    python -m reproductions [NAME]      or: make reproduce [ONLY=NAME]

A paper's module states where its number stands, the recipe, the budget and the tolerance
that decides the verdict, and measures one seed. `reproductions.run` runs the seeds and
writes ``results/NAME.json``, which the appendix *Results against the literature* shows.
Each paper runs in a process of its own, on its backend and on one thread, so that its
cost can be compared and its numbers do not depend on how many cores there are. Importing
this package loads nothing else.
"""

import os

import companion  # noqa: F401  (its settings come before the import of TensorFlow)

NAMES = (
    "hinton2006",
    "vincent2010",
    "burda2016",
    "vandenoord2017",
    "sakurada2014",
    "sedhain2015",
    "krenn2020",
    "zhang2017",
    "bahdanau2015",
    "balle2017",
    "mcmahan2017",
    "abadi2016",
    "kingma2014",
)
BACKENDS = {"hinton2006": "jax"}  # the others run on TensorFlow
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


def environment(name):
    """Return the environment of the process in which a paper is run."""
    return os.environ | ONE_THREAD | {"KERAS_BACKEND": BACKENDS.get(name, "tensorflow")}
