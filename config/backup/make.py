"""A backup: one moment of the whole database, sealed on its way out; the ring's keys apart."""

import datetime as dt
import subprocess
from pathlib import Path
from typing import IO, cast

import psycopg

from config.backup import age, manifest, programs
from config.backup.manifest import DATABASE, KEYS, Database, Manifest
from config.restoring import MARK

NEWEST = "SELECT coalesce(max(id), 0) FROM audit_auditevent"
STONES = "SELECT count(*) FROM custody_tombstone"
# Row-level security names roles, which a dump of one database does not bring with it.
ROLES = "SELECT array_agg(rolname::text ORDER BY 1) FROM pg_roles WHERE rolname !~ '^pg_'"


def make(
    url: str, *, to: Path, keys_to: Path, ring: Path | None, recipients: list[str],
    at: dt.datetime,
) -> tuple[Path, Manifest]:  # fmt: skip
    """Write a new folder under `to`; the sealed ring goes under `keys_to`, never beside it."""
    whom = age.recipients(recipients)
    name = f"safehand-{at:%Y%m%dT%H%M%SZ}"
    folder = to / name
    folder.mkdir(mode=0o700, parents=True)
    files = {}
    if ring is not None:
        files[KEYS] = _keys(ring, keys_to / f"{name}-{KEYS}", whom)
    with psycopg.connect(url) as database:
        files[DATABASE] = _database(url, database, folder / DATABASE, whom)
        told = Manifest(
            name=name,
            at=at.isoformat(),
            rows=manifest.counts(database),
            newest_event=manifest.one(database, NEWEST),
            tombstones=manifest.one(database, STONES),
            roles=manifest.one(database, ROLES),
            files=files,
        )
    _require_whole(told)
    told.write(folder)
    return folder, told


class Hollow(Exception):
    """A copy of nothing: what should have been read was hidden, or this is not our database."""


def _database(
    url: str, database: Database, path: Path, whom: list[age.Recipient]
) -> dict[str, object]:
    """Dump the very moment that the counts are of."""
    database.execute("SET idle_in_transaction_session_timeout = 0")
    database.execute("SET row_security = off")
    database.commit()
    database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    if manifest.one(database, f"SELECT to_regnamespace('{MARK}') IS NOT NULL"):
        raise Hollow("A restore is going on in this database.")
    moment = manifest.one(database, "SELECT pg_export_snapshot()")
    words = (*programs.DUMP, f"--snapshot={moment}")
    program = programs.start("pg_dump", url, *words, stdout=subprocess.PIPE)
    source = cast(IO[bytes], program.stdout)
    try:
        size, digest = age.seal(source, path, whom)  # type: ignore[arg-type]  # a pipe reads as a file does
    finally:
        source.close()
    try:
        programs.finish(program, "pg_dump")
    except programs.ProgramFailed:
        path.unlink()
        raise
    return {"size": size, "sha256": digest}


def _keys(ring: Path, path: Path, whom: list[age.Recipient]) -> dict[str, object]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ring.open("rb") as source:
        size, digest = age.seal(source, path, whom)
    return {"size": size, "sha256": digest}


def _require_whole(told: Manifest) -> None:
    """A dump that row-level security emptied ends well and holds nothing: never take it for one."""
    if not told.rows.get("django_migrations") or not told.rows.get("audit_auditevent"):
        raise Hollow("The copy holds no rows: which role was it made by?")
