"""Whatever the OpenAPI document allows, and what it does not, is asked of the served API: it never breaks its word."""

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT
from serving import Serving

from cryptoprices.core.grants import Scope
from cryptoprices.storage.tokens import TokenFile

CONFIG = ROOT / "tests" / "schemathesis.toml"


@pytest.mark.long
def test_no_server_error_and_no_broken_promise(tmp_path, fake_clock):
    token = TokenFile(tmp_path / "tokens.json", fake_clock.clock).create("tests", Scope.ADMIN)
    with Serving(tmp_path, fake_clock) as serving:
        document = f"http://127.0.0.1:{serving.port}/openapi.json"
        told = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG, "run", document),
                *("--header", f"Authorization: Bearer {token}", "--max-examples", "5"),
            ],
            env=os.environ | {"PYTHONPATH": str(ROOT / "tests"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 0, told.stdout + told.stderr
    selected, there, tested = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", told.stdout).groups()
    assert (selected, int(there)) == (tested, int(tested) + 3)  # but for those that the configuration leaves out
