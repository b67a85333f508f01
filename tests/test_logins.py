"""Names and passwords in addresses."""

import pytest

from cryptoprices.settings.logins import masked, unmasked, without_login

FULL = "http://me:se:cr@et@proxy:3128/path"


@pytest.mark.parametrize(
    ("text", "hidden", "bare"),
    [
        (FULL, "http://me:***@proxy:3128/path", "http://proxy:3128/path"),
        ("socks5h://me@proxy:1", "socks5h://me@proxy:1", "socks5h://proxy:1"),
        ("https://:x@[::1]:1", "https://:***@[::1]:1", "https://[::1]:1"),
        ("https://host/a@b", "https://host/a@b", "https://host/a@b"),
        ("system", "system", "system"),
    ],
)
def test_a_password_is_hidden(text, hidden, bare):
    assert (masked(text), without_login(text)) == (hidden, bare)


def test_what_was_shown_means_what_is_kept():
    assert unmasked(masked(FULL), FULL) == FULL
    assert unmasked("http://other:1", FULL) == "http://other:1"
    assert unmasked("http://me:new@proxy:3128", FULL) == "http://me:new@proxy:3128"
    with pytest.raises(ValueError, match="whole address"):
        unmasked("http://me:***@elsewhere:3128", FULL)
