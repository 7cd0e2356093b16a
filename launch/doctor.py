"""`./safehand doctor`: is this machine, and what runs on it, as it should be?"""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import psycopg.sql
import redis

from launch import environment
from launch.environment import Installation
from launch.run import answers, say

Check = tuple[str, bool, str]
OLDEST = 150000
PRIVATE = 0o077


def doctor() -> int:
    """Print every check with a hint where it fails; 1 if any failed."""
    checks = list(_checks())
    for name, well, hint in checks:
        say(f"  {'ok  ' if well else 'FAIL'} {name}" + ("" if well else f": {hint}"))
    return 0 if all(well for _, well, _ in checks) else 1


def _checks() -> Iterator[Check]:
    state = environment.state_folder()
    yield "Python 3.11 or newer", sys.version_info >= (3, 11), "install a newer Python"
    for name in ("secret_key", "keyring.json", "demo-logins.json"):
        path = state / name
        if path.exists():
            yield f"{name} is readable by its owner alone", _private(path), f"chmod 600 {path}"
    what = environment.recall(state)
    if what is None:
        say("  --   nothing runs in this state folder; start it with ./safehand run")
        return
    url = f"http://127.0.0.1:{what.port}/readyz"
    yield "the web server is ready", answers(url), f"{url} does not answer; see {state}/logs"
    yield from _database(what)
    yield _broker(what)


def _database(what: Installation) -> Iterator[Check]:
    try:
        with psycopg.connect(what.app["DATABASE_URL"], connect_timeout=5) as database:
            if role := what.app.get("DATABASE_ROLE"):
                database.execute(
                    psycopg.sql.SQL("SET ROLE {}").format(psycopg.sql.Identifier(role))
                )
            version = database.info.server_version
            yield "PostgreSQL answers", True, ""
            yield "PostgreSQL is 15 or newer", version >= OLDEST, "PostgreSQL 18 is the aim"
            yield (
                "lower() knows Cyrillic",
                _one(database, "SELECT lower('Ё') = 'ё'"),
                ("the cluster needs the locale flags of docker-compose.yml"),
            )
            yield (
                "our role is no superuser",
                _one(
                    database,
                    "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user",
                ),
                "web and worker must connect as the role that `manage roles` makes",
            )
            yield (
                "our role owns no table",
                _one(
                    database,
                    "SELECT NOT EXISTS (SELECT 1 FROM pg_tables WHERE tableowner = current_user)",
                ),
                "web and worker must not connect as the tables' owner",
            )
            yield (
                "our role cannot change the audit log",
                _one(
                    database,
                    "SELECT NOT has_table_privilege('audit_auditevent', 'UPDATE, DELETE, TRUNCATE')",
                ),
                "run `./safehand manage roles`",
            )
    except psycopg.OperationalError as fault:
        yield "PostgreSQL answers", False, str(fault).splitlines()[0]


def _broker(what: Installation) -> Check:
    url = (
        what.app["REDIS_URL"]
        .replace("redis+socket://", "unix://")
        .replace("?virtual_host=", "?db=")
    )
    try:
        redis.Redis.from_url(url, socket_timeout=5).ping()
    except redis.RedisError as fault:
        return (
            "the broker answers",
            False,
            f"{type(fault).__name__}: notices wait until it is back",
        )
    return "the broker answers", True, ""


def _one(database: "psycopg.Connection[tuple[object, ...]]", question: str) -> bool:
    row = database.execute(question).fetchone()
    return bool(row and row[0])


def _private(path: Path) -> bool:
    mode = path.stat().st_mode
    return os.name != "posix" or not stat.S_IMODE(mode) & PRIVATE
