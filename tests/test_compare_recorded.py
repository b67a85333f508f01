"""compare over real candles that an exchange on loopback serves, against figures worked out in another way."""

import json
import math

import numpy as np
import pytest
from candle_server import CandleServer
from candle_tapes import moved, recorded
from one_exchange import only

from cryptoprices import headless, headless_past
from cryptoprices.clock import system_clock
from cryptoprices.core.market import Pair
from cryptoprices.core.report import rfc3339

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")


@pytest.mark.parametrize(("range_", "days"), [("1y", 365), ("all", 418)])
def test_a_year_and_all_of_real_days(tmp_path, capsys, monkeypatch, range_, days):
    monkeypatch.setattr(headless, "log_to", lambda handler, level: None)
    clock = system_clock()
    tapes = {
        pair: {"1d": moved(recorded(f"bitstamp_{pair.base}-USD_1d_to2018"), "1d", clock.wall_ms())}
        for pair in (BTC, ETH)
    }
    with CandleServer(clock, {"bitstamp": tapes}) as server:
        options = only("bitstamp", tmp_path, server.addresses["bitstamp"])
        assert headless_past.compare(options, ("BTC", "ETH"), range_, as_json=True) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["bars"] == days
    closes = {}
    for pair, coin in zip((BTC, ETH), report["coins"], strict=True):
        rows = tapes[pair]["1d"][-days:]
        close = closes[pair] = np.array([row.close for row in rows])
        logs = np.diff(np.log(close))
        assert coin["return_percent"] == pytest.approx((close[-1] / close[0] - 1) * 100, rel=1e-9)
        assert coin["cagr_percent"] == pytest.approx(((close[-1] / close[0]) ** (365 / (days - 1)) - 1) * 100, rel=1e-9)
        assert coin["volatility_percent"] == pytest.approx(np.sqrt(np.var(logs, ddof=1) * 365) * 100, rel=1e-9)
        assert coin["sharpe"] == pytest.approx(logs.mean() * 365 / np.sqrt(np.var(logs, ddof=1) * 365), rel=1e-9)
        falls = [min(close[i:]) / close[i] - 1 for i in range(days)]
        peak = int(np.argmin(falls))
        trough = peak + int(np.argmin(close[peak:]))
        assert coin["max_drawdown_percent"] == pytest.approx(min(falls) * 100, rel=1e-9)
        assert coin["max_drawdown_from"] == rfc3339(rows[peak].open_ms)
        assert coin["max_drawdown_to"] == rfc3339(rows[trough].open_ms)
        changes = close[1:] / close[:-1] - 1
        assert coin["best_day_percent"] == pytest.approx(max(changes) * 100, rel=1e-9)
        assert coin["worst_day_percent"] == pytest.approx(min(changes) * 100, rel=1e-9)
    x, y = (closes[pair][1:] / closes[pair][:-1] - 1 for pair in (BTC, ETH))
    beta, alpha = np.polynomial.polynomial.polyfit(x, y, 1)[::-1]
    (pair,) = report["pairs"]
    assert (pair["base"], pair["quote"], pair["n"]) == ("ETH", "BTC", days - 1)
    assert pair["beta"] == pytest.approx(beta, rel=1e-9)
    assert pair["alpha"] == pytest.approx(alpha, rel=1e-9)
    assert pair["correlation"] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-9)
    assert pair["r2"] == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, rel=1e-9)
    ratios = [math.log(e / b) for b, e in zip(closes[BTC], closes[ETH], strict=True)]
    assert pair["z_score"] == pytest.approx((ratios[-1] - np.mean(ratios)) / np.std(ratios, ddof=1), rel=1e-9)
    assert pair["ratio"] == closes[ETH][-1] / closes[BTC][-1]
