"""The window's local API without a window, and questions to it."""

import json
import socket
import threading
from http.client import HTTPConnection
from types import SimpleNamespace

from archives import FakeArchive
from polls import BTC, ETH, Polls
from PySide6.QtCore import QObject

from cryptoprices.local_api import LocalApi
from cryptoprices.preferences import Preferences
from cryptoprices.settings.options import API_ENABLED, API_PORT
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings
from cryptoprices.storage.paths import Paths


class FakeSupply(QObject):
    """Notes what it is to ask for."""

    def __init__(self):
        super().__init__()
        self.archive, self.pairs, self.asked = FakeArchive(), (), 0

    def ask_for(self, pairs):
        self.pairs = pairs

    def ask_now(self):
        self.asked += 1

    def records(self):
        return False

    def ask_past_rates(self, code):
        return []


class Rig:
    """polls: of the hub. kept: what was to be written down."""

    def __init__(self, clock, folder, tasks):
        self.polls, self.kept = Polls(clock), {}
        self.polls.poll({BTC: "97412.5", ETH: "3400"})
        writer = SimpleNamespace(put=self.kept.__setitem__)
        self.owner = QObject()
        self.preferences = Preferences(Settings({}), (), RunOptions(), None, writer, self.owner)
        self.paths, self.supply = Paths(folder, folder / "settings.toml", folder / "log"), FakeSupply()
        parts = self.polls.hub, self.preferences, self.paths, self.supply, tasks
        self.api = LocalApi(*parts, self.owner)
        self.preferences.changed.connect(self.api.take_settings)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def switch_on(self, qtbot) -> str:
        """On: its address."""
        with qtbot.waitSignal(self.api.switched, check_params_cb=lambda on, _: on, timeout=20_000) as told:
            self.preferences.settings = Settings({API_ENABLED.key: True, API_PORT.key: self.port})
            self.preferences.changed.emit(self.preferences.settings)
        return told.args[1]

    def ask(self, path: str, method: str = "GET", body: object = None, token: str = ""):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} if token else {}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        told = response.read()
        connection.close()
        return response.status, told and json.loads(told)

    def ask_aside(self, qtbot, *words):
        """The same while the window goes on: what is asked may be for it to do."""
        told = []
        thread = threading.Thread(target=lambda: told.append(self.ask(*words)))
        thread.start()
        qtbot.waitUntil(lambda: bool(told), timeout=10_000)
        thread.join()
        return told[0]
