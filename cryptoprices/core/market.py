"""The values that travel: pair, ticker, quote, failure, round. All immutable; unknown is None, never 0.

Named tuples rather than dataclasses: they are made for every answer (0.3 µs against 2 µs), and at the first frame only
the standard library is loaded yet.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from cryptoprices.core.errors import Reason

QUOTE_CURRENCIES = ("USDT", "USDC", "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "BTC", "ETH")
_CODE = re.compile(r"[A-Z0-9]{1,12}", re.ASCII)


class Pair(NamedTuple):
    """A coin and the currency its price is in. USD, USDT and USDC are different currencies."""

    base: str
    quote: str

    @classmethod
    def parse(cls, text: str) -> "Pair":
        """`BTC/USD`, `btc-usd` or `btcusd` -> Pair. Raises ValueError with one sentence for a person."""
        name = text.strip().upper()
        parts = re.split(r"[/-]", name)
        if len(parts) == 1:
            quote = next((q for q in QUOTE_CURRENCIES if name.endswith(q) and len(name) > len(q)), "")
            parts = [name.removesuffix(quote), quote]
        if len(parts) != 2 or not all(map(_CODE.fullmatch, parts)) or parts[0] == parts[1]:
            raise ValueError(f"{text!r} is not a pair; write it like BTC/USD")
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"


class Ticker(NamedTuple):
    """What one exchange says of one pair, in its own digits.

    price: last trade. bid, ask: the best ones, 0 where nobody bids or asks. change_24h_pct: per cent over the last 24
    hours (never "today"). volume_24h: in base currency. source_ms: the exchange's own time of this figure, Unix ms,
    None where it sends none.
    """

    pair: Pair
    price: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None
    change_24h_pct: Decimal | None = None
    high_24h: Decimal | None = None
    low_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    source_ms: int | None = None


class Quote(NamedTuple):
    """A ticker with where and when it was asked. Its age is `now_boot_s - sent_boot_s + lead_s` (freshness.py).

    sent_boot_s: boot-time seconds when the request was sent. received_ms: wall time of arrival, for labels and store.
    lead_s: how old the figure already was when the answer was made, fixed on arrival (ARCHITECTURE: Age). made_of: None
    for what the exchange itself says of the pair.
    """

    exchange: str
    ticker: Ticker
    sent_boot_s: float
    received_ms: int
    lead_s: float = 0.0
    via: str = "poll"
    made_of: "Conversion | None" = None

    @property
    def pair(self) -> Pair:
        """The pair this is a price of."""
        return self.ticker.pair

    @property
    def price(self) -> Decimal:
        """The last trade's price, in the exchange's own digits."""
        return self.ticker.price


class Conversion(NamedTuple):
    """How a quote in dollars was made. own: what the exchange says, in a stablecoin. by: that coin's pair, USDT/USD.

    rate: the price of that pair, which was true at rate_boot_s (boot time).
    """

    own: Quote
    by: Pair
    rate: Decimal
    rate_boot_s: float


class Candle(NamedTuple):
    """What the trades of one interval did: first, highest, lowest and last price, at one exchange.

    open_ms: Unix ms at which the interval begins. volume: in base currency, None where the exchange gives none. Binary
    floats: their shortest text is the digits sent (up to 15 of them), and arrays of them are what charts are made of.
    """

    open_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float | None = None


class Standing(NamedTuple):
    """How it stands with one exchange after it was asked (or was not, because it must wait).

    reason: None while it answers. text: one plain sentence for a person. failures: polls failed in a row.
    next_ask_boot_s: when it is asked next, None where a person has to say so. paused_until_boot_s: a Retry-After that
    nothing may shorten. benched: at the last step of the back-off (FAULTS, section 1).
    refused: pairs that it was asked for and does not list. latency_ms: of the last answer. clock_offset_ms: its clock
    minus ours by the answer's Date, to about a second, None where it sent none. used, budget: requests of the last
    minute, and how many we allow ourselves; 0 where it was never asked. delisted: pairs that are likely gone from it.
    """

    exchange: str
    reason: Reason | None = None
    text: str = ""
    failures: int = 0
    next_ask_boot_s: float | None = None
    paused_until_boot_s: float | None = None
    benched: bool = False
    refused: frozenset[Pair] = frozenset()
    latency_ms: float | None = None
    clock_offset_ms: float | None = None
    used: int = 0
    budget: int = 0
    delisted: frozenset[Pair] = frozenset()


class Flow(NamedTuple):
    """How it stands with one exchange's stream.

    pairs: those whose prices flow now (acknowledged by the exchange); none while it is down. text: one plain sentence
    why it is down, "" while it flows. next_try_boot_s: when it is connected again, None while connected or connecting.
    """

    exchange: str
    pairs: frozenset[Pair] = frozenset()
    text: str = ""
    next_try_boot_s: float | None = None


STREAM = 0  # in place of a poll's number: what a stream brought between two polls
MANUAL = "manual"  # in place of an exchange's name, and as the way on which it came: a price that somebody has set


class Round(NamedTuple):
    """Part of a poll: the answers that came in together, usually one exchange's; or what streams brought (STREAM).

    poll: number of the poll, from 1, rising; STREAM for what streams brought. started_boot_s: when it began; quotes
    with sent_boot_s before it are older ones. last: True for the round that ends the poll (all asked have answered or
    failed); it may be empty otherwise. flows: of the streams whose standing has changed.
    """

    poll: int
    started_boot_s: float
    quotes: tuple[Quote, ...] = ()
    standings: tuple[Standing, ...] = ()
    last: bool = False
    flows: tuple[Flow, ...] = ()


def by_quote(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs in the order in which they are asked for: by quote currency, then coin, each once."""
    return sorted(set(pairs), key=lambda pair: (pair.quote, pair.base))
