"""The line to PostgreSQL: what is asked often is planned once, and a line that was cut is noticed."""

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from config import env, restoring
from edge.errors import is_away


@pytest.fixture
def neighbour() -> Iterator[psycopg.Connection]:
    """A line of the owner's beside Django's."""
    told = connection.settings_dict
    with psycopg.connect(
        host=told["HOST"], user=told["USER"], dbname=told["NAME"], autocommit=True
    ) as line:
        yield line


@pytest.mark.django_db(transaction=True)
def test_a_line_that_was_cut_is_not_usable(neighbour: psycopg.Connection) -> None:
    connection.ensure_connection()
    assert connection.is_usable()

    neighbour.execute(
        "SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid]
    )

    assert not connection.is_usable()
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_a_request_on_a_line_that_was_cut_is_answered_on_another(
    neighbour: psycopg.Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first question of a request is whether the database is being restored."""
    assert client.get("/sign-in/").status_code == 200
    cut = connection.connection.info.backend_pid
    neighbour.execute("SELECT pg_terminate_backend(%s, 5000)", [cut])
    monkeypatch.setitem(restoring._seen, "at", -restoring.LOOK_EVERY)
    # As the beginning of a request does it, which a client of tests leaves out.
    connection.close_if_unusable_or_obsolete()

    assert client.get("/sign-in/").status_code == 200
    assert connection.connection.info.backend_pid != cut


@pytest.mark.django_db(transaction=True)
def test_a_line_that_is_cut_while_it_is_asked_is_a_fault_of_the_database(
    neighbour: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so an answer that says to try again, and a line that is made anew."""
    monkeypatch.setitem(restoring._seen, "at", -restoring.LOOK_EVERY)
    connection.ensure_connection()
    # It was looked at in this request, and found well.
    connection.health_check_done = True  # type: ignore[attr-defined]  # Django's stubs do not know it
    neighbour.execute(
        "SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid]
    )

    with pytest.raises(OperationalError) as fault:
        restoring.is_restoring()

    assert is_away(fault.value)
    connection.close_if_unusable_or_obsolete()
    assert restoring.is_restoring() is False


@pytest.mark.django_db(transaction=True)
def test_a_line_on_which_the_server_only_remarked_something_is_usable(
    neighbour: psycopg.Connection,
) -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("LISTEN remarks")
    neighbour.execute("NOTIFY remarks")

    assert connection.is_usable()


@pytest.mark.django_db
def test_what_is_asked_for_the_fifth_time_is_planned_once() -> None:
    assert settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"] == 5
    found = []
    for _ in range(7):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int + 40", [2])
            cursor.execute(
                "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%+ 40"]
            )
            found.append(cursor.fetchone()[0])

    assert (found[0], found[-1]) == (0, 1)


def test_an_address_may_say_how_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@h/d?prepare_threshold=9")

    assert env.database("DATABASE_URL")["OPTIONS"]["prepare_threshold"] == 9
