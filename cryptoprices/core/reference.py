"""Prices in the person's currency: the dollar's price times the central bank's rate of the day."""

from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import NamedTuple

from cryptoprices.core.currency import Rates
from cryptoprices.core.freshness import State, reference_state
from cryptoprices.core.market import Pair
from cryptoprices.core.snapshot import LastKnown, PairPrice

ECB = "ECB"
EVERY_S = 4 * 3600.0  # they are asked for: they change once a working day, and are known some hours after that
_EXACT = Context(prec=120)
_PUBLISHED_HOUR = 15  # UTC; 16:00 in Frankfurt, in summer an hour earlier


class Reference(NamedTuple):
    """Rates with their age, which no jump of the calendar changes. lead_s: how old they were at known_boot_s.

    source: who made them, as it is shown.
    """

    rates: Rates
    known_boot_s: float
    lead_s: float
    source: str = ECB

    @classmethod
    def of(cls, rates: Rates, boot_s: float, wall_ms: float, source: str = ECB) -> "Reference":
        """Rates that are known now. wall_ms: Unix ms, by the answer's Date where there is one. Raises ValueError."""
        return cls(rates, boot_s, max(0.0, (wall_ms - published_ms(rates)) / 1000), source)

    def age_s(self, now_boot_s: float) -> float:
        """Seconds since they were published."""
        return now_boot_s - self.known_boot_s + self.lead_s

    def told(self, code: str) -> str:
        """ "EUR 0.86207 of 23 Nov, ECB"."""
        return f"{code} {self.rates.per_usd[code]:f} of {self.day_told()}"

    def day_told(self) -> str:
        """ "23 Nov, ECB"."""
        day = date.fromisoformat(self.rates.date)
        return f"{day.day} {day:%b}, {self.source}"


def published_ms(rates: Rates) -> int:
    """Unix ms at which rates of that day are made known. Raises ValueError for what is no day."""
    day = date.fromisoformat(rates.date)
    return round(datetime(day.year, day.month, day.day, _PUBLISHED_HOUR, tzinfo=UTC).timestamp() * 1000)


def shown_in(pair: Pair, code: str, reference: Reference | None) -> Pair:
    """The pair under which a price is shown: BTC/USD as BTC/EUR. One that is not in dollars stays as it is."""
    converts = pair.quote == "USD" and reference is not None and code in reference.rates.per_usd
    return Pair(pair.base, code) if converts and pair.base != code else pair


def in_currency(view: PairPrice, code: str, reference: Reference | None, now_boot_s: float) -> PairPrice:
    """The price as it is shown, exact; the exchanges' quotes stay in their own currency.

    Its age is that of the market's oldest leg, or the rate's where the rate is no longer current; a rate too old makes
    it STALE: then it is only the last known price, as of the rate's day. The change is that of the dollar's price.
    Without a rate the price stays in dollars, and says why.
    """
    if code == "USD":
        return view
    pair = shown_in(view.pair, code, reference)
    if pair == view.pair or reference is None:
        return view._replace(derived=f"in dollars: no rate of {code} is known") if view.pair.quote == "USD" else view
    rate = reference.rates.per_usd[code]

    def converted(price: Decimal | None) -> Decimal | None:
        return None if price is None else _EXACT.multiply(price, rate)

    known = view.last_known
    view = view._replace(
        pair=pair,
        price=converted(view.price),
        high_24h=converted(view.high_24h),
        low_24h=converted(view.low_24h),
        last_known=known and known._replace(price=_EXACT.multiply(known.price, rate)),
        derived=f"{view.pair} × {reference.told(code)}",
    )
    age_s = reference.age_s(now_boot_s)
    trust = reference_state(age_s)
    if trust is State.STALE:
        return _as_of(view, published_ms(reference.rates), age_s)
    if trust is State.DELAYED and view.price is not None:
        return view._replace(state=State.DELAYED, age_s=age_s)
    return view


def _as_of(view: PairPrice, day_ms: int, age_s: float) -> PairPrice:
    """No price but the last known one, and that no newer than its rate."""
    if view.price is not None:
        known = LastKnown(view.price, day_ms, view.change_24h_pct)
        return view._replace(price=None, state=State.STALE, age_s=age_s, last_known=known)
    last = view.last_known
    if last is None or last.wall_ms <= day_ms:
        return view
    return view._replace(last_known=last._replace(wall_ms=day_ms, boot_s=None))
