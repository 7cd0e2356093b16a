from collections.abc import Callable
from typing import Any

import pytest

from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from exchange import codes
from exchange.models import ImportJob
from exchange.sheets.lists import Lists
from tests.exchange.jobs import Row, table, work
from tests.pages.conftest import Visitor


@pytest.fixture(scope="session")
def lists(django_db_setup: None, django_db_blocker: Any) -> Lists:
    """The service's own code lists, as a file is read by them."""
    with django_db_blocker.unblock():
        return codes.all_lists()


@pytest.fixture
def brought() -> Callable[..., ImportJob]:
    """`brought(by, *rows)` is an import that was looked at."""

    def bring(by: Member, *rows: Row, content: bytes = b"", name: str = "a.csv") -> ImportJob:
        job = make.make_import(by=by, content=content or table(*rows), name=name)
        work()
        job.refresh_from_db()
        return job

    return bring


@pytest.fixture
def boss(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def visiting() -> type[Visitor]:
    return Visitor
