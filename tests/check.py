"""Everything that must hold before a change leaves your hands: format, lint, types, import contracts, tests.

`python tests/check.py [pytest's options]`. Stops at the first step that fails, with that step's exit status.
As many tests run at a time as there are processors.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = {
    "format": ["-m", "ruff", "format", "--check", "."],
    "lint": ["-m", "ruff", "check", "."],
    "types": ["-m", "mypy", "-p", "cryptoprices"],
    "contracts": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-logo"],
    "tests": ["-m", "pytest", "-n", "auto"],
}


def main(pytest_options: list[str]) -> int:
    """Run the steps in order, each one's output going straight to the terminal; the status of the first that fails."""
    for name, step in STEPS.items():
        print(f"== {name}", flush=True)
        options = pytest_options if name == "tests" else []
        status = subprocess.run([sys.executable, *step, *options], cwd=ROOT, check=False).returncode
        if status:
            print(f"== {name} failed (exit status {status})", flush=True)
            return status
    print(f"== {', '.join(STEPS)}: all well", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
