"""Where the program begins: `cryptoprices` and `python -m cryptoprices`."""

import sys

from cryptoprices.cli import main


def run() -> int:
    """The command line of this process. Returns the exit status."""
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
