"""Between two polls only time passes: what is shown costs little then, and is what it would be if worked out anew."""

import pytest
from window_rig import BTC, BTC_USDT, ETH, NAMES, SHIB, Rig

from cryptoprices.core.errors import Reason
from cryptoprices.ui.exchange_lines import describe
from cryptoprices.ui.header import BTC_USD, ETH_USD, Header, describe_price
from cryptoprices.ui.panels.comparison import ComparisonPanel
from cryptoprices.ui.panels.exchanges import Exchanges

PRICES = {BTC: "97412.5", ETH: "3318.74", SHIB: "0.00002214"}
CHANGES = {BTC: "1.84", ETH: "-0.62"}


@pytest.fixture
def rig(fake_clock):
    rig = Rig(fake_clock)
    rig.name_exchanges()
    return rig


def test_whoever_asks_in_one_moment_is_told_the_same(rig):
    rig.poll(PRICES)
    first = rig.hub.price(BTC)
    assert rig.hub.price(BTC) is first
    rig.time.advance(1)
    assert rig.hub.price(BTC).age_s == 1
    rig.poll({BTC: "97500"})
    assert str(rig.hub.price(BTC).price) == "97500"  # in no time


def test_rows_that_only_get_older_say_what_they_would_say_anew(rig, qtbot):
    panel = Exchanges(rig.hub)
    qtbot.addWidget(panel)
    rig.poll(PRICES, CHANGES, gemini="90000")
    rig.take(rig.quote("binance", BTC_USDT, "97420"))
    rig.fail(Reason.SERVER, 90.0, ["bitfinex"])
    for pair in (BTC, SHIB):
        rig.hub.select(pair)
        for _ in range(140):  # through LIVE, DELAYED, too old
            panel.show_older()
            view, stand_in = rig.hub.price(pair), rig.hub.price(BTC_USDT) if pair == BTC else None
            assert panel.model.lines == [describe(name, view, stand_in, rig.hub) for name in NAMES]
            rig.time.advance(1)
        rig.poll(PRICES, CHANGES)
        rig.time.advance(30)
        rig.take(*(rig.quote(name, SHIB, PRICES[SHIB]) for name in NAMES[1:4]))  # the first one is older than they


def test_figures_that_only_get_older_say_what_they_would_say_anew(rig, qtbot):
    header = Header(rig.hub)
    qtbot.addWidget(header)
    rig.poll(PRICES, CHANGES)
    for second in range(700):  # to the end
        header.show_now()
        for pair in (BTC_USD, ETH_USD):
            assert header.figures[pair].shown == describe_price(rig.hub.price(pair), rig.hub)
            assert header.figures[pair].accessibleDescription() == header.figures[pair].shown.spoken
        rig.time.advance(1)
        if second == 30:
            rig.poll({BTC: "97500.1"})


def test_a_second_asks_nothing_of_what_has_no_age(rig, qtbot, monkeypatch):
    window = rig.window(qtbot)
    rig.poll(PRICES)
    asked = []

    def show_now(panel):
        asked.append(panel)

    monkeypatch.setattr(ComparisonPanel, "show_now", show_now)
    rig.hub.ticked.emit()
    assert not asked
    rig.hub.changed.emit()
    assert asked == [window.docks.panel("comparison")]


def test_a_second_counts_down_in_a_notice_that_is_there(rig, qtbot):
    window = rig.window(qtbot)
    rig.poll(PRICES)
    rig.fail(Reason.UNREACHABLE, 12.0)
    before = window.banner.text.text()
    rig.time.advance(1)
    rig.hub.ticked.emit()
    assert "in 12" in before
    assert "in 11" in window.banner.text.text()
