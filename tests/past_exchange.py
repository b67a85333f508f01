"""An exchange on loopback that has a past, for the commands that ask for it."""

import pytest
from one_exchange import only

from cryptoprices import headless, headless_past
from cryptoprices.clock import system_clock
from cryptoprices.core.intervals import floor_ms
from cryptoprices.core.market import Pair

BTC, ETH, XYZ = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("XYZ", "USD")


@pytest.fixture
def logging_as_it_was(monkeypatch):
    monkeypatch.setattr(headless, "log_to", lambda handler, level: None)


@pytest.fixture
def now_ms(monkeypatch, logging_as_it_was):
    """A minute in the middle of an hour: no candle ends while a test runs."""
    clock = system_clock()
    start_ms, start_s = floor_ms(clock.wall_ms(), "4h") + 5_400_000, clock.boot_s()
    moved = clock._replace(wall_ms=lambda: start_ms + round(1000 * (clock.boot_s() - start_s)))
    monkeypatch.setattr(headless_past, "system_clock", lambda: moved)
    return start_ms


@pytest.fixture
def server(now_ms):
    """Coinbase with a month of hours and two years of days of BTC, and half as many days of ETH."""
    from candle_server import CandleServer  # they look for the folder of recordings in conftest
    from candle_tapes import day_after_day

    counts = {BTC: {"1h": 900, "1d": 700}, ETH: {"1h": 800, "1d": 350}}
    tapes = {
        pair: {width: day_after_day(count, width, now_ms) for width, count in widths.items()}
        for pair, widths in counts.items()
    }
    with CandleServer(headless_past.system_clock(), {"coinbase": tapes}) as server:
        yield server


def only_coinbase(folder, url):
    return only("coinbase", folder, url)


@pytest.fixture
def options(server, tmp_path):
    return only_coinbase(tmp_path, server.addresses["coinbase"])
