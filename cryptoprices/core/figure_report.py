"""The figures of several coins as programs, terminals and clipboards read them.

For programs: the contract's names, null for unknown.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from itertools import combinations
from typing import Any

from cryptoprices.core.comparison import Against, Figures
from cryptoprices.core.figures import Closes, CoinFigures, coin_figures, in_common, in_one_unit, pair_figures
from cryptoprices.core.formatting import MINUS, THIN, UNKNOWN, change_text, plural, ratio_text
from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS
from cryptoprices.core.market import Pair
from cryptoprices.core.ranges import CAGR_DAYS, SHARPE_DAYS
from cryptoprices.core.report import rfc3339

_ROWS = {
    "Return": "return_percent",
    "CAGR": "cagr_percent",
    "Volatility a year": "volatility_percent",
    "Sharpe": "sharpe",
    "Max drawdown": "max_drawdown_percent",
    "  from": "max_drawdown_from",
    "  to": "max_drawdown_to",
    "Best day": "best_day_percent",
    "Worst day": "worst_day_percent",
    "Range position": "range_position_percent",
}
_LEAST_DAYS = {"cagr_percent": CAGR_DAYS, "sharpe": SHARPE_DAYS}
_UNSIGNED = {"volatility_percent", "range_position_percent"}
_HEAD, _COLUMN = 18, 18


def comparison_report(range_: str, currency: str, interval: str, closes: Mapping[str, Closes]) -> dict[str, Any]:
    """The object that `compare --json` prints: JSON values only, figures as numbers, times RFC 3339 in UTC.

    closes: of each coin in `currency`, in the person's order. All figures are of the bars that every coin has; of a
    coin without any they are null, and it takes nothing from the others. A pair: the later coin in the earlier one.
    Where a coin's unit changed, they are of the bars since then.
    """
    known = [coin for coin, one in closes.items() if len(one.close)]
    shared, _ = in_one_unit(in_common([closes[coin] for coin in known]))
    common = dict(zip(known, shared, strict=True))
    return {
        "range": range_,
        "currency": currency,
        "bars": len(common[known[0]].close) if known else 0,
        "interval": interval,
        "coins": [_coin(coin, common.get(coin, one), interval) for coin, one in closes.items()],
        "pairs": [_pair(base, quote, common) for quote, base in combinations(closes, 2)],
    }


def comparison_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The same for a person: a row a figure, a column a coin, then a line a pair.

    What a short time would make of a year is left out and said to be; programs get it as a number like any other.
    """
    coins, interval = report["coins"], report["interval"]
    days = report["bars"] * INTERVALS_MS[interval] / DAY_MS
    short = {key: least for key, least in _LEAST_DAYS.items() if days < least}
    names = ", ".join(coin["coin"] for coin in coins)
    yield f"{names} in {report['currency']}, {report['range']}: {plural(report['bars'], 'bar')} of {interval}"
    yield "".join([" " * _HEAD, *(f"{coin['coin']:>{_COLUMN}}" for coin in coins)])
    for name, key in _ROWS.items():
        yield "".join(
            [
                f"{name:<{_HEAD}}",
                *(f"{_text(key, None if key in short else coin[key], interval):>{_COLUMN}}" for coin in coins),
            ]
        )
    told = [f"{name} {short[key]}" for name, key in _ROWS.items() if key in short]
    if told:
        yield f"Of a year from so many days on: {', '.join(told)}."
    for pair in report["pairs"]:
        alpha = None if pair["alpha"] is None else pair["alpha"] * 100
        figures = {
            "ratio": UNKNOWN if pair["ratio"] is None else ratio_text(Decimal(pair["ratio"])),
            "correlation": _number(pair["correlation"]),
            "beta": _number(pair["beta"]),
            "alpha": UNKNOWN if alpha is None else f"{_number(alpha, 4)}{THIN}% a bar",
            "R²": _number(pair["r2"]),
            "z-score": _number(pair["z_score"]),
        }
        said = " · ".join(f"{name} {text}" for name, text in figures.items())
        yield f"{pair['base']}/{pair['quote']}: {said} · {plural(pair['n'], 'change')}"


def against_lines(figures: Figures, zone: tzinfo | None = UTC) -> Iterator[str]:
    """What the window says besides: of each further coin against the first, and of half the money in each."""
    first, *others = figures.pairs
    if figures.redenominated:
        yield f"All of it is of the bars{figures.since_text}."
    for pair, against in zip(others, figures.against, strict=True):
        if against is not None:
            change, spread = change_text(against.ratio_change_pct), change_text(against.spread_pp, "pp")
            yield f"{pair.base} against {first.base}: ratio change {change} · difference of returns {spread}"
            yield _halves(first, pair, against, zone)


def brush_report(figures: Figures, currency: str, zone: tzinfo | None = None) -> str:
    """The figures in plain words, for the clipboard: of what they are, then a line for each coin, pair and portfolio.

    currency: that of the closes. zone: of the times, local time where it is None.
    """
    names = " vs ".join(pair.base for pair in figures.pairs)
    if figures.span_ms is None:
        return f"{names}: no bars"
    since, until = (_moment(ms, zone) for ms in figures.span_ms)
    began = f" {since:%Z}" if since.tzname() != until.tzname() else ""
    bars = f"{figures.bars:,} {'bar' if figures.bars == 1 else 'bars'} of {figures.interval}"
    lines = [f"{names}, {_told(since)}{began} – {_told(until)} {until:%Z}, in {currency}: {bars}{figures.since_text}"]
    first, *others = figures.pairs
    lines += [f"{pair.base}: {_course(coin, zone)}" for pair, coin in zip(figures.pairs, figures.coins, strict=True)]
    for pair, against in zip(others, figures.against, strict=True):
        if against is None:
            lines.append(f"{pair.base}/{first.base}: no bars of both")
            continue
        found = against.figures
        numbers = {"correlation": found.correlation, "beta": found.beta, "R²": found.r2}
        said = [
            f"ratio {UNKNOWN if found.ratio is None else ratio_text(Decimal(found.ratio))}",
            f"ratio change {change_text(against.ratio_change_pct)}",
            *(f"{name} {_number(number)}" for name, number in numbers.items()),
            f"difference of returns {change_text(against.spread_pp, 'pp')}",
        ]
        lines.append(f"{pair.base}/{first.base}: {', '.join(said)}")
        lines.append(_halves(first, pair, against, zone))
    return "\n".join(lines)


def _halves(first: Pair, pair: Pair, against: Against, zone: tzinfo | None) -> str:
    return f"50/50 {first.base} and {pair.base}, rebalanced every bar: {_course(against.halves, zone)}"


def _course(coin: CoinFigures, zone: tzinfo | None) -> str:
    fall = coin.max_drawdown
    when = (
        f" ({_told(_moment(fall.from_ms, zone))} – {_told(_moment(fall.to_ms, zone))})"
        if fall and fall.from_ms is not None and fall.to_ms is not None
        else ""
    )
    volatility = _text("volatility_percent", coin.volatility_pct, "")
    return (
        f"return {change_text(coin.return_pct)}, volatility {volatility} a year, "
        f"max drawdown {change_text(fall.pct if fall else None)}{when}"
    )


def _moment(unix_ms: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone(zone)


def _told(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y %H:%M}"


def _coin(coin: str, closes: Closes, interval: str) -> dict[str, Any]:
    found = coin_figures(closes, interval)
    fall_pct, from_ms, to_ms = found.max_drawdown or (None, None, None)
    return {
        "coin": coin,
        "return_percent": found.return_pct,
        "cagr_percent": found.cagr_pct,
        "volatility_percent": found.volatility_pct,
        "sharpe": found.sharpe,
        "max_drawdown_percent": fall_pct,
        "max_drawdown_from": rfc3339(from_ms),
        "max_drawdown_to": rfc3339(to_ms),
        "best_day_percent": found.best_day_pct,
        "worst_day_percent": found.worst_day_pct,
        "range_position_percent": found.range_position_pct,
    }


def _pair(base: str, quote: str, common: Mapping[str, Closes]) -> dict[str, Any]:
    names = {"base": base, "quote": quote}
    if base not in common or quote not in common:
        figures = dict.fromkeys(("ratio", "correlation", "beta", "alpha", "r2", "z_score"))
        return names | figures | {"n": 0}
    return names | pair_figures(common[base].close, common[quote].close)._asdict()


def _text(key: str, value: float | str | None, interval: str) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, str):  # a time
        return value[:10] if interval in ("1d", "1w") else f"{value[:10]} {value[11:16]}"
    if key == "sharpe":
        return _number(value)
    return f"{value:,.1f}{THIN}%" if key in _UNSIGNED else change_text(value)


def _number(value: float | None, places: int = 2) -> str:
    return UNKNOWN if value is None else f"{value:,.{places}f}".replace("-", MINUS)
