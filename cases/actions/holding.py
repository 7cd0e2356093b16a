"""Set a legal hold or a restriction on a case, and end it."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from agencies.models import Member
from agencies.roles import Role
from cases import deadlines, policy, timeline, vault
from cases.actions.lifecycle import locked, save
from cases.models import Case, Hold
from cases.workflow import GROUNDS, HoldGround, HoldKind
from kernel.errors import Invalid, Refused
from kernel.fields import require_reason
from notify import ladder, outbox
from notify.audience import To
from notify.models import Clock
from notify.notices import Kind

# Whoever holds says when it is looked at again; for ever is not a day.
LONGEST = dt.timedelta(days=366)


@transaction.atomic
def set_hold(
    *,
    code: str,
    kind: HoldKind,
    ground: HoldGround,
    reason: str,
    look_again_on: dt.date,
    by: Member,
    at: dt.datetime,
) -> Hold:
    """From now on nothing of the person is erased; under a restriction nothing is added or shared
    anew either. The other side of the house is told: the supervisors, or data protection."""
    case = locked(code)
    policy.may_hold(by, case).require()
    if ground not in GROUNDS[kind]:
        raise Invalid("ground_of_another_kind", pointer="/ground")
    require_reason(reason, pointer="/reason")
    deadlines.require_later(case, look_again_on, "/look_again_on", longest=LONGEST, at=at)
    if _running(case, kind).exists():
        raise Refused("is_held_already", state=case.state)
    hold = Hold(
        case=case, kind=kind, ground=ground, set_at=at, set_by=by, look_again_on=look_again_on
    )
    hold.reason = vault.seal_text(case.person, reason, place=hold.code)
    hold.save(force_insert=True)
    if kind == HoldKind.RESTRICTION:
        save(case, restricted_at=at)
    ladder.start_until(
        subject=hold.code, purpose=Clock.Purpose.HOLD, case=case.code, at=at,
        due_at=deadlines.end_of_day(case, look_again_on), reminders=ladder.LOOK_AGAIN,
        sender=case.owner, receiver=case.owner, assignee=None,
    )  # fmt: skip
    deadlines.copy_due(case)
    timeline.record(
        case, f"hold.{kind}_set", by=by, at=at, about=hold.code, facts={"ground": ground.value}
    )
    _tell(hold, by=by, at=at)
    return hold


@transaction.atomic
def end_hold(*, code: str, by: Member, at: dt.datetime) -> Hold:
    """End it: whatever was due for erasure meanwhile is proposed again. A legal hold that
    somebody set alone is not ended by the same person alone."""
    found = Hold.objects.select_related("case").get(code=code)
    case = locked(found.case.code)
    hold = Hold.objects.select_for_update().get(pk=found.pk)
    policy.may_hold(by, case).require()
    if hold.ended_at is not None:
        raise Refused("is_held_no_more", state=case.state)
    if hold.kind == HoldKind.LEGAL and hold.set_by_id == by.pk:
        raise Refused("a_second_person_ends_it", state=case.state)
    hold.ended_at, hold.ended_by = at, by
    hold.save(update_fields=["ended_at", "ended_by"])
    if hold.kind == HoldKind.RESTRICTION:
        save(case, restricted_at=None)
    ladder.stop(subject=hold.code, at=at)
    deadlines.copy_due(case)
    timeline.record(case, f"hold.{hold.kind}_ended", by=by, at=at, about=hold.code)
    _tell(hold, by=by, at=at)
    return hold


def _running(case: Case, kind: HoldKind) -> QuerySet[Hold]:
    return Hold.objects.filter(case=case, kind=kind, ended_at__isnull=True)


def _tell(hold: Hold, *, by: Member, at: dt.datetime) -> None:
    case = hold.case
    if by.role == Role.SUPERVISOR:
        to = To(Role.DATA_PROTECTION_OFFICER, space=by.space)
    else:
        to = To(Role.SUPERVISOR, case.owner)
    outbox.publish(Kind.HOLD_CHANGED, subject=hold.code, to=to, at=at)
