"""What is said of a coin, or of several against each other, over the range that is shown or a part of it."""

from collections.abc import Sequence
from typing import NamedTuple

from cryptoprices.core.figures import (
    Closes,
    CoinFigures,
    PairFigures,
    coin_figures,
    fifty_fifty,
    in_common,
    in_one_unit,
    pair_figures,
    total_return_pct,
)
from cryptoprices.core.market import Pair


class Against(NamedTuple):
    """What is said of a coin against the first one.

    spread_pp: its return less that of the first, percentage points. ratio_change_pct: how its price in the first has
    changed. halves: of half the money in each, see fifty_fifty().
    """

    figures: PairFigures
    spread_pp: float | None
    ratio_change_pct: float | None
    halves: CoinFigures


class Figures(NamedTuple):
    """What is said of the pairs that stand against each other, over exactly the chosen range.

    coins: in the order of `pairs`. against: of each but the first, against the first; None where one of both has no
    bars. bars: those that all have. span_ms: when the first and the last of them end, Unix ms, None without any.
    redenominated: those whose unit has changed in the range: all figures are of the bars since then.
    """

    pairs: tuple[Pair, ...]
    coins: tuple[CoinFigures, ...]
    against: tuple[Against | None, ...]
    bars: int
    span_ms: tuple[int, int] | None
    interval: str
    redenominated: tuple[Pair, ...] = ()

    @property
    def since_text(self) -> str:
        """ " since the unit of SHIB changed", "" where none did."""
        names = " and ".join(pair.base for pair in self.redenominated)
        return f" since the unit of {names} changed" if names else ""

    @property
    def both(self) -> PairFigures | None:
        """Of the second against the first, None where there are not two."""
        return self.against[0].figures if len(self.against) == 1 and self.against[0] else None

    @property
    def spread_pp(self) -> float | None:
        """Return of the second less that of the first, percentage points; None where there are not two."""
        return self.against[0].spread_pp if len(self.against) == 1 and self.against[0] else None


def compare(pairs: tuple[Pair, ...], closes: Sequence[Closes], interval: str) -> Figures:
    """Pairs over the bars that all have; one without any takes nothing from the others.

    closes: of each pair in the range, in one currency. interval: the bars' width.
    """
    there = [i for i, one in enumerate(closes) if len(one.close)]
    known, changed = in_one_unit(in_common([closes[i] for i in there]))
    shared = iter(known)
    used = [next(shared) if len(one.close) else one for one in closes]
    coins = tuple(coin_figures(one, interval) for one in used)
    against = tuple(_against(used[0], one, interval) for one in used[1:])
    span_ms = (int(known[0].end_ms[0]), int(known[0].end_ms[-1])) if known and len(known[0].close) else None
    others = tuple(pairs[i] for i, has in zip(there, changed, strict=True) if has)
    return Figures(pairs, coins, against, max(len(one.close) for one in used), span_ms, interval, others)


def _against(first: Closes, one: Closes, interval: str) -> Against | None:
    if not len(first.close) or not len(one.close):
        return None
    returns = total_return_pct(first.close), total_return_pct(one.close)
    spread_pp = None if returns[0] is None or returns[1] is None else returns[1] - returns[0]
    return Against(
        pair_figures(one.close, first.close),
        spread_pp,
        total_return_pct(one.close / first.close),
        coin_figures(fifty_fifty(one, first), interval),
    )
