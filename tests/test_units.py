"""A coin that is redenominated: no figure takes the change of its unit for a return, and each says so."""

from datetime import UTC

import numpy as np
import pytest
from pasts import load
from polls import BTC as BTC_USD

from cryptoprices.core import pair_studies
from cryptoprices.core.candles import Candles
from cryptoprices.core.comparison import compare
from cryptoprices.core.figure_report import against_lines, brush_report, comparison_report
from cryptoprices.core.figures import Closes, coin_figures, scatter
from cryptoprices.core.indicators import INDICATORS
from cryptoprices.core.intervals import DAY_MS
from cryptoprices.core.market import Candle, Pair
from cryptoprices.core.seasonality import Part, seasonality
from cryptoprices.core.series import Series
from cryptoprices.core.units import other_unit
from cryptoprices.qt.courses import Courses
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.shown import Picture
from cryptoprices.ui.chart.summary import summary
from cryptoprices.ui.panels.comparison import ComparisonPanel

BEFORE, AFTER = 40, 60
ENDS = 20_000 * DAY_MS + DAY_MS * np.arange(1, BEFORE + AFTER + 1)
CHANCE = np.exp(np.cumsum(np.random.default_rng(5).normal(size=(2, BEFORE + AFTER)) / 50, axis=1))
STEADY, ONE_UNIT = CHANCE
TWO_UNITS = np.where(np.arange(BEFORE + AFTER) < BEFORE, 1000.0, 1.0) * ONE_UNIT
BTC, NEW = Pair("BTC", "USD"), Pair("NEW", "USD")
SINCE = Closes(ENDS[BEFORE:], ONE_UNIT[BEFORE:])


@pytest.fixture
def figures():
    return compare((BTC, NEW), [Closes(ENDS, STEADY), Closes(ENDS, TWO_UNITS)], "1d")


def test_a_unit_is_another_one_where_the_price_is_a_power_of_ten_of_it():
    assert list(other_unit(TWO_UNITS)) == [BEFORE - 1]
    assert not len(other_unit(np.array([1.0, 70, 7_000 / 3, np.nan, 1])))


def test_figures_are_of_the_bars_since_then(figures):
    assert figures.coins[1] == coin_figures(SINCE, "1d")
    assert figures.coins[0] == coin_figures(Closes(ENDS[BEFORE:], STEADY[BEFORE:]), "1d")
    assert figures.against == compare((BTC, NEW), [Closes(ENDS, STEADY), SINCE], "1d").against
    assert (figures.bars, figures.span_ms) == (AFTER, (ENDS[BEFORE], ENDS[-1]))


def test_that_they_are_is_said_in_words(figures):
    assert figures.redenominated == (NEW,)
    assert brush_report(figures, "USD").splitlines()[0].endswith("60 bars of 1d since the unit of NEW changed")
    assert next(against_lines(figures)) == "All of it is of the bars since the unit of NEW changed."
    whole = compare((BTC, NEW), [Closes(ENDS, STEADY), Closes(ENDS, ONE_UNIT)], "1d")
    assert (whole.redenominated, whole.since_text, whole.bars) == ((), "", BEFORE + AFTER)
    assert not next(against_lines(whole)).startswith("All")


def test_programs_get_the_same():
    report = comparison_report("1y", "USD", "1d", {"BTC": Closes(ENDS, STEADY), "NEW": Closes(ENDS, TWO_UNITS)})
    assert report["bars"] == AFTER
    assert report["coins"][1]["return_percent"] == coin_figures(SINCE, "1d").return_pct


def test_points_of_two_coins_have_none_of_it():
    found = scatter(Closes(ENDS, TWO_UNITS), Closes(ENDS, STEADY))
    same = scatter(SINCE, Closes(ENDS, STEADY))
    assert (found.since_new_unit, same.since_new_unit, found.n) == (True, False, AFTER - 1)
    assert (found.beta, found.r2) == (same.beta, same.r2)


def test_a_season_has_no_bar_that_changed_the_unit():
    counts = [sum(s.n for s in seasonality(Closes(ENDS, c), "1d", Part.WEEKDAY)) for c in (ONE_UNIT, TWO_UNITS)]
    assert counts == [BEFORE + AFTER - 1, BEFORE + AFTER - 2]


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=INDICATORS)
def test_indicators_begin_anew(indicator):
    def candles(prices, since=0):
        bars = zip(ENDS[since:].tolist(), prices, strict=True)
        return Candles.of(Candle(end_ms - DAY_MS, p, p * 1.01, p * 0.99, p, 1.0) for end_ms, p in bars)

    both, later = indicator.run(candles(TWO_UNITS)), indicator.run(candles(ONE_UNIT[BEFORE:], BEFORE))
    for one, other in zip(both, later, strict=True):
        np.testing.assert_allclose(one.values[BEFORE:], other.values)


@pytest.mark.parametrize("study", pair_studies.PAIR_STUDIES.values(), ids=pair_studies.PAIR_STUDIES)
def test_panes_of_two_coins_begin_anew(study):
    both = study.run(Closes(ENDS, TWO_UNITS), Closes(ENDS, STEADY))
    later = study.run(SINCE, Closes(ENDS, STEADY))
    for one, other in zip(both.traces, later.traces, strict=True):
        np.testing.assert_allclose(one.values[BEFORE:], other.values)


def test_the_small_line_of_a_day_is_of_one_unit(polls, recorder, timeline):
    courses = Courses(polls.hub, recorder, timeline)
    courses._courses[BTC_USD] = [1000.0, np.nan, 1010.0, np.nan, 1.02, 1.01, 1.02]
    polls.run(1, start=1.03)
    assert np.array_equal(courses.course(BTC_USD), [np.nan] * 4 + [1.02, 1.01, 1.02, 1.03], equal_nan=True)


def test_the_sentence_of_the_view_is_of_one_unit_and_says_so():
    line = LineLayer("NEW", Series.of(ENDS.astype(float), TWO_UNITS), "#ffffff", Scale())
    said = summary(Picture((line,), (line,)), (float(ENDS[0]), float(ENDS[-1]) + 1), UTC)
    assert " since its unit changed from " in said
    assert float(said.split(" percent")[0].split()[-1]) == round(abs(coin_figures(SINCE, "1d").return_pct), 2)


def test_the_panel_says_so(polls, timeline, archive, tasks, qtbot, monkeypatch):
    def wave(pair, open_ms, width_ms):
        unit = 1000.0 if pair.base == "ETH" and open_ms % DAY_MS < DAY_MS / 2 else 1.0
        return Candle(open_ms, *(unit * price for price in (99.0, 101.0, 98.0, 100.0)), 2.0)

    monkeypatch.setattr("archives.wave", wave)
    panel = ComparisonPanel(polls.hub)
    qtbot.addWidget(panel)
    panel.follow(timeline)
    load(timeline, archive, tasks, qtbot, "1d")
    panel.show_now()
    assert panel.note.text().endswith(" since the unit of ETH changed")
    assert panel.values["Return", 1].text() == "0.00\u202f%"
