"""What is said of studies: titles of their panes, and what their lines are now."""

from collections.abc import Mapping, Sequence

from cryptoprices.core.chosen_studies import Chosen
from cryptoprices.core.formatting import THIN, UNKNOWN
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.market import Pair
from cryptoprices.core.pair_studies import PairStudy
from cryptoprices.core.studies import Trace
from cryptoprices.ui.chart.scale import Scale

_UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "min": 60_000}


def heading(chosen: Chosen, coins: tuple[str, str], interval: str, warning: str = "") -> str:
    """ "Rolling correlation BTC–ETH, 2 h 30 min · only 12 of 30 bars". coins: base and quote, "" for none."""
    if not isinstance(chosen.study, PairStudy) or not all(coins):
        return chosen.label
    told = chosen.study.of_coins(*coins)
    if "window" in chosen.values:
        bars = round(chosen.values["window"])
        told += f", {duration_text(bars * INTERVALS_MS[interval]) if bars else 'all so far'}"
    return f"{told} · {warning}" if warning else told


def lacking(pairs: Sequence[Pair], of_two: bool) -> str:
    """Why nothing is drawn, one sentence."""
    if of_two and len(pairs) < 2:
        return "This takes two coins: choose another one to compare."
    if len({pair.quote for pair in pairs}) > 1:
        return "This takes two coins that are priced in one currency."
    return "The bars are not there yet."


def duration_text(duration_ms: int) -> str:
    """In whole minutes: "2 h 30 min", "30 d"."""
    parts = []
    for unit, size_ms in _UNITS_MS.items():
        count, duration_ms = divmod(duration_ms, size_ms)
        if count:
            parts.append(f"{count}{THIN}{unit}")
    return " ".join(parts)


def trace_name(chosen: Chosen, trace: Trace, coins: Mapping[str, str]) -> str:
    """What crosshair, table and CSV call a line, whichever others of its kind there are: "MACD 12 26 9 Signal".

    coins: names of base and quote.
    """
    name = coins.get(trace.name, trace.name)
    return chosen.label if name in (chosen.label, chosen.study.short) else f"{chosen.label} {name}"


def value_text(trace: Trace, at: int | None, scale: Scale) -> str:
    """What a line is at this bar: "97,203.00", of a band "96,900.00 to 97,500.00", "—" where it is not known."""
    if at is None or trace.values[at] != trace.values[at]:  # NaN is not itself
        return UNKNOWN
    upper = scale.text(float(trace.values[at]))
    return upper if trace.lower is None else f"{scale.text(float(trace.lower[at]))} to {upper}"
