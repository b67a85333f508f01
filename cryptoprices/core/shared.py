"""A snapshot on its way to another machine: as bytes and back, with moments that hold by the clock of whoever reads it.

Boot clocks of two machines have nothing to do with each other, so that every moment goes as it is and is moved by as
much as the two clocks differ at the moment of reading.
"""

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from cryptoprices.core.market import Conversion, Flow, Pair, Quote, Standing
from cryptoprices.core.snapshot import Held, LastKnown, Leap, Snapshot


class Shared(NamedTuple):
    """What replicas share. pairs: those that are served. next_poll_boot_s: None while nobody asks."""

    snapshot: Snapshot
    pairs: tuple[Pair, ...]
    next_poll_boot_s: float | None


class _Flat(msgspec.Struct, array_like=True):
    """The same without functions and without keys that are no texts. form: of these fields, raised when they change."""

    form: int
    now_boot_s: float
    pairs: list[Pair]
    next_poll_boot_s: float | None
    poll: int
    poll_over: bool
    exchanges: list[str]
    standings: dict[str, Standing]
    held: list[tuple[Pair, dict[str, Held]]]
    last_known: list[tuple[Pair, LastKnown]]
    leaps: list[tuple[Pair, Leap]]
    interval_s: dict[str, float]
    listed: list[tuple[str, Pair]]
    flows: dict[str, Flow]


_FORM = 1
_NO_TIME = "What is shared cannot be read: it is of no time"
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Flat)


class Unreadable(Exception):
    """Bytes of another program or version; one sentence for the log."""


def packed(shared: Shared, now_boot_s: float) -> bytes:
    """As bytes, to be read by `unpacked`."""
    snapshot = shared.snapshot
    known = {*shared.pairs, *snapshot.held}
    listed = [(name, pair) for name in snapshot.exchanges for pair in sorted(known) if snapshot.lists(name, pair)]
    flat = _Flat(
        _FORM,
        now_boot_s,
        list(shared.pairs),
        shared.next_poll_boot_s,
        snapshot.poll,
        snapshot.poll_over,
        list(snapshot.exchanges),
        dict(snapshot.standings),
        [(pair, dict(held)) for pair, held in snapshot.held.items()],
        list(snapshot.last_known.items()),
        list(snapshot.leaps.items()),
        dict(snapshot.interval_s),
        listed,
        dict(snapshot.flows),
    )
    return _encoder.encode(flat)


def unpacked(body: bytes, age_s: float, now_boot_s: float) -> Shared:
    """What was packed age_s ago, in moments of the clock that says now_boot_s. Raises Unreadable."""
    try:
        flat = _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Unreadable(f"What is shared cannot be read: {error}") from None
    if flat.form != _FORM:
        raise Unreadable(f"What is shared has form {flat.form}, and this version of the program reads form {_FORM}")
    by_s = now_boot_s - age_s - flat.now_boot_s
    if not all(map(isfinite, (by_s, *flat.interval_s.values()))):
        raise Unreadable(_NO_TIME)
    listed = frozenset(flat.listed)
    snapshot = Snapshot(
        flat.poll,
        flat.poll_over,
        tuple(flat.exchanges),
        MappingProxyType({name: _standing(one, by_s) for name, one in flat.standings.items()}),
        MappingProxyType({pair: _all_held(held, by_s) for pair, held in flat.held}),
        MappingProxyType({pair: known._replace(boot_s=_moved(known.boot_s, by_s)) for pair, known in flat.last_known}),
        MappingProxyType(dict(flat.leaps)),
        flat.interval_s,
        lambda name, pair: (name, pair) in listed,
        MappingProxyType(
            {n: f._replace(next_try_boot_s=_moved(f.next_try_boot_s, by_s)) for n, f in flat.flows.items()}
        ),
    )
    return Shared(snapshot, tuple(flat.pairs), _moved(flat.next_poll_boot_s, by_s))


def _moved(boot_s: float | None, by_s: float) -> float | None:
    return None if boot_s is None else _at(boot_s, by_s)


def _at(boot_s: float, by_s: float) -> float:
    if not isfinite(at_s := boot_s + by_s):
        raise Unreadable(_NO_TIME)
    return at_s


def _standing(one: Standing, by_s: float) -> Standing:
    ask, paused = _moved(one.next_ask_boot_s, by_s), _moved(one.paused_until_boot_s, by_s)
    return one._replace(next_ask_boot_s=ask, paused_until_boot_s=paused)


def _all_held(held: Mapping[str, Held], by_s: float) -> Mapping[str, Held]:
    return MappingProxyType({name: _held(one, by_s) for name, one in held.items()})


def _held(one: Held, by_s: float) -> Held:
    settled, polled = (None if quote is None else _quote(quote, by_s) for quote in (one.settled, one.polled))
    since = _at(one.unchanged_boot_s, by_s)
    return one._replace(latest=_quote(one.latest, by_s), settled=settled, polled=polled, unchanged_boot_s=since)


def _quote(quote: Quote, by_s: float) -> Quote:
    if not (quote.price.is_finite() and quote.price > 0):
        raise Unreadable(f"What is shared cannot be read: {quote.price} of {quote.exchange} is no price")
    made_of = quote.made_of
    if made_of is not None:
        made_of = Conversion(_quote(made_of.own, by_s), made_of.by, made_of.rate, _at(made_of.rate_boot_s, by_s))
    return quote._replace(sent_boot_s=_at(quote.sent_boot_s, by_s), made_of=made_of)
