"""Qt for Python without what hardly anybody needs, which is there all the same for who does."""

import subprocess
import sys

LOAD = "import sys; from cryptoprices.qt.loading import load_qt; load_qt(); "


def told(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", LOAD + script], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


def test_qt_loads_what_knows_its_signatures_only_when_they_are_asked_for():
    script = """
from PySide6.QtCore import QTimer
signatures = sys.modules["shibokensupport.signature.parser"]
print("type_map" in vars(signatures))
try:
    QTimer().start("soon")
except TypeError as error:
    print(error)
print("type_map" in vars(signatures))
"""
    before, *error, after = told(script)
    assert (before, after) == ("False", "True")
    assert "  PySide6.QtCore.QTimer.start(msec: int, /)" in error


def test_a_part_that_nothing_else_needs_is_there_under_both_of_its_names():
    script = """
from PySide6.support.signature.lib import pyi_generator
from shibokensupport.signature.lib.pyi_generator import generate_pyi
print(pyi_generator.generate_pyi is generate_pyi, hasattr(pyi_generator, "unheard_of"))
"""
    assert told(script) == ["True False"]


def test_what_a_start_hardly_ever_needs_is_loaded_with_its_first_use():
    script = """
import difflib, platformdirs
print("get_close_matches" in vars(difflib), "PlatformDirs" in vars(platformdirs))
print(difflib.get_close_matches("apple", ["apples", "pear"]), platformdirs.PlatformDirs("this").appname)
from platformdirs.api import PlatformDirsABC
print(issubclass(platformdirs.PlatformDirs, PlatformDirsABC))
"""
    assert told(script) == ["False False", "['apples'] this", "True"]


def test_imports_are_plain_again():
    done = told("import builtins; print(builtins.__import__)")
    assert done == ["<built-in function __import__>"]


PLOTS = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
from PySide6.QtWidgets import QApplication
from cryptoprices.qt.loading import plot_steps
for step in plot_steps():
    step()
app = QApplication([])
"""


def test_of_pyqtgraph_what_the_chart_is_made_of_is_loaded_and_no_more():
    script = """
from cryptoprices.ui.chart.stack import Stack
stack = Stack()
stack.resize(400, 300)
stack.grab()
print("pyqtgraph.widgets.GraphicsView" in sys.modules, "pyqtgraph.widgets.PlotWidget" in sys.modules)
app.exit()
"""
    assert told(PLOTS + script) == ["True False"]


def test_the_parts_of_pyqtgraph_have_the_options_that_pyqtgraph_sets():
    script = """
options = dict(loading._PLOT_OPTIONS)
import pyqtgraph
print({name: pyqtgraph.getConfigOption(name) for name in options} == options)
"""
    assert told(
        "import os; os.environ['PYQTGRAPH_QT_LIB'] = 'PySide6'; import cryptoprices.qt.loading as loading" + script
    ) == ["True"]


def test_the_chart_is_drawn_where_qt_has_no_opengl():
    """As in the frozen app."""
    without = "sys.modules.update(dict.fromkeys(['PySide6.QtOpenGL', 'PySide6.QtOpenGLWidgets', 'PySide6.QtTest'])); "
    script = """
from cryptoprices.ui.chart.stack import Stack
stack = Stack()
stack.resize(400, 300)
print(stack.grab().isNull())
app.exit()
"""
    assert told(without + PLOTS + script) == ["False"]
