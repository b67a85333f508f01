"""Settings as a file and from a file, by the window's menu."""

import pytest
from charts import OFFSCREEN
from PySide6.QtWidgets import QFileDialog
from window_rig import Rig

from cryptoprices.preferences import Preferences
from cryptoprices.settings import options as o
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings
from cryptoprices.storage.atomic import write
from cryptoprices.storage.settings_edit import SettingsEdit
from cryptoprices.ui.controls import Controls
from cryptoprices.ui.settings_file import SettingsFile

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


class Jobs:
    """A writer that does nothing by itself."""

    def __init__(self):
        self.jobs = {}

    def put(self, name, job):
        self.jobs[name] = job


class Here:
    """The window, its preferences and what is said."""

    def __init__(self, folder, controls, tasks, window):
        self.path = folder / "settings.toml"
        self.controls, self.jobs, self.held = controls, Jobs(), []
        families = (o.exchange_options("kraken", True, "https://api.kraken.com"), o.exchange_options("okx", False))
        edit = SettingsEdit(self.path)
        options = RunOptions(overrides=("stream.enabled=false",))
        begun = Settings({"stream.enabled": False})
        self.preferences = Preferences(begun, families, options, lambda: edit, self.jobs, window)
        self.preferences.changed.connect(self.held.append)
        self.file = SettingsFile(window, controls, self.preferences, tasks, write)


@pytest.fixture
def here(tmp_path, fake_clock, qtbot, tasks):
    window = Rig(fake_clock).window(qtbot, filled=False)
    return Here(tmp_path, Controls(window, True, window), tasks, window)


@pytest.fixture
def choose(here, qtbot, monkeypatch):
    """choose("Settings from a file…", path) -> what was said."""

    def choose(text, path):
        for name in ("getSaveFileName", "getOpenFileName"):
            monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path), ""))
        here.controls.say("")
        window = here.file.parent()
        next(action for action in window.export_menu.actions() if action.text() == text).trigger()
        qtbot.waitUntil(lambda: here.controls.notice != "")
        return here.controls.notice

    return choose


SAVE, RESTORE = "Settings as a file…", "Settings from a file…"


def test_what_holds_is_written_and_can_be_taken_back(here, choose, tmp_path):
    here.preferences.keep("theme", "dark")
    path = tmp_path / "kept.toml"
    assert choose(SAVE, path) == f"Settings written to {path}."
    here.preferences.keep("theme", "light")
    assert choose(RESTORE, path) == "The settings of kept.toml hold now."
    assert here.held[-1][o.THEME] == "dark"
    assert here.held[-1][o.STREAM_ENABLED] is False, "that of the command line holds for the run"
    assert here.path.read_text() == path.read_text()


def test_what_waits_for_the_next_start_is_named_and_the_earlier_file_is_kept(here, choose, tmp_path):
    here.path.write_text('theme = "light"\n')
    path = tmp_path / "other.toml"
    path.write_text('watchlist = ["ETH/USD"]\n[network]\nproxy = "none"\n[poll]\ninterval_seconds = 60\n')
    assert choose(RESTORE, path) == (
        "The settings of other.toml hold now, network.proxy from the next start on;"
        " the earlier ones are kept as settings.toml.bak1."
    )
    assert here.held[-1][o.POLL_INTERVAL_S] == 60


def test_it_can_be_undone(here, choose, tmp_path, qtbot):
    here.path.write_text('theme = "light"\n')
    path = tmp_path / "other.toml"
    path.write_text('theme = "dark"\nwatchlist = ["ETH/USD"]\n')
    choose(RESTORE, path)
    notice = here.file.parent().status.notice
    assert notice.take.text() == "Undo"
    notice.take.click()
    qtbot.waitUntil(lambda: here.controls.notice == "The earlier settings hold again.")
    assert here.held[-1][o.THEME] == "light"
    assert here.path.read_text() == 'theme = "light"\n'
    assert not notice.take.isVisible()


@pytest.mark.logs("could not be answered")
def test_a_file_that_is_not_right_changes_nothing_and_says_all_that_is_wrong(here, choose, tmp_path):
    here.path.write_text('theme = "light"\n')
    path = tmp_path / "bad.toml"
    path.write_text('theme = "drak"\nfoo = 1\n')
    assert choose(RESTORE, path) == "Nothing was changed: bad.toml has 2 faults."
    said = here.file.parent().status.notice.accessibleName()
    assert 'bad.toml, line 1: theme: "drak" is none of' in said
    assert "bad.toml, line 2: foo: there is no such setting" in said
    path.write_text("theme = ")
    assert choose(RESTORE, path) == "Nothing was changed: bad.toml, line 1: Invalid value"
    assert here.held == []
    assert here.path.read_text() == 'theme = "light"\n'


@pytest.mark.logs("could not be answered")
def test_what_the_disk_refuses_is_one_sentence(here, choose, tmp_path):
    assert choose(SAVE, tmp_path / "no" / "kept.toml") == "kept.toml could not be written: No such file or directory."
    assert choose(RESTORE, tmp_path / "gone.toml") == (
        "The settings stay as they were: gone.toml: No such file or directory."
    )


def test_who_names_no_file_changes_nothing(here, monkeypatch, tmp_path):
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: ("", ""))
    here.file.save()
    here.file.restore()
    assert list(tmp_path.iterdir()) == []


def test_a_choice_that_is_written_late_does_not_come_over_a_restored_file(here, choose, tmp_path):
    here.preferences.keep("theme", "dark")
    here.preferences.keep("currency", "EUR")
    path = tmp_path / "other.toml"
    path.write_text('theme = "light"\n')
    choose(RESTORE, path)
    for job in here.jobs.jobs.values():
        job()
    assert here.path.read_text() == 'theme = "light"\n'


def test_a_choice_is_written_with_what_holds(here):
    here.preferences.keep("poll.interval_seconds", 30)
    here.jobs.jobs["poll.interval_seconds"]()
    assert "interval_seconds = 30" in here.path.read_text()


def test_in_a_demo_no_address_of_an_exchange_holds(here, tmp_path):
    here.preferences._options = RunOptions(demo=True)
    here.preferences.take(Settings({"exchanges.kraken.rest_url": "http://127.0.0.1:1", "theme": "dark"}))
    assert set(here.preferences.settings.keys()) == {"theme"}
