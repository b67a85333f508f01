"""What can go wrong with a source: few errors, each saying whether and when asking again can help."""

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from cryptoprices.core.plain import plain

log = logging.getLogger(__name__)
T = TypeVar("T")


class Reason(StrEnum):
    """Why an exchange gives no price. The text beside it says it to a person; this says it to the program."""

    TIMEOUT = "timeout"  # nothing, or too slowly, within the limits
    UNREACHABLE = "unreachable"  # no connection: refused, reset, no route
    NAME_LOOKUP = "name_lookup"  # the name server does not answer, or does not know the name
    SERVER = "server"  # 5xx, or an error that the exchange reports of itself
    LIMITED = "limited"  # 429, 418: asked to wait
    BLOCKED = "blocked"  # 451, 403, 407, certificate: asking soon again cannot help
    MOVED = "moved"  # 301, 404, 410: the interface changed
    SIGN_IN = "sign_in"  # a redirect to another host or a page instead of data: a network's sign-in page
    BAD_PAYLOAD = "bad_payload"  # an answer that is not what the exchange documents
    UNKNOWN_PAIR = "unknown_pair"  # the exchange does not list (one of) the pairs asked for
    INTERNAL = "internal"  # a fault of our own


class SourceError(Exception):
    """A source gave no price. retry_after_s: seconds the exchange asks us to wait, None where it does not say.

    until_told: True where asking again by itself is pointless (blocked region), until restart or a person's click.
    """

    def __init__(self, reason: Reason, text: str, retry_after_s: float | None = None, until_told: bool = False) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        self.retry_after_s = retry_after_s
        self.until_told = until_told


class BadPayload(SourceError):
    """The answer is not what the exchange documents: nothing of it is used."""

    def __init__(self, text: str) -> None:
        super().__init__(Reason.BAD_PAYLOAD, text)


class UnknownPair(SourceError):
    """The exchange does not know a pair of the question; the others may be asked without it."""

    def __init__(self, text: str) -> None:
        super().__init__(Reason.UNKNOWN_PAIR, text)


def guarded(parse: Callable[[], T]) -> T:
    """parse(); whatever a strange payload makes it raise becomes BadPayload, here alone. SourceError passes."""
    try:
        return parse()
    except SourceError:
        raise
    except Exception as error:  # a payload may make parse raise anything
        log.debug("Strange payload", exc_info=True)
        raise BadPayload(plain(str(error))) from None
