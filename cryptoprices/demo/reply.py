"""What a simulated exchange sends back."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

HTML = "text/html"
JSON = "application/json; charset=utf-8"


class Reply(NamedTuple):
    """content: what is sent as JSON, or the text itself of a page."""

    content: Any
    status: int = 200
    kind: str = JSON

    def body(self) -> bytes:
        """The bytes on the wire."""
        text = self.content if self.kind == HTML else json.dumps(self.content, separators=(",", ":"))
        return text.encode()


NOT_FOUND = Reply("<html><body><h1>Not Found</h1></body></html>", 404, HTML)


def json_number(value: Decimal | str) -> int | float:
    """A JSON number as exchanges print it: 97398, not 97398.0."""
    number = float(value)
    return int(number) if number.is_integer() else number


def time_text(ms: int, timespec: str) -> str:
    """2026-11-24T14:22:04.120000Z; timespec: as of datetime.isoformat."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
