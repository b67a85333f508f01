"""The only place where state lives between rounds: latest quotes, who is left out, the last known prices.

Polls and streams come in as rounds, in any order; who counts is the jury's judgement (jury.py).
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from cryptoprices.core.jury import Jury, Seat, Table, moment
from cryptoprices.core.market import STREAM, Flow, Pair, Quote, Round, Standing
from cryptoprices.core.snapshot import Held, LastKnown, Snapshot, State


def _everywhere(_exchange: str, _pair: Pair) -> bool:
    return True


class Terms(NamedTuple):
    """Whom a board judges, as its arguments of the same names."""

    names: tuple[str, ...]
    interval_s: Mapping[str, float]
    lists: Callable[[str, Pair], bool] = _everywhere
    coarse: Collection[str] = ()


class Board:
    """Rounds in, snapshots out. exchanges: the enabled ones in the person's order.

    interval_s: how often each is asked, by name (20 where absent). lists(exchange, pair): whether it may have the pair.
    last_known: prices of an earlier run. coarse: exchanges whose polls bear times that prove no order against their
    streams. Not thread-safe: one owner.
    """

    def __init__(
        self,
        exchanges: Sequence[str],
        interval_s: Mapping[str, float] | None = None,
        last_known: Mapping[Pair, LastKnown] | None = None,
        lists: Callable[[str, Pair], bool] = _everywhere,
        coarse: Collection[str] = (),
    ) -> None:
        self._exchanges = tuple(exchanges)
        self._interval_s = dict(interval_s or {})
        self._last_known = dict(last_known or {})
        self._lists = lists
        self._coarse = frozenset(coarse)
        self._jury = Jury(self._interval_s)
        self._tables: dict[Pair, Table] = {}
        self._held: dict[Pair, Mapping[str, Held]] = {}
        self._standings: Mapping[str, Standing] = MappingProxyType({})
        self._flows: Mapping[str, Flow] = MappingProxyType({})
        self._poll = 0
        self._poll_over = False
        self._ended = (
            0  # the newest poll that has come to its end; what comes under its number afterwards supplements it
        )

    def apply(self, round_: Round, now_boot_s: float, wall_ms: int) -> Snapshot:
        """Take a round in. wall_ms: Unix ms, noted beside the last known prices."""
        if round_.standings:
            news = {standing.exchange: standing for standing in round_.standings}
            self._standings = MappingProxyType({**self._standings, **news})
        if round_.flows:
            self._flows = MappingProxyType({**self._flows, **{flow.exchange: flow for flow in round_.flows}})
        touched: dict[Pair, float] = {}  # with the moment of its oldest new quote
        for quote in round_.quotes:
            if quote.exchange in self._exchanges and self._seat(quote):
                touched[quote.pair] = min(touched.get(quote.pair, math.inf), moment(quote))
        if round_.poll != STREAM:
            self._poll, self._poll_over = max(self._poll, round_.poll), round_.last
            touched = dict.fromkeys(self._tables if round_.last else touched, round_.started_boot_s)
        for pair, started_boot_s in touched.items():
            table = self._tables[pair]
            if round_.last:
                if round_.poll > self._ended:
                    table.leap = None
                self._jury.judge(table, started_boot_s, now_boot_s)
                self._jury.find_frozen(table, started_boot_s, now_boot_s)
            else:
                self._jury.weigh(table, started_boot_s, now_boot_s)
            self._held[pair] = MappingProxyType({name: _held(seat) for name, seat in table.seats.items()})
        if round_.last:
            self._ended = round_.poll
        snapshot = self.snapshot()
        for pair in touched:
            price, change_pct = snapshot.current(pair, now_boot_s)
            if price is not None:
                self._last_known[pair] = LastKnown(price, wall_ms, change_pct)
        return snapshot._replace(last_known=MappingProxyType(dict(self._last_known)))

    def set_exchanges(self, terms: Terms) -> None:
        """From now on these exchanges count; what the others said is forgotten, and what these said is kept."""
        self._exchanges, self._interval_s = terms.names, dict(terms.interval_s)
        self._lists, self._coarse = terms.lists, frozenset(terms.coarse)
        self._jury = Jury(self._interval_s)
        for pair, table in self._tables.items():
            table.seats = {name: seat for name, seat in table.seats.items() if name in terms.names}
            self._held[pair] = MappingProxyType({name: _held(seat) for name, seat in table.seats.items()})
        self._standings = MappingProxyType({n: s for n, s in self._standings.items() if n in terms.names})
        self._flows = MappingProxyType({n: flow for n, flow in self._flows.items() if n in terms.names})

    def snapshot(self) -> Snapshot:
        """What is known now, immutable. What has not changed is the same object as in the snapshot before."""
        return Snapshot(
            self._poll,
            self._poll_over,
            self._exchanges,
            self._standings,
            MappingProxyType(dict(self._held)),
            MappingProxyType(dict(self._last_known)),
            MappingProxyType({pair: table.leap for pair, table in self._tables.items() if table.leap}),
            self._interval_s,
            self._lists,
            self._flows,
        )

    def _seat(self, quote: Quote) -> bool:
        """Put a quote in its place; False if an equally new or newer one is there (reordered or repeated)."""
        seats = self._tables.setdefault(quote.pair, Table()).seats
        seat = seats.get(quote.exchange)
        by_poll = quote.via == "poll"
        if seat is None:
            seat = seats[quote.exchange] = Seat(quote)
            seat.polled = quote if by_poll else None
            return True
        if by_poll and (seat.polled is None or self._is_newer(quote, seat.polled)):
            seat.polled = quote  # for the figures of the day, even where the stream has a newer price
        last = seat.latest
        if not self._is_newer(quote, last):
            return False
        if quote.price != last.price:
            seat.unchanged_boot_s, seat.others_low, seat.others_high = quote.sent_boot_s, None, None
            if seat.mark is State.FROZEN:
                seat.mark = None
        seat.latest, seat.outdated = quote, False
        return True

    def _is_newer(self, quote: Quote, last: Quote) -> bool:
        """By the exchange's own times where it gives them, else by when it was asked or the frame came."""
        own_ms, last_ms = quote.ticker.source_ms, last.ticker.source_ms
        if own_ms is None or last_ms is None or (quote.via != last.via and quote.exchange in self._coarse):
            return quote.sent_boot_s - quote.lead_s > last.sent_boot_s - last.lead_s
        return (own_ms, quote.sent_boot_s) > (last_ms, last.sent_boot_s)


def _held(seat: Seat) -> Held:
    return Held(seat.latest, seat.settled, seat.unchanged_boot_s, seat.mark, seat.polled)
