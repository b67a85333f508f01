"""What lies over the chart: the button back to now, and what says that something takes long."""

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from cryptoprices.ui.chart.loading import LoadingBar
from cryptoprices.ui.chart.pane import BOTTOM, FOOT, LEFT
from cryptoprices.ui.chart.stack import Stack
from cryptoprices.ui.theme import Theme, font


class Corners(QObject):
    """live: back to the newest prices; loading, exporting: bars. They stay in their corners of the chart."""

    def __init__(self, chart: QWidget, stack: Stack) -> None:
        super().__init__(chart)
        self._chart, self._stack = chart, stack
        self.live = QPushButton("Live ▸", chart)
        self.live.setFont(font(12))
        self.live.setToolTip("Follow the newest prices again (End)")
        self.live.hide()
        self.loading = LoadingBar("Loading history", chart)
        self.exporting = LoadingBar("Exporting", chart)
        for bar in (self.loading, self.exporting):
            bar.resized.connect(self.place)
        stack.laid_out.connect(self.place)
        chart.installEventFilter(self)

    def eventFilter(self, _chart: QObject, event: QEvent) -> bool:
        """The chart has another size."""
        if event.type() is QEvent.Type.Resize:
            self.place()
        return False

    @Slot()
    def place(self) -> None:
        """The button under the values, where it covers no line; the bars at the foot of the prices.

        A pane below is so low that they would cover what is said in its middle.
        """
        width, height = self._chart.width(), self._chart.height()
        self.live.adjustSize()
        self.live.move(width - self.live.width() - 8, height - self.live.height() - 4)
        main = self._stack.main
        bottom = int(main.geometry().bottom() - (BOTTOM if main.timed else FOOT)) - 6
        for part in (self.live, self.loading, self.exporting):
            part.raise_()
        for bar in (self.loading, self.exporting):
            bar.fit(width - int(LEFT) - 12)
            bar.move(int(LEFT) + 6, bottom - bar.height())
            bottom -= bar.height() + 4

    def show_live(self, wanted: bool) -> None:
        """Whether there is something to go back to."""
        if wanted != self.live.isVisible():
            self.place()
            if self.live.hasFocus():  # else the keys would go to whatever comes next
                self._chart.setFocus(Qt.FocusReason.OtherFocusReason)
            self.live.setVisible(wanted)

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        for bar in (self.loading, self.exporting):
            bar.set_theme(theme)
        self.live.setStyleSheet(
            f"QPushButton {{ color: {theme.on_accent}; background: {theme.accent}; border: 1px solid {theme.accent};"
            f" border-radius: 10px; padding: 2px 11px; }} QPushButton:focus {{ border-color: {theme.text}; }}"
        )
