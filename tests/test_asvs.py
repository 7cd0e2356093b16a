"""The table of ASVS 5.0.0: a row for every id of levels 1 and 2, and nothing named that is not there."""

import ast
import csv
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
STATES = {"met", "partly", "not", "not applicable"}
# How many ids each chapter of the standard has at levels 1 and 2.
CHAPTERS = {
    1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13,
    14: 9, 15: 13, 16: 16, 17: 7,
}  # fmt: skip


def rows() -> list[dict[str, str]]:
    with (ROOT / "docs/security/asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_id_of_both_levels_has_one_row() -> None:
    ids = [row["id"] for row in rows()]
    assert len(ids) == len(set(ids)) == 253
    assert Counter(int(each[1:].split(".")[0]) for each in ids) == CHAPTERS
    assert Counter(row["level"] for row in rows()) == {"1": 70, "2": 183}


def test_what_is_named_is_there() -> None:
    gone = []
    for row in rows():
        path, _, name = row["test"].partition("::")
        if row["where"] and not (ROOT / row["where"]).exists():
            gone.append((row["id"], row["where"]))
        if row["test"] and name not in _functions(ROOT / path):
            gone.append((row["id"], row["test"]))
    assert gone == []


def test_whoever_says_met_says_where_and_whoever_does_not_says_why() -> None:
    for row in rows():
        assert row["state"] in STATES, row
        if row["state"] == "met":
            assert row["where"], row
            assert row["test"] or row["why"], row
        else:
            assert row["why"], row


def test_the_threat_model_names_tests_that_are_there() -> None:
    words = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8").replace("`", " ").split()
    named = {word.strip(",;|") for word in words if word.startswith("tests/")}
    assert {each for each in named if not (ROOT / each).is_file()} == set()
    assert len(named) > 30


def _functions(path: Path) -> set[str]:
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
