"""Imports that were looked at, and a supervisor of the same agency."""

from collections.abc import Callable

import pytest

from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from exchange.models import ImportJob
from tests.exchange.jobs import Row, table, work
from tests.pages.conftest import Visitor


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
