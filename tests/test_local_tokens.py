"""The dialog of the local API's tokens: made, shown once, listed and revoked by click."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

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
