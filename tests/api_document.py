"""What the API says of itself now. `python tests/api_document.py` writes it to resources/api/openapi.json."""

import json
import tempfile
from pathlib import Path

from api_rig import Service
from conftest import ROOT, FakeClock

from cryptoprices import __version__
from cryptoprices.api.documentation import COMMITTED

PATH = ROOT / "resources" / COMMITTED


def document_now() -> str:
    """As text, as it is committed."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Service(Path(folder), FakeClock(), version=__version__).get("/openapi.json")
    return json.dumps(answer.json(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(document_now(), "utf-8", newline="\n")
