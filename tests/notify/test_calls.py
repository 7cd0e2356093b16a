"""Calls of partners' systems: what is said, to whom, how often, and when no more."""

import datetime as dt
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import WebhookVerificationError

from agencies.models import Member, Service
from agencies.roles import Role
from demo import builders as make
from notify import calls, endpoints, systemkeys
from notify.models import Announcement, Call, Topic
from tests.notify.partner import Heard, Partner, listening, status

pytestmark = pytest.mark.django_db
EVERYTHING = list(Topic.values)
SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def partner() -> Iterator[Partner]:
    with listening() as server:
        yield server


@pytest.fixture
def admin(receiver: Member) -> Member:
    return make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)


def verified(partner: Partner, admin: Member, **facts: Any) -> endpoints.Added:
    """An endpoint that has answered its challenge, which the partner then forgets."""
    at = timezone.now()
    added = endpoints.add(
        url=facts.pop("url", partner.url),
        topics=facts.pop("topics", EVERYTHING),
        by=admin,
        at=at,
    )
    say, partner.say = partner.say, proving(added.secret)
    calls.relay_due(timezone.now())
    partner.say = say
    partner.heard.clear()
    added.endpoint.refresh_from_db()
    assert added.endpoint.state == "active"
    admin.agency.refresh_from_db()
    return added


def proving(secret: str) -> Any:
    def say(handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        word = heard.read_by(secret)["data"]["word"]
        status(200, systemkeys.answer_to(word, secret).encode())(handler, heard)

    return say


def tell(sender: Member, service: Service) -> Announcement:
    """Send a referral there; what its system is told of it."""
    service.agency.refresh_from_db()
    make.make_sent(by=sender, service=service)
    found: Announcement = Announcement.objects.filter(agency=service.agency).latest("pk")
    return found


def call_of(told: Announcement) -> Call:
    found: Call = Call.objects.get(announcement=told)
    return found


def test_a_referral_is_told_by_a_number_alone(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added = verified(partner, admin)
    told = tell(sender, service)

    assert calls.relay_due(timezone.now()) == 1

    (heard,) = partner.heard
    assert heard.read_by(added.secret) == {
        "type": "referral.updated",
        "timestamp": told.at.isoformat(),
        "data": {"id": str(told.uid)},
    }
    assert (heard.number, heard.path) == (str(told.uid), "/events")
    assert {name for name in heard.headers if name.startswith("webhook")} == {
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip
    call = call_of(told)
    assert (call.state, call.status, call.attempts, call.last_error) == ("done", 204, 1, "")
    with pytest.raises(WebhookVerificationError):
        heard.read_by(systemkeys.fresh())
