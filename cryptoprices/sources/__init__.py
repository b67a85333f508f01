"""The exchanges, one a file. Found by discovery.py; none knows another."""

import pkgutil

NO_EXCHANGES = ("discovery", "fx")


def names() -> list[str]:
    """The exchanges' names, which are their modules', without loading any of them or what they are made of."""
    return [found.name for found in pkgutil.iter_modules(__path__) if found.name not in NO_EXCHANGES]
