"""Reads across an identification: earlier answers, how often the person was asked, the queue."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from agencies import policy as agency_policy
from agencies.models import Agency, Member
from agencies.policy import of_space
from cases import queries as case_queries
from cases.models import Case, ConsentScope
from cases.workflow import ConsentState, Purpose
from identification import policy
from identification.models import Identification, Screening, Statement, Telling
from identification.workflow import ON_THE_DESK, ScreeningState, State
from kernel.groups import DataGroup
from notify.models import Clock

MOST = 200
# Without these an officer has nothing to decide on.
NEEDED = frozenset({DataGroup.TRIAGE, DataGroup.SCREENING})


def of_case(case: Case) -> Identification:
    """The identification of the case; one that has not begun if there is none yet."""
    found = Identification.objects.select_related("authority").filter(case=case).first()
    return found or Identification(case=case)


def authorities(actor: Member, *, on: dt.date) -> list[Agency]:
    """The agencies that decide on identification and may be told of a case on this day, by name."""
    rows = agency_policy.agencies_visible_to(actor).exclude(deciding_body="")
    return [each for each in rows.order_by("name", "pk") if each.may_receive(on)]


def covered(case: Case, authority_id: int, *, at: dt.datetime) -> dict[str, dt.datetime]:
    """What is consented to for identification by this authority, each group with its end."""
    return case_queries.covered(case, authority_id, at=at, purpose=Purpose.IDENTIFICATION)


def is_consented(case: Case, authority_id: int, *, at: dt.datetime) -> bool:
    """Whether it may lie on the authority's desk. An adult must have said yes in person: no
    override stands in for that. For a child the duty to protect may."""
    if not set(covered(case, authority_id, at=at)) >= NEEDED:
        return False
    if case.person.is_child:
        return True
    said = ConsentScope.objects.filter(
        consent__case=case,
        consent__state=ConsentState.ACTIVE,
        consent__expires_at__gt=at,
        agency=authority_id,
        purpose=Purpose.IDENTIFICATION,
        group__in=NEEDED,
    )
    return set(said.values_list("group", flat=True)) >= NEEDED


def has_guardian(case: Case, *, at: dt.datetime) -> bool:
    """Whether a parent or guardian speaks for the child: one has given a consent that lives."""
    return case.consents.filter(
        state=ConsentState.ACTIVE, expires_at__gt=at, given_by__in=["parent", "guardian"]
    ).exists()


def filled_in(case: Case) -> list[Screening]:
    """Submitted screenings that no later one corrects, newest first."""
    rows = Screening.objects.filter(case=case, state=ScreeningState.SUBMITTED)
    return list(rows.exclude(corrected_by__state=ScreeningState.SUBMITTED).order_by("-pk"))


@dataclass(frozen=True, slots=True)
class Retelling:
    """How often the person had to tell: interviews and statements, and questions put again."""

    told: int
    retold: int
    questions_asked_again: int


def retelling(case: Case) -> Retelling:
    """Counted from what was written down when it was filled in; nothing sealed is opened."""
    submitted = Screening.objects.filter(case=case, state=ScreeningState.SUBMITTED)
    asked = submitted.aggregate(
        interviews=Count("pk", filter=Q(asked__gt=0)), again=Sum("asked_again", default=0)
    )
    told = asked["interviews"] + Statement.objects.filter(case=case, told_to_us=True).count()
    return Retelling(told=told, retold=max(0, told - 1), questions_asked_again=asked["again"])


def untold(case: Case) -> QuerySet[Telling]:
    """Who has still to be told of a decision."""
    rows = Telling.objects.filter(decision__identification__case=case, told_at__isnull=True)
    return rows.select_related("decision").order_by("pk")


def awaited(case: Case) -> QuerySet[Identification]:
    """The identification of the case, while a decision is waited for."""
    return Identification.objects.filter(case=case, state=State.SUBMITTED)


def on_desk(actor: Member) -> list[tuple[Identification, dt.datetime]]:
    """What waits for the officer's authority, each with its deadline, the nearest first."""
    rows = policy.queue_of(actor)
    clocks = Clock.objects.filter(
        subject__in=rows.values("code"), stopped_at__isnull=True
    ).exclude(purpose=Clock.Purpose.RECONSIDERATION)
    due = dict(clocks.order_by("due_at", "pk").values_list("subject", "due_at")[:MOST])
    found = rows.filter(code__in=due).select_related("case__person", "case__owner")
    waiting = [(each, due[each.code]) for each in found]
    return sorted(waiting, key=lambda pair: (pair[1], pair[0].case.code))


def due_at(identification: Identification) -> dt.datetime | None:
    """The nearest deadline that runs for this identification, whoever it binds."""
    clocks = Clock.objects.filter(subject=identification.code, stopped_at__isnull=True)
    return clocks.order_by("due_at").values_list("due_at", flat=True).first()


def queue(actor: Member) -> list[dict[str, Any]]:
    """The same as lines: codes, no names."""
    return [
        {
            "case": each.case.code,
            "state": each.state,
            "owner": each.case.owner.code,
            "behaves_as_child": each.case.person.is_child,
            "submitted_at": each.submitted_at,
            "reflection_ends_at": each.reflection_ends_at,
            "due_at": due_at,
        }
        for each, due_at in on_desk(actor)
    ]


def reflections_over(at: dt.datetime, *, space: int | None = None) -> list[str]:
    """Cases whose reflection period has ended and whose clock does not know it yet."""
    running = Clock.objects.filter(
        of_space(space, "sender"),
        purpose=Clock.Purpose.REFLECTION,
        stopped_at__isnull=True,
        due_at__lte=at,
    ).values("case")
    over = Identification.objects.filter(
        state=State.POSSIBLE, reflection_ends_at__lte=at, case__code__in=running
    )
    return list(over.order_by("pk").values_list("case__code", flat=True)[:200])


def windows_over(at: dt.datetime, *, space: int | None = None) -> list[str]:
    """Cases in which the time to ask for another look has passed."""
    over = Clock.objects.filter(
        of_space(space, "sender"),
        purpose=Clock.Purpose.RECONSIDERATION,
        stopped_at__isnull=True,
        due_at__lte=at,
    )
    return list(over.order_by("due_at", "pk").values_list("case", flat=True)[:200])


def expected_desk(case: Case, *, at: dt.datetime) -> tuple[int, str, tuple[str, ...]] | None:
    """Principal, source and groups that a submission should open now, worked out from scratch."""
    found = of_case(case)
    if found.state not in ON_THE_DESK or found.authority is None:
        return None
    if found.authority.officers_id is None or not is_consented(case, found.authority.pk, at=at):
        return None
    groups = covered(case, found.authority.pk, at=at)
    return found.authority.officers_id, found.code, tuple(groups)
