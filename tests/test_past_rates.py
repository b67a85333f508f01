"""Bars in the person's currency: each by the rate of its day, and in dollars while there is none."""

import threading
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from charts import OFFSCREEN, described, look, point_at
from pasts import load, settle
from polls import BTC, ETH

from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.reference import Reference
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.panels.comparison import ComparisonPanel

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)
DAY = 86_400_000


def rates_of(polls, **per_day):
    """Rates of EUR so many days ago: d0=0.8 is today's."""
    days = sorted(((int(name[1:]), value) for name, value in per_day.items()), reverse=True)
    wall = polls.time.wall_ms
    return [
        Rates(f"{datetime.fromtimestamp((wall - ago * DAY) / 1000, UTC):%Y-%m-%d}", {"EUR": Decimal(str(value))})
        for ago, value in days
    ]


def test_each_bar_is_converted_by_the_rate_of_its_day_and_now_by_the_newest(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1w")
    dollars = timeline.series(BTC)
    asked = []

    def ask(code):
        asked.append((code, threading.current_thread()))
        return rates_of(polls, d30=0.5, d3=0.8)

    timeline.rates.begin(ask, tasks)
    assert not asked
    polls.hub.set_currency("EUR")
    qtbot.waitUntil(lambda: timeline.rates.currency == "EUR")
    assert [code for code, _ in asked] == ["EUR"]
    assert asked[0][1] is not threading.current_thread()
    euros = timeline.series(BTC)
    factors = euros.values / dollars.values
    assert set(np.round(factors, 9)) == {0.5, 0.8}
    assert (np.diff(factors) >= 0).all()
    polls.run(1)
    assert timeline.series(BTC).values[-1] == pytest.approx(80)
    assert timeline.ratio.values == pytest.approx(0.1)
    polls.hub.set_currency("USD")
    assert timeline.rates.currency == "USD"
    assert timeline.series(BTC).values[:-1].tolist() == dollars.values.tolist()


def test_figures_panel_and_chart_say_their_currency(timeline, archive, tasks, qtbot, polls):
    chart, panel = ChartView(polls.hub, timeline), ComparisonPanel(polls.hub)
    for widget in (chart, panel):
        qtbot.addWidget(widget)
    chart.resize(800, 500)
    chart.show()
    chart.set_range("1W")
    panel.follow(timeline)
    load(timeline, archive, tasks, qtbot)
    in_dollars = timeline.figures()
    known = threading.Event()
    timeline.rates.begin(lambda code: known.wait(5) and rates_of(polls, d30=0.5, d3=0.8), tasks)
    polls.hub.set_currency("EUR")
    look(chart)
    assert " in USD, " in described(chart)  # no rates yet
    known.set()
    qtbot.waitUntil(lambda: timeline.rates.currency == "EUR")
    look(chart)
    assert " in EUR, " in described(chart)
    panel.show_now()
    assert panel.note.text().endswith("in EUR")
    growth = (1 + in_dollars.coins[0].return_pct / 100) * 0.8 / 0.5
    assert timeline.figures().coins[0].return_pct == pytest.approx((growth - 1) * 100)
    point_at(chart, 200, 50)
    assert chart.stack.crosshair.rows[1].text.endswith("· Kraken, backfilled, in EUR")


@pytest.mark.parametrize("answer", [[], SourceError(Reason.TIMEOUT, "no answer")])
def test_without_rates_it_stays_in_dollars_and_is_asked_again_when_there_is_a_rate(
    timeline, archive, tasks, qtbot, polls, answer
):
    load(timeline, archive, tasks, qtbot, "1d")
    before, answers, asked = timeline.series(BTC), [answer], threading.Semaphore(0)

    def ask(_code):
        asked.release()
        return answers[-1]

    timeline.rates.begin(ask, tasks)
    polls.hub.set_currency("EUR")
    assert asked.acquire(timeout=5)
    qtbot.waitUntil(lambda: timeline.rates._question is None)
    assert timeline.rates.currency == "USD"
    assert timeline.series(BTC) is before
    answers.append(rates_of(polls, d3=0.5))
    polls.hub.set_reference(Reference.of(answers[-1][-1], polls.time.boot_s, polls.time.wall_ms))
    qtbot.waitUntil(lambda: timeline.rates.currency == "EUR")
    assert timeline.series(BTC).values[0] == pytest.approx(before.values[0] / 2)


def test_a_newer_rate_is_fetched_and_the_same_is_not(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1d")
    answers = [rates_of(polls, d3=0.5)]
    asked = []
    timeline.rates.begin(lambda code: (asked.append(code), answers[-1])[1], tasks)
    polls.hub.set_currency("EUR")
    qtbot.waitUntil(lambda: timeline.rates.currency == "EUR")
    polls.hub.set_reference(Reference.of(answers[-1][-1], polls.time.boot_s, polls.time.wall_ms))
    assert timeline.rates._question is None
    answers.append(rates_of(polls, d3=0.5, d1=0.9))
    polls.hub.set_reference(Reference.of(answers[-1][-1], polls.time.boot_s, polls.time.wall_ms))
    qtbot.waitUntil(lambda: timeline.rates.factor(ETH) == 0.9)
    assert asked == ["EUR", "EUR"]
    settle(timeline, archive, qtbot)
