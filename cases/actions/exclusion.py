"""Keep an agency apart from a case, and let it near again."""

import datetime as dt

from django.db import transaction

from agencies.models import Agency, Member
from audit.log import Machine
from cases import duplicates, policy, timeline
from cases.actions.lifecycle import locked
from cases.models import Case, Exclusion
from cases.policy import Verb
from kernel.errors import Invalid, Refused


@transaction.atomic
def exclude(*, code: str, agency: Agency, by: Member, at: dt.datetime) -> Case:
    """From now on nothing of this case is sent to that agency, whatever is consented."""
    case = locked(code)
    policy.may(by, Verb.WRITE, case).require()
    if agency.pk == case.owner_id:
        raise Invalid("owner_cannot_be_excluded", pointer="/agency")
    return set_apart(code=code, agency=agency, by=by, at=at)


@transaction.atomic
def set_apart(*, code: str, agency: Agency, by: Member | Machine, at: dt.datetime) -> Case:
    """Write it down once, whoever says so."""
    case = locked(code)
    _, new = Exclusion.objects.get_or_create(
        case=case, agency=agency, ended_at=None, defaults={"set_at": at}
    )
    if new:
        timeline.record(case, "exclusion.set", by=by, at=at, about=agency.code)
    return case


@transaction.atomic
def readmit(*, code: str, agency: Agency, by: Member, at: dt.datetime) -> Case:
    """End an exclusion."""
    case = locked(code)
    policy.may(by, Verb.WRITE, case).require()
    ended = Exclusion.objects.filter(case=case, agency=agency, ended_at__isnull=True).update(
        ended_at=at
    )
    if not ended:
        raise Refused("agency_is_not_excluded")
    timeline.record(case, "exclusion.ended", by=by, at=at, about=agency.code)
    duplicates.requeue([case.person_id])
    return case
