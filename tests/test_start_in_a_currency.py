"""The app in the person's currency: by the rates of the last run without a network, by newer ones when they come."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_desktop import APP, EXCHANGES, App, hanging, started  # noqa: F401  # two fixtures

from cryptoprices.clock import system_clock
from cryptoprices.core.board import Board
from cryptoprices.core.market import Pair
from cryptoprices.parts import build
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.tasks import Tasks
from cryptoprices.settings.values import Settings
from cryptoprices.storage.state import State
from cryptoprices.supply import Supply

BTC = Pair("BTC", "USD")
TOLD = """
begin = Told.begin
def tell(self):
    print("header", " | ".join(self._first.window.header.figures["BTC", "USD"].text().split(chr(10))), flush=True)
    begin(self)
Told.begin = tell
"""


def test_a_start_without_network_converts_by_the_last_rates(started: list[App], hanging: str, tmp_path: Path) -> None:  # noqa: F811  # the fixtures
    clock = system_clock()
    day = datetime.fromtimestamp(clock.wall_ms() / 1000, UTC).date().isoformat()
    known = {"price": "97412.5", "time_ms": clock.wall_ms() - 240_000, "change_24h_percent": None}
    rates = {"date": day, "per_usd": {"EUR": "0.86207"}}
    (tmp_path / "state.json").write_text(json.dumps({"last_prices": {"BTC/USD": known}, "rates": rates}))
    addresses = [f"--set=exchanges.{name}.rest_url={hanging}/{name}" for name in EXCHANGES]
    quiet = ["--set=network.proxy=none", "--set=stream.enabled=false", f"--set=fx.rest_url={hanging}"]
    program = APP.replace("# the world", TOLD)
    app = App("--profile", str(tmp_path), "--set=currency=eur", *quiet, *addresses, program=program)
    started.append(app)
    said = app.wait_for("header")
    assert said.startswith("Bitcoin · BTC/EUR | 83,976.39 4\u202fmin old | as of ")
    app.wait_for("asking")
    app.tell("quit")
    assert app.ended() == (0, "")
    assert json.loads((tmp_path / "state.json").read_text())["rates"] == rates


@pytest.fixture
def supply(qtbot, tmp_path):
    settings = Settings({"demo.seed": 7, "stream.enabled": False})
    clock, state = system_clock(), State()
    parts = build(settings, state, clock, tmp_path / "history.sqlite3", print, demo=True)
    hub, tasks = Hub(Board(()), clock, (BTC,)), Tasks()
    supply = Supply(parts, hub, settings, state, tasks, hub)
    yield supply, hub
    supply.hush()
    tasks.close()
    parts.close()


def test_rates_come_when_they_are_needed_and_usdt_is_converted(supply, qtbot):
    supply, hub = supply
    with qtbot.waitSignal(hub.poll_ended, timeout=20_000):
        supply.begin()
    assert hub.reference is None
    assert "binance" in hub.price(BTC).counted
    hub.set_currency("JPY")
    qtbot.waitUntil(lambda: hub.reference is not None)
    assert (hub.price(BTC).pair, hub.reference.source) == (Pair("BTC", "JPY"), "DEMO")
    assert hub.price(BTC).price == hub.own_price(BTC).price * hub.factor()
