"""One exchange's turn in a poll: its questions one after the other, and what they brought."""

from collections.abc import Sequence
from typing import NamedTuple

from cryptoprices.clock import Clock
from cryptoprices.core.budget import Budget
from cryptoprices.core.errors import Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Quote, by_quote
from cryptoprices.core.source import Answer, Ask, Exchange
from cryptoprices.net.call import Call
from cryptoprices.net.http import Http
from cryptoprices.net.verdict import http_date, judged


class Outcome(NamedTuple):
    """quotes: what came in. error: why it is not all or nothing. refused: pairs that it does not know by themselves.

    absent: pairs that an answer should have held, while others were there. requests: how many there were.
    latency_ms, clock_offset_ms (its clock minus ours): of the last one.
    """

    quotes: tuple[Quote, ...] = ()
    error: SourceError | None = None
    refused: tuple[Pair, ...] = ()
    absent: tuple[Pair, ...] = ()
    latency_ms: float | None = None
    clock_offset_ms: float | None = None
    requests: int = 0


class _Spent(Exception):
    """The exchange's budget of this minute, or the time of this turn, is used up."""


class _Refused(Exception):
    """The exchange does not take this question, perhaps because of one of its pairs. error: what it says."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(error.text)
        self.error = error


class Turn:
    """Asks one exchange for some pairs, within a call and its budget. Used once, by one thread.

    asked: pair -> when it was asked for, boot-time seconds. What the budget has no room for is left to the next turn,
    which begins with the pairs that wait longest.
    """

    def __init__(
        self,
        exchange: Exchange,
        http: Http,
        call: Call,
        clock: Clock,
        *,
        budget: Budget,
        asked: dict[Pair, float],
    ) -> None:
        self._exchange, self._source = exchange, exchange.source
        self._http, self._call, self._clock = http, call, clock
        self._budget, self._asked = budget, asked
        self._quotes: dict[Pair, Quote] = {}
        self._details: list[tuple[Pair, str]] = []
        self._refused: dict[Pair, SourceError] = {}
        self._refused_paths: dict[str, SourceError] = {}
        self._absent: list[Pair] = []
        self._strange: SourceError | None = None
        self._fault: SourceError | None = None
        self._fails = False
        self._latency_ms: float | None = None
        self._offset_ms: float | None = None
        self._requests = 0

    def run(self, together: Sequence[Pair], alone: Sequence[Pair]) -> Outcome:
        """All prices, then all details. together: pairs to be asked in as few questions as possible.

        alone: pairs that were refused before, each asked by itself. Never raises SourceError.
        """
        error: SourceError | None = None
        try:
            asks = self._source.asks(by_quote(together)) if together else []
            for ask in sorted([*asks, *map(self._source.ask_alone, alone)], key=self._asked_last):
                self._bring(ask)
            self._add_details()
        except SourceError as failure:
            error = failure
        except _Spent:
            pass
        return Outcome(
            tuple(self._quotes.values()),
            error or self._fault or self._moved(together) or (None if self._quotes else self._strange),
            tuple(self._refused),
            tuple(self._absent) if self._quotes else (),
            self._latency_ms,
            self._offset_ms,
            self._requests,
        )

    def _asked_last(self, ask: Ask) -> float:
        """When the pair of the question that waits longest was asked for."""
        return min(self._asked.get(pair, 0.0) for pair in ask.pairs)

    def _bring(self, ask: Ask) -> None:
        """The prices of a question; if it is refused, of its halves, down to the single pairs that are refused."""
        try:
            quotes = self._source.read(self._answer(ask.path, ask.pairs), ask.pairs)
        except UnknownPair as unknown:
            self._bring_less(ask, unknown)
        except _Refused as refused:
            self._bring_less(ask, refused.error)
        except SourceError as error:
            if error.reason is Reason.SERVER and error.retry_after_s is None and not self._fails:
                self._fault, self._fails = error, True  # perhaps for this pair alone: the next question tells
                return
            if error.reason is not Reason.BAD_PAYLOAD:
                raise
            text = f"{self._source.title} sent an answer that cannot be used: {error.text.rstrip('.')}."
            self._strange = self._strange or SourceError(error.reason, text)
            self._absent += ask.pairs
        else:
            self._fails = False
            self._quotes.update((quote.pair, quote) for quote in quotes)
            self._absent += [pair for pair in ask.pairs if pair not in self._quotes]
            self._details += [(quote.pair, path) for quote in quotes for path in ask.details]

    def _bring_less(self, ask: Ask, refusal: SourceError) -> None:
        self._refused_paths[ask.path] = refusal
        if len(ask.pairs) > 1:
            middle = len(ask.pairs) // 2
            for half in (ask.pairs[:middle], ask.pairs[middle:]):
                for smaller in self._source.asks(half):
                    self._bring(smaller)
            return
        (pair,) = ask.pairs
        last = self._source.ask_alone(pair)
        if last.path in self._refused_paths:
            self._refused[pair] = refusal
        else:
            self._bring(last)

    def _add_details(self) -> None:
        """Further figures, each costing only itself if it fails; a silent exchange is not asked for more of them."""
        for pair, path in self._details:
            try:
                self._quotes[pair] = self._source.read_detail(self._answer(path), self._quotes[pair])
            except _Refused:
                continue
            except _Spent:
                return
            except SourceError as error:
                if error.retry_after_s is not None or error.until_told:
                    raise
                if error.reason is Reason.TIMEOUT:
                    return

    def _moved(self, together: Sequence[Pair]) -> SourceError | None:
        """Every question was refused without a word about pairs: then it is not the pairs."""
        errors = [self._refused.get(pair) for pair in together]
        if not errors or None in errors or any(isinstance(e, UnknownPair) for e in self._refused_paths.values()):
            return None
        self._refused.clear()
        return errors[0]

    def _answer(self, path: str, pairs: Sequence[Pair] = ()) -> Answer:
        """An answer that can be read. Raises SourceError, _Spent, or _Refused where smaller questions may do better."""
        if path in self._refused_paths:
            raise _Refused(self._refused_paths[path])
        now = self._clock.boot_s()
        wait_s = self._budget.next_boot_s(now) - now
        if not self._budget.may_ask(now) or (wait_s > 0 and not self._call.pause(wait_s)):
            raise _Spent
        now = self._clock.boot_s()
        self._budget.asked(now)
        self._asked.update(dict.fromkeys(pairs, now))
        self._requests += 1
        answer = self._http.get(self._exchange.rest_url + path, call=self._call)
        latency_s = self._clock.boot_s() - answer.sent_boot_s
        self._latency_ms = latency_s * 1000
        made_s = http_date(answer.headers.get("date", ""))
        if made_s is not None:  # Date has whole seconds: take their middle, and the middle of the way
            self._offset_ms = (made_s + 0.5 + latency_s / 2) * 1000 - answer.received_ms
        error = judged(self._source.title, answer, self._source.refusal(answer))
        if error is None:
            return answer
        asked_wrong = answer.status in (400, 404) and error.reason in (Reason.MOVED, Reason.SERVER)
        if asked_wrong or isinstance(error, UnknownPair):
            raise _Refused(error)
        raise error
