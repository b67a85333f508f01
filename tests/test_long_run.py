"""Days of polls with faults: memory, threads, descriptors and the file stay as they are.

CRYPTOPRICES_LONG_DAYS=30 runs so many simulated days; the usual suite runs seven.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from store_rig import ask, is_sound

DAYS = int(os.environ.get("CRYPTOPRICES_LONG_DAYS", "7"))
BYTES_A_DAY = 250_000  # of a pair at four exchanges: 17,000 samples of which each takes less than 14 bytes


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_days_of_polls_with_faults_leave_nothing_behind(tmp_path):
    command = [sys.executable, str(Path(__file__).with_name("long_run.py")), str(DAYS), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    print(done.stdout)  # the figures, for who asks for them with -rP
    assert found["polls"] == DAYS * 4320
    assert 0.09 < found["faults"] < 0.13
    assert found["rss_growth_mb"] < 5
    assert (found["more_threads"], found["more_descriptors"]) == (0, 0)
    assert found["largest_mb"] < 8 + min(DAYS, 9) * BYTES_A_DAY / 1e6
    assert found["said"] == []
    assert found["samples"] > 0.85 * min(DAYS, 7) * 4320
    assert found["gaps"] > 0
    assert is_sound(tmp_path)
    (oldest,) = ask(tmp_path, "SELECT min(first_ms) FROM packed")[0]
    assert oldest < 1_763_769_600_000 + 2 * 3_600_000, "nothing of the past is gone"
