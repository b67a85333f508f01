"""What a pane draws: layers, each with its own values, scale and looks. The pane knows nothing else of them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from PySide6.QtGui import QPainter

from cryptoprices.core.series import Floats
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.strokes import Frame
from cryptoprices.ui.theme import Theme


class View(NamedTuple):
    """Where a layer paints: the plot's left upper corner is 0, 0, the painter is clipped to it, antialiasing is on.

    frame: maps times and the layer's own values to pixels, with the layer's scale. pixel: width of a column of the
    screen, 1 / device pixel ratio. left: what is left of it, in pixels, need not be painted.
    """

    frame: Frame
    theme: Theme
    pixel: float
    left: float


class End(NamedTuple):
    """What a layer says now: a dot at its newest sample and a plate on the axis. text: as the axis has it."""

    t_ms: float
    value: float
    text: str
    colour: str


class Row(NamedTuple):
    """A line of the crosshair's box. colour: of what it speaks of in the chart, None for what is of no layer."""

    text: str
    colour: str | None


class Column(NamedTuple):
    """What a layer draws, in numbers: (n,) times of its samples, rising, and their values, NaN for none.

    scale: how a value is written. opens: the times are those at which bars open, else at which they end.
    """

    name: str
    times: Floats
    values: Floats
    scale: Scale
    opens: bool = False


@runtime_checkable
class Tabular(Protocol):
    """A layer of numbers, which a table can hold too."""

    def columns(self) -> Sequence[Column]:
        """All that it draws, also out of view."""


@runtime_checkable
class Marking(Protocol):
    """A layer that marks more on the axis than where it ends."""

    def marks(self) -> Sequence[End]:
        """All that is to be marked."""


class Layer(Protocol):
    """Times are Unix ms, values the layer's own. Layers are made anew whenever the chart looks at its data."""

    @property
    def scale(self) -> Scale:
        """How its values stand on the axis."""

    @property
    def shift_ms(self) -> float:
        """Samples are drawn so much later than their time: half a width for bars that go by the time they open."""

    @property
    def settled_ms(self) -> float:
        """What is drawn left of this time stays as it is while samples are added and the newest one changes."""

    def extremes(self, start_ms: float, stop_ms: float) -> tuple[float, float] | None:
        """Lowest and highest value in this time, None where there is none: the pane makes room for them."""

    def paint(self, painter: QPainter, view: View) -> None:
        """Draw what is to be seen of it. The pane saves and restores the painter."""

    def end(self) -> End | None:
        """None where nothing is to be marked on the axis."""

    def rows(self, t_ms: float) -> list[Row]:
        """What is to say of the sample of exactly this time."""

    def at(self, t_ms: float) -> float | None:
        """The value on which the crosshair puts a dot, None for no dot."""

    def nearest(self, t_ms: float) -> float | None:
        """Time of the sample that is drawn nearest to this time, None where there is none."""

    def step(self, t_ms: float, by: int) -> float | None:
        """Time of the sample so many after that of this time, before if negative; the outermost where they end."""

    def key(self) -> object:
        """What it looks like apart from new samples: where keys are unequal everything is painted anew."""


def marks_of(layer: Layer) -> Sequence[End]:
    """What is to be marked on the axis of a layer."""
    if isinstance(layer, Marking):
        return layer.marks()
    end = layer.end()
    return [end] if end else []
