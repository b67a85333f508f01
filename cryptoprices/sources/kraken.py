"""Kraken spot prices. Format: https://docs.kraken.com/api/docs/rest-api/get-ticker-information

`o` is the open at 00:00 UTC today and no figure is 24 hours old, so there is no 24 h change; nor is there a time. The
stream has both. Candles: https://docs.kraken.com/api/docs/rest-api/get-ohlc-data (the newest 720 of a width, weeks from
Thursday). Stream: https://docs.kraken.com/api/docs/websocket-v2/ticker
"""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Raw, Struct, ValidationError

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.intervals import INTERVALS_MS, MINUTE_MS, floor_ms
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.payload import MAX_ROWS, NULL, Rows, candles, decoder, error_body, literal
from cryptoprices.core.plain import plain
from cryptoprices.core.session import NOTHING, Heard, Session
from cryptoprices.core.source import Answer, Ask, CandleAsk, Source, pages

CODES = {"BTC": "XBT", "DOGE": "XDG", "LUNA": "LUNA2", "LUNC": "LUNA", "REP": "REPV2"}
# Old markets are named after the old names of both sides (XXBTZUSD), everything since then plainly (XBTUSDT).
X_COINS = frozenset({"XBT", "XDG", "ETC", "ETH", "LTC", "MLN", "XLM", "XMR", "XRP", "ZEC"})
Z_MONEY = frozenset({"USD", "EUR", "GBP", "CAD", "JPY"})
OLD_COINS = {  # quote -> coins whose market with it has an old name
    "USD": X_COINS - {"XDG"},
    "EUR": X_COINS - {"XDG"},
    "GBP": {"XBT", "ETH", "XLM"},
    "CAD": {"XBT", "ETH", "XRP"},
    "JPY": {"XBT", "ETH", "LTC", "XRP"},
    "XBT": X_COINS - {"XBT"},
    "ETH": {"ETC", "MLN"},
}


class Trade(Struct, array_like=True, gc=False):
    """["105899.40000", "0.00009443"], or an order: ["105944.20000", "1", "1.000"]; older answers have two entries."""

    price: str


class Span(Struct, array_like=True, gc=False):
    """["0.78648221", "163.28908096"]: since 00:00 UTC, and of the last 24 hours."""

    today: str
    day: str


class Row(Struct, gc=False):
    """{"a": […], "b": […], "c": […], "v": […], "p": […], "t": [35, 3276], "l": […], "h": […], "o": "106021.60000"}"""

    c: Trade
    a: Trade | None = None
    b: Trade | None = None
    v: Span | None = None
    h: Span | None = None
    l: Span | None = None  # noqa: E741  # Kraken's name


class CandleRow(Struct, array_like=True, gc=False):
    """[1762777020, "106038.2", "106038.2", "106038.2", "106038.2", "0.0", "0.00000000", 0]: volume-weighted, volume"""

    time: int  # Unix seconds
    open: str
    high: str
    low: str
    close: str
    mean: str
    volume: str

    def candle(self) -> Candle:
        """A candle without trades is there too, with the price before it."""
        return numbers.candle(self.time * 1000, self.open, self.high, self.low, self.close, self.volume)


class Errors(Struct):
    """{"error": ["EQuery:Unknown asset pair"]}; errors come with status 200, a warning begins with W."""

    error: Annotated[list[str], Meta(max_length=100)]


class Envelope(Errors):
    """{"error": [], "result": {"XXBTZUSD": {…}}}"""

    result: Annotated[dict[str, Raw], Meta(max_length=MAX_ROWS)] = {}


class Kraken(Source):
    """One question for all pairs, one unknown pair refuses it."""

    name = "kraken"
    title = "Kraken"
    rank = 1
    base_url = "https://api.kraken.com"
    stream_url = "wss://ws.kraken.com/v2"
    quote_currencies = frozenset({"USD", "EUR", "GBP", "CAD", "JPY", "CHF", "AUD", "USDT", "USDC", "BTC", "ETH"})
    budget_per_min = 30  # one a second is always allowed
    candle_pages = dict.fromkeys(("1m", "5m", "15m", "1h", "4h", "1d"), 720)
    _errors = decoder(Errors)
    _envelope = decoder(Envelope)
    _row = decoder(Row)
    _candle_rows = Rows(CandleRow)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """Many pairs in one question."""
        return [Ask("/0/public/Ticker?pair=" + ",".join(map(market, page)), page) for page in pages(pairs)]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterator[Ticker | BadPayload]:
        """The markets of the answer that are known names of `pairs`."""
        envelope = self._envelope.decode(body)
        if error := failure(envelope.error):
            raise error
        for pair in pairs:
            for name in names(pair) & envelope.result.keys():
                try:
                    row = self._row.decode(envelope.result[name])
                    yield numbers.ticker(
                        pair,
                        row.c.price,
                        bid=row.b.price if row.b else None,
                        ask=row.a.price if row.a else None,
                        high=row.h.day if row.h else None,
                        low=row.l.day if row.l else None,
                        volume=row.v.day if row.v else None,
                    )
                except (BadPayload, ValidationError) as error:
                    yield BadPayload(f"{pair}: {plain(str(error))}")

    def candle_ask(self, pair: Pair, interval: str, since_ms: int, until_ms: int, now_ms: int) -> CandleAsk | None:
        """One page, the newest, is all there is; it ends with the running candle, and the minute may turn meanwhile.

        `since` leaves out the candle that opens then.
        """
        width_ms = INTERVALS_MS[interval]
        oldest_ms = floor_ms(now_ms, interval) - (self.candle_pages[interval] - 1) * width_ms
        if until_ms <= oldest_ms:
            return None
        first_ms = max(since_ms, oldest_ms)
        query = f"pair={market(pair)}&interval={width_ms // MINUTE_MS}&since={(first_ms - width_ms) // 1000}"
        return CandleAsk(f"/0/public/OHLC?{query}", pair, interval, first_ms, until_ms)

    def parse_candles(self, body: bytes, ask: CandleAsk) -> Iterator[Candle | BadPayload]:
        """The list under one of the pair's names."""
        envelope = self._envelope.decode(body)
        if error := failure(envelope.error):
            raise error
        found = [envelope.result[name] for name in names(ask.pair) & envelope.result.keys()]
        if len(found) != 1:
            raise BadPayload(f"{len(found)} lists of candles of {ask.pair}")
        return candles(self._candle_rows.decode(found[0]))

    def session(self, pairs: Sequence[Pair]) -> "KrakenSession":
        """Tickers of all pairs in one subscription, acknowledged pair by pair."""
        return KrakenSession(pairs)

    def refusal(self, answer: Answer) -> SourceError | None:
        """`error` of the answer, https://docs.kraken.com/api/docs/guides/spot-errors"""
        said = error_body(self._errors, answer.body)
        return failure(said.error) if said else None


def sides(pair: Pair) -> tuple[str, str]:
    """Kraken's own names of the two sides."""
    return CODES.get(pair.base, pair.base), CODES.get(pair.quote, pair.quote)


def market(pair: Pair) -> str:
    """The name that Kraken answers with: XXBTZUSD, XBTUSDT."""
    base, quote = sides(pair)
    if base in OLD_COINS.get(quote, ()):
        return f"X{base}{'Z' if quote in Z_MONEY else 'X'}{quote}"
    return "USDTZUSD" if (base, quote) == ("USDT", "USD") else base + quote


@lru_cache(maxsize=256)
def names(pair: Pair) -> frozenset[str]:
    """All names that an answer may have for the pair: with and without X and Z, and with a slash."""
    base, quote = sides(pair)
    bases = [base, f"X{base}"] if base in X_COINS else [base]
    quotes = [quote, f"Z{quote}"] if quote in Z_MONEY else [quote, f"X{quote}"] if quote in X_COINS else [quote]
    return frozenset({base + quote for base in bases for quote in quotes} | {f"{base}/{quote}"})


def failure(errors: list[str]) -> SourceError | None:
    """What Kraken's list of errors means; warnings mean nothing."""
    text = next((error for error in errors if not error.startswith("W")), None)
    if text is None:
        return None
    said = plain(text)
    if "nknown asset pair" in text or "nvalid asset pair" in text:
        return UnknownPair(said)
    if "Too many requests" in text or "Rate limit exceeded" in text or "Temporary lockout" in text:
        return SourceError(Reason.LIMITED, said, retry_after_s=60)
    return SourceError(Reason.SERVER, said)


class Tick(Struct, gc=False):
    """{"symbol": "BTC/USD", "bid": 105944.2, "ask": 105944.3, "last": 105899.4, "volume": 163.28908096, "low": …, …}

    Everything of 24 hours; all are JSON numbers.
    """

    symbol: str
    last: Raw
    bid: Raw = NULL
    ask: Raw = NULL
    volume: Raw = NULL
    low: Raw = NULL
    high: Raw = NULL
    change_pct: Raw = NULL
    timestamp: Annotated[datetime, Meta(tz=True)] | None = None  # in newer frames

    def ticker(self, pair: Pair) -> Ticker:
        """The figures with the digits of the frame."""
        return numbers.ticker(
            pair,
            literal(self.last) or "",
            bid=literal(self.bid),
            ask=literal(self.ask),
            high=literal(self.high),
            low=literal(self.low),
            volume=literal(self.volume),
            change_pct=numbers.signed(literal(self.change_pct), "change_pct"),
            time_ms=numbers.microseconds(self.timestamp) // 1000 if self.timestamp else None,
        )


class Kind(Struct):
    """What a frame is about: {"channel": "ticker", …}, {"channel": "heartbeat"}, {"method": "subscribe", …}, …"""

    channel: str = ""
    method: str = ""


class Ticks(Struct):
    """{"channel": "ticker", "type": "snapshot" or "update", "data": […]}"""

    data: Annotated[list[Tick], Meta(max_length=MAX_ROWS)]


class Subscribed(Struct):
    """{"channel": "ticker", "symbol": "BTC/USD", "snapshot": true}"""

    symbol: str


class Acknowledgement(Struct):
    """{"method": "subscribe", "success": true, "result": {…}, …}, or with success false its "error" and "symbol"."""

    success: bool
    result: Subscribed | None = None
    symbol: str | None = None
    error: str | None = None


class KrakenSession(Session):
    """Version 2 of the stream, which calls bitcoin BTC; a heartbeat comes about every second when nothing else does."""

    _kind = decoder(Kind)
    _ticks = decoder(Ticks)
    _acknowledgement = decoder(Acknowledgement)

    def __init__(self, pairs: Collection[Pair]) -> None:
        super().__init__(pairs)
        self._pairs = {stream_name(pair): pair for pair in self.pairs}

    def greeting(self) -> tuple[str, ...]:
        """One request; a ticker comes with every trade."""
        channel = {"channel": "ticker", "symbol": list(self._pairs), "event_trigger": "trades", "snapshot": True}
        return (json.dumps({"method": "subscribe", "params": channel, "req_id": 1}),)

    def ping(self) -> str:
        """Answered by {"method": "pong", …}."""
        return json.dumps({"method": "ping"})

    def parse(self, frame: str) -> Heard:
        """Tickers and acknowledgements; heartbeats, pongs, the status and what is unknown say nothing."""
        kind = self._kind.decode(frame)
        if kind.channel == "ticker":
            known = [tick for tick in self._ticks.decode(frame).data if tick.symbol in self._pairs]
            tickers = [(tick, tick.ticker(self._pairs[tick.symbol])) for tick in known]
            return Heard(tickers=tuple(ticker for tick, ticker in tickers if self._is_news(tick, ticker)))
        if kind.method == "subscribe":
            return self._acknowledged(self._acknowledgement.decode(frame))
        return NOTHING

    def _is_news(self, tick: Tick, ticker: Ticker) -> bool:
        """By the time, and by the volume among the trades of one microsecond; frames without a time as they come."""
        if tick.timestamp is None:
            return True
        traded = int((ticker.volume_24h or 0) * 10**10)
        return self.is_newer(ticker.pair, (numbers.microseconds(tick.timestamp) << 200) + traded)

    def _acknowledged(self, answer: Acknowledgement) -> Heard:
        pair = self._pairs.get(answer.result.symbol if answer.result else answer.symbol or "")
        said = plain(answer.error or "")
        if pair is None:
            raise BadPayload(said or "a subscription to nothing that was asked for")
        return Heard(accepted=(pair,)) if answer.success else Heard(refused=((pair, said),))


def stream_name(pair: Pair) -> str:
    """The name of a pair in the stream: BTC/USD, DOGE/EUR."""
    base, quote = (side if side in ("BTC", "DOGE") else CODES.get(side, side) for side in pair)
    return f"{base}/{quote}"
