"""Long collections in pages: `{"items": [...], "next_cursor": ...}`, from a place that only we understand."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request

from cryptoprices.api.problems import Problem

T = TypeVar("T")
USUAL, MOST = 100, 500
_PAGED_BY = ("cursor", "limit")


class Page(NamedTuple):
    """bodies: JSON texts of the items. next_cursor: where the next page begins, None at the end."""

    bodies: Sequence[bytes]
    next_cursor: str | None

    def json(self, **more: object) -> bytes:
        """The collection as it is sent; more: members beside the items."""
        rest = msgspec.json.encode({"next_cursor": self.next_cursor} | more)
        return b'{"items":[' + b",".join(self.bodies) + b"]," + rest[1:]

    def headers(self, request: Request) -> dict[str, str]:
        """Where the next page is (RFC 8288)."""
        return {} if self.next_cursor is None else {"link": f'<{_address(request, self.next_cursor)}>; rel="next"'}


def to_cursor(request: Request, place: Mapping[str, str | int]) -> str:
    """A place in what this request asks for, as an opaque word."""
    text = json.dumps({"q": _question(request), **place}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def from_cursor(request: Request, cursor: str, place: Mapping[str, type]) -> dict[str, object]:
    """The place that a cursor means. place: the names and types of what it must hold. Raises Problem (400)."""
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if found.pop("q") == _question(request) and {name: type(value) for name, value in found.items()} == place:
            return dict(found)
    except (binascii.Error, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        pass
    raise Problem(400, "Wrong cursor", "This cursor is of another question; take next_cursor of the page before.")


def page_of(
    request: Request,
    items: Sequence[T],
    name: Callable[[T], str],
    body: Callable[[T], bytes],
    cursor: str | None,
    limit: int,
) -> Page:
    """Those of the items that this page holds. name: of an item, each another one.

    Items may come and go between two pages: the next begins after the last one's name, or where that stood.
    """
    start = 0
    if cursor is not None:
        place = from_cursor(request, cursor, {"after": str, "at": int})
        names = list(map(name, items))
        start = names.index(place["after"]) + 1 if place["after"] in names else int(str(place["at"]))
        start = min(max(start, 0), len(items))
    chosen = items[start : start + limit]
    stop = start + len(chosen)
    follows = to_cursor(request, {"after": name(chosen[-1]), "at": stop}) if chosen and stop < len(items) else None
    return Page(list(map(body, chosen)), follows)


def _question(request: Request) -> str:
    """What tells one collection from another: path and parameters, but for the page itself."""
    asked = sorted((key, value) for key, value in request.query_params.multi_items() if key not in _PAGED_BY)
    return hashlib.sha256(repr((request.url.path, asked)).encode()).hexdigest()[:12]


def _address(request: Request, cursor: str) -> str:
    asked = [(key, value) for key, value in request.query_params.multi_items() if key != "cursor"]
    return f"{request.url.path}?{urlencode([*asked, ('cursor', cursor)])}"
