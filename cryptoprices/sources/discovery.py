"""Finds the exchanges: every module of this folder that defines a Source. A new file needs no entry anywhere."""

import pkgutil
from importlib import import_module

from cryptoprices import sources
from cryptoprices.core.source import Source


def discover() -> dict[str, Source]:
    """Name -> exchange, by rank. Works in a frozen app too, where pkgutil lists the archive's modules."""
    found: list[Source] = []
    for module_info in pkgutil.iter_modules(sources.__path__):
        module = import_module(f"{sources.__name__}.{module_info.name}")
        classes = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Source)]
        found += [class_() for class_ in classes if class_.__module__ == module.__name__]
    return {source.name: source for source in sorted(found, key=lambda source: (source.rank, source.name))}
