"""How the service is: for whoever keeps programs running (/healthz, /readyz), and for Prometheus (/metrics).

Format of the last: https://prometheus.io/docs/instrumenting/exposition_formats/ (text, 0.0.4).
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from cryptoprices.api import process
from cryptoprices.api.meter import Meter
from cryptoprices.api.parts import Parts
from cryptoprices.api.ports import Condition, Moment
from cryptoprices.api.problems import Problem
from cryptoprices.api.publish import Publication, pair_name
from cryptoprices.core.freshness import limits_s
from cryptoprices.core.market import MANUAL, Flow
from cryptoprices.settings.options import POLL_INTERVAL_S

_CYCLES = 3
_NOW = {"cache-control": "no-store"}
_METRICS = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[str, float]
"""What stands after a metric's name, labels or "", and its value."""


def router(parts: Parts) -> APIRouter:
    """The three routes."""
    routes = APIRouter(tags=["Health"])

    @routes.get("/healthz", summary="Whether the process answers", responses=_ok({"status": "ok"}))
    async def healthz() -> Response:
        """Always 200, for as long as anything is answered at all."""
        return Response(b'{"status":"ok"}', headers=_NOW, media_type="application/json")

    @routes.get(
        "/readyz",
        summary="Whether there are prices to be read",
        responses=_ok({"status": "ok", "age_seconds": 1.3}) | {503: {"description": "No price is new enough."}},
    )
    async def readyz() -> Response:
        """200 while some exchange's price is younger than three rounds, else 503 with the reason."""
        moment = parts.live.moment()
        age_s, most_s = newest_s(parts.publisher.now()), oldest_s(moment)
        if age_s is None or age_s > most_s:
            why = "No exchange has given a price yet" if age_s is None else f"The newest price is {age_s:.0f} s old"
            raise Problem(
                503, "Not ready", f"{why}; it must not be older than {most_s:.0f} s. {moment.trouble}".strip()
            )
        body = json.dumps({"status": "ok", "age_seconds": round(age_s, 1)}).encode()
        return Response(body, headers=_NOW, media_type="application/json")

    @routes.get("/metrics", summary="For Prometheus", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Counters and gauges as text: of exchanges, prices, answers and readers, whether prices are written down, of a
        replica whether it leads and reaches Redis, and of the process by the usual names."""
        text = exposition(parts.live.moment(), parts.publisher.now(), parts.meter, len(parts.events), parts.version)
        text += "".join(_of_program(parts.condition()))
        return Response(text, headers=_NOW, media_type=_METRICS)

    return routes


def _ok(example: dict[str, object]) -> dict[int | str, dict[str, Any]]:
    """What the document says of the good answer."""
    return {200: {"description": "Yes.", "content": {"application/json": {"example": example}}}}


def newest_s(publication: Publication) -> float | None:
    """The age of the newest price of any exchange, as of now or at most a second ago; None where there is none."""
    quotes = (quote for view in publication.views.values() for quote in view.quotes)
    return min((quote.age_s for quote in quotes if quote.quote.exchange != MANUAL), default=None)


def oldest_s(moment: Moment) -> float:
    """How old that may be: three rounds, or as old as a price that is still called live."""
    interval_s = moment.settings[POLL_INTERVAL_S]
    return max(_CYCLES * interval_s, limits_s(interval_s)[0])


def exposition(moment: Moment, publication: Publication, meter: Meter, readers: int, version: str) -> str:
    """The metrics as text."""
    snapshot = moment.snapshot
    stands = snapshot.standings.values()
    ages = [(pair_name(pair), view) for pair, view in publication.views.items() if view.age_s is not None]
    families = (
        ("build_info", "gauge", "The version, always 1.", [(_labels(version=version), 1.0)]),
        ("polls_total", "counter", "Rounds in which the exchanges were asked.", [("", snapshot.poll)]),
        ("exchange_up", "gauge", "Whether it answered when it was last asked.", [
            (_labels(exchange=one.exchange), float(one.reason is None)) for one in stands
        ]),
        ("exchange_latency_seconds", "gauge", "How long its last answer took.", [
            (_labels(exchange=one.exchange), one.latency_ms / 1000) for one in stands if one.latency_ms is not None
        ]),
        ("exchange_requests_last_minute", "gauge", "How often it was asked in the last minute.", [
            (_labels(exchange=one.exchange), one.used) for one in stands
        ]),
        ("exchange_requests_per_minute_allowed", "gauge", "How often we allow ourselves to ask it.", [
            (_labels(exchange=one.exchange), one.budget) for one in stands if one.budget
        ]),
        ("exchange_stream_pairs", "gauge", "How many pairs its stream tells.", [
            (_labels(exchange=name), len(snapshot.flows.get(name, Flow(name)).pairs)) for name in snapshot.exchanges
        ]),
        ("price_age_seconds", "gauge", "Age of the oldest quote that counts.", [
            (_labels(pair=name), view.age_s or 0.0) for name, view in ages
        ]),
        ("price_state", "gauge", "The state of each pair's price, always 1.", [
            (_labels(pair=pair_name(pair), state=view.state.value), 1.0) for pair, view in publication.views.items()
        ]),
        ("http_answers_total", "counter", "Answers by the first digit of their status.", [
            (_labels(status=f"{digit}xx"), count) for digit, count in sorted(meter.answers.items())
        ]),
        ("http_connections", "gauge", "Connections that are open.", [("", meter.connections)]),
        ("http_refused_connections_total", "counter", "Connections that were ended by a limit.", [("", meter.cut)]),
        ("stream_readers", "gauge", "Readers of the streams.", [("", readers)]),
        ("cryptowatch_stream_readers", "gauge", "Readers of the stream for Cryptowatch's clients.", [
            ("", meter.cryptowatch_readers)
        ]),
    )  # fmt: skip
    return "".join(line for name, *family in families for line in _family(f"cryptoprices_{name}", *family))


def _of_program(condition: Condition) -> Iterator[str]:
    """The metrics of the program around, and of its process, as text."""
    for name, help_, is_so in (
        ("replica_leads", "Whether this one of several replicas asks the exchanges.", condition.leads),
        ("redis_up", "Whether the Redis by which replicas know of each other can be reached.", condition.shares),
        (
            "history_up",
            "Whether prices are written down; not so on a full disk.",
            condition.records,
        ),
    ):
        if is_so is not None:
            yield from _family(f"cryptoprices_{name}", "gauge", help_, [("", is_so)])
    for figure in process.figures():
        yield from _family(figure.name, figure.kind, figure.help, [("", figure.value)])


def _family(name: str, kind: str, help_: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {help_}\n# TYPE {name} {kind}\n"
    for labels, value in samples:
        yield f"{name}{labels} {value:.15g}\n"


def _labels(**labels: str) -> str:
    """Their values are names of exchanges, pairs and versions: nothing in them needs escaping."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
