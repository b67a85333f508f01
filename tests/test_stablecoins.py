"""Prices in USDT become part of the dollar's while a live rate says what USDT costs, labelled, and never otherwise."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import BTC, Judging, left_out, quote, states

from cryptoprices.core.formatting import remark, spoken_price
from cryptoprices.core.market import STREAM, Pair, Quote, Round
from cryptoprices.core.reading import Reader
from cryptoprices.core.report import pair_line, pair_report
from cryptoprices.core.snapshot import State
from cryptoprices.core.source import Exchange
from cryptoprices.core.stablecoins import needed_pairs
from cryptoprices.sources.discovery import discover

BTC_USDT, USDT, USDC = Pair("BTC", "USDT"), Pair("USDT", "USD"), Pair("USDC", "USD")
A, B, X, Y = "kraken", "coinbase", "binance", "okx"


def of(pair: Pair, exchange: str, price: object, sent_boot_s: float = 1000.0, **figures: object) -> Quote:
    made = quote(exchange, price, sent_boot_s, **figures)
    return made._replace(ticker=made.ticker._replace(pair=pair))


def lists(name: str, pair: Pair) -> bool:
    return (pair.quote in ("USDT", "USDC")) == (name in (X, Y))


def market() -> Judging:
    return Judging(A, B, X, Y, lists=lists)


def poll(judging: Judging, *quotes: Quote):
    """All answers at once, and the poll's end. Returns BTC/USD."""
    judging.number += 1
    started = judging.boot_s
    shown = judging.apply(Round(judging.number, started, quotes, last=True), started + 1)
    judging.boot_s = started + 20
    return shown


def answers(judging: Judging, own: object, in_usdt: object, rate: object) -> list[Quote]:
    now = judging.boot_s
    quotes = [of(BTC, A, own, now), of(BTC, B, own, now), of(BTC_USDT, X, in_usdt, now)]
    return quotes if rate is None else [*quotes, of(USDT, A, rate, now), of(USDT, B, rate, now)]


def test_a_price_in_usdt_counts_while_a_live_rate_converts_it():
    judging = market()
    shown = poll(judging, *answers(judging, 92, "100.5", "0.92"))
    assert (shown.price, shown.counted) == (92, (A, B, X))
    made = next(view.quote for view in shown.quotes if view.quote.exchange == X)
    assert (made.price, made.pair) == (Decimal("92.460"), BTC)
    assert (made.made_of.own.price, made.made_of.rate) == (Decimal("100.5"), Decimal("0.92"))
    assert (remark(shown), "USDT 0.920" in spoken_price(shown)) == ("USDT 0.920", True)
    in_usdt = judging.snapshot.price(BTC_USDT, judging.boot_s)
    assert (in_usdt.price, remark(in_usdt)) == (Decimal("100.5"), "USDT 0.920")


def test_a_depeg_stands_in_the_terminal_line():
    judging = market()
    assert "median of 3 · spread 0.50\u202f% · USDT 0.920" in pair_line(
        poll(judging, *answers(judging, 92, "100.5", "0.92")), False
    )


def test_the_report_says_how_it_was_made():
    judging = market()
    shown = poll(judging, *answers(judging, 97432, "97441.7", "0.9999"))
    assert shown.depegged == ()
    by_name = {row["exchange"]: row for row in pair_report(shown)["quotes"]}
    assert by_name[X]["price"] == "97431.95583"
    assert by_name[X]["derived"] == "BTC/USDT 97,441.7 × USDT/USD 0.9999"
    assert "derived" not in by_name[A]


def test_without_a_live_rate_it_does_not_count():
    judging = market()
    shown = poll(judging, *answers(judging, 100, 100, None))
    assert (shown.counted, [view.quote.exchange for view in shown.quotes], shown.left_out) == ((A, B), [A, B], ())
    assert judging.snapshot.price(BTC_USDT, judging.boot_s).price == 100
    shown = poll(judging, *answers(judging, 100, 100, 1))
    assert shown.counted == (A, B, X)
    for _ in range(2):
        shown = poll(judging, *answers(judging, 100, 100, None))
        assert shown.counted == (A, B, X)  # 21 and 41 s after the rate was asked
    assert judging.later(-16).counted == (A, B, X)
    shown = judging.later(0)  # a minute: no longer live
    assert (shown.counted, [view.quote.exchange for view in shown.quotes]) == ((A, B), [A, B])
    assert poll(judging, *answers(judging, 100, 100, None)).counted == (A, B)
    assert set(judging.snapshot.held[BTC]) == {A, B}


def test_nothing_is_priced_by_a_rate_that_is_only_delayed():
    judging = market()
    assert poll(judging, of(BTC_USDT, X, 100), of(USDT, A, 1), of(USDT, B, 1)).price == 100
    shown = judging.later(35)  # 55 s after they were asked: the price in USDT is delayed, as the rate is
    assert judging.snapshot.price(BTC_USDT, judging.boot_s + 35).state is State.DELAYED
    assert (shown.price, shown.quotes) == (None, ())


def test_a_rate_that_is_new_again_makes_the_price_newer():
    judging = market()
    poll(judging, *answers(judging, 100, 100, 1))
    now = judging.boot_s = 1040.0
    ticks = (of(BTC_USDT, X, 100, now), of(USDT, A, 1, now), of(USDT, B, 1, now))
    for tick in ticks:
        shown = judging.apply(Round(STREAM, now, (tick._replace(via="stream"),)), now)
    assert {view.quote.exchange: view.age_s for view in shown.quotes}[X] == 0


def test_a_price_that_a_falling_rate_makes_wrong_counts_no_longer():
    judging = market()
    poll(judging, *answers(judging, 100, 100, 1))
    judging.apply(Round(STREAM, 1009.0, (of(BTC_USDT, X, 100, 1009.0)._replace(via="stream"),)), 1009.0)
    now = judging.boot_s = 1010.0
    ticks = [of(USDT, name, "0.92", now)._replace(via="stream") for name in (A, B)]
    shown = judging.apply(Round(STREAM, now, tuple(ticks)), now)  # and X has said nothing since
    assert (shown.price, shown.counted, left_out(shown)) == (100, (A, B), {X: "checking"})


def test_the_age_is_that_of_the_older_leg():
    judging = market()
    poll(judging, *answers(judging, 100, 100, 1))
    shown = poll(judging, *answers(judging, 100, 100, None))
    ages = {view.quote.exchange: view.age_s for view in shown.quotes}
    assert ages == {A: 1, B: 1, X: 21}
    assert shown.age_s == 21


def test_changes_are_joined_and_the_range_of_the_day_is_not_guessed():
    judging, now = market(), 1000.0
    day = {"change_24h_pct": Decimal(10), "high_24h": Decimal(120), "low_24h": Decimal(90), "volume_24h": Decimal(7)}
    rate = [of(USDT, name, 1, now, change_24h_pct=Decimal(-5)) for name in (A, B)]
    shown = poll(judging, of(BTC_USDT, X, 100, now, **day), *rate)
    assert (shown.price, shown.change_24h_pct) == (100, Decimal("4.5"))
    assert (shown.high_24h, shown.low_24h, shown.volume_24h) == (None, None, 7)


def test_an_exchange_with_a_market_in_dollars_is_not_converted():
    judging = Judging(A, B, lists=lambda _name, _pair: True)
    poll(judging, of(BTC_USDT, B, 90), of(USDT, A, 1), of(USDT, B, 1))
    assert judging.snapshot.price(BTC, judging.boot_s).counted == ()


def test_a_depeg_is_followed_and_confuses_nobody():
    """USDT falls by 8 %, and prices in USDT rise by as much: the streams of two exchanges see it before the rate."""
    judging = market()
    poll(judging, *answers(judging, 100, 100, 1), of(BTC_USDT, Y, 100))
    now = judging.boot_s = 1015.0
    for name in (X, Y):
        tick = of(BTC_USDT, name, "108.7", now)._replace(via="stream")
        shown = judging.apply(Round(STREAM, now, (tick,)), now)
        assert (shown.price, states(shown)[name]) == (100, State.CHECKING)
    ticks = [of(USDT, name, "0.92", now + 1)._replace(via="stream") for name in (A, B)]
    shown = judging.apply(Round(STREAM, now + 1, tuple(ticks)), now + 1)
    assert (shown.counted, shown.price) == ((A, B, X, Y), Decimal("100.002"))
    assert set(states(shown).values()) == {State.LIVE}
    assert remark(shown) == "USDT 0.920"


def test_what_is_converted_convicts_nobody():
    judging = market()
    poll(judging, *answers(judging, 100, 100, 1), of(BTC_USDT, Y, 100))
    now = judging.boot_s
    shown = poll(judging, of(BTC, A, 100, now), of(BTC_USDT, X, 90, now), of(BTC_USDT, Y, 90, now))
    assert (shown.price, left_out(shown)) == (100, {X: "outlier", Y: "outlier"})


def test_a_coin_that_has_no_price_in_dollars_is_priced_by_conversion():
    judging = market()
    shown = poll(judging, of(BTC_USDT, X, 100), of(BTC_USDT, Y, 100), of(USDT, A, "0.5"), of(USDT, B, "0.5"))
    assert (shown.price, shown.counted, shown.state) == (50, (X, Y), State.LIVE)


@given(
    st.lists(st.tuples(st.sampled_from(["own", "usdt", "rate"]), st.integers(90, 110), st.floats(0, 30)), max_size=12)
)
def test_the_reader_keeps_up_with_the_rate(steps):
    judging, reader = market(), Reader()
    poll(judging, *answers(judging, 100, 100, 1))
    for what, level, wait_s in steps:
        now = judging.boot_s = judging.boot_s + wait_s
        pair, name, price = {"own": (BTC, A, level), "usdt": (BTC_USDT, X, level), "rate": (USDT, A, level / 100)}[what]
        judging.apply(Round(STREAM, now, (of(pair, name, price, now)._replace(via="stream"),)), now)
        for later in (0, 20, 50):
            found = reader.price(judging.snapshot, BTC, now + later)
            asked = judging.snapshot.price(BTC, now + later)
            assert (found.price, found.state, found.counted) == (asked.price, asked.state, asked.counted)
            assert [view.state for view in found.quotes] == [view.state for view in asked.quotes]
            assert len(found.depegged) == len(asked.depegged)
            for kept, new in zip(found.depegged, asked.depegged, strict=True):
                assert kept.price == pytest.approx(new.price, rel=Decimal("0.0001"))


@pytest.mark.parametrize(
    ("pairs", "names", "added"),
    [
        (("BTC/USD", "ETH/USD"), ("kraken", "binance"), (USDT,)),
        (("BTC/USD",), ("kraken", "coinbase"), ()),
        (("BTC/USDT",), ("kraken",), (USDT,)),
        (("BTC/USDC", "BTC/USD"), ("kraken", "okx"), (USDT, USDC)),
        (("USDT/USD",), ("kraken", "binance"), ()),
        (("BTC/EUR",), ("binance",), ()),
    ],
)
def test_the_rates_that_are_needed(pairs, names, added):
    sources = discover()
    wanted = tuple(map(Pair.parse, pairs))
    assert needed_pairs(wanted, [Exchange(sources[name], "", "") for name in names]) == (*wanted, *added)
