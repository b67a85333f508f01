"""Several exchanges' prices -> the price that is shown. Pure; exact decimals, nothing is rounded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Context, Decimal

OUTLIER_PCT = Decimal("1.5")  # beyond this (or 5 MAD, if that is more) from the median an exchange is left out
RETURN_PCT = Decimal("0.75")  # within this for RETURN_POLLS polls it is taken back
RETURN_POLLS = 3
PAIR_PCT = Decimal(1)  # two exchanges further apart than this have no common price
_MAD_FACTOR = 5
_HUNDRED = Decimal(100)
_EXACT = Context(prec=120)  # prices have up to 50 digits within 1e±30 (numbers.py); Decimal's usual 28 would round


def median(values: Collection[Decimal]) -> Decimal:
    """The middle value; of an even number the exact mean of the middle two. Raises IndexError on none."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else _EXACT.divide(_EXACT.add(ordered[middle - 1], ordered[middle]), 2)


def deviation_pct(price: Decimal, centre: Decimal) -> Decimal:
    """How far a price is from the centre, per cent of the centre, with its sign. centre > 0."""
    return (price - centre) / centre * _HUNDRED


def limit_pct(prices: Collection[Decimal], centre: Decimal) -> Decimal:
    """How far from the centre a price may be: 1.5 %, or 5 median absolute deviations of three and more prices."""
    if len(prices) < 3:
        return OUTLIER_PCT
    return max(OUTLIER_PCT, _MAD_FACTOR * median([abs(deviation_pct(price, centre)) for price in prices]))


def contradicts(price: Decimal, centre: Decimal, prices: Iterable[Decimal]) -> bool:
    """Whether a price is further from the centre of these prices than `limit_pct` allows."""
    deviation = abs(deviation_pct(price, centre))
    return deviation > OUTLIER_PCT and deviation > limit_pct(list(prices), centre)


def agree(prices: Sequence[Decimal], within_pct: Decimal = OUTLIER_PCT) -> bool:
    """Whether there is a middle: an odd number of prices, or an even one whose middle two are within `within_pct`."""
    if len(prices) % 2:
        return True
    ordered = sorted(prices)
    low, high = ordered[len(ordered) // 2 - 1 : len(ordered) // 2 + 1]
    return (high - low) * _HUNDRED <= within_pct * (high + low) / 2


def consensus(prices: Mapping[str, Decimal]) -> Decimal | None:
    """The price of those that count (name -> price), None where they disagree. Raises IndexError on none.

    One: its price. Two within 1 %: their mean. Three and more: the median; an even number that falls into two camps
    further apart than an outlier may be has no price either.
    """
    values = list(prices.values())
    if not agree(values, PAIR_PCT if len(values) == 2 else OUTLIER_PCT):
        return None
    return median(values)
