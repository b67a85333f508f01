"""Streams that fall silent, close, refuse, or send what is no frame of theirs."""

import json
import threading

import pytest
from stream_rig import BTC, HEARTBEAT, PATIENT, QUICK, SOURCES, accept, streaming, tick
from stream_server import BINARY, PATIENCE_S, PING, TEXT, Peer, StreamServer, frame

from cryptoprices.core.market import Flow, Pair

pytestmark = pytest.mark.logs("cryptoprices.net.link WARNING: coinbase: its stream is down")


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

    patience = QUICK._replace(dead_s=PATIENCE_S, ask_s=0.05)
    with StreamServer(play) as server, streaming(server, name="kraken", patience=patience) as (_, sink):
        server.wait_for(lambda: sum("ping" in text for text in server.texts()) >= 1)
        assert not sink.lost


def test_heartbeats_keep_a_stream_alive_and_are_no_prices():
    def play(peer: Peer) -> None:
        accept(peer)
        for _ in range(20):
            peer.send(HEARTBEAT)
            wait.wait(0.1)
        peer.send(tick(1, 5))
        peer.listen()

    wait = threading.Event()
    patience = QUICK._replace(dead_s=1.5, ask_s=0.7)
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
    patience = QUICK._replace(dead_s=PATIENCE_S)
    with StreamServer(play) as server, streaming(server, patience=patience) as (_, sink):
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


def test_an_error_of_our_own_is_logged_and_only_costs_its_exchange(caplog, monkeypatch):
    monkeypatch.setattr(type(SOURCES["coinbase"]), "session", lambda *_: 1 / 0)

    def play(peer: Peer) -> None:
        peer.listen()

    with StreamServer(play) as server, streaming(server) as (_, sink):
        sink.wait_for(lambda: sink.flows)
        assert sink.flows[0].text == "Coinbase's stream: internal error; the log has the details."
    assert "ZeroDivisionError" in caplog.text


def test_a_person_who_asks_has_it_tried_at_once():
    def play(peer: Peer) -> None:
        accept(peer)
        peer.listen()

    refusal = b"HTTP/1.1 451 Unavailable\r\n\r\n"
    with StreamServer(play, answer=refusal) as server, streaming(server) as (streams, sink):
        sink.wait_for(lambda: sink.flows)
        assert (sink.flows[0].next_try_boot_s, len(server.requests)) == (None, 1)
        server.answer = None
        streams.retry()
        sink.wait_for(lambda: sink.flows[-1].pairs)
        streams.retry()  # where prices flow, nothing is to be mended
        assert len(server.requests) == 2
