"""What can be done with the program as a whole, as actions: in bar, menu, tray and by key the same ones."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from cryptoprices.ui.theme import SETTINGS


class Commands(QObject):
    """refresh, pause, brush, analysis, show_window, about, quit: connect to `triggered`, of brush to `toggled`.

    theme_chosen(str): system, light or dark, chosen in the menu.
    """

    theme_chosen = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.refresh = self._action("Refresh", "F5", "Ask the exchanges now")
        self.pause = self._action("Pause", "P", "Ask nothing until resumed")
        self.analysis = self._action(
            "&Analysis…", "Ctrl+Shift+A", "Scatter of returns, seasonality, premiums of exchanges"
        )
        self.analysis.setEnabled(False)  # until there is a past
        self.brush = self._action("Brush a period", "", "Drag over a period of the chart: what the coins did in it")
        self.brush.setCheckable(True)
        self.brush.setEnabled(False)  # until there is a chart
        self.show_window = self._action("Hide window", "Ctrl+H", "Hide or show the window")
        self.about = self._action("About Crypto Prices", "F1", "Version, licences, data sources")
        self.quit = self._action("Quit", "Ctrl+Q", "Stop watching prices")
        self.quit.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)  # from the windows beside it, too
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self._themes = QActionGroup(self)
        for setting in SETTINGS:
            action = self._themes.addAction(setting.capitalize())
            action.setCheckable(True)
            action.setData(setting)
        self._themes.triggered.connect(self._choose_theme)

    def show_paused(self, paused: bool) -> None:
        """Let the action say what it will do next."""
        self.pause.setText("Resume" if paused else "Pause")
        self.pause.setToolTip("Ask the exchanges again" if paused else "Ask nothing until resumed")

    def show_theme(self, setting: str) -> None:
        """Mark the theme setting that holds."""
        for action in self._themes.actions():
            action.setChecked(action.data() == setting)

    def fill(self, menu: QMenu, every: QMenu, view: QMenu, export: QMenu) -> None:
        """The window's menu: asking and how often, view (the panels), export, theme, hide, about, quit."""
        menu.addAction(self.refresh)
        menu.addAction(self.pause)
        menu.addMenu(every)
        menu.addSeparator()
        menu.addAction(self.analysis)
        menu.addMenu(view)
        menu.addMenu(export)
        theme = menu.addMenu("&Theme")
        theme.addActions(self._themes.actions())
        menu.addSeparator()
        menu.addAction(self.show_window)
        menu.addAction(self.about)
        menu.addAction(self.quit)

    def _action(self, text: str, key: str, told: str) -> QAction:
        window = self.parent()
        assert isinstance(window, QWidget)
        action = QAction(window)  # with the text here, Python would get to know 150 theme icons: 3 ms
        action.setText(text)
        action.setToolTip(told)
        if key:
            action.setShortcut(key)
            window.addAction(action)
        return action

    def _choose_theme(self, action: QAction) -> None:
        self.theme_chosen.emit(action.data())
