"""`./safehand doctor`: is this machine, and what runs on it, as it should be?"""

import math
import os
import secrets
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import psycopg.sql
import redis

from launch import environment
from launch.environment import ROOT, Installation
from launch.run import answers, say

Check = tuple[str, bool, str]
OLDEST = 150000
ROLES = "run `./safehand manage roles`"
OWN_ROLE = "web and worker must log in as the roles that `manage roles` makes"
POOLERS = "no pooler for it: docs/security/wall.md"
SWEPT = "set server_reset_query_always = 1 in PgBouncer: docs/security/wall.md"
# What would make the second wall a picture of a wall: each is asked of the catalogue.
OF_THE_SERVER = (
    (
        "lower() knows Cyrillic",
        "SELECT lower('Ё') = 'ё'",
        "the cluster needs the locale flags of docker-compose.yml",
    ),
    (
        "every table with a person's data has its row policy",
        """SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity) FROM pg_class c
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
             AND c.relname ~ '^(cases|identification|reintegration|referral|notify|audit)_'
             AND c.relname NOT IN ('identification_instrument', 'notify_event',
                                   'notify_preference')""",
        ROLES,
    ),
    (
        "no view looks past the row policies",
        """SELECT NOT EXISTS (SELECT 1 FROM pg_class
           WHERE relnamespace = 'public'::regnamespace AND (relkind = 'm' OR relkind = 'v'
             AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)))""",
        "make the view WITH (security_invoker = true), and none materialized",
    ),
    (
        "only known functions act for their owner",
        """SELECT NOT EXISTS (SELECT 1 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'wall'))""",
        "drop the function, or make it SECURITY INVOKER",
    ),
    (
        "no statement and no value reaches the server's log",
        """SELECT current_setting('log_error_verbosity') = 'terse'
           AND current_setting('log_min_messages') IN ('panic', 'fatal', 'log')
           AND current_setting('log_min_error_statement') IN ('panic', 'fatal', 'log')
           AND current_setting('log_statement') = 'none'
           AND current_setting('log_min_duration_statement') = '-1'
           AND current_setting('log_parameter_max_length_on_error') = '0'""",
        "set what docker-compose.yml sets for PostgreSQL",
    ),
)
OF_A_ROLE = (
    (
        "is no superuser, and subject to the row policies",
        "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user",
        OWN_ROLE,
    ),
    (
        "logged in as itself",
        "SELECT session_user = current_user",
        "one log-in serves for all: good for a trial only; give web and worker their own",
    ),
    (
        "owns no table",
        "SELECT NOT EXISTS (SELECT 1 FROM pg_tables WHERE tableowner = current_user)",
        OWN_ROLE,
    ),
    (
        "cannot change the log",
        "SELECT NOT has_table_privilege('audit_auditevent', 'UPDATE, DELETE, TRUNCATE')",
        ROLES,
    ),
    (
        "cannot read the key that signs who asks",
        "SELECT NOT has_table_privilege('wall.key', 'SELECT')",
        ROLES,
    ),
    (
        "sees no case without saying who asks",
        "SELECT NOT EXISTS (SELECT 1 FROM cases_case)",
        ROLES,
    ),
)
PRIVATE = 0o077
# Seconds: by more than this two clocks must not differ, or the log's order and deadlines do.
APART = 2.0
# A certificate that ends sooner has been forgotten by whoever renews it.
DAYS_LEFT = 14
# How often a mark is left behind and looked for: a pooler mostly lends what it was given back last.
MARKS = 10


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
    if what is not None:
        url = f"http://127.0.0.1:{what.port}/readyz"
        yield (
            "the web server is ready",
            answers(url),
            f"{url} does not answer; see {state}/logs",
        )
    elif (what := environment.by_environment(state)) is None:
        say("  --   nothing runs in this state folder; start it with ./safehand run")
        return
    yield from _database(what)
    yield from _broker(what)
    if what.web.get("BREACHED_PASSWORDS"):
        yield _breached(what)
    if what.app.get("SAFEHAND_DEMO") != "true":
        yield certificate(what.app["PUBLIC_URL"])
        yield (
            "passwords are compared with a list of breached ones",
            bool(what.web.get("BREACHED_PASSWORDS")),
            "BREACHED_PASSWORDS names none: docs/security/signin.md",
        )


def _database(what: Installation) -> Iterator[Check]:
    for name, env in (("web", what.web), ("worker", what.app)):
        if "DATABASE_URL" not in env:
            say(f"  --   {name}: its address is not known here")
            continue
        try:
            with psycopg.connect(env["DATABASE_URL"], connect_timeout=5) as database:
                pooled, role = _is_pooled(database), env.get("DATABASE_ROLE")
                if role:
                    # For this transaction alone: behind a pooler others would be lent the role.
                    database.execute(
                        psycopg.sql.SQL("SET LOCAL ROLE {}").format(
                            psycopg.sql.Identifier(role)
                        )
                    )
                if name == "web":
                    yield from _server(database)
                else:
                    yield "worker: reaches PostgreSQL itself", not pooled, POOLERS
                yield from _role(name, database)
            if pooled and name == "web":
                # After that transaction: a pool of one has no second connection to lend.
                swept = _is_swept(env["DATABASE_URL"])
                yield "web: puts on no role through the pooler", not role, OWN_ROLE
                yield "web: the pooler clears what a session was left with", swept, SWEPT
        except psycopg.Error as fault:
            yield f"PostgreSQL answers {name}", False, str(fault).splitlines()[0]


def _server(database: "psycopg.Connection[tuple[object, ...]]") -> Iterator[Check]:
    version = database.info.server_version
    yield "PostgreSQL answers", True, ""
    yield "PostgreSQL is 15 or newer", version >= OLDEST, "PostgreSQL 18 is the aim"
    for what, question, hint in OF_THE_SERVER:
        yield what, _one(database, question), hint
    row = database.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
    yield clocks("PostgreSQL", float(str(row[0])) if row else 0.0)


def clocks(whose: str, there: float) -> Check:
    """Whether that server's clock, in seconds of the epoch, is ours."""
    apart = abs(time.time() - there)
    return f"the clock of {whose} is ours", apart <= APART, f"they are {apart:.1f} s apart"


def _is_pooled(database: "psycopg.Connection[tuple[object, ...]]") -> bool:
    """Whether the process that answers is another than the one that greeted us."""
    row = database.execute("SELECT pg_backend_pid()").fetchone()
    return row is not None and row[0] != database.info.backend_pid


def _is_swept(address: str) -> bool:
    """Whether nobody finds a mark that a client before them left in the session, not the transaction."""
    mark = secrets.token_hex(8)
    for _ in range(MARKS):
        with psycopg.connect(address, connect_timeout=5, autocommit=True) as one:
            one.execute("SELECT set_config('safehand.mark', %s, false)", [mark])
        with psycopg.connect(address, connect_timeout=5, autocommit=True) as other:
            row = other.execute("SELECT current_setting('safehand.mark', true)").fetchone()
        if row == (mark,):
            return False
    return True


def _breached(what: Installation) -> Check:
    """By the service's own check, in a process of its own: the launcher knows none of its modules."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--tag", "passwords"],
        cwd=ROOT, env=what.web, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "BREACHED_PASSWORDS" in line]
    hint = said[0].strip() if said else "`./safehand manage check` says what is wrong"
    return "the list of breached passwords can be searched", not done.returncode, hint


def certificate(url: str) -> Check:
    """Whether people's browsers would trust the service at this address, and for how long yet."""
    what, where = "the certificate of PUBLIC_URL is trusted", urlsplit(url)
    try:
        host, port = where.hostname or "", where.port or 443
    except ValueError:
        host = ""
    if where.scheme != "https" or not host:
        return what, False, f"{url} is no https address"
    try:
        with socket.create_connection((host, port), timeout=5) as plain:
            context = ssl.create_default_context()
            with context.wrap_socket(plain, server_hostname=host) as line:
                told = line.getpeercert() or {}
    except ssl.SSLCertVerificationError as fault:
        return what, False, fault.verify_message
    except ssl.SSLError:
        return what, False, f"{host} answers, but not by TLS as browsers speak it"
    except (OSError, UnicodeError) as fault:
        return what, False, f"{host} cannot be reached: {type(fault).__name__}"
    days = (ssl.cert_time_to_seconds(str(told["notAfter"])) - time.time()) / 86400
    return what, days >= DAYS_LEFT, f"it ends in {math.floor(days)} days"


def _role(name: str, database: "psycopg.Connection[tuple[object, ...]]") -> Iterator[Check]:
    for what, question, hint in OF_A_ROLE:
        yield f"{name}: {what}", _one(database, question), hint


def _broker(what: Installation) -> Iterator[Check]:
    url = (
        what.app["REDIS_URL"]
        .replace("redis+socket://", "unix://")
        .replace("?virtual_host=", "?db=")
    )
    try:
        seconds, micro = redis.Redis.from_url(url, socket_timeout=5).time()
    except redis.RedisError as fault:
        hint = f"{type(fault).__name__}: notices wait until it is back"
        yield "the broker answers", False, hint
        return
    yield "the broker answers", True, ""
    yield clocks("the broker", seconds + micro / 1e6)


def _one(database: "psycopg.Connection[tuple[object, ...]]", question: str) -> bool:
    row = database.execute(question).fetchone()
    return bool(row and row[0])


def _private(path: Path) -> bool:
    mode = path.stat().st_mode
    return os.name != "posix" or not stat.S_IMODE(mode) & PRIVATE
