"""The command line: statuses that mean something, one line for a wrong word, and nothing loaded that is not needed."""

import json
import os
import signal
import subprocess
import sys

import pytest
from conftest import ROOT

import cryptoprices
from cryptoprices import cli, displays
from cryptoprices.clock import system_clock
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Pair
from cryptoprices.core.ranges import RANGES
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.stop import stopping

OFF = [
    word
    for name in ("kraken", "coinbase", "bitstamp", "gemini", "bitfinex", "binance", "coingecko")
    for word in ("--set", f"exchanges.{name}.enabled=false")
]


@pytest.fixture(autouse=True)
def handlers():
    """The signals as they were."""
    before = {number: signal.getsignal(number) for number in stopping()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def command(*words, **kwargs):
    environ = os.environ | {"PYTHONUTF8": "1"} | kwargs.pop("environ", {})
    return [sys.executable, "-m", "cryptoprices", *map(str, words)], {
        "cwd": ROOT,
        "env": environ,
        "text": True,
    } | kwargs


def run(*words, **kwargs):
    arguments, options = command(*words, **kwargs)
    streams = {} if "stdout" in options else {"capture_output": True}
    return subprocess.run(arguments, **streams, **options, timeout=60, check=False)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["wach"], "wach: there is no such command; did you mean watch?"),
        (["buy"], "buy: there is no such command; use watch, history, compare, serve, token, doctor, settings"),
        (["--once"], "--once: there is no such option, or it belongs after a command; see `cryptoprices --help`"),
        (["watch", "--bogus"], "unrecognized arguments: --bogus; see `cryptoprices watch --help`"),
        (["watch", "--onc"], "unrecognized arguments: --onc; see `cryptoprices watch --help`"),
        (["watch", "bitcoin"], "'bitcoin' is not a pair; write it like BTC/USD"),
        (["watch", "--every", "4"], "--every: '4' is not a number of seconds from 5 to 3600; "
         "see `cryptoprices watch --help`"),
        (["watch", "--every", "٣٠"], "--every: '٣٠' is not a number of seconds from 5 to 3600; "
         "see `cryptoprices watch --help`"),
        (["history"], "the following arguments are required: PAIR; see `cryptoprices history --help`"),
        (["history", "bitcoin"], "'bitcoin' is not a pair; write it like BTC/USD"),
        (["history", "btcusd", "--interval", "2h"], "--interval: '2h' is none of 1m, 5m, 15m, 1h, 4h, 1d, 1w; "
         "see `cryptoprices history --help`"),
        (["history", "btcusd", "--format", "xml"], "--format: 'xml' is none of csv, json; "
         "see `cryptoprices history --help`"),
        (["history", "btcusd", "--since", "soon"],
         "'soon' is no time; write it like 2026-11-22, 2026-11-22T14:00:00Z or 1795000000"),
        (["history", "btcusd", "--since", "9999-01-01"], "--since 9999-01-01: that is not in the past"),
        (["history", "btcusd", "--since", "2020-01-01", "--until", "2020-01-01"],
         "--until 2020-01-01: that is not after --since 2020-01-01"),
        (["history", "btcusd", "--until", "1900-01-01"], "--until 1900-01-01: that is before all prices"),
        (["compare", "BTC"], "BTC: name two or more coins, like BTC ETH"),
        (["compare", "btc", "BTC"], "BTC: name two or more coins, like BTC ETH"),
        (["compare", "BTC", "BTC/USD"], "'BTC/USD' is not a coin; write it like BTC"),
        (["compare", "BTC", "usd"], "'USD' is not a coin; write it like BTC"),
        (["compare", "BTC", "ETH", "--range", "2d"], "--range: '2d' is none of 1h, 1d, 1w, 1mo, 1y, all; "
         "see `cryptoprices compare --help`"),
        (["--profile"], "--profile: expected one argument; see `cryptoprices --help`"),
        (["--profile", "", "watch"], "--profile: name a folder; an empty name is none"),
        (["--log-level", "loud", "watch"], "--log-level: 'loud' is none of DEBUG, INFO, WARNING, ERROR, CRITICAL; "
         "see `cryptoprices --help`"),
        (["watch", "--set", "theme=blue"], 'theme: "blue" is none of "system", "light", "dark"'),
        (["--set", "thme=dark", "doctor"], "thme: there is no such setting; did you mean theme?"),
        (["settings", "poll.interval_seconds", "1"], "poll.interval_seconds: 1 is out of bounds; use 5 to 3600 s"),
        (["settings", "theme", "dark", "blue"], "unrecognized arguments: blue; see `cryptoprices settings --help`"),
        (["--self-test", "watch"], "watch: --self-test stands alone"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_and_status_2(words, line, capsys):
    assert cli.main(words) == 2
    assert capsys.readouterr() == ("", f"cryptoprices: {line}\n")


def test_a_profile_that_cannot_be_made_is_wrong_use(capsys, tmp_path):
    (tmp_path / "file").touch()
    assert cli.main(["settings", "--profile", str(tmp_path / "file" / "x")]) == 2
    assert "name a folder that can be made" in capsys.readouterr().err


def test_version_and_help(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"cryptoprices {cryptoprices.__version__}\n"
    for words in (["--help"], *([name, "--help"] for name in cli.COMMANDS)):
        assert cli.main(words) == 0
        assert "--profile" in capsys.readouterr().out
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in cli.COMMANDS)


def test_options_stand_before_or_after_the_command(monkeypatch, tmp_path):
    seen = []
    watch = "cryptoprices.headless_watch.watch"
    monkeypatch.setattr(watch, lambda options, chosen: seen.append((options, chosen)) or 0)
    words = "--set theme=dark --demo watch --once btc-usd --set demo.seed=7 --profile x ETHUSD --json --every 30"
    assert cli.main([*words.split(), "--log-level", "debug", "BTC/USD"]) == 0
    ((options, chosen),) = seen
    assert options == RunOptions("x", ("theme=dark", "demo.seed=7"), True, "DEBUG")
    assert (list(map(str, chosen.pairs)), *chosen[1:]) == (["BTC/USD", "ETH/USD"], True, True, 30)


def test_history_takes_a_pair_a_width_and_times_or_sensible_ones(monkeypatch):
    seen = []
    monkeypatch.setattr("cryptoprices.headless_past.history", lambda *arguments: seen.append(arguments[1:]) or 0)
    assert cli.main(["history", "--interval", "1d", "eth-usd", "--since", "2025-01-01", "--until", "1735862400"]) == 0
    assert cli.main(["history", "ETH/USD", "--until", "2025-01-03T00:00:00Z", "--format", "json"]) == 0
    eth, end_ms = Pair("ETH", "USD"), 1_735_862_400_000  # 2025-01-03
    assert seen == [
        ((eth, "1d", end_ms - 2 * 86_400_000, end_ms), "csv"),
        ((eth, "1h", end_ms - 300 * 3_600_000, end_ms), "json"),
    ]
    cli.main(["history", "ETH/USD"])
    (_pair, _width, since_ms, until_ms), _form = seen[-1]
    assert since_ms == floor_ms(until_ms, "1h") - 300 * 3_600_000
    assert abs(until_ms - system_clock().wall_ms()) < 60_000


def test_the_words_of_the_command_line_are_those_of_the_core():
    assert tuple(INTERVALS_MS) == cli.WIDTHS
    assert tuple(RANGES) == cli.RANGES


def test_compare_takes_coins_in_any_case_each_once(monkeypatch):
    seen = []
    monkeypatch.setattr("cryptoprices.headless_past.compare", lambda *arguments: seen.append(arguments[1:]) or 0)
    assert cli.main(["compare", "btc", "--range", "all", "ETH", "Btc"]) == 0
    assert cli.main(["compare", "BTC", "ETH", "SOL", "--json"]) == 0
    assert seen == [(("BTC", "ETH"), "all", False), (("BTC", "ETH", "SOL"), "1mo", True)]


def test_the_window_is_what_opens_without_a_command(monkeypatch):
    seen = []
    monkeypatch.setattr(displays, "why_no_window", lambda: None)
    monkeypatch.setattr("cryptoprices.desktop.run_desktop", lambda options, _stop: seen.append(options) or 0)
    assert cli.main(["--demo"]) == 0
    assert seen == [RunOptions(demo=True)]


def test_where_no_window_can_open_one_line_says_why(monkeypatch, capsys):
    monkeypatch.setattr(displays, "why_no_window", lambda: displays.EXTRA)
    assert cli.main([]) == 4
    assert capsys.readouterr().err == (
        'cryptoprices: The window is not installed; install it with: pip install "cryptoprices[desktop]"\n'
    )


def test_without_the_extra_the_window_says_what_to_install(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        "gone = ('PySide6', 'shiboken6', 'pyqtgraph')\n"
        "PathFinder.find_spec = lambda name, *rest: None if name.split('.')[0] in gone else find(name, *rest)\n"
    )
    done = run("--demo", environ={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        'cryptoprices: The window is not installed; install it with: pip install "cryptoprices[desktop]"\n'
    )


@pytest.mark.skipif(sys.platform != "linux", reason="displays are a variable on Linux only")
def test_without_a_display_the_window_says_so_and_nothing_aborts():
    environ = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    done = run(environ=environ)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("cryptoprices: There is no display here")
    done = run(environ=environ | {"DISPLAY": ":4711"})
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "cryptoprices: The display ':4711' cannot be reached; check DISPLAY.\n"


LIGHT = "import sys; import cryptoprices.__main__ as m; status = m.main({words}); " \
    "print(status, *sorted(name for name in sys.modules if '.' not in name or name.startswith('cryptoprices')), " \
    "file=sys.stderr)"  # fmt: skip


def loaded(*words):
    done = subprocess.run(
        [sys.executable, "-c", LIGHT.format(words=list(words))], capture_output=True, text=True, timeout=60, check=True
    )
    status, *modules = done.stderr.splitlines()[-1].split()
    assert status == "0", done.stderr
    return set(modules)


def test_help_loads_nothing_that_it_does_not_need():
    heavy = "decimal msgspec requests numpy PySide6 keyring platformdirs tomlkit json ssl urllib3 asyncio logging"
    assert not loaded("watch", "--help") & set(heavy.split())


def test_qt_neither_reads_nor_keeps_the_source_of_what_is_loaded_after_it():
    script = "import linecache, cryptoprices.qt.loading as qt; qt.load_qt(); import cryptoprices.desktop, pyqtgraph; "
    words = [sys.executable, "-c", script + "print(len(linecache.cache))"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) < 10  # Qt's own


@pytest.mark.parametrize("words", [("watch", "--once"), ("doctor",)])
def test_watch_and_doctor_load_no_qt_and_a_single_watch_neither_arrays_nor_streams(words):
    modules = loaded(*words, "--demo")
    heavy = ("PySide", "shiboken", "pyqtgraph", "tkinter", *(["numpy", "picows"] if words[0] == "watch" else []))
    assert not {name for name in modules if name.startswith(heavy)}
    assert not modules & {"cryptoprices.ui", "cryptoprices.qt", "cryptoprices.desktop"}
    assert ("keyring" in modules) == (words == ("doctor",))


DEMO = "DEMO: a simulated market on this machine; these are not real prices.\n"


def test_watch_prints_a_line_per_pair_of_the_demo_in_the_order_asked():
    done = run("watch", "ETH/USD", "BTC/USD", "--once", "--json", "--demo", "--set", "demo.seed=7")
    assert (done.returncode, done.stderr) == (0, DEMO)
    lines = list(map(json.loads, done.stdout.splitlines()))
    assert [(line["pair"], line["state"]) for line in lines] == [("ETH/USD", "LIVE"), ("BTC/USD", "LIVE")]


def test_a_demo_leaves_no_folder_behind(tmp_path):
    done = run("watch", "--once", "--demo", environ={"TMPDIR": str(tmp_path), "TEMP": str(tmp_path)})
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_every_line_of_a_demo_for_a_person_says_so():
    done = run("watch", "--once", "--demo")
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [["DEMO", "BTC/USD"], ["DEMO", "ETH/USD"]]
    assert done.stderr == DEMO


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize("number", stopping())
def test_a_signal_ends_watch_with_0_and_without_another_word(number, tmp_path):
    arguments, options = command("watch", "--demo", "--json", environ={"TMPDIR": str(tmp_path)})
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
        assert json.loads(process.stdout.readline())["pair"] == "BTC/USD"
        process.send_signal(number)
        _out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, DEMO)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_watch_prints_what_streams(tmp_path):
    arguments, options = command("watch", "BTC/USD", "--demo", "--json", environ={"TMPDIR": str(tmp_path)})
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
        lines = [json.loads(process.stdout.readline()) for _ in range(4)]
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, DEMO)
    assert "stream" in {quote["via"] for quote in lines[-1]["quotes"]}
    assert len({line["price"] for line in lines}) > 1
    assert {line["state"] for line in lines} == {"LIVE"}


@pytest.mark.skipif(os.name == "nt", reason="pipes are POSIX")
def test_a_closed_pipe_ends_watch_with_0_and_without_another_word():
    read, write = os.pipe()
    os.close(read)
    done = run("watch", "--demo", "--once", stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, DEMO)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_one_line():
    with open("/dev/full", "w") as full:
        done = run("settings", stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (
        1, "cryptoprices: The output could not be written: No space left on device\n",
    )  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="descriptors are POSIX")
def test_without_any_stream_the_program_still_runs(tmp_path):
    arguments, options = command("settings", "theme", "dark", "--profile", tmp_path / "with blank ü")
    options |= {"cwd": "/", "preexec_fn": lambda: os.closerange(0, 3)}
    assert subprocess.run(arguments, **options, timeout=60, check=False).returncode == 0
    assert (tmp_path / "with blank ü" / "settings.toml").read_text() == 'theme = "dark"\n'


def test_where_nothing_is_enabled_nothing_can_be_fetched(tmp_path):
    done = run("watch", "--json", "--profile", tmp_path, *OFF)
    assert done.returncode == 1
    assert [json.loads(line)["state"] for line in done.stdout.splitlines()] == ["NO_DATA", "NO_DATA"]
    assert done.stderr == (
        "No exchange is enabled; enable one with: cryptoprices settings exchanges.kraken.enabled true\n"
    )


def test_settings_are_listed_read_and_set(tmp_path, capsys):
    def told(*words):
        assert cli.main(["settings", *words, "--profile", str(tmp_path)]) == 0
        return capsys.readouterr().out

    told("watchlist", "btc-eur,eth-eur")
    told("exchanges.kraken.rest_url", "http://127.0.0.1:1/x/")
    assert told("watchlist") == '["BTC/EUR", "ETH/EUR"]\n'
    assert told("exchanges.kraken.rest_url") == "http://127.0.0.1:1/x\n"
    listed = told("--set", "theme=dark").splitlines()
    assert 'theme = "dark"' in listed
    assert "poll.interval_seconds = 20" in listed
    assert 'exchanges.coinbase.rest_url = "https://api.exchange.coinbase.com"' in listed
    assert "theme" not in (tmp_path / "settings.toml").read_text()


def test_a_problem_in_the_file_is_said_and_costs_only_itself(tmp_path):
    (tmp_path / "settings.toml").write_text('theme = "dark"\n[poll]\ninterval_seconds = 1\n')
    done = run("settings", "theme", "--profile", tmp_path)
    assert (done.returncode, done.stdout) == (0, "dark\n")
    assert done.stderr == (
        "settings.toml, line 3: poll.interval_seconds: 1 is out of bounds; use 5 to 3600 s; 20 is used.\n"
    )
