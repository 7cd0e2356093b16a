"""The pack of a person holds all that is kept about them, and nothing of others."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.db.models import BinaryField

from rights.sealedcolumns import NOT_OF_A_PERSON, TABLES, WITHHELD
from tests.pages.conftest import Visitor
from tests.rights.filled import LEFT_OUT, TOLD, Filled, fill, mark, ready

MARK = re.compile(r"Zq\w+Qz")


@pytest.fixture
def filled(db: None) -> Filled:
    return fill()


def made(filled: Filled, code: str, *, language: str = "ru", way: str = "paper") -> Any:
    """The answer to pressing the button on the page."""
    visitor = Visitor(filled.worker)
    path = f"/requests/{code}/pack/"
    page = visitor.see(path).content.decode()
    found = re.search(r'name="passphrase" value="([^"]+)"', page)
    assert found
    sent = {"language": language, "way": way, "passphrase": found.group(1)}
    return visitor.http.post(path, sent)


def test_every_sealed_column_is_in_the_pack_or_counted(filled: Filled) -> None:
    request = ready(filled.case, by=filled.worker)

    text = made(filled, request.code).content.decode()

    told = {MARK.match(mark(name)).group() for name in TOLD}  # type: ignore[union-attr]
    assert set(MARK.findall(text)) == told
    assert len(told) == len(TOLD)
    assert not told & {MARK.match(mark(name)).group() for name in LEFT_OUT}  # type: ignore[union-attr]


def test_the_marks_fill_every_sealed_column_that_there_is(filled: Filled) -> None:
    """Without this a column that the test before never fills would not be missed."""
    columns = {(t.model, c.name) for t in TABLES for c in t.sealed}
    columns |= {(w.model, name) for w in WITHHELD for name in w.columns}
    empty = {
        (model._meta.label, name)
        for model, name in columns
        if not model._default_manager.filter(**{f"{name}__isnull": False}).exists()
    }
    assert empty == set()


def columns_without_a_line(models: Any) -> set[str]:
    known = {f"{table.name}.{column.name}" for table in TABLES for column in table.sealed}
    known |= {f"{each.model._meta.label}.{name}" for each in WITHHELD for name in each.columns}
    known |= NOT_OF_A_PERSON.keys()
    found = {
        f"{model._meta.label}.{field.name}"
        for model in models
        for field in model._meta.concrete_fields
        if isinstance(field, BinaryField)
    }
    return found ^ known


def test_no_sealed_column_is_without_a_line() -> None:
    assert columns_without_a_line(apps.get_models()) == set()
