"""Where the files of a run are."""

import os
import shlex
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from cryptoprices.settings.options import exchange_options
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import WrongSetting
from cryptoprices.storage.paths import NoFolder, paths_for
from cryptoprices.storage.profile import open_profile, writable


def test_a_chosen_folder_is_made_and_holds_everything(tmp_path):
    folder = tmp_path / "a b" / "ü"
    paths = paths_for(RunOptions(str(folder)))
    assert folder.is_dir()
    assert {paths.settings, paths.state, paths.log, paths.lock} == {
        folder / name for name in ("settings.toml", "state.json", "cryptoprices.log", "lock")
    }
    paths.remove_temporary()
    assert folder.is_dir()


def test_who_still_writes_leaves_nothing_behind_of_a_demo(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    paths = paths_for(RunOptions(demo=True))
    remove = os.rmdir

    def late(*what, **how):
        with suppress(OSError):
            paths.log.write_text("A stream ended.")
        remove(*what, **how)

    monkeypatch.setattr(os, "rmdir", late)
    paths.remove_temporary()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("demo", [False, True])
@pytest.mark.parametrize("name", ["here", "a b", None])
def test_another_command_is_told_how_to_find_the_same_files(name, demo, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    paths = paths_for(RunOptions(name, demo=demo))
    program, *words = shlex.split(paths.program)
    monkeypatch.chdir("/")
    folder = words[words.index("--profile") + 1] if "--profile" in words else None
    assert program == "cryptoprices"
    assert paths_for(RunOptions(folder, demo="--demo" in words)).tokens == paths.tokens


def test_a_demo_in_a_chosen_folder_keeps_apart(tmp_path):
    paths = paths_for(RunOptions(str(tmp_path), demo=True))
    assert paths.settings == tmp_path / "demo" / "settings.toml"
    assert not paths.temporary


def test_a_demo_without_a_folder_leaves_nothing():
    paths = paths_for(RunOptions(demo=True))
    paths.state.write_text("{}")
    paths.remove_temporary()
    assert not paths.folder.exists()


def test_without_a_folder_the_platforms_own_are_used():
    paths = paths_for(RunOptions())
    assert all(path.is_relative_to(Path.home()) for path in (paths.folder, paths.settings, paths.log))
    assert paths.folder.is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NoFolder, match=r"--profile .*file/x: Not a directory; name a folder that can be made"):
        paths_for(RunOptions(str(tmp_path / "file" / "x")))


def test_a_profile_has_the_file_below_the_command_line(tmp_path):
    (tmp_path / "settings.toml").write_text('theme = "dark"\n[exchanges.kraken]\nrest_url = "http://127.0.0.1:1"\n')
    kraken = exchange_options("kraken", True, "https://api.kraken.com")
    profile = open_profile(RunOptions(str(tmp_path), ("poll.interval_seconds=7",)), [kraken])
    assert [*map(profile.settings.__getitem__, (kraken.rest_url, kraken.enabled))] == ["http://127.0.0.1:1", True]
    assert profile.problems == ()
    assert set(profile.settings.keys()) == {"theme", "exchanges.kraken.rest_url", "poll.interval_seconds"}


def test_a_demo_takes_no_address_from_anybody(tmp_path):
    kraken = exchange_options("kraken", True, "https://api.kraken.com")
    options = RunOptions(str(tmp_path), ("exchanges.kraken.rest_url=http://127.0.0.1:1", "theme=dark"), demo=True)
    profile = open_profile(options, [kraken])
    assert profile.settings.keys() == ("theme",)
    assert profile.settings[kraken.rest_url] == "https://api.kraken.com"


def test_a_wrong_override_is_told_before_any_folder_is_made(tmp_path):
    with pytest.raises(WrongSetting):
        open_profile(RunOptions(str(tmp_path / "new"), ("theme=blue",)), [])
    assert not (tmp_path / "new").exists()


def test_whether_a_folder_can_be_written_is_tried(tmp_path):
    assert writable(tmp_path)
    assert not writable(tmp_path / "none")
    assert not list(tmp_path.iterdir())
