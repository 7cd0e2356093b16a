"""A member with a password, and browsers that go through the real forms."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from agencies.models import Member
from demo import builders as make
from tests.pages.conftest import visiting
from tests.signin.key import SoftKey

__all__ = ["visiting"]

PASSWORD = "seven green apples on a hill"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"


def found(pattern: str, page: str, group: int = 0) -> str:
    """What the page has of this pattern."""
    match = re.search(pattern, page)
    assert match is not None, pattern
    return match[group]


def factors_of(member: Member) -> list[Any]:
    """All that the member could sign in with, recovery codes among it."""
    return list(Authenticator.objects.filter(user=member))


class Browser:
    """Somebody at the forms of signing in."""

    def __init__(self, **meta: Any) -> None:
        self.http = Client(**({"HTTP_USER_AGENT": WINDOWS} | meta))

    def password(self, member: Member | str, password: str = PASSWORD) -> Any:
        name = member if isinstance(member, str) else member.username
        return self.http.post("/sign-in/", {"username": name, "password": password})

    def code(self, code: str) -> Any:
        return self.http.post("/sign-in/second/", {"code": code})

    def come_in(self, member: Member, secret: str, *, steps: int = 0) -> Any:
        self.password(member)
        return self.code(make.totp_code(secret, steps=steps))

    def options(self, what: str) -> Any:
        return self.http.post(f"/sign-in/passkey/{what}/")

    def enrol_key(self, key: SoftKey, path: str = "/sign-in/enrol/") -> Any:
        credential = key.made(self.options("make").json())
        return self.http.post(path, {"credential": credential})

    def by_key(self, key: SoftKey, path: str = "/sign-in/passkey/") -> Any:
        return self.http.post(path, {"credential": key.shown(self.options("show").json())})

    @property
    def is_in(self) -> bool:
        return self.http.get("/me/").status_code == 200

    @property
    def key(self) -> str:
        return str(self.http.cookies["sid"].value)


@pytest.fixture
def worker(sender: Member) -> Member:
    sender.set_password(PASSWORD)
    sender.save(update_fields=["password"])
    return sender


@pytest.fixture
def secret(worker: Member) -> str:
    """What the worker's app knows."""
    return make.make_totp(worker)


@pytest.fixture
def browser() -> Callable[..., Browser]:
    return Browser


@pytest.fixture
def at_home(worker: Member) -> tuple[Browser, SoftKey]:
    """The worker, who has enrolled a key and is in."""
    browser, key = Browser(), SoftKey()
    browser.password(worker)
    browser.enrol_key(key)
    return browser, key
