"""Gemini spot prices. Format: https://docs.gemini.com/rest/market-data

/v1/pubticker has price, bid, ask, volume and a time, /v2/ticker has high, low and the open of 24 hours ago.
The time is the end of the volume's 5-minute window, not that of the last trade: every recorded one lies on that grid.
Stream: https://docs.gemini.com/websocket/market-data/v2/about; its trades come with the order book's changes.
"""

import json
from collections.abc import Collection, Iterable, Sequence

from msgspec import Raw, Struct

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.payload import Rows, candles, decoder, error_body, literal
from cryptoprices.core.plain import plain
from cryptoprices.core.session import NOTHING, Heard, Session
from cryptoprices.core.source import Answer, Ask, CandleAsk, Source

WIDTHS = {"1m": "1m", "5m": "5m", "15m": "15m", "1h": "1hr", "1d": "1day"}
PAGES = {"1m": 1440, "5m": 1440, "15m": 1440, "1h": 1440, "1d": 365}  # there is one page, the newest


class Row(Struct, gc=False):
    """{"bid": "…", "ask": "…", "last": "11381.47", "volume": {"BTC": "915.65", "USD": "…", "timestamp": 15655878…}}"""

    last: str
    volume: dict[str, str | int] | None = None  # 24 hours in each currency, by its code
    bid: str | None = None
    ask: str | None = None


class Day(Struct, gc=False):
    """{"symbol": "BTCUSD", "open": "9121.76", "high": "9440.66", "low": "9106.51", "close": "9347.66", …}"""

    symbol: str
    open: str | None = None
    close: str | None = None
    high: str | None = None
    low: str | None = None


class CandleRow(Struct, array_like=True, gc=False):
    """[1591514700000, 0.02503, 0.02509, 0.02503, 0.02509, 44.6405], also where nothing was traded"""

    time_ms: int
    open: Raw
    high: Raw
    low: Raw
    close: Raw
    volume: Raw  # in the base

    def candle(self) -> Candle:
        """Everything is a number."""
        open_, high, low, close = (literal(level) or "" for level in (self.open, self.high, self.low, self.close))
        return numbers.candle(self.time_ms, open_, high, low, close, literal(self.volume))


class Trade(Struct, gc=False):
    """{"type": "trade", "symbol": "BTCUSD", "event_id": 12227817, "timestamp": 1655335880981, "price": "22530.8", …}"""

    symbol: str
    event_id: int
    timestamp: int  # Unix ms
    price: str


class Frame(Struct):
    """{"type": "l2_updates", "symbol": "BTCUSD", "changes": […], "trades": […]}, where the trades are old ones

    The first for each symbol is the whole order book with up to 50 trades, later ones are changes of the book alone.
    """

    type: str = ""
    symbol: str = ""
    trades: list[Trade] = []
    result: str = ""
    reason: str = ""
    message: str = ""


class GeminiSession(Session):
    """Prices are those of trades, with the times of these. A symbol's first order book is what acknowledges it."""

    _frame = decoder(Frame)
    _trade = decoder(Trade)

    def __init__(self, pairs: Collection[Pair]) -> None:
        super().__init__(pairs)
        self._pairs = {"".join(pair): pair for pair in self.pairs}
        self._accepted: set[Pair] = set()

    def greeting(self) -> tuple[str, ...]:
        """A frame a pair, so that one which is refused costs no other."""
        books = ([{"name": "l2", "symbols": [name]}] for name in self._pairs)
        return tuple(json.dumps({"type": "subscribe", "subscriptions": book}) for book in books)

    def parse(self, frame: str) -> Heard:
        """Trades, and the newest one of those that came before the subscription; all else is nothing."""
        said = self._frame.decode(frame)
        if said.result == "error" or said.type == "error":
            return self._refused(plain(said.message or said.reason))
        pair = self._pairs.get(said.symbol)
        if pair is None or said.type not in ("trade", "l2_updates"):
            return NOTHING
        trades = [self._trade.decode(frame)] if said.type == "trade" else said.trades
        last = max(trades, key=lambda trade: trade.event_id, default=None)
        tickers = (numbers.ticker(pair, last.price, time_ms=last.timestamp),) if last else ()
        accepted = () if pair in self._accepted else (pair,)
        self._accepted.add(pair)
        return Heard(tickers if last and self.is_newer(pair, last.event_id) else (), accepted)

    def _refused(self, said: str) -> Heard:
        """An error names its symbol in a sentence."""
        refused = tuple((pair, said) for name, pair in self._pairs.items() if f"'{name}'" in said.upper())
        if not refused:
            raise BadPayload(said)
        return Heard(refused=refused)


class Failure(Struct):
    """{"result": "error", "reason": "Bad Request", "message": "Supplied value 'bla' is not a valid symbol. …"}"""

    result: str
    reason: str = ""
    message: str = ""


class Gemini(Source):
    """Two questions a pair: the ticker, and the day's range as its detail."""

    name = "gemini"
    title = "Gemini"
    rank = 4
    time_grain_s = 300
    base_url = "https://api.gemini.com"
    stream_url = "wss://api.gemini.com/v2/marketdata"
    quote_currencies = frozenset({"USD", "EUR", "GBP", "USDT", "BTC", "ETH"})
    budget_per_min = 100  # of 120; a second one in the same second is advised against
    budget_per_s = 1
    candle_pages = PAGES
    _candles = Rows(CandleRow)
    _row = decoder(Row)
    _day = decoder(Day)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """One question a pair."""
        symbols = [(f"{pair.base}{pair.quote}".lower(), pair) for pair in pairs]
        return [Ask(f"/v1/pubticker/{symbol}", (pair,), (f"/v2/ticker/{symbol}",)) for symbol, pair in symbols]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> list[Ticker]:
        """The one ticker; of which pair it is, only the currencies of its volume say, where it has one."""
        (pair,) = pairs
        row = self._row.decode(body)
        volumes = row.volume or {}
        time_ms, volume = volumes.get("timestamp"), volumes.get(pair.base)
        if not isinstance(time_ms, int | None) or not isinstance(volume, str | None):
            raise BadPayload(f"volume of {pair}: strange")
        if volume is None and volumes.keys() - {"timestamp"}:
            raise BadPayload(f"volume: there is none in {pair.base}")
        return [numbers.ticker(pair, row.last, bid=row.bid, ask=row.ask, volume=volume, time_ms=time_ms)]

    def parse_detail(self, body: bytes, ticker: Ticker) -> Ticker:
        """High, low and the change from the open of 24 hours ago to the close, which is the last price."""
        day = self._day.decode(body)
        if day.symbol.upper() != ticker.pair.base + ticker.pair.quote:
            raise BadPayload(f"symbol: {plain(day.symbol, 32)!r} is not {ticker.pair}")
        open_, close = numbers.level(day.open, "open"), numbers.level(day.close, "close")
        return ticker._replace(
            change_24h_pct=numbers.change_since(open_, close) if close else None,
            high_24h=numbers.level(day.high, "high"),
            low_24h=numbers.level(day.low, "low"),
        )

    def candle_ask(self, pair: Pair, interval: str, since_ms: int, until_ms: int, now_ms: int) -> CandleAsk | None:
        """The newest candles, whatever is wanted of them: there are no parameters."""
        oldest_ms = floor_ms(now_ms, interval) - (PAGES[interval] - 2) * INTERVALS_MS[interval]
        if until_ms <= oldest_ms:
            return None
        path = f"/v2/candles/{''.join(pair).lower()}/{WIDTHS[interval]}"
        return CandleAsk(path, pair, interval, max(since_ms, oldest_ms), until_ms)

    def parse_candles(self, body: bytes, ask: CandleAsk) -> Iterable[Candle | BadPayload]:
        """Rows, newest first."""
        return candles(self._candles.decode(body))

    def session(self, pairs: Sequence[Pair]) -> GeminiSession:
        """Order books, which the trades come with."""
        return GeminiSession(pairs)

    def refusal(self, answer: Answer) -> SourceError | None:
        """`reason` of an error, https://docs.gemini.com/rest-api/#error-codes"""
        failure = error_body(self._failure, answer.body)
        if failure is None or failure.result != "error":
            return None
        said = plain(failure.message or failure.reason)
        if failure.reason == "InvalidSymbol" or "not a valid symbol" in failure.message:
            return UnknownPair(said)
        if failure.reason in ("RateLimit", "RateLimited"):
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        if failure.reason in ("System", "Maintenance", "TechnicalIssue") or answer.status == 200:
            return SourceError(Reason.SERVER, said)
        return None
