"""What the API says where it cannot do what was asked: one form for all of it. Format: RFC 9457 (problem+json)."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cryptoprices.api.wrong import sentences

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
BUG = "This is a mistake of the program; its log says more."
_NO_BODY = "There was an error parsing the body"  # FastAPI's words for a body that is not even text


class Problem(Exception):
    """What a route raises in place of an answer. more: members of the object beside the usual ones.

    detail: a sentence for a person, which names what was wrong and what would be right; never a secret.
    """

    def __init__(
        self, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: object
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.headers, self.more = status, title, detail, headers, more

    def response(self) -> Response:
        """The answer to it."""
        return problem(self.status, self.title, self.detail, self.headers, **self.more)


def not_now(error: Exception) -> Problem:
    """503 with its sentence: what is shared by several replicas is away."""
    return Problem(503, "Not now", str(error), {"retry-after": "5"})


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """The answer that says what was wrong. more: members beside type, title, status and detail."""
    body = problem_body(status, title, detail, **more)
    return Response(body, status, {"cache-control": "no-store", **(headers or {})}, MEDIA_TYPE)


def problem_body(status: int, title: str, detail: str, **more: object) -> bytes:
    """The body of such an answer, for those who write answers by hand."""
    said = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def problem_headers(body: bytes, *more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """The headers that go with such a body in ASGI's form."""
    usual = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    return [*usual, (b"cache-control", b"no-store"), *more]


def install(app: FastAPI) -> None:
    """Have everything that goes wrong in this app answered in this form."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(HTTPException, _of_status)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(Exception, _of_bug)


def phrase(status: int) -> str:
    """The standard's words for a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


async def _of_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _of_status(request: Request, error: Exception) -> Response:
    """Of a path or method that no route is for, and what a library refuses."""
    assert isinstance(error, HTTPException)
    said = {
        404: "There is nothing at this path; /docs tells what there is.",
        405: f"{request.method} cannot be done here; the header Allow says what can.",
    }
    title = phrase(error.status_code)
    if error.detail == _NO_BODY:
        return problem(error.status_code, title, "The body is no JSON in UTF-8.")
    detail = error.detail if error.detail != title else said.get(error.status_code, f"{title}.")
    return problem(error.status_code, title, detail, error.headers)


async def _of_validation(request: Request, error: Exception) -> Response:
    """Of a body or parameter of another form."""
    assert isinstance(error, RequestValidationError)
    errors = sentences(error.errors(), request.scope["route"].dependant)
    return problem(422, phrase(422), "; ".join(each["message"] for each in errors) + ".", errors=errors)


async def _of_bug(request: Request, error: Exception) -> Response:
    """Of a mistake of ours. The log has the traceback, the answer has not."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(500, phrase(500), BUG)
