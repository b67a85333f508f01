"""The tray says what is known, in few digits and in full, and never an old price as a current one."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from conftest import FakeClock
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QColor, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from cryptoprices.core.board import Board
from cryptoprices.core.market import STREAM, Pair, Quote, Round, Ticker
from cryptoprices.core.snapshot import LastKnown
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.theme import DARK
from cryptoprices.ui.tray import GONE_S, Tray
from cryptoprices.ui.tray_icon import PIXELS, icon_lines, menu_bar_icon, price_icon
from cryptoprices.ui.tray_text import Glance, Moment, figure_text, glance, tooltip

BTC_USD, ETH_USD = Pair("BTC", "USD"), Pair("ETH", "USD")
EXCHANGES = ("kraken", "coinbase", "bitstamp")


@pytest.mark.parametrize(
    ("price", "lines"),
    [
        ("97412.50", ("97", ".4k")),
        ("3318.74", ("3.3", "k")),
        ("104660", ("104", ".7k")),
        ("999.94", ("999", ".9")),
        ("999.96", ("1.0", "k")),
        ("999949", ("999", ".9k")),
        ("999950", ("1.0", "M")),
        ("188.21", ("188", ".2")),
        ("99.995", ("100", ".0")),
        ("18.824", ("18", ".82")),
        ("2.3114", ("2", ".31")),
        ("0.8842", ("0", ".88")),
        ("0.034069", ("34", ".1m")),
        ("0.00002214", ("22", ".1µ")),
        ("0.000000012345", ("12", ".3n")),
    ],
)
def test_a_price_in_two_short_lines(price: str, lines: tuple[str, str]) -> None:
    assert icon_lines(Decimal(price)) == lines


def test_no_price_is_a_dash() -> None:
    assert icon_lines(None) == ("—", "")


@given(st.decimals("1e-18", "1e12", allow_nan=False, allow_infinity=False))
def test_no_price_is_ever_shown_as_nothing_or_by_an_exponent(price: Decimal) -> None:
    first, second = icon_lines(price)
    assert len(first) <= 3 or price >= Decimal("1e12")
    assert len(second) <= 4
    assert set(first + second) <= set("0123456789.GMkmµnpfa")
    assert set(first + second) & set("123456789")


@pytest.mark.parametrize("demo", [False, True])
def test_the_icon_is_drawn_for_every_size_and_not_scaled(qtbot: QtBot, demo: bool) -> None:
    icon = price_icon(Decimal("97412.50"), DARK.up, demo)
    assert {size.width() for size in icon.availableSizes()} == set(PIXELS)
    for pixels in PIXELS:
        image = icon.pixmap(QSize(pixels, pixels)).toImage()
        assert image.width() == pixels
        colours = {image.pixelColor(x, y).name() for x in range(pixels) for y in range(pixels)}
        assert QColor(DARK.up).name() in colours  # whole pixels of the digits' own colour: sharp


def test_the_menu_bar_gets_a_mask_of_the_whole_price(qtbot: QtBot) -> None:
    icon = menu_bar_icon(Decimal("97412.50"))
    assert icon.isMask()
    (size,) = icon.availableSizes()
    assert size.width() > 1.5 * size.height()


class Market:
    """A hub whose prices are said by the test."""

    def __init__(self, clock: FakeClock, last_known: dict[Pair, LastKnown] | None = None) -> None:
        self.clock = clock
        self.hub = Hub(Board(EXCHANGES, last_known=last_known), clock.clock, (BTC_USD, ETH_USD))
        self.polls = 0

    def poll(self, **prices: str) -> None:
        """A poll in which every exchange gives these prices (BTC="97412.50")."""
        self.polls += 1
        self.hub.apply(Round(self.polls, self.clock.boot_s, self.quotes("poll", **prices), last=True))

    def quotes(self, via: str, **prices: str) -> tuple[Quote, ...]:
        """What every exchange says now."""
        now = self.clock.boot_s, self.clock.wall_ms
        tickers = [Ticker(Pair(c, "USD"), Decimal(p), change_24h_pct=Decimal("1.84")) for c, p in prices.items()]
        return tuple(Quote(name, ticker, *now, via=via) for name in EXCHANGES for ticker in tickers)

    def now(self) -> Moment:
        return Moment(self.hub.price, self.clock.wall_ms)

    def glance(self) -> Glance:
        return glance(self.now().price(BTC_USD), self.clock.wall_ms)

    def figure(self) -> str:
        return figure_text(self.now().price(BTC_USD), self.clock.wall_ms)


@pytest.fixture
def market(fake_clock: FakeClock) -> Market:
    return Market(fake_clock)


def test_the_price_goes_amber_grey_and_out_with_its_age(market: Market) -> None:
    price = Decimal("97412.50")
    assert market.glance() == Glance(None, DARK.muted)
    market.poll(BTC="97412.50")
    assert market.glance() == Glance(price, DARK.up)
    assert market.figure() == "97,412.50  ▲ 1.84\u202f%"
    market.clock.advance(46)
    assert market.glance() == Glance(price, DARK.warn)
    assert "46\u202fs old" in market.figure()
    market.clock.advance(75)
    assert market.glance() == Glance(price, DARK.muted)
    assert "as of" in market.figure()
    market.clock.advance(480)
    assert market.glance() == Glance(None, DARK.muted)
    assert market.figure() == "—"


def test_the_last_price_of_an_earlier_run_is_grey_or_expired_by_the_calendar(fake_clock: FakeClock) -> None:
    for age_ms, price in ((60_000, Decimal("97412.50")), (700_000, None)):
        market = Market(fake_clock, {BTC_USD: LastKnown(Decimal("97412.50"), fake_clock.wall_ms - age_ms)})
        assert market.glance() == Glance(price, DARK.muted)


def test_a_calendar_that_is_set_does_not_expire_a_price(market: Market) -> None:
    market.poll(BTC="97412.50")
    market.clock.advance(130)
    market.clock.wall_ms += 365 * 86_400_000
    assert market.glance().price == Decimal("97412.50")


def test_the_tooltip_has_full_figures_state_age_and_exchanges(market: Market) -> None:
    market.poll(BTC="97412.50", ETH="3318.74")
    market.clock.advance(3)
    lines = tooltip("Crypto Prices", (BTC_USD, ETH_USD), market.now(), paused=True).splitlines()
    assert lines[1:3] == ["BTC/USD  97,412.50  ▲ 1.84\u202f%", "ETH/USD  3,318.74  ▲ 1.84\u202f%"]
    assert lines[3] == "BTC/USD: live · 3 of 3 exchanges · 3\u202fs ago · paused"


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Whether there is a tray; off screen there never is one."""
    host = {"there": True}
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: host["there"]))
    return host


@pytest.fixture
def tray(qtbot: QtBot, market: Market, host: dict[str, bool]) -> Iterator[Tray]:
    commands = [QAction("Refresh"), QAction("Pause"), QAction("Quit")]
    tray = Tray(market.hub, BTC_USD, commands, demo=True)
    yield tray
    tray.close()


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator() and action.isVisible()]


@pytest.mark.no_qt_log
class TestTray:
    def test_the_menu_has_all_pairs_the_ratio_and_the_commands(self, tray: Tray, market: Market) -> None:
        market.poll(BTC="97412.50", ETH="3318.74")
        assert texts(tray._menu) == [
            "Crypto Prices – DEMO",
            "BTC/USD\t97,412.50  ▲ 1.84\u202f%",
            "ETH/USD\t3,318.74  ▲ 1.84\u202f%",
            "ETH/BTC\t0.034069",
            "3 of 3 exchanges · 0\u202fs ago",
            "Open Crypto Prices",
            "Refresh",
            "Pause",
            "Show in tray: BTC/USD",
            "Quit",
        ]

    def test_ages_in_the_menu_are_those_of_its_opening(self, tray: Tray, market: Market) -> None:
        market.poll(BTC="97412.50")
        market.clock.advance(7)
        tray._menu.aboutToShow.emit()
        assert "3 of 3 exchanges · 7\u202fs ago" in texts(tray._menu)

    def test_what_streams_bring_is_taken_in_once_a_second_and_painted_where_digits_change(
        self, tray: Tray, market: Market, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        market.poll(BTC="97412.50")
        painted = []
        monkeypatch.setattr("cryptoprices.ui.tray.price_icon", lambda price, *_: painted.append(price) or QIcon())
        for n in range(1, 51):  # ten times a second
            market.clock.advance(0.1)
            ticks = market.quotes("stream", BTC=str(97412 + 10 * n))
            market.hub.apply(Round(STREAM, market.clock.boot_s, ticks))
        assert painted == [97502, 97592, 97682, 97772, 97862]
        assert "97,862.00" in tray._icon.toolTip()

    def test_another_pair_is_chosen_by_a_click(self, qtbot: QtBot, tray: Tray, market: Market) -> None:
        market.poll(BTC="97412.50", ETH="3318.74")
        choice = next(action.menu() for action in tray._menu.actions() if action.text() == "Show in tray: BTC/USD")
        assert isinstance(choice, QMenu)
        with qtbot.waitSignal(tray.pair_chosen) as told:
            choice.actions()[1].trigger()
        assert told.args == [ETH_USD]
        assert tray._shown == Glance(Decimal("3318.74"), DARK.up)
        assert tray._icon.toolTip().splitlines()[1].startswith("ETH/USD  3,318.74")
        assert choice.title() == "Show in tray: ETH/USD"

    def test_another_pair_can_be_shown_without_a_click_if_it_is_watched(
        self, qtbot: QtBot, tray: Tray, market: Market
    ) -> None:
        market.poll(BTC="97412.50", ETH="3318.74")
        with qtbot.assertNotEmitted(tray.pair_chosen):
            tray.show_pair(ETH_USD)
        assert tray._shown == Glance(Decimal("3318.74"), DARK.up)
        tray.show_pair(Pair("XMR", "USD"))
        assert tray._shown == Glance(Decimal("3318.74"), DARK.up)

    def test_a_row_pins_its_pair_and_a_click_asks_for_the_window(self, qtbot: QtBot, tray: Tray) -> None:
        row = next(action for action in tray._menu.actions() if action.text().startswith("ETH/USD"))
        with qtbot.waitSignal(tray.pair_chosen) as told:
            row.trigger()
        assert told.args == [ETH_USD]
        assert [str(pair) for pair, choice in tray._choices.items() if choice.isChecked()] == ["ETH/USD"]
        with qtbot.waitSignal(tray.toggle_asked):
            tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
        with qtbot.assertNotEmitted(tray.toggle_asked):
            tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.DoubleClick)

    def test_a_panel_that_restarts_is_no_end_of_the_tray_one_that_stays_away_is(
        self, tray: Tray, market: Market, host: dict[str, bool]
    ) -> None:
        told: list[bool] = []
        tray.present_changed.connect(told.append)
        host["there"] = False
        market.hub.ticked.emit()
        assert not tray._icon.isVisible()
        market.clock.advance(GONE_S - 1)
        host["there"] = True
        market.hub.ticked.emit()
        assert tray._icon.isVisible()
        assert told == []
        host["there"] = False
        market.hub.ticked.emit()
        market.clock.advance(GONE_S)
        market.hub.ticked.emit()
        assert told == [False]
        host["there"] = True
        market.hub.ticked.emit()
        assert told == [False, True]

    def test_nothing_is_drawn_where_there_is_no_tray(self, qtbot: QtBot, market: Market, host: dict[str, bool]) -> None:
        host["there"] = False
        commands = [QAction("Quit")]
        tray = Tray(market.hub, BTC_USD, commands, demo=False)
        market.poll(BTC="97412.50")
        assert tray._icon.icon().isNull()
        assert not tray.present
        tray.close()

    def test_it_expires_by_itself(self, tray: Tray, market: Market) -> None:
        market.poll(BTC="97412.50")
        market.clock.advance(601)
        market.hub.ticked.emit()
        assert tray._shown == Glance(None, DARK.muted)
