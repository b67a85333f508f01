"""What this program is, what it is made of, and whom it asks."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6 import QtWidgets  # its classes are loaded when the dialog opens, not before the first frame
from PySide6.QtCore import QSize, Qt, qVersion
from PySide6.QtGui import QFont

from cryptoprices import __version__
from cryptoprices.core.plain import plain
from cryptoprices.ui.text_dialog import show_text
from cryptoprices.ui.theme import font

if TYPE_CHECKING:
    from cryptoprices.core.source import Exchange

SHIPPED = (
    ("Python", "PSF-2.0"),
    ("Qt and PySide6 (Essentials)", "LGPL-3.0-only"),
    ("pyqtgraph", "MIT"),
    ("numpy", "BSD-3-Clause"),
    ("msgspec", "BSD-3-Clause"),
    ("requests", "Apache-2.0"),
    ("urllib3", "MIT"),
    ("certifi", "MPL-2.0"),
    ("charset-normalizer", "MIT"),
    ("idna", "BSD-3-Clause"),
    ("PySocks", "BSD-3-Clause"),
    ("truststore", "MIT"),
    ("keyring, jaraco.*, more-itertools", "MIT"),
    ("SecretStorage", "BSD-3-Clause"),
    ("cryptography", "Apache-2.0 OR BSD-3-Clause"),
    ("cffi", "MIT"),
    ("jeepney", "MIT"),
    ("platformdirs", "MIT"),
    ("tomlkit", "MIT"),
    ("FastAPI, pydantic, anyio, annotated-*, typing-inspection", "MIT"),
    ("Starlette, uvicorn, click, websockets", "BSD-3-Clause"),
    ("httptools, h11, redis", "MIT"),
    ("uvloop", "MIT OR Apache-2.0"),
    ("typing-extensions", "PSF-2.0"),
)
"""What is shipped with the program, and under which licence (SPDX)."""


def about_text(exchanges: Iterable["Exchange"], rates_url: str, demo: bool) -> str:
    """Licences, data sources with their terms, and every host that is contacted. rates_url: of currencies' rates."""
    lines = [
        "Crypto Prices comes under the MIT licence, without any warranty.",
        "It needs no account, and sends nothing about you anywhere.",
        "",
    ]
    lines += ["Prices are simulated on this machine." if demo else "Prices come from public interfaces of:", ""]
    for exchange in exchanges:
        source = exchange.source
        hosts = ", ".join(dict.fromkeys(filter(None, map(_host, (exchange.rest_url, exchange.stream_url)))))
        note = " (custom address)" if exchange.custom_address else ""
        lines.append("· " + plain(f"{source.title}: {hosts}{note}. {source.attribution}".rstrip(". "), 200))
    if not demo:
        rates = f"European Central Bank's rates: {_host(rates_url)}, only while the currency is not the US dollar"
        lines.append("· " + plain(rates, 200))
    lines += [
        "",
        "These hosts, and no others, are contacted. Prices are for information only; each exchange's own terms hold.",
        "",
        "Made with:",
        "",
    ]
    lines += [f"· {name}: {licence}" for name, licence in SHIPPED]
    return "\n".join(lines)


def _host(url: str) -> str:
    return url.partition("//")[2].partition("/")[0]


def show_about(exchanges: Iterable["Exchange"], rates_url: str, demo: bool, parent: QtWidgets.QWidget) -> None:
    """Open a dialog that only tells."""
    name = QtWidgets.QLabel("Crypto Prices")
    name.setFont(font(20, QFont.Weight.DemiBold))
    python = ".".join(map(str, sys.version_info[:3]))
    version = QtWidgets.QLabel(f"Version {__version__} · Qt {qVersion()} · Python {python}")
    version.setTextFormat(Qt.TextFormat.PlainText)
    text, above = about_text(exchanges, rates_url, demo), (name, version)
    show_text(parent, "About Crypto Prices", "Licences and data sources", text, QSize(520, 480), above)
