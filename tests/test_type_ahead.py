"""Keys of the window are no letters that a person types: into a field, or into a list to find a row."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QSpinBox

pytestmark = pytest.mark.qt_log_ignore("plugin does not support")


@pytest.fixture
def fired(window, qtbot):
    """What keys of the window have done so far."""
    done = []
    window.commands.pause.triggered.connect(lambda: done.append("pause"))
    for name, button in {**window.bar.ranges.buttons, **window.bar.modes.buttons}.items():
        button.pressed.connect(lambda name=name: done.append(name))  # it is clicked a moment later
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)  # else its keys do nothing
    return done


def focused(widget, qtbot):
    widget.show()
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    return widget


def names(window, *rows):
    widget = QListWidget(window)
    widget.addItems(rows)
    return widget


def test_without_a_row_that_begins_so_the_keys_are_the_windows(window, fired, qtbot):
    view = focused(window.docks.panel("watchlist").view, qtbot)
    qtbot.keyClick(view, Qt.Key.Key_P)
    qtbot.keyClick(view, Qt.Key.Key_1)
    assert fired == ["pause", "1H"]


@pytest.mark.parametrize(("key", "row"), [(Qt.Key.Key_P, 1), (Qt.Key.Key_1, 2)])
def test_a_row_that_begins_so_is_gone_to(window, fired, qtbot, key, row):
    view = focused(names(window, "DOGE", "PEPE", "1INCH"), qtbot)
    qtbot.keyClick(view, key)
    assert (view.currentRow(), fired) == (row, [])


@pytest.fixture(autouse=True)
def interval():
    usual = QApplication.keyboardInputInterval()
    QApplication.setKeyboardInputInterval(60_000)
    yield
    QApplication.setKeyboardInputInterval(usual)


def test_while_a_row_is_being_looked_for_every_letter_is_for_that(window, fired, qtbot):
    view = focused(names(window, "SOL", "SP5", "XRP"), qtbot)
    for key in (Qt.Key.Key_S, Qt.Key.Key_P, Qt.Key.Key_5):
        qtbot.keyClick(view, key)
    assert (view.currentRow(), fired) == (1, [])


@pytest.mark.parametrize("kind", [QLineEdit, QSpinBox])
def test_a_field_takes_what_is_typed(window, fired, qtbot, kind):
    field = focused(kind(window), qtbot)
    field.selectAll()
    qtbot.keyClicks(field, "p1")
    assert fired == []
    assert field.text() == ("p1" if kind is QLineEdit else "1")


def test_with_ctrl_it_is_no_letter(window, fired, qtbot):
    view = focused(names(window, "1INCH"), qtbot)
    qtbot.keyClick(view, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert fired == ["Price"]
