"""How much one exchange has been asked lately, so that we slow down before it says that it is too much. Pure.

All times are boot-time seconds.
"""

from math import inf

MINUTE_S = 60.0
SHORT_S = 7.5  # an eighth of a minute
AT_ONCE = 5


class Budget:
    """At most limit_per_min requests in any minute, whatever they are for; 5 at once, and then at most per_s a second.

    Pages of candles give way to polls: they leave room for those to come, and in any 7.5 s there are no more of them
    than that share of the minute's (5 may always come at once). One thread at a time asks; any may look.
    """

    def __init__(self, limit_per_min: int, per_s: float = inf) -> None:
        self.limit = limit_per_min
        self._spread_s = AT_ONCE / per_s
        self._polled: tuple[float, ...] = ()  # within the last minute, oldest first
        self._paged: tuple[float, ...] = ()

    def asked(self, now: float, page: bool = False) -> None:
        """A request is sent now. page: of candles."""
        if page:
            self._paged = (*_since(self._paged, now - MINUTE_S), now)
        else:
            self._polled = (*_since(self._polled, now - MINUTE_S), now)

    def used(self, now: float) -> int:
        """How many requests were sent within the last minute."""
        return len(self._latest(now, MINUTE_S))

    def may_ask(self, now: float) -> bool:
        """Whether there is room for one more."""
        return self.used(now) < self.limit

    def next_free_boot_s(self, now: float) -> float:
        """When there is room for one more; now, if there is."""
        return _freed(self._latest(now, MINUTE_S), self.limit, MINUTE_S, now)

    def next_boot_s(self, now: float) -> float:
        """When one more keeps to the pace, whatever room the minute has; now, if it does."""
        return _freed(self._latest(now, self._spread_s), AT_ONCE, self._spread_s, now)

    def next_page_boot_s(self, now: float, reserve: int) -> float:
        """When there is room for a page besides `reserve` polls a minute; infinity where they take all."""
        polled, paged = _since(self._polled, now - MINUTE_S), _since(self._paged, now - MINUTE_S)
        room = self.limit - max(len(polled), reserve)
        if room <= 0 and reserve >= self.limit:
            return float("inf")
        by_minute = _freed(paged, room, MINUTE_S, now) if room > 0 else polled[0] + MINUTE_S
        at_once = max(AT_ONCE, int(self.limit * SHORT_S / MINUTE_S))
        return max(by_minute, self.next_boot_s(now), _freed(self._paged, at_once, SHORT_S, now))

    def _latest(self, now: float, seconds: float) -> tuple[float, ...]:
        return tuple(sorted(_since(self._polled, now - seconds) + _since(self._paged, now - seconds)))


def _since(times: tuple[float, ...], start: float) -> tuple[float, ...]:
    return tuple(time for time in times if time > start)


def _freed(times: tuple[float, ...], room: int, span_s: float, now: float) -> float:
    """When fewer than `room` (1 or more) of these times lie within the last span_s."""
    return now if len(times) < room else times[-room] + span_s
