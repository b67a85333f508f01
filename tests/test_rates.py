"""Reference rates over the network: an answer with its age, or why there is none."""

from decimal import Decimal

import pytest
from fault_server import Fault, FaultServer

from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.net.http import Http
from cryptoprices.net.rates import ask_rates
from cryptoprices.sources.fx import latest_path

BODY = b'{"amount":1.0,"base":"USD","date":"2025-11-21","rates":{"EUR":0.86207,"JPY":151.2}}'


@pytest.fixture
def server(fake_clock):
    with FaultServer({}, fake_clock.clock, ["kraken"]) as server:
        yield server


@pytest.fixture
def ask(server, fake_clock):
    http = Http(fake_clock.clock, "none")

    def play(body=BODY, status=200, headers=None):
        server.misbehave("kraken", Fault("as told", lambda peer: peer.answer(body, status, headers), keeps=True))
        return ask_rates(http, server.addresses["kraken"], "ECB")

    yield play
    http.close()


def test_rates_are_as_old_as_their_day_by_the_clock_of_who_sends_them(ask, server, fake_clock):
    found = ask()
    assert (found.rates.date, found.rates.per_usd["EUR"], found.source) == ("2025-11-21", Decimal("0.86207"), "ECB")
    assert found.age_s(fake_clock.boot_s) == 23 * 3600  # asked on the 22nd at 14:00, published on the 21st at 15:00 UTC
    fake_clock.wall_ms += 365 * 86_400_000
    assert ask(headers={"Date": "Sat, 22 Nov 2025 14:00:00 GMT"}).age_s(fake_clock.boot_s) == 23 * 3600
    assert {request.path.removeprefix("/kraken") for request in server.requests("kraken")} == {latest_path()}


@pytest.mark.parametrize(
    ("told", "reason", "wait_s"),
    [
        ({"status": 429, "headers": {"Retry-After": "120"}}, Reason.LIMITED, 120),
        ({"status": 500}, Reason.SERVER, None),
        ({"status": 404}, Reason.MOVED, None),
        ({"body": b"<html>"}, Reason.SIGN_IN, None),
        ({"body": BODY[:-9]}, Reason.BAD_PAYLOAD, None),
        ({"body": b'{"base":"USD","date":"2025-11-21","rates":{"EUR":0}}'}, Reason.BAD_PAYLOAD, None),
    ],
)
def test_a_failure_is_a_value(ask, told, reason, wait_s):
    found = ask(**told)
    assert isinstance(found, SourceError)
    assert (found.reason, found.retry_after_s) == (reason, wait_s)


def test_a_service_that_cannot_be_reached_is_one_too(server, fake_clock):
    http = Http(fake_clock.clock, "none")
    assert ask_rates(http, "http://127.0.0.1:1", "ECB").reason is Reason.UNREACHABLE
    http.close()
