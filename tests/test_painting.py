"""No widget changes anything while it is painted: all that has come is there before."""

import pytest
from analyses import QUIET, chart, frame, hover, keeper, main, opened  # noqa: F401  # fixtures
from pasts import load
from polls import BTC, ETH
from PySide6.QtWidgets import QPushButton, QWidget
from window_rig import BTC as BITCOIN
from window_rig import ETH as ETHER
from window_rig import Rig

from cryptoprices.core.errors import Reason

pytestmark = pytest.mark.qt_log_ignore(QUIET)


class Hasty(QWidget):
    """Makes a child and moves it while it is painted."""

    def paintEvent(self, _event):
        QPushButton(self).move(5, 5)


def test_the_watch_sees_what_is_changed(request, qtbot):
    widget = Hasty()
    qtbot.addWidget(widget)
    painting = request.getfixturevalue("painting")
    widget.grab()
    assert painting.frames["Hasty"] == 1
    assert "Hasty: ChildAdded while Hasty was painted" in painting.changes


def test_the_window(request, fake_clock, qtbot):
    rig = Rig(fake_clock)
    window = rig.window(qtbot)
    painting = request.getfixturevalue("painting")
    rig.name_exchanges()
    rig.poll({BITCOIN: "73000", ETHER: "2400"}, {BITCOIN: "1.5"})
    frame()
    rig.fail(Reason.SERVER)
    window.hide()
    rig.poll({BITCOIN: "73100", ETHER: "2410"}, kraken="99000")
    window.show()
    frame()
    window.showMinimized()
    rig.poll({BITCOIN: "73200", ETHER: "2420"})
    window.showNormal()
    window.resize(700, 500)
    frame()
    window.resize(1400, 900)
    frame()
    assert len(painting.frames) > 3
    assert not painting.changes


@pytest.mark.parametrize("title", ["Seasonality", "Exchanges", "Uptime", "Scatter"])
def test_the_analysis(request, main, chart, opened, polls, timeline, archive, tasks, qtbot, title):  # noqa: F811
    tab = opened(title)
    painting = request.getfixturevalue("painting")
    load(timeline, archive, tasks, qtbot, "1d")
    frame()
    chart.set_range("1D")
    polls.poll({BTC: 203_000, ETH: 20_300})
    for widget in tab.findChildren(QWidget):
        hover(widget, widget.width() / 2, widget.height() / 2)
    frame()
    tab.window().hide()
    start_ms, stop_ms = chart.times
    chart.go_to(start_ms, (start_ms + stop_ms) / 2)
    tab.window().show()
    tab.window().resize(500, 400)
    frame()
    assert painting.frames
    assert not painting.changes
