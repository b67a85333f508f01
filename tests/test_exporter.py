"""Bars as files: what is in them, what is said, and that the window never waits for the disk."""

import csv
import json
import threading

import pytest
from charts import OFFSCREEN
from pasts import load
from polls import BTC, ETH
from PySide6.QtWidgets import QFileDialog

from cryptoprices.storage.atomic import write_lines
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.exporter import Exporter

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


def no_back_up(path, tell, stopped):
    raise OSError(28, "No space left on device")


@pytest.fixture
def window(window):
    window.show()
    return window


@pytest.fixture
def chart(polls, timeline, window):
    chart = ChartView(polls.hub, timeline)
    window.place_chart(chart)
    return chart


@pytest.fixture
def choose(window, chart, timeline, archive, tasks, qtbot, tmp_path, monkeypatch):
    """Export by the menu: choose("Visible range as CSV…") -> (path, what was said)."""
    load(timeline, archive, tasks, qtbot, "1d")
    qtbot.waitUntil(lambda: len(chart.picture.lines) == 2)
    said = []

    def choose(text, write=write_lines, name=None, wait=True, back_up=no_back_up):
        exporter = Exporter(window, chart, timeline, archive, back_up, tasks, write)
        exporter.said.connect(said.append)
        offered = []

        def ask(_parent, title, suggested, kinds):
            offered.append(suggested)
            return str(tmp_path / (name or suggested.rpartition("/")[2])) if name != "" else "", kinds

        monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
        actions = {action.text(): action for action in window.export_menu.actions()}
        actions[text].trigger()
        if wait:
            qtbot.waitUntil(lambda: bool(said))
        return tmp_path / (name or offered[0].rpartition("/")[2]), said

    return choose


def test_before_there_is_a_past_the_button_cannot_be_pressed(window):
    assert window.bar.export.accessibleName() == "Export"
    assert not window.bar.export.isEnabled()


def test_the_menu_offers_both_extents_in_both_forms(window, choose, polls):
    choose("Visible range as CSV…")
    polls.hub.select(ETH)
    assert window.bar.export.isEnabled()
    assert [action.text() for action in window.export_menu.actions() if action.text()] == [
        "Visible range as CSV…",
        "Visible range as JSON…",
        "All history of ETH/USD as CSV…",
        "All history of ETH/USD as JSON…",
        "All stored history as a database…",
    ]


def test_what_is_in_view_becomes_a_table(choose, chart, timeline):
    path, said = choose("Visible range as CSV…")
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert path.name == "BTC-USD-5m.csv"
    assert said == [f"288 bars of 5m of BTC/USD written to {path}."]
    closes = timeline.strand(BTC).bars.closes
    assert [float(row["close"]) for row in rows] == closes.close.tolist()
    assert list(rows[0]) == ["time", "open", "high", "low", "close", "volume", "source"]
    assert {row["source"] for row in rows} == {"kraken"}


def test_only_the_bars_in_view_are_written(choose, chart):
    chart.moves.zoom(0.25, sum(chart.stack.main.box.times) / 2)
    start, stop = chart.stack.main.box.times
    path, _ = choose("Visible range as JSON…")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == sum(start <= t <= stop for t in chart.picture.lines[0].series.times)


def test_all_history_is_more_than_is_in_view(choose, archive, polls):
    now = polls.time.wall_ms // 300_000 * 300_000
    archive.stored[BTC, "5m"].append((now - 5 * 86_400_000, now - 86_400_000))
    path, said = choose("All history of BTC/USD as JSON…")
    assert said == [f"1,440 bars of 5m of BTC/USD written to {path}."]
    assert len(path.read_text().splitlines()) == 1440


def test_who_names_no_file_writes_none(choose, tmp_path):
    choose("Visible range as CSV…", name="", wait=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.logs("could not be answered")
def test_what_cannot_be_written_is_one_sentence(choose, tmp_path):
    _, said = choose("Visible range as CSV…", name="no/such/folder.csv")
    assert said == ["folder.csv could not be written: No such file or directory."]
    assert list(tmp_path.iterdir()) == []


def test_it_is_written_by_a_worker_and_can_be_cancelled_without_leaving_anything(choose, chart, tmp_path, qtbot):
    begun, go_on, writers = threading.Event(), threading.Event(), []

    def slow(path, lines):
        def waiting():
            for line in lines:
                yield line
                begun.set()
                go_on.wait(5)

        writers.append(threading.current_thread())
        write_lines(path, waiting())

    path, said = choose("All history of BTC/USD as CSV…", write=slow, wait=False)
    assert begun.wait(5)
    qtbot.waitUntil(chart.exporting.isVisible)
    assert chart.exporting.accessibleName() == "Exporting"
    assert path.name in chart.exporting.text.text()
    chart.exporting.button.click()
    go_on.set()
    assert said == ["Exporting was cancelled."]
    assert chart.exporting.isHidden()
    qtbot.waitUntil(lambda: list(tmp_path.iterdir()) == [])
    assert writers[0] is not threading.current_thread()


def test_while_one_file_is_written_no_other_is_begun(choose, window, chart, qtbot):
    go_on = threading.Event()

    def slow(path, lines):
        go_on.wait(5)
        write_lines(path, lines)

    _, said = choose("Visible range as CSV…", write=slow, wait=False)
    actions = [action for action in window.export_menu.actions() if action.text()]
    assert not any(action.isEnabled() for action in actions)
    go_on.set()
    qtbot.waitUntil(lambda: bool(said))
    assert all(action.isEnabled() for action in actions)


def test_all_that_is_stored_is_copied_by_a_worker_and_says_how_far_it_is(choose, chart, qtbot):
    go_on, told = threading.Event(), threading.Event()

    def back_up(path, tell, stopped):
        tell(1_500_000, 3_000_000)
        told.set()
        go_on.wait(5)
        path.write_bytes(b"all")
        assert threading.current_thread() is not threading.main_thread()
        return 3_000_000

    path, said = choose("All stored history as a database…", back_up=back_up, wait=False)
    assert path.name == "cryptoprices-history-2025-11-22.sqlite3"
    assert told.wait(5)
    qtbot.waitUntil(chart.exporting.isVisible)
    assert chart.exporting.text.text() == f"Writing {path.name} · 2\u202fMB of 3\u202fMB"
    assert (chart.exporting.bar.value(), chart.exporting.bar.maximum()) == (1_500_000, 3_000_000)
    go_on.set()
    qtbot.waitUntil(lambda: bool(said))
    assert said == [f"All stored history, 3\u202fMB, written to {path}."]


def test_a_copy_can_be_cancelled(choose, chart, qtbot):
    begun, ended = threading.Event(), threading.Event()

    def back_up(path, tell, stopped):
        tell(1, 2)
        begun.set()
        assert stopped.wait(5)
        ended.set()
        return 0

    _, said = choose("All stored history as a database…", back_up=back_up, wait=False)
    assert begun.wait(5)
    qtbot.waitUntil(chart.exporting.isVisible)
    chart.exporting.button.click()
    assert ended.wait(5)
    assert said == ["Exporting was cancelled."]


@pytest.mark.logs("could not be answered")
def test_a_copy_that_finds_no_room_is_one_sentence(choose):
    path, said = choose("All stored history as a database…")
    assert said == [f"{path.name} could not be written: No space left on device."]
