"""How far an axis reaches: as far as what is visible, and some room; and where plates and boxes stand."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF

from cryptoprices.ui.chart.layer import Layer
from cryptoprices.ui.chart.modes import ScaleKind

_APART = 6.0  # room between what must not cover each other, px
_EDGE = 0.08  # room above and below, part of the height
_LEAST = {ScaleKind.PERCENT: 0.01, ScaleKind.INDEXED: 0.01, ScaleKind.LOG: 5e-5}  # so that what stands still is flat


def fitted(
    layers: Sequence[Layer], bounds: tuple[float, float] | None, start_ms: float, stop_ms: float
) -> tuple[float, float]:
    """Lowest and highest place of an axis on which all layers fit in this time.

    Of candles that stand for many bars those count that open when the scale has begun, none that does so in between.
    bounds: what no value ever leaves; all of that is shown, of bounds on both sides of zero but the one that is used.
    """
    found = [
        (float(layer.scale.to_axis(extremes[0])), float(layer.scale.to_axis(extremes[1])))
        for layer in layers
        if (
            extremes := layer.extremes(max(start_ms, layer.scale.begins_ms + max(0.0, 2 * layer.shift_ms - 1)), stop_ms)
        )
    ]
    if bounds:
        low, high = bounds
        if low < 0.0 < high and found:
            low, high = (low if min(found)[0] < 0.0 else 0.0), (high if max(top for _, top in found) > 0.0 else 0.0)
            low, high = (low, high) if low < high else bounds
        room = (high - low) * _EDGE / 2
        return low - room, high + room
    if not found:
        return 0.0, 1.0
    low, high = min(low for low, _ in found), max(high for _, high in found)
    least = _LEAST.get(layers[0].scale.kind, max(abs(low), abs(high)) * 1e-4) or 1.0
    room = (high - low) * _EDGE + max(0.0, least - (high - low)) / 2
    return low - room, high + room


def apart(heights: Sequence[float], tall: float, bottom: float) -> list[float]:
    """Heights of plates, from top to bottom, moved so far that none covers another and none is below the bottom."""
    found: list[float] = []
    for y in heights:
        found.append(max(y, found[-1] + tall) if found else y)
    for at in reversed(range(len(found))):
        found[at] = min(found[at], bottom)
        bottom = found[at] - tall
    return found


def clear_of(wanted: QRectF, x: float, taken: Sequence[QRectF], room: QRectF) -> QRectF:
    """The place in the room nearest to the wanted one that has its size and covers nothing that is taken.

    x: where an upright line stands, which is covered only where there is no other place. The wanted place itself where
    it is free, or where none is.
    """
    if not any(wanted.intersects(one) for one in taken):
        return wanted
    upright = QRectF(x - 1, room.top(), 2, room.height())
    for others in ([*taken, upright], taken):
        around = [one.adjusted(-_APART, -_APART, _APART, _APART) for one in others]
        lefts = [wanted.left(), *(left for one in around for left in (one.left() - wanted.width(), one.right()))]
        tops = [wanted.top(), *(top for one in around for top in (one.top() - wanted.height(), one.bottom()))]
        places = [QRectF(QPointF(left, top), wanted.size()) for left in lefts for top in tops]
        free = [place for place in places if room.contains(place) and not any(map(place.intersects, others))]
        if free:
            return min(free, key=lambda place: (place.center() - wanted.center()).manhattanLength())
    return wanted
