"""Who owns the state of a run without a window: when it asks, what it tells, and what it does for the API."""

import pytest
from keeper_rig import BTC, ETH, SOURCES, Rig

from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Round
from cryptoprices.settings.options import OPTIONS, POLL_INTERVAL_S, PROXY, options_of

KRAKEN = options_of(SOURCES["kraken"]).enabled.key


@pytest.fixture
def rig(fake_clock):
    return Rig(fake_clock)


def test_it_asks_when_that_is_due_and_tells_what_comes(rig):
    rig.poll()
    moment = rig.keeper.moment()
    assert rig.fetcher.polls == [((BTC,), False, False)]
    assert moment.snapshot.price(BTC, rig.clock.boot_s).price == 1
    assert moment.next_poll_boot_s == rig.clock.boot_s + 20
    assert rig.told[-1] is moment
    versions = [each.version for each in rig.told]
    assert versions == sorted(set(versions))
    assert versions[0] > rig.clock.wall_ms  # than those of an earlier run
    assert rig.saved[-1][BTC].price == 1
    rig.clock.advance(20)
    rig.poll()
    assert len(rig.fetcher.polls) == 2


def test_a_program_may_have_it_ask_at_once_but_not_twice_within_two_seconds(rig):
    rig.poll()
    done = rig.keeper.ask_now()
    looks = []

    def look_once_more():
        looks.append(done.done())
        return len(looks) > 2

    rig.run_until(look_once_more)
    assert len(rig.fetcher.polls) == 1
    rig.clock.advance(2)
    rig.poll()
    assert rig.fetcher.polls[1] == ((BTC,), True, False)
    assert done.result(0) is None


def test_another_pair_is_asked_for_at_once(rig):
    rig.poll()
    rig.wanted = (BTC, ETH)
    rig.keeper.look_at_pairs()
    rig.run_until(lambda: rig.keeper.moment().pairs == (BTC, ETH))
    rig.clock.advance(2)
    rig.poll()
    assert rig.fetcher.polls[-1][0] == (BTC, ETH)


def test_a_setting_is_kept_and_holds(rig):
    rig.poll()
    done = rig.keeper.set_setting(KRAKEN, False), rig.keeper.set_setting(POLL_INTERVAL_S.key, 60)
    rig.run_until(lambda: all(each.done() for each in done))
    moment = rig.keeper.moment()
    assert rig.kept == {KRAKEN: False, POLL_INTERVAL_S.key: 60}
    assert (tuple(moment.exchanges), tuple(moment.switched_off)) == (("coinbase",), ("kraken",))
    assert [each.source.name for each in rig.fetcher.exchanges] == ["coinbase"]
    assert moment.settings[POLL_INTERVAL_S] == rig.fetcher.interval_s == 60
    assert moment.snapshot.exchanges == ("coinbase",)
    assert rig.historian.intervals == {"coinbase": 60, "kraken": 60}


def test_what_only_the_window_takes_while_it_runs_is_said_to_hold_later(rig):
    later = {setting.key for setting in OPTIONS if setting.at_once and not rig.keeper.takes_at_once(setting)}
    assert later == {"api.enabled", "api.port", "theme", "tray.pair"}
    assert not rig.keeper.takes_at_once(PROXY)
    assert all(map(rig.keeper.takes_at_once, options_of(SOURCES["kraken"])[1:]))


def test_a_setting_that_cannot_be_kept_does_not_hold(rig):
    rig.full = True
    with pytest.raises(OSError, match="No space"):
        rig.keeper.set_setting(POLL_INTERVAL_S.key, 60).result(10)
    assert rig.keeper.moment().settings[POLL_INTERVAL_S] == 20


def test_nobody_to_ask_is_said(rig):
    done = [rig.keeper.set_setting(options_of(source).enabled.key, False) for source in SOURCES.values()]
    rig.run_until(lambda: all(each.done() for each in done))
    assert rig.keeper.moment().trouble.startswith("No exchange is enabled")


def test_after_a_sleep_it_asks_and_notes_that_it_slept(rig):
    rig.poll()
    rig.clock.advance(31)
    rig.poll()
    assert rig.historian.rested == [GapReason.ASLEEP]
    assert rig.fetcher.polls[-1] == ((BTC,), False, True)


def test_what_was_missed_is_filled_and_once_more_when_its_last_minute_is_over(rig):
    gap = Gap(None, 0, 60_000, GapReason.OFFLINE)
    rig.historian.gaps = [gap]
    rig.poll()
    rig.run_until(lambda: len(rig.archive.mended) == 1)
    for _ in range(4):
        rig.clock.advance(20)
        rig.poll()
    rig.run_until(lambda: len(rig.archive.mended) == 2)
    assert rig.archive.mended == [((BTC,), [gap])] * 2


@pytest.mark.logs("A poll failed")
def test_a_poll_that_breaks_is_logged_and_the_next_one_runs(rig):
    rig.fetcher.broken = RuntimeError("broken")
    rig.run_until(lambda: rig.fetcher.polls and not rig.keeper._is_polling())
    rig.fetcher.broken = None
    rig.clock.advance(20)
    rig.poll()
    assert len(rig.fetcher.polls) == 2


def test_at_the_end_nothing_is_told(rig):
    rig.poll()
    rig.keeper.close()
    told = len(rig.told)
    rig.keeper._deliver(Round(9, rig.clock.boot_s, last=True))
    rig.run_until(lambda: len(rig.saved) > 1)
    assert (len(rig.told), rig.historian.closed) == (told, True)


def test_who_wakes_when_its_lease_is_over_asks_nobody_before_it_is_renewed(fake_clock):
    rig = Rig(fake_clock, leads=False)
    keeper = rig.keeper

    def look(times=3):
        left = iter(range(times))
        keeper.run(lambda: next(left, None) is not None and not keeper.look_at_pairs())

    look()
    assert rig.fetcher.polls == []
    keeper.lead(fake_clock.boot_s + 30)
    rig.poll()
    assert keeper.moment().next_poll_boot_s == fake_clock.boot_s + 20
    fake_clock.advance(29)
    rig.poll()
    fake_clock.advance(3600)  # the machine was suspended, with the word that another one leads on its way
    look()
    assert len(rig.fetcher.polls) == 2
    keeper.lead(0.0)
    look()
    assert (len(rig.fetcher.polls), rig.historian.rested) == (2, [GapReason.ASLEEP, GapReason.PAUSED])
    assert keeper.moment().next_poll_boot_s is None
    keeper.lead(fake_clock.boot_s + 30)
    rig.poll()
    keeper.lead(fake_clock.boot_s + 30)  # renewed
    look()
    assert rig.fetcher.polls[2:] == [((BTC,), False, True)]
