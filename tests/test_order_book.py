"""Prices beside an order book in which hardly anybody trades (M11)."""

from decimal import Decimal

import pytest
from judging import BTC, Judging, left_out, quote

from cryptoprices.core import numbers
from cryptoprices.core.market import STREAM, Round
from cryptoprices.core.order_book import illiquid_book
from cryptoprices.core.report import pair_report

A, B = "kraken", "coinbase"


def offers(bid, ask):
    return {"bid": None if bid is None else Decimal(bid), "ask": None if ask is None else Decimal(ask)}


@pytest.mark.parametrize(
    ("bid", "ask", "spread_pct"),
    [("101", "100", "-0.995"), ("90", "100", "10.526"), ("0", "100", None), ("100", None, None), ("0", "0", None)],
)
def test_a_side_missing_a_cross_and_a_wide_gap_are_illiquid(bid, ask, spread_pct):
    book = illiquid_book(quote(A, "100", **offers(bid, ask)).ticker)
    assert book is not None
    assert (book.spread_pct and round(book.spread_pct, 3)) == (spread_pct and Decimal(spread_pct))


@pytest.mark.parametrize(("bid", "ask"), [("100", "100"), ("95", "105"), (None, None)])
def test_other_books_and_those_that_are_not_told_are_not(bid, ask):
    assert illiquid_book(quote(A, "100", **offers(bid, ask)).ticker) is None


@pytest.mark.parametrize("empty", ["0", "0.00000000", "0e-8"])
def test_an_offer_of_nothing_is_known_to_be_none_and_unknown_to_programs(empty):
    ticker = numbers.ticker(BTC, "100", bid=empty, ask="101", high=empty)
    assert (ticker.bid, ticker.ask, ticker.high_24h) == (0, 101, None)
    assert numbers.ticker(BTC, "100", bid="-1", ask="").bid is None
    judging = Judging(A)
    (report,) = pair_report(judging.poll({A: quote(A, "100", bid=ticker.bid)}))["quotes"]
    assert report["bid"] is None


def test_an_illiquid_price_counts_while_its_last_trade_is_current():
    judging, wide = Judging(A, B), offers("50", "150")
    judging.poll({A: quote(A, "100", 1000, **wide), B: "100.5"})
    ages = []
    for _ in range(7):
        shown = judging.poll({A: quote(A, "100", judging.boot_s, **wide), B: "100.5"})
        ages.append(round(shown.quotes[0].age_s))
    assert ages == [21, 41, 61, 81, 101, 121, 141]
    assert (shown.counted, left_out(shown)) == ((B,), {A: "stale"})
    assert shown.quotes[0].illiquid == (50, 150)
    shown = judging.poll({A: quote(A, "100.2", judging.boot_s, **wide), B: "100.5"})  # somebody has traded
    assert (shown.counted, round(shown.quotes[0].age_s)) == ((A, B), 1)
    shown = judging.poll({A: quote(A, "100.2", judging.boot_s), B: "100.5"})  # by a stream or a good book: as it was
    assert round(shown.quotes[0].age_s) == 1
    assert shown.quotes[0].illiquid is None


def test_a_stream_tells_trades_and_the_poll_before_it_the_book():
    judging = Judging(A)
    judging.poll({A: quote(A, "100", 1000, **offers("50", "150"))})
    trade = quote(A, "100", judging.boot_s)._replace(via="stream")
    shown = judging.apply(Round(STREAM, judging.boot_s, (trade,)), judging.boot_s)
    assert (shown.quotes[0].illiquid, shown.age_s) == ((50, 150), 0)
    judging.boot_s += 10
    shown = judging.poll({A: quote(A, "100", judging.boot_s, **offers("50", "150"))})
    assert shown.age_s > 10  # as old as that trade
