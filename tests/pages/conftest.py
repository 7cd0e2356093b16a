"""Pages over HTTP, without a browser: signed in by the real form's session."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make
from tests.entering import enter


class Visitor:
    """A member at the pages: `see` reads one, `do` sends a form and follows where it leads."""

    def __init__(self, member: Member) -> None:
        self.http = enter(Client(), member)

    def see(self, path: str, data: Any = None, **extra: Any) -> Any:
        return self.http.get(path, data, **extra)

    def asks(self, path: str, data: Any = None) -> tuple[Any, int]:
        """The page, and how often it asks the database."""
        with CaptureQueriesContext(connection) as queries:
            answer = self.see(path, data)
        # A test's own transaction makes savepoints of a request's.
        return answer, sum("SAVEPOINT" not in each["sql"] for each in queries)

    def do(self, path: str, data: Any = None, **extra: Any) -> Any:
        return self.http.post(path, data or {}, follow=True, **extra)


@pytest.fixture
def case(sender: Member) -> Case:
    """An open case of the sender's."""
    return make.make_case(by=sender)


@pytest.fixture
def supervisor(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def visiting() -> type[Visitor]:
    """`visiting(member)` is that member at the pages."""
    return Visitor
