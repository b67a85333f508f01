"""Exchanges on loopback that have a past: candles in their shapes, orders and limits. The log is the judge."""

import threading
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from fault_server import FaultServer

from cryptoprices.clock import Clock
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Candle, Pair
from cryptoprices.demo.answers import Reply

Rows = list[Candle]
Query = Mapping[str, str]
INTERVAL_OF_S = {str(ms // 1000): interval for interval, ms in INTERVALS_MS.items()}
PRICES = {Pair("BTC", "USD"): Decimal("97412.5"), Pair("ETH", "USD"): Decimal("3512.3")}


class CandleServer(FaultServer):
    """tapes: exchange -> pair -> interval -> its complete candles, oldest first; each is served with a running one.

    most_at_once: exchange -> how many of its requests were being answered at the same time. pause_s: how long an
    answer takes.
    """

    def __init__(self, clock: Clock, tapes: Mapping[str, Mapping[Pair, Mapping[str, Sequence[Candle]]]]) -> None:
        super().__init__(PRICES, clock, tuple(tapes))
        self.tapes = tapes
        self.most_at_once = dict.fromkeys(tapes, 0)
        self.pause_s = 0.0
        self.before_page: Callable[[str], None] = lambda _name: None
        self._now = dict.fromkeys(tapes, 0)
        self._counting = threading.Lock()
        self._never = threading.Event()

    def pages(self, name: str) -> list[str]:
        """The paths of candles that it was asked for."""
        return [request.path for request in self.requests(name) if is_page(name, request.path)]

    def reply(self, name: str, path: str) -> Reply:
        """A page of candles, or what it says when it is well."""
        with self._counting:
            self._now[name] += 1
            self.most_at_once[name] = max(self.most_at_once[name], self._now[name])
        try:
            if self.pause_s:
                self._never.wait(self.pause_s)
            if not is_page(name, path):
                return super().reply(name, path)
            self.before_page(name)
            url = urlsplit(path)
            return SERVED[name](self, url.path, dict(parse_qsl(url.query)))
        finally:
            with self._counting:
                self._now[name] -= 1

    def rows(self, name: str, market: str, interval: str) -> Rows | None:
        """Its candles of this market up to the running one; None where it does not know the market."""
        for pair, tapes in self.tapes[name].items():
            if market.upper() in (f"{pair.base}{pair.quote}", f"{pair.base}-{pair.quote}"):
                now_ms, candles = self.clock.wall_ms(), tapes.get(interval, ())
                complete = [candle for candle in candles if candle.open_ms + INTERVALS_MS[interval] <= now_ms]
                if not complete:
                    return []
                last = complete[-1].close
                return [*complete, Candle(floor_ms(now_ms, interval), last, last * 2, last / 2, last, 1.0)]
        return None


def is_page(name: str, path: str) -> bool:
    return {"kraken": "/OHLC", "bitstamp": "/ohlc/", "binance": "/klines"}.get(name, "candles") in path


def kraken(server: CandleServer, path: str, query: Query) -> Reply:
    """The newest 721 that open after `since`, oldest first; nothing older can be had."""
    name = {"XXBTZUSD": "BTCUSD", "XETHZUSD": "ETHUSD"}.get(query["pair"], query["pair"])
    rows = server.rows("kraken", name, INTERVAL_OF_S[str(int(query["interval"]) * 60)])
    if rows is None:
        return Reply({"error": ["EQuery:Unknown asset pair"]})
    rows = [row for row in rows[-721:] if row.open_ms > int(query.get("since", "0")) * 1000]
    listed = [[r.open_ms // 1000, *(str(level) for level in r[1:5]), "0.0", str(r.volume), 3] for r in rows]
    return Reply({"error": [], "result": {query["pair"]: listed, "last": 0}})


def coinbase(server: CandleServer, path: str, query: Query) -> Reply:
    """At most 300, newest first: low and high stand before open and close."""
    width_s, start, end = (int(query[key]) for key in ("granularity", "start", "end"))
    rows = server.rows("coinbase", path.split("/")[2], INTERVAL_OF_S[str(width_s)])
    if rows is None:
        return Reply({"message": "NotFound"}, 404)
    if (end - start) // width_s > 300:
        return Reply({"message": "granularity too small for the requested time range"}, 400)
    rows = [row for row in rows if start * 1000 <= row.open_ms <= end * 1000]
    return Reply([[r.open_ms // 1000, r.low, r.high, r.open, r.close, r.volume] for r in reversed(rows)])


def bitstamp(server: CandleServer, path: str, query: Query) -> Reply:
    """The last `limit` (at most 1000) up to `end`, oldest first, everything a string."""
    rows = server.rows("bitstamp", path.split("/")[4], INTERVAL_OF_S[query["step"]])
    if rows is None:
        return Reply({"code": 404, "errors": []}, 404)
    limit = int(query["limit"])
    if not 1 <= limit <= 1000:
        return Reply({"code": "validation-error", "errors": []}, 400)
    rows = [row for row in rows if row.open_ms <= int(query["end"]) * 1000][-limit:]
    keys = ("timestamp", "open", "high", "low", "close", "volume")
    listed = [dict(zip(keys, map(str, (r.open_ms // 1000, *r[1:])), strict=True)) for r in rows]
    return Reply({"data": {"ohlc": listed}})


def bitfinex(server: CandleServer, path: str, query: Query) -> Reply:
    """At most 10,000, newest first: the close stands before high and low."""
    _, width, market = path.split("/")[3].split(":")
    rows = server.rows("bitfinex", market.removeprefix("t"), {"1D": "1d", "7D": "1w"}.get(width, width))
    rows = [row for row in rows or () if int(query["start"]) <= row.open_ms <= int(query["end"])]
    newest = list(reversed(rows))[: min(int(query["limit"]), 10_000)]
    return Reply([[r.open_ms, r.open, r.close, r.high, r.low, r.volume] for r in newest])


def gemini(server: CandleServer, path: str, _query: Query) -> Reply:
    """The newest, whatever is wanted: a day of minutes, newest first."""
    market, width = path.split("/")[3:]
    rows = server.rows("gemini", market, {"1hr": "1h", "1day": "1d"}.get(width, width))
    if rows is None:
        return Reply({"result": "error", "reason": "InvalidSymbol", "message": "not a valid symbol"}, 400)
    return Reply([[r.open_ms, r.open, r.high, r.low, r.close, r.volume] for r in reversed(rows[-1440:])])


def okx(server: CandleServer, path: str, query: Query) -> Reply:
    """At most 300 before `after` and after `before`, newest first; what is older than 1440 is only elsewhere."""
    width = query["bar"].removesuffix("utc").lower() if query["bar"] != "1m" else "1m"
    rows = server.rows("okx", query["instId"], width)
    if rows is None:
        return Reply({"code": "51001", "data": [], "msg": "Instrument ID does not exist"})
    rows = rows[-1440:] if path.endswith("/candles") else rows[:-1]
    rows = [row for row in rows if int(query["before"]) < row.open_ms < int(query["after"])]
    newest = list(reversed(rows))[: min(int(query["limit"]), 300)]
    now_ms, width_ms = server.clock.wall_ms(), INTERVALS_MS[width]
    listed = [[*(map(str, (r.open_ms, *r[1:], 1, 1))), str(int(r.open_ms + width_ms <= now_ms))] for r in newest]
    return Reply({"code": "0", "msg": "", "data": listed})


def binance(server: CandleServer, path: str, query: Query) -> Reply:
    """At most 1000 that open between these times, oldest first."""
    rows = server.rows("binance", query["symbol"], query["interval"])
    if rows is None:
        return Reply({"code": -1121, "msg": "Invalid symbol."}, 400)
    rows = [row for row in rows if int(query["startTime"]) <= row.open_ms <= int(query["endTime"])]
    rows = rows[: min(int(query["limit"]), 1000)]
    return Reply([[r.open_ms, *map(str, r[1:]), r.open_ms + 1, "0", 1, "0", "0", "0"] for r in rows])


SERVED = {
    "kraken": kraken,
    "coinbase": coinbase,
    "bitstamp": bitstamp,
    "bitfinex": bitfinex,
    "gemini": gemini,
    "okx": okx,
    "binance": binance,
}
