"""managed.json: watchlists besides the setting's, and manual prices; with three earlier generations beside it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from cryptoprices.clock import Clock
from cryptoprices.core.errors import BadPayload
from cryptoprices.core.managed import DEFAULT, Gone, ManualPrice, Reused, Stale, Taken, Watchlist
from cryptoprices.core.market import Pair
from cryptoprices.core.numbers import number
from cryptoprices.storage import atomic
from cryptoprices.storage.reading import read_at_most

MOST = 1000  # of each kind
_LIMIT = 8 << 20  # bytes
_MOST_KEYS, _KEPT_MS = 1000, 86_400_000
_Kept = TypeVar("_Kept", Watchlist, ManualPrice)


class _Answered(NamedTuple):
    """What a question with a key made. asked: a hash of the question."""

    asked: str
    made: ManualPrice
    at_ms: int


class _Content(NamedTuple):
    """All of it. number: of the newest version, and so of the newest id."""

    number: int = 0
    watchlists: tuple[Watchlist, ...] = ()
    prices: tuple[ManualPrice, ...] = ()
    answered: Mapping[str, _Answered] = MappingProxyType({})  # by a hash of the key


class ManagedFile:
    """Implements api.ports.Managed. problem: a sentence where the file could not be read, else ""."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._lock = threading.Lock()
        self._told: list[Callable[[], object]] = []
        self._content, self.problem = _read(path)

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

    def add_watchlist(self, name: str, pairs: Sequence[Pair]) -> Watchlist:
        """Another one. Raises Taken, OSError."""
        with self._changing() as content:
            _check_name(name, content.watchlists)
            _check_room(content.watchlists)
            number_, now_ms = content.number + 1, self._clock.wall_ms()
            made = Watchlist(f"w{number_}", name, tuple(pairs), number_, now_ms, now_ms)
            self._keep(content._replace(number=number_, watchlists=(*content.watchlists, made)))
        return made

    def change_watchlist(self, id_: str, version: int | None, name: str, pairs: Sequence[Pair]) -> Watchlist:
        """The same with another name and pairs. Raises Gone, Stale, Taken, OSError."""
        with self._changing() as content:
            before = _found(content.watchlists, id_, version)
            _check_name(name, [one for one in content.watchlists if one is not before])
            number_ = content.number + 1
            made = before._replace(name=name, pairs=tuple(pairs), version=number_, changed_ms=self._clock.wall_ms())
            self._keep(content._replace(number=number_, watchlists=_with(content.watchlists, before, made)))
        return made

    def remove_watchlist(self, id_: str, version: int | None) -> None:
        """Forget it. Raises Gone, Stale, OSError."""
        with self._changing() as content:
            gone = _found(content.watchlists, id_, version)
            self._keep(content._replace(watchlists=_with(content.watchlists, gone)))

    def add_price(
        self, pair: Pair, price: Decimal, note: str, set_by: str, valid_until_ms: int | None, key: str
    ) -> ManualPrice:
        """A price of a pair that has none. Raises Taken, Reused, OSError."""
        asked = _hash(repr((pair, str(price), note, valid_until_ms)))
        hashed = key and _hash(f"{set_by} {key}")
        with self._changing() as content:
            now_ms = self._clock.wall_ms()
            answered = {k: one for k, one in content.answered.items() if now_ms - one.at_ms < _KEPT_MS}
            if known := answered.get(hashed):
                if known.asked != asked:
                    raise Reused
                return known.made
            if any(one.pair == pair for one in content.prices):
                raise Taken(f"{pair} has a manual price already; change that.")
            _check_room(content.prices)
            number_ = content.number + 1
            made = ManualPrice(f"m{number_}", pair, price, note, set_by, now_ms, valid_until_ms, number_)
            if hashed:
                answered = dict(list(answered.items())[1 - _MOST_KEYS :]) | {hashed: _Answered(asked, made, now_ms)}
            self._keep(content._replace(number=number_, prices=(*content.prices, made), answered=answered))
        return made

    def change_price(
        self, id_: str, version: int | None, price: Decimal, note: str, set_by: str, valid_until_ms: int | None
    ) -> ManualPrice:
        """The same pair at another price. Raises Gone, Stale, OSError."""
        with self._changing() as content:
            before = _found(content.prices, id_, version)
            number_ = content.number + 1
            made = ManualPrice(id_, before.pair, price, note, set_by, self._clock.wall_ms(), valid_until_ms, number_)
            self._keep(content._replace(number=number_, prices=_with(content.prices, before, made)))
        return made

    def remove_price(self, id_: str, version: int | None) -> None:
        """Forget it. Raises Gone, Stale, OSError."""
        with self._changing() as content:
            gone = _found(content.prices, id_, version)
            self._keep(content._replace(prices=_with(content.prices, gone)))

    @contextmanager
    def _changing(self) -> Iterator[_Content]:
        """What there is, while nobody else changes it; listeners are told when that is over."""
        with self._lock:
            before = self._content
            yield before
        if self._content is not before:
            for told in self._told:
                told()

    def _keep(self, content: _Content) -> None:
        """Write it, then let it hold. Raises OSError; then all is as before."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            atomic.keep_generation(self._path)
        atomic.write(self._path, json.dumps(_to_json(content), indent=1).encode())
        self._content = content


def _check_name(name: str, others: Sequence[Watchlist]) -> None:
    if name.casefold() == DEFAULT or any(one.name.casefold() == name.casefold() for one in others):
        raise Taken(f"There is a watchlist called {name!r} already.")


def _check_room(kept: Sequence[object]) -> None:
    if len(kept) >= MOST:
        raise Taken(f"There are {MOST:,} already, which is the most; remove one first.")


def _found(kept: Sequence[_Kept], id_: str, version: int | None) -> _Kept:
    for one in kept:
        if one.id == id_:
            if version not in (None, one.version):
                raise Stale
            return one
    raise Gone


def _with(kept: Sequence[_Kept], before: _Kept, *after: _Kept) -> tuple[_Kept, ...]:
    return tuple(new for one in kept for new in (after if one is before else (one,)))


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _read(path: Path) -> tuple[_Content, str]:
    """The file, else its newest generation that can be read, else nothing; and a sentence where it is not the file."""
    problem = ""
    for one in (path, *atomic.backups(path)):
        try:
            data = read_at_most(one, _LIMIT)
            if len(data) > _LIMIT:
                raise ValueError("too large")
            return _from_json(json.loads(data)), problem and f"{problem}; {one.name} is used instead."
        except FileNotFoundError:
            if one == path:
                return _Content(), ""
        except OSError as error:
            problem = problem or f"{one.name} cannot be read ({error.strerror})"
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, BadPayload):
            problem = problem or f"{one.name} is damaged"
    return _Content(), f"{problem}; starting without watchlists and prices of one's own."


def _to_json(content: _Content) -> dict[str, Any]:
    return {
        "number": content.number,
        "watchlists": [one._asdict() | {"pairs": list(map(str, one.pairs))} for one in content.watchlists],
        "prices": [_price_json(one) for one in content.prices],
        "answered": {
            key: {"asked": one.asked, "made": _price_json(one.made), "at_ms": one.at_ms}
            for key, one in content.answered.items()
        },
    }


def _price_json(one: ManualPrice) -> dict[str, Any]:
    return one._asdict() | {"pair": str(one.pair), "price": format(one.price, "f")}


def _from_json(value: Any) -> _Content:
    answered = {
        str(key): _Answered(str(row["asked"]), _price(row["made"]), int(row["at_ms"]))
        for key, row in value["answered"].items()
    }
    return _Content(
        int(value["number"]), tuple(map(_watchlist, value["watchlists"])), tuple(map(_price, value["prices"])), answered
    )


def _watchlist(row: Any) -> Watchlist:
    pairs = tuple(map(Pair.parse, row["pairs"]))
    times = int(row["version"]), int(row["created_ms"]), int(row["changed_ms"])
    return Watchlist(str(row["id"]), str(row["name"]), pairs, *times)


def _price(row: Any) -> ManualPrice:
    price, until_ms = number(row["price"], "price"), row["valid_until_ms"]
    if price <= 0:
        raise ValueError("a price is positive")
    return ManualPrice(
        str(row["id"]),
        Pair.parse(row["pair"]),
        price,
        str(row["note"]),
        str(row["set_by"]),
        int(row["set_ms"]),
        None if until_ms is None else int(until_ms),
        int(row["version"]),
    )
