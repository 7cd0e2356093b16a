"""Silence reaches one person more at each rung, and ends; nothing sent is ever forgotten."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from agencies import jurisdiction
from agencies.clocks import Urgency
from agencies.models import Member, Service
from agencies.roles import Role
from demo import builders as make
from kernel.clock import Calendar, end_of
from notify import actions, audience, ladder
from notify.models import Clock, Delivery, Event, Preference, Rung, Task
from referral import tasks
from referral.models import Referral

MINSK = ZoneInfo("Europe/Minsk")
WEEKDAYS = Calendar(zone=MINSK, is_working_day=lambda day: day.weekday() < 5)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FRIDAY = dt.datetime(2026, 9, 4, 15, tzinfo=MINSK)


def minsk(day: int, hour: int = 15) -> dt.datetime:
    return dt.datetime(2026, 9, day, hour, tzinfo=MINSK)


@pytest.mark.parametrize(
    ("urgency", "reply", "contact"),
    [
        (Urgency.EMERGENCY, minsk(4, 19), minsk(5)),
        (Urgency.URGENT, minsk(7), minsk(9)),
        (Urgency.NORMAL, minsk(9), minsk(18)),
    ],
)
def test_deadlines_run_on_the_time_of_their_urgency(
    urgency: Urgency, reply: dt.datetime, contact: dt.datetime
) -> None:
    clocks = jurisdiction.current().referral[urgency]

    ends = [end_of(s, start=FRIDAY, calendar=WEEKDAYS) for s in (clocks.reply, clocks.contact)]

    assert ends == [reply, contact]


def climb(referral: Referral, hours: float) -> list[tuple[str, str]]:
    """Who was told of what by the time that many hours have passed since it was sent."""
    assert referral.sent_at
    before = set(Event.objects.values_list("pk", flat=True))
    ladder.fire_due(referral.sent_at + dt.timedelta(hours=hours, seconds=1))
    told = Delivery.objects.filter(channel="in_app", event__subject=referral.code)
    told = told.exclude(event__in=before)
    return list(told.order_by("pk").values_list("event__kind", "member__username"))


def test_an_emergency_climbs_from_the_focal_point_to_the_nation(
    sender: Member, receiver: Member, service: Service
) -> None:
    boss = make.make_member(agency=receiver.agency, role=Role.SUPERVISOR)
    ours = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    nation = make.make_member(
        agency=make.make_agency(type="ministry", is_coordinating=True), role=Role.COORDINATOR
    )
    sent = make.make_sent(by=sender, service=service, urgency=Urgency.EMERGENCY)

    assert climb(sent, 0.9) == []
    assert climb(sent, 1) == [("deadline.near", receiver.username)]
    assert climb(sent, 2) == [("deadline.near", receiver.username)]
    assert climb(sent, 3) == [("deadline.near", boss.username)]
    assert climb(sent, 4) == [("deadline.passed", ours.username)]
    assert climb(sent, 24) == [("deadline.passed", nation.username)]
    assert climb(sent, 1000) == []


def test_an_answer_stops_the_ladder(accepted: Referral) -> None:
    assert accepted.sent_at
    assert list(
        Clock.objects.filter(subject=accepted.code, stopped_at__isnull=True).values_list(
            "purpose", flat=True
        )
    ) == ["contact"]
    assert (
        Rung.objects.filter(clock__purpose="reply", clock__stopped_at__isnull=True).count() == 0
    )


def test_silence_ends_once_and_the_sender_must_go_elsewhere(
    sent: Referral, sender: Member
) -> None:
    past = timezone.now() - HOUR
    Clock.objects.exclude(purpose="assessment").update(lapses_at=past, due_at=past)
    tasks.expire()
    sent.refresh_from_db()
    assert sent.state == "sent", "the ladder has not been climbed yet"
    Rung.objects.update(fires_at=past)
    while ladder.fire_due(timezone.now()):
        pass

    tasks.expire()
    tasks.expire()

    sent.refresh_from_db()
    assert sent.state == "expired"
    assert (
        Event.objects.filter(kind="referral.expired", deliveries__member=sender)
        .distinct()
        .count()
        == 1
    )
    assert Task.objects.get(subject=sent.code, kind="reroute").assignee == sender


def test_what_is_late_stands_on_the_list_by_code_alone(
    sent: Referral, stranger: Member, signed_in: Any
) -> None:
    nation = make.make_member(
        agency=make.make_agency(type="ministry", is_coordinating=True), role=Role.COORDINATOR
    )
    Clock.objects.exclude(purpose="assessment").update(due_at=timezone.now() - HOUR)

    late = signed_in(nation).get("overdue/").json()["results"]

    assert [(row["subject"], row["purpose"]) for row in late] == [(sent.code, "reply")]
    assert set(late[0]) == {
        "subject", "case", "purpose", "emergency", "due_at", "sender", "receiver",
    }  # fmt: skip
    assert signed_in(stranger).get("overdue/").json()["results"] == []


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (minsk(4, 23), minsk(5, 7)),
        (minsk(5, 3), minsk(5, 7)),
        (minsk(5, 7), minsk(5, 7)),
        (minsk(5, 12), minsk(5, 12)),
    ],
)
def test_quiet_hours_hold_until_their_end(
    at: dt.datetime, until: dt.datetime, receiver: Member
) -> None:
    quiet = Preference(member=receiver, quiet_from=dt.time(22), quiet_to=dt.time(7))

    assert audience.after_quiet_hours(receiver, quiet, at) == until


@pytest.mark.parametrize(("urgency", "held"), [("urgent", True), ("emergency", False)])
def test_an_emergency_breaks_the_quiet(
    urgency: str, held: bool, sender: Member, receiver: Member, service: Service
) -> None:
    local = timezone.now().astimezone(MINSK)
    actions.prefer(
        email=True,
        quiet_from=(local - HOUR).time(),
        quiet_to=(local + HOUR).time(),
        by=receiver,
    )

    make.make_sent(by=sender, service=service, urgency=Urgency(urgency))

    mail = Delivery.objects.get(channel="email")
    assert (mail.next_at > timezone.now()) is held
    assert Delivery.objects.filter(channel="in_app").count() == 1


def test_without_mail_the_bell_still_rings(
    sender: Member, receiver: Member, service: Service
) -> None:
    actions.prefer(email=False, quiet_from=None, quiet_to=None, by=receiver)

    make.make_sent(by=sender, service=service)

    assert list(Delivery.objects.values_list("channel", flat=True)) == ["in_app"]


def test_where_nobody_holds_the_function_the_next_one_is_told(sender: Member) -> None:
    admin = make.make_member(role=Role.AGENCY_ADMIN)
    service = make.make_service(agency=admin.agency)

    make.make_sent(by=sender, service=service)

    assert Delivery.objects.filter(channel="in_app").get().member == admin


def test_where_nobody_is_left_an_administrator_gets_a_task(sender: Member) -> None:
    home = make.make_agency(type="ministry", is_coordinating=True)
    service = make.make_service(agency=make.make_agency())

    sent = make.make_sent(by=sender, service=service)

    assert list(Task.objects.values_list("kind", "subject", "agency", "role")) == [
        ("notice.nobody_told", sent.code, home.pk, "system_admin")
    ]


def test_a_notice_is_acknowledged_by_its_own_member(
    sent: Referral, receiver: Member, stranger: Member, signed_in: Any
) -> None:
    notice = Delivery.objects.get(channel="in_app")
    path = f"notifications/{notice.code}/acknowledge/"

    assert signed_in(stranger).post(path).status_code == 404
    first = signed_in(receiver).post(path).json()["acknowledged_at"]
    assert signed_in(receiver).post(path).json()["acknowledged_at"] == first
