"""The comparison's panel: figures with what they rest on, or why they are not known."""

import pytest
from archives import FakeArchive
from pasts import load, settle
from polls import SOL, Polls

from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.panels.comparison import BOTH, EACH, ROWS, ComparisonPanel
from cryptoprices.ui.theme import DARK, LIGHT

THIN = "\u202f"


@pytest.fixture
def panel(polls, timeline, qtbot):
    panel = ComparisonPanel(polls.hub)
    qtbot.addWidget(panel)
    panel.follow(timeline)
    polls.hub.changed.connect(panel.show_now)
    polls.hub.selected_changed.connect(panel.show_now)
    return panel


def texts(panel):
    return {key: label.text() for key, label in panel.values.items()}


def test_before_the_past_is_there_everything_is_unknown_and_says_why(panel):
    panel.show_now()
    assert panel.heading() == "Comparison · all"
    for label in panel.values.values():
        assert label.text() == "—"
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
    assert shown["Sharpe", 0] == f"{found.coins[0].sharpe:,.2f}"
    assert shown["Correlation", 0] == shown["Beta", 0] == "1.00"
    assert shown["Ratio", 0] == "0.10000"
    assert shown["Spread of returns", 0] == f"0.00{THIN}pp"
    assert panel.note.text() == "288 bars of 5m that have ended"
    assert panel.values["Return", 0].accessibleName() == f"Return of BTC: {shown['Return', 0]}"
    assert "287 changes" in panel.values["Beta", 0].accessibleDescription()
    assert (panel.names["Beta"].text(), panel.names["Ratio"].text()) == ("Beta ETH→BTC", "Ratio ETH/BTC")


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
    assert [panel.values[row, 1].text() for row in EACH] == [""] * len(EACH)
    assert {panel.values[row, 0].toolTip() for row in BOTH} == {"Takes two coins in the same currency."}


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
        colours = {row: panel.values[row, 0].palette().windowText().color().name() for row in ROWS}
        assert colours["Return"] == theme.up
        assert colours["Spread of returns"] == colours["Correlation"] == theme.text


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
        heights.append(panel.values["Beta", 0].y() - panel.values["Return", 0].y())
    assert heights[1] < heights[0]
