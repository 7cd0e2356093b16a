"""The whole loop over HTTP: sent, seen, accepted, met, completed, confirmed."""

import datetime as dt
from typing import Any

from django.utils import timezone

from agencies.models import Member
from demo import builders as make
from notify.models import Delivery
from referral.models import Referral


def test_the_loop_closes(
    sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    ours, theirs, url = signed_in(sender), signed_in(receiver), f"referrals/{sent.code}/"
    soon = timezone.now() + dt.timedelta(hours=2)

    states = [
        theirs.get(url).json()["state"],
        theirs.post(
            f"{url}accept/",
            {"contact": receiver.username, "first_contact_at": soon.isoformat()},
        ).json()["state"],
        theirs.post(
            f"{url}plan_handover/",
            {"meets_at": soon.isoformat(), "place": "Main door", "who_meets": "The nurse"},
        ).json()["state"],
        ours.post(f"{url}confirm_handover/").json()["state"],
        theirs.post(f"{url}first_contact/", {"met_at": timezone.now().isoformat()}).json()[
            "state"
        ],
        theirs.post(
            f"{url}complete/", {"outcome": "service_provided", "feedback": "She is well."}
        ).json()["state"],
        ours.post(f"{url}confirm/", {"service_received": "yes"}).json()["state"],
    ]

    assert states == [
        "received",
        "accepted",
        "accepted",
        "accepted",
        "in_service",
        "completed",
        "confirmed",
    ]
    told = Delivery.objects.filter(channel="in_app").order_by("pk")
    assert list(told.values_list("event__kind", "member__username")) == [
        ("referral.sent", receiver.username),
        ("referral.seen", sender.username),
        ("referral.accepted", sender.username),
        ("referral.handover_planned", sender.username),
        ("referral.handover_confirmed", receiver.username),
        ("referral.contact_made", sender.username),
        ("referral.completed", sender.username),
        ("referral.confirmed", receiver.username),
    ]


def test_the_builders_walk_the_same_way(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    assert make.make_met(accepted=accepted, receiver=receiver, sender=sender).state == (
        "in_service"
    )
