"""Pages of a collection, as this API cuts them: `?limit=N&cursor=X`, and `cursor` in the answer."""

import base64
import binascii
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Page(NamedTuple):
    """items: by name. cursor: what the answer says of it; `last` is there on the last page too."""

    items: dict[str, object]
    cursor: dict[str, object]


def page_of(items: Mapping[str, object], query: Mapping[str, str], most: int) -> Page:
    """Those of the items, in the order of their names, that are asked for. most: on a page.

    Items may come and go between two pages. Raises ValueError with one sentence for a wrong limit or cursor.
    """
    limit, after = _limit(query.get("limit", ""), most), _name_in(query.get("cursor", ""))
    names = sorted(name for name in items if name > after)
    chosen = names[:limit]
    cursor = {"last": _cursor(chosen[-1] if chosen else after), "hasMore": len(names) > limit}
    return Page({name: items[name] for name in chosen}, cursor)


def _limit(text: str, most: int) -> int:
    if not text:
        return most
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise ValueError(f"limit must be a number from 1 to {most}")
    return int(text)


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(f"after {name}".encode()).decode().rstrip("=")


def _name_in(cursor: str) -> str:
    if not cursor:
        return ""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text.startswith("after "):
        raise ValueError("this cursor is none of ours")
    return text.removeprefix("after ")
