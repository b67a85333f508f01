"""The comparison as an object and as a table: the contract's names, null for unknown, and every figure in its place."""

import json
from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from cryptoprices.core import figures
from cryptoprices.core.comparison import compare
from cryptoprices.core.figure_report import against_lines, brush_report, comparison_lines, comparison_report
from cryptoprices.core.figures import Closes
from cryptoprices.core.market import Pair

DAY_MS = 86_400_000
MONDAY_MS = 1_763_942_400_000  # 2025-11-24 00:00:00 UTC
NOTHING = Closes(np.array([], dtype=np.int64), np.array([]))


def daily(prices, skipped=0):
    return Closes(MONDAY_MS + DAY_MS * np.arange(1 + skipped, 1 + skipped + len(prices)), np.array(prices, dtype=float))


BTC, ETH = daily([100, 110, 99, 120, 118]), daily([10, 12, 9, 9.9], skipped=1)


def test_the_object_has_the_names_of_the_contract():
    report = json.loads(json.dumps(comparison_report("1y", "USD", "1d", {"BTC": BTC, "ETH": ETH})))
    assert list(report) == ["range", "currency", "bars", "interval", "coins", "pairs"]
    assert (report["range"], report["currency"], report["bars"], report["interval"]) == ("1y", "USD", 4, "1d")
    assert [list(coin) for coin in report["coins"]] == [[
        "coin", "return_percent", "cagr_percent", "volatility_percent", "sharpe", "max_drawdown_percent",
        "max_drawdown_from", "max_drawdown_to", "best_day_percent", "worst_day_percent", "range_position_percent",
    ]] * 2  # fmt: skip
    (pair,) = report["pairs"]
    assert list(pair) == ["base", "quote", "ratio", "correlation", "beta", "alpha", "r2", "z_score", "n"]


def test_figures_are_of_the_bars_that_both_have_and_stand_in_their_places():
    report = comparison_report("1y", "USD", "1d", {"BTC": BTC, "ETH": ETH})
    btc, eth = report["coins"]
    assert btc["return_percent"] == pytest.approx(100 * (118 / 110 - 1))
    assert eth["max_drawdown_percent"] == pytest.approx(-25)
    assert (eth["max_drawdown_from"], eth["max_drawdown_to"]) == (
        "2025-11-26T00:00:00.000Z",
        "2025-11-27T00:00:00.000Z",
    )
    assert (eth["best_day_percent"], eth["worst_day_percent"]) == pytest.approx((20, -25))
    assert report["pairs"][0] == {
        "base": "ETH", "quote": "BTC", **figures.pair_figures(ETH.close, BTC.close[1:])._asdict()
    }  # fmt: skip


def test_a_coin_without_bars_is_unknown_and_takes_nothing_from_the_others():
    report = comparison_report("1y", "USD", "1d", {"BTC": BTC, "XYZ": NOTHING, "ETH": ETH})
    assert report["bars"] == 4
    assert set(report["coins"][1].values()) == {"XYZ", None}
    assert [(pair["base"], pair["quote"], pair["n"]) for pair in report["pairs"]] == [
        ("XYZ", "BTC", 0), ("ETH", "BTC", 3), ("ETH", "XYZ", 0),
    ]  # fmt: skip
    assert comparison_report("1h", "USD", "1m", {"BTC": NOTHING, "ETH": NOTHING})["bars"] == 0


def test_a_person_reads_a_table():
    lines = list(comparison_lines(comparison_report("1y", "USD", "1d", {"BTC": BTC, "ETH": ETH})))
    assert lines[0] == "BTC, ETH in USD, 1y: 4 bars of 1d"
    assert lines[1].split() == ["BTC", "ETH"]
    assert lines[2].split() == ["Return", "+7.27", "%", "−1.00", "%"]  # a narrow space before the sign
    assert lines[7].split() == ["from", "2025-11-25", "2025-11-26"]
    assert lines[-1].startswith("ETH/BTC: ratio 0.083898 · correlation −1.00 · beta −1.46 · alpha 6.3135")
    assert lines[-1].endswith(" · 3 changes")
    assert len({len(line) for line in lines[1:-2]}) == 1
    assert lines[3].split() == ["CAGR", "—", "—"]
    assert lines[-2] == "Of a year from so many days on: CAGR 30, Sharpe 90."


def test_a_person_reads_also_what_else_the_window_says():
    figures = compare((Pair("BTC", "USD"), Pair("XYZ", "USD"), Pair("ETH", "USD")), [BTC, NOTHING, ETH], "1d")
    assert [plain(line) for line in against_lines(figures)] == [
        "ETH against BTC: ratio change −7.71 % · difference of returns −8.27 pp",
        "50/50 BTC and ETH, rebalanced every bar: return +7.30 %, volatility 70.9 % a year, "
        "max drawdown −1.89 % (26 Nov 2025 00:00 – 27 Nov 2025 00:00)",
    ]


def test_times_of_shorter_bars_say_the_hour_and_what_is_unknown_is_a_dash():
    minute = 60_000
    closes = {"BTC": Closes(MONDAY_MS + minute * np.arange(3), np.array([100.0, 102, 103])), "ETH": NOTHING}
    lines = list(comparison_lines(comparison_report("1h", "USD", "1m", closes)))
    assert lines[3].split() == ["CAGR", "—", "—"]
    assert lines[6].split() == ["Max", "drawdown", "0.00", "%", "—"]
    assert lines[-1] == "ETH/BTC: ratio — · correlation — · beta — · alpha — · R² — · z-score — · 0 changes"


@pytest.mark.parametrize(("days", "told"), [(29, ""), (30, "CAGR"), (89, "CAGR"), (90, "CAGR Sharpe")])
def test_what_a_short_time_makes_of_a_year_is_for_programs_alone(days, told):
    closes = Closes(MONDAY_MS + 86_400_000 * np.arange(days), 100 + np.arange(days) % 7)
    report = comparison_report("1y", "USD", "1d", {"BTC": closes})
    assert report["coins"][0]["cagr_percent"] is not None
    assert report["coins"][0]["sharpe"] is not None
    rows = dict(line.split()[:2] for line in comparison_lines(report) if line.startswith(("CAGR", "Sharpe")))
    assert [name for name, text in rows.items() if text != "—"] == told.split()


def test_times_of_minutes_say_the_hour():
    ends = MONDAY_MS + 86_400_000 + 300_000 * np.arange(1, 289)
    prices = 100 + np.arange(288) / 10
    prices[-3:] = 105
    lines = list(comparison_lines(comparison_report("1d", "USD", "5m", {"BTC": Closes(ends, prices)})))
    assert lines[7].split() == ["from", "2025-11-25", "23:40"]


def plain(text):
    return text.replace("\u202f", " ")


def test_what_is_copied_says_of_what_it_is_in_plain_words():
    figures = compare((Pair("BTC", "EUR"), Pair("ETH", "EUR")), [BTC, ETH], "1d")
    assert plain(brush_report(figures, "EUR", UTC)).split("\n") == [
        "BTC vs ETH, 26 Nov 2025 00:00 – 29 Nov 2025 00:00 UTC, in EUR: 4 bars of 1d",
        "BTC: return +7.27 %, volatility 292.1 % a year, max drawdown −10.00 % (25 Nov 2025 00:00 – 26 Nov 2025 00:00)",
        "ETH: return −1.00 %, volatility 477.7 % a year, max drawdown −25.00 % (26 Nov 2025 00:00 – 27 Nov 2025 00:00)",
        "ETH/BTC: ratio 0.083898, ratio change −7.71 %, correlation −1.00, beta −1.46, R² 1.00, "
        "difference of returns −8.27 pp",
        "50/50 BTC and ETH, rebalanced every bar: return +7.30 %, volatility 70.9 % a year, "
        "max drawdown −1.89 % (26 Nov 2025 00:00 – 27 Nov 2025 00:00)",
    ]


def test_what_is_copied_has_the_times_of_the_zone_and_says_what_is_unknown():
    figures = compare((Pair("BTC", "USD"), Pair("ETH", "USD")), [daily([5, 5, 5]), NOTHING], "1d")
    text = plain(brush_report(figures, "USD", ZoneInfo("Europe/Berlin")))
    assert text.split("\n") == [
        "BTC vs ETH, 25 Nov 2025 01:00 – 27 Nov 2025 01:00 CET, in USD: 3 bars of 1d",
        "BTC: return 0.00 %, volatility 0.0 % a year, max drawdown 0.00 %",
        "ETH: return —, volatility — a year, max drawdown —",
        "ETH/BTC: no bars of both",
    ]
    autumn = Closes(np.array([1_761_400_800_000, 1_761_487_200_000]), np.ones(2))  # Central Europe's clocks go back
    figures = compare((Pair("BTC", "USD"),), [autumn], "1d")
    head = "BTC, 25 Oct 2025 16:00 CEST – 26 Oct 2025 15:00 CET, in USD: 2 bars of 1d"
    assert plain(brush_report(figures, "USD", ZoneInfo("Europe/Berlin"))).startswith(head)
    assert brush_report(compare((Pair("BTC", "USD"),), [NOTHING], "1d"), "USD", UTC) == "BTC: no bars"
