"""Of which time the figures are: the range, what is in view, or what is marked."""

from datetime import UTC

import pytest
from charts import OFFSCREEN, look
from pasts import settle
from PySide6.QtCore import Qt

from cryptoprices.core.intervals import HOUR_MS
from cryptoprices.ui.chart.compared import ComparedTime
from cryptoprices.ui.figure_rows import length_text, span_text
from cryptoprices.ui.panels.comparison import ComparisonPanel

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)

THIN = "\u202f"


@pytest.fixture
def chart(compared_day):
    return compared_day


@pytest.fixture
def panel(polls, chart, timeline, qtbot):
    panel = ComparisonPanel(polls.hub)
    qtbot.addWidget(panel)
    panel.follow(timeline)
    panel.time = ComparedTime(chart, timeline)
    panel.follow_chart(panel.time)
    panel.time.changed.connect(panel.show_now)
    return panel


def rest(panel, qtbot):
    qtbot.waitUntil(lambda: not panel.time._rest.isActive())


def test_while_it_follows_they_are_of_the_range(panel, chart, timeline, polls):
    polls.run(3)
    look(chart)
    assert panel.time.span is None
    assert panel.time.figures is timeline.figures()
    assert panel.heading() == "Comparison · 1 day"


def test_a_view_that_was_moved_is_what_they_are_of_once_it_rests(panel, chart, timeline, qtbot):
    changes = []
    panel.time.changed.connect(lambda: changes.append(panel.time.span))
    for _ in range(5):
        chart.moves.zoom(0.7, chart.times[1])
        look(chart)
    assert not changes  # nothing is computed while it is moved
    assert panel.heading() == "Comparison · 1 day"
    rest(panel, qtbot)
    assert changes == [chart.times]
    found = timeline.figures_between(*chart.times)
    assert panel.time.figures is found
    assert panel.values["Return", 0].text() == f"+{found.coins[0].return_pct:.2f}{THIN}%"
    assert panel.note.text() == f"{found.bars} bars of 5m in view"
    since_ms, until_ms = found.span_ms
    told = span_text(since_ms, until_ms, timeline.bounds_ms()[1], "5m", UTC)
    assert panel.heading() == f"Comparison · {told}"
    qtbot.mouseClick(chart.live_button, Qt.MouseButton.LeftButton)
    look(chart)
    assert panel.heading() == "Comparison · 1 day"
    assert len(changes) == 2


def test_what_is_marked_goes_before_what_is_in_view(panel, chart, timeline, qtbot):
    last_ms = timeline.bounds_ms()[1]
    with qtbot.waitSignal(panel.time.changed):
        chart.brush.mark(last_ms - 5 * HOUR_MS, last_ms - 3 * HOUR_MS)
    marked = timeline.figures_between(last_ms - 5 * HOUR_MS, last_ms - 3 * HOUR_MS)
    assert panel.time.figures is marked
    assert panel.note.text() == "25 bars of 5m in the marked time"
    chart.moves.pan(-HOUR_MS)
    look(chart)
    assert not panel.time._rest.isActive()
    assert panel.time.figures == marked
    with qtbot.waitSignal(panel.time.changed):
        chart.brush.end()
    assert panel.note.text().endswith("in view")


def test_a_bar_that_ends_in_a_view_that_stands_still_is_counted_at_once(panel, chart, polls, qtbot):
    start_ms, stop_ms = chart.times
    chart.go_to(start_ms + HOUR_MS, stop_ms + HOUR_MS)
    look(chart)
    rest(panel, qtbot)
    polls.run(1)
    before = panel.time.figures
    polls.run(1)
    assert panel.time.figures is before
    polls.run(16)
    assert panel.time.figures.bars == before.bars + 1


def test_other_bars_in_the_same_view_bring_other_figures(panel, chart, timeline, archive, qtbot):
    chart.moves.zoom(0.5, chart.times[1])
    look(chart)
    rest(panel, qtbot)
    timeline.set_interval("15m")
    settle(timeline, archive, qtbot)
    panel.show_now()
    assert "bars of 15m in view" in panel.note.text()


def test_where_nothing_is_in_view_that_is_said_with_the_time(panel, chart, qtbot):
    _, stop_ms = chart.times
    chart.go_to(stop_ms + HOUR_MS, stop_ms + 2 * HOUR_MS)
    look(chart)
    rest(panel, qtbot)
    assert panel.note.text() == "No bar of 5m in view has ended yet."
    assert "–" in panel.heading()


NOV_3 = 1_762_153_200_000  # 2025-11-03 07:00 UTC


@pytest.mark.parametrize(
    ("until_ms", "now_ms", "interval", "told"),
    [
        (NOV_3 + 160 * 60_000, NOV_3, "5m", "3 Nov 07:00 – 09:40"),
        (NOV_3 + 26 * HOUR_MS, NOV_3, "1h", "3 Nov 07:00 – 4 Nov 09:00"),
        (NOV_3 + 2400 * HOUR_MS, NOV_3, "4h", "3 Nov 2025 – 11 Feb 2026"),
        (NOV_3 + 160 * 60_000, NOV_3 + 9000 * HOUR_MS, "5m", "3 Nov 2025 07:00 – 09:40"),
        (NOV_3 + 240 * HOUR_MS, NOV_3, "1d", "3 Nov – 13 Nov"),
    ],
)
def test_a_time_is_told_with_what_it_takes(until_ms, now_ms, interval, told):
    assert span_text(NOV_3, until_ms, now_ms, interval, UTC) == told


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(160, "2 h 40 min"), (45, "45 min"), (1440, "1 d"), (1440 * 40 + 65, "40 d 1 h"), (0, "0 min")],
)
def test_a_length_is_told_in_its_two_largest_units(minutes, told):
    assert length_text(minutes * 60_000).replace(THIN, " ") == told
