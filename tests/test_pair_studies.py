"""Panes of two coins: against the plain way on real candles and the figures of a whole range, and what they warn of."""

import numpy as np
import pytest
from candle_tapes import recorded
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from cryptoprices.core import figures
from cryptoprices.core.candles import Candles
from cryptoprices.core.figures import Closes, closes_of
from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS, MINUTE_MS
from cryptoprices.core.pair_studies import PAIR_STUDIES
from cryptoprices.core.studies import Draws, Unit

REAL = {
    "1m": "coinbase_{}-USD_1m_20170903",
    "1m with holes": "coinbase_{}-USD_1m_20180404",
    "1d": "bitstamp_{}-USD_1d_to2018",
}
every_study = pytest.mark.parametrize("study", PAIR_STUDIES.values(), ids=PAIR_STUDIES)


def both(what):
    """Closes of ETH and BTC, and the bars' width in ms."""
    interval = what.split()[0]
    eth, btc = (closes_of(Candles.of(recorded(REAL[what].format(coin))), interval) for coin in ("ETH", "BTC"))
    return eth, btc, INTERVALS_MS[interval]


def in_common(eth, btc):
    """The plain way: (moments, ETH, BTC)."""
    table = dict(zip(btc.end_ms.tolist(), btc.close.tolist(), strict=True))
    rows = [
        (t, close, table[t]) for t, close in zip(eth.end_ms.tolist(), eth.close.tolist(), strict=True) if t in table
    ]
    return np.array(rows).T


def walk(n, seed, first=0):
    prices = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(size=n)) / 50)
    return Closes(MINUTE_MS * np.arange(first + 1, first + n + 1), prices)


def same(found, plain, near_zero=1e-9):
    assert found == pytest.approx(plain, rel=1e-9, abs=near_zero, nan_ok=True)


def padded(values, n):
    return np.concatenate([np.full(n - len(values), np.nan), values])


@pytest.mark.parametrize("window", [5, 30])
@pytest.mark.parametrize("what", REAL)
def test_windows_of_real_candles(what, window):
    eth, btc, width_ms = both(what)
    moments, y, x = in_common(eth, btc)
    n, drawn = (
        len(y),
        {key: PAIR_STUDIES[key].run(eth, btc, window=window) for key in PAIR_STUDIES if key != "drawdown"},
    )
    assert all(list(one.end_ms) == list(moments) for one in drawn.values())
    logs = sliding_window_view(np.log(y) - np.log(x), window)
    mean, deviation = logs.mean(axis=1), logs.std(axis=1, ddof=1)
    (z_score,) = drawn["z_score"].traces
    z = (logs[:, -1] - mean)[deviation > 1e-12] / deviation[deviation > 1e-12]
    same(z_score.values[window - 1 :][deviation > 1e-12], z)
    wide, narrow, middle, ratio = drawn["ratio"].traces
    same(ratio.values, y / x, 0)
    same(middle.values, padded(np.exp(mean), n), 0)
    for trace, times in ((wide, 2), (narrow, 1)):
        assert (trace.name, trace.draws) == (f"±{times}σ", Draws.BAND)
        same(trace.values, padded(np.exp(mean + times * deviation), n), 0)
        same(trace.lower, padded(np.exp(mean - times * deviation), n), 0)
    wide, _, middle, spread = drawn["spread"].traces
    same(spread.values, 100 * (np.log(y / y[0]) - np.log(x / x[0])))
    since = sliding_window_view(spread.values, window)
    same(middle.values, padded(since.mean(axis=1), n))
    upper = since.mean(axis=1) + 2 * since.std(axis=1, ddof=1)
    same(wide.values, padded(upper, n))
    dy, dx = (sliding_window_view(close[1:] / close[:-1] - 1, window) for close in (y, x))
    correlation, beta = np.full((2, len(dy)), np.nan)
    for i, (a, b) in enumerate(zip(dy, dx, strict=True)):
        if b.std() > 1e-12 and a.std() > 1e-12:
            correlation[i] = np.corrcoef(a, b)[0, 1]
        if b.std() > 1e-12:
            beta[i] = np.cov(a, b)[0, 1] / np.var(b, ddof=1)
    same(drawn["correlation"].traces[0].values, padded(correlation, n))
    same(drawn["beta"].traces[0].values, padded(beta, n))
    for trace, close in zip(drawn["volatility"].traces, (y, x), strict=True):
        deviation = sliding_window_view(np.diff(np.log(close)), window).std(axis=1, ddof=1)
        same(trace.values, padded(deviation * np.sqrt(365 * DAY_MS / width_ms) * 100, n))


@pytest.mark.parametrize("what", REAL)
def test_pandas_says_the_same(what):
    pd = pytest.importorskip("pandas", reason="pandas comes with the extra for benchmarks")
    eth, btc, width_ms = both(what)
    moments, y, x = in_common(eth, btc)
    frame = pd.DataFrame({"y": y, "x": x}, index=moments)
    changes, ratio = frame.pct_change(), np.log(frame.y / frame.x)
    beta = changes.y.rolling(30).cov(changes.x) / changes.x.rolling(30).var()
    deviation = np.log(frame).diff().rolling(30).std()
    found = {key: PAIR_STUDIES[key].run(eth, btc).traces for key in PAIR_STUDIES}
    for trace, plain in [
        (found["z_score"][0], (ratio - ratio.rolling(30).mean()) / ratio.rolling(30).std()),
        (found["correlation"][0], changes.y.rolling(30).corr(changes.x)),
        (found["beta"][0], beta),
        (found["volatility"][0], deviation.y * (365 * DAY_MS / width_ms) ** 0.5 * 100),
        (found["volatility"][1], deviation.x * (365 * DAY_MS / width_ms) ** 0.5 * 100),
        (found["drawdown"][0], (frame.y / frame.y.cummax() - 1) * 100),
        (found["drawdown"][1], (frame.x / frame.x.cummax() - 1) * 100),
    ]:
        same(trace.values, plain.to_numpy())


@pytest.mark.parametrize("what", REAL)
def test_the_last_of_all_is_the_figure_of_the_range(what):
    eth, btc, _ = both(what)
    base, quote = figures.in_common([eth, btc])
    pair, n = figures.pair_figures(base.close, quote.close), len(base.close)
    interval = what.split()[0]

    def last(key, **params):
        return [trace.values[-1] for trace in PAIR_STUDIES[key].run(eth, btc, **params).traces]

    assert last("z_score", window=0) == pytest.approx([pair.z_score], rel=1e-9)
    all_ = {"window": n - 1} if n <= 1001 else {}
    if all_:
        assert last("correlation", **all_) == pytest.approx([pair.correlation], rel=1e-9)
        assert last("beta", **all_) == pytest.approx([pair.beta], rel=1e-9)
        volatility = [figures.volatility_pct(one.close, interval) for one in (base, quote)]
        assert last("volatility", **all_) == pytest.approx(volatility, rel=1e-9)
    for trace, one in zip(PAIR_STUDIES["drawdown"].run(eth, btc).traces, (base, quote), strict=True):
        assert trace.values.min() == figures.max_drawdown(one, interval).pct


def test_all_so_far_is_what_it_says():
    base, quote = walk(80, 1), walk(80, 2)
    logs = np.log(base.close / quote.close)
    found = PAIR_STUDIES["ratio"].run(base, quote, window=0).traces
    assert np.isnan(found[0].values[0])
    for i in range(1, 80):
        mean, deviation = logs[: i + 1].mean(), logs[: i + 1].std(ddof=1)
        assert found[2].values[i] == pytest.approx(np.exp(mean), rel=1e-12)
        assert found[0].lower[i] == pytest.approx(np.exp(mean - 2 * deviation), rel=1e-9)


@every_study
@given(kept=st.integers(0, 89), seed=st.integers(0, 50))
def test_nothing_later_changes_what_was_drawn(study, kept, seed):
    base, quote = walk(90, seed), walk(90, seed + 1, first=3)
    some = study.run(Closes(base.end_ms[:kept], base.close[:kept]), quote)
    all_ = study.run(base, quote)
    n = max(0, kept - 3)
    assert list(some.end_ms) == list(all_.end_ms[:n]) == list(quote.end_ms[:n])
    for one, other in zip(some.traces, all_.traces, strict=True):
        assert one.values.shape == (n,)
        assert one.values == pytest.approx(other.values[:n], rel=1e-9, abs=1e-12, nan_ok=True)


@every_study
def test_only_moments_at_which_both_are_known(study):
    base, quote = walk(90, 1), walk(90, 2)
    base.close[40] = np.nan
    without = [Closes(np.delete(one.end_ms, 40), np.delete(one.close, 40)) for one in (base, quote)]
    found, plain = study.run(base, quote), study.run(*without)
    assert list(found.end_ms) == list(plain.end_ms)
    for one, other in zip(found.traces, plain.traces, strict=True):
        assert list(one.values[60:]) == list(other.values[60:])


@every_study
def test_it_says_what_it_is_and_refuses_nonsense(study):
    assert study.own_pane
    assert study.told.startswith(f"{study.title}: ")
    assert "(n,)" not in study.told
    assert study.title[0].isupper() or study.key == "z_score"
    for param in study.params:
        assert param.told.endswith(".")
        for nonsense in (-1, 2.5, 1001):
            with pytest.raises(ValueError, match="window is a whole number from"):
                study.run(walk(50, 1), walk(50, 2), window=nonsense)
    if study.unit is not Unit.PERCENT and study.key != "ratio":
        assert 0.0 in study.levels


def test_what_does_not_move_has_neither_score_nor_correlation():
    still, moving = walk(60, 1), walk(60, 2)
    still.close[:] = 7.0
    for key in ("correlation", "beta"):
        assert np.isnan(PAIR_STUDIES[key].run(moving, still).traces[0].values).all()
    same_way = Closes(moving.end_ms, 3 * moving.close)
    assert np.isnan(PAIR_STUDIES["z_score"].run(moving, same_way).traces[0].values).all()
    assert PAIR_STUDIES["correlation"].run(moving, same_way).traces[0].values[-1] == pytest.approx(1)
    assert PAIR_STUDIES["volatility"].run(moving, still).traces[1].values[-1] == 0


def test_it_warns_of_few_samples():
    def warning(key, base, quote, **params):
        return PAIR_STUDIES[key].run(base, quote, **params).warning

    base, quote = walk(60, 1), walk(60, 2)
    assert warning("correlation", base, quote) == warning("ratio", base, quote) == ""
    short = walk(12, 1)
    assert warning("ratio", short, quote) == "only 12 of 30 bars"
    assert warning("correlation", short, quote) == "only 11 of 30 changes"
    assert warning("drawdown", walk(0, 1), quote) == "only 0 of 2 bars"
    assert warning("correlation", base, quote, window=10) == "10 changes are few: much of this may be chance"
    assert warning("ratio", base, quote, window=10) == ""
    thin = Closes(np.append(quote.end_ms[:34], quote.end_ms[-6:]), np.append(quote.close[:34], quote.close[-6:]))
    assert warning("correlation", base, thin) == "only 40 of 60 bars are there of both"
