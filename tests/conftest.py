"""What every test stands on: no real network, profile or keyring, a clock to turn, and nothing left behind.

Longer than usual, by the environment: CRYPTOPRICES_KILLS=200 (kills of a writing history), CRYPTOPRICES_KILL_EVERY=1
(write of a migration at which it is killed), CRYPTOPRICES_LONG_DAYS=30 (simulated days), CRYPTOPRICES_SEEDS=50 (broken
files of each kind), CRYPTOPRICES_GATE_STRIDE=1 (all of the gate's matrix). CRYPTOPRICES_SEED=n
repeats an order of misbehaviours.
"""

import gc
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # the person's own keyring is not for tests

import hypothesis
import leaks
import pytest
from mice import compared_day, day_chart, mouse, told, tools  # noqa: F401  # fixtures
from painting import painting  # noqa: F401  # fixture
from past_exchange import logging_as_it_was, now_ms, options, server  # noqa: F401  # fixtures
from pasts import archive, polls, recorder, tasks, timeline  # noqa: F401  # fixtures
from redis_store import redis_store  # noqa: F401  # fixture
from studied import rough_archive, studied, studies  # noqa: F401  # fixtures
from windows import window  # noqa: F401  # fixture

from cryptoprices.clock import Clock

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = Path(os.environ.get("CRYPTOPRICES_RECORDINGS", ROOT.parent / "shared" / "captures"))
"""Recorded answers of real exchanges, no part of the project. Tests that need them skip where it is no folder."""

ANY = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]  # how fast the machine is, is no finding
hypothesis.settings.register_profile(
    "usual", max_examples=60, deadline=None, derandomize=True, suppress_health_check=ANY
)
hypothesis.settings.register_profile("deep", max_examples=3000, deadline=None, suppress_health_check=ANY)
hypothesis.settings.load_profile("usual")  # `--hypothesis-profile=deep` searches anew and longer

leaks.install()
_home = tempfile.TemporaryDirectory(prefix="cryptoprices-home-")


def pytest_configure(config: pytest.Config) -> None:
    """The folders of the person who runs the tests are not touched, not even by a test that forgets its profile."""
    config.addinivalue_line("markers", "logs(pattern): log warnings that match are part of what the test shows")
    config.addinivalue_line("markers", "long: begins first, so that no process is left alone with it at the end")
    config.addinivalue_line("markers", "registry: installs packages from the registry that pip is configured with")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        os.environ[name] = _home.name


@pytest.hookimpl(trylast=True)  # after they were shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, the others in their order."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was collected stays until the end: nobody looks for garbage in it."""
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The folder that stood for the person's home goes."""
    _home.cleanup()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fails a test that leaves a thread, a running timer or a window behind, or that asked the real network."""
    before = leaks.Before()
    yield
    left = before.left_behind()
    assert not left, "left behind:\n" + "\n".join(left)


@pytest.fixture(autouse=True)
def no_stray_log_warning(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that logs a warning which it neither declares (marker `logs`) nor reads (fixture `caplog`).

    Afterwards logging is as it was, also where the program has sent everything to a file of its own.
    """
    root, ours, handler = logging.getLogger(), logging.getLogger("cryptoprices"), leaks.Warnings()
    before = root.handlers[:], root.level, ours.level, logging.raiseExceptions
    root.addHandler(handler)
    yield
    root.handlers[:], root_level, our_level, logging.raiseExceptions = before
    root.setLevel(root_level)
    ours.setLevel(our_level)
    if "caplog" not in request.fixturenames:
        expected = [mark.args[0] for mark in request.node.iter_markers("logs")]
        stray = [line for line in handler.lines if not any(re.search(pattern, line) for pattern in expected)]
        assert not stray, "logged:\n" + "\n".join(stray)


class FakeClock:
    """A clock that moves when told. boot_s: seconds; wall_ms: Unix ms. Pass `clock` to what wants a Clock."""

    def __init__(self, boot_s: float = 1000.0, wall_ms: int = 1_763_820_000_000) -> None:  # 2025-11-22 14:00:00 UTC
        self.boot_s, self.wall_ms = boot_s, wall_ms
        self.clock = Clock(lambda: self.boot_s, lambda: self.wall_ms)

    def advance(self, seconds: float) -> None:
        """Time passes, on both clocks."""
        self.boot_s += seconds
        self.wall_ms += round(seconds * 1000)


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock at a fixed moment."""
    return FakeClock()
