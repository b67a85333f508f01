"""What pairs cost before: /v1/candles and /v1/prices/{pair}/history, as JSON or CSV. Missing ones are fetched once."""

from collections.abc import Iterable, Iterator
from typing import Annotated, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Header, Query
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.conditional import answer
from cryptoprices.api.fills import Stretch
from cryptoprices.api.missing import FUTURE, RETRY_AFTER, Missing, kept, looked
from cryptoprices.api.paging import Page, from_cursor, to_cursor
from cryptoprices.api.parts import Parts
from cryptoprices.api.problems import Problem
from cryptoprices.api.routes.common import ONLY_KNOWN, Answers, Cursor, PairPath, said, served_pair
from cryptoprices.api.schemas import Candles, History, Interval
from cryptoprices.core.export import KEYS, csv_lines, json_lines, plain_number
from cryptoprices.core.intervals import INTERVALS_MS, ceil_ms, floor_ms
from cryptoprices.core.ledger import GapReason
from cryptoprices.core.moments import moment_ms
from cryptoprices.core.past import PastRead
from cryptoprices.core.ranges import FIRST_PRICES_MS
from cryptoprices.core.report import rfc3339

USUAL, MOST = 500, 5000
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


class _Asked(NamedTuple):
    """What is asked for: times in Unix ms, None where they are left away."""

    pair: str
    interval: str
    since_ms: int | None
    until_ms: int | None
    cursor: str | None
    limit: int
    as_csv: bool


class _Found(NamedTuple):
    """What a page shows. missing: in it. next_since_ms: None at the end, which is at until_ms."""

    read: PastRead
    missing: list[Missing]
    next_since_ms: int | None
    until_ms: int


async def _asked(
    pair: PairPath,
    interval: Width = "1h",
    since: From = None,
    until: To = None,
    cursor: Cursor = None,
    limit: PastLimit = USUAL,
    accept: Accept = "",
) -> _Asked:
    """Raises Problem (422) for what is no time, and for an end before the beginning."""
    since_ms, until_ms = _time("from", since), _time("to", until)
    if since_ms is not None and until_ms is not None and since_ms > until_ms:
        raise Problem(422, "Wrong time", "from is later than to.")
    return _Asked(pair, interval, since_ms, until_ms, cursor, limit, wants_csv(accept))


Asked = Annotated[_Asked, Depends(_asked)]


def router(parts: Parts) -> APIRouter:
    """The routes of the past."""
    routes = APIRouter(tags=["Past"], dependencies=ONLY_KNOWN)
    publisher, past, clock = parts.publisher, parts.past, parts.live.clock

    async def find(request: Request, asked: _Asked) -> _Found:
        """The page, after what it lacks was asked for."""
        pair = served_pair(request, publisher, asked.pair)
        interval, width_ms = asked.interval, INTERVALS_MS[asked.interval]
        now_ms = clock.wall_ms()
        end_ms = now_ms if asked.until_ms is None else min(asked.until_ms, now_ms)
        until_ms = min(ceil_ms(end_ms, interval), floor_ms(now_ms, interval))
        since_ms = until_ms - asked.limit * width_ms if asked.since_ms is None else ceil_ms(asked.since_ms, interval)
        first_ms = floor_ms(FIRST_PRICES_MS, interval)
        before = list(_before(first_ms, since_ms, until_ms))
        since_ms = max(since_ms, first_ms)
        if asked.cursor is not None:
            before = []  # the first page has told
            place = from_cursor(request, asked.cursor, {"since": int, "until": int})
            until_ms = min(until_ms, max(0, int(str(place["until"]))))
            since_ms = max(since_ms, int(str(place["since"])))
        since_ms = min(since_ms, until_ms)
        stop_ms = min(until_ms, since_ms + asked.limit * width_ms)
        found = await looked(past, parts.fills, Stretch(pair, interval, since_ms, stop_ms))
        more = stop_ms < until_ms
        after = [] if more else _to_come(asked, now_ms)
        missing = [*before, *found.missing(now_ms), *after]
        return _Found(found.read, missing, stop_ms if more else None, until_ms)

    def told(request: Request, asked: _Asked, found: _Found, csv: Iterable[str], items: Iterable[bytes]) -> Response:
        follows = found.next_since_ms
        cursor = None if follows is None else to_cursor(request, {"since": follows, "until": found.until_ms})
        page = Page(() if asked.as_csv else list(items), cursor)
        headers = {**kept(found.missing), "vary": "Accept, Accept-Encoding", **page.headers(request)}
        if asked.as_csv:
            body = "".join(f"{line}\r\n" for line in csv).encode()
            return answer(request, body, headers, media_type=f"{_CSV}; charset=utf-8; header=present")
        return answer(request, page.json(gaps=[one.report() for one in found.missing]), headers)

    @routes.get(
        "/v1/candles/{pair}",
        summary="Candles",
        responses=_past(Candles, "Candles, oldest first.", ",".join(KEYS) + "\r\n"),
    )
    async def list_candles(request: Request, asked: Asked) -> Response:
        """Open, high, low, close and volume of each interval, oldest first, without the running one. What is not
        stored is fetched from the exchanges, for some seconds; what is missing then is in `gaps`, with the reason;
        where it helps to ask again soon, `Retry-After` says when. CSV has the candles only."""
        found = await find(request, asked)
        lines = (line.encode() for line in json_lines(found.read.candles, found.read.stretches))
        return told(request, asked, found, csv_lines(found.read.candles, found.read.stretches), lines)

    @routes.get(
        "/v1/prices/{pair}/history",
        summary="Prices of the past",
        responses=_past(History, "Prices, oldest first.", ",".join(_POINT_KEYS) + "\r\n"),
    )
    async def list_history(request: Request, asked: Asked) -> Response:
        """The last price of each interval, at the time when that had ended, oldest first. Likewise."""
        found = await find(request, asked)
        points = list(_points(found.read, INTERVALS_MS[asked.interval]))
        csv = (",".join(field or "" for field in row) for row in (_POINT_KEYS, *points))
        items = (msgspec.json.encode(dict(zip(_POINT_KEYS, point, strict=True))) for point in points)
        return told(request, asked, found, csv, items)

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
    answers[200]["headers"]["Retry-After"] = RETRY_AFTER
    return answers


def _time(name: str, text: str | None) -> int | None:
    """Unix ms, None where it is left away. Raises Problem (422)."""
    try:
        return None if text is None else moment_ms(text)
    except ValueError as error:
        raise Problem(422, "Wrong time", f"{name}: {error}.") from None


def _before(first_ms: int, since_ms: int, until_ms: int) -> Iterator[Missing]:
    """What of it is older than the first prices."""
    since_ms, until_ms = max(0, since_ms), min(until_ms, first_ms)
    if since_ms < until_ms:
        yield Missing(since_ms, until_ms, GapReason.NOT_KEPT.value)


def _to_come(asked: _Asked, now_ms: int) -> Iterator[Missing]:
    """What of it has not begun; of the running candle nothing is said."""
    since_ms = max(ceil_ms(now_ms, asked.interval), asked.since_ms or 0)
    until_ms = since_ms + INTERVALS_MS[asked.interval] if asked.until_ms is None else asked.until_ms
    begun = asked.until_ms is None and (asked.since_ms or 0) <= now_ms
    if not begun and since_ms < until_ms and rfc3339(until_ms):
        yield Missing(since_ms, until_ms, FUTURE)


def _points(read: PastRead, width_ms: int) -> Iterator[tuple[str | None, ...]]:
    """Time, price and source of each candle's end."""
    stretches = iter(read.stretches)
    stretch = next(stretches, None)
    for candle in read.candles.rows():
        while stretch and stretch[1] <= candle.open_ms:
            stretch = next(stretches, None)
        source = stretch[2] if stretch and stretch[0] <= candle.open_ms else None
        yield rfc3339(candle.open_ms + width_ms), plain_number(candle.close), source
