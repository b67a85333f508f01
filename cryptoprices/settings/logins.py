"""Names and passwords in addresses (http://user:password@host), which are shown to nobody."""

from urllib.parse import urlsplit

_HIDDEN = "***"


def without_login(text: str) -> str:
    """The address without name and password; a text that is no such address as it is."""
    if "@" not in text:
        return text
    parts = urlsplit(text)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def masked(text: str) -> str:
    """The address with *** for its password."""
    if "@" not in text:
        return text
    parts = urlsplit(text)
    login, at, host = parts.netloc.rpartition("@")
    name, colon, _ = login.partition(":")
    return parts._replace(netloc=f"{name}:{_HIDDEN}{at}{host}").geturl() if colon else text


def unmasked(text: str, kept: str) -> str:
    """What somebody means who sends an address back as it was shown. Raises ValueError for *** in place of another."""
    if text == masked(kept):
        return kept
    if f":{_HIDDEN}@" in text:
        raise ValueError(f"{_HIDDEN} stands for a password that is not shown; write the whole address")
    return text
