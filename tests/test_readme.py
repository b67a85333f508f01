"""What the README promises is what the code does."""

import json
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from conftest import ROOT

from cryptoprices.cli import COMMANDS
from cryptoprices.settings.options import OPTIONS, exchange_options
from cryptoprices.sources.discovery import discover

README = (ROOT / "README.md").read_text("utf-8")


def section(title: str) -> str:
    """The text below a heading, up to the next one of its kind."""
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", README, re.M | re.S)
    assert found, f"the README has no section {title}"
    return found[1]


def command(title: str) -> str:
    """The one command line of a section, its continued lines joined."""
    blocks = re.findall(r"^```sh\n(.*?)^```", section(title), re.M | re.S)
    assert len(blocks) == 1
    lines = re.sub(r"\\\n\s*", "", blocks[0]).splitlines()
    assert len(lines) == 1
    return lines[0]


def rows(title: str) -> list[list[str]]:
    """The cells of a section's table, head and rule left out."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


@pytest.mark.parametrize(
    ("title", "end"), [("Run it", ".venv/bin/cryptoprices"), ("Test it", ".venv/bin/python tests/check.py")]
)
def test_one_line_sets_a_bare_machine_up_and_takes_options_at_its_end(title, end):
    line = command(title)
    assert line.startswith("$(command -v sudo) apt-get ")
    assert "python3 -m venv .venv" in line
    assert line.endswith(f"&& {end}")
    assert subprocess.run(["sh", "-n", "-c", line], check=False).returncode == 0


def test_both_lines_install_the_same_system_packages_but_for_the_store_that_only_tests_need():
    run, test = (line.split("pip install")[0] for line in (command("Run it"), command("Test it")))
    assert test.replace(" redis-server &&", " &&") == run


@pytest.mark.skipif(sys.platform != "linux", reason="both are run by Linux's own sed")
def test_the_check_before_a_change_lands_runs_the_test_line_as_it_is_written():
    ours, theirs = ((ROOT / path).read_text("utf-8") for path in (".ci/run", ".github/workflows/ci.yml"))
    extract = r"sed -n '/^## Test it$/,/^## /{/^```sh$/,/^```$/{/^```/!p}}' README.md"
    assert extract in ours
    assert extract in theirs
    taken = subprocess.run(["sh", "-c", extract], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.sub(r"\\\n\s*", "", taken).strip() == command("Test it")


def test_every_setting_is_in_the_table_with_its_default_and_help():
    assert [row[0] for row in rows("Settings")] == [f"`{setting.key}`" for setting in declared()]
    for setting, row in zip(declared(), rows("Settings"), strict=True):
        assert row[2].startswith(setting.help.rstrip("."))


def declared():
    """Every setting; the family of an exchange once, as NAME."""
    return [*OPTIONS, *exchange_options("NAME")[1:]]


def test_the_defaults_in_the_table_are_the_real_ones():
    for setting, row in zip(OPTIONS, rows("Settings"), strict=False):
        assert row[1] == f"`{json.dumps(setting.default)}`"


def test_every_host_that_is_asked_is_named():
    named = [[cell.strip("`") for cell in row] for row in rows("Privacy")]
    words = {True: "yes", False: "no"}
    assert named == [
        [
            source.title,
            "for what the others lack" if source.only_missing else words[source.on_by_default],
            urlsplit(source.base_url).hostname,
            urlsplit(source.stream_url).hostname or "–",
        ]
        for source in discover().values()
    ]


def test_every_command_is_named():
    named = {row[0].strip("`").split(" ")[0] for row in rows("Command line")}
    assert set(COMMANDS) <= named


def test_every_picture_is_there():
    pictures = re.findall(r"\]\((resources/[^)]+)\)", README)
    assert pictures
    assert not [picture for picture in pictures if not (ROOT / picture).is_file()]
