"""The simulated exchanges' streams, read by the real adapters: the same prices as their answers, a few a second."""

import json
import socket
from functools import partial

import pytest
from stream_rig import SOURCES, Sink

from cryptoprices.clock import system_clock
from cryptoprices.core.market import Pair
from cryptoprices.core.source import Answer
from cryptoprices.demo.server import STREAM, DemoExchange
from cryptoprices.demo.talks import TALKS
from cryptoprices.demo.venues import VENUES
from cryptoprices.net.desk import asked_for
from cryptoprices.net.station import roster
from cryptoprices.net.stream import Streams
from cryptoprices.settings.values import Settings

PAIRS = [Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("DOGE", "USD"), Pair("USDT", "USD")]
LONG_S = 30.0
everyone = pytest.mark.parametrize("name", TALKS)


def test_every_exchange_that_has_a_stream_has_one_in_the_demo():
    assert set(TALKS) == {name for name, source in SOURCES.items() if source.stream_url}


class Conversation:
    """A real session against a simulated exchange's talk, at one moment of the clock. No socket."""

    def __init__(self, demo: DemoExchange, name: str) -> None:
        self.demo, self.name, self.source = demo, name, SOURCES[name]
        self.pairs = [pair for pair in asked_for(self.source, PAIRS) if pair in VENUES[name].pairs()]
        self.session = self.source.session(self.pairs)
        self.talk = TALKS[name]()
        self.tickers, self.accepted, self.refused = {}, set(), {}

    def say(self, what) -> None:
        for said in self.demo.looking(self.name, what):
            heard = self.session.read(said if isinstance(said, str) else json.dumps(said))
            self.tickers |= {ticker.pair: ticker for ticker in heard.tickers}
            self.accepted |= set(heard.accepted)
            self.refused |= dict(heard.refused)
            for reply in heard.replies:
                self.ask(reply)

    def ask(self, text: str) -> None:
        self.say(lambda desk: self.talk.hear(text, desk))

    def begin(self) -> None:
        self.say(self.talk.greet)
        for text in self.session.greeting():
            self.ask(text)


def answered(demo: DemoExchange, conversation: Conversation) -> dict[Pair, object]:
    """Pair -> price, bid and ask of the answers at the same moment."""
    found = {}
    for ask in conversation.source.asks(conversation.pairs):
        reply, _ = demo.reply(f"/{conversation.name}{ask.path}")
        for quote in conversation.source.read(Answer(200, {}, reply.body(), 0.0, 0), ask.pairs):
            found[quote.pair] = quote.ticker
    return found


@everyone
def test_stream_and_answers_agree_second_by_second(name, fake_clock):
    demo = DemoExchange(7, fake_clock.clock)
    one = Conversation(demo, name)
    one.begin()
    assert one.pairs
    assert (one.accepted, one.refused) == (set(one.pairs), {})
    for _ in range(5):
        told = answered(demo, one)
        assert one.tickers.keys() == told.keys() == set(one.pairs)
        for pair, ticker in one.tickers.items():
            assert ticker.price == told[pair].price
            for figure in ("bid", "ask", "high_24h", "low_24h"):
                ours, theirs = getattr(ticker, figure), getattr(told[pair], figure)
                assert ours is None or theirs is None or ours == theirs
            if ticker.source_ms is not None:
                assert 0 <= fake_clock.wall_ms - ticker.source_ms <= 4000
        before = dict(one.tickers)
        fake_clock.advance(1)
        one.say(one.talk.tell)
        assert one.tickers != before
        one.say(one.talk.beat)
        if (ping := one.session.ping()) is not None:
            one.ask(ping)


@everyone
def test_a_market_that_it_does_not_have_is_refused(name, fake_clock):
    demo = DemoExchange(7, fake_clock.clock)
    one = Conversation(demo, name)
    nothing = Pair("NOPE", one.pairs[0].quote)
    one.session = one.source.session([*one.pairs, nothing])
    one.begin()
    assert one.tickers.keys() == set(one.pairs)
    if name not in ("bitstamp", "binance"):  # these acknowledge anything
        assert (one.accepted, one.refused.keys()) == (set(one.pairs), {nothing})


@everyone
def test_nonsense_is_answered_in_json(name, fake_clock):
    demo = DemoExchange(7, fake_clock.clock)
    for nonsense in ("", "null", "[]", '"x"', "{}", '{"event":"subscribe"}', '{"op":"x"}', "{" * 50):
        talk = TALKS[name]()
        for said in demo.looking(name, partial(talk.hear, nonsense)):
            assert json.loads(json.dumps(said)), nonsense
        assert talk.followed == {}, nonsense


def test_all_of_them_flow_over_real_sockets_and_end_at_once(monkeypatch):
    monkeypatch.setattr("cryptoprices.demo.server._Server.timeout", LONG_S)
    monkeypatch.setattr("cryptoprices.demo.streams.LOOK_S", LONG_S)
    clock, sink = system_clock(), Sink()
    settings = Settings({f"exchanges.{name}.enabled": True for name in TALKS})
    with DemoExchange(7, clock) as demo:
        exchanges, _ = roster(settings, SOURCES, demo.addresses)
        assert all(exchange.stream_url.endswith(STREAM) for exchange in exchanges if exchange.source.name in TALKS)
        streams = Streams(exchanges, clock, sink.deliver, sink.lose)
        streams.follow(PAIRS)
        sink.wait_for(lambda: {quote.exchange for quote in sink.quotes} == set(TALKS))
        first = len(sink.quotes)
        sink.wait_for(lambda: len(sink.quotes) > first + 30)
        assert {flow.exchange for flow in sink.flows if flow.pairs} == set(TALKS)
        assert all(quote.lead_s < 6 for quote in sink.quotes)
        streams.close()
        before = clock.boot_s()
    assert clock.boot_s() - before < LONG_S, "what waits is woken, and is not waited for"
    assert sink.lost == []


def test_the_demo_ends_while_streams_hang_on_it(caplog):
    clock, sink = system_clock(), Sink()
    with DemoExchange(7, clock) as demo:
        exchanges, _ = roster(Settings(), SOURCES, demo.addresses)
        streams = Streams(exchanges, clock, sink.deliver, sink.lose)
        streams.follow(PAIRS)
        sink.wait_for(lambda: sink.quotes)
    sink.wait_for(lambda: sink.lost)
    streams.close()


@pytest.mark.parametrize("path", ["/nowhere/stream", "/coingecko/stream", "/kraken/streams"])
def test_where_there_is_no_stream_there_is_no_upgrade(path):
    with DemoExchange(7, system_clock()) as demo:
        port = int(demo.addresses["kraken"].split(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port)) as client:
            lines = [f"GET {path} HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade", "", ""]
            client.sendall("\r\n".join(lines).encode())
            assert b" 404 " in client.recv(100)
