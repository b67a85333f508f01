"""What stands in a file's place and is none: no start waits for it, each says so in one sentence."""

import os

import pytest

from cryptoprices.settings.options import declared
from cryptoprices.storage import atomic
from cryptoprices.storage.managed import ManagedFile
from cryptoprices.storage.reading import read_at_most
from cryptoprices.storage.settings_file import load
from cryptoprices.storage.state import read_state
from cryptoprices.storage.tokens import TokenFile

MAKERS = {"pipe": getattr(os, "mkfifo", None), "folder": os.mkdir}
pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such pipes")


@pytest.fixture(params=MAKERS)
def path(request, tmp_path):
    """What is no file."""
    MAKERS[request.param](tmp_path / "it")
    return tmp_path / "it"


def test_settings_are_the_defaults(path):
    assert load(path, declared(())).problems == ("it: it is no file; the defaults are used instead.",)


def test_watchlists_are_none(path, fake_clock):
    managed = ManagedFile(path, fake_clock.clock)
    assert managed.problem == "it cannot be read (it is no file); starting without watchlists and prices of one's own."
    with pytest.raises(OSError, match="it is no file"):
        atomic.keep_generation(path)


def test_a_backup_that_is_none_is_left_out(path, tmp_path, fake_clock):
    (tmp_path / "managed.json").write_text("{")
    path.rename(tmp_path / "managed.json.bak1")
    assert "managed.json is damaged" in ManagedFile(tmp_path / "managed.json", fake_clock.clock).problem


def test_the_last_prices_are_unknown(path):
    assert read_state(path)[1] == "it cannot be read (it is no file); starting without the last prices."


@pytest.mark.logs("No token holds")
def test_no_token_holds(path, fake_clock):
    assert TokenFile(path, fake_clock.clock).problem() == f"{path} cannot be read: it is no file."


def test_of_a_large_file_no_more_is_read_than_is_needed_to_know(tmp_path):
    (tmp_path / "it").write_bytes(b"x" * 10)
    assert read_at_most(tmp_path / "it", 4) == b"x" * 5
    assert read_at_most(tmp_path / "it", 10) == b"x" * 10
