"""tokens.json: who may ask the API for what. Hashes only, for its owner only, and read anew whenever it has changed."""

import json
import logging
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptoprices.clock import Clock
from cryptoprices.core.grants import ID_DIGITS, SECRET_DIGITS, Scope, Token, digest_of, id_in, token_text
from cryptoprices.storage import atomic
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.paths import APP
from cryptoprices.storage.reading import opened

log = logging.getLogger(__name__)
_LIMIT = 1 << 20  # bytes; a token takes about 200
_VERSION = 1
_NOBODY = Token(
    "0" * ID_DIGITS, "", Scope.READ, 0, "0" * 64
)  # compared with where there is no such id: it takes as long
_WAIT_S, _STEPS = 0.02, 150


class TokensUnusable(OSError):
    """The file may be somebody else's work, or is damaged; one sentence for a person. Nothing is changed in it."""


class TokenFile:
    """The tokens in this file. Nothing of it holds while others could have written or read it; see problem().

    given: the text of one more token, which may do all and is not in the file: a container's secret, or "".
    Raises ValueError where that is no token. program: how a command is begun that is to find this file.
    """

    def __init__(self, path: Path, clock: Clock, given: str = "", program: str = APP) -> None:
        self._path, self._clock, self.program = path, clock, program
        self._given: dict[str, Token] = {}
        if given:
            if not (id_ := id_in(given)):
                raise ValueError("that is no token; make one with: cryptoprices token create")
            self._given[id_] = Token(id_, "given at the start", Scope.ADMIN, clock.wall_ms(), digest_of(given))
        self._mutex = threading.Lock()
        self._mark: object = ()
        self._tokens: Mapping[str, Token] = {}
        self._problem = ""

    def find(self, text: str) -> Token | None:
        """The token of which this is the text."""
        token = self._now().get(id_in(text) or "", _NOBODY)
        return token if token.is_of(text) else None

    def stands(self, token: Token) -> bool:
        """Whether it has not been revoked."""
        return self._now().get(token.id) == token

    def all(self) -> Sequence[Token]:
        """Oldest first."""
        return sorted(self._now().values(), key=lambda token: (token.created_ms, token.id))

    def problem(self) -> str:
        """Why nothing of the file holds: one sentence, or "". With a problem the API must not begin."""
        self._now()
        return self._problem

    def create(self, name: str, scope: Scope) -> str:
        """A new one: its text. Raises OSError, and TokensUnusable, which says what to do."""
        secret = secrets.token_hex(SECRET_DIGITS // 2)
        with self._changing() as tokens:
            while (id_ := secrets.token_hex(ID_DIGITS // 2)) in tokens or id_ in self._given:
                pass
            text = token_text(id_, secret)
            tokens[id_] = Token(id_, name, scope, self._clock.wall_ms(), digest_of(text))
        return text

    def revoke(self, id_: str) -> bool:
        """Let it hold no longer; False where there is none in the file. Raises as create() does."""
        with self._changing() as tokens:
            return tokens.pop(id_, None) is not None

    def _now(self) -> Mapping[str, Token]:
        """Those that hold now, by id."""
        with self._mutex:
            mark = _mark_of(self._path)
            if mark != self._mark:
                try:
                    tokens, self._problem = _read(self._path), ""
                except TokensUnusable as error:
                    tokens, self._problem = {}, str(error)
                    log.warning("No token holds: %s", error)
                self._tokens, self._mark = tokens | self._given, mark
            return self._tokens

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Token]]:
        """The tokens of the file, to be changed by whoever is the only one now, and written if they are others then."""
        lock = Lock(self._path.with_name(f"{self._path.name}.lock"))
        waiting = threading.Event()
        if not any(lock.acquire() or waiting.wait(_WAIT_S) for _ in range(_STEPS)):
            raise TokensUnusable(f"{self._path} is being changed by another program; try again.")
        try:
            before = _read(self._path)
            tokens = dict(before)
            yield tokens
            if tokens != before:
                atomic.write(self._path, _to_json(tokens))
        finally:
            lock.release()


def _mark_of(path: Path) -> object:
    """What is another one whenever the file is."""
    try:
        stat = os.stat(path)
    except OSError as error:
        return error.errno
    return stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_mode, stat.st_uid


def _read(path: Path) -> dict[str, Token]:
    """The tokens of a file that only its owner could write or read; none without a file. Raises TokensUnusable."""
    try:
        with opened(path) as file:
            stat = os.fstat(file.fileno())
            data = file.read(_LIMIT + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise TokensUnusable(f"{path} cannot be read: {error.strerror}.") from None
    if os.name == "posix":
        if stat.st_uid != os.geteuid():
            raise TokensUnusable(f"{path} belongs to somebody else; remove it and make new tokens.")
        if stat.st_mode & 0o077:
            raise TokensUnusable(f"{path} can be read or written by others; chmod 600 it, or remove it.")
    try:
        if len(data) > _LIMIT:
            raise ValueError("too large")
        tokens = [_token(row) for row in json.loads(data)["tokens"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise TokensUnusable(f"{path} is damaged; remove it and make new tokens.") from None
    return {token.id: token for token in tokens}


def _token(row: Any) -> Token:
    """Raises ValueError, TypeError or KeyError for what we would not write."""
    token = Token(str(row["id"]), str(row["name"]), Scope.of(row["scope"]), int(row["created_ms"]), str(row["sha256"]))
    if id_in(token_text(token.id, token.digest)) is None:  # both are hexadecimal and of their length
        raise ValueError("not a token")
    return token


def _to_json(tokens: Mapping[str, Token]) -> bytes:
    rows = [
        {"id": id_, "name": name, "scope": scope.word, "created_ms": created_ms, "sha256": digest}
        for id_, name, scope, created_ms, digest in tokens.values()
    ]
    return json.dumps({"version": _VERSION, "tokens": rows}, indent=1).encode()
