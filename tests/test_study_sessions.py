"""What begins anew with each session is drawn as a line for each of them, and no stroke joins two."""

import numpy as np
import pytest
from charts import OFFSCREEN
from studied import drawn, show

from cryptoprices.core.bars import Bars
from cryptoprices.core.candles import Candles
from cryptoprices.core.indicators import INDICATORS
from cryptoprices.core.intervals import DAY_MS, HOUR_MS, INTERVALS_MS
from cryptoprices.core.market import Candle
from cryptoprices.ui.chart.modes import Mode
from cryptoprices.ui.chart.strokes import Frame, strokes
from cryptoprices.ui.chart.study_layers import Curves
from cryptoprices.ui.chart.study_lines import reckoned

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)

FIRST_MS = 20_000 * DAY_MS  # 2024-10-04
VWAP = INDICATORS["vwap"]


def bars(interval, count, first_ms=FIRST_MS):
    """Each day costs a hundred times its number more, and trades alike."""
    width_ms = INTERVALS_MS[interval]

    def candle(open_ms):
        price = 1000.0 + (open_ms - FIRST_MS) // DAY_MS * 100
        return Candle(open_ms, price, price, price, price, 1.0)

    return Bars(interval, Candles.of(candle(first_ms + i * width_ms) for i in range(count)))


def lines_drawn(series, since_ms, until_ms):
    """Strokes of a series in this time, 1000 pixels wide."""
    low, high = series.extremes(since_ms, until_ms)
    return strokes(series, Frame((since_ms, until_ms), (low - 1, high + 1), 1000.0, 400.0), 1.0, 1.5)


@pytest.mark.parametrize("of_candles", [True, False])
def test_no_stroke_joins_two_days(of_candles):
    (curve,) = Curves.of(reckoned(VWAP, [bars("1h", 72)], {}), "1h", of_candles).each
    assert np.count_nonzero(np.isnan(curve.series.values)) == 2
    level = lines_drawn(curve.series, FIRST_MS - HOUR_MS, FIRST_MS + 3 * DAY_MS + HOUR_MS)
    assert len(level)
    assert (level[:, 1] == level[:, 3]).all()


@pytest.mark.parametrize(("interval", "count", "sessions"), [("1h", 30, 2), ("1d", 70, 3), ("1w", 70, 3), ("1h", 1, 1)])
def test_a_session_is_a_day_a_month_or_a_year(interval, count, sessions):
    assert len(reckoned(VWAP, [bars(interval, count)], {}).breaks) == sessions - 1


def test_others_go_on_over_midnight():
    assert not len(reckoned(INDICATORS["sma"], [bars("1h", 72)], {}).breaks)


def test_a_line_that_grows_over_midnight_breaks_there():
    line = bars("1h", 47)
    curves = Curves.of(reckoned(VWAP, [line], {}), "1h", of_candles=False)
    for minute in range(0, 180, 10):
        line.add(FIRST_MS + 47 * HOUR_MS + minute * 60_000, 1100.0 + minute)
        grown = curves.lines.grown(reckoned(VWAP, [line], {}, 40))
        curves = curves.grown(grown or reckoned(VWAP, [line], {}))
    whole = reckoned(VWAP, [line], {})
    assert list(whole.breaks) == [23, 47]
    np.testing.assert_array_equal(curves.lines.breaks, whole.breaks)
    np.testing.assert_array_equal(curves.each[0].series.times, whole.series(whole.times, whole.traces[0].values).times)


def test_the_chart_draws_it_so(studied, studies, timeline, rough_archive, qtbot):
    studied.set_range("1D")
    show(studied, rough_archive, qtbot, Mode.PRICE)
    studies.add("vwap")
    show(studied, rough_archive, qtbot, Mode.PRICE)
    series = drawn(studied, "vwap")[0]._inner.series
    start_ms, stop_ms = studied.times
    midnight_ms = stop_ms // DAY_MS * DAY_MS
    assert start_ms < midnight_ms
    at = series.index(midnight_ms + 1)
    assert np.isnan(series.values[at - 1 : at + 1]).sum() == 1  # between the bar that ends then and the next
