"""The comparison's panel: figures with what they rest on, or why they are not known."""

import pytest
from polls import BTC, ETH, SOL, Polls

from cryptoprices.qt.recorder import Recorder
from cryptoprices.ui.panels.comparison import ROWS, ComparisonPanel
from cryptoprices.ui.theme import DARK, LIGHT


@pytest.fixture
def polls(qapp, fake_clock):
    return Polls(fake_clock, (BTC, ETH, SOL))


@pytest.fixture
def panel(polls, qtbot):
    panel = ComparisonPanel(polls.hub)
    qtbot.addWidget(panel)
    panel.follow(Recorder(polls.hub, interval_s=20))
    polls.hub.changed.connect(panel.show_now)
    polls.hub.selected_changed.connect(panel.show_now)
    return panel


def test_before_the_first_poll_everything_is_unknown_and_says_why(panel):
    panel.show_now()
    assert panel.heading() == "Comparison"
    for label in panel.values.values():
        assert label.text() == "—"
        assert (
            label.toolTip() == label.accessibleDescription() == panel.note.text() == "The first poll is not over yet."
        )


def test_with_few_changes_each_figure_says_how_many_it_needs(panel, polls):
    polls.run(5)
    for (row, _), label in panel.values.items():
        if row != "Changes (n)":
            assert label.text() == "—"
            assert label.toolTip() == "Needs 10 changes from poll to poll; 4 so far."
            assert label.accessibleDescription() == label.toolTip()
    assert panel.values["Changes (n)", 0].text() == "4"
    assert panel.note.text() == "Needs 10 changes from poll to poll; 4 so far."


def test_after_ten_changes_all_is_known_with_its_n(panel, polls):
    polls.run(15)
    texts = {key: label.text() for key, label in panel.values.items()}
    assert texts["Return", 0] == "+14.00\u202f%"
    assert texts["Return", 1] == "+7.00\u202f%"
    assert texts["Range position", 0] == "100\u202f%"
    assert texts["Changes (n)", 0] == "14"
    assert texts["Correlation", 0] == "1.00"
    assert texts["Ratio", 0] == "0.093860"
    assert texts["Spread of returns", 0] == "−7.00\u202fpp"
    assert panel.note.text() == ""
    assert panel.heading().startswith("Comparison · since ")
    assert panel.values["Return", 0].accessibleName() == "Return of BTC: +14.00\u202f%"
    assert "14 changes" in panel.values["Return", 0].accessibleDescription()


def test_another_coin_takes_the_second_column(panel, polls):
    polls.run(15)
    polls.hub.select(SOL)
    assert [head.text() for head in panel.heads] == ["BTC", "SOL"]
    assert panel.names["Ratio"].text() == "Ratio SOL/BTC"
    assert panel.values["Return", 1].text() == "—"
    assert panel.values["Return", 0].text() != "—"


def test_one_coin_has_no_second_column(qapp, fake_clock, qtbot):
    polls = Polls(fake_clock, (SOL,))
    panel = ComparisonPanel(polls.hub)
    qtbot.addWidget(panel)
    panel.follow(Recorder(polls.hub, interval_s=20))
    for k in range(12):
        polls.poll({SOL: 5 + k})
    panel.show_now()
    assert [head.text() for head in panel.heads] == ["SOL", ""]
    assert panel.values["Return", 0].text() == "+220.00\u202f%"
    assert panel.values["Return", 1].text() == ""
    assert panel.values["Correlation", 0].toolTip() == "Takes two coins in the same currency."


def test_figures_are_computed_once_a_poll(panel, polls, monkeypatch):
    polls.run(15)
    computed = []
    monkeypatch.setattr(panel._recorder, "comparison", lambda: computed.append(1))
    for _ in range(5):
        panel.show_now()
    assert not computed


def test_gains_and_losses_have_the_colours_of_the_theme_and_their_sign(panel, polls):
    polls.run(15)
    for theme in (DARK, LIGHT):
        panel.set_theme(theme)
        colours = {row: panel.values[row, 0].palette().windowText().color().name() for row in ROWS}
        assert colours["Return"] == theme.up
        assert colours["Spread of returns"] == theme.down
        assert colours["Correlation"] == theme.text
