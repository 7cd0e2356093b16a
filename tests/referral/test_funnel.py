"""How an agency's referrals fare."""

import datetime as dt

from django.utils import timezone

from agencies.models import Member, Service
from demo import builders as make
from referral import funnel
from referral.actions import answering, helping
from referral.models import Referral


def _window() -> dict[str, dt.datetime]:
    now = timezone.now()
    return {"since": now - dt.timedelta(days=1), "until": now + dt.timedelta(days=1)}


def test_each_step_counts_what_came_so_far(
    sender: Member, receiver: Member, service: Service
) -> None:
    at = timezone.now()
    make.make_sent(by=sender, service=service)
    declined = make.make_sent(by=sender, service=service)
    answering.decline(code=declined.code, reason="no_capacity", by=receiver, at=at)
    accepted = make.make_accepted(sent=make.make_sent(by=sender, service=service), by=receiver)
    make.make_met(accepted=accepted, receiver=receiver, sender=sender)
    helping.complete(
        code=accepted.code, outcome="service_provided", feedback="She is well.", by=receiver,
        at=timezone.now(),
    )  # fmt: skip
    helping.confirm(code=accepted.code, service_received="yes", by=sender, at=timezone.now())

    found = funnel.of_agency(sender.agency, **_window())

    assert found.counts == {
        "sent": 3, "seen": found.counts["seen"], "answered": 2, "met": 1, "completed": 1,
        "confirmed": 1,
    }  # fmt: skip
    assert found.median_answer is not None
    assert found.median_answer < dt.timedelta(minutes=1)
    assert found.late_share == 0


def test_an_answer_after_its_time_and_silence_are_late(
    sender: Member, receiver: Member, service: Service
) -> None:
    late = make.make_sent(by=sender, service=service)
    make.make_accepted(sent=late, by=receiver)
    Referral.objects.filter(pk=late.pk).update(
        reply_due_at=timezone.now() - dt.timedelta(hours=1)
    )
    make.make_sent(by=sender, service=service)

    assert funnel.of_agency(sender.agency, **_window()).late_share == 0.5


def test_another_agencys_referrals_do_not_count(sender: Member, service: Service) -> None:
    make.make_sent(by=make.make_member(), service=service)

    found = funnel.of_agency(sender.agency, **_window())

    assert found == funnel.Funnel(
        counts=dict.fromkeys(funnel.STEPS, 0), median_answer=None, late_share=None
    )
