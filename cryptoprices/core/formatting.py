"""Numbers -> text for people: one rule for window, tray, terminal and speech. Never an exponent, never 0 for unknown.

Comma for thousands, point for decimals, U+2212 as minus, a narrow no-break space before a unit.
"""

from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from cryptoprices.core.currency import CURRENCIES
from cryptoprices.core.market import MANUAL, Conversion
from cryptoprices.core.snapshot import PairPrice, State

UNKNOWN = "—"
MINUS = "−"
THIN = "\u202f"  # narrow no-break space before a unit
_STILL_S = 600.0

_COIN_NAMES = {
    "USDT": "Tether dollars",
    "USDC": "USD Coin dollars",
    "BTC": "bitcoin",
    "ETH": "ether",
}


def currency_name(code: str) -> str:
    """How a currency is spoken: "US dollars"; one that is not known by its code."""
    known = CURRENCIES.get(code)
    return known.name if known else _COIN_NAMES.get(code, code)


def decimals_for(price: Decimal, currency: str = "USD") -> int:
    """Decimals shown for a price of this size in this currency.

    From 100 on the currency's own (USD 2, JPY 0, KWD 3), one more from 10, two more from 1; below 1, and wherever
    these are fewer, as many as make 4 significant digits.
    """
    magnitude = abs(price)
    known = CURRENCIES.get(currency)
    digits = known.digits if known else 2
    if magnitude == 0:
        return digits
    size = magnitude.adjusted()  # 2 of 100 to 999
    significant = max(0, 3 - size)
    return significant if size < 0 else max(significant, digits + max(0, 2 - size))


def price_text(price: Decimal | None, currency: str = "USD") -> str:
    """97412.5 -> "97,412.50", 0.00002214 -> "0.00002214"; in JPY 15204312.5 -> "15,204,312"; None -> "—"."""
    return UNKNOWN if price is None else rounded_text(price, decimals_for(price, currency))


@lru_cache(maxsize=512)  # the same figures are told anew every second, with another age
def rounded_text(number: Decimal, decimals: int) -> str:
    """97412.46, 1 -> "97,412.5"; half to even."""
    return f"{number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN):,f}".replace("-", MINUS)


def ratio_text(ratio: Decimal | None) -> str:
    """The price of one coin in another, 5 significant digits: 0.0340691 -> "0.034069"."""
    return price_text(ratio) if ratio is None or ratio >= 10 else rounded_text(ratio, 4 - ratio.adjusted())


def short_text(number: float) -> str:
    """3 significant digits: 1234.5 -> "1.23 k", 98760 -> "98.8 k", 4500000 -> "4.5 M", 0.04321 -> "0.0432"."""
    rounded = Decimal(f"{number:.2e}")
    for size, unit in ((12, "T"), (9, "B"), (6, "M"), (3, "k")):
        if abs(rounded) >= 10**size:
            return f"{rounded.scaleb(-size).normalize():f}{THIN}{unit}".replace("-", MINUS)
    return f"{rounded.normalize() + 0:f}".replace("-", MINUS)


def exact_text(price: Decimal) -> str:
    """An exchange's own digits with thousands separated: 105899.40000 -> "105,899.40000"."""
    return f"{price:,f}".replace("-", MINUS)


def change_text(pct: Decimal | float | None, unit: str = "%") -> str:
    """1.84 -> "+1.84 %", −0.62 -> "−0.62 %", what rounds to nothing -> "0.00 %", None -> "—"."""
    if pct is None:
        return UNKNOWN
    text = f"{abs(pct):,.2f}"
    if text == "0.00":
        return f"0.00{THIN}{unit}"
    return f"{MINUS if pct < 0 else '+'}{text}{THIN}{unit}"


def arrow_text(pct: Decimal | None) -> str:
    """1.84 -> "▲ 1.84 %", −0.62 -> "▼ 0.62 %", no change -> "0.00 %": direction in a sign as well as in colour."""
    if pct is None:
        return UNKNOWN
    text = f"{abs(pct):,.2f}{THIN}%"
    if text.startswith("0.00"):
        return text
    return f"{'▼' if pct < 0 else '▲'} {text}"


def age_text(seconds: float) -> str:
    """Whole units, rounded down: "3 s", "4 min", "2 h", "5 d"."""
    whole = max(0, int(seconds))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if whole >= 2 * size or (size == 3600 and whole >= size):
            return f"{whole // size}{THIN}{unit}"
    return f"{whole}{THIN}s"


def clock_text(wall_ms: int, zone: tzinfo | None = None) -> str:
    """Unix ms -> "14:22:07" in `zone`, local time where it is None."""
    return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(zone).strftime("%H:%M:%S")


def moment_text(wall_ms: int, now_ms: int, zone: tzinfo | None = None) -> str:
    """Unix ms -> "14:22:07", with the date ("22 Nov 2026, 14:22:07") when it is not today's."""
    then, now = (datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone) for ms in (wall_ms, now_ms))
    return then.strftime("%H:%M:%S" if then.date() == now.date() else "%d %b %Y, %H:%M:%S")


def plural(count: int, one: str) -> str:
    """1 -> "1 exchange", 5000 -> "5,000 exchanges"."""
    return f"{count:,} {one if count == 1 else one + 's'}"


def size_text(size_bytes: int) -> str:
    """38_400_000 -> "38 MB"; below a megabyte in kB."""
    thousands = -(-size_bytes // 1000)
    return f"{thousands}{THIN}kB" if thousands < 1000 else f"{thousands / 1000:.0f}{THIN}MB"


def remark(view: PairPrice) -> str:
    """What is unusual about a price, or "".

    "−40.00 % in 20 s", "no trade for 12 min" (of a price with one source), "USDT 0.920" (where it is no dollar).
    """
    if MANUAL in view.counted:
        return "set by hand"
    parts = [f"{rate.by.base} {rate.price:.3f}" for rate in view.depegged]
    if view.leap is not None:
        parts.insert(0, f"{change_text(view.leap.pct)} in {age_text(view.leap.within_s)}")
    elif view.still_s is not None and view.still_s >= _STILL_S:
        parts.insert(0, f"no trade for {age_text(view.still_s)}")
    return " · ".join(parts)


def made_of_text(made_of: Conversion) -> str:
    """How a price in dollars was made: "BTC/USDT 97,441.7 × USDT/USD 0.99985"."""
    own, rate = exact_text(made_of.own.price.normalize()), exact_text(made_of.rate.normalize())
    return f"{made_of.own.pair} {own} × {made_of.by} {rate}"


def spoken_price(view: PairPrice) -> str:
    """All that is known of a pair in words, for assistive technology.

    "97,412.50 US dollars, up 1.84 percent in 24 hours, live, 3 seconds old, 5 exchanges"
    """
    code = view.pair.quote
    if view.state is State.DISAGREE:
        quotes = [one.quote for one in view.quotes if one.state in (State.LIVE, State.DELAYED)]
        told = " and ".join(f"{quote.exchange} {exact_text(quote.price)}" for quote in quotes)
        return f"no single price, the exchanges disagree: {told} {currency_name(quotes[0].pair.quote)}"
    if view.price is None and view.last_known is None:
        return "no price yet"
    parts = []
    price, change = view.price, view.change_24h_pct
    if price is None and view.last_known:
        price, change = view.last_known.price, view.last_known.change_24h_pct
        parts.append(f"last known {price_text(price, code)} {currency_name(code)}")
    else:
        parts.append(f"{price_text(price, code)} {currency_name(code)}")
    if change is not None:
        direction = (
            "unchanged" if round(change, 2) == 0 else f"{'down' if change < 0 else 'up'} {abs(change):.2f} percent"
        )
        parts.append(f"{direction} in 24 hours")
    parts.append(view.state.value.lower().replace("_", " "))
    if view.age_s is not None:
        parts.append(f"{spoken_age(view.age_s)} old")
    if view.counted and MANUAL not in view.counted:
        parts.append(plural(len(view.counted), "exchange"))
    parts += filter(None, (remark(view), view.derived))
    return ", ".join(parts)


def spoken_age(seconds: float) -> str:
    """Words for an age: "3 seconds", "4 minutes", "2 hours", "5 days"."""
    number, unit = age_text(seconds).split(THIN)
    return plural(int(number), {"s": "second", "min": "minute", "h": "hour", "d": "day"}[unit])
