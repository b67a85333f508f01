"""What a status means, how long to wait, and that each has a sentence for a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.errors import Reason, SourceError, UnknownPair
from cryptoprices.core.source import Answer
from cryptoprices.net.verdict import clock_time, http_date, judged, of_answer, wait_s

DATE = "Tue, 24 Nov 2026 14:00:00 GMT"
NOON_MS = 1_795_532_400_000  # 2026-11-24 15:00:00 UTC: our clock is an hour fast
HTML = {"content-type": "text/html"}


def answer(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    return Answer(status, {key.replace("_", "-"): value for key, value in headers.items()}, body, 1.0, NOON_MS)


@pytest.mark.parametrize(
    ("status", "reason", "text"),
    [
        (301, Reason.MOVED, "update the app"),
        (302, Reason.SIGN_IN, "Network sign-in page?"),
        (307, Reason.SIGN_IN, "Network sign-in page?"),
        (308, Reason.MOVED, "update the app"),
        (400, Reason.SERVER, "does not accept the question"),
        (403, Reason.BLOCKED, "provider refuses this network"),
        (404, Reason.MOVED, "update the app"),
        (407, Reason.BLOCKED, "proxy asks for a password"),
        (410, Reason.MOVED, "update the app"),
        (418, Reason.LIMITED, "is limited"),
        (429, Reason.LIMITED, "is limited"),
        (451, Reason.BLOCKED, "not offered in your region"),
        (500, Reason.SERVER, "500"),
        (503, Reason.SERVER, "503"),
        (511, Reason.SIGN_IN, "sign-in"),
        (520, Reason.SERVER, "520"),
    ],
)
def test_a_status_is_a_reason_and_a_sentence(status, reason, text):
    error = of_answer("Kraken", answer(status, b"<script>", **HTML))
    assert error is not None
    assert error.reason is reason
    assert text in error.text
    assert "<" not in error.text
    assert error.text.endswith(".")
    assert error.until_told == (status == 451)
    assert error.retry_after_s == (60 if reason is Reason.LIMITED else None)


@given(st.integers(100, 999), st.binary(max_size=20), st.text(max_size=20))
def test_every_status_but_success_is_an_error(status, body, wait):
    error = of_answer("Kraken", answer(status, body, retry_after=wait))
    assert (error is None) <= (200 <= status < 300)


def test_a_page_in_place_of_data_is_a_sign_in_page():
    for page in (answer(200, b"{}", **HTML), answer(200, b"\xef\xbb\xbf <html>")):
        error = of_answer("Kraken", page)
        assert error is not None
        assert error.reason is Reason.SIGN_IN
    assert of_answer("Kraken", answer(200)) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 86400 ", 86400),
        ("0.5", 0.5),
        ("Tue, 24 Nov 2026 14:02:00 GMT", 120),
        ("Tue, 24 Nov 2026 13:00:00 GMT", 60),
        ("0", 60),
        ("-5", 60),
        ("soon", 60),
        ("", 60),
        ("١٢٠", 60),
        ("9" * 5000, 999_999_999),
    ],
)
def test_retry_after(header, seconds):
    assert wait_s(answer(429, retry_after=header, date=DATE), Reason.LIMITED) == seconds
    untold = seconds if seconds != 60 else None
    assert wait_s(answer(503, retry_after=header, date=DATE), Reason.SERVER) == untold


def test_without_a_date_of_its_own_a_time_counts_from_our_clock():
    later = "Tue, 24 Nov 2026 15:02:00 GMT"
    assert http_date(later) == NOON_MS / 1000 + 120
    assert wait_s(answer(429, retry_after=later), Reason.LIMITED) == 120


def test_what_the_exchange_says_goes_with_its_status():
    said = SourceError(Reason.SERVER, "EService:Unavailable")
    assert judged("Kraken", answer(200), None) is None
    error = judged("Kraken", answer(200), said)
    assert (error.reason, error.text) == (Reason.SERVER, "Kraken says: EService:Unavailable.")
    error = judged("Kraken", answer(429, retry_after="30"), said)
    assert (error.reason, error.retry_after_s) == (Reason.LIMITED, 30)
    limited = SourceError(Reason.LIMITED, "slow down", retry_after_s=60)
    assert judged("Kraken", answer(418, retry_after="300"), limited).retry_after_s == 300
    assert judged("Kraken", answer(418, retry_after="30"), limited).retry_after_s == 60
    assert judged("Binance", answer(451), said).until_told
    assert isinstance(judged("Kraken", answer(400), UnknownPair("no")), UnknownPair)


def test_a_far_time_has_its_day():
    assert len(clock_time(NOON_MS + 60_000, NOON_MS)) == len("14:23:10")
    assert "2026" in clock_time(NOON_MS + 86_400_000, NOON_MS)
    assert clock_time(1e18, NOON_MS)
