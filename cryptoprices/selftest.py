"""`--self-test`: whether everything that was shipped loads and works here, in a checkout as in the frozen app.

It needs neither a screen nor a network, and leaves the person's profile alone.
"""

import logging
import os
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from socket import create_server
from types import ModuleType

from PySide6.QtCore import QBuffer, QByteArray, QObject, QTimer, Slot
from PySide6.QtGui import QImageReader, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from cryptoprices import sources
from cryptoprices.clock import system_clock
from cryptoprices.core.market import Pair, Round
from cryptoprices.core.source import Source
from cryptoprices.demo.server import DemoExchange
from cryptoprices.desktop import Desktop
from cryptoprices.net import station
from cryptoprices.net.certificates import why_no_certificates
from cryptoprices.net.stream import Streams
from cryptoprices.resources import resource
from cryptoprices.settings.options import THEME, exchange_options
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings
from cryptoprices.sources import names
from cryptoprices.sources.discovery import discover
from cryptoprices.stop import Stop
from cryptoprices.storage.history import History, Sample
from cryptoprices.storage.profile import Profile, open_profile
from cryptoprices.storage.secrets import backends_that_load
from cryptoprices.storage.settings_edit import SettingsEdit
from cryptoprices.terminal import Terminal
from cryptoprices.ui import panels
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.panels.base import Panel

log = logging.getLogger(__name__)

FIRST_PRICES_S = 30  # the demo answers within a second; the rest is for a machine that does much else meanwhile
END_S = 30  # likewise; it takes milliseconds
WINDOW = "window with prices of the demo market"
_BTC = Pair("BTC", "USD")
SERVER = (
    "cryptoprices.service", "cryptoprices.hub_live", "cryptoprices.headless_serve", "uvicorn.lifespan.off",
    "uvicorn.protocols.websockets.websockets_sansio_impl", "anyio._backends._asyncio",
)  # fmt: skip
KEYRINGS = {
    "darwin": "keyring.backends.macOS",
    "linux": "keyring.backends.SecretService",
    "win32": "keyring.backends.Windows",
}


class Wrong(Exception):
    """What a check has found, in one sentence."""


def run_self_test(options: RunOptions) -> int:
    """Print `ok name` or `FAIL name: detail` a line. Returns 0, or 3 if anything failed.

    options: its log level alone counts. The caller has chosen Qt's "offscreen" platform.
    """
    terminal, failed = Terminal(), False
    with tempfile.TemporaryDirectory(prefix="cryptoprices-self-test-", ignore_cleanup_errors=True) as folder:
        run = RunOptions(folder, demo=True, log_level=options.log_level)
        for name, check in _checks(run):
            problem = _problem(check)
            failed = failed or bool(problem)
            terminal.line(f"FAIL {name}: {problem}" if problem else f"ok {name}")
    return 3 if failed else 0


def _problem(check: Callable[[], None]) -> str:
    try:
        check()
    except Wrong as error:
        return str(error)
    except Exception as error:  # whatever a broken part raises is what was looked for
        log.debug("A part is broken", exc_info=True)
        return " ".join(f"{type(error).__name__}: {error}".split())
    return ""


def _checks(run: RunOptions) -> Iterator[tuple[str, Callable[[], None]]]:
    panel_names = [found.name for found in pkgutil.iter_modules(panels.__path__) if found.name != "base"]
    pictures = sorted(resource("icons").glob("*"))
    for what, things in (("sources", names()), ("panels", panel_names), ("resources", pictures)):
        yield f"{what} are there", partial(_some, things)
    for name in names():
        yield f"source {name}", partial(_defines, sources, name, Source)
    for name in panel_names:
        yield f"panel {name}", partial(_defines, panels, name, Panel)
    for path in pictures:
        yield f"resource {path.name}", partial(_picture, path)
    if is_frozen() or find_spec("fastapi"):
        yield "parts of the server", _server
    yield "drawing SVG", _drawing
    yield "certificates", _certificates
    yield "keyring backends", _keyrings
    yield "profile", partial(_profile, run)
    yield "streams of the demo market", _streams
    yield "price history", partial(_history, run)
    yield WINDOW, partial(_window, run)


def is_frozen() -> bool:
    """Whether this is the app that needs no Python; in a checkout parts may not have been asked for."""
    return getattr(sys, "frozen", False)


def _server() -> None:
    """What the local API is made of, also what is loaded by name."""
    for name in SERVER:
        import_module(name)
    if not resource("api/docs.html").is_file():
        raise Wrong("its page was not shipped")


def _some(things: Sequence[object]) -> None:
    if not things:
        raise Wrong("none was shipped")


def _defines(package: ModuleType, name: str, kind: type) -> None:
    module = import_module(f"{package.__name__}.{name}")
    own = (item for item in vars(module).values() if isinstance(item, type) and item.__module__ == module.__name__)
    if not any(issubclass(item, kind) for item in own):
        raise Wrong(f"it defines no {kind.__name__}")


def _picture(path: Path) -> None:
    reader = QImageReader(str(path))
    if reader.read().isNull():
        raise Wrong(reader.errorString())


def _drawing() -> None:
    """What a chart is exported with draws lines as lines."""
    kept, drawing = QByteArray(), QSvgGenerator()
    buffer = QBuffer(kept)
    drawing.setOutputDevice(buffer)
    painter = QPainter(drawing)
    painter.drawLine(0, 0, 9, 9)
    painter.end()
    if b"<polyline" not in kept.data():
        raise Wrong("a line that was drawn is not in it")


def _certificates() -> None:
    if problem := why_no_certificates():
        raise Wrong(problem)


def _keyrings() -> None:
    if KEYRINGS.get(sys.platform) not in {None, *backends_that_load()}:
        raise Wrong(f"{KEYRINGS[sys.platform]} does not load")


def _streams() -> None:
    """Every stream of the demo market flows: the client's compiled parts are there, and work."""
    clock, told = system_clock(), SimpleQueue[Round]()
    with DemoExchange(1, clock) as demo:
        exchanges, _off = station.roster(Settings(), discover(), demo.addresses)
        waited_for = {each.source.name for each in exchanges if each.stream_url}
        streams = Streams(exchanges, clock, told.put, _ignore, "none")
        streams.follow([_BTC])
        try:
            while waited_for:
                flows = told.get(timeout=FIRST_PRICES_S).flows
                waited_for -= {flow.exchange for flow in flows if flow.pairs}
                if problems := [f"{flow.exchange}: {flow.text}" for flow in flows if flow.text]:
                    raise Wrong(" ".join(problems))
        except Empty:
            raise Wrong(f"after {FIRST_PRICES_S} s nothing flowed from {', '.join(sorted(waited_for))}") from None
        finally:
            streams.close()


def _ignore(_exchange: str) -> None:
    """A lost stream is told by its flow."""


def _history(run: RunOptions) -> None:
    """What is written down can be read again: the database, and the arrays that it is read into."""
    said: list[str] = []
    history = History(_open(run).paths.folder / "check.sqlite3", system_clock(), said.append)
    history.start()
    history.put_samples([Sample("kraken", _BTC, 60_000, 97412.5)])
    written = history.flush(FIRST_PRICES_S)
    closes = history.candles("kraken", _BTC, "1m", 0, 120_000).close.tolist()
    history.close()
    if not written or closes != [97412.5]:
        raise Wrong(f"a price that was written did not come back. {' '.join(said)}".strip())


def _open(run: RunOptions) -> Profile:
    return open_profile(run, map(exchange_options, names()))


def _profile(run: RunOptions) -> None:
    """What is set is kept, and comes back."""
    SettingsEdit(_open(run).paths.settings).set_value(THEME.key, "dark")
    if _open(run).settings[THEME] != "dark":
        raise Wrong("a setting that was written did not come back")


def _window(run: RunOptions) -> None:
    """The app as it always runs, until the first poll of the demo market is over, and its local API has answered."""
    port = 0
    if is_frozen() or find_spec("fastapi"):
        with create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        run = run._replace(overrides=("api.enabled=true", f"api.port={port}"))
    app = QApplication(["cryptoprices"])
    stop = Stop()
    stop.listen()
    desktop = Desktop(app, run, _open(run), system_clock(), stop)
    desktop.end_s, desktop.end_late = END_S, _never_ended
    watcher = _Watcher(desktop.window, app, port)
    status = desktop.run()
    if watcher.missing or status:
        raise Wrong(f"after {FIRST_PRICES_S} s there was no {watcher.missing} (exit status {status})")


def _never_ended() -> None:
    """On a thread of its own: the end hangs, and with it what would have told."""
    Terminal().line(f"FAIL {WINDOW}: after {END_S} s it had not ended")
    os._exit(3)


class _Watcher(QObject):
    """Ends the app once nothing is missing any more, or when its time is up. missing: what it then was, or "".

    port: of the local API, 0 where there is none.
    """

    def __init__(self, window: MainWindow, app: QApplication, port: int) -> None:
        super().__init__()
        self._window, self._app, self._port = window, app, port
        self.missing = "window"
        window.hub.changed.connect(self.look)
        window.hub.ticked.connect(self.look)
        self._limit = QTimer(self, interval=FIRST_PRICES_S * 1000, singleShot=True)
        self._limit.timeout.connect(app.exit)
        self._limit.start()

    @Slot()
    def look(self) -> None:
        """See what is there now."""
        hub = self._window.hub
        now_boot_s = hub.clock.boot_s()
        parts = [f"price of {pair}" for pair in hub.pairs if hub.snapshot.price(pair, now_boot_s).price is None]
        parts += [f"panel {name}" for name, dock in self._window.docks.docks.items() if dock.panel is None]
        if self._port and not parts and not _answers(self._port):
            parts = ["answer of the local API"]
        self.missing = ", ".join(parts)
        if not parts:
            self._app.exit()


def _answers(port: int) -> bool:
    """Whether the local API has prices, and its page."""
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            for path in ("/v1/prices", "/docs"):
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    return False
    except (OSError, HTTPException):
        return False
    return True
