"""Strict figures, and text from outside made plain."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Candle, Pair
from cryptoprices.core.plain import LIMIT, plain

PAIR = Pair("BTC", "USD")
TICKER_FIELDS = {"bid": "bid", "ask": "ask", "high": "high_24h", "low": "low_24h", "volume": "volume_24h"}


@pytest.mark.parametrize(
    "text", ["0", "5", "97412.50", "0.000000012345", "6.44e-06", "1e-18", "1E+5", "-0.25", ".5", "5.", "1" * 31]
)
def test_a_number_keeps_every_digit(text):
    assert str(numbers.number(text, "price")) == str(Decimal(text))


@pytest.mark.parametrize(
    "text",
    ["", " ", "5 ", " 5", "\t5", "1_0", "+5", "１", "٣", "1,0", "NaN", "-NaN", "sNaN", "Infinity", "inf", "0x1", "--5",
     "5-", "1e31", "1e-31", "1e999", "1" * 32, "1." + "1" * 50, "9" * 10_000, "1e9999999999999999999", "null", "1.2.3"],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_what_is_no_plain_number_says_of_which_figure(text):
    with pytest.raises(BadPayload, match=r"^high: .{1,40} is not a usable number$"):
        numbers.number(text, "high")


def test_unknown_is_none_and_zero_is_zero():
    assert [numbers.signed(text, "x") for text in (None, "", "0", "-1.5")] == [None, None, 0, Decimal("-1.5")]
    assert [numbers.amount(text, "x") for text in (None, "", "0", "1.5")] == [None, None, 0, Decimal("1.5")]
    assert [numbers.level(text, "x") for text in (None, "", "0.00", "-1", "1.5")] == [*[None] * 4, Decimal("1.5")]
    with pytest.raises(BadPayload, match="volume"):
        numbers.amount("-1", "volume")


@pytest.mark.parametrize(
    ("then", "now", "change"),
    [("100", "101.5", "1.5000"), ("3", "2", "-33.3333"), ("5", "5", "0.0000"), ("0", "5", None), (None, "5", None),
     ("1e-30", "1e30", None)],
)  # fmt: skip
def test_a_change_is_known_only_from_a_real_earlier_price(then, now, change):
    found = numbers.change_since(None if then is None else Decimal(then), Decimal(now))
    assert (None if found is None else str(found)) == change


FIGURE = st.decimals(-10, 10**9, places=8).map(str) | st.sampled_from(
    ["", "0", "0.00", "-0", "NaN", "1e-5", "1_0", "１", "+1", "1e40", "x", ".", "-", "1" * 60]
)


@given(texts=st.fixed_dictionaries({"price": FIGURE}, optional=dict.fromkeys(TICKER_FIELDS, FIGURE | st.none())))
def test_a_tickers_quick_way_judges_as_the_single_figures_do(texts):
    """Each figure by itself is the oracle: number, level and amount never take the short cut."""
    judges = dict.fromkeys(("bid", "ask", "high", "low"), numbers.level) | {"volume": numbers.amount}
    try:
        price = numbers.number(texts["price"], "price")
        expected = {name: judge(texts.get(name), name) for name, judge in judges.items()} if price > 0 else None
    except BadPayload:
        expected = None
    if expected is None:
        with pytest.raises(BadPayload):
            numbers.ticker(PAIR, **texts)
        return
    ticker = numbers.ticker(PAIR, **texts, time_ms=1)
    assert str(ticker.price) == str(price)
    assert {name: str(getattr(ticker, field)) for name, field in TICKER_FIELDS.items()} == {
        name: str(value) for name, value in expected.items()
    }


@pytest.mark.parametrize("time_ms", [0, -1, 253_402_300_800_000, 10**30])
def test_a_time_outside_of_the_calendar_is_none(time_ms):
    with pytest.raises(BadPayload, match="time"):
        numbers.ticker(PAIR, "5", time_ms=time_ms)


@pytest.mark.parametrize("text", ["", "-5", "1.5", " 5", "１", "1e3", "1" * 16, "null"])
def test_a_time_sent_as_text_is_digits_alone(text):
    with pytest.raises(BadPayload, match="ts"):
        numbers.integer(text, "ts")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Bitcoin", "Bitcoin"), ("", ""), ("  a \n\t b\r\n", "a b"), ("<b>&lt;", "<b>&lt;"),
        ("Ether – ₿ é 币", "Ether – ₿ é 币"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"), ("\u202egnp.exe\u2066", "gnp.exe"), ("a\u200bb\u200d\ufeffc", "abc"),
        ("a\u2028b\u2029c", "a b c"), ("\ud800x", "x"),
    ],
)  # fmt: skip
def test_text_from_outside_is_one_plain_line(text, line):
    assert plain(text) == line


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_plain_text_is_short_printable_and_stays_what_it_is(text):
    line = plain(text * 20)
    assert len(line) <= LIMIT
    assert line.isprintable()
    assert plain(line) == line
    line.encode()


def test_a_long_text_is_cut_where_it_can_be_seen():
    assert plain("x" * 64) == "x" * 64
    assert plain("x" * 100_000) == "x" * 63 + "…"


@pytest.mark.parametrize("of", [str, float], ids=["texts", "numbers"])
def test_a_candle_is_made_of_texts_and_of_numbers(of):
    found = numbers.candle(60_000, of(2.5), of(4), of(0.5), of(3), of(0))
    assert found == Candle(60_000, 2.5, 4.0, 0.5, 3.0, 0.0)
    assert all(type(figure) is float for figure in found[1:])
    assert numbers.candle(60_000, of(2), of(2), of(2), of(2), None) == Candle(60_000, 2.0, 2.0, 2.0, 2.0, None)
    assert type(numbers.candle(60_000, 1, 1, 1, 1, 7).volume) is float


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("strange", ["", " 5", "1_0", "１", "NaN", "-5", "1e999", math.nan, math.inf, -math.inf, -1.0])
def test_a_candle_with_a_strange_figure_says_which(place, strange):
    figures = [5.0, 6.0, 4.0, 5.0, 1.0]
    figures[place] = strange
    with pytest.raises(BadPayload, match=f"^{['open', 'high', 'low', 'close', 'volume'][place]}: "):
        numbers.candle(60_000, *figures)


@pytest.mark.parametrize(
    ("figures", "named"),
    [(("0", "6", "4", "5"), "open"), ((5, 6, 0, 5), "low"), ((3.9, 6, 4, 5), "open"), (("5", "6", "4", "6.1"), "close"),
     ((5, 4, 6, 5), "open")],
)  # fmt: skip
def test_a_candle_lies_between_its_low_and_its_high_and_above_zero(figures, named):
    with pytest.raises(BadPayload, match=f"^{named}: "):
        numbers.candle(60_000, *figures, None)


@pytest.mark.parametrize("open_ms", [0, -60_000, 10**15])
def test_a_candle_of_no_time_is_none(open_ms):
    with pytest.raises(BadPayload, match=f"^time: {open_ms} "):
        numbers.candle(open_ms, 1, 1, 1, 1, None)
