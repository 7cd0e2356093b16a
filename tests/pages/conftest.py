"""Pages over HTTP, without a browser: signed in by the real form's session."""

from typing import Any

import pytest
from django.test import Client

from agencies.models import Member


class Visitor:
    """A member at the pages: `see` reads one, `do` sends a form and follows where it leads."""

    def __init__(self, member: Member) -> None:
        self.http = Client()
        self.http.force_login(member, backend="agencies.backend.MemberBackend")

    def see(self, path: str, data: Any = None, **extra: Any) -> Any:
        return self.http.get(path, data, **extra)

    def do(self, path: str, data: Any = None, **extra: Any) -> Any:
        return self.http.post(path, data or {}, follow=True, **extra)


@pytest.fixture
def visiting() -> type[Visitor]:
    """`visiting(member)` is that member at the pages."""
    return Visitor
