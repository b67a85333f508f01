"""What stands in every answer of this API, and the form of those that are no result: `{"error": …, "allowance": …}`."""

import msgspec

from cryptoprices.core.grants import Token

COST = 0.002
"""Of a question that is not said to cost more."""
_REMAINING = 1_000_000
_UPGRADE = "This server is your own: it counts nothing and has nothing to sell."


def allowance(token: Token | None = None, cost: float = COST) -> dict[str, object]:
    """Never less than before. Both forms are whole: a client tells them apart by what is in them."""
    said: dict[str, object] = {"cost": cost, "remaining": _REMAINING}
    if token:
        return said | {"remainingPaid": _REMAINING, "account": token.id}
    return said | {"upgrade": _UPGRADE}


def refusal_body(error: str) -> bytes:
    """The body of an answer to nobody known. error: one sentence."""
    return msgspec.json.encode({"error": error, "allowance": allowance()})
