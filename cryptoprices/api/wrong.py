"""What is wrong with a body or a parameter, and what would be right: in a sentence of ours, whoever found it.

What was sent is not sent back: it may be long, or a secret. Kinds: https://docs.pydantic.dev/latest/errors/validation_errors
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from cryptoprices.core.plain import plain

_MOST = 20  # sentences in an answer
_MUST = {
    "string_type": "a text",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_attributes_type": "an object",
    "int_parsing": "a whole number",
    "literal_error": "{expected}",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "string_too_short": "a text of {min_length} or more characters",
    "string_too_long": "a text of {max_length} characters at most",
    "too_short": "a list of {min_length} or more",
    "too_long": "a list of {max_length} at most",
}
_OF_ANOTHER_KIND = {"string_type", "list_type", "model_attributes_type"}
_ONE_OF = {"bool": "true or false", "float": "a number", "str": "a text", "list[str]": "a list of texts"}
"""By the tags of a union's members; a whole number is a number."""

_LIST = re.compile(r"\)\{0,(\d+)\}\$\Z")  # the end of a pattern of one and so many more
_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class Member(NamedTuple):
    """What may be sent at a place. example: None where there is none. all: the names of an object's members."""

    example: Any = None
    description: str = ""
    all: tuple[str, ...] = ()


def sentences(errors: Iterable[Mapping[str, Any]], dependant: Dependant) -> list[dict[str, str]]:
    """Of each place that is wrong: `at`, where that is, and `message`, a sentence."""
    members = dict(_members(dependant))
    said: dict[str, str] = {}
    for found in errors:
        part, *path = found["loc"]
        if len(path) > 1 and path[1] in ("int", *_ONE_OF):  # each member of a union says that it is not that
            one_of = f"{path[0]} must be {_listed(list(_ONE_OF.values()))}; it is {_kind(found['input'])}"
            said.setdefault(f"{part}.{path[0]}", one_of)
            continue
        at = "body" if found["type"] == "json_invalid" else ".".join(map(str, found["loc"]))
        said.setdefault(plain(at), _sentence(found, part, path, members))
    return [{"at": at, "message": text} for at, text in list(said.items())[:_MOST]]


def _sentence(found: Mapping[str, Any], part: str, path: list[Any], members: Mapping[str, Member]) -> str:
    kind = found["type"]
    if kind == "json_invalid":
        return f"the body is no JSON, from character {path[0] + 1} on; write it{_like(members.get('body'), part)}"
    name = plain("".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix("."))
    name = name or "the body"
    member = members.get(f"{part}.{path[0]}" if path else part, Member())
    if len(path) > 1 and isinstance(member.example, list):
        member = Member(member.example[0])
    if kind == "missing":
        return f"{name} is missing; send it{_like(member, part)}"
    if kind == "extra_forbidden":
        return f"{name} is not known; there {_are(members.get(part, Member()).all)}"
    if (right := _MUST.get(kind)) is None:
        like = _like(member, part)
        right = f"write it{like}" if like else f"it is: {member.description.rstrip('.')}"
        most = _LIST.search(found.get("ctx", {}).get("pattern", ""))
        return f"{name} has another form; {right}" + (f", {int(most[1]) + 1} at most" if most else "")
    if kind in _OF_ANOTHER_KIND:
        return f"{name} must be {right}{_like(member, part)}; it is {_kind(found['input'])}"
    return f"{name} must be {right.format(**found.get('ctx', {}))}".replace("'", "")


def _kind(sent: object) -> str:
    return _KINDS.get(type(sent), "something else")


def _like(member: Member | None, part: str) -> str:
    if member is None or member.example is None:
        return ""
    return f" like {json.dumps(member.example, ensure_ascii=False) if part == 'body' else member.example}"


def _are(names: tuple[str, ...]) -> str:
    return f"{'are' if len(names) > 1 else 'is'} {_listed(list(names), 'and')}"


def _listed(words: list[str], last: str = "or") -> str:
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "none"


def _members(dependant: Dependant) -> Iterator[tuple[str, Member]]:
    """What a route takes, by its place, as in query.pairs or body.price."""
    taken = ("query", dependant.query_params), ("path", dependant.path_params), ("header", dependant.header_params)
    for kind, fields in taken:
        for field in fields:
            examples = field.field_info.examples
            yield f"{kind}.{field.alias}", Member(examples[0] if examples else None, field.field_info.description or "")
    for field in dependant.body_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from _members_of(model.model_json_schema())
    for inner in dependant.dependencies:
        yield from _members(inner)


def _members_of(schema: Mapping[str, Any]) -> Iterator[tuple[str, Member]]:
    examples = {}
    for name, member in schema["properties"].items():
        found = [one for part in (member, *member.get("anyOf", ())) for one in part.get("examples", ())]
        yield f"body.{name}", Member(found[0] if found else None, member.get("description", ""))
        if found and name in schema.get("required", [name]):
            examples[name] = found[0]
    yield "body", Member(examples or None, all=tuple(schema["properties"]))
