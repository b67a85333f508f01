"""What every panel is: a titled part of the window that shows the hub's snapshot."""

from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from cryptoprices.qt.hub import Hub
from cryptoprices.ui.theme import Theme

if TYPE_CHECKING:  # loads numpy, which the first frame does without
    from cryptoprices.qt.timeline import Timeline


class Area(Enum):
    """Where a panel stands at first."""

    LEFT = "left"
    RIGHT = "right"


class Panel(QWidget):
    """A file in ui/panels/ with one subclass: it is found, docked, listed in the View menu, and its layout is kept.

    title: the heading and the accessible name. order: within its area, smaller is higher.
    """

    title: ClassVar[str]
    area: ClassVar[Area]
    order: ClassVar[int] = 0

    def __init__(self, hub: Hub, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hub = hub
        self.setAccessibleName(self.title)
        self.setAutoFillBackground(True)

    def heading(self) -> str:
        """The heading's text now, e.g. "Exchanges · BTC/USD"."""
        return self.title

    def show_now(self) -> None:
        """Show the hub's snapshot as of now: called when that or what is looked at has changed, only while visible."""
        raise NotImplementedError

    def show_older(self) -> None:
        """A second has passed and nothing else has happened. Panels that show no ages have nothing to do."""
        self.show_now()

    def follow(self, timeline: "Timeline") -> None:
        """Called once, when there are bars of the range that the chart shows. Most panels need none."""

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        """What was missed while hidden is there in the first frame."""
        super().showEvent(event)
        self.show_now()
