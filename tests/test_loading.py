"""The bar that says what takes long: whole texts, shown only when it takes long, ended by the person."""

import pytest
from charts import OFFSCREEN
from PySide6.QtWidgets import QWidget

from cryptoprices.ui.chart.loading import LoadingBar

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 200)
    window.show()
    return window


@pytest.fixture
def bar(window):
    return LoadingBar("Loading history", window)


def test_what_is_over_soon_is_not_spoken_of(bar, qtbot):
    bar.tell("Loading", 0, 3)
    assert bar.isHidden()
    bar.end()
    assert not bar._patience.isActive()
    bar.tell("Loading", 1, 3)
    qtbot.waitUntil(bar.isVisible)


def test_a_text_that_grows_is_never_cut(bar, qtbot):
    bar.tell("9 of 19 pages", 9, 19)
    qtbot.waitUntil(bar.isVisible)
    for length in range(20, 60):
        bar.tell(text := "i" * length, 10, 19)
        assert bar.text.width() >= bar.text.sizeHint().width()
        assert bar.accessibleDescription() == text


def test_the_person_ends_it(bar, qtbot):
    bar.tell("Loading", 1, 3)
    qtbot.waitUntil(bar.isVisible)
    with qtbot.waitSignal(bar.cancelled):
        bar.button.click()
    assert bar.isHidden()
