"""What several programs that serve the same prices have in common besides these, by way of the same Redis.

Watchlists and manual prices: one content of which each has a copy. It is changed where it still is what the change was
made of, and every change is told to all; since a word may be lost, all look by themselves too. Where Redis has lost it,
whoever has a copy puts it back, and a newer one goes over an older. Tickets: who redeems one takes it away. And the
wish that the exchanges be asked now, which whoever leads hears.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any

import redis

from cryptoprices.clock import Clock
from cryptoprices.core.managed import Away
from cryptoprices.net.replicas import ANSWER_S, VERSION

log = logging.getLogger(__name__)

MANAGED, CHANGED, ASK, TICKET = "cp:managed", "cp:managed-tick", "cp:ask", "cp:ticket:"
_LOOK_S = 5.0  # between two looks for what no word has told
_AGAIN_S, _HEAR_S, _END_S = 1.0, 0.5, 1.0
_SETTLED_S = 5.0  # more than others take to find Redis again

_STRANGE = -1, b""  # no content, and no version of one

_SEE = """
local there = redis.call('HMGET', KEYS[1], 'version', 'number')
if there[1] == ARGV[2] then return nil end
if not there[1] or tonumber(there[2]) < tonumber(ARGV[1]) then return {'0', ''} end
return {there[1], redis.call('HGET', KEYS[1], 'body')}
"""
_PUT = """
local there = redis.call('HMGET', KEYS[1], 'version', 'number')
if there[1] and there[1] ~= ARGV[2] and tonumber(there[2]) >= tonumber(ARGV[1]) then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local version = math.max(now, (tonumber(redis.call('GET', KEYS[2])) or 0) + 1)
local text = string.format('%.0f', version)
redis.call('SET', KEYS[2], text)
redis.call('HSET', KEYS[1], 'version', text, 'number', ARGV[3], 'body', ARGV[4])
redis.call('PUBLISH', KEYS[3], text)
return version
"""


class RedisCommon:
    """Common of ManagedFile, and TicketRoom of the API. url: of the Redis. All calls but `follow` and `close` block."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._redis = redis.Redis.from_url(url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S)
        self._to_see, self._to_put = map(self._redis.register_script, (_SEE, _PUT))
        self._closed = threading.Event()
        self._found_boot_s: float | None = None  # since when Redis is there
        self._thread: threading.Thread | None = None

    def follow(self, look: Callable[[], object], asked: Callable[[], object]) -> None:
        """Call look() whenever the content may be another one, and asked() when somebody wants the exchanges asked.

        Both on a thread of its own; look() may block, and raise Away.
        """
        self._thread = threading.Thread(target=self._run, args=(look, asked), name="common", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nothing is called any more. Not waited for beyond a second."""
        self._closed.set()
        if self._thread:
            self._thread.join(_END_S)
        self._redis.close()

    def see(self, number: int, version: int) -> tuple[int, bytes] | None:
        """What there is, as Common says."""
        try:
            found = self._to_see(keys=[MANAGED], args=[number, version])
            seen = None if found is None else (int(found[0]), found[1] or b"")
        except redis.RedisError as error:
            if type(error) is not redis.ResponseError:
                raise _away(error, "nothing was changed") from None
            seen = _STRANGE  # of another type than ours, or without numbers
        except ValueError:
            seen = _STRANGE
        return seen

    def put(self, content: tuple[int, bytes], number: int, version: int) -> int:
        """Put this there, as Common says."""
        try:
            return int(self._to_put(keys=[MANAGED, VERSION, CHANGED], args=[number, version, *content]))
        except redis.RedisError as error:
            raise _away(error, "whether this was changed is not known") from None

    def check_settled(self) -> None:
        """Raises Away as long as others may still come."""
        since_s = self._found_boot_s
        if since_s is None or self._clock.boot_s() - since_s < _SETTLED_S:
            raise Away("Redis is new here, and other replicas may still bring what it is to keep; nothing was changed.")

    def give_ticket(self, ticket: str, token_id: str, valid_s: int) -> None:
        """Keep whose it is, for so long. Raises Away."""
        try:
            self._redis.set(_ticket_key(ticket), token_id, nx=True, ex=valid_s)
        except redis.RedisError as error:
            raise _away(error, "no ticket was made") from None

    def take_ticket(self, ticket: str) -> str | None:
        """The token's id; it is good no more. Raises Away."""
        try:
            found: Any = self._redis.getdel(_ticket_key(ticket))
        except redis.RedisError as error:
            raise _away(error, "whose ticket this is cannot be seen") from None
        return None if found is None else found.decode("utf-8", "replace")

    def ask(self) -> None:
        """Have whoever leads ask the exchanges. Raises Away."""
        try:
            self._redis.publish(ASK, "")
        except redis.RedisError as error:
            raise _away(error, "nobody was asked") from None

    def _run(self, look: Callable[[], object], asked: Callable[[], object]) -> None:
        while not self._closed.is_set():
            try:
                with suppress(redis.RedisError, Away):
                    self._hear(look, asked)
            except Exception:  # the outermost line of this thread
                log.exception("The thread of what is common has a fault")
            self._found_boot_s = None
            self._closed.wait(_AGAIN_S)

    def _hear(self, look: Callable[[], object], asked: Callable[[], object]) -> None:
        """Until Redis is gone."""
        with self._redis.pubsub(ignore_subscribe_messages=True) as words:  # type: ignore[no-untyped-call]  # redis gives it no types
            words.subscribe(CHANGED, ASK)
            due_s = self._found_boot_s = self._clock.boot_s()
            while not self._closed.is_set():
                if self._clock.boot_s() >= due_s:
                    due_s = self._clock.boot_s() + _LOOK_S
                    look()
                word = words.get_message(timeout=_HEAR_S)
                if word and word["channel"] == ASK.encode():
                    asked()
                elif word:
                    look()


def _ticket_key(ticket: str) -> str:
    """Who reads the Redis learns no ticket."""
    return TICKET + sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()


def _away(error: redis.RedisError, so: str) -> Away:
    return Away(f"Redis, by which the replicas know of each other, cannot be reached ({type(error).__name__}): {so}.")
