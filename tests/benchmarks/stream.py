"""What a message of a stream costs, from the socket to the Snapshot. `python stream.py [--json] [--runs 3]`.

cpu_us: µs of CPU time a message, of all threads, while RATE tickers of Coinbase come in a second. flood: messages a
second, as fast as they can be taken when BURST are there at once; `last` says whether the price at the end is that of
the last message. raw: bytes read off a socket; picows, websockets: texts handed over, not parsed. parse: what our
reading of the texts costs by itself, no socket; target of cpu_us: 0.5 × websockets + parse.

Each program runs in a process of its own against a server in another one, they take turns, the figures are medians.
"""

import argparse
import asyncio
import importlib.util
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable

RATE, SECONDS, WARM, BURST = 2000, 4, 1000, 50_000
COUNTS = {"cpu_us": RATE * SECONDS, "flood": BURST}
PROGRAMS = ("ours", "parse", "raw", "picows", "websockets")
ACKNOWLEDGED = {"type": "subscriptions", "channels": [{"name": "ticker", "product_ids": ["BTC-USD", "ETH-USD"]}]}
FIRST_PRICE = 100_000


def tick(number: int) -> str:
    """A ticker in its documented shape; all are of the same length. The price is the number of the message."""
    figures = {
        "type": "ticker", "sequence": 333_000_000 + number, "product_id": ("ETH-USD", "BTC-USD")[number % 2],
        "price": f"{FIRST_PRICE + number}.10", "open_24h": "95651.34", "volume_24h": "7421.18340219",
        "low_24h": "95310.25", "high_24h": "97881.30", "volume_30d": "221905.10558512", "best_bid": "97415.09",
        "best_bid_size": "0.04200000", "best_ask": "97415.12", "best_ask_size": "0.31000000", "side": "buy",
        "time": "2026-11-22T14:22:02.731000Z", "trade_id": 701_234_567, "last_size": "0.01200000",
    }  # fmt: skip
    return json.dumps(figures)


def frame(text: str) -> bytes:
    """A frame of a server, of 126 to 65,535 bytes or shorter."""
    data = text.encode()
    return (bytes([0x81, len(data)]) if len(data) < 126 else b"\x81\x7e" + len(data).to_bytes(2)) + data


# the server, in a process of its own


def serve(case: str) -> None:
    """Print the port; to one client, send the warm-up, then after a pause the messages that are measured."""
    from cryptoprices.demo.websocket import accept_key

    count = COUNTS[case]
    frames = [frame(tick(number)) for number in range(WARM + count)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        client = listener.accept()[0]
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(65536)
    key = next(line for line in request.decode().split("\r\n") if line.lower().startswith("sec-websocket-key:"))
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    client.sendall(f"{head}{accept_key(key.partition(':')[2].strip())}\r\n\r\n".encode())
    time.sleep(0.2)
    client.sendall(frame(json.dumps(ACKNOWLEDGED)) + b"".join(frames[:WARM]))
    time.sleep(1.0)
    if case == "flood":
        client.sendall(b"".join(frames[WARM:]))
    else:
        begun = time.perf_counter()
        for number, data in enumerate(frames[WARM:]):
            time.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            client.sendall(data)
    while client.recv(65536):
        pass


# the clients


class Meter:
    """CPU and wall time from the end of the warm-up to the last message."""

    def __init__(self, case: str) -> None:
        self.count = COUNTS[case]
        self.total = WARM + self.count
        self._start = 0.0, 0.0
        self._case = case

    def begin(self) -> None:
        self._start = time.process_time(), time.perf_counter()

    def end(self, **more: object) -> None:
        """Print the result; this process ends here."""
        cpu_s, wall_s = time.process_time() - self._start[0], time.perf_counter() - self._start[1]
        figure = cpu_s / self.count * 1e6 if self._case == "cpu_us" else self.count / wall_s
        print(json.dumps({"figure": figure, **more}), flush=True)
        os._exit(0)


class Counter:
    """Counts messages into a Meter; the acknowledgement is the first."""

    def __init__(self, meter: Meter) -> None:
        self._meter, self._seen = meter, -1

    def add(self, many: int = 1) -> None:
        seen = self._seen + many
        if self._seen < WARM <= seen:
            threading.Timer(0.5, self._meter.begin).start() if self._meter._case == "cpu_us" else None
        elif self._seen == WARM and self._meter._case == "flood":
            self._meter.begin()
        self._seen = seen
        if seen >= self._meter.total:
            self._meter.end()


def ours(meter: Meter, url: str) -> None:
    """Streams, Session, Quote, damping, Board, Snapshot."""
    from cryptoprices.clock import system_clock
    from cryptoprices.core.board import Board
    from cryptoprices.core.market import Pair, Round
    from cryptoprices.core.source import Exchange
    from cryptoprices.net.stream import Streams
    from cryptoprices.sources.coinbase import Coinbase

    clock, board, over = system_clock(), Board(["coinbase"]), threading.Event()
    rounds = []

    def deliver(round_: Round) -> None:
        board.apply(round_, clock.boot_s(), clock.wall_ms())
        newest = max((int(quote.price) - FIRST_PRICE for quote in round_.quotes), default=-1) + 1
        rounds.append(len(round_.quotes))
        if newest == WARM:
            rounds.clear()
            threading.Timer(0.5, meter.begin).start()
        elif newest == meter.total:
            over.set()

    streams = Streams([Exchange(Coinbase(), "", url)], clock, deliver, print, "none")
    streams.follow([Pair("BTC", "USD"), Pair("ETH", "USD")])
    over.wait(60)
    held = board.snapshot().held
    last = max(int(seats["coinbase"].latest.price) - FIRST_PRICE + 1 for seats in held.values())
    meter.end(last=last == meter.total, rounds=len(rounds))


def parse(meter: Meter, _url: str) -> None:
    """Our reading of the texts alone."""
    from cryptoprices.core.market import Pair
    from cryptoprices.sources.coinbase import Coinbase

    session = Coinbase().session([Pair("BTC", "USD"), Pair("ETH", "USD")])
    texts = [tick(number) for number in range(meter.total)]
    for text in texts[:WARM]:
        session.read(text)
    meter.begin()
    for text in texts[WARM:]:
        session.read(text)
    meter.end()


def raw(meter: Meter, url: str) -> None:
    """A blocking socket, its bytes counted."""
    counter, size, head = Counter(meter), len(frame(tick(0))), len(frame(json.dumps(ACKNOWLEDGED)))
    with socket.create_connection(("127.0.0.1", int(url.split(":")[2].strip("/")))) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        connection.recv(65536)
        got = size - head
        while data := connection.recv(65536):
            got += len(data)
            counter.add(got // size)
            got %= size


def picows(meter: Meter, url: str) -> None:
    """picows as it comes: each text taken."""
    from picows import WSFrame, WSListener, WSTransport, ws_connect

    counter = Counter(meter)

    class Listener(WSListener):
        def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
            frame.get_payload_as_utf8_text()
            counter.add()

    async def listen() -> None:
        transport, _ = await ws_connect(Listener, url)
        await transport.wait_disconnected()

    asyncio.run(listen())


def websockets(meter: Meter, url: str) -> None:
    """websockets as it comes: each text taken."""
    from websockets.asyncio.client import connect

    counter = Counter(meter)

    async def listen() -> None:
        async with connect(url) as connection:
            async for _text in connection:
                counter.add()

    asyncio.run(listen())


CLIENTS: dict[str, Callable[[Meter, str], None]] = {
    function.__name__: function for function in (ours, parse, raw, picows, websockets)
}


# taking turns


def run(case: str, program: str) -> dict[str, object] | None:
    """One measurement; None where the program is not installed."""
    if program in ("picows", "websockets") and importlib.util.find_spec(program) is None:
        return None
    words = [sys.executable, __file__]
    with subprocess.Popen([*words, "--serve", case], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        port = server.stdout.readline().strip()
        done = subprocess.run(
            [*words, "--child", case, program, f"ws://127.0.0.1:{port}/"],
            check=True, stdout=subprocess.PIPE, text=True, timeout=120,
        )  # fmt: skip
        server.terminate()
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print a line a case."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_argument("--runs", type=int, default=3, help="measurements of each program")
    options.add_argument("--case", choices=COUNTS, action="append", help="only this one; repeatable")
    chosen = options.parse_args()
    for case in chosen.case or COUNTS:
        found = [{program: run(case, program) for program in PROGRAMS} for _ in range(chosen.runs)]
        unit = "us" if case == "cpu_us" else "messages/s"
        line: dict[str, object] = {"case": case, "n": COUNTS[case], "unit": unit}
        for program in PROGRAMS:
            runs = [one[program] for one in found if one[program]]
            line[program] = round(statistics.median(each["figure"] for each in runs), 1) if runs else None
        mine = [one["ours"] for one in found if one["ours"]]
        line |= {"last": all(one["last"] for one in mine), "rounds": statistics.median(one["rounds"] for one in mine)}
        if case == "cpu_us" and line["websockets"] is not None:
            line["target"] = round(0.5 * line["websockets"] + line["parse"], 1)
        print(json.dumps(line) if chosen.json else "  ".join(f"{key} {line[key]}" for key in line), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    elif sys.argv[1:2] == ["--child"]:
        CLIENTS[sys.argv[3]](Meter(sys.argv[2]), sys.argv[4])
    else:
        main()
