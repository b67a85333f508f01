"""A keeper whose exchanges answer at once, and what is around it. clock: has boot_s and wall_ms."""

from decimal import Decimal

from cryptoprices.clock import Clock
from cryptoprices.core.market import Pair, Quote, Round, Ticker
from cryptoprices.core.source import Exchange
from cryptoprices.keeper import Keeper, Means
from cryptoprices.settings.options import STREAM_ENABLED
from cryptoprices.settings.values import Settings
from cryptoprices.sources.discovery import discover

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
SOURCES = {name: source for name, source in discover().items() if name in ("kraken", "coinbase")}


class FakeFetcher:
    """Answers at once. polls: what it was asked. broken: what a poll raises."""

    resolver = None

    def __init__(self, clock):
        self._clock, self.polls, self.broken, self.interval_s = clock, [], None, 20.0
        self.exchanges = tuple(Exchange(each, each.base_url, "") for each in SOURCES.values())
        self._due_s = 0.0

    def poll(self, pairs, deliver, forced=False, woken=False):
        self.polls.append((pairs, forced, woken))
        now = self._clock.boot_s
        self._due_s = now + self.interval_s
        if self.broken:
            raise self.broken
        said = [Quote("kraken", Ticker(pair, Decimal(len(self.polls))), now, self._clock.wall_ms) for pair in pairs]
        deliver(Round(len(self.polls), now, tuple(said), last=True))

    def next_due_boot_s(self):
        return self._due_s

    def set_interval(self, interval_s):
        self.interval_s = interval_s

    def set_exchanges(self, exchanges):
        self.exchanges = tuple(exchanges)


class FakeHistorian:
    """gaps: what the next round ends. rested: why nobody was asked."""

    def __init__(self):
        self.gaps, self.rested, self.intervals, self.closed = [], [], {}, False

    def set_intervals(self, interval_s):
        self.intervals = interval_s

    def take(self, round_, snapshot):
        gaps, self.gaps = self.gaps, []
        return gaps

    def rest(self, reason):
        self.rested.append(reason)

    def close(self):
        self.closed = True


class FakeArchive:
    def __init__(self):
        self.mended = []

    def mend(self, pairs, gaps, on_page, stop):
        self.mended.append((pairs, gaps))


class Rig:
    """kept: settings that were written down. wanted: the pairs."""

    def __init__(self, clock, leads=True):
        self.clock, self.wanted, self.kept, self.saved, self.full = clock, (BTC,), {}, [], False
        self.fetcher, self.historian, self.archive = FakeFetcher(clock), FakeHistorian(), FakeArchive()
        settings = Settings({STREAM_ENABLED.key: False})
        means = Means(
            self.fetcher, SOURCES, None, "none", self.historian, self.archive, lambda _: self.wanted, self._keep,
            self.saved.append,
        )  # fmt: skip
        self.keeper = Keeper(means, settings, {}, Clock(lambda: clock.boot_s, lambda: clock.wall_ms), leads)
        self.told = []
        self.keeper.listen(lambda: self.told.append(self.keeper.moment()))

    def _keep(self, key, value):
        if self.full:
            raise OSError(28, "No space left on device")
        self.kept[key] = value

    def run_until(self, over):
        self.keeper.run(lambda: not over())

    def poll(self):
        """Until one more poll is over."""
        before = len(self.saved)
        self.run_until(lambda: len(self.saved) > before)
