"""Pairs under names: /v1/watchlists. All pairs of all of them are asked for and served."""

import asyncio
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.asked import NewWatchlist, WatchlistChange
from cryptoprices.api.conditional import PRIVATE, answer, check_match, etag_of
from cryptoprices.api.paging import page_of
from cryptoprices.api.parts import Parts
from cryptoprices.api.problems import Problem
from cryptoprices.api.routes.changes import IfMatch, done, kept
from cryptoprices.api.routes.common import (
    ONLY_KNOWN,
    USUAL_LIMIT,
    Cursor,
    Limit,
    changed,
    made,
    pairs_of,
    problems_of,
    said,
)
from cryptoprices.api.schemas import Watchlist, Watchlists
from cryptoprices.core import managed as kinds
from cryptoprices.core.managed import DEFAULT
from cryptoprices.core.market import Pair
from cryptoprices.core.report import rfc3339
from cryptoprices.settings.options import WATCHLIST

_PATH = "/v1/watchlists"
_encode = msgspec.json.encode
Id = Annotated[str, Path(alias="id", description="Its id.", pattern=r"^[a-z0-9]{1,20}$", examples=[DEFAULT])]


def router(parts: Parts) -> APIRouter:
    """The routes of watchlists."""
    routes = APIRouter(tags=["Watchlists"], dependencies=ONLY_KNOWN)
    live, managed, owner = parts.live, parts.managed, parts.owner
    changing = asyncio.Lock()  # of the setting, between looking at it and changing it

    def default() -> dict[str, Any]:
        pairs = [str(Pair.parse(text)) for text in live.moment().settings[WATCHLIST]]
        return {"id": DEFAULT, "name": DEFAULT, "pairs": pairs, "created": None, "changed": None}

    def found(id_: str) -> kinds.Watchlist:
        for one in managed.watchlists:
            if one.id == id_:
                return one
        raise Problem(404, "No such watchlist", "There is no watchlist of this id.")

    def read(id_: str) -> bytes:
        return _encode(default() if id_ == DEFAULT else _report(found(id_)))

    @routes.get(_PATH, summary="All watchlists", responses=said(Watchlists, "A page of them.", 422))
    async def list_watchlists(request: Request, cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> Response:
        """All watchlists; the one called "default" is the setting `watchlist`, which the window shows."""
        items = [default(), *map(_report, managed.watchlists)]
        page = page_of(request, items, lambda item: str(item["id"]), _encode, cursor, limit)
        return answer(request, page.json(), PRIVATE | page.headers(request))

    @routes.post(_PATH, summary="Make a watchlist", status_code=201, responses=made(Watchlist, "It.", 409, 503))
    async def add_watchlist(request: Request, wanted: NewWatchlist) -> Response:
        """Another watchlist. Its pairs are asked for from now on: of all watchlists and manual prices, 500 at most."""
        new = await kept(partial(managed.add_watchlist, wanted.name, pairs_of(wanted.pairs)))
        headers = PRIVATE | {"location": f"{_PATH}/{new.id}"}
        return answer(request, _encode(_report(new)), headers, status=201)

    @routes.get(f"{_PATH}/{{id}}", summary="One watchlist", responses=said(Watchlist, "It.", 404, 422))
    async def read_watchlist(request: Request, id_: Id) -> Response:
        """A watchlist."""
        return answer(request, read(id_), PRIVATE)

    @routes.patch(
        f"{_PATH}/{{id}}",
        summary="Change a watchlist",
        responses=changed(Watchlist, "As it is now.", 404, 409, 412, 413, 415, 422, 428, 500, 503),
    )
    async def change_watchlist(
        request: Request, id_: Id, wanted: WatchlistChange, _if_match: IfMatch = None
    ) -> Response:
        """Another name, other pairs, or both."""
        if id_ == DEFAULT:
            async with changing:
                check_match(request, etag_of(read(DEFAULT)))
                if wanted.name not in (None, DEFAULT):
                    raise Problem(409, "Conflict", "This watchlist is the setting `watchlist`: its name stays.")
                if wanted.pairs is not None:
                    pairs = tuple(map(str, pairs_of(wanted.pairs)))
                    await done(owner.set_setting(WATCHLIST.key, pairs))
            return answer(request, read(DEFAULT), PRIVATE)
        await kept(managed.look)
        before = found(id_)
        version = before.version if check_match(request, etag_of(read(id_))) else None
        pairs_ = before.pairs if wanted.pairs is None else pairs_of(wanted.pairs)
        after = await kept(partial(managed.change_watchlist, id_, version, wanted.name or before.name, pairs_))
        return answer(request, _encode(_report(after)), PRIVATE)

    @routes.delete(
        f"{_PATH}/{{id}}",
        summary="Remove a watchlist",
        status_code=204,
        responses=problems_of(404, 409, 412, 422, 428, 500, 503),
    )
    async def remove_watchlist(request: Request, id_: Id, _if_match: IfMatch = None) -> Response:
        """Its pairs are asked for no longer, unless another watchlist has them. "default" cannot be removed."""
        if id_ != DEFAULT:
            await kept(managed.look)
        is_read = check_match(request, etag_of(read(id_)))
        if id_ == DEFAULT:
            raise Problem(409, "Conflict", "This watchlist is the setting `watchlist`: it can be changed, not removed.")
        version = found(id_).version if is_read else None
        await kept(partial(managed.remove_watchlist, id_, version))
        return Response(None, 204, PRIVATE)

    return routes


def _report(one: kinds.Watchlist) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "pairs": list(map(str, one.pairs)),
        "created": rfc3339(one.created_ms),
        "changed": rfc3339(one.changed_ms),
    }
