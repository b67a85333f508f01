"""Binance spot prices, from its address for market data alone, which it serves in more countries than the other.

Format, candles too: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
Stream: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
Errors: https://developers.binance.com/docs/binance-spot-api-docs/errors
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from urllib.parse import quote

from msgspec import Raw, Struct, field

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.payload import NULL, Rows, candles, decoder, error_body, literal, wanted
from cryptoprices.core.plain import plain
from cryptoprices.core.session import NOTHING, Heard, Session
from cryptoprices.core.source import Answer, Ask, CandleAsk, Source, pages

BANNED = re.compile(r"banned until ([0-9]{13})")
UNKNOWN_SYMBOL, LIMITS, BUSY = -1121, (-1003, -1015), (-1000, -1001, -1007, -1008, -1016)


class Row(Struct, gc=False):
    """{"symbol": "BTCUSDT", "lastPrice": "69624.01000000", "priceChangePercent": "-3.691", "closeTime": 17304390…}"""

    symbol: str
    price: str = field(name="lastPrice")
    time_ms: int = field(name="closeTime")
    bid: str | None = field(default=None, name="bidPrice")
    ask: str | None = field(default=None, name="askPrice")
    high: str | None = field(default=None, name="highPrice")
    low: str | None = field(default=None, name="lowPrice")
    volume: str | None = None  # in the base; quoteVolume is the other
    change_pct: str | None = field(default=None, name="priceChangePercent")

    def ticker(self, pair: Pair) -> Ticker:
        """All figures are of a rolling window of 24 hours that ends at closeTime."""
        return numbers.ticker(
            pair,
            self.price,
            bid=self.bid,
            ask=self.ask,
            high=self.high,
            low=self.low,
            volume=self.volume,
            change_pct=numbers.signed(self.change_pct, "priceChangePercent"),
            time_ms=self.time_ms,
        )


class CandleRow(Struct, array_like=True, gc=False):
    """[1588740120000, "9033.34000000", "9039.99000000", "9032.75000000", "9033.15000000", "31.19296800", 158874…, …]"""

    open_ms: int
    open: str
    high: str
    low: str
    close: str
    volume: str  # in the base; the one after the closing time is the other

    def candle(self) -> Candle:
        """A candle without trades is there too, with the price before it."""
        return numbers.candle(self.open_ms, self.open, self.high, self.low, self.close, self.volume)


class Failure(Struct):
    """{"code": -1121, "msg": "Invalid symbol."}"""

    code: int
    msg: str = ""


class Binance(Source):
    """One question for all pairs, one unknown symbol refuses it."""

    name = "binance"
    title = "Binance"
    rank = 6
    base_url = "https://data-api.binance.vision"
    stream_url = "wss://data-stream.binance.vision/stream"
    quote_currencies = frozenset({"USDT", "USDC", "EUR", "JPY", "BTC", "ETH"})
    budget_per_min = 120  # 6000 of "weight" are allowed; a question weighs 2, one about a hundred pairs 40
    candle_pages = dict.fromkeys(INTERVALS_MS, 1000)  # its weeks begin on Monday
    _rows = Rows(Row)
    _candle_rows = Rows(CandleRow)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """Symbols as a JSON list without blanks, encoded for a query."""
        found = []
        for page in pages(pairs):
            symbols = json.dumps(list(map(market, page)), separators=(",", ":"))
            found.append(Ask(f"/api/v3/ticker/24hr?symbols={quote(symbols, safe='')}", page))
        return found

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterable[Ticker | BadPayload]:
        """Rows by their symbol."""
        return wanted(self._rows.decode(body), {market(pair): pair for pair in pairs})

    def candle_ask(self, pair: Pair, interval: str, since_ms: int, until_ms: int, now_ms: int) -> CandleAsk:
        """Both ends are those of opening times, and belong to the page."""
        first_ms = self.page_since_ms(interval, since_ms, until_ms)
        count = (until_ms - first_ms) // INTERVALS_MS[interval]
        query = f"symbol={market(pair)}&interval={interval}&startTime={first_ms}&endTime={until_ms - 1}&limit={count}"
        return CandleAsk(f"/api/v3/klines?{query}", pair, interval, first_ms, until_ms)

    def parse_candles(self, body: bytes, ask: CandleAsk) -> Iterator[Candle | BadPayload]:
        """Oldest first; the answer does not say of which pair."""
        return candles(self._candle_rows.decode(body))

    def session(self, pairs: Sequence[Pair]) -> "BinanceSession":
        """The ticker of each pair, once a second."""
        return BinanceSession(pairs)

    def refusal(self, answer: Answer) -> SourceError | None:
        """`code` of an error; a ban says in its text until when, in Unix ms."""
        failure = error_body(self._failure, answer.body)
        if failure is None:
            return None
        said = plain(failure.msg)
        if ban := BANNED.search(failure.msg):
            left_s = (int(ban[1]) - answer.received_ms) / 1000
            return SourceError(Reason.LIMITED, said, retry_after_s=left_s if left_s > 0 else 60)
        if failure.code in LIMITS:
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        if failure.code == UNKNOWN_SYMBOL:
            return UnknownPair(said)
        return SourceError(Reason.SERVER, said) if failure.code in BUSY or answer.status == 200 else None


def market(pair: Pair) -> str:
    """BTCUSDT"""
    return pair.base + pair.quote


class Message(Struct):
    """{"stream": "btcusdt@ticker", "data": {"e": "24hrTicker", …}}, {"e": "serverShutdown", …} or a Reply"""

    data: Raw = NULL
    event: str = field(default="", name="e")


class Tick(Struct, gc=False):
    """{"e": "24hrTicker", "E": 1516135684559, "s": "ETHBTC", "P": "-2.875", "c": "0.09177200", "v": "287542.79", …}"""

    event_ms: int = field(name="E")
    symbol: str = field(name="s")
    price: str = field(name="c")
    bid: str | None = field(default=None, name="b")
    ask: str | None = field(default=None, name="a")
    high: str | None = field(default=None, name="h")
    low: str | None = field(default=None, name="l")
    volume: str | None = field(default=None, name="v")  # in the base
    change_pct: str | None = field(default=None, name="P")

    def ticker(self, pair: Pair) -> Ticker:
        """All figures are of a rolling window of 24 hours."""
        return numbers.ticker(
            pair,
            self.price,
            bid=self.bid,
            ask=self.ask,
            high=self.high,
            low=self.low,
            volume=self.volume,
            change_pct=numbers.signed(self.change_pct, "P"),
            time_ms=self.event_ms,
        )


class Reply(Struct):
    """{"result": null, "id": 1}, {"code": 2, "msg": "Invalid request: …"} or {"error": {"code": 2, …}, "id": 1}"""

    id: int | str | None = None
    code: int | None = None
    msg: str = ""
    error: Failure | None = None


class BinanceSession(Session):
    """One request for all pairs, acknowledged as a whole. The server tells before it goes down."""

    _message = decoder(Message)
    _tick = decoder(Tick)
    _reply = decoder(Reply)

    def __init__(self, pairs: Collection[Pair]) -> None:
        super().__init__(pairs)
        self._pairs = {market(pair): pair for pair in self.pairs}
        self._acknowledged = False

    def greeting(self) -> tuple[str, ...]:
        """Names of streams are in lower case."""
        streams = [f"{symbol.lower()}@ticker" for symbol in self._pairs]
        return (json.dumps({"method": "SUBSCRIBE", "params": streams, "id": 1}),)

    def ping(self) -> str:
        """Answered by {"result": ["btcusdt@ticker", …], "id": 2}; a market may be so quiet that nothing else comes."""
        return json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 2})

    def parse(self, frame: str) -> Heard:
        """Tickers, and what became of the request; other events say nothing."""
        message = self._message.decode(frame)
        if data := literal(message.data):
            message = self._message.decode(data)
        if message.event == "24hrTicker":
            return self._ticked(self._tick.decode(data or frame))
        if message.event == "serverShutdown":
            return Heard(reconnect=True)
        return NOTHING if data or message.event else self._replied(self._reply.decode(frame))

    def _ticked(self, tick: Tick) -> Heard:
        pair = self._pairs.get(tick.symbol)
        if pair is None:
            return NOTHING
        ticker = tick.ticker(pair)
        return Heard(tickers=(ticker,)) if self.is_newer(pair, tick.event_ms) else NOTHING

    def _replied(self, reply: Reply) -> Heard:
        error = reply.error or (Failure(reply.code, reply.msg) if reply.code is not None else None)
        if error is None and reply.id == 1:
            self._acknowledged = True
            return Heard(accepted=self.pairs)
        if error and self._acknowledged:
            raise BadPayload(plain(error.msg))
        return Heard(refused=tuple((pair, plain(error.msg)) for pair in self.pairs)) if error else NOTHING
