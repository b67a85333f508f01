"""What each simulated exchange says over its stream, in the documented shapes and from the figures of its answers."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cryptoprices.core.market import Pair
from cryptoprices.demo import answers
from cryptoprices.demo.naming import bitfinex_name, joined, named
from cryptoprices.demo.reply import json_number, time_text
from cryptoprices.demo.talk import Said, Talk
from cryptoprices.demo.venues import Desk


class _Kraken(Talk):
    """Version 2: JSON numbers; an acknowledgement for each symbol."""

    def name(self, pair: Pair) -> str:
        return str(pair)

    def greet(self, _desk: Desk) -> list[Said]:
        data = {"system": "online", "api_version": "v2", "connection_id": 13_371_337, "version": "2.0.10"}
        return [{"channel": "status", "type": "update", "data": [data]}]

    def answer(self, said: dict[str, Any], desk: Desk) -> list[Said]:
        now = time_text(desk.now_ms, "microseconds")
        frame = {"method": said.get("method"), "time_in": now, "time_out": now}
        frame |= {"req_id": said["req_id"]} if "req_id" in said else {}
        if said.get("method") == "ping":
            return [frame | {"method": "pong"}]
        params = said.get("params") or {}
        if said.get("method") != "subscribe" or params.get("channel") != "ticker":
            return [frame | {"success": False, "error": "Unsupported field"}]
        heard: list[Said] = []
        for symbol in params.get("symbol") or ():
            state = self.follow(str(symbol), desk)
            if state is None:
                error = f"Currency pair not supported {symbol}"
                heard.append(frame | {"success": False, "error": error, "symbol": symbol})
            else:
                result = {"channel": "ticker", "symbol": symbol, "snapshot": True}
                heard += [frame | {"result": result, "success": True}]
                heard += [one | {"type": "snapshot"} for one in state if isinstance(one, dict)]
        return heard

    def complain(self, what: str) -> list[Said]:
        return [{"method": "subscribe", "success": False, "error": what}]

    def tick(self, name: str, desk: Desk) -> list[Said]:
        f = desk.figures(self.followed[name])
        prices = {"bid": f.bid, "bid_qty": Decimal("2.5"), "ask": f.ask, "ask_qty": Decimal("3.2"), "last": f.last}
        day = {"volume": f.volume, "vwap": f.vwap, "low": f.low, "high": f.high, "change": f.last - f.open}
        numbers = {key: json_number(value) for key, value in (prices | day).items()}
        numbers["change_pct"] = float(round(f.change * 100, 2))
        row = {"symbol": name, **numbers, "timestamp": time_text(f.time_ms, "microseconds")}
        return [{"channel": "ticker", "type": "update", "data": [row]}]

    def beat(self, _desk: Desk) -> list[Said]:
        return [{"channel": "heartbeat"}] if self.followed else []


class _Coinbase(Talk):
    """One unknown product refuses the whole subscription."""

    def name(self, pair: Pair) -> str:
        return "-".join(pair)

    def answer(self, said: dict[str, Any], desk: Desk) -> list[Said]:
        products = [str(each) for each in said.get("product_ids") or ()]
        known = named(desk, self.name)
        if said.get("type") != "subscribe":
            return self.complain("Type has to be either subscribe or unsubscribe")
        if unknown := [each for each in products if each not in known]:
            reason = f"{unknown[0]} is not a valid product"
            return [{"type": "error", "message": "Failed to subscribe", "reason": reason}]
        state = [one for each in products for one in self.follow(each, desk) or ()]
        channels = [{"name": name, "product_ids": list(self.followed)} for name in ("ticker", "heartbeat")]
        return [{"type": "subscriptions", "channels": channels}, *state]

    def complain(self, what: str) -> list[Said]:
        return [{"type": "error", "message": what}]

    def tick(self, name: str, desk: Desk) -> list[Said]:
        f = desk.figures(self.followed[name])
        texts = {"price": f.last, "open_24h": f.open, "volume_24h": f.volume, "low_24h": f.low, "high_24h": f.high}
        texts |= {"volume_30d": f.volume * 30, "best_bid": f.bid, "best_bid_size": Decimal("0.42"), "best_ask": f.ask}
        head = {"type": "ticker", "sequence": self.next(), "product_id": name}
        tail = {"side": "buy", "time": time_text(f.time_ms, "microseconds"), "trade_id": self._count}
        return [{**head, **{key: str(value) for key, value in texts.items()}, **tail, "last_size": "0.01200000"}]

    def beat(self, desk: Desk) -> list[Said]:
        time = time_text(desk.now_ms, "microseconds")
        head = {"type": "heartbeat", "sequence": self._count, "last_trade_id": self._count}
        return [head | {"product_id": name, "time": time} for name in self.followed]


class _Bitstamp(Talk):
    """Trades alone; it acknowledges channels of markets too that there are none of."""

    def name(self, pair: Pair) -> str:
        return f"live_trades_{joined(pair).lower()}"

    def answer(self, said: dict[str, Any], desk: Desk) -> list[Said]:
        channel = str((said.get("data") or {}).get("channel", ""))
        match said.get("event"):
            case "bts:heartbeat":
                return [{"event": "bts:heartbeat", "channel": "", "data": {"status": "success"}}]
            case "bts:subscribe":
                acknowledged: Said = {"event": "bts:subscription_succeeded", "channel": channel, "data": {}}
                return [acknowledged, *(self.follow(channel, desk) or ())]
        return self.complain("Bad subscription string.")

    def complain(self, what: str) -> list[Said]:
        return [{"event": "bts:error", "channel": "", "data": {"code": None, "message": what}}]

    def tick(self, name: str, desk: Desk) -> list[Said]:
        f = desk.figures(self.followed[name])
        number = self.next()
        texts = {"timestamp": str(f.time_ms // 1000), "amount": 0.0512, "amount_str": "0.05120000"}
        price = {"price": json_number(f.last), "price_str": str(f.last), "type": 0}
        orders = {"buy_order_id": 1_443_875_824_185_348 + number, "sell_order_id": 1_443_875_826_016_256 + number}
        data = {"id": 216_000_000 + number, **texts, **price, "microtimestamp": str(f.time_ms * 1000), **orders}
        return [{"data": data, "channel": name, "event": "trade"}]


class _Gemini(Talk):
    """An order book acknowledges a symbol, some trades of before with it; then trades."""

    beat_s = 5

    def answer(self, said: dict[str, Any], desk: Desk) -> list[Said]:
        books = said.get("subscriptions") or ()
        symbols = [str(symbol) for book in books if book.get("name") == "l2" for symbol in book.get("symbols") or ()]
        if said.get("type") != "subscribe" or not symbols:
            return self.complain("Malformed subscription")
        heard: list[Said] = []
        for symbol in symbols:
            trades = self.follow(symbol, desk)
            if trades is None:
                heard += self.complain(f"Supplied value '{symbol}' is not a valid symbol.")
                continue
            f = desk.figures(self.followed[symbol])
            changes = [["buy", str(f.bid), "0.42"], ["sell", str(f.ask), "0.37"]]
            heard.append({"type": "l2_updates", "symbol": symbol, "changes": changes, "trades": trades})
        return heard

    def complain(self, what: str) -> list[Said]:
        return [{"result": "error", "reason": "Bad Request", "message": what}]

    def tick(self, name: str, desk: Desk) -> list[Said]:
        f = desk.figures(self.followed[name])
        trade = {"type": "trade", "symbol": name, "event_id": 45_463_000_000 + self.next(), "timestamp": f.time_ms}
        return [trade | {"price": str(f.last), "quantity": "0.012", "side": "buy"}]

    def beat(self, desk: Desk) -> list[Said]:
        return [{"type": "heartbeat", "timestamp": desk.now_ms}] if self.followed else []


class _Bitfinex(Talk):
    """Channels with numbers; every array ends with a running number where that was asked for."""

    beat_s = 15

    def __init__(self) -> None:
        super().__init__()
        self._channels: dict[str, int] = {}
        self._numbered = False

    def name(self, pair: Pair) -> str:
        return bitfinex_name(pair)

    def greet(self, _desk: Desk) -> list[Said]:
        server = "083bd8d4-aca7-4690-a573-eabfc8103de8"
        return [{"event": "info", "version": 2, "serverId": server, "platform": {"status": 1}}]

    def answer(self, said: dict[str, Any], desk: Desk) -> list[Said]:
        symbol = str(said.get("symbol", ""))
        channel = {"channel": said.get("channel"), "symbol": symbol, "pair": symbol[1:]}
        match said.get("event"):
            case "ping":
                return [{"event": "pong", "ts": desk.now_ms, "cid": said.get("cid")}]
            case "conf":
                self._numbered = bool(said.get("flags", 0) & 65536)
                return [{"event": "conf", "status": "OK", "flags": said.get("flags", 0)}]
            case "subscribe" if said.get("channel") == "ticker" and symbol in named(desk, self.name):
                number = self._channels.setdefault(symbol, 232_949 + len(self._channels))
                acknowledged: Said = {"event": "subscribed", **channel, "chanId": number}
                return [acknowledged, *(self.follow(symbol, desk) or ())]
        return [{"event": "error", **channel, "msg": "symbol: invalid", "code": 10_300}]

    def complain(self, what: str) -> list[Said]:
        return [{"event": "error", "msg": what, "code": 10_000}]

    def tick(self, name: str, desk: Desk) -> list[Said]:
        (row,) = answers.bitfinex(desk, "/v2/tickers", {"symbols": name}).content
        return [[self._channels[name], row[1:], *self._number()]]

    def beat(self, _desk: Desk) -> list[Said]:
        return [[number, "hb", *self._number()] for number in self._channels.values()]

    def _number(self) -> list[int]:
        return [self.next()] if self._numbered else []


class _Binance(Talk):
    """The combined stream; names in lower case; a request is acknowledged as a whole, whatever is in it."""

    beat_s = 20
    pings = True

    def name(self, pair: Pair) -> str:
        return f"{joined(pair).lower()}@ticker"

    def answer(self, said: dict[str, Any], desk: Desk) -> list[Said]:
        names, number = [str(name) for name in said.get("params") or ()], said.get("id")
        match said.get("method"):
            case "SUBSCRIBE":
                state = [one for name in names for one in self.follow(name, desk) or ()]
                return [{"result": None, "id": number}, *state]
            case "LIST_SUBSCRIPTIONS":
                return [{"result": list(self.followed), "id": number}]
        return self.complain("unknown method")

    def complain(self, what: str) -> list[Said]:
        return [{"error": {"code": 2, "msg": f"Invalid request: {what}"}}]

    def tick(self, name: str, desk: Desk) -> list[Said]:
        f = desk.figures(self.followed[name])
        row = answers.binance(desk, "/api/v3/ticker/24hr", {"symbol": name.removesuffix("@ticker").upper()}).content
        short = {"p": "priceChange", "P": "priceChangePercent", "w": "weightedAvgPrice", "x": "prevClosePrice"}
        short |= {"c": "lastPrice", "Q": "lastQty", "b": "bidPrice", "B": "bidQty", "a": "askPrice", "A": "askQty"}
        short |= {"o": "openPrice", "h": "highPrice", "l": "lowPrice", "v": "volume", "q": "quoteVolume"}
        short |= {"O": "openTime", "C": "closeTime", "F": "firstId", "L": "lastId", "n": "count"}
        figures = {letter: row[word] for letter, word in short.items()}
        return [{"stream": name, "data": {"e": "24hrTicker", "E": f.time_ms, "s": row["symbol"], **figures}}]


class _Okx(Talk):
    """Ticker objects as in its answers; ping and pong are words, and no JSON."""

    def name(self, pair: Pair) -> str:
        return "-".join(pair)

    def hear(self, text: str, desk: Desk) -> list[Said]:
        return ["pong"] if text == "ping" else super().hear(text, desk)

    def answer(self, said: dict[str, Any], desk: Desk) -> list[Said]:
        if said.get("op") != "subscribe":
            return self.complain("Invalid request: op")
        number, heard = {"id": said["id"]} if "id" in said else {}, list[Said]()
        for arg in said.get("args") or ():
            state = self.follow(str(arg.get("instId")), desk) if arg.get("channel") == "tickers" else None
            if state is None:
                told = f"Wrong URL or channel:{arg.get('channel')},instId:{arg.get('instId')} doesn't exist. "
                told += "Please use the correct URL, channel and parameters referring to API document."
                heard.append({**number, "event": "error", "msg": told, "code": "60018", "connId": "a4d3ae55"})
            else:
                heard += [{**number, "event": "subscribe", "arg": arg, "connId": "a4d3ae55"}, *state]
        return heard

    def complain(self, what: str) -> list[Said]:
        return [{"event": "error", "code": "60012", "msg": what, "connId": "a4d3ae55"}]

    def tick(self, name: str, desk: Desk) -> list[Said]:
        rows = answers.okx(desk, "/api/v5/market/ticker", {"instId": name}).content["data"]
        return [{"arg": {"channel": "tickers", "instId": name}, "data": rows}]


TALKS: dict[str, Callable[[], Talk]] = {
    kind.__name__[1:].lower(): kind for kind in (_Kraken, _Coinbase, _Bitstamp, _Gemini, _Bitfinex, _Binance, _Okx)
}
