"""Rules that no linter knows. Each failure says what to do instead."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from edge import phrases

ROOT = Path(__file__).parent.parent
APPS = (
    "agencies",
    "guidance",
    "notify",
    "signin",
    "seconding",
    "cases",
    "guard",
    "documents",
    "identification",
    "reintegration",
    "referral",
    "rights",
    "exchange",
    "figures",
    "guest",
    "learning",
    "network",
    "practice",
)
SOURCES = [
    path
    for app in (*APPS, "kernel", "edge", "audit", "config", "pages", "demo", "launch")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]
EDGES = [p for p in SOURCES if "api" in p.parts or p.parts[-2] == "pages"]
ACTIONS = [p for p in SOURCES if p.name == "actions.py" or p.parent.name == "actions"]
# What actions have in common is called inside their transaction, not from an edge.
SHARED = {"playing.py", "moving.py", "__init__.py"}
NOT_VERBS = {
    "checklist", "obstacles", "digest_of", "locked", "locked_consent", "locked_override", "save",
    "move", "require_near", "write_note", "band_of", "finish_task", "read_groups", "checked_whole",
    "begun", "can_work", "soon",
    # Turns of a machine at a file, and the file itself: a transaction for some cases.
    "release", "hold_on", "begin_checking", "check_rows", "write_rows", "forget_faults", "write_file",
    "watermark",
    # Handles first and by themselves, then the release in one transaction.
    "make_release",
}  # fmt: skip
REFUSALS = {"Refused", "Denied", "Invalid", "Missing", "Stale", "deny"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", EDGES, ids=name)
def test_edges_start_from_the_policy(path: Path) -> None:
    assert ".objects" not in path.read_text(), "begin with a policy's visible_to(actor)"


@pytest.mark.parametrize("path", [p for p in ACTIONS if p.name not in SHARED], ids=name)
def test_actions_are_atomic_keyword_only_and_say_by_whom(path: Path) -> None:
    functions = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)]
    public = [f for f in functions if f.name[0] != "_" and f.name not in NOT_VERBS]

    for function in public:
        decorators = {ast.unparse(decorator) for decorator in function.decorator_list}
        assert "transaction.atomic" in decorators, f"{function.name}: one transaction"
        assert function.args.args == [], f"{function.name}: keyword-only"
        assert "by" in {a.arg for a in function.args.kwonlyargs}, f"{function.name}: by whom?"
    assert public, "a file of actions without an action"


def refusals(path: Path) -> set[str]:
    """The codes that this file refuses with; of made-up ones, their beginning."""
    codes = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in REFUSALS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                codes.add(str(first.value))
            elif isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.Constant):
                codes.add(str(first.values[0].value))
    return codes


@pytest.mark.parametrize("path", [p for p in SOURCES if refusals(p)], ids=name)
def test_every_refusal_has_a_sentence(path: Path) -> None:
    families = tuple(phrases.FAMILIES)
    known = set(phrases.PHRASES) | {"checklist_"}

    unsaid = {c for c in refusals(path) if c not in known and not c.startswith(families)}

    assert unsaid - {"unknown_"} == set(), "give it a sentence in config/phrases.py"


def test_the_image_holds_every_app() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    own = {app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()}

    held = {app for app in (*own, "kernel") if f"COPY {app} {app}\n" in dockerfile}

    # The demonstration's builders make people up; where real ones are kept they are not there.
    assert held == {*own, "kernel"} - {"demo"}


def test_no_file_is_named_for_a_kind_of_code() -> None:
    names = {path.stem for path in SOURCES}

    assert names & {
        "utils", "helpers", "common", "services", "managers", "mixins", "signals", "core",
    } == set()  # fmt: skip


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_happens_by_signal_or_by_saving(path: Path) -> None:
    text = path.read_text()

    assert "models.signals" not in text, "call the action; a signal hides who did what"
    assert "def save(self" not in text, "a model that writes elsewhere surprises"
