"""What a backup holds, in counts and hashes: by this a restore knows that nothing is missing."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

FILE = "manifest.json"
DATABASE, KEYS = "database.age", "keys.age"
TABLES = """
    SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND relkind IN ('r', 'p') AND NOT relispartition
    ORDER BY nspname, relname
"""
Database = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Stands beside the sealed files, in clear: counts, hashes and times, nothing of a person."""

    name: str
    at: str
    rows: dict[str, int]
    newest_event: int
    tombstones: int
    roles: list[str]
    files: dict[str, dict[str, Any]]

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=1, sort_keys=True)
        (folder / FILE).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        return cls(**json.loads((folder / FILE).read_text(encoding="utf-8")))


def counts(database: Database) -> dict[str, int]:
    """How many rows each table has. Fails where row-level security would hide some."""
    database.execute("SET row_security = off")
    tables = database.execute(TABLES).fetchall()
    return {
        table if schema == "public" else f"{schema}.{table}": _count(database, schema, table)
        for schema, table in tables
    }


def lost(wanted: dict[str, int], found: dict[str, int]) -> dict[str, int]:
    """By table, how many rows are not there that should be; what is there too much counts too."""
    differences = {table: n - found.get(table, 0) for table, n in wanted.items()}
    return {table: n for table, n in differences.items() if n}


def _count(database: Database, schema: str, table: str) -> int:
    count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
    row = database.execute(count).fetchone()
    return int(row[0]) if row else 0


def one(database: Database, question: str) -> Any:
    """The one value of a question to the database."""
    row = database.execute(question).fetchone()
    return row[0] if row else None
