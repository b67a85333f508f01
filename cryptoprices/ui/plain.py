"""Tooltips of plain text."""

import html

from cryptoprices.core.plain import plain


def tooltip(*lines: str) -> str:
    """Lines for a tooltip, where Qt would take `<b>` for markup: escaped, so that they are shown as they are."""
    return "<br>".join(html.escape(plain(line, 200)) for line in lines if line)
