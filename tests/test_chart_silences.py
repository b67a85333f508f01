"""What was filled in later is told of every bar of which a part is, however short the silence was."""

import pytest
from charts import OFFSCREEN, look, settle
from pasts import load

from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.ui.chart.modes import Mode
from cryptoprices.ui.chart.view import ChartView

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)
BAR_MS, SECOND = 300_000, 1_000


@pytest.mark.parametrize(("mode", "shift_ms"), [(Mode.COMPARE, BAR_MS), (Mode.CANDLES, 0)])
@pytest.mark.parametrize(
    ("since_s", "until_s", "bars"),
    [(60, 150, [0]), (0, 300, [0]), (200, 400, [0, 1]), (-10, 1, [-1, 0])],
)
def test_a_silence_is_told_by_the_bars_that_it_is_a_part_of(
    polls, timeline, archive, tasks, qtbot, mode, shift_ms, since_s, until_s, bars
):
    """bars: the numbers of these from a moment on. shift_ms: after it has opened, a line has the sample of a bar."""
    chart = ChartView(polls.hub, timeline)
    qtbot.addWidget(chart)
    chart.resize(1400, 500)  # a candle is a bar
    chart.show()
    begin_ms = (polls.time.wall_ms // BAR_MS - 40) * BAR_MS
    archive.gaps = [Gap(None, begin_ms + since_s * SECOND, begin_ms + until_s * SECOND, GapReason.ASLEEP)]
    load(timeline, archive, tasks, qtbot, "1d")
    chart.set_range("1D")
    chart.set_mode(mode)
    settle()
    look(chart)
    told = []
    for number in range(-3, 4):
        chart.stack.crosshair.put_at(begin_ms + number * BAR_MS + shift_ms)
        if any(row.text.endswith("filled in later") for row in chart.stack.crosshair.rows):
            told.append(number)
    assert told == bars
