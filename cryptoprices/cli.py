"""The command line: reads the words, imports what the command needs, and ends with a status that means something.

0 done, also when ended by a person · 1 nothing could be fetched · 2 wrong use · 3 a self-test or the certificate store
failed · 4 the window cannot open here.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from cryptoprices import __version__
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.stop import Stop, stopping
from cryptoprices.terminal import OutputFailed
from cryptoprices.words import Parser, WrongUse, one_of, seconds

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
COMMANDS = {
    "watch": "prices in the terminal",
    "history": "candles of a pair, as CSV or JSON",
    "compare": "how coins did against each other",
    "serve": "the REST and stream API, without a window",
    "token": "make, list or revoke tokens of the API",
    "doctor": "what works on this machine",
    "settings": "list, read or set settings",
}
WIDTHS = ("1m", "5m", "15m", "1h", "4h", "1d", "1w")
RANGES = ("1h", "1d", "1w", "1mo", "1y", "all")
DEFAULT_CANDLES = 300
_EPILOG = "Without a command the window opens. `cryptoprices COMMAND --help` tells more."


def main(words: list[str]) -> int:
    """Run one command line. Returns the exit status; never raises for a person's or a network's mistake."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows another one
    try:
        for number in stopping():
            signal.signal(number, _stop)
        status = _run(words)
        _flush()
    except WrongUse as error:
        _say(f"cryptoprices: {error}")
        return 2
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        _drop_output()
        return 0
    except OutputFailed as error:
        _say(f"cryptoprices: {error}")
        _drop_output()
        return 1
    except SystemExit as done:  # --help and --version
        return done.code if isinstance(done.code, int) else 0
    return status


def _drop_output() -> None:
    """Nobody takes it, and the interpreter would try once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    for number in stopping():
        signal.signal(number, signal.SIG_IGN)  # a second one does not cut the cleaning up short
    raise KeyboardInterrupt


def _run(words: list[str]) -> int:
    common = _common()
    known, rest = common.parse_known_args(words)
    options = RunOptions(
        known.profile, tuple(known.set), known.demo, known.log_level or _level_of(rest),
    )  # fmt: skip
    if known.self_test:
        if rest:
            raise WrongUse(f"{rest[0]}: --self-test stands alone")
        return _self_test(options)
    if not rest:
        return _desktop(options)
    word, *arguments = rest
    if word in ("-h", "--help"):
        _main_help(common)
        return 0
    if word not in COMMANDS:
        raise WrongUse(_no_such(word))
    commands = {
        "watch": _watch, "history": _history, "compare": _compare, "serve": _serve, "token": _token,
        "doctor": _doctor, "settings": _settings,
    }  # fmt: skip
    return commands[word](options, arguments)


def _common() -> argparse.ArgumentParser:
    """What may stand before or after every command."""
    parser = Parser(prog="cryptoprices", add_help=False, allow_abbrev=False, epilog=_EPILOG)
    parser.usage = "cryptoprices [COMMAND] [options]"
    group = parser.add_argument_group("options")
    group.add_argument("--profile", metavar="DIR", help="keep everything of this run in DIR")
    group.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="a setting for this run only")
    group.add_argument("--demo", action="store_true", help="a simulated market instead of the real ones; no network")
    group.add_argument("--log-level", metavar="LEVEL", type=_level, help=", ".join(LEVELS))
    group.add_argument("--self-test", action="store_true", help="check that everything of the program loads and works")
    group.add_argument("--version", action="version", version=f"cryptoprices {__version__}")
    return parser


def _level_of(rest: list[str]) -> str:
    """What runs for long tells of exchanges that go down and come back; a command that ends tells what is wrong."""
    return "INFO" if not rest or rest[0] == "serve" else "ERROR"


def _level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(LEVELS)}")
    return text.upper()


def _main_help(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("commands")
    for name, text in COMMANDS.items():
        group.add_argument(name, help=text, nargs="?")
    parser.print_help()


def _command(name: str) -> Parser:
    return Parser(
        prog=f"cryptoprices {name}",
        description=f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.",
        epilog="Options of every command: --profile DIR, --set KEY=VALUE, --demo, --log-level LEVEL, --version.",
        allow_abbrev=False,
    )


def _watch(options: RunOptions, arguments: list[str]) -> int:
    parser = _command("watch")
    parser.add_argument("pairs", metavar="PAIR", nargs="*", help="like BTC/USD, btc-usd or btcusd; else the watchlist")
    parser.add_argument("--once", action="store_true", help="one line per pair, then end")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--every", metavar="SECONDS", type=seconds, help="time between two polls, 5 to 3600")
    chosen = parser.parse_intermixed_args(arguments)  # pairs may stand between options
    from cryptoprices.core.market import Pair
    from cryptoprices.headless_watch import WatchOptions, watch

    try:
        pairs = tuple(dict.fromkeys(map(Pair.parse, chosen.pairs)))
    except ValueError as error:
        raise WrongUse(str(error)) from None
    watched = WatchOptions(pairs, chosen.once, chosen.json, chosen.every)
    if chosen.once:
        return _headless(lambda: watch(options, watched))
    from cryptoprices.net.stream import Streams

    return _headless(lambda: watch(options, watched, Streams))


def _history(options: RunOptions, arguments: list[str]) -> int:
    parser = _command("history")
    parser.add_argument("pair", metavar="PAIR", help="like BTC/USD, btc-usd or btcusd")
    parser.add_argument(
        "--interval", type=one_of(WIDTHS), default="1h", metavar="WIDTH", help=f"{', '.join(WIDTHS)}; else 1h"
    )
    moments = "a date, 2026-11-22T14:00:00Z or Unix seconds"
    parser.add_argument("--since", metavar="T", help=f"{moments}; else {DEFAULT_CANDLES} candles before --until")
    parser.add_argument("--until", metavar="T", help="likewise, the first moment that is left out; else now")
    parser.add_argument(
        "--format", type=one_of(("csv", "json")), default="csv", metavar="FORM", help="csv (else) or json"
    )
    chosen = parser.parse_intermixed_args(arguments)
    from cryptoprices.clock import system_clock
    from cryptoprices.core.intervals import INTERVALS_MS, ceil_ms, floor_ms
    from cryptoprices.core.market import Pair
    from cryptoprices.core.moments import moment_ms

    now_ms = system_clock().wall_ms()
    try:
        pair = Pair.parse(chosen.pair)
        until_ms = now_ms if chosen.until is None else min(now_ms, moment_ms(chosen.until))
        end_ms = min(ceil_ms(until_ms, chosen.interval), floor_ms(now_ms, chosen.interval))
        since_ms = end_ms - DEFAULT_CANDLES * INTERVALS_MS[chosen.interval]
        since_ms = since_ms if chosen.since is None else moment_ms(chosen.since)
    except ValueError as error:
        raise WrongUse(str(error)) from None
    if until_ms <= 0:
        raise WrongUse(f"--until {chosen.until}: that is before all prices")
    if since_ms >= now_ms:
        raise WrongUse(f"--since {chosen.since}: that is not in the past")
    if since_ms >= until_ms:
        raise WrongUse(f"--until {chosen.until}: that is not after --since {chosen.since}")
    from cryptoprices.headless_past import Wanted, history

    return _headless(lambda: history(options, Wanted(pair, chosen.interval, since_ms, until_ms), chosen.format))


def _compare(options: RunOptions, arguments: list[str]) -> int:
    parser = _command("compare")
    parser.add_argument("coins", metavar="COIN", nargs="+", help="two or more, like BTC ETH")
    parser.add_argument(
        "--range", type=one_of(RANGES), default="1mo", metavar="RANGE", help=f"{', '.join(RANGES)}; else 1mo"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    chosen = parser.parse_intermixed_args(arguments)
    from cryptoprices.core.market import Pair

    coins = tuple(dict.fromkeys(map(str.upper, chosen.coins)))
    for coin in coins:
        try:
            Pair.parse(f"{coin}/USD")
        except ValueError:
            raise WrongUse(f"{coin!r} is not a coin; write it like BTC") from None
    if len(coins) < 2:
        raise WrongUse(f"{coins[0]}: name two or more coins, like BTC ETH")
    from cryptoprices.headless_past import compare

    return _headless(lambda: compare(options, coins, chosen.range, chosen.json))


def _serve(options: RunOptions, arguments: list[str]) -> int:
    try:
        from cryptoprices import headless_serve
    except ImportError as error:
        _say(f"cryptoprices: a part of the server is missing ({error}); pip install 'cryptoprices[server]' brings it")
        return 4
    parser = _command("serve")
    headless_serve.add_words(parser)
    chosen = headless_serve.options_of(parser.parse_args(arguments))
    return _headless(lambda: headless_serve.serve(options, chosen))


def _token(options: RunOptions, arguments: list[str]) -> int:
    from cryptoprices import headless_tokens

    parser = _command("token")
    headless_tokens.add_words(parser)
    chosen = parser.parse_args(arguments)
    if options.demo and options.profile_dir is None:
        raise WrongUse("--demo: its tokens would be gone at once; name a folder with --profile")
    try:
        return _headless(lambda: headless_tokens.token(options, chosen))
    except headless_tokens.NoSuchToken as error:
        raise WrongUse(str(error)) from None


def _doctor(options: RunOptions, arguments: list[str]) -> int:
    parser = _command("doctor")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    chosen = parser.parse_args(arguments)
    from cryptoprices.doctor import doctor

    return _headless(lambda: doctor(options, chosen.json))


def _settings(options: RunOptions, arguments: list[str]) -> int:
    parser = _command("settings")
    parser.add_argument("key", metavar="KEY", nargs="?", help="print the value of this setting")
    parser.add_argument("value", metavar="VALUE", nargs="?", help="write it: a TOML value or a bare word")
    chosen = parser.parse_args(arguments)
    from cryptoprices.headless import settings

    return _headless(lambda: settings(options, chosen.key, chosen.value))


def _headless(command: Callable[[], int]) -> int:
    """Run a command; what only a person can mend becomes WrongUse."""
    from cryptoprices.settings.values import WrongSetting
    from cryptoprices.storage.paths import NoFolder

    try:
        return command()
    except (WrongSetting, NoFolder) as error:
        raise WrongUse(str(error)) from None


def _desktop(options: RunOptions) -> int:
    import gc

    from cryptoprices import displays
    from cryptoprices.qt.loading import load_qt

    stop = Stop()
    stop.listen()
    gc.disable()  # until all is loaded: nothing of it becomes garbage, and looking for some takes a tenth of the start
    try:
        load_qt()
        from cryptoprices.desktop import run_desktop
    except ImportError as error:
        _say(f"cryptoprices: {displays.why_not_loaded(error)}")
        return 4
    if problem := displays.why_no_window():  # after Qt is loaded: its libraries are then loaded only once
        _say(f"cryptoprices: {problem}")
        return 4
    return _headless(lambda: run_desktop(options, stop))


def _self_test(options: RunOptions) -> int:
    from cryptoprices import displays

    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # it opens the window, but nobody is to see it
    if problem := displays.why_no_window():
        _say(f"cryptoprices: {problem}")
        return 4
    try:
        from cryptoprices.selftest import run_self_test
    except ImportError as error:
        _say(f"cryptoprices: {displays.why_not_loaded(error)}")
        return 4
    return run_self_test(options)


def _no_such(word: str) -> str:
    from difflib import get_close_matches

    if word.startswith("-"):
        return f"{word}: there is no such option, or it belongs after a command; see `cryptoprices --help`"
    near = get_close_matches(word, COMMANDS, n=1)
    return f"{word}: there is no such command; " + (
        f"did you mean {near[0]}?" if near else f"use {', '.join(COMMANDS)}"
    )


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
