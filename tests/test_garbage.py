"""Garbage is collected in the GUI thread, whoever makes the objects that make it due."""

import gc
import threading

import pytest
from window_rig import Rig

from cryptoprices.qt.garbage import GarbageCollector, collect_due


@pytest.fixture
def hub(fake_clock, monkeypatch):
    """As the program starts: Python collects by itself, until the collector begins."""
    monkeypatch.setattr(gc, "freeze", lambda: None)  # it would keep what other tests have dropped
    hub = Rig(fake_clock).hub
    GarbageCollector(hub, hub)
    gc.enable()
    yield hub
    gc.disable()


@pytest.fixture
def collected_on():
    """The names of the threads on which garbage was collected."""
    names = []

    def note(phase, info):
        if phase == "start":
            names.append(threading.current_thread().name)

    gc.callbacks.append(note)
    yield names
    gc.callbacks.remove(note)


def make_much_on_a_worker():
    """More objects at once than Python lets be made without a collection; they are there until the thread has ended."""
    made = []

    def make():
        made.extend([made] for _ in range(5 * gc.get_threshold()[0]))

    worker = threading.Thread(target=make, name="worker")
    worker.start()
    worker.join()
    return made


def test_python_by_itself_collects_where_objects_are_made(hub, collected_on):
    assert make_much_on_a_worker()
    assert "worker" in collected_on


@pytest.mark.parametrize("signal", ["changed", "ticked"])
def test_it_is_collected_in_the_gui_thread_alone(hub, signal, collected_on):
    hub.findChild(GarbageCollector).begin()
    made = make_much_on_a_worker()
    assert collected_on == []
    getattr(hub, signal).emit()
    assert collected_on == ["MainThread"]
    assert made


def test_the_oldest_that_is_due_is_looked_through(monkeypatch):
    collected = []
    monkeypatch.setattr(gc, "collect", collected.append)
    monkeypatch.setattr(gc, "get_threshold", lambda: (700, 10, 10))
    for counts in ((700, 10, 10), (701, 10, 10), (701, 11, 10), (3, 2, 11)):
        monkeypatch.setattr(gc, "get_count", lambda counts=counts: counts)
        collect_due()
    assert collected == [0, 1, 2]
