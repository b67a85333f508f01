"""How a setting is declared: once, and the file, the command, the dialog, the docs and the checks come from it."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Setting(NamedTuple, Generic[T]):
    """One setting. key: dotted, as in the file. default: also fixes the type (bool, int, float, str, tuple of str).

    low, high: bounds of a number, both included. choices: the only values. unit: shown beside a number.
    check: a further check; returns the value as it is kept, raises ValueError with what would be right.
    at_once: whether the window takes another value while it runs; else it holds from the next start on. Without a
    window some do so all the same (Keeper.takes_at_once).
    """

    key: str
    default: T
    help: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[T, ...] = ()
    check: Callable[[T], T] | None = None
    at_once: bool = False
