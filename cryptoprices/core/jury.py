"""Who counts: the judgement over one pair's exchanges, by polls and by what streams bring in between.

Judging waits, showing does not: an exchange becomes an outlier only when a poll is over, by what it says in that poll.
Until then, whoever contradicts the older quotes of the others is CHECKING, and the number stays as it was until a
second one, which speaks after the contradiction began, decides. Otherwise a true crash would lock out the honest one
that saw it first.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from cryptoprices.core.consensus import (
    OUTLIER_PCT,
    RETURN_PCT,
    RETURN_POLLS,
    agree,
    contradicts,
    deviation_pct,
    limit_pct,
    median,
)
from cryptoprices.core.freshness import age_s, limits_s
from cryptoprices.core.market import Quote
from cryptoprices.core.snapshot import Leap, State

FROZEN_AFTER_S = 600.0
FROZEN_MOVE_PCT = Decimal("0.5")
_CURRENT_S = limits_s(20)[1]
STREAM_NEW_S = 5.0  # at the end of a poll a stream's quote takes part if it came within this time


# No dataclasses in here: their module and what it makes of two classes would take 5 ms of the first frame.
class Seat:
    """One exchange's place for one pair.

    settled: the quote that counts. polled: the newest that came by a poll. unchanged_*: since when its price stands
    still, and where the others went. against_boot_s: since when it contradicts the others, None while it does not.
    outdated: others that agree with each other have spoken since, and contradict it.
    """

    def __init__(self, quote: Quote) -> None:
        self.latest = quote
        self.settled: Quote | None = None
        self.polled: Quote | None = None
        self.mark: State | None = None
        self.near_polls = 0
        self.unchanged_boot_s = quote.sent_boot_s
        self.against_boot_s: float | None = None
        self.outdated = False
        self.others_low: Decimal | None = None
        self.others_high: Decimal | None = None

    def take(self, quote: Quote) -> None:
        """A newer quote: whether it counts is to be weighed."""
        if _said(quote) != _said(self.latest):
            self.unchanged_boot_s, self.others_low, self.others_high = quote.sent_boot_s, None, None
            if self.mark is State.FROZEN:
                self.mark = None
        self.latest, self.outdated = quote, False

    def reprice(self, quote: Quote) -> None:
        """The same quote, converted by a newer rate. What that changes beyond the limit counts when it is weighed."""
        if self.settled is self.latest:
            far = contradicts(quote.price, self.latest.price, [self.latest.price])
            self.settled, self.mark = (None, State.CHECKING) if far else (quote, self.mark)
        self.latest = quote

    def count(self) -> None:
        """Its latest quote counts from now on."""
        self.settled, self.mark, self.against_boot_s = self.latest, None, None

    def check(self, centre: Decimal, prices: Iterable[Decimal], started_boot_s: float) -> None:
        """Its latest quote counts if it does not contradict these prices; otherwise that waits."""
        if not contradicts(self.latest.price, centre, prices):
            self.count()
            return
        self.mark = State.CHECKING
        if self.against_boot_s is None:  # a poll's answers count as one moment
            said_boot_s = moment(self.latest)
            self.against_boot_s = said_boot_s if self.latest.via == "stream" else min(said_boot_s, started_boot_s)


class Table:
    """One pair: its seats by exchange, the median at the end of the last poll that had one, and its leap then."""

    def __init__(self) -> None:
        self.seats: dict[str, Seat] = {}
        self.centre: Decimal | None = None
        self.centre_boot_s = 0.0
        self.leap: Leap | None = None


Seats = Mapping[str, Seat]


def _said(quote: Quote) -> Decimal:
    """The exchange's own figure."""
    return quote.price if quote.made_of is None else quote.made_of.own.price


def moment(quote: Quote) -> float:
    """Boot time at which it was said: a poll's when it was asked, a stream's when it happened (it may come late)."""
    if quote.made_of is not None:
        quote = quote.made_of.own
    return quote.sent_boot_s if quote.via != "stream" else quote.sent_boot_s - quote.lead_s


class Jury:
    """The rules. interval_s: how often each exchange is asked, by name."""

    def __init__(self, interval_s: Mapping[str, float]) -> None:
        self._current_s = {name: limits_s(every_s)[1] for name, every_s in interval_s.items()}  # LIVE or DELAYED

    def weigh(self, table: Table, started_boot_s: float, now_boot_s: float) -> None:
        """Before the end of a poll: decide whether new quotes count yet. started_boot_s: theirs are not older."""
        free = {n: s for n, s in self._fresh(table, now_boot_s).items() if s.mark in (None, State.CHECKING)}
        judges = _judges(free)
        if len(judges) == 1:  # nobody can contradict it: never judged against its own history
            (only,) = judges.values()
            only.count()
            _settle(free, free, [only.latest.price], started_boot_s)
            return
        doubts = {s.against_boot_s for s in free.values() if s.against_boot_s is not None}
        for since_boot_s in sorted({*doubts, started_boot_s}, reverse=True):
            prices = [s.latest.price for s in judges.values() if moment(s.latest) >= since_boot_s]
            if len(prices) >= 2 and agree(prices):
                _settle(free, _since(free, since_boot_s), prices, started_boot_s)
                return
        older = [(s, s.settled) for s in judges.values() if s.settled and moment(s.settled) < started_boot_s]
        basis = [quote.price for s, quote in older if quote is s.latest or self._is_fresh(quote, now_boot_s)]
        new = _since(free, started_boot_s)
        if not basis or not agree(basis):
            for seat in new.values():
                seat.count()
            return
        centre = median(basis)
        for seat in new.values():
            seat.check(centre, basis, started_boot_s)

    def judge(self, table: Table, started_boot_s: float, now_boot_s: float) -> None:
        """The poll is over: who is an outlier, who comes back, what moved."""
        fresh = {n: s for n, s in self._fresh(table, now_boot_s).items() if s.mark is not State.FROZEN}
        new = _proved({n: s for n, s in fresh.items() if _takes_part(s.latest, started_boot_s, now_boot_s)})
        old = {n: s for n, s in fresh.items() if n not in new and s.mark is None}
        if not new:
            return
        jury = _judges(new)
        if len(jury) < 2 or not agree([s.latest.price for s in jury.values()]):
            jury = _judges(new | old)
        believed = {n: s for n, s in jury.items() if s.mark is not State.OUTLIER} or jury
        if len(jury) == 2:
            jury = believed
        prices = [seat.latest.price for seat in jury.values()]
        if not agree(prices):  # two, or two camps: no middle; the consensus says so
            said = [seat.latest.price for seat in believed.values()]
            for seat in jury.values():  # who was left out counts where somebody has come to say the same
                if any(abs(deviation_pct(seat.latest.price, price)) <= OUTLIER_PCT for price in said):
                    seat.count()
            return
        centre = median(prices)
        move_pct = deviation_pct(centre, table.centre or centre)
        moved = abs(move_pct) > limit_pct(prices, centre)
        if moved:
            table.leap = Leap(move_pct, started_boot_s - table.centre_boot_s)
        table.centre, table.centre_boot_s = centre, started_boot_s
        alone = sum(seat.mark is not State.OUTLIER for seat in new.values()) == 1
        if moved:  # nobody stays left out: the next answer of each decides anew
            for seat in table.seats.values():
                seat.mark = State.CHECKING if seat.mark is State.OUTLIER else seat.mark
        for seat in new.values():
            _sentence(seat, centre, prices, alone)
        _settle(old, {}, prices, started_boot_s)

    def find_frozen(self, table: Table, started_boot_s: float, now_boot_s: float) -> None:
        """FROZEN: the same price for 10 minutes while the others moved by more than 0.5 %."""
        new = [s for s in table.seats.values() if _takes_part(s.latest, started_boot_s, now_boot_s)]
        for seat in new:
            others = [s.latest.price for s in new if s is not seat and s.mark is None]
            if not others:
                continue
            centre = median(others)
            seat.others_low = min(seat.others_low or centre, centre)
            seat.others_high = max(seat.others_high or centre, centre)
            still_s = seat.latest.sent_boot_s - seat.unchanged_boot_s
            if still_s >= FROZEN_AFTER_S and deviation_pct(seat.others_high, seat.others_low) > FROZEN_MOVE_PCT:
                seat.mark, seat.settled, seat.against_boot_s = State.FROZEN, None, None

    def _fresh(self, table: Table, now_boot_s: float) -> dict[str, Seat]:
        return {name: seat for name, seat in table.seats.items() if self._is_fresh(seat.latest, now_boot_s)}

    def _is_fresh(self, quote: Quote, now_boot_s: float) -> bool:
        return age_s(quote, now_boot_s) <= self._current_s.get(quote.exchange, _CURRENT_S)


def _judges(seats: Seats) -> Seats:
    """Those who say it themselves; where there is none, those whose price is converted."""
    return {n: s for n, s in seats.items() if s.latest.made_of is None} or seats


def _since(seats: Seats, since_boot_s: float) -> dict[str, Seat]:
    return {n: s for n, s in seats.items() if moment(s.latest) >= since_boot_s}


def _takes_part(quote: Quote, started_boot_s: float, now_boot_s: float) -> bool:
    """Whether it is of the poll that ends now; a stream's: whether it came while the poll ran, or just before."""
    if quote.via == "stream":
        started_boot_s = min(started_boot_s, now_boot_s - STREAM_NEW_S)
    return moment(quote) >= started_boot_s


def _proved(new: Seats) -> dict[str, Seat]:
    """Without what is not to be judged together with the rest, being older or newer than a leap.

    Newer: a stream that contradicts the others, none of whom has spoken since; it waits. Older: what is outdated.
    """
    said = {name: moment(seat.latest) for name, seat in _judges(new).items() if seat.mark is not State.OUTLIER}
    waiting = {
        name
        for name, seat in new.items()
        if seat.latest.via == "stream"
        and seat.mark is State.CHECKING
        and seat.against_boot_s is not None
        and not any(at_boot_s >= seat.against_boot_s for other, at_boot_s in said.items() if other != name)
    }
    return {name: seat for name, seat in new.items() if name not in waiting and not seat.outdated}


def _sentence(seat: Seat, centre: Decimal, prices: Iterable[Decimal], alone: bool) -> None:
    """One exchange at the end of a poll that it answered. alone: nobody else that counts did: nothing is proved."""
    if contradicts(seat.latest.price, centre, prices):
        seat.near_polls = 0
        if alone and seat.mark is not State.OUTLIER:
            seat.mark = State.CHECKING
        else:
            seat.mark, seat.settled, seat.against_boot_s = State.OUTLIER, None, None
        return
    if seat.mark is State.OUTLIER:
        near = abs(deviation_pct(seat.latest.price, centre)) <= RETURN_PCT
        seat.near_polls = seat.near_polls + 1 if near else 0
        if seat.near_polls < RETURN_POLLS:
            return
    seat.near_polls = 0
    seat.count()


def _settle(seats: Seats, new: Seats, prices: Iterable[Decimal], started_boot_s: float) -> None:
    """These prices agree: the new quotes that fit count, and older ones that contradict them count no longer."""
    prices = list(prices)
    centre = median(prices)
    for name, seat in seats.items():
        if seat.settled is not None and contradicts(seat.settled.price, centre, prices):
            seat.settled = None
        if name in new:
            seat.check(centre, prices, started_boot_s)
        elif seat.settled is None:
            seat.mark, seat.outdated = State.CHECKING, True
