"""Streams of one exchange over real sockets: what flows, what is begun anew, and that it ends."""

import asyncio
import json
import random
import threading
from itertools import pairwise

import pytest
from stream_rig import BTC, ETH, HEARTBEAT, SOURCES, Sink, accept, streaming, streams_thread, tick
from stream_server import CLOSE, PATIENCE_S, PING, PONG, TEXT, Peer, StreamServer, frame

from cryptoprices.clock import system_clock
from cryptoprices.core.market import STREAM, Flow, Pair, Round
from cryptoprices.core.source import Exchange
from cryptoprices.net.pace import Pace
from cryptoprices.net.stream import CLOSE_S, Streams

COUNT = 50_000
pytestmark = pytest.mark.logs("cryptoprices.net.link WARNING: coinbase: its stream is down")


def test_prices_flow_as_soon_as_the_connection_stands(fake_clock):
    def play(peer: Peer) -> None:
        accept(peer)
        peer.send(HEARTBEAT, tick(7, "97412.50", time="2025-11-22T13:59:58.500000Z"), tick(8, "3512.30", "ETH-USD"))
        peer.listen()

    with StreamServer(play) as server, streaming(server, BTC, ETH, clock=fake_clock.clock) as (_, sink):
        sink.wait_for(lambda: len(sink.prices) == 2)
        assert sink.prices == {"BTC/USD": "97412.50", "ETH/USD": "3512.30"}
        assert sink.flows == [Flow("coinbase", frozenset({BTC, ETH}))]
        btc, eth = (next(q for q in sink.quotes if q.pair == pair) for pair in (BTC, ETH))
        assert (btc.exchange, btc.via, btc.sent_boot_s, btc.received_ms) == (
            "coinbase", "stream", fake_clock.boot_s, fake_clock.wall_ms,
        )  # fmt: skip
        assert (btc.lead_s, eth.lead_s) == (1.5, 0.0)
        assert {round_.poll for round_ in sink.rounds} == {STREAM}
        assert not any(round_.standings or round_.last for round_ in sink.rounds)
        assert server.requests[0][0] == "/stream"


def test_a_clock_of_ours_that_is_wrong_makes_no_price_old(fake_clock):
    def play(peer: Peer) -> None:
        accept(peer)
        peer.send(tick(1, 1, time="2025-11-22T13:50:00.000000Z"))  # its clock says 13:50:00
        peer.listen()

    date = "Date: Sat, 22 Nov 2025 13:50:00 GMT"  # ours 14:00:00
    with StreamServer(play, headers=[date]) as server, streaming(server, clock=fake_clock.clock) as (_, sink):
        sink.wait_for(lambda: sink.quotes)
        assert sink.quotes[0].lead_s == 0.5  # a Date has whole seconds
        assert sink.quotes[0].received_ms == fake_clock.wall_ms


def test_times_of_a_stream_are_exact_however_coarse_those_of_answers_are(fake_clock, monkeypatch):
    monkeypatch.setattr(type(SOURCES["coinbase"]), "time_grain_s", 60)

    def play(peer: Peer) -> None:
        accept(peer)
        peer.send(tick(1, 1, time="2025-11-22T13:59:10.000000Z"), tick(1, 1, "ETH-USD", "2025-11-22T13:58:50.000000Z"))
        peer.listen()

    with StreamServer(play) as server, streaming(server, BTC, ETH, clock=fake_clock.clock) as (_, sink):
        sink.wait_for(lambda: len(sink.prices) == 2)
        assert {str(quote.pair): quote.lead_s for quote in sink.quotes} == {"BTC/USD": 50.0, "ETH/USD": 70.0}


def test_a_flood_is_absorbed_and_the_last_value_is_the_last_message():
    def play(peer: Peer) -> None:
        accept(peer)
        for start in range(0, COUNT, 1000):
            peer.send(*(tick(i + 1, i + 1, "BTC-USD" if i % 2 else "ETH-USD") for i in range(start, start + 1000)))
        peer.listen()

    with StreamServer(play) as server, streaming(server, BTC, ETH) as (_, sink):
        sink.wait_for(lambda: sink.prices == {"BTC/USD": str(COUNT), "ETH/USD": str(COUNT - 1)})
        assert all(len(round_.quotes) <= 2 for round_ in sink.rounds)
        begun = [round_.started_boot_s for round_ in sink.rounds]
        assert all(later - earlier > 0.09 for earlier, later in pairwise(begun))


def test_a_rush_is_read_together_and_nothing_of_it_is_lost(monkeypatch):
    rests: list[bool] = []
    step = Pace.step

    def stepping(pace: Pace, messages: int) -> None:
        step(pace, messages)
        rests.append(pace._transport.is_reading())

    monkeypatch.setattr(Pace, "step", stepping)
    rush, wait = 300, threading.Event()

    def play(peer: Peer) -> None:
        accept(peer)
        for i in range(rush):
            peer.send(tick(i + 1, i + 1))
            wait.wait(0.001)
        peer.listen()

    with StreamServer(play) as server, streaming(server) as (_, sink):
        sink.wait_for(lambda: sink.prices == {"BTC/USD": str(rush)})
    assert rests.count(False) > 2
    assert len(rests) < rush / 2


def test_shuffled_and_doubled_frames_give_the_same_end():
    frames = [tick(i + 1, i + 1, product) for i in range(200) for product in ("BTC-USD", "ETH-USD")] * 2
    random.Random(5).shuffle(frames)

    def play(peer: Peer) -> None:
        accept(peer)
        peer.send(*frames)
        peer.listen()

    with StreamServer(play) as server, streaming(server, BTC, ETH) as (_, sink):
        sink.wait_for(lambda: sink.prices == {"BTC/USD": "200", "ETH/USD": "200"})
        for pair in (BTC, ETH):
            prices = [quote.price for quote in sink.quotes if quote.pair == pair]
            assert prices == sorted(set(prices))


def test_a_message_may_come_in_pieces():
    text = json.dumps(tick(1, "97412.50")).encode()

    def play(peer: Peer) -> None:
        accept(peer)
        peer.send_bytes(frame(TEXT, text[:20], False) + frame(PING, b"now") + frame(0, text[20:40], False))
        peer.send_bytes(frame(0, text[40:]))
        peer.listen()

    with StreamServer(play) as server, streaming(server) as (_, sink):
        sink.wait_for(lambda: sink.prices == {"BTC/USD": "97412.50"})
        server.wait_for(lambda: (PONG, "now") in server.heard)


def test_other_pairs_take_a_new_connection():
    def play(peer: Peer) -> None:
        for product in accept(peer):
            peer.send(tick(1, 5, product))
        peer.listen()

    with StreamServer(play) as server, streaming(server) as (streams, sink):
        sink.wait_for(lambda: sink.prices.keys() == {"BTC/USD"})
        streams.follow([BTC])  # nothing new
        streams.follow([ETH])
        sink.wait_for(lambda: sink.prices.keys() == {"BTC/USD", "ETH/USD"})
        sink.wait_for(lambda: sink.flows[-1].pairs == {ETH})
        assert [json.loads(text)["product_ids"] for text in server.texts()] == [["BTC-USD"], ["ETH-USD"]]
        streams.follow([])
        sink.wait_for(lambda: sink.flows[-1] == Flow("coinbase"))
        server.wait_for(lambda: sum(kind == CLOSE for kind, _ in server.heard) == 2)
        assert (sink.lost, len(server.requests)) == ([], 2)


def test_where_a_coin_is_only_in_usdt_that_is_streamed():
    def play(peer: Peer) -> None:
        peer.receive()
        peer.send({"result": None, "id": 1})
        peer.listen()

    with StreamServer(play) as server, streaming(server, BTC, ETH, name="binance") as (_, sink):
        sink.wait_for(lambda: sink.flows)
        assert sink.flows[0].pairs == {Pair("BTC", "USDT"), Pair("ETH", "USDT")}


def test_after_sleep_every_connection_is_made_anew():
    def play(peer: Peer) -> None:
        accept(peer)
        peer.send(tick(1, len(server.requests)))
        peer.listen()

    with StreamServer(play) as server, streaming(server) as (streams, sink):
        sink.wait_for(lambda: sink.prices == {"BTC/USD": "1"})
        streams.wake()
        sink.wait_for(lambda: sink.prices == {"BTC/USD": "2"})
        assert sink.lost == []


def test_what_lay_in_the_socket_while_the_machine_slept_is_no_price(fake_clock):
    slept = threading.Event()

    def play(peer: Peer) -> None:
        accept(peer)
        peer.send(tick(1, 1))
        if len(server.requests) == 1:
            slept.wait(PATIENCE_S)
            peer.send(tick(2, 2))
        peer.listen()

    with StreamServer(play) as server, streaming(server, clock=fake_clock.clock) as (_, sink):
        sink.wait_for(lambda: sink.quotes)
        fake_clock.advance(300)
        slept.set()
        sink.wait_for(lambda: len(sink.quotes) == 2)
        assert [str(quote.price) for quote in sink.quotes] == ["1", "1"]
        assert (sink.quotes[1].sent_boot_s, sink.lost, len(server.requests)) == (fake_clock.boot_s, [], 2)


def test_closing_ends_everything_at_once_in_any_state():
    states: list[Peer] = []

    def play(peer: Peer) -> None:
        states.append(peer)
        accept(peer)
        peer.listen()

    sink = Sink()
    with StreamServer(play) as server, StreamServer(play, answer=b"") as half_open, StreamServer(play) as gone:
        gone.__exit__()
        urls = [server.url, half_open.url, gone.url, "ws://nowhere.invalid/"]
        exchanges = [Exchange(SOURCES["coinbase"], "", url) for url in urls]
        streams = Streams(exchanges, system_clock(), sink.deliver, sink.lose, "none")
        streams.follow([BTC])
        sink.wait_for(lambda: len(sink.flows) >= 3)
        working = streams_thread()
        streams.close()
        working.join(PATIENCE_S)
        assert not working.is_alive(), "of itself: at the other ends nobody has done anything"
        count = len(sink.rounds)
        streams.follow([ETH])
        streams.wake()
        streams.close()
        assert len(sink.rounds) == count


def test_whoever_is_ended_by_a_signal_has_no_loop_half_made_and_closes(monkeypatch):
    """A signal may end the program at any line of the thread that says what to follow, and of what that calls."""
    made = []

    def make():
        made.append(threading.current_thread().name)
        return asyncio.SelectorEventLoop()

    def ended(_thread):
        raise KeyboardInterrupt

    monkeypatch.setattr(asyncio.events, "new_event_loop", make)
    streams = Streams([], system_clock(), lambda _: None, lambda _: None, "none")
    streams.follow([BTC])
    working = streams_thread()
    streams.close()
    working.join(PATIENCE_S)
    assert made == ["streams"]
    streams = Streams([], system_clock(), lambda _: None, lambda _: None, "none")
    monkeypatch.setattr(threading.Thread, "start", ended)
    with pytest.raises(KeyboardInterrupt):
        streams.follow([BTC])
    streams.close()


def test_closing_waits_no_longer_than_it_may_for_who_hangs():
    go_on, came = threading.Event(), threading.Event()

    def deliver(_round: Round) -> None:
        came.set()
        go_on.wait(PATIENCE_S)

    def play(peer: Peer) -> None:
        accept(peer)
        peer.listen()

    with StreamServer(play) as server:
        exchange = Exchange(SOURCES["coinbase"], "", server.url)
        streams = Streams([exchange], system_clock(), deliver, Sink().lose, "none")
        streams.follow([BTC])
        assert came.wait(PATIENCE_S)
        working = streams_thread()
        streams.close()
        assert working.is_alive()
        go_on.set()
        working.join(PATIENCE_S)
        assert not working.is_alive()
    assert CLOSE_S == 0.5


def test_streams_that_were_never_followed_have_no_thread(fake_clock):
    sink = Sink()
    streams = Streams(
        [Exchange(SOURCES["coinbase"], "", "ws://127.0.0.1:9/")], fake_clock.clock, sink.deliver, sink.lose
    )
    assert "streams" not in {thread.name for thread in threading.enumerate()}
    streams.wake()
    streams.close()


def test_what_follows_an_earlier_subscription_is_told_when_it_is_whole():
    slow = threading.Event()

    def play(peer: Peer) -> None:
        request = peer.receive()
        channels = [
            json.loads(request or "{}")["data"]["channel"],
            json.loads(peer.receive() or "{}")["data"]["channel"],
        ]
        for channel in channels:
            peer.send({"event": "bts:subscription_succeeded", "channel": channel, "data": {}})
            if len(server.requests) == 2:
                slow.wait(0.3)
        peer.listen()

    with StreamServer(play) as server, streaming(server, BTC, ETH, name="bitstamp") as (streams, sink):
        sink.wait_for(lambda: sink.flows and sink.flows[-1].pairs == {BTC, ETH})
        count = len(sink.flows)
        streams.wake()
        server.wait_for(lambda: len(server.texts()) == 4)
        slow.wait(0.5)
        assert len(sink.flows) == count
