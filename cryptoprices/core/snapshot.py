"""What is known at one moment: immutable, made by the board, read by every view with the present time as an argument.

Ages, states and the consensus are computed when they are read, so that nothing stays LIVE when polling stops.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from cryptoprices.core import consensus
from cryptoprices.core.day_figures import with_day
from cryptoprices.core.errors import Reason
from cryptoprices.core.freshness import State, age_s, freshness
from cryptoprices.core.market import Flow, Pair, Quote, Standing, Ticker
from cryptoprices.core.order_book import Book, illiquid_book
from cryptoprices.core.stablecoins import Rate, rate_pair

__all__ = ["Held", "LastKnown", "Leap", "LeftOut", "PairPrice", "QuoteView", "Ratio", "Snapshot", "State"]


class LastKnown(NamedTuple):
    """The last price that was shown as current. wall_ms: of its newest quote. change_24h_pct: as it was then.

    boot_s: the same moment by the clock that nobody sets, None where the price is of an earlier run.
    """

    price: Decimal
    wall_ms: int
    change_24h_pct: Decimal | None = None
    boot_s: float | None = None

    def age_s(self, now_boot_s: float, now_ms: int) -> float:
        """How old it is, whatever the calendar was set to since, as far as it is of this run."""
        return (now_ms - self.wall_ms) / 1000 if self.boot_s is None else now_boot_s - self.boot_s


class Leap(NamedTuple):
    """The median moved further than an outlier may be. pct: by how much, per cent. within_s: since the poll before."""

    pct: Decimal
    within_s: float


class QuoteView(NamedTuple):
    """A quote as it is to be shown now. deviation_pct: from the pair's price, per cent, None without a price.

    illiquid: the order book, where hardly anybody would trade at this price (order_book.py).
    """

    quote: Quote
    state: State
    age_s: float
    deviation_pct: Decimal | None
    illiquid: Book | None = None


class LeftOut(NamedTuple):
    """An exchange that does not count. reason: outlier stale frozen checking error blocked paused no_data."""

    exchange: str
    price: Decimal | None
    reason: str


class PairPrice(NamedTuple):
    """One pair now. price: the consensus, None unless the state is LIVE or DELAYED.

    age_s, time_ms: of the oldest counted quote; time_ms is the exchange's own time, None where it sends none.
    spread_pct: largest deviation of a counted quote from the price, per cent.
    change_24h_pct, high_24h, low_24h: medians over the counted exchanges that give them; volume_24h: their sum (base).
    quotes: the newest of every exchange that gave one, in the exchanges' order. last_known: None before the first.
    leap: of the last poll, else None. still_s: for how long the only exchange that counts says the same price.
    depegged: live rates, far from a dollar, of the stablecoins that this pair or some of its quotes are in. derived:
    how the price was made of another pair's, or why it was not (reference.py), "" for one that is its own.
    """

    pair: Pair
    price: Decimal | None
    state: State
    age_s: float | None = None
    time_ms: int | None = None
    counted: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    spread_pct: Decimal | None = None
    change_24h_pct: Decimal | None = None
    high_24h: Decimal | None = None
    low_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    quotes: tuple[QuoteView, ...] = ()
    last_known: LastKnown | None = None
    leap: Leap | None = None
    still_s: float | None = None
    depegged: tuple[Rate, ...] = ()
    derived: str = ""


class Ratio(NamedTuple):
    """Price of one coin in another: the quotient of two consensus prices in the same currency.

    state: the worse of the two; value None unless both have a price. age_s: the older one's.
    change_24h_pct: from the two 24 h changes, None unless both are known.
    """

    value: Decimal | None
    state: State
    age_s: float | None = None
    change_24h_pct: Decimal | None = None


class Held(NamedTuple):
    """What the board holds of one exchange and pair. latest: the newest quote. mark: OUTLIER, FROZEN, CHECKING or None.

    settled: the quote that counts: the latest, an older one while the latest is being checked, None if none counts.
    unchanged_boot_s: since when it says the same price. polled: the newest quote that came by a poll.
    """

    latest: Quote
    settled: Quote | None
    unchanged_boot_s: float
    mark: State | None = None
    polled: Quote | None = None

    @property
    def illiquid(self) -> Book | None:
        """The order book where it is a bad one; the newest poll's where a stream tells only trades."""
        own = self.latest.ticker
        told = self.polled.ticker if own.bid is None and own.ask is None and self.polled else own
        return illiquid_book(told)


class _Verdict(NamedTuple):
    """Who counts and what they say together. state: LIVE, DELAYED, DISAGREE, or None where nobody is current."""

    state: State | None
    counted: Mapping[str, Quote]
    price: Decimal | None


_FRESH = (State.LIVE, State.DELAYED)
_TROUBLE = {Reason.LIMITED: "paused", Reason.BLOCKED: "blocked", Reason.MOVED: "blocked"}
_WORST_FIRST = (State.NO_DATA, State.EXPIRED, State.STALE, State.DISAGREE, State.DELAYED, State.LIVE)


class Snapshot(NamedTuple):
    """Everything the views may show. poll: number of the newest poll, 0 before the first. poll_over: it has ended.

    exchanges: the enabled ones in the person's order. standings: how each stands (empty before it was asked).
    held: what the board holds, by pair and exchange. lists: whether an exchange may have a pair at all. flows: how the
    streams stand.
    """

    poll: int
    poll_over: bool
    exchanges: tuple[str, ...]
    standings: Mapping[str, Standing]
    held: Mapping[Pair, Mapping[str, Held]]
    last_known: Mapping[Pair, LastKnown]
    leaps: Mapping[Pair, Leap]
    interval_s: Mapping[str, float]
    lists: Callable[[str, Pair], bool]
    flows: Mapping[str, Flow] = {}

    def price(self, pair: Pair, now_boot_s: float) -> PairPrice:
        """The pair as it is to be shown at boot time `now_boot_s`."""
        rates = self._rates_of(pair, now_boot_s)
        held = self._usable(pair, rates)
        verdict = self._verdict(held, now_boot_s)
        state, counted, price = verdict
        quotes = tuple(
            self._view(name, held[name], name in counted, price, now_boot_s) for name in self.exchanges if name in held
        )
        if state is None:
            states = [self._freshness(h.latest, now_boot_s) for h in held.values()]
            state = max(
                states, key=_WORST_FIRST.index, default=State.STALE if pair in self.last_known else State.NO_DATA
            )
            state = State.STALE if state in _FRESH else state
        oldest = max(counted.values(), key=lambda quote: age_s(quote, now_boot_s), default=None)
        newest_age = min((view.age_s for view in quotes), default=None)
        tickers = self._tickers(held, counted, now_boot_s)
        volumes = [t.volume_24h for t in tickers if t.volume_24h is not None]
        return PairPrice(
            pair,
            price,
            state,
            age_s=newest_age if oldest is None else age_s(oldest, now_boot_s),
            time_ms=None if oldest is None else oldest.ticker.source_ms,
            counted=tuple(name for name in self.exchanges if name in counted),
            left_out=tuple(self._left_out(pair, held, verdict, now_boot_s)),
            spread_pct=None if price is None else max(abs(consensus.deviation_pct(t.price, price)) for t in tickers),
            change_24h_pct=_middle([t.change_24h_pct for t in tickers]),
            high_24h=_middle([t.high_24h for t in tickers]),
            low_24h=_middle([t.low_24h for t in tickers]),
            volume_24h=sum(volumes, Decimal(0)) if volumes else None,
            quotes=quotes,
            last_known=self.last_known.get(pair),
            leap=None if price is None else self.leaps.get(pair),
            still_s=now_boot_s - held[next(iter(counted))].unchanged_boot_s if len(counted) == 1 else None,
            depegged=tuple(rate for rate in rates if rate.depegged),
        )

    def current(self, pair: Pair, now_boot_s: float) -> Decimal | None:
        """`price(pair).price` alone: for who asks often."""
        converted = any(held.latest.made_of for held in self.held.get(pair, {}).values())
        rates = self._rates_of(pair, now_boot_s) if converted else ()
        return self._verdict(self._usable(pair, rates), now_boot_s).price

    def legs(self, pair: Pair) -> tuple[Pair, ...]:
        """The pairs whose prices this one's is made of: itself, and what converts it or some of its quotes."""
        made = {held.latest.made_of.by for held in self.held.get(pair, {}).values() if held.latest.made_of}
        own = rate_pair(pair)
        return (pair, *sorted(made | ({own} if own else set())))

    def parts(self, pair: Pair) -> tuple[object, ...]:
        """All that `price(pair)` is made of, besides the time and what never changes.

        The rate of what is converted is part of that itself: the board converts anew where it matters.
        """
        own_rate = rate_pair(pair)
        rate = self.held.get(own_rate) if own_rate else None
        return self.held.get(pair), rate, self.standings, self.last_known.get(pair), self.leaps.get(pair)

    def rate(self, by: Pair, now_boot_s: float) -> Rate | None:
        """What a stablecoin costs in dollars, while that is LIVE. by: USDT/USD or USDC/USD."""
        held = self.held.get(by, {})
        state, counted, price = self._verdict(held, now_boot_s)
        if state is not State.LIVE or price is None:
            return None
        oldest_s = max(age_s(quote, now_boot_s) for quote in counted.values())
        changes = [t.change_24h_pct for t in self._tickers(held, counted, now_boot_s)]
        return Rate(by, price, now_boot_s - oldest_s, _middle(changes))

    def streaming(self) -> tuple[str, ...]:
        """The exchanges whose stream flows now, in the person's order."""
        return tuple(name for name in self.exchanges if name in self.flows and self.flows[name].pairs)

    def ratio(self, over: Pair, under: Pair, now_boot_s: float) -> Ratio:
        """price(over) / price(under), e.g. ETH/USD over BTC/USD."""
        return ratio_of(self.price(over, now_boot_s), self.price(under, now_boot_s))

    def _rates_of(self, pair: Pair, now_boot_s: float) -> list[Rate]:
        return [rate for leg in self.legs(pair)[1:] if (rate := self.rate(leg, now_boot_s))]

    def _usable(self, pair: Pair, rates: Iterable[Rate]) -> Mapping[str, Held]:
        """What is held of a pair, without what was converted by a rate that is none of these live ones."""
        held, live = self.held.get(pair, {}), {rate.by for rate in rates}
        return {n: h for n, h in held.items() if h.latest.made_of is None or h.latest.made_of.by in live}

    def _verdict(self, held: Mapping[str, Held], now_boot_s: float) -> _Verdict:
        fresh: dict[State, dict[str, Quote]] = {State.LIVE: {}, State.DELAYED: {}}
        for name, h in held.items():
            if h.settled is not None and (found := self._freshness(h.settled, now_boot_s)) in fresh:
                fresh[found][name] = h.settled
        # Older quotes count only where no exchange is LIVE: one that fails must not make the others' price look old.
        state = next((state for state in _FRESH if fresh[state]), None)
        if state is None:
            return _Verdict(None, {}, None)
        price = consensus.consensus({name: quote.price for name, quote in fresh[state].items()})
        return _Verdict(State.DISAGREE, {}, None) if price is None else _Verdict(state, fresh[state], price)

    def _tickers(self, held: Mapping[str, Held], counted: Mapping[str, Quote], now_boot_s: float) -> list[Ticker]:
        return [
            with_day(quote, held[name].polled, now_boot_s, self.interval_s.get(name, 20))
            for name, quote in counted.items()
        ]

    def _freshness(self, quote: Quote, now_boot_s: float) -> State:
        return freshness(age_s(quote, now_boot_s), self.interval_s.get(quote.exchange, 20))

    def _trouble(self, exchange: str) -> str | None:
        """Why the exchange gives nothing, of some pairs at least, as a word of `left_out[].reason`."""
        standing = self.standings.get(exchange)
        if standing is None or standing.reason is None:
            return "error" if standing and standing.text else None
        return _TROUBLE.get(standing.reason, "error")

    def _view(self, name: str, held: Held, counted: bool, price: Decimal | None, now_boot_s: float) -> QuoteView:
        state = self._freshness(held.latest, now_boot_s)
        if state in _FRESH:
            state = held.mark or state
        elif not counted:
            state = {"paused": State.PAUSED, "blocked": State.BLOCKED}.get(self._trouble(name) or "", state)
        deviation = None if price is None else consensus.deviation_pct(held.latest.price, price)
        return QuoteView(held.latest, state, age_s(held.latest, now_boot_s), deviation, held.illiquid)

    def _left_out(self, pair: Pair, held: Mapping[str, Held], verdict: _Verdict, now_boot_s: float) -> list[LeftOut]:
        disagree = verdict.state is State.DISAGREE
        left = []
        for name in self.exchanges:
            kept = held.get(name)
            if kept is None:
                standing = self.standings.get(name, Standing(name))
                if pair in standing.delisted:
                    left.append(LeftOut(name, None, "no_data"))
                elif self.lists(name, pair) and pair not in standing.refused:
                    left.append(LeftOut(name, None, self._trouble(name) or "no_data"))
            elif kept.mark is not None and self._freshness(kept.latest, now_boot_s) in _FRESH:
                left.append(LeftOut(name, kept.latest.price, kept.mark.value.lower()))
            elif name not in verdict.counted and not (disagree and self._freshness(kept.latest, now_boot_s) in _FRESH):
                left.append(LeftOut(name, kept.latest.price, self._trouble(name) or "stale"))
        return left


def ratio_of(top: PairPrice, bottom: PairPrice) -> Ratio:
    """Price of one coin in another, both prices being of the same moment and in the same currency."""
    state = min(top.state, bottom.state, key=_WORST_FIRST.index)
    ages = [view.age_s for view in (top, bottom) if view.age_s is not None]
    age = max(ages) if len(ages) == 2 else None
    if top.price is None or bottom.price is None:
        return Ratio(None, state, age)
    change = None
    if top.change_24h_pct is not None and bottom.change_24h_pct is not None and bottom.change_24h_pct > -100:
        change = ((100 + top.change_24h_pct) / (100 + bottom.change_24h_pct) - 1) * 100
    return Ratio(top.price / bottom.price, state, age, change)


def _middle(values: list[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return consensus.median(known) if known else None
