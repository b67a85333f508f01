"""The icon in the tray: one pair's price as digits, a tooltip with all of them, and a menu."""

import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from cryptoprices.core.formatting import ratio_text
from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import ratio_pairs
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.tray_icon import icon_lines, menu_bar_icon, price_icon
from cryptoprices.ui.tray_text import Glance, Moment, figure_text, glance, sources_text, tooltip

GONE_S = 5.0  # a panel that restarts is back before; only then is the tray said to be gone
REST_S = 0.9  # between two looks at what streams bring
MOST_ROWS = 12  # pairs in the menu and in the tooltip; a longer watchlist is in the window


class Tray(QObject):
    """Shows the hub's snapshot while there is a tray. It decides nothing: what is clicked is told by signals.

    open_asked, toggle_asked: the window is wanted, or wanted or not. pair_chosen(Pair): by its row or in the submenu,
    to be shown in the tray from now on. present_changed(bool): the tray came or went.
    """

    open_asked = Signal()
    toggle_asked = Signal()
    pair_chosen = Signal(object)
    present_changed = Signal(bool)

    def __init__(
        self, hub: Hub, pair: Pair, actions: Sequence[QAction], demo: bool, parent: QObject | None = None
    ) -> None:
        """actions: those below "Open"; the last one stands apart (Quit). demo: the icon, tooltip and menu say so."""
        super().__init__(parent)
        self._hub = hub
        self._demo, self._actions = demo, tuple(actions)
        self._name = "Crypto Prices – DEMO" if demo else "Crypto Prices"
        self._wanted = self._pair = pair
        self._shown: Glance | None = None
        self._painted: tuple[tuple[str, str], str] | None = None  # its digits and their colour
        self._refreshed_boot_s = 0.0
        self._changed_boot_s = 0.0  # when the tray's host was last seen coming or going
        self._menu = QMenu()
        self._rows: dict[Pair, QAction]
        self._choices: dict[Pair, QAction]
        self._build_menu()
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self.present = False
        hub.changed.connect(self._follow)
        hub.poll_ended.connect(self._refresh)
        hub.pairs_changed.connect(self._follow_pairs)
        hub.paused_changed.connect(self._refresh)
        hub.currency_changed.connect(self._refresh)
        hub.ticked.connect(self._tick)
        self._menu.aboutToShow.connect(self._refresh_menu)
        self._refresh()

    def show_pair(self, pair: Pair) -> None:
        """Show this pair from now on, as long as it is one of the watchlist."""
        self._wanted = pair
        if pair in self._choices:
            self._pair = pair
            self._mark_choice()
            self._refresh()

    def tell(self, text: str) -> None:
        """Say something beside the icon."""
        self._icon.showMessage(self._name, text, self._icon.icon())

    def close(self) -> None:
        """Take the icon away."""
        self._hub.changed.disconnect(self._follow)
        self._hub.poll_ended.disconnect(self._refresh)
        self._hub.pairs_changed.disconnect(self._follow_pairs)
        self._hub.currency_changed.disconnect(self._refresh)
        self._hub.ticked.disconnect(self._tick)
        self._icon.hide()
        self._menu.deleteLater()

    @Slot()
    def _follow(self) -> None:
        """Streams bring prices ten times a second: the icon follows once, the menu after each poll and when opened."""
        if self._hub.clock.boot_s() - self._refreshed_boot_s >= REST_S:
            self._refresh_icon()

    @Slot()
    def _follow_pairs(self) -> None:
        """The watchlist is another one."""
        self._choice.deleteLater()
        self._menu.clear()
        self._build_menu()
        self._refresh()

    @Slot()
    def _tick(self) -> None:
        """Once a second: ages, and whether the tray's host is still there."""
        self._refresh_icon()
        if self._menu.isVisible():
            self._refresh_menu()

    @Slot()
    def _refresh(self) -> None:
        self._refresh_icon()
        self._refresh_menu()

    def _refresh_icon(self) -> None:
        there, now = QSystemTrayIcon.isSystemTrayAvailable(), self._hub.clock.boot_s()
        self._refreshed_boot_s = now
        if there:
            self._show_price()
        if there != self._icon.isVisible():
            self._icon.setVisible(there)
            self._changed_boot_s = now
        if there != self.present and (there or now - self._changed_boot_s >= GONE_S):
            self.present = there
            self.present_changed.emit(there)

    def _now(self) -> Moment:
        return Moment(self._hub.price, self._hub.clock.wall_ms())

    def _show_price(self) -> None:
        now = self._now()
        seen = glance(now.price(self._pair), now.wall_ms)
        painted = icon_lines(seen.price), seen.colour
        self._shown = seen
        if painted != self._painted:
            self._painted = painted
            if sys.platform == "darwin":
                self._icon.setIcon(menu_bar_icon(seen.price))
            else:
                self._icon.setIcon(price_icon(seen.price, seen.colour, self._demo))
        others = [pair for pair in self._hub.pairs[:MOST_ROWS] if pair != self._pair]
        self._icon.setToolTip(tooltip(self._name, [self._pair, *others], now, self._hub.paused))

    @Slot()
    def _refresh_menu(self) -> None:
        now = self._now()
        for pair, row in self._rows.items():
            view = now.price(pair)
            row.setText(f"{view.pair}\t{figure_text(view, now.wall_ms)}")
        if self._ratio:
            over, under = self._ratio
            value = ratio_text(self._hub.ratio(over, under).value)
            self._ratio_row.setText(f"{over.base}/{under.base}\t{value}")
        self._sources_row.setText(sources_text(now.price(self._pair), self._hub.paused))

    def _build_menu(self) -> None:
        menu, pairs = self._menu, self._hub.pairs
        self._pair = self._wanted if self._wanted in pairs else pairs[0]
        self._ratio = ratio_pairs(pairs)
        self._rows, self._choices = {}, {}
        if self._demo:
            menu.addAction(self._name).setEnabled(False)
            menu.addSeparator()
        for pair in pairs[:MOST_ROWS]:
            self._rows[pair] = menu.addAction(str(pair))
            self._rows[pair].triggered.connect(self._row_clicked)
        self._ratio_row = menu.addAction("")
        self._ratio_row.setVisible(self._ratio is not None)
        self._ratio_row.triggered.connect(self.open_asked)
        self._sources_row = menu.addAction("")
        self._sources_row.setEnabled(False)
        menu.addSeparator()
        menu.addAction("Open Crypto Prices").triggered.connect(self.open_asked)
        menu.addActions(self._actions[:-1])
        self._add_choice()
        menu.addSeparator()
        menu.addAction(self._actions[-1])

    def _add_choice(self) -> None:
        """The submenu that says which pair is in the tray."""
        self._choice = self._menu.addMenu("")
        group = QActionGroup(self._choice)
        for pair in self._hub.pairs:
            self._choices[pair] = group.addAction(self._choice.addAction(str(pair)))
            self._choices[pair].setCheckable(True)
        group.triggered.connect(self._choice_clicked)
        self._mark_choice()

    def _mark_choice(self) -> None:
        self._choices[self._pair].setChecked(True)
        self._choice.setTitle(f"Show in tray: {self._pair}")

    @Slot()
    def _row_clicked(self) -> None:
        self._choose(next(pair for pair, row in self._rows.items() if row is self.sender()))

    @Slot(QAction)
    def _choice_clicked(self, action: QAction) -> None:
        self._choose(next(pair for pair, choice in self._choices.items() if choice is action))

    def _choose(self, pair: Pair) -> None:
        self.show_pair(pair)
        self.pair_chosen.emit(pair)

    @Slot(QSystemTrayIcon.ActivationReason)
    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.toggle_asked.emit()
