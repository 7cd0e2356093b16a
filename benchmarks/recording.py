"""What one act asks of the database, word by word, as the web asks it; to be asked again elsewhere."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from edge import wall


@dataclass(slots=True)
class Statement:
    """One round trip: its words, its values, and what came back."""

    asked: str
    values: list[Any] = field(default_factory=list)
    returned: list[Any] = field(default_factory=list)


@contextmanager
def as_role(name: str) -> Iterator[None]:
    """Django's connection as this role, which owns nothing; afterwards as before."""
    told = connection.settings_dict
    before, told["USER"] = told["USER"], name
    connection.close()
    try:
        yield
    finally:
        connection.close()
        told["USER"] = before


@contextmanager
def recorded(who: wall.Identity) -> Iterator[list[Statement]]:
    """All that is asked in one transaction of this identity's, which is undone in the end."""
    connection.ensure_connection()
    inner = connection.connection
    told: list[Statement] = [Statement("BEGIN")]
    usual, inner.cursor_factory = inner.cursor_factory, _recording(inner.cursor_factory, told)
    try:
        with wall.acting(who), transaction.atomic():
            yield told
            told.append(Statement("COMMIT"))
            transaction.set_rollback(True)
    finally:
        inner.cursor_factory = usual


def _plain(asked: str) -> str:
    """Savepoints are numbered through the life of a process; here each of a depth is the same."""
    return re.sub(r'"s\d+_x\d+"', '"s"', asked)


def _recording(usual: type[Any], told: list[Statement]) -> type[Any]:
    class Recording(usual):  # type: ignore[misc]  # whatever Django has put there
        """A cursor that keeps what it is asked, and the first row of what an INSERT gives back."""

        def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
            told.append(Statement(_plain(str(query)), list(params or [])))
            return super().execute(query, params, **how)

        def fetchone(self) -> Any:
            row = super().fetchone()
            if row and told[-1].asked.startswith("INSERT"):
                told[-1].returned = list(row)
            return row

        def fetchall(self) -> Any:
            rows = super().fetchall()
            if rows and told[-1].asked.startswith("INSERT"):
                told[-1].returned = list(rows[0])
            return rows

    return Recording
