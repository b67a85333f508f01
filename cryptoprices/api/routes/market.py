"""What is watched and who is asked: /v1/assets, /v1/pairs, /v1/exchanges."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.conditional import ASK_AGAIN, answer
from cryptoprices.api.paging import page_of
from cryptoprices.api.parts import Parts
from cryptoprices.api.ports import Moment
from cryptoprices.api.problems import Problem
from cryptoprices.api.routes.common import ONLY_KNOWN, USUAL_LIMIT, Cursor, Limit, PairPath, said, served_pair
from cryptoprices.api.schemas import Asset, Assets, Exchange, Exchanges, PairInfo, Pairs
from cryptoprices.clock import Clock
from cryptoprices.core.coins import coin_name
from cryptoprices.core.currency import CURRENCIES
from cryptoprices.core.market import Flow, Pair, Standing
from cryptoprices.core.plain import plain
from cryptoprices.core.report import rfc3339
from cryptoprices.core.snapshot import PairPrice
from cryptoprices.core.source import Exchange as Asked
from cryptoprices.settings.logins import without_login

_LONGEST = 200  # characters of a sentence that an exchange has a part in
AssetPath = Annotated[
    str, Path(description="A coin or currency, like BTC.", pattern=r"^[A-Za-z0-9]{1,12}$", examples=["BTC"])
]
ExchangePath = Annotated[
    str, Path(description="An exchange's name.", pattern=r"^[a-z0-9_]{1,32}$", examples=["kraken"])
]


def router(parts: Parts) -> APIRouter:
    """The routes of what is watched and who is asked."""
    routes = APIRouter(tags=["Market"], dependencies=ONLY_KNOWN)
    live, publisher = parts.live, parts.publisher

    def listed(
        request: Request, items: Sequence[dict[str, Any]], name: str, cursor: str | None, limit: int
    ) -> Response:
        page = page_of(request, items, lambda item: str(item[name]), msgspec.json.encode, cursor, limit)
        return answer(request, page.json(), ASK_AGAIN | page.headers(request))

    def one(request: Request, item: dict[str, Any]) -> Response:
        return answer(request, msgspec.json.encode(item), ASK_AGAIN)

    @routes.get("/v1/assets", summary="Coins and currencies", responses=said(Assets, "A page of them.", 422))
    async def list_assets(request: Request, cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> Response:
        """The coins and currencies of the pairs that are watched."""
        return listed(request, _assets(tuple(publisher.now().views)), "asset", cursor, limit)

    @routes.get("/v1/assets/{asset}", summary="One coin or currency", responses=said(Asset, "It.", 404, 422))
    async def read_asset(request: Request, asset: AssetPath) -> Response:
        """A coin or currency, and the pairs that it is part of."""
        for item in _assets(tuple(publisher.now().views)):
            if item["asset"] == asset.upper():
                return one(request, item)
        raise Problem(404, "No such asset", f"No pair of {asset.upper()} is watched.")

    @routes.get("/v1/pairs", summary="Pairs that are watched", responses=said(Pairs, "A page of them.", 422))
    async def list_pairs(request: Request, cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> Response:
        """The pairs that are asked for, and the exchanges that have a price of them."""
        moment = live.moment()
        return listed(request, [_pair(moment, view) for view in publisher.now().views.values()], "pair", cursor, limit)

    @routes.get("/v1/pairs/{pair}", summary="One pair", responses=said(PairInfo, "The pair.", 404, 422))
    async def read_pair(request: Request, pair: PairPath) -> Response:
        """A pair, and the exchanges that have a price of it."""
        return one(request, _pair(live.moment(), publisher.now().views[served_pair(request, publisher, pair)]))

    @routes.get("/v1/exchanges", summary="Exchanges", responses=said(Exchanges, "A page of them.", 422))
    async def list_exchanges(request: Request, cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> Response:
        """How it stands with each exchange: whether it answers, how fast, what of its budget is used, its stream."""
        moment = live.moment()
        both = (moment.exchanges, True), (moment.switched_off, False)
        items = [
            exchange_report(moment, name, asked, on, live.clock) for kind, on in both for name, asked in kind.items()
        ]
        return listed(request, items, "exchange", cursor, limit)

    @routes.get("/v1/exchanges/{exchange}", summary="One exchange", responses=said(Exchange, "The exchange.", 404, 422))
    async def read_exchange(request: Request, exchange: ExchangePath) -> Response:
        """How it stands with an exchange."""
        moment = live.moment()
        for kind, on in (moment.exchanges, True), (moment.switched_off, False):
            if exchange in kind:
                return one(request, exchange_report(moment, exchange, kind[exchange], on, live.clock))
        there = ", ".join([*moment.exchanges, *moment.switched_off])
        raise Problem(404, "No such exchange", f"{exchange} is not an exchange; there are {there}.")

    return routes


def _assets(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Coins in the order of the pairs, then currencies."""
    names = dict.fromkeys([*(pair.base for pair in pairs), *(pair.quote for pair in pairs)])
    return [
        {
            "asset": name,
            "name": CURRENCIES[name].name if name in CURRENCIES else coin_name(name),
            "pairs": [str(pair) for pair in pairs if name in pair],
        }
        for name in names
    ]


def _pair(moment: Moment, view: PairPrice) -> dict[str, Any]:
    standings, pair = moment.snapshot.standings, view.pair
    converted = {one.quote.exchange for one in view.quotes if one.quote.made_of}
    names = [
        name
        for name in moment.exchanges
        if name in converted
        or (
            moment.snapshot.lists(name, pair)
            and not (name in standings and pair in standings[name].refused | standings[name].delisted)
        )
    ]
    return {"pair": str(pair), "base": pair.base, "quote": pair.quote, "exchanges": names}


def exchange_report(moment: Moment, name: str, asked: Asked, enabled: bool, clock: Clock) -> dict[str, Any]:
    """How it stands with an exchange: JSON values, with the names of `doctor --json` where it has them."""
    known = moment.snapshot.standings.get(name) if enabled else None
    standing, flow = known or Standing(name), moment.snapshot.flows.get(name, Flow(name))
    now_boot_s, now_ms = clock.boot_s(), clock.wall_ms()

    def at(boot_s: float | None) -> str | None:
        return None if boot_s is None else rfc3339(now_ms + round(1000 * (boot_s - now_boot_s)))

    return {
        "exchange": name,
        "title": asked.source.title,
        "enabled": enabled,
        "only_missing": asked.only_missing,
        "reachable": None if known is None else known.reason is None,
        "reason": standing.reason.value if standing.reason else None,
        "error": plain(standing.text, _LONGEST) or None,
        "failures": standing.failures,
        "next_ask": at(standing.next_ask_boot_s),
        "paused_until": at(standing.paused_until_boot_s),
        "latency_ms": None if standing.latency_ms is None else round(standing.latency_ms, 1),
        "clock_offset_ms": None if standing.clock_offset_ms is None else round(standing.clock_offset_ms),
        "requests_last_minute": standing.used,
        "budget_per_minute": standing.budget or asked.source.budget_per_min,
        "refused": sorted(map(str, standing.refused)),
        "delisted": sorted(map(str, standing.delisted)),
        "stream": {
            "pairs": sorted(map(str, flow.pairs)),
            "error": plain(flow.text, _LONGEST) or None,
            "next_try": at(flow.next_try_boot_s),
        },
        "address": without_login(asked.rest_url),
        "custom_address": asked.custom_address,
        "attribution": asked.source.attribution or None,
    }
