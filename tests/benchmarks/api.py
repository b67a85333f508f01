"""How many a second read /v1/prices, and how long they wait. `python api.py [--json] [--runs 3] [--polls]`.

rate: answers a second over CONNECTIONS kept connections, as fast as they come; rate_worded: where a connection's
question never comes in the same words twice running, since ours does not read anew what does (api/limits.py). p99_100,
p99_1000: the 99th percentile of the delay in ms at so many questions a second. ours: as it is served, with the gate in
the path, over a market that changes meanwhile. starlette, fastapi: a bare route each that returns the same bytes, on
the same uvicorn with httptools and uvloop; fastapi makes them of an object, as it does by default. Each runs in a
process of its own, so does who asks (api_load.py); they take turns, the figures are medians.

frame: a frame of the window in ms (median, p99, longest), while 1,000 a second are answered and quiet (api_frames.py).

--polls: what the exchanges see while 1,000 a second are answered and READERS stream readers hang on: `serve` runs
against the demo's exchanges in another process, which notes every question. rounds: how many times each of them was
asked in `seconds`, which is once in 20 s however many ask us.
"""

import argparse
import contextlib
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

CONNECTIONS, READERS = 32, 500
CASES = {"rate": None, "rate_worded": None, "p99_100": 100, "p99_1000": 1000}
PROGRAMS = ("ours", "starlette", "fastapi")
PATH = "/v1/prices"
LOAD, FRAMES = (str(Path(__file__).with_name(f"api_{name}.py")) for name in ("load", "frames"))
ROUND_S = 20
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


# the servers, each in a process of its own


def ours() -> None:
    """The API over a market of two pairs at seven exchanges, which changes ten times a second."""
    from api_market import BenchLive

    from cryptoprices.api.hosts import Hosts
    from cryptoprices.api.server import Server, listening
    from cryptoprices.service import Service, ServiceParts
    from cryptoprices.storage.managed import ManagedFile
    from cryptoprices.storage.tokens import TokenFile

    live, folder, listener = BenchLive(), Path(tempfile.mkdtemp()), listening("127.0.0.1", 0)
    port = listener.getsockname()[1]
    managed, tokens = ManagedFile(folder / "managed.json", live.clock), TokenFile(folder / "tokens", live.clock)
    service = Service(ServiceParts(live, live, live, live, managed, tokens, Hosts("127.0.0.1", port), True))
    Server(listener, service.life, service.hush, service.meter, service.quick).start()
    print(port, flush=True)
    live.run()


def body_of() -> bytes:
    """What ours answers at first."""
    from api_market import BenchLive

    from cryptoprices.api.publish import Publisher

    live = BenchLive()
    return Publisher(live, None, live.clock).publish().answers[PATH].body


def starlette() -> None:
    """A route that returns bytes."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    body = body_of()

    async def prices(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    on_uvicorn(Starlette(routes=[Route(PATH, prices)]))


def fastapi() -> None:
    """A route that returns an object."""
    from fastapi import FastAPI

    app, answer = FastAPI(), json.loads(body_of())

    @app.get(PATH)
    async def prices():
        return answer

    on_uvicorn(app)


def on_uvicorn(app: object) -> None:
    import uvicorn

    from cryptoprices.api.server import listening

    listener = listening("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app, log_config=None, log_level="error", access_log=False, server_header=False, proxy_headers=False,
        http="httptools", loop="uvloop" if importlib.util.find_spec("uvloop") else "asyncio", timeout_keep_alive=60,
    )  # fmt: skip
    uvicorn.Server(config).run([listener])


SERVERS = {function.__name__: function for function in (ours, starlette, fastapi)}


@contextlib.contextmanager
def serving(*words: str):
    """A server of ours in a process; yields the first line that it says."""
    with subprocess.Popen(
        [sys.executable, __file__, *words], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def load(url: str, *words: object) -> dict[str, object]:
    """What api_load.py finds."""
    done = subprocess.run([sys.executable, LOAD, url, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def measure(case: str, program: str, seconds: float) -> float | None:
    """One measurement; None where the program is not installed."""
    if importlib.util.find_spec("fastapi") is None or importlib.util.find_spec("uvicorn") is None:
        return None
    rate = CASES[case]
    with serving("--serve", program) as port:
        url = f"http://127.0.0.1:{port}{PATH}"
        if rate is None:
            wordings = 2 if case == "rate_worded" else 1
            found = load(url, "--seconds", seconds, "--connections", CONNECTIONS, "--wordings", wordings)
            return found["answers"] / found["seconds"]
        delays = load(url, "--seconds", max(seconds, 500 / rate), "--connections", CONNECTIONS, "--rate", rate)
        return statistics.quantiles(delays["delays_ms"], n=100)[98]


def frames(runs: int) -> dict[str, object]:
    """The window's frames; null where there is no Qt."""
    line: dict[str, object] = {"case": "frame", "n": 1000, "unit": "ms"}
    found = []
    for _ in range(runs if importlib.util.find_spec("PySide6") else 0):
        done = subprocess.run([sys.executable, FRAMES], check=True, stdout=subprocess.PIPE, text=True)
        found.append(json.loads(done.stdout))
    for ours, theirs in (("ours", "serving"), ("quiet", "quiet")):
        for more in ("", "_p99", "_max"):
            line[f"{ours}{more}"] = statistics.median(one[f"{theirs}{more}"] for one in found) if found else None
    return line


# what the exchanges see


def exchanges() -> None:
    """The demo's exchanges, whose addresses are said; at the end of standard input, all that they were asked."""
    from cryptoprices.clock import system_clock
    from cryptoprices.demo.server import DemoExchange

    clock, asked = system_clock(), []

    class Noting(DemoExchange):
        def reply(self, target):
            asked.append((clock.boot_s(), target))
            return super().reply(target)

    with Noting(7, clock) as demo:
        print(json.dumps(demo.addresses), flush=True)
        sys.stdin.read()
        print(json.dumps(asked), flush=True)


def polls(seconds: float) -> dict[str, object]:
    """Questions of each exchange while we are asked 1,000 times a second, and READERS read the stream."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        words = [sys.executable, __file__, "--exchanges"]
        venues = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.enter_context(venues)
        addresses = json.loads(venues.stdout.readline())
        chosen = [f"fx.rest_url={addresses.pop('fx')}"]
        for name, url in addresses.items():
            chosen += [f"exchanges.{name}.rest_url={url}", f"exchanges.{name}.stream_url=ws{url[4:]}/stream"]
        serve = [sys.executable, "-m", "cryptoprices", "serve", "--port", "0", "--profile", folder]
        serve += [word for each in chosen for word in ("--set", each)] + ["--set", "network.proxy=none"]
        server = stack.enter_context(subprocess.Popen(serve, stderr=subprocess.PIPE, text=True))
        line = server.stderr.readline()
        while not line.startswith("Serving "):
            line = server.stderr.readline()
        threading.Thread(target=server.stderr.read, daemon=True).start()
        base = line.split()[1].rstrip(";").removesuffix(PATH)
        reading = [sys.executable, __file__, "--readers", base, str(seconds)]
        readers = stack.enter_context(subprocess.Popen(reading, stdout=subprocess.PIPE, text=True))
        assert readers.stdout.readline() == "all are there\n"
        began_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        found = load(base + PATH, "--seconds", seconds, "--rate", 1000, "--connections", CONNECTIONS)
        ended_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        counts = json.loads(readers.stdout.readline())
        server.terminate()
        asked, _ = venues.communicate()
    rounds: Counter[str] = Counter()
    last_s: dict[str, float] = {}
    for at_s, target in json.loads(asked):
        name = target.split("/")[1]
        if began_s <= at_s < ended_s and at_s - last_s.get(name, 0.0) > ROUND_S / 4:
            rounds[name] += 1
        last_s[name] = at_s
    delays = statistics.quantiles(found["delays_ms"], n=100)[98]
    return {
        "case": "polls", "n": 1000, "unit": "rounds", "seconds": round(ended_s - began_s, 1),
        "expected": round((ended_s - began_s) / ROUND_S, 1), "rounds": dict(sorted(rounds.items())),
        "p99_ms": round(delays, 2), "readers": counts["readers"], "events": counts["events"], "lost": counts["lost"],
    }  # fmt: skip


def read_streams(base: str, seconds: str) -> None:
    """READERS readers of the stream; at the end, how many events they got, and how many were cut off."""
    import asyncio
    from urllib.parse import urlsplit

    events = lost = 0
    parts = urlsplit(base)

    async def read() -> None:
        nonlocal events, lost
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET /v1/stream HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        await reader.readuntil(b"event: snapshot")
        there.release()
        while data := await reader.read(65536):
            events += data.count(b"\nevent: ")
        lost += 1

    async def main() -> None:
        tasks = [asyncio.ensure_future(read()) for _ in range(READERS)]
        for _ in tasks:
            await there.acquire()
        print("all are there", flush=True)
        await asyncio.sleep(float(seconds))
        print(json.dumps({"readers": READERS, "events": events, "lost": lost}), flush=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    there = asyncio.Semaphore(0)
    asyncio.run(main())


def main() -> None:
    """Print a line a case."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_argument("--runs", type=int, default=3, help="measurements of each program")
    options.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    options.add_argument("--case", choices=[*CASES, "frame"], action="append", help="only this one; repeatable")
    options.add_argument("--polls", action="store_true", help="only what the exchanges see, for 60 s")
    chosen = options.parse_args()

    def say(line: dict[str, object]) -> None:
        print(json.dumps(line) if chosen.json else "  ".join(f"{key} {line[key]}" for key in line), flush=True)

    if chosen.polls:
        say(polls(60.0))
        return
    for case in chosen.case or [*CASES, "frame"]:
        if case == "frame":
            say(frames(chosen.runs))
            continue
        found = [{name: measure(case, name, chosen.seconds) for name in PROGRAMS} for _ in range(chosen.runs)]
        line: dict[str, object] = {
            "case": case,
            "n": CASES[case] or CONNECTIONS,
            "unit": "ms" if CASES[case] else "1/s",
        }
        for name in PROGRAMS:
            runs = [one[name] for one in found if one[name] is not None]
            line[name] = round(statistics.median(runs), 2) if runs else None
        say(line)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        SERVERS[sys.argv[2]]()
    elif sys.argv[1:2] == ["--exchanges"]:
        exchanges()
    elif sys.argv[1:2] == ["--readers"]:
        read_streams(*sys.argv[2:])
    else:
        main()
