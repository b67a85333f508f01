"""OKX spot prices. Format: https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-ticker

Candles: …#order-book-trading-market-data-get-candlesticks; stream: …#order-book-trading-market-data-ws-tickers-channel;
errors: …#error-code-rest-api
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Raw, Struct

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.payload import Rows, candles, decoder, error_body, wanted
from cryptoprices.core.plain import plain
from cryptoprices.core.session import NOTHING, Heard, Session
from cryptoprices.core.source import Answer, Ask, CandleAsk, Source

UNKNOWN_INSTRUMENT, LIMITS = "51001", ("50011", "50061")
BARS = {"1m": "1m", "5m": "5m", "15m": "15m", "1h": "1H", "4h": "4H", "1d": "1Dutc", "1w": "1Wutc"}  # 1D: of Hong Kong
PAGE = 300
NEWEST = 1440  # candles of /market/candles; older ones are at /market/history-candles
CHANNEL = "tickers"
SERVICE_UPGRADE = "64008"


class Row(Struct, rename={"symbol": "instId"}, gc=False):
    """{"instType": "SPOT", "instId": "BTC-USDT", "last": "30236", "open24h": "29700.4", "ts": "1652459224956", …}"""

    symbol: str
    last: str
    ts: str  # Unix ms
    bidPx: str | None = None
    askPx: str | None = None
    open24h: str | None = None
    high24h: str | None = None
    low24h: str | None = None
    vol24h: str | None = None  # in the base; volCcy24h is in the quote currency

    def ticker(self, pair: Pair) -> Ticker:
        """Everything is a string, "" where there is nothing; the change is since open24h."""
        open_ = numbers.level(self.open24h, "open24h")
        return numbers.ticker(
            pair,
            self.last,
            bid=self.bidPx,
            ask=self.askPx,
            high=self.high24h,
            low=self.low24h,
            volume=self.vol24h,
            change_pct=numbers.change_since(open_, numbers.number(self.last, "last")),
            time_ms=numbers.integer(self.ts, "ts"),
        )


class Envelope(Struct):
    """{"code": "0", "msg": "", "data": […]}; an error may come with status 200."""

    code: str
    msg: str = ""


class Answered(Envelope):
    """An envelope with tickers in it."""

    data: list[Row] = []


class CandleRow(Struct, array_like=True, gc=False):
    """["1747094040000", "102806.1", "102820.4", "102806.1", "102820.4", "10.40", "…", "1069603.34", "1"]"""

    ts: str  # Unix ms
    open: str
    high: str
    low: str
    close: str
    volume: str  # in the base
    quote_volume: str = ""
    other_volume: str = ""
    confirm: str = "1"  # "0" while it is running

    def candle(self) -> Candle:
        """Everything is a string."""
        return numbers.candle(
            numbers.integer(self.ts, "ts"), self.open, self.high, self.low, self.close, self.volume or None
        )


class Page(Envelope):
    """An envelope with candles in it, newest first."""

    data: Raw = Raw(b"[]")


class Channel(Struct):
    """{"channel": "tickers", "instId": "BTC-USDT"}"""

    channel: str = ""
    instId: str = ""


class Frame(Struct):
    """{"event": "subscribe", "arg": {…}}, {"event": "error", "code": "60018", "msg": …} or {"arg": {…}, "data": […]}

    id: as it was sent with the subscription.
    """

    event: str = ""
    arg: Channel | None = None
    data: Raw = Raw(b"[]")
    code: str = ""
    msg: str = ""
    id: str = ""


class OkxSession(Session):
    """One subscription a pair, so that one which is refused costs no other. The order is that of `ts`."""

    _frame = decoder(Frame)
    _rows = decoder(list[Row])

    def __init__(self, pairs: Collection[Pair]) -> None:
        super().__init__(pairs)
        self._pairs = {instrument(pair): pair for pair in self.pairs}
        self._ids = {str(number): pair for number, pair in enumerate(self.pairs, start=1)}

    def greeting(self) -> tuple[str, ...]:
        """A frame a pair."""
        args = {number: [{"channel": CHANNEL, "instId": instrument(pair)}] for number, pair in self._ids.items()}
        return tuple(json.dumps({"id": number, "op": "subscribe", "args": arg}) for number, arg in args.items())

    def ping(self) -> str:
        """A bare word, and so is the answer to it."""
        return "ping"

    def parse(self, frame: str) -> Heard:
        """Tickers, their acknowledgements and errors; what else comes is nothing."""
        if frame == "pong":
            return NOTHING
        said = self._frame.decode(frame)
        if said.event == "error":
            return self._refused(said)
        if said.event == "notice":
            return Heard(reconnect=said.code == SERVICE_UPGRADE)
        pair = self._pairs.get(said.arg.instId) if said.arg and said.arg.channel == CHANNEL else None
        if pair is None:
            return NOTHING
        if said.event:
            return Heard(accepted=(pair,)) if said.event == "subscribe" else NOTHING
        tickers = (row.ticker(pair) for row in self._rows.decode(said.data) if row.symbol == instrument(pair))
        return Heard(tuple(ticker for ticker in tickers if self.is_newer(pair, ticker.source_ms or 0)))

    def _refused(self, said: Frame) -> Heard:
        """The pair is known by the subscription's id, or by its instrument's name in the text."""
        words = said.msg.replace(",", " ").replace(":", " ").split()
        named = [pair for name, pair in self._pairs.items() if name in words]
        pair = self._ids.get(said.id) or (named[0] if named else None)
        if pair is None:
            raise BadPayload(plain(said.msg or f"code {said.code}"))
        return Heard(refused=((pair, plain(said.msg)),))


class Okx(Source):
    """One question a pair: the answer to all at once is 700 rows long."""

    name = "okx"
    title = "OKX"
    rank = 7
    base_url = "https://www.okx.com"
    stream_url = "wss://ws.okx.com:8443/ws/v5/public"
    on_by_default = False
    quote_currencies = frozenset({"USDT", "USDC", "EUR", "BTC", "ETH"})
    budget_per_min = 240  # of 20 in 2 s
    candle_pages = dict.fromkeys(BARS, PAGE)
    _candles = Rows(CandleRow)
    _page = decoder(Page)
    _answered = decoder(Answered)
    _envelope = decoder(Envelope)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """One question a pair."""
        return [Ask(f"/api/v5/market/ticker?instId={instrument(pair)}", (pair,)) for pair in pairs]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterator[Ticker | BadPayload]:
        """Rows by their instrument."""
        answered = self._answered.decode(body)
        if error := failure(answered):
            raise error
        yield from wanted(answered.data, {instrument(pair): pair for pair in pairs})

    def candle_ask(self, pair: Pair, interval: str, since_ms: int, until_ms: int, now_ms: int) -> CandleAsk | None:
        """Candles after `before` and before `after`; a page ends where those of the other address begin."""
        since_ms = self.page_since_ms(interval, since_ms, until_ms)
        newest_ms = (NEWEST - 2) * INTERVALS_MS[interval]  # one less than it has, should one close meanwhile
        border_ms = floor_ms(now_ms, interval) - newest_ms
        newest = until_ms > border_ms
        if newest:
            since_ms = max(since_ms, border_ms)
        path = (
            f"/api/v5/market/{'candles' if newest else 'history-candles'}?instId={instrument(pair)}"
            f"&bar={BARS[interval]}&after={until_ms}&before={since_ms - 1}&limit={PAGE}"
        )
        return CandleAsk(path, pair, interval, since_ms, until_ms)

    def parse_candles(self, body: bytes, ask: CandleAsk) -> Iterable[Candle | BadPayload]:
        """Rows of the page, newest first, without the running one."""
        page = self._page.decode(body)
        if error := failure(page):
            raise error
        rows = self._candles.decode(page.data)
        return candles(row for row in rows if isinstance(row, BadPayload) or row.confirm != "0")

    def session(self, pairs: Sequence[Pair]) -> OkxSession:
        """Public channels; candles would have an address of their own."""
        return OkxSession(pairs)

    def refusal(self, answer: Answer) -> SourceError | None:
        """`code` of the envelope."""
        envelope = error_body(self._envelope, answer.body)
        return failure(envelope) if envelope else None


def instrument(pair: Pair) -> str:
    """BTC-USDT"""
    return f"{pair.base}-{pair.quote}"


def failure(envelope: Envelope) -> SourceError | None:
    """What the envelope's code means."""
    if envelope.code == "0":
        return None
    said = plain(envelope.msg or f"code {envelope.code}")
    if envelope.code == UNKNOWN_INSTRUMENT:
        return UnknownPair(said)
    if envelope.code in LIMITS:
        return SourceError(Reason.LIMITED, said, retry_after_s=60)
    return SourceError(Reason.SERVER, said)
