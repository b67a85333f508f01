"""What the window loads after its first frame, and in which thread.

PySide makes its types when they are first used, and its map of them does not stand two threads that do so at once: a
start in a hundred crashed. Whatever knows Qt is therefore loaded in the GUI thread, in slices between which the window
answers. A thread loads the rest before, so that the slices are short, and wait for no lock of an import.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module

from cryptoprices.qt.loading import plot_steps

BEFORE_CHART = (
    "numpy.ma",  # a first sliding_window_view loads it
    "numpy.typing",
    "cProfile",  # these four for pyqtgraph
    "importlib.resources",
    "subprocess",
    "xml.etree.ElementTree",
    "cryptoprices.core.bars",
    "cryptoprices.core.chosen_studies",
    "cryptoprices.core.comparison",
    "cryptoprices.core.drawings",
    "cryptoprices.core.figure_report",
    "cryptoprices.core.heard",
    "cryptoprices.core.heikin_ashi",
    "cryptoprices.core.uptime",
)
"""For the thread: what knows no Qt, and the chart cannot do without."""

CHART = (
    "cryptoprices.qt.recorder",
    "cryptoprices.qt.strand",
    "cryptoprices.qt.timeline",
    "cryptoprices.qt.courses",
    "cryptoprices.qt.zone",
    "cryptoprices.ui.chart.scale",
    "cryptoprices.ui.chart.line_layer",
    "cryptoprices.ui.chart.legend",
    "cryptoprices.ui.chart.grid",
    "cryptoprices.ui.chart.pane",
    "cryptoprices.ui.chart.anchor",
    "cryptoprices.ui.chart.brush_plate",
    "cryptoprices.ui.chart.shown",
    "cryptoprices.ui.chart.crosshair",
    "cryptoprices.ui.chart.stack",
    "cryptoprices.ui.chart.spoken",
    "cryptoprices.ui.chart.sight",
    "cryptoprices.ui.chart.view",
)
STUDIES = (
    "cryptoprices.ui.chart.study_lines",
    "cryptoprices.ui.chart.study_layers",
    "cryptoprices.ui.chart.studies",
    "cryptoprices.ui.study_menu",
    "cryptoprices.ui.chart.tools_layers",
    "cryptoprices.ui.chart.tools",
    "cryptoprices.ui.chart.tools_mouse",
    "cryptoprices.ui.drawing_editor",
    "cryptoprices.ui.tools_menu",
)
PANELS = ("cryptoprices.ui.panels.comparison", "cryptoprices.ui.comparing", "cryptoprices.ui.panels.exchanges")

BEFORE_FEED = (
    "cryptoprices.core.export",
    "cryptoprices.historian",
    "cryptoprices.net.stream",
    "cryptoprices.net.certificates",
    "cryptoprices.parts",
)
"""For the thread, once the chart is there: two at once would only make the window wait."""

FEED = ("cryptoprices.qt.feed", "cryptoprices.qt.rates", "cryptoprices.supply")
EXPORT = (
    "cryptoprices.ui.chart.reader",
    "cryptoprices.ui.chart.sheet",
    "cryptoprices.ui.table_view",
    "cryptoprices.ui.exporter",
    "cryptoprices.ui.chart_forms",
    "cryptoprices.ui.settings_file",
)
REST = ("PySide6.QtNetwork", "cryptoprices.qt.instance", "cryptoprices.ui.tray_icon", "cryptoprices.ui.tray")


def load(names: Sequence[str]) -> None:
    """Load them all. Raises ImportError."""
    for name in names:
        import_module(name)


def steps(names: Sequence[str]) -> Iterator[Callable[[], object]]:
    """Each loads one of them. Raise ImportError."""
    return (partial(import_module, name) for name in names)


def chart_steps() -> Iterator[Callable[[], object]]:
    """All that the chart is made of, pyqtgraph first. Raise ImportError."""
    os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
    yield from plot_steps()
    yield from steps(CHART)
