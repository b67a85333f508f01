"""The hub, the window and the tray in the person's currency, and how its rates are come by."""

from decimal import Decimal

import pytest
from PySide6.QtWidgets import QMenu
from window_rig import BTC, ETH, SHIB, THIN, Rig

from cryptoprices.core.currency import CURRENCIES, Rates
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.market import Pair
from cryptoprices.core.reference import EVERY_S, Reference
from cryptoprices.qt.rates import FIRST_WAIT_S, LONGEST_WAIT_S, RateKeeper
from cryptoprices.ui.currency_menu import CurrencyMenu
from cryptoprices.ui.tray_text import Moment, tooltip

MONDAY = Rates("2026-11-23", {"EUR": Decimal("0.86207"), "JPY": Decimal("151.2")})
PRICES = {BTC: "97412.5", ETH: "3318.74", SHIB: "0.00002214"}


def reference(rig, rates=MONDAY):
    return Reference(rates, rig.time.boot_s, 3600.0)


@pytest.fixture
def rig(fake_clock):
    rig = Rig(fake_clock)
    rig.poll(PRICES, {BTC: "1.84"})
    return rig


# The hub


def test_the_hub_gives_prices_in_the_currency_as_soon_as_there_is_a_rate(rig, qtbot):
    hub = rig.hub
    with qtbot.waitSignal(hub.currency_changed):
        hub.set_currency("EUR")
    assert (hub.price(BTC).pair, hub.factor(), hub.shown_pair(BTC)) == (BTC, 1, BTC)
    with qtbot.waitSignal(hub.currency_changed):
        hub.set_reference(reference(rig))
    assert (hub.price(BTC).pair, hub.price(BTC).price) == (Pair("BTC", "EUR"), Decimal("97412.5") * Decimal("0.86207"))
    assert hub.own_price(BTC).price == Decimal("97412.5")
    assert (hub.factor(), hub.shown_pair(ETH)) == (Decimal("0.86207"), Pair("ETH", "EUR"))
    assert hub.ratio(ETH, BTC).value == Decimal("3318.74") / Decimal("97412.5")
    hub.set_currency("GBP")  # no rate of it
    assert (hub.price(BTC).pair, hub.factor()) == (BTC, 1)


def test_the_window_and_the_tray_follow(rig, qtbot):
    window = rig.window(qtbot)
    rig.hub.set_reference(reference(rig))
    rig.hub.set_currency("JPY")
    figure = window.header.figures[BTC]
    assert figure.text().split("\n")[:2] == ["Bitcoin · BTC/JPY · consensus of 5", f"14,728,770 ▲ 1.84{THIN}%"]
    assert figure.accessibleName() == "Price of BTC/USD"
    assert figure.accessibleDescription().startswith("14,728,770 yen, up 1.84 percent in 24 hours, live")
    assert "BTC/USD × JPY 151.2 of 23 Nov, ECB" in figure.toolTip()
    watchlist = window.docks.panel("watchlist")
    assert watchlist.heading() == "Watchlist · JPY"
    assert [(*row[:2], row.price) for row in watchlist.model.rows] == [
        ("BTC", "Bitcoin", "14,728,770"),
        ("ETH", "Ether", "501,793"),
        ("SHIB", "Shiba Inu", "0.003348"),
    ]
    exchanges = window.docks.panel("exchanges")
    assert exchanges.heading() == "Exchanges · BTC/USD"
    assert exchanges.model.lines[0].price == "97,412.5"
    told = tooltip("Crypto Prices", [BTC, ETH], Moment(rig.hub.price, rig.time.wall_ms), paused=False)
    assert told.split("\n")[1] == f"BTC/JPY  14,728,770  ▲ 1.84{THIN}%"
    assert told.split("\n")[-1].startswith("BTC/JPY: live")


def test_exchanges_that_disagree_are_told_in_their_own_currency(rig, qtbot):
    rig.hub.set_reference(reference(rig))
    rig.hub.set_currency("EUR")
    rig.time.advance(1300)
    rig.take(rig.quote("kraken", BTC, "97000"), rig.quote("coinbase", BTC, "99000"))
    window = rig.window(qtbot)
    figure = window.header.figures[BTC]
    assert figure.text().split("\n")[2] == "Kraken 97,000 USD · Coinbase 99,000 USD"
    assert figure.accessibleDescription().endswith("kraken 97,000 and coinbase 99,000 US dollars")


def test_the_menu_marks_the_currency_and_tells_the_choice(rig, qtbot):
    parent = QMenu()
    qtbot.addWidget(parent)
    menu = CurrencyMenu(rig.hub, parent)
    menu.aboutToShow.emit()
    info, _, *rows = menu.actions()
    assert (info.text(), len(rows), [row.text() for row in rows if row.isChecked()]) == (
        "Rates: not known yet",
        len(CURRENCIES),
        ["USD – US dollars"],
    )
    with qtbot.waitSignal(menu.chosen) as chosen:
        rows[1].trigger()
    assert (chosen.args, rig.hub.currency) == (["EUR"], "EUR")
    rig.hub.set_reference(reference(rig))
    menu.aboutToShow.emit()
    assert info.text() == "Rates: 23 Nov, ECB"
    assert [row.data() for row in rows if row.isEnabled()] == ["USD", "EUR", "JPY"]


# How rates are come by


class Tasks:
    """Answers at once."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, function, *, then, failed, owner):
        self.asked += 1
        then(function())


@pytest.fixture
def keeper(rig, qtbot):
    tasks, answers = Tasks(), []
    keeper = RateKeeper(rig.hub, lambda: answers.pop(0), tasks)
    keeper.begin()
    yield keeper, tasks, answers
    keeper.close()


def test_nobody_is_asked_while_prices_are_in_dollars(rig, keeper):
    keeper, tasks, answers = keeper
    keeper.look()
    assert tasks.asked == 0
    answers.append(reference(rig))
    rig.hub.set_currency("EUR")
    assert (tasks.asked, rig.hub.reference.rates) == (1, MONDAY)
    rig.hub.set_currency("JPY")
    assert tasks.asked == 1  # one answer holds all
    answers.append(reference(rig, MONDAY._replace(date="2026-11-24")))
    for seconds, asked in ((EVERY_S - 1, 1), (2, 2)):
        rig.time.advance(seconds)
        keeper.look()
        assert tasks.asked == asked
    assert rig.hub.reference.rates.date == "2026-11-24"


def test_after_a_failure_it_waits_longer_and_longer_and_the_last_rates_stay(rig, keeper, caplog):
    keeper, tasks, answers = keeper
    rig.hub.set_reference(reference(rig))
    down = SourceError(Reason.UNREACHABLE, "no answer")
    answers += [down] * 9
    rig.hub.set_currency("EUR")
    for k in range(8):
        rig.time.advance(min(FIRST_WAIT_S * 2**k, LONGEST_WAIT_S) - 1)
        keeper.look()
        assert tasks.asked == k + 1
        rig.time.advance(1)
        keeper.look()
        assert tasks.asked == k + 2
    assert rig.hub.price(BTC).pair == Pair("BTC", "EUR")
    answers.append(reference(rig))
    rig.time.advance(LONGEST_WAIT_S)
    keeper.look()
    assert [record.levelname for record in caplog.records if "rates" in record.message] == ["WARNING"]


def test_a_wait_that_is_asked_for_is_obeyed(rig, keeper, caplog):
    keeper, tasks, answers = keeper
    answers.append(SourceError(Reason.LIMITED, "asked to wait", 7200.0))
    rig.hub.set_currency("EUR")
    rig.time.advance(7199)
    keeper.look()
    assert tasks.asked == 1
