"""What clients of the former Cryptowatch API ask, beside our own API: under /cryptowatch, and at the root if wanted."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec

from cryptoprices.api.access import is_cryptowatch, program
from cryptoprices.api.cryptowatch.answers import Answers, Result, summary
from cryptoprices.api.cryptowatch.charts import Charts, Span
from cryptoprices.api.cryptowatch.identity import exchange_symbol
from cryptoprices.api.cryptowatch.markets import Day, Market, Markets
from cryptoprices.api.cryptowatch.pages import page_of
from cryptoprices.api.cryptowatch.periods import PERIODS
from cryptoprices.api.cryptowatch.refusals import COST, allowance
from cryptoprices.api.cryptowatch.summaries import Summaries
from cryptoprices.api.hot import App, Receive, Scope, Send
from cryptoprices.api.ports import Live, TokenBook
from cryptoprices.api.throttle import Buckets, asker
from cryptoprices.core.grants import Token

PREFIX = "/cryptowatch"
MOST_ASSETS, MOST_PAIRS, MOST_MARKETS = 5000, 15_000, 20_000
_COSTS = {
    **dict.fromkeys(("pairs", "markets"), 0.003),
    **dict.fromkeys(("price", "summary", "liquidity"), 0.005),
    **dict.fromkeys(("trades", "orderbook"), 0.01),
    **dict.fromkeys(("ohlc", "prices", "summaries", "calculator"), 0.015),
}
"""By what the path ends with."""
_SEQUENCE = 2**31  # clients keep such a number in 32 bits
_WRONG_KEYS, _WRONG_FILL_S = 10, 60.0
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Refusal(Exception):
    """What is answered in place of a result. error: one sentence."""

    def __init__(self, status: int, error: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        super().__init__(error)
        self.status, self.error, self.headers = status, error, headers


class Ask(NamedTuple):
    """One request. path: in lower case, cut at slashes. query: the last of each name. base: where the path begins."""

    path: tuple[str, ...]
    query: Mapping[str, str]
    base: str
    token: Token | None


class Surface:
    """Beside `app`, which gets every path that is not of this API. at_root: whether that is at the root too.

    version: of the program. Reads are open to whoever the gate lets through; a key that is given must be a token.
    """

    def __init__(
        self, app: App, live: Live, charts: Charts, tokens: TokenBook, version: str, at_root: bool = False
    ) -> None:
        self._app, self._live, self._charts, self._tokens = app, live, charts, tokens
        self._version, self._at_root = version, at_root
        self._summaries = Summaries(live, self._charts)
        self._wrong = Buckets(_WRONG_KEYS, _WRONG_FILL_S, live.clock.boot_s)
        self._began_s = live.clock.boot_s()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Its stream is at a port of its own."""
        ours = scope["type"] != "http" or not is_cryptowatch(scope["path"], self._at_root)
        await (self._app if ours else self._respond)(scope, receive, send)

    async def _respond(self, scope: Scope, _receive: Receive, send: Send) -> None:
        token, cost = None, COST
        more: Iterable[tuple[bytes, bytes]] = ()
        try:
            ask = self._ask(scope)
            token, cost = ask.token, _COSTS.get(ask.path[-1] if ask.path else "", COST)
            status, body = 200, await self._answer(ask, scope["method"])
        except Refusal as refusal:
            status, body, more = refusal.status, {"error": refusal.error}, refusal.headers
        if "indexes" not in body.get("result", ()):  # the root alone has no allowance
            body["allowance"] = allowance(token, cost)
        text = _encode(body)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(text)).encode()),
            (b"cache-control", b"no-store"),
            *more,
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})  # the server sends none after HEAD

    def _ask(self, scope: Scope) -> Ask:
        headers, path = dict(scope["headers"]), scope["path"].lower()
        mounted = PREFIX if path == PREFIX or path.startswith(f"{PREFIX}/") else ""
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        token = scope.get("state", {}).get("token")
        if key := headers.get(b"x-cw-api-key", b"").decode("latin-1") or query.get("apikey"):
            token = token or self._token(key, scope)
        path = path.removeprefix(mounted).strip("/")
        base = f"{scope['scheme']}://{headers.get(b'host', b'').decode('latin-1')}{mounted}"
        return Ask(tuple(path.split("/")) if path else (), query, base, token)

    def _token(self, key: str, scope: Scope) -> Token:
        token, address = self._tokens.find(key), asker(scope.get("client"))
        if token is None:
            if not self._wrong.take(address):
                wait_s = self._wrong.wait_s(address)
                more = (b"retry-after", str(wait_s).encode())
                raise Refusal(429, f"Too many wrong keys; ask again in {wait_s} s", [more])
            error = f"Unknown API key; the keys of this server are made by: {program(scope)} token create"
            raise Refusal(401, error, [(b"www-authenticate", b'Bearer realm="cryptoprices", error="invalid_token"')])
        return token

    async def _answer(self, ask: Ask, method: str) -> dict[str, Any]:
        """The body. Raises Refusal."""
        if method not in ("GET", "HEAD"):
            raise Refusal(405, "This API can only be read", [(b"allow", b"GET, HEAD")])
        markets = Markets(self._live.moment())
        answers = Answers(markets, ask.base)
        body: dict[str, Any]
        match ask.path:
            case ():
                body = {"result": answers.root(self._version, self._live.clock.boot_s() - self._began_s)}
            case ("assets",):
                body = _listed(answers.assets(), ask, MOST_ASSETS)
            case ("assets", name):
                body = {"result": _found(answers.asset(name), "Asset not found")}
            case ("pairs",):
                body = _listed(answers.pairs(), ask, MOST_PAIRS)
            case ("pairs", name):
                body = {"result": _found(answers.pair(name), "Pair not found")}
            case ("exchanges",):
                body = {"result": answers.exchanges()}
            case ("exchanges", name):
                body = {"result": answers.exchange(_exchange(markets, name))}
            case ("markets", *rest):
                body = await self._of_markets(markets, answers, ask, rest)
            case _:
                raise Refusal(404, "There is nothing at this path")
        return body

    async def _of_markets(self, markets: Markets, answers: Answers, ask: Ask, rest: list[str]) -> dict[str, Any]:
        now_s = self._live.clock.boot_s()
        match rest:
            case []:
                found = {_key(each): answers.market(each) for each in markets}
                return _listed(found, ask, MOST_MARKETS)
            case ["prices"]:
                prices = {f"market:{_key(each)}": ticker.price for each in markets if (ticker := each.current(now_s))}
                return _keyed(prices, ask)
            case ["summaries"]:
                days = await self._summaries.all(markets)
                by_id = ask.query.get("keyBy") == "id"
                return _keyed({_key(each, by_id): self._summarized(each, days[each]) for each in days}, ask)
        name = _exchange(markets, rest[0])
        if len(rest) == 1:
            return {"result": [answers.market(each) for each in markets if each.exchange == name]}
        market = markets.find(name, rest[1])
        if market is None:
            raise Refusal(404, "Instrument not found")
        return {"result": await self._of_market(market, answers, ask, rest[2:])}

    async def _of_market(self, market: Market, answers: Answers, ask: Ask, rest: list[str]) -> Result:
        now_s = self._live.clock.boot_s()
        if not rest:
            return answers.market_detail(market)
        ticker = market.current(now_s)
        if rest == ["ohlc"]:
            return await self._ohlc(market, ask.query, float(ticker.price) if ticker else None)
        if rest == ["trades"]:
            raise Refusal(404, "Single trades are not kept here")
        if rest[0] == "orderbook" and len(rest) > 1:
            raise Refusal(404, "Of order books only the best bid and ask are known here")
        if rest not in (["price"], ["summary"], ["orderbook"]):
            raise Refusal(404, "There is nothing at this path")
        if ticker is None:
            raise Refusal(503, market.missing(now_s))
        if rest == ["price"]:
            return {"price": ticker.price}
        if rest == ["summary"]:
            return summary(await self._summaries.one(market, ticker))
        book = market.book(now_s)
        if book is None:
            raise Refusal(404, f"{market.exchange} does not tell the best bid and ask here")
        # one order a side, without the amount, which we are not told: rather no number than an invented one
        return {"asks": [[book[1]]], "bids": [[book[0]]], "seqNum": self._live.moment().version % _SEQUENCE}

    def _summarized(self, market: Market, day: Day) -> Result:
        dollars = self._summaries.dollars(market, day)
        result = summary(day) | {"volumeBase": day.volume}
        return result if dollars is None else result | {"volumeUSD": dollars}

    async def _ohlc(self, market: Market, query: Mapping[str, str], price: float | None) -> Result:
        names = [name for name in query.get("periods", "").split(",") if name]
        known = {name.lower(): name for name in PERIODS}
        if wrong := [name for name in names if name.lower() not in known]:
            raise Refusal(400, f"{wrong[0][:32]} is no period; those are {', '.join(PERIODS)}")
        chosen = [known[name.lower()] for name in names] or list(PERIODS)
        span = Span(_time_ms(query, "after"), _time_ms(query, "before"))
        return await self._charts.rows(market, list(dict.fromkeys(chosen)), span, price)


def _listed(items: Mapping[str, object], ask: Ask, most: int) -> dict[str, Any]:
    paged = _keyed(items, ask, most)
    return paged | {"result": list(paged["result"].values())}


def _keyed(items: Mapping[str, object], ask: Ask, most: int = MOST_MARKETS) -> dict[str, Any]:
    try:
        page = page_of(items, ask.query, most)
    except ValueError as error:
        raise Refusal(400, str(error)) from None
    return {"result": page.items, "cursor": page.cursor}


def _found(result: Result | None, error: str) -> Result:
    if result is None:
        raise Refusal(404, error)
    return result


def _key(market: Market, by_id: bool = False) -> str:
    return str(market.id) if by_id else f"{market.exchange}:{market.symbol}"


def _exchange(markets: Markets, text: str) -> str:
    name = exchange_symbol(text)
    if name not in markets.exchanges:
        raise Refusal(404, "Exchange not found")
    return name


def _time_ms(query: Mapping[str, str], name: str) -> int | None:
    """Unix seconds of a parameter as Unix ms; clients write 1669874400, and some 1669874400.0."""
    text = query.get(name, "").partition(".")[0]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        raise Refusal(400, f"{name} must be a time in Unix seconds")
    return int(text) * 1000
