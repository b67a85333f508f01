"""A settings file of the person's choice takes the place of the one there is: all of it right, or nothing changes."""

import os
import pickle
import subprocess
import sys
import textwrap

import pytest

from cryptoprices.settings import options as o
from cryptoprices.settings.values import Refused
from cryptoprices.storage.settings_edit import SettingsEdit
from cryptoprices.storage.settings_file import load

TABLE = o.declared([o.exchange_options("kraken"), o.exchange_options("okx", False)])


@pytest.fixture
def path(tmp_path):
    (tmp_path / "profile").mkdir()
    return tmp_path / "profile" / "settings.toml"


@pytest.fixture
def chosen(tmp_path):
    return tmp_path / "kept.toml"


def test_it_takes_the_place_of_the_old_one_which_is_kept(path, chosen):
    path.write_text('theme = "light"\n')
    chosen.write_text('# mine\ntheme = "dark"\n[poll]\ninterval_seconds = 60\n')
    replaced = SettingsEdit(path).restore(chosen, TABLE)
    assert (replaced.settings[o.THEME], replaced.settings[o.POLL_INTERVAL_S]) == ("dark", 60)
    assert replaced.before == path.with_name(replaced.kept).read_text() == 'theme = "light"\n'
    assert replaced.kept == "settings.toml.bak1"
    assert path.read_text() == chosen.read_text()
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_it_can_be_taken_back_with_what_was_wrong_in_the_old_one(path, chosen):
    path.write_text('them = "light"\n[poll]\ninterval_seconds = 30\n')
    chosen.write_text('theme = "dark"\n')
    edit = SettingsEdit(path)
    back = edit.replace(edit.restore(chosen, TABLE).before, TABLE)
    assert path.read_text() == 'them = "light"\n[poll]\ninterval_seconds = 30\n'
    assert back.settings[o.POLL_INTERVAL_S] == 30
    assert back.before == 'theme = "dark"\n'


def test_where_there_was_none_nothing_is_kept(path, chosen):
    chosen.write_text('theme = "dark"\n')
    assert SettingsEdit(path).restore(chosen, TABLE)[1:] == ("", "")
    assert path.read_text() == 'theme = "dark"\n'


def test_a_damaged_old_one_is_set_aside_and_no_generation(path, chosen):
    path.write_text("theme = ")
    chosen.write_text('theme = "dark"\n')
    assert SettingsEdit(path).restore(chosen, TABLE).kept == "settings.toml.invalid1"
    assert sorted(each.name for each in path.parent.iterdir()) == ["settings.toml", "settings.toml.invalid1"]


WRONG = {
    "one value": (
        b'theme = "dark"\n[poll]\ninterval_seconds = 1\n',
        ["kept.toml, line 3: poll.interval_seconds: 1 is"],
    ),
    "unknown": (
        b"__class__ = 1\nthem = 2\n",
        ["kept.toml, line 1: __class__: there", "kept.toml, line 2: them: there"],
    ),
    "half": (b"theme = \n", ["kept.toml, line 1: Invalid value"]),
    "yaml": (b"theme: !!python/object/apply:os.mkdir ['made']\n", ["kept.toml, line 1: "]),
    "pickle": (pickle.dumps({"theme": "dark"}), ["kept.toml, line 1: "]),
    "too large": (b"#" * ((1 << 20) + 1), ["kept.toml: larger than 1 MiB"]),
    "too deep": (b".".join([b"a"] * 5000) + b" = 1\n", ["kept.toml, line 1: nested too deeply"]),
    "deep lists": (b"theme = " + b"[" * 300 + b"]" * 300, ["kept.toml, line 1: theme: "]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_right_as_a_whole_changes_nothing(path, chosen, name):
    body, problems = WRONG[name]
    path.write_text('theme = "light"\n')
    chosen.write_bytes(body)
    with pytest.raises(Refused) as refused:
        SettingsEdit(path).restore(chosen, TABLE)
    assert len(refused.value.problems) == len(problems)
    assert all(map(str.startswith, refused.value.problems, problems))
    assert not any("is used" in problem for problem in refused.value.problems)
    assert [each.name for each in path.parent.iterdir()] == ["settings.toml"]
    assert path.read_text() == 'theme = "light"\n'


def test_a_file_of_just_the_limit_is_read(path, chosen):
    chosen.write_bytes(b'theme = "dark"\n'.ljust(1 << 20, b"\n"))
    assert SettingsEdit(path).restore(chosen, TABLE).settings[o.THEME] == "dark"
    assert load(path, TABLE).settings[o.THEME] == "dark"


def test_what_is_no_file_is_said_to_be_none(path, chosen):
    chosen.mkdir()
    with pytest.raises(Refused, match=r"kept\.toml: it is no file"):
        SettingsEdit(path).restore(chosen, TABLE)
    with pytest.raises(FileNotFoundError):
        SettingsEdit(path).restore(chosen.with_name("gone.toml"), TABLE)


def test_where_the_old_one_cannot_be_kept_it_stays(path, chosen):
    path.write_text('theme = "light"\n')
    chosen.write_text('theme = "dark"\n')
    path.with_name("settings.toml.bak2").touch()
    path.with_name("settings.toml.bak3").mkdir()
    with pytest.raises(OSError, match=r"settings\.toml\.bak"):
        SettingsEdit(path).restore(chosen, TABLE)
    assert path.read_text() == 'theme = "light"\n'


AUDIT = """
    import sys
    from pathlib import Path
    from test_settings_restore import TABLE, WRONG
    from cryptoprices.storage.settings_edit import SettingsEdit
    from cryptoprices.settings.values import Refused

    folder, seen = Path(sys.argv[1]), []
    def hook(event, args):
        if event in ("exec", "import", "compile", "os.system", "subprocess.Popen", "os.mkdir", "os.posix_spawn"):
            seen.append(event)
        if event == "open" and not str(args[0]).startswith(str(folder)):
            seen.append((event, args[0]))
    chosen, edit = folder / "kept.toml", SettingsEdit(folder / "settings.toml")
    chosen.write_text("theme = 'dark'")
    edit.restore(chosen, TABLE)  # what it needs itself is there from now on
    sys.addaudithook(hook)
    for body, _ in WRONG.values():
        chosen.write_bytes(body)
        try:
            edit.restore(chosen, TABLE)
        except Refused:
            pass
    print(seen)
"""


def test_nothing_in_it_is_executed_imported_or_opened(tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(AUDIT), str(tmp_path)]
    folder = os.path.dirname(__file__)
    run = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert (run.stdout, run.stderr) == ("[]\n", "")
