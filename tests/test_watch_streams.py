"""watch while prices stream: a line when a pair changes, one a second at most, and polls that take over."""

import json
from decimal import Decimal

import pytest
from one_exchange import Exchange, only_kraken

from cryptoprices import headless, headless_watch
from cryptoprices.clock import system_clock
from cryptoprices.core.market import STREAM, Flow, Pair, Quote, Round, Ticker
from cryptoprices.headless_watch import WatchOptions
from cryptoprices.net.fetch import Fetcher
from cryptoprices.terminal import Terminal

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
CLOCK = system_clock()


class FakeStreams:
    """Says what it is told to, on the thread that tells it. made: the newest one."""

    made = None

    def __init__(self, exchanges, clock, deliver, on_lost, proxy, resolver):
        self.names = [exchange.source.name for exchange in exchanges]
        self.deliver, self.on_lost, self.proxy = deliver, on_lost, proxy
        self.followed, self.closed = (), False
        FakeStreams.made = self

    def follow(self, pairs):
        self.followed = pairs

    def close(self):
        self.closed = True

    def say(self, price, pair=BTC):
        quote = Quote("kraken", Ticker(pair, Decimal(price)), CLOCK.boot_s(), CLOCK.wall_ms(), via="stream")
        flow = Flow("kraken", frozenset([pair]))
        self.deliver(Round(STREAM, CLOCK.boot_s(), (quote,), flows=(flow,)))


class Enough(Exception):
    """Ends an endless watch."""


@pytest.fixture
def lines(monkeypatch):
    """The lines that were printed and when; then(number of lines) is called after each."""
    printed = []

    def line(self, text):
        printed.append((CLOCK.boot_s(), json.loads(text)))
        printed_then[0](len(printed))

    printed_then = [lambda number: None]
    monkeypatch.setattr(Terminal, "line", line)
    monkeypatch.setattr(headless, "log_to", lambda handler, level: None)
    FakeStreams.made = None
    yield lambda then: printed_then.__setitem__(0, then) or printed
    if FakeStreams.made:
        assert FakeStreams.made.closed


def watch(folder, kraken, *more, once=False):
    options = only_kraken(folder, kraken.server_port, *more)
    with pytest.raises(Enough):
        headless_watch.watch(options, WatchOptions((BTC,), once, json=True), FakeStreams)


def test_what_streams_is_printed_at_most_once_a_second_with_the_newest_price(tmp_path, lines):
    def then(number):
        if number == 1:
            for price in ("97413", "97414", "97415.50"):
                FakeStreams.made.say(price)
        else:
            raise Enough

    printed = lines(then)
    with Exchange() as kraken:
        watch(tmp_path, kraken)
    (polled_s, polled), (streamed_s, streamed) = printed
    assert (polled["price"], polled["quotes"][0]["via"]) == ("97412.50", "poll")
    assert (streamed["price"], streamed["quotes"][0]["via"], streamed["state"]) == ("97415.50", "stream", "LIVE")
    assert streamed_s - polled_s >= 1.0
    assert FakeStreams.made.names == ["kraken"]
    assert FakeStreams.made.followed == (BTC,)


def test_what_is_the_same_as_before_is_no_line(tmp_path, lines, monkeypatch):
    monkeypatch.setattr(headless_watch, "_APART_S", 0.0)
    monkeypatch.setattr(headless_watch, "_LOOK_S", 0.05)

    def then(number):
        if number == 1:
            FakeStreams.made.say("97412.50")
            FakeStreams.made.say("7", ETH)  # nobody watches it
            FakeStreams.made.say("97412.50")
            FakeStreams.made.say("97420")
        else:
            raise Enough

    printed = lines(then)
    with Exchange() as kraken:
        watch(tmp_path, kraken)
    assert [line["price"] for _, line in printed] == ["97412.50", "97420"]


def test_a_lost_stream_makes_its_exchange_due(tmp_path, lines, monkeypatch):
    hastened = []

    def hasten(self, name):
        hastened.append(name)
        raise Enough

    monkeypatch.setattr(Fetcher, "hasten", hasten)
    lines(lambda number: FakeStreams.made.on_lost("kraken"))
    with Exchange() as kraken:
        watch(tmp_path, kraken)
    assert hastened == ["kraken"]


def test_an_exchange_whose_stream_is_down_is_named_once(tmp_path, lines, monkeypatch, capsys):
    monkeypatch.setattr(headless_watch, "_LOOK_S", 0.05)
    real, polls = Fetcher.poll, []

    def poll(self, pairs, deliver):
        polls.append(pairs)
        if len(polls) == 3:
            raise Enough
        FakeStreams.made.deliver(Round(STREAM, CLOCK.boot_s(), flows=(Flow("kraken", text="It is silent."),)))
        real(self, pairs, deliver)

    monkeypatch.setattr(Fetcher, "poll", poll)
    monkeypatch.setattr(Fetcher, "next_due_boot_s", lambda self: 0.0)
    lines(lambda number: None)
    with Exchange() as kraken:
        watch(tmp_path, kraken)
    assert capsys.readouterr().err == "kraken: polled only, for its stream is down: It is silent.\n"


@pytest.mark.logs("kraken")
def test_an_exchange_that_goes_on_failing_is_named_once(tmp_path, lines, monkeypatch, capsys):
    def then(number):
        if number == 3:
            raise Enough

    monkeypatch.setattr(Fetcher, "next_due_boot_s", lambda self: 0.0)
    monkeypatch.setattr(headless_watch, "_PAUSE_S", 0.0)
    times = (f"kraken: is ill; asking again at 14:00:{second}." for second in range(10, 60))
    monkeypatch.setattr(headless_watch, "blamed", lambda *_whom: next(times))
    lines(then)
    with Exchange(503, b"{}") as kraken:
        watch(tmp_path, kraken)
    assert capsys.readouterr().err == "kraken: is ill; asking again at 14:00:10.\n"


def test_whoever_wants_no_streams_has_polls_alone(tmp_path, lines):
    def then(number):
        raise Enough

    lines(then)
    with Exchange() as kraken:
        watch(tmp_path, kraken, "stream.enabled=false")
    assert FakeStreams.made is None


def test_what_goes_wrong_in_a_poll_is_not_swallowed(tmp_path, lines, monkeypatch):
    def broken(*_arguments):
        raise Enough

    monkeypatch.setattr(Fetcher, "poll", broken)
    monkeypatch.setattr(headless_watch, "_LOOK_S", 0.05)
    with Exchange() as kraken:
        watch(tmp_path, kraken)
