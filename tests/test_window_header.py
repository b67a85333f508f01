"""The three figures above the chart, in every state."""

from decimal import Decimal

import pytest
from window_rig import BTC, ETH, THIN, Rig

from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Pair
from cryptoprices.ui.header import BTC_USD, ETH_BTC, ETH_USD, Header, describe_price

PRICES = {BTC: "97412.5", ETH: "3318.74"}
CHANGES = {BTC: "1.84", ETH: "-0.62"}


@pytest.fixture
def rig(fake_clock):
    return Rig(fake_clock)


@pytest.fixture
def header(rig, qtbot):
    header = Header(rig.hub)
    qtbot.addWidget(header)
    header.resize(1000, 100)
    header.show()
    return header


def lines(header, pair=BTC_USD):
    header.show_now()
    return header.figures[pair].text().split("\n")


def test_a_live_price_says_source_change_range_and_spread(rig, header):
    rig.poll(PRICES, CHANGES, gemini="97420")
    title, figure, below = lines(header)
    assert title == "Bitcoin · BTC/USD · consensus of 5"
    assert figure == f"97,412.50 ▲ 1.84{THIN}%"
    assert below == f"24h 96,438.38 – 98,386.62 · ±0.01{THIN}%"
    assert lines(header, ETH_USD)[1] == f"3,318.74 ▼ 0.62{THIN}%"
    assert lines(header, ETH_BTC)[1].startswith("0.034069 ▼ 2.42")


def test_a_live_price_is_described_in_words(rig, header):
    rig.poll(PRICES, CHANGES)
    rig.time.advance(3)
    header.show_now()
    assert header.figures[BTC_USD].accessibleName() == "Price of BTC/USD"
    assert header.figures[BTC_USD].accessibleDescription() == (
        "97,412.50 US dollars, up 1.84 percent in 24 hours, live, 3 seconds old, 5 exchanges"
    )
    assert header.figures[ETH_BTC].accessibleName() == "Price of ETH/BTC"
    assert header.figures[ETH_BTC].accessibleDescription().startswith("0.034069 bitcoin, down 2.42 percent")


def test_no_price_is_described_in_words_too(rig, header):
    assert header.figures[BTC_USD].accessibleDescription() == "no price yet: asking the exchanges…"
    rig.fail(Reason.UNREACHABLE)
    header.show_now()
    assert header.figures[BTC_USD].accessibleDescription() == "no price yet: no exchange can be reached"
    assert header.figures[ETH_BTC].accessibleDescription() == "no price: needs a current price of both"


def test_the_words_change_each_second_and_nothing_is_repainted_for_it(rig, header):
    rig.poll(PRICES, CHANGES)
    header.show_now()
    figure = header.figures[BTC_USD]
    rig.time.advance(1)
    view = rig.hub.snapshot.price(BTC, rig.time.boot_s)
    assert not figure.show_text(describe_price(view, rig.hub))
    assert "1 second old" in figure.accessibleDescription()
    rig.poll({**PRICES, BTC: "97413"}, CHANGES)
    view = rig.hub.snapshot.price(BTC, rig.time.boot_s)
    assert figure.show_text(describe_price(view, rig.hub))


def test_a_delayed_price_is_amber_with_its_age(rig, header):
    rig.poll(PRICES, CHANGES)
    rig.time.advance(60)
    assert lines(header)[1] == f"97,412.50 60{THIN}s old"
    assert header.figures[BTC_USD].shown.figure_colour == "warn"
    assert lines(header, ETH_BTC)[1] == f"0.034069 60{THIN}s old"


@pytest.mark.parametrize(("age", "old"), [(240, f"4{THIN}min old"), (3600, f"1{THIN}h old"), (7200, f"2{THIN}h old")])
def test_an_old_price_is_grey_with_its_time(rig, header, age, old):
    rig.poll(PRICES, CHANGES)
    rig.time.advance(age)
    title, figure, below = lines(header)
    assert title == "Bitcoin · BTC/USD"
    assert figure == f"97,412.50 {old}"
    assert below.startswith("as of ")
    assert below.count(":") == 2
    assert header.figures[BTC_USD].shown.figure_colour == "muted"
    assert lines(header, ETH_BTC)[1] == "—"


def test_prices_of_an_earlier_run_are_there_at_once(fake_clock, qtbot):
    rig = Rig(fake_clock, last_known={BTC: "97412.5"})
    header = Header(rig.hub)
    qtbot.addWidget(header)
    assert lines(header)[1] == f"97,412.50 4{THIN}min old"
    assert "stale, as of " in header.figures[BTC_USD].accessibleDescription()
    assert lines(header, ETH_USD)[1:] == ["—", "asking the exchanges…"]


def test_two_that_disagree_are_both_shown(rig, header):
    rig.take(rig.quote("kraken", BTC, "97412.5"), rig.quote("gemini", BTC, "91000.0"))
    assert lines(header) == ["Bitcoin · BTC/USD", "— sources disagree", "Gemini 91,000.0 · Kraken 97,412.5"]
    assert "disagree" in header.figures[BTC_USD].accessibleDescription()


def test_no_price_says_why(rig, header):
    rig.fail(Reason.UNREACHABLE)
    assert lines(header) == ["Bitcoin · BTC/USD", "—", "no exchange can be reached"]
    rig.fail(Reason.LIMITED, names=["coinbase"])
    assert lines(header) == ["Bitcoin · BTC/USD", "—", "Coinbase: limited"]


def test_a_leap_is_told_with_its_time_until_the_next_poll(rig, header):
    rig.poll(PRICES, CHANGES)
    rig.time.advance(20)
    rig.poll({**PRICES, BTC: "58447.50"}, CHANGES)
    assert lines(header)[1:] == [f"58,447.50 ▲ 1.84{THIN}%", f"−40.00{THIN}% in 20{THIN}s · ±0.00{THIN}%"]
    assert f"−40.00{THIN}% in 20{THIN}s" in header.figures[BTC_USD].accessibleDescription()
    rig.time.advance(20)
    rig.poll({**PRICES, BTC: "58447.50"}, CHANGES)
    assert lines(header)[2].startswith("24h ")


def test_one_source_is_no_consensus(rig, header):
    rig.take(rig.quote("kraken", BTC, "97412.5"))
    title, figure, below = lines(header)
    assert title.endswith("1 source")
    assert figure == "97,412.50"
    assert "±" not in below


def test_the_width_does_not_depend_on_the_digits(rig, header):
    figure = header.figures[BTC_USD]
    rig.poll({BTC: "11111.11", ETH: "1111.11"}, CHANGES)
    header.show_now()
    narrow = figure.natural_size(compact=False)
    rig.time.advance(20)
    rig.poll({BTC: "11109.99", ETH: "1109.99"}, CHANGES)
    header.show_now()
    assert figure.natural_size(compact=False) == narrow


def test_a_narrow_header_has_one_line_a_price_and_nothing_is_cut(rig, header, qtbot):
    rig.poll(PRICES, CHANGES)
    header.resize(320, 100)
    header.show_now()
    for figure in header.figures.values():
        assert figure.width() >= figure.natural_size(compact=True).width()
        assert figure.geometry().bottom() < header.height()
    tops = [figure.y() for figure in header.figures.values()]
    assert tops == sorted(set(tops))


def test_never_nothing_point_nothing(rig, header):
    small = Pair("BTC", "USD")
    rig.poll({small: "0.000000001234", ETH: "0.0000000000005678"})
    assert lines(header)[1] == "0.000000001234"
    assert lines(header, ETH_USD)[1] == "0.0000000000005678"
    assert Decimal(lines(header, ETH_BTC)[1]) > 0
