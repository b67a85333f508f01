"""Bitfinex spot prices. Format: https://docs.bitfinex.com/reference/rest-public-tickers

Candles: …/reference/rest-public-candles; stream: …/docs/ws-general and …/reference/ws-public-ticker.
Rows are arrays of numbers to which fields are appended over time. There is no time in a ticker's.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from itertools import count

from msgspec import Raw, Struct

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.payload import Rows, candles, decoder, error_body, literal, wanted
from cryptoprices.core.plain import plain
from cryptoprices.core.session import NOTHING, Heard, Session
from cryptoprices.core.source import Answer, Ask, CandleAsk, Source, pages

# https://api-pub.bitfinex.com/v2/conf/pub:map:currency:sym
CODES = {
    "USDT": "UST",
    "USDC": "UDC",
    "BCH": "BCHN",
    "LUNA": "LUNA2",
    "LUNC": "LUNA",
    "ALGO": "ALG",
    "ATOM": "ATO",
    "DASH": "DSH",
    "IOTA": "IOT",
    "MANA": "MNA",
    "QTUM": "QTM",
}
UNKNOWN_SYMBOL, LIMIT = 10020, 11010
WIDTHS = {"1m": "1m", "5m": "5m", "15m": "15m", "1h": "1h", "1d": "1D"}  # no 4h; on which day its 7D begin is not told
PAGE = 10_000
NUMBERED = 65_536  # flag: a number that rises with every frame stands at each one's end
RESTART, MAINTENANCE_ENDED = 20_051, 20_061  # after both the subscriptions have to be made anew


class Row(Struct, array_like=True, gc=False):
    """["tBTCUSD", 7381.6, 38.64497, 7381.7, 32.1459, 126.6, 0.0175, 7381.2, 1982.88275223, 7390, 7228.1]

    A funding row (fUSD) has 17 fields of other meanings, and a symbol that nobody asks for.
    """

    symbol: str
    bid: Raw
    bid_size: Raw
    ask: Raw
    ask_size: Raw
    change: Raw
    change_fraction: Raw  # of 24 hours: 0.0175 is 1.75 %
    last: Raw
    volume: Raw  # of 24 hours, in the base
    high: Raw
    low: Raw

    def ticker(self, pair: Pair) -> Ticker:
        """Everything is a number; the change is a fraction."""
        fraction = numbers.signed(literal(self.change_fraction), "change")
        return numbers.ticker(
            pair,
            literal(self.last) or "",
            bid=literal(self.bid),
            ask=literal(self.ask),
            high=literal(self.high),
            low=literal(self.low),
            volume=literal(self.volume),
            change_pct=None if fraction is None else fraction.scaleb(2),
        )


class CandleRow(Struct, array_like=True, gc=False):
    """[1678465320000, 20097, 20114, 20125, 20094, 1.43504645]: the close stands before high and low"""

    time_ms: int
    open: Raw
    close: Raw
    high: Raw
    low: Raw
    volume: Raw  # in the base

    def candle(self) -> Candle:
        """Everything is a number."""
        open_, high, low, close = (literal(level) or "" for level in (self.open, self.high, self.low, self.close))
        return numbers.candle(self.time_ms, open_, high, low, close, literal(self.volume))


class Event(Struct):
    """{"event": "subscribed", "channel": "ticker", "chanId": 232949, "symbol": "tBTCUSD", "pair": "BTCUSD"}

    Or {"event": "error", "msg": "symbol: invalid", "code": 10300, "channel": "ticker", "symbol": "tXXXUSD"} or
    {"event": "info", "code": 20051, "msg": "Stop/Restart Websocket Server (please reconnect)"}.
    """

    event: str
    channel: str = ""
    chanId: int = 0
    symbol: str = ""
    code: int = 0
    msg: str = ""


class BitfinexSession(Session):
    """A channel a pair, at most 25 of them. The order is that of the frames' numbers, else that of their arrival."""

    _event = decoder(Event)
    _frame = decoder(list[Raw])
    _row = decoder(Row)
    _number = decoder(int)

    def __init__(self, pairs: Collection[Pair]) -> None:
        super().__init__(pairs)
        self._pairs = {symbol(pair): pair for pair in self.pairs}
        self._channels: dict[int, Pair] = {}
        self._arrivals = count()

    def greeting(self) -> tuple[str, ...]:
        """Frames are to be numbered; then a frame a pair."""
        subscriptions = ({"event": "subscribe", "channel": "ticker", "symbol": name} for name in self._pairs)
        return tuple(map(json.dumps, ({"event": "conf", "flags": NUMBERED}, *subscriptions)))

    def ping(self) -> str:
        """Answered by {"event": "pong", …}."""
        return '{"event": "ping", "cid": 1}'

    def parse(self, frame: str) -> Heard:
        """[232949, [bid, …], 17] or [232949, "hb", 18], and events; channels that are not ours are nothing."""
        if frame.startswith("{"):
            return self._told(self._event.decode(frame))
        channel, what, *more = self._frame.decode(frame)
        pair = self._channels.get(self._number.decode(channel))
        if pair is None or bytes(what) == b'"hb"':
            return NOTHING
        ticker = self._row.decode(b'["",' + bytes(what)[1:]).ticker(pair)  # as of /v2/tickers, without the symbol
        order = self._number.decode(more[-1]) if more else next(self._arrivals)
        return Heard((ticker,)) if self.is_newer(pair, order) else NOTHING

    def _told(self, said: Event) -> Heard:
        pair = self._pairs.get(said.symbol)
        if said.event == "subscribed" and said.channel == "ticker" and pair:
            self._channels[said.chanId] = pair
            return Heard(accepted=(pair,))
        if said.event == "error":
            if pair is None:
                raise BadPayload(plain(said.msg or f"code {said.code}"))
            return Heard(refused=((pair, plain(said.msg)),))
        return Heard(reconnect=said.event == "info" and said.code in (RESTART, MAINTENANCE_ENDED))


class Failure(Struct, array_like=True):
    """["error", 10020, "symbol: invalid"]"""

    kind: str
    code: int
    text: str = ""


class Bitfinex(Source):
    """One question for all pairs; an unknown symbol is left out of the answer."""

    name = "bitfinex"
    title = "Bitfinex"
    rank = 5
    base_url = "https://api-pub.bitfinex.com"
    stream_url = "wss://api-pub.bitfinex.com/ws/2"
    quote_currencies = frozenset({"USD", "EUR", "GBP", "JPY", "USDT", "BTC", "ETH"})
    budget_per_min = 30  # of tickers, and 30 of candles
    candle_pages = dict.fromkeys(WIDTHS, PAGE)
    _candles = Rows(CandleRow, PAGE)
    _rows = Rows(Row)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """Many symbols in one question."""
        return [Ask("/v2/tickers?symbols=" + ",".join(map(symbol, page)), page) for page in pages(pairs)]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterable[Ticker | BadPayload]:
        """Rows by their symbol."""
        return wanted(self._rows.decode(body), {symbol(pair): pair for pair in pairs})

    def candle_ask(self, pair: Pair, interval: str, since_ms: int, until_ms: int, now_ms: int) -> CandleAsk:
        """Of any time. `end` is the last that is wanted; candles without trades are absent, so a page may be short."""
        since_ms = self.page_since_ms(interval, since_ms, until_ms)
        path = (
            f"/v2/candles/trade:{WIDTHS[interval]}:{symbol(pair)}/hist"
            f"?limit={PAGE}&start={since_ms}&end={until_ms - 1}&sort=-1"
        )
        return CandleAsk(path, pair, interval, since_ms, until_ms)

    def parse_candles(self, body: bytes, ask: CandleAsk) -> Iterable[Candle | BadPayload]:
        """Rows, newest first."""
        return candles(self._candles.decode(body))

    def session(self, pairs: Sequence[Pair]) -> BitfinexSession:
        """Ticker channels."""
        return BitfinexSession(pairs)

    def refusal(self, answer: Answer) -> SourceError | None:
        """An array that begins with "error"; over the limit an address is kept out for 60 s."""
        failure = error_body(self._failure, answer.body)
        if failure is None or failure.kind != "error":
            return None
        said = plain(failure.text)
        if failure.code == UNKNOWN_SYMBOL:
            return UnknownPair(said)
        if failure.code == LIMIT:
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        return SourceError(Reason.SERVER, said)


def symbol(pair: Pair) -> str:
    """tBTCUSD, and with a colon where a side is longer than three letters: tDOGE:USD."""
    base, quote = (CODES.get(side, side) for side in pair)
    return f"t{base}:{quote}" if len(base) > 3 or len(quote) > 3 else f"t{base}{quote}"
