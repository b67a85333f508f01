"""Coins against each other: /v1/compare, the figures of `cryptoprices compare --json`."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.conditional import PRIVATE, answer
from cryptoprices.api.fills import Stretch
from cryptoprices.api.missing import (
    FAILED,
    LOADING,
    RETRY_AFTER,
    RETRY_S,
    TEXTS,
    TOO_MANY,
    Looked,
    Missing,
    kept,
    looked,
)
from cryptoprices.api.parts import Parts
from cryptoprices.api.problems import Problem
from cryptoprices.api.routes.common import ONLY_KNOWN, Answers, PairsQuery, pair_in, pairs_in, said, served
from cryptoprices.api.schemas import Comparison, CurrencyCode, RangeName
from cryptoprices.core.figure_report import comparison_report
from cryptoprices.core.figures import Closes, closes_of, told_in
from cryptoprices.core.ledger import GapReason
from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import MOST_COMPARED
from cryptoprices.core.ranges import RANGES
from cryptoprices.core.reference import ECB
from cryptoprices.settings.options import CURRENCY

_USUAL = "BTC,ETH"
_COIN = r"[A-Za-z0-9]{1,12}"
_NO_ANSWER = {
    LOADING: (503, "Not yet"),
    TOO_MANY: (429, "Too many questions"),
    FAILED: (503, "Not now"),
    GapReason.NOT_SAVED.value: (503, "Not now"),
}
"""Why there are no figures: of half the time they would be none."""
Coins = Annotated[
    str | None,
    Query(
        description=f"Coins in US dollars, {_USUAL} where neither these nor pairs are given.",
        pattern=rf"^{_COIN}(,{_COIN}){{0,{MOST_COMPARED - 1}}}$",
        examples=[_USUAL],
    ),
]
RangeQuery = Annotated[RangeName, Query(description="Of what time.", alias="range")]
InCurrency = Annotated[
    CurrencyCode | None,
    Query(
        description="What dollars are turned into, by the European Central Bank's rates of each day; else the setting "
        "`currency` says it.",
        examples=["EUR"],
    ),
]


def router(parts: Parts) -> APIRouter:
    """The route of comparisons."""
    routes = APIRouter(tags=["Past"], dependencies=ONLY_KNOWN)
    publisher, live = parts.publisher, parts.live

    @routes.get(
        "/v1/compare",
        summary="Coins against each other",
        responses=_answers(),
    )
    async def compare(
        request: Request,
        coins: Coins = None,
        pairs: PairsQuery = None,
        range_: RangeQuery = "1mo",
        currency: InCurrency = None,
    ) -> Response:
        """Return, volatility, drawdown and more of each coin, and correlation, beta and ratio of each two, over the
        bars that all have. Give coins (in US dollars) or pairs, all in one currency. Why bars are missing is in `gaps`;
        of what no bars are at all, all figures are null."""
        chosen = _chosen(coins, pairs)
        served(request, publisher.now(), chosen)
        if len(chosen) > MOST_COMPARED:
            raise Problem(422, "Too many", f"At most {MOST_COMPARED} are compared at once.")
        quote = chosen[0].quote
        if any(pair.quote != quote for pair in chosen):
            raise Problem(422, "Different currencies", "Compare pairs in one currency, like BTC-USD,ETH-USD.")
        if quote != "USD" and currency not in (None, quote):
            raise Problem(422, "Different currencies", f"Dollars can be turned into another currency, {quote} cannot.")
        interval, now_ms = RANGES[range_].interval, live.clock.wall_ms()
        stretches = [Stretch(pair, interval, *RANGES[range_].bounds_ms(now_ms)) for pair in chosen]
        found = await asyncio.gather(*(looked(parts.past, parts.fills, stretch) for stretch in stretches))
        missing = list(_missing(found, now_ms, of_all=RANGES[range_].length_ms is None))
        closes = {one.stretch.pair.base: closes_of(one.read.candles, interval) for one in found}
        code, wanted, note = quote, currency or live.moment().settings[CURRENCY], ""
        if quote == "USD" != wanted and any(len(one.close) for one in closes.values()):
            code, closes, note = told_in(wanted, closes, await parts.rates.of(wanted), ECB)
        body = await run_in_threadpool(_body, range_, code, interval, closes, missing, note)
        return answer(request, body, PRIVATE if note else kept(part for _, part in missing))

    return routes


def _answers() -> Answers:
    answers = said(Comparison, "The figures.", 404, 422, 429, 503)
    answers[200]["headers"]["Retry-After"] = RETRY_AFTER
    return answers


def _body(
    range_: str,
    currency: str,
    interval: str,
    closes: Mapping[str, Closes],
    missing: Iterable[tuple[Pair, Missing]],
    note: str,
) -> bytes:
    """On a worker's thread: this reckons."""
    report = comparison_report(range_, currency, interval, closes)
    gaps = [{"pair": str(pair), **part.report()} for pair, part in missing]
    return json.dumps({**report, "gaps": gaps, "note": note or None}, allow_nan=False).encode()


def _missing(found: Iterable[Looked], now_ms: int, of_all: bool) -> Iterator[tuple[Pair, Missing]]:
    """What is missing of each. of_all: all there is, is all. Raises Problem where it may be here soon."""
    for one in found:
        pair = one.stretch.pair
        for part in one.missing(now_ms):
            if part.reason in _NO_ANSWER:
                detail = f"The past of {pair} is not here: {TEXTS[part.reason]}."
                raise Problem(*_NO_ANSWER[part.reason], detail, {"retry-after": str(RETRY_S[part.reason])})
            if not (of_all and part.reason == GapReason.NOT_KEPT):
                yield pair, part


def _chosen(coins: str | None, pairs: str | None) -> list[Pair]:
    """The pairs that are meant. Raises Problem (404) for one in itself."""
    chosen = pairs_in(pairs) if pairs else []
    if coins or not pairs:
        chosen += [pair_in(f"{coin}-USD") for coin in (coins or _USUAL).split(",")]
    return list(dict.fromkeys(chosen))
