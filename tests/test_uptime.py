"""How steadily an exchange answered: parts of a time, their reasons and the share, from what the history keeps."""

from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.archive import Archive
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Pair
from cryptoprices.core.uptime import Part, Uptime, longest_quiet_ms, up_to_now, uptime
from cryptoprices.storage.history import History, Sample
from cryptoprices.storage.history_file import open_in_memory
from cryptoprices.storage.history_reading import read_heard
from cryptoprices.storage.history_tables import SampleRow, Tables

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
NOW_MS = 1_763_820_000_000
MINUTE = 60_000

times = st.integers(0, 100)
spans = st.lists(st.tuples(times, times).map(lambda ends: tuple(sorted(ends))), max_size=6)
gaps = st.lists(
    st.builds(
        lambda exchange, ends, reason: Gap(exchange, *sorted(ends), reason),
        st.sampled_from([None, "kraken"]),
        st.tuples(times, times),
        st.sampled_from(GapReason),
    ),
    max_size=6,
)


ASKED = ("offline", "limited", "benched", "error")


def said_of(t, heard, missed):
    """What is to be said of one millisecond, None for nothing: worked out one by one."""
    first = min((since for since, _ in heard), default=1000)
    known = [
        gap if gap.exchange or gap.reason not in ASKED else gap._replace(since_ms=max(gap.since_ms, first))
        for gap in missed
    ]
    over = [gap for gap in known if gap.since_ms <= t < gap.until_ms]
    if over:
        return min(over, key=lambda gap: (gap.exchange is not None, *gap[1:])).reason
    return "" if any(since <= t < until for since, until in heard) else None


@given(heard=spans, missed=gaps, bounds=st.tuples(times, times))
def test_every_moment_has_its_reason_once_and_the_share_is_of_what_was_asked(heard, missed, bounds):
    since, until = sorted(bounds)
    found = uptime(heard, missed, since, until)
    follow = list(pairwise(found.parts))
    assert all(a.until_ms <= b.since_ms for a, b in follow)
    assert not any(a.until_ms == b.since_ms and a.reason == b.reason for a, b in follow)
    assert all(since <= part.since_ms < part.until_ms <= until for part in found.parts)
    said = [said_of(t, heard, missed) for t in range(since, until)]
    assert [part and part.reason for part in map(found.at, range(since, until))] == said
    asked = [one for one in said if one in ("", *ASKED)]
    assert found.share_pct == (pytest.approx(100 * asked.count("") / len(asked)) if asked else None)


def test_a_night_asleep_costs_no_share_and_a_refusal_does():
    found = uptime([(0, 1000)], [Gap("kraken", 100, 110, "limited"), Gap(None, 500, 800, "asleep")], 0, 1000)
    assert found.parts == (
        Part(0, 100, ""),
        Part(100, 110, "limited"),
        Part(110, 500, ""),
        Part(500, 800, "asleep"),
        Part(800, 1000, ""),
    )
    assert found.share_pct == pytest.approx(100 * 690 / 700)


def test_before_the_first_price_nothing_is_known():
    assert uptime([(400, 1000)], [], 0, 1000) == Uptime((Part(400, 1000, ""),))
    assert uptime([], [], 0, 1000).share_pct is None
    offline = [Gap(None, 100, 200, "offline"), Gap(None, 300, 500, "offline"), Gap(None, 200, 300, "asleep")]
    parts = Part(200, 300, "asleep"), Part(400, 500, "offline"), Part(500, 1000, "")
    assert uptime([(400, 1000)], offline, 0, 1000) == Uptime(parts)


@pytest.mark.parametrize(("interval_s", "quiet_ms"), [(20, 300_000), (3600, 7_205_000)])
def test_who_is_asked_seldom_may_be_quiet_for_longer(interval_s, quiet_ms):
    assert longest_quiet_ms(interval_s) == quiet_ms


def test_what_is_not_over_yet_is_told_too():
    assert up_to_now("kraken", [(0, 100)], 150, 60, "error") == ([(0, 150)], [])  # one failure is no gap
    assert up_to_now("kraken", [(0, 100)], 200, 60, "error") == ([(0, 100)], [Gap("kraken", 100, 200, "error")])
    assert up_to_now("kraken", [(0, 100)], 200, 60, None) == ([(0, 100)], [])  # it was not asked
    assert up_to_now("kraken", [], 200, 60, "error") == ([], [])


@pytest.fixture
def history(tmp_path, fake_clock):
    fake_clock.wall_ms = NOW_MS
    history = History(tmp_path / "history.sqlite3", fake_clock.clock, print)
    history.start()
    yield history
    assert history.close(10)


def minutes(exchange, pair, first, last):
    """A price a minute, so many minutes ago up to so many."""
    return [Sample(exchange, pair, NOW_MS - k * MINUTE, 100.0) for k in range(first, last - 1, -1)]


def test_prices_of_all_pairs_of_an_exchange_are_one_record(history):
    history.put_samples([*minutes("kraken", BTC, 60, 40), *minutes("kraken", ETH, 41, 20), *minutes("okx", BTC, 9, 0)])
    history.put_samples(minutes("kraken", BTC, 9, 0))
    assert history.flush(10)
    ago = [tuple((NOW_MS - t) // MINUTE for t in span) for span in history.heard("kraken", 0, NOW_MS + 1, 5 * MINUTE)]
    assert ago == [(60, 20), (9, 0)]
    late = history.heard("kraken", NOW_MS - 18 * MINUTE, NOW_MS, 5 * MINUTE)
    assert [(NOW_MS - t) // MINUTE for t in late[0]] == [23, 20]  # one more would be needed to know of the 18th
    assert history.heard("gemini", 0, NOW_MS, 5 * MINUTE) == []


def test_what_is_packed_is_read_as_what_is_not():
    with closing(open_in_memory()) as connection:
        tables = Tables(connection)
        tables.put_samples([SampleRow("kraken", BTC, NOW_MS + k * MINUTE, 100.0, 1) for k in range(60)])
        tables.pack_rows(40)
        assert tables.rows() == 20
        times_ms = tables.sample_times("kraken", NOW_MS + 10 * MINUTE, NOW_MS + 50 * MINUTE)
        assert times_ms.tolist() == [NOW_MS + k * MINUTE for k in range(10, 50)]
        assert read_heard(tables, "kraken", 0, NOW_MS * 2, MINUTE) == [(NOW_MS, NOW_MS + 59 * MINUTE)]


def test_the_archive_puts_ledger_prices_and_what_fails_now_together(history, fake_clock):
    history.put_samples([*minutes("kraken", BTC, 60, 0), *minutes("okx", BTC, 50, 20)])
    history.put_gap(Gap("kraken", NOW_MS - 30 * MINUTE, NOW_MS - 24 * MINUTE, GapReason.LIMITED))
    history.put_gap(Gap(None, NOW_MS - 45 * MINUTE, NOW_MS - 40 * MINUTE, GapReason.ASLEEP))
    assert history.flush(10)
    archive = Archive(history, None, fake_clock.clock, lambda: ())
    longest_ms = dict.fromkeys(("kraken", "okx", "gemini"), 5 * MINUTE)
    found = archive.uptimes(longest_ms, {"okx": "error"}, NOW_MS - 100 * MINUTE, NOW_MS)
    parts = {
        name: [((NOW_MS - a) // MINUTE, (NOW_MS - b) // MINUTE, reason) for a, b, reason in one.parts]
        for name, one in found.items()
    }
    assert parts == {
        "kraken": [(60, 45, ""), (45, 40, "asleep"), (40, 30, ""), (30, 24, "limited"), (24, 0, "")],
        "okx": [(50, 45, ""), (45, 40, "asleep"), (40, 20, ""), (20, 0, "error")],
        "gemini": [(45, 40, "asleep")],
    }
    assert found["kraken"].share_pct == pytest.approx(100 * 49 / 55)
    assert found["gemini"].share_pct is None
