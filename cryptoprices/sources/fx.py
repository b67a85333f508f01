"""Reference rates of currencies, once every working day. Format: https://www.frankfurter.dev/v1/

They are the European Central Bank's, given against the euro; Frankfurter converts them to any base. No exchange: these
are functions, and there is no Source here for discovery to find.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Context, Decimal
from typing import TypeVar

from msgspec import Raw, Struct
from msgspec.json import Decoder

from cryptoprices.core import numbers
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import BadPayload, guarded
from cryptoprices.core.payload import decoder, literal
from cryptoprices.core.plain import plain

TITLE = "Frankfurter"
BASE = "USD"
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CROSS = Context(prec=10)  # the rates themselves have five or six digits
T = TypeVar("T")


class Latest(Struct):
    """{"amount": 1.0, "base": "USD", "date": "2026-11-23", "rates": {"EUR": 0.86207, "IDR": 15596, …}}"""

    base: str
    date: str
    rates: dict[str, Raw]
    amount: Raw = Raw(b"1")


class Series(Struct):
    """{"amount": 1.0, "base": "USD", "start_date": "2026-11-02", "end_date": …, "rates": {"2026-11-02": {"EUR": …}}}"""

    base: str
    rates: dict[str, dict[str, Raw]]
    amount: Raw = Raw(b"1")


_latest = decoder(Latest)
_series = decoder(Series)


def latest_path() -> str:
    """The newest rates of all currencies; on a day off, the last working day's."""
    return f"/v1/latest?base={BASE}"


def series_path(since: date, until: date, currencies: Collection[str]) -> str:
    """Rates of `currencies` (at least one) on the working days from since to until, both included."""
    return f"/v1/{since:%Y-%m-%d}..{until:%Y-%m-%d}?base={BASE}&symbols={','.join(currencies)}"


def parse_latest(body: bytes) -> Rates:
    """The answer to latest_path(). Raises BadPayload naming what is strange."""
    answer = _decoded(_latest, body)
    return Rates(_day(answer.date), _per_usd(answer.base, answer.amount, answer.rates))


def parse_series(body: bytes) -> list[Rates]:
    """The answer to series_path(), oldest day first. Raises BadPayload naming what is strange."""
    answer = _decoded(_series, body)
    days = [(day, rates) for day, rates in sorted(answer.rates.items()) if rates]
    return [Rates(_day(day), _per_usd(answer.base, answer.amount, rates)) for day, rates in days]


def _decoded(decoder_: Decoder[T], body: bytes) -> T:
    text = guarded(body.decode)  # a decoder of bytes passes over what is in the fields that it skips
    return guarded(lambda: decoder_.decode(text))


def _day(text: str) -> str:
    try:
        if _DAY.fullmatch(text) and date.fromisoformat(text):
            return text
    except ValueError:
        pass
    raise BadPayload(f"date: {plain(text, 32)!r} is no day")


def _per_usd(base: str, amount: Raw, rates: Mapping[str, Raw]) -> dict[str, Decimal]:
    """Rates for one dollar. Of another base, where the answer has the dollar too, they are crossed (to ten digits)."""
    if numbers.number(literal(amount) or "", "amount") != 1:
        raise BadPayload(f"amount: {plain(str(amount, 'utf-8'), 32)} is not 1")
    per_base = {code: _rate(code, text) for code, rate in rates.items() if (text := literal(rate)) is not None}
    if not per_base:
        raise BadPayload("rates: there is none")
    if base == BASE:
        return {code: rate for code, rate in per_base.items() if code != BASE}
    if not _CODE.fullmatch(base) or base in per_base or BASE not in per_base:
        raise BadPayload(f"base: {plain(base, 32)!r} is not {BASE}")
    dollar = per_base.pop(BASE)
    return {code: _CROSS.divide(rate, dollar) for code, rate in (per_base | {base: Decimal(1)}).items()}


def _rate(code: str, text: str) -> Decimal:
    if not _CODE.fullmatch(code):
        raise BadPayload(f"rates: {plain(code, 32)!r} is no currency")
    if (rate := numbers.number(text, code)) > 0:
        return rate
    raise BadPayload(f"{code}: {plain(text, 32)} is not above zero")
