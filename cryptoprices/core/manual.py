"""A manual price beside what the exchanges say: it counts only where none of them does, and never in their median."""

from cryptoprices.core.managed import ManualPrice
from cryptoprices.core.market import MANUAL, Quote, Ticker
from cryptoprices.core.report import rfc3339
from cryptoprices.core.snapshot import LeftOut, PairPrice, QuoteView, State


def with_manual(view: PairPrice, manual: ManualPrice, now_boot_s: float, now_ms: int) -> PairPrice:
    """The pair with the manual price among its quotes, and as its price where no exchange has one.

    Where exchanges contradict each other there is still none: that is not for this price to hide.
    """
    age_s = max(0, now_ms - manual.set_ms) / 1000
    ticker = Ticker(view.pair, manual.price, source_ms=manual.set_ms)
    quote = Quote(MANUAL, ticker, now_boot_s - age_s, manual.set_ms, via=MANUAL)
    over = manual.valid_until_ms is not None and now_ms >= manual.valid_until_ms
    quotes = (*view.quotes, QuoteView(quote, State.EXPIRED if over else State.LIVE, age_s, None))
    if over:
        state = view.state if view.quotes else State.EXPIRED
        left_out = (*view.left_out, LeftOut(MANUAL, manual.price, "stale"))
        return view._replace(quotes=quotes, state=state, left_out=left_out)
    if view.price is not None or view.state is State.DISAGREE:
        return view._replace(quotes=quotes)
    return view._replace(
        price=manual.price,
        state=State.LIVE,
        age_s=age_s,
        time_ms=manual.set_ms,
        counted=(MANUAL,),
        quotes=quotes,
        derived=f"set by {manual.set_by} at {rfc3339(manual.set_ms)}",
    )
