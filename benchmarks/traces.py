"""What a measurement writes is taken away again, so that the next one finds the land as it was."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from launch.servers import OWNER

Numbers = dict[str, int]


def line(*, autocommit: bool = False) -> psycopg.Connection[Any]:
    """A connection of the owner's, whoever Django stands as at the moment."""
    told = connection.settings_dict
    return psycopg.connect(
        host=told["HOST"], user=OWNER, dbname=told["NAME"], autocommit=autocommit
    )


def one(db: psycopg.Connection[Any], asked: str, values: Iterable[Any] = ()) -> Any:
    """The one value that this asks for."""
    row = db.execute(asked, list(values)).fetchone()
    assert row is not None
    return row[0]


@contextmanager
def untouched(
    db: psycopg.Connection[Any], tables: Iterable[str], *, key: str = "id"
) -> Iterator[None]:
    """Rows above the numbers that are there now are gone afterwards; the last table's first."""
    before = {
        table: one(db, f"SELECT coalesce(max({key}), 0) FROM {table}") for table in tables
    }
    db.commit()
    try:
        yield
    finally:
        db.rollback()
        # The log lets nobody take anything away but the tables' owner, who says so here.
        db.execute("SET LOCAL session_replication_role = replica")
        for table, last in before.items():
            db.execute(f"DELETE FROM {table} WHERE {key} > %s", [last])
        db.commit()
        swept(db, before)


def swept(db: psycopg.Connection[Any], tables: Iterable[str]) -> None:
    db.autocommit = True
    for table in tables:
        db.execute(f"VACUUM {table}")
    db.autocommit = False
