"""What two people have approved is carried out by a clock, one person at a time."""

import datetime as dt

from django.db import transaction

from agencies.roles import Role
from audit import log
from cases import erasure, timeline
from cases import queries as case_queries
from cases.deadlines import today
from cases.models import Case
from kernel.errors import Refused
from notify import outbox
from notify.audience import To
from notify.notices import Kind
from rights import rules
from rights.actions.moving import locked, move
from rights.models import Batch, Item
from rights.workflow import BatchState, BatchVerb, ItemState


@transaction.atomic
def erase(*, item: Item, by: log.Machine, at: dt.datetime) -> Item:
    """Erase one person. Who has come back meanwhile, or is held, is passed over."""
    case_queries.hold_cases(Case.objects.filter(pk=item.case_id))
    held = Item.objects.select_for_update(of=("self",)).select_related(
        "batch__agreed_by__agency", "batch__decided_by__agency", "case__person", "case__owner"
    )
    found = held.get(pk=item.pk)
    if found.state != ItemState.PROPOSED or found.batch.state != BatchState.APPROVED:
        return found
    try:
        with transaction.atomic():
            _require_due(found, at=at)
            _destroy(found, at=at)
    except Refused as refusal:
        found.state, found.passed_over = ItemState.PASSED_OVER, refusal.code
        timeline.record(
            found.case, "erasure.passed_over", by=by, at=at, about=found.batch.code,
            facts={"why": refusal.code},
        )  # fmt: skip
    else:
        found.state = ItemState.ERASED
    found.ended_at = at
    found.save(update_fields=["state", "passed_over", "ended_at"])
    return found


@transaction.atomic
def finish(*, code: str, by: log.Machine, at: dt.datetime) -> Batch:
    """All of it is done: the supervisors are told."""
    batch = locked(code)
    if batch.items.filter(state=ItemState.PROPOSED).exists():
        return batch
    move(batch, BatchVerb.FINISH, by=by, done_at=at)
    to = To(Role.SUPERVISOR, batch.agency)
    outbox.publish(Kind.ERASURE_AGREED, subject=code, to=to, at=at)
    return batch


def _destroy(item: Item, *, at: dt.datetime) -> None:
    batch = item.batch
    assert batch.agreed_by is not None, "a constraint says so"
    assert batch.decided_by is not None, "a constraint says so"
    erasure.destroy_person(
        code=item.case.person.code,
        because=item.rule,
        approved_by=batch.agreed_by,
        by=batch.decided_by,
        at=at,
    )


def _require_due(item: Item, *, at: dt.datetime) -> None:
    """Between the proposal and the end a case may have been taken up and closed again."""
    if item.rule == rules.ASKED:
        return
    due = rules.due_of_person(item.case.person_id)
    if due is None or due.on > today(item.case, at):
        raise Refused("not_due_any_more", state=item.case.state)
