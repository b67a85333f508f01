"""Several programs that serve the same prices by way of a Redis: one of them asks the exchanges, the others read.

Who asks holds a lease of one and a half polls, which it renews; when it is lost, another takes it within the lease.
Redis itself counts versions and tells the time, so that all agree on both. What a leader writes bears the number of its
term, and a term that has ended writes no more, however late it wakes (fencing: Kleppmann, "How to do distributed
locking", 2016; one Redis, so no Redlock). While Redis is away nobody begins to ask.
"""

import logging
import random
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import redis

from cryptoprices.clock import Clock
from cryptoprices.core.shared import Shared, Unreadable, packed, unpacked

log = logging.getLogger(__name__)

LEADER, TERM, VERSION, SNAPSHOT, TICK = "cp:leader", "cp:term", "cp:version", "cp:snap", "cp:tick"
ANSWER_S = 2.0  # Redis is beside us; who takes longer is away
_AGAIN_S = (0.5, 4.0)  # from the first to the last step of asking an absent Redis again
_APART_S = 0.1  # between two snapshots, since streams may bring more than anybody reads
_END_S = 1.0

_LEAD = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return redis.call('INCR', KEYS[2]) end
return 0
"""
_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
_WRITE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) < tonumber(redis.call('HGET', KEYS[2], 'term') or '0') then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local version = math.max(now, (tonumber(redis.call('GET', KEYS[3])) or 0) + 1)
local text = string.format('%.0f', version)
redis.call('SET', KEYS[3], text)
redis.call('HSET', KEYS[2], 'version', text, 'at', string.format('%.0f', now), 'term', ARGV[2], 'body', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('PUBLISH', KEYS[4], text)
return version
"""
_READ = """
local found = redis.call('HMGET', KEYS[1], 'version', 'at', 'body')
if not found[1] or found[1] == ARGV[1] then return nil end
local time = redis.call('TIME')
return {found[1], time[1] * 1000 + math.floor(time[2] / 1000) - found[2], found[3]}
"""


class WrongAddress(Exception):
    """No address of a Redis; one sentence for a person."""


def check_address(url: str) -> str:
    """The address as it is. Raises WrongAddress; never with what may be a password in it."""
    try:
        parts = urlsplit(url)
        redis.ConnectionPool.from_url(url)
        good = parts.scheme in ("redis", "rediss", "unix")
    except ValueError:
        good = False
    if not good:
        raise WrongAddress("write memory: or an address like redis://host:6379/0")
    return url


class Replicas:
    """One of them. cycle_s: time between two polls. Everything is called on a thread of its own, and must not block.

    lead(boot_s): this one asks the exchanges, until then unless it is told again; 0.0: no more. take(version, Shared):
    what all of them serve from now on, this one's own too, once Redis has it. trouble(text): why nothing new can come,
    "" once it can again.
    """

    def __init__(
        self,
        url: str,
        cycle_s: float,
        clock: Clock,
        lead: Callable[[float], object],
        take: Callable[[int, Shared], object],
        trouble: Callable[[str], object],
    ) -> None:
        self._clock, self._lead, self._take, self._trouble = clock, lead, take, trouble
        self._id = uuid.uuid4().hex
        self._lease_s, self._keep_ms = 1.5 * cycle_s, round(5000 * cycle_s)
        self._every_s = cycle_s / 4  # to renew the lease, or to try for it; between two looks for what no tick has told
        self._redis = redis.Redis.from_url(url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S)
        self._to_lead, self._to_renew = map(self._redis.register_script, (_LEAD, _RENEW))
        self._to_write, self._to_read = map(self._redis.register_script, (_WRITE, _READ))
        self._to_release = self._redis.register_script(_RELEASE)
        self._term = 0  # 0: another one leads
        self._lease_until_s = self._due_s = 0.0
        self._version = b""
        self._said = ""
        self._news: Shared | None = None
        self._woken = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="replicas", daemon=True)

    def start(self) -> None:
        """Take part from now on."""
        self._thread.start()

    def publish(self, shared: Shared) -> None:
        """This is known here; the others get it if this one leads. Any thread may call; never blocks."""
        with self._woken:
            self._news = shared
            self._woken.notify()

    def close(self) -> None:
        """Take part no more; a leader says so, and another takes over. Not waited for beyond a second."""
        with self._woken:
            self._closed = True
            self._woken.notify()
        self._thread.join(_END_S)

    def _run(self) -> None:
        failures = 0
        while not self._closed:
            try:
                with self._redis.pubsub(ignore_subscribe_messages=True) as ticks:  # type: ignore[no-untyped-call]  # redis gives it no types
                    ticks.subscribe(TICK)
                    while not self._closed:
                        self._turn(ticks)
                        failures = 0
                        self._say("")
            except redis.RedisError as error:
                self._say(f"Redis cannot be reached ({type(error).__name__}): prices are the last that were known.")
                failures += 1
                self._rest(min(_AGAIN_S[0] * 2 ** (failures - 1), _AGAIN_S[1]) * random.uniform(0.5, 1.0))
            except Exception:  # the outermost line of this thread
                log.exception("The replicas' thread has a fault")
                self._rest(_AGAIN_S[1])
        if self._term:
            with suppress(redis.RedisError):
                self._to_release(keys=[LEADER], args=[self._id])
        self._redis.close()

    def _turn(self, ticks: "redis.client.PubSub") -> None:
        """Do what is due, and wait for what comes next."""
        now_s = self._clock.boot_s()
        if now_s >= self._due_s:
            self._due_s = now_s + self._every_s * random.uniform(0.8, 1.0)
            self._hold()
            self._read()
        wait_s = max(0.0, self._due_s - now_s)
        if self._term:
            self._write(wait_s)
            while ticks.get_message():  # one's own
                pass
        elif ticks.get_message(timeout=min(wait_s, _END_S / 2)):
            self._read()

    def _hold(self) -> None:
        """Renew the lease, or try to get it."""
        now_s, lease_ms = self._clock.boot_s(), round(1000 * self._lease_s)
        if self._term:
            if self._to_renew(keys=[LEADER], args=[self._id, lease_ms]):
                self._lease_until_s = now_s + self._lease_s
                self._lead(self._lease_until_s)
            else:
                self._step_down()
        elif term := self._to_lead(keys=[LEADER, TERM], args=[self._id, lease_ms]):
            self._term, self._lease_until_s = int(term), now_s + self._lease_s
            with self._woken:
                self._news = None  # what was known before may be old
            self._lead(self._lease_until_s)

    def _step_down(self) -> None:
        if self._term:
            self._term = 0
            self._lead(0.0)

    def _write(self, wait_s: float) -> None:
        """Have the others know what is known here, if anything new comes within this time."""
        with self._woken:
            if self._news is None and not self._closed:
                self._woken.wait(wait_s)
            shared, self._news = self._news, None
        if shared is None:
            return
        body = packed(shared, self._clock.boot_s())
        keys = [LEADER, SNAPSHOT, VERSION, TICK]
        version = int(self._to_write(keys=keys, args=[self._id, self._term, body, self._keep_ms]))
        if version:
            self._version = str(version).encode()
            self._take(version, shared)
            with self._woken:
                self._woken.wait_for(self._is_closed, _APART_S)
        else:
            self._step_down()

    def _is_closed(self) -> bool:
        return self._closed

    def _read(self) -> None:
        """Take what the leader has written, if that is new here."""
        found = None if self._term else self._to_read(keys=[SNAPSHOT], args=[self._version])
        if found is None:
            return
        version, age_ms, body = found
        self._version = version
        try:
            number, age_s = int(version), int(age_ms) / 1000
            shared = unpacked(body or b"", age_s, self._clock.boot_s())
        except Unreadable as error:
            log.warning("%s", error)
        except (ValueError, OverflowError):
            log.warning("What is shared cannot be read: it has no version, or is of no time")
        else:
            self._take(number, shared)

    def _rest(self, wait_s: float) -> None:
        """Wait, and ask the exchanges no more once the lease would have ended: another one may have it by now."""
        with self._woken:
            if not self._closed:
                self._woken.wait(wait_s)
        if self._clock.boot_s() >= self._lease_until_s:
            self._step_down()

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            log.info("%s", text or "Redis answers again")
            self._trouble(text)
