"""Polls for tests of the board: each exchange's answer comes as a round of its own, the last round ends the poll."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from cryptoprices.core.board import Board
from cryptoprices.core.market import Pair, Quote, Round, Standing, Ticker
from cryptoprices.core.snapshot import PairPrice, Snapshot, State

BTC = Pair("BTC", "USD")
EVERY_S = 20.0


def quote(exchange: str, price: object, sent_boot_s: float = 1000.0, lead_s: float = 0.0, **figures: object) -> Quote:
    """A quote of BTC/USD; figures: further fields of the ticker."""
    ticker = Ticker(BTC, Decimal(str(price)), **figures)  # type: ignore[arg-type]
    return Quote(exchange, ticker, sent_boot_s, 1_763_820_000_000, lead_s)


class Judging:
    """A board and its clock. boot_s: now; it moves on by 20 s with each poll."""

    def __init__(self, *exchanges: str, **board: object) -> None:
        self.board = Board(exchanges or ("kraken", "coinbase", "bitstamp"), **board)  # type: ignore[arg-type]
        self.boot_s, self.wall_ms, self.number = 1000.0, 1_763_820_000_000, 0
        self.snapshot: Snapshot = self.board.snapshot()

    def steps(self, answers: Mapping[str, object], standings: Sequence[Standing] = ()) -> Iterator[PairPrice]:
        """One poll: what is shown after each answer, in the order of `answers`, and after its end.

        An answer is a price, a Quote, or None where the exchange does not answer.
        """
        self.number += 1
        started = now = self.boot_s
        for exchange, answer in answers.items():
            now += 0.5
            if answer is not None:
                told = answer if isinstance(answer, Quote) else quote(exchange, answer, started)
                yield self.apply(Round(self.number, started, (told,)), now)
        yield self.apply(Round(self.number, started, standings=tuple(standings), last=True), now)
        self.boot_s = started + EVERY_S

    def poll(self, answers: Mapping[str, object], standings: Sequence[Standing] = ()) -> PairPrice:
        """What is shown at the end of a poll."""
        return list(self.steps(answers, standings))[-1]

    def apply(self, round_: Round, now_boot_s: float) -> PairPrice:
        """A round that comes in now."""
        self.boot_s = now_boot_s
        self.snapshot = self.board.apply(round_, now_boot_s, self.wall_ms)
        return self.snapshot.price(BTC, now_boot_s)

    def later(self, seconds: float) -> PairPrice:
        """What the newest snapshot shows after some time without any round."""
        return self.snapshot.price(BTC, self.boot_s + seconds)


def states(view: PairPrice) -> dict[str, State]:
    """State of each exchange's quote."""
    return {shown.quote.exchange: shown.state for shown in view.quotes}


def left_out(view: PairPrice) -> dict[str, str]:
    """Reason by exchange."""
    return {left.exchange: left.reason for left in view.left_out}
