"""The dialog of the local API's tokens: made, shown once, listed and revoked by click."""

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from cryptoprices.core.grants import Scope
from cryptoprices.local_tokens import LocalTokens
from cryptoprices.storage.paths import Paths
from cryptoprices.storage.tokens import TokenFile


@pytest.fixture
def file(tmp_path, fake_clock):
    return TokenFile(tmp_path / "tokens.json", fake_clock.clock)


@pytest.fixture
def dialog(tmp_path, fake_clock, tasks, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    local = LocalTokens(Paths(tmp_path, tmp_path / "settings.toml", tmp_path / "log"), fake_clock.clock, tasks, window)
    local.open()
    qtbot.waitUntil(lambda: bool(local.dialog.note.text()))
    return local.dialog


def rows(dialog):
    return [dialog.list.item(number).text() for number in range(dialog.list.count())]


def test_a_token_is_made_and_shown_once(dialog, file, qtbot):
    assert (dialog.note.text(), dialog.copy.isEnabled(), dialog.revoke.isEnabled()) == (
        "There is no token yet.",
        False,
        False,
    )
    dialog.name.setText(" my script ")
    dialog.scope.setCurrentIndex(1)
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    dialog.copy.click()
    made = file.find(QGuiApplication.clipboard().text())
    assert (made.name, made.scope) == ("my script", Scope.WRITE)
    assert rows(dialog) == [f"my script · may change · 22 Nov 2025 · {made.id}"]
    assert "shown this once" in dialog.note.text()
    assert (dialog.isVisible(), dialog.name.text()) == (True, "")


def test_of_a_double_click_one_token_is_made_and_it_is_the_one_that_is_shown(dialog, file, qtbot):
    dialog.make.click()
    dialog.make.click()
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.list.count() > 0)
    assert [token.id for token in file.all()] == [file.find(dialog.text.text()).id]
    dialog.make.click()  # and now another one
    qtbot.waitUntil(lambda: dialog.list.count() == 2)


@pytest.mark.parametrize(("name", "shown"), [("<b>x</b>", "<b>x</b>"), ("y" * 10_000, "y" * 64)])
def test_a_name_is_shown_as_it_is(dialog, name, shown, qtbot):
    dialog.name.setText(name)
    dialog.make.click()
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    assert rows(dialog)[0].startswith(f"{shown} · ")


def test_a_name_that_cannot_be_shown_makes_nothing(dialog, file, qtbot):
    for name in ("a\u202eb", "a\nb"):
        dialog.name.setText(name)
        dialog.make.click()
        qtbot.waitUntil(lambda: "control characters" in dialog.note.text())
        dialog.note.clear()
    assert not file.all()


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes as files")
@pytest.mark.logs("No token holds")
def test_a_pipe_in_the_files_place_is_said_and_not_waited_for(dialog, file, tmp_path, qtbot):
    os.mkfifo(tmp_path / "tokens.json")
    dialog.make.click()
    qtbot.waitUntil(lambda: "it is no file" in dialog.note.text())
    assert (dialog.list.count(), dialog.text.text()) == (0, "")


def test_no_window_keeps_a_token_once_the_dialog_is_closed(dialog, qtbot, caplog):
    dialog.make.click()
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    text, field = dialog.text.text(), dialog.text
    dialog.close()
    qtbot.waitUntil(lambda: not isValid(field))
    for widget in QApplication.allWidgets():
        told = widget.property("text"), widget.accessibleDescription(), widget.toolTip()
        assert text not in map(str, told)
    assert text not in caplog.text


def test_a_token_is_revoked(dialog, file, qtbot):
    file.create("old", Scope.READ)
    dialog.make.click()
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    shown = dialog.text.text()
    assert shown
    dialog.list.setCurrentRow(next(n for n, row in enumerate(rows(dialog)) if row.startswith("old")))
    dialog.revoke.click()
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    assert dialog.text.text() == shown
    assert [token.name for token in file.all()] == [""]
    assert rows(dialog)[0].startswith("no name · may read")
    dialog.list.setCurrentRow(0)
    dialog.revoke.click()
    qtbot.waitUntil(lambda: dialog.list.count() == 0)
    assert (dialog.text.text(), dialog.copy.isEnabled()) == ("", False)  # what is revoked is of no use to anybody


@pytest.mark.logs("No token holds")
def test_what_cannot_be_done_is_said_and_the_tokens_stay(dialog, file, tmp_path, qtbot):
    dialog.name.setText("a\u200bb")
    dialog.make.click()
    qtbot.waitUntil(lambda: dialog.note.text().startswith("Nothing was changed: a name has no control characters"))
    (tmp_path / "tokens.json").write_text("{")
    (tmp_path / "tokens.json").chmod(0o600)
    dialog.name.setText("b")
    dialog.make.click()
    qtbot.waitUntil(lambda: "is damaged" in dialog.note.text())
    assert (tmp_path / "tokens.json").read_text() == "{"


def test_it_is_opened_once(dialog):
    local = dialog.parent().findChild(LocalTokens)
    local.open()
    assert local.dialog is dialog
