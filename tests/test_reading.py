"""The reader answers exactly as the snapshot does, and asks it only when more than ages can have changed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from window_rig import BTC, ETH, NAMES, Rig

from cryptoprices.core.errors import Reason
from cryptoprices.core.market import STREAM, Round, Ticker
from cryptoprices.core.reading import Reader


def counted(snapshot, monkeypatch):
    asked = []
    original = type(snapshot).price
    monkeypatch.setattr(type(snapshot), "price", lambda s, pair, now: asked.append(pair) or original(s, pair, now))
    return asked


def same(one, other):
    assert one._replace(age_s=None, quotes=()) == other._replace(age_s=None, quotes=())
    assert one.age_s == pytest.approx(other.age_s)
    for a, b in zip(one.quotes, other.quotes, strict=True):
        assert a._replace(age_s=0) == b._replace(age_s=0)
        assert a.age_s == pytest.approx(b.age_s)


@given(st.lists(st.floats(0, 900), min_size=1, max_size=8))
def test_it_answers_as_the_snapshot_does(steps):
    from conftest import FakeClock

    rig, reader = Rig(FakeClock()), Reader()
    rig.poll({BTC: "97412.5", ETH: "3318.74"}, bitfinex="90000")
    rig.time.advance(30)
    rig.take(rig.quote("kraken", BTC, "97000"))
    rig.fail(Reason.LIMITED, names=["gemini"])
    for step in steps:
        rig.time.advance(step)
        for pair in (BTC, ETH):
            same(reader.price(rig.hub.snapshot, pair, rig.time.boot_s), rig.hub.snapshot.price(pair, rig.time.boot_s))


def test_it_asks_once_until_a_state_ends(fake_clock, monkeypatch):
    rig, reader = Rig(fake_clock), Reader()
    rig.poll({BTC: "97412.5"})
    asked = counted(rig.hub.snapshot, monkeypatch)
    for _ in range(44):
        reader.price(rig.hub.snapshot, BTC, rig.time.boot_s)
        rig.time.advance(1)
    assert asked == [BTC]
    rig.time.advance(1.5)
    assert reader.price(rig.hub.snapshot, BTC, rig.time.boot_s).state == "DELAYED"
    assert asked == [BTC, BTC]


def test_a_new_snapshot_and_a_clock_that_went_back_are_asked_anew(fake_clock, monkeypatch):
    rig, reader = Rig(fake_clock), Reader()
    rig.poll({BTC: "97412.5"})
    assert reader.price(rig.hub.snapshot, BTC, rig.time.boot_s).price == 97412.5
    asked = counted(rig.hub.snapshot, monkeypatch)
    reader.price(rig.hub.snapshot, BTC, rig.time.boot_s - 1)
    assert asked == [BTC]
    rig.time.advance(20)
    rig.poll({BTC: "97500"})
    assert reader.price(rig.hub.snapshot, BTC, rig.time.boot_s).price == 97500


def test_a_new_snapshot_in_which_only_others_have_moved_is_not_asked(fake_clock, monkeypatch):
    rig, reader = Rig(fake_clock), Reader()
    rig.poll({BTC: "100", ETH: "5"})
    for pair in (BTC, ETH):
        reader.price(rig.hub.snapshot, pair, rig.time.boot_s)
    rig.time.advance(1)
    rig.hub.apply(Round(STREAM, rig.time.boot_s, (rig.quote("kraken", ETH, "5.01")._replace(via="stream"),)))
    asked = counted(rig.hub.snapshot, monkeypatch)
    for pair in (BTC, ETH):
        same(reader.price(rig.hub.snapshot, pair, rig.time.boot_s), rig.hub.snapshot.price(pair, rig.time.boot_s))
    assert asked == [BTC, ETH, ETH]  # of the first only what it is compared with


def test_figures_of_a_poll_end_in_time(fake_clock):
    rig, reader = Rig(fake_clock), Reader()
    rig.poll({BTC: "100"})
    rig.time.advance(40)
    ticks = [rig.quote(name, BTC, "100")._replace(via="stream", ticker=Ticker(BTC, Decimal(100))) for name in NAMES[:5]]
    rig.hub.apply(Round(STREAM, rig.time.boot_s, tuple(ticks)))
    assert reader.price(rig.hub.snapshot, BTC, rig.time.boot_s).high_24h == 101
    rig.time.advance(6)
    assert reader.price(rig.hub.snapshot, BTC, rig.time.boot_s).high_24h is None


def test_the_ratio_is_of_the_same_moment(fake_clock):
    rig, reader = Rig(fake_clock), Reader()
    rig.poll({BTC: "100", ETH: "5"})
    rig.time.advance(3)
    ratio = reader.ratio(rig.hub.snapshot, ETH, BTC, rig.time.boot_s)
    assert ratio == rig.hub.snapshot.ratio(ETH, BTC, rig.time.boot_s)
