"""Tooltips of plain text."""

from cryptoprices.core.plain import plain


def tooltip(*lines: str) -> str:
    """Lines for a tooltip, where Qt would take `<b>` for markup: escaped, so that they are shown as they are."""
    return "<br>".join(_escaped(plain(line, 200)) for line in lines if line)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")  # the html module takes 2 ms to load
