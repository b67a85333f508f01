"""What stands in the chart's boxes and rows, as it is spoken: signs and letters become words."""

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from cryptoprices.core.formatting import MINUS, THIN, UNKNOWN

_PERCENT = rf"([+{MINUS}]?)([\d,.]+){THIN}%"
_RULES = [
    (re.compile(rf"{UNKNOWN}(?=$|,| · )"), "unknown"),  # elsewhere it is a dash between words
    (re.compile(rf"{_PERCENT} ([\d,.]+)"), r"\3 \1\2" + f"{THIN}%"),  # first the price, then by how much it moved
    (re.compile(r"\bO (\S+) +H (\S+) +L (\S+) +C (\S+)"), r", open \1, high \2, low \3, close \4"),
    (re.compile(rf"\+([\d,.]+){THIN}%"), r", up \1 percent"),
    (re.compile(rf"{MINUS}([\d,.]+){THIN}%"), r", down \1 percent"),
    (re.compile(rf"\b0\.00{THIN}%"), r", unchanged"),
    (re.compile(rf"{THIN}%"), " percent"),
    (re.compile(rf"{MINUS}(?=[\d.])"), "minus "),
    (re.compile(r"(?<=[\d.])–(?=\d)"), " to "),
    (re.compile(r" × "), " times "),
    (re.compile(rf" · |{UNKNOWN}"), ", "),
    (re.compile(r"(?:\s*,)+(?=\s|$)"), ","),
    (re.compile(rf"[\s{THIN}]+"), " "),
]


def spoken(text: str) -> str:
    """ "BTC +1.40 % 97,203.00 · Kraken" -> "BTC 97,203.00, up 1.40 percent, Kraken"."""
    for pattern, words in _RULES:
        text = pattern.sub(words, text)
    return text.strip(" ,")


def spoken_time(t_ms: float, zone: tzinfo | None) -> str:
    """ "22 Nov 2026 07:40", with seconds where there are some. zone: None for the local one."""
    moment = datetime.fromtimestamp(t_ms / 1000, zone)
    return f"{moment.day} {moment:%b %Y %H:%M:%S}".removesuffix(":00")


def sentence(parts: Sequence[str]) -> str:
    """Parts that say something, with commas between them."""
    return ", ".join(part for part in parts if part)
