"""Command line of the reproductions: ``python -m reproductions [NAME ...]``."""

import companion  # noqa: F401, I001  (before Keras, which it makes silent)
from reproductions.run import main

if __name__ == "__main__":
    main()
