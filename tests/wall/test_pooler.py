"""The wall behind a real PgBouncer that lends its one server connection for a transaction at a time."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.db import connection

from agencies.models import Member
from cases.models import Case
from config.wall import roles
from demo import builders as make
from edge import wall
from launch.environment import any_free_port

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
ROOT = Path(__file__).parents[2]
PORT = 6432
pytestmark = [
    pytest.mark.skipif(PGBOUNCER is None, reason="no PgBouncer here"),
    pytest.mark.django_db(transaction=True),
]
SETTINGS = """
[databases]
* = host={server}

[pgbouncer]
unix_socket_dir = {folder}
listen_port = {port}
pidfile =
logfile = {folder}/log
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
reserve_pool_size = 0
"""


@pytest.fixture(params=[1, 2])
def pooler(request: Any) -> Iterator[Path]:
    """The folder of a pooler's socket; it holds so many connections to the server."""
    # Not pytest's own folder: nobody else may enter that.
    folder = Path(tempfile.mkdtemp(prefix="safehand-pooler-"))
    folder.chmod(0o711)
    server = connection.settings_dict["HOST"]
    (folder / "users").write_text(
        "".join(f'"{name}" ""\n' for name in (roles.WEB, roles.WORKER, "safehand"))
    )
    words = SETTINGS.format(server=server, folder=folder, port=PORT, size=request.param)
    (folder / "pgbouncer.ini").write_text(words)
    user = pwd.getpwuid(Path(server).stat().st_uid)
    os.chown(folder, user.pw_uid, user.pw_gid)
    assert PGBOUNCER is not None
    # It refuses to run as root; the server's own user may enter the folder of its socket.
    running = subprocess.Popen(
        [PGBOUNCER, "-q", str(folder / "pgbouncer.ini")],
        stdin=subprocess.DEVNULL,
        user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/",
    )  # fmt: skip
    try:
        _until((folder / f".s.PGSQL.{PORT}").exists)
        yield folder
    finally:
        running.terminate()
        running.wait(10)
        shutil.rmtree(folder)


def _until(there: Any) -> None:
    end = time.monotonic() + 60
    while not there():
        assert time.monotonic() < end, "it did not come up"
        time.sleep(0.05)


def connect(folder: Path, role: str = roles.WEB) -> psycopg.Connection[Any]:
    name = connection.settings_dict["NAME"]
    # Nothing is prepared: this pooler is older than those that can follow it.
    return psycopg.connect(
        host=str(folder), port=PORT, user=role, dbname=name, prepare_threshold=None
    )


def cases_of(db: psycopg.Connection[Any]) -> set[str]:
    return {code for (code,) in db.execute("SELECT code FROM cases_case").fetchall()}


def says(db: psycopg.Connection[Any], words: str, *, in_the_transaction: bool = True) -> None:
    db.execute("SELECT set_config('safehand.identity', %s, %s)", [words, in_the_transaction])


def server_of(db: psycopg.Connection[Any]) -> int:
    row = db.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def two() -> list[tuple[Member, set[str]]]:
    """Two members of two agencies, and the codes of the cases of each."""
    found = []
    for count in (2, 3):
        member = make.make_member(agency=make.make_agency(type="territorial_centre"))
        found.append((member, {make.make_case(by=member).code for _ in range(count)}))
    return found


def test_each_sees_their_own_on_the_connection_that_both_use(
    pooler: Path, two: list[tuple[Member, set[str]]]
) -> None:
    lent = set()
    clients = [(connect(pooler), member, own) for member, own in two]
    for turn in range(20):
        db, member, own = clients[turn % 2]
        lent.add(server_of(db))
        says(db, wall.member(member).signed())
        assert cases_of(db) == own
        db.commit() if turn % 3 else db.rollback()
        assert cases_of(db) == set(), "what was said outlived its transaction"
        db.rollback()
    for db, _, _ in clients:
        db.close()
    assert len(lent) <= 2, "the pooler lent more than it may hold"


def test_who_says_nothing_sees_nothing_after_anybody(
    pooler: Path, two: list[tuple[Member, set[str]]]
) -> None:
    (member, own), _ = two
    with connect(pooler) as one:
        says(one, wall.member(member).signed())
        assert cases_of(one) == own
        one.commit()
        with connect(pooler) as other:
            assert cases_of(other) == set()


def test_the_services_own_transaction_does_not_believe_what_a_session_was_left_with(
    pooler: Path, two: list[tuple[Member, set[str]]]
) -> None:
    """The service names a member in a transaction only, and says in each whose it is, nobody's too;
    so even a name that somebody had left in the session is not taken over."""
    (member, own), _ = two
    with connect(pooler) as left:
        says(left, wall.member(member).signed(), in_the_transaction=False)
        left.commit()
        assert cases_of(left) == own, "the control: this is what a session can be left with"
        left.commit()
        says(left, wall.NOBODY.signed())
        assert cases_of(left) == set()
        left.rollback()
        says(left, "", in_the_transaction=False)
        left.commit()


@pytest.fixture
def web(pooler: Path) -> Iterator[str]:
    """The address of the real web server, whose database is behind the pooler."""
    port = any_free_port()
    name = connection.settings_dict["NAME"]
    # Whoever asks for statements to be prepared is not given them here: another's connection would
    # hold them.
    address = f"postgresql://{roles.WEB}@/{name}?host={pooler}&port={PORT}&prepare_threshold=0"
    running = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}",
            "--workers", "2", "--no-control-socket", "--log-level", "error",
        ],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address},
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _answers(f"{base}/livez"))
        yield base
    finally:
        running.terminate()
        running.wait(20)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_whole_requests_of_two_agencies_in_turns(
    web: str, two: list[tuple[Member, set[str]]]
) -> None:
    tokens = [(make.make_token(member), own) for member, own in two]

    def ask(turn: int) -> tuple[int, bool]:
        token, own = tokens[turn % 2]
        answer = requests.get(
            f"{web}/api/v1/cases/", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        shown = {row["code"] for row in answer.json()["results"]}
        return answer.status_code, shown == own

    with ThreadPoolExecutor(4) as hands:
        assert set(hands.map(ask, range(200))) == {(200, True)}
    # A page that writes, too: a log entry, a key, a new case.
    token, own = tokens[0]
    made = requests.post(
        f"{web}/api/v1/cases/",
        json={"source": "hotline", "person": {}},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "once"},
        timeout=30,
    )
    assert made.status_code == 201
    assert set(Case.objects.filter(worker=two[0][0]).values_list("code", flat=True)) == {
        *own,
        made.json()["code"],
    }


@pytest.mark.parametrize(
    ("role", "who", "more"),
    [
        (roles.WORKER, "wall.MACHINE", ""),
        ("safehand", "wall.NOBODY", f", OPTIONS={{'assume_role': '{roles.WEB}'}}"),
    ],
)
def test_whoever_needs_a_session_is_refused(
    pooler: Path, role: str, who: str, more: str
) -> None:
    """A worker would find nothing to do, in silence; a role that is put on would stay for others."""
    name = connection.settings_dict["NAME"]
    words = f"""
import django; django.setup()
from django.db import connections, connection
from edge import wall
connection.settings_dict.update(dict(HOST={str(pooler)!r}, PORT="{PORT}", USER={role!r}, NAME={name!r}{more}))
wall.start_as({who})
connection.cursor()
"""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .startswith(
            "edge.database.base.PoolerBetween: This process must reach PostgreSQL itself"
        )
    )
