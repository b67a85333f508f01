"""A calendar that somebody sets while prices are written down: noted, and nothing else is lost by it."""

import pytest
from store_rig import BTC, DAY, EVER, START, ask, history_in, put_polls

from cryptoprices.core.ledger import Gap, GapReason


@pytest.fixture
def clock(fake_clock):
    fake_clock.wall_ms = START + DAY
    return fake_clock


def test_a_calendar_that_is_set_is_noted_and_the_order_of_rows_stays(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, clock.wall_ms, 1)
        clock.advance(20)
        clock.wall_ms -= DAY
        put_polls(history, clock.wall_ms, 1)
        clock.advance(20)
        clock.wall_ms += 366 * DAY
        put_polls(history, clock.wall_ms, 1)
        back, forth = START + DAY + 20_000, START + 40_000
        assert history.gaps(0, EVER) == [
            Gap(None, back - DAY, back - DAY + 1, GapReason.CLOCK_ADJUSTED),
            Gap(None, forth, forth + 366 * DAY, GapReason.CLOCK_ADJUSTED),
        ]
        assert history.samples("kraken", BTC, 0, EVER).times_ms.tolist() == [
            START + 20_000,
            back - 20_000,
            forth + 366 * DAY,
        ]
    written = [t_ms for (t_ms,) in ask(tmp_path, "SELECT t_ms FROM sample ORDER BY id")]
    assert written == [back - 20_000, START + 20_000, forth + 366 * DAY]


def test_a_calendar_that_was_a_year_ahead_leaves_nothing_for_that_year(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, clock.wall_ms, 1)
        clock.advance(20)
        clock.wall_ms += 365 * DAY
        put_polls(history, clock.wall_ms, 1)
        assert history.span_ms() == (START + DAY, clock.wall_ms)
        clock.advance(20)
        clock.wall_ms -= 365 * DAY
        assert history.span_ms() == (START + DAY, START + DAY)
        put_polls(history, clock.wall_ms, 1)
        now_ms = START + DAY + 40_000
        assert history.gaps(0, EVER) == [Gap(None, now_ms, now_ms + 1, GapReason.CLOCK_ADJUSTED)]
        assert history.span_ms() == (START + DAY, now_ms)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 3


def test_sleep_is_no_set_calendar(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, clock.wall_ms, 1)
        clock.advance(8 * 3600)
        put_polls(history, clock.wall_ms, 1)
        assert history.gaps(0, EVER) == []
