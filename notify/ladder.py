"""Clocks and the escalation ladder: silence reaches one person more at each rung."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, QuerySet

from agencies.models import Agency, Member
from agencies.roles import Role
from kernel.clock import Calendar, Span, end_of
from notify import ledger
from notify.audience import To
from notify.models import Clock, Rung
from notify.notices import Kind

# Information may be asked for once, and holds the clock for no longer than this.
LONGEST_PAUSE = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Step:
    """At which part of the span, and whom: the receiver's, the sender's, or the nation's."""

    part: float
    side: str
    role: Role
    assignee: bool = False


# Emergency: focal point at 2 h of 4, sender and supervisor at 4 h, nation at 24 h (domain notes
# 3.3). The others: a reminder at three quarters, then one rung after the other past the deadline.
EMERGENCY = (
    Step(0.25, "receiver", Role.FOCAL_POINT, assignee=True),
    Step(0.5, "receiver", Role.FOCAL_POINT),
    Step(0.75, "receiver", Role.SUPERVISOR),
    Step(1.0, "sender", Role.SUPERVISOR),
    Step(6.0, "nation", Role.COORDINATOR),
)
OTHER = (
    Step(0.75, "receiver", Role.FOCAL_POINT, assignee=True),
    Step(1.0, "receiver", Role.FOCAL_POINT),
    Step(1.25, "receiver", Role.SUPERVISOR),
    Step(1.5, "sender", Role.SUPERVISOR),
    Step(2.0, "nation", Role.COORDINATOR),
)
# When the whole ladder has been climbed in vain, and what was asked for lapses.
LAPSE = {True: 6.5, False: 2.25}


@transaction.atomic
def start(
    *,
    subject: str,
    purpose: Clock.Purpose,
    span: Span,
    calendar: Calendar,
    sender: Agency,
    receiver: Agency,
    assignee: Member | None,
    emergency: bool,
    at: dt.datetime,
) -> Clock:
    """Start a clock with all its rungs. Only a reply lapses; a promised contact stays overdue."""
    ends = {
        part: end_of(span.times(part), start=at, calendar=calendar)
        for part in {1.0, LAPSE[emergency], *(step.part for step in _steps(emergency))}
    }
    clock = Clock.objects.create(
        subject=subject,
        purpose=purpose,
        emergency=emergency,
        started_at=at,
        due_at=ends[1.0],
        lapses_at=ends[LAPSE[emergency]] if purpose == Clock.Purpose.REPLY else None,
        sender=sender,
        receiver=receiver,
    )
    sides = {"sender": sender, "receiver": receiver, "nation": None}
    Rung.objects.bulk_create(
        Rung(
            clock=clock,
            position=position,
            fires_at=ends[step.part],
            kind=Kind.DEADLINE_NEAR if step.part < 1 else Kind.DEADLINE_PASSED,
            agency=sides[step.side],
            role=step.role,
            member=assignee if step.assignee else None,
        )
        for position, step in enumerate(_steps(emergency))
    )
    return clock


def stop(*, subject: str, at: dt.datetime) -> None:
    """End every running clock of the subject: it was answered, met, or called off."""
    Clock.objects.filter(subject=subject, stopped_at__isnull=True).update(stopped_at=at)


def pause(*, subject: str, at: dt.datetime) -> bool:
    """Hold the reply clock, once in its life; False if that has been done already."""
    running = _running(subject, Clock.Purpose.REPLY).filter(was_paused=False)
    return bool(running.update(paused_at=at, was_paused=True))


@transaction.atomic
def resume(*, subject: str, at: dt.datetime) -> None:
    """Let a held clock run on, moved by the time it was held, at most LONGEST_PAUSE."""
    held = _running(subject, Clock.Purpose.REPLY).filter(paused_at__isnull=False)
    for clock in held.select_for_update(of=("self",)):
        assert clock.paused_at is not None, "filtered above"
        moved = min(at - clock.paused_at, LONGEST_PAUSE)
        Clock.objects.filter(pk=clock.pk).update(
            paused_at=None, due_at=F("due_at") + moved, lapses_at=F("lapses_at") + moved
        )
        clock.rungs.filter(fired_at__isnull=True).update(fires_at=F("fires_at") + moved)


@transaction.atomic
def end_long_pauses(at: dt.datetime) -> int:
    """Clocks that were held for the longest time run on, answered or not."""
    long = Clock.objects.filter(stopped_at__isnull=True, paused_at__lte=at - LONGEST_PAUSE)
    subjects = list(long.values_list("subject", flat=True))
    for subject in subjects:
        resume(subject=subject, at=at)
    return len(subjects)


@transaction.atomic
def fire_due(at: dt.datetime, *, most: int = 100) -> int:
    """Climb every rung whose time has come. Two workers never climb the same one."""
    due = Rung.objects.filter(
        fired_at__isnull=True,
        fires_at__lte=at,
        clock__stopped_at__isnull=True,
        clock__paused_at__isnull=True,
    )
    rungs = list(
        due.order_by("fires_at", "pk")
        .select_related("clock", "agency", "member")
        .select_for_update(skip_locked=True, of=("self",))[:most]
    )
    for rung in rungs:
        ledger.write(
            Kind(rung.kind),
            subject=rung.clock.subject,
            to=To(Role(rung.role), rung.agency, rung.member),
            at=at,
            emergency=rung.clock.emergency,
        )
    Rung.objects.filter(pk__in=[rung.pk for rung in rungs]).update(fired_at=at)
    return len(rungs)


@transaction.atomic
def lapsed(at: dt.datetime) -> list[str]:
    """Subjects whose reply clock has run out after its whole ladder was climbed."""
    waiting = Rung.objects.filter(fired_at__isnull=True).values("clock")
    over = Clock.objects.filter(
        stopped_at__isnull=True,
        paused_at__isnull=True,
        purpose=Clock.Purpose.REPLY,
        lapses_at__lte=at,
    ).exclude(pk__in=waiting)
    return list(over.order_by("lapses_at", "pk").values_list("subject", flat=True)[:200])


def overdue(at: dt.datetime) -> Q:
    """The condition for clocks that run past their deadline."""
    return Q(stopped_at__isnull=True, paused_at__isnull=True, due_at__lte=at)


def _running(subject: str, purpose: Clock.Purpose) -> QuerySet[Clock]:
    return Clock.objects.filter(subject=subject, purpose=purpose, stopped_at__isnull=True)


def _steps(emergency: bool) -> tuple[Step, ...]:  # noqa: FBT001 -- which of two tables
    return EMERGENCY if emergency else OTHER
