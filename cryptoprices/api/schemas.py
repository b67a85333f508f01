"""The shapes of what is sent, as the OpenAPI document says them.

Amounts are texts of plain digits, exact; times are RFC 3339 in UTC with milliseconds; unknown is null.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cryptoprices.api.missing import TEXTS
from cryptoprices.core.currency import CURRENCIES
from cryptoprices.core.freshness import State
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ranges import RANGES

_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"
_PAIR = r"^[A-Z0-9]{1,12}/[A-Z0-9]{1,12}$"

Decimal = Annotated[str, Field(pattern=_DECIMAL, examples=["97412.5"])]
Time = Annotated[
    str, Field(pattern=_TIME, json_schema_extra={"format": "date-time"}, examples=["2026-11-22T14:22:04.120Z"])
]
PairName = Annotated[str, Field(pattern=_PAIR, examples=["BTC/USD"])]
Interval = Literal[*INTERVALS_MS]  # type: ignore[valid-type]  # mypy knows no Literal of a table's keys
RangeName = Literal[*RANGES]  # type: ignore[valid-type]  # mypy knows no Literal of a table's keys
CurrencyCode = Literal[*CURRENCIES]  # type: ignore[valid-type]  # mypy knows no Literal of a table's keys
GapWord = Literal[*TEXTS]  # type: ignore[valid-type]  # mypy knows no Literal of a table's keys


class Said(BaseModel):
    """What we send: exactly these members."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["No such pair"])
    status: int = Field(examples=[404])
    detail: str | None = Field(None, examples=["DOGE/EUR is not watched; add it to a watchlist."])
    instance: str | None = None
    errors: list[dict[str, Any]] | None = None


class LeftOut(Said):
    """An exchange that does not count now."""

    exchange: str = Field(examples=["gemini"])
    price: Decimal | None
    reason: Literal["outlier", "stale", "frozen", "checking", "error", "blocked", "paused", "no_data"]


class Quote(Said):
    """The newest that one exchange said, in its own digits. exchange "manual": a price that somebody set."""

    exchange: str = Field(examples=["kraken"])
    state: State
    price: Decimal
    bid: Decimal | None
    ask: Decimal | None
    change_24h_percent: Decimal | None
    high_24h: Decimal | None
    low_24h: Decimal | None
    volume_24h: Decimal | None
    time: Time | None = Field(description="The exchange's own time, null where it sends none.")
    received: Time | None
    age_seconds: float | None
    via: str = Field(examples=["poll"])
    derived: str = Field("", description="How it was made of another price; absent for a price of the pair itself.")


class Price(Said):
    """One pair now. price: what the exchanges agree on; null unless the state is LIVE or DELAYED."""

    pair: PairName
    price: Decimal | None
    state: Literal["LIVE", "DELAYED", "STALE", "EXPIRED", "DISAGREE", "NO_DATA"]
    consensus_of: list[str] = Field(description="The exchanges that count.", examples=[["kraken", "coinbase"]])
    left_out: list[LeftOut]
    change_24h_percent: Decimal | None
    high_24h: Decimal | None
    low_24h: Decimal | None
    volume_24h: Decimal | None
    time: Time | None = Field(description="Of the oldest quote that counts, by its exchange.")
    age_seconds: float | None = Field(description="Of the oldest quote that counts.", examples=[1.3])
    quotes: list[Quote]
    derived: str = Field("", description="How it was made of another price; absent for a price of the pair itself.")


class Prices(Said):
    """Prices, a page of them."""

    items: list[Price]
    next_cursor: str | None


class Asset(Said):
    """A coin or currency that prices are told of or in."""

    asset: str = Field(examples=["BTC"])
    name: str = Field(examples=["Bitcoin"])
    pairs: list[PairName] = Field(description="Those that it is part of.")


class Assets(Said):
    """Coins and currencies."""

    items: list[Asset]
    next_cursor: str | None


class PairInfo(Said):
    """A pair that is watched."""

    pair: PairName
    base: str = Field(examples=["BTC"])
    quote: str = Field(examples=["USD"])
    exchanges: list[str] = Field(
        description="Those that list it, as far as is known, or whose price in a stablecoin is converted to it now.",
        examples=[["kraken"]],
    )


class Pairs(Said):
    """Pairs that are watched."""

    items: list[PairInfo]
    next_cursor: str | None


class StreamInfo(Said):
    """How it stands with an exchange's stream. pairs: those whose prices flow now."""

    pairs: list[PairName]
    error: str | None
    next_try: Time | None


class Exchange(Said):
    """How it stands with one exchange. reachable: null before it was asked, and of one that is switched off."""

    exchange: str = Field(examples=["kraken"])
    title: str = Field(examples=["Kraken"])
    enabled: bool
    only_missing: bool = Field(description="Asked only for pairs that no other lists.")
    reachable: bool | None
    reason: str | None = Field(description="Why it gives nothing, in one word.", examples=["timeout"])
    error: str | None = Field(description="The same in one sentence.")
    failures: int = Field(description="Polls that failed in a row.")
    next_ask: Time | None = Field(description="When it is asked next; null where that is not known.")
    paused_until: Time | None = Field(description="It has asked us to wait until then.")
    latency_ms: float | None
    clock_offset_ms: float | None = Field(description="Its clock less ours, to about a second.")
    requests_last_minute: int
    budget_per_minute: int = Field(description="How often we allow ourselves to ask it.")
    refused: list[PairName] = Field(description="Pairs it was asked for and does not list.")
    delisted: list[PairName] = Field(description="Pairs that it has likely no longer.")
    stream: StreamInfo
    address: str = Field(examples=["https://api.kraken.com"])
    custom_address: bool = Field(description="Whether that is another than the built-in one.")
    attribution: str | None = Field(description="What must stand where its prices are shown.")


class Exchanges(Said):
    """The exchanges in the person's order, those that are switched off last."""

    items: list[Exchange]
    next_cursor: str | None


class Gap(Said):
    """A time [from, to) without prices. exchange: null for all."""

    from_: Time = Field(alias="from")
    to: Time
    exchange: str | None
    reason: GapWord = Field(examples=["not_kept"])
    detail: str = Field(examples=["older than exchanges keep"])


class Candle(Said):
    """What the trades of one interval did. volume: in base currency."""

    time: Time = Field(description="When the interval begins.")
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None
    source: str | None = Field(description="The exchange whose candle it is.", examples=["kraken"])


class Candles(Said):
    """Candles, oldest first, without the running one, and where there are none and why."""

    items: list[Candle]
    next_cursor: str | None
    gaps: list[Gap]


class Point(Said):
    """The last price of an interval."""

    time: Time = Field(description="When the interval has ended.")
    price: Decimal
    source: str | None = Field(examples=["kraken"])


class History(Said):
    """Prices of the past, oldest first, and where there are none and why."""

    items: list[Point]
    next_cursor: str | None
    gaps: list[Gap]


class ComparedCoin(Said):
    """What bars say of one coin. Null where there are too few."""

    coin: str
    return_percent: float | None
    cagr_percent: float | None
    volatility_percent: float | None
    sharpe: float | None
    max_drawdown_percent: float | None
    max_drawdown_from: Time | None
    max_drawdown_to: Time | None
    best_day_percent: float | None
    worst_day_percent: float | None
    range_position_percent: float | None


class ComparedPair(Said):
    """What bars say of two coins: of `base`'s changes on those of `quote`. n: how many."""

    base: str
    quote: str
    ratio: float | None
    correlation: float | None
    beta: float | None
    alpha: float | None
    r2: float | None
    z_score: float | None
    n: int


class ComparedGap(Gap):
    """Of which pair bars are missing."""

    pair: PairName


class Comparison(Said):
    """The figures of `cryptoprices compare --json`, of the bars that all have, and where there are none and why."""

    range: str
    currency: str = Field(description="What the figures are in.", examples=["USD"])
    bars: int
    interval: str
    coins: list[ComparedCoin]
    pairs: list[ComparedPair]
    gaps: list[ComparedGap]
    note: str | None = Field(description="Why the figures are in dollars, where another currency was wanted.")


class Watchlist(Said):
    """Pairs under a name. The one called "default" is the setting `watchlist`."""

    id: str = Field(examples=["w3"])
    name: str
    pairs: list[PairName]
    created: Time | None
    changed: Time | None


class Watchlists(Said):
    """All of them, "default" first."""

    items: list[Watchlist]
    next_cursor: str | None


class ManualPrice(Said):
    """A price that somebody set. It counts only where no exchange counts, and until it is no longer valid."""

    id: str = Field(examples=["m4"])
    pair: PairName
    price: Decimal
    note: str
    set_by: str = Field(description="The token's name.")
    set: Time
    valid_until: Time | None
    expired: bool


class ManualPrices(Said):
    """All of them, in the order in which they were made."""

    items: list[ManualPrice]
    next_cursor: str | None


class Setting(Said):
    """One setting. default: what holds where nobody chose. at_once: else it holds from the next start on."""

    key: str = Field(examples=["poll.interval_seconds"])
    value: Any
    default: Any
    chosen: bool = Field(description="Whether somebody chose it.")
    help: str
    unit: str | None
    low: float | None
    high: float | None
    choices: list[Any] | None
    at_once: bool


class Settings(Said):
    """All settings."""

    items: list[Setting]
    next_cursor: str | None


class Refreshed(Said):
    """The exchanges are asked now. version: what was known then; another one means that something new came."""

    version: int
