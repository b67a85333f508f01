"""The OpenAPI document: committed, complete, and true; and the page that shows it."""

import html.parser
import json
import re

import pytest
from api_document import PATH, document_now
from api_rig import Service
from conftest import ROOT

from cryptoprices.api.access import SUBJECTS
from cryptoprices.core.export import KEYS

PAGE = ROOT / "resources" / "api"


@pytest.fixture(scope="module")
def document():
    return json.loads(PATH.read_text("utf-8"))


@pytest.fixture
def service(tmp_path, fake_clock):
    return Service(tmp_path, fake_clock)


def operations(document):
    return [(path, name, one) for path, methods in document["paths"].items() for name, one in methods.items()]


def test_the_committed_document_is_what_the_program_says():
    assert PATH.read_text("utf-8") == document_now(), "renew it with: python tests/api_document.py"


def test_every_operation_says_what_it_is_and_how_it_can_go_wrong(document):
    for path, method, one in operations(document):
        assert one["summary"], path
        assert one["description"].endswith("."), path
        good = [status for status in one["responses"] if status < "300"]
        assert len(good) == 1, (path, method)
        if path.startswith("/v1/"):
            assert {"400", "401", "403", "429"} <= set(one["responses"]), (path, method)
        if method in ("put", "patch", "delete") and "tokens" not in path:
            assert {"412", "428"} <= set(one["responses"]), (path, method)
            assert [p["name"] for p in one["parameters"] if p["in"] == "header"] == ["If-Match"]
    assert len({one["operationId"] for _, _, one in operations(document)}) == len(operations(document))


def test_every_subject_that_the_gate_knows_is_described(document):
    described = {path.split("/")[2] for path in document["paths"] if path.startswith("/v1/")}
    assert described == set(SUBJECTS) - {"ws"}  # a WebSocket is nothing that OpenAPI has words for


def test_what_is_public_may_be_asked_without_a_token(document):
    is_open = {path for path, method, one in operations(document) if {} in one.get("security", [])}
    assert {"/v1/prices", "/v1/candles/{pair}", "/v1/compare", "/v1/stream"} <= is_open
    assert not [path for path in is_open if re.search("watchlists|settings|tokens|admin", path)]
    assert all(
        {} not in one["security"] for path, name, one in operations(document) if name != "get" and "security" in one
    )


def test_candles_as_csv_have_the_columns_of_the_command(document):
    content = document["paths"]["/v1/candles/{pair}"]["get"]["responses"]["200"]["content"]
    assert content["text/csv"]["example"] == ",".join(KEYS) + "\r\n"


class Page(html.parser.HTMLParser):
    """What the page loads, and its ids."""

    def __init__(self):
        super().__init__()
        self.loads, self.ids, self.inline, self.labels = [], set(), [], 0

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids.add(found.get("id"))
        self.labels += tag == "label"
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        if tag in ("script", "link", "img", "iframe"):
            self.loads.append(found.get("src") or found.get("href"))
            self.inline += [tag] if tag == "script" and "src" not in found else []


def test_the_page_needs_nothing_from_elsewhere(service):
    answer = service.get("/docs")
    page = Page()
    page.feed(answer.text)
    assert page.loads == ["/docs/docs.css", "/docs/docs.js"]
    assert page.inline == []
    assert page.labels == 2
    for path in page.loads:
        loaded = service.get(path)
        assert loaded.status_code == 200
        assert not re.search(
            r"https?://|@import|url\(|innerHTML|\beval\b|insertAdjacentHTML|document\.write", loaded.text
        )
        assert loaded.headers["x-content-type-options"] == "nosniff"
        assert service.get(path, headers={"if-none-match": loaded.headers["etag"]}).status_code == 304
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    asked = set(re.findall(r'getElementById\("(\w+)"\)', (PAGE / "docs.js").read_text("utf-8")))
    assert asked <= page.ids


def test_the_readme_names_every_collection_and_all_else(document):
    table = (ROOT / "README.md").read_text("utf-8").partition("## The local API")[2].partition("\n## ")[0]
    named = set(re.findall(r"/[\w/.-]+", table))
    filled = {"{pair}": "BTC-USD", "{id}": "ID", "{key}": "KEY"}
    for path in document["paths"]:
        shown = re.sub(r"\{\w+\}", lambda found: filled.get(found[0], ""), path).rstrip("/")
        assert {shown, shown.rpartition("/")[0]} & named, path  # "each one by itself" goes without saying
