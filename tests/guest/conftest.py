"""A shelter without an account, a worker who refers to it, and whoever opens its mails."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from agencies.models import Agency, Member, Service
from agencies.roles import Role
from demo import builders as make
from guest.actions import linking
from notify import delivery
from referral.models import Referral
from tests.notify.sink import Sink, serving
from tests.pages.conftest import Visitor

LINK = re.compile(rf"{django_settings.PUBLIC_URL}(/answer/\S*)")


class Desk:
    """A browser at an agency without an account. Nobody is signed in there."""

    def __init__(self, link: str = "") -> None:
        self.http = Client()
        self.link = link
        self.code = ""

    def see(self, path: str = "", **extra: Any) -> Any:
        return self.http.get(path or f"/answer/{self.code}/", **extra)

    def show(self, passcode: str) -> Any:
        """Type the passcode at the address of the mail."""
        answer = self.http.post(self.link, {"passcode": passcode})
        if answer.status_code == 302:
            self.code = answer["Location"].split("/")[2]
        return answer

    def do(self, verb: str, **words: Any) -> Any:
        return self.http.post(f"/answer/{self.code}/do/{verb}/", words, follow=True)


def typed(moment: dt.datetime) -> str:
    """As the browser's own calendar gives it."""
    return timezone.localtime(moment, make.MINSK).strftime("%Y-%m-%dT%H:%M")


def soon() -> str:
    return typed(timezone.now() + dt.timedelta(hours=3))


@pytest.fixture
def shelter(db: None) -> Agency:
    return make.make_guest(name="Small shelter", mail="two@shelter.example", language="en")


@pytest.fixture
def service(shelter: Agency) -> Service:
    return make.make_service(agency=shelter)


@pytest.fixture
def boss(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """Real mail, to a real server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    with serving() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def mails_to(sink: Sink, address: str) -> list[str]:
    """What was sent there, as it was read."""
    delivery.relay_due(timezone.now())
    return [
        mail.get_payload(decode=True).decode() for mail in sink.mails if mail["To"] == address
    ]


def links_in(bodies: list[str]) -> list[str]:
    return [found.group(1) for body in bodies if (found := LINK.search(body))]


@pytest.fixture
def mailed(sent: Referral, sink: Sink) -> str:
    """The address in the mail that told the shelter of the referral."""
    return links_in(mails_to(sink, "two@shelter.example"))[0]


@pytest.fixture
def passcode(sent: Referral, sender: Member) -> str:
    return linking.give_passcode(code=sent.code, by=sender, at=timezone.now())[1]


@pytest.fixture
def desk(mailed: str, passcode: str) -> Desk:
    """The shelter's browser, with the link open in it."""
    here = Desk(mailed)
    assert here.show(passcode).status_code == 302
    return here


@pytest.fixture
def visiting() -> type[Visitor]:
    """`visiting(member)` is that member at the pages."""
    return Visitor
