"""Loads Qt for Python before anything else of it is needed."""

import builtins
import importlib


def load_qt() -> None:
    """Load Qt's core without the hook that it puts before every later import. Raises ImportError.

    The hook reads the source of each module, to see whether it uses PySide, and keeps it all: 23 MiB. Only
    `from __feature__ import` needs that, which nobody uses here (PYSIDE-2029; can go when PySide hooks no import).
    """
    plain_import = builtins.__import__
    importlib.import_module("PySide6.QtCore")
    builtins.__import__ = plain_import
