"""Keep an agency, a member or a place apart from a case, and let it near again."""

import datetime as dt

from django.db import transaction

from agencies.lists import districts
from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import apart, duplicates, policy, timeline, vault
from cases.actions.lifecycle import locked
from cases.apart import Whom
from cases.models import ApartAttempt, Case, Exclusion
from cases.policy import Verb
from kernel.errors import Denied, Invalid, Refused
from notify import outbox
from notify.audience import To
from notify.notices import Kind


@transaction.atomic
def exclude(
    *,
    code: str,
    whom: Whom,
    reason: str = "",
    by: Member,
    at: dt.datetime,
) -> Case:
    """From now on nothing of this case is shown or sent there, whatever is consented or granted."""
    case = locked(code)
    policy.may(by, Verb.WRITE, case).require()
    _check(case, whom, by=by)
    row = set_apart(case=case, whom=whom, by=by, at=at)
    if row is not None and reason:
        row.reason = vault.seal_text(case.person, reason, place=row.code)
        row.save(update_fields=["reason"])
    return case


@transaction.atomic
def set_apart(
    *, case: Case, whom: Whom, by: Member | log.Machine, at: dt.datetime
) -> Exclusion | None:
    """Write it down once, whoever says so; None if it stood there already."""
    said_by = by if isinstance(by, Member) else None
    row, new = Exclusion.objects.get_or_create(
        case=case, ended_at=None, **whom.column, defaults={"set_at": at, "set_by": said_by}
    )
    if not new:
        return None
    facts: dict[str, log.Fact] = {"kind": whom.kind}
    timeline.record(case, "exclusion.set", by=by, at=at, about=row.code, facts=facts)
    return row


@transaction.atomic
def readmit(
    *,
    code: str,
    whom: Whom,
    by: Member,
    at: dt.datetime,
) -> Case:
    """End an exclusion."""
    case = locked(code)
    policy.may(by, Verb.WRITE, case).require()
    live = Exclusion.objects.filter(case=case, ended_at=None, **whom.column)
    row = live.first()
    if row is None:
        raise Refused("agency_is_not_excluded")
    live.update(ended_at=at)
    timeline.record(case, "exclusion.ended", by=by, at=at, about=row.code)
    duplicates.requeue([case.person_id])
    return case


@transaction.atomic
def write_down(*, attempt: apart.Attempt, by: Member, at: dt.datetime) -> None:
    """One row and one event, whether there is such a case or not: nothing here takes longer for
    a code that is real. Who must be told is told by `tell`, later."""
    ApartAttempt.objects.create(case_code=attempt.case, what=attempt.what, by=by, at=at)
    log.record("exclusion.attempted", by=by, about=attempt.case, facts={"what": attempt.what})


@transaction.atomic
def tell(*, number: int, by: log.Machine, at: dt.datetime) -> None:
    """Tell the owner's supervisors that somebody kept apart was brought near; where the code was
    none there is nobody to tell."""
    attempt = ApartAttempt.objects.select_for_update(no_key=True).get(pk=number)
    if attempt.told_at is not None:
        return
    attempt.told_at = at
    attempt.save(update_fields=["told_at"])
    case = Case.objects.select_related("owner").filter(code=attempt.case_code).first()
    if case is None:
        return
    timeline.record(case, "exclusion.attempted", by=by, at=at, facts={"what": attempt.what})
    outbox.publish(
        Kind.APART_ATTEMPTED,
        subject=case.code,
        to=To(Role.SUPERVISOR, case.owner),
        at=at,
        emergency=True,
    )


def _check(case: Case, whom: Whom, *, by: Member) -> None:
    agency, member = whom.agency, whom.member
    if agency is not None and agency.pk == case.owner_id:
        raise Invalid("owner_cannot_be_excluded", pointer="/agency")
    if whom.district and whom.district not in districts():
        raise Invalid("unknown_code", pointer="/district")
    if member is not None and member.pk == by.pk:
        raise Denied("not_for_oneself")
    if member is not None and member.pk == case.worker_id:
        # Somebody must work on it: give it to somebody else first.
        raise Invalid("member_works_on_this_case", pointer="/member")
