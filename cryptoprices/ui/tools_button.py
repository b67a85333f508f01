"""The button in the chart's corner that opens the menu of tools, and below the prices how the tool in hand is used."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QMenu, QToolButton

from cryptoprices.ui.chart.tools import Tools
from cryptoprices.ui.chart.tools_pen import Tool
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import Theme, font

_SIZE = QSize(26, 24)
_GAP, _PADDING = 6, 7
_HINTS = {
    Tool.LEVEL: "Click at a price · Ctrl: without snapping · Esc: none",
    Tool.TREND: "Click at two points or drag · Ctrl: without snapping · Esc: none",
    Tool.MEASURE: "Click at two points or drag · Ctrl: without snapping · Esc: none",
}


class ToolsButton(QToolButton):
    """Stands in the upper right corner of the prices, where lines can be drawn; a line with two ends is its sign."""

    def __init__(self, menu: QMenu, tools: Tools, chart: ChartView) -> None:
        super().__init__(chart)
        self._tools, self._chart = tools, chart
        self._theme: Theme | None = None
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFixedSize(_SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Drawing tools")
        self.setToolTip(tooltip("Horizontal lines (H), trend lines (T), measure (M)"))
        self.hint = QLabel(chart)
        self.hint.setFont(font(11))
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        tools.changed.connect(self.refresh)
        chart.stack.laid_out.connect(self.refresh)
        chart.view_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Where the corner is now, and what is to be said."""
        main, tools = self._chart.stack.main, self._tools
        if main.theme is not self._theme:
            self._take_theme(main.theme)
        said = _HINTS.get(tools.pen.tool, tools.hidden) if tools.pair else ""
        plot = main.plot.translated(main.pos())
        corner = plot.topRight().toPoint()
        self.move(corner.x() - self.width() - 2, corner.y() + 2)
        self.setVisible(bool(tools.pair))
        self.setDown(tools.pen.tool is not Tool.CURSOR)
        self._say(said, plot)

    def _say(self, text: str, plot: QRectF) -> None:
        """As much of it as there is room for, at the foot of the plot: above are legend and crosshair."""
        hint = self.hint
        letters, room = hint.fontMetrics(), int(plot.width()) - 2 * (_GAP + _PADDING)
        hint.setText(letters.elidedText(text, Qt.TextElideMode.ElideRight, max(0, room)))
        hint.setAccessibleName(text)
        hint.adjustSize()
        hint.move(int(plot.right()) - hint.width() - _GAP, int(plot.bottom()) - hint.height() - _GAP)
        hint.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame of a button, and the sign."""
        super().paintEvent(event)
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        armed = self._tools.pen.tool is not Tool.CURSOR
        colour = QColor(self._theme.accent if armed else self._theme.muted)
        painter.setPen(QPen(colour, 1.5))
        middle = QRectF(self.rect()).center()
        ends = [middle + QPointF(-6, 4), middle + QPointF(6, -4)]
        painter.drawLine(*ends)
        painter.setBrush(QColor(self._theme.raised))
        for end in ends:
            painter.drawEllipse(end, 2.5, 2.5)

    def _take_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setStyleSheet(
            f"QToolButton {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 6px; }}"
            f" QToolButton:hover, QToolButton:pressed {{ border-color: {theme.muted}; }}"
            f" QToolButton:focus {{ border-color: {theme.accent}; }}"
            " QToolButton::menu-indicator { image: none; width: 0; }"
        )
        self.hint.setStyleSheet(
            f"color: {theme.muted}; background: {theme.raised}; border-radius: 4px; padding: 3px {_PADDING}px;"
        )
