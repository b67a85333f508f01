"""Makes the OpenAPI document: `python tests/api_document.py` writes resources/api/openapi.json anew."""

import json
import tempfile
from pathlib import Path
from typing import Any

from api_rig import Service
from conftest import ROOT, FakeClock
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from cryptoprices import __version__
from cryptoprices.api.access import EXEMPT, READING, access
from cryptoprices.api.problems import MEDIA_TYPE
from cryptoprices.api.routes.common import PROBLEMS
from cryptoprices.api.schemas import Problem

PATH = ROOT / "resources" / "api" / "openapi.json"

DESCRIPTION = """\
What Bitcoin, Ether and other coins cost right now at several exchanges, the price on which they agree, and how far it
can be trusted.

**Values.** Prices and amounts are texts of plain digits, exact; unknown is `null`. Times are RFC 3339 in UTC with
milliseconds. A pair is `BTC-USD` in a path or query, in any case. `state` says how far a price can be trusted: `LIVE`,
`DELAYED`, `STALE`, `EXPIRED`, `DISAGREE` (the exchanges do), `NO_DATA`.

**Who may ask.** On the machine itself, market data can be read by whoever is there. All else needs a token, made by
`cryptoprices token create` and sent as `Authorization: Bearer …`.

**Collections.** They come in pages: `next_cursor`, sent as `cursor`, brings the next one; the header `Link` has its
address.

**Asking again.** Every answer has an `ETag`; sent as `If-None-Match`, it brings 304 where nothing has changed. A change
needs it as `If-Match`: 428 where it is missing, 412 where somebody else was faster.

**Errors.** They are `application/problem+json` (RFC 9457). A parameter that there is not is an error (400).
"""
TAGS = {
    "Prices": "What pairs cost now.",
    "Past": "What pairs cost before, and how coins did against each other.",
    "Market": "What is watched, and who is asked.",
    "Streams": "Prices as they change.",
    "Watchlists": "Pairs under names. All of them are asked for.",
    "Manual prices": "Prices that somebody sets: over the counter, or of a fixed peg.",
    "Settings": "Those of the settings file.",
    "Admin": "What an administrator may do.",
    "Tokens": "Who may ask.",
    "Health": "How the service is.",
}
_NOTHING = {
    "description": "Nothing is needed, but JSON it must be: a form of a web page could send all else.",
    "required": True,
    "content": {"application/json": {"schema": {}, "example": {}}},
}
_GATE = 400, 401, 403, 429  # what it may answer to anything


def document_now() -> str:
    """As text, as it is committed."""
    with tempfile.TemporaryDirectory() as folder:
        app = Service(Path(folder), FakeClock(), version=__version__).app
    return json.dumps(document(app), indent=1, ensure_ascii=False) + "\n"


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of all that is in the app."""
    tags = [{"name": name, "description": text} for name, text in TAGS.items()]
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        openapi_version="3.1.0",
        routes=app.routes,
        tags=tags,
        separate_input_output_schemas=False,
    )
    schemas = found["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    found["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "Made by `cryptoprices token create`."}
    }
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            _tell_who(path, method.upper(), operation)
            if method == "post":
                operation.setdefault("requestBody", _NOTHING)
            _tidy(operation)
    found["components"]["responses"] = {name: _problem(text) for name, text in _named_problems().items()}
    return found


def _tell_who(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say who may do it, and what the gate may answer."""
    subject = access(path)
    if path in EXEMPT or subject is None:
        return
    is_open = subject.open and method in READING
    operation["security"] = [*([{}] if is_open else []), {"token": []}]
    operation["x-scope"] = (subject.read if method in READING else subject.change).word
    for status in _GATE:
        operation["responses"].setdefault(str(status), {"description": PROBLEMS[status]})


def _tidy(operation: dict[str, Any]) -> None:
    """Say the same in fewer words, and what FastAPI has no words for."""
    named = {text: name for name, text in _named_problems().items()}
    responses = operation["responses"]
    if "HTTPValidationError" in json.dumps(responses.get("422", {})):
        responses["422"] = {"description": PROBLEMS[422]}
    for status, response in responses.items():
        if status >= "400":
            name = named.get(response["description"])
            responses[status] = (
                {"$ref": f"#/components/responses/{name}"} if name else _problem(response["description"])
            )
    operation["responses"] = dict(sorted(responses.items()))
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        schema.pop("title", None)
        schema.pop("description", None)  # stands beside it
        kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]  # what is left away is no null
        schema |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}
        if parameter["name"] == "If-Match":
            parameter["required"] = True  # we look at it ourselves, since 428 says more than 422


def _problem(description: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}


def _named_problems() -> dict[str, str]:
    return {f"Problem{status}": text for status, text in PROBLEMS.items()}


if __name__ == "__main__":
    PATH.write_text(document_now(), "utf-8", newline="\n")
