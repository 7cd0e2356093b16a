"""Propose people whose time is over, or who have asked for it. Nothing is erased by this."""

import datetime as dt

from django.db import transaction

from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from cases import erasure, timeline
from cases import policy as case_policy
from cases.actions.lifecycle import locked
from cases.deadlines import today
from cases.models import Case
from kernel.errors import Refused
from notify import outbox
from notify.audience import To
from notify.notices import Kind
from rights import policy, queries, rules
from rights.models import Batch, Item
from rights.workflow import ItemState


@transaction.atomic
def propose(*, agency: Agency, by: log.Machine, at: dt.datetime) -> Batch | None:
    """Those of the agency's people whose time is over, as one batch; None where there are none."""
    found = queries.due_of(agency, at=at)
    if not found:
        return None
    batch = Batch.objects.create(agency=agency, proposed_at=at)
    for case, due in found:
        _add(batch, case, due, by=by, at=at)
    return _proposed(batch, by=by, at=at)


@transaction.atomic
def propose_asked(*, code: str, by: Member, at: dt.datetime) -> Batch:
    """The person has asked to be erased (GDPR, art. 17). Two people decide on that, too."""
    policy.may_propose(by).require()
    case = locked(code)
    case_policy.may_hold(by, case).require()
    erasure.require_erasable(case.person)
    if Item.objects.filter(case=case, state=ItemState.PROPOSED).exists():
        raise Refused("erasure_is_proposed", state=case.state)
    batch = Batch.objects.create(agency=case.owner, proposed_at=at, proposed_by=by)
    _add(batch, case, rules.Due(rules.ASKED, today(case, at)), by=by, at=at)
    return _proposed(batch, by=by, at=at)


def _add(batch: Batch, case: Case, due: rules.Due, *, by: log.Actor, at: dt.datetime) -> None:
    Item.objects.create(batch=batch, case=case, rule=due.rule, due_on=due.on)
    timeline.record(
        case, "erasure.proposed", by=by, at=at, about=batch.code, facts={"rule": due.rule}
    )


def _proposed(batch: Batch, *, by: log.Actor, at: dt.datetime) -> Batch:
    log.record("batch.proposed", by=by, about=batch.code, facts={"n": batch.items.count()})
    to = To(Role.SUPERVISOR, batch.agency)
    outbox.publish(Kind.ERASURE_PROPOSED, subject=batch.code, to=to, at=at)
    return batch
