"""The window's local API: on and off while it runs, what the person is told, and what programs may have it do."""

import socket
import subprocess
import sys
import threading
from decimal import Decimal

import pytest
from local_api_rig import Rig
from polls import BTC, ETH
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QInputDialog, QWidget

from cryptoprices.core.grants import Scope
from cryptoprices.core.market import Pair
from cryptoprices.hub_live import PAUSED, HubLive
from cryptoprices.settings.options import API_ENABLED, API_PORT, WATCHLIST
from cryptoprices.settings.values import Settings
from cryptoprices.storage.managed import ManagedFile
from cryptoprices.storage.tokens import TokenFile
from cryptoprices.ui.api_menu import ApiMenu
from cryptoprices.ui.panels.watchlist import describe, describe_in_words, describe_sources
from cryptoprices.ui.tray_text import sources_text


@pytest.fixture
def rig(fake_clock, tmp_path, tasks, qtbot):
    made = Rig(fake_clock, tmp_path, tasks)
    yield made
    made.api.hush()
    made.api.close()


def test_it_is_switched_on_and_off_while_the_program_runs(rig, qtbot):
    address = rig.switch_on(qtbot)
    assert address == f"http://127.0.0.1:{rig.port}"
    status, price = rig.ask("/v1/prices/BTC-USD")
    assert (status, price["price"], price["state"]) == (200, "97412.5", "LIVE")
    assert rig.supply.pairs == (BTC, ETH)
    with qtbot.waitSignal(rig.api.switched) as told:
        rig.api.take_settings(Settings({}))
    assert (told.args, rig.supply.pairs) == ([False, ""], ())
    rig.api.close()
    with pytest.raises(ConnectionRefusedError):
        rig.ask("/v1/prices")
    assert rig.switch_on(qtbot) == address
    assert rig.ask("/healthz")[0] == 200


def test_other_settings_leave_it_alone(rig, qtbot):
    rig.switch_on(qtbot)
    server = rig.api._server
    rig.api.take_settings(Settings({API_ENABLED.key: True, API_PORT.key: rig.port, "theme": "dark"}))
    assert rig.api._server is server


def test_what_is_new_in_the_window_is_served(rig, qtbot):
    rig.switch_on(qtbot)
    rig.polls.poll({BTC: "97500"})
    rig.polls.time.advance(-20)  # the rig's polls take that long
    seen = iter(lambda: rig.ask("/v1/prices/BTC-USD")[1]["price"], "97500")
    for _older in seen:
        pass


def test_cryptowatchs_clients_are_answered_and_have_no_stream(rig, qtbot):
    address = rig.switch_on(qtbot)
    status, body = rig.ask("/cryptowatch")
    assert (status, body["result"]["indexes"][0]) == (200, f"{address}/cryptowatch/assets")
    assert rig.ask("/cryptowatch/connect")[0] == rig.ask("/assets")[0] == 404  # neither is it at the root


def test_a_program_may_set_ask_and_add_pairs(rig, qtbot):
    token = TokenFile(rig.paths.tokens, rig.polls.hub.clock).create("tests", Scope.ADMIN)
    rig.switch_on(qtbot)
    sol = Pair("SOL", "USD")
    made, _ = rig.ask_aside(qtbot, "/v1/watchlists", "POST", {"name": "more", "pairs": ["SOL-USD"]}, token)
    assert made == 201
    qtbot.waitUntil(lambda: rig.supply.pairs == (BTC, ETH, sol))
    for _not_yet in iter(lambda: rig.ask("/v1/prices/SOL-USD")[0], 200):
        pass
    done = []
    live = rig.api._live
    thread = threading.Thread(target=lambda: done.append(live.set_setting("theme", "dark").result(10)))
    thread.start()
    qtbot.waitUntil(lambda: bool(done))
    thread.join()
    assert rig.preferences.settings.value("theme") == "dark"
    assert "theme" in rig.kept
    live.ask_now()
    assert rig.supply.asked == 1


def test_a_port_in_use_is_said_in_one_sentence(rig, qtbot):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        in_menu = []
        rig.api.switched.connect(lambda _, text: in_menu.append(text))
        with qtbot.waitSignal(rig.api.failed) as told:
            rig.api.take_settings(Settings({API_ENABLED.key: True, API_PORT.key: port}))
    assert in_menu[-1] == f"Off: Port {port} of 127.0.0.1 cannot be used: Address already in use."
    assert told.args == [
        f"The local API is off: Port {port} of 127.0.0.1 cannot be used: Address already in use. "
        "Menu ▸ Local API ▸ Port… chooses another one."
    ]


def test_a_missing_part_is_said_with_what_brings_it(rig, qtbot, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptoprices.api.server", None)
    with qtbot.waitSignal(rig.api.failed) as told:
        rig.api.take_settings(Settings({API_ENABLED.key: True, API_PORT.key: rig.port}))
    assert told.args[0].startswith("The local API is off: a part of the server is missing (")
    assert told.args[0].endswith("); pip install 'cryptoprices[server]' brings it.")


@pytest.mark.logs("No token holds")
def test_tokens_that_cannot_be_used_keep_it_off(rig, qtbot):
    rig.paths.tokens.write_text("{")
    rig.paths.tokens.chmod(0o600)
    with qtbot.waitSignal(rig.api.failed) as told:
        rig.api.take_settings(Settings({API_ENABLED.key: True, API_PORT.key: rig.port}))
    assert told.args[0].startswith("The local API is off: ")
    assert "tokens.json" in told.args[0]


def test_what_is_wanted_last_counts_while_it_is_still_being_opened(rig, qtbot, tasks):
    said = []
    rig.api.failed.connect(said.append)
    with socket.create_server(("127.0.0.1", 0)) as free:
        other = free.getsockname()[1]
    rig.api.take_settings(Settings({API_ENABLED.key: True, API_PORT.key: other}))
    rig.api.take_settings(Settings({}))
    assert rig.switch_on(qtbot) == f"http://127.0.0.1:{rig.port}"
    assert rig.ask("/healthz")[0] == 200
    qtbot.waitUntil(lambda: not tasks._quick._alive)
    QCoreApplication.processEvents()  # whatever they have answered
    assert said == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", other))


def test_the_person_switches_it_in_the_menu_and_it_is_kept(rig, qtbot):
    rig.preferences.settings = Settings({API_PORT.key: rig.port})
    menu = ApiMenu(None)
    qtbot.addWidget(menu)
    menu.switched.connect(rig.api.switch)
    rig.api.switched.connect(menu.show_state)
    rig.api.wanted_changed.connect(menu.show_wanted)
    assert menu.state.text() == "Off: other programs cannot ask this one"
    with qtbot.waitSignal(rig.api.switched, check_params_cb=lambda on, _: on, timeout=20_000):
        menu.on.trigger()
    assert "api.enabled" in rig.kept
    assert (menu.on.isChecked(), menu.state.text()) == (True, f"It answers at http://127.0.0.1:{rig.port}")
    menu.copy_address.trigger()
    assert QGuiApplication.clipboard().text() == f"http://127.0.0.1:{rig.port}"
    menu.on.trigger()
    assert (menu.state.text(), menu.copy_address.isEnabled()) == ("Off: other programs cannot ask this one", False)
    assert menu.choose_port.text() == f"Port {rig.port}…"
    menu.show_state(False, "Off: no reason.")
    assert menu.state.text() == "Off: no reason."


def test_the_person_chooses_another_port(rig, qtbot):
    rig.switch_on(qtbot)
    with socket.create_server(("127.0.0.1", 0)) as free:
        other = free.getsockname()[1]
    menu = ApiMenu(rig_widget := QWidget())
    qtbot.addWidget(rig_widget)
    menu.port_chosen.connect(rig.api.move)
    menu.show_wanted(True, rig.port)
    menu.choose_port.trigger()
    (dialog,) = rig_widget.findChildren(QInputDialog)
    assert dialog.intValue() == rig.port
    dialog.setIntValue(other)
    with qtbot.waitSignal(rig.api.switched, check_params_cb=lambda on, _: on, timeout=20_000) as told:
        dialog.accept()
    assert told.args == [True, f"http://127.0.0.1:{other}"]
    assert "api.port" in rig.kept


def test_what_it_answers_opens_in_the_browser(qtbot, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", staticmethod(lambda url: opened.append(url.toString())))
    menu = ApiMenu(None)
    qtbot.addWidget(menu)
    menu.read_more.trigger()  # off: nothing to read
    menu.show_state(True, "http://127.0.0.1:8020")
    menu.read_more.trigger()
    assert opened == ["http://127.0.0.1:8020/docs"]


# what other threads read


@pytest.fixture
def live(rig):
    return HubLive(rig.polls.hub, rig.preferences, ManagedFile(rig.paths.managed, rig.polls.hub.clock), rig.owner)


def test_the_watchlist_that_is_told_is_the_one_that_is_watched(live, rig):
    rig.polls.hub.set_pairs((ETH, BTC, Pair("SOL", "EUR")))  # a demo watches more than the setting says
    assert live.moment().settings[WATCHLIST] == ("ETH/USD", "BTC/USD", "SOL/EUR")


def test_each_change_is_another_moment(live, rig):
    told, first = [], live.moment()
    live.listen(lambda: told.append(live.moment().version))
    rig.polls.poll({BTC: 5})
    assert told == [first.version + 1]
    assert live.moment().snapshot is rig.polls.hub.snapshot
    assert first.version == 1_763_820_000_000 + 20_000


def test_what_the_person_chooses_by_click_is_known_at_once(live, rig):
    told = []
    live.listen(lambda: told.append(live.moment().settings.value("theme")))
    rig.preferences.keep("theme", "dark")
    assert told == ["dark"]


def test_another_watchlist_is_served_and_asked_for_at_once(live, rig, qtbot):
    with qtbot.waitSignal(live.pairs_wanted) as wanted:
        rig.polls.hub.set_pairs([ETH])
    assert (live.moment().pairs, wanted.args) == ((ETH,), [(ETH,)])


def test_a_price_that_somebody_has_set_is_shown_as_such_where_no_exchange_has_one(rig, qtbot):
    hub, dash = rig.polls.hub, Pair("DASH", "USD")
    hub.set_pairs([BTC, dash])
    managed = ManagedFile(rig.paths.managed, hub.clock)
    managed.add_price(dash, Decimal("31.5"), "", "desk", None, "")
    live = HubLive(hub, rig.preferences, managed, rig.owner)
    live.begin()
    row = describe(hub.price(dash), hub)
    assert (row.price, row.below, row.dot) == ("31.500", "set by hand", "up")
    assert "set by desk" in describe_sources(hub.price(dash), hub)
    assert "exchange" not in describe_in_words(hub.price(dash))
    assert sources_text(hub.price(dash), False) == "set by hand · 0\u202fs ago"
    assert hub.own_price(dash).price is None  # the past of the exchanges stays theirs
    with qtbot.waitSignal(hub.changed, check_params_cb=lambda: hub.price(dash).price == 32):
        managed.change_price("m1", None, Decimal(32), "", "desk", None)
    managed.add_price(BTC, Decimal(1), "", "desk", None, "")
    live._take_managed()
    assert hub.price(BTC).price == Decimal("97412.5")
    live.close()
    assert describe(hub.price(dash), hub).price == "—"


def test_that_nobody_asks_is_said(live, rig):
    rig.polls.hub.set_schedule(True, 1234.0, False)
    assert (live.moment().next_poll_boot_s, live.moment().trouble) == (1234.0, "")
    rig.polls.hub.set_schedule(False, None, True)
    assert (live.moment().next_poll_boot_s, live.moment().trouble) == (None, PAUSED)


def test_at_the_end_nothing_is_told_and_nothing_done(live, rig):
    told = []
    live.listen(lambda: told.append(1))
    live.close()
    rig.polls.poll({BTC: 5})
    assert told == []
    assert isinstance(live.ask_now().exception(1), OSError)
    assert rig.supply.asked == 0


def test_nothing_of_the_server_is_loaded_before_it_is_switched_on():
    code = (
        "import cryptoprices.second_stage, cryptoprices.local_api, cryptoprices.ui.api_menu, sys; print(*sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    server = {"fastapi", "uvicorn", "starlette", "pydantic", "cryptoprices.service", "cryptoprices.hub_live"}
    assert not server & set(told.split())
