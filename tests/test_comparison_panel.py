"""The comparison's panel: figures with what they rest on, or why they are not known."""

import archives
import pytest
from archives import FakeArchive
from pasts import load, settle
from polls import BTC, ETH, SOL, Polls
from PySide6.QtCore import QPoint

from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Candle, Pair
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.figure_rows import AGAINST, EACH
from cryptoprices.ui.panels.comparison import ROWS, ComparisonPanel
from cryptoprices.ui.theme import DARK, LIGHT

THIN = "\u202f"
ADA = Pair("ADA", "USD")


@pytest.fixture
def panel(polls, timeline, qtbot):
    panel = ComparisonPanel(polls.hub)
    qtbot.addWidget(panel)
    panel.follow(timeline)
    polls.hub.changed.connect(panel.show_now)
    polls.hub.selected_changed.connect(panel.show_now)
    return panel


def texts(panel):
    """What is shown, by row and column."""
    return {key: label.text() for key, label in panel.values.items() if label.text()}


def test_before_the_past_is_there_everything_is_unknown_and_says_why(panel):
    panel.show_now()
    assert panel.heading() == "Comparison · all"
    assert len(texts(panel)) == 2 * len(EACH) + len(AGAINST)
    for at, text in texts(panel).items():
        label = panel.values[at]
        assert text == "—"
        assert label.toolTip() == label.accessibleDescription() == panel.note.text() == "The past is on its way."


def test_the_figures_are_those_of_the_range(panel, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    panel.show_now()
    found, shown = timeline.figures(), texts(panel)
    assert panel.heading() == "Comparison · 1 day"
    assert shown["Return", 0] == f"+{found.coins[0].return_pct:.2f}{THIN}%"
    assert shown["Volatility (ann.)", 1] == f"{found.coins[1].volatility_pct:,.1f}{THIN}%"
    assert shown["Max drawdown", 0] == f"0.00{THIN}%"
    assert shown["Range position", 0] == f"100{THIN}%"
    assert shown["Sharpe", 0] == shown["CAGR", 0] == "—"
    assert "at least 90 days" in panel.values["Sharpe", 0].toolTip()
    assert "at least 30 days" in panel.values["CAGR", 0].toolTip()
    assert shown["Best day", 0] == shown["Worst day", 0] == "—"
    assert "no whole day" in panel.values["Best day", 0].toolTip()
    assert shown["Correlation", 1] == shown["Beta", 1] == shown["R²", 1] == "1.00"
    assert shown["Ratio", 1] == "0.10000"
    assert shown["Spread of returns", 1] == f"0.00{THIN}pp"
    assert shown["Ratio change", 1] == f"0.00{THIN}%"
    assert shown["z-score", 1] == "—"
    assert shown["50/50 rebalanced", 1] == shown["Return", 0]
    assert panel.note.text() == "288 bars of 5m that have ended"
    assert panel.values["Return", 0].accessibleName() == f"Return of BTC: {shown['Return', 0]}"
    assert "287 changes" in panel.values["Beta", 1].accessibleDescription()
    assert (panel.names["Beta"].text(), panel.names["Ratio"].text()) == ("Beta ETH→BTC", "Ratio ETH/BTC")


def test_what_a_year_would_bring_is_told_from_a_month_on(panel, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1mo")
    panel.show_now()
    assert panel.note.text() == "180 bars of 4h that have ended"
    assert texts(panel)["CAGR", 0].startswith("+")
    assert texts(panel)["Sharpe", 0] == "—"


def test_a_sharpe_ratio_is_told_from_a_quarter_on(panel, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1y")
    panel.show_now()
    assert texts(panel)["Sharpe", 0] == f"{timeline.figures().coins[0].sharpe:,.2f}"


def test_another_range_is_unknown_until_its_bars_are_there(panel, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    panel.show_now()
    timeline.show_range("1w")
    panel.show_now()
    assert panel.values["Return", 0].text() == "—"
    assert panel.heading() == "Comparison · 1 week"
    settle(timeline, archive, qtbot)
    panel.show_now()
    assert panel.note.text() == "168 bars of 1h that have ended"


def test_too_few_bars_are_said(panel, timeline, tasks, qtbot):
    archive = FakeArchive()
    archive.failing = [Gap(None, 0, 1, GapReason.NOT_KEPT)]
    load(timeline, archive, tasks, qtbot, "1d")
    panel.show_now()
    assert set(texts(panel).values()) == {"—"}
    assert "too few bars" in panel.values["Return", 0].toolTip()
    assert panel.note.text() == "No bar of 5m has ended yet."


def test_another_coin_takes_the_second_column(panel, polls, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    polls.hub.select(SOL)
    assert [head.text() for head in panel.heads] == ["BTC", "SOL"]
    assert panel.names["Ratio"].text() == "Ratio SOL/BTC"
    assert panel.values["Return", 1].text() == "—"
    settle(timeline, archive, qtbot)
    panel.show_now()
    assert panel.values["Return", 1].text() != "—"


def test_one_coin_has_no_second_column(qapp, fake_clock, archive, tasks, qtbot):
    polls = Polls(fake_clock, (SOL,))
    timeline = Timeline(polls.hub, Recorder(polls.hub, interval_s=20))
    panel = ComparisonPanel(polls.hub)
    qtbot.addWidget(panel)
    panel.follow(timeline)
    load(timeline, archive, tasks, qtbot, "1d")
    panel.show_now()
    assert [head.text() for head in panel.heads] == ["SOL", ""]
    assert panel.values["Return", 0].text().startswith("+")
    assert [panel.values[row.name, 1].text() for row in EACH] == [""] * len(EACH)
    assert {panel.values[row.name, 1].toolTip() for row in AGAINST} == {"Takes two coins in the same currency."}


def test_figures_are_computed_once_a_bar(panel, polls, timeline, archive, tasks, qtbot, monkeypatch):
    load(timeline, archive, tasks, qtbot, "1d")
    panel.show_now()
    computed = []
    monkeypatch.setattr(panel, "_show", lambda figures: computed.append(1))
    polls.run(1)
    computed.clear()
    polls.run(3)
    assert not computed
    polls.run(14)
    assert len(computed) == 1


def test_gains_and_losses_have_the_colours_of_the_theme_and_their_sign(panel, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    panel.show_now()
    for theme in (DARK, LIGHT):
        panel.set_theme(theme)
        colours = {row: panel.values[row, 1].palette().windowText().color().name() for row in ROWS}
        assert colours["Return"] == theme.up
        assert colours["Spread of returns"] == colours["Correlation"] == theme.text
        assert colours["z-score"] == theme.muted


def test_what_takes_the_focus_reads_all_figures(panel, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    assert panel.focusProxy() is panel.view
    assert panel.view.accessibleName() == "Comparison"
    told = panel.view.accessibleDescription()
    assert all(label.accessibleName() in told for label in panel.values.values() if label.text())
    assert panel.note.text() in told


def test_a_panel_that_is_a_little_too_low_has_lower_rows_and_no_scroll_bar(panel, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    panel.show()
    heights = []
    for missing in (0, 20):
        panel.resize(panel.sizeHint().width(), panel.sizeHint().height() - missing)
        qtbot.waitUntil(lambda: not panel.view.verticalScrollBar().isVisible())
        assert panel.view.horizontalScrollBar().maximum() == 0
        heights.append(panel.values["Beta", 1].y() - panel.values["Return", 0].y())
    assert heights[1] < heights[0]


FOUR = (BTC, ETH, SOL, ADA)


@pytest.fixture
def four(qapp, fake_clock, tasks, archive, qtbot):
    """A panel of four coins that go their own ways, and its timeline."""
    fake_clock.wall_ms = 1_763_820_000_000 + 7_000
    polls = Polls(fake_clock, FOUR)
    timeline = Timeline(polls.hub, Recorder(polls.hub, interval_s=20))
    panel = ComparisonPanel(polls.hub)
    qtbot.addWidget(panel)
    panel.follow(timeline)
    load(timeline, archive, tasks, qtbot, "1w")
    timeline.set_compared(FOUR)
    settle(timeline, archive, qtbot)
    panel.show_now()
    return panel, timeline, archive


def test_any_number_of_coins_has_a_column_each_and_stands_against_the_first(four, qtbot):
    panel, timeline, archive = four
    found, shown = timeline.figures(), texts(panel)
    assert [head.text() for head in panel.heads] == ["BTC", "ETH", "SOL", "ADA"]
    assert len(shown) == 4 * len(EACH) + 3 * len(AGAINST)
    assert shown["Best day", 3] == f"+{found.coins[3].best_day_pct:.2f}{THIN}%"
    assert shown["Ratio", 3] == f"{found.against[2].figures.ratio:.4f}"
    assert panel.heads[3].palette().windowText().color().name() == LIGHT.muted
    assert panel.names["Beta"].text() == "Beta"
    assert panel.values["Beta", 3].accessibleName() == "Beta of ADA against BTC: 1.00"
    panel.show()
    panel.resize(panel.minimumSizeHint().width(), 500)
    qtbot.waitUntil(lambda: panel.view.horizontalScrollBar().maximum() > 0)  # nothing is cut, the rest is scrolled to
    assert all(label.width() >= label.sizeHint().width() for label in panel.values.values())
    panel.view.horizontalScrollBar().setValue(60)
    left = panel.names["Beta"].mapTo(panel, QPoint()).x()
    assert 0 < left < 20  # the names stay where they can be read, whatever is laid out anew
    panel.note.setText("A longer sentence than before, which may take a line more than there is.")
    panel.resize(panel.width() + 10, 520)
    qtbot.waitUntil(lambda: panel.height() == 520)
    assert panel.names["Beta"].mapTo(panel, QPoint()).x() == left
    top = panel.values["Beta", 1].mapTo(panel, QPoint()).y()
    assert abs(panel.names["Beta"].mapTo(panel, QPoint()).y() - top) <= 1
    panel.resize(panel.minimumSizeHint().width(), 500)
    timeline.set_compared((ETH, BTC))
    settle(timeline, archive, qtbot)
    panel.show_now()
    assert panel.names["Ratio"].text() == "Ratio BTC/ETH"
    assert {column for _, column in texts(panel)} == {0, 1}
    qtbot.waitUntil(lambda: panel.view.horizontalScrollBar().maximum() == 0)


def test_where_the_deepest_fall_was_can_be_read_without_a_mouse(panel, timeline, tasks, qtbot, monkeypatch):
    monkeypatch.setattr(archives, "wave", falling)
    load(timeline, FakeArchive(), tasks, qtbot, "1d")
    panel.show_now()
    label = panel.values["Max drawdown", 0]
    assert label.text().startswith("−")
    assert "From " in label.accessibleDescription()
    assert label.accessibleDescription() in panel.view.accessibleDescription()


def falling(pair, open_ms, width_ms):
    close = 300_000 - (open_ms + width_ms) / 60_000 % 100_000
    return Candle(open_ms, close, close, close, close, 1.0)
