"""Coins against each other: /v1/compare, the figures of `cryptoprices compare --json`."""

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.conditional import ASK_AGAIN, answer
from cryptoprices.api.fills import Fills, Outcome, Stretch
from cryptoprices.api.parts import Parts
from cryptoprices.api.problems import Problem
from cryptoprices.api.routes.common import ONLY_KNOWN, PairsQuery, pairs_in, said, served
from cryptoprices.api.schemas import Comparison, RangeName
from cryptoprices.core.figure_report import comparison_report
from cryptoprices.core.figures import closes_of
from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import MOST_COMPARED
from cryptoprices.core.ranges import RANGES

_USUAL = "BTC,ETH"
_COIN = r"[A-Za-z0-9]{1,12}"
Coins = Annotated[
    str | None,
    Query(
        description=f"Coins in US dollars, {_USUAL} where neither these nor pairs are given.",
        pattern=rf"^{_COIN}(,{_COIN}){{0,{MOST_COMPARED - 1}}}$",
        examples=[_USUAL],
    ),
]
RangeQuery = Annotated[RangeName, Query(description="Of what time.", alias="range")]


def router(parts: Parts, fills: Fills) -> APIRouter:
    """The route of comparisons."""
    routes = APIRouter(tags=["Past"], dependencies=ONLY_KNOWN)
    publisher, past, clock = parts.publisher, parts.past, parts.live.clock

    @routes.get(
        "/v1/compare",
        summary="Coins against each other",
        responses=said(Comparison, "The figures.", 404, 422, 503),
    )
    async def compare(
        request: Request, coins: Coins = None, pairs: PairsQuery = None, range_: RangeQuery = "1mo"
    ) -> Response:
        """Return, volatility, drawdown and more of each coin, and correlation, beta and ratio of each two, over the
        bars that all have. Give coins (in US dollars) or pairs, all in one currency."""
        chosen = _chosen(coins, pairs)
        served(publisher.now(), chosen)
        if len(chosen) > MOST_COMPARED:
            raise Problem(422, "Too many", f"At most {MOST_COMPARED} are compared at once.")
        if len({pair.quote for pair in chosen}) > 1:
            raise Problem(422, "Different currencies", "Compare pairs in one currency, like BTC-USD,ETH-USD.")
        wanted = RANGES[range_]
        bounds_ms = wanted.bounds_ms(clock.wall_ms())
        stretches = [Stretch(pair, wanted.interval, *bounds_ms) for pair in chosen]
        for stretch, outcome in zip(stretches, await asyncio.gather(*map(filled, stretches)), strict=True):
            if outcome is not Outcome.DONE:
                raise _not_yet(stretch.pair, outcome)
        body = await run_in_threadpool(report, range_, stretches)
        return answer(request, body, ASK_AGAIN)

    async def filled(stretch: Stretch) -> Outcome:
        """Have what is missing of it fetched."""
        read = await run_in_threadpool(past.read, *stretch)
        missing = read.candles.holes(stretch.interval, stretch.since_ms, stretch.until_ms)
        return (await fills.fill(stretch)).outcome if missing else Outcome.DONE

    def report(range_: str, stretches: list[Stretch]) -> bytes:
        """On a worker's thread: this reads and reckons."""
        closes = {one.pair.base: closes_of(past.read(*one).candles, one.interval) for one in stretches}
        found: dict[str, Any] = comparison_report(range_, stretches[0].pair.quote, stretches[0].interval, closes)
        return json.dumps(found, allow_nan=False).encode()

    return routes


def _not_yet(pair: Pair, outcome: Outcome) -> Problem:
    """What is said in place of figures of half the time."""
    if outcome is Outcome.REFUSED:
        detail = f"The past of {pair} is not here, and too much was asked of the exchanges lately; ask again in 30 s."
        return Problem(429, "Too many questions", detail, {"retry-after": "30"})
    detail = f"The past of {pair} is still being fetched; ask again in 2 s."
    return Problem(503, "Not yet", detail, {"retry-after": "2"})


def _chosen(coins: str | None, pairs: str | None) -> list[Pair]:
    """The pairs that are meant. Raises Problem (404) for one in itself."""
    chosen = pairs_in(pairs) if pairs else []
    if coins or not pairs:
        chosen += [Pair(coin, "USD") for coin in (coins or _USUAL).upper().split(",")]
    return list(dict.fromkeys(chosen))
