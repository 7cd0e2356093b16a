"""The whole way of a referral to an agency without an account, by mail, telephone and a browser."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from referral.models import Message, Referral
from referral.workflow import State
from tests.guest.conftest import Desk
from tests.guest.conftest import typed as at

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def test_a_referral_goes_all_its_way(
    desk: Desk, sent: Referral, sender: Member, visiting: Any
) -> None:
    worker, now = visiting(sender), timezone.now()
    page = desk.see()
    assert page.status_code == 200
    sent.refresh_from_db()
    assert sent.state == State.RECEIVED
    accepted = desk.do(
        "accept", contact_name="Anna, +375 29 1", first_contact_at=at(now + 6 * HOUR),
        meets_at=at(now + 6 * HOUR), place="At the station", who_meets="Anna",
    )  # fmt: skip
    assert accepted.status_code == 200
    sent.refresh_from_db()
    assert sent.state == State.ACCEPTED
    assert sent.contact.is_guest
    # The name of the contact is in the thread, sealed as every message.
    assert Message.objects.filter(referral=sent).count() == 1
    assert "Anna, +375 29 1" in worker.see(f"/referrals/{sent.code}/").content.decode()
    told = desk.see(f"/answer/{desk.code}/told/").content.decode()
    assert "Казлова" in told
    worker.do(f"/referrals/{sent.code}/do/confirm_handover/")
    desk.do("first_contact", met_at=at(now))
    sent.refresh_from_db()
    assert sent.state == State.IN_SERVICE
    desk.do("complete", outcome="service_provided", feedback="She has a room now.")
    sent.refresh_from_db()
    assert sent.state == State.COMPLETED
    gone = desk.see().content.decode()
    assert "Казлова" not in gone
    assert "Your help has ended" in gone
