"""Moments as people and programs write them: RFC 3339, a date, or Unix seconds."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECONDS = re.compile(r"[0-9]{1,11}(\.[0-9]+)?")


def moment_ms(text: str) -> int:
    """Unix ms of the moment that `text` means; a date is its midnight in UTC. Raises ValueError with one sentence.

    A time without its offset from UTC is none: nobody could tell which zone is meant.
    """
    word = text.strip()
    try:
        if _SECONDS.fullmatch(word):
            return int(Decimal(word) * 1000)
        if _DATE.fullmatch(word):
            return _ms(datetime.fromisoformat(word).replace(tzinfo=UTC))
        if _RFC3339.fullmatch(word):
            return _ms(datetime.fromisoformat(word.upper()))
    except ValueError:
        pass  # the 30th of February
    raise ValueError(f"{text!r} is no time; write it like 2026-11-22, 2026-11-22T14:00:00Z or 1795000000")


def _ms(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
