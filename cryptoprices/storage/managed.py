"""managed.json: watchlists besides the setting's, and manual prices; with three earlier generations beside it.

Where several replicas serve, the one content of all of them is elsewhere (Common), and the file is a copy of it.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeVar

from cryptoprices.clock import Clock
from cryptoprices.core import content as changes
from cryptoprices.core.content import Content, Damaged, packed, unpacked
from cryptoprices.core.managed import Away, ManualPrice, Watchlist
from cryptoprices.core.market import Pair
from cryptoprices.storage import atomic
from cryptoprices.storage.reading import read_at_most

log = logging.getLogger(__name__)
_LIMIT = 16 << 20  # bytes; the most that there may be takes 12 million
_STRANGE = (
    "What the replicas share of watchlists and manual prices was written by another version of this program, or is "
    "damaged: nothing of it holds here, and nothing can be changed."
)
T = TypeVar("T")


class Common(Protocol):
    """The content of all replicas. Every content that is put there gets a version of its own. All of it raises Away.

    Of two contents the one of the higher number counts; of the same number, the one that is there.
    """

    def see(self, number: int, version: int) -> tuple[int, bytes] | None:
        """What is there: (version, content); (0, b"") where that is nothing, or older than who has this number.

        None where it is of this version.
        """

    def put(self, content: tuple[int, bytes], number: int, version: int) -> int:
        """Put this (number, content) there and return its version, if this version or an older number is there.

        Else return 0: somebody else was quicker.
        """

    def check_settled(self) -> None:
        """Raises Away as long as others may still come who know more than what is there."""


class ManagedFile:
    """Implements api.ports.Managed. problem: a sentence where the file could not be read, else "".

    common: None where this program is the only one. version: there, of the content; 0 without.
    """

    def __init__(self, path: Path, clock: Clock, common: Common | None = None) -> None:
        self._path, self._clock, self._common = path, clock, common
        self._lock = threading.Lock()
        self._told: list[Callable[[], object]] = []
        self._content, self.problem = _read(path)
        self.version = 0
        self._strange = False  # what is there is no content

    @property
    def watchlists(self) -> Sequence[Watchlist]:
        """In the order in which they were made."""
        return self._content.watchlists

    @property
    def manual_prices(self) -> Sequence[ManualPrice]:
        """In the order in which they were made."""
        return self._content.prices

    def listen(self, told: Callable[[], object]) -> None:
        """Have told() called after every change, on the thread that made it."""
        self._told.append(told)

    def look(self) -> None:
        """Take what the other replicas have changed, and give back what is lost there. Blocks. Raises Away."""
        with self._lock:
            before = self._content
            if self._common:
                self._meet(self._common)
        self._tell_if_other(before)

    def add_watchlist(self, name: str, pairs: Sequence[Pair]) -> Watchlist:
        """Another one. Raises Taken, Away, OSError."""
        return self._change(lambda content, now_ms: changes.add_watchlist(content, now_ms, name, pairs))

    def change_watchlist(self, id_: str, version: int | None, name: str, pairs: Sequence[Pair]) -> Watchlist:
        """The same with another name and pairs. Raises Gone, Stale, Taken, Away, OSError."""
        return self._change(
            lambda content, now_ms: changes.change_watchlist(content, now_ms, id_, version, name, pairs)
        )

    def remove_watchlist(self, id_: str, version: int | None) -> None:
        """Forget it. Raises Gone, Stale, Away, OSError."""
        self._change(lambda content, now_ms: changes.remove_watchlist(content, now_ms, id_, version))

    def add_price(
        self, pair: Pair, price: Decimal, note: str, set_by: str, valid_until_ms: int | None, key: str
    ) -> ManualPrice:
        """A price of a pair that has none. Raises Taken, Reused, Away, OSError."""
        said = pair, price, note, set_by, valid_until_ms, key
        return self._change(lambda content, now_ms: changes.add_price(content, now_ms, *said))

    def change_price(
        self, id_: str, version: int | None, price: Decimal, note: str, set_by: str, valid_until_ms: int | None
    ) -> ManualPrice:
        """The same pair at another price. Raises Gone, Stale, Away, OSError."""
        said = id_, version, price, note, set_by, valid_until_ms
        return self._change(lambda content, now_ms: changes.change_price(content, now_ms, *said))

    def remove_price(self, id_: str, version: int | None) -> None:
        """Forget it. Raises Gone, Stale, Away, OSError."""
        self._change(lambda content, now_ms: changes.remove_price(content, now_ms, id_, version))

    def _change(self, change: Callable[[Content, int], tuple[Content, T]]) -> T:
        """Let what change(content, now) makes hold, while nobody else changes it; listeners are told after that."""
        with self._lock:
            before = self._content
            made = self._change_common(self._common, change) if self._common else self._change_own(change)
        self._tell_if_other(before)
        return made

    def _change_own(self, change: Callable[[Content, int], tuple[Content, T]]) -> T:
        after, made = change(self._content, self._clock.wall_ms())
        if after is not self._content:
            self._write(after)  # where that fails, all is as before
            self._content = after
        return made

    def _change_common(self, common: Common, change: Callable[[Content, int], tuple[Content, T]]) -> T:
        while True:
            if not self._meet(common):
                common.check_settled()
            after, made = change(self._content, self._clock.wall_ms())
            if after is self._content:
                return made
            here = self._content.number, self.version
            if version := common.put((after.number, packed(after)), *here):
                self._take(version, after)
                return made

    def _meet(self, common: Common) -> bool:
        """Have what is there, or put there what is here. Returns False where there is nothing in either place."""
        number = self._content.number
        if (seen := common.see(number, self.version)) is None:
            return True
        self.version, body = seen
        if self.version:
            try:
                self._take(self.version, unpacked(body))
            except Damaged:
                self.version = 0
                if not self._strange:
                    log.warning("%s", _STRANGE)
                self._strange = True
                raise Away(_STRANGE) from None
        elif number:
            self.version = common.put((number, packed(self._content)), number, 0)
        return bool(number or self.version)

    def _take(self, version: int, content: Content) -> None:
        """It holds, since it is kept for all; the copy of it is for when that is lost."""
        self._strange = False
        self.version, self._content = version, content
        try:
            self._write(content)
        except OSError as error:
            log.warning("%s could not be written (%s): this replica has no copy", self._path.name, error.strerror)

    def _tell_if_other(self, before: Content) -> None:
        if self._content is not before:
            for told in self._told:
                told()

    def _write(self, content: Content) -> None:
        """Raises OSError."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            atomic.keep_generation(self._path)
        atomic.write(self._path, packed(content))


def _read(path: Path) -> tuple[Content, str]:
    """The file, else its newest generation that can be read, else nothing; and a sentence where it is not the file."""
    problem = ""
    for one in (path, *atomic.backups(path)):
        try:
            data = read_at_most(one, _LIMIT)
            if len(data) > _LIMIT:
                raise Damaged
            return unpacked(data), problem and f"{problem}; {one.name} is used instead."
        except FileNotFoundError:
            if one == path:
                return Content(), ""
        except OSError as error:
            problem = problem or f"{one.name} cannot be read ({error.strerror})"
        except Damaged:
            problem = problem or f"{one.name} is damaged"
    return Content(), f"{problem}; starting without watchlists and prices of one's own."
