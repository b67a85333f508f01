"""Words of the command line: a parser that says what is wrong in one line, and the forms that a word can have."""

import argparse
from collections.abc import Callable
from typing import NoReturn


class WrongUse(Exception):
    """One sentence that names the word and what would be right."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of printing its usage."""

    def error(self, message: str) -> NoReturn:
        """Raises WrongUse."""
        raise WrongUse(f"{message.removeprefix('argument ')}; see `{self.prog} --help`")


def one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    """One of these."""

    def word(text: str) -> str:
        if text not in words:
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(words)}")
        return text

    return word


def seconds(text: str) -> int:
    """The time between two polls."""
    if not (text.isascii() and text.isdigit() and 5 <= int(text) <= 3600):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 5 to 3600")
    return int(text)


def port(text: str) -> int:
    """A port to listen at."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a number up to 65535")
    return int(text)
