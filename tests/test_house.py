"""House rules: each is a mistake that somebody made once, as a pattern with its reason. Files are read, not run."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT

from cryptoprices.settings.options import OPTIONS, exchange_options

PACKAGE = ROOT / "cryptoprices"


class Rule(NamedTuple):
    """pattern: what no line of the files `where` may hold, but for those of `but`. bad: a line that breaks the rule."""

    pattern: str
    reason: str
    bad: str
    where: str = "cryptoprices/**/*.py"
    but: tuple[str, ...] = ()


RULES = [
    Rule(
        r"\btime\.sleep\(",
        "nothing sleeps: wait for an event with a time-out",
        "    time.sleep(1)",
        but=("cryptoprices/storage/atomic.py",),  # Windows: somebody else has the file open for a moment
    ),
    Rule(r"\btime\.sleep\(|qWait\(", "tests wait for a condition", "qtbot.qWait(100)", "tests/test_*.py"),
    Rule(
        r"\btime\.(time|monotonic|perf_counter)(_ns)?\b|\bdatetime\.(now|today|utcnow)\(|\bdate\.today\(",
        "the clock is an argument, and only clock.py reads the machine's",
        "now = datetime.now(UTC)",
        but=("cryptoprices/clock.py",),
    ),
    Rule(r"\bQ(Date)?Time\.current|QElapsedTimer", "the clock is an argument", "t = QDateTime.currentDateTime()"),
    Rule(r"\bmoveToThread\b", "QObjects stay in the thread that made them", "worker.moveToThread(thread)"),
    Rule(r"\bQThread(Pool)?\(|\(QThread\)|QRunnable", "daemon threads: a QThread holds the exit", "class W(QThread):"),
    Rule(r"\.connect\(\s*lambda", "a lambda runs in the thread that emits", "feed.round_ready.connect(lambda: 1)"),
    Rule(
        r"\b(?!Q(Core|Gui)?Application\b)\w+\.(get_)?instance\(\)",
        "no singletons: pass in what is used",
        "Settings.instance()",
    ),
    Rule(r"^\s*global\b", "state lives in objects that the composition root makes", "    global cache"),
    Rule(r"\bexcept\s*:", "name what is expected", "    except:"),
    Rule(
        r"(RichText|AutoText|MarkdownText)\b",
        "text from outside is plain text in every label",
        "label.setTextFormat(Qt.TextFormat.RichText)",
    ),
    Rule(
        r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False",
        "certificates are always checked",
        "session.get(url, verify=False)",
    ),
    Rule(r"\bshell\s*=\s*True|\bos\.system\(|(?<!\.)\b(eval|exec)\(|\bpickle\b", "no code from data", "eval(text)"),
    Rule(r"\b(TODO|FIXME|XXX|HACK)\b", "done, or not there", "# TODO later", "**/*.py"),
    Rule(r"mark\.(skip|xfail)\b(?!.*reason=)", "a test that does not run says why", "@pytest.mark.skip", "tests/*.py"),
    Rule(r"#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:)", "say which", "x = y  # type: ignore", "**/*.py"),
    Rule(r"₿", "a glyph that many fonts lack", 'label = "₿"'),
]

CATCH_ALL = {
    "api/worker.py": "outermost line of a thread",
    "api/fills.py": "outermost line of a thread",
    "api/quick.py": "a fault is answered by the last line, to which the usual way leads",
    "api/refusals.py": "last line of defence: a fault is answered in the API's own form",
    "api/server.py": "outermost line of a thread",
    "core/errors.py": "a strange payload may raise anything; it becomes BadPayload here, once for all",
    "second_stage.py": "outermost line of the thread that loads the second stage",
    "headless.py": "outermost line of a thread",
    "headless_serve.py": "outermost line of the program",
    "net/common.py": "outermost line of a thread",
    "net/fetch.py": "outermost line of a thread",
    "net/link.py": "outermost line of an exchange's task in the streams' thread",
    "net/replicas.py": "outermost line of a thread",
    "net/resolver.py": "outermost line of a thread",
    "net/stream.py": "outermost line of a thread",
    "qt/feed.py": "outermost line of a thread",
    "qt/tasks.py": "outermost line of a thread",
    "selftest.py": "whatever a broken part raises is what was looked for",
    "storage/history_writer.py": "outermost line of a thread",
    "storage/logfile.py": "a record's own text may raise anything when it is formatted",
    "storage/secrets.py": "keyring backends raise anything",
    "storage/writer.py": "outermost line of a thread",
}


@cache
def files(pattern: str = "**/*") -> list[Path]:
    """The project's own text files that match; this one, full of bad examples, aside."""
    folders = {"cryptoprices", "tests", "resources", ".ci", ".github"}
    found = [
        path
        for path in ROOT.glob(pattern)
        if (path.parent == ROOT or path.relative_to(ROOT).parts[0] in folders)
        and not {"__pycache__", ".mypy_cache", ".ruff_cache"} & set(path.parts)
        and path != Path(__file__)
        and path.is_file()
    ]
    return sorted(found)


@cache
def text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.reason)
def test_house_rule(rule: Rule):
    pattern = re.compile(rule.pattern)
    assert pattern.search(rule.bad), "the rule does not see what it is there for"
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in files(rule.where)
        if name_of(path) not in rule.but
        for number, line in enumerate(text(path).splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"{rule.reason}:\n" + "\n".join(found)


def machine_words() -> list[str]:
    """What ties a file to one machine or workplace; put together here, so that this file does not hold them."""
    folders = [f"/{name}/" for name in ("work", "root", "tmp/w")]
    hosts = [("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs"), ("deb", "debian", "org")]
    return [*folders, *(".".join(parts) for parts in hosts)]


@pytest.mark.parametrize("word", machine_words())
def test_nothing_is_tied_to_a_machine_or_a_registry(word):
    pattern = re.compile(r"(?<![\w.])" + re.escape(word))
    assert pattern.search(f"see {word}x")
    assert not [name_of(path) for path in files() if word in text(path) and pattern.search(text(path))]


def test_a_file_stays_one_thing():
    long = {name_of(path): text(path).count("\n") for path in files("**/*.py")}
    assert not {name: lines for name, lines in long.items() if lines > 350}


def test_nothing_else_stands_at_the_top():
    known = {"README.md", "CHANGELOG.md", "LICENSE", "SECURITY.md", "CONTRIBUTING.md", "pyproject.toml", "build.spec"}
    made = {"build", "dist", "cryptoprices.egg-info"}
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert top - known - made == {"cryptoprices", "resources", "tests"}


def rooms_named(map_: str) -> set[str]:
    """The modules and folders at the head of the lines of a map like that of the package's docstring."""
    return {word for line in map_.splitlines() for word in re.findall(r"\b[a-z_]+(?:\.py\b|/)", line.split("  ")[0])}


def test_the_map_in_the_package_docstring_shows_the_rooms_that_exist():
    assert rooms_named("__main__.py, cli.py   begin\ncore/  knows; see ui/x.py") == {"__main__.py", "cli.py", "core/"}
    map_ = ast.get_docstring(ast.parse(text(PACKAGE / "__init__.py"))) or ""
    folders = {f"{path.name}/" for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    modules = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py"}
    assert rooms_named(map_) == folders | modules


tree_of = cache(ast.parse)


def acts_on_import(source: str) -> list[int]:
    """Lines at a module's top level that do something instead of defining."""
    return [
        node.lineno
        for node in tree_of(source).body
        if isinstance(node, (ast.For, ast.While, ast.With))
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    ]


def test_importing_a_module_only_defines():
    assert acts_on_import("import a\nX = a.f()\na.start()\nfor x in X: pass") == [3, 4]
    acting = {name_of(path): acts_on_import(text(path)) for path in files("cryptoprices/**/*.py")}
    assert not {name: lines for name, lines in acting.items() if lines}


def catches_all(source: str) -> bool:
    """Whether a handler takes every exception and does not hand it on."""
    return any(
        isinstance(node, ast.ExceptHandler)
        and {"Exception", "BaseException"} & {n.id for n in ast.walk(node.type or node) if isinstance(n, ast.Name)}
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
        for node in ast.walk(tree_of(source))
    )


def test_everything_is_caught_only_where_the_table_says_why():
    assert catches_all("try: f()\nexcept (OSError, Exception): pass")
    assert not catches_all("try: f()\nexcept BaseException:\n  g()\n  raise")
    found = {path.relative_to(PACKAGE).as_posix() for path in files("cryptoprices/**/*.py") if catches_all(text(path))}
    assert found <= set(CATCH_ALL)


def may_show_markup(source: str) -> bool:
    """Whether a label is made that shows more than one fixed text, in a file that never says that text is plain."""
    return bool(re.search(r'QLabel\((?!"[^"]*"\))', source)) and "TextFormat.PlainText" not in source


def test_labels_show_plain_text():
    assert may_show_markup("label = QLabel(name)")
    assert not may_show_markup('label = QLabel("Crypto Prices")')
    assert not [name_of(path) for path in files("cryptoprices/**/*.py") if may_show_markup(text(path))]


def test_every_setting_has_a_help_of_one_sentence_or_more():
    settings = [*OPTIONS, *exchange_options("kraken")[1:]]
    assert not [setting.key for setting in settings if not re.fullmatch(r"[A-Z].*[.]", setting.help)]


def test_the_changelog_has_a_place_for_what_comes_next():
    lines = text(ROOT / "CHANGELOG.md").splitlines()
    assert [line for line in lines if line.startswith("#")][:2] == ["# Changelog", "## Unreleased"]
