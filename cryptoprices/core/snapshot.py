"""What is known at one moment: immutable, made by the board, read by every view with the present time as an argument.

Ages, states and the consensus are computed when they are read, so that nothing stays LIVE when polling stops.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from cryptoprices.core.market import Pair, Quote, Standing


class State(StrEnum):
    """How far a price can be trusted (FAULTS, section 1; CONTRACT: `state`). The last four are of single quotes only."""

    LIVE = "LIVE"
    DELAYED = "DELAYED"
    STALE = "STALE"
    EXPIRED = "EXPIRED"
    DISAGREE = "DISAGREE"
    NO_DATA = "NO_DATA"
    OUTLIER = "OUTLIER"
    FROZEN = "FROZEN"
    PAUSED = "PAUSED"
    BLOCKED = "BLOCKED"
    CHECKING = "CHECKING"


class LastKnown(NamedTuple):
    """The last price that was shown as current. wall_ms: Unix ms of when it was so. change_24h_pct: as it was then."""

    price: Decimal
    wall_ms: int
    change_24h_pct: Decimal | None = None


class QuoteView(NamedTuple):
    """A quote as it is to be shown now. deviation_pct: from the pair's price, per cent, None without a price."""

    quote: Quote
    state: State
    age_s: float
    deviation_pct: Decimal | None


class LeftOut(NamedTuple):
    """An exchange that does not count. reason: outlier stale frozen checking error blocked paused no_data."""

    exchange: str
    price: Decimal | None
    reason: str


class PairPrice(NamedTuple):
    """One pair now. price: the consensus, None unless the state is LIVE or DELAYED.

    age_s, time_ms: of the oldest counted quote; time_ms is the exchange's own time, None where it sends none.
    spread_pct: largest deviation of a counted quote from the price, per cent.
    change_24h_pct, high_24h, low_24h: medians over the counted exchanges that give them; volume_24h: their sum, in the base.
    quotes: the newest of every exchange that gave one, in the exchanges' order. last_known: None before the first price.
    """

    pair: Pair
    price: Decimal | None
    state: State
    age_s: float | None = None
    time_ms: int | None = None
    counted: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    spread_pct: Decimal | None = None
    change_24h_pct: Decimal | None = None
    high_24h: Decimal | None = None
    low_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    quotes: tuple[QuoteView, ...] = ()
    last_known: LastKnown | None = None


class Ratio(NamedTuple):
    """Price of one coin in another: the quotient of two consensus prices in the same currency.

    state: the worse of the two; value None unless both have a price. age_s: the older one's.
    change_24h_pct: from the two 24 h changes, None unless both are known.
    """

    value: Decimal | None
    state: State
    age_s: float | None = None
    change_24h_pct: Decimal | None = None


class Snapshot:
    """Everything the views may show. poll: number of the newest poll, 0 before the first. poll_over: it has ended.

    exchanges: the enabled ones in the user's order. standings: how each stands (empty before it was asked).
    """

    poll: int
    poll_over: bool
    exchanges: tuple[str, ...]
    standings: Mapping[str, Standing]

    def price(self, pair: Pair, now_boot_s: float) -> PairPrice:
        """The pair as it is to be shown at boot time `now_boot_s`."""
        raise NotImplementedError

    def ratio(self, over: Pair, under: Pair, now_boot_s: float) -> Ratio:
        """price(over) / price(under), e.g. ETH/USD over BTC/USD."""
        raise NotImplementedError
