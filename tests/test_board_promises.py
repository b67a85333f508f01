"""Two promises, over thousands of generated polls through real adapters and the board.

One lying exchange of three never moves the price out of what the others say; a true crash is shown in the same poll.
"""

import json
import random
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import hypothesis
import pytest
from judging import BTC, EVERY_S, Judging, left_out, states

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Quote
from cryptoprices.core.snapshot import State
from cryptoprices.core.source import Answer
from cryptoprices.sources.discovery import discover

NAMES = ("kraken", "coinbase", "bitstamp")
SOURCES = discover()
DEEP = hypothesis.settings.default.max_examples > 1000  # pytest --hypothesis-profile=deep
POLLS = 225 if DEEP else 75  # of each of 15 lies, by each of the three: 10,125 or 3,375
CRASHES = 170 if DEEP else 60  # of each order in which the three answer: 1,020 or 360


def body(name: str, price: str, wall_ms: int) -> bytes:
    """An answer of the exchange; kraken's has no time."""
    at = datetime.fromtimestamp(wall_ms / 1000, UTC).isoformat()
    return json.dumps(
        {
            "kraken": {"error": [], "result": {"XXBTZUSD": {"c": [price, "0.1"]}}},
            "coinbase": {"trade_id": 1, "price": price, "size": "0.1", "time": at},
            "bitstamp": [{"pair": "BTC/USD", "last": price, "timestamp": str(wall_ms // 1000)}],
        }[name]
    ).encode()


def read(name: str, price: str, sent_boot_s: float, wall_ms: int, told_ms: int | None = None) -> Quote | None:
    """What the adapter makes of it; told_ms: the time that the exchange gives, if it is not now."""
    answer = Answer(200, {}, body(name, price, told_ms or wall_ms), sent_boot_s, wall_ms)
    try:
        return SOURCES[name].read(answer, [BTC])[0]
    except BadPayload:
        return None


class Liar:
    """Hears the true price every poll and says something else. n: polls so far."""

    def __init__(self, lie: str, chance: random.Random) -> None:
        self.lie, self.chance, self.heard, self.n = lie, chance, [], 0

    def says(self, true: Decimal) -> tuple[str, int]:
        """Its price as it stands in its answer, and how old it says that it is, in ms."""
        self.heard.append(true)
        self.n += 1
        said = LIES[self.lie](self, true)
        return said if isinstance(said, str) else f"{said:.4f}", self.back * 20_000 if self.lie == "replay" else 0

    @property
    def back(self) -> int:
        """Polls between now and the one that is replayed."""
        return min(self.n - 1, 30)


LIES = {
    "half": lambda _, true: true / 2,
    "less": lambda _, true: true * Decimal("0.98"),
    "more": lambda _, true: true * Decimal("1.02"),
    "double": lambda _, true: true * 2,
    "million": lambda _, true: true * 1_000_000,
    "cents": lambda _, true: true * 100,
    "swing": lambda liar, true: true * (Decimal("1.1") if liar.n % 2 else Decimal("0.9")),
    "drift": lambda liar, true: true * (1 + Decimal("0.003") * liar.n),
    "edge": lambda liar, true: true * (1 + Decimal(liar.chance.choice((-14, 14))) / 1000),  # still believed
    "wander": lambda liar, true: true * Decimal(liar.chance.uniform(0.9, 1.1)),
    "freeze": lambda liar, _: liar.heard[0],
    "replay": lambda liar, _: liar.heard[-1 - liar.back],
    "nan": lambda *_: "NaN",
    "zero": lambda *_: "0.00",
    "minus": lambda *_: "-5",
}
FAR_OUT = ("half", "less", "more", "double", "million", "cents", "swing")


@pytest.mark.parametrize("liar", NAMES)
@pytest.mark.parametrize("lie", LIES)
def test_one_liar_of_three_moves_nothing(lie, liar):
    chance = random.Random(f"{lie} {liar}")
    judging, lying = Judging(*NAMES), Liar(lie, chance)
    true, before = Decimal("97400.0"), None
    for _ in range(POLLS):
        jump = 0.03 if chance.random() < 0.02 else 0.002
        true = round(true * Decimal(str(1 + chance.gauss(0, jump))), 1)
        spread = true * Decimal(str(chance.uniform(-0.001, 0.001)))
        honest = {name: round(true + sign * spread, 2) for name, sign in zip(NAMES, (1, -1, 1), strict=True)}
        honest[liar] = None
        said, old_ms = lying.says(true)
        wall_ms = judging.wall_ms
        answers = {
            name: read(name, said, judging.boot_s, wall_ms, wall_ms - old_ms)
            if name == liar
            else read(name, str(honest[name]), judging.boot_s, wall_ms)
            for name in chance.sample(NAMES, 3)
        }
        now = [price for price in honest.values() if price is not None]
        for shown in judging.steps(answers):
            known = now + (before or now)
            assert shown.price is None or before is None or min(known) <= shown.price <= max(known)
        assert min(now) <= shown.price <= max(now)
        assert shown.state is State.LIVE
        assert {name for name in NAMES if name != liar} <= set(shown.counted)
        if lie in FAR_OUT:
            assert left_out(shown) == {liar: "outlier"}
        before = now
        judging.wall_ms += int(EVERY_S * 1000)


@pytest.mark.parametrize("order", list(permutations(NAMES)))
def test_a_true_crash_is_shown_in_the_same_poll_and_leaves_nobody_out(order):
    chance = random.Random(str(order))
    for _ in range(CRASHES):
        judging = Judging(*NAMES)
        depth = Decimal(str(chance.uniform(0.02, 0.6))) if chance.random() < 0.5 else Decimal("0.4")

        def told(level: Decimal, names=order) -> dict[str, Decimal]:
            return {name: round(level * Decimal(str(chance.uniform(0.999, 1.001))), 2) for name in names}

        for _ in range(chance.randint(1, 3)):
            before = judging.poll(told(Decimal(97_400)))
        crashed = told(97_400 * (1 - depth))
        first, second, third, end = judging.steps(crashed)
        assert first.price is not None
        assert abs(first.price / before.price - 1) < Decimal("0.01")  # stays as it was
        assert states(first)[order[0]] is State.CHECKING
        for shown in (second, third, end):
            assert min(crashed.values()) <= shown.price <= max(crashed.values())
        assert set(end.counted) == set(NAMES)
        assert end.left_out == ()
        assert set(states(end).values()) == {State.LIVE}
        assert judging.poll(told(97_400 * (1 - depth))).left_out == ()


@pytest.mark.parametrize("seed", range(30))
def test_exchanges_that_come_and_go_confuse_nobody(seed):
    """Three to five exchanges, a third of the answers missing, crashes, one liar: honest ones are never left out."""
    chance = random.Random(seed)
    names = ("kraken", "coinbase", "bitstamp", "gemini", "bitfinex")[: 3 + seed % 3]
    judging, liar, lying = (
        Judging(*names),
        chance.choice(names),
        Liar(chance.choice(("double", "freeze", "wander")), chance),
    )
    true, said = Decimal(100), []
    for _ in range(POLLS // 2):
        true = max(true * Decimal(1 + chance.gauss(0, 0.003) + chance.choice((0,) * 30 + (-0.4, 0.5))), Decimal(1))
        answers = {}
        for name in chance.sample(names, len(names)):
            honest = round(true * Decimal(chance.uniform(0.999, 1.001)), 6)
            answers[name] = None if chance.random() < 0.3 else Decimal(lying.says(true)[0]) if name == liar else honest
        shown = judging.poll(answers)
        said.append([price for name, price in answers.items() if name != liar and price is not None])
        assert [name for name, why in left_out(shown).items() if why == "outlier" and name != liar] == []
        if len(said[-1]) >= 2:
            known = [price for poll in said[-3:] for price in poll]  # older ones are not LIVE
            assert min(known) <= shown.price <= max(known)
            assert abs(shown.price / true - 1) < Decimal("0.016")  # what contradicts two answers of now does not count
