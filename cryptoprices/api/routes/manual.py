"""Prices that somebody sets, over the counter or of a fixed peg: POST /v1/prices, then /v1/prices/manual/{id}."""

from decimal import Decimal
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.asked import ManualPriceChange, NewManualPrice
from cryptoprices.api.conditional import PRIVATE, answer, check_match, etag_of
from cryptoprices.api.paging import page_of
from cryptoprices.api.parts import Parts
from cryptoprices.api.problems import Problem
from cryptoprices.api.routes.changes import IfMatch, asker, kept
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
from cryptoprices.api.schemas import ManualPrice, ManualPrices
from cryptoprices.core import managed as kinds
from cryptoprices.core.moments import moment_ms
from cryptoprices.core.report import digits, rfc3339

_PATH = "/v1/prices/manual"
_encode = msgspec.json.encode
Id = Annotated[str, Path(alias="id", description="Its id.", pattern=r"^[a-z0-9]{1,20}$", examples=["m4"])]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="A word of your choice, a new one for each price. Who did not hear the answer can ask again with "
        "it within a day: nothing is made twice.",
        pattern=r"^[!-~]+$",
        max_length=255,
    ),
]


def router(parts: Parts) -> APIRouter:
    """The routes of manual prices."""
    routes = APIRouter(tags=["Manual prices"], dependencies=ONLY_KNOWN)
    managed, clock = parts.managed, parts.live.clock

    def found(id_: str) -> kinds.ManualPrice:
        for one in managed.manual_prices:
            if one.id == id_:
                return one
        raise Problem(404, "No such price", "There is no manual price of this id.")

    def report(one: kinds.ManualPrice) -> dict[str, Any]:
        return {
            "id": one.id,
            "pair": str(one.pair),
            "price": digits(one.price),
            "note": one.note,
            "set_by": one.set_by,
            "set": rfc3339(one.set_ms),
            "valid_until": rfc3339(one.valid_until_ms),
            "expired": one.valid_until_ms is not None and one.valid_until_ms <= clock.wall_ms(),
        }

    @routes.post("/v1/prices", summary="Set a price", status_code=201, responses=made(ManualPrice, "It.", 409, 503))
    async def add_price(request: Request, wanted: NewManualPrice, key: Key = None) -> Response:
        """A price that counts for the pair where no exchange counts, labelled with who set it and when. The pair is
        served from now on."""
        (pair,) = pairs_of([wanted.pair])
        until_ms, by = _until(wanted.valid_until), asker(request)
        change = partial(managed.add_price, pair, _price(wanted.price), wanted.note, by, until_ms, key or "")
        new = await kept(change)
        return answer(request, _encode(report(new)), PRIVATE | {"location": f"{_PATH}/{new.id}"}, status=201)

    @routes.get(_PATH, summary="All manual prices", responses=said(ManualPrices, "A page of them.", 422))
    async def list_manual_prices(request: Request, cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> Response:
        """All prices that somebody set, those that are no longer valid too. Whoever may read prices may read these."""
        page = page_of(
            request, managed.manual_prices, lambda one: one.id, lambda one: _encode(report(one)), cursor, limit
        )
        return answer(request, page.json(), PRIVATE | page.headers(request))

    @routes.get(f"{_PATH}/{{id}}", summary="One manual price", responses=said(ManualPrice, "It.", 404, 422))
    async def read_manual_price(request: Request, id_: Id) -> Response:
        """A price that somebody set."""
        return answer(request, _encode(report(found(id_))), PRIVATE)

    @routes.patch(
        f"{_PATH}/{{id}}",
        summary="Change a manual price",
        responses=changed(ManualPrice, "As it is now.", 404, 412, 413, 415, 422, 428, 500, 503),
    )
    async def change_price(request: Request, id_: Id, wanted: ManualPriceChange, _if_match: IfMatch = None) -> Response:
        """Another price, note or time; `valid_until` null: it stays valid. Who changes it has set it."""
        await kept(managed.look)
        before = found(id_)
        version = before.version if check_match(request, etag_of(_encode(report(before)))) else None
        price = before.price if wanted.price is None else _price(wanted.price)
        note = before.note if wanted.note is None else wanted.note
        named = "valid_until" in wanted.model_fields_set
        until_ms = _until(wanted.valid_until) if named else before.valid_until_ms
        after = await kept(partial(managed.change_price, id_, version, price, note, asker(request), until_ms))
        return answer(request, _encode(report(after)), PRIVATE)

    @routes.delete(
        f"{_PATH}/{{id}}",
        summary="Remove a manual price",
        status_code=204,
        responses=problems_of(404, 412, 422, 428, 500, 503),
    )
    async def remove_price(request: Request, id_: Id, _if_match: IfMatch = None) -> Response:
        """It counts no longer."""
        await kept(managed.look)
        before = found(id_)
        version = before.version if check_match(request, etag_of(_encode(report(before)))) else None
        await kept(partial(managed.remove_price, id_, version))
        return Response(None, 204, PRIVATE)

    return routes


def _price(text: str) -> Decimal:
    """Raises Problem (422) for zero."""
    if not (price := Decimal(text)):
        raise Problem(422, "Wrong price", "price: a price is above zero.")
    return price


def _until(text: str | None) -> int | None:
    """Unix ms; what was before 1970 is over as well then. Raises Problem (422)."""
    try:
        return None if text is None else max(0, moment_ms(text))
    except ValueError as error:
        raise Problem(422, "Wrong time", f"valid_until: {error}.") from None
