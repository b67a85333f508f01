"""The best offers beside a price: whether anybody would trade at it.

A price whose order book is empty, crossed or wide open is illiquid. It counts like any other, since whether it is wrong
is judged by what the others say; but it is a last trade of perhaps long ago, and an exchange need not tell when. So it
is at least as old as the answer that first said it (`repeated`), and is left out as too old like any other price.
"""

from decimal import Decimal
from typing import NamedTuple

from cryptoprices.core.market import Quote, Ticker

WIDE_PCT = Decimal(10)
_HUNDRED = Decimal(100)


class Book(NamedTuple):
    """Highest bid and lowest ask; 0 or None where nobody bids or asks."""

    bid: Decimal | None
    ask: Decimal | None

    @property
    def spread_pct(self) -> Decimal | None:
        """From bid to ask, per cent of the middle; below zero where they cross, None where one is missing."""
        if not self.bid or not self.ask:
            return None
        return (self.ask - self.bid) / (self.ask + self.bid) * 2 * _HUNDRED


def illiquid_book(ticker: Ticker) -> Book | None:
    """The book where it makes the price illiquid: a side is missing, bid > ask, or more than 10 % lie between them.

    None also where the exchange tells neither side.
    """
    if ticker.bid is None and ticker.ask is None:
        return None
    book = Book(ticker.bid, ticker.ask)
    spread_pct = book.spread_pct
    return book if spread_pct is None or not 0 <= spread_pct <= WIDE_PCT else None


def repeated(quote: Quote, before: Quote) -> Quote:
    """The quote of a poll; an illiquid one that only says again what the one before it said is as old as that one."""
    if quote.via != "poll" or quote.price != before.price or illiquid_book(quote.ticker) is None:
        return quote
    return quote._replace(lead_s=max(quote.lead_s, quote.sent_boot_s - before.sent_boot_s + before.lead_s))
