"""Who may ask: /v1/tokens for whoever administers this server, and /v1/tickets for pages that cannot send a token."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Path
from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.asked import Asked
from cryptoprices.api.conditional import PRIVATE, answer
from cryptoprices.api.paging import page_of
from cryptoprices.api.parts import Parts
from cryptoprices.api.problems import Problem, not_now
from cryptoprices.api.routes.common import ONLY_KNOWN, USUAL_LIMIT, Cursor, Limit, problems_of, said
from cryptoprices.api.schemas import Said, Time
from cryptoprices.api.tickets import VALID_S
from cryptoprices.core.grants import LONGEST_NAME, Scope, Token, checked_name, id_in
from cryptoprices.core.managed import Away, EachItsOwn
from cryptoprices.core.report import rfc3339

_encode = msgspec.json.encode
ScopeWord = Literal["read", "write", "admin"]
TokenId = Annotated[str, Path(description="The token's id.", pattern=r"^[0-9a-f]{8}$", examples=["3f9a01c2"])]


class TokenInfo(Said):
    """What is known of a token. Its secret is not."""

    id: str = Field(examples=["3f9a01c2"])
    name: str = Field(examples=["dashboard"])
    scope: ScopeWord
    created: Time


class TokenInfos(Said):
    """All tokens, oldest first."""

    items: list[TokenInfo]
    next_cursor: str | None


class NewToken(Asked):
    """What a token is to be."""

    name: Annotated[str, StringConstraints(max_length=LONGEST_NAME)] = Field("", examples=["dashboard"])
    scope: ScopeWord = "read"


class MadeToken(TokenInfo):
    """A new token, with the text that nobody can read again."""

    token: str = Field(description="cp_<id>_<secret>, to be sent as `Authorization: Bearer …`.")


class Ticket(Said):
    """Good once, in place of a token, as the parameter `ticket` of /v1/stream or /v1/ws."""

    ticket: str
    expires_in_seconds: int = Field(examples=[VALID_S])


def router(parts: Parts) -> APIRouter:
    """The routes of /v1/tokens and /v1/tickets."""
    routes = APIRouter(tags=["Tokens"], dependencies=ONLY_KNOWN)
    book, tickets = parts.tokens, parts.tickets

    @routes.get("/v1/tokens", summary="All tokens", responses=said(TokenInfos, "A page of tokens.", 422))
    def list_tokens(request: Request, cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> Response:
        """Who may ask. Needs a token that may admin, as all of /v1/tokens."""

        def body(token: Token) -> bytes:
            return _encode(_report(token))

        page = page_of(request, book.all(), _id, body, cursor, limit)
        return answer(request, page.json(), PRIVATE | page.headers(request))

    @routes.get("/v1/tokens/{id}", summary="One token", responses=said(TokenInfo, "The token.", 404, 422))
    def read_token(request: Request, id: TokenId) -> Response:
        """One token, without its secret."""
        return answer(request, _encode(_report(_of(id))), PRIVATE)

    @routes.post(
        "/v1/tokens",
        summary="Make a token",
        status_code=201,
        responses={
            201: {"model": MadeToken, "description": "The token, shown this once."},
            **problems_of(409, 415, 422, 500),
        },
    )
    def make_token(asked: NewToken) -> Response:
        """Another token."""
        try:
            name = checked_name(asked.name)
        except ValueError as error:
            raise Problem(422, "Wrong name", f"{error}.") from None
        try:
            text = book.create(name, Scope.of(asked.scope))
        except OSError as error:
            raise _not_kept(error) from None
        except EachItsOwn as error:
            raise Problem(409, "Each its own", str(error)) from None
        made = _of(id_in(text) or "")
        headers = PRIVATE | {"location": f"/v1/tokens/{made.id}"}
        return Response(_encode(_report(made) | {"token": text}), 201, headers, "application/json")

    @routes.delete(
        "/v1/tokens/{id}",
        summary="Revoke a token",
        status_code=204,
        responses={204: {"description": "It holds no longer."}, **problems_of(404, 409, 422, 500)},
    )
    def revoke_token(id: TokenId) -> Response:
        """It holds no longer, from now on; neither do its tickets."""
        try:
            if not book.revoke(id):
                raise _missing(id)
        except OSError as error:
            raise _not_kept(error) from None
        except EachItsOwn as error:
            raise Problem(409, "Each its own", str(error)) from None
        return Response(None, 204, PRIVATE)

    @routes.post(
        "/v1/tickets",
        summary="Make a ticket",
        status_code=201,
        responses={201: {"model": Ticket, "description": "The ticket."}, **problems_of(415, 503)},
    )
    async def make_ticket(request: Request) -> Response:
        """A browser's EventSource and WebSocket cannot send headers: a ticket opens one stream for them. The body is
        left empty or `{}`."""
        try:
            ticket = await tickets.give(request.state.token)
        except Away as error:
            raise not_now(error) from None
        body = _encode({"ticket": ticket, "expires_in_seconds": VALID_S})
        return Response(body, 201, PRIVATE, "application/json")

    def _of(id_: str) -> Token:
        """Raises Problem (404)."""
        for token in book.all():
            if token.id == id_:
                return token
        raise _missing(id_)

    return routes


def _id(token: Token) -> str:
    return token.id


def _report(token: Token) -> dict[str, str | None]:
    return {"id": token.id, "name": token.name, "scope": token.scope.word, "created": rfc3339(token.created_ms)}


def _missing(id_: str) -> Problem:
    return Problem(404, "No such token", f"There is no token {id_}.")


def _not_kept(error: OSError) -> Problem:
    """What the file is like is told to whoever is on this machine: in the log, with its place."""
    why = error.strerror or "their file cannot be used, and the log says why"
    return Problem(500, "Not kept", f"The tokens could not be written: {why}.")
