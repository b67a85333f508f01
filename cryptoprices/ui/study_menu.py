"""The menu of indicators: which there are, for one coin and for two, and which the chart shows."""

from collections.abc import Iterable
from textwrap import wrap

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from cryptoprices.core.chosen_studies import Chosen
from cryptoprices.core.indicators import INDICATORS
from cryptoprices.core.pair_studies import PAIR_STUDIES
from cryptoprices.core.studies import Study
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.chart.studies import OF_ONE, OF_TWO, Studies
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.study_editor import StudyEditor


class StudyMenu(QObject):
    """Fills the window's menu of indicators whenever it is opened, and keeps what is chosen for the next start."""

    def __init__(self, hub: Hub, studies: Studies, window: MainWindow) -> None:
        super().__init__(window)
        self._hub, self._studies, self._window = hub, studies, window
        self._menu = window.study_menu
        self._parts: list[QObject] = []  # what the rows are made of
        self.editor: StudyEditor | None = None
        if window.studies is not None:
            studies.restore(window.studies)
        self._keep()
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self.refresh)
        studies.changed.connect(self._keep)
        studies.asked.connect(self.edit)
        window.bar.indicators.setEnabled(True)
        self._menu.menuAction().setEnabled(True)

    @Slot()
    def refresh(self) -> None:
        """Rows for those that are shown, each with a mark and what can be done with it, then for all there are."""
        self._menu.clear()
        for part in self._parts:
            part.deleteLater()
        self._parts = []
        adding = self._group(self._add)
        self._head(f"On {self._hub.selected} ({_names(OF_ONE)})")
        self._offer(adding, INDICATORS.values(), False)
        self._menu.addSeparator()
        self._head(f"Two coins ({_names(OF_TWO)})")
        self._offer(adding, PAIR_STUDIES.values(), True)

    def _offer(self, adding: QActionGroup, studies: Iterable[Study], of_two: bool) -> None:
        for study in studies:
            action = self._action(study.title, study.key, adding)
            action.setToolTip(tooltip(*wrap(study.told, 70)))
            self._menu.addAction(action)
        for chosen in self._studies.chosen:
            if chosen.of_two == of_two:
                self._menu.addMenu(self._shown(chosen))

    def _shown(self, chosen: Chosen) -> QMenu:
        menu = QMenu(chosen.label, self._menu)
        self._parts.append(menu)
        menu.menuAction().setCheckable(True)
        menu.menuAction().setChecked(True)
        for text, group in (("&Edit…", self._group(self._edit)), ("&Remove", self._group(self._remove))):
            menu.addAction(self._action(text, chosen.name, group))
        return menu

    def _head(self, text: str) -> None:
        action = self._action(text, None, None)
        action.setEnabled(False)
        self._menu.addAction(action)

    def _action(self, text: str, data: str | None, group: QActionGroup | None) -> QAction:
        action = QAction(self._menu)
        action.setText(text)
        action.setData(data)
        if group:
            group.addAction(action)
        return action

    def _group(self, slot: object) -> QActionGroup:
        group = QActionGroup(self._menu)
        group.triggered.connect(slot)
        self._parts.append(group)
        return group

    @Slot(QAction)
    def _add(self, action: QAction) -> None:
        self._studies.add(action.data())

    @Slot(QAction)
    def _edit(self, action: QAction) -> None:
        self.edit(action.data())

    @Slot(QAction)
    def _remove(self, action: QAction) -> None:
        self._studies.remove(action.data())

    @Slot(str)
    def edit(self, name: str) -> None:
        """Open the dialog for this one; another that is open is closed."""
        if self.editor:
            self.editor.close()
        self.editor = editor = StudyEditor(self._studies, name, self._window)
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.finished.connect(self._forget)
        editor.show()

    @Slot()
    def _forget(self) -> None:
        self.editor = None

    @Slot()
    def _keep(self) -> None:
        self._window.studies = self._studies.state()


def _names(modes: Iterable[str]) -> str:
    return " and ".join(modes)
