"""What is not done is said in the form of the API that was asked, whoever refuses it; and a fault of ours as well."""

import logging

from cryptoprices.api.access import is_cryptowatch
from cryptoprices.api.cryptowatch.refusals import refusal_body
from cryptoprices.api.hot import App, Message, Ready, Receive, Scope, Send
from cryptoprices.api.problems import BUG, Problem, phrase, problem_body, problem_headers

log = logging.getLogger(__name__)
NOT_ALLOWED = 1008  # https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
_FAULT = 1011


def ready_refusal(scope: Scope, refusal: Problem, cryptowatch_root: bool) -> Ready:
    """The answer. cryptowatch_root: what clients of the former Cryptowatch API ask for is at the root too."""
    headers = [(name.encode(), value.encode()) for name, value in (refusal.headers or {}).items()]
    if is_cryptowatch(scope["path"], cryptowatch_root):  # its clients read this form only
        body = refusal_body(refusal.detail)
        headers += [(b"content-type", b"application/json"), *problem_headers(body)[1:]]
    else:
        body = problem_body(refusal.status, refusal.title, refusal.detail)
        headers += problem_headers(body)
    return Ready(refusal.status, tuple(headers), (), b"" if scope.get("method") == "HEAD" else body)


async def send_refusal(ready: Ready, scope: Scope, send: Send, code: int = NOT_ALLOWED) -> None:
    """Send it, also to who wants a WebSocket. code: by which that is closed where it cannot be answered."""
    if scope["type"] == "http":
        await ready.send(send)
    elif (kind := "websocket.http.response") in scope.get("extensions", {}):
        await ready.send(send, kind)
    else:
        await send({"type": "websocket.close", "code": code})


class LastLine:
    """In front of `app`: a fault in it is logged and answered. What has begun to be answered is the server's to end."""

    def __init__(self, app: App, cryptowatch_root: bool) -> None:
        self._app, self._cryptowatch_root = app, cryptowatch_root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one WebSocket."""
        begun = False

        async def begin(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, begin)
        except Exception as error:  # the last line of defence
            if begun:
                raise
            log.error("%s %s failed", scope.get("method", scope["type"]), scope["path"], exc_info=error)
            ready = ready_refusal(scope, Problem(500, phrase(500), BUG), self._cryptowatch_root)
            await send_refusal(ready, scope, send, _FAULT)
