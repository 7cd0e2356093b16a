"""The ladder of each urgency: at which moment it reaches whom, and what stops or moves it."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from agencies import jurisdiction
from agencies.calendar import calendar_of
from agencies.clocks import Urgency
from agencies.models import Member, Service
from agencies.roles import Role
from audit.models import AuditEvent
from demo import builders as make
from kernel.errors import Refused
from notify import actions, ladder, tasks
from notify.models import Clock, Delivery, Event, Rung, Task
from referral import tasks as referral_tasks
from referral.actions import answering, recalling
from referral.models import Referral

MINSK = ZoneInfo("Europe/Minsk")
HOUR = dt.timedelta(hours=1)
ASSIGNEE = ("focal_point", "deadline.near")


def minsk(month: int, day: int, hour: int) -> dt.datetime:
    """An instant of the turn of the year 2026/27: 25 December, 1, 2 and 7 January are holidays."""
    return dt.datetime(2026 if month == 12 else 2027, month, day, hour, tzinfo=MINSK)


THURSDAY = minsk(12, 24, 15)


def started(sender: Member, receiver: Member, urgency: Urgency) -> Clock:
    return ladder.start(
        subject="RF-TEST-TEST",
        purpose=Clock.Purpose.REPLY,
        span=jurisdiction.current().referral[urgency].reply,
        calendar=calendar_of(receiver.agency),
        sender=sender.agency,
        receiver=receiver.agency,
        assignee=receiver,
        emergency=urgency == Urgency.EMERGENCY,
        at=THURSDAY,
    )


@pytest.mark.parametrize(
    ("urgency", "rungs", "due", "lapse"),
    [
        (
            Urgency.EMERGENCY,
            [minsk(12, 24, 16), minsk(12, 24, 17), minsk(12, 24, 18), minsk(12, 24, 19),
             minsk(12, 25, 15)],
            minsk(12, 24, 19),
            minsk(12, 25, 17),
        ),
        (
            Urgency.URGENT,
            # Nine hours are left of Thursday; Christmas and the weekend do not count.
            [minsk(12, 28, 9), minsk(12, 28, 15), minsk(12, 28, 21), minsk(12, 29, 3),
             minsk(12, 29, 15)],
            minsk(12, 28, 15),
            minsk(12, 29, 21),
        ),
        (
            Urgency.NORMAL,
            # 54, 72, 90, 108, 144 and 162 working hours; the new year stands in between.
            [minsk(12, 29, 21), minsk(12, 30, 15), minsk(12, 31, 9), minsk(1, 4, 3),
             minsk(1, 5, 15)],
            minsk(12, 30, 15),
            minsk(1, 6, 9),
        ),
    ],
)  # fmt: skip
def test_the_rungs_stand_at_their_hours_over_the_holidays(
    urgency: Urgency,
    rungs: list[dt.datetime],
    due: dt.datetime,
    lapse: dt.datetime,
    sender: Member,
    receiver: Member,
) -> None:
    clock = started(sender, receiver, urgency)

    stand = clock.rungs.order_by("position")
    assert [rung.fires_at.astimezone(MINSK) for rung in stand] == rungs
    assert clock.lapses_at
    assert [clock.due_at.astimezone(MINSK), clock.lapses_at.astimezone(MINSK)] == [due, lapse]


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.NORMAL])
def test_silence_climbs_from_the_focal_point_to_the_nation(
    urgency: Urgency, sender: Member, receiver: Member
) -> None:
    theirs = make.make_member(agency=receiver.agency, role=Role.SUPERVISOR)
    ours = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    home = make.make_agency(type="ministry", is_coordinating=True)
    nation = make.make_member(agency=home, role=Role.COORDINATOR)
    clock = started(sender, receiver, urgency)

    told = []
    for rung in clock.rungs.order_by("position"):
        assert ladder.fire_due(rung.fires_at - dt.timedelta(seconds=1)) == 0
        assert ladder.fire_due(rung.fires_at) == 1
        last = Delivery.objects.filter(channel="in_app").latest("pk")
        told.append((last.event.kind, last.member))

    assert told == [
        ("deadline.near", receiver),
        ("deadline.passed", receiver),
        ("deadline.passed", theirs),
        ("deadline.passed", ours),
        ("deadline.passed", nation),
    ]


def test_a_rung_is_climbed_once_however_often_the_timer_runs(sent: Referral) -> None:
    Rung.objects.update(fires_at=timezone.now() - HOUR)

    tasks.climb()
    tasks.climb()

    assert Event.objects.filter(kind__startswith="deadline").count() == 5
    assert Rung.objects.filter(fired_at__isnull=True).count() == 0


def test_more_rungs_than_one_batch_are_climbed_in_one_go(
    sent: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rung.objects.update(fires_at=timezone.now() - HOUR)

    assert [ladder.fire_due(timezone.now(), most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_pause_moves_what_is_still_to_come_and_nothing_else(
    sent: Referral, sender: Member, receiver: Member
) -> None:
    first, *rest = Rung.objects.order_by("position")
    assert sent.sent_at
    ladder.fire_due(first.fires_at)
    asked = first.fires_at + HOUR
    answering.request_info(code=sent.code, question="Why?", by=receiver, at=asked)
    assert ladder.fire_due(rest[-1].fires_at) == 0, "a held clock tells nobody"

    answering.answer_info(code=sent.code, answer="So.", by=sender, at=asked + 5 * HOUR)

    moved = list(Rung.objects.order_by("position"))
    assert [rung.fires_at for rung in moved] == [
        first.fires_at, *(rung.fires_at + 5 * HOUR for rung in rest),
    ]  # fmt: skip


def test_a_question_without_an_answer_holds_the_clock_for_a_day(
    sent: Referral, receiver: Member
) -> None:
    at = timezone.now()
    due = Clock.objects.exclude(purpose="assessment").get().due_at
    answering.request_info(code=sent.code, question="Why?", by=receiver, at=at)

    assert ladder.end_long_pauses(at + 23 * HOUR) == 0
    assert ladder.end_long_pauses(at + 24 * HOUR) == 1

    clock = Clock.objects.exclude(purpose="assessment").get()
    assert (clock.due_at, clock.paused_at) == (due + 24 * HOUR, None)
    assert ladder.pause(subject=sent.code, at=at + 25 * HOUR) is False


@pytest.mark.parametrize("asked", [False, True])
def test_every_question_that_is_not_answered_expires(
    asked: bool, sent: Referral, sender: Member, receiver: Member
) -> None:
    if asked:
        answering.request_info(code=sent.code, question="Why?", by=receiver, at=timezone.now())
        Clock.objects.exclude(purpose="assessment").update(paused_at=timezone.now() - 24 * HOUR)
    past = timezone.now() - 1000 * HOUR
    Rung.objects.update(fires_at=past)
    Clock.objects.exclude(purpose="assessment").update(due_at=past, lapses_at=past)

    for _ in range(2):
        tasks.climb()
        referral_tasks.expire()

    sent.refresh_from_db()
    assert sent.state == "expired"
    assert Event.objects.filter(kind__startswith="deadline").count() == 5
    assert Event.objects.filter(kind="referral.expired").count() == 2, "one for each side"
    assert Task.objects.filter(kind="reroute", done_at__isnull=True).count() == 1


def test_a_promised_contact_that_is_late_stays_on_the_list_until_it_is_made(
    accepted: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    home = make.make_agency(type="ministry", is_coordinating=True)
    nation = signed_in(make.make_member(agency=home, role=Role.COORDINATOR))
    past = timezone.now() - 1000 * HOUR
    Rung.objects.update(fires_at=past)
    Clock.objects.exclude(purpose="assessment").update(due_at=past)

    tasks.climb()
    referral_tasks.expire()

    accepted.refresh_from_db()
    assert accepted.state == "accepted"
    assert [(r["subject"], r["purpose"]) for r in late(nation)] == [(accepted.code, "contact")]
    make.make_met(accepted=accepted, receiver=receiver, sender=sender)
    assert late(nation) == []


def late(client: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("overdue/").json()["results"]
    return found


def test_a_recall_that_nobody_reads_is_on_the_list(
    sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    ours = signed_in(make.make_member(agency=sender.agency, role=Role.SUPERVISOR))
    recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    Clock.objects.exclude(purpose="assessment").update(due_at=timezone.now() - HOUR)
    assert [row["purpose"] for row in late(ours)] == ["recall"]

    recalling.acknowledge_recall(code=sent.code, by=receiver, at=timezone.now())

    assert late(ours) == []


def test_the_list_of_the_land_names_nobody(
    sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    home = make.make_agency(type="ministry", is_coordinating=True)
    nation = signed_in(make.make_member(agency=home, role=Role.COORDINATOR))
    Clock.objects.exclude(purpose="assessment").update(due_at=timezone.now() - HOUR)

    (row,) = late(nation)

    assert row | {"due_at": None} == {
        "subject": sent.code,
        "case": sent.case.code,
        "purpose": "reply",
        "emergency": False,
        "due_at": None,
        "sender": sender.agency.code,
        "receiver": receiver.agency.code,
    }
    assert nation.get(f"referrals/{sent.code}/").status_code == 404
    assert nation.get(f"cases/{sent.case.code}/").status_code == 404


def test_seeing_a_notice_twice_is_seeing_it_once(
    sent: Referral, receiver: Member, signed_in: Any
) -> None:
    notice = Delivery.objects.get(channel="in_app")
    client, url = signed_in(receiver), f"notifications/{notice.code}/acknowledge/"

    first, second = client.post(url).json(), client.post(url).json()

    assert first["acknowledged_at"] is not None
    assert second == first
    assert client.get("notifications/", {"waiting": "true"}).json()["results"] == []
    assert AuditEvent.objects.filter(event="notice.acknowledged").count() == 1


def test_a_task_is_done_once(sent: Referral, sender: Member, receiver: Member) -> None:
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=timezone.now())
    task, at = Task.objects.get(), timezone.now()

    actions.finish_task(task=task, by=sender, at=at)

    with pytest.raises(Refused, match="task_is_done"):
        actions.finish_task(task=task, by=sender, at=at + HOUR)
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (at, sender)


def test_a_task_of_others_is_not_there(
    sent: Referral, sender: Member, receiver: Member, stranger: Member, signed_in: Any
) -> None:
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=timezone.now())
    url = f"tasks/{Task.objects.get().code}/done/"

    assert signed_in(stranger).post(url).status_code == 404
    assert signed_in(receiver).post(url).status_code == 404
    assert signed_in(sender).post(url).json()["done_at"] is not None


def test_a_named_contact_who_left_is_replaced_by_the_function(
    sender: Member, receiver: Member, service: Service
) -> None:
    worker = make.make_member(agency=receiver.agency)
    clock = started(sender, worker, Urgency.EMERGENCY)
    worker.is_active = False
    worker.save()

    ladder.fire_due(clock.rungs.get(position=0).fires_at)

    assert Delivery.objects.get(channel="in_app").member == receiver
