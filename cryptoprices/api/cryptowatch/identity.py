"""Numbers and names of assets, pairs, exchanges and markets: the former ones where they are known, else our own."""

import hashlib
from functools import lru_cache
from typing import NamedTuple

from cryptoprices.api.cryptowatch.known import ALIASES, ASSETS, EXCHANGES, MARKETS, PAIRS
from cryptoprices.core.coins import COINS, coin_name
from cryptoprices.core.currency import CURRENCIES
from cryptoprices.core.market import Pair

OWN_FROM = 10_000_000
"""Our own numbers begin here, beyond all that are known."""
_OWN_UNTIL = 2**31  # the stream's asset numbers have 32 bits, and so have columns of clients' tables


class Asset(NamedTuple):
    """symbol: in lower case, as everything here. sid: the long one. fiat: money of a state."""

    id: int
    sid: str
    symbol: str
    name: str
    fiat: bool


@lru_cache(maxsize=4096)
def symbol_of(pair: Pair) -> str:
    """btcusd"""
    return f"{pair.base}{pair.quote}".lower()


def exchange_symbol(text: str) -> str:
    """An exchange's name as a client wrote it, in any case, or as it was called before."""
    name = text.lower()
    return ALIASES.get(name, name)


@lru_cache(maxsize=4096)
def asset(symbol: str) -> Asset:
    """What is said of a coin or currency. symbol: the program's, BTC."""
    name = symbol.lower()
    if name in ASSETS:
        number, sid, title, fiat = ASSETS[name]
        return Asset(number, sid, name, title, fiat)
    coin, currency = COINS.get(symbol), CURRENCIES.get(symbol)
    title = currency.name if currency else coin_name(symbol)
    return Asset(_own("asset", name), coin.coingecko_id if coin else name, name, title, currency is not None)


@lru_cache(maxsize=4096)
def pair_id(symbol: str) -> int:
    """The number of a pair: of btcusd."""
    return PAIRS.get(symbol) or _own("pair", symbol)


@lru_cache(maxsize=256)
def exchange_id(name: str) -> int:
    """The number of an exchange."""
    return EXCHANGES[name][0] if name in EXCHANGES else _own("exchange", name)


@lru_cache(maxsize=4096)
def market_id(exchange: str, symbol: str) -> int:
    """The number of a pair's market at an exchange."""
    return _markets(exchange).get(symbol) or _own("market", f"{exchange}:{symbol}")


@lru_cache(maxsize=64)
def _markets(exchange: str) -> dict[str, int]:
    words = MARKETS.get(exchange, "").split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def _own(kind: str, name: str) -> int:
    """A number made of nothing but the name: the same in every run, whatever else there is and came before.

    Of a thousand markets two have the same one with a chance of 1 in 4,000.
    """
    digest = hashlib.sha256(f"{kind} {name}".encode()).digest()
    return OWN_FROM + int.from_bytes(digest[:8]) % (_OWN_UNTIL - OWN_FROM)
