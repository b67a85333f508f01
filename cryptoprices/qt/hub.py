"""Where the rounds come together in the GUI thread: the newest snapshot, and the signals that views listen to."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cryptoprices.clock import Clock
from cryptoprices.core.board import Board, Terms
from cryptoprices.core.market import Pair, Round
from cryptoprices.core.reading import Reader
from cryptoprices.core.reference import Reference, in_currency, shown_in
from cryptoprices.core.snapshot import PairPrice, Ratio, Snapshot, ratio_of

if TYPE_CHECKING:  # its module loads what the first frame has no time for
    from cryptoprices.core.source import Exchange

MOMENT_S = 0.1  # views that ask within so long a time are told the same, worked out once


class Hub(QObject):
    """Holds the snapshot and what the person looks at. Views read `snapshot` and `clock`; they never change it.

    changed: there is a new snapshot. poll_ended: the same at the end of a poll, before `changed`. ticked: a second
    has passed (ages, countdown), only while somebody can see it. selected_changed(Pair): another pair was chosen in
    the watchlist. scheduled: polling or next_poll_boot_s has changed. pairs: the watchlist in the person's order.
    pairs_changed: it is another one; what keeps something for each pair takes that before `changed` has views show it.
    next_poll_boot_s: None while paused. exchanges: the enabled ones by name, for titles, addresses and
    attributions; put there after the first frame, which does without. switched_off: those that are not to be asked.
    currency: the code that the person wants to see dollar prices in; reference: the rates for that, None while they are
    not known (then they stay in dollars). currency_changed: one of the two has changed.
    """

    changed = Signal()
    poll_ended = Signal()
    ticked = Signal()
    scheduled = Signal()
    pairs_changed = Signal()
    selected_changed = Signal(object)
    paused_changed = Signal(bool)
    currency_changed = Signal()

    def __init__(self, board: Board, clock: Clock, pairs: Sequence[Pair], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._reader = Reader()
        self._told: dict[Pair, PairPrice] = {}  # of this snapshot, as of this time
        self._told_of: Snapshot | None = None
        self._told_boot_s = 0.0
        self.clock = clock
        self.pairs = tuple(pairs)
        self._amend: Callable[[PairPrice], PairPrice] | None = None
        self.exchanges: Mapping[str, Exchange] = {}
        self.switched_off: Mapping[str, Exchange] = {}
        self.snapshot: Snapshot = board.snapshot()
        self.selected: Pair = self.pairs[0]
        self.currency = "USD"
        self.reference: Reference | None = None
        self.paused = False
        self.polling = False
        self.next_poll_boot_s: float | None = None
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self.ticked)

    def begin(self, board: Board, exchanges: Mapping[str, "Exchange"]) -> None:
        """After the first frame: the board of the exchanges that are asked takes the place of the one without any."""
        self._board, self.exchanges = board, exchanges
        self.snapshot = board.snapshot()
        self.changed.emit()

    def set_pairs(self, pairs: Sequence[Pair]) -> None:
        """The person wants to watch these, at least one. Who looked at a pair that is gone looks at the first."""
        if self.pairs == tuple(pairs):
            return
        self.pairs, before = tuple(pairs), self.selected
        self.selected = before if before in self.pairs else self.pairs[0]
        self.pairs_changed.emit()
        if self.selected != before:
            self.selected_changed.emit(self.selected)
        self.changed.emit()

    def show_amended(self, amend: Callable[[PairPrice], PairPrice] | None) -> None:
        """From now on have what is shown of a pair amended by this; None for as exchanges say it."""
        self._amend = amend
        self.changed.emit()

    def change_exchanges(
        self, terms: Terms, exchanges: Mapping[str, "Exchange"], switched_off: Mapping[str, "Exchange"]
    ) -> None:
        """The person has chosen other exchanges, or another order; the prices of those that stay, stay."""
        self._board.set_exchanges(terms)
        self.exchanges, self.switched_off = exchanges, switched_off
        self.snapshot = self._board.snapshot()
        self.changed.emit()

    @Slot(object)
    def apply(self, round_: Round) -> None:
        """A round has come in: judge it and tell the views."""
        self.snapshot = self._board.apply(round_, self.clock.boot_s(), self.clock.wall_ms())
        if round_.last:
            self.poll_ended.emit()
        self.changed.emit()

    def price(self, pair: Pair) -> PairPrice:
        """The pair as it is to be shown now, in the person's currency: BTC/USD may come back as BTC/EUR."""
        view = self.own_price(pair)
        if self._amend:
            view = self._amend(view)
        return in_currency(view, self.currency, self.reference, self.clock.boot_s())

    def own_price(self, pair: Pair) -> PairPrice:
        """What exchanges say, in the pair's own currency, like the history."""
        now_boot_s = self.clock.boot_s()
        if self._told_of is not self.snapshot or not 0 <= now_boot_s - self._told_boot_s < MOMENT_S:
            self._told, self._told_of, self._told_boot_s = {}, self.snapshot, now_boot_s
        if pair not in self._told:
            self._told[pair] = self._reader.price(self.snapshot, pair, self._told_boot_s)
        return self._told[pair]

    def ratio(self, over: Pair, under: Pair) -> Ratio:
        """price(over) / price(under), as it is to be shown now."""
        return ratio_of(self.own_price(over), self.own_price(under))

    def shown_pair(self, pair: Pair) -> Pair:
        """The pair under which its price is shown."""
        return shown_in(pair, self.currency, self.reference)

    def factor(self) -> Decimal:
        """What dollar prices are multiplied by to be shown: 1 for the dollar, and while there is no rate."""
        return self.reference.rates.per_usd.get(self.currency, Decimal(1)) if self.reference else Decimal(1)

    @Slot(str)
    def set_currency(self, code: str) -> None:
        """The person wants to see prices in this currency."""
        if code != self.currency:
            self.currency = code
            self.currency_changed.emit()

    @Slot(object)
    def set_reference(self, reference: Reference) -> None:
        """Rates have come in."""
        self.reference = reference
        self.currency_changed.emit()

    @Slot(object)
    def select(self, pair: Pair) -> None:
        """The person chose this pair."""
        if pair != self.selected:
            self.selected = pair
            self.selected_changed.emit(pair)

    @Slot(bool, object, bool)
    def set_schedule(self, polling: bool, next_poll_boot_s: float | None, paused: bool) -> None:
        """How it stands with asking, told by the feed."""
        was_paused, self.paused = self.paused, paused
        self.polling, self.next_poll_boot_s = polling, next_poll_boot_s
        if was_paused != paused:
            self.paused_changed.emit(paused)
        self.scheduled.emit()

    @Slot(bool)
    def set_watched(self, watched: bool) -> None:
        """Whether anything of the program can be seen: only then is there a tick. It is the fastest timer there is."""
        if watched and not self._second.isActive():
            self._second.start()
            self.ticked.emit()
        elif not watched:
            self._second.stop()
