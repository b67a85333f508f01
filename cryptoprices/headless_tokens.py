"""Composition root of `token`: makes, lists and revokes tokens of the API, also while it is being served."""

import argparse
from collections.abc import Callable

from cryptoprices.clock import system_clock
from cryptoprices.core.grants import Scope, checked_name, id_in
from cryptoprices.core.report import rfc3339
from cryptoprices.headless import opened_profile
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.storage.tokens import TokenFile, TokensUnusable
from cryptoprices.terminal import Terminal
from cryptoprices.words import one_of

SCOPES = tuple(scope.word for scope in Scope)


class NoSuchToken(Exception):
    """The id that was named is none; one sentence for a person."""


def add_words(parser: argparse.ArgumentParser) -> None:
    """What may stand after `token`."""
    acts = parser.add_subparsers(title="what to do", metavar="create, list or revoke", dest="act", required=True)
    make = acts.add_parser("create", help="print a new token, once", allow_abbrev=False)
    make.add_argument(
        "--scope", type=one_of(SCOPES), default=SCOPES[0], metavar="SCOPE", help="read (else), write, admin"
    )
    make.add_argument("--name", type=_name, default="", metavar="N", help="what it is for")
    acts.add_parser("list", help="id, scope, time and name of each", allow_abbrev=False)
    acts.add_parser("revoke", help="let one hold no longer", allow_abbrev=False).add_argument("id", metavar="ID")


def token(options: RunOptions, chosen: argparse.Namespace) -> int:
    """Do what add_words() has understood. Returns the exit status. Raises NoSuchToken."""
    if chosen.act == "create":
        return _create(options, Scope.of(chosen.scope), chosen.name)
    return _list(options) if chosen.act == "list" else _revoke(options, chosen.id)


def _name(text: str) -> str:
    try:
        return checked_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _create(options: RunOptions, scope: Scope, name: str) -> int:
    def act(file: TokenFile, terminal: Terminal) -> None:
        text = file.create(name, scope)
        terminal.line(text)
        terminal.notice(f"This token may {scope.word}. It is shown this once; only its hash is kept.")

    return _with_file(options, act)


def _list(options: RunOptions) -> int:
    def act(file: TokenFile, terminal: Terminal) -> None:
        tokens = file.all()
        if problem := file.problem():
            raise TokensUnusable(problem)
        for token in tokens:
            terminal.line(f"{token.id}  {token.scope.word:5}  {rfc3339(token.created_ms)}  {token.name}".rstrip())
        if not tokens:
            terminal.notice(f"There is no token. Make one with: {file.program} token create")

    return _with_file(options, act)


def _revoke(options: RunOptions, word: str) -> int:
    """word: the id of a token, or all of it."""
    id_ = id_in(word) or word

    def act(file: TokenFile, terminal: Terminal) -> None:
        if not file.revoke(id_):
            shown = "that" if "_" in word else repr(word)  # half a token is a secret too
            raise NoSuchToken(f"{shown}: there is no such token; `{file.program} token list` shows their ids")
        terminal.notice(f"{id_} is revoked.")

    return _with_file(options, act)


def _with_file(options: RunOptions, act: Callable[[TokenFile, Terminal], None]) -> int:
    terminal = Terminal()
    with opened_profile(options, terminal) as profile:
        try:
            act(TokenFile(profile.paths.tokens, system_clock(), program=profile.paths.program), terminal)
        except TokensUnusable as error:
            terminal.notice(f"cryptoprices: {error}")
            return 1
        except OSError as error:
            terminal.notice(f"cryptoprices: {profile.paths.tokens}: {error.strerror}; nothing was changed.")
            return 1
    return 0
