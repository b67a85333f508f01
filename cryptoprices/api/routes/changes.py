"""What routes that change something have in common."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Annotated, TypeVar

from fastapi import Header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from cryptoprices.api.conditional import changed_meanwhile
from cryptoprices.api.problems import Problem, not_now
from cryptoprices.core.grants import Scope, Token
from cryptoprices.core.managed import Away, EachItsOwn, Gone, Reused, Stale, Taken

T = TypeVar("T")
_WAIT_S = 10.0

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of what was read, so that nobody's change is lost; * for any.",
           examples=["*"]),
]  # fmt: skip
"""For the document: conditional.check_match reads the header itself."""


async def kept(change: Callable[[], T]) -> T:
    """change(), which blocks, on a worker's thread. What it raises becomes a Problem."""
    try:
        return await run_in_threadpool(change)
    except Gone:
        raise Problem(404, "Not Found", "There is nothing of this id.") from None
    except Stale:
        raise changed_meanwhile() from None
    except Taken as error:
        raise Problem(409, "Conflict", str(error)) from None
    except Reused:
        detail = "This Idempotency-Key was of another question; make a new one for each."
        raise Problem(422, "Key used before", detail) from None
    except Away as error:
        raise not_now(error) from None
    except OSError as error:
        raise _not_kept(error) from None


async def done(future: Future[None]) -> None:
    """Once the owner has done it. Raises Problem where it could not be."""
    try:
        await asyncio.wait_for(asyncio.wrap_future(future), _WAIT_S)
    except TimeoutError:  # an OSError too
        raise Problem(500, "Not done", "It takes too long; whether it will be done is not known.") from None
    except EachItsOwn as error:
        raise Problem(409, "Each its own", str(error)) from None
    except Away as error:
        raise not_now(error) from None
    except OSError as error:
        raise _not_kept(error) from None


def asker(request: Request) -> str:
    """The name of the token that asks."""
    token = request.scope.get("state", {}).get("token")
    return (token.name or token.id) if token else "unknown"


def asker_scope(request: Request) -> Scope:
    """What that token may do."""
    token: Token | None = request.scope.get("state", {}).get("token")
    return token.scope if token else Scope.READ


def _not_kept(error: OSError) -> Problem:
    return Problem(500, "Not kept", f"It could not be written ({error.strerror}); nothing was changed.")
