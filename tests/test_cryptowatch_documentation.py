"""What the page /docs says of the surface for Cryptowatch's clients is true."""

import html
import re

import pytest
from conftest import ROOT
from cryptowatch_rig import Rig

from cryptoprices.api.cryptowatch.charts import MOST, USUAL
from cryptoprices.api.cryptowatch.known import ALIASES
from cryptoprices.api.cryptowatch.periods import PERIODS
from cryptoprices.api.cryptowatch.readers import MOST_RESOURCES
from cryptoprices.api.cryptowatch.stream import MOST_READERS
from cryptoprices.api.cryptowatch.surface import MOST_ASSETS, MOST_MARKETS, MOST_PAIRS
from cryptoprices.api.cryptowatch.updates import SUBJECTS, place_of


@pytest.fixture(scope="module")
def section():
    """That section of the page."""
    page = (ROOT / "resources" / "api" / "docs.html").read_text("utf-8")
    return page.partition('id="cryptowatch">')[2].partition("</details>")[0]


@pytest.fixture(scope="module")
def said(section):
    """As text."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", section)))


def test_every_path_that_is_named_is_answered_and_none_is_left_out(section, fake_clock):
    rig = Rig(fake_clock)
    paths = set(re.findall(r"<code>(/[a-z/]*)</code>", section)) - {"/cryptowatch"}
    for path in paths:
        assert rig.get(path)["result"], path
    root, detail = rig.get("/")["result"], rig.get("/markets/kraken/btcusd")["result"]
    routes = [*root["indexes"], *(route for part, route in detail["routes"].items() if part != "trades")]
    found = {route.partition("/cryptowatch")[2] for route in routes}
    found |= {f"/{one}" for one in ("assets/btc", "pairs/btcusd", "exchanges/kraken", "markets/kraken")}
    assert paths == found | {"/", "/markets/kraken/btcusd", "/markets/prices", "/markets/summaries"}


def test_its_bounds_are_those_that_hold(said):
    assert re.search(f"{', '.join(PERIODS)}, or all", said)
    assert f"{USUAL} of a period, with after up to {MOST}" in said
    assert f"{MOST_ASSETS} assets, {MOST_PAIRS} pairs, {MOST_MARKETS} markets" in said
    assert f"most {MOST_RESOURCES} for one reader, and {MOST_READERS} readers" in said


def test_its_names_are_those_that_are_understood(said):
    assert all(name in said for name in ALIASES)
    scopes = re.search(r"of (\w+), (\w+), (\w+) \((\w+)\) or (\w+), a number or \*", said)
    for scope in scopes.groups():
        for subject in SUBJECTS:
            assert subject in said
            assert place_of(f"{scope}:87:{subject}")


def test_the_root_of_the_surface_leads_there(fake_clock):
    assert Rig(fake_clock).get("/")["result"]["documentation"] == "http://127.0.0.1:8020/docs#cryptowatch"
