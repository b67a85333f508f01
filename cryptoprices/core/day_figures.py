"""The figures of the last 24 hours of an exchange whose stream tells only the price: its newest poll has told them."""

from decimal import Decimal

from cryptoprices.core.freshness import limits_s
from cryptoprices.core.market import Quote, Ticker

_FOUR_PLACES = Decimal("0.0001")
_HUNDRED = Decimal(100)


def with_day(quote: Quote, polled: Quote | None, now_boot_s: float, interval_s: float) -> Ticker:
    """The quote's ticker; what it lacks of change, high, low and volume is taken from the poll, brought up to date.

    polled: the exchange's newest quote by a poll. One asked for more than about two polls ago is too old for that.
    interval_s: time between two polls.
    """
    ticker = quote.ticker
    if quote.via == "poll" or polled is None or now_boot_s - polled.sent_boot_s > limits_s(interval_s)[0]:
        return ticker
    price, day = ticker.price, polled.ticker
    change_pct, high, low, volume = ticker.change_24h_pct, ticker.high_24h, ticker.low_24h, ticker.volume_24h
    if change_pct is None and day.change_24h_pct is not None:
        change_pct = _moved(day.change_24h_pct, day.price, price)
    if high is None and day.high_24h is not None:
        high = max(day.high_24h, price)
    if low is None and day.low_24h is not None:
        low = min(day.low_24h, price)
    if volume is None:
        volume = day.volume_24h
    return ticker._replace(change_24h_pct=change_pct, high_24h=high, low_24h=low, volume_24h=volume)


def _moved(change_pct: Decimal, then: Decimal, now: Decimal) -> Decimal:
    """The change since yesterday, told with the price `then`, as it is with the price `now`; to four decimals."""
    if now == then:
        return change_pct
    return ((_HUNDRED + change_pct) * now / then - _HUNDRED).quantize(_FOUR_PLACES)
