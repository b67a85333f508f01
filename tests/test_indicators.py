"""Indicators against independent libraries on real candles, and what holds for each of them, whoever adds one."""

import itertools

import numpy as np
import pytest
import talib
from candle_tapes import recorded
from hypothesis import given
from hypothesis import strategies as st
from records import DATA, RECEIVED_MS, SOURCES, answer
from talipp.indicators import VWAP
from talipp.ohlcv import OHLCV

from cryptoprices.core import indicators
from cryptoprices.core.candle_levels import CandleLevels
from cryptoprices.core.candles import Candles
from cryptoprices.core.indicators import INDICATORS, Indicator, Period
from cryptoprices.core.intervals import DAY_MS, MINUTE_MS
from cryptoprices.core.market import Candle, Pair
from cryptoprices.core.studies import Draws, Unit

REAL = [
    "coinbase_BTC-USD_1h_2018", "coinbase_BTC-USD_1m_20180404", "coinbase_ETH-USD_1m_20170903",
    "bitstamp_BTC-USD_1d_to2018", "bitstamp_ETH-USD_1d_to2018", "btc-perp_1m_2022-01a",
]  # fmt: skip
PERIODS = {
    "sma": ("period",), "ema": ("period",), "bollinger": ("period", "deviations"), "rsi": ("period",),
    "macd": ("fast", "slow", "signal"), "atr": ("period",),
}  # fmt: skip
MIDNIGHT_MS = 20_000 * DAY_MS
every_indicator = pytest.mark.parametrize("indicator", INDICATORS.values(), ids=INDICATORS)


def theirs(name, candles, *params):
    """What TA-Lib says, in the order of our traces."""
    close = candles.close
    match name:
        case "bollinger":
            upper, mean, lower = talib.BBANDS(close, params[0], params[1], params[1])
            return [upper, lower, mean]
        case "macd":
            line, signal, histogram = talib.MACD(close, *params)
            return [histogram, line, signal]
        case "atr":
            return [talib.ATR(candles.high, candles.low, close, *params)]
    return [getattr(talib, name.upper())(close, *params)]


def ours(name, candles, **params):
    """The values of all traces, a band's lower edge after its upper one."""
    traces = INDICATORS[name].run(candles, **params)
    return [values for trace in traces for values in (trace.values, trace.lower) if values is not None]


def made(n, seed=1, start_ms=MIDNIGHT_MS, width_ms=MINUTE_MS):
    """Candles of chance, some of them without any move."""
    rng = np.random.default_rng(seed)
    close = 0.002 * np.exp(np.cumsum(rng.normal(size=n) * (rng.random(n) < 0.7)) / 100)
    high, low = close * (1 + rng.random(n) / 100), close * (1 - rng.random(n) / 100)
    volumes = rng.random(n) * (rng.random(n) < 0.8)
    return Candles.of(map(Candle, start_ms + width_ms * np.arange(n), low, high, low, close, volumes))


def newest(candles, count):
    """The last so many."""
    return candles.between(candles.open_ms[-count], candles.open_ms[-1] + 1)


def in_records():
    """The candles of Kraken's record."""
    pair = Pair("BTC", "USD")
    ask = SOURCES["kraken"].candle_ask(pair, "1m", RECEIVED_MS - 10 * MINUTE_MS, RECEIVED_MS, RECEIVED_MS)
    page = SOURCES["kraken"].read_candles(answer((DATA / "kraken-candles.json").read_bytes()), ask)
    return Candles.of(page)


def assert_same(mine, library, what, candles):
    known = ~np.isnan(library)
    assert known.any(), what
    near_zero = 1e-13 * candles.close.max() if what[0] == "macd" else 0.0  # differences of prices round as these do
    np.testing.assert_allclose(mine[known], library[known], rtol=1e-9, atol=near_zero)
    first = int(np.argmax(known))
    assert what == ("macd", 1) or np.isnan(mine[:first]).all()  # TA-Lib shows the line as late as its signal


@pytest.mark.parametrize("file", REAL)
@pytest.mark.parametrize("name", PERIODS)
def test_talib_says_the_same_of_real_candles(name, file):
    candles = Candles.of(recorded(file))
    defaults = {param.name: param.default for param in INDICATORS[name].params}
    assert tuple(defaults) == PERIODS[name]
    other = {"period": 50, "deviations": 1.5, "fast": 5, "slow": 35, "signal": 5}
    for params in (defaults, {param: other[param] for param in defaults}):
        both = zip(ours(name, candles, **params), theirs(name, candles, *params.values()), strict=True)
        for number, (mine, library) in enumerate(both):
            assert_same(mine, library, (name, number), candles)


@pytest.mark.parametrize("name", PERIODS)
def test_talib_says_the_same_of_made_ones_and_of_the_records(name):
    short = {"period": 2, "deviations": 2.0, "fast": 2, "slow": 3, "signal": 2}
    for candles in (made(700), in_records()):
        params = {param: short[param] for param in PERIODS[name]}
        both = zip(ours(name, candles, **params), theirs(name, candles, *params.values()), strict=True)
        for number, (mine, library) in enumerate(both):
            assert_same(mine, library, (name, number), candles)


def sessions(candles, key):
    """Rows of candles, session after session."""
    return [list(rows) for _, rows in itertools.groupby(candles.rows(), key)]


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("coinbase_BTC-USD_1h_2018", lambda row: row.open_ms // DAY_MS),
        ("coinbase_ETH-USD_1m_20170903", lambda row: row.open_ms // DAY_MS),
        ("bitstamp_ETH-USD_1d_to2018", lambda row: str(np.datetime64(row.open_ms, "ms"))[:7]),
    ],
)
def test_talipp_says_the_same_of_each_session(file, key):
    candles = Candles.of(recorded(file))
    (mine,) = ours("vwap", candles)
    done, known = 0, 0
    for rows in sessions(candles, key):
        library = VWAP([OHLCV(*row[1:]) for row in rows])
        part = mine[done : done + len(rows)]
        if not np.isnan(part).all():
            assert list(part) == pytest.approx(list(library), rel=1e-9)
            known += 1
        done += len(rows)
    assert known >= (1 if "1m" in file else 12)


def test_a_session_without_its_beginning_is_unknown():
    hours = made(60, start_ms=MIDNIGHT_MS + 5 * 3_600_000, width_ms=3_600_000)
    (found,) = ours("vwap", hours)
    assert np.isnan(found[:19]).all()
    assert found[19] == pytest.approx((hours.high[19] + hours.low[19] + hours.close[19]) / 3)
    weeks = made(70, start_ms=1_704_067_200_000, width_ms=7 * DAY_MS)  # 2024-01-01, a Monday
    (found,) = ours("vwap", weeks)
    price = (weeks.high + weeks.low + weeks.close) / 3
    assert found[52] == pytest.approx(np.average(price[:53], weights=weeks.volume[:53]))
    assert found[53] == pytest.approx(price[53])  # 2025-01-06


def test_volume_is_what_the_candles_say():
    candles = made(50)
    (trace,) = INDICATORS["volume"].run(candles)
    assert (trace.draws, INDICATORS["volume"].unit) == (Draws.HISTOGRAM, Unit.VOLUME)
    assert list(trace.values) == list(candles.volume)


def test_strength_is_100_when_all_rises_and_unknown_when_nothing_moves():
    assert indicators.rsi(np.arange(1.0, 20.0), 14)[-1] == 100
    assert indicators.rsi(np.arange(20.0, 1.0, -1.0), 14)[-1] == 0
    assert np.isnan(indicators.rsi(np.ones(20), 14)).all()
    calm = indicators.rsi(np.concatenate([[2.0, 1.0, 2.0], np.full(5000, 3.0)]), 14)
    assert calm[-1] == pytest.approx(calm[50])  # a long calm tells nothing new


# what holds for every indicator


@every_indicator
@given(n=st.integers(0, 130), seed=st.integers(0, 99))
def test_a_value_for_every_candle_and_none_before_there_are_enough(indicator, n, seed):
    candles = made(n, seed)
    for trace in indicator.run(candles):
        assert trace.values.shape == (n,)
        assert trace.lower is None or (trace.lower.shape == (n,) and not (trace.lower > trace.values).any())
        known = np.flatnonzero(~np.isnan(trace.values))
        assert len(known) == 0 or not np.isnan(trace.values[known[0] :]).any()
        if indicator.bounds:
            assert not (trace.values < indicator.bounds[0]).any()
            assert not (trace.values > indicator.bounds[1]).any()
    period = indicator.chosen({}).get("period")
    if period and n:
        assert np.isnan(indicator.run(candles)[0].values[: int(period) - 1]).all()


@every_indicator
@given(seed=st.integers(0, 99), factor=st.floats(1e-6, 1e6))
def test_another_currency_is_another_scale(indicator, seed, factor):
    candles = made(90, seed)
    dearer = Candles(
        candles.open_ms, *(factor * getattr(candles, name) for name in ("open", "high", "low", "close")),
        candles.volume, candles.origin,
    )  # fmt: skip
    by = factor if indicator.unit is Unit.PRICE else 1.0
    for before, after in zip(indicator.run(candles), indicator.run(dearer), strict=True):
        assert after.values == pytest.approx(by * before.values, rel=1e-7, abs=1e-10 * by, nan_ok=True)


@every_indicator
@given(seed=st.integers(0, 99), kept=st.integers(1, 119))
def test_nothing_later_changes_what_was_drawn(indicator, seed, kept):
    candles = made(120, seed)
    first = candles.between(0, candles.open_ms[kept - 1] + 1)
    for some, all_ in zip(indicator.run(first), indicator.run(candles), strict=True):
        if indicator.key != "vwap" or kept > 1:
            assert some.values == pytest.approx(all_.values[:kept], rel=1e-12, nan_ok=True)


@every_indicator
@pytest.mark.parametrize("times", [1, 5, 0.5])
def test_with_the_bars_that_it_asks_for_it_is_what_the_whole_past_makes_of_it(indicator, times):
    candles = made(12_000)
    params = {param.name: max(param.low, round(param.default * times)) for param in indicator.params}
    session = 1441 if indicator.key == "vwap" else 0  # bars: since midnight is asked for beside it
    before, shown = indicator.bars_before(params) + session, 100
    whole_past, some = indicator.run(candles, **params), indicator.run(newest(candles, before + shown), **params)
    for whole, part in zip(whole_past, some, strict=True):
        for mine, theirs in ((part.values, whole.values), (part.lower, whole.lower)):
            if mine is not None:
                off = np.abs(mine[-shown:] - theirs[-shown:])
                assert off.max() <= 1e-9 * np.abs(theirs[-shown:]).max()
    if indicator.lead:  # and hardly more: with half of it, it is another
        short = indicator.run(newest(candles, before // 2 + shown), **params)[-1]
        assert not np.allclose(short.values[-shown:], whole.values[-shown:], rtol=1e-9, atol=0)


@every_indicator
@pytest.mark.parametrize("gap", [0, 60, 119])
def test_after_what_is_unknown_everything_begins_anew(indicator, gap):
    candles = made(120)
    for column in (candles.open, candles.high, candles.low, candles.close, candles.volume):
        column[gap] = np.nan
    before, after = candles.between(0, candles.open_ms[gap]), candles.between(candles.open_ms[gap] + 1, np.inf)
    parts = [indicator.run(part) for part in (before, after)]
    for whole, first, then in zip(indicator.run(candles), *parts, strict=True):
        assert np.isnan(whole.values[gap])
        assert whole.values[:gap] == pytest.approx(first.values, nan_ok=True)
        assert whole.values[gap + 1 :] == pytest.approx(then.values, nan_ok=True)


@every_indicator
def test_the_chart_s_own_columns_do_as_well(indicator):
    candles = made(120)
    levels = CandleLevels.of(candles, "1m")
    for one, other in zip(indicator.run(candles), indicator.run(levels), strict=True):
        assert list(one.values[60:]) == list(other.values[60:])


@every_indicator
def test_it_says_what_it_is_and_whose(indicator):
    assert indicator.title[0].isupper()
    assert "(n,)" not in indicator.told
    assert "Definition: " in indicator.told or indicator.key == "volume"
    for param in indicator.params:
        assert param.told.endswith(".")
        assert param.checked(param.default) == param.default
        for nonsense in (param.low - 1, param.high + 1, *([param.default + 0.5] if param.whole else [])):
            with pytest.raises(ValueError, match=f"{param.name} is a"):
                indicator.run(made(5), **{param.name: nonsense})
    with pytest.raises(ValueError, match="has no colour"):
        indicator.run(made(5), colour=1)


@pytest.mark.parametrize("period", [0, -1])
def test_a_function_refuses_a_nonsense_period(period):
    close = np.ones(50)
    for call in (
        lambda: indicators.sma(close, period),
        lambda: indicators.ema(close, period),
        lambda: indicators.bollinger(close, period),
        lambda: indicators.rsi(close, period),
        lambda: indicators.macd(close, fast=period),
        lambda: indicators.macd(close, signal=period),
        lambda: indicators.atr(close, close, close, period),
    ):
        with pytest.raises(ValueError, match="1 value or more"):
            call()
    with pytest.raises(ValueError, match="fewer closes than the slow one"):
        indicators.macd(close, 26, 12)


def test_a_function_is_all_that_a_new_one_needs():
    def momentum(close: np.ndarray, period: Period = 10) -> np.ndarray:
        """Momentum: what the close has gained.

        period: bars that lie between. close: (n,).

        Definition: everybody's.
        """
        return np.concatenate([np.full(period, np.nan), close[period:] - close[:-period]])

    study = Indicator.of(momentum, unit=Unit.PRICE)
    assert (study.key, study.title, study.short) == ("momentum", "Momentum", "MOMENTUM")
    assert study.told == "Momentum: what the close has gained. Definition: everybody's."
    assert study.params == (("period", 10, 1, 1000, True, "bars that lie between."),)
    assert (study.label({}), study.label({"period": 5})) == ("MOMENTUM 10", "MOMENTUM 5")
    (trace,) = study.run(made(20), period=5)
    assert (trace.name, trace.draws, len(trace.values)) == ("MOMENTUM 5", Draws.LINE, 20)


def test_labels_say_all_parameters():
    assert INDICATORS["macd"].label({}) == "MACD 12 26 9"
    assert INDICATORS["bollinger"].label({"deviations": 2.5}) == "Bollinger 20 2.5"
    assert INDICATORS["vwap"].label({}) == "VWAP"
