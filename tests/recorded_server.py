"""The recorded answers of real exchanges, served on loopback: each at the path and query that it answered.

A recorded single row is put into the list that is asked for where an exchange answers many pairs at once; nothing else
is changed, and what was not recorded is 404. Each exchange has a path of its own: http://127.0.0.1:PORT/kraken/0/…
"""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

VENUES = {"coinbase": "coinbase_exchange"}  # the recordings' name where it is another
NAMES = ("kraken", "coinbase", "bitstamp", "gemini", "bitfinex", "binance", "okx", "coingecko")
KRAKEN_UNKNOWN = b'{"error":["EQuery:Unknown asset pair"]}'

Found = tuple[int, bytes] | None
Query = Mapping[str, str]


class Recordings:
    """The recorded answers of one folder. strict: no lists of several pairs at all."""

    def __init__(self, folder: Path, strict: bool = False) -> None:
        self._folder, self._strict = folder, strict
        entries = json.loads((folder / "manifest.json").read_text("utf-8"))
        self._files = {
            (entry["venue"], entry["path"], frozenset(entry["query"].items())): (entry["status"], entry["file"])
            for entry in entries
            if entry["type"] == "rest" and entry["status"] == 200 and not entry["file"].endswith(".gz")
        }

    def answer(self, exchange: str, path: str, query: Query) -> tuple[int, bytes]:
        """Status and body."""
        found = self._recorded(exchange, path, query) or self._wrapped(exchange, path, query)
        return found or (404, b'{"message":"NotFound"}')

    def _recorded(self, exchange: str, path: str, query: Query) -> Found:
        entry = self._files.get((VENUES.get(exchange, exchange), path, frozenset(query.items())))
        if entry is None or (self._strict and _several(query)):
            return None
        return entry[0], (self._folder / entry[1]).read_bytes()

    def _wrapped(self, exchange: str, path: str, query: Query) -> Found:
        wrap = WRAPS.get((exchange, path))
        return wrap(self, query) if wrap and not (self._strict and (_several(query) or not query)) else None

    def body(self, exchange: str, path: str, **query: str) -> bytes | None:
        """A recorded body as it is."""
        entry = self._files.get((VENUES.get(exchange, exchange), path, frozenset(query.items())))
        return None if entry is None else (self._folder / entry[1]).read_bytes()


def _several(query: Query) -> bool:
    return any("," in value for value in query.values())


def _kraken(recordings: Recordings, query: Query) -> Found:
    path, names = "/0/public/Ticker", query.get("pair", "").split(",")
    bodies = [recordings.body("kraken", path, pair=name) for name in names]
    if None in bodies:
        return 200, KRAKEN_UNKNOWN
    inner = [body[body.index(b'"result"') :].split(b"{", 1)[1].rsplit(b"}", 2)[0] for body in bodies if body]
    return 200, b'{"error":[],"result":{' + b",".join(inner) + b"}}"


def _bitstamp(recordings: Recordings, query: Query) -> Found:
    row = recordings.body("bitstamp", "/api/v2/ticker/btcusd/")
    return (200, b'[{"pair":"BTC/USD",' + row.lstrip().removeprefix(b"{") + b"]") if row and not query else None


def _binance(recordings: Recordings, query: Query) -> Found:
    rows = json.loads(recordings.body("binance", "/api/v3/ticker/24hr", symbols='["BTCUSDT","ETHUSDT"]') or b"[]")
    return _picked(rows, json.loads(query.get("symbols", "[]")), lambda row: row["symbol"], all_of_them=True)


def _bitfinex(recordings: Recordings, query: Query) -> Found:
    rows = json.loads(
        recordings.body("bitfinex", "/v2/tickers", symbols="fLEO,tBTCUSD") or b"[]",
        parse_float=_Digits,
        parse_int=_Digits,
    )
    return _picked(rows, query.get("symbols", "").split(","), lambda row: row[0], all_of_them=False)


def _coingecko(recordings: Recordings, query: Query) -> Found:
    body = recordings.body("coingecko", "/api/v3/coins/markets", vs_currency="usd", ids="bitcoin")
    rows = (
        json.loads(body or b"[]", parse_float=_Digits, parse_int=_Digits) if query.get("vs_currency") == "usd" else []
    )
    return _picked(rows, query.get("ids", "").split(","), lambda row: row["id"], all_of_them=False)


class _Digits(str):
    """A number in the digits that were read."""


def _picked(rows: list[Any], asked: list[str], name: Callable[[Any], str], all_of_them: bool) -> Found:
    chosen = [row for row in rows if name(row) in asked]
    if not chosen or (all_of_them and len(chosen) < len(asked)):
        return None
    return 200, _dumped(chosen).encode()


def _dumped(value: Any) -> str:
    """JSON with the digits that were read."""
    if isinstance(value, _Digits):
        return value
    if isinstance(value, list):
        return "[" + ",".join(map(_dumped, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_dumped(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


WRAPS: dict[tuple[str, str], Callable[[Recordings, Query], Found]] = {
    ("kraken", "/0/public/Ticker"): _kraken,
    ("bitstamp", "/api/v2/ticker/"): _bitstamp,
    ("binance", "/api/v3/ticker/24hr"): _binance,
    ("bitfinex", "/v2/tickers"): _bitfinex,
    ("coingecko", "/api/v3/coins/markets"): _coingecko,
}


class RecordedServer(ThreadingHTTPServer):
    """Serves while entered. asked: every request's target, in the order of arrival."""

    daemon_threads = True
    block_on_close = True

    def __init__(self, recordings: Recordings) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recordings, self.asked = recordings, list[str]()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, name="recorded")

    def __enter__(self) -> "RecordedServer":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def settings(self) -> list[str]:
        """The options that send all eight exchanges here."""
        words = ["exchanges.okx.enabled=true", "exchanges.coingecko.enabled=true"]
        words += [f"exchanges.{name}.rest_url=http://127.0.0.1:{self.server_port}/{name}" for name in NAMES]
        return [option for word in words for option in ("--set", word)]


class _Handler(BaseHTTPRequestHandler):
    server: RecordedServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        url = urlsplit(self.path)
        exchange, _, path = url.path.removeprefix("/").partition("/")
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        status, body = self.server.recordings.answer(exchange, f"/{path}", query)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing."""
