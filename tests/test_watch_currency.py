"""watch in the person's currency: the watchlist's prices by the day's rates, what is named as it is named."""

import json

import pytest
from one_exchange import Exchange, only_kraken

from cryptoprices import headless, headless_rates, headless_watch
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.market import Pair
from cryptoprices.core.reference import EVERY_S, Reference
from cryptoprices.core.snapshot import PairPrice, State
from cryptoprices.headless_rates import RunRates
from cryptoprices.headless_watch import WatchOptions

BTC = Pair("BTC", "USD")
BODY = b'{"amount":1.0,"base":"USD","date":"2020-01-03","rates":{"EUR":0.5,"JPY":150}}'


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch):
    monkeypatch.setattr(headless, "log_to", lambda handler, level: None)


def watch(folder, rates, *pairs, currency="EUR", json=True):
    with Exchange() as kraken:
        settings = ("watchlist=BTC/USD", f"currency={currency}", f"fx.rest_url=http://127.0.0.1:{rates.server_port}")
        options = only_kraken(folder, kraken.server_port, *settings)
        return headless_watch.watch(options, WatchOptions(pairs, once=True, json=json))


def test_the_watchlist_is_shown_in_the_person_s_currency_and_says_how(tmp_path, capsys):
    with Exchange(200, BODY) as rates:
        assert watch(tmp_path, rates) == 0
        assert rates.asked == ["/v1/latest?base=USD"]
        assert watch(tmp_path, rates, json=False) == 0
    out, err = capsys.readouterr()
    line, text = out.splitlines()
    line = json.loads(line)
    assert (line["pair"], line["price"], line["state"]) == ("BTC/EUR", None, "STALE")  # at a rate of years ago
    assert line["derived"] == "BTC/USD × EUR 0.5 of 3 Jan, ECB"
    assert line["quotes"][0]["price"] == "97412.50"
    assert text.startswith("BTC/EUR ")
    assert text.endswith("BTC/USD × EUR 0.5 of 3 Jan, ECB")
    assert err == ""


def test_what_is_named_is_shown_as_it_is_named(tmp_path, capsys):
    with Exchange(200, BODY) as rates:
        assert watch(tmp_path, rates, BTC) == 0
        assert rates.asked == []
    line = json.loads(capsys.readouterr().out)
    assert (line["pair"], line["price"]) == ("BTC/USD", "97412.50")
    assert "derived" not in line


@pytest.mark.parametrize(
    ("status", "body", "currency", "why"),
    [(503, b"{}", "EUR", "Frankfurter has a fault of its own (503)"), (200, BODY, "UAH", "Frankfurter has none.")],
)
def test_without_rates_it_is_shown_in_dollars_and_says_so(tmp_path, capsys, status, body, currency, why):
    with Exchange(status, body) as rates:
        assert watch(tmp_path, rates, currency=currency) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["pair"] == "BTC/USD"
    assert err.startswith(f"Shown in USD, for the rates of {currency} are missing: {why}")


def test_rates_are_asked_for_now_and_then(fake_clock):
    answers, asked, said = [], [], []

    def ask():
        asked.append(fake_clock.boot_s)
        return answers.pop(0)

    def shown():
        rates.look()
        return str(rates.shown(PairPrice(BTC, None, State.NO_DATA), fake_clock.boot_s).pair)

    rates = RunRates("EUR", ask, fake_clock.clock, said.append)
    answers += [SourceError(Reason.SERVER, "It is ill."), Reference.of(Rates("2025-11-21", {"EUR": 1}), 0, 0)]
    assert (shown(), shown(), len(asked)) == ("BTC/USD", "BTC/USD", 1)
    assert said == ["Shown in USD, for the rates of EUR are missing: It is ill."]
    fake_clock.advance(headless_rates._AGAIN_S)
    assert (shown(), shown(), len(asked)) == ("BTC/EUR", "BTC/EUR", 2)
    answers += [SourceError(Reason.SERVER, "It is ill.")]
    fake_clock.advance(EVERY_S)
    rates.look()
    rates._worker.join()
    assert (shown(), len(asked), len(said)) == ("BTC/EUR", 3, 1)  # the old ones hold, and say their day


def test_a_fault_of_ours_is_not_swallowed(fake_clock):
    def broken():
        raise ZeroDivisionError

    rates = RunRates("EUR", broken, fake_clock.clock, lambda text: None)
    rates.look()
    with pytest.raises(ZeroDivisionError):
        rates.shown(PairPrice(BTC, None, State.NO_DATA), 0.0)
