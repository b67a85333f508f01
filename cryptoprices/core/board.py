"""The only place where state lives between rounds: latest quotes, who is left out, the last known prices.

Judging waits, showing does not: an exchange becomes an outlier only when a poll is over, by its quote of that poll.
While a poll runs, an answer that contradicts the older quotes of the others is CHECKING, and the number stays as it was
until a second answer of the same poll decides. Otherwise a true crash would lock out the honest one that saw it first.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from cryptoprices.core.consensus import RETURN_PCT, RETURN_POLLS, agree, deviation_pct, limit_pct, median
from cryptoprices.core.freshness import age_s, freshness
from cryptoprices.core.market import Pair, Quote, Round, Standing
from cryptoprices.core.snapshot import Held, LastKnown, Leap, Snapshot, State

FROZEN_AFTER_S = 600.0
FROZEN_MOVE_PCT = Decimal("0.5")


# No dataclasses in here: their module and what it makes of two classes would take 5 ms of the first frame.
class _Seat:
    """One exchange's place for one pair. unchanged_*: since when its price stands still, and where the others went."""

    def __init__(self, quote: Quote) -> None:
        self.latest = quote
        self.settled: Quote | None = None
        self.mark: State | None = None
        self.near_polls = 0
        self.unchanged_boot_s = quote.sent_boot_s
        self.others_low: Decimal | None = None
        self.others_high: Decimal | None = None


class _Table:
    """One pair: its seats by exchange, the median at the end of the last poll that had one, and its leap then."""

    def __init__(self) -> None:
        self.seats: dict[str, _Seat] = {}
        self.centre: Decimal | None = None
        self.centre_boot_s = 0.0
        self.leap: Leap | None = None


def _everywhere(_exchange: str, _pair: Pair) -> bool:
    return True


class Board:
    """Rounds in, snapshots out. exchanges: the enabled ones in the person's order.

    interval_s: how often each is asked, by name (20 where absent). lists(exchange, pair): whether it may have the pair.
    last_known: prices of an earlier run. Not thread-safe: one owner.
    """

    def __init__(
        self,
        exchanges: Sequence[str],
        interval_s: Mapping[str, float] | None = None,
        last_known: Mapping[Pair, LastKnown] | None = None,
        lists: Callable[[str, Pair], bool] = _everywhere,
    ) -> None:
        self._exchanges = tuple(exchanges)
        self._interval_s = dict(interval_s or {})
        self._last_known = dict(last_known or {})
        self._lists = lists
        self._tables: dict[Pair, _Table] = {}
        self._standings: dict[str, Standing] = {}
        self._poll = 0
        self._poll_over = False
        self._ended = (
            0  # the newest poll that has come to its end; what comes under its number afterwards supplements it
        )

    def apply(self, round_: Round, now_boot_s: float, wall_ms: int) -> Snapshot:
        """Take a round in. wall_ms: Unix ms, noted beside the last known prices."""
        self._poll = max(self._poll, round_.poll)
        self._poll_over = round_.last
        self._standings.update((standing.exchange, standing) for standing in round_.standings)
        touched = {pair for quote in round_.quotes if (pair := self._seat(quote))}
        if round_.last:
            touched = set(self._tables)
        for pair in touched:
            table = self._tables[pair]
            if round_.last:
                if round_.poll > self._ended:
                    table.leap = None
                self._judge(table, round_.started_boot_s, now_boot_s)
                self._find_frozen(table, round_.started_boot_s)
            else:
                self._weigh(table, round_.started_boot_s, now_boot_s)
        if round_.last:
            self._ended = round_.poll
        snapshot = self.snapshot()
        for pair in touched:
            view = snapshot.price(pair, now_boot_s)
            if view.price is not None:
                self._last_known[pair] = LastKnown(view.price, wall_ms, view.change_24h_pct)
        return snapshot._replace(last_known=MappingProxyType(dict(self._last_known)))

    def snapshot(self) -> Snapshot:
        """What is known now, immutable."""
        held = {
            pair: {name: Held(s.latest, s.settled, s.unchanged_boot_s, s.mark) for name, s in table.seats.items()}
            for pair, table in self._tables.items()
        }
        return Snapshot(
            self._poll,
            self._poll_over,
            self._exchanges,
            MappingProxyType(dict(self._standings)),
            MappingProxyType(held),
            MappingProxyType(dict(self._last_known)),
            MappingProxyType({pair: table.leap for pair, table in self._tables.items() if table.leap}),
            self._interval_s,
            self._lists,
        )

    def _seat(self, quote: Quote) -> Pair | None:
        """Put a quote in its place; None if an equally new or newer one is there (reordered or repeated)."""
        seats = self._tables.setdefault(quote.pair, _Table()).seats
        seat = seats.get(quote.exchange)
        if seat is None:
            seats[quote.exchange] = _Seat(quote)
            return quote.pair
        last = seat.latest
        both_dated = quote.ticker.source_ms is not None and last.ticker.source_ms is not None
        if quote.sent_boot_s <= last.sent_boot_s or (both_dated and quote.ticker.source_ms < last.ticker.source_ms):  # type: ignore[operator]
            return None
        if quote.price != last.price:
            seat.unchanged_boot_s, seat.others_low, seat.others_high = quote.sent_boot_s, None, None
            if seat.mark is State.FROZEN:
                seat.mark = None
        seat.latest = quote
        return quote.pair

    def _weigh(self, table: _Table, started_boot_s: float, now_boot_s: float) -> None:
        """While the poll runs: decide whether new answers count yet."""
        free = {n: s for n, s in self._fresh(table, now_boot_s).items() if s.mark in (None, State.CHECKING)}
        new = {n: s for n, s in free.items() if s.latest.sent_boot_s >= started_boot_s}
        prices = [seat.latest.price for seat in new.values()]
        if len(new) >= 2 and agree(prices):
            centre = median(prices)
            self._settle(free, new, centre, limit_pct(prices, centre))
            return
        older = [s.settled for s in free.values() if s.settled and s.settled.sent_boot_s < started_boot_s]
        basis = [quote.price for quote in older if self._is_fresh(quote, now_boot_s)]
        if not basis or not agree(basis):
            for seat in new.values():
                seat.settled, seat.mark = seat.latest, None
            return
        centre = median(basis)
        limit = limit_pct(basis, centre)
        for seat in new.values():
            self._check(seat, centre, limit)

    def _judge(self, table: _Table, started_boot_s: float, now_boot_s: float) -> None:
        """The poll is over: who is an outlier, who comes back, what moved."""
        fresh = {n: s for n, s in self._fresh(table, now_boot_s).items() if s.mark is not State.FROZEN}
        new = {n: s for n, s in fresh.items() if s.latest.sent_boot_s >= started_boot_s}
        old = {n: s for n, s in fresh.items() if n not in new and s.mark is None}
        if not new:
            return
        jury = new if len(new) >= 2 and agree([s.latest.price for s in new.values()]) else new | old
        believed = {n: s for n, s in jury.items() if s.mark is not State.OUTLIER} or jury
        if len(jury) == 2:
            jury = believed
        prices = [seat.latest.price for seat in jury.values()]
        if not agree(prices):  # two, or two camps: no middle; the consensus says so
            for seat in believed.values():
                seat.settled, seat.mark = seat.latest, None
            return
        centre = median(prices)
        limit = limit_pct(prices, centre)
        move_pct = deviation_pct(centre, table.centre or centre)
        moved = abs(move_pct) > limit
        if moved:
            table.leap = Leap(move_pct, started_boot_s - table.centre_boot_s)
        table.centre, table.centre_boot_s = centre, started_boot_s
        alone = sum(seat.mark is not State.OUTLIER for seat in new.values()) == 1
        if moved:  # nobody stays left out: the next answer of each decides anew
            for seat in table.seats.values():
                seat.mark = State.CHECKING if seat.mark is State.OUTLIER else seat.mark
        for seat in new.values():
            self._sentence(seat, centre, limit, alone)
        self._settle(old, {}, centre, limit)

    def _sentence(self, seat: _Seat, centre: Decimal, limit: Decimal, alone: bool) -> None:
        """One exchange at the end of a poll that it answered. alone: nobody else that counts did: nothing is proved."""
        deviation = abs(deviation_pct(seat.latest.price, centre))
        if deviation > limit:
            seat.mark, seat.near_polls = (
                (State.CHECKING if alone and seat.mark is not State.OUTLIER else State.OUTLIER),
                0,
            )
            seat.settled = seat.settled if seat.mark is State.CHECKING else None
            return
        if seat.mark is State.OUTLIER:
            seat.near_polls = seat.near_polls + 1 if deviation <= RETURN_PCT else 0
            if seat.near_polls < RETURN_POLLS:
                return
        seat.settled, seat.mark, seat.near_polls = seat.latest, None, 0

    def _settle(self, seats: Mapping[str, _Seat], new: Mapping[str, _Seat], centre: Decimal, limit: Decimal) -> None:
        """The answers of this poll agree on `centre`: older quotes that contradict it count no longer."""
        for name, seat in seats.items():
            if seat.settled is not None and abs(deviation_pct(seat.settled.price, centre)) > limit:
                seat.settled = None
            if name in new:
                self._check(seat, centre, limit)
            elif seat.settled is None:
                seat.mark = State.CHECKING

    def _check(self, seat: _Seat, centre: Decimal, limit: Decimal) -> None:
        if abs(deviation_pct(seat.latest.price, centre)) > limit:
            seat.mark = State.CHECKING
        else:
            seat.settled, seat.mark = seat.latest, None

    def _find_frozen(self, table: _Table, started_boot_s: float) -> None:
        """FROZEN: the same price for 10 minutes while the others moved by more than 0.5 %."""
        new = [s for s in table.seats.values() if s.latest.sent_boot_s >= started_boot_s]
        for seat in new:
            others = [s.latest.price for s in new if s is not seat and s.mark is None]
            if not others:
                continue
            centre = median(others)
            seat.others_low = min(seat.others_low or centre, centre)
            seat.others_high = max(seat.others_high or centre, centre)
            still_s = seat.latest.sent_boot_s - seat.unchanged_boot_s
            if still_s >= FROZEN_AFTER_S and deviation_pct(seat.others_high, seat.others_low) > FROZEN_MOVE_PCT:
                seat.mark, seat.settled = State.FROZEN, None

    def _fresh(self, table: _Table, now_boot_s: float) -> dict[str, _Seat]:
        return {name: seat for name, seat in table.seats.items() if self._is_fresh(seat.latest, now_boot_s)}

    def _is_fresh(self, quote: Quote, now_boot_s: float) -> bool:
        age = age_s(quote, now_boot_s)
        return freshness(age, self._interval_s.get(quote.exchange, 20)) in (State.LIVE, State.DELAYED)
