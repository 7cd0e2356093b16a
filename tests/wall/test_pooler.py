"""The wall behind a real PgBouncer that lends its one server connection for a transaction at a time."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.db import connection
from psycopg import sql
from rest_framework.test import APIClient

from agencies.models import Member
from cases.models import Case
from config.wall import roles
from demo import builders as make
from edge import wall
from launch.environment import any_free_port
from tests.doctoring import address, examined

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
SWEEPING = """
server_reset_query = DISCARD ALL
server_reset_query_always = 1
"""


@contextmanager
def pooling(*, size: int, sweeping: bool) -> Iterator[Path]:
    """The folder of a pooler's socket; it holds so many connections to the server.

    Sweeping, it is set as docs/security/wall.md says; else as PgBouncer comes.
    """
    # Not pytest's own folder: nobody else may enter that.
    folder = Path(tempfile.mkdtemp(prefix="safehand-pooler-"))
    folder.chmod(0o711)
    server = connection.settings_dict["HOST"]
    (folder / "users").write_text(
        "".join(f'"{name}" ""\n' for name in (roles.WEB, roles.WORKER, "safehand"))
    )
    words = SETTINGS.format(server=server, folder=folder, port=PORT, size=size)
    (folder / "pgbouncer.ini").write_text(words + (SWEEPING if sweeping else ""))
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


@pytest.fixture(params=[1, 2])
def pooler(request: Any) -> Iterator[Path]:
    with pooling(size=request.param, sweeping=True) as folder:
        yield folder


@pytest.fixture
def careless() -> Iterator[Path]:
    """A pooler that leaves its one connection as the client before left it."""
    with pooling(size=1, sweeping=False) as folder:
        yield folder


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


def leave(folder: Path, how: str, words: str) -> int:
    """Leave an identity in the session as a client would who errs; whose connection that was."""
    with connect(folder) as db:
        # Autocommit is what a statement outside of a transaction is.
        db.autocommit = how != "in a transaction, to stay"
        if how == "by SET":
            db.execute(sql.SQL("SET safehand.identity = {}").format(sql.Literal(words)))
        else:
            says(db, words, in_the_transaction=False)
        return server_of(db)


def found_by_the_next(folder: Path, left_at: int) -> set[str]:
    """What a client sees who says nothing, on that connection of the server."""
    for _ in range(20):
        with connect(folder) as db:
            if server_of(db) == left_at:
                return cases_of(db)
    raise AssertionError("the pooler never lent that connection again")


MISTAKES = ("outside of a transaction", "by SET", "in a transaction, to stay")


def test_what_was_left_in_a_session_is_gone_for_the_next_client(
    pooler: Path, two: list[tuple[Member, set[str]]]
) -> None:
    words = wall.member(two[0][0]).signed()
    found = {how: found_by_the_next(pooler, leave(pooler, how, words)) for how in MISTAKES}
    assert found == dict.fromkeys(MISTAKES, set())


def test_as_pgbouncer_comes_it_would_stay(
    careless: Path, two: list[tuple[Member, set[str]]]
) -> None:
    """The control, and the reason for the settings that docs/security/wall.md names."""
    for turn, how in enumerate(MISTAKES):
        member, own = two[turn % 2]
        left_at = leave(careless, how, wall.member(member).signed())
        assert found_by_the_next(careless, left_at) == own, how


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of the real web server, whose database is behind the pooler."""
    port = any_free_port()
    # Whoever asks for statements to be prepared is not given them here: another's connection would
    # hold them.
    more = f"&port={PORT}&prepare_threshold=0"
    running = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}",
            "--workers", "2", "--no-control-socket", "--log-level", "error",
        ],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address(roles.WEB, host=str(folder), more=more)},
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _answers(f"{base}/livez"))
        yield base
    finally:
        running.terminate()
        running.wait(20)


@pytest.fixture
def web(pooler: Path) -> Iterator[str]:
    with serving(pooler) as base:
        yield base


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def asked_in_turns(base: str, two: list[tuple[Member, set[str]]]) -> list[tuple[int, bool]]:
    """200 requests by four hands: each status, and whether the answer is that without a pooler."""
    tokens, direct = [], []
    for member, own in two:
        tokens.append(f"Bearer {make.make_token(member)}")
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=tokens[-1])
        direct.append(client.get("/api/v1/cases/").json())
        assert {row["code"] for row in direct[-1]["results"]} == own

    def ask(turn: int) -> tuple[int, bool]:
        who = turn % 2
        answer = requests.get(
            f"{base}/api/v1/cases/", headers={"Authorization": tokens[who]}, timeout=30
        )
        return answer.status_code, answer.json() == direct[who]

    with ThreadPoolExecutor(4) as hands:
        return list(hands.map(ask, range(200)))


def test_the_service_neither_takes_over_who_was_left_nor_leaves_anybody(
    careless: Path, two: list[tuple[Member, set[str]]]
) -> None:
    """A name that somebody had left in the only session there is shows nobody one row more or less,
    and still stands there afterwards: nothing that the service says outlives its transaction."""
    third = make.make_member(agency=make.make_agency(type="territorial_centre"))
    theirs = {make.make_case(by=third).code}
    with serving(careless) as base:
        left_at = leave(careless, MISTAKES[0], wall.member(third).signed())
        assert set(asked_in_turns(base, two)) == {(200, True)}
        assert requests.get(f"{base}/api/v1/cases/", timeout=30).status_code == 401
        assert found_by_the_next(careless, left_at) == theirs


def test_each_transaction_of_django_begins_by_saying_whose_it_is(
    careless: Path, two: list[tuple[Member, set[str]]]
) -> None:
    """Nobody's, too: what was left in the session is not believed by one that has no member."""
    (member, own), (other, _) = two
    leave(careless, MISTAKES[0], wall.member(other).signed())
    words = f"""
import django; django.setup()
import json
from django.db import transaction
from agencies.models import Member
from cases.models import Case
from edge import wall

def seen():
    with transaction.atomic():
        return sorted(Case.objects.values_list("code", flat=True))

found = [seen()]
with wall.acting(wall.member(Member.objects.get(pk={member.pk}))):
    found.append(seen())
found.append(seen())
print(json.dumps(found))
"""
    reach = address(roles.WEB, host=str(careless), more=f"&port={PORT}")
    done = subprocess.run(
        [sys.executable, "-c", words],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": reach},
    )  # fmt: skip
    assert json.loads(done.stdout) == [[], sorted(own), []]


def test_whole_requests_of_two_agencies_in_turns(
    web: str, two: list[tuple[Member, set[str]]]
) -> None:
    assert set(asked_in_turns(web, two)) == {(200, True)}
    token, own = make.make_token(two[0][0]), two[0][1]
    # A page that writes, too: a log entry, a key, a new case.
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
    careless: Path, role: str, who: str, more: str
) -> None:
    """A worker would find nothing to do, in silence; a role that is put on would stay for others,
    so it is not put on even once."""
    name = connection.settings_dict["NAME"]
    words = f"""
import django; django.setup()
from django.db import connections, connection
from edge import wall
connection.settings_dict.update(dict(HOST={str(careless)!r}, PORT="{PORT}", USER={role!r}, NAME={name!r}{more}))
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
    with connect(careless, role) as after:
        left = after.execute("SELECT current_user, current_setting('safehand.identity', true)")
        assert left.fetchone() in {(role, None), (role, "")}


SWEPT, ROLE, DIRECT = (
    "web: the pooler clears what a session was left with",
    "web: puts on no role through the pooler",
    "worker: reaches PostgreSQL itself",
)


@pytest.mark.parametrize(
    ("sweeping", "web", "assumed", "worker_too", "found"),
    [
        (True, roles.WEB, "", False, {SWEPT: "ok", ROLE: "ok", DIRECT: "ok"}),
        (False, roles.WEB, "", False, {SWEPT: "FAIL", ROLE: "ok", DIRECT: "ok"}),
        (True, "safehand", roles.WEB, False, {SWEPT: "ok", ROLE: "FAIL", DIRECT: "ok"}),
        (True, roles.WEB, "", True, {SWEPT: "ok", ROLE: "ok", DIRECT: "FAIL"}),
    ],
)
def test_the_doctor_refuses_what_a_pooler_would_not_carry(
    tmp_path: Path, sweeping: bool, web: str, assumed: str, worker_too: bool, found: Any
) -> None:
    with pooling(size=1, sweeping=sweeping) as folder:
        behind = {"host": str(folder), "more": f"&port={PORT}"}
        env = {"REDIS_URL": os.environ["REDIS_URL"], "SAFEHAND_DEMO": "true"}
        said = examined(
            tmp_path,
            web=env
            | {"DATABASE_URL": address(web, **behind)}
            | ({"DATABASE_ROLE": assumed} if assumed else {}),
            app=env | {"DATABASE_URL": address(roles.WORKER, **(behind if worker_too else {}))},
        )
        assert {what: said[what][0] for what in found} == found


def test_the_doctor_leaves_no_role_behind(careless: Path, tmp_path: Path) -> None:
    """Where nothing is swept, what it put on to look would be lent to whoever comes next."""
    env = {"REDIS_URL": os.environ["REDIS_URL"], "SAFEHAND_DEMO": "true"}
    reach = address("safehand", host=str(careless), more=f"&port={PORT}")
    web = env | {"DATABASE_URL": reach, "DATABASE_ROLE": roles.WEB}
    said = examined(tmp_path, web=web, app=env | {"DATABASE_URL": address(roles.WORKER)})
    assert {said[ROLE][0], said[SWEPT][0]} == {"FAIL"}
    with connect(careless, "safehand") as after:
        assert after.execute("SELECT current_user").fetchone() == ("safehand",)


def test_the_doctor_says_nothing_of_poolers_where_there_is_none(tmp_path: Path) -> None:
    env = {"REDIS_URL": os.environ["REDIS_URL"], "SAFEHAND_DEMO": "true"}
    said = examined(
        tmp_path,
        web=env | {"DATABASE_URL": address(roles.WEB)},
        app=env | {"DATABASE_URL": address(roles.WORKER)},
    )
    assert said[DIRECT] == ("ok", "")
    assert {SWEPT, ROLE} & said.keys() == set()
