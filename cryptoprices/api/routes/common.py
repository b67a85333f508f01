"""What all routes have in common: which parameters there are, what may go wrong, and which pairs are served."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import Depends, Path, Query
from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from cryptoprices.api.access import program
from cryptoprices.api.paging import MOST, USUAL
from cryptoprices.api.problems import Problem
from cryptoprices.api.publish import Publication, Publisher
from cryptoprices.core.market import Pair

_MOST_PAIRS = 200
_NAME = r"[A-Za-z0-9]{1,12}-[A-Za-z0-9]{1,12}"
Answers = dict[int | str, dict[str, Any]]

PairPath = Annotated[
    str, Path(description="A pair, like BTC-USD; in any case.", pattern=rf"^{_NAME}$", examples=["BTC-USD"])
]
PairsQuery = Annotated[
    str | None,
    Query(
        description="Only these pairs, like BTC-USD,ETH-USD.",
        pattern=rf"^{_NAME}(,{_NAME}){{0,{_MOST_PAIRS - 1}}}$",
        examples=["BTC-USD,ETH-USD"],
    ),
]
Cursor = Annotated[
    str | None, Query(description="next_cursor of the page before.", pattern=r"^[A-Za-z0-9_-]+$", max_length=400)
]
Limit = Annotated[int, Query(description="How many items a page has at most.", ge=1, le=MOST)]
USUAL_LIMIT: Limit = USUAL


async def _known_parameters(request: HTTPConnection) -> None:
    """Raises Problem (400) for a parameter that the route does not have, or that is there twice."""
    known = set(_names(request.scope["route"].dependant))
    given = [name for name, _ in request.query_params.multi_items()]
    if unknown := sorted(set(given) - known):
        there = (
            f"there {'are' if len(known) > 1 else 'is'} {', '.join(sorted(known))}" if known else "there are none here"
        )
        raise Problem(400, "Unknown parameter", f"{', '.join(unknown)[:100]}: no such parameter; {there}.")
    if len(given) > len(set(given)):
        raise Problem(400, "Repeated parameter", "Every parameter may be there once; write lists with commas.")


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _names(inner)


ONLY_KNOWN = [Depends(_known_parameters)]


_TAG = {"ETag": {"description": "Of exactly this answer.", "schema": {"type": "string"}}}


def said(model: type, description: str, *problems: int) -> Answers:
    """What the document says of a route that reads: the good answer, and the statuses of the problems."""
    return changed(model, description, *problems) | {304: {"description": "It is what If-None-Match says."}}


def changed(model: type, description: str, *problems: int) -> Answers:
    """What the document says of a route that changes something."""
    good = {"model": model, "description": description, "headers": dict(_TAG)}
    return {200: good, **problems_of(*problems)}


def made(model: type, description: str, *problems: int) -> Answers:
    """What the document says of a route that makes something."""
    headers = {"Location": {"description": "Where it is.", "schema": {"type": "string"}}, **_TAG}
    good = {"model": model, "description": description, "headers": headers}
    return {201: good, **problems_of(413, 415, 422, 500, *problems)}


def problems_of(*statuses: int) -> Answers:
    """What the document says of these statuses; documentation.py gives them their body."""
    return {status: {"description": PROBLEMS[status]} for status in sorted({400, *statuses})}


PROBLEMS = {
    400: "A parameter that there is not, or a cursor of another question.",
    401: "A token is missing, or wrong.",
    403: "The token may not, or a page of another site asks.",
    404: "There is no such thing.",
    409: "It stands against something that is there.",
    412: "It has been changed since it was read.",
    413: "The body is too long.",
    415: "The body is no JSON.",
    422: "A parameter or a body of another form.",
    428: "If-Match is missing.",
    429: "Too many questions; Retry-After says when to ask again.",
    500: "It could not be kept.",
    503: "Not now; Retry-After says when to ask again.",
}


def pairs_in(text: str) -> list[Pair]:
    """BTC-USD,ETH-USD -> pairs, each once. Raises Problem (404) for one in itself, which nobody serves."""
    return list(dict.fromkeys(map(pair_in, text.split(","))))


def pairs_of(names: Iterable[str]) -> list[Pair]:
    """The pairs of a body, each once. Raises Problem (422) for one in itself."""
    try:
        return list(dict.fromkeys(map(Pair.parse, names)))
    except ValueError as error:
        raise Problem(422, "Wrong pair", f"{error}.") from None


def pair_in(text: str) -> Pair:
    """BTC-USD -> the pair. Raises Problem (404) for one in itself."""
    try:
        return Pair.parse(text)
    except ValueError as error:
        raise Problem(404, "No such pair", f"{error}.") from None


def served(request: HTTPConnection, publication: Publication, pairs: Iterable[Pair]) -> list[Pair]:
    """These pairs. Raises Problem (404) for the first that is not served, with what can be done."""
    chosen = list(pairs)
    for pair in chosen:
        if pair not in publication.views:
            words = f"/v1/watchlists, or `{program(request.scope)} settings watchlist …`"
            raise Problem(404, "No such pair", f"{pair} is not watched. Add it to a watchlist: {words}.")
    return chosen


def served_pair(request: HTTPConnection, publisher: Publisher, text: str) -> Pair:
    """The pair of a path. Raises Problem (404)."""
    return served(request, publisher.now(), [pair_in(text)])[0]
