"""Which studies are chosen, what they need before the first bar, and what is kept of them."""

import json

import pytest

from cryptoprices.core.chosen_studies import STUDIES, ChosenStudies
from cryptoprices.core.intervals import floor_ms, session_ms
from cryptoprices.core.ranges import FIRST_PRICES_MS, Lead

NOON_MS = 1_763_812_800_000  # 2025-11-22 12:00 UTC, a Saturday
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture
def chosen():
    return ChosenStudies()


def test_before_anybody_has_chosen_the_correlation_is_there(chosen):
    assert [one.label for one in chosen.all] == ["Correlation 30"]


@pytest.mark.parametrize("key", STUDIES)
def test_several_of_a_kind_have_names_of_their_own(chosen, key):
    added = [chosen.add(key) for _ in range(3)]
    assert len({one.name for one in chosen.all}) == len(chosen.all) == 4
    chosen.remove(added[1].name)
    assert chosen.add(key).name == added[1].name  # which nobody has any more
    assert dict(added[0].values) == {param.name: param.default for param in STUDIES[key].params}


def test_what_is_not_allowed_is_said_and_changes_nothing(chosen):
    macd = chosen.add("macd")
    for values, said in (
        ({"fast": 30}, "the fast average takes fewer closes than the slow one, not 30 against 26"),
        ({"slow": 0}, "slow is a whole number from 2 to 1000, not 0"),
        ({"pace": 3}, "Moving average convergence/divergence has no pace"),
    ):
        with pytest.raises(ValueError, match=f"^{said}$"):
            chosen.edit(macd.name, values)
    assert chosen[macd.name].label == "MACD 12 26 9"
    chosen.edit(macd.name, {"fast": 5})
    assert chosen["macd"].label == "MACD 5 26 9"


def test_what_was_chosen_comes_back(chosen):
    chosen.add("sma", {"period": 50})
    chosen.add("bollinger", {"deviations": 2.5})
    chosen.add("sma")
    chosen.remove("sma")
    later = ChosenStudies()
    later.take(json.loads(json.dumps(chosen.state())))
    assert [(one.name, one.label) for one in later.all] == [
        ("correlation", "Correlation 30"), ("bollinger", "Bollinger 20 2.5"), ("sma-2", "SMA 20"),
    ]  # fmt: skip
    later.take([])
    assert later.all == []


@pytest.mark.parametrize("state", [None, 3, "sma", {"study": "sma"}])
def test_what_is_no_list_says_nothing(chosen, state):
    chosen.take(state)
    assert [one.label for one in chosen.all] == ["Correlation 30"]


def test_each_strange_value_costs_itself_only(chosen):
    good = {"name": "sma", "study": "sma", "values": {"period": 50}}
    strange = [
        None, 7, [], {}, {"study": []}, {"study": "sma"}, {**good, "study": "smas"}, {**good, "values": [1]},
        {**good, "values": {"period": "50"}}, {**good, "values": {"period": True}},
        {**good, "values": {"period": 1e308}},
        {**good, "values": {"period": float("nan")}}, {**good, "values": {"period": 2.5}}, {**good, "values": {"x": 1}},
        {"name": "macd", "study": "macd", "values": {"fast": 40}},
    ]  # fmt: skip
    chosen.take([*strange, good, good, {**good, "name": "main"}, {**good, "name": {}}])
    assert [(one.name, one.label) for one in chosen.all] == [
        ("sma", "SMA 50"), ("sma-2", "SMA 50"), ("sma-3", "SMA 50"), ("sma-4", "SMA 50"),
    ]  # fmt: skip


def test_what_each_needs_before_the_first_bar(chosen):
    before = {key: chosen.add(key).bars_before for key in ("sma", "bollinger", "volume", "correlation", "macd")}
    assert before == {"sma": 20, "bollinger": 20, "volume": 0, "correlation": 30, "macd": 296 + 102}
    assert {key for key in STUDIES if chosen.add(key).of_sessions} == {"vwap"}


@pytest.mark.parametrize(("interval", "begins"), [("1m", NOON_MS - DAY / 2), ("4h", NOON_MS - DAY / 2)])
def test_a_session_is_a_day(interval, begins):
    assert session_ms(NOON_MS, interval) == begins
    assert session_ms(int(begins), interval) == begins
    assert session_ms(int(begins) - 1, interval) == begins - DAY


def test_a_session_of_days_is_a_month_and_of_weeks_a_year():
    assert session_ms(NOON_MS, "1d") == floor_ms(NOON_MS, "1d") - 21 * DAY
    assert session_ms(NOON_MS, "1w") == floor_ms(NOON_MS, "1d") - 325 * DAY


def test_a_lead_is_of_bars_and_of_whole_sessions():
    assert Lead().begin_ms(NOON_MS, "5m") == NOON_MS
    assert Lead(30).begin_ms(NOON_MS, "5m") == NOON_MS - 150 * MINUTE
    assert Lead(30, True).begin_ms(NOON_MS, "5m") == NOON_MS - 12 * HOUR
    assert Lead(300, True).begin_ms(NOON_MS, "5m") == NOON_MS - 36 * HOUR
    assert Lead(10, True).begin_ms(floor_ms(NOON_MS, "1w"), "1w") == floor_ms(session_ms(NOON_MS, "1w"), "1w")


def test_before_the_first_prices_of_all_nothing_is_asked_for():
    assert Lead(1000).begin_ms(FIRST_PRICES_MS, "1d") == FIRST_PRICES_MS
    assert Lead(1000).begin_ms(FIRST_PRICES_MS + 5 * DAY, "1d") == FIRST_PRICES_MS
