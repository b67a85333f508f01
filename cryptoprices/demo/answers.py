"""What each exchange answers to its documented ticker paths, built here from its figures and from nobody else's code.

Shapes, types and errors are those of recorded answers: strings where they send strings, numbers where numbers,
fractions or per cent as each does, and each one's own way to say that it does not know a pair.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cryptoprices.core.coins import COINS, coin_name
from cryptoprices.core.market import Pair
from cryptoprices.demo.candle_answers import CANDLES
from cryptoprices.demo.naming import bitfinex_name, joined, kraken_key, kraken_name, named
from cryptoprices.demo.reply import NOT_FOUND, Reply, json_number, time_text
from cryptoprices.demo.venues import Desk, Figures


def kraken(desk: Desk, path: str, query: dict[str, str]) -> Reply:
    """GET /0/public/Ticker?pair=A,B: 200 also for an error; the result's key is not always the name that was asked."""
    if path != "/0/public/Ticker":
        return Reply({"error": ["EGeneral:Unknown method"]}, 404)
    known = named(desk, kraken_name) | named(desk, kraken_key)
    asked = query["pair"].split(",") if "pair" in query else named(desk, kraken_key)
    if not all(word in known for word in asked):
        return Reply({"error": ["EQuery:Unknown asset pair"]})
    result = {}
    for word in asked:
        f = desk.figures(known[word])

        def price(value: Decimal) -> str:
            return str(value if value.as_tuple().exponent < -5 else round(value, 5))  # type: ignore[operator]  # finite

        result[kraken_key(f.pair)] = {
            "a": [price(f.ask), "1", "1.000"],
            "b": [price(f.bid), "2", "2.000"],
            "c": [price(f.last), "0.05120000"],
            "v": [str(f.today_volume), str(f.volume)],
            "p": [price(f.vwap), price(f.vwap)],
            "t": [12_873, 51_640],
            "l": [price(f.today_low), price(f.low)],
            "h": [price(f.today_high), price(f.high)],
            "o": price(f.midnight),
        }
    return Reply({"error": [], "result": result})


def coinbase(desk: Desk, path: str, _query: dict[str, str]) -> Reply:
    """GET /products/BTC-USD/ticker and /products/BTC-USD/stats."""
    products = named(desk, "-".join)
    match path.split("/"):
        case ["", "products", product, "ticker" | "stats" as what] if product in products:
            f = desk.figures(products[product])
        case _:
            return Reply({"message": "NotFound"}, 404)
    volume = f"{f.volume:.8f}"
    if what == "stats":
        ends = {"open": str(f.open), "high": str(f.high), "low": str(f.low), "last": str(f.last)}
        return Reply({**ends, "volume": volume, "volume_30day": f"{f.volume * 30:.8f}"})
    book = {"ask": str(f.ask), "bid": str(f.bid), "volume": volume, "trade_id": 701_234_567 + f.time_ms // 1000 % 10**8}
    return Reply({**book, "price": str(f.last), "size": "0.01200000", "time": time_text(f.time_ms, "microseconds")})


def bitstamp(desk: Desk, path: str, _query: dict[str, str]) -> Reply:
    """GET /api/v2/ticker/ (every pair) and /api/v2/ticker/btcusd/. `open` is midnight's, `open_24` a day old."""

    def row(f: Figures) -> dict[str, str]:
        return {
            "ask": str(f.ask),
            "bid": str(f.bid),
            "high": str(f.high),
            "last": str(f.last),
            "low": str(f.low),
            "open": str(f.midnight),
            "open_24": str(f.open),
            "percent_change_24": f"{f.change * 100:.2f}",
            "side": "0",
            "timestamp": str(f.time_ms // 1000),
            "volume": str(f.volume),
            "vwap": str(f.vwap),
        }

    pairs = named(desk, lambda pair: joined(pair).lower())
    match path.strip("/").split("/"):
        case ["api", "v2", "ticker"]:
            listed = (desk.figures(pair) for pair in pairs.values())
            return Reply([row(f) | {"pair": str(f.pair), "market_type": "SPOT"} for f in listed])
        case ["api", "v2", "ticker", name] if name in pairs:
            return Reply(row(desk.figures(pairs[name])))
    return NOT_FOUND


def gemini(desk: Desk, path: str, _query: dict[str, str]) -> Reply:
    """GET /v1/pubticker/btcusd, /v2/ticker/btcusd and /v1/pricefeed (whose change is a fraction)."""
    pairs = named(desk, joined)
    match path.split("/"):
        case ["", "v1", "pricefeed"]:
            feed = (desk.figures(pair) for pair in pairs.values())
            rows = [
                {"pair": "".join(f.pair), "price": str(f.last), "percentChange24h": f"{f.change:.4f}"} for f in feed
            ]
            return Reply(rows)
        case ["", "v1" | "v2" as version, "pubticker" | "ticker" as what, symbol]:
            name = symbol.upper()
        case _:
            return Reply({"result": "error", "reason": "EndpointNotFound", "message": "API entry point not found"}, 404)
    if name not in pairs or (version, what) not in (("v1", "pubticker"), ("v2", "ticker")):
        text = f"Supplied value '{symbol}' is not a valid symbol.  Please correct your API request to use one of the "
        return Reply({"message": text + "supported symbols", "reason": "Bad Request", "result": "error"}, 400)
    f = desk.figures(pairs[name])
    book = {"bid": str(f.bid), "ask": str(f.ask)}
    if what == "pubticker":
        traded = {f.pair.base: str(f.volume), f.pair.quote: str(f.volume * f.vwap)}
        return Reply({**book, "last": str(f.last), "volume": {**traded, "timestamp": f.time_ms}})
    ends = {"open": str(f.open), "high": str(f.high), "low": str(f.low), "close": str(f.last)}
    changes = [str(desk.past(f.pair, hours * 60)) for hours in range(1, 25)]
    return Reply({"symbol": name, **ends, "changes": changes, **book})


def bitfinex(desk: Desk, path: str, query: dict[str, str]) -> Reply:
    """GET /v2/tickers?symbols=tBTCUSD,tETHUSD or ALL: arrays of numbers, change as a fraction; unknown ones absent."""
    if path != "/v2/tickers":
        return Reply(["error", 10020, "path: invalid"], 500)

    pairs = named(desk, bitfinex_name)
    asked = query.get("symbols", "").split(",")
    rows = []
    for symbol in pairs if asked == ["ALL"] else [symbol for symbol in asked if symbol in pairs]:
        f = desk.figures(pairs[symbol])
        figures = (f.bid, Decimal("4.1"), f.ask, Decimal("3.7"), f.last - f.open, round(f.change, 8))
        rows.append([symbol, *map(json_number, (*figures, f.last, f.volume, f.high, f.low))])
    return Reply(rows)


def binance(desk: Desk, path: str, query: dict[str, str]) -> Reply:
    """GET /api/v3/ticker/24hr?symbols=["BTCUSDT","ETHUSDT"], or symbol=BTCUSDT for one object."""
    pairs = named(desk, joined)
    if path != "/api/v3/ticker/24hr":
        return NOT_FOUND
    try:
        asked = [query["symbol"]] if "symbol" in query else json.loads(query.get("symbols", json.dumps(list(pairs))))
    except ValueError:
        return Reply({"code": -1100, "msg": "Illegal characters found in parameter 'symbols'."}, 400)
    if not all(symbol in pairs for symbol in asked):
        return Reply({"code": -1121, "msg": "Invalid symbol."}, 400)
    rows = []
    for symbol in asked:
        f = desk.figures(pairs[symbol])
        prices = {
            "priceChange": f.last - f.open,
            "weightedAvgPrice": f.vwap,
            "prevClosePrice": f.open,
            "lastPrice": f.last,
            "lastQty": Decimal("0.012"),
            "bidPrice": f.bid,
            "bidQty": Decimal("1.204"),
            "askPrice": f.ask,
            "askQty": Decimal("0.877"),
            "openPrice": f.open,
            "highPrice": f.high,
            "lowPrice": f.low,
            "volume": f.volume,
            "quoteVolume": f.volume * f.vwap,
        }
        row: dict[str, Any] = {name: f"{value:.8f}" for name, value in prices.items()}
        row |= {"symbol": symbol, "priceChangePercent": f"{f.change * 100:.3f}"}
        row |= {"firstId": 3_983_862_692, "lastId": 3_988_881_941, "count": 5_019_250}
        rows.append(row | {"openTime": f.time_ms - 86_400_000, "closeTime": f.time_ms})
    return Reply(rows[0] if "symbol" in query else rows)


def okx(desk: Desk, path: str, query: dict[str, str]) -> Reply:
    """GET /api/v5/market/ticker?instId=BTC-USDT and .../tickers?instType=SPOT: all strings, in an envelope."""
    pairs = named(desk, "-".join)
    if path == "/api/v5/market/tickers":
        asked = list(pairs)
    elif path == "/api/v5/market/ticker":
        asked = [query.get("instId", "")]
    else:
        return NOT_FOUND
    if not all(name in pairs for name in asked):
        return Reply({"code": "51001", "data": [], "msg": "Instrument ID does not exist"})
    rows = []
    for name in asked:
        f = desk.figures(pairs[name])
        prices = {"last": f.last, "lastSz": "0.0002", "askPx": f.ask, "askSz": "1.55896972", "bidPx": f.bid}
        day = {"bidSz": "0.23393", "open24h": f.open, "high24h": f.high, "low24h": f.low, "sodUtc0": f.midnight}
        traded = {"sodUtc8": f.midnight, "volCcy24h": round(f.volume * f.vwap, 8), "vol24h": f.volume, "ts": f.time_ms}
        figures = {key: str(value) for key, value in (prices | day | traded).items()}
        rows.append({"instType": "SPOT", "instId": name, **figures})
    return Reply({"code": "0", "msg": "", "data": rows})


def coingecko(desk: Desk, path: str, query: dict[str, str]) -> Reply:
    """GET /api/v3/coins/markets and /api/v3/simple/price: numbers; ids that it does not know are left out."""
    ids = {COINS[coin].coingecko_id: coin for coin in desk.venue.digits}
    asked = [word for word in query.get("ids", "").split(",") if word in ids]

    def listed(currency: str) -> dict[str, Figures]:
        pairs = {word: Pair(ids[word], currency.upper()) for word in asked}
        return {word: desk.figures(pair) for word, pair in pairs.items() if desk.lists(pair)}

    if path == "/api/v3/simple/price":
        prices: dict[str, dict[str, int | float]] = {word: {} for word in asked}
        for currency in query.get("vs_currencies", "").split(","):
            for word, f in listed(currency).items():
                prices[word][currency] = json_number(f.last)
                if query.get("include_24hr_vol") == "true":
                    prices[word][f"{currency}_24h_vol"] = json_number(f.volume * f.vwap)
                if query.get("include_24hr_change") == "true":
                    prices[word][f"{currency}_24h_change"] = float(f.change * 100)
                if query.get("include_last_updated_at") == "true":
                    prices[word]["last_updated_at"] = f.time_ms // 1000
        return Reply(prices)
    if path != "/api/v3/coins/markets":
        return Reply({"error": "Incorrect path. Please check https://www.coingecko.com/api/"}, 404)
    rows = []
    for rank, (word, f) in enumerate(listed(query.get("vs_currency", "")).items(), start=1):
        row = {"id": word, "symbol": f.pair.base.lower(), "name": coin_name(f.pair.base), "market_cap_rank": rank}
        figures = {
            "current_price": f.last,
            "total_volume": round(f.volume * f.vwap, 0),
            "high_24h": f.high,
            "low_24h": f.low,
            "price_change_24h": f.last - f.open,
            "price_change_percentage_24h": round(f.change * 100, 5),
        }
        numbers = {key: json_number(value) for key, value in figures.items()}
        rows.append({**row, **numbers, "market_cap": None, "last_updated": time_text(f.time_ms, "milliseconds")})
    return Reply(rows)


ANSWERS: dict[str, Callable[[Desk, str, dict[str, str]], Reply]] = {
    function.__name__: function for function in (kraken, coinbase, bitstamp, gemini, bitfinex, binance, okx, coingecko)
}


def answer(name: str, desk: Desk, path: str, query: dict[str, str]) -> Reply:
    """What the exchange of that name answers to GET path?query."""
    of_candles = CANDLES[name](desk, path, query) if name in CANDLES else None
    return of_candles or ANSWERS[name](desk, path, query)
