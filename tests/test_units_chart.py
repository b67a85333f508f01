"""A coin that is redenominated, in the chart: what goes by parts of a base begins anew there, as the figures do."""

import numpy as np
import pytest
from charts import OFFSCREEN, look, settle
from pasts import load
from polls import BTC, ETH

from cryptoprices.core.formatting import change_text
from cryptoprices.core.intervals import DAY_MS, HOUR_MS, floor_ms
from cryptoprices.core.market import Candle
from cryptoprices.core.series import Series
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.modes import Mode, ScaleKind, Style
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.sheet import drawn_sheet
from cryptoprices.ui.chart.stack import Stack
from cryptoprices.ui.chart.strokes import Frame
from cryptoprices.ui.chart.view import ChartView

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)

BAR_MS, SINCE_MS = 300_000, 1_763_784_000_000  # 2025-11-22 04:00: then ETH is counted in another unit


def cut(pair, open_ms, width_ms):
    """Both go up slowly; ETH is a thousand times as much before 04:00."""
    unit = 1000.0 if pair.base == "ETH" and open_ms < SINCE_MS else 1.0
    price = (200_000.0 if pair.base == "BTC" else 20_000.0) * (1 + (open_ms % DAY_MS) / DAY_MS / 10)
    return Candle(open_ms, *(unit * part * price for part in (0.999, 1.002, 0.998, 1.0)), 2.0)


@pytest.fixture
def chart(polls, timeline, archive, tasks, qtbot, monkeypatch):
    monkeypatch.setattr("archives.wave", cut)
    chart = ChartView(polls.hub, timeline)
    qtbot.addWidget(chart)
    chart.resize(900, 500)
    chart.show()
    chart.set_zone("UTC")
    load(timeline, archive, tasks, qtbot, "1d")
    chart.set_range("1D")
    polls.hub.select(ETH)
    settle()
    look(chart)
    return chart


def change_ms(timeline):
    """When the last bar of the old unit ends."""
    (hole,) = [hole for hole in timeline.holes(ETH) if hole.reason == "new_unit"]
    return float(hole.since_ms)


def narrow(chart):
    """The axis shows no jump."""
    low, high = chart.stack.main.box.values
    return high - low < 30


def test_all_begin_anew_when_one_has_ended_a_bar_in_the_new_unit_and_say_what_the_figures_say(chart, timeline):
    since_ms = change_ms(timeline)
    assert (since_ms, chart.mode) == (SINCE_MS, Mode.COMPARE)
    assert chart.picture.base_ms == since_ms + BAR_MS
    figures = timeline.figures()
    assert figures.redenominated == (ETH,)
    for line, coin in zip(chart.picture.lines, figures.coins, strict=True):
        assert line.scale.change_pct(line.series.at(chart.picture.base_ms)) == 0.0
        last_ms = timeline.bounds_ms()[1]
        assert change_text(line.scale.change_pct(line.series.at(last_ms))) == change_text(coin.return_pct)
    assert narrow(chart)
    assert chart.stack.main.note == "Compared from 22 Nov 2025, 04:05, when the unit of ETH had changed"


def test_before_it_no_change_is_said_of_that_coin_and_none_is_drawn(chart, timeline):
    before_ms, after_ms = change_ms(timeline) - HOUR_MS, change_ms(timeline) + HOUR_MS
    btc, eth = chart.picture.lines
    for t_ms, told in ((before_ms, "before its unit changed · "), (after_ms, "%")):
        chart.stack.crosshair.put_at(t_ms)
        (row,) = [row.text for row in chart.stack.crosshair.rows if row.text.startswith("ETH ") and "·" in row.text]
        assert told in row
        assert ("%" in row) is (t_ms == after_ms)
        assert (eth.at(t_ms) is None) is (t_ms == before_ms)
        assert (chart.stack.main.heads[1].text == "ETH") is (t_ms == before_ms)
        assert btc.at(t_ms) is not None
        assert chart.stack.main.heads[0].text != "BTC"
    assert eth.scale.begins_ms == change_ms(timeline) + 0.5
    sheet = drawn_sheet(chart.panes.values(), "5m")
    places = {one.name: one.values for one in sheet.columns}
    where = sheet.t_ms <= change_ms(timeline)
    assert np.isnan(places["ETH change"][where]).all()
    assert not np.isnan(places["BTC change"][where]).any()
    assert np.nanmax(np.abs(places["ETH change"])) < 30


def test_what_is_left_of_the_scales_beginning_is_not_painted():
    def frame(since_ms, kind):
        return Frame((0.0, 1000.0), (0.0, 1.0), 500.0, 100.0, Scale(kind, since_ms=since_ms))

    for kind in (ScaleKind.PERCENT, ScaleKind.INDEXED):
        assert frame(400.0, kind).clip(0.5).getRect() == (200.5, 0.0, 299.5, 100.0)
        assert frame(-5.0, kind).clip(1.0).getRect() == (0.0, 0.0, 500.0, 100.0)
        assert frame(2000.0, kind).clip(1.0).width() == 0.0
    for kind in (ScaleKind.LINEAR, ScaleKind.LOG):
        assert frame(400.0, kind).clip(1.0).width() == 500.0


def test_no_stroke_leads_to_the_other_unit_however_many_samples_a_pixel_has(qtbot):
    times, values = np.arange(9000.0), np.where(np.arange(9000) < 4003, 1000.0, np.linspace(1.0, 2.0, 9000))
    values[4003] = np.nan
    stack = Stack()
    qtbot.addWidget(stack)
    stack.resize(600, 400)
    stack.main.show_layers(
        [LineLayer("NEW", Series.of(times, values), "#ff00ff", Scale(ScaleKind.PERCENT, 1.0, since_ms=4002.5))]
    )
    stack.look_at(0.0, 9000.0)
    stack.show()
    image, plot = look(stack), stack.main.plot
    middle = int(plot.left() + plot.width() * 4003 / 9000)
    above = int(plot.top() + plot.height() / 4)  # there it comes at the end
    assert all(image.pixelColor(x, above).name() != "#ff00ff" for x in range(middle - 9, middle + 10))
    assert any(image.pixelColor(x, above).name() == "#ff00ff" for x in range(middle, int(plot.right())))


def test_pixels_before_it_have_none_of_the_coins_colour(chart, timeline):
    plot, (start_ms, stop_ms) = chart.stack.main.plot, chart.times
    x = plot.left() + (change_ms(timeline) - start_ms) / (stop_ms - start_ms) * plot.width()
    image, colour = look(chart), chart.picture.lines[1].colour
    top = int(plot.top()) + 45  # below the legend, whose dot has that colour
    found = [
        column
        for column in range(int(plot.left()), int(plot.right()))
        if any(image.pixelColor(column, y).name() == colour for y in range(top, int(plot.bottom())))
    ]
    assert found
    assert min(found) >= int(x)


def test_a_view_that_ends_before_it_or_begins_after_it_is_compared_from_its_edge(chart, timeline):
    since_ms = change_ms(timeline)
    for start_ms in (since_ms - 3 * HOUR_MS, since_ms + HOUR_MS):
        chart.go_to(start_ms, start_ms + 2 * HOUR_MS)
        assert chart.picture.base_ms == start_ms
        assert chart.picture.changed == ()
        assert chart.stack.main.note == ""
        assert narrow(chart)


def test_a_bar_that_runs_in_a_new_unit_makes_no_jump_either(chart, timeline, polls):
    chart.go_to(change_ms(timeline) + HOUR_MS, timeline.bounds_ms()[1] + HOUR_MS)
    for _ in range(2):
        price = timeline.bars(ETH).series.values[-1]
        polls.poll(
            {BTC: timeline.bars(BTC).series.values[-1] * 1.01, ETH: price / 1000 if price > 1000 else price * 1.02}
        )
        look(chart)
        assert narrow(chart)
    assert chart.picture.changed == (ETH,)
    btc, eth = chart.picture.lines
    assert [line.end().text for line in (btc, eth)] == ["0.00\u202f%"] * 2  # no bar has ended since


@pytest.mark.parametrize("kind", [ScaleKind.PERCENT, ScaleKind.INDEXED])
@pytest.mark.parametrize(
    ("mode", "style"),
    [
        (Mode.PRICE, Style.AREA),
        (Mode.RATIO, Style.LINE),
        *((Mode.CANDLES, style) for style in (Style.CANDLES, Style.HEIKIN_ASHI)),
    ],
)
def test_it_is_so_wherever_an_axis_goes_by_parts_of_a_base(chart, timeline, mode, style, kind):
    chart.set_mode(mode)
    chart.set_style(style)
    chart.set_scale(kind)
    look(chart)
    assert narrow(chart)
    assert chart.stack.main.note.startswith("Compared from 22 Nov 2025, 04:05, when")
    layer = chart.picture.layers[0]
    first_ms = layer.nearest(change_ms(timeline) + BAR_MS)
    assert layer.at(first_ms) is not None
    assert layer.at(layer.step(first_ms, -3)) is None
    chart.set_scale(ScaleKind.LINEAR)
    look(chart)
    assert chart.picture.layers[0].at(layer.step(first_ms, -3)) is not None
    assert chart.stack.main.note == ""


def test_of_a_candle_it_is_said_since_when_it_is_counted(chart, timeline):
    chart.set_mode(Mode.CANDLES)
    for t_ms, told in (
        (change_ms(timeline) - HOUR_MS, "Before its unit changed"),
        (change_ms(timeline) + HOUR_MS, " from the first since its unit changed"),
    ):
        chart.stack.crosshair.put_at(t_ms)
        assert any(told in row.text for row in chart.stack.crosshair.rows)


def test_averaged_candles_begin_anew(chart, timeline):
    chart.set_mode(Mode.CANDLES)
    chart.set_style(Style.HEIKIN_ASHI)
    look(chart)
    since_ms = floor_ms(int(change_ms(timeline)), "5m")
    found = chart.picture.layers[0].drawn(since_ms, since_ms + HOUR_MS)
    assert found.high.max() < 30_000


def test_a_price_without_a_base_is_told_by_itself():
    line = LineLayer("NEW", Series.of(np.array([1.0, 2.0]), np.array([1000.0, 1.0])), "#ffffff", Scale(since_ms=1.5))
    assert [row.text for row in line.rows(1.0)] == ["NEW 1,000.00 before its unit changed"]
    assert "before" not in line.rows(2.0)[0].text
