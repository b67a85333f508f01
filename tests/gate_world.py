"""A gate before the real routes, on a port that is not there, and questions to it in ASGI's form."""

from collections.abc import Iterable
from typing import NamedTuple

from api_rig import Service
from conftest import FakeClock

from cryptoprices.api.gate import Gate
from cryptoprices.api.hosts import Hosts
from cryptoprices.core.grants import Scope

PORT = 8020
NO_TOKEN, WRONG, SHORT, BASIC, READ, WRITE, ADMIN = "no", "wrong", "short", "basic", "read", "write", "admin"
GIVEN = {
    NO_TOKEN: None, WRONG: None, SHORT: None, BASIC: None,
    READ: Scope.READ, WRITE: Scope.WRITE, ADMIN: Scope.ADMIN,
}  # fmt: skip
OWN = (("host", f"127.0.0.1:{PORT}"),)


class Answer(NamedTuple):
    """status: 101 for a WebSocket that was opened, 0 for one that was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class World:
    """The gate before the real routes; /v1/ws, /v1/stream and what is outside /v1 are stand-ins that open to whatever
    reaches them. reached: how often something did. last: the scope of the last question, as it has become.
    """

    def __init__(self, folder, clock: FakeClock, loopback: bool = True, hosts: Hosts | None = None, **more) -> None:
        self.service = Service(folder, clock)
        self.gate = Gate(
            self._app,
            tokens=self.service.tokens,
            tickets=self.service.tickets,
            hosts=hosts or Hosts("127.0.0.1", PORT),
            loopback=loopback,
            clock=clock.clock,
            **more,
        )
        self.texts = {word: self.service.tokens.create(word, scope) for word, scope in GIVEN.items() if scope}
        admin = self.texts[ADMIN]
        self.authorizations = {
            NO_TOKEN: (), WRONG: (f"Bearer {admin[:-1]}{'1' if admin[-1] == '0' else '0'}",),
            SHORT: ("Bearer cp_1_2",), BASIC: ("Basic YTpi",),
        } | {word: (f"Bearer {text}",) for word, text in self.texts.items()}  # fmt: skip
        self.reached = 0

    async def _app(self, scope, receive, send) -> None:
        self.reached += 1
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        elif scope["path"] == "/v1/stream" or not scope["path"].startswith("/v1/"):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"there"})
        else:
            await self.service.app(scope, receive, send)

    def state(self) -> object:
        """All that could be changed from outside."""
        service = self.service
        return service.managed.watchlists, service.managed.manual_prices, service.tokens.all(), service.live.settings

    async def ask(
        self, method: str, path: str, headers: Iterable[tuple[str, str]] = OWN, token: str = NO_TOKEN, **more
    ) -> Answer:
        """One question. token: of GIVEN. more: client, query, body, server, raw_path, extensions."""
        sent: list[dict] = []

        async def receive() -> dict:
            return {"type": "http.request", "body": more.get("body", b""), "more_body": False}

        async def send(message: dict) -> None:
            sent.append(message)

        raw = [(key.encode(), value.encode()) for key, value in headers]
        raw += [(b"authorization", text.encode()) for text in self.authorizations[token]]
        scope = {
            "type": "http", "method": method, "http_version": "1.1", "scheme": "http", "path": path,
            "raw_path": more.get("raw_path", path).encode(), "query_string": more.get("query", "").encode(),
            "root_path": "", "headers": raw, "state": {}, "client": (more.get("client", "127.0.0.1"), 50000),
            "server": more.get("server", ("127.0.0.1", PORT)),
        }  # fmt: skip
        if method == "WEBSOCKET":
            extensions = more.get("extensions", {"websocket.http.response": {}})
            scope |= {"type": "websocket", "scheme": "ws", "extensions": extensions}
            del scope["method"]
        await self.gate(scope, receive, send)
        self.last = scope
        if (kind := sent[0]["type"]) in ("websocket.accept", "websocket.close"):
            return Answer(101 if kind == "websocket.accept" else 0, {}, b"")
        assert all(message["type"].startswith(scope["type"]) for message in sent)
        told = {key.decode().lower(): value.decode() for key, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent))
