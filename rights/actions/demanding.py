"""Ask whoever was shown something of a person who is erased to erase it, too; and their answer."""

import datetime as dt

from django.db import transaction

from agencies.calendar import calendar_of
from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from cases import timeline
from cases.models import Case, Person
from edge import wall
from kernel.clock import Runs, Span
from kernel.errors import Refused
from notify import ladder, outbox
from notify.audience import To
from notify.models import Clock
from notify.notices import Kind
from rights import policy, queries
from rights.models import Demand
from rights.workflow import Answer

# A month, as the person has to be answered in (GDPR, art. 12 (3), 17 (2) and 19).
WITHIN = Span(30 * 24, Runs.ROUND_THE_CLOCK)


@transaction.atomic
def demand_all(*, person: Person, by: log.Actor, at: dt.datetime) -> list[Demand]:
    """One demand to each agency that was ever shown something of a case of the person's."""
    cases = Case.objects.filter(person=person).select_related("owner").order_by("pk")
    return [
        made
        for case in cases
        for agency, groups in queries.shown_to(case).items()
        if (made := _demand(case, agency, groups, by=by, at=at)) is not None
    ]


@transaction.atomic
def answer(*, code: str, answer: Answer, by: Member, at: dt.datetime) -> Demand:
    """What the agency has done. It is believed: nobody can look into another's cupboards."""
    demand = Demand.objects.select_for_update(of=("self",), no_key=True).get(code=code)
    policy.may_answer(by, demand).require()
    if demand.answered_at is not None:
        raise Refused("demand_was_answered", state=demand.answer)
    # Who is asked sees nothing of the case, and yet its owner is told.
    wall.hold([demand.case_id], keys=[demand.code])
    case = Case.objects.select_related("owner").get(pk=demand.case_id)
    demand.answer, demand.answered_by, demand.answered_at = answer, by, at
    demand.save(update_fields=["answer", "answered_by", "answered_at"])
    ladder.stop(subject=code, at=at)
    facts: dict[str, log.Fact] = {"answer": answer.value}
    timeline.record(case, "demand.answered", by=by, at=at, about=code, facts=facts)
    to = To(Role.SUPERVISOR, case.owner)
    outbox.publish(Kind.DEMAND_ANSWERED, subject=case.code, to=to, at=at)
    return demand


def _demand(
    case: Case, agency: Agency, groups: list[str], *, by: log.Actor, at: dt.datetime
) -> Demand | None:
    # A restored copy is erased again; who was asked once is not asked twice.
    demand, new = Demand.objects.get_or_create(
        case=case,
        agency=agency,
        defaults={"case_code": case.code, "groups": groups, "asked_at": at},
    )
    if not new:
        return None
    ladder.start(
        subject=demand.code, purpose=Clock.Purpose.DEMAND, span=WITHIN,
        calendar=calendar_of(agency), sender=case.owner, receiver=agency, assignee=None,
        emergency=False, case=case.code, at=at, steps=ladder.DEMANDING,
    )  # fmt: skip
    timeline.record(case, "demand.sent", by=by, at=at, about=demand.code)
    to = To(Role.FOCAL_POINT, agency)
    outbox.publish(Kind.DEMAND_SENT, subject=demand.code, to=to, at=at)
    return demand
