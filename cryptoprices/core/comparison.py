"""What is said of a coin, or of two against each other, over the range that is shown."""

from collections.abc import Sequence
from typing import NamedTuple

from cryptoprices.core.figures import Closes, CoinFigures, PairFigures, coin_figures, in_common, pair_figures
from cryptoprices.core.market import Pair


class Figures(NamedTuple):
    """What is said of the pairs that stand against each other, over exactly the chosen range.

    coins: in the order of `pairs`. both: of the second against the first, None where there are not two. spread_pp:
    return of the second less that of the first, percentage points. bars: those that both have.
    """

    pairs: tuple[Pair, ...]
    coins: tuple[CoinFigures, ...]
    both: PairFigures | None
    spread_pp: float | None
    bars: int
    interval: str


def compare(pairs: tuple[Pair, ...], closes: Sequence[Closes], interval: str) -> Figures:
    """One or two pairs over the bars that all have; one without any takes nothing from the other.

    closes: of each pair in the range, in one currency. interval: the bars' width.
    """
    known = [one for one in closes if len(one.close)]
    shared = iter(in_common(known))
    used = [next(shared) if len(one.close) else one for one in closes]
    coins = tuple(coin_figures(one, interval) for one in used)
    both = pair_figures(used[1].close, used[0].close) if len(used) == len(known) == 2 else None
    returns = [coin.return_pct for coin in coins]
    spread = returns[1] - returns[0] if both and returns[0] is not None and returns[1] is not None else None
    return Figures(pairs, coins, both, spread, max(len(one.close) for one in used), interval)
