"""All watchlists and manual prices as one value: what each change makes of it, and as bytes and back."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.managed import DEFAULT, Gone, ManualPrice, Reused, Stale, Taken, Watchlist
from cryptoprices.core.market import Pair
from cryptoprices.core.numbers import number
from cryptoprices.core.plain import plain

MOST = 1000  # of each kind
MOST_PAIRS = 500  # different ones of all: some exchanges are asked about all in one address, and each is judged anew
LONGEST_NOTE = 200
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # years 1 to 9999
_MOST_KEYS, _KEPT_MS = 1000, 86_400_000
_Kept = TypeVar("_Kept", Watchlist, ManualPrice)


class _Answered(NamedTuple):
    """What a question with a key made. asked: a hash of the question."""

    asked: str
    made: ManualPrice
    at_ms: int


class Content(NamedTuple):
    """All of it. number: rises with every change; of the newest version, and so of the newest id."""

    number: int = 0
    watchlists: tuple[Watchlist, ...] = ()
    prices: tuple[ManualPrice, ...] = ()
    answered: Mapping[str, _Answered] = MappingProxyType({})  # by a hash of the key


class Damaged(Exception):
    """Bytes that are no content."""


def add_watchlist(content: Content, now_ms: int, name: str, pairs: Sequence[Pair]) -> tuple[Content, Watchlist]:
    """Another one. Raises Taken."""
    _check_name(name, content.watchlists)
    _check_room(content.watchlists)
    number_ = content.number + 1
    made = Watchlist(f"w{number_}", name, tuple(pairs), number_, now_ms, now_ms)
    return _checked(content, content._replace(number=number_, watchlists=(*content.watchlists, made))), made


def change_watchlist(
    content: Content, now_ms: int, id_: str, version: int | None, name: str, pairs: Sequence[Pair]
) -> tuple[Content, Watchlist]:
    """The same with another name and pairs. Raises Gone, Stale, Taken."""
    before = _found(content.watchlists, id_, version)
    _check_name(name, [one for one in content.watchlists if one is not before])
    number_ = content.number + 1
    made = before._replace(name=name, pairs=tuple(pairs), version=number_, changed_ms=now_ms)
    return _checked(content, content._replace(number=number_, watchlists=_with(content.watchlists, before, made))), made


def remove_watchlist(content: Content, _now_ms: int, id_: str, version: int | None) -> tuple[Content, None]:
    """Forget it. Raises Gone, Stale."""
    gone = _found(content.watchlists, id_, version)
    return content._replace(number=content.number + 1, watchlists=_with(content.watchlists, gone)), None


def add_price(
    content: Content,
    now_ms: int,
    pair: Pair,
    price: Decimal,
    note: str,
    set_by: str,
    valid_until_ms: int | None,
    key: str,
) -> tuple[Content, ManualPrice]:
    """A price of a pair that has none; where this key's question has made one, that. Raises Taken, Reused."""
    asked = _hash(repr((pair, str(price), note, valid_until_ms)))
    hashed = key and _hash(f"{set_by} {key}")
    answered = {k: one for k, one in content.answered.items() if now_ms - one.at_ms < _KEPT_MS}
    if known := answered.get(hashed):
        if known.asked != asked:
            raise Reused
        return content, known.made
    if any(one.pair == pair for one in content.prices):
        raise Taken(f"{pair} has a manual price already; change that.")
    _check_room(content.prices)
    number_ = content.number + 1
    made = ManualPrice(f"m{number_}", pair, price, note, set_by, now_ms, valid_until_ms, number_)
    if hashed:
        answered = dict(list(answered.items())[1 - _MOST_KEYS :]) | {hashed: _Answered(asked, made, now_ms)}
    return _checked(content, content._replace(number=number_, prices=(*content.prices, made), answered=answered)), made


def change_price(
    content: Content,
    now_ms: int,
    id_: str,
    version: int | None,
    price: Decimal,
    note: str,
    set_by: str,
    valid_until_ms: int | None,
) -> tuple[Content, ManualPrice]:
    """The same pair at another price. Raises Gone, Stale."""
    before = _found(content.prices, id_, version)
    number_ = content.number + 1
    made = ManualPrice(id_, before.pair, price, note, set_by, now_ms, valid_until_ms, number_)
    return content._replace(number=number_, prices=_with(content.prices, before, made)), made


def remove_price(content: Content, _now_ms: int, id_: str, version: int | None) -> tuple[Content, None]:
    """Forget it. Raises Gone, Stale."""
    gone = _found(content.prices, id_, version)
    return content._replace(number=content.number + 1, prices=_with(content.prices, gone)), None


def _check_name(name: str, others: Sequence[Watchlist]) -> None:
    if name.casefold() == DEFAULT or any(one.name.casefold() == name.casefold() for one in others):
        raise Taken(f"There is a watchlist called {name!r} already.")


def _check_room(kept: Sequence[object]) -> None:
    if len(kept) >= MOST:
        raise Taken(f"There are {MOST:,} already, which is the most; remove one first.")


def _checked(before: Content, after: Content) -> Content:
    """What is to be. Raises Taken where that has too many pairs, and more of them."""
    if (count := len(_pairs(after))) > MOST_PAIRS and count > len(_pairs(before)):
        raise Taken(f"Watchlists and manual prices may have {MOST_PAIRS} different pairs in all; remove some first.")
    return after


def _pairs(content: Content) -> set[Pair]:
    return {pair for one in content.watchlists for pair in one.pairs} | {one.pair for one in content.prices}


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


def packed(content: Content) -> bytes:
    """As bytes, to be read by `unpacked`."""
    return json.dumps(_to_json(content), indent=1).encode()


def unpacked(body: bytes) -> Content:
    """What was packed. Raises Damaged."""
    try:
        return _from_json(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, BadPayload):
        raise Damaged from None


def _to_json(content: Content) -> dict[str, Any]:
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


def _from_json(value: Any) -> Content:
    answered = {
        str(key): _Answered(str(row["asked"]), _price(row["made"]), int(row["at_ms"]))
        for key, row in value["answered"].items()
    }
    return Content(
        int(value["number"]), tuple(map(_watchlist, value["watchlists"])), tuple(map(_price, value["prices"])), answered
    )


def _watchlist(row: Any) -> Watchlist:
    pairs = tuple(map(Pair.parse, row["pairs"]))
    times = int(row["version"]), _time_ms(row["created_ms"]), _time_ms(row["changed_ms"])
    return Watchlist(str(row["id"]), plain(str(row["name"])), pairs, *times)


def _price(row: Any) -> ManualPrice:
    price, until_ms = number(row["price"], "price"), row["valid_until_ms"]
    if price <= 0:
        raise ValueError("a price is positive")
    return ManualPrice(
        str(row["id"]),
        Pair.parse(row["pair"]),
        price,
        plain(str(row["note"]), LONGEST_NOTE),
        plain(str(row["set_by"])),
        _time_ms(row["set_ms"]),
        None if until_ms is None else _time_ms(until_ms),
        int(row["version"]),
    )


def _time_ms(value: Any) -> int:
    """Raises ValueError for what cannot be shown."""
    if not _FIRST_MS <= (ms := int(value)) <= _LAST_MS:
        raise ValueError("no time")
    return ms
