"""The Exchanges panel: how each is asked, those that are switched off, and what can be done with the current one."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from window_rig import BTC, ETH, THIN, Rig, source

from cryptoprices.core.errors import Reason
from cryptoprices.core.market import STREAM, Flow, Round, Standing
from cryptoprices.core.source import Exchange
from cryptoprices.ui.panels.exchanges import Exchanges

PRICES = {BTC: "97412.5", ETH: "3318.74"}
ROW = 26


@pytest.fixture
def rig(fake_clock):
    rig = Rig(fake_clock)
    rig.name_exchanges()
    rig.hub.switched_off = {"okx": Exchange(source("okx", "OKX"), "https://okx.invalid", "")}
    return rig


@pytest.fixture
def exchanges(rig, qtbot):
    panel = Exchanges(rig.hub)
    qtbot.addWidget(panel)
    panel.resize(316, 300)
    panel.show()
    rig.poll(PRICES)
    panel.show_now()
    return panel


def asked(exchanges, row):
    exchanges.view.setCurrentIndex(exchanges.model.index(row, 0))
    exchanges.show_now()
    return exchanges.asking.text()


def test_who_is_switched_off_stands_below_the_others(exchanges):
    assert exchanges.names[-2:] == ("binance", "okx")
    assert exchanges.model.lines[-1].cells == ("OKX", "off", "", "")


def test_how_the_current_one_is_asked_is_told_second_by_second(rig, exchanges):
    rig.take(standings=[Standing("kraken", next_ask_boot_s=rig.time.boot_s + 14, used=6, budget=30)])
    assert asked(exchanges, 0) == f"Kraken 6/30 this minute · next in 14{THIN}s"
    assert exchanges.streaming.isHidden()
    rig.time.advance(4)
    assert asked(exchanges, 0) == f"Kraken 6/30 this minute · next in 10{THIN}s"
    rig.hub.apply(Round(STREAM, rig.time.boot_s, flows=(Flow("kraken", frozenset({BTC, ETH})),)))
    exchanges.show_now()
    assert exchanges.streaming.text() == "Streaming 2 pairs"
    assert not exchanges.streaming.isHidden()
    rig.hub.apply(Round(STREAM, rig.time.boot_s, flows=(Flow("kraken", text="Its stream is silent."),)))
    exchanges.show_now()
    assert exchanges.streaming.text() == "Its stream is silent."
    told = exchanges.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert told.count("Its stream is silent.") == 1
    again = Flow("kraken", text="Its stream is silent.", next_try_boot_s=rig.time.boot_s + 4)
    rig.hub.apply(Round(STREAM, rig.time.boot_s, flows=(again,)))
    exchanges.show_now()
    assert exchanges.streaming.text() == f"Its stream is silent; again in 4{THIN}s"


def test_how_a_long_named_one_is_asked_is_not_cut(rig, exchanges):
    flow = Flow("coinbase", frozenset({BTC, ETH}))
    rig.take(standings=[Standing("coinbase", next_ask_boot_s=rig.time.boot_s + 14, used=116, budget=600)])
    assert asked(exchanges, 1).startswith("Coinbase 116/600")
    down = Flow("coinbase", text="Coinbase closed its stream (1006).", next_try_boot_s=rig.time.boot_s + 59)
    for now in (flow, down):
        rig.hub.apply(Round(STREAM, rig.time.boot_s, flows=(now,)))
        asked(exchanges, 1)
        QApplication.processEvents()
        for word in (exchanges.asking, exchanges.streaming):
            assert word.width() >= word.sizeHint().width(), word.text()


def test_a_price_that_streams_is_shown_though_the_polls_are_limited(rig, exchanges):
    rig.time.advance(1)
    streamed = rig.quote("kraken", BTC, "97412.6")._replace(via="stream")
    rig.hub.apply(Round(STREAM, rig.time.boot_s, (streamed,)))
    rig.take(standings=[Standing("kraken", Reason.LIMITED, "Kraken is limited.", 1, rig.time.boot_s + 100)])
    exchanges.show_now()
    assert exchanges.model.lines[0].cells[:3] == ("Kraken", "97,412.6", "limited")
    assert "Kraken is limited." in exchanges.model.lines[0].told


def test_the_bench_and_a_refusal_are_told(rig, exchanges):
    standing = Standing("kraken", Reason.TIMEOUT, "", 5, rig.time.boot_s + 300, benched=True, used=1, budget=30)
    rig.take(standings=[standing, Standing("coinbase", Reason.BLOCKED, "", 1, None)])
    assert "1/30 this minute · benched · next in 5" in asked(exchanges, 0)
    assert asked(exchanges, 1) == "Coinbase not asked until you say so"
    assert exchanges.model.lines[1].price == "not offered in your region"
    assert exchanges.model.lines[0].price == f"benched, again in 5{THIN}min"
    told = exchanges.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "1/30 this minute · benched" in told


def test_the_first_one_is_told_where_none_is_chosen(rig, exchanges):
    rig.take(standings=[Standing("kraken", used=6, budget=30)])
    exchanges.show_now()
    assert exchanges.asking.text() == "Kraken 6/30 this minute"


def test_the_current_one_stays_so_wherever_it_goes(rig, exchanges):
    exchanges.view.setCurrentIndex(exchanges.model.index(1, 0))
    rig.hub.switched_off = {"gdax": rig.hub.switched_off["okx"], **rig.hub.switched_off}
    exchanges.show_now()
    assert exchanges.names[exchanges.view.currentIndex().row()] == "coinbase"


@pytest.mark.qt_log_ignore("This plugin does not support")  # without a screen nothing is raised or grabbed
@pytest.mark.parametrize("reason", [QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard])
def test_the_menu_is_that_of_the_row_under_the_pointer_or_by_key_of_the_current_one(exchanges, qtbot, reason):
    exchanges.view.setCurrentIndex(exchanges.model.index(0, 0))
    at = QPoint(20, 2 * ROW + 5)
    with qtbot.waitSignal(exchanges.view.menu_wanted):
        event = QContextMenuEvent(reason, at, exchanges.view.canvas.mapToGlobal(at))
        QApplication.sendEvent(exchanges.view.canvas, event)
    menu = QApplication.activePopupWidget()
    assert menu.title() == ("Bitstamp" if reason is QContextMenuEvent.Reason.Mouse else "Kraken")
    menu.close()


def test_a_key_moves_the_current_one(exchanges, qtbot):
    exchanges.view.setFocus()
    exchanges.view.setCurrentIndex(exchanges.model.index(1, 0))
    with qtbot.waitSignal(exchanges.commands.order_chosen) as heard:
        qtbot.keyClick(exchanges.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert heard.args[0][:2] == ("coinbase", "kraken")
