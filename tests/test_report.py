"""What `watch` prints of a pair: the contract's names, exact digits, null for unknown."""

import json
from decimal import Decimal

import pytest

from cryptoprices.core.market import Pair, Quote, Ticker
from cryptoprices.core.report import digits, pair_line, pair_report, rfc3339
from cryptoprices.core.snapshot import LeftOut, PairPrice, QuoteView, State

BTC_USD = Pair("BTC", "USD")
QUOTE = Quote("kraken", Ticker(BTC_USD, Decimal("97413.10"), bid=Decimal("97413.0")), 1.0, 1_763_820_124_310)
FULL = PairPrice(
    BTC_USD,
    Decimal("97412.5"),
    State.LIVE,
    age_s=1.26,
    time_ms=1_763_820_124_120,
    counted=("kraken", "coinbase", "bitstamp"),
    left_out=(LeftOut("gemini", Decimal("95120.0"), "outlier"), LeftOut("bitfinex", None, "error")),
    spread_pct=Decimal("0.06"),
    change_24h_pct=Decimal("1.84"),
    high_24h=Decimal("97880.5"),
    low_24h=Decimal("95310.0"),
    volume_24h=Decimal("18402.11"),
    quotes=(QuoteView(QUOTE, State.LIVE, 1.24, Decimal("0.001")),),
)
NOTHING = PairPrice(BTC_USD, None, State.NO_DATA)


def test_a_full_report_has_the_fields_of_the_contract():
    assert json.loads(json.dumps(pair_report(FULL))) == {
        "pair": "BTC/USD",
        "price": "97412.5",
        "state": "LIVE",
        "consensus_of": ["kraken", "coinbase", "bitstamp"],
        "left_out": [
            {"exchange": "gemini", "price": "95120.0", "reason": "outlier"},
            {"exchange": "bitfinex", "price": None, "reason": "error"},
        ],
        "change_24h_percent": "1.84",
        "high_24h": "97880.5",
        "low_24h": "95310.0",
        "volume_24h": "18402.11",
        "time": "2025-11-22T14:02:04.120Z",
        "age_seconds": 1.3,
        "quotes": [
            {
                "exchange": "kraken",
                "state": "LIVE",
                "price": "97413.10",
                "bid": "97413.0",
                "ask": None,
                "change_24h_percent": None,
                "high_24h": None,
                "low_24h": None,
                "volume_24h": None,
                "time": None,
                "received": "2025-11-22T14:02:04.310Z",
                "age_seconds": 1.2,
                "via": "poll",
            }
        ],
    }


def test_what_is_unknown_is_null_and_never_0():
    report = pair_report(NOTHING)
    assert (report["consensus_of"], report["left_out"], report["quotes"]) == ([], [], [])
    assert {value for key, value in report.items() if not isinstance(value, list)} == {"BTC/USD", "NO_DATA", None}


def test_numbers_keep_their_digits_and_have_no_exponent():
    assert [digits(Decimal(text)) for text in ("1E-18", "97412.50", "1.2E+5")] == [
        "0.000000000000000001",
        "97412.50",
        "120000",
    ]
    assert digits(None) is None


@pytest.mark.parametrize(
    ("unix_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_763_820_124_009, "2025-11-22T14:02:04.009Z"),
        (None, None),
        (-1, None),
        (10**18, None),
    ],
)
def test_times_are_utc_with_milliseconds(unix_ms, text):
    assert rfc3339(unix_ms) == text


def plain(line):
    return line.replace("\u202f", " ")


def test_a_line_says_what_stands_behind_the_price():
    assert plain(pair_line(FULL, colour=False)) == (
        "BTC/USD         97,412.50    ▲ 1.84 %  LIVE         1 s  "
        "median of 3 · spread 0.06 % · left out: gemini outlier 95,120.00, bitfinex error"
    )


def test_a_line_of_nothing_shows_no_number():
    assert plain(pair_line(NOTHING, colour=False)) == "BTC/USD                 —           —  NO_DATA"


def test_two_and_one_exchange_are_called_what_they_are():
    two = FULL._replace(counted=("kraken", "gemini"), left_out=())
    assert "mean of 2" in pair_line(two, colour=False)
    assert pair_line(two._replace(counted=("kraken",)), colour=False).endswith("kraken alone")


def test_a_disagreement_shows_both_prices():
    other = QUOTE._replace(exchange="gemini", ticker=QUOTE.ticker._replace(price=Decimal("90000")))
    views = (FULL.quotes[0], QuoteView(other, State.LIVE, 1.0, None))
    view = FULL._replace(price=None, state=State.DISAGREE, counted=(), left_out=(), quotes=views, change_24h_pct=None)
    assert pair_line(view, colour=False).endswith("kraken 97,413.10; gemini 90,000.00")


def test_colour_says_nothing_that_the_words_do_not_say():
    coloured = pair_line(FULL, colour=True)
    assert "\033[32m" in coloured
    assert coloured.replace("\033[32m", "").replace("\033[0m", "") == pair_line(FULL, colour=False)
    falling = pair_line(FULL._replace(change_24h_pct=Decimal("-1"), state=State.STALE), colour=True)
    assert "\033[31m" in falling
    assert "\033[90m" in falling
