"""Tokens: what is kept of them, by whom it may be read, and what several programs do to one file at once."""

import hmac
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import ROOT

from cryptoprices import cli
from cryptoprices.core.grants import Scope, Token, checked_name, digest_of, id_in, token_text
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.logfile import redacted
from cryptoprices.storage.tokens import TokenFile, TokensUnusable

TEXT = re.compile(r"cp_[0-9a-f]{8}_[0-9a-f]{64}")


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "tokens.json"


@pytest.fixture
def file(path, fake_clock) -> TokenFile:
    return TokenFile(path, fake_clock.clock)


def test_a_scope_includes_those_before_it():
    assert Scope.READ < Scope.WRITE < Scope.ADMIN
    assert [Scope.of(scope.word) for scope in Scope] == list(Scope)
    with pytest.raises(ValueError, match="'root' is none of read, write, admin"):
        Scope.of("root")


def test_only_a_whole_token_has_an_id():
    whole = token_text("0123abcd", "5" * 64)
    assert id_in(whole) == "0123abcd"
    wrong = [
        "",
        "cp",
        whole[:-1],
        whole + "0",
        whole.upper(),
        whole.replace("5", "g"),
        f" {whole}",
        whole[:11],
        "a_b_c",
    ]
    wrong += [whole.replace("cp_", "cq_"), whole.replace("0123abcd", "0123abc٣"), whole.replace("_", "-"), f"{whole}_"]
    assert not [text for text in wrong if id_in(text)]
    token = Token("0123abcd", "", Scope.READ, 0, digest_of(whole))
    assert token.is_of(whole)
    assert not [text for text in [*wrong, "\udcff"] if token.is_of(text)]


def test_a_name_can_be_shown():
    assert (checked_name("  my dash é "), checked_name("")) == ("my dash é", "")
    for text in ("x" * 65, "a\nb", "\x1b[31m"):
        with pytest.raises(ValueError, match="a name has"):
            checked_name(text)


def test_what_is_kept_is_a_hash_that_its_owner_alone_can_read(file, path, fake_clock):
    before = os.umask(0)
    try:
        text = file.create("dash", Scope.WRITE)
    finally:
        os.umask(before)
    assert TEXT.fullmatch(text)
    assert path.stat().st_mode & 0o777 == 0o600
    assert text.split("_")[2] not in path.read_text()
    [token] = file.all()
    assert (token.name, token.scope, token.created_ms) == ("dash", Scope.WRITE, fake_clock.wall_ms)
    assert file.find(text) == token
    assert file.find(text[:-1] + ("0" if text[-1] != "0" else "1")) is None
    assert file.find(token_text("00000000", text.split("_")[2])) is None
    assert TokenFile(path, fake_clock.clock).find(text) == token


def test_the_log_shows_no_token_wherever_it_stands(file):
    text = file.create("", Scope.READ)
    for line in (text, f"GET /x?apikey={text} failed", f"KeyError: '{text}'", f"/v1/tokens/{text}", text[:40]):
        assert text.split("_")[2][:8] not in redacted(line)


def test_no_two_are_alike_and_a_revoked_one_is_gone(file):
    texts = [file.create("", Scope.READ) for _ in range(20)]
    assert len({id_in(text) for text in texts}) == len({text.split("_")[2] for text in texts}) == 20
    first = file.find(texts[0])
    assert file.stands(first)
    assert file.revoke(first.id)
    assert not file.revoke(first.id)
    assert file.find(texts[0]) is None
    assert not file.stands(first)
    assert len(file.all()) == 19


def test_an_unknown_id_takes_as_long_as_a_wrong_secret(file, monkeypatch):
    text, compared = file.create("", Scope.READ), []
    compare = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda *both: compared.append(both) or compare(*both))
    for wrong in (text[:-4] + "0000", token_text("00000000", "0" * 64), "nonsense"):
        assert file.find(wrong) is None
    assert [len(ours) + len(theirs) for ours, theirs in compared] == [128] * 3


def test_what_another_program_changes_holds_at_once(file, path, fake_clock):
    assert file.all() == []
    other = TokenFile(path, fake_clock.clock)
    text = other.create("", Scope.READ)
    token = file.find(text)
    assert token
    other.revoke(token.id)
    assert (file.find(text), file.stands(token)) == (None, False)
    other.create("", Scope.READ)
    path.unlink()
    assert file.all() == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o660])
@pytest.mark.logs("No token holds")
@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_file_that_others_could_read_or_write_is_not_believed(file, path, mode):
    text = file.create("", Scope.ADMIN)
    path.chmod(mode)
    assert file.find(text) is None
    assert "chmod 600" in file.problem()
    for change in (lambda: file.create("", Scope.READ), lambda: file.revoke(id_in(text))):
        with pytest.raises(TokensUnusable, match="chmod 600"):
            change()
    path.chmod(0o600)
    assert (bool(file.find(text)), file.problem()) == (True, "")


@pytest.mark.logs("No token holds")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_believed(file, path):
    text = file.create("", Scope.ADMIN)
    os.chown(path, 12345, -1)
    assert file.find(text) is None
    assert "belongs to somebody else" in file.problem()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"tokens": 1}', '{"tokens": [{"id": "1"}]}', "[" * 100_000, " " * ((1 << 20) + 1), "\x00\xff",
     '{"tokens": [{"id": "0123abcd", "name": "", "scope": "root", "created_ms": 0, "sha256": "%s"}]}' % ("0" * 64),
     '{"tokens": [{"id": "0123abcd", "name": "", "scope": "read", "created_ms": 0, "sha256": ""}]}'],
    ids=lambda text: text[:12],
)  # fmt: skip
@pytest.mark.logs("No token holds")
def test_a_damaged_file_admits_nobody_and_is_not_written_over(file, path, text):
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    assert list(file.all()) == []
    assert "is damaged" in file.problem()
    with pytest.raises(TokensUnusable, match="is damaged"):
        file.create("", Scope.READ)
    assert path.read_bytes() == text.encode("latin-1")


def test_a_container_may_bring_one_that_is_not_in_the_file(path, fake_clock):
    text = token_text("0123abcd", "5" * 64)
    file = TokenFile(path, fake_clock.clock, text)
    assert file.find(text).scope is Scope.ADMIN
    made = file.create("", Scope.READ)
    assert "0123abcd" not in path.read_text()
    assert (len(file.all()), file.revoke("0123abcd")) == (2, False)
    assert file.find(made)
    with pytest.raises(ValueError, match="that is no token"):
        TokenFile(path, fake_clock.clock, "hunter2")


def test_many_who_change_it_at_once_lose_nothing(path, file, fake_clock):
    made: list[str] = []

    def make() -> None:
        mine = TokenFile(path, fake_clock.clock)
        made.extend(mine.create("", Scope.READ) for _ in range(5))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 20
    assert all(file.find(text) for text in made)


def test_who_holds_it_for_ever_is_not_waited_for_for_ever(path, file, monkeypatch):
    holder = Lock(path.with_name("tokens.json.lock"))
    assert holder.acquire()
    monkeypatch.setattr("cryptoprices.storage.tokens._STEPS", 2)
    with pytest.raises(TokensUnusable, match="is being changed by another program"):
        file.create("", Scope.READ)
    holder.release()
    assert file.create("", Scope.READ)


def run(tmp_path, *words) -> int:
    return cli.main(["token", *words, "--profile", str(tmp_path)])


def test_the_command_makes_lists_and_revokes(tmp_path, capsys):
    assert run(tmp_path, "list") == 0
    program = f"cryptoprices --profile {tmp_path}"
    assert capsys.readouterr() == ("", f"There is no token. Make one with: {program} token create\n")
    assert run(tmp_path, "create", "--scope", "write", "--name", "my dash") == 0
    text, said = capsys.readouterr()
    assert TEXT.fullmatch(text.rstrip("\n"))
    assert said == "This token may write. It is shown this once; only its hash is kept.\n"
    assert run(tmp_path, "create") == 0
    second = capsys.readouterr().out.strip()
    assert run(tmp_path, "list") == 0
    listed = capsys.readouterr().out
    assert re.fullmatch(
        rf"{id_in(text.strip())}  write  \S+Z  my dash\n{id_in(second)}  read   \S+Z\n|"
        rf"{id_in(second)}  read   \S+Z\n{id_in(text.strip())}  write  \S+Z  my dash\n",
        listed,
    )
    assert run(tmp_path, "revoke", id_in(second)) == 0
    assert run(tmp_path, "revoke", text.strip()) == 0
    assert capsys.readouterr() == ("", f"{id_in(second)} is revoked.\n{id_in(text.strip())} is revoked.\n")
    assert json.loads((tmp_path / "tokens.json").read_text())["tokens"] == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "the following arguments are required: create, list or revoke; see `cryptoprices token --help`"),
        (("make",), "create, list or revoke: invalid choice: 'make' (choose from 'create', 'list', 'revoke'); "
         "see `cryptoprices token --help`"),
        (("create", "--scope", "root"), "--scope: 'root' is none of read, write, admin; "
         "see `cryptoprices token create --help`"),
        (("create", "--name", "a\nb"), "--name: a name has no control characters; "
         "see `cryptoprices token create --help`"),
        (("revoke",), "the following arguments are required: ID; see `cryptoprices token revoke --help`"),
        (("revoke", "x"), "'x': there is no such token; `PROGRAM token list` shows their ids"),
        (("revoke", f"cp_0123abcd_{'5' * 64}"), "that: there is no such token; "
         "`PROGRAM token list` shows their ids"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_and_status_2_and_no_secret(tmp_path, capsys, words, line):
    assert run(tmp_path, *words) == 2
    line = line.replace("PROGRAM", f"cryptoprices --profile {tmp_path}")
    assert capsys.readouterr() == ("", f"cryptoprices: {line}\n")


def test_a_demos_tokens_need_a_folder(capsys, tmp_path):
    assert cli.main(["token", "create", "--demo"]) == 2
    assert "name a folder with --profile" in capsys.readouterr().err
    assert run(tmp_path, "create", "--demo") == 0
    assert (tmp_path / "demo" / "tokens.json").exists()


@pytest.mark.logs("No token holds")
def test_a_file_that_cannot_be_used_is_one_line_and_status_1(tmp_path, capsys):
    (tmp_path / "tokens.json").write_text("{")
    (tmp_path / "tokens.json").chmod(0o600)
    for words in (("list",), ("create",), ("revoke", "x")):
        assert run(tmp_path, *words) == 1
        out, said = capsys.readouterr()
        assert (out, said.count("\n")) == ("", 1)
        assert "tokens.json is damaged; remove it and make new tokens." in said


def test_the_command_loads_neither_window_nor_server(tmp_path):
    code = (
        f"import sys; from cryptoprices import cli; cli.main(['token', 'list', '--profile', {str(tmp_path)!r}]);"
        "sys.exit(' '.join({'PySide6', 'fastapi', 'uvicorn', 'redis'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, "sys.exit of a text"
    assert done.stderr.splitlines()[-1] in ("", "There is no token. Make one with: cryptoprices token create")
