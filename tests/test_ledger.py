"""What becomes a gap in the ledger, and with which reason."""

from decimal import Decimal

import pytest

from cryptoprices.core.errors import Reason
from cryptoprices.core.ledger import Gap, GapReason, Ledger
from cryptoprices.core.market import Pair, Quote, Round, Standing, Ticker

BTC = Pair("BTC", "USD")
LONGEST_MS = {"kraken": 45_000, "coinbase": 45_000, "binance": 45_000}


def poll(*answering: str, **failing: Reason) -> Round:
    """A whole poll in one round."""
    quotes = tuple(Quote(name, Ticker(BTC, Decimal(5)), 0.0, 0) for name in answering)
    benched = {name for name, reason in failing.items() if reason is Reason.SERVER}
    failed = (Standing(name, reason, benched=name in benched) for name, reason in failing.items())
    return Round(1, 0.0, quotes, (*map(Standing, answering), *failed), last=True)


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger(LONGEST_MS)
    assert ledger.take(poll("kraken", "coinbase"), 0) == []
    return ledger


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (Reason.LIMITED, GapReason.LIMITED),
        (Reason.SERVER, GapReason.BENCHED),
        (Reason.TIMEOUT, GapReason.ERROR),
        (Reason.BAD_PAYLOAD, GapReason.ERROR),
    ],
)
def test_who_failed_for_long_has_a_gap_with_its_reason(ledger, reason, why):
    for t_ms in (20_000, 40_000, 60_000):
        assert ledger.take(poll("coinbase", kraken=reason), t_ms) == []
    assert ledger.take(poll("kraken", "coinbase"), 80_000) == [Gap("kraken", 0, 80_000, why)]
    assert ledger.take(poll("kraken", "coinbase"), 200_000) == []


def test_a_single_failure_is_no_gap(ledger):
    ledger.take(poll("coinbase", kraken=Reason.TIMEOUT), 20_000)
    assert ledger.take(poll("kraken"), 40_000) == []


def test_who_came_later_has_the_usual_patience():
    ledger = Ledger({})
    ledger.take(poll("okx", "kraken"), 0)
    ledger.take(poll("kraken", okx=Reason.TIMEOUT), 20_000)
    assert ledger.take(poll("okx", "kraken"), 40_000) == []
    ledger.take(poll("kraken", okx=Reason.TIMEOUT), 60_000)
    assert ledger.take(poll("okx", "kraken"), 90_000) == [Gap("okx", 40_000, 90_000, "error")]


def test_who_was_simply_not_asked_has_no_gap(ledger):
    assert ledger.take(poll("coinbase"), 3_600_000) == []
    assert ledger.take(poll("kraken"), 7_200_000) == []


def test_when_nobody_is_reached_the_gap_is_everybodys_and_only_once(ledger):
    for t_ms in (20_000, 40_000, 60_000):
        assert ledger.take(poll(kraken=Reason.UNREACHABLE, coinbase=Reason.NAME_LOOKUP), t_ms) == []
    assert ledger.take(poll("coinbase"), 100_000) == [Gap(None, 0, 100_000, "offline")]
    assert ledger.take(poll("kraken"), 100_500) == []


def test_who_waits_anyhow_does_not_hide_an_outage(ledger):
    ledger.take(poll(kraken=Reason.TIMEOUT, coinbase=Reason.TIMEOUT, binance=Reason.BLOCKED), 60_000)
    assert ledger.take(poll("kraken"), 100_000) == [Gap(None, 0, 100_000, "offline")]


def test_one_that_answers_means_no_outage(ledger):
    ledger.take(poll("coinbase", kraken=Reason.TIMEOUT), 60_000)
    assert ledger.take(poll("kraken"), 100_000) == [Gap("kraken", 0, 100_000, "error")]


def test_who_failed_before_an_outage_has_its_own_gap_up_to_there(ledger):
    ledger.take(poll("coinbase", kraken=Reason.SERVER), 60_000)
    ledger.take(poll(kraken=Reason.TIMEOUT, coinbase=Reason.TIMEOUT), 80_000)
    assert ledger.take(poll("coinbase"), 200_000) == [
        Gap("kraken", 0, 60_000, "error"),
        Gap(None, 60_000, 200_000, "offline"),
    ]


def test_sleep_is_a_gap_of_all_and_explains_what_follows(ledger):
    assert ledger.nothing_asked(10_000, 310_000, GapReason.ASLEEP) == [Gap(None, 10_000, 310_000, "asleep")]
    ledger.take(poll("coinbase", kraken=Reason.TIMEOUT), 311_000)
    assert ledger.take(poll("kraken", "coinbase"), 320_000) == []


def test_a_failure_before_the_sleep_ends_with_it(ledger):
    ledger.take(poll("coinbase", kraken=Reason.LIMITED), 90_000)
    gaps = ledger.nothing_asked(100_000, 400_000, GapReason.ASLEEP)
    assert gaps == [Gap("kraken", 0, 100_000, "limited"), Gap(None, 100_000, 400_000, "asleep")]


def test_a_failure_before_the_sleep_says_nothing_about_the_time_after_it(ledger):
    ledger.take(poll("coinbase", kraken=Reason.LIMITED), 30_000)
    ledger.nothing_asked(40_000, 400_000, GapReason.ASLEEP)
    assert ledger.take(poll("kraken"), 900_000) == []


def test_the_time_since_the_last_run_is_a_gap():
    assert Ledger(LONGEST_MS).nothing_asked(5, 900_000, GapReason.CLOSED) == [Gap(None, 5, 900_000, "closed")]
    assert Ledger(LONGEST_MS).nothing_asked(900_000, 5, GapReason.CLOSED) == []  # the calendar was set back


def test_what_is_not_over_at_the_end_is_told(ledger):
    ledger.take(poll("coinbase", kraken=Reason.LIMITED), 100_000)
    assert ledger.ended(100_000) == [Gap("kraken", 0, 100_000, "limited")]
    ledger.take(poll(kraken=Reason.TIMEOUT, coinbase=Reason.TIMEOUT), 100_000)
    gaps = [Gap("kraken", 0, 100_000, "error"), Gap(None, 100_000, 200_000, "offline")]
    assert ledger.ended(200_000) == gaps


def test_who_is_no_longer_asked_hides_no_outage(ledger):
    ledger.take(poll("kraken"), 20_000)  # coinbase, which had answered, was switched off
    ledger.take(poll(kraken=Reason.TIMEOUT), 60_000)
    assert ledger.take(poll("kraken"), 100_000) == [Gap(None, 20_000, 100_000, "offline")]


def test_every_reason_has_words():
    assert all(reason.text for reason in GapReason)
