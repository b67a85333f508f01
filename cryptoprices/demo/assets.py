"""What the simulated market has. Apart from it, which takes its time to load: the first frame needs the names alone."""

from typing import NamedTuple

from cryptoprices.core.market import Pair


class Coin(NamedTuple):
    """level: US dollars. daily_volatility: of the logarithm. loading: correlation with the whole market.

    daily_volume: coins a day, traded for dollars on all exchanges together.
    """

    level: float
    daily_volatility: float
    loading: float
    daily_volume: float


class Currency(NamedTuple):
    """level: US dollars. wobble: standard deviation around it (of the logarithm). wobble_s: its time scale."""

    level: float
    wobble: float
    wobble_s: float
    daily_volume: float


COINS = {
    "BTC": Coin(97_400.0, 0.040, 0.89, 18_400.0),
    "ETH": Coin(3_320.0, 0.050, 0.88, 262_000.0),
    "SOL": Coin(188.2, 0.065, 0.86, 3_300_000.0),
    "XRP": Coin(2.31, 0.060, 0.82, 248_000_000.0),
    "ADA": Coin(0.884, 0.062, 0.84, 161_000_000.0),
    "DOGE": Coin(0.3188, 0.070, 0.80, 1_150_000_000.0),
    "LTC": Coin(104.6, 0.052, 0.85, 710_000.0),
    "SHIB": Coin(0.00002214, 0.075, 0.78, 4.1e12),
}
DEMO_PAIRS = tuple(Pair(coin, "USD") for coin in COINS)
"""What a demo shows."""

CURRENCIES = {"USDT": Currency(0.9998, 0.0002, 3_600.0, 310e6), "EUR": Currency(1.16, 0.002, 86_400.0, 0.0)}
