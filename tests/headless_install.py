"""Whether an environment with the extra `server` alone serves and has nothing of Qt: run it with that one's Python."""

import json
import re
import subprocess
import sys
from importlib.metadata import distributions
from urllib.request import urlopen

QT = ("pyside6", "shiboken6", "pyqtgraph", "pyqt")
COMMAND = [sys.executable, "-m", "cryptoprices"]


def main() -> int:
    found = {each.name.lower() for each in distributions()}
    assert "uvicorn" in found, "this is not the environment that is meant"
    assert not [name for name in found if name.startswith(QT)], sorted(found)
    window = subprocess.run(COMMAND, capture_output=True, text=True, timeout=30, check=False)
    assert (window.returncode, window.stderr.count("\n")) == (4, 1), window.stderr
    with subprocess.Popen([*COMMAND, "serve", "--demo", "--port", "0"], stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr
        address = next(match[1] for line in serving.stderr if (match := re.search(r"Serving (http://\S+?)/", line)))
        with urlopen(f"{address}/v1/prices/BTC-USD", timeout=30) as answer:
            assert json.load(answer)["pair"] == "BTC/USD"
        serving.terminate()
    assert serving.returncode == 0, serving.returncode
    print(f"ok {len(found)} packages, none of Qt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
