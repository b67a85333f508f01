"""Drawing in the chart: the menu of tools with its keys, what can be done with a drawing, and what is kept of them."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDialog, QMenu

from cryptoprices.core.drawings import Drawing, Extended, Trend
from cryptoprices.core.formatting import plural
from cryptoprices.ui.chart.tools import Tools
from cryptoprices.ui.chart.tools_keys import Keys
from cryptoprices.ui.chart.tools_mouse import Mouse
from cryptoprices.ui.chart.tools_pen import Tool
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.drawing_editor import DrawingEditor
from cryptoprices.ui.drawing_list import DrawingList
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.menus import empty, give_letter
from cryptoprices.ui.notice import Offer
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.tools_button import ToolsButton

Say = Callable[[str, Offer | None], None]

_KEYS = {Tool.LEVEL: "H", Tool.TREND: "T", Tool.MEASURE: "M"}
_TOLD = {
    Tool.CURSOR: "Move the chart and take hold of what is drawn (Esc)",
    Tool.LEVEL: "Click at a price; with the cursor on a bar the key puts it at its close",
    Tool.TREND: "Click at two points or drag; with the cursor on a bar the key begins it and ends it",
    Tool.MEASURE: "Click at two points or drag; with the cursor on a bar the key begins it and ends it",
}
_EXTENDED = {Extended.NONE: "&No further", Extended.RIGHT: "To the &right", Extended.BOTH: "&Both ways"}


class ToolsMenu(QObject):
    """The chart menu's "Tools", filled; what is drawn is kept for the next start."""

    def __init__(self, tools: Tools, chart: ChartView, window: MainWindow, say: Say) -> None:
        """say: tells the person something."""
        super().__init__(window)
        self._tools, self._window, self._say = tools, window, say
        self._dialogs: dict[type[QDialog], QDialog] = {}
        Mouse(tools, chart.stack.main)
        Keys(tools, chart)
        tools.restore(window.drawings)
        self._menu = menu = QMenu("T&ools", window)
        window.chart_menu.others.insert(0, menu.menuAction())
        menu.setToolTipsVisible(True)
        group = QActionGroup(self)
        self._of_tools = {tool: self._tool(tool, group) for tool in Tool}
        for tool, letter in _KEYS.items():
            give_letter(self._of_tools[tool], letter, chart)
        group.triggered.connect(self._use)
        menu.addSeparator()
        self._list = self._action("&Drawings…", self.show_list)
        self._undo = self._action("&Undo", tools.undo, "Ctrl+Z")
        self._remove_all = self._action("Remove &all", tools.remove_all)
        self._context = QMenu(window)
        self._button = ToolsButton(menu, tools, chart)
        tools.changed.connect(self._take_change)
        tools.refused.connect(self._refuse)
        tools.removed.connect(self._offer_undo)
        tools.edit_asked.connect(self.edit)
        tools.menu_asked.connect(self.show_menu)
        self._take_change()

    def _tool(self, tool: Tool, group: QActionGroup) -> QAction:
        action = self._action(f"&{tool}" if tool in _KEYS else f"&{tool}\tEsc", None)
        action.setToolTip(tooltip(_TOLD[tool]))
        action.setCheckable(True)
        action.setData(tool)
        return group.addAction(action)

    def _action(self, text: str, slot: Callable[[], None] | None, key: str = "") -> QAction:
        action = QAction(self._menu)
        action.setText(text)
        if key:
            action.setShortcut(key)
            self._window.addAction(action)
        if slot:
            action.triggered.connect(slot)
        self._menu.addAction(action)
        return action

    @Slot(QAction)
    def _use(self, action: QAction) -> None:
        self._tools.use(Tool(action.data()))
        self._take_change()

    @Slot()
    def _take_change(self) -> None:
        """Other drawings, another tool."""
        tools = self._tools
        self._window.drawings = tools.state()
        self._of_tools[tools.pen.tool].setChecked(True)
        self._undo.setEnabled(tools.can_undo)
        self._remove_all.setEnabled(bool(tools.drawings))
        self._remove_all.setText(f"Remove &all of {tools.pair}" if tools.pair else "Remove &all")

    @Slot(str)
    def _refuse(self, why: str) -> None:
        self._say(why, None)

    @Slot(str, object)
    def _offer_undo(self, pair: str, removed: Sequence[Drawing]) -> None:
        """Also once another pair is shown, or more has been drawn."""
        put_back = partial(self._tools.put_back, pair, removed)
        self._say(f"{plural(len(removed), 'drawing')} of {pair} removed.", Offer("Undo", put_back))

    # what can be done with what is held

    @Slot(QPoint)
    def show_menu(self, at: QPoint) -> None:
        """Where it is on the screen."""
        menu, drawing = self._context, self._tools.held_drawing
        empty(menu)
        self._add(menu, "&Edit price…", self.edit)
        if isinstance(drawing, Trend):
            extend, group = menu.addMenu("E&xtend"), QActionGroup(menu)
            for extended, text in _EXTENDED.items():
                action = QAction(extend)
                action.setText(text)
                action.setData(extended)
                action.setCheckable(True)
                action.setChecked(drawing.extended is extended)
                extend.addAction(group.addAction(action))
            group.triggered.connect(self._extend)
        self._add(menu, "&Remove\tDel", self._tools.remove)
        menu.addSeparator()
        self._add(menu, f"Remove &all of {self._tools.pair}", self._tools.remove_all)
        menu.popup(at)

    def _add(self, menu: QMenu, text: str, slot: Callable[[], None]) -> None:
        action = QAction(menu)
        action.setText(text)
        action.triggered.connect(slot)
        menu.addAction(action)

    @Slot(QAction)
    def _extend(self, action: QAction) -> None:
        drawing = self._tools.held_drawing
        if isinstance(drawing, Trend):
            self._tools.replace(drawing._replace(extended=Extended(action.data())))

    @Slot()
    def edit(self) -> None:
        """Type the prices of what is held."""
        if self._tools.held_drawing is not None:
            self._open(DrawingEditor)

    @Slot()
    def show_list(self) -> None:
        """All drawings of the pair."""
        self._open(DrawingList)

    def _open(self, kind: type[DrawingEditor] | type[DrawingList]) -> None:
        """One of a kind; it goes when it is closed."""
        before = self._dialogs.pop(kind, None)
        if before is not None:
            before.close()
            before.deleteLater()
        self._dialogs[kind] = dialog = kind(self._tools, self._window)
        dialog.show()
