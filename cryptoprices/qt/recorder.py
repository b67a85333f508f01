"""The prices of the polls since the start (not too long ago), as series: the newest end of what charts draw."""

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.core.candles import Candles, Floats, Origin
from cryptoprices.core.freshness import State
from cryptoprices.core.heard import Heard
from cryptoprices.core.market import Pair, Quote
from cryptoprices.core.pairs import ratio_pairs
from cryptoprices.core.series import Series
from cryptoprices.core.snapshot import PairPrice
from cryptoprices.qt.hub import Hub

_CALENDAR_SET_MS = 2000.0  # a difference between calendar and elapsed time above this: somebody set the calendar
_MOST = 20_000  # polls that are kept; what is older is in the store


class Recorder(QObject):
    """Writes down the consensus price of each pair of the watchlist, and of ETH in BTC, at the end of each poll.

    A poll without a price that can be trusted (neither LIVE nor DELAYED) leaves a gap; so does a time without polls.
    All series of one poll have the same time. Beside it each exchange's own price is written down, as minute candles.
    grown: something was written down. calendar_set: somebody set the calendar, and all that is written down went with
    it.
    """

    grown = Signal()
    calendar_set = Signal()

    def __init__(self, hub: Hub, interval_s: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hub = hub
        self._longest_ms = 0.0
        self.set_interval(interval_s)
        self._series = {pair: Series() for pair in hub.pairs}
        self._heard: dict[tuple[Pair, str], Heard] = {}
        self._ratio_of = ratio_pairs(hub.pairs)
        self.ratio = Series()
        self._poll = 0
        self._start_ms = hub.clock.wall_ms() - 1000.0 * hub.clock.boot_s()
        hub.poll_ended.connect(self.record)
        hub.pairs_changed.connect(self._follow_pairs)

    def set_interval(self, interval_s: float) -> None:
        """So much time is between two polls from now on."""
        self._usual_ms = 1000.0 * max(45.0, 2 * interval_s + 5)  # as long as a price counts as live
        self._longest_ms = max(self._longest_ms, self._usual_ms)  # the next sample was still waited for as before

    def series(self, pair: Pair) -> Series:
        """What was written down of a pair of the watchlist. Raises KeyError for another. Good until the next poll."""
        return self._series[pair]

    @property
    def newest_ms(self) -> float | None:
        """Unix ms of the last poll that was written down, None before the first."""
        times = self._series[self._hub.pairs[0]].times
        return float(times[-1]) if len(times) else None

    def heard(self, pair: Pair, exchange: str) -> tuple[Candles, float]:
        """Minute candles of this exchange's prices, and when the newest came, Unix ms; NaN where there are none."""
        heard = self._heard.get((pair, exchange)) or Heard()
        return heard.candles(), heard.newest_ms

    def prices(self, pair: Pair) -> dict[str, float]:
        """What each exchange says now that nothing contradicts, in the person's order.

        None at all while the exchanges together say nothing that can be trusted.
        """
        return {quote.exchange: float(quote.price) for quote in _trusted(self._hub.own_price(pair))}

    def hear(self, pair: Pair) -> None:
        """Write down what each exchange says now, between two polls."""
        self._hear(pair, self._hub.own_price(pair), self.now_ms())

    def now_ms(self) -> float:
        """Calendar time by the clock that never jumps, Unix ms."""
        return self._start_ms + 1000.0 * self._hub.clock.boot_s()

    @Slot()
    def record(self) -> None:
        """Write a poll down that has ended and is not written down yet."""
        snapshot = self._hub.snapshot
        if not snapshot.poll_over or snapshot.poll == self._poll:
            return
        self._poll = snapshot.poll
        self._follow_calendar()
        t_ms, now_boot_s = self.now_ms(), self._hub.clock.boot_s()
        for pair, series in self._series.items():
            view = snapshot.price(pair, now_boot_s)
            self._series[pair] = self._appended(series, t_ms, float("nan") if view.price is None else float(view.price))
            self._hear(pair, view, t_ms)
        if self._ratio_of:
            value = snapshot.ratio(*self._ratio_of, now_boot_s).value
            self.ratio = self._appended(self.ratio, t_ms, float("nan") if value is None else float(value))
        self._longest_ms = self._usual_ms
        self.grown.emit()

    @Slot()
    def _follow_pairs(self) -> None:
        """The watchlist is another one: of what is new in it nothing is known up to now."""
        times, known = next(iter(self._series.values())).times, self._series
        self._series = {pair: known[pair] if pair in known else _unknown(times) for pair in self._hub.pairs}
        if self._ratio_of != (wanted := ratio_pairs(self._hub.pairs)):
            self._ratio_of, self.ratio = wanted, _unknown(times)

    def _hear(self, pair: Pair, view: PairPrice, t_ms: float) -> None:
        for quote in _trusted(view):
            origin = Origin.STREAM if quote.via == "stream" else Origin.POLL
            self._heard.setdefault((pair, quote.exchange), Heard()).add(t_ms, float(quote.price), origin)

    def _appended(self, series: Series, t_ms: float, value: float) -> Series:
        if len(series) >= _MOST:
            series = Series.of(series.times[-_MOST // 2 :], series.values[-_MOST // 2 :])
        if len(series) and t_ms - series.times[-1] > self._longest_ms:
            series.append(series.times[-1] + 1.0, float("nan"))
        series.append(t_ms, value)
        return series

    def _follow_calendar(self) -> None:
        """When the calendar was set anew, all samples go with it."""
        set_by_ms = self._hub.clock.wall_ms() - self.now_ms()
        if abs(set_by_ms) > _CALENDAR_SET_MS:
            self._start_ms += set_by_ms
            for series in (*self._series.values(), self.ratio):
                series.shift(set_by_ms)
            for heard in self._heard.values():
                heard.shift(set_by_ms)
            self.calendar_set.emit()


def _unknown(times: Floats) -> Series:
    """Polls at these times in which nothing was known."""
    return Series.of(times, np.full(len(times), np.nan))


def _trusted(view: PairPrice) -> list[Quote]:
    """The newest quotes that nothing contradicts; none where they do not make a price together."""
    if view.price is None:
        return []
    return [each.quote for each in view.quotes if each.state in (State.LIVE, State.DELAYED)]
