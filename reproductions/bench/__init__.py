"""How fast the companion trains, beside loops written by hand: ``make bench``.

Three reference networks train on random images with Adam, in every variant of
`reproductions.bench.variants`, on every backend that is installed. All variants share two
processor cores and two threads. They take turns in one run, forwards and backwards, so
that whatever else the machine does falls on all of them. Only whole epochs after the
first are timed: the first, which compiles, is reported apart. What is measured stands in
``results/speed.json``, from which the appendix *How fast the companion trains* is made.
Importing this package loads nothing else.
"""

BATCH_SIZE = 128
LEARNING_RATE = 1e-3
THREADS = 2
ROUNDS = 3
# What the variants are told: a training long enough for compiling to pay. Each one is
# left after the last round.
EPOCHS = 1000
