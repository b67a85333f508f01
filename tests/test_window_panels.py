"""Watchlist and exchanges: what the rows say in every state, and that only changed ones are painted."""

from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QRegion
from window_rig import BTC, BTC_USDT, ETH, NAMES, SHIB, THIN, Rig, source

from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Pair, Standing
from cryptoprices.core.snapshot import PairPrice, State
from cryptoprices.core.source import Exchange
from cryptoprices.ui.panels.exchanges import Exchanges
from cryptoprices.ui.panels.watchlist import Watchlist
from cryptoprices.ui.reasons import trouble_text, why_no_price
from cryptoprices.ui.theme import DARK, LIGHT

PRICES = {BTC: "97412.5", ETH: "3318.74", SHIB: "0.00002214"}
CHANGES = {BTC: "1.84", ETH: "-0.62", SHIB: "1.9"}


@pytest.fixture
def rig(fake_clock):
    return Rig(fake_clock)


@pytest.fixture
def watchlist(rig, qtbot):
    panel = Watchlist(rig.hub)
    qtbot.addWidget(panel)
    panel.resize(268, 400)
    panel.show()
    return panel


@pytest.fixture
def exchanges(rig, qtbot):
    rig.name_exchanges()
    panel = Exchanges(rig.hub)
    qtbot.addWidget(panel)
    panel.resize(316, 300)
    panel.show()
    return panel


def row(watchlist, number=0):
    watchlist.show_now()
    return watchlist.model.rows[number]


def cells(exchanges):
    exchanges.show_now()
    model = exchanges.model
    return {NAMES[r]: [model.index(r, c).data() for c in range(4)] for r in range(model.rowCount())}


def told(exchanges, row):
    return exchanges.model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_row_says_name_price_and_change(rig, watchlist):
    rig.poll(PRICES, CHANGES)
    assert row(watchlist)[:7] == ("BTC", "Bitcoin", "up", "97,412.50", "text", f"▲ 1.84{THIN}%", "up")
    assert row(watchlist, 1).change_colour == "down"
    assert row(watchlist, 2).price == "0.00002214"
    assert watchlist.heading() == "Watchlist · USD"
    assert watchlist.view.accessibleName() == "Watchlist"


def test_a_row_is_told_in_words(rig, watchlist):
    rig.poll(PRICES, CHANGES)
    rig.time.advance(3)
    watchlist.show_now()
    told = watchlist.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert told == (
        "Bitcoin, BTC/USD: 97,412.50 US dollars, up 1.84 percent in 24 hours, live, 3 seconds old, 5 exchanges"
    )


def test_a_row_that_is_not_live_has_its_age_in_place_of_the_name(rig, watchlist):
    rig.poll(PRICES, CHANGES)
    rig.time.advance(64)
    assert row(watchlist)[1:4] == (f"64{THIN}s old", "warn", "97,412.50")
    rig.time.advance(1000)
    assert row(watchlist)[1:6] == (f"17{THIN}min old", "muted", "97,412.50", "muted", "")


def test_a_row_without_a_price_has_none(rig, watchlist):
    assert row(watchlist)[1:4] == ("asking the exchanges…", "muted", "—")
    rig.take(rig.quote("kraken", BTC, "97412.5"), rig.quote("gemini", BTC, "90000"))
    assert row(watchlist)[1:4] == ("sources disagree", "warn", "—")


def test_only_rows_that_look_different_are_painted(rig, watchlist):
    rig.poll(PRICES, CHANGES)
    watchlist.show_now()
    repainted = []
    watchlist.model.dataChanged.connect(lambda first, last, roles: repainted.append((first.row(), last.row())))
    rig.time.advance(1)
    watchlist.show_now()
    assert repainted == []
    rig.poll({**PRICES, ETH: "3319.00"}, CHANGES)
    watchlist.show_now()
    assert repainted == [(1, 1)]


def test_a_row_is_painted_alone(rig, watchlist):
    rig.poll(PRICES, CHANGES)
    watchlist.show_now()
    picture = watchlist.grab()  # lays out and paints what was waiting
    before = watchlist.view.painted
    second = QRegion(watchlist.view.visualRect(watchlist.model.index(1)))
    watchlist.view.canvas.render(picture, QPoint(), second)
    assert watchlist.view.painted == before + 1


def test_keys_and_hub_choose_the_pair(rig, watchlist, qtbot):
    with qtbot.waitSignal(rig.hub.selected_changed):
        qtbot.keyClick(watchlist.view, Qt.Key.Key_Down)
    assert rig.hub.selected == ETH
    rig.hub.select(SHIB)
    assert watchlist.view.currentIndex().row() == 2


def test_a_course_is_drawn_after_each_poll(rig, watchlist):
    asked = []
    watchlist.show_courses(lambda pair: asked.append(pair) or [1.0, float("nan"), 3.0])
    assert not asked
    rig.poll(PRICES, CHANGES)
    watchlist.show_now()
    watchlist.show_now()
    assert asked == list(rig.hub.pairs)
    line = watchlist.model.courses[BTC]
    assert [(p.x(), p.y()) for p in line] == [(0.0, 1.0), (1.0, 0.0)]


def test_pairs_in_other_currencies_bear_them(fake_clock, qtbot):
    rig = Rig(fake_clock, [BTC, Pair("BTC", "EUR")])
    watchlist = Watchlist(rig.hub)
    qtbot.addWidget(watchlist)
    assert row(watchlist, 1).name == "BTC/EUR"
    assert watchlist.heading() == "Watchlist"


def test_each_exchange_with_its_own_digits(rig, exchanges):
    rig.poll(PRICES, CHANGES, kraken="97413.10000", coinbase="97000.5")
    rig.time.advance(2)
    shown = cells(exchanges)
    assert shown["kraken"] == ["Kraken", "97,413.1", f"0.00{THIN}%", f"2{THIN}s"]
    assert shown["coinbase"] == ["Coinbase", "97,000.5", f"−0.42{THIN}%", f"2{THIN}s"]
    assert exchanges.heading() == "Exchanges · BTC/USD"
    assert exchanges.view.accessibleName() == "Exchanges"


def test_who_is_left_out_and_why(rig, exchanges):
    rig.poll(PRICES, CHANGES, bitfinex="90000")
    assert cells(exchanges)["bitfinex"][1:3] == ["90,000", "left out"]
    assert "too far from what the other exchanges say" in told(exchanges, 4)
    assert [line.colour for line in exchanges.model.lines] == ["", "", "", "", "warn", "muted"]


def test_one_that_contradicts_in_the_middle_of_a_poll_is_checked(rig, exchanges):
    rig.poll(PRICES, CHANGES)
    rig.time.advance(20)
    rig.take(rig.quote("kraken", BTC, "90000"), last=False)
    assert cells(exchanges)["kraken"][1:3] == ["90,000", "checking"]


def test_old_answers_are_too_old(rig, exchanges):
    rig.poll(PRICES, CHANGES)
    rig.time.advance(300)
    assert cells(exchanges)["kraken"][1:] == ["97,412.5", "too old", f"5{THIN}min"]


def test_failing_ones_stay_with_the_reason(rig, exchanges):
    rig.poll(PRICES, CHANGES)
    rig.fail(Reason.LIMITED, 30, ["bitstamp"])
    rig.fail(Reason.TIMEOUT, 0, ["gemini"])
    shown = cells(exchanges)
    assert shown["bitstamp"][1] == f"limited, again in 30{THIN}s"
    assert shown["gemini"][1] == "too slow"
    assert "gemini said &lt;b&gt;no&lt;/b&gt;" in told(exchanges, 3)
    rig.time.advance(11)
    assert cells(exchanges)["bitstamp"][1] == f"limited, again in 19{THIN}s"


def test_a_long_reason_takes_the_room_of_the_age_rather_than_lose_the_time(rig, exchanges):
    rig.poll(PRICES)
    rig.time.advance(20)
    rig.fail(Reason.SIGN_IN, 19, names=["kraken"])
    assert cells(exchanges)["kraken"][1:] == [f"sign-in page?, again in 19{THIN}s", "", ""]
    assert exchanges.model.lines[0].span == 3


def test_what_is_quoted_in_usdt_says_so(rig, exchanges):
    rig.poll(PRICES, CHANGES)
    rig.take(rig.quote("binance", BTC_USDT, "97500.00000000"))
    assert cells(exchanges)["binance"] == ["Binance", "97,500", "USDT", f"0{THIN}s"]
    assert "not the US dollar" in told(exchanges, 5)
    rig.hub.select(ETH)
    assert cells(exchanges)["binance"][1] == "not listed"


def test_what_is_converted_from_usdt_says_how(rig, exchanges):
    rig.poll(PRICES, CHANGES)
    usdt = Pair("USDT", "USD")
    rig.take(rig.quote("binance", BTC_USDT, "97500.00"), *[rig.quote(name, usdt, "0.9990112") for name in NAMES[:5]])
    assert cells(exchanges)["binance"] == ["Binance", "97,403.59", f"−0.01{THIN}%", f"0{THIN}s"]
    assert "BTC/USDT 97,500 × USDT/USD 0.9990112" in told(exchanges, 5)


def test_pairs_that_are_not_listed_or_not_needed(rig, exchanges):
    fallback = source("bitfinex", attribution="Data by Bitfinex")
    rig.name_exchanges(bitfinex=Exchange(fallback, fallback.base_url, "", True))
    rig.take(rig.quote("kraken", BTC, "97412.5"), standings=[Standing("gemini", refused=frozenset({BTC}))])
    shown = cells(exchanges)
    assert shown["gemini"][1] == "not listed"
    assert shown["bitfinex"][1] == "not needed"
    assert exchanges.note.isHidden()
    rig.take(rig.quote("bitfinex", BTC, "97412.5"))
    exchanges.show_now()
    assert exchanges.note.text() == "Data by Bitfinex"


@pytest.mark.parametrize(
    ("bid", "ask", "why"),
    [
        ("97500", "97400.50", "bid 97,500 above ask 97,400.5"),
        ("90000", "110000", "20.0 % between bid 90,000 and ask 110,000"),
        ("0", "97500", "nobody bids"),
        ("97500", None, "nobody asks"),
        ("0", "0", "nobody bids or asks"),
    ],
)
def test_a_price_at_which_hardly_anybody_trades_is_illiquid(rig, exchanges, bid, ask, why):
    rig.poll(PRICES, CHANGES)
    rig.time.advance(20)
    made = rig.quote("kraken", BTC, "97450")
    offers = {"bid": Decimal(bid), "ask": None if ask is None else Decimal(ask)}
    rig.take(made._replace(ticker=made.ticker._replace(**offers)))
    assert cells(exchanges)["kraken"] == ["Kraken", "97,450", "illiquid", f"0{THIN}s"]
    assert f"Illiquid: {why};" in told(exchanges, 0)


def test_what_an_exchange_seems_to_have_no_longer_says_so(rig, exchanges):
    rig.poll(PRICES, CHANGES)
    usdt = frozenset({BTC_USDT})
    rig.take(standings=[Standing("kraken", delisted=frozenset({BTC})), Standing("binance", delisted=usdt)])
    shown = cells(exchanges)
    assert (shown["kraken"][1:], shown["binance"][1]) == (["delisted?", "", ""], "delisted?")
    assert "no trade in 24 hours" in told(exchanges, 0)
    assert exchanges.model.lines[0].colour == "warn"
    rig.poll(PRICES, CHANGES)
    assert cells(exchanges)["kraken"][1] == "97,412.5"


def test_a_custom_address_is_marked(rig, exchanges):
    kraken = source("kraken")
    rig.name_exchanges(kraken=Exchange(kraken, "http://127.0.0.1:9/x?<i>", ""))
    rig.poll(PRICES)
    assert cells(exchanges)["kraken"][0] == "Kraken*"
    assert "custom address: http://127.0.0.1:9/x?&lt;i&gt;" in told(exchanges, 0)
    assert exchanges.note.text() == "* custom address"


def test_only_ages_that_changed_are_painted(rig, exchanges):
    rig.poll(PRICES, CHANGES)
    exchanges.show_now()
    touched = []
    exchanges.model.dataChanged.connect(lambda a, b: touched.append((a.row(), a.column(), b.row(), b.column())))
    rig.time.advance(1)
    exchanges.show_now()
    assert touched == [(0, 3, 4, 3)]
    exchanges.show_now()
    assert len(touched) == 1


def test_ages_are_painted_without_what_lies_behind_them(rig, exchanges):
    painted = []

    class Watch(QObject):
        def eventFilter(self, widget, event):
            painted.extend([widget] * (event.type() is QEvent.Type.Paint))
            return False

    watch = Watch(exchanges)
    rig.poll(PRICES, CHANGES)
    exchanges.grab()
    for widget in (exchanges, exchanges.view.canvas):
        widget.installEventFilter(watch)
    exchanges.view.canvas.repaint()
    assert painted == [exchanges.view.canvas]


def test_a_theme_recolours_all_rows(rig, exchanges):
    rig.poll(PRICES, CHANGES)
    exchanges.show_now()
    colours = set()
    for theme in (LIGHT, DARK):
        exchanges.set_theme(theme)
        picture = exchanges.view.canvas.grab().toImage()
        found = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(80)}
        assert theme.text in found
        colours |= found
    assert {LIGHT.muted, DARK.muted} & colours


def test_what_is_too_long_is_cut_and_the_table_has_a_head(rig, exchanges):
    rig.poll(PRICES, CHANGES)
    rig.fail(Reason.MOVED, 3000, ["gemini"])
    exchanges.show_now()
    exchanges.grab()
    head = [exchanges.model.headerData(c, Qt.Orientation.Horizontal) for c in range(4)]
    assert head == ["", "Price", "vs median", "Age"]
    assert exchanges.model.headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole) == "Exchange"


def test_the_table_shows_where_the_focus_is_before_an_arrow_is_pressed(rig, exchanges, qtbot):
    rig.poll({BTC: "97412.5"})
    exchanges.show_now()
    exchanges.activateWindow()
    exchanges.view.setFocus()
    qtbot.waitUntil(lambda: exchanges.view.currentIndex().row() == 0)
    assert exchanges.commands.ask.isEnabled()


def test_a_pair_is_listed_nowhere_only_once_those_that_fill_gaps_were_asked_too(rig):
    filler = source("coingecko")
    rig.name_exchanges(coingecko=Exchange(filler, filler.base_url, "", only_missing=True))
    unlisted = PairPrice(SHIB, None, State.NO_DATA, None)
    asked = [Standing(name) for name in NAMES]
    rig.take(standings=asked)
    assert why_no_price(unlisted, rig.hub) == "asking the others…"
    rig.take(standings=[*asked, Standing("coingecko")])
    assert why_no_price(unlisted, rig.hub) == "no exchange lists it"


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (Reason.TIMEOUT, "benched"),
        (Reason.SERVER, "benched"),
        (Reason.LIMITED, "limited"),
        (Reason.BLOCKED, "not offered in your region"),
        (Reason.SIGN_IN, "sign-in page?"),
    ],
)
def test_a_reason_that_says_more_than_benched_is_told(reason, word):
    assert trouble_text(Standing("kraken", reason, "", 5, None, benched=True), 0.0) == word
