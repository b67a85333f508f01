"""What the program says: for a while, or until it was looked at; whole, however little room there is."""

import pytest
from charts import OFFSCREEN
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPlainTextEdit
from window_rig import Rig

from cryptoprices.desktop import _summary
from cryptoprices.ui.controls import Controls
from cryptoprices.ui.notice import Offer

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)
FAULTS = ("settings.toml, line 1: them: <b>there</b> is no such setting", "settings.toml, line 7: theme: 5 is no text")


@pytest.fixture
def window(fake_clock, qtbot):
    return Rig(fake_clock).window(qtbot, filled=False)


@pytest.fixture
def controls(window):
    return Controls(window, True, window)


@pytest.fixture
def notice(window):
    return window.status.notice


def test_what_is_said_without_an_offer_has_no_buttons(controls, notice):
    controls.say("Done.")
    assert not notice.take.isVisible()
    assert not notice.dismiss.isVisible()


def test_a_report_comes_back_after_what_else_is_said(controls, notice):
    controls.report("There are 2 faults.", FAULTS)
    controls.say("Done.")
    assert controls.notice == "Done."
    assert not notice.take.isVisible()
    controls._fade.timeout.emit()
    assert controls.notice == "There are 2 faults."
    assert notice.take.isVisible()
    controls._fade.timeout.emit()
    assert controls.notice == "There are 2 faults."


def test_all_of_a_report_is_readable_as_plain_text(controls, notice, window):
    controls.report("There are 2 faults.", FAULTS)
    assert all(fault in notice.accessibleName() for fault in FAULTS)
    assert "&lt;b&gt;there" in notice.toolTip()
    assert notice.take.text() == "Details"
    notice.take.click()
    (dialog,) = window.findChildren(QDialog)
    assert dialog.isVisible()
    assert dialog.windowTitle() == "There are 2 faults."
    (page,) = dialog.findChildren(QPlainTextEdit)
    assert page.toPlainText() == "\n\n".join(FAULTS)
    assert controls.notice == "", "it has been looked at"
    dialog.close()


def test_one_fault_is_said_itself_and_several_are_counted():
    assert _summary(FAULTS[:1]) == FAULTS[0]
    assert _summary(FAULTS) == "There are 2 faults in the files of this profile."


def test_a_report_can_be_dismissed(controls, notice):
    controls.report("There are 2 faults.", FAULTS)
    notice.dismiss.click()
    assert controls.notice == ""
    assert not notice.dismiss.isVisible()
    controls.say("Done.")
    controls._fade.timeout.emit()
    assert controls.notice == ""


def test_an_offer_is_taken_once_and_may_say_something_itself(controls, notice):
    taken = []

    def undo():
        taken.append(True)
        controls.say("Undone.")

    controls.say("Changed.", Offer("Undo", undo))
    assert notice.take.text() == "Undo"
    notice.take.click()
    assert (taken, controls.notice) == ([True], "Undone.")
    assert not notice.take.isVisible()


def test_dismissing_an_offer_leaves_a_report_that_waits(controls, notice):
    controls.report("There are 2 faults.", FAULTS)
    controls.say("Changed.", Offer("Undo", lambda: None))
    notice.dismiss.click()
    assert controls.notice == "There are 2 faults."


def test_buttons_are_never_cut_and_the_line_makes_room(controls, notice, window):
    controls.say("a notice that goes on and on " * 30, Offer("Undo", lambda: None))
    QApplication.processEvents()
    for button in (notice.take, notice.dismiss):
        assert button.width() >= button.sizeHint().width()
        assert button.geometry().right() <= notice.width()
    assert notice.text().endswith("…")
    assert notice.contentsRect().right() <= notice.take.geometry().left()
    assert notice.fontMetrics().horizontalAdvance(notice.text()) <= notice.contentsRect().width()


def test_the_buttons_have_names_and_are_reached_by_key(controls, notice):
    controls.report("There are 2 faults.", FAULTS)
    assert notice.dismiss.accessibleName() == "Dismiss"
    for button in (notice.take, notice.dismiss):
        assert button.focusPolicy() == Qt.FocusPolicy.TabFocus
