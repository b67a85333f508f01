"""Answers that need not be sent again, and changes that must know what they change (RFC 9110, section 13)."""

import hashlib
import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.problems import Problem

_TAG = re.compile(r'\s*(W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')
PRIVATE = {"cache-control": "no-store"}
ASK_AGAIN = {"cache-control": "no-cache"}
"""Of what is public: it may be kept, but nobody may show it without asking whether it still holds."""


def etag_of(body: bytes) -> str:
    """The strong tag of exactly these bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def answer(
    request: Request,
    body: bytes,
    headers: Mapping[str, str],
    etag: str | None = None,
    status: int = 200,
    media_type: str = "application/json",
) -> Response:
    """200 with the body, or 304 where the client has it. etag: of the body where it has none of its own yet."""
    etag = etag or etag_of(body)
    told = {**headers, "etag": etag}
    if status == 200 and request.method in ("GET", "HEAD") and names(request.headers.getlist("if-none-match"), etag):
        return Response(None, 304, told)
    return Response(body, status, told, media_type)


def check_match(request: Request, etag: str) -> bool:
    """Whether the change is of what is there now, as If-Match says; False where it says that anything will do.

    Raises Problem: 428 where it says nothing, 412 where it means another state.
    """
    asked = request.headers.getlist("if-match")
    if not asked:
        raise Problem(
            428,
            "If-Match is missing",
            "Send the ETag of what you have read as If-Match, so that nobody's change is lost.",
        )
    if "*" in (one.strip() for one in asked):
        return False
    if etag in (tag for weak, tag in _tags(asked) if not weak):
        return True
    raise changed_meanwhile()


def changed_meanwhile() -> Problem:
    """412: it is not any more what the client has read."""
    return Problem(412, "Changed meanwhile", "It has been changed since you read it; read it again.")


def names(asked: list[str], etag: str) -> bool:
    """Whether the lines of If-None-Match name it; a weak tag will do."""
    return "*" in (one.strip() for one in asked) or etag in (tag for _, tag in _tags(asked))


def _tags(fields: list[str]) -> list[tuple[str, str]]:
    return _TAG.findall(", ".join(fields))
