"""How often each route of the API asks the database, against a table; and that no reading asks by the row."""

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.matrix import test_matrix as matrix

TABLE = Path(__file__).parent / "queries.csv"
# Who is asked first: whoever may do most.
FIRST = ("supervisor", "worker", "asked", "helping", "deciding")
# What two questions differ by: numbers, words, lists of them.
LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+\b")
ROWS = re.compile(r"\?(?:::\w+)?(?:, \?(?:::\w+)?)+")
# The log is written to twice where a card and what is sealed in it are read.
MOST_ALIKE = 2


def who_asks() -> dict[tuple[str, str], str]:
    """Of each route that anybody may use, one who may."""
    order = [*FIRST, *(relation for relation in matrix.RELATIONS if relation not in FIRST)]
    return {
        key: relation
        for key, row in matrix.table().items()
        if (relation := next((each for each in order if row[each].startswith("2")), ""))
    }


def asked(client: Any, world: matrix.World, route: str, method: str) -> list[str]:
    """The questions of a second request: the first fills what is kept in memory."""
    code = matrix.code_for(route, world)
    matrix.ask(client, world, route, method, code)
    with CaptureQueriesContext(connection) as queries:
        answer = matrix.ask(client, world, route, method, code)
    assert answer.status_code < 300, (method, route)
    # A test's own transaction makes savepoints of a request's.
    return [each["sql"] for each in queries if "SAVEPOINT" not in each["sql"]]


def alike(questions: list[str]) -> int:
    """How many questions there are at most that differ by their values alone."""
    shapes = Counter(ROWS.sub("?", LITERAL.sub("?", each)) for each in questions)
    return max(shapes.values(), default=0)


@pytest.mark.django_db
@pytest.mark.parametrize("relation", sorted(set(who_asks().values())))
def test_every_route_asks_as_often_as_is_written_down(relation: str) -> None:
    client, world = matrix.client_of(relation)
    with TABLE.open(encoding="utf-8", newline="") as file:
        written = {
            (row["route"], row["method"]): int(row["queries"]) for row in csv.DictReader(file)
        }

    found = {
        key: asked(client, world, *key) for key, who in who_asks().items() if who == relation
    }

    counted = {key: len(questions) for key, questions in found.items()}
    assert counted == {key: written.get(key) for key in counted}
    read = {key: alike(questions) for key, questions in found.items() if key[1] == "GET"}
    assert {key: times for key, times in read.items() if times > MOST_ALIKE} == {}


def test_the_table_has_every_route_that_anybody_may_use() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        written = [(row["route"], row["method"]) for row in csv.DictReader(file)]

    assert written == list(who_asks())


def test_questions_that_differ_by_their_values_are_alike() -> None:
    by_the_row = [f"SELECT a FROM b WHERE c = {n} AND d = 'it''s {n}'" for n in range(3)]
    of_lists = ["SELECT a FROM b WHERE c IN (1, 2)", "SELECT a FROM b WHERE c IN (3, 4, 5)"]

    assert alike([*by_the_row, "SELECT 1"]) == 3
    assert alike([*of_lists, "SELECT a FROM c"]) == 2
    assert alike([]) == 0
