"""Reads across referrals: lists by box, the overdue list, better services, the access rule."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from agencies.models import REAL, Member
from agencies.policy import in_space, of_space
from agencies.queries import Match, Need, matching_services
from agencies.roles import CASEWORK, Role
from cases import apart
from cases import queries as case_queries
from cases.models import Case, CaseAccess, Consent, Override
from cases.workflow import ConsentState, OverrideState
from edge.paging import PAGE
from edge.rowwise import ExistsForRow
from guard import queries as glass_queries
from identification import queries as identification_queries
from kernel.groups import EVERY_GROUP, TRIAGE_ONLY, in_order
from notify import ladder
from notify.models import Clock
from referral import policy
from referral.models import CaseRequest, Referral, Transfer
from referral.workflow import ASKED, TAKEN, RequestState, State, TransferState

LINE = (
    "pk", "code", "state", "urgency", "case_code", "sender__code", "sender__name",
    "receiver__code", "receiver__name", "service__code", "service__type", "sent_at",
    "reply_due_at", "contact_due_at", "ended_at", "receiver_id", "drafted_at",
)  # fmt: skip
Line = dict[str, Any]
# How many of an agency's last answers are looked at, and how few say nothing of what is usual.
LAST, FEWEST = 50, 5
_USUAL = "SELECT * FROM wall.usual_answers(%s, %s, %s)"
KNOW_THE_CASE = frozenset({Role.COORDINATOR, Role.IDENTIFICATION_OFFICER})


def covered(referral: Referral, *, at: dt.datetime) -> dict[str, dt.datetime]:
    """The groups that are open to the receiver now, each with its end; none where its agency, or
    a place where the service works, is kept apart from the case."""
    if is_barred(referral):
        return {}
    return case_queries.covered(
        referral.case, referral.receiver_id, at=at, purpose=referral.purpose, barred=False
    )


def is_barred(referral: Referral) -> bool:
    """Whether this service's help is not possible in this case. Nobody is told why."""
    return apart.of_case(referral.case).bars(referral.service)


def with_sides(rows: QuerySet[Referral]) -> QuerySet[Referral]:
    """With both agencies and who is named at each; the case comes apart, because whoever once
    helped sees the referral and nothing of the case any more."""
    case = Case.objects.select_related("owner", "person")
    return rows.select_related(
        "service__agency", "sender", "receiver", "assignee__agency", "contact__agency"
    ).prefetch_related(Prefetch("case", queryset=case))


def inbox(actor: Member, *, below: int, state: str = "") -> list[Line]:
    """What the actor's agency was sent, newest first, one more than a page."""
    return _lines(received(actor), actor, below, state)


def outgoing(actor: Member, *, below: int, state: str = "", case: str = "") -> list[Line]:
    """What went out of the cases that the actor sees, newest first."""
    parts = [_seen(actor, Q(case__code=case))] if case else sent(actor)
    rows = [row for part in parts for row in _lines(part, actor, below, state)]
    return sorted(rows, key=lambda row: -int(row["pk"]))[: PAGE + 1]


def received(actor: Member) -> QuerySet[Referral]:
    """What the actor's agency was sent, as far as the actor sees it."""
    return Referral.objects.filter(policy.received_by(actor))


def sent(actor: Member) -> list[QuerySet[Referral]]:
    """In which parts a list of what was sent is asked for. A supervisor sees all that the agency sent,
    which an index has in the order of the list, and the little that came with a case of another's;
    asked for at once, all cases of the agency would be gathered first. Others see few cases."""
    if actor.role != Role.SUPERVISOR:
        return [_seen(actor, Q())]
    ours = Q(sender=actor.agency_id)
    rows = Referral.objects.filter(ours, policy.sent_from_cases_of(actor, exists=ExistsForRow))
    came = Transfer.objects.filter(receiver=actor.agency_id, state=TransferState.ACCEPTED)
    return [rows, _seen(actor, ~ours & Q(case__in=came.values("case")))]


def _seen(actor: Member, part: Q) -> QuerySet[Referral]:
    return Referral.objects.filter(part, policy.sent_from_cases_of(actor))


def _lines(found: QuerySet[Referral], actor: Member, below: int, state: str) -> list[Line]:
    if actor.role not in CASEWORK:
        return []
    if state:
        found = found.filter(state=state)
    # Nothing where the case is closed to the reader by now; a join would leave the line out.
    case = Case.objects.filter(pk=OuterRef("case")).values("code")
    named = found.annotate(case_code=Subquery(case))
    rows = named.filter(pk__lt=below).order_by("-pk").values(*LINE)[: PAGE + 1]
    return [_shown(row, actor) for row in rows]


def _shown(row: Line, actor: Member) -> Line:
    # After the end a receiver knows that the referral was, and how it ended: nothing else.
    if row["receiver_id"] == actor.agency_id and row["state"] not in ASKED | TAKEN:
        row |= dict.fromkeys(("case_code", "service__code", "service__type", "urgency"))
    del row["receiver_id"]
    return row


def overdue(actor: Member, *, at: dt.datetime, most: int = 200) -> list[dict[str, Any]]:
    """Deadlines that have passed: the land's for a co-ordinator, by code only; else those of
    one's own agency."""
    late = Clock.objects.filter(ladder.overdue(at)).select_related("sender", "receiver")
    # Nobody is late when a window closes.
    clocks = late.exclude(purpose=Clock.Purpose.RECONSIDERATION)
    if actor.role == Role.COORDINATOR:
        found = clocks.filter(in_space(actor, "sender"))
    elif actor.role in {Role.SUPERVISOR, Role.FOCAL_POINT}:
        found = clocks.filter(policy.clocks_of(actor))
    else:
        return []
    return [_late(clock, actor) for clock in found.order_by("due_at", "pk")[:most]]


def work_list(
    actor: Member, *, at: dt.datetime, purpose: str = "", before: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """What runs for the actor, the nearest first: what they or their function must do, and what
    they wait for."""
    clocks = Clock.objects.filter(
        policy.clocks_of(actor), stopped_at__isnull=True, paused_at__isnull=True
    ).select_related("sender", "receiver", "assignee")
    # A window that has closed is nothing to do, and nobody is late with it.
    clocks = clocks.exclude(purpose=Clock.Purpose.RECONSIDERATION, due_at__lte=at)
    if purpose:
        clocks = clocks.filter(purpose=purpose)
    if before is not None:
        clocks = clocks.filter(due_at__lte=before)
    return [_listed(clock, actor, at) for clock in clocks.order_by("due_at", "pk")[:200]]


def _listed(clock: Clock, actor: Member, at: dt.datetime) -> dict[str, Any]:
    who = clock.assignee
    if who is not None and who.agency_id != actor.agency_id:
        who = None
    return {
        **_late(clock, actor),
        "overdue": clock.due_at <= at,
        "ours": clock.receiver_id == actor.agency_id,
        "sender_name": clock.sender.name,
        "receiver_name": clock.receiver.name,
        "assignee": who.username if who else None,
        "assignee_name": who.known_as if who else None,
    }


def clocks_of_case(actor: Member, case: Case, *, at: dt.datetime) -> list[Clock]:
    """What runs in this case for the actor, the nearest first; what is paused comes last."""
    running = Clock.objects.filter(
        policy.clocks_of(actor), case=case.code, stopped_at__isnull=True
    ).exclude(purpose=Clock.Purpose.RECONSIDERATION, due_at__lte=at)
    clocks = running.select_related("receiver", "assignee").order_by("due_at", "pk")
    return sorted(clocks, key=lambda clock: clock.paused_at is not None)


def _late(clock: Clock, actor: Member) -> dict[str, Any]:
    knows_case = actor.role in KNOW_THE_CASE or clock.sender_id == actor.agency_id
    return {
        "subject": clock.subject,
        "case": clock.case or None if knows_case else None,
        "purpose": clock.purpose,
        "emergency": clock.emergency,
        "due_at": clock.due_at,
        "sender": clock.sender.code,
        "receiver": clock.receiver.code,
    }


def nobodys(actor: Member) -> QuerySet[Referral]:
    """What the actor's agency was asked for and no member of it has taken up, for those who
    share the work out."""
    if actor.role not in policy.INBOX:
        return Referral.objects.none()
    live = Referral.objects.filter(policy.received_by(actor), state__in=ASKED | TAKEN)
    # Said once more in the words of its index.
    return live.filter(assignee__isnull=True, contact__isnull=True, pressing__isnull=False)


def next_best(referral: Referral, actor: Member, *, on: dt.date) -> list[Match]:
    """Other services of the same type that may take the person, without those that have said
    no or kept silent."""
    person = referral.case.person
    need = Need(
        service_type=referral.service.type, district=person.district, age_band=person.age_band
    )
    asked = Referral.objects.filter(case=referral.case, service__type=referral.service.type)
    failed = set(
        asked.filter(
            state__in=[State.DECLINED, State.EXPIRED, State.NOT_REACHED, State.WITHDRAWN]
        ).values_list("service_id", flat=True)
    )
    matches = matching_services(actor, need, on=on, most=20)
    barred = apart.of_case(referral.case)
    return [
        match
        for match in matches
        if match.eligible
        and not barred.bars(match.service)
        and match.service.pk not in failed
        and match.service.agency_id != referral.case.owner_id
    ]


def usual_answers(agencies: Iterable[int]) -> dict[int, dt.timedelta]:
    """How soon each of these agencies usually answers, by the median of its last answers; those
    that have not answered often enough to say so are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_USUAL, [sorted(set(agencies)), LAST, FEWEST])
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the access table, as the rule says it should be."""

    principal: int
    case: int
    because: str
    source: str
    scope: tuple[str, ...]


def expected_access(case: Case, *, at: dt.datetime) -> set[Row]:
    """The access rows of a case, worked out from scratch from the owner, the worker, the live
    referrals and the consents behind them."""
    everything = tuple(in_order(EVERY_GROUP))
    rows = {Row(case.owner.supervisors_id, case.pk, "owner", case.code, everything)}
    if case.worker is not None:
        rows.add(Row(case.worker.own_group_id, case.pk, "assigned", case.code, everything))
    for use in glass_queries.running(case, at=at):
        scope = tuple(in_order({*use.groups} | TRIAGE_ONLY))
        rows.add(Row(use.by.own_group_id, case.pk, "break_glass", use.code, scope))
    if desk := identification_queries.expected_desk(case, at=at):
        principal, source, groups = desk
        rows.add(Row(principal, case.pk, "submitted", source, tuple(in_order(groups))))
    live = Referral.objects.filter(case=case, state__in=ASKED | TAKEN)
    for referral in live.select_related("receiver", "assignee", "contact", "service__agency"):
        ends = covered(referral, at=at)
        if not set(referral.groups) <= set(ends):
            continue
        open_now = referral.groups if referral.state in TAKEN else TRIAGE_ONLY
        scope = tuple(in_order({*open_now} | TRIAGE_ONLY))
        named = [m.own_group_id for m in (referral.assignee, referral.contact) if m]
        for principal in (referral.receiver.focal_points_id, referral.receiver.supervisors_id,
                          *named):  # fmt: skip
            rows.add(Row(principal, case.pk, "referred", referral.code, scope))
    return rows


def stored_access(case: Case, *, at: dt.datetime) -> set[Row]:
    """The access rows of a case, as they stand."""
    rows = CaseAccess.objects.filter(Q(until__isnull=True) | Q(until__gt=at))
    return {
        Row(row.group_id, case.pk, row.because, row.source, tuple(row.scope))
        for row in rows.filter(content_object=case)
    }


def knows_case(code: str) -> bool:
    """Whether there is such a case at all, whoever may see it."""
    return Case.objects.filter(code=code).exists()


def case_numbers(*, part: int = 0, of: int = 1) -> list[int]:
    """Every real case, by its key; or one of so many equal parts of the keys, counted from 0."""
    last = Case.objects.aggregate(last=Max("pk"))["last"] or 0
    between = Case.objects.filter(
        pk__gt=last * part // of, pk__lte=last * (part + 1) // of, owner__space=REAL
    )
    return list(between.order_by("pk").values_list("pk", flat=True))


def differing(number: int, *, at: dt.datetime) -> str:
    """The code of the case if its access rows are not what the rule says, else nothing.

    The case and its referrals are held still, so that a change in progress is no difference.
    """
    case_queries.hold_cases(Case.objects.filter(pk=number))
    case = Case.objects.select_related("owner", "worker").get(pk=number)
    case_queries.hold_consents(number)
    list(Referral.objects.select_for_update(no_key=True).filter(case=case).order_by("pk"))
    return "" if expected_access(case, at=at) == stored_access(case, at=at) else case.code


def requests_over(at: dt.datetime, *, space: int | None = None) -> list[str]:
    """Codes of the requests for a case whose time has passed, some at a time."""
    here = CaseRequest.objects.filter(of_space(space, "asker"))
    waiting = here.filter(state=RequestState.ASKED, waits_until__lte=at)
    return list(waiting.order_by("waits_until", "pk").values_list("code", flat=True)[:200])


def over(at: dt.datetime, *, space: int | None = None) -> tuple[list[str], list[str]]:
    """Codes of the consents and of the overrides whose time has passed, some at a time."""
    here = of_space(space, "case__owner")
    consents = Consent.objects.filter(here, state=ConsentState.ACTIVE, expires_at__lte=at)
    overrides = Override.objects.filter(here, state=OverrideState.APPROVED, expires_at__lte=at)
    return (
        list(consents.order_by("pk").values_list("code", flat=True)[:200]),
        list(overrides.order_by("pk").values_list("code", flat=True)[:200]),
    )
