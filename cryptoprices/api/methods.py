"""HEAD wherever there is GET, and in Allow all that a path has (RFC 9110, sections 9.3.2 and 15.5.6)."""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Route

from cryptoprices.api.hot import App, Message, Receive, Scope, Send


class Methods:
    """In front of `app`. routes: those that it has."""

    def __init__(self, app: App, routes: Iterable[BaseRoute]) -> None:
        self._app, self._routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head, over = scope["method"] == "HEAD", False

        async def told(message: Message) -> None:
            nonlocal over
            if message["type"] == "http.response.start" and message["status"] == 405:
                headers = [one for one in message["headers"] if one[0] != b"allow"]
                message = {**message, "headers": [*headers, (b"allow", self._allowed(scope["path"]).encode())]}
            elif message["type"] == "http.response.body" and head:
                if over:  # a stream goes on until it hears that nobody is there
                    return
                message, over = {"type": "http.response.body", "body": b""}, True
            await send(message)

        await self._app({**scope, "method": "GET"} if head else scope, receive, told)

    def _allowed(self, path: str) -> str:
        """The methods of a path."""
        fitting = [route for route in self._routes if isinstance(route, Route) and route.path_regex.match(path)]
        methods = {method for route in fitting for method in route.methods or ()}
        return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
