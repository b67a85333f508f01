"""The figures of bars: small cases by hand, and real candles against figures that other code works out another way."""

import gzip
import math
import statistics
from decimal import Decimal
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from conftest import RECORDINGS
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core import figures
from cryptoprices.core.candles import Candles
from cryptoprices.core.currency import Rates
from cryptoprices.core.figures import Closes, Drawdown
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.market import Candle

DAY_MS = 86_400_000
MONDAY_MS = 1_763_942_400_000  # 2025-11-24 00:00:00 UTC


def daily(*prices):
    ends = MONDAY_MS + DAY_MS * np.arange(1, len(prices) + 1)
    return Closes(ends, np.array(prices, dtype=float))


def test_a_coin_by_hand():
    found = figures.coin_figures(daily(100, 110, 99, 120), "1d")
    logs = [math.log(1.1), math.log(0.9), math.log(120 / 99)]
    assert found.return_pct == pytest.approx(20)
    assert found.cagr_pct == pytest.approx(100 * (1.2 ** (365 / 3) - 1))
    assert found.volatility_pct == pytest.approx(100 * statistics.stdev(logs) * math.sqrt(365))
    assert found.sharpe == pytest.approx(statistics.mean(logs) / statistics.stdev(logs) * math.sqrt(365))
    assert found.max_drawdown.pct == pytest.approx(-10)
    assert found.max_drawdown[1:] == (MONDAY_MS + DAY_MS, MONDAY_MS + 2 * DAY_MS)  # the bars of 110 and 99
    assert found.best_day_pct == pytest.approx(100 * (120 / 99 - 1))
    assert found.worst_day_pct == pytest.approx(-10)
    assert found.range_position_pct == pytest.approx(100)


def test_two_coins_by_hand():
    found = figures.pair_figures(np.array([10.0, 12, 9, 9.9]), np.array([100.0, 110, 99, 108.9]))
    assert found.ratio == pytest.approx(9.9 / 108.9)
    assert found.n == 3
    line = statistics.linear_regression([0.1, -0.1, 0.1], [0.2, -0.25, 0.1])
    assert (found.beta, found.alpha) == pytest.approx((line.slope, line.intercept))
    assert found.correlation == pytest.approx(statistics.correlation([0.1, -0.1, 0.1], [0.2, -0.25, 0.1]))
    assert found.r2 == pytest.approx(found.correlation**2)
    logs = [math.log(a / b) for a, b in [(10, 100), (12, 110), (9, 99), (9.9, 108.9)]]
    assert found.z_score == pytest.approx((logs[-1] - statistics.mean(logs)) / statistics.stdev(logs))


def test_what_is_undefined_is_unknown():
    nothing, one = daily(), daily(100)
    assert set(figures.coin_figures(nothing, "1d")) == set(figures.coin_figures(one, "1d")) == {None}
    assert figures.pair_figures(nothing.close, nothing.close) == (None,) * 6 + (0,)
    assert figures.pair_figures(one.close, one.close) == (1.0, None, None, None, None, None, 0)
    two = figures.coin_figures(daily(100, 101), "1d")
    assert (two.volatility_pct, two.sharpe) == (None, None)
    assert two.return_pct == pytest.approx(1)


def test_what_does_not_move_has_a_return_and_nothing_that_divides_by_its_moves():
    still, moving = daily(5, 5, 5, 5), daily(100, 110, 99, 120)
    found = figures.coin_figures(still, "1d")
    assert found == (0, 0, 0, None, Drawdown(0.0), 0, 0, None)
    against = figures.pair_figures(moving.close, still.close)
    assert (against.correlation, against.beta, against.alpha, against.r2) == (None,) * 4
    fit = figures.pair_figures(still.close, moving.close)
    assert (fit.correlation, fit.beta, fit.alpha, fit.r2) == (None, 0, 0, None)
    assert figures.pair_figures(moving.close, 3 * moving.close).z_score is None
    growing = daily(*(100 * 1.1**i for i in range(9)))  # every return is the same but for rounding
    assert figures.coin_figures(growing, "1d").sharpe is None


def test_growth_that_no_float_holds_is_unknown():
    assert figures.cagr_pct(Closes(np.array([0, 60_000]), np.array([1.0, 2.0]))) is None


def test_of_equal_falls_the_first_counts_and_from_the_last_peak_before_it():
    assert figures.max_drawdown(daily(10, 10, 8, 10, 8), "1d")[1:] == (MONDAY_MS + DAY_MS, MONDAY_MS + 2 * DAY_MS)


def test_days_are_whole_ones_from_midnight_to_midnight():
    ends = MONDAY_MS + 4 * 3_600_000 * np.arange(-3, 20)  # from Sunday noon to Thursday 04:00, 4 hours each
    ends = ends[ends != MONDAY_MS + 2 * DAY_MS]  # a bar is missing: neither the day before it nor after it is whole
    returns = figures.day_returns_pct(Closes(ends, 100.0 + np.arange(len(ends))))
    assert returns == pytest.approx([100 * (109 / 103 - 1)])  # Monday alone
    assert len(figures.day_returns_pct(Closes(ends[:3], np.ones(3)))) == 0


def test_bars_of_different_widths_meet_where_both_have_ended():
    hours = Candles.of([Candle(MONDAY_MS + i * 3_600_000, 1, 1, 1, 100.0 + i) for i in range(9)])
    wide = Candles.of([Candle(MONDAY_MS + i * 14_400_000, 1, 1, 1, 10.0 + i) for i in range(3)])
    first, second = figures.in_common([figures.closes_of(hours, "1h"), figures.closes_of(wide, "4h")])
    assert list(first.end_ms) == list(second.end_ms) == [MONDAY_MS + 4 * 3_600_000, MONDAY_MS + 8 * 3_600_000]
    assert (list(first.close), list(second.close)) == ([103, 107], [10, 11])
    assert figures.in_common([]) == []


PRICES = st.lists(st.floats(0.5, 2.0), min_size=2, max_size=40).map(np.array)


@given(PRICES, st.integers(1, 39), st.floats(0.5, 2.0))
def test_nothing_later_changes_what_was_said(prices, kept, later):
    """Figures of the first bars are the same whatever comes after them."""
    kept = min(kept, len(prices))
    both = [daily(*prices), daily(*prices[:kept], *[later] * (len(prices) - kept))]
    common = [one._replace(end_ms=one.end_ms[:kept], close=one.close[:kept]) for one in both]
    assert figures.coin_figures(common[0], "1d") == figures.coin_figures(common[1], "1d")


@given(PRICES)
def test_bounds(prices):
    found = figures.coin_figures(daily(*prices), "1d")
    assert -100 < found.max_drawdown.pct <= 0
    assert found.range_position_pct is None or 0 <= found.range_position_pct <= 100
    pair = figures.pair_figures(prices, prices[::-1])
    assert pair.correlation is None or -1 <= pair.correlation <= 1


# real candles against figures that were worked out in another way


RECORDED = {
    "1m": "coinbase_{}-USD_1m_20170903",
    "1m with holes": "coinbase_{}-USD_1m_20180404",
    "1d": "bitstamp_{}-USD_1d_to2018",
}


@cache
def recorded(name):
    """[(open_ms, close), …] of a recorded file, as the texts say."""
    path = RECORDINGS / "candles" / f"{name}.csv.gz"
    if not path.exists():
        pytest.skip("the recorded candles are not here")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()[1:]
    return [(int(row[0]), float(row[4])) for row in (line.split(",") for line in lines)]


def as_closes(rows, interval):
    return figures.closes_of(Candles.of([Candle(t, close, close, close, close) for t, close in rows]), interval)


def close_to(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "file", ["coinbase_BTC-USD_1h_2018", "coinbase_BTC-USD_1d_2014-2016", "bitstamp_BTC-USD_1d_to2018",
             "bitstamp_ETH-USD_1d_to2018", "coinbase_ETH-USD_1m_20180404", "btc-perp_1m_2022-01a"]
)  # fmt: skip
def test_a_coin_of_real_candles(file):
    interval = file.split("_")[-2]
    rows = recorded(file)
    found = figures.coin_figures(as_closes(rows, interval), interval)
    times, prices = zip(*rows, strict=True)
    a_year = 365 * DAY_MS / INTERVALS_MS[interval]
    logs = [math.log(b) - math.log(a) for a, b in pairwise(prices)]
    assert found.return_pct == close_to((prices[-1] - prices[0]) / prices[0] * 100)
    years = (times[-1] - times[0]) / (365 * DAY_MS)
    assert found.cagr_pct == close_to(((prices[-1] / prices[0]) ** (1 / years) - 1) * 100)
    assert found.volatility_pct == close_to(math.sqrt(statistics.variance(logs) * a_year) * 100)
    assert found.sharpe == close_to(statistics.fmean(logs) * a_year / math.sqrt(statistics.variance(logs) * a_year))
    low, high = min(prices), max(prices)
    assert found.range_position_pct == close_to((prices[-1] - low) / (high - low) * 100)
    peak, deepest = (0, prices[0]), (0.0, 0, 0)
    for time, price in rows:
        peak = max(peak, (price, time)) if price >= peak[0] else peak
        deepest = min(deepest, (price / peak[0] - 1, peak[1], time), key=lambda fall: fall[0])
    assert found.max_drawdown.pct == close_to(deepest[0] * 100)
    assert found.max_drawdown[1:] == deepest[1:]


def test_days_of_real_hours():
    rows = recorded("coinbase_BTC-USD_1h_2018")
    last = {}
    for time, price in rows:
        if (time + 3_600_000) % DAY_MS == 0:
            last[time // DAY_MS] = price
    days = [price / last[day - 1] - 1 for day, price in last.items() if day - 1 in last]
    found = figures.coin_figures(as_closes(rows, "1h"), "1h")
    assert len(days) > 350
    assert (found.best_day_pct, found.worst_day_pct) == close_to((max(days) * 100, min(days) * 100))


@pytest.mark.parametrize("what", RECORDED)
def test_two_coins_of_real_candles(what):
    interval = what.split()[0]
    btc, eth = (dict(recorded(RECORDED[what].format(coin))) for coin in ("BTC", "ETH"))
    times = [time for time in btc if time in eth]
    y, x = ([coin[t] / coin[before] - 1 for before, t in pairwise(times)] for coin in (eth, btc))
    base, quote = figures.in_common([as_closes(coin.items(), interval) for coin in (eth, btc)])
    found = figures.pair_figures(base.close, quote.close)
    assert found.n == len(times) - 1
    assert found.ratio == eth[times[-1]] / btc[times[-1]]
    (alpha, beta), *_rest = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), np.array(y), rcond=None)
    assert (found.beta, found.alpha) == close_to((beta, alpha))
    assert found.correlation == close_to(np.corrcoef(x, y)[0, 1])
    residuals = sum((b - alpha - beta * a) ** 2 for a, b in zip(x, y, strict=True))
    assert found.r2 == close_to(1 - residuals / (statistics.variance(y) * (len(y) - 1)))
    logs = [math.log(eth[t]) - math.log(btc[t]) for t in times]
    assert found.z_score == close_to((logs[-1] - statistics.fmean(logs)) / statistics.stdev(logs))


@pytest.mark.parametrize("what", RECORDED)
def test_pandas_says_the_same(what):
    pd = pytest.importorskip("pandas", reason="pandas comes with the extra for benchmarks")
    interval = what.split()[0]
    tables = [recorded(RECORDED[what].format(coin)) for coin in ("ETH", "BTC")]
    frame = pd.DataFrame({coin: pd.Series(dict(rows)) for coin, rows in zip("yx", tables, strict=True)}).dropna()
    changes, logs = frame.pct_change().dropna(), np.log(frame).diff().dropna()
    both = figures.in_common([as_closes(rows, interval) for rows in tables])
    pair = figures.pair_figures(both[0].close, both[1].close)
    beta = changes.x.cov(changes.y) / changes.x.var()
    assert (pair.correlation, pair.beta) == close_to((changes.x.corr(changes.y), beta))
    assert pair.alpha == close_to(changes.y.mean() - beta * changes.x.mean())
    ratio = np.log(frame.y / frame.x)
    assert pair.z_score == close_to((ratio.iloc[-1] - ratio.mean()) / ratio.std())
    for closes, name in zip(both, "yx", strict=True):
        found = figures.coin_figures(closes, interval)
        year = 365 * DAY_MS / INTERVALS_MS[interval]
        assert found.volatility_pct == close_to(logs[name].std() * year**0.5 * 100)
        assert found.sharpe == close_to(logs[name].mean() / logs[name].std() * year**0.5)
        falls = frame[name] / frame[name].cummax() - 1
        assert found.max_drawdown.pct == close_to(falls.min() * 100)
        assert found.max_drawdown.to_ms == falls.idxmin()


def day_rates(date, euros):
    return Rates(date, {"EUR": Decimal(euros)})


def test_each_close_is_turned_into_euros_by_the_newest_rate_that_was_known_then():
    closes = daily(100, 110, 99, 120)  # at the midnights from Tuesday on
    rates = [day_rates("2025-11-24", "0.5"), Rates("2025-11-25", {"JPY": Decimal(150)}), day_rates("2025-11-26", "2")]
    found = figures.in_currency(closes, rates, "EUR")
    assert list(found.end_ms) == list(closes.end_ms)
    assert list(found.close) == [50, 55, 198, 240]
    assert list(figures.in_currency(closes, rates[2:], "EUR").close) == [198, 240]  # nothing was known before
    assert figures.in_currency(closes, [], "EUR").close.size == 0
    just_before = Closes(np.array([MONDAY_MS + 15 * 3_600_000 - 1]), np.array([1.0]))  # it is published at 15:00
    assert figures.in_currency(just_before, rates, "EUR").close.size == 0


def test_all_prices_of_a_candle_are_turned_by_the_newest_rate_at_its_end():
    candles = Candles.of([Candle(MONDAY_MS + k * DAY_MS, 100, 120, 90, 110, 7.0) for k in range(3)])
    rates = [day_rates("2025-11-24", "0.5"), day_rates("2025-11-26", "2")]
    found = figures.candles_in_currency(candles, "1d", figures.rate_steps(rates, "EUR"))
    assert [row[1:] for row in found.rows()] == [(50, 60, 45, 55, 7.0)] * 2 + [(200, 240, 180, 220, 7.0)]
    late = figures.candles_in_currency(candles, "1d", figures.rate_steps(rates[1:], "EUR"))
    assert late.open_ms.tolist() == [MONDAY_MS + 2 * DAY_MS]
    assert late.origin.tolist() == candles.origin.tolist()[2:]
