"""What the program says by itself, beside the state of the connection."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import font


class Notice(QLabel):
    """One line that takes only the room which others leave; where that is too little the tooltip has more of it."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(12.5))
        self.setContentsMargins(12, 0, 12, 0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    @property
    def said(self) -> str:
        """What is being said, whole."""
        return self._said

    def say(self, text: str) -> None:
        """Say this from now on."""
        self._said = text
        self.setAccessibleName(text)
        self.setToolTip(tooltip(text))
        self._fit()

    def clear(self) -> None:
        """Say nothing more."""
        self.say("")

    def natural_width(self) -> int:
        """What it would take to say it whole, 0 while nothing is said."""
        margins = self.contentsMargins()
        return self.fontMetrics().horizontalAdvance(self._said) + margins.left() + margins.right() if self._said else 0

    def minimumSizeHint(self) -> QSize:
        """It asks for no room."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the line anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, room))
