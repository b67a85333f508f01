"""Microseconds from an answer's bytes to checked quotes, beside msgspec, json and ccxt. `python parse.py [--json]`.

The answers are those of tests/data, of one or two pairs each (`quotes`). ours: Source.read whole, ages included; the
Date header is the same in all calls, as it is for all answers of one second. msgspec: the same bytes into plain Structs
that declare every field of the answer with its JSON type. msgspec_decimal: the same with every figure a Decimal, as
exact prices need. json: json.loads. ccxt: json.loads and ccxt's own parser; null where it is not installed or has no
such exchange. Medians of short runs that take turns.
"""

import argparse
import functools
import json
import operator
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import defstruct
from msgspec.json import Decoder

from cryptoprices.core.market import Pair
from cryptoprices.core.source import Answer
from cryptoprices.sources.discovery import discover

try:
    import ccxt
except ImportError:
    ccxt = None

DATA = Path(__file__).resolve().parent.parent / "data"
HEADERS = {"date": "Sun, 22 Nov 2026 14:22:04 GMT", "content-type": "application/json"}
PAIRS = {
    "kraken": "BTC/USD ETH/USD",
    "coinbase": "BTC/USD",
    "bitstamp": "BTC/USD ETH/USD",
    "gemini": "BTC/USD",
    "bitfinex": "BTC/USD ETH/USD",
    "binance": "BTC/USDT ETH/USDT",
    "okx": "BTC/USDT",
    "coingecko": "BTC/USD SHIB/USD",
}
CCXT = {"coinbase": "coinbaseexchange", "coingecko": None}  # the rest have the same names there
RUNS, RUN_S = 21, 0.02


def plain_type(value: Any, figure: type) -> Any:
    """The type that a Struct would declare for this JSON value. figure: of numbers and of strings that are numbers."""
    if isinstance(value, dict):
        return defstruct("Plain", [(key, plain_type(item, figure)) for key, item in value.items()])
    if isinstance(value, list):
        kinds = value[:1] if value and isinstance(value[0], dict) else value
        return list[functools.reduce(operator.or_, [plain_type(item, figure) for item in kinds], None)]  # type: ignore[misc]
    if isinstance(value, str):
        number = value.replace(".", "", 1).lstrip("-").isdigit()
        return (figure if number and figure is Decimal else str) | None
    return (figure if isinstance(value, float | int) else str) | None


def plain_decoder(name: str, answer: Any, figure: type) -> Callable[[bytes], Any]:
    """msgspec's decoder of the whole answer into plain Structs."""
    if name == "bitfinex":  # rows are arrays: a name and numbers
        row = [("symbol", str), *((f"figure{n}", figure | None) for n in range(1, len(answer[1])))]
        return Decoder(list[defstruct("Row", row, array_like=True)]).decode  # type: ignore[misc]
    return Decoder(plain_type(answer, figure)).decode


def ccxt_parser(name: str) -> Callable[[Any], Any] | None:
    """ccxt's parser of a decoded answer, without the network, as its fetch_ticker or fetch_tickers calls it."""
    id_ = CCXT.get(name, name)
    if ccxt is None or id_ is None:
        return None
    exchange = getattr(ccxt, id_)()
    market = exchange.safe_market(None, {"id": "x", "symbol": "BTC/USD", "base": "BTC", "quote": "USD", "spot": True})
    parse = exchange.parse_ticker
    if name == "kraken":
        return lambda answer: [parse(row, market) for row in answer["result"].values()]
    if name in ("bitstamp", "binance"):
        return lambda answer: [parse(row, market) for row in answer[:2]]  # the two that are asked for
    if name == "bitfinex":
        return lambda answer: [parse(row, market) for row in answer[1:]]  # without the funding row
    if name == "okx":
        return lambda answer: [parse(row, market) for row in answer["data"]]
    return lambda answer: parse(answer, market)


def contenders(name: str) -> tuple[dict[str, Callable[[], Any] | None], int]:
    """What is measured for one exchange, and the number of quotes in its answer."""
    body = (DATA / f"{name}.json").read_bytes().strip()
    source, pairs = discover()[name], [Pair.parse(text) for text in PAIRS[name].split()]
    answer = Answer(200, HEADERS, body, 1000.0, 1_795_357_324_310)
    decoded = json.loads(body)
    plain, exact = plain_decoder(name, decoded, float), plain_decoder(name, decoded, Decimal)
    parse = ccxt_parser(name)
    found = source.read(answer, pairs)
    return {
        "ours": lambda: source.read(answer, pairs),
        "msgspec": lambda: plain(body),
        "msgspec_decimal": lambda: exact(body),
        "json": lambda: json.loads(body),
        "ccxt": parse and (lambda: parse(json.loads(body))),
    }, len(found)


def microseconds(functions: dict[str, Callable[[], Any] | None]) -> dict[str, float | None]:
    """Median CPU time of a call of each, in µs."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(RUNS):
        for name, function in functions.items():
            if function is None:
                continue
            calls, start = 0, time.process_time()
            while time.process_time() - start < RUN_S:
                for _ in range(50):
                    function()
                calls += 50
            times[name].append((time.process_time() - start) / calls * 1e6)
    return {name: round(statistics.median(runs), 2) if runs else None for name, runs in times.items()}


def main() -> None:
    """Print a line an exchange."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    as_json = options.parse_args().json
    for name in PAIRS:
        functions, quotes = contenders(name)
        line = {"case": name, "unit": "us", "quotes": quotes, **microseconds(functions)}
        if as_json:
            print(json.dumps(line), flush=True)
            continue
        times = "  ".join(f"{key} {line[key]}" for key in functions)
        print(f"{name:10} {times}  ×msgspec {line['ours'] / line['msgspec']:.1f}", flush=True)


if __name__ == "__main__":
    main()
