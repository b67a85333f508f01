"""Reference rates as Frankfurter answers them, for the simulated market: of working days, about right, never real."""

import re
from datetime import UTC, date, datetime, timedelta
from random import Random

from cryptoprices.demo.assets import CURRENCIES
from cryptoprices.demo.reply import Reply

PER_USD = {
    "AUD": 1.532, "BRL": 5.401, "CAD": 1.4035, "CHF": 0.8061, "CNY": 7.112, "CZK": 20.82, "DKK": 6.438,
    "EUR": 1 / CURRENCIES["EUR"].level, "GBP": 0.7586, "HKD": 7.781, "HUF": 329.6, "IDR": 16_250.0, "ILS": 3.262,
    "INR": 88.9, "ISK": 127.1, "JPY": 151.2, "KRW": 1_402.0, "MXN": 18.41, "MYR": 4.148, "NOK": 10.12, "NZD": 1.771,
    "PHP": 58.9, "PLN": 3.652, "RON": 4.384, "SEK": 9.512, "SGD": 1.301, "THB": 32.41, "TRY": 41.0, "ZAR": 17.21,
}  # fmt: skip
WOBBLE = 0.003  # of a day, around the levels
PUBLISHED_HOUR = 15  # UTC
NOT_FOUND = Reply({"message": "not found"}, 404)
_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_PATH = re.compile(rf"/v1/(?:latest|{_DAY}|{_DAY}\.\.{_DAY}?)", re.ASCII)


def frankfurter(seed: int, path: str, query: dict[str, str], now_ms: int) -> Reply:
    """GET /v1/latest, /v1/2026-11-20 (or the last working day before) and /v1/2026-11-02..2026-11-20."""
    match = _PATH.fullmatch(path)
    base, symbols = query.get("base", "EUR"), query.get("symbols")
    codes = {*PER_USD, "USD"} & set(symbols.split(",") if symbols else (*PER_USD, "USD")) - {base}
    newest = _working_day(datetime.fromtimestamp(now_ms / 1000 - PUBLISHED_HOUR * 3600, UTC).date())
    if match is None or base not in {*PER_USD, "USD"} or not codes:
        return NOT_FOUND
    try:
        day, since, until = (date.fromisoformat(text) if text else None for text in match.groups())
    except ValueError:
        return NOT_FOUND
    if since is None:
        of = _working_day(min(day or newest, newest))
        return Reply({"amount": 1.0, "base": base, "date": str(of), "rates": _rates(seed, of, base, codes)})
    first, last = _working_day(since), min(until or newest, newest)
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    rates = {str(of): _rates(seed, of, base, codes) for of in days if of.weekday() < 5}
    return Reply({"amount": 1.0, "base": base, "start_date": str(first), "end_date": str(last), "rates": rates})


def _working_day(day: date) -> date:
    """The day itself, or the Friday before."""
    return day - timedelta(max(day.weekday() - 4, 0))


def _rates(seed: int, day: date, base: str, codes: set[str]) -> dict[str, float]:
    def per_usd(code: str) -> float:
        return PER_USD[code] * (1 + Random(f"{seed} {code} {day}").gauss(0.0, WOBBLE)) if code in PER_USD else 1.0

    return {code: float(f"{per_usd(code) / per_usd(base):.5g}") for code in sorted(codes)}
