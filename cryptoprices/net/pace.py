"""Reading a rush of messages together: waking up for each of them costs more than reading it."""

import asyncio

RUSH_S = 0.01  # where two reads follow each other in less,
GATHER_S = 0.02  # the next one comes so much later; far less than what lies between two rounds
MANY = 30  # where one read brings so many, they have gathered already,
BREATH_S = 0.004  # and it is other threads' turn for so long


class Pace:
    """Of one connection, whose messages gather in its socket meanwhile. In the loop of the streams."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._loop = transport, asyncio.get_running_loop()
        self._read_s = -1.0  # by the loop's clock

    def step(self, messages: int) -> None:
        """All that a read brought has been taken."""
        now = self._loop.time()
        if messages >= MANY:
            self._rest(BREATH_S)
        elif now - self._read_s < RUSH_S:
            self._rest(GATHER_S)
        self._read_s = now

    def _rest(self, seconds: float) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()
            self._loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()
