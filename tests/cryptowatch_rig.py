"""A market of four exchanges as Cryptowatch's clients see it, with a past of each, and questions to it."""

import asyncio
import json
import threading
from decimal import Decimal
from types import MappingProxyType

import httpx
from archives import Past

from cryptoprices.api.cryptowatch.charts import Charts
from cryptoprices.api.cryptowatch.surface import Surface
from cryptoprices.api.fills import Fills
from cryptoprices.api.ports import Moment
from cryptoprices.api.refusals import LastLine
from cryptoprices.core.board import Board
from cryptoprices.core.candles import Candles
from cryptoprices.core.grants import Scope, Token
from cryptoprices.core.intervals import INTERVALS_MS, ceil_ms
from cryptoprices.core.market import Candle, Pair, Quote, Round, Standing, Ticker
from cryptoprices.core.source import Exchange
from cryptoprices.core.spans import common, joined
from cryptoprices.settings.values import Settings
from cryptoprices.sources.discovery import discover

BTC, ETH, BTC_USDT, USDT = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("BTC", "USDT"), Pair("USDT", "USD")
NAMES = ("kraken", "coinbase", "bitstamp", "binance")
KEY = "cp_00000001_" + "a" * 64
TOKEN = Token("00000001", "tests", Scope.READ, 0, "")


class FakeTokens:
    """One token. revoked: it no longer stands."""

    revoked, program = False, "cryptoprices"

    def find(self, text):
        return TOKEN if text == KEY and not self.revoked else None

    def stands(self, token):
        return not self.revoked


class FakeLive:
    """Kraken polled, without a change of 24 hours; Coinbase with everything; Bitstamp's stream, which tells prices
    alone, after a poll; Binance in USDT, counted as dollars.
    """

    def __init__(self, clock):
        self._turned, self.clock, self.told = clock, clock.clock, []
        sources = discover()
        self.exchanges = {name: Exchange(sources[name], "", "") for name in NAMES}
        self.board = Board(NAMES, lists=lambda name, pair: sources[name].lists(pair))
        self.version = 0
        self.poll()

    def poll(self, kraken="24063.40", names=NAMES):
        said = [
            ("kraken", ticker(BTC, kraken, bid="24063.3", ask="24063.40", high="24224.5", low="23756", volume="578.5")),
            ("kraken", ticker(USDT, "0.9998", bid="0.9997", ask="0.9999")),
            ("coinbase", full(BTC, "24070.55", "24070.5", "24070.60")),
            ("coinbase", full(ETH, "1600.10", "1600.00", "1600.2")),
            ("bitstamp", full(BTC, "24061", "24060", "24062")),
            ("binance", full(BTC_USDT, "24075.01000000", "24075.00", "24075.02")),
        ]
        self._take([(name, each, "poll") for name, each in said if name in names])

    def stream(self, name, pair, price):
        """A price alone."""
        self._take([(name, ticker(pair, price), "stream")], poll=0)

    def refuse(self, name, pair):
        """The exchange says that it does not list the pair."""
        self._take([], standings=(Standing(name, refused=frozenset({pair})),))

    def _take(self, said, poll=1, standings=()):
        now, wall = self._turned.boot_s, self._turned.wall_ms
        quotes = tuple(Quote(name, each, now, wall, via=via) for name, each, via in said)
        self.version += 1
        self.board.apply(Round(poll and self.version, now, quotes, standings, bool(poll)), now, wall)
        for told in self.told:
            told()

    def moment(self):
        off = {"okx": Exchange(discover()["okx"], "", "")}
        kinds = MappingProxyType(self.exchanges), MappingProxyType(off)
        return Moment(self.version, self.board.snapshot(), (BTC, ETH), *kinds, Settings({}))

    def listen(self, told):
        self.told.append(told)


class FakePast:
    """What is stored of each exchange, and what it still gives. known: by exchange, pair and width, spans.

    asked: all that was filled. begins_ms: exchanges have nothing older. held: fills wait until they are stopped.
    minutes: of the running minute.
    """

    def __init__(self):
        self.known, self.asked, self.begins_ms, self.held = {}, [], 0, False
        self.late_ms = 0  # so much of the newest is not given yet
        self.minutes = {}
        self.stops, self.began = [], threading.Event()

    def own(self, exchange, pair, interval, since_ms, until_ms):
        spans = common(joined(self.known.get((exchange, pair, interval), [])), [(since_ms, until_ms)])
        width = INTERVALS_MS[interval]
        opens = [t for since, until in spans for t in range(ceil_ms(since, interval), until, width)]
        return Past(Candles.of([candle(t, interval) for t in opens]), [(*span, exchange) for span in spans], [])

    def fill_own(self, exchange, pair, interval, since_ms, until_ms, stop):
        self.asked.append((exchange, pair, interval, since_ms, until_ms))
        self.stops.append(stop)
        self.began.set()
        if self.held:
            assert stop.wait(10)
            return []
        span = max(since_ms, self.begins_ms), until_ms - self.late_ms
        if span[0] < span[1]:
            self.known.setdefault((exchange, pair, interval), []).append(span)
        return []

    def running(self, pair, interval, exchange):
        assert interval == "1m"
        return self.minutes.get((exchange, pair))


def candle(open_ms, interval="1m"):
    """One that can be recognised: it opens at its number, of its width, and closes at the next one's."""
    number = float(open_ms // INTERVALS_MS[interval] % 10_000 + 1000)
    return Candle(open_ms, number, number + 1.5, number - 0.5, number + 1, 2.0)


def ticker(pair, price, bid=None, ask=None, high=None, low=None, volume=None, change=None):
    figures = [None if each is None else Decimal(each) for each in (bid, ask, change, high, low, volume)]
    return Ticker(pair, Decimal(price), *figures)


def full(pair, price, bid, ask):
    high, low = Decimal(price) + 100, Decimal(price) - 100
    return ticker(pair, price, bid, ask, high=str(high), low=str(low), volume="1000.5", change="0.25")


class Rig:
    """The surface in front of an application that says what it was asked. at_root: it is at the root too."""

    def __init__(self, clock, at_root=False, wait_s=5.0):
        self.clock, self.live, self.past, self.tokens = clock, FakeLive(clock), FakePast(), FakeTokens()
        self.fills = Fills(self.past, clock.clock)
        self.charts = Charts(self.past, self.fills, clock.clock, wait_s)
        self.app = LastLine(Surface(beside, self.live, self.charts, self.tokens, "0.0", at_root), at_root)

    def ask(self, method, path, host="127.0.0.1:8020", **more):
        """One question. path: from the root of the port."""

        async def asked():
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def get(self, path, status=200, **more):
        """The body of an answer under /cryptowatch, prices as Decimals in their own digits."""
        answer = self.ask("GET", f"/cryptowatch{path}", **more)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/json"
        return json.loads(answer.text, parse_float=Decimal, parse_int=int)


async def beside(scope, receive, send):
    text = f"ours: {scope['path']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text})
