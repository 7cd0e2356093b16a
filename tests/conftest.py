"""The cast: sender, receiver and stranger; and a database seen through the service's own role."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck
from hypothesis import settings as drawing
from rest_framework.test import APIClient

from agencies.models import Member, Service
from agencies.roles import Role
from config.wall import roles
from demo import builders as make
from edge import wall
from kernel.errors import Refused, Stale
from referral.models import Referral
from tests.entering import enter

# How fast a machine is says nothing about the service: no property fails for being slow to draw.
drawing.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
drawing.load_profile("calm")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What tests do by themselves runs as the worker's role, and requests as the web's."""
    wall.start_as(wall.MACHINE)
    options = connection.settings_dict["OPTIONS"]
    with django_db_blocker.unblock():
        call_command("roles")
        connection.close()
        options["assume_role"] = roles.WORKER
        settings.WALL_ROLES = {"machine": roles.WORKER, "member": roles.WEB}
    # Of the class: where a browser is driven, Django has a connection of its own for it.
    type(connection.ops).execute_sql_flush = empty_as_owner  # type: ignore[method-assign, assignment]  # see there
    yield
    with django_db_blocker.unblock():
        connection.close()
        del options["assume_role"]
        settings.WALL_ROLES = None


# What migrations have put there and no test changes.
STAYS = frozenset({"django_content_type", "auth_permission", "django_migrations"})


def empty_as_owner(_ops: Any, _sql_list: Iterable[str]) -> None:
    """Emptying tables between tests is the owner's right, which our role does not have. Only those
    with rows, and row by row: to truncate all of them takes a hundred times as long."""
    tables = sorted(
        set(connection.introspection.django_table_names(only_existing=True)) - STAYS
    )
    with owning(), transaction.atomic(), connection.cursor() as cursor:
        # Neither keys to other tables nor triggers against deleting hold meanwhile.
        cursor.execute("SET LOCAL session_replication_role = replica")
        asked = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
        cursor.execute(" UNION ALL ".join(asked))
        for (name,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{name}"')


@contextmanager
def owning() -> Iterator[None]:
    """As the owner of everything, which no process of the service ever is."""
    whose, settings.WALL_ROLES = settings.WALL_ROLES, None
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        try:
            yield
        finally:
            settings.WALL_ROLES = whose
            cursor.execute(f"SET ROLE {roles.WORKER}")


def until_somebody_waits() -> None:
    """For a lock of ours, in another transaction."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def meanwhile(
    first: Callable[[], object],
    then: Callable[[], object],
    *,
    at_last: Callable[[], object] = lambda: None,
) -> list[str]:
    """How the second ends, which begins before what the first has done is there; `at_last` belongs to
    the first, too, when the second waits for it."""
    ended: list[str] = []

    def second() -> None:
        try:
            with wall.acting(wall.MACHINE):
                then()
            ended.append("done")
        except (Refused, Stale) as refusal:
            ended.append(refusal.code)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        first()
        thread.start()
        until_somebody_waits()
        at_last()
    thread.join()
    return ended


@pytest.fixture
def sender(db: None) -> Member:
    """A social worker of a territorial centre."""
    return make.make_member(agency=make.make_agency(type="territorial_centre"))


@pytest.fixture
def receiver(db: None) -> Member:
    """A focal point of a shelter."""
    return make.make_member(role=Role.FOCAL_POINT)


@pytest.fixture
def stranger(db: None) -> Member:
    """A focal point of a shelter that has nothing to do with it."""
    return make.make_member(role=Role.FOCAL_POINT)


@pytest.fixture
def service(receiver: Member) -> Service:
    return make.make_service(agency=receiver.agency)


@pytest.fixture
def sent(sender: Member, service: Service) -> Referral:
    return make.make_sent(by=sender, service=service)


@pytest.fixture
def accepted(sent: Referral, receiver: Member) -> Referral:
    return make.make_accepted(sent=sent, by=receiver)


# One row of numbers for all clients: a key of the client's own identity comes again when a client
# is gone and another lies in its place.
KEYS = itertools.count()


class Client:
    """A client of the API that is signed in and gives every request its own key."""

    def __init__(self, member: Member) -> None:
        self.http = APIClient()
        self.http.credentials(HTTP_AUTHORIZATION=f"Bearer {make.make_token(member)}")

    def post(self, path: str, data: Any = None, **extra: Any) -> Any:
        extra.setdefault("HTTP_IDEMPOTENCY_KEY", f"key-{next(KEYS)}")
        return self.http.post(f"/api/v1/{path}", data, format="json", **extra)

    def get(self, path: str, data: Any = None, **extra: Any) -> Any:
        return self.http.get(f"/api/v1/{path}", data, **extra)


class AtAScreen(Client):
    """The same by a session in which a code was shown a moment ago, which no key to the API is."""

    def __init__(self, member: Member) -> None:
        self.http = APIClient()
        enter(self.http, member)


@pytest.fixture
def by_session() -> type[AtAScreen]:
    """`by_session(member)` is that member at the API, by a session that has just begun."""
    return AtAScreen


@pytest.fixture
def signed_in() -> type[Client]:
    """`signed_in(member)` is a client of the API for that member."""
    return Client
