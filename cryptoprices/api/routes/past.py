"""What pairs cost before: /v1/candles and /v1/prices/{pair}/history, as JSON or CSV. Missing ones are fetched once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import APIRouter, Header, Query
from pydantic import JsonValue
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.conditional import ASK_AGAIN, answer
from cryptoprices.api.fills import Filled, Fills, Outcome, Stretch
from cryptoprices.api.paging import Page, from_cursor, to_cursor
from cryptoprices.api.parts import Parts
from cryptoprices.api.ports import PastRead
from cryptoprices.api.problems import Problem
from cryptoprices.api.routes.common import ONLY_KNOWN, Answers, Cursor, PairPath, said, served_pair
from cryptoprices.api.schemas import Candles, History, Interval
from cryptoprices.core.export import KEYS, csv_lines, json_lines, plain_number
from cryptoprices.core.intervals import INTERVALS_MS, ceil_ms, floor_ms
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Pair
from cryptoprices.core.moments import moment_ms
from cryptoprices.core.ranges import FIRST_PRICES_MS
from cryptoprices.core.report import rfc3339
from cryptoprices.core.spans import Span, common, without

USUAL, MOST = 500, 5000
_NO_TRADES = "no_trades", "nobody traded"
_UNKNOWN = {
    Outcome.DONE: _NO_TRADES,
    Outcome.RUNNING: ("loading", "still being fetched; ask again in a few seconds"),
    Outcome.REFUSED: ("too_many", "not fetched, for too much was asked of the exchanges; ask again in a minute"),
}
_CSV = "text/csv"
_POINT_KEYS = ("time", "price", "source")

Width = Annotated[Interval, Query(description="How wide each is.")]
_TIMES: list[JsonValue] = [
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "date"},
    {"type": "number", "minimum": 0, "maximum": 99_999_999_999},
]
_TIME_TEXT = "RFC 3339, a date (its midnight in UTC) or Unix seconds."
From = Annotated[
    str | None,
    Query(
        alias="from",
        description=f"The first that begins at this time or later: {_TIME_TEXT} Without it, the newest before `to`.",
        json_schema_extra={"anyOf": _TIMES},
        max_length=40,
        examples=["2026-11-22T00:00:00Z"],
    ),
]
To = Annotated[
    str | None,
    Query(
        alias="to",
        description=f"Those that begin before this time: {_TIME_TEXT} Without it, now.",
        json_schema_extra={"anyOf": _TIMES},
        max_length=40,
        examples=["2026-11-23T00:00:00Z"],
    ),
]
PastLimit = Annotated[int, Query(description="How many intervals a page spans at most.", ge=1, le=MOST)]
Accept = Annotated[str, Header(description=f"`{_CSV}` for CSV (RFC 4180), else JSON.", include_in_schema=False)]


class _Found(NamedTuple):
    """What a page shows. stretch: of the page. gaps: of what is missing in it. next_since_ms: None at the end."""

    stretch: Stretch
    read: PastRead
    gaps: list[dict[str, Any]]
    next_since_ms: int | None
    until_ms: int


def router(parts: Parts, fills: Fills) -> APIRouter:
    """The routes of the past."""
    routes = APIRouter(tags=["Past"], dependencies=ONLY_KNOWN)
    publisher, past, clock = parts.publisher, parts.past, parts.live.clock

    async def find(request: Request, pair: Pair, interval: str, since: str | None, until: str | None,
                   cursor: str | None, limit: int) -> _Found:  # fmt: skip
        """The page, after what it lacks was asked for."""
        end_ms = min(_time("to", until, clock.wall_ms()), clock.wall_ms())
        until_ms = min(ceil_ms(end_ms, interval), floor_ms(clock.wall_ms(), interval))
        width_ms = INTERVALS_MS[interval]
        since_ms = max(ceil_ms(_time("from", since, until_ms - limit * width_ms), interval), _first_ms(interval))
        if cursor is not None:
            place = from_cursor(request, cursor, {"since": int, "until": int})
            until_ms = min(until_ms, max(0, int(str(place["until"]))))
            since_ms = max(since_ms, int(str(place["since"])))
        since_ms = min(since_ms, until_ms)
        stop_ms = min(until_ms, since_ms + limit * width_ms)
        stretch = Stretch(pair, interval, since_ms, stop_ms)
        read = await run_in_threadpool(past.read, *stretch)
        filled = Filled(Outcome.DONE)
        if read.candles.holes(interval, since_ms, stop_ms):
            filled = await fills.fill(stretch)
            read = await run_in_threadpool(past.read, *stretch)
        gaps = list(_gaps(read.candles.holes(interval, since_ms, stop_ms), filled, read.gaps))
        return _Found(stretch, read, gaps, stop_ms if stop_ms < until_ms else None, until_ms)

    def told(request: Request, found: _Found, as_csv: bool, csv: Iterable[str], items: Iterable[bytes]) -> Response:
        follows = found.next_since_ms
        cursor = None if follows is None else to_cursor(request, {"since": follows, "until": found.until_ms})
        page = Page(() if as_csv else list(items), cursor)
        headers = {**ASK_AGAIN, "vary": "Accept, Accept-Encoding", **page.headers(request)}
        if as_csv:
            body = "".join(f"{line}\r\n" for line in csv).encode()
            return answer(request, body, headers, media_type=f"{_CSV}; charset=utf-8; header=present")
        return answer(request, page.json(gaps=found.gaps), headers)

    @routes.get(
        "/v1/candles/{pair}",
        summary="Candles",
        responses=_past(Candles, "Candles, oldest first.", ",".join(KEYS) + "\r\n"),
    )
    async def list_candles(
        request: Request,
        pair: PairPath,
        interval: Width = "1h",
        since: From = None,
        until: To = None,
        cursor: Cursor = None,
        limit: PastLimit = USUAL,
        accept: Accept = "",
    ) -> Response:
        """Open, high, low, close and volume of each interval, oldest first, without the running one. What is not
        stored is fetched from the exchanges, for some seconds; what is missing then is in `gaps`, with the reason."""
        found = await find(request, served_pair(publisher, pair), interval, since, until, cursor, limit)
        lines = (line.encode() for line in json_lines(found.read.candles, found.read.stretches))
        return told(request, found, wants_csv(accept), csv_lines(found.read.candles, found.read.stretches), lines)

    @routes.get(
        "/v1/prices/{pair}/history",
        summary="Prices of the past",
        responses=_past(History, "Prices, oldest first.", ",".join(_POINT_KEYS) + "\r\n"),
    )
    async def list_history(
        request: Request,
        pair: PairPath,
        interval: Width = "1h",
        since: From = None,
        until: To = None,
        cursor: Cursor = None,
        limit: PastLimit = USUAL,
        accept: Accept = "",
    ) -> Response:
        """The last price of each interval, at the time when that had ended, oldest first. Likewise."""
        found = await find(request, served_pair(publisher, pair), interval, since, until, cursor, limit)
        points = list(_points(found.read, INTERVALS_MS[interval]))
        csv = (",".join(field or "" for field in row) for row in (_POINT_KEYS, *points))
        items = (msgspec.json.encode(dict(zip(_POINT_KEYS, point, strict=True))) for point in points)
        return told(request, found, wants_csv(accept), csv, items)

    return routes


def wants_csv(accept: str) -> bool:
    """Whether a client would rather have CSV than JSON (RFC 9110, section 12.5.1)."""
    wanted = {"text/csv": 0.0, "application/json": 0.0}
    for one in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in one.split(";"))
        weights = [part[2:] for part in parameters if part.startswith("q=")]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 0.0
        if kind in wanted:
            wanted[kind] = weight
    return wanted["text/csv"] > wanted["application/json"]


def _past(model: type, description: str, csv: str) -> Answers:
    answers = said(model, description, 404, 422)
    answers[200]["content"] = {_CSV: {"schema": {"type": "string"}, "example": csv}}
    return answers


def _first_ms(interval: str) -> int:
    return floor_ms(FIRST_PRICES_MS, interval)


def _time(name: str, text: str | None, usual_ms: int) -> int:
    """Unix ms. Raises Problem (422)."""
    try:
        return usual_ms if text is None else moment_ms(text)
    except ValueError as error:
        raise Problem(422, "Wrong time", f"{name}: {error}.") from None


def _points(read: PastRead, width_ms: int) -> Iterator[tuple[str | None, ...]]:
    """Time, price and source of each candle's end."""
    stretches = iter(read.stretches)
    stretch = next(stretches, None)
    for candle in read.candles.rows():
        while stretch and stretch[1] <= candle.open_ms:
            stretch = next(stretches, None)
        source = stretch[2] if stretch and stretch[0] <= candle.open_ms else None
        yield rfc3339(candle.open_ms + width_ms), plain_number(candle.close), source


def _gaps(holes: Sequence[Span], filled: Filled, own: Iterable[Gap]) -> Iterator[dict[str, Any]]:
    """What is missing, oldest first, each part with the best reason known: what a fetch said, what befell us."""
    found: list[tuple[int, int, str | None, str, str]] = []
    left = list(holes)
    for gap in (*filled.gaps, *own):
        for since_ms, until_ms in common(left, [(gap.since_ms, gap.until_ms)]):
            found.append((since_ms, until_ms, gap.exchange, gap.reason, GapReason(gap.reason).text))
        left = without(left, [(gap.since_ms, gap.until_ms)])
    found += [(since_ms, until_ms, None, *_UNKNOWN[filled.outcome]) for since_ms, until_ms in left]
    for since_ms, until_ms, exchange, reason, detail in sorted(found, key=lambda one: one[:2]):
        bounds = {"from": rfc3339(since_ms), "to": rfc3339(until_ms)}
        yield {**bounds, "exchange": exchange, "reason": str(reason), "detail": detail}
