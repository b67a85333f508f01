"""What pairs cost now: /v1/prices. What is asked without parameters is answered by hot.py from the same bytes."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.conditional import ASK_AGAIN, answer
from cryptoprices.api.paging import page_of
from cryptoprices.api.parts import Parts
from cryptoprices.api.ports import Moment
from cryptoprices.api.problems import Problem
from cryptoprices.api.publish import Publication, etag_of
from cryptoprices.api.routes.common import (
    ONLY_KNOWN,
    USUAL_LIMIT,
    Cursor,
    Limit,
    PairPath,
    PairsQuery,
    pairs_in,
    said,
    served,
    served_pair,
)
from cryptoprices.api.schemas import Price, Prices
from cryptoprices.core.market import MANUAL, Pair
from cryptoprices.core.report import pair_report
from cryptoprices.core.snapshot import PairPrice

_NAMES = r"^[A-Za-z0-9_]{1,32}(,[A-Za-z0-9_]{1,32}){0,31}$"
_OWN = (b"content-type", b"content-length", b"etag")
_encode = msgspec.json.encode

Sources = Annotated[
    str | None,
    Query(
        description="List in `quotes` and `left_out` only these exchanges, like kraken,coinbase. The price stays that "
        "of all that count.",
        pattern=_NAMES,
        examples=["kraken,coinbase"],
    ),
]
Sort = Annotated[
    Literal[
        "pair", "-pair", "price", "-price", "change_24h_percent", "-change_24h_percent", "volume_24h", "-volume_24h"
    ]
    | None,
    Query(description="By what they are sorted, with - the greatest first; without it, in the person's order."),
]


def router(parts: Parts) -> APIRouter:
    """The routes of /v1/prices."""
    routes = APIRouter(tags=["Prices"], dependencies=ONLY_KNOWN)
    publisher, clock = parts.publisher, parts.live.clock

    def told(request: Request, publication: Publication, body: bytes, more: Mapping[str, str]) -> Response:
        """With the headers that say how long it holds."""
        common = next(iter(publication.answers.values()), None)
        headers = dict(ASK_AGAIN)
        if common:
            headers = {name.decode(): value.decode() for name, value in common.headers if name not in _OWN}
        headers["age"] = str(max(0, int(clock.boot_s() - publication.boot_s)))
        return answer(request, body, headers | dict(more), etag_of(publication.version, body))

    @routes.get("/v1/prices", summary="Prices of all pairs", responses=said(Prices, "A page of prices.", 404, 422))
    async def list_prices(
        request: Request,
        pairs: PairsQuery = None,
        sources: Sources = None,
        sort: Sort = None,
        cursor: Cursor = None,
        limit: Limit = USUAL_LIMIT,
    ) -> Response:
        """What each pair costs now: the price on which the exchanges agree, how old it is and how far it can be
        trusted, and what each exchange says."""
        publication = publisher.now()
        views = publication.views
        chosen = list(views) if pairs is None else served(request, publication, pairs_in(pairs))
        names = None if sources is None else _exchanges(parts.live.moment(), sources)

        def body(pair: Pair) -> bytes:
            return publication.reports[pair] if names is None else _encode(pair_report(_only(views[pair], names)))

        page = page_of(request, _sorted(chosen, views, sort), str, body, cursor, limit)
        return told(request, publication, page.json(), page.headers(request))

    @routes.get("/v1/prices/{pair}", summary="Price of one pair", responses=said(Price, "The pair now.", 404, 422))
    async def read_price(request: Request, pair: PairPath, sources: Sources = None) -> Response:
        """What a pair costs now."""
        publication = publisher.now()
        chosen = served_pair(request, publisher, pair)
        body = publication.reports[chosen]
        if sources is not None:
            names = _exchanges(parts.live.moment(), sources)
            body = _encode(pair_report(_only(publication.views[chosen], names)))
        return told(request, publication, body, {})

    return routes


def _exchanges(moment: Moment, text: str) -> Collection[str]:
    """Those that are named; who is switched off has nothing to say. Raises Problem (400) for what is no exchange."""
    names, there = text.lower().split(","), [*moment.exchanges, *moment.switched_off, MANUAL]
    if unknown := sorted(set(names) - set(there)):
        off = f" (switched off: {', '.join(moment.switched_off)})" if moment.switched_off else ""
        said_ = f"{', '.join(unknown)[:100]}: no such exchange; there are {', '.join(there)}{off}."
        raise Problem(400, "No such exchange", said_)
    return names


def _only(view: PairPrice, names: Collection[str]) -> PairPrice:
    """The same, with what these exchanges say of it."""
    return view._replace(
        quotes=tuple(quote for quote in view.quotes if quote.quote.exchange in names),
        left_out=tuple(left for left in view.left_out if left.exchange in names),
    )


def _sorted(pairs: list[Pair], views: Mapping[Pair, PairPrice], sort: str | None) -> list[Pair]:
    """Of what is unknown, the last."""
    if sort is None:
        return pairs
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    if name == "pair":
        return sorted(pairs, key=str, reverse=falling)

    def value(pair: Pair) -> Decimal | None:
        view = views[pair]
        return {"price": view.price, "change_24h_percent": view.change_24h_pct, "volume_24h": view.volume_24h}[name]

    known = [pair for pair in pairs if value(pair) is not None]
    ranked = sorted(known, key=lambda pair: value(pair) or Decimal(0), reverse=falling)
    return ranked + [pair for pair in pairs if value(pair) is None]
