"""Who may ask: everything that is looked at before a request is given to the routes, and before it costs anything.

In this order: the name by which we are asked (against DNS rebinding), where the page is from that asks (against other
pages in the person's browser), the method, the path, the token and what it may do, how often, and the form of the body.
A browser that says that a page of another site asks is refused whatever it asks for, links and pictures too: nothing
here is for other sites, and what is in the address bar or a bookmark comes from no site. No header is ever sent that
would let a page of another origin read an answer, and none that stands for another method is heeded.
"""

import logging
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from cryptoprices.api.access import (
    EXEMPT,
    METHODS,
    NOTHING,
    PROGRAM,
    READING,
    TICKETED,
    WITH_BODY,
    Access,
    access,
    is_cryptowatch,
)
from cryptoprices.api.hosts import Hosts, is_loopback, is_loopback_name
from cryptoprices.api.hot import App, Headers, Message, Ready, Receive, Scope, Send
from cryptoprices.api.ports import TokenBook
from cryptoprices.api.problems import Problem, not_now
from cryptoprices.api.refusals import NOT_ALLOWED, ready_refusal, send_refusal
from cryptoprices.api.throttle import Buckets, asker
from cryptoprices.api.tickets import Tickets
from cryptoprices.clock import Clock
from cryptoprices.core.grants import Token
from cryptoprices.core.managed import Away
from cryptoprices.core.plain import plain

log = logging.getLogger(__name__)
WRONG, WRONG_FILL_S = 10, 60.0  # wrong tokens from one address
RATE, RATE_FILL_S = 600, 6.0  # requests of one token, off loopback
_HOST, _ORIGIN, _SITE, _PREFLIGHT = b"host", b"origin", b"sec-fetch-site", b"access-control-request-method"
_AUTHORIZATION, _KEY, _TYPE = b"authorization", b"x-cw-api-key", b"content-type"
_HEEDED = frozenset((_HOST, _ORIGIN, _SITE, _PREFLIGHT, _AUTHORIZATION, _KEY, _TYPE))
_PROXIED = frozenset((b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"))
_OWN_SITES = (b"same-origin", b"none")  # none: no page asks, but the person: https://www.w3.org/TR/fetch-metadata/
_JSON = b"application/json"
_REMEMBERED = 1000  # tokens that were right, with the address that they came from
_OPEN = "open"  # in a scope's state: whoever asks in these words passes, uncounted
_NAMED = 50  # refused hosts that are told in the log


class Gate:
    """In front of `app`, which finds the token of a request, or None, in scope["state"]["token"].

    loopback: only this machine can ask: public data needs no token, and nobody is told to slow down.
    cryptowatch_root: the surface for Cryptowatch's clients is at the root too.
    """

    def __init__(
        self,
        app: App,
        *,
        tokens: TokenBook,
        tickets: Tickets,
        hosts: Hosts,
        loopback: bool,
        clock: Clock,
        cryptowatch_root: bool = False,
    ) -> None:
        self._app, self._tokens, self._tickets, self._hosts = app, tokens, tickets, hosts
        self._loopback, self._cryptowatch_root = loopback, cryptowatch_root
        self._wrong = Buckets(WRONG, WRONG_FILL_S, clock.boot_s)
        self._rates = None if loopback else Buckets(RATE, RATE_FILL_S, clock.boot_s)
        self._right: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._refused_hosts: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one WebSocket."""
        if scope["type"] == "lifespan" or (scope["path"] in EXEMPT and scope.get("method") in READING):
            await self._app(scope, receive, send)
            return
        try:
            found = self._asked(scope)
            ticketed = await self._ticketed(scope) if _has_ticket(scope, found) else None
            token = self._judge(scope, found, ticketed)
            if self._rates is not None:
                send = self._limited(self._rates, self._take(self._rates, scope, token), send)
        except Problem as refusal:
            await self._refuse(scope, send, refusal)
            return
        scope.setdefault("state", {}).update(token=token, program=self._program(scope))
        if token is not None and scope["path"] in TICKETED:
            send = self._while_it_stands(scope, token, send)
        await self._app(scope, receive, send)

    def admit(self, scope: Scope) -> Headers:
        """What goes with the answer to a request that may go on, of one that has no ticket. Raises Problem.

        Whoever knows that a request has come again in the same words may hand over the scope that it had before.
        """
        if _OPEN in scope["state"]:
            return ()
        token = self._judge(scope, self._asked(scope))
        if self._rates is not None:
            return _told(self._rates, self._take(self._rates, scope, token))
        if token is None:
            scope["state"][_OPEN] = True
        return ()

    def refusal(self, scope: Scope, refusal: Problem) -> Ready:
        """What is said to who may not."""
        if isinstance(refusal, _Stranger):
            return Ready(refusal.status, ((b"content-length", b"0"),), (), b"")
        return ready_refusal(scope, refusal, self._cryptowatch_root)

    def _asked(self, scope: Scope) -> Mapping[bytes, bytes]:
        """The headers that are heeded. Raises Problem where not everybody may ask so."""
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _HEEDED:
                if name in found:
                    raise Problem(400, "Repeated header", f"{name.decode()} must be there only once.")
                found[name] = value
        self._check_asker(scope, found)
        return found

    def _judge(self, scope: Scope, found: Mapping[bytes, bytes], ticketed: Token | None = None) -> Token | None:
        """The token of a request that may go on. ticketed: whose ticket it has. Raises Problem for one that may not."""
        method, path = scope.get("method", "GET"), scope["path"]
        if method not in METHODS:
            if _PREFLIGHT in found:
                raise Problem(403, "Other origin", "Pages of other origins may not ask here.")
            raise Problem(405, "No such method", f"Use {', '.join(METHODS)}.", {"allow": ", ".join(METHODS)})
        subject = access(path)
        token = self._admit(scope, found, subject, method, ticketed)
        if subject is NOTHING:
            raise Problem(404, "Not Found", "There is nothing at this path; /docs tells what there is.")
        if method not in READING:
            _check_form(method, found.get(_TYPE))
        return token

    def _check_asker(self, scope: Scope, found: Mapping[bytes, bytes]) -> None:
        """Raises Problem where a web page may be behind it, or somebody who takes us for a proxy."""
        host = found.get(_HOST)
        if not host:
            raise Problem(400, "No host", "The header Host must say who is asked.")
        if not scope.get("raw_path", b"/").startswith(b"/"):
            raise Problem(400, "Not a path", "Ask for a path; this is no proxy.")
        origins = self._hosts.origins(host)
        if origins is None:
            self._tell(host)
            raise _Stranger
        if (site := found.get(_SITE)) is not None and site not in _OWN_SITES:
            raise Problem(403, "Other site", "Pages of other sites may not ask here. Type the address to open it.")
        if (origin := found.get(_ORIGIN)) is not None and origin not in origins:
            raise Problem(403, "Other origin", "Pages of other origins may not ask here.")

    def _admit(
        self, scope: Scope, found: Mapping[bytes, bytes], subject: Access, method: str, ticketed: Token | None
    ) -> Token | None:
        """The token, None where it needs none and none is given. Raises Problem."""
        needed = subject.read if method in READING else subject.change
        token = self._given(scope, found, ticketed)
        if token is None:
            if self._loopback and subject.open and method in READING:
                return None
            if self._rates is not None:
                self._slow_down(self._rates, asker(scope.get("client")))
            former = is_cryptowatch(scope["path"], self._cryptowatch_root)
            header = "X-CW-API-Key: …" if former else "Authorization: Bearer …"
            raise Problem(
                401,
                "No token",
                f"This needs a token that may {needed.word}, as `{header}`. "
                f"Make one with: {self._program(scope)} token create --scope {needed.word}",
                {"www-authenticate": 'Bearer realm="cryptoprices"'},
            )
        if token.scope < needed:
            raise Problem(
                403,
                "Token may not",
                f"This token may {token.scope.word}; this needs one that may {needed.word}.",
                {"www-authenticate": f'Bearer realm="cryptoprices", error="insufficient_scope", scope="{needed.word}"'},
            )
        return token

    def _given(self, scope: Scope, found: Mapping[bytes, bytes], ticketed: Token | None) -> Token | None:
        """The token that is given, None where none is. Raises Problem for a wrong one, also where it needs none."""
        if (sent := found.get(_AUTHORIZATION)) is not None:
            scheme, _, text = sent.partition(b" ")
            token = self._tokens.find(text.strip().decode("latin-1")) if scheme.lower() == b"bearer" else None
        elif _has_ticket(scope, found):
            token, kept = ticketed, [(key, value) for key, value in _query(scope) if key != "ticket"]
            scope["query_string"] = urlencode(kept).encode()
        elif not self._loopback and is_cryptowatch(scope["path"], self._cryptowatch_root):
            # its clients send their key in these two ways only; on loopback the surface itself judges keys
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            key = found.get(_KEY, b"").decode("latin-1") or query.get("apikey", "")
            if not key:
                return None
            token = self._tokens.find(key)
        else:
            return None
        return self._checked(token, scope)

    async def _ticketed(self, scope: Scope) -> Token | None:
        """Whose ticket stands in the query. Raises Problem (503)."""
        try:
            token_id = await self._tickets.redeem(dict(_query(scope)).get("ticket", ""))
        except Away as error:
            raise not_now(error) from None
        return next((token for token in self._tokens.all() if token.id == token_id), None)

    def _checked(self, token: Token | None, scope: Scope) -> Token:
        """The token. Raises Problem (401), and 429 to who was wrong too often.

        From an address that was, only those tokens are heard that were right before: who tries tokens learns nothing
        any more, while whoever else comes from there goes on.
        """
        address = asker(scope.get("client"))
        if wait_s := self._wrong.wait_s(address):
            if token is None or (address, token.id) not in self._right:
                raise _too_many(wait_s, "Too many wrong tokens")
        elif token is None:
            self._wrong.take(address)
            raise Problem(
                401,
                "Wrong token",
                f"There is no such token, or not any more. `{self._program(scope)} token list` shows which there are.",
                {"www-authenticate": 'Bearer realm="cryptoprices", error="invalid_token"'},
            )
        self._right[address, token.id] = None
        self._right.move_to_end((address, token.id))
        if len(self._right) > _REMEMBERED:
            self._right.popitem(last=False)
        return token

    def _program(self, scope: Scope) -> str:
        """How a command is begun, in full for whoever is on this machine, and no proxy's client: it names a folder."""
        client, headers = scope.get("client"), dict(scope["headers"])
        here = client and is_loopback(client[0]) and is_loopback_name(headers.get(_HOST, b""))
        return self._tokens.program if here and _PROXIED.isdisjoint(headers) else PROGRAM

    @staticmethod
    def _slow_down(rates: Buckets, key: str) -> None:
        if not rates.take(key):
            raise _too_many(rates.wait_s(key), "Too many requests")

    def _take(self, rates: Buckets, scope: Scope, token: Token | None) -> str:
        """Whose allowance this request is taken from. Raises Problem (429) where nothing of it is left."""
        key = token.id if token else asker(scope.get("client"))
        self._slow_down(rates, key)
        return key

    @staticmethod
    def _limited(rates: Buckets, key: str, send: Send) -> Send:
        """A `send` that tells how much may still be asked."""

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_told(rates, key)]
            await send(message)

        return send_with_limits

    def _while_it_stands(self, scope: Scope, token: Token, send: Send) -> Send:
        """A `send` that ends a stream in place of telling more to somebody whose token has been revoked."""
        ended = False

        async def send_or_end(message: Message) -> None:
            nonlocal ended
            if ended:
                return
            if ended := not self._tokens.stands(token):
                if message["type"] == "websocket.send":
                    await send({"type": "websocket.close", "code": NOT_ALLOWED, "reason": "The token was revoked."})
                elif (abort := scope["state"].get("abort")) is not None:
                    abort()
            else:
                await send(message)

        return send_or_end

    def _tell(self, host: bytes) -> None:
        """Once of each, so that whoever runs this behind a name finds out what is missing."""
        if host not in self._refused_hosts and len(self._refused_hosts) < _NAMED:
            self._refused_hosts.add(host)
            name = plain(host.decode("latin-1"))
            log.info("Asked as %s, which is refused. If that is a name of this server: --allow-host NAME", name)

    async def _refuse(self, scope: Scope, send: Send, refusal: Problem) -> None:
        await send_refusal(self.refusal(scope, refusal), scope, send)


class _Stranger(Problem):
    """Asked by a name that is not ours, which a page may have made: it learns not even what answers here."""

    def __init__(self) -> None:
        super().__init__(403, "", "")


def _has_ticket(scope: Scope, found: Mapping[bytes, bytes]) -> bool:
    return scope["path"] in TICKETED and _AUTHORIZATION not in found and b"ticket=" in scope["query_string"]


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _check_form(method: str, sent: bytes | None) -> None:
    """Raises Problem (415) for a change that a form of a web page could send."""
    form = None if sent is None else sent.partition(b";")[0].strip().lower()
    if form != _JSON and (form is not None or method in WITH_BODY):
        raise Problem(415, "Not JSON", "Send JSON, as `Content-Type: application/json`.", {"accept": _JSON.decode()})


def _too_many(wait_s: int, title: str) -> Problem:
    return Problem(429, title, f"Ask again in {wait_s} s.", {"retry-after": str(wait_s)})


def _told(rates: Buckets, key: str) -> Headers:
    """How much may still be asked: draft-ietf-httpapi-ratelimit-headers-10."""
    return (
        (b"ratelimit-policy", f'"requests";q={rates.size};w={rates.fill_s:.0f}'.encode()),
        (b"ratelimit", f'"requests";r={int(rates.left(key))};t={rates.full_s(key)}'.encode()),
    )
