"""Who may do what over the API: tokens, what each may do, and how its text becomes something that can be kept.

A token is `cp_<id>_<secret>`: 8 and 64 hexadecimal digits. The secret is 256 random bits, so that one SHA-256 is enough
to keep in its place: there is nothing to guess that a slow hash would protect. The id is no secret.
"""

import hashlib
import hmac
from enum import IntEnum
from typing import NamedTuple

_PREFIX = "cp"
ID_DIGITS, SECRET_DIGITS = 8, 64
_HEX = frozenset("0123456789abcdef")
LONGEST_NAME = 64


class Scope(IntEnum):
    """What a token may do. Each includes those before it."""

    READ = 1
    WRITE = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """As it is written: "read"."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Scope":
        """The scope of this word. Raises ValueError."""
        for scope in cls:
            if scope.word == word:
                return scope
        raise ValueError(f"{word!r} is none of {', '.join(scope.word for scope in cls)}")


class Token(NamedTuple):
    """What is kept of a token. digest: SHA-256 of its text, in hexadecimal. created_ms: Unix ms."""

    id: str
    name: str
    scope: Scope
    created_ms: int
    digest: str

    def is_of(self, text: str) -> bool:
        """Whether this text is the token, in a time that does not tell how much of it is right."""
        return hmac.compare_digest(self.digest, digest_of(text))


def token_text(id_: str, secret: str) -> str:
    """The whole token, as its owner gets it, once."""
    return f"{_PREFIX}_{id_}_{secret}"


def id_in(text: str) -> str | None:
    """The id of what looks like a token, else None."""
    parts = text.split("_")
    if len(parts) != 3 or parts[0] != _PREFIX or len(parts[1]) != ID_DIGITS or len(parts[2]) != SECRET_DIGITS:
        return None
    return parts[1] if _HEX.issuperset(parts[1]) and _HEX.issuperset(parts[2]) else None


def digest_of(text: str) -> str:
    """What is kept in place of a token's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def checked_name(text: str) -> str:
    """A token's name as a person gave it, without blanks at its ends. Raises ValueError for what cannot be shown."""
    name = text.strip()
    if len(name) > LONGEST_NAME:
        raise ValueError(f"a name has at most {LONGEST_NAME} characters")
    if not name.isprintable():
        raise ValueError("a name has no control characters")
    return name
