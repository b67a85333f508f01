"""Tooltips: plain text whatever it holds, and lines that stay whole."""

from PySide6.QtGui import QTextDocument

from cryptoprices.ui.plain import tooltip


def test_one_line_is_plain_text():
    assert tooltip("", "Range: 1D (2)") == "Range: 1D (2)"


def test_lines_are_not_broken_and_markup_is_shown(qapp):
    told = ["Bitcoin · BTC/USD · consensus of 6", "<b>24h</b> 95,184.50 – 99,119.50", "word " * 30]
    document = QTextDocument()
    document.setHtml(tooltip(*told))
    document.setTextWidth(60)
    assert document.documentLayout().documentSize().height() > 0  # lays it out
    assert document.toPlainText().splitlines() == [line.strip() for line in told]
    lines = [document.findBlockByNumber(number).layout().lineCount() for number in range(3)]
    assert lines[:2] == [1, 1]
    assert lines[2] > 1  # the long one is broken
