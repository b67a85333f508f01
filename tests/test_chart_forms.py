"""The chart in other forms: as pictures, on the clipboard, and as numbers, from the menus as a person chooses them."""

import csv
import re
import threading
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest
from charts import OFFSCREEN, look
from pasts import load
from polls import BTC
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog

from cryptoprices.storage.atomic import write_export, write_lines
from cryptoprices.ui import pictures
from cryptoprices.ui.chart.studies import Studies
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.chart_forms import CSV, NOTHING, PNG, SVG, ChartForms
from cryptoprices.ui.exporter import Exporter
from cryptoprices.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


def no_room(path, _data):
    raise OSError(28, "No space left on device")


@pytest.fixture
def window(window):
    window.resize(1200, 700)
    window.show()
    return window


@pytest.fixture
def chart(polls, timeline, window):
    chart = ChartView(polls.hub, timeline)
    chart.set_zone("UTC")
    window.place_chart(chart)
    return chart


@pytest.fixture
def forms(window, chart, timeline, archive, tasks, qtbot):
    """Of a chart of a day of Bitcoin and Ether."""
    exporter = Exporter(window, chart, timeline, archive, None, tasks, write_lines)
    forms = ChartForms(window, chart, timeline, exporter, tasks, write_lines, write_export, False)
    forms.heard = []
    for each in (exporter, forms):
        each.said.connect(forms.heard.append)
    load(timeline, archive, tasks, qtbot, "1d")
    chart.set_range("1D")
    qtbot.waitUntil(lambda: len(chart.picture.lines) == 2)
    look(chart)
    return forms


@pytest.fixture
def save(forms, window, qtbot, tmp_path, monkeypatch):
    """save("Chart as PNG…") -> the file that it has become."""

    def save(text, wait=True):
        names = []

        def ask(_parent, _title, suggested, kinds):
            names.append(suggested.rpartition("/")[2])
            return str(tmp_path / names[0]), kinds

        monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
        next(action for action in window.export_menu.actions() if action.text() == text).trigger()
        qtbot.waitUntil(lambda: bool(forms.heard))
        return tmp_path / names[0] if names else None

    return save


def test_png_is_the_chart_with_a_heading_at_two_pixels_for_one(save, forms, chart):
    path = save(PNG)
    assert path.name == "BTC-USD-ETH-USD-compare.png"
    assert re.fullmatch(rf"The chart, \d+\u202fkB, written to {re.escape(str(path))}\.", forms.heard[0])
    picture = QImage(str(path))
    assert picture.width() == 2 * chart.stack.width()
    above = picture.height() - 2 * chart.stack.height()
    assert 2 * 20 < above < 2 * 60
    seen = chart.stack.canvas.grab().toImage()
    plot = chart.stack.main.plot
    colours = set()
    for x in range(int(plot.left()), int(plot.right()), 3):
        for y in range(int(plot.top()), int(plot.bottom()), 3):
            colours.add(picture.pixelColor(2 * x, 2 * y + above).name())
    assert {DARK.window, DARK.grid} <= colours
    assert seen.pixelColor(2, 2).name() == picture.pixelColor(4, above + 4).name() == DARK.window
    assert any(picture.pixelColor(x, y).lightness() > 150 for x in range(600) for y in range(above))


def test_svg_has_letters_as_letters_and_lines_as_lines(save, forms, chart):
    forms.reader.describe()
    path = save(SVG)
    tree = ET.parse(path)
    texts = [" ".join(one.itertext()).strip() for one in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "BTC/USD, ETH/USD · Compare % · 1 day · bars of 5m · UTC" in texts
    assert "22 Nov 2025 14:00 · Crypto Prices" in texts
    assert any(re.fullmatch(r"[+−]?\d+\.\d\u202f%", text) for text in texts)
    assert len(list(tree.iter("{http://www.w3.org/2000/svg}polyline"))) > 2 * 280  # both lines, bar by bar
    assert not list(tree.iter("{http://www.w3.org/2000/svg}image"))
    assert "288 points. 1 day: BTC " in "".join(tree.getroot().itertext())


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_picture_has_the_colours_of_the_theme(forms, chart, theme):
    chart.set_theme(theme)
    look(chart)
    assert pictures.image(chart, ("", ""), theme).pixelColor(1, 1).name() == theme.window


def test_a_demo_and_a_moved_view_are_named(forms, chart, timeline, polls):
    chart.set_mode("Candles")
    chart.set_style("Heikin-Ashi")
    chart.set_scale("Log")
    chart.go_to(*(ms - 3_600_000 for ms in chart.times))
    what, where = pictures.heading(chart, timeline, polls.hub, True)
    assert re.fullmatch(r"BTC/USD · Heikin-Ashi · Log · \d+ Nov 2025 \d\d:\d\d to .* · bars of 5m · UTC", what)
    assert where.startswith("DEMO · 22 Nov 2025 14:00")


def test_a_narrow_picture_has_its_heading_in_two_lines(forms, chart):
    long = ("a" * 90, "b" * 60)
    one, two = (pictures.image(chart, told, DARK).height() for told in (("a", "b"), long))
    assert two > one


def test_the_chart_goes_to_the_clipboard_by_key(forms, window, chart, qtbot):
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert forms.heard == ["The chart was copied as a picture."]
    assert QGuiApplication.clipboard().image().width() == 2 * chart.stack.width()


@pytest.mark.logs("could not be answered")
@pytest.mark.parametrize("text", [PNG, SVG])
def test_a_picture_that_finds_no_room_is_one_sentence(save, forms, text, tmp_path):
    forms._write_bytes = no_room
    path = save(text)
    assert forms.heard == [f"{path.name} could not be written: No space left on device."]
    assert list(tmp_path.iterdir()) == []


def test_a_picture_is_written_by_a_worker(save, forms):
    threads = []

    def write(path, data):
        threads.append(threading.current_thread())
        write_export(path, data)

    forms._write_bytes = write
    save(PNG)
    assert threads[0] is not threading.main_thread()


def rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_what_is_drawn_is_a_column_for_each_line(save, forms, chart):
    found = rows(path := save(CSV))
    assert path.name == "BTC-USD-ETH-USD-compare.csv"
    assert forms.heard == [f"{len(found)} rows of what is drawn written to {path}."]
    assert list(found[0]) == ["time", "BTC (USD)", "BTC change (%)", "ETH (USD)", "ETH change (%)"]
    btc, eth = chart.picture.lines
    assert [float(row["BTC (USD)"]) for row in found] == btc.series.values.tolist()
    assert float(found[-1]["ETH change (%)"]) == pytest.approx(eth.scale.change_pct(eth.series.values[-1]))
    assert found[0]["time"] == "2025-11-21T14:05:00.000Z"


def test_only_what_is_in_view_is_written(save, chart):
    chart.moves.zoom(0.25, sum(chart.times) / 2)
    found = rows(save(CSV))
    start, stop = chart.times
    assert len(found) == sum(start <= t_ms <= stop for t_ms in chart.picture.lines[0].series.times)
    assert 50 < len(found) < 90


def test_candles_have_four_columns(save, chart):
    chart.set_mode("Candles")
    look(chart)
    found = rows(save(CSV))
    assert list(found[0]) == ["time", *(f"BTC {word} (USD)" for word in ("open", "high", "low", "close"))]
    assert all(Decimal(row["BTC high (USD)"]) > Decimal(row["BTC low (USD)"]) for row in found)
    assert found[-1]["time"] == "2025-11-22T13:55:00.000Z"  # when it opens


def test_heikin_ashi_are_called_so(save, chart):
    chart.set_mode("Candles")
    chart.set_style("Heikin-Ashi")
    look(chart)
    last = rows(save(CSV))[-1]
    newest = chart.stack.main.layers[0].columns()[3].values[-1]
    assert float(last["BTC Heikin-Ashi close (USD)"]) == newest != 297_000


@pytest.mark.parametrize("mode", ["Price", "Candles"])
def test_each_indicator_has_columns_beside_the_bars_that_it_is_of(save, chart, timeline, polls, mode):
    studies = Studies(polls.hub, timeline, chart)
    for key in ("sma", "bollinger", "macd", "volume"):
        studies.add(key)
    chart.set_mode(mode)
    look(chart)
    found = rows(save(CSV))
    names = {
        "SMA 20 (USD)",
        "Bollinger 20 2 Bands upper (USD)",
        "Bollinger 20 2 Bands lower (USD)",
        "Volume",
        "MACD 12 26 9 Histogram (USD)",
    }
    assert not names - set(found[0]), list(found[0])
    closes = timeline.bars(BTC).closes.close[-20:]
    assert float(found[-1]["SMA 20 (USD)"]) == pytest.approx(closes.mean())
    assert float(found[-1]["Bollinger 20 2 Bands upper (USD)"]) == pytest.approx(closes.mean() + 2 * closes.std())
    assert float(found[-1]["Volume"]) == 2


def test_two_of_a_kind_have_heads_of_their_own(save, chart, timeline, polls):
    studies = Studies(polls.hub, timeline, chart)
    for key, name, values in (("bollinger", "bollinger-2", {"period": 50}), ("macd", "macd-2", {"fast": 5})):
        studies.add(key)
        studies.add(key)
        studies.edit(name, values)
    chart.set_mode("Price")
    look(chart)
    heads = save(CSV).read_text().partition("\n")[0].split(",")
    assert len(set(heads)) == len(heads)
    assert {"Bollinger 50 2 Bands upper (USD)", "MACD 5 26 9 Signal (USD)"} < set(heads)


def test_nothing_drawn_is_said_and_nothing_is_asked(save, forms, chart):
    chart.stack.main.show_layers(())
    assert save(CSV) is None
    assert forms.heard == [NOTHING]


def test_the_chart_menu_has_these_rows_with_their_keys(forms, window):
    window.chart_menu.refresh()
    window.chart_menu.refresh()
    keys = {action.text(): action.shortcut().toString() for action in window.chart_menu.actions()}
    assert keys["Say what is in &view"] == "S"
    assert keys["&As a table"] == "Ctrl+T"
    assert keys["Copy as a &picture"] == "Ctrl+Shift+C"
    QApplication.processEvents()


def test_s_says_what_is_in_view_where_the_keys_go_to_the_chart(forms, window, chart, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_S)
    assert forms.heard == []
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_S)
    assert forms.heard == [forms.reader.summary()]
