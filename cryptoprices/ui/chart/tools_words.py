"""What is said of drawings and of what was measured."""

from collections.abc import Mapping
from datetime import tzinfo

from cryptoprices.core.currency import CURRENCIES
from cryptoprices.core.drawings import Drawing, Extended, Level, Point
from cryptoprices.core.formatting import change_text, plural
from cryptoprices.ui.chart.scale import Scale, axis_text
from cryptoprices.ui.chart.spoken import spoken_time
from cryptoprices.ui.chart.tools_places import Part
from cryptoprices.ui.figure_rows import length_text

_EXTENDED = {Extended.NONE: "", Extended.RIGHT: ", extended to the right", Extended.BOTH: ", extended both ways"}


def point_text(point: Point, scale: Scale, zone: tzinfo | None) -> str:
    """ "97,203.00 at 22 Nov 2026 07:40"."""
    return f"{scale.text(point.price)} at {spoken_time(round(point.t_ms / 1000) * 1000.0, zone)}"


def drawing_text(drawing: Drawing, scale: Scale, zone: tzinfo | None) -> str:
    """ "Level at 97,000.00", "Trend line from 97,203.00 at 22 Nov 2026 07:40 to 97,500.00 at 22 Nov 2026 09:00"."""
    if isinstance(drawing, Level):
        return f"Level at {scale.text(drawing.price)}"
    start, stop = (point_text(point, scale, zone) for point in (drawing.start, drawing.stop))
    return f"Trend line from {start} to {stop}{_EXTENDED[drawing.extended]}"


def part_text(drawing: Drawing, part: Part, scale: Scale, zone: tzinfo | None) -> str:
    """What keys move now: the drawing, or "Its start, 97,203.00 at 22 Nov 2026 07:40"."""
    if isinstance(drawing, Level) or part is Part.WHOLE:
        return drawing_text(drawing, scale, zone)
    point = drawing.start if part is Part.START else drawing.stop
    return f"Its {'start' if part is Part.START else 'end'}, {point_text(point, scale, zone)}"


def difference_text(start: Point, stop: Point, scale: Scale) -> str:
    """With the digits that prices of this size have: "+1,250.00", "−0.00023"."""
    digits = len(scale.text(max(start.price, stop.price)).partition(".")[2])
    return axis_text(stop.price - start.price, digits, "+")


def measure_text(start: Point, stop: Point, scale: Scale, bars: int | None, interval: str) -> str:
    """ "+1,250.00 · +1.30 % · 24 bars of 5m · 2 h". bars: None before there are any."""
    parts = [difference_text(start, stop, scale), change_text((stop.price / start.price - 1) * 100)]
    if bars is not None:
        parts.append(f"{plural(bars, 'bar')} of {interval}")
    parts.append(length_text(abs(stop.t_ms - start.t_ms)))
    return " · ".join(parts)


def hidden_text(elsewhere: Mapping[str, int]) -> str:
    """Why drawings of the pair are not to be seen: "2 drawings are over prices in USD"; "" where all are."""
    told = [
        f"{plural(count, 'drawing')} {'is' if count == 1 else 'are'} over prices in {code}"
        for code, count in elsewhere.items()
        if code in CURRENCIES
    ]
    return ", ".join(told)
