"""What the program remembers between two runs without being asked: the window, the last prices, who must wait."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from cryptoprices.core.currency import Rates
from cryptoprices.core.market import Pair
from cryptoprices.core.snapshot import LastKnown
from cryptoprices.storage import atomic
from cryptoprices.storage.reading import read_at_most

_LIMIT = 1 << 20  # bytes; ours is a few kB
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


class State(NamedTuple):
    """window: place, layout and what it showed, JSON values by name. pauses: as the fetcher gave them, by exchange.

    rates: of the day on which they were last known.
    """

    window: Mapping[str, object] = {}
    last_prices: Mapping[Pair, LastKnown] = {}
    pauses: Mapping[str, object] = {}
    rates: Rates | None = None


def read_state(path: Path, set_aside: bool = True) -> tuple[State, str]:
    """The state, and a notice where the file could not be used: then the state is empty and the file is set aside.

    set_aside: False for who does not hold the lock, and so may change nothing.
    """
    try:
        data = read_at_most(path, _LIMIT)
    except FileNotFoundError:
        return State(), ""
    except OSError as error:
        return State(), f"{path.name} cannot be read ({error.strerror}); starting without the last prices."
    try:
        if len(data) > _LIMIT:
            raise ValueError("too large")
        return _from_json(json.loads(data)), ""
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, InvalidOperation):
        aside = path.with_name(path.name + ".invalid")
        said = f"{path.name} is damaged"
        if set_aside:
            with suppress(OSError):
                atomic.rename(path, aside)
                said += f" and was set aside as {aside.name}"
        return State(), f"{said}; starting without the last prices."


def write_state(path: Path, state: State) -> None:
    """Write it whole or not at all. Raises OSError. For the writer's thread."""
    atomic.write(path, json.dumps(_to_json(state), indent=1).encode())


def _to_json(state: State) -> dict[str, Any]:
    prices = {
        str(pair): {
            "price": format(last.price, "f"),
            "time_ms": last.wall_ms,
            "change_24h_percent": None if last.change_24h_pct is None else format(last.change_24h_pct, "f"),
        }
        for pair, last in state.last_prices.items()
    }
    report = {"window": dict(state.window), "last_prices": prices, "pauses": dict(state.pauses)}
    if state.rates:
        per_usd = {code: format(rate, "f") for code, rate in state.rates.per_usd.items()}
        report["rates"] = {"date": state.rates.date, "per_usd": per_usd}
    return report


def _from_json(value: Any) -> State:
    prices = {}
    for name, row in value.get("last_prices", {}).items():
        change = row.get("change_24h_percent")
        last = LastKnown(_number(row["price"]), int(row["time_ms"]), None if change is None else _number(change))
        if last.price <= 0:
            raise ValueError("a price is positive")
        prices[Pair.parse(name)] = last
    return State(dict(value.get("window", {})), prices, dict(value.get("pauses", {})), _rates(value.get("rates")))


def _rates(value: Any) -> Rates | None:
    if value is None:
        return None
    day = date.fromisoformat(value["date"]).isoformat()
    rates = Rates(day, {str(code): _number(rate) for code, rate in value["per_usd"].items()})
    if any(rate <= 0 for rate in rates.per_usd.values()):
        raise ValueError("a rate is positive")
    return rates


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)
