"""What the program says by itself, beside the state of the connection."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy

from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import font

_EDGE = 12  # left and right of it, in pixels


class Offer(NamedTuple):
    """What can be done about what is said. text: of its button. do: what a click does, once."""

    text: str
    do: Callable[[], object]


class Notice(QLabel):
    """One line that takes only the room which others leave; where that is too little the tooltip has more of it.

    done: the person has taken what was offered, or wants to hear no more of it.
    """

    done = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(12.5))
        self._offer: Offer | None = None
        self.take, self.dismiss = self._button("", self._take), self._button("×", self.done)
        self.dismiss.setAccessibleName("Dismiss")
        self.dismiss.setToolTip("Say this no more")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.clear()

    @property
    def said(self) -> str:
        """What is being said, whole."""
        return self._said

    def say(self, text: str, offer: Offer | None = None, more: Sequence[str] = ()) -> None:
        """Say this from now on. more: lines that the tooltip has beside it."""
        self._said, self._offer = text, offer
        self.setAccessibleName(" ".join((text, *more)))
        self.setToolTip(tooltip(text, *more))
        self.take.setText(offer.text if offer else "")
        for button in (self.take, self.dismiss):
            button.setVisible(offer is not None)
        self._fit()

    def clear(self) -> None:
        """Say nothing more."""
        self.say("")

    def natural_width(self) -> int:
        """What it would take to say it whole, 0 while nothing is said."""
        if not self._said:
            return 0
        margins = self.contentsMargins()
        return self.fontMetrics().horizontalAdvance(self._said) + margins.left() + margins.right()

    def minimumSizeHint(self) -> QSize:
        """It asks for no room."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the line anew."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _take(self) -> None:
        offer = self._offer
        self.done.emit()
        if offer:
            offer.do()

    def _button(self, text: str, slot: Callable[[], object] | SignalInstance) -> QPushButton:
        button = QPushButton(self)
        button.setText(text)  # given to the constructor, Python would get to know 150 theme icons: 3 ms
        button.setFont(self.font())
        button.setFlat(True)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(slot)
        return button

    def _fit(self) -> None:
        """Buttons at the right end, before them as much of the line as there is room for."""
        right = self.width() - _EDGE
        for button in (self.dismiss, self.take) if self._offer else ():
            button.resize(button.sizeHint().width(), self.height())
            right -= button.width()
            button.move(right, 0)
        self.setContentsMargins(_EDGE, 0, self.width() - right, 0)
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, room))
