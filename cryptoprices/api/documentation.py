"""What the API says of itself: /openapi.json, and /docs, a page of our own that shows it without any other server.

The document is made by tests/api_document.py, and a test compares: nothing is reckoned while prices are asked for.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.conditional import ASK_AGAIN, answer
from cryptoprices.resources import resource

_FILES = {
    "/openapi.json": ("api/openapi.json", "application/json"),
    "/docs": ("api/docs.html", "text/html; charset=utf-8"),
    "/docs/docs.css": ("api/docs.css", "text/css; charset=utf-8"),
    "/docs/docs.js": ("api/docs.js", "text/javascript; charset=utf-8"),
}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_SAFE = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def router() -> APIRouter:
    """The routes of the document and the page. They are not in the document themselves."""
    routes = APIRouter(include_in_schema=False)
    for path, (name, media_type) in _FILES.items():
        routes.add_api_route(path, _File(resource(name).read_bytes(), media_type), methods=["GET"])
    return routes


class _File:
    """A route that answers with this file."""

    def __init__(self, body: bytes, media_type: str) -> None:
        self._body, self._media_type = body, media_type

    async def __call__(self, request: Request) -> Response:
        return answer(request, self._body, ASK_AGAIN | _SAFE, media_type=self._media_type)
