"""Figures as exchanges send them, taken strictly: exactly the digits sent, or an error; floats for candles alone.

Plain ASCII digits with at most one point, and an exponent where it stays within 1e±30 ("6.44e-06", 1e-18). No blanks,
underscores, other scripts' digits, signs where none belong, NaN or infinity, and at most 50 digits.
"""

import math
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, DecimalException, InvalidOperation, Overflow, Rounded, Subnormal

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.plain import plain

# Making a number in this context raises where a digit would be lost or the exponent is out of bounds.
_EXACT = Context(prec=50, Emin=-30, Emax=30, traps=[InvalidOperation, Rounded, Overflow, Subnormal])
_exact = _EXACT.create_decimal
_DIGITS = b"0123456789."
_MAX_MS = 253_402_300_800_000  # the year 10000
_HUNDRED = Decimal(100)
_FOUR_PLACES = Decimal("0.0001")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def number(text: str, name: str) -> Decimal:
    """The number that `text` says, of any sign. Raises BadPayload with `name` of the figure."""
    try:
        value = _exact(text)  # takes no blanks and underscores, but other scripts' digits, NaN, infinity and a plus
        if value.is_finite() and text.isascii() and not text.startswith("+"):
            return value
    except DecimalException:
        pass
    raise BadPayload(f"{name}: {plain(text, 32)!r} is not a usable number")


def signed(text: str | None, name: str) -> Decimal | None:
    """A figure that may be below zero, e.g. a change; null and "" are unknown."""
    return number(text, name) if text else None


def amount(text: str | None, name: str) -> Decimal | None:
    """A figure of at least zero, e.g. a volume; null and "" are unknown. Raises BadPayload below zero."""
    value = signed(text, name)
    if value is not None and value < 0:
        raise BadPayload(f"{name}: {value} is below zero")
    return value


def level(text: str | None, name: str) -> Decimal | None:
    """A price beside the last one (high, low, open): null, "", zero and less are unknown."""
    return offer(text, name) or None


def offer(text: str | None, name: str) -> Decimal | None:
    """The best bid or ask, zero where there is none: null, "" and what is below zero are unknown."""
    value = signed(text, name)
    return value if value is not None and value >= 0 else None


def integer(text: str, name: str, digits: int = 15) -> int:
    """A time sent as a string: at most so many ASCII digits. Raises BadPayload."""
    if text.isascii() and text.isdigit() and len(text) <= digits:
        return int(text)
    raise BadPayload(f"{name}: {plain(text, 32)!r} is no time")


def microseconds(moment: datetime) -> int:
    """Unix µs of a moment with its offset from UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def change_since(then: Decimal | None, now: Decimal) -> Decimal | None:
    """Change in per cent, to four decimals; None where the earlier price is unknown or zero, or the change absurd."""
    if not then:
        return None
    change = (now - then) / then * _HUNDRED
    return change.quantize(_FOUR_PLACES) if abs(change) < 10**12 else None


def ticker(
    pair: Pair,
    price: str,
    *,
    bid: str | None = None,
    ask: str | None = None,
    high: str | None = None,
    low: str | None = None,
    volume: str | None = None,
    change_pct: Decimal | None = None,
    time_ms: int | None = None,
) -> Ticker:
    """A ticker from the texts that the exchange sent. Raises BadPayload naming the figure that is none.

    price must be above zero. bid, ask: as offer(); high, low: as level(); volume: as amount(). time_ms: Unix ms of the
    exchange.
    """
    if time_ms is not None and not 0 < time_ms < _MAX_MS:
        raise BadPayload(f"time: {time_ms} is no time")
    texts = f"{price}{bid or ''}{ask or ''}{high or ''}{low or ''}{volume or ''}"
    try:
        if not texts.encode().translate(None, _DIGITS) and (last := _exact(price)):
            return Ticker(  # nearly always; a sign, an exponent and every fault go the careful way below
                pair,
                last,
                _exact(bid) if bid else None,
                _exact(ask) if ask else None,
                change_pct,
                (_exact(high) or None) if high else None,
                (_exact(low) or None) if low else None,
                _exact(volume) if volume else None,
                time_ms,
            )
    except (DecimalException, UnicodeEncodeError):
        pass  # the careful way says which figure it is
    last = number(price, "price")
    if last <= 0:
        raise BadPayload(f"price: {plain(price, 32)} is not above zero")
    return Ticker(
        pair,
        last,
        offer(bid, "bid"),
        offer(ask, "ask"),
        change_pct,
        level(high, "high"),
        level(low, "low"),
        amount(volume, "volume"),
        time_ms,
    )


def candle(  # the six figures, in the order that exchanges send
    open_ms: int,
    open_: str | float,
    high: str | float,
    low: str | float,
    close: str | float,
    volume: str | float | None,
) -> Candle:
    """A candle from the texts or numbers that the exchange sent. Raises BadPayload naming the figure that is none.

    open_ms: Unix ms. Prices must be above zero, open and close between low and high, the volume (in base currency)
    at least zero or null.
    """
    if not 0 < open_ms < _MAX_MS:
        raise BadPayload(f"time: {open_ms} is no time")
    first, highest, lowest = _above_zero(open_, "open"), _above_zero(high, "high"), _above_zero(low, "low")
    last = _above_zero(close, "close")
    for value, name in ((first, "open"), (last, "close")):
        if not lowest <= value <= highest:
            raise BadPayload(f"{name}: {value} is not between low {lowest} and high {highest}")
    traded = None if volume is None else _finite(volume, "volume")
    if traded is not None and traded < 0:
        raise BadPayload(f"volume: {traded} is below zero")
    return Candle(open_ms, first, highest, lowest, last, traded)


def _finite(value: str | float, name: str) -> float:
    if isinstance(value, str):
        return float(number(value, name))
    if math.isfinite(value):
        return float(value)
    raise BadPayload(f"{name}: {value} is not a usable number")


def _above_zero(value: str | float, name: str) -> float:
    figure = _finite(value, name)
    if figure > 0:
        return figure
    raise BadPayload(f"{name}: {figure} is not above zero")
