"""Recorded conversations played again through a real WebSocket: at every step, our quote is what the frame says."""

import queue
from collections.abc import Iterator
from decimal import Decimal

import pytest
from conversations import Recorded, agrees, every_recording, mixed, says, with_recordings
from stream_rig import SOURCES, Sink, streaming
from stream_server import Peer, StreamServer

from cryptoprices.core.market import Pair

pytestmark = pytest.mark.logs("its stream is down")  # the player may end first


def pairs_of(recorded: Recorded) -> list[Pair]:
    """Those that we would ask for: futures, and currencies that nobody has, are none of them."""
    return [pair for pair in recorded.pairs if SOURCES[recorded.name].lists(pair)]


class Player:
    """Sends what the test puts into it over the first connection, once everything was subscribed."""

    def __init__(self) -> None:
        self.frames: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def play(self, peer: Peer) -> None:
        peer.receive()
        while (frames := self.frames.get()) is not None:
            peer.send(*frames)


@pytest.fixture
def player(monkeypatch) -> Iterator[Player]:
    monkeypatch.setattr("cryptoprices.net.outbox.PERIOD_S", 0.0)  # every quote by itself
    player = Player()
    yield player
    player.frames.put(None)


@with_recordings
@every_recording
def test_every_value_of_a_recorded_conversation_is_ours_at_that_step(recorded, player, fake_clock):
    pairs, sink, count = pairs_of(recorded), Sink(), 0
    with (
        StreamServer(player.play) as server,
        streaming(server, *pairs, name=recorded.name, clock=fake_clock.clock, sink=sink),
    ):
        for frame, said in says(recorded, pairs):
            player.frames.put([frame])
            if said is not None:
                count += 1
                sink.wait_for(lambda: len(sink.quotes) == count)  # noqa: B023  # is waited for here and now
                assert agrees(sink.quotes[-1].ticker, said), (sink.quotes[-1], said)
                assert sink.quotes[-1].via == "stream"
        assert count
        assert (len(sink.quotes), sink.lost) == (count, [])
        sink.wait_for(lambda: sink.flows and sink.flows[-1].pairs == set(pairs))
        player.frames.put(None)


@with_recordings
@every_recording
@pytest.mark.parametrize("seed", range(3))
def test_shuffled_and_doubled_it_ends_with_the_same_prices(recorded, player, fake_clock, seed):
    frames = [frame for frame, _ in says(recorded, pairs_of(recorded))]
    last = {said["market"]: said["price"] for _, said in says(recorded, pairs_of(recorded)) if said}
    sink = Sink()
    with (
        StreamServer(player.play) as server,
        streaming(server, *pairs_of(recorded), name=recorded.name, clock=fake_clock.clock, sink=sink),
    ):
        player.frames.put(mixed(recorded.name, frames, seed))

        def is_over() -> bool:
            ours = {"".join(quote.pair): quote.price for quote in sink.quotes}
            return ours == {market: Decimal(price) for market, price in last.items()}

        sink.wait_for(is_over)
        assert sink.lost == []
        player.frames.put(None)
