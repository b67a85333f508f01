"""Questions to an ASGI application without a server."""

import re
from typing import NamedTuple


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def allowed_s(self) -> tuple[int, int, int]:
        """max-age, stale-while-revalidate and stale-if-error of Cache-Control."""
        found = dict(re.findall(r"([a-z-]+)=(\d+)", self.headers["cache-control"]))
        return tuple(int(found.get(name, 0)) for name in ("max-age", "stale-while-revalidate", "stale-if-error"))


async def ask(app, path: str, method: str = "GET", **headers: str) -> Reply:
    """One question. headers: with _ for -."""
    path, _, query = path.partition("?")
    sent, messages = {"host": "127.0.0.1:8020", **headers}, []
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8020),
        "state": {},
    }

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        messages.append(message)

    await app(scope, receive, send)
    start = messages[0]
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], told, b"".join(message.get("body", b"") for message in messages[1:]))
