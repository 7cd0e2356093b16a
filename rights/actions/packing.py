"""Make the pack of all that is kept about a person, for a request that may be answered now."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from audit import log
from cases import queries, timeline
from cases.models import Case
from kernel.errors import Refused
from rights import pack as packs
from rights import requestpolicy as policy
from rights.actions.requesting import locked
from rights.pack import Pack


@transaction.atomic
def make(*, code: str, way: str, language: str, by: Member, at: dt.datetime) -> Pack:
    """Read all of it for the person: on paper together, or as a file (`way`)."""
    request = locked(code)
    policy.may_record(by, request.case).require()
    verdict = policy.may_pack(request)
    if not verdict:
        raise Refused(verdict.reason, state=request.state)
    made = packs.gathered(_cases(request.case), by=by, at=at)
    facts: dict[str, log.Fact] = {
        "way": way, "language": language, "rows": made.size, "readers": len(made.seen),
        "left_out": sum(made.left_out.values()),
    }  # fmt: skip
    timeline.record(request.case, "pack.made", by=by, at=at, about=request.code, facts=facts)
    return made


def _cases(case: Case) -> list[Case]:
    """The case, and whatever others the same agency has of the same person, all held."""
    mine = Case.objects.filter(person=case.person_id, owner=case.owner_id)
    queries.hold_cases(mine)
    others = mine.exclude(pk=case.pk).select_related("person", "owner").order_by("pk")
    return [case, *others]
