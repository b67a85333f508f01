"""Tooltips of plain text."""

from cryptoprices.core.plain import plain

_LONG = 72  # characters


def tooltip(*lines: str) -> str:
    """Lines for a tooltip, where Qt would take `<b>` for markup: escaped, so that they are shown as they are.

    Of several lines Qt would break each one that is longer than a few words; here only long ones are.
    """
    shown = [plain(line, 200) for line in lines if line]
    if len(shown) == 1:
        return _escaped(shown[0])
    blocks = (f'<p style="margin: 0{"" if len(line) > _LONG else "; white-space: pre"}">' for line in shown)
    return "".join(f"{block}{_escaped(line)}</p>" for block, line in zip(blocks, shown, strict=True))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")  # the html module takes 2 ms to load
