"""The only place where state lives between rounds: latest quotes, who is left out, the last known prices.

Polls and streams come in as rounds, in any order; who counts is the jury's judgement (jury.py).
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from cryptoprices.core.jury import Jury, Seat, Table, moment
from cryptoprices.core.market import STREAM, Flow, Pair, Quote, Round, Standing
from cryptoprices.core.order_book import repeated
from cryptoprices.core.snapshot import Held, LastKnown, Snapshot
from cryptoprices.core.stablecoins import STABLECOINS, Rate, in_dollars, rate_pair

_RATES = frozenset(Pair(coin, "USD") for coin in STABLECOINS)


def _everywhere(_exchange: str, _pair: Pair) -> bool:
    return True


class Terms(NamedTuple):
    """Whom a board judges, as its arguments of the same names."""

    names: tuple[str, ...]
    interval_s: Mapping[str, float]
    lists: Callable[[str, Pair], bool] = _everywhere
    coarse: Collection[str] = ()


class Board:
    """Rounds in, snapshots out. exchanges: the enabled ones in the person's order.

    interval_s: how often each is asked, by name (20 where absent). lists(exchange, pair): whether it may have the pair.
    last_known: prices of an earlier run. coarse: exchanges whose polls bear times that prove no order against their
    streams. Not thread-safe: one owner.
    """

    def __init__(
        self,
        exchanges: Sequence[str],
        interval_s: Mapping[str, float] | None = None,
        last_known: Mapping[Pair, LastKnown] | None = None,
        lists: Callable[[str, Pair], bool] = _everywhere,
        coarse: Collection[str] = (),
    ) -> None:
        self._exchanges = tuple(exchanges)
        self._interval_s = dict(interval_s or {})
        self._last_known = dict(last_known or {})
        self._lists = lists
        self._coarse = frozenset(coarse)
        self._jury = Jury(self._interval_s)
        self._tables: dict[Pair, Table] = {}
        self._held: dict[Pair, Mapping[str, Held]] = {}
        self._standings: Mapping[str, Standing] = MappingProxyType({})
        self._flows: Mapping[str, Flow] = MappingProxyType({})
        self._poll = 0
        self._poll_over = False
        self._ended = (
            0  # the newest poll that has come to its end; what comes under its number afterwards supplements it
        )

    def apply(self, round_: Round, now_boot_s: float, wall_ms: int) -> Snapshot:
        """Take a round in. wall_ms: Unix ms, noted beside the last known prices."""
        if round_.standings:
            news = {standing.exchange: standing for standing in round_.standings}
            self._standings = MappingProxyType({**self._standings, **news})
        if round_.flows:
            self._flows = MappingProxyType({**self._flows, **{flow.exchange: flow for flow in round_.flows}})
        touched: dict[Pair, float] = {}  # with the moment of its oldest new quote
        for standing in round_.standings:
            for pair in self._unseat(standing):
                touched[pair] = now_boot_s
        for quote in round_.quotes:
            if quote.exchange in self._exchanges and not self._is_delisted(quote) and self._seat(quote):
                touched[quote.pair] = min(touched.get(quote.pair, math.inf), moment(quote))
        if round_.poll != STREAM:
            self._poll, self._poll_over = max(self._poll, round_.poll), round_.last
        rates = set(self._tables if round_.last else touched) & _RATES
        self._try(dict.fromkeys(rates, 0.0) | touched, rates, round_, now_boot_s)
        for pair, said_boot_s in self._convert(now_boot_s, anew=round_.last).items():
            touched[pair] = min(touched.get(pair, math.inf), said_boot_s)
        if round_.last:
            touched = dict.fromkeys(self._tables, 0.0)
        self._try(touched, touched.keys() - rates, round_, now_boot_s)
        if round_.last:
            self._ended = round_.poll
        snapshot = self.snapshot()
        for pair in touched:
            self._note(snapshot, pair, now_boot_s, wall_ms, with_change=round_.poll != STREAM)
        return snapshot._replace(last_known=MappingProxyType(dict(self._last_known)))

    def _note(self, snapshot: Snapshot, pair: Pair, now_boot_s: float, wall_ms: int, with_change: bool) -> None:
        """Keep the price as the last known one, with its change (of the last poll, where that is good enough)."""
        view = snapshot.price(pair, now_boot_s) if with_change else None
        price = view.price if view else snapshot.current(pair, now_boot_s)
        if price is not None:
            before = self._last_known.get(pair)
            change_pct = view.change_24h_pct if view else before.change_24h_pct if before else None
            ages = [quote.age_s for quote in view.quotes if quote.quote.exchange in view.counted] if view else []
            old_s = min(ages, default=0.0)  # a poll that brought nothing makes it no newer
            self._last_known[pair] = LastKnown(price, wall_ms - round(1000 * old_s), change_pct, now_boot_s - old_s)

    def set_exchanges(self, terms: Terms) -> None:
        """From now on these exchanges count; what the others said is forgotten, and what these said is kept."""
        self._exchanges, self._interval_s = terms.names, dict(terms.interval_s)
        self._lists, self._coarse = terms.lists, frozenset(terms.coarse)
        self._jury = Jury(self._interval_s)
        for pair, table in self._tables.items():
            table.seats = {name: seat for name, seat in table.seats.items() if name in terms.names}
            self._held[pair] = MappingProxyType({name: _held(seat) for name, seat in table.seats.items()})
        self._standings = MappingProxyType({n: s for n, s in self._standings.items() if n in terms.names})
        self._flows = MappingProxyType({n: flow for n, flow in self._flows.items() if n in terms.names})

    def snapshot(self) -> Snapshot:
        """What is known now, immutable. What has not changed is the same object as in the snapshot before."""
        return Snapshot(
            self._poll,
            self._poll_over,
            self._exchanges,
            self._standings,
            MappingProxyType(dict(self._held)),
            MappingProxyType(dict(self._last_known)),
            MappingProxyType({pair: table.leap for pair, table in self._tables.items() if table.leap}),
            self._interval_s,
            self._lists,
            self._flows,
        )

    def _is_delisted(self, quote: Quote) -> bool:
        standing = self._standings.get(quote.exchange)
        return standing is not None and quote.pair in standing.delisted

    def _unseat(self, standing: Standing) -> list[Pair]:
        """Forget the prices of what the exchange has no longer, converted ones too. Returns the pairs that lost one."""
        changed = []
        for pair in standing.delisted:
            for own in {pair, Pair(pair.base, "USD")} & self._tables.keys():
                seat = self._tables[own].seats.get(standing.exchange)
                if seat and pair in (own, seat.latest.made_of and seat.latest.made_of.own.pair):
                    del self._tables[own].seats[standing.exchange]
                    changed.append(own)
        return changed

    def _seat(self, quote: Quote) -> bool:
        """Put a quote in its place; False if an equally new or newer one is there (reordered or repeated)."""
        seats = self._tables.setdefault(quote.pair, Table()).seats
        seat = seats.get(quote.exchange)
        by_poll = quote.via == "poll"
        if seat is None:
            seat = seats[quote.exchange] = Seat(quote)
            seat.polled = quote if by_poll else None
            return True
        if by_poll and (seat.polled is None or self._is_newer(quote, seat.polled)):
            seat.polled = quote  # for the figures of the day, even where the stream has a newer price
        if not self._is_newer(quote, seat.latest):
            return False
        seat.take(repeated(quote, seat.latest))
        return True

    def _try(self, touched: Mapping[Pair, float], pairs: Iterable[Pair], round_: Round, now_boot_s: float) -> None:
        """Judge these pairs at the end of a poll; weigh them otherwise, a stream's quotes from their moment on."""
        for pair in pairs:
            table = self._tables[pair]
            started_boot_s = touched[pair] if round_.poll == STREAM else round_.started_boot_s
            if round_.last:
                if round_.poll > self._ended:
                    table.leap = None
                self._jury.judge(table, started_boot_s, now_boot_s)
                self._jury.find_frozen(table, started_boot_s, now_boot_s)
            else:
                self._jury.weigh(table, started_boot_s, now_boot_s)
            self._held[pair] = MappingProxyType({name: _held(seat) for name, seat in table.seats.items()})

    def _convert(self, now_boot_s: float, anew: bool) -> dict[Pair, float]:
        """Put what exchanges without a market in dollars say in a stablecoin among the dollar prices, by the live rate.

        Without one it goes from there. anew: all of it, not only what is new or where the rate has moved. Returns the
        dollar pairs that this changes, with the moment of the oldest quote concerned.
        """
        changed: dict[Pair, float] = {}
        coins = [(pair, by) for pair in self._tables if (by := rate_pair(pair))]
        rates = {by: self.snapshot().rate(by, now_boot_s) for by in {by for _, by in coins}}
        for pair, by in coins:
            dollars, rate = Pair(pair.base, "USD"), rates[by]
            for name, own in self._tables[pair].seats.items():
                if not self._lists(name, dollars) and self._seat_converted(dollars, name, own, by, rate, anew):
                    changed[dollars] = min(changed.get(dollars, math.inf), moment(own.latest))
        return changed

    def _seat_converted(self, dollars: Pair, name: str, own: Seat, by: Pair, rate: Rate | None, anew: bool) -> bool:
        """Bring one exchange's converted quote up to date; False if nothing has changed."""
        seats = self._tables.setdefault(dollars, Table()).seats
        seat = seats.get(name)
        made = seat.latest.made_of if seat else None
        if seat is not None and (made is None or made.by != by):
            return False  # its own price in dollars, or converted from the other stablecoin
        if rate is None:
            return seats.pop(name, None) is not None
        if seat is None or made is None:
            seat = seats[name] = Seat(in_dollars(own.latest, rate))
        elif made.own is not own.latest:
            seat.take(in_dollars(own.latest, rate))
        elif anew or rate.outdates(made):
            seat.reprice(in_dollars(own.latest, rate))
        else:
            return False
        seat.polled = in_dollars(own.polled, rate) if own.polled else None
        return True

    def _is_newer(self, quote: Quote, last: Quote) -> bool:
        """By the exchange's own times where it gives them, else by when it was asked or the frame came."""
        own_ms, last_ms = quote.ticker.source_ms, last.ticker.source_ms
        if own_ms is None or last_ms is None or (quote.via != last.via and quote.exchange in self._coarse):
            return quote.sent_boot_s - quote.lead_s > last.sent_boot_s - last.lead_s
        return (own_ms, quote.sent_boot_s) > (last_ms, last.sent_boot_s)


def _held(seat: Seat) -> Held:
    return Held(seat.latest, seat.settled, seat.unchanged_boot_s, seat.mark, seat.polled)
