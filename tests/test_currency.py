"""Dollar prices in another currency: exact, with its digits, as old as what they are made of, and labelled."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import BTC, Judging, quote

from cryptoprices.core.currency import CURRENCIES, Rates
from cryptoprices.core.formatting import decimals_for, price_text, spoken_price
from cryptoprices.core.market import Pair
from cryptoprices.core.reference import Reference, in_currency, shown_in
from cryptoprices.core.snapshot import LastKnown, State

DAY_S = 86_400
FRIDAY = Rates("2026-11-20", {"EUR": Decimal("0.86207"), "JPY": Decimal("151.2"), "KWD": Decimal("0.3069")})
PUBLISHED_MS = 1_795_186_800_000  # 2026-11-20 15:00:00 UTC
NOW_S = 1001.0


def live(**figures):
    return Judging("kraken", "coinbase").poll(
        dict.fromkeys(("kraken", "coinbase"), quote("kraken", "97412.5", **figures))
    )


def known(age_s: float = 0.0) -> Reference:
    return Reference.of(FRIDAY, NOW_S, PUBLISHED_MS + 1000 * age_s)


def test_a_price_is_multiplied_exactly_and_says_how():
    day = {
        "high_24h": Decimal(98000),
        "low_24h": Decimal(95000),
        "change_24h_pct": Decimal("1.84"),
        "volume_24h": Decimal(7),
    }
    own = live(**day)
    view = in_currency(own, "EUR", known(), NOW_S)
    assert (view.pair, view.price, view.state) == (
        Pair("BTC", "EUR"),
        Decimal("97412.5") * Decimal("0.86207"),
        State.LIVE,
    )
    assert (view.high_24h, view.low_24h) == (Decimal("84482.86000"), Decimal("81896.65000"))
    assert (view.change_24h_pct, view.volume_24h) == (own.change_24h_pct, own.volume_24h)
    assert view.derived == "BTC/USD × EUR 0.86207 of 20 Nov, ECB"
    assert (view.age_s, view.counted, view.quotes) == (own.age_s, own.counted, own.quotes)
    assert view.last_known.price == view.price
    assert spoken_price(view).startswith("83,976.39 euros, up 1.84 percent in 24 hours, live, 1 second old, 1 exchange")
    assert spoken_price(view).endswith(view.derived)


def test_without_a_rate_it_stays_in_dollars_and_says_why():
    own = live()
    assert in_currency(own, "USD", known(), NOW_S) is own
    for code, reference in (("GBP", known()), ("EUR", None)):
        view = in_currency(own, code, reference, NOW_S)
        assert view == own._replace(derived=f"in dollars: no rate of {code} is known")


def test_only_dollars_are_converted():
    for text in ("ETH/BTC", "BTC/EUR", "BTC/USDT", "EUR/USD"):
        pair = Pair.parse(text)
        assert shown_in(pair, "EUR", known()) == pair


@pytest.mark.parametrize(
    ("days", "state", "price"),
    [(-1, "LIVE", True), (4, "LIVE", True), (5.2, "LIVE", True), (5.3, "DELAYED", True), (10.4, "DELAYED", True)],
)
def test_a_rate_is_current_until_the_next_one_is_due(days, state, price):
    view = in_currency(live(), "EUR", known(days * DAY_S), NOW_S)
    assert (view.state, view.price is not None) == (state, price)
    assert view.age_s == (1.0 if state == "LIVE" else days * DAY_S)


def test_a_rate_that_is_too_old_leaves_a_last_known_price_of_its_day():
    view = in_currency(live(), "EUR", known(11 * DAY_S), NOW_S)
    assert (view.price, view.state) == (None, State.STALE)
    assert view.last_known == LastKnown(Decimal("97412.5") * Decimal("0.86207"), PUBLISHED_MS, None)


def test_what_is_last_known_is_no_newer_than_its_rate():
    judging = Judging("kraken")
    judging.wall_ms = PUBLISHED_MS + 20 * DAY_S * 1000
    judging.poll({"kraken": "100"})
    own = judging.later(300)
    last = own.last_known
    for days, as_of_ms, boot_s in ((4, last.wall_ms, last.boot_s), (20, PUBLISHED_MS, None)):
        view = in_currency(own, "JPY", known(days * DAY_S), NOW_S)
        assert (view.state, view.last_known) == (own.state, LastKnown(Decimal(15120), as_of_ms, None, boot_s))


def test_the_age_of_a_rate_grows_with_elapsed_time_not_with_the_calendar():
    reference = known(2 * DAY_S)
    assert reference.age_s(NOW_S) == 2 * DAY_S
    assert reference.age_s(NOW_S + DAY_S) == 3 * DAY_S
    assert known(-5 * DAY_S).age_s(NOW_S) == 0  # the calendar here is behind


def test_what_is_not_live_stays_what_it_is():
    judging = Judging("kraken")
    judging.poll({"kraken": "100"})
    for later_s in (100, 300, 5000):
        own = judging.later(later_s)
        view = in_currency(own, "JPY", known(), NOW_S)
        assert view.state == own.state
        assert view.last_known == own.last_known._replace(price=Decimal(15120))
    assert in_currency(Judging().snapshot.price(BTC, 1.0), "JPY", known(), NOW_S).last_known is None


def test_at_least_twenty_currencies_with_their_digits():
    assert len(CURRENCIES) >= 20
    assert {code for code, currency in CURRENCIES.items() if currency.digits == 0} == {
        "JPY",
        "ISK",
        "KRW",
        "CLP",
        "VND",
    }
    assert {code for code, currency in CURRENCIES.items() if currency.digits == 3} == {"KWD"}


@pytest.mark.parametrize(
    ("price", "code", "text"),
    [
        ("15204312.5", "JPY", "15,204,312"),
        ("1234.5", "JPY", "1,234"),
        ("358.44", "JPY", "358.4"),
        ("34.2178", "JPY", "34.22"),
        ("0.0033478", "JPY", "0.003348"),
        ("29896.1234", "KWD", "29,896.123"),
        ("0.7095", "KWD", "0.7095"),
        ("83976.3", "EUR", "83,976.30"),
        ("12.3456", "EUR", "12.346"),
        ("1.98765", "EUR", "1.9876"),
        ("0.000019087", "EUR", "0.00001909"),
        ("0.034069", "BTC", "0.03407"),
        ("0", "JPY", "0"),
    ],
)
def test_prices_have_the_digits_of_their_currency(price, code, text):
    assert price_text(Decimal(price), code) == text


@given(st.decimals("1e-12", "1e12", allow_nan=False), st.sampled_from([*CURRENCIES, "USDT", "BTC"]))
def test_no_price_loses_what_matters(price, code):
    shown = Decimal(price_text(price, code).replace(",", ""))
    assert abs(shown - price) <= abs(price) / 1000
    assert decimals_for(price, code) >= (CURRENCIES[code].digits if code in CURRENCIES else 2) or price < 1
