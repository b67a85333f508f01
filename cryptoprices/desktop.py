"""Composition root of the desktop app: builds, connects, runs, cleans up in reverse.

Start in two stages: first the window with the last known prices, then, after its first frame, all the rest.
"""

from cryptoprices.settings.run_options import RunOptions


def run_desktop(options: RunOptions) -> int:
    """Open the window and run until it is quit. Returns the exit status."""
    raise NotImplementedError
