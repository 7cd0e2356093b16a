"""Clocks and the escalation ladder: silence reaches one person more at each rung."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, QuerySet

from agencies.models import Agency, Member
from agencies.policy import of_space
from agencies.roles import Role
from kernel.clock import Calendar, Span, end_of
from notify import ledger
from notify.audience import To
from notify.models import Clock, Rung
from notify.notices import Kind

# Information may be asked for once, and holds the clock for no longer than this.
LONGEST_PAUSE = dt.timedelta(hours=24)
# Who is asked, by its subject, to let a clock run on when its pause ends by itself: whoever keeps
# a copy of the deadline, and holds rows of their own before the clock. See referral/apps.py.
when_a_pause_ends: list[Callable[[str, dt.datetime], None]] = []


@dataclass(frozen=True, slots=True)
class Step:
    """At which part of the span, and whom: the receiver's, the sender's, or the nation's."""

    part: float
    side: str
    role: Role
    assignee: bool = False


@dataclass(frozen=True, slots=True)
class Reminder:
    """So many days after the day that is due (before it, if negative), and whom."""

    days: int
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
# An agency without an account has one address: it is reminded there, then the sender's people know.
BY_MAIL_EMERGENCY = (
    Step(0.25, "receiver", Role.FOCAL_POINT),
    Step(0.5, "receiver", Role.FOCAL_POINT),
    Step(0.75, "sender", Role.SUPERVISOR),
    Step(1.0, "sender", Role.SUPERVISOR),
    Step(6.0, "nation", Role.COORDINATOR),
)
BY_MAIL = (
    Step(0.75, "receiver", Role.FOCAL_POINT),
    Step(1.0, "receiver", Role.FOCAL_POINT),
    Step(1.25, "sender", Role.SUPERVISOR),
    Step(1.5, "sender", Role.SUPERVISOR),
    Step(2.0, "nation", Role.COORDINATOR),
)
# By whether the receiver has no account, and whether it is an emergency.
OF_A_REFERRAL = {
    (False, False): OTHER,
    (False, True): EMERGENCY,
    (True, False): BY_MAIL,
    (True, True): BY_MAIL_EMERGENCY,
}
# When the whole ladder has been climbed in vain, and what was asked for lapses.
LAPSE = {True: 6.5, False: 2.25}
# What an agency owes in its own case: the worker, the worker again, the supervisor, the nation.
OWN_WORK = (
    Step(0.75, "receiver", Role.SUPERVISOR, assignee=True),
    Step(1.0, "receiver", Role.SUPERVISOR, assignee=True),
    Step(1.5, "receiver", Role.SUPERVISOR),
    Step(3.0, "nation", Role.COORDINATOR),
)
# What the competent authority owes.
DECIDING = (
    Step(0.75, "receiver", Role.IDENTIFICATION_OFFICER),
    Step(1.0, "receiver", Role.IDENTIFICATION_OFFICER),
    Step(1.0, "sender", Role.SUPERVISOR, assignee=True),
    Step(2.0, "nation", Role.COORDINATOR),
)
# A day that was agreed long before: no part of a year is a reminder.
ON_A_DAY = (
    Reminder(-3, "receiver", Role.SUPERVISOR, assignee=True),
    Reminder(0, "receiver", Role.SUPERVISOR, assignee=True),
    Reminder(7, "receiver", Role.SUPERVISOR),
    Reminder(21, "nation", Role.COORDINATOR),
)
# A hold is looked at again by who set it up, then by data protection.
LOOK_AGAIN = (
    Reminder(0, "receiver", Role.SUPERVISOR),
    Reminder(14, "nation", Role.DATA_PROTECTION_OFFICER),
)
# Who was shown something of a person who is erased: the focal point, then the supervisor, then data
# protection.
DEMANDING = (
    Step(0.5, "receiver", Role.FOCAL_POINT),
    Step(1.0, "receiver", Role.SUPERVISOR),
    Step(1.5, "nation", Role.DATA_PROTECTION_OFFICER),
)


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
    case: str = "",
    steps: tuple[Step, ...] | None = None,
) -> Clock:
    """Start a clock with all its rungs. Only a reply lapses; a promised contact stays overdue.

    Without `steps` the rungs are a referral's: those of an emergency, or the others.
    """
    climbs = steps or OF_A_REFERRAL[receiver.is_guest, emergency]
    ends = {
        part: end_of(span.times(part), start=at, calendar=calendar)
        for part in {1.0, LAPSE[emergency], *(step.part for step in climbs)}
    }
    clock = Clock.objects.create(
        subject=subject,
        purpose=purpose,
        case=case,
        assignee=assignee,
        emergency=emergency,
        started_at=at,
        due_at=ends[1.0],
        lapses_at=ends[LAPSE[emergency]] if purpose == Clock.Purpose.REPLY else None,
        sender=sender,
        receiver=receiver,
    )
    _set_rungs(clock, [(ends[step.part], step) for step in climbs])
    return clock


@transaction.atomic
def start_until(
    *,
    subject: str,
    purpose: Clock.Purpose,
    due_at: dt.datetime,
    reminders: tuple[Reminder, ...],
    sender: Agency,
    receiver: Agency,
    assignee: Member | None,
    at: dt.datetime,
    case: str = "",
) -> Clock:
    """Start a clock that ends on an agreed day, with rungs counted from that day.

    A rung whose time has passed already when the clock starts is left out: it would say nothing
    new.
    """
    clock = Clock.objects.create(
        subject=subject,
        purpose=purpose,
        case=case,
        assignee=assignee,
        started_at=at,
        due_at=due_at,
        sender=sender,
        receiver=receiver,
    )
    times = [(due_at + dt.timedelta(days=reminder.days), reminder) for reminder in reminders]
    _set_rungs(clock, [(fires_at, reminder) for fires_at, reminder in times if fires_at > at])
    return clock


def stop(*, subject: str, at: dt.datetime, purpose: Clock.Purpose | None = None) -> None:
    """End the running clocks of the subject, or its one for a purpose: answered, met, called off."""
    running = Clock.objects.filter(subject=subject, stopped_at__isnull=True)
    (running if purpose is None else running.filter(purpose=purpose)).update(stopped_at=at)


# Owed by those who decide, in whatever house they sit: no owner's worker ever owes it.
OF_THE_AUTHORITY = frozenset(
    {Clock.Purpose.DECISION, Clock.Purpose.REFLECTION, Clock.Purpose.CONCLUSION}
)


def reassign(*, case: str, agency: Agency, to: Member | None) -> None:
    """What an agency owes in its own case is now owed by another of its members, or by whoever
    holds the function."""
    running = Clock.objects.filter(case=case, stopped_at__isnull=True)
    running.filter(_named_by(agency)).update(assignee=to)


def release(*, member: Member) -> None:
    """The member owes nothing any more: what was theirs is owed by whoever holds the function."""
    Clock.objects.filter(assignee=member, stopped_at__isnull=True).update(assignee=None)


def name(*, subject: str, to: Member) -> None:
    """From now on this member is the first to be reminded."""
    Clock.objects.filter(subject=subject, stopped_at__isnull=True).update(assignee=to)


def stop_case(*, case: str, keep: Collection[Clock.Purpose], at: dt.datetime) -> None:
    """End every running clock of a case but those of these purposes."""
    running = Clock.objects.filter(case=case, stopped_at__isnull=True)
    running.exclude(purpose__in=keep).update(stopped_at=at)


def move_case(*, case: str, old: Agency, new: Agency) -> None:
    """The case has another owner: its running clocks are that one's, with all who are told. Of a
    recall the old owner stays the one who waits: who was sent it learns of no other."""
    running = Clock.objects.filter(case=case, stopped_at__isnull=True).exclude(
        purpose=Clock.Purpose.RECALL
    )
    officers = Role.IDENTIFICATION_OFFICER
    Rung.objects.filter(clock__in=running, fired_at__isnull=True, agency=old).exclude(
        role=officers
    ).update(agency=new)
    running.filter(_named_by(old)).update(assignee=None)
    running.filter(receiver=old).exclude(purpose__in=OF_THE_AUTHORITY).update(receiver=new)
    running.filter(sender=old).update(sender=new)


def _named_by(owner: Agency) -> Q:
    """The clocks whose assignee is a member of the owner: its own work, and the reflection period,
    of which its worker is reminded."""
    own = Q(sender=owner, receiver=owner) & ~Q(purpose__in=OF_THE_AUTHORITY)
    return own | Q(sender=owner, purpose=Clock.Purpose.REFLECTION)


def runs(*, subject: str, purpose: Clock.Purpose) -> bool:
    """Whether the subject has a clock for this that has not ended."""
    return _running(subject, purpose).exists()


def next_due(case: str) -> dt.datetime | None:
    """The nearest deadline of the case that still runs."""
    running = Clock.objects.filter(case=case, stopped_at__isnull=True)
    return running.order_by("due_at").values_list("due_at", flat=True).first()


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


def end_long_pauses(at: dt.datetime, *, space: int | None = None) -> int:
    """Clocks that were held for the longest time run on, answered or not; one transaction each."""
    held = Clock.objects.filter(
        of_space(space, "sender"), purpose=Clock.Purpose.REPLY, stopped_at__isnull=True
    )
    long = held.filter(paused_at__lte=at - LONGEST_PAUSE)
    with transaction.atomic():
        subjects = list(long.values_list("subject", flat=True))
    for subject in subjects:
        with transaction.atomic():
            for let_run_on in when_a_pause_ends:
                let_run_on(subject, at)
            resume(subject=subject, at=at)
    return len(subjects)


@transaction.atomic
def fire_due(at: dt.datetime, *, most: int = 100, space: int | None = None) -> int:
    """Climb every rung whose time has come. Two workers never climb the same one."""
    due = Rung.objects.filter(
        of_space(space, "clock__sender"),
        fired_at__isnull=True,
        fires_at__lte=at,
        clock__stopped_at__isnull=True,
        clock__paused_at__isnull=True,
    )
    rungs = list(
        due.order_by("fires_at", "pk")
        .select_related("clock__assignee__agency", "clock__sender", "agency")
        .select_for_update(skip_locked=True, of=("self",))[:most]
    )
    for rung in rungs:
        ledger.write(
            Kind(rung.kind),
            subject=rung.clock.subject,
            to=To(
                Role(rung.role),
                rung.agency,
                rung.clock.assignee if rung.for_assignee else None,
                space=rung.clock.sender.space,
            ),
            at=at,
            emergency=rung.clock.emergency,
        )
    Rung.objects.filter(pk__in=[rung.pk for rung in rungs]).update(fired_at=at)
    return len(rungs)


@transaction.atomic
def lapsed(at: dt.datetime, *, space: int | None = None) -> list[str]:
    """Subjects whose reply clock has run out after its whole ladder was climbed."""
    waiting = Rung.objects.filter(fired_at__isnull=True).values("clock")
    over = Clock.objects.filter(
        of_space(space, "sender"),
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


def _set_rungs(clock: Clock, rungs: Sequence[tuple[dt.datetime, Step | Reminder]]) -> None:
    sides = {"sender": clock.sender, "receiver": clock.receiver, "nation": None}
    Rung.objects.bulk_create(
        Rung(
            clock=clock,
            position=position,
            fires_at=fires_at,
            kind=Kind.DEADLINE_NEAR if fires_at < clock.due_at else Kind.DEADLINE_PASSED,
            agency=sides[step.side],
            role=step.role,
            for_assignee=step.assignee,
        )
        for position, (fires_at, step) in enumerate(rungs)
    )
