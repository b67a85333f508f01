"""A run among others that serve the same prices: it serves what their leader knows, and leads if it is its turn.

Between the run's Keeper, which asks only while this one leads, and the API, which reads here. Prices and what is
managed are of all replicas; settings and tokens are each one's own, so that the API changes none.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from cryptoprices.api.ports import Moment
from cryptoprices.clock import Clock
from cryptoprices.core.grants import Scope
from cryptoprices.core.managed import Away, EachItsOwn
from cryptoprices.core.shared import Shared
from cryptoprices.keeper import Keeper
from cryptoprices.net.common import RedisCommon
from cryptoprices.net.replicas import Replicas
from cryptoprices.settings.declare import Setting
from cryptoprices.settings.options import POLL_INTERVAL_S, WATCHLIST
from cryptoprices.storage.managed import ManagedFile
from cryptoprices.storage.tokens import TokenFile

_WAITING = "No replica has shared any prices yet."


class Replicated:
    """Live and Owner of the API. url: of the Redis that they share. managed: by the same `common`.

    The keeper must not have been told to lead yet.
    """

    def __init__(self, keeper: Keeper, managed: ManagedFile, common: RedisCommon, url: str) -> None:
        self._keeper, self._managed, self._common = keeper, managed, common
        self._cycle_s = float(keeper.moment().settings[POLL_INTERVAL_S])
        self._listeners: list[Callable[[], object]] = []
        self._version, self._shared = 0, Shared(keeper.moment().snapshot, keeper.moment().pairs, None)
        self._trouble, self._troubled_boot_s = _WAITING, keeper.clock.boot_s()
        self._leads = False
        self._polls = 0  # of the keeper when it began to lead
        self._knows = False  # anything to share: a poll of its own has ended since then
        self._part = Replicas(url, self._cycle_s, keeper.clock, self._lead, self._take, self._say)
        keeper.listen(self._publish)
        self._part.start()
        common.follow(managed.look, keeper.ask_now)

    @property
    def clock(self) -> Clock:
        """The program's clock."""
        return self._keeper.clock

    def moment(self) -> Moment:
        """What the leader knows now. After a poll's time without Redis no price of it counts as current any more."""
        own, shared, trouble = self._keeper.moment(), self._shared, self._trouble
        cut_off = bool(trouble) and self.clock.boot_s() - self._troubled_boot_s > self._cycle_s
        newest = max(self._version, self._managed.version)  # of one row: all that know the same say the same
        return own._replace(
            version=newest,
            snapshot=shared.snapshot,
            pairs=shared.pairs,
            next_poll_boot_s=shared.next_poll_boot_s,
            trouble=trouble or own.trouble,
            cut_off=cut_off,
        )

    @property
    def leads(self) -> bool:
        """Whether this one asks the exchanges now."""
        return self._keeper.leads

    @property
    def shares(self) -> bool:
        """Whether Redis answers, as far as the last try tells."""
        return self._trouble in ("", _WAITING)

    def listen(self, told: Callable[[], object]) -> None:
        """Have told() called whenever there is another moment."""
        self._listeners.append(told)

    def set_setting(self, key: str, value: object) -> Future[None]:  # noqa: ARG002  # called by name, as Owner has it
        """The others would not have it: the future raises EachItsOwn."""
        text = (
            "Several replicas serve this, and settings are each one's own: "
            f"start all of them with --set {key}=VALUE, or with the same settings.toml."
        )
        if key == WATCHLIST.key:
            text += " Or make a watchlist of another name, which all of them serve."
        refused: Future[None] = Future()
        refused.set_exception(EachItsOwn(text))
        return refused

    def takes_at_once(self, setting: Setting[Any]) -> bool:  # noqa: ARG002  # called by name, as Owner has it
        """None of them: each replica has its own, from its start on."""
        return False

    def ask_now(self) -> Future[None]:
        """Have whoever leads ask all exchanges now. The future may raise Away."""
        done: Future[None] = Future()
        threading.Thread(target=self._ask, args=(done,), name="ask-leader", daemon=True).start()
        return done

    def close(self) -> None:
        """Take part no more."""
        self._common.close()
        self._part.close()

    def _ask(self, done: Future[None]) -> None:
        """On a thread of its own: Redis may be slow."""
        try:
            self._common.ask()
        except Away as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    def _publish(self) -> None:
        """On the keeper's thread: it knows something new. Until a new leader has prices, the last one's are better."""
        moment = self._keeper.moment()
        snapshot = moment.snapshot
        self._knows = self._knows or (snapshot.poll > self._polls and snapshot.poll_over and bool(snapshot.held))
        if self._knows:
            self._part.publish(Shared(snapshot, moment.pairs, moment.next_poll_boot_s))

    def _lead(self, until_boot_s: float) -> None:
        """On the replicas' thread, as the following."""
        if (leads := until_boot_s > 0) != self._leads:
            self._leads = leads
            self._polls, self._knows = self._keeper.moment().snapshot.poll, False
        self._keeper.lead(until_boot_s)

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


class ReplicaTokens(TokenFile):
    """A replica's own tokens: the API reads them, and `cryptoprices token` changes them."""

    def create(self, name: str, scope: Scope) -> str:  # noqa: ARG002  # called by name, as TokenBook has it
        """The others would not know it. Raises EachItsOwn."""
        raise EachItsOwn(_OWN_TOKENS)

    def revoke(self, id_: str) -> bool:  # noqa: ARG002  # called by name, as TokenBook has it
        """The others would still heed it. Raises EachItsOwn."""
        raise EachItsOwn(_OWN_TOKENS)


_OWN_TOKENS = (
    "Several replicas serve this, and tokens are each one's own: use `cryptoprices token` in one profile and put its "
    "tokens.json into each of the others, or give all of them the same CRYPTOPRICES_ADMIN_KEY."
)
