"""Bitstamp spot prices. Format: https://www.bitstamp.net/api/#tag/Tickers

`open` is the open at 00:00 UTC today; only percent_change_24 is a figure of 24 hours. Candles:
https://www.bitstamp.net/api/#tag/Market-info/operation/GetOHLCData (its longest step is three days). Stream:
https://www.bitstamp.net/websocket/v2/ (there are trades, but no tickers).
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Annotated

from msgspec import Meta, Raw, Struct, field

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.payload import Rows, candles, decoder, error_body, wanted
from cryptoprices.core.plain import plain
from cryptoprices.core.session import NOTHING, Heard, Session
from cryptoprices.core.source import Answer, Ask, CandleAsk, Source

LIMITS = ("400.002", "400.067", "400.068")


class Row(Struct, gc=False):
    """{"pair": "BTC/USD", "last": "73285", "percent_change_24": "1.58", "timestamp": "1710328241", "volume": "…", …}"""

    last: str
    timestamp: str  # Unix seconds
    symbol: str = field(default="", name="pair")  # of a list's rows only
    bid: str | None = None
    ask: str | None = None
    high: str | None = None
    low: str | None = None
    volume: str | None = None  # of 24 hours, in the base
    percent_change_24: str | None = None  # older answers lack it

    def ticker(self, pair: Pair) -> Ticker:
        """Everything is a string; the time is in seconds."""
        return numbers.ticker(
            pair,
            self.last,
            bid=self.bid,
            ask=self.ask,
            high=self.high,
            low=self.low,
            volume=self.volume,
            change_pct=numbers.signed(self.percent_change_24, "percent_change_24"),
            time_ms=numbers.integer(self.timestamp, "timestamp") * 1000,
        )


class CandleRow(Struct, gc=False):
    """{"timestamp": "1577836200", "open": "7164.21", "high": "7170.66", "low": "7164.21", "close": …, "volume": …}"""

    timestamp: str  # Unix seconds
    open: str
    high: str
    low: str
    close: str
    volume: str

    def candle(self) -> Candle:
        """Everything is a string."""
        open_ms = numbers.integer(self.timestamp, "timestamp") * 1000
        return numbers.candle(open_ms, self.open, self.high, self.low, self.close, self.volume)


class Page(Struct):
    """{"pair": "BTC/USD", "ohlc": […]}"""

    ohlc: Raw
    pair: str | None = None  # older answers lack it


class Candles(Struct):
    """{"data": {…}}"""

    data: Page


class Failure(Struct):
    """{"status": "error", "reason": "…" or {…}, "code": "API0004"}, {"code": "400.002", …} or {"error": "…"}"""

    status: str = ""
    code: str = ""
    error: str = ""
    reason: object = ""


class Bitstamp(Source):
    """One answer holds every pair; a single pair has an address of its own."""

    name = "bitstamp"
    title = "Bitstamp"
    rank = 3
    base_url = "https://www.bitstamp.net"
    stream_url = "wss://ws.bitstamp.net"
    quote_currencies = frozenset({"USD", "EUR", "GBP", "USDT", "USDC", "BTC", "ETH"})
    budget_per_min = 60  # a thousand are allowed
    candle_pages = dict.fromkeys(("1m", "5m", "15m", "1h", "4h", "1d"), 1000)
    _rows = Rows(Row)
    _row = decoder(Row)
    _candles = decoder(Candles)
    _candle_rows = Rows(CandleRow)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """One question about everything."""
        return [Ask("/api/v2/ticker/", tuple(pairs))] if pairs else []

    def ask_alone(self, pair: Pair) -> Ask:
        """That pair's own address; it is 404 where Bitstamp does not list the pair."""
        return Ask(f"/api/v2/ticker/{market(pair)}/", (pair,))

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterable[Ticker | BadPayload]:
        """Rows by their `pair`; a single object without one is of the single pair asked for."""
        asked = {str(pair): pair for pair in pairs}
        if not body.lstrip().startswith(b"["):
            row = self._row.decode(body)
            return wanted([row], asked if row.symbol else dict.fromkeys([""], *pairs))
        rows = self._rows.decode(body)
        found = list(wanted(rows, asked))
        if not found and len(rows) > len(asked):
            raise UnknownPair("not among the pairs that Bitstamp lists")
        return found

    def candle_ask(self, pair: Pair, interval: str, since_ms: int, until_ms: int, now_ms: int) -> CandleAsk:
        """The last `limit` candles up to `end`: with these two given, it passes over a `start`."""
        width_ms, first_ms = INTERVALS_MS[interval], self.page_since_ms(interval, since_ms, until_ms)
        query = f"step={width_ms // 1000}&limit={(until_ms - first_ms) // width_ms}&end={until_ms // 1000 - 1}"
        return CandleAsk(f"/api/v2/ohlc/{market(pair)}/?{query}", pair, interval, first_ms, until_ms)

    def parse_candles(self, body: bytes, ask: CandleAsk) -> Iterator[Candle | BadPayload]:
        """Oldest first; the answer says of which pair."""
        page = self._candles.decode(body).data
        if page.pair not in (None, str(ask.pair)):
            raise BadPayload(f"candles of {plain(page.pair or '')} instead of {ask.pair}")
        return candles(self._candle_rows.decode(page.ohlc))

    def session(self, pairs: Sequence[Pair]) -> "BitstampSession":
        """The trades of each pair."""
        return BitstampSession(pairs)

    def refusal(self, answer: Answer) -> SourceError | None:
        """Codes: https://www.bitstamp.net/api/#section/Response-codes; limits have codes of their own (status 400)."""
        failure = error_body(self._failure, answer.body)
        if failure is None:
            return None
        said = plain(failure.error or failure.code or str(failure.reason))
        if failure.code in LIMITS:
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        if answer.status == 200 and (failure.error or failure.status == "error"):
            return SourceError(Reason.SERVER, said)
        return None


def market(pair: Pair) -> str:
    """btcusd"""
    return f"{pair.base}{pair.quote}".lower()


class Message(Struct):
    """{"event": "trade", "channel": "live_trades_btcusd", "data": {…}}"""

    event: str
    channel: str = ""
    data: Raw = Raw(b"{}")


class Trade(Struct, gc=False):
    """{"id": 216000477, "price_str": "3805.44", "microtimestamp": "1641343699596000", "amount_str": "0.07920000", …}

    The trades of one order have the same time; their numbers rise.
    """

    id: Annotated[int, Meta(ge=0, lt=2**62)]
    price_str: str
    microtimestamp: str  # Unix µs


class StreamFailure(Struct):
    """{"code": null, "message": "Incorrect JSON format."}"""

    message: str = ""


class BitstampSession(Session):
    """A channel of trades for each pair. It acknowledges channels of markets too that there are none of."""

    _message = decoder(Message)
    _trade = decoder(Trade)
    _failure = decoder(StreamFailure)

    def __init__(self, pairs: Collection[Pair]) -> None:
        super().__init__(pairs)
        self._pairs = {f"live_trades_{market(pair)}": pair for pair in self.pairs}

    def greeting(self) -> tuple[str, ...]:
        """One request a channel."""
        return tuple(json.dumps({"event": "bts:subscribe", "data": {"channel": channel}}) for channel in self._pairs)

    def ping(self) -> str:
        """Answered by the same event."""
        return json.dumps({"event": "bts:heartbeat"})

    def parse(self, frame: str) -> Heard:
        """The price of a trade; bid, ask and the figures of 24 hours are not in the stream."""
        message = self._message.decode(frame)
        if message.event == "bts:request_reconnect":
            return Heard(reconnect=True)
        pair = self._pairs.get(message.channel)
        if message.event == "bts:error":
            said = plain(self._failure.decode(message.data).message)
            if pair is None:
                raise BadPayload(said)
            return Heard(refused=((pair, said),))
        if pair is None:
            return NOTHING
        if message.event == "bts:subscription_succeeded":
            return Heard(accepted=(pair,))
        return self._traded(pair, self._trade.decode(message.data)) if message.event == "trade" else NOTHING

    def _traded(self, pair: Pair, trade: Trade) -> Heard:
        time_us = numbers.integer(trade.microtimestamp, "microtimestamp", 18)
        ticker = numbers.ticker(pair, trade.price_str, time_ms=time_us // 1000)
        return Heard(tickers=(ticker,)) if self.is_newer(pair, (time_us << 62) + trade.id) else NOTHING
