"""Prices of which nothing new can come: none of them counts as current, however young it still is."""

from cryptoprices.core.snapshot import LeftOut, PairPrice, State

_CURRENT = (State.LIVE, State.DELAYED)


def cut_off(view: PairPrice) -> PairPrice:
    """The pair at best STALE, with all that had counted left out as too old."""
    quotes = tuple(q._replace(state=State.STALE) if q.state in _CURRENT else q for q in view.quotes)
    if view.state not in (*_CURRENT, State.DISAGREE):
        return view._replace(quotes=quotes)
    left = {one.exchange: one for one in view.left_out}
    left_out = [left.get(q.quote.exchange) or LeftOut(q.quote.exchange, q.quote.price, "stale") for q in view.quotes]
    others = [one for one in view.left_out if one not in left_out]
    return view._replace(
        price=None,
        state=State.STALE,
        counted=(),
        spread_pct=None,
        quotes=quotes,
        left_out=(*left_out, *others),
        leap=None,
    )
