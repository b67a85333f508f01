"""What each exchange answers to its documented candle paths: its own order of rows and fields, limits and quirks."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from cryptoprices.core.intervals import INTERVALS_MS, MINUTE_MS, floor_ms
from cryptoprices.core.market import Pair
from cryptoprices.demo.naming import bitfinex_name, joined, kraken_key, kraken_name, named
from cryptoprices.demo.reply import NOT_FOUND, Reply, json_number
from cryptoprices.demo.venues import Bar, Desk

NEVER_MS = 253_402_300_800_000
GEMINI_WIDTHS = {"1m": "1m", "5m": "5m", "15m": "15m", "1hr": "1h", "1day": "1d"}
BITFINEX_WIDTHS = {"1m": "1m", "5m": "5m", "15m": "15m", "1h": "1h", "1D": "1d"}
OKX_BARS = {"1m": "1m", "5m": "5m", "15m": "15m", "1H": "1h", "4H": "4h", "1Dutc": "1d", "1Wutc": "1w"}
_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)


class Wanted(NamedTuple):
    """A page: at most `limit` of the candles that open in [since_ms, until_ms), the running one among them."""

    desk: Desk
    pair: Pair
    interval: str
    since_ms: int = 0
    until_ms: int = NEVER_MS
    limit: int = 1000

    def newest(self) -> list[Bar]:
        """The last `limit` of them, oldest first."""
        now_ms, width_ms = self.desk.now_ms, INTERVALS_MS[self.interval]
        until_ms = min(self.until_ms, now_ms + width_ms)
        since_ms = max(self.since_ms, floor_ms(until_ms - 1, self.interval) - self.limit * width_ms)
        return self.desk.candles(self.pair, self.interval, since_ms, until_ms)[-self.limit :]

    def oldest(self) -> list[Bar]:
        """The first `limit` of them, oldest first."""
        since_ms = floor_ms(self.since_ms + INTERVALS_MS[self.interval] - 1, self.interval)
        until_ms = min(self.until_ms, since_ms + self.limit * INTERVALS_MS[self.interval])
        return self.desk.candles(self.pair, self.interval, since_ms, until_ms)[: self.limit]


def _by_width(text: str, unit_ms: int) -> str | None:
    """The interval whose width is that many units."""
    widths = {str(width_ms // unit_ms): interval for interval, width_ms in INTERVALS_MS.items()}
    return widths.get(text)


def _time(query: dict[str, str], key: str, unit_ms: int = 1) -> int | None:
    """A time of the query in Unix ms, None where it is not given, or no number."""
    text = query.get(key, "")
    return int(text) * unit_ms if _DIGITS.fullmatch(text) else None


def _limit(query: dict[str, str], usual: int, most: int) -> int:
    text = query.get("limit", "")
    return min(int(text), most) if _DIGITS.fullmatch(text) and int(text) else usual


def kraken(desk: Desk, path: str, query: dict[str, str]) -> Reply | None:
    """GET /0/public/OHLC?pair=XBTUSD&interval=60: the newest 720 whatever `since`, and the running one."""
    if path != "/0/public/OHLC":
        return None
    known = named(desk, kraken_name) | named(desk, kraken_key)
    pair, interval = known.get(query.get("pair", "")), _by_width(query.get("interval", "1"), MINUTE_MS)
    if pair is None:
        return Reply({"error": ["EQuery:Unknown asset pair"]})
    if interval is None:
        return Reply({"error": ["EGeneral:Invalid arguments"]})
    bars = Wanted(desk, pair, interval, limit=721).newest()
    after_ms = _time(query, "since", 1000) or 0
    rows = [
        [bar.open_ms // 1000, bar.open, bar.high, bar.low, bar.close, bar.vwap(), bar.volume, 41]
        for bar in bars
        if bar.open_ms > after_ms
    ]
    return Reply({"error": [], "result": {kraken_key(pair): rows, "last": bars[-2].open_ms // 1000}})


def coinbase(desk: Desk, path: str, query: dict[str, str]) -> Reply | None:
    """GET /products/BTC-USD/candles?granularity=3600&start=…&end=…: numbers, newest first, low before high."""
    products = named(desk, "-".join)
    match path.split("/"):
        case ["", "products", product, "candles"]:
            pair = products.get(product)
        case _:
            return None
    if pair is None:
        return Reply({"message": "NotFound"}, 404)
    interval = _by_width(query.get("granularity", "60"), 1000)
    if interval not in ("1m", "5m", "15m", "1h", "1d"):
        return Reply({"message": "Unsupported granularity"}, 400)
    start_ms, end_ms = _time(query, "start", 1000), _time(query, "end", 1000)
    wanted = Wanted(desk, pair, interval, limit=300)
    if start_ms is not None and end_ms is not None:  # one alone is passed over
        count = (end_ms - start_ms) // INTERVALS_MS[interval]
        if count > 300:
            text = "granularity too small for the requested time range. Count of aggregations requested exceeds 300"
            return Reply({"message": text}, 400)
        wanted = wanted._replace(since_ms=start_ms, until_ms=end_ms + 1)
    rows = []
    for bar in reversed(wanted.newest()):
        figures = bar.low, bar.high, bar.open, bar.close, bar.volume
        rows.append([bar.open_ms // 1000, *map(json_number, figures)])
    return Reply(rows)


def bitstamp(desk: Desk, path: str, query: dict[str, str]) -> Reply | None:
    """GET /api/v2/ohlc/btcusd/?step=3600&limit=1000: oldest first; where start and end are given, start is ignored."""
    pairs = named(desk, lambda pair: joined(pair).lower())
    match path.strip("/").split("/"):
        case ["api", "v2", "ohlc", name]:
            pair = pairs.get(name)
        case _:
            return None
    if pair is None:
        return NOT_FOUND
    interval = _by_width(query.get("step", ""), 1000)
    if interval in (None, "1w") or "limit" not in query:
        return Reply(
            {"code": "400.002", "errors": [{"field": "step", "message": "Unsupported step", "code": "400"}]}, 400
        )
    start_ms, end_ms = _time(query, "start", 1000), _time(query, "end", 1000)
    wanted = Wanted(desk, pair, interval or "", limit=_limit(query, 1000, 1000))
    if query.get("exclude_current_candle") == "true":
        wanted = wanted._replace(until_ms=floor_ms(desk.now_ms, wanted.interval))
    if end_ms is not None:
        bars = wanted._replace(until_ms=min(end_ms + 1, wanted.until_ms)).newest()
    elif start_ms is not None:
        bars = wanted._replace(since_ms=start_ms).oldest()
    else:
        bars = wanted.newest()
    names = ("open", "high", "low", "close", "volume")
    rows = [{"timestamp": str(bar.open_ms // 1000), **dict(zip(names, bar[1:], strict=True))} for bar in bars]
    return Reply({"data": {"pair": str(pair), "ohlc": rows}})


def gemini(desk: Desk, path: str, _query: dict[str, str]) -> Reply | None:
    """GET /v2/candles/btcusd/1hr: the newest, without parameters: 1440 of them, or 365 days."""
    match path.split("/"):
        case ["", "v2", "candles", symbol, width]:
            pair, interval = named(desk, joined).get(symbol.upper()), GEMINI_WIDTHS.get(width)
        case _:
            return None
    if pair is None or interval is None:
        text = f"Supplied value '{symbol if pair is None else width}' is not a valid "
        text += "symbol.  Please correct your API request" if pair is None else "time frame"
        return Reply({"message": text, "reason": "Bad Request", "result": "error"}, 400)
    bars = Wanted(desk, pair, interval, limit=365 if interval == "1d" else 1440).newest()
    return Reply([[bar.open_ms, *map(json_number, bar[1:])] for bar in reversed(bars)])


def bitfinex(desk: Desk, path: str, query: dict[str, str]) -> Reply | None:
    """GET /v2/candles/trade:1h:tBTCUSD/hist: numbers, newest first unless sort=1, the close before high and low."""
    match path.split("/"):
        case ["", "v2", "candles", key, "hist" | "last" as section]:
            kind, _, rest = key.partition(":")
            width, _, symbol = rest.partition(":")
        case _:
            return None
    pair, interval = named(desk, bitfinex_name).get(symbol), BITFINEX_WIDTHS.get(width)
    if kind != "trade" or pair is None or interval is None:
        return Reply(["error", 10020, "key: invalid" if pair else "symbol: invalid"], 500)
    since_ms, end_ms = _time(query, "start") or 0, _time(query, "end")
    until_ms = NEVER_MS if end_ms is None else end_ms + 1
    wanted = Wanted(desk, pair, interval, since_ms, until_ms, _limit(query, 100, 10_000))
    upwards = query.get("sort") == "1"
    rows = [
        [bar.open_ms, *map(json_number, (bar.open, bar.close, bar.high, bar.low, bar.volume))]
        for bar in (wanted.oldest() if upwards and since_ms else wanted.newest())
    ]
    if section == "last":
        return Reply(rows[-1])
    return Reply(rows if upwards else rows[::-1])


def binance(desk: Desk, path: str, query: dict[str, str]) -> Reply | None:
    """GET /api/v3/klines?symbol=BTCUSDT&interval=1h: strings, oldest first; from startTime on, else the newest."""
    if path != "/api/v3/klines":
        return None
    pair, interval = named(desk, joined).get(query.get("symbol", "")), query.get("interval", "")
    if pair is None:
        return Reply({"code": -1121, "msg": "Invalid symbol."}, 400)
    if interval not in INTERVALS_MS:
        return Reply({"code": -1120, "msg": "Invalid interval."}, 400)
    start_ms, end_ms = _time(query, "startTime"), _time(query, "endTime")
    until_ms = NEVER_MS if end_ms is None else end_ms + 1
    wanted = Wanted(desk, pair, interval, start_ms or 0, until_ms, _limit(query, 500, 1000))
    rows: list[list[Any]] = []
    for bar in wanted.newest() if start_ms is None else wanted.oldest():
        ends_ms = bar.open_ms + INTERVALS_MS[interval] - 1
        turnover, half = f"{float(bar.volume) * float(bar.vwap()):.8f}", f"{float(bar.volume) / 2:.8f}"
        prices = [f"{float(price):.8f}" for price in bar[1:5]]
        rows.append([bar.open_ms, *prices, bar.volume, ends_ms, turnover, 4100, half, turnover, "0"])
    return Reply(rows)


def okx(desk: Desk, path: str, query: dict[str, str]) -> Reply | None:
    """GET /api/v5/market/candles (the newest 1440) and …/history-candles?instId=BTC-USDT&bar=1H: newest first.

    `after` is older than, `before` newer than; widths of 6 hours and more are UTC's only by names of their own.
    """
    if path not in ("/api/v5/market/candles", "/api/v5/market/history-candles"):
        return None
    pair, interval = named(desk, "-".join).get(query.get("instId", "")), OKX_BARS.get(query.get("bar", "1m"))
    if pair is None:
        return Reply({"code": "51001", "data": [], "msg": "Instrument ID does not exist"})
    if interval is None:
        return Reply({"code": "51000", "data": [], "msg": "Parameter bar error"})
    width_ms, before_ms = INTERVALS_MS[interval], _time(query, "before")
    wanted = Wanted(desk, pair, interval, before_ms + 1 if before_ms is not None else 0, limit=_limit(query, 100, 300))
    running_ms = floor_ms(desk.now_ms, interval)
    if path.endswith("/candles"):
        wanted = wanted._replace(since_ms=max(wanted.since_ms, running_ms - 1439 * width_ms))
    else:
        wanted = wanted._replace(until_ms=running_ms)
    wanted = wanted._replace(until_ms=min(wanted.until_ms, _time(query, "after") or NEVER_MS))
    rows = []
    for bar in reversed(wanted.newest()):
        turnover = f"{float(bar.volume) * float(bar.vwap()):.8f}"
        confirmed = "0" if bar.open_ms >= running_ms else "1"
        rows.append([str(bar.open_ms), *bar[1:], turnover, turnover, confirmed])
    return Reply({"code": "0", "msg": "", "data": rows})


CANDLES: dict[str, Callable[[Desk, str, dict[str, str]], Reply | None]] = {
    function.__name__: function for function in (kraken, coinbase, bitstamp, gemini, bitfinex, binance, okx)
}
