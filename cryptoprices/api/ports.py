"""What the API needs of the program around it, which the composition roots bring: the window's or the service's."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from cryptoprices.clock import Clock
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import SourceError
from cryptoprices.core.grants import Scope, Token
from cryptoprices.core.ledger import Gap
from cryptoprices.core.managed import ManualPrice, Watchlist
from cryptoprices.core.market import Pair
from cryptoprices.core.past import Archive, PastRead
from cryptoprices.core.snapshot import Snapshot
from cryptoprices.core.source import Exchange
from cryptoprices.settings.declare import Setting
from cryptoprices.settings.values import Settings


class Moment(NamedTuple):
    """What is known now. Replaced whole, never changed, so that any thread may read it without a lock.

    version: rises with everything that is new in it; with several replicas it is the leader's number. pairs: those that
    are asked for and served, in the person's order. exchanges, switched_off: by name, in the person's order. settings:
    those that hold. next_poll_boot_s: None while nobody asks. trouble: one sentence why nothing new may come, or "".
    cut_off: that has lasted so long that no price counts as current, however young.
    """

    version: int
    snapshot: Snapshot
    pairs: tuple[Pair, ...]
    exchanges: Mapping[str, Exchange]
    switched_off: Mapping[str, Exchange]
    settings: Settings
    next_poll_boot_s: float | None = None
    trouble: str = ""
    cut_off: bool = False


class Condition(NamedTuple):
    """How the program around is. leads, shares: whether this one of several replicas asks the exchanges, and whether
    what they share can be reached. records: whether prices are written down. None: there is no such thing.
    """

    leads: bool | None = None
    shares: bool | None = None
    records: bool | None = None


class Live(Protocol):
    """The market as the program knows it."""

    @property
    def clock(self) -> Clock:
        """The program's clock."""

    def moment(self) -> Moment:
        """What is known now."""

    def listen(self, told: Callable[[], object]) -> None:
        """Have told() called, on whatever thread, whenever there is another moment. It must not block."""


class Owner(Protocol):
    """Who owns the state, on a thread of its own: what is asked is done there, and the future says when, or raises."""

    def set_setting(self, key: str, value: object) -> Future[None]:
        """Have this hold and keep it in the settings file. value: checked already. May raise OSError, EachItsOwn."""

    def takes_at_once(self, setting: Setting[Any]) -> bool:
        """Whether another value of it holds while this program runs; else it holds from the next start on."""

    def ask_now(self) -> Future[None]:
        """Ask the exchanges now, except those that have asked for patience. May raise Away."""


class Past(Archive, Protocol):
    """What else the API asks the archive for; all of it blocks as well. Candles are those that open in the times."""

    def own(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> PastRead:
        """What is stored of this exchange's own candles, without the running one. stretches: what is known of it."""

    def fill_own(
        self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int, stop: threading.Event
    ) -> list[Gap]:
        """Fetch what is missing of this exchange's own candles. Heeds `stop` within a page's time."""


class AskRates(Protocol):
    """Asks for the reference rates of a currency. Blocks, some seconds: for worker threads."""

    def __call__(self, code: str) -> Sequence[Rates] | SourceError:
        """Those of all days since there are prices of coins, oldest first; empty where nobody has the currency."""


class Managed(Protocol):
    """Watchlists besides the setting's, and manual prices. To read is cheap, on any thread; all else blocks (disk).

    version: None for whichever it has. Changes raise Gone, Stale, Taken, Away (core.managed), OSError.
    """

    @property
    def watchlists(self) -> Sequence[Watchlist]:
        """In the order in which they were made."""

    @property
    def manual_prices(self) -> Sequence[ManualPrice]:
        """In the order in which they were made; those that are no longer valid too."""

    def listen(self, told: Callable[[], object]) -> None:
        """Have told() called, on whatever thread, after every change. It must not block."""

    def look(self) -> None:
        """Know what other replicas have changed: before a change of what was read. Raises Away."""

    def add_watchlist(self, name: str, pairs: Sequence[Pair]) -> Watchlist:
        """Another one, of a name that none has."""

    def change_watchlist(self, id_: str, version: int | None, name: str, pairs: Sequence[Pair]) -> Watchlist:
        """The same with another name and pairs."""

    def remove_watchlist(self, id_: str, version: int | None) -> None:
        """Forget it."""

    def add_price(
        self, pair: Pair, price: Decimal, note: str, set_by: str, valid_until_ms: int | None, key: str
    ) -> ManualPrice:
        """A price of a pair that has none. key: "" or of this question: asked again it has what it made before.

        Raises Reused where that question was another one.
        """

    def change_price(
        self, id_: str, version: int | None, price: Decimal, note: str, set_by: str, valid_until_ms: int | None
    ) -> ManualPrice:
        """The same pair at another price."""

    def remove_price(self, id_: str, version: int | None) -> None:
        """Forget it."""


class TokenBook(Protocol):
    """The tokens of the API. Any thread; changes made by another process hold at once.

    program: how a command is begun that makes, lists and revokes them, like "cryptoprices --profile /srv/prices".
    """

    program: str

    def find(self, text: str) -> Token | None:
        """The token of which this is the text."""

    def stands(self, token: Token) -> bool:
        """Whether it has not been revoked. For what goes on after it was asked for: streams and tickets."""

    def all(self) -> Sequence[Token]:
        """Oldest first."""

    def create(self, name: str, scope: Scope) -> str:
        """A new one: its text, which nobody can read again. Blocks: for worker threads.

        May raise OSError, EachItsOwn.
        """

    def revoke(self, id_: str) -> bool:
        """Let it hold no longer; False where there is none. Blocks: for worker threads. Raises as create() does."""


class TicketRoom(Protocol):
    """Where several replicas keep tickets for all of them. Both calls block: for worker threads. Both raise Away."""

    def give_ticket(self, ticket: str, token_id: str, valid_s: int) -> None:
        """Keep whose it is, for so long."""

    def take_ticket(self, ticket: str) -> str | None:
        """The token's id, None for no ticket that is good; it is good no more."""
