"""What keeps the window's local API from being served: the port is free again, and the person is told why."""

import socket

import pytest
from local_api_rig import Rig

from cryptoprices.api import server as server_module
from cryptoprices.settings.options import API_ENABLED, API_PORT
from cryptoprices.settings.values import Settings
from cryptoprices.storage import managed as managed_module


@pytest.fixture
def rig(fake_clock, tmp_path, tasks, qtbot):
    made = Rig(fake_clock, tmp_path, tasks)
    yield made
    made.api.hush()
    made.api.close()


def broken(*_parts, **_more):
    raise ImportError("cannot import name 'x'.")


def told(rig, qtbot) -> str:
    """Switch it on: the sentence why that cannot be. The menu has it too, and nobody listens."""
    in_menu = []
    rig.api.switched.connect(lambda on, text: in_menu.append((on, text)))
    with qtbot.waitSignal(rig.api.failed, timeout=20_000) as failed:
        rig.api.take_settings(Settings({API_ENABLED.key: True, API_PORT.key: rig.port}))
    why = failed.args[0].removeprefix("The local API is off: ")
    assert in_menu[-1] == (False, f"Off: {why}")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", rig.port))
    return why


@pytest.mark.parametrize("part", ["hub_live.HubLive.begin", "service.Service", "api.server.new_event_loop"])
def test_a_part_that_cannot_be_built_frees_the_port_and_is_named(rig, qtbot, monkeypatch, part):
    monkeypatch.setattr(f"cryptoprices.{part}", broken)
    with qtbot.capture_exceptions() as caught:
        assert told(rig, qtbot) == "cannot import name 'x'; the log says more."
    assert [type(error) for _, error, _ in caught] == [ImportError]
    monkeypatch.undo()
    rig.api.take_settings(Settings({}))
    assert rig.switch_on(qtbot) == f"http://127.0.0.1:{rig.port}"
    assert rig.ask("/healthz")[0] == 200


@pytest.mark.logs("could not be answered")
def test_so_does_one_that_a_worker_opens(rig, qtbot, monkeypatch):
    monkeypatch.setattr(managed_module, "ManagedFile", broken)
    assert told(rig, qtbot) == "cannot import name 'x'; the log says more."


@pytest.mark.logs("ended by a fault")
@pytest.mark.parametrize("part", ["cryptoprices.service.build", "cryptoprices.service.Gate"])
def test_a_fault_on_the_servers_own_thread_is_told_too(rig, qtbot, monkeypatch, part):
    monkeypatch.setattr(part, broken)
    assert told(rig, qtbot) == "cannot import name 'x'; the log says more."


def test_a_fault_of_one_that_was_switched_off_before_changes_nothing(rig, qtbot):
    rig.switch_on(qtbot)
    rig.api._tell_fault(object(), OSError("late"))
    assert rig.ask("/healthz")[0] == 200
    assert server_module.Server.alive.fget(rig.api._server)


def test_an_error_without_words_is_named_by_its_kind(rig, qtbot):
    with qtbot.waitSignal(rig.api.failed) as failed:
        rig.api._fail(KeyError())
    assert failed.args == ["The local API is off: KeyError; the log says more."]
