"""What is asked of an exchange, and the one place where a strange answer becomes BadPayload.

An adapter (sources/x.py) is pure: it knows addresses and JSON. Asking is net's work, judging is the board's.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from cryptoprices.core.errors import SourceError
from cryptoprices.core.market import Pair, Quote, Ticker


class Ask(NamedTuple):
    """One question to an exchange.

    path: with its query, appended to the exchange's address. pairs: those whose price the answer brings.
    details: further paths about the same (single) pair; what they bring is added to the ticker, and a failure of theirs
    costs only their own figures.
    """

    path: str
    pairs: tuple[Pair, ...]
    details: tuple[str, ...] = ()


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
    """

    name: ClassVar[str]
    title: ClassVar[str]
    base_url: ClassVar[str]
    stream_url: ClassVar[str] = ""
    interval_s: ClassVar[int] = 20
    on_by_default: ClassVar[bool] = True
    only_missing: ClassVar[bool] = False
    quote_currencies: ClassVar[frozenset[str]]
    attribution: ClassVar[str] = ""  # a text that must stand where its price is shown

    def lists(self, pair: Pair) -> bool:
        """Whether it may have this pair. True is a guess that the exchange itself may refute (UnknownPair)."""
        return pair.quote in self.quote_currencies

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """The fewest questions that bring all `pairs` (each listed by lists(), in the order of market.by_quote)."""
        raise NotImplementedError

    def ask_alone(self, pair: Pair) -> Ask:
        """The question for one pair by itself, used after a question about several was refused."""
        return self.asks([pair])[0]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterable[Ticker]:
        """Tickers of those of `pairs` that the body holds; strange rows of other pairs cost nothing. Pure."""
        raise NotImplementedError

    def parse_detail(self, body: bytes, ticker: Ticker) -> Ticker:
        """The ticker with the figures of a detail answer added. Pure."""
        raise NotImplementedError

    def refusal(self, answer: Answer) -> SourceError | None:
        """What the exchange itself says in an error body (any status, 200 included), None where it says nothing special."""
        return None

    def read(self, answer: Answer, pairs: Collection[Pair]) -> list[Quote]:
        """Answer -> quotes, as `parse_tickers` reads it. Raises SourceError (BadPayload for whatever is strange)."""
        raise NotImplementedError  # written with the adapters


class Exchange(NamedTuple):
    """A source as this run asks it. rest_url, stream_url: from the settings, or the built-in ones; a path of theirs is kept.

    only_missing: asked only for pairs that no other enabled exchange lists.
    """

    source: Source
    rest_url: str
    stream_url: str
    only_missing: bool = False

    @property
    def custom_address(self) -> bool:
        """Whether an address is not the built-in one (it is then shown beside the exchange)."""
        return (self.rest_url, self.stream_url) != (self.source.base_url, self.source.stream_url)
