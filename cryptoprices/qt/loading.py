"""Loads Qt for Python and pyqtgraph, without what a start hardly ever needs."""

import builtins
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType

_LATER = ("bz2", "ctypes", "difflib", "lzma", "platformdirs", "tomllib")
"""Modules that are imported at the start, by us and by others, and used later, if at all."""

_SIGNATURES = {
    "shibokensupport.signature": ("errorhandler", "layout", "mapping", "parser"),
    "shibokensupport.signature.lib": ("enum_sig", "pyi_generator", "tool"),
}
"""Python modules in PySide that know its signatures: to word a wrong call's error, for `help` and for type stubs."""

_TYPES_A_STEP = 16  # of the 720 that pyqtgraph has PySide make
_PLOTS = ("Qt", "functions", "GraphicsScene", "widgets.GraphicsView", "graphicsItems.GraphicsWidget")
_PLOT_OPTIONS = {"background": "k", "enableExperimental": False, "mouseRateLimit": 100, "useOpenGL": False}
"""The parts of pyqtgraph that are used here, and the options that these ask for, as pyqtgraph sets them."""

_DRAWS_BY_OPENGL = "pyqtgraph.Qt.OpenGLHelpers"
"""What its view loads for the option "useOpenGL" alone, with 10 MB of Qt, which the frozen app does without."""


class _Later(ModuleType):
    """A module that is loaded when something in it is first asked for.

    (That of importlib.util is loaded by so much as a look at its `__spec__`, at which PySide looks, and before Python
    3.12 two threads must not ask at once.)
    """

    _turn = RLock()
    _begun = False

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        self._load()
        return self.__getattribute__(name)

    def _load(self) -> None:
        with self._turn:
            if not self._begun and self.__spec__ and self.__spec__.loader:
                self._begun = True
                self.__spec__.name = self.__name__  # PySide gives it another one
                self.__spec__.loader.exec_module(self)

    def _load_and_update(self) -> object:
        self._load()
        return vars(self)["update_mapping"]()  # now its own


def load_qt() -> None:
    """Load Qt's core. Raises ImportError.

    PySide compiles 2,800 lines about its signatures from their source at each start, half of the time that it takes to
    load: they come when they are needed. And it puts a hook before every later import that reads the source of each
    module, to see whether it uses PySide, and keeps it all: 23 MiB. Only `from __feature__ import` needs that, which
    nobody uses here (PYSIDE-2029). Both can go when PySide does without.
    """
    plain_import = builtins.__import__

    def import_less(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        for part in set(fromlist or ()).intersection(_SIGNATURES.get(name, ())):
            _postpone(f"{name}.{part}")
        return plain_import(name, globals, locals, fromlist, level)

    for name in _LATER:
        _postpone(name)
    builtins.__import__ = import_less
    try:
        importlib.import_module("PySide6.QtCore")
    finally:
        builtins.__import__ = plain_import


def plot_steps() -> Iterator[Callable[[], object]]:
    """Load of pyqtgraph the view and the item that the chart is made of, in steps of a few ms. Raise ImportError.

    pyqtgraph's package loads all that it has, 350 modules. Its parts ask the package for no more than an option and
    to be told of the end, which matters only to parts that are not loaded. They also take over each name of Qt's three
    modules, for which PySide makes the types: these are made before, some in each step.
    """
    for name in ("PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets"):
        module = sys.modules[name]
        names = dir(module)
        for first in range(0, len(names), _TYPES_A_STEP):
            yield partial(_make_types, module, names[first : first + _TYPES_A_STEP])
    yield _begin_plots
    for part in _PLOTS:
        yield partial(importlib.import_module, f"pyqtgraph.{part}")


def _make_types(module: ModuleType, names: Sequence[str]) -> None:
    for name in names:
        getattr(module, name)


def _begin_plots() -> None:
    """Put pyqtgraph's package in its place without running it, unless it is there already."""
    spec = None if "pyqtgraph" in sys.modules else find_spec("pyqtgraph")
    if spec:
        package = sys.modules["pyqtgraph"] = module_from_spec(spec)
        vars(package).update(getConfigOption=_PLOT_OPTIONS.__getitem__, _connectCleanup=_clean_nothing_up)
        sys.modules[_DRAWS_BY_OPENGL] = ModuleType(_DRAWS_BY_OPENGL)


def _clean_nothing_up() -> None:
    """In place of pyqtgraph's end, which is that of its ViewBox."""


def _postpone(name: str) -> None:
    """Put a module in its place without loading it, unless it is there already."""
    spec = None if name in sys.modules else find_spec(name)
    if spec is None:
        return
    module = _Later(name)
    module.__spec__, module.__loader__, module.__package__ = spec, spec.loader, spec.parent
    if spec.submodule_search_locations is not None:
        module.__path__ = spec.submodule_search_locations
    if name == "shibokensupport.signature.mapping":  # PySide looks for it in the module's dictionary
        vars(module)["update_mapping"] = module._load_and_update
    sys.modules[name] = module
    package, _, own = name.rpartition(".")
    if package:
        setattr(sys.modules[package], own, module)
