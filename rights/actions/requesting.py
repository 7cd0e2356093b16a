"""What a person asks of their data: written down, checked, answered in time, or refused with a reason."""

import datetime as dt
from typing import Any

from django.db import transaction

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import deadlines, queries, timeline, vault
from cases.models import Case
from kernel.errors import Invalid, Refused
from kernel.fields import require_reason
from notify import ladder
from notify.ladder import Reminder
from notify.models import Clock
from rights import requestpolicy as policy
from rights.requestflow import (
    FLOW,
    RUNNING,
    Kind,
    KnownBy,
    LongerBecause,
    Outcome,
    RefusalGround,
    Safety,
    State,
    Verb,
    Way,
)
from rights.requestmodels import SubjectRequest

# Art. 12(3): one month, and once two more.
MONTHS, MONTHS_MORE = 1, 2
# Longer ago than this nobody writes a request down for the first time.
EARLIEST = dt.timedelta(days=366)
# The worker twice before the day, the supervisor with the second and on it, then data protection.
REMINDERS = (
    Reminder(-14, "receiver", Role.SUPERVISOR, assignee=True),
    Reminder(-3, "receiver", Role.SUPERVISOR, assignee=True),
    Reminder(-3, "receiver", Role.SUPERVISOR),
    Reminder(0, "receiver", Role.SUPERVISOR, assignee=True),
    Reminder(0, "receiver", Role.SUPERVISOR),
    Reminder(1, "nation", Role.DATA_PROTECTION_OFFICER),
    Reminder(8, "nation", Role.DATA_PROTECTION_OFFICER),
)


@transaction.atomic
def record(
    *, case: str, kind: str, way: str, received_on: dt.date, by: Member, at: dt.datetime
) -> SubjectRequest:
    """Write down what was asked and when; the month begins on the day on which it was asked."""
    queries.hold_cases(Case.objects.filter(code=case))
    found = Case.objects.select_related("owner", "person", "worker").get(code=case)
    policy.may_record(by, found).require()
    _known(Kind, kind, "/kind")
    _known(Way, way, "/way")
    today = deadlines.today(found, at)
    if received_on > today:
        raise Invalid("date_in_the_future", pointer="/received_on")
    if received_on < today - EARLIEST:
        raise Invalid("too_long_ago", pointer="/received_on")
    request = SubjectRequest.objects.create(
        case=found, kind=kind, way=way, received_on=received_on, recorded_by=by,
        recorded_at=at, due_at=_due(found, received_on, MONTHS),
    )  # fmt: skip
    _run(request, at=at)
    _tell(request, "recorded", by=by, at=at, kind=kind)
    return request


@transaction.atomic
def confirm_identity(
    *, code: str, known_by: str, by: Member, at: dt.datetime
) -> SubjectRequest:
    """It is certain who asks: somebody met them in person."""
    request = locked(code)
    _known(KnownBy, known_by, "/known_by")
    _move(
        request, Verb.CONFIRM_IDENTITY, by=by, at=at, known_by=known_by,
        identity_confirmed_at=at, identity_confirmed_by=by,
    )  # fmt: skip
    return request


@transaction.atomic
def ask_safety(*, code: str, safety: str, by: Member, at: dt.datetime) -> SubjectRequest:
    """Whether the person was free when asking. It may be asked again: what is not safe today may
    be so another day, and the other way round."""
    request = _running(code, by=by)
    _known(Safety, safety, "/safety")
    _save(request, safety=safety, safety_asked_at=at, safety_asked_by=by)
    _tell(request, "safety", by=by, at=at, safety=safety)
    return request


@transaction.atomic
def extend(*, code: str, because: str, by: Member, at: dt.datetime) -> SubjectRequest:
    """Two months more, once and before the first month is over, for a reason of the law."""
    request = _running(code, by=by)
    _known(LongerBecause, because, "/because")
    if request.extended_at is not None:
        raise Refused("request_is_extended", state=request.state)
    if at > request.due_at:
        raise Refused("too_late_to_extend", state=request.state)
    due_at = _due(request.case, request.received_on, MONTHS + MONTHS_MORE)
    _save(request, due_at=due_at, extended_at=at, longer_because=because)
    _run(request, at=at)
    _tell(request, "extended", by=by, at=at, because=because)
    return request


@transaction.atomic
def answer(*, code: str, outcome: str, by: Member, at: dt.datetime) -> SubjectRequest:
    """What was asked for is done, and the person was told. Only once it is certain who asks, and
    that they were free to."""
    request = locked(code)
    policy.may_move(by, Verb.ANSWER, request.case).require()
    _known(Outcome, outcome, "/outcome")
    verdict = policy.handing_over(request)
    if not verdict:
        raise Refused(verdict.reason, state=request.state)
    _move(request, Verb.ANSWER, by=by, at=at, outcome=outcome, ended_at=at, ended_by=by)
    return request


@transaction.atomic
def refuse(
    *, code: str, ground: str, reason: str, by: Member, at: dt.datetime
) -> SubjectRequest:
    """Say no, on a ground of the law and with words that the person is told."""
    request = locked(code)
    policy.may_move(by, Verb.REFUSE, request.case).require()
    _known(RefusalGround, ground, "/ground")
    require_reason(reason, pointer="/reason")
    sealed = vault.seal_text(request.case.person, reason, place=request.place)
    _move(
        request, Verb.REFUSE, by=by, at=at, ground=ground, reason=sealed, ended_at=at,
        ended_by=by,
    )  # fmt: skip
    return request


@transaction.atomic
def take_back(*, code: str, by: Member, at: dt.datetime) -> SubjectRequest:
    """The person does not want it any more."""
    request = locked(code)
    _move(request, Verb.TAKE_BACK, by=by, at=at, ended_at=at, ended_by=by)
    return request


def locked(code: str) -> SubjectRequest:
    """The request, held after its case."""
    queries.hold_cases(Case.objects.filter(subject_requests__code=code))
    rows = SubjectRequest.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("case__owner", "case__person", "case__worker").get(code=code)


def _running(code: str, *, by: Member) -> SubjectRequest:
    request = locked(code)
    policy.may_record(by, request.case).require()
    if request.state not in RUNNING:
        raise Refused("request_has_ended", state=request.state)
    return request


def _move(
    request: SubjectRequest, verb: Verb, *, by: Member, at: dt.datetime, **changes: Any
) -> None:
    policy.may_move(by, verb, request.case).require()
    target = FLOW.step(verb, state=State(request.state)).target
    _save(request, state=target, **changes)
    if target not in RUNNING:
        deadlines.stop(request.case, subject=request.code, at=at)
    codes = {
        name: changes[name] for name in ("known_by", "outcome", "ground") if name in changes
    }
    _tell(request, verb, by=by, at=at, **codes)


def _run(request: SubjectRequest, *, at: dt.datetime) -> None:
    """The clock up to the day by which it is to be answered; a running one begins anew."""
    case = request.case
    ladder.stop(subject=request.code, at=at)
    ladder.start_until(
        subject=request.code,
        purpose=Clock.Purpose.SUBJECT_REQUEST,
        due_at=request.due_at,
        reminders=REMINDERS,
        sender=case.owner,
        receiver=case.owner,
        assignee=case.worker,
        case=case.code,
        at=at,
    )
    deadlines.copy_due(case)


def _save(request: SubjectRequest, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(request, name, value)
    request.version += 1
    request.save(update_fields=[*changes, "version"])


def _tell(
    request: SubjectRequest, what: str, *, by: Member, at: dt.datetime, **facts: log.Fact
) -> None:
    timeline.record(
        request.case, f"request.{what}", by=by, at=at, about=request.code, facts=facts
    )


def _due(case: Case, day: dt.date, months: int) -> dt.datetime:
    return deadlines.end_of_day(case, deadlines.months_later(day, months))


def _known(choices: Any, code: str, pointer: str) -> None:
    if code not in choices.values:
        raise Invalid("unknown_code", pointer=pointer)
