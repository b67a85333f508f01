"""A run among others that serve the same prices: it serves what their leader knows, and leads if it is its turn.

Between the run's Keeper, which asks only while this one leads, and the API, which reads here.
"""

from collections.abc import Callable

from cryptoprices.api.ports import Moment
from cryptoprices.clock import Clock
from cryptoprices.core.shared import Shared
from cryptoprices.keeper import Keeper
from cryptoprices.net.replicas import Replicas
from cryptoprices.settings.options import POLL_INTERVAL_S

_WAITING = "No replica has shared any prices yet."


class Replicated:
    """Live of the API. url: of the Redis that they share. The keeper must not have been told to lead yet."""

    def __init__(self, keeper: Keeper, url: str) -> None:
        self._keeper = keeper
        self._cycle_s = float(keeper.moment().settings[POLL_INTERVAL_S])
        self._listeners: list[Callable[[], object]] = []
        self._version, self._shared = 0, Shared(keeper.moment().snapshot, keeper.moment().pairs, None)
        self._trouble, self._troubled_boot_s = _WAITING, keeper.clock.boot_s()
        self._polls = 0  # of the keeper when it began to lead
        self._knows = False  # anything to share: a poll of its own has ended since then
        self._part = Replicas(url, self._cycle_s, keeper.clock, self._lead, self._take, self._say)
        keeper.listen(self._publish)
        self._part.start()

    @property
    def clock(self) -> Clock:
        """The program's clock."""
        return self._keeper.clock

    def moment(self) -> Moment:
        """What the leader knows now. After a poll's time without Redis no price of it counts as current any more."""
        own, shared, trouble = self._keeper.moment(), self._shared, self._trouble
        cut_off = bool(trouble) and self.clock.boot_s() - self._troubled_boot_s > self._cycle_s
        return own._replace(
            version=self._version,
            snapshot=shared.snapshot,
            pairs=shared.pairs,
            next_poll_boot_s=shared.next_poll_boot_s,
            trouble=trouble or own.trouble,
            cut_off=cut_off,
        )

    def listen(self, told: Callable[[], object]) -> None:
        """Have told() called whenever there is another moment."""
        self._listeners.append(told)

    def close(self) -> None:
        """Take part no more."""
        self._part.close()

    def _publish(self) -> None:
        """On the keeper's thread: it knows something new. Until a new leader has prices, the last one's are better."""
        moment = self._keeper.moment()
        snapshot = moment.snapshot
        self._knows = self._knows or (snapshot.poll > self._polls and snapshot.poll_over and bool(snapshot.held))
        if self._knows:
            self._part.publish(Shared(snapshot, moment.pairs, moment.next_poll_boot_s))

    def _lead(self, leads: bool) -> None:
        """On the replicas' thread, as the following."""
        self._polls, self._knows = self._keeper.moment().snapshot.poll, False
        self._keeper.lead(leads)

    def _take(self, version: int, shared: Shared) -> None:
        self._version, self._shared = version, shared
        if self._trouble == _WAITING:
            self._trouble = ""
        self._tell()

    def _say(self, text: str) -> None:
        if text and not self._trouble:
            self._troubled_boot_s = self.clock.boot_s()
        self._trouble = text or ("" if self._version else _WAITING)
        self._tell()

    def _tell(self) -> None:
        for told in self._listeners:
            told()
