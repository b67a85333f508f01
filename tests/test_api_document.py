"""The OpenAPI document: committed, complete, and true; and the page that shows it."""

import html.parser
import json
import re
from typing import get_type_hints

import pytest
from api_document import PATH, document_now
from api_rig import FakeLive, Service
from conftest import ROOT, FakeClock

from cryptoprices.api import gate, ws
from cryptoprices.api.access import SUBJECTS
from cryptoprices.api.events import KINDS, standing_report
from cryptoprices.core.export import KEYS
from cryptoprices.ui.theme import DARK, LIGHT

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
    for name in ("operationId", "summary"):  # the contents of the page are the summaries
        assert len({one[name] for _, _, one in operations(document)}) == len(operations(document))


def test_every_subject_that_the_gate_knows_is_described(document):
    described = {path.split("/")[2] for path in document["paths"] if path.startswith("/v1/")}
    assert described == set(SUBJECTS)


def test_what_streams_say_is_described(document):
    """Every event with its fields, what may be said over a WebSocket, how it is closed, and tickets."""
    paths = document["paths"]
    for path in ("/v1/stream", "/v1/ws"):
        operation = paths[path]["get"]
        listed = dict(re.findall(r"^- `(\w+)`: (.*(?:\n(?!-|\n).*)*)", operation["description"], re.MULTILINE))
        assert set(listed) == {"snapshot", *KINDS}
        stands = standing_report("kraken", FakeLive(FakeClock()).moment())
        assert set(re.findall(r"`(\w+)`", listed["status"])) == set(stands)
        assert "ticket" in [parameter["name"] for parameter in operation["parameters"]]
    assert all(word in paths["/v1/stream"]["get"]["description"] for word in ("Last-Event-ID", "`retry`, 3 s", "503"))
    said = paths["/v1/ws"]["get"]["description"]
    operations_ = get_type_hints(ws.Wish)["op"].__args__
    assert re.findall(r'^- `{"op": "(\w+)"', said, re.MULTILINE) == list(operations_)
    assert all(f'"{field}": ' in said for field in ws.Wish.__struct_fields__)
    codes = re.findall(r"^- (\d{4}): ", said, re.MULTILINE)
    assert codes == sorted(map(str, (ws.GOING, ws.NO_TEXT, ws.TOO_LONG, ws.TRY_AGAIN, gate.NOT_ALLOWED)))


def test_what_is_public_may_be_asked_without_a_token(document):
    is_open = {path for path, method, one in operations(document) if {} in one.get("security", [])}
    assert {"/v1/prices", "/v1/candles/{pair}", "/v1/compare", "/v1/stream"} <= is_open
    assert not [path for path in is_open if re.search("watchlists|settings|tokens|admin|manual", path)]
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


def test_the_page_has_the_colours_of_the_window_and_no_others():
    light, dark = (PAGE / "docs.css").read_text("utf-8").split("@media (prefers-color-scheme: dark)")
    for sheet, theme in ((light, LIGHT), (dark, DARK)):
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", sheet))
        assert len(colours) > 10
        assert colours == {name: getattr(theme, name.replace("-", "_")) for name in colours}
        assert set(re.findall(r"#[0-9a-f]{3,8}\b", sheet)) - {"#about"} == set(colours.values())


def test_where_it_is_narrow_the_contents_are_folded_and_tables_stand_row_by_row():
    script, sheet = ((PAGE / name).read_text("utf-8") for name in ("docs.js", "docs.css"))
    width = re.search(r'matchMedia\("\((max-width: \d+rem)\)"\)', script)[1]
    assert f"@media ({width}) {{\n  .columns {{ display: block; }}" in sheet
    assert re.search(r'<nav[^>]*>\s*<details id="contents" open>', (PAGE / "docs.html").read_text("utf-8"))
    assert 'getElementById("contents").open = !NARROW.matches' in script
    assert re.search(r"@media \(max-width: \d+rem\) {[^@]*\btd { display: block; }", sheet)


def test_a_form_says_that_it_waits_and_how_it_went_and_asks_once_at_a_time():
    script = (PAGE / "docs.js").read_text("utf-8")
    before, _, after = script.partition("async function ask(")[2].partition("\n}\n")[0].partition("await fetch(")
    assert "send.disabled = true" in before
    assert "Asking…" in before
    answered, _, rest = after.partition("catch (error)")
    failed, _, at_last = rest.partition("finally")
    assert "answer.status" in answered
    assert "took()" in answered
    assert "No answer: ${error.message}" in failed
    assert "send.disabled = false" in at_last


def test_the_readme_names_every_collection_and_all_else(document):
    table = (ROOT / "README.md").read_text("utf-8").partition("## The local API")[2].partition("\n## ")[0]
    named = set(re.findall(r"/[\w/.-]+", table))
    filled = {"{pair}": "BTC-USD", "{id}": "ID", "{key}": "KEY"}
    for path in document["paths"]:
        shown = re.sub(r"\{\w+\}", lambda found: filled.get(found[0], ""), path).rstrip("/")
        assert {shown, shown.rpartition("/")[0]} & named, path  # "each one by itself" goes without saying
