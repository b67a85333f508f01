"""Where the program begins: `cryptoprices` and `python -m cryptoprices`."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from cryptoprices.cli import main


def run() -> NoReturn:
    """The command line of this process, and its end.

    What has to be kept is kept by then. The tear-down of the interpreter and of Qt is left out: it would destroy
    objects in no certain order under threads that may still hang in a call, and has crashed so.
    """
    status = main(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError):  # nobody takes it; what matters was flushed, and its failure told, by main()
                stream.flush()
    os._exit(status)


if __name__ == "__main__":
    run()
