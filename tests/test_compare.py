"""compare against an exchange on loopback that has a past: what is printed, in which currency, and why."""

import json

import pytest
from one_exchange import Exchange
from past_exchange import BTC, ETH

from cryptoprices import headless_past
from cryptoprices.core.candles import Candles
from cryptoprices.core.figure_report import comparison_report
from cryptoprices.core.figures import closes_of
from cryptoprices.core.intervals import floor_ms
from cryptoprices.core.ranges import RANGES
from cryptoprices.core.report import rfc3339

pytestmark = pytest.mark.logs("coinbase|kraken")  # going down is worth a line in the log


def compare(options, *coins, range_="1mo", as_json=True):
    return headless_past.compare(options, coins, range_, as_json)


def test_the_comparison_is_that_of_the_exchange_s_candles(server, options, now_ms, capsys):
    assert compare(options, "BTC", "ETH") == 0
    out, err = capsys.readouterr()
    closes = {}
    for pair in (BTC, ETH):
        bars = Candles.of(server.tapes["coinbase"][pair]["1h"]).gathered("4h")
        closes[pair.base] = closes_of(bars.between(*RANGES["1mo"].bounds_ms(now_ms)), "4h")
    assert json.loads(out) == json.loads(json.dumps(comparison_report("1mo", "USD", "4h", closes)))
    assert json.loads(out)["bars"] == 180
    assert err == ""


def test_all_there_is_needs_no_word_about_what_there_is_not(options, capsys, now_ms):
    assert compare(options, "BTC", "ETH", range_="all", as_json=False) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "BTC, ETH in USD, all: 350 bars of 1d"
    assert out.splitlines()[-1].startswith("50/50 BTC and ETH, rebalanced every bar: return ")
    assert err == ""


def test_a_coin_that_nobody_has_is_named_and_the_others_are_compared(options, capsys, now_ms):
    assert compare(options, "BTC", "XYZ", "ETH") == 0
    out, err = capsys.readouterr()
    assert [coin["return_percent"] is None for coin in json.loads(out)["coins"]] == [False, True, False]
    assert err == "XYZ/USD: no enabled exchange lists it\n"
    assert compare(options, "BTC", "XYZ") == 1
    assert capsys.readouterr().err == "XYZ/USD: no enabled exchange lists it\ncoinbase: does not list XYZ/USD\n"


def test_where_nothing_can_be_compared_the_status_is_1(options, capsys, now_ms):
    assert compare(options, "XYZ", "ZYX") == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["bars"] == 0
    assert err.endswith("coinbase: does not list XYZ/USD, ZYX/USD\n")


def test_figures_are_in_the_person_s_currency_by_the_rates_of_the_days(server, options, now_ms, capsys):
    monday, friday = "2020-01-06", "2020-01-03"
    body = json.dumps({"base": "USD", "rates": {friday: {"EUR": 0.5}, monday: {"EUR": 0.8}}}).encode()
    with Exchange(200, body) as rates:
        settings = (f"fx.rest_url=http://127.0.0.1:{rates.server_port}", "currency=EUR")
        assert compare(options._replace(overrides=options.overrides + settings), "BTC", "ETH") == 0
        (path,) = rates.asked
    out, err = capsys.readouterr()
    last_ms = floor_ms(now_ms, "4h")  # closes of 180 bars (716 h), and rates from ten days before the first one
    since, until = (rfc3339(end_ms).split("T")[0] for end_ms in (last_ms - 956 * 3_600_000, last_ms))
    assert path == f"/v1/{since}..{until}?base=USD&symbols=EUR"
    report = json.loads(out)
    assert (report["currency"], report["bars"], err) == ("EUR", 180, "")
    compare(options, "BTC", "ETH")
    in_dollars = json.loads(capsys.readouterr().out)
    for euro, dollar in zip(report["coins"], in_dollars["coins"], strict=True):  # the newest rate holds for all bars
        assert euro["return_percent"] == pytest.approx(dollar["return_percent"])


@pytest.mark.parametrize(
    ("status", "why"), [(503, "Frankfurter has a fault of its own (503)"), (404, "Frankfurter has none.")]
)
def test_without_rates_it_is_compared_in_dollars_and_says_so(options, now_ms, capsys, status, why):
    with Exchange(status, b"{}") as rates:
        settings = (f"fx.rest_url=http://127.0.0.1:{rates.server_port}", "currency=EUR")
        assert compare(options._replace(overrides=options.overrides + settings), "BTC", "ETH") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["currency"] == "USD"
    assert err.startswith(f"Compared in USD, for the rates of EUR are missing: {why}")
