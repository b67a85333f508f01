"""What stands over the chart covers nothing else that does: box of the crosshair, plate of a marked period, buttons."""

import pytest
from charts import OFFSCREEN, look, settle
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QLabel

from cryptoprices.core.intervals import HOUR_MS
from cryptoprices.ui.chart.border import CloseButton
from cryptoprices.ui.chart.modes import Mode
from cryptoprices.ui.chart.pane import CORNER
from cryptoprices.ui.theme import DARK

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


class Boxes(QPainter):
    """Keeps the places of rounded boxes as large as a crosshair's."""

    def __init__(self, device):
        super().__init__(device)
        self.boxes = []

    def drawRoundedRect(self, rect, *radii):
        self.boxes.append(QRectF(rect))
        super().drawRoundedRect(rect, *radii)


def box_of(chart):
    """Where the crosshair's box stands now."""
    crosshair = chart.stack.crosshair
    image = QImage(chart.size(), QImage.Format.Format_RGB32)
    painter = Boxes(image)
    try:
        crosshair.paint(painter, None)
    finally:
        painter.end()
    return painter.boxes[-1]


@pytest.fixture
def marked(compared_day, qtbot):
    """A chart in which four hours are marked, and where the plate stands."""
    chart = compared_day
    since_ms = chart.times[0] + 8 * HOUR_MS
    chart.brush.mark(since_ms, since_ms + 4 * HOUR_MS)
    qtbot.waitUntil(chart.brush.plate.isVisible)
    look(chart)
    return chart


def test_the_box_of_the_crosshair_keeps_off_the_plate_wherever_the_mouse_is(marked):
    plate, plot = QRectF(marked.brush.plate.geometry()), marked.stack.main.plot
    for x in range(int(plot.left()), int(plot.right()), 24):
        for y in range(int(plot.top()), int(plot.bottom()), 48):
            marked.stack.crosshair.point_at(QRectF(x, y, 0, 0).topLeft())
            box = box_of(marked)
            assert not box.intersects(plate), (x, y)
            assert marked.stack.rect().contains(box.toAlignedRect())


def test_the_box_of_a_step_by_key_keeps_off_it_too_and_goes_back_once_it_is_gone(marked, qtbot):
    qtbot.keyClick(marked, Qt.Key.Key_Left)
    for _ in range(5):
        qtbot.keyClick(marked, Qt.Key.Key_PageUp)
    for _ in range(8):
        qtbot.keyClick(marked, Qt.Key.Key_PageUp)
        assert not box_of(marked).intersects(QRectF(marked.brush.plate.geometry()))
    beside = box_of(marked)
    marked.brush.end()
    qtbot.waitUntil(lambda: not marked.brush.plate.isVisible())
    assert box_of(marked) != beside


@pytest.mark.parametrize("size", [(1000, 700), (700, 420), (500, 260)])
def test_the_plate_keeps_off_the_corner_of_the_buttons_and_above_the_times(marked, size):
    marked.set_mode(Mode.PRICE)
    marked.stack.add_pane("lower", "Lower")
    marked.resize(*size)
    for hours in ((1, 4), (14, 23), (0, 23)):
        start_ms = marked.times[0]
        marked.brush.mark(*(start_ms + hour * HOUR_MS for hour in hours))
        settle()
        place, plot = marked.brush.plate.geometry(), marked.stack.main.plot
        corner = QRectF(plot.right() - CORNER, plot.top(), CORNER, CORNER)
        assert not corner.intersects(place.toRectF())
        assert plot.left() - 1 <= place.left() < place.right() <= plot.right() + 1
        assert place.top() >= 0
        assert place.bottom() <= size[1] - 30
        marked.moves.pan(-HOUR_MS)
        assert not marked.live_button.geometry().intersects(marked.brush.plate.geometry())
        marked.follow()


def test_the_border_of_a_pane_is_below_the_box_and_its_button_beside_it(compared_day):
    chart = compared_day
    pane = chart.stack.add_pane("lower", "Lower")
    look(chart)
    top, right = int(pane.pos().y()), int(chart.stack.main.plot.right())
    assert chart.grab().toImage().pixelColor(right - 3, top).name() == DARK.border
    close = QRectF(chart.stack.findChild(CloseButton).geometry())
    for y in range(top - 20, chart.height(), 6):
        chart.stack.crosshair.point_at(QRectF(right - 1, y, 0, 0).topLeft())
        box = box_of(chart)
        assert not box.intersects(close)
        if box.top() < top - 3 < top + 3 < box.bottom():  # over its text there is no line
            image = look(chart)
            edge = [image.pixelColor(int(box.left()) + 4, row).name() for row in range(top - 2, top + 3)]
            assert set(edge) == {DARK.raised}
            break
    else:
        pytest.fail("no box stood over the border")


def test_no_word_of_the_plate_is_cut_when_figures_get_longer(marked):
    plate, figures = marked.brush.plate, marked.brush.figures
    for return_pct in (0.0, -123.45, 1_234_567.89):
        coins = tuple(coin._replace(return_pct=return_pct) for coin in figures.coins)
        plate.show_figures("Now", "1 h", figures._replace(coins=coins), None)
        settle()
        labels = [label for label in plate.findChildren(QLabel) if label is not plate.note]
        assert len(labels) > 15
        for label in labels:
            assert label.width() >= label.sizeHint().width(), label.text()
