"""The menu in which a person chooses the currency of the prices."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from cryptoprices.core.currency import CURRENCIES
from cryptoprices.qt.hub import Hub


class CurrencyMenu(QMenu):
    """One row a currency, made when the menu is first opened. chosen(str): its code."""

    chosen = Signal(str)

    def __init__(self, hub: Hub, parent: QWidget) -> None:
        super().__init__("&Currency", parent)
        self._hub = hub
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._choose)
        self._rates: QAction | None = None
        self.aboutToShow.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """Rows for all, a mark at the one that holds, and which rates lead there."""
        if self._rates is None:
            self._rates = self.addAction("")
            self._rates.setEnabled(False)
            self.addSeparator()
            for code, currency in CURRENCIES.items():
                action = self._group.addAction(self.addAction(f"{code} – {currency.name}"))
                action.setCheckable(True)
                action.setData(code)
        reference = self._hub.reference
        self._rates.setText(f"Rates: {reference.day_told()}" if reference else "Rates: not known yet")
        for action in self._group.actions():
            code = action.data()
            action.setChecked(code == self._hub.currency)
            action.setEnabled(reference is None or code == "USD" or code in reference.rates.per_usd)

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        self._hub.set_currency(action.data())
        self.chosen.emit(action.data())
