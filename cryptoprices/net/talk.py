"""One connection to an exchange's stream: the frames that come, and the quotes that they make."""

import asyncio
import logging
from collections.abc import Callable

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from cryptoprices.clock import Clock
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Quote, Ticker
from cryptoprices.core.session import NOTHING, Heard, Session
from cryptoprices.core.source import Source
from cryptoprices.net.dial import MESSAGE_BYTES
from cryptoprices.net.outbox import Outbox
from cryptoprices.net.pace import Pace
from cryptoprices.net.pulse import Pulse
from cryptoprices.net.verdict import http_date

log = logging.getLogger(__name__)

STRANGE_RUNNING = 20
_TEXT = WSMsgType.TEXT
SKEW_MS = 2000.0  # what a Date, which has whole seconds, can tell of two clocks


class AskedAnew(SourceError):
    """The exchange asks for, or announces, a new connection."""


class Talk(WSListener):
    """Subscribes as soon as the connection stands, then listens. Lives in the loop of the streams.

    changed(): who is acknowledged, or refused, is no longer the same.
    ended: done once nothing can be expected any more, with the reason, None for "begin anew at once".
    """

    def __init__(
        self,
        source: Source,
        session: Session,
        clock: Clock,
        outbox: Outbox,
        pulse: Pulse,
        *,
        changed: Callable[[], None],
    ) -> None:
        self.accepted: set[Pair] = set()
        self.refused: dict[Pair, str] = {}
        self.ended: asyncio.Future[SourceError | None] = asyncio.get_running_loop().create_future()
        self.opened_boot_s = self.heard_boot_s = clock.boot_s()
        self.asked = False  # since the last frame, whether it is still there
        self._source, self._session, self._clock = source, session, clock
        self._boot_s, self._put, self._make = clock.boot_s, outbox.put, self._quote
        self._pulse, self._changed, self._over = pulse, changed, False
        self._transport: WSTransport | None = None
        self._gone: asyncio.Task[None] | None = None
        self._pace: Pace | None = None
        self._taken = 0  # frames of this read
        self._their_ms = 0.0  # their wall time at boot time 0
        self._strange = self._strange_running = 0
        self._parts: bytearray | None = None  # of a message that comes in several frames

    @property
    def is_settled(self) -> bool:
        """Whether each pair is acknowledged or refused."""
        return len(self.accepted) + len(self.refused) >= len(self._session.pairs)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The upgrade is done."""
        self._transport, self._pace = transport, Pace(transport.underlying_transport)
        self._gone = asyncio.get_running_loop().create_task(transport.wait_disconnected())
        self._gone.add_done_callback(_see)  # also where nobody waits for it any more
        now, wall_ms = self._clock.boot_s(), self._clock.wall_ms()
        self.opened_boot_s = self.heard_boot_s = now
        made_s = http_date(transport.response.headers.get("Date", ""))
        skew_ms = 0.0 if made_s is None else (made_s + 0.5) * 1000 - wall_ms
        self._their_ms = wall_ms - now * 1000 + (skew_ms if abs(skew_ms) > SKEW_MS else 0.0)
        for text in self._session.greeting():
            transport.send(WSMsgType.TEXT, text)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came. Only texts are signs of life: a pong shows an open socket, not that prices flow."""
        if self._over:
            return
        kind = frame.msg_type
        if kind == _TEXT and frame.fin:
            try:
                self._hear(frame.get_payload_as_utf8_text())
            except UnicodeDecodeError:
                self._wonder("a text that is not UTF-8")
        elif kind == WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif kind not in (WSMsgType.PING, WSMsgType.PONG):
            self._gather(frame)
        self._taken += 1
        if frame.last_in_buffer and self._pace is not None:
            self._pace.step(self._taken)
            self._taken = 0

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone."""
        said = transport.close_handshake.recv if transport.close_handshake else None
        code = said.code.value if said else 1006  # RFC 6455, 7.1.5: no close frame came
        self.end(SourceError(Reason.UNREACHABLE, f"{self._source.title} closed its stream ({code})."))

    def end(self, reason: SourceError | None) -> None:
        """Nothing of this connection is used any more."""
        if not self._over:
            self._over = True
            self.ended.set_result(reason)

    async def close(self) -> BaseException | None:
        """Close the connection at once; what was raised while its frames were read, if anything was."""
        self.end(None)
        if self._transport is None or self._gone is None:
            return None
        if not (self._transport.is_disconnected or self._transport.is_close_frame_sent):
            self._transport.send_close(WSCloseCode.OK)
        self._transport.disconnect(graceful=False)
        await asyncio.wait({self._gone})
        return self._gone.exception()

    def ask(self) -> None:
        """Ask whether the other side is still there."""
        self.asked = True
        if self._transport is not None:
            text = self._session.ping()
            if text is None:
                self._transport.send_ping()
            else:
                self._transport.send(WSMsgType.TEXT, text)

    def _gather(self, frame: WSFrame) -> None:
        """A piece of a message, or a message in bytes."""
        if frame.msg_type == WSMsgType.TEXT:
            self._parts = bytearray()
        if self._parts is None:
            if frame.fin:
                self._wonder("bytes in place of text")
            return
        self._parts += frame.get_payload_as_memoryview()
        if len(self._parts) > MESSAGE_BYTES:
            self.end(BadPayload(f"{self._source.title}'s stream sends messages of more than {MESSAGE_BYTES} bytes."))
        elif frame.fin:
            whole, self._parts = bytes(self._parts), None
            try:
                self._hear(whole.decode())
            except UnicodeDecodeError:
                self._wonder("a text that is not UTF-8")

    def _hear(self, text: str) -> None:
        now = self._boot_s()
        if now > self._pulse.late_boot_s:
            self._pulse.find_late(now)
        if self._pulse.stood_boot_s > self.opened_boot_s:  # nobody knows how long this has lain in the socket
            self.end(None)
            return
        self.heard_boot_s, self.asked = now, False
        try:
            heard = self._session.read(text)
        except BadPayload as strange:
            self._wonder(strange.text)
            return
        except SourceError as error:
            self.end(error)
            return
        self._strange_running = 0
        for ticker in heard.tickers:
            self._put(self._make, ticker, now)
        if heard is not NOTHING and (heard.replies or heard.accepted or heard.refused or heard.reconnect):
            self._heed(heard)

    def _heed(self, heard: Heard) -> None:
        """What a frame says besides prices."""
        for reply in heard.replies:
            if self._transport is not None:
                self._transport.send(WSMsgType.TEXT, reply)
        if heard.accepted or heard.refused:
            before = len(self.accepted), len(self.refused)
            self.accepted.update(heard.accepted)
            self.refused.update(heard.refused)
            self.accepted -= self.refused.keys()
            if before != (len(self.accepted), len(self.refused)):
                self._changed()
            if len(self.refused) == len(self._session.pairs):
                self.end(UnknownPair(f"{self._source.title}'s stream has none of the pairs."))
        if heard.reconnect:
            self.end(AskedAnew(Reason.UNREACHABLE, f"{self._source.title}'s stream asks for a new connection."))

    def _quote(self, ticker: Ticker, came_boot_s: float, came_ms: int) -> Quote:
        """Its own time counts against the exchange's clock as it was when the connection was made.

        That time is a trade's or a tick's, and exact, however coarse those of the exchange's other answers are.
        """
        lead_s = 0.0
        if ticker.source_ms is not None:
            lead_s = max(0.0, (self._their_ms + came_boot_s * 1000 - ticker.source_ms) / 1000)
        return Quote(self._source.name, ticker, came_boot_s, came_ms, lead_s, "stream")

    def _wonder(self, what: str) -> None:
        """A frame that is not as documented is dropped; the first of a connection is logged."""
        self.heard_boot_s, self.asked = self._clock.boot_s(), False
        self._strange += 1
        self._strange_running += 1
        if self._strange == 1:
            log.info("%s: strange frame in its stream: %s", self._source.name, what)
        if self._strange_running > STRANGE_RUNNING:
            self.end(BadPayload(f"{self._source.title}'s stream sends nothing that can be understood."))


def _see(gone: "asyncio.Task[None]") -> None:
    if not gone.cancelled():
        gone.exception()
