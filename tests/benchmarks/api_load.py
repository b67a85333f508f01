"""Asks a server as fast as it answers, or so often a second, over kept connections. `python api_load.py URL …`.

One JSON object: answers, seconds, and with a rate the delays in ms, each from when the question was due, not from when
it could be sent: who is slow is not asked less (no coordinated omission). A process of its own, asyncio's protocols and
nothing else, so that it takes little of what the server could have.
"""

import argparse
import asyncio
import itertools
import json
import re
import time
from urllib.parse import urlsplit

try:
    from uvloop import new_event_loop
except ImportError:
    from asyncio import new_event_loop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
WARM_S, GIVE_UP_S = 0.5, 3.0


class Asker(asyncio.Protocol):
    """One connection. told(asker): an answer is there."""

    def __init__(self, requests: list[bytes], told) -> None:
        self._requests, self._told = itertools.cycle(requests), told
        self._buffer, self._missing = b"", 0
        self.due_s = 0.0

    def connection_made(self, transport) -> None:
        self.transport = transport

    def ask(self, due_s: float = 0.0) -> None:
        self.due_s = due_s
        self.transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._buffer.startswith(b"HTTP/1.1 200"):
                raise SystemExit(self._buffer[:200])
            found = _LENGTH.search(self._buffer, 0, end)
            self._missing = end + 4 + int(found[1]) - len(self._buffer)
            self._buffer = b""
        else:
            self._missing -= len(data)
        if not self._missing:
            self._told(self)


def requests_of(url: str, wordings: int) -> list[bytes]:
    """The same question, so often worded otherwise."""
    parts = urlsplit(url)
    head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n"
    return [f"{head}X-Wording: {number}\r\n\r\n".encode() for number in range(wordings)]


async def connected(url: str, count: int, wordings: int, told) -> list[Asker]:
    loop, parts = asyncio.get_running_loop(), urlsplit(url)
    made = []
    for _ in range(count):
        ready = loop.create_future()
        _, asker = await loop.create_connection(
            lambda: Asker(requests_of(url, wordings), told), parts.hostname, parts.port
        )
        asker._told = lambda asker, ready=ready: ready.set_result(None)
        asker.ask()  # a connection over which nothing comes is ended
        await ready
        asker._told = told
        made.append(asker)
    return made


async def at_the_limit(url: str, count: int, wordings: int, seconds: float) -> dict[str, object]:
    """Each connection asks again as soon as it has its answer."""
    answers = 0

    def told(asker: Asker) -> None:
        nonlocal answers
        answers += 1
        asker.ask()

    for asker in await connected(url, count, wordings, told):
        asker.ask()
    await asyncio.sleep(WARM_S)
    first, began_s = answers, time.perf_counter()
    await asyncio.sleep(seconds)
    return {"answers": answers - first, "seconds": time.perf_counter() - began_s}


async def so_often(url: str, count: int, wordings: int, seconds: float, rate: float) -> dict[str, object]:
    """`rate` questions a second, each over whichever connection is free, or as soon as one is."""
    loop, delays_ms, waiting = asyncio.get_running_loop(), [], []
    free: list[Asker] = []

    def told(asker: Asker) -> None:
        delays_ms.append((loop.time() - asker.due_s) * 1000)
        if waiting:
            asker.ask(waiting.pop(0))
        else:
            free.append(asker)

    free += await connected(url, count, wordings, told)
    total, sent, began_s = int((WARM_S + seconds) * rate), 0, loop.time()
    while sent < total:
        now_s = loop.time()
        while sent < total and (due_s := began_s + sent / rate) <= now_s:
            sent += 1
            if free:
                free.pop().ask(due_s)
            else:
                waiting.append(due_s)
        await asyncio.sleep(max(0.0, began_s + sent / rate - loop.time()))
    give_up_s = loop.time() + GIVE_UP_S
    while len(delays_ms) < total and loop.time() < give_up_s:
        await asyncio.sleep(0.01)
    delays_ms += [(loop.time() - due_s) * 1000 for due_s in waiting]
    return {"answers": total, "seconds": loop.time() - began_s, "delays_ms": delays_ms[int(WARM_S * rate) :]}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url")
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--wordings", type=int, default=1)
    options.add_argument("--seconds", type=float, default=3.0)
    options.add_argument("--rate", type=float)
    chosen = options.parse_args()
    words = chosen.url, chosen.connections, chosen.wordings, chosen.seconds
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        work = at_the_limit(*words) if chosen.rate is None else so_often(*words, chosen.rate)
        print(json.dumps(runner.run(work)))


if __name__ == "__main__":
    main()
