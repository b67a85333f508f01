"""Streams of one exchange over real sockets: what flows, what is lost, what is begun anew, and that it ends."""

import json
import random
import threading
from itertools import pairwise
from math import inf
from typing import Any

import pytest
from stream_rig import BTC, ETH, HEARTBEAT, PATIENT, QUICK, SOURCES, Sink, accept, streaming, tick
from stream_server import BINARY, CLOSE, PATIENCE_S, PING, PONG, TEXT, Peer, StreamServer, frame

from cryptoprices.clock import system_clock
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.market import STREAM, Flow, Pair
from cryptoprices.core.source import Exchange
from cryptoprices.net.patience import Patience
from cryptoprices.net.stream import Streams
from cryptoprices.net.tries import Tries

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


def test_a_coarse_time_proves_only_what_is_beyond_it(fake_clock, monkeypatch):
    monkeypatch.setattr(type(SOURCES["coinbase"]), "time_grain_s", 60)

    def play(peer: Peer) -> None:
        accept(peer)
        peer.send(tick(1, 1, time="2025-11-22T13:59:10.000000Z"), tick(1, 1, "ETH-USD", "2025-11-22T13:58:50.000000Z"))
        peer.listen()

    with StreamServer(play) as server, streaming(server, BTC, ETH, clock=fake_clock.clock) as (_, sink):
        sink.wait_for(lambda: len(sink.prices) == 2)
        assert {str(quote.pair): quote.lead_s for quote in sink.quotes} == {"BTC/USD": 0.0, "ETH/USD": 10.0}


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


def test_silence_is_asked_and_then_is_death():
    silent = threading.Event()

    def play(peer: Peer) -> None:
        accept(peer)
        peer.send(tick(1, 97412))
        if silent.is_set():
            return
        silent.set()
        peer.listen()  # answers pings: that shows an open socket, and no prices

    with StreamServer(play) as server, streaming(server, patience=QUICK) as (_, sink):
        sink.wait_for(lambda: sink.lost == ["coinbase"])
        sink.wait_for(lambda: any(flow.text for flow in sink.flows))
        down = next(flow for flow in sink.flows if flow.text)
        assert (down.pairs, down.text) == (frozenset(), "Coinbase's stream fell silent.")
        assert (PING, "") in server.heard
        sink.wait_for(lambda: len(server.requests) >= 2 and sink.flows[-1].pairs)  # and it comes back by itself


def test_an_exchange_is_asked_in_its_own_words():
    def play(peer: Peer) -> None:
        peer.pongs = False
        while (text := peer.receive()) is not None:
            if json.loads(text)["method"] == "subscribe":
                peer.send(
                    {"method": "subscribe", "result": {"channel": "ticker", "symbol": "BTC/USD"}, "success": True}
                )
            else:
                peer.send({"method": "pong"})

    patience = QUICK._replace(dead_s=1.0, ask_s=0.05)
    with StreamServer(play) as server, streaming(server, name="kraken", patience=patience) as (_, sink):
        server.wait_for(lambda: sum("ping" in text for text in server.texts()) >= 2)
        assert not sink.lost


def test_heartbeats_keep_a_stream_alive_and_are_no_prices():
    beats = 12

    def play(peer: Peer) -> None:
        accept(peer)
        for _ in range(beats):
            peer.send(HEARTBEAT)
            wait.wait(QUICK.ask_s / 2)
        peer.send(tick(1, 5))
        peer.listen()

    wait = threading.Event()
    patience = QUICK._replace(dead_s=2.0, ask_s=1.0)
    with StreamServer(play) as server, streaming(server, patience=patience) as (_, sink):
        sink.wait_for(lambda: sink.quotes)
        assert (sink.prices, sink.lost, len(server.requests)) == ({"BTC/USD": "5"}, [], 1)


def test_who_closes_after_each_subscription_is_asked_less_and_less(caplog):
    def play(peer: Peer) -> None:
        accept(peer)
        peer.close(1006 if len(server.requests) % 2 else 4000)

    patience = QUICK._replace(longest_s=0.16)
    with StreamServer(play) as server, streaming(server, patience=patience) as (_, sink):
        sink.wait_for(lambda: len(sink.lost) >= 6)
        texts = {flow.text for flow in sink.flows if flow.text}
        assert texts == {f"Coinbase closed its stream ({code})." for code in (1006, 4000)}
    told = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(told) == 1  # once, however often


def closed(reason: Reason = Reason.UNREACHABLE, **more: Any) -> SourceError:
    return SourceError(reason, "closed", **more)


def test_tries_are_further_and_further_apart():
    tries = Tries(Patience(), dice=lambda: 0.5)
    waits = []
    for _ in range(8):
        tries.fail(closed(), 0.0)
        waits.append(tries.due_boot_s)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    tries.recover()
    tries.fail(closed(), 0.0)
    assert tries.due_boot_s == 1


@pytest.mark.parametrize("dice", [0.0, 1.0])
def test_at_most_twelve_tries_in_five_minutes(dice):
    tries, now, count = Tries(Patience(), dice=lambda: dice), 0.0, 0
    while now < 300:
        tries.begin(now)
        count += 1
        tries.fail(closed(), now)
        now = tries.due_boot_s
    assert 8 <= count <= 12


def test_who_asks_us_to_wait_is_left_alone_also_after_sleep():
    tries = Tries(Patience(), dice=lambda: 0.5)
    tries.fail(closed(Reason.LIMITED, retry_after_s=120.0), 10.0)
    tries.forget()
    assert tries.due_boot_s == 130
    tries.fail(closed(Reason.BLOCKED), 200.0)
    assert tries.due_boot_s == 500
    tries.fail(closed(Reason.BLOCKED, until_told=True), 600.0)
    assert tries.due_boot_s == inf
    tries.forget()
    assert tries.due_boot_s < 600


def test_two_tries_are_never_close_together():
    tries = Tries(Patience(), dice=lambda: 0.5)
    tries.begin(10.0)
    tries.forget()
    assert (tries.due_boot_s, tries.is_fresh(11.9), tries.is_fresh(12.0)) == (12.0, True, False)


def test_one_pair_refused_leaves_the_others():
    def play(peer: Peer) -> None:
        peer.receive()
        peer.send({"type": "error", "message": "Failed to subscribe", "reason": "ZZZ-USD is not a valid product"})
        accept(peer)
        peer.send(tick(1, 5))
        peer.listen()

    with StreamServer(play) as server, streaming(server, BTC, Pair("ZZZ", "USD")) as (_, sink):
        sink.wait_for(lambda: sink.quotes)
        assert sink.flows[-1] == Flow("coinbase", frozenset({BTC}))
        assert [json.loads(text)["product_ids"] for text in server.texts()] == [["BTC-USD", "ZZZ-USD"], ["BTC-USD"]]


def test_who_has_none_of_the_pairs_is_asked_much_later():
    def play(peer: Peer) -> None:
        peer.receive()
        peer.send({"type": "error", "message": "Failed to subscribe", "reason": "BTC-USD is not a valid product"})
        peer.listen()

    with StreamServer(play) as server, streaming(server) as (_, sink):
        sink.wait_for(lambda: sink.flows)
        assert sink.flows[0].text == "Coinbase's stream has none of the pairs."
        assert sink.flows[0].next_try_boot_s - sink.rounds[0].started_boot_s > 3000
        assert (sink.lost, len(server.requests)) == ([], 1)


def test_a_subscription_that_is_not_acknowledged_is_a_failure():
    def play(peer: Peer) -> None:
        while True:
            peer.send(HEARTBEAT)
            wait.wait(0.05)

    wait = threading.Event()
    with StreamServer(play) as server, streaming(server, patience=QUICK) as (_, sink):
        sink.wait_for(lambda: sink.flows)
        assert sink.flows[0].text == "Coinbase's stream does not acknowledge the subscription."
        server.wait_for(lambda: len(server.requests) >= 2)


STRANGE = {
    "no JSON": frame(TEXT, b"<html>"),
    "bytes": frame(BINARY, b"\x00\x01"),
    "no UTF-8": frame(TEXT, b'"\xff\xfe"'),
    "NaN": frame(TEXT, json.dumps(tick(9, "NaN")).encode()),
}


@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_frame_is_dropped(strange, caplog):
    caplog.set_level("INFO")

    def play(peer: Peer) -> None:
        accept(peer)
        for i in range(3):
            peer.send_bytes(STRANGE[strange] * 19)
            peer.send(tick(i + 1, i + 1))
        peer.listen()

    with StreamServer(play) as server, streaming(server) as (_, sink):
        sink.wait_for(lambda: sink.prices == {"BTC/USD": "3"})
        assert not sink.lost
    assert sum("strange frame" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("strange", STRANGE)
def test_nothing_but_strange_frames_is_death(strange):
    def play(peer: Peer) -> None:
        accept(peer)
        peer.send_bytes(STRANGE[strange] * 30)
        peer.listen()

    with StreamServer(play) as server, streaming(server) as (_, sink):
        sink.wait_for(lambda: sink.lost)
        sink.wait_for(lambda: sink.flows[-1].text)
        assert sink.flows[-1].text == "Coinbase's stream sends nothing that can be understood."


HUGE = {
    "in one frame": frame(TEXT, b" " * ((1 << 20) + 1)),
    "in pieces": frame(TEXT, b" ", False) + frame(0, b" " * 600_000, False) * 2,
    "not yet there": b"\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff",
    "reserved bits": b"\xf1\x01 ",
    "no WebSocket": b"HTTP/1.1 200 OK\r\n\r\n",
}


@pytest.mark.parametrize("huge", HUGE)
def test_what_breaks_the_protocol_or_is_too_long_ends_the_connection(huge):
    def play(peer: Peer) -> None:
        accept(peer)
        peer.send_bytes(HUGE[huge])
        peer.listen()

    with StreamServer(play) as server, streaming(server, patience=QUICK) as (_, sink):
        sink.wait_for(lambda: sink.lost)
        server.wait_for(lambda: len(server.requests) >= 2)
        assert not sink.quotes


def test_an_announced_end_is_followed_by_a_new_connection_without_a_word(caplog):
    def play(peer: Peer) -> None:
        channel = json.loads(peer.receive() or "{}")["data"]["channel"]
        peer.send({"event": "bts:subscription_succeeded", "channel": channel, "data": {}})
        if len(server.requests) == 1:
            peer.send({"event": "bts:request_reconnect", "channel": "", "data": ""})
        peer.listen()

    patience = PATIENT._replace(steady_s=0.0)
    with StreamServer(play) as server, streaming(server, name="bitstamp", patience=patience) as (_, sink):
        server.wait_for(lambda: len(server.texts()) == 2)
        assert (sink.lost, [flow.text for flow in sink.flows]) == ([], [""])
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.logs("bitstamp: its stream is down")
def test_who_asks_for_a_new_connection_again_and_again_has_to_wait():
    def play(peer: Peer) -> None:
        channel = json.loads(peer.receive() or "{}")["data"]["channel"]
        peer.send({"event": "bts:subscription_succeeded", "channel": channel, "data": {}})
        peer.send({"event": "bts:request_reconnect", "channel": "", "data": ""})
        peer.listen()

    with StreamServer(play) as server, streaming(server, name="bitstamp") as (_, sink):
        sink.wait_for(lambda: sink.flows and sink.flows[-1].text)
        assert sink.flows[-1].text == "Bitstamp's stream asks for a new connection."
        assert (sink.lost, len(server.requests)) == (["bitstamp"], 1)


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
        streams = Streams(exchanges, clock := system_clock(), sink.deliver, sink.lose, "none")
        streams.follow([BTC])
        sink.wait_for(lambda: len(sink.flows) >= 3)
        before = clock.boot_s()
        streams.close()
        assert clock.boot_s() - before < 0.5
        assert "streams" not in {thread.name for thread in threading.enumerate()}
        count = len(sink.rounds)
        streams.follow([ETH])
        streams.wake()
        streams.close()
        assert len(sink.rounds) == count


def test_streams_that_were_never_followed_have_no_thread(fake_clock):
    sink = Sink()
    streams = Streams(
        [Exchange(SOURCES["coinbase"], "", "ws://127.0.0.1:9/")], fake_clock.clock, sink.deliver, sink.lose
    )
    assert "streams" not in {thread.name for thread in threading.enumerate()}
    streams.wake()
    streams.close()


def test_an_error_of_our_own_is_logged_and_only_costs_its_exchange(caplog, monkeypatch):
    monkeypatch.setattr(type(SOURCES["coinbase"]), "session", lambda *_: 1 / 0)

    def play(peer: Peer) -> None:
        peer.listen()

    with StreamServer(play) as server, streaming(server) as (_, sink):
        sink.wait_for(lambda: sink.flows)
        assert sink.flows[0].text == "Coinbase's stream: internal error; the log has the details."
    assert "ZeroDivisionError" in caplog.text
