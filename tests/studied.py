"""Charts with studies for tests: a market that moves in both directions, and what is drawn of it.

conftest.py makes the fixtures known to every test.
"""

from functools import cache

import numpy as np
import pytest
from archives import FakeArchive
from charts import look
from pasts import load, settle

from cryptoprices.core.market import Candle
from cryptoprices.ui.chart.studies import Studies
from cryptoprices.ui.chart.view import ChartView


@cache
def rough(pair, open_ms, width_ms):
    """A candle of a market that goes up and down, each coin in a way of its own."""
    rng = np.random.default_rng([open_ms // 60_000, *map(ord, pair.base)])
    middle = 200_000.0 if pair.base == "BTC" else 20_000.0
    first, last = middle * (1 + 0.01 * rng.normal(size=2))
    high, low = max(first, last) * (1 + 0.001 * rng.random()), min(first, last) * (1 - 0.001 * rng.random())
    return Candle(open_ms, first, high, low, last, float(rng.integers(1, 50)))


@pytest.fixture
def rough_archive(monkeypatch):
    monkeypatch.setattr("archives.wave", rough)
    return FakeArchive()


@pytest.fixture
def studied(polls, timeline, qtbot):
    """900x700, of one hour, on no past yet."""
    chart = ChartView(polls.hub, timeline)
    qtbot.addWidget(chart)
    chart.resize(900, 700)
    chart.show()
    chart.set_range("1H")
    return chart


@pytest.fixture
def studies(studied, polls, timeline, rough_archive, tasks, qtbot):
    """Of a chart that has all its bars."""
    studies = Studies(polls.hub, timeline, studied)
    load(timeline, rough_archive, tasks, qtbot)
    look(studied)
    return studies


def show(chart, archive, qtbot, mode):
    """The chart in this mode, with all bars that it wants."""
    chart.set_mode(mode)
    settle(chart._timeline, archive, qtbot)
    look(chart)


def drawn(chart, name):
    """The layers of a study, wherever they are."""
    pane = chart.panes.get(name)
    return pane.layers if pane else chart.stack.main.overlays[f"study {name}"]
