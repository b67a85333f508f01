"""Where the rounds come together in the GUI thread: the newest snapshot, and the signals that views listen to."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cryptoprices.clock import Clock
from cryptoprices.core.board import Board
from cryptoprices.core.market import Pair, Round
from cryptoprices.core.snapshot import Snapshot


class Hub(QObject):
    """Holds the snapshot and what the person looks at. Views read `snapshot` and `clock`; they never change it.

    changed: there is a new snapshot. ticked: a second has passed (ages, countdown). selected_changed(Pair): another pair
    was chosen in the watchlist. pairs: the watchlist in the person's order. next_poll_boot_s: None while paused.
    """

    changed = Signal()
    ticked = Signal()
    selected_changed = Signal(object)
    paused_changed = Signal(bool)

    def __init__(self, board: Board, clock: Clock, pairs: Sequence[Pair], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self.clock = clock
        self.pairs = tuple(pairs)
        self.snapshot: Snapshot = board.snapshot()
        self.selected: Pair = self.pairs[0]
        self.paused = False
        self.polling = False
        self.next_poll_boot_s: float | None = None
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self.ticked)

    @Slot(object)
    def apply(self, round_: Round) -> None:
        """A round has come in: judge it and tell the views."""
        self.snapshot = self._board.apply(round_, self.clock.boot_s())
        self.changed.emit()

    @Slot(object)
    def select(self, pair: Pair) -> None:
        """The person chose this pair."""
        if pair != self.selected:
            self.selected = pair
            self.selected_changed.emit(pair)

    def start_ticking(self) -> None:
        """Begin the 1 Hz tick; there is no faster timer in the program."""
        self._second.start()
