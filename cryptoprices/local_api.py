"""The window's local API: switched on and off while it runs, and what a person is told of it.

The server's parts are loaded by a worker when it is switched on, and not before.
"""

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.preferences import Preferences
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.tasks import Tasks
from cryptoprices.settings.options import API_ENABLED, API_PORT
from cryptoprices.settings.values import Settings
from cryptoprices.storage.paths import Paths
from cryptoprices.supply import Supply

if TYPE_CHECKING:
    import socket

    from cryptoprices.api.ports import Condition
    from cryptoprices.api.server import Server
    from cryptoprices.hub_live import HubLive
    from cryptoprices.storage.managed import ManagedFile
    from cryptoprices.storage.tokens import TokenFile

_HOST = "127.0.0.1"
_END_S = 0.5
_OTHER_PORT = " Menu ▸ Local API ▸ Port… chooses another one."


class _Opened(NamedTuple):
    """What a worker has made ready."""

    listener: "socket.socket"
    managed: "ManagedFile"
    tokens: "TokenFile"


class LocalApi(QObject):
    """Off until begin(). switched(bool, str): whether it is on, and its address, or one sentence why it is not, or "".

    wanted_changed(bool, int): whether it is to be on, and at which port. failed(str): it could not be switched on, with
    that sentence.
    """

    switched = Signal(bool, str)
    wanted_changed = Signal(bool, int)
    failed = Signal(str)
    _broken = Signal(object, object)

    def __init__(
        self, hub: Hub, preferences: Preferences, paths: Paths, supply: Supply, tasks: Tasks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._hub, self._preferences, self._paths = hub, preferences, paths
        self._supply, self._tasks = supply, tasks
        self._wanted: tuple[bool, int] = (False, 0)
        self._server: Server | None = None
        self._live: HubLive | None = None
        self._opening = False
        self._ends: list[threading.Thread] = []
        self._broken.connect(self._take_fault)

    @Slot(object)
    def take_settings(self, settings: Settings) -> None:
        """Be on or off as these say."""
        wanted = settings[API_ENABLED], settings[API_PORT]
        if wanted != self._wanted:
            self._wanted = wanted
            self.wanted_changed.emit(*wanted)
            self._switch_off()
            self._switch_on()

    @Slot(bool)
    def switch(self, on: bool) -> None:
        """The person wants it on, or off."""
        self._preferences.choose(API_ENABLED.key, on)

    @Slot(int)
    def move(self, port: int) -> None:
        """The person wants it at this port."""
        self._preferences.choose(API_PORT.key, port)

    def hush(self) -> None:
        """It ends."""
        self._wanted = (False, 0)
        self._switch_off()

    def close(self) -> None:
        """It has ended, or is not waited for."""
        for thread in self._ends:
            thread.join(_END_S)

    def _switch_on(self) -> None:
        """If that is wanted, and once what is being opened is there: two could not have the same port."""
        if self._wanted[0] and not self._opening:
            self._opening = True
            then = partial(self._begin, self._wanted)
            self._tasks.ask(self._open, self._wanted[1], tuple(self._ends), then=then, failed=self._fail, owner=self)

    def _switch_off(self) -> None:
        if self._live:
            self._live.close()
            self._live.deleteLater()
            self._live = None
            self._supply.ask_for(())
        if self._server:
            thread = threading.Thread(target=self._server.stop, name="api-end", daemon=True)
            thread.start()
            self._ends = [*filter(threading.Thread.is_alive, self._ends), thread]
            self._server = None
        self.switched.emit(False, "")

    def _open(self, port: int, ends: tuple[threading.Thread, ...]) -> "_Opened | str":
        """On a worker: load the server and take the port; else a sentence why not. ends: of earlier ones, awaited."""
        for thread in ends:
            thread.join()
        try:
            import cryptoprices.service  # noqa: F401  # to have it loaded
            from cryptoprices.api.server import PortTaken, listening
        except ImportError as error:
            return f"a part of the server is missing ({error}); pip install 'cryptoprices[server]' brings it."
        from cryptoprices.storage.managed import ManagedFile
        from cryptoprices.storage.tokens import TokenFile

        tokens = TokenFile(self._paths.tokens, self._hub.clock, program=self._paths.program)
        if problem := tokens.problem():
            return problem
        managed = ManagedFile(self._paths.managed, self._hub.clock)
        try:
            listener = listening(_HOST, port)
        except PortTaken as error:
            return f"{error}{_OTHER_PORT}"
        return _Opened(listener, managed, tokens)

    def _begin(self, wanted: tuple[bool, int], opened: "_Opened | str") -> None:
        """In the GUI thread. wanted: what it was opened for, which may not be wanted any more."""
        self._opening = False
        if wanted != self._wanted:
            if not isinstance(opened, str):
                opened.listener.close()
            self._switch_on()
            return
        if isinstance(opened, str):
            self._say(opened)
            return
        try:
            self._serve(opened)
        except Exception as error:  # whatever it is, the port is freed and it is told; then it goes on to the last line
            opened.listener.close()
            self._switch_off()
            self._fail(error)
            raise

    def _serve(self, opened: _Opened) -> None:
        """Begin to. Raises whatever a broken part raises."""
        from cryptoprices.api.hosts import Hosts
        from cryptoprices.api.server import Server
        from cryptoprices.hub_live import HubLive
        from cryptoprices.service import Service, ServiceParts

        listener, managed, tokens = opened
        self._live = live = HubLive(self._hub, self._preferences, managed, self)
        live.pairs_wanted.connect(self._supply.ask_for)
        live.asked.connect(self._supply.ask_now)
        live.begin()
        hosts = Hosts(_HOST, listener.getsockname()[1])
        past = self._supply.archive, self._supply.ask_past_rates
        around = ServiceParts(live, live, *past, managed, tokens, hosts, loopback=True, condition=self._condition)
        service = Service(around)
        broken = partial(self._tell_fault, live)
        server = Server(listener, service.life, service.hush, service.meter, service.quick, broken=broken)
        server.start()
        self._server = server
        self.switched.emit(True, server.address)

    def _condition(self) -> "Condition":
        """On the server's thread."""
        from cryptoprices.api.ports import Condition

        return Condition(records=self._supply.records())

    def _tell_fault(self, live: "HubLive", error: Exception) -> None:
        """On the server's thread."""
        with suppress(RuntimeError):  # the window is gone
            self._broken.emit(live, error)

    @Slot(object, object)
    def _take_fault(self, live: "HubLive", error: Exception) -> None:
        """What served this has ended by it."""
        if live is self._live:
            self._switch_off()
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._opening = False
        self._say(f"{str(error).rstrip('.') or type(error).__name__}; the log says more.")

    def _say(self, why: str) -> None:
        self.switched.emit(False, f"Off: {why.removesuffix(_OTHER_PORT)}")  # in the menu, where that stands below
        self.failed.emit(f"The local API is off: {why}")
