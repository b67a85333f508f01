"""A watch on painting, for tests: who is asked to paint reads and paints, and changes nothing.

conftest.py makes the fixture known to every test.
"""

from collections import Counter
from collections.abc import Iterator
from types import FunctionType

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QGraphicsView, QWidget

_CHANGES = {
    *(QEvent.Type.ChildAdded, QEvent.Type.ChildRemoved, QEvent.Type.ParentChange, QEvent.Type.ZOrderChange),
    *(QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ShowToParent, QEvent.Type.HideToParent),
    *(QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.GraphicsSceneMove, QEvent.Type.GraphicsSceneResize),
    *(QEvent.Type.LayoutRequest, QEvent.Type.EnabledChange, QEvent.Type.FocusIn, QEvent.Type.FocusOut),
    *(QEvent.Type.FontChange, QEvent.Type.PaletteChange, QEvent.Type.StyleChange),
}


class Painting(QObject):
    """frames: how often each kind of widget was painted; changes: what was changed meanwhile, in words."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.frames: Counter[str] = Counter()
        self.changes: list[str] = []
        self._under_way: list[QWidget] = []
        for kind in {kind for kind in _below(QWidget) if isinstance(vars(kind).get("paintEvent"), FunctionType)}:
            monkeypatch.setattr(kind, "paintEvent", self._watched(kind.paintEvent))

    def note(self, *_told: object) -> None:
        """To be connected to what may not be told meanwhile."""
        if self._under_way:
            self.changes.append(f"something was told while {type(self._under_way[-1]).__name__} was painted")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        new = event.type() is QEvent.Type.Show and not watched.isWidgetType()  # Qt tells new items right before
        if event.type() in _CHANGES and not new:
            painted = type(self._under_way[-1]).__name__
            self.changes.append(f"{type(watched).__name__}: {event.type().name} while {painted} was painted")
        return False

    def _watched(self, paint):
        def paint_watched(widget, event):
            self.frames[type(widget).__name__] += 1
            before = _items(widget)
            self._under_way.append(widget)
            QCoreApplication.instance().installEventFilter(self)  # of the application: it sees all events of all
            try:
                paint(widget, event)
            finally:
                self._under_way.pop()
                if not self._under_way:
                    QCoreApplication.instance().removeEventFilter(self)
            if _items(widget) != before:
                self.changes.append(f"an item of {type(widget).__name__} changed while it was painted")

        return paint_watched


def _below(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _items(widget: QWidget) -> dict[object, object]:
    """What is in its scene, and where."""
    items = widget.scene().items() if isinstance(widget, QGraphicsView) else ()
    return {item: (item.isVisible(), item.scenePos().toTuple(), item.boundingRect().getRect()) for item in items}


@pytest.fixture
def painting(qapp, monkeypatch):
    """Watches every widget of a kind that is known by now and paints itself."""
    return Painting(monkeypatch)
