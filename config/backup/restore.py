"""A backup back into an empty database. Nobody comes in before the last line of this was run."""

import contextlib
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import psycopg
from psycopg import sql

from config.backup import age, manifest, programs
from config.backup.manifest import DATABASE, KEYS, Database, Manifest
from config.restoring import MARK

EMPTY = """
    SELECT NOT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""
HAS_MARK = f"SELECT to_regnamespace('{MARK}') IS NOT NULL"


class NotRestored(Exception):
    """The words say what is wrong, and that nothing was opened to anybody."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What came back, and how long that took."""

    rows: int
    rows_lost: dict[str, int]
    seconds: float


def checked(path: Path) -> tuple[Path, Manifest]:
    """The folder of a backup and its manifest, once the sealed database is what that says."""
    folder = path if path.is_dir() else path.parent
    told = Manifest.read(folder)
    if age.digest_of(folder / DATABASE) != told.files[DATABASE]["sha256"]:
        raise NotRestored(f"{DATABASE} is not the file of its manifest.")
    return folder, told


def require_tombstones(told: Manifest, erased: int) -> None:
    """Without the newest file of tombstones a restore would bring back who was erased."""
    if erased < told.tombstones:
        raise NotRestored(
            f"The backup knows {told.tombstones} erased persons, the file of tombstones {erased}."
        )


def ring_of(path: Path, identity: Path, told: Manifest, to: Path) -> None:
    """Open the sealed ring of keys into a new file."""
    if age.digest_of(path) != told.files[KEYS]["sha256"]:
        raise NotRestored(f"{path.name} is not the ring of this backup.")
    target = age.Counted(to)
    try:
        age.open_into(path, cast(IO[bytes], target), age.identities(identity))  # type: ignore[arg-type]  # it writes as a file does
    finally:
        target.close()


def restore(folder: Path, told: Manifest, *, identity: Path, into: str) -> Figures:
    """Bring every row back, behind the mark. `finish` opens the door."""
    whose, begun = age.identities(identity), time.monotonic()
    with psycopg.connect(into, autocommit=True) as database:
        _require_empty(database)
        database.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(MARK)))
        _make_roles(database, told.roles)
        _fill(into, folder / DATABASE, whose)
        found = manifest.counts(database)
    missing = manifest.lost(told.rows, found)
    if missing:
        raise NotRestored(f"Rows are missing, or too many: {missing}")
    return Figures(sum(found.values()), missing, time.monotonic() - begun)


def open_door(into: str) -> None:
    """Everything that a restore must do again is done: let people in."""
    with psycopg.connect(into, autocommit=True) as database:
        database.execute(sql.SQL("DROP SCHEMA {}").format(sql.Identifier(MARK)))


def _fill(into: str, path: Path, whose: list[age.Identity]) -> None:
    words = (*programs.RESTORE, "--dbname", programs.name_of(into))
    program = programs.start("pg_restore", into, *words, stdin=subprocess.PIPE)
    target = cast(IO[bytes], program.stdin)
    try:
        age.open_into(path, target, whose)  # type: ignore[arg-type]  # a pipe writes as a file does
    except age.NotSealed:
        # Half a copy: let the one transaction be undone.
        program.kill()
        program.communicate()
        raise
    with contextlib.suppress(BrokenPipeError):
        target.close()
    programs.finish(program, "pg_restore")


def _require_empty(database: Database) -> None:
    if manifest.one(database, HAS_MARK):
        raise NotRestored("A restore was broken off here: make a new, empty database.")
    if not manifest.one(database, EMPTY):
        raise NotRestored("The database is not empty: nothing is ever restored over another.")


def _make_roles(database: Database, names: list[str]) -> None:
    """The roles that policies name; what each may do, `roles` says afterwards."""
    for name in names:
        there = database.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        if there is None:
            made = "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
            database.execute(sql.SQL(made).format(sql.Identifier(name)))
