"""What is asked of an exchange, and the one place where a strange answer becomes BadPayload.

An adapter (sources/x.py) is pure: it knows addresses and JSON. Asking is net's work, judging is the board's.
"""

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import inf
from typing import ClassVar, NamedTuple

from cryptoprices.core.errors import BadPayload, SourceError, guarded
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Candle, Pair, Quote, Ticker
from cryptoprices.core.plain import plain
from cryptoprices.core.session import Session

log = logging.getLogger(__name__)
_DATE = re.compile(r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT")
_PAGE = 100
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


class Ask(NamedTuple):
    """One question to an exchange.

    path: with its query, appended to the exchange's address. pairs: those whose price the answer brings.
    details: further paths about the same (single) pair; what they bring is added to the ticker, and a failure of theirs
    costs only their own figures.
    """

    path: str
    pairs: tuple[Pair, ...]
    details: tuple[str, ...] = ()


class CandleAsk(NamedTuple):
    """One page of candles.

    path: with its query, appended to the exchange's address. interval: one that the exchange itself has. since_ms,
    until_ms: the answer holds all candles of the exchange that open in [since_ms, until_ms), and perhaps others.
    """

    path: str
    pair: Pair
    interval: str
    since_ms: int
    until_ms: int


class Answer(NamedTuple):
    """What came back: headers in lower case, body decoded from its transfer and content encoding, at most 1 MiB.

    sent_boot_s: boot-time seconds when the request was sent; received_ms: wall time when the body was complete.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_boot_s: float
    received_ms: int


class Source:
    """One exchange. Subclasses define the class attributes and the parse methods, hold no state and catch nothing.

    quote_currencies: those it has markets in, by the project's names (USDT, never UST).
    only_missing: asked only for pairs that no other enabled exchange lists (a fallback that must not be asked often).
    rank: its place among the exchanges, where the user gives none.
    time_grain_s: how coarse its own times are (the end of a volume window, say); they prove only an age beyond that.
    budget_per_min: how many requests a minute we allow ourselves, at most what the exchange allows one address.
    budget_per_s: how many a second, after a burst of five.
    candle_pages: the widths of candles that it has (keys of intervals.INTERVALS_MS) -> how many one answer holds.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    base_url: ClassVar[str]
    stream_url: ClassVar[str] = ""
    rank: ClassVar[int] = 100
    interval_s: ClassVar[int] = 20
    on_by_default: ClassVar[bool] = True
    only_missing: ClassVar[bool] = False
    quote_currencies: ClassVar[frozenset[str]]
    time_grain_s: ClassVar[int] = 0
    attribution: ClassVar[str] = ""  # a text that must stand where its price is shown
    budget_per_min: ClassVar[int] = 30
    budget_per_s: ClassVar[float] = inf
    candle_pages: ClassVar[Mapping[str, int]] = {}

    def lists(self, pair: Pair) -> bool:
        """Whether it may have this pair. True is a guess that the exchange itself may refute (UnknownPair)."""
        return pair.quote in self.quote_currencies

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """The fewest questions that bring all `pairs` (each listed by lists(), in the order of market.by_quote)."""
        raise NotImplementedError

    def ask_alone(self, pair: Pair) -> Ask:
        """The question for one pair by itself, used after a question about several was refused."""
        return self.asks([pair])[0]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterable[Ticker | BadPayload]:
        """Tickers of those of `pairs` that the body holds, and what is strange about others of its rows. Pure.

        Strange rows of pairs that are not asked for cost nothing. May raise whatever a strange body makes it raise.
        """
        raise NotImplementedError

    def parse_detail(self, body: bytes, ticker: Ticker) -> Ticker:
        """The ticker with the figures of a detail answer added. Pure; may raise like parse_tickers."""
        raise NotImplementedError

    def candle_ask(self, pair: Pair, interval: str, since_ms: int, until_ms: int, now_ms: int) -> CandleAsk | None:
        """The newest page of the candles that open in [since_ms, until_ms), None where it has none so old.

        interval: a key of candle_pages. since_ms, until_ms: on the interval's grid. now_ms: Unix ms, since some keep
        only so many of the newest. The page's until_ms is the one given; the rest is asked with the page's since_ms as
        the next until_ms.
        """
        raise NotImplementedError

    def page_since_ms(self, interval: str, since_ms: int, until_ms: int) -> int:
        """Where the newest page of [since_ms, until_ms) begins: one answer holds no more."""
        return max(since_ms, until_ms - self.candle_pages[interval] * INTERVALS_MS[interval])

    def parse_candles(self, body: bytes, ask: CandleAsk) -> Iterable[Candle | BadPayload]:
        """The candles of the answer in any order, running ones too, and what is strange about its other rows. Pure."""
        raise NotImplementedError

    def session(self, pairs: Sequence[Pair]) -> Session | None:  # noqa: ARG002  # an exchange may have no stream
        """A new conversation with its stream about `pairs` (each listed by lists()), None where it has no stream."""
        return None

    def refusal(self, answer: Answer) -> SourceError | None:  # noqa: ARG002  # an exchange may have no error bodies
        """What the exchange itself says in an error body (any status, 200 too), None where it says nothing special.

        Never raises, whatever the body is. Of headers it knows nothing.
        """
        return None

    def read(self, answer: Answer, pairs: Collection[Pair]) -> list[Quote]:
        """Answer -> quotes of those of `pairs` that it holds whole; a strange row costs only its own pair.

        Raises SourceError where there is none: what the exchange says of itself, or BadPayload naming a strange field.
        """
        quotes: dict[Pair, Quote] = {}
        strange: list[BadPayload] = []
        twice: set[Pair] = set()
        try:
            for item in guarded(lambda: list(self.parse_tickers(_utf8(answer.body), pairs))):
                if isinstance(item, BadPayload):
                    strange.append(item)
                    continue
                pair, lead_s = item.pair, _lead_s(answer, item.source_ms, self.time_grain_s)
                if pair in quotes:
                    twice.add(pair)
                quotes[pair] = Quote(self.name, item, answer.sent_boot_s, answer.received_ms, lead_s)
        except SourceError as error:
            raise self._judged(answer, error) from None
        for pair in twice:  # which of the rows is the true one, nobody can say
            del quotes[pair]
            strange.append(BadPayload(f"{pair} comes more than once"))
        if strange:
            log.debug("%s: %d strange rows, the first: %s", self.name, len(strange), strange[0])
        if not quotes:
            nothing = BadPayload(f"no price of {plain(', '.join(map(str, pairs)), 40)}")
            raise self._judged(answer, strange[0] if strange else nothing)
        return list(quotes.values())

    def read_candles(self, answer: Answer, ask: CandleAsk) -> list[Candle]:
        """Answer -> the complete candles that open in the page's bounds, oldest first, each open_ms once.

        Complete: its interval had ended by the exchange's clock (Date) when the answer was made. A strange row is left
        out. Raises SourceError like read() where all are strange; an answer without any candle is an ordinary one.
        """
        ended_ms = (_date_ms(answer.headers.get("date", "")) or answer.received_ms) - INTERVALS_MS[ask.interval]
        candles: dict[int, Candle] = {}
        strange: list[BadPayload] = []
        try:
            for item in guarded(lambda: list(self.parse_candles(_utf8(answer.body), ask))):
                if isinstance(item, BadPayload):
                    strange.append(item)
                elif item.open_ms != floor_ms(item.open_ms, ask.interval):
                    strange.append(BadPayload(f"a candle of {ask.interval} opens at {item.open_ms}"))
                elif ask.since_ms <= item.open_ms < ask.until_ms and item.open_ms <= ended_ms:
                    twin = candles.get(item.open_ms)  # seen: a candle as it ran, and again as it ended
                    if twin is None or (item.volume or 0) >= (twin.volume or 0):
                        candles[item.open_ms] = item
        except SourceError as error:
            raise self._judged(answer, error) from None
        if strange and not candles:
            raise self._judged(answer, strange[0])
        return [candles[open_ms] for open_ms in sorted(candles)]

    def read_detail(self, answer: Answer, quote: Quote) -> Quote:
        """The quote with the figures of a detail answer added. Raises SourceError like read()."""
        try:
            return quote._replace(ticker=guarded(lambda: self.parse_detail(_utf8(answer.body), quote.ticker)))
        except SourceError as error:
            raise self._judged(answer, error) from None

    def _judged(self, answer: Answer, error: SourceError) -> SourceError:
        """What the exchange says of itself tells more than how its answer failed to be a price."""
        return (self.refusal(answer) or error) if isinstance(error, BadPayload) else error


def pages(pairs: Sequence[Pair]) -> Iterator[tuple[Pair, ...]]:
    """A hundred at a time: an address of some 2,000 letters is taken by every server. CoinGecko sends no more rows."""
    for first in range(0, len(pairs), _PAGE):
        yield tuple(pairs[first : first + _PAGE])


def _utf8(body: bytes) -> bytes:
    """The body itself; raises UnicodeDecodeError where it is not UTF-8 (decoders pass over fields that they skip)."""
    if not body.isascii():
        body.decode()
    return body


def _lead_s(answer: Answer, source_ms: int | None, grain_s: int) -> float:
    """How old the figure already was when the answer was made: by its own time, by its Age header, the larger."""
    headers = answer.headers
    age = headers.get("age")
    lead_s = float(age) if age and age.isascii() and age.isdigit() and len(age) < 10 else 0.0
    if source_ms is not None:
        made_ms = _date_ms(headers.get("date", "")) or answer.received_ms
        if (own_s := (made_ms - source_ms) / 1000 - grain_s) > lead_s:
            return own_s
    return lead_s


@lru_cache(maxsize=64)  # all answers of one second bear the same
def _date_ms(date: str) -> int | None:
    """Unix ms of `Tue, 24 Nov 2026 14:57:40 GMT` (RFC 9110, 5.6.7: what senders must send), None for anything else."""
    match = _DATE.fullmatch(date)
    try:
        if match:
            day, month, year, hour, minute, second = match.groups()
            numbers = int(year), _MONTHS.index(month) // 3 + 1, int(day), int(hour), int(minute), int(second)
            return round(datetime(*numbers, tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        pass
    return None


class Exchange(NamedTuple):
    """A source as this run asks it. rest_url, stream_url: from the settings, or built in; a path of theirs is kept.

    only_missing: asked only for pairs that no other enabled exchange lists. simulated: the demo market plays it.
    """

    source: Source
    rest_url: str
    stream_url: str
    only_missing: bool = False
    simulated: bool = False

    @property
    def custom_address(self) -> bool:
        """Whether the person set an address other than the built-in one (it is then shown beside the exchange)."""
        return not self.simulated and (self.rest_url, self.stream_url) != (self.source.base_url, self.source.stream_url)
