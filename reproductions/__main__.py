"""Command line of the reproductions: ``python -m reproductions [NAME ...]``."""

import argparse
import subprocess
import sys

from reproductions import NAMES, environment


def main(arguments=None):
    """Read the command line, and run each named paper in a process of its own."""
    parser = argparse.ArgumentParser(prog="reproductions", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    wanted = parser.parse_args(arguments).names or NAMES
    for name in wanted:
        if name not in NAMES:
            parser.error(f"NAME must be one of {', '.join(NAMES)}; got {name!r}")
    try:
        for name in wanted:
            command = [sys.executable, "-m", "reproductions.run", name]
            subprocess.run(command, env=environment(name), check=True)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except KeyboardInterrupt:  # the process of the paper has told what to do
        sys.exit(130)


if __name__ == "__main__":
    main()
