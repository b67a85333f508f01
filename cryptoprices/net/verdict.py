"""What an answer's status, or the lack of an answer, means: a reason, and a plain sentence with what can be done."""

import re
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from cryptoprices.core.errors import Reason, SourceError, UnknownPair
from cryptoprices.core.source import Answer

UNTOLD_PAUSE_S = 60.0  # the exchange asks to wait and does not say, or not legibly, how long
_LONGEST_S = 999_999_999
_WAIT = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


class NotReached(SourceError):
    """No answer of the exchange came: it may be our own network (name lookup, connection, certificate, proxy, time)."""


PROXY_PASSWORD = "The proxy asks for a password; set another one in network.proxy."
_BY_STATUS: dict[int, tuple[Reason, str]] = {
    400: (Reason.SERVER, "{} does not accept the question (400)."),
    401: (Reason.BLOCKED, "{} wants a key (401)."),
    403: (Reason.BLOCKED, "{}: the provider refuses this network (403); a VPN or proxy may be the cause."),
    404: (Reason.MOVED, "{} has changed its interface (404); update the app."),
    407: (Reason.BLOCKED, PROXY_PASSWORD),
    408: (Reason.TIMEOUT, "{} gave up waiting (408)."),
    410: (Reason.MOVED, "{} has changed its interface (410); update the app."),
    418: (Reason.LIMITED, "{} is limited: it asks us to wait (418)."),
    429: (Reason.LIMITED, "{} is limited: it asks us to wait (429)."),
    451: (Reason.BLOCKED, "{} is not offered in your region (451); refresh to ask once more."),
    511: (Reason.SIGN_IN, "Network sign-in page? Open a web page to sign in, then refresh."),
}
_MOVED_FOR_GOOD = (Reason.MOVED, "{} has changed its interface ({}); update the app.")
_SIGN_IN = (Reason.SIGN_IN, "Network sign-in page? {} sent a web page; sign in with a browser, then refresh.")


def of_answer(title: str, answer: Answer) -> SourceError | None:
    """The error that an answer's status (or a web page in place of data) is; None for an answer that can be read."""
    status = answer.status
    if 200 <= status < 300:
        return SourceError(_SIGN_IN[0], _SIGN_IN[1].format(title)) if _is_page(answer) else None
    if status in (301, 308):
        reason, text = _MOVED_FOR_GOOD
    elif 300 <= status < 400:
        reason, text = _SIGN_IN
    elif status in _BY_STATUS:
        reason, text = _BY_STATUS[status]
    elif status >= 500:
        reason, text = Reason.SERVER, "{} has a fault of its own ({})."
    else:
        reason, text = Reason.SERVER, "{} does not accept the question ({})."
    return SourceError(reason, text.format(title, status), wait_s(answer, reason), until_told=status == 451)


def judged(title: str, answer: Answer, refusal: SourceError | None) -> SourceError | None:
    """The answer's error: what the exchange says of itself goes first, as far as its status does not say more.

    refusal: from Source.refusal, its text being the exchange's own words.
    """
    by_status = of_answer(title, answer)
    if refusal is None:
        return by_status
    text = f"{title} says: {refusal.text.rstrip('.')}."
    if isinstance(refusal, UnknownPair):
        return UnknownPair(text)
    reason = refusal.reason
    if by_status is not None and by_status.reason in (Reason.LIMITED, Reason.BLOCKED):
        reason = by_status.reason
    waits = [wait for wait in (refusal.retry_after_s, wait_s(answer, reason)) if wait is not None]
    until_told = refusal.until_told or answer.status == 451
    return SourceError(reason, text, max(waits, default=None), until_told)


def wait_s(answer: Answer, reason: Reason) -> float | None:
    """Seconds to wait by Retry-After (RFC 9110, 10.2.3): a number, or a date, which counts from the answer's own Date.

    60 where the exchange asks to wait (LIMITED) and the header is missing, past or no time at all; else None.
    """
    untold = UNTOLD_PAUSE_S if reason is Reason.LIMITED else None
    text = answer.headers.get("retry-after", "").strip()
    if _WAIT.fullmatch(text):
        seconds = float(text) if len(text) <= len(str(_LONGEST_S)) else float(_LONGEST_S)
    elif (until := http_date(text)) is not None:
        seconds = until - made_ms(answer) / 1000
    else:
        return untold
    return seconds if seconds > 0 else untold


def http_date(text: str) -> float | None:
    """Unix seconds of an HTTP date, None for what is none."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def made_ms(answer: Answer) -> int:
    """Unix ms when an answer was made, by its Date; by our own calendar when it came, where it bears none."""
    made_s = http_date(answer.headers.get("date", ""))
    return answer.received_ms if made_s is None else round(made_s * 1000)


def clock_time(wall_ms: float, now_ms: float) -> str:
    """`14:23:10` in the person's time zone; with its day where that moment is not today or tonight."""
    moment = datetime.fromtimestamp(min(wall_ms / 1000, 32_000_000_000))  # Windows knows no later ones
    return f"{moment:%H:%M:%S}" if wall_ms - now_ms < 43_200_000 else f"{moment:%d %b %Y %H:%M:%S}"


def of_certificate(host: str, error: ssl.SSLError) -> SourceError:
    """A connection whose other end could not prove who it is, or that speaks no TLS this machine accepts."""
    code = getattr(error, "verify_code", None)
    detail = str(getattr(error, "verify_message", "") or error)
    said = detail.lower()
    if code == 10 or "expired" in said:
        text = f"The certificate of {host} has expired, if this computer's date is right."
    elif code == 9 or "not yet valid" in said:
        text = f"The certificate of {host} is not yet valid: your clock may be wrong."
    elif code in (62, 64) or "hostname mismatch" in said or "ip address mismatch" in said:
        text = f"The certificate of {host} belongs to another host; is a network sign-in page in between?"
    elif isinstance(error, ssl.SSLCertVerificationError):
        text = f"The certificate of {host} is not trusted by this computer (company TLS inspection?)."
    else:
        text = f"{host} offers no secure connection that this computer accepts."
    return NotReached(Reason.BLOCKED, text)


def _is_page(answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "").lower()
    return "text/html" in kind or answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
