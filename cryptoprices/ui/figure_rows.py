"""The figures of a comparison as rows of text: what each is called, says and rests on. Panel and plate share them."""

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from cryptoprices.core.formatting import MINUS, THIN, UNKNOWN, change_text, plural, ratio_text
from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS
from cryptoprices.core.ranges import CAGR_DAYS, SHARPE_DAYS

if TYPE_CHECKING:  # these load numpy, which the first frame does without
    from cryptoprices.core.comparison import Against, Figures
    from cryptoprices.core.figures import CoinFigures

NOT_YET = "The past is on its way."
TOO_FEW = "The range has too few bars for it, or nothing moved."
ALONE = "Takes two coins in the same currency."
NO_BARS = "One of both coins has no bars in this time."
_NO_DAY = "The range has no whole day, from midnight to midnight UTC."
_HUGE_PCT = 99_999.0  # what a short time would make of a year
_WEEK_MS = 7 * DAY_MS

_Of = TypeVar("_Of")


class Cell(NamedTuple):
    """A figure as it is shown. colour: a field of the theme. why: what it is and rests on, or why it is not known."""

    text: str
    colour: str
    why: str


class FigureRow(NamedTuple, Generic[_Of]):
    """A figure of `_Of`. value: None where it is not known. unknown: why that may be.

    signed: it has the colours of gains and losses. more: what else is to be said of it, times by this clock.
    """

    name: str
    told: str
    value: Callable[[_Of], float | None]
    text: Callable[[float], str]
    signed: bool = False
    more: Callable[[_Of, tzinfo | None], str] | None = None
    unknown: str = TOO_FEW

    def cell(self, of: _Of, zone: tzinfo | None) -> Cell:
        """The figure of this coin or pair."""
        value = self.value(of)
        if value is None:
            return Cell(UNKNOWN, "muted", self.unknown)
        text = self.text(value)
        colour = "text" if not self.signed or text.startswith("0.00") else "up" if value > 0 else "down"
        more = self.more(of, zone) if self.more else ""
        return Cell(text, colour, f"{self.told} {more}".rstrip())


def coins_told(figures: "Figures") -> "Iterator[CoinFigures]":
    """What is said of each coin: what a short time would make of a year is left unknown."""
    since_ms, until_ms = figures.span_ms or (0, 0)
    days = (until_ms - since_ms + INTERVALS_MS[figures.interval]) / DAY_MS
    for coin in figures.coins:
        yield coin._replace(
            cagr_pct=coin.cagr_pct if days >= CAGR_DAYS else None, sharpe=coin.sharpe if days >= SHARPE_DAYS else None
        )


def span_text(since_ms: float, until_ms: float, now_ms: float, interval: str, zone: tzinfo | None) -> str:
    """From when to when: "3 Sep 07:00 – 09:40", with years where they are not now's. Of a week or more the dates."""
    since, until, now = (datetime.fromtimestamp(ms / 1000, zone) for ms in (since_ms, until_ms, now_ms))
    years = not since.year == until.year == now.year
    one, other = (f"{moment.day} {moment:%b}{f' {moment.year}' if years else ''}" for moment in (since, until))
    if INTERVALS_MS[interval] >= DAY_MS or until_ms - since_ms >= _WEEK_MS:
        return f"{one} – {other}"
    return f"{one} {since:%H:%M} – {'' if since.date() == until.date() else f'{other} '}{until:%H:%M}"


def length_text(length_ms: float) -> str:
    """A time in its two largest units: "2 h 40 min"."""
    minutes = round(length_ms / 60_000)
    days, hours = minutes // 1440, minutes // 60 % 24
    parts = ((days, "d"), (hours, "h"), (minutes % 60, "min"))
    told = [f"{count}{THIN}{unit}" for count, unit in parts if count]
    return " ".join(told[:2]) or f"0{THIN}min"


def percent_text(value: float) -> str:
    """Without a sign: "38.2 %"."""
    return f"{value:,.1f}{THIN}%"


def _whole_text(value: float) -> str:
    return f"{value:.0f}{THIN}%"


def _grown_text(value: float) -> str:
    if value >= _HUGE_PCT:
        return f"> {_HUGE_PCT:,.0f}{THIN}%"
    return change_text(value) if abs(value) < 1000 else f"+{value:,.0f}{THIN}%"


def _number_text(value: float) -> str:
    return f"{value:,.2f}".replace("-", MINUS)


def _small_text(value: float) -> str:
    """A part of 1 as per cent with four decimals."""
    return f"{100 * value:,.4f}{THIN}%".replace("-", MINUS)


def _ratio_text(value: float) -> str:
    return ratio_text(Decimal(value))


def _points_text(value: float) -> str:
    return change_text(value, "pp")


def _fall(coin: "CoinFigures") -> float | None:
    return coin.max_drawdown.pct if coin.max_drawdown else None


def _fell(coin: "CoinFigures", zone: tzinfo | None) -> str:
    fall = coin.max_drawdown
    if not fall or fall.from_ms is None or fall.to_ms is None:
        return ""
    since, until = (datetime.fromtimestamp(ms / 1000, zone) for ms in (fall.from_ms, fall.to_ms))
    return f"From {since.day} {since:%b %Y %H:%M} to {until.day} {until:%b %Y %H:%M}."


def _rests(against: "Against", _zone: tzinfo | None) -> str:
    return f"From {plural(against.figures.n, 'change')} from bar to bar."


def _halves(against: "Against", zone: tzinfo | None) -> str:
    halves = against.halves
    volatility = UNKNOWN if halves.volatility_pct is None else percent_text(halves.volatility_pct)
    fell = f", max drawdown {change_text(_fall(halves))}. {_fell(halves, zone)}".rstrip()
    return f"Volatility {volatility} a year{fell}"


RETURN: "FigureRow[CoinFigures]" = FigureRow(
    "Return", "From the first close in the range to the last.", lambda of: of.return_pct, change_text, True
)
VOLATILITY: "FigureRow[CoinFigures]" = FigureRow(
    "Volatility (ann.)",
    "Standard deviation of the log returns, for a year of 365 days.",
    lambda of: of.volatility_pct,
    percent_text,
)
DRAWDOWN: "FigureRow[CoinFigures]" = FigureRow(
    "Max drawdown", "The deepest fall of a close below an earlier one.", _fall, change_text, more=_fell
)
EACH: "tuple[FigureRow[CoinFigures], ...]" = (
    RETURN,
    VOLATILITY,
    DRAWDOWN,
    FigureRow(
        "Range position",
        "Where the last close stands between the lowest (0 %) and the highest (100 %).",
        lambda of: of.range_position_pct,
        _whole_text,
    ),
    FigureRow(
        "Sharpe",
        "Mean log return by its standard deviation, for a year, at an interest of 0.",
        lambda of: of.sharpe,
        _number_text,
        unknown=f"Takes at least {SHARPE_DAYS} days: after these chance alone moves it by 2 either way, "
        "after a shorter time by far more, however many bars there are.",
    ),
    FigureRow(
        "CAGR",
        "What the return would make of a year of 365 days, if it went on like this.",
        lambda of: of.cagr_pct,
        _grown_text,
        True,
        unknown=f"Takes at least {CAGR_DAYS} days: what a shorter time would make of a year says nothing.",
    ),
    FigureRow(
        "Best day",
        "The highest return of a whole day, from midnight to midnight UTC.",
        lambda of: of.best_day_pct,
        change_text,
        True,
        unknown=_NO_DAY,
    ),
    FigureRow(
        "Worst day",
        "The lowest return of a whole day, from midnight to midnight UTC.",
        lambda of: of.worst_day_pct,
        change_text,
        True,
        unknown=_NO_DAY,
    ),
)
"""Of each coin."""

CORRELATION: "FigureRow[Against]" = FigureRow(
    "Correlation",
    "Of the simple returns of the same bars, −1 to 1.",
    lambda of: of.figures.correlation,
    _number_text,
    more=_rests,
)
BETA: "FigureRow[Against]" = FigureRow(
    "Beta",
    "By how much the coin moves with 1 % of the first, by least squares.",
    lambda of: of.figures.beta,
    _number_text,
    more=_rests,
)
RATIO: "FigureRow[Against]" = FigureRow(
    "Ratio", "The last close of the coin in the first.", lambda of: of.figures.ratio, _ratio_text
)
RATIO_CHANGE: "FigureRow[Against]" = FigureRow(
    "Ratio change", "From its first value in the range to the last.", lambda of: of.ratio_change_pct, change_text, True
)
HALVES: "FigureRow[Against]" = FigureRow(
    "50/50 rebalanced",
    "Return of half the money in each, halved anew at every bar, at no cost.",
    lambda of: of.halves.return_pct,
    change_text,
    True,
    more=_halves,
)
AGAINST: "tuple[FigureRow[Against], ...]" = (
    CORRELATION,
    BETA,
    FigureRow(
        "Spread of returns",
        "Return of the coin less that of the first.",
        lambda of: of.spread_pp,
        _points_text,
        True,
    ),
    RATIO,
    RATIO_CHANGE,
    FigureRow(
        "z-score",
        "How far the last log ratio is from its mean in the range, in standard deviations.",
        lambda of: of.figures.z_score,
        _number_text,
    ),
    HALVES,
    FigureRow(
        "Alpha",
        "What the coin gains a bar where the first stands still, by least squares.",
        lambda of: of.figures.alpha,
        _small_text,
        more=_rests,
    ),
    FigureRow(
        "R²",
        "How much of the coin's variance goes with the first, 0 to 1.",
        lambda of: of.figures.r2,
        _number_text,
        more=_rests,
    ),
)
"""Of each further coin against the first."""
