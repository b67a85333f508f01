"""How the history of a profile is: its size, what time it spans, and whether its file is sound. Changes nothing."""

import sqlite3
from typing import NamedTuple

from cryptoprices.clock import Clock
from cryptoprices.storage.history import History
from cryptoprices.storage.history_file import Newer, Unreadable, check, is_there
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.paths import Paths


class Health(NamedTuple):
    """since_ms, until_ms: Unix ms of the oldest and newest point, None while there is none. sound: None where another
    process is writing, so that nobody can tell now. problem: in a few words what is the matter, "" if nothing is.
    """

    size_bytes: int
    since_ms: int | None = None
    until_ms: int | None = None
    sound: bool | None = True
    problem: str = ""


def history_health(paths: Paths, clock: Clock) -> Health | None:
    """None where there is no history yet. Reads all of the file."""
    if not is_there(paths.history):
        return None
    lock, sound, problem = Lock(paths.lock), None, ""
    if lock.acquire():
        sound, problem = _checked(paths)
        lock.release()
    history = History(paths.history, clock, lambda _text: None, writing=False)
    since_ms, until_ms = (None if problem else history.span_ms()) or (None, None)
    return Health(history.size_bytes(), since_ms, until_ms, sound, problem)


def _checked(paths: Paths) -> tuple[bool | None, str]:
    try:
        check(paths.history)
    except Unreadable as error:
        return False, str(error)
    except Newer as newer:
        return False, f"it is of version {newer}, newer than this program"
    except sqlite3.Error as error:
        return None, str(error)
    except OSError as error:
        return None, error.strerror or str(error)
    return True, ""
