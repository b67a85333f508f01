"""settings.toml: what is wrong is named with file, line and key and costs only itself; the file stays as it was."""

import os

import pytest

from cryptoprices.settings import options as o
from cryptoprices.settings.values import Settings
from cryptoprices.storage import atomic
from cryptoprices.storage.settings_edit import SettingsEdit
from cryptoprices.storage.settings_file import load

TABLE = o.declared([o.exchange_options("kraken"), o.exchange_options("okx", False)])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


def test_no_file_is_no_problem(path):
    loaded = load(path, TABLE)
    assert loaded.problems == ()
    assert loaded.settings[o.POLL_INTERVAL_S] == 20
    assert not path.exists()


def test_a_file_sets_what_it_says(path):
    path.write_text('theme = "dark"\n[poll]\ninterval_seconds = 60\n[exchanges]\nkraken = {enabled = false}\n')
    loaded = load(path, TABLE)
    assert loaded.problems == ()
    assert loaded.settings[o.THEME] == "dark"
    assert loaded.settings[o.POLL_INTERVAL_S] == 60
    assert loaded.settings[o.exchange_options("kraken").enabled] is False


def test_a_byte_order_mark_is_no_fault(path):
    path.write_bytes(b"\xef\xbb\xbftheme = 'dark'\r\n")
    loaded = load(path, TABLE)
    assert (loaded.settings[o.THEME], loaded.problems) == ("dark", ())


def test_every_problem_names_file_line_and_key_and_the_rest_holds(path):
    path.write_text(
        '# mine\nthem = "dark"\ntheme = "blue"\n\n[poll]\n# every second\ninterval_seconds = 1\n\n'
        "[exchanges.kraken]\nenabled = true\nrest_url = 5\n[exchanges.krakn]\nenabled = 1\n[tray]\npair = 'eth-usd'\n"
    )
    before = path.read_bytes()
    loaded = load(path, TABLE)
    assert loaded.problems == (
        "settings.toml, line 2: them: there is no such setting; did you mean theme?",
        'settings.toml, line 3: theme: "blue" is none of "system", "light", "dark"; "system" is used.',
        "settings.toml, line 7: poll.interval_seconds: 1 is out of bounds; use 5 to 3600 s; 20 is used.",
        'settings.toml, line 11: exchanges.kraken.rest_url: 5 is not a text, like ""; "" is used.',
        "settings.toml, line 13: exchanges.krakn.enabled: there is no such setting; "
        "did you mean exchanges.kraken.enabled?",
    )
    assert loaded.settings[o.POLL_INTERVAL_S] == 20
    assert loaded.settings[o.TRAY_PAIR] == "ETH/USD"
    assert path.read_bytes() == before


BROKEN = {
    "half a value": (b'theme = "dark"\n[poll]\ninterval_seconds = \n', "settings.toml, line 3: Invalid value"),
    "zeros": (b"\0" * 64, "settings.toml, line 1: "),
    "not utf-8": (b"a = 1\nb = '\xff'\n", "settings.toml, line 2: not UTF-8 text"),
    "too deep": (b"theme = " + b"[" * 100_000, "settings.toml"),
    "too large": (b"#" * 1_100_000, "settings.toml: larger than 1 MiB"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gives_way_to_the_newest_readable_backup(path, name):
    body, problem = BROKEN[name]
    path.write_bytes(body)
    path.with_name("settings.toml.bak1").write_bytes(b"theme = ")
    path.with_name("settings.toml.bak2").write_text('theme = "light"\n')
    loaded = load(path, TABLE)
    assert loaded.settings[o.THEME] == "light"
    assert len(loaded.problems) == 1
    assert loaded.problems[0].startswith(problem)
    assert loaded.problems[0].endswith("settings.toml.bak2 is used instead.")
    assert path.read_bytes() == body


def test_a_broken_file_without_backup_means_the_defaults_saved_over_nothing(path):
    path.write_bytes(b"theme = ")
    loaded = load(path, TABLE)
    assert loaded.settings[o.THEME] == "system"
    assert loaded.problems[0].endswith("the defaults are used instead.")
    assert [p.name for p in path.parent.iterdir()] == ["settings.toml"]


def test_an_empty_file_sets_nothing(path):
    path.write_bytes(b"")
    assert load(path, TABLE).problems == ()


def test_a_flood_of_problems_is_cut(path):
    path.write_text("".join(f"x{number} = 1\n" for number in range(5000)))
    problems = load(path, TABLE).problems
    assert len(problems) == 21
    assert problems[-1] == "settings.toml: 4980 more problems."


def test_a_change_keeps_comments_order_and_three_generations(path):
    path.write_text('# my settings\ntheme = "dark" # at night\n\n[poll]\ninterval_seconds = 60\n')
    for number in range(5):
        assert SettingsEdit(path).set_value("demo.seed", number) == ""
    assert path.read_text() == (
        '# my settings\ntheme = "dark" # at night\n\n[poll]\ninterval_seconds = 60\n\n[demo]\nseed = 4\n'
    )
    assert [b.read_text().rsplit("=")[-1] for b in atomic.backups(path)] == [" 3\n", " 2\n", " 1\n"]
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "settings.toml", "settings.toml.bak1", "settings.toml.bak2", "settings.toml.bak3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "exchanges = {kraken = {enabled = true}}\n",
        "exchanges.kraken.enabled = true\n",
        "[exchanges]\nkraken.enabled = 1\n",
    ],
)
def test_a_change_finds_its_place_in_every_way_of_writing_tables(path, text):
    path.write_text(text)
    SettingsEdit(path).set_value("exchanges.kraken.rest_url", "http://127.0.0.1:1")
    SettingsEdit(path).set_value("watchlist", ("BTC/EUR",))
    settings = load(path, TABLE).settings
    assert settings[o.exchange_options("kraken").rest_url] == "http://127.0.0.1:1"
    assert settings[o.WATCHLIST] == ("BTC/EUR",)


def test_a_change_to_a_broken_file_sets_it_aside_and_goes_on_from_the_backup(path):
    path.write_text('theme = "light"\n')
    SettingsEdit(path).set_value("demo.seed", 1)
    path.write_bytes(b"broken = ")
    notice = SettingsEdit(path).set_value("demo.seed", 2)
    assert notice == "settings.toml, line 1: Invalid value; the file was set aside as settings.toml.invalid1."
    assert path.with_name("settings.toml.invalid1").read_bytes() == b"broken = "
    assert path.read_text() == 'theme = "light"\n\n[demo]\nseed = 2\n'
    assert [b.exists() for b in atomic.backups(path)] == [True, False, False]  # the broken one is no generation


def test_a_file_that_cannot_be_read_is_a_problem_of_its_own(path):
    path.mkdir()
    loaded = load(path, TABLE)
    assert isinstance(loaded.settings, Settings)
    assert loaded.problems[0].startswith("settings.toml: ")


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_a_written_file_is_for_its_owner_only(path):
    SettingsEdit(path).set_value("theme", "dark")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_missing_folder_is_made_and_one_that_cannot_be_says_why(tmp_path):
    SettingsEdit(tmp_path / "a" / "settings.toml").set_value("theme", "dark")
    assert (tmp_path / "a" / "settings.toml").read_text() == 'theme = "dark"\n'
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        SettingsEdit(tmp_path / "file" / "b" / "settings.toml").set_value("theme", "dark")
