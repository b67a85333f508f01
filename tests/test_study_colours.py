"""Which colour each line of an indicator has: its own, and the same for as long as it is chosen."""

import pytest
from charts import OFFSCREEN, look
from studied import show

from cryptoprices.ui.chart.study_colours import StudyColours
from cryptoprices.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


def shown(chart):
    """The colours of all lines over the prices, by name, then of those in panes."""
    over = {row.text.split("  ")[0]: row.colour for row in chart.stack.main.legend}
    lines = [layer._inner for pane in list(chart.panes.values())[1:] for layer in pane.layers]
    return over, [line.end().colour for line in lines if line.end()]


def test_no_two_indicators_share_a_colour_while_there_are_free_ones(studied, studies, rough_archive, qtbot):
    show(studied, rough_archive, qtbot, "Price")
    for period in (5, 10, 15, 20, 25):
        studies.add("sma")
        studies.edit(studies.chosen[-1].name, {"period": period})
    for key in ("rsi", "atr"):
        studies.add(key)
    studies.add("bollinger")
    look(studied)
    over, below = shown(studied)
    assert list(over)[-1] == "Bollinger 20 2"
    assert len({*over.values(), *below}) == len(over) + len(below) == 8
    assert below[0] == DARK.accent
    assert set(over.values()) < set(DARK.studies)


def test_what_is_removed_leaves_the_others_their_colours(studied, studies, rough_archive, qtbot):
    show(studied, rough_archive, qtbot, "Price")
    for key in ("sma", "ema", "vwap"):
        studies.add(key)
    look(studied)
    before, _ = shown(studied)
    studies.remove("sma")
    look(studied)
    assert shown(studied)[0] == {name: before[name] for name in ("EMA 20", "VWAP")}
    studies.add("sma")  # anew, in the free one
    look(studied)
    assert shown(studied)[0] == before


def test_when_all_are_taken_those_that_are_there_least_are_given_again():
    colours, names = StudyColours(), [str(number) for number in range(20)]
    given = [colours.give(name, 1, LIGHT, False, names)[0] for name in names]
    assert given[:9] == [*LIGHT.studies, LIGHT.accent]
    assert given[9:18] == given[:9]
    colours.keep(names[1:])
    assert colours.give("new", 2, LIGHT, True, ["1", "2"]) == [LIGHT.accent, LIGHT.studies[0]]
    assert colours.give("1", 1, DARK, False, names) == [DARK.studies[1]]  # the same, in the other theme
