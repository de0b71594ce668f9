"""Command line: ``python -m reproductions.bench``."""

from reproductions.bench.run import main

main()
