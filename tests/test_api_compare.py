"""Comparisons over REST: the command's figures, in which currency, and why there are none."""

import threading
from decimal import Decimal

import pytest
from api_rig import BTC, ETH, Service, answering

from cryptoprices.api.fills import Fills, Outcome
from cryptoprices.api.schemas import Comparison
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.figure_report import comparison_report
from cryptoprices.core.figures import closes_of, in_currency
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.moments import moment_ms
from cryptoprices.core.ranges import RANGES


@pytest.fixture
def service(tmp_path, fake_clock):
    return Service(tmp_path, fake_clock)


def test_a_comparison_is_the_commands_object(service):
    found = service.get("/v1/compare?coins=eth,btc&range=1w").json()
    assert (found["range"], found["currency"], found["interval"], found["bars"]) == ("1w", "USD", "1h", 168)
    assert [coin["coin"] for coin in found["coins"]] == ["ETH", "BTC"]
    assert [(pair["base"], pair["quote"]) for pair in found["pairs"]] == [("BTC", "ETH")]
    assert service.get("/v1/compare?pairs=ETH-USD,BTC-USD&range=1w").json() == found
    assert [coin["coin"] for coin in service.get("/v1/compare").json()["coins"]] == ["BTC", "ETH"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("coins=BTC,DOGE", 404, "DOGE/USD is not watched"),
        ("coins=BTC&pairs=BTC-EUR", 422, "one currency"),
        ("range=2w", 422, "range must be 1h, 1d"),
        ("coins=A,B,C,D,E,F,G,H,I", 422, "coins has another form; write it like BTC,ETH, 8 at most"),
        ("coins=USD", 404, "is not a pair"),
        ("currency=XYZ", 422, "currency must be USD, EUR"),
    ],
)
def test_what_cannot_be_compared_says_why(tmp_path, fake_clock, query, status, words):
    service = Service(tmp_path, fake_clock, pairs=(BTC, ETH, BTC._replace(quote="EUR")))
    answer = service.get(f"/v1/compare?{query}")
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True)


@pytest.mark.parametrize(
    ("outcome", "status", "wait"),
    [(Outcome.RUNNING, 503, "2"), (Outcome.REFUSED, 429, "10"), (Outcome.FAILED, 503, "10")],
)
def test_figures_of_half_the_time_are_no_answer(service, monkeypatch, outcome, status, wait):
    monkeypatch.setattr(Fills, "fill", answering(outcome))
    answer = service.get("/v1/compare")
    assert (answer.status_code, answer.headers["retry-after"]) == (status, wait)
    assert answer.json()["detail"].startswith("The past of BTC/USD is not here: ")


def test_figures_of_what_the_disk_does_not_take_are_none_either(service):
    service.past.failing = [Gap(None, 0, service.clock.wall_ms, GapReason.NOT_SAVED)]
    answer = service.get("/v1/compare")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.json()["detail"] == "The past of BTC/USD is not here: the disk took nothing."


def test_a_comparison_of_nothing_says_why(service, fake_clock):
    service.past.failing = [Gap(None, 0, fake_clock.wall_ms, GapReason.OFFLINE)]
    answer = service.get("/v1/compare?range=1w")
    found = answer.json()
    assert (answer.status_code, found["bars"], found["coins"][0]["return_percent"]) == (200, 0, None)
    assert [(gap["pair"], gap["reason"], gap["from"][:10]) for gap in found["gaps"]] == [
        ("BTC/USD", "offline", "2025-11-15"), ("ETH/USD", "offline", "2025-11-15"),
    ]  # fmt: skip
    assert (answer.headers["cache-control"], answer.headers["retry-after"]) == ("no-store", "60")
    Comparison.model_validate(found)


def test_of_all_there_is_nothing_is_missing_before_the_beginning(service):
    service.past.has_ms = moment_ms("2025-01-01")
    found = service.get("/v1/compare?range=all").json()
    assert (found["bars"], found["gaps"]) == (325, [])
    assert service.get("/v1/compare?range=1y").json()["gaps"][0]["reason"] == "not_kept"


DOLLARS = [Rates("2025-11-14", {"EUR": Decimal("0.8")}), Rates("2025-11-18", {"EUR": Decimal("0.9")})]


def test_a_comparison_is_in_the_currency_that_was_asked_for_or_that_the_setting_says(service, fake_clock):
    service.rates = DOLLARS
    dollars = service.get("/v1/compare?range=1w").json()
    euros = service.get("/v1/compare?range=1w&currency=EUR").json()
    assert (dollars["currency"], euros["currency"], euros["note"]) == ("USD", "EUR", None)
    read = [service.past.read(pair, "1h", *RANGES["1w"].bounds_ms(fake_clock.wall_ms)) for pair in (BTC, ETH)]
    closes = {
        name: in_currency(closes_of(one.candles, "1h"), DOLLARS, "EUR")
        for name, one in zip(("BTC", "ETH"), read, strict=True)
    }
    assert euros == {**comparison_report("1w", "EUR", "1h", closes), "gaps": [], "note": None}
    assert euros["coins"][0]["return_percent"] > dollars["coins"][0]["return_percent"] + 10
    service.live.settings = service.live.settings.with_values({"currency": "EUR"})
    assert service.get("/v1/compare?range=1w").json() == euros
    assert service.get("/v1/compare?range=1w&currency=USD").json() == dollars
    assert service.asked_rates == ["EUR"]  # once an hour
    fake_clock.advance(3600)
    service.get("/v1/compare?range=1w")
    assert service.asked_rates == ["EUR", "EUR"]


@pytest.mark.parametrize(
    ("rates", "why"),
    [([], "ECB has none."), (SourceError(Reason.TIMEOUT, "It does not answer."), "It does not answer.")],
)
def test_without_rates_a_comparison_is_in_dollars_and_says_why(service, rates, why):
    service.rates = rates
    answer = service.get("/v1/compare?range=1w&currency=EUR")
    assert answer.json()["currency"] == "USD"
    assert answer.json()["note"] == f"Compared in USD, for the rates of EUR are missing: {why}"
    assert answer.json()["bars"] == 168
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_in_no_dollars_stays_as_it_is(tmp_path, fake_clock):
    service = Service(tmp_path, fake_clock, pairs=(BTC._replace(quote="EUR"),))
    service.live.settings = service.live.settings.with_values({"currency": "JPY"})
    assert service.get("/v1/compare?pairs=BTC-EUR&range=1w").json()["currency"] == "EUR"
    assert service.get("/v1/compare?pairs=BTC-EUR&range=1w&currency=EUR").json()["currency"] == "EUR"
    assert service.asked_rates == []
    assert service.get("/v1/compare?pairs=BTC-EUR&currency=USD").status_code == 422


def test_all_that_is_compared_is_fetched_side_by_side(service):
    asked, all_asked = [], threading.Event()

    really = service.past.fill

    def fill(pair, *more):
        asked.append(pair)
        if len(asked) == 2:
            all_asked.set()
        assert all_asked.wait(5)
        return really(pair, *more)

    service.past.fill = fill
    assert service.get("/v1/compare").status_code == 200
    assert set(asked) == {BTC, ETH}
