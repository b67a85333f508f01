"""The reference rates of a command that shows prices in the person's currency."""

from collections.abc import Callable

from cryptoprices.clock import Clock
from cryptoprices.core.errors import SourceError
from cryptoprices.core.reference import EVERY_S, Reference, in_currency
from cryptoprices.core.snapshot import PairPrice
from cryptoprices.headless import Worker
from cryptoprices.sources import fx

_AGAIN_S = 600.0  # after a failure
_WAIT_S = 8.0  # as long as a poll waits for an answer


class RunRates:
    """ask: blocks; runs on a thread of its own. notice: takes a sentence where there are no rates."""

    def __init__(
        self, code: str, ask: Callable[[], Reference | SourceError], clock: Clock, notice: Callable[[str], None]
    ) -> None:
        self._code, self._ask, self._clock, self._notice = code, ask, clock, notice
        self._reference: Reference | None = None
        self._answer: Reference | SourceError | None = None
        self._worker: Worker | None = None
        self._due_boot_s = 0.0

    def look(self) -> None:
        """Begin to ask, if that is due."""
        now = self._clock.boot_s()
        if self._code != "USD" and self._worker is None and now >= self._due_boot_s:
            self._due_boot_s = now + EVERY_S
            self._worker = Worker("rates", self._ask_now)
            self._worker.start()

    def shown(self, view: PairPrice, now_boot_s: float) -> PairPrice:
        """The price in the person's currency; as it is where there are no rates. The first ones are waited for."""
        self._take()
        return in_currency(view, self._code, self._reference, now_boot_s)

    def _ask_now(self) -> None:
        self._answer = self._ask()

    def _take(self) -> None:
        if self._worker is None:
            return
        if self._reference is None:
            self._worker.join(_WAIT_S)
        if self._worker.is_alive():
            return
        if self._worker.error:
            raise self._worker.error
        answer, self._worker = self._answer, None
        if isinstance(answer, Reference) and self._code in answer.rates.per_usd:
            self._reference = answer
            return
        self._due_boot_s = self._clock.boot_s() + _AGAIN_S
        if self._reference is None:
            why = answer.text if isinstance(answer, SourceError) else f"{fx.TITLE} has none."
            self._notice(f"Shown in USD, for the rates of {self._code} are missing: {why}")
