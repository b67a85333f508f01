"""What the simulated exchanges call their markets."""

from collections.abc import Callable

from cryptoprices.core.market import Pair
from cryptoprices.demo.venues import Desk

_KRAKEN_CODES = {"BTC": "XBT", "DOGE": "XDG"}
_KRAKEN_OLDEST = {
    "XBT": "XXBT",
    "ETH": "XETH",
    "LTC": "XLTC",
    "XRP": "XXRP",
    "XDG": "XXDG",
    "USD": "ZUSD",
    "EUR": "ZEUR",
}


def named(desk: Desk, name: Callable[[Pair], str]) -> dict[str, Pair]:
    """The exchange's markets by their names."""
    return {name(pair): pair for pair in desk.venue.pairs()}


def joined(pair: Pair) -> str:
    """BTCUSD"""
    return "".join(pair)


def kraken_name(pair: Pair) -> str:
    """XBTUSD, as one may ask."""
    return "".join(_KRAKEN_CODES.get(code, code) for code in pair)


def kraken_key(pair: Pair) -> str:
    """XXBTZUSD, as it answers."""
    base, quote = (_KRAKEN_CODES.get(code, code) for code in pair)
    if base in ("SOL", "ADA", "XDG") or quote == "USDT" or pair == Pair("USDT", "EUR"):
        return base + quote
    return _KRAKEN_OLDEST.get(base, base) + _KRAKEN_OLDEST.get(quote, quote)


def bitfinex_name(pair: Pair) -> str:
    """tBTCUSD, tDOGE:USD, tUSTUSD"""
    base, quote = ("UST" if code == "USDT" else code for code in pair)
    return f"t{base}{':' if len(base) > 3 else ''}{quote}"
