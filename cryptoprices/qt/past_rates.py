"""The reference rates of the past, so that bars of dollar prices can be shown in the person's currency."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.core.candles import Candles
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import SourceError
from cryptoprices.core.figures import RateSteps, candles_in_currency, rate_steps
from cryptoprices.core.market import Pair
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.tasks import Question, Tasks

Ask = Callable[[str], list[Rates] | SourceError]


class PastRates(QObject):
    """changed: bars have to be converted anew. currency: what they are converted to; USD while there are no rates."""

    changed = Signal()

    def __init__(self, hub: Hub, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hub = hub
        self._ask: Ask | None = None
        self._tasks: Tasks | None = None
        self._question: Question | None = None
        self._known = ""  # the newest day that there is a rate of
        self._steps: RateSteps = rate_steps((), "USD")
        self.currency = "USD"
        hub.currency_changed.connect(self.look)

    def begin(self, ask: Ask, tasks: Tasks) -> None:
        """From now on rates can be asked for. ask(code): all since there are prices, oldest first; blocks."""
        self._ask, self._tasks = ask, tasks
        self.look()

    def converted(self, pair: Pair, candles: Candles, interval: str) -> Candles:
        """The pair's candles in the person's currency, where they are in dollars. interval: their width."""
        steps = self.steps(pair)
        return candles_in_currency(candles, interval, steps) if steps else candles

    def steps(self, pair: Pair) -> RateSteps | None:
        """What turns the pair's prices into the person's currency, None where they stay as they are."""
        return self._steps if self._converts(pair) else None

    def named(self, pair: Pair) -> str:
        """The pair as its prices are shown: "BTC/EUR" where dollars are turned into euros."""
        return f"{pair.base}/{self.currency}" if self._converts(pair) else str(pair)

    def factor(self, pair: Pair) -> float:
        """What a price of now is multiplied by for that."""
        return float(self._steps.per_usd[-1]) if self._converts(pair) else 1.0

    def _converts(self, pair: Pair) -> bool:
        return self.currency != "USD" and pair.quote == "USD" and pair.base != self.currency

    @Slot()
    def look(self) -> None:
        """The person's currency or its newest rate may be another one."""
        code, reference = self._hub.currency, self._hub.reference
        if self._question:
            self._question.cancel()
            self._question = None
        if code != self.currency:
            self._take((), "USD")
        newer = reference is not None and reference.rates.date > self._known
        wanted = code != "USD" and (not self._known or newer)
        if wanted and self._ask and self._tasks:
            self._question = self._tasks.ask(
                self._ask, code, then=self._take_answer, failed=self._take_answer, owner=self
            )

    def _take_answer(self, answer: Sequence[Rates] | Exception) -> None:
        """Without rates the bars stay in dollars; it is asked again when the rate of now is known anew."""
        self._question = None
        code = self._hub.currency
        if not isinstance(answer, Exception):
            rates = [day for day in answer if code in day.per_usd]
            if rates:
                self._take(rates, code)

    def _take(self, rates: Sequence[Rates], code: str) -> None:
        if rates or self._known:
            self._known, self._steps, self.currency = rates[-1].date if rates else "", rate_steps(rates, code), code
            self.changed.emit()
