"""The scatter of two coins' changes: of exactly what the chart shows, told by mouse, by key and in words."""

import numpy as np
import pytest
from analyses import QUIET, chart, frame, hover, keeper, main, opened  # noqa: F401  # fixtures
from pasts import load
from polls import BTC, ETH, SOL
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication

from cryptoprices.core.candles import Candles
from cryptoprices.core.figures import Closes, scatter
from cryptoprices.core.market import Candle
from cryptoprices.core.report import rfc3339
from cryptoprices.ui.analysis.scatter_plot import ScatterPlot
from cryptoprices.ui.chart.modes import Zone

pytestmark = pytest.mark.qt_log_ignore(QUIET)
THIN = "\u202f"


@pytest.fixture
def tab(opened, archive, timeline, tasks, qtbot, monkeypatch):  # noqa: F811
    """Of 288 bars of a day; Ether moves by chance and half as much as Bitcoin, Solana not at all."""
    made = archive.read
    rng = np.random.default_rng(7)
    courses = {BTC: 100 * np.exp(np.cumsum(rng.normal(0, 0.002, 400)))}
    courses[ETH] = 10 * np.sqrt(courses[BTC]) * np.exp(rng.normal(0, 0.001, 400))
    courses[SOL] = np.full(400, 5.0)

    def read(pair, interval, since_ms, until_ms):
        past = made(pair, interval, since_ms, until_ms)
        opens = past.candles.open_ms.tolist()
        rows = [Candle(t, *4 * (float(price),)) for t, price in zip(opens, courses[pair], strict=False)]
        return past._replace(candles=Candles.of(rows))

    monkeypatch.setattr(archive, "read", read)
    load(timeline, archive, tasks, qtbot, "1d")
    tab = opened("Scatter")
    qtbot.waitUntil(lambda: bool(tab.figures.text()))
    return tab


def in_view(tab, timeline, since_ms, until_ms, other=ETH):
    return scatter(*(timeline.bars(pair).closes_between(since_ms, until_ms) for pair in (other, BTC)))


def test_beta_alpha_and_fit_are_those_of_the_bars_in_view(tab, timeline):
    found = in_view(tab, timeline, *tab.chart.times)
    assert found.n == 287
    alpha = f"{'+' if found.alpha_pct > 0 else '−'}{abs(found.alpha_pct):.4f}{THIN}%"
    assert tab.figures.text() == (
        f"ETH against BTC: beta {found.beta:.2f} · alpha {alpha} a bar · R² {found.r2:.2f} · 287 changes"
    )
    assert (tab.warning.text(), tab.against.isVisible()) == ("", False)
    assert "one bar of 5m to the next" in tab.note.text()
    assert tab.plot.accessibleName() == "Scatter of returns"
    assert tab.plot.accessibleDescription().startswith("ETH against BTC: beta")


def test_it_follows_the_view_and_the_marked_period_and_warns_of_few(tab, timeline, qtbot):
    start, stop = tab.chart.times
    tab.chart.go_to(stop - 7_200_000, stop)
    frame()
    found = in_view(tab, timeline, stop - 7_200_000, stop)
    assert tab.figures.text().endswith(f"{found.n} changes")
    assert tab.warning.text() == f"{found.n} changes are few: much of this may be chance."
    tab.chart.go_to(start, stop)
    tab.chart.brush.mark(stop - 40 * 3_600_000 / 4, stop - 20 * 3_600_000 / 4)
    qtbot.waitUntil(lambda: "in the marked period" in tab.note.text())
    found = in_view(tab, timeline, *tab.chart.brush.span)
    assert found.n == 60
    assert tab.figures.text().endswith("60 changes")


def test_the_point_under_the_mouse_says_its_time_and_both_changes(tab, timeline):
    tab.chart.set_zone(Zone.UTC)
    frame()
    found = in_view(tab, timeline, *tab.chart.times)
    at = int(found.base_pct.argmax())
    x, y = tab.plot.points()[at]
    hover(tab.plot, x + 1, y)
    assert tab.plot.at == at
    time, first, second = tab.plot.told()
    assert time.endswith("UTC")
    assert first.startswith("BTC ")
    assert second == f"ETH +{found.base_pct[at]:.3f}{THIN}%"
    assert tab.plot.accessibleDescription() == f"{time}, {first}, {second}"
    hover(tab.plot, 3, 3)
    assert tab.plot.told() == ()


def test_keys_go_from_bar_to_bar(tab, timeline, qtbot):
    found = in_view(tab, timeline, *tab.chart.times)
    for key, at in (("Left", 286), ("Left", 285), ("Home", 0), ("Right", 1), ("Left", 0), ("Left", 0), ("End", 286)):
        qtbot.keyClick(tab.plot, getattr(Qt.Key, f"Key_{key}"))
        assert tab.plot.at == at
    assert found.n == 287
    qtbot.keyClick(tab.plot, Qt.Key.Key_Escape)
    assert tab.plot.at is None
    assert tab.window().isVisible()
    qtbot.keyClick(tab.plot, Qt.Key.Key_Escape)
    assert not tab.window().isVisible()


def test_points_and_line_are_painted_where_they_are_told_to_be(tab, timeline, qtbot):
    image = tab.plot.grab().toImage()
    ground = QColor("#0f1216").rgb()
    at = [image.pixel(round(x), round(y)) for x, y in tab.plot.points()]
    assert all(pixel != ground for pixel in at)
    found = in_view(tab, timeline, *tab.chart.times)
    far = int(abs(found.base_pct - found.alpha_pct - found.beta * found.quote_pct).argmax())
    assert image.pixel(round(tab.plot.points()[far][0]), 30) == ground


def test_another_coin_can_be_chosen_where_several_are_compared(tab, timeline, archive, qtbot):
    timeline.set_compared([BTC, ETH, SOL])
    qtbot.waitUntil(lambda: tab.against.isVisible() and timeline.bars(SOL) is not None)
    assert [tab.against.itemText(i) for i in range(tab.against.count())] == ["ETH", "SOL"]
    tab.against.setCurrentIndex(1)
    tab.against.activated.emit(1)
    qtbot.waitUntil(lambda: tab.figures.text().startswith("SOL against BTC: beta 0.00 · alpha 0.0000"))
    assert "R² —" in tab.figures.text()
    timeline.set_compared([ETH, BTC])
    qtbot.waitUntil(lambda: tab.figures.text().startswith("BTC against ETH"))
    timeline.set_compared([SOL])
    qtbot.waitUntil(lambda: not tab.figures.text())
    assert tab.plot.message.startswith("It takes two coins")
    assert tab.plot.accessibleDescription() == tab.plot.message


def test_nothing_is_worked_out_while_it_cannot_be_seen(tab, timeline):
    before, window = tab.figures.text(), tab.window()
    window.hide()
    stop = tab.chart.times[1]
    tab.chart.go_to(stop - 7_200_000, stop)
    frame()
    assert tab.figures.text() == before
    window.show()
    assert tab.figures.text() != before


def test_the_points_can_be_copied_with_their_times(tab, timeline, qtbot):
    tab.plot.setFocus()
    qtbot.keyClick(tab.plot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    found = in_view(tab, timeline, *tab.chart.times)
    rows = bytes(QGuiApplication.clipboard().mimeData().data("text/csv")).decode().splitlines()
    assert rows[0] == "time,BTC %,ETH %"
    assert rows[-1] == f"{rfc3339(int(found.end_ms[-1]))},{float(found.quote_pct[-1])},{float(found.base_pct[-1])}"
    assert QGuiApplication.clipboard().text().splitlines()[0].split("\t") == ["time", "BTC %", "ETH %"]


def test_very_many_points_are_specks_where_they_belong(qtbot):
    end_ms, rng = np.arange(3001) * 60_000, np.random.default_rng(3)
    closes = [Closes(end_ms, np.exp(np.cumsum(rng.normal(0, 0.001, 3001)))) for _ in range(2)]
    plot = ScatterPlot()
    qtbot.addWidget(plot)
    plot.resize(600, 400)
    plot.show_points(scatter(*closes), ("BTC", "ETH"), None)
    image = plot.grab().toImage()
    ground = image.pixel(2, 2)
    assert all(image.pixel(round(x), round(y)) != ground for x, y in plot.points())
