"""The demo's reference rates, as the program reads them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from conftest import FakeClock

from cryptoprices.core.currency import CURRENCIES
from cryptoprices.demo.server import FX, DemoExchange
from cryptoprices.sources import fx


def at(day, hour):
    """A demo at that hour UTC of a day of November 2026."""
    moment = datetime(2026, 11, day, hour, tzinfo=UTC)
    return DemoExchange(7, FakeClock(wall_ms=round(moment.timestamp() * 1000)).clock)


def body(demo, path):
    reply, _ = demo.reply(f"/{FX}{path}")
    assert reply.status == 200
    return reply.body()


@pytest.mark.parametrize(
    ("day", "hour", "of"),
    [(24, 14, "2026-11-23"), (24, 15, "2026-11-24"), (22, 20, "2026-11-20"), (23, 9, "2026-11-20")],
)
def test_the_newest_are_those_of_the_last_working_day_that_is_published(day, hour, of):
    rates = fx.parse_latest(body(at(day, hour), fx.latest_path()))
    assert rates.date == of
    assert rates.per_usd.keys() >= set(list(CURRENCIES)[1:30])
    assert rates.per_usd["EUR"] == pytest.approx(Decimal(1) / Decimal("1.16"), rel=Decimal("0.015"))


def test_a_series_has_every_working_day_and_repeats():
    path = fx.series_path(date(2026, 11, 9), date(2026, 11, 22), ["EUR", "JPY"])
    rates = fx.parse_series(body(at(24, 18), path))
    assert [one.date[-2:] for one in rates] == ["09", "10", "11", "12", "13", "16", "17", "18", "19", "20"]
    assert {tuple(sorted(one.per_usd)) for one in rates} == {("EUR", "JPY")}
    assert rates == fx.parse_series(body(at(25, 9), path))
    newest = fx.parse_latest(body(at(22, 20), fx.latest_path()))
    assert newest.per_usd["EUR"] == rates[-1].per_usd["EUR"]


def test_in_euros_it_says_the_same():
    demo = at(24, 18)
    euros, dollars = (fx.parse_latest(body(demo, path)) for path in ("/v1/2026-11-22", "/v1/2026-11-21?base=USD"))
    assert euros.date == dollars.date == "2026-11-20"
    assert euros.per_usd["JPY"] == pytest.approx(dollars.per_usd["JPY"], rel=Decimal("0.0001"))


@pytest.mark.parametrize("path", ["/v1/", "/v1/2026-11-31", "/v2/rates", "/v1/latest?base=QQQ", "/v1/latest?symbols=X"])
def test_what_it_does_not_have_is_not_found(path):
    reply, _ = at(24, 18).reply(f"/{FX}{path}")
    assert reply.status == 404
