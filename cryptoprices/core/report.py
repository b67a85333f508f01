"""A pair's price as programs and terminals read it: the field names of the contract, exact digits, null for unknown."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cryptoprices.core.formatting import age_text, arrow_text, made_of_text, price_text, remark
from cryptoprices.core.market import Quote
from cryptoprices.core.snapshot import PairPrice, QuoteView, State

_LAST_MS = 253_402_300_800_000  # the year 10000, where datetime ends
_GREEN, _RED, _AMBER, _GREY = 32, 31, 33, 90  # ANSI colours
_COLOURS = {State.LIVE: _GREEN, State.DELAYED: _AMBER, State.DISAGREE: _RED}


def pair_report(view: PairPrice) -> dict[str, Any]:
    """The object that `watch --json` prints: JSON values only, prices as decimal strings, times RFC 3339 in UTC."""
    report = {
        "pair": str(view.pair),
        "price": digits(view.price),
        "state": view.state.value,
        "consensus_of": list(view.counted),
        "left_out": [
            {"exchange": left.exchange, "price": digits(left.price), "reason": left.reason} for left in view.left_out
        ],
        "change_24h_percent": digits(view.change_24h_pct),
        "high_24h": digits(view.high_24h),
        "low_24h": digits(view.low_24h),
        "volume_24h": digits(view.volume_24h),
        "time": rfc3339(view.time_ms),
        "age_seconds": _seconds(view.age_s),
        "quotes": [_quote_report(quote) for quote in view.quotes],
    }
    return report | {"derived": view.derived} if view.derived else report


def pair_line(view: PairPrice, colour: bool) -> str:
    """The same for a person, on one line: pair, price, change, state, age, and how many exchanges stand behind it."""
    age = "" if view.age_s is None else age_text(view.age_s)
    change = arrow_text(view.change_24h_pct)
    falls = view.change_24h_pct is not None and view.change_24h_pct < 0
    columns = [
        f"{view.pair!s:<9}",
        f"{price_text(view.price, view.pair.quote):>14}",
        _painted(f"{change:>10}", (_RED if falls else _GREEN) if colour and view.change_24h_pct else None),
        _painted(f"{view.state.value:<8}", _COLOURS.get(view.state, _GREY) if colour else None),
        f"{age:>6}",
        _behind(view),
    ]
    return "  ".join(columns).rstrip()


def digits(number: Decimal | None) -> str | None:
    """The number's own digits, never with an exponent."""
    return None if number is None else format(number, "f")


def rfc3339(unix_ms: int | None) -> str | None:
    """1763820000120 -> "2025-11-22T14:00:00.120Z"; None for unknown, and for what no calendar holds."""
    if unix_ms is None or not 0 <= unix_ms < _LAST_MS:
        return None
    return f"{datetime.fromtimestamp(unix_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{unix_ms % 1000:03d}Z"


def _quote_report(view: QuoteView) -> dict[str, Any]:
    quote: Quote = view.quote
    ticker = quote.ticker
    report = {
        "exchange": quote.exchange,
        "state": view.state.value,
        "price": digits(ticker.price),
        "bid": digits(ticker.bid or None),
        "ask": digits(ticker.ask or None),
        "change_24h_percent": digits(ticker.change_24h_pct),
        "high_24h": digits(ticker.high_24h),
        "low_24h": digits(ticker.low_24h),
        "volume_24h": digits(ticker.volume_24h),
        "time": rfc3339(ticker.source_ms),
        "received": rfc3339(quote.received_ms),
        "age_seconds": _seconds(view.age_s),
        "via": quote.via,
    }
    if quote.made_of is not None:
        report["derived"] = made_of_text(quote.made_of)
    return report


def _behind(view: PairPrice) -> str:
    """Where the price comes from, and who does not count and why."""
    number = len(view.counted)
    parts = []
    if number == 1:
        parts.append(f"{view.counted[0]} alone")
    elif number:
        parts.append(f"{'mean' if number == 2 else 'median'} of {number}")
        if view.spread_pct is not None:
            parts.append(f"spread {view.spread_pct:.2f}\u202f%")
    elif view.state is State.DISAGREE:
        said = (one.quote for one in view.quotes if one.state in (State.LIVE, State.DELAYED))
        parts.append("; ".join(f"{quote.exchange}{_price(quote.price)}" for quote in said))
    if unusual := remark(view):
        parts.append(unusual)
    if view.derived:
        parts.append(view.derived)
    if view.left_out:
        left = (f"{one.exchange} {one.reason}{_price(one.price)}" for one in view.left_out)
        parts.append(f"left out: {', '.join(left)}")
    return " · ".join(parts)


def _price(price: Decimal | None) -> str:
    return "" if price is None else f" {price_text(price)}"


def _seconds(age_s: float | None) -> float | None:
    return None if age_s is None else round(age_s, 1)


def _painted(text: str, colour: int | None) -> str:
    return text if colour is None else f"\033[{colour}m{text}\033[0m"
