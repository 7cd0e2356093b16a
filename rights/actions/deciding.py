"""Two people decide on a batch; who is kept back stays; the rest is carried out by a clock."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import policy as case_policy
from cases import timeline
from cases.deadlines import require_later
from kernel.errors import Refused
from notify import outbox
from notify.audience import To
from notify.notices import Kind
from rights import policy
from rights.actions.moving import locked, move
from rights.models import Batch, Item
from rights.workflow import BatchVerb, ItemState, KeptBecause

# Kept back is not kept for ever: then it is proposed anew.
LONGEST_BACK = dt.timedelta(days=366)


@transaction.atomic
def agree(*, code: str, by: Member, at: dt.datetime) -> Batch:
    """The first person: nobody in it is needed for the work any more."""
    batch = _decided(code, BatchVerb.AGREE, by=by, agreed_by=by, agreed_at=at)
    to = To(Role.DATA_PROTECTION_OFFICER, space=by.space)
    outbox.publish(Kind.ERASURE_AGREED, subject=batch.code, to=to, at=at)
    return batch


@transaction.atomic
def approve(*, code: str, by: Member, at: dt.datetime) -> Batch:
    """The second: the law asks for it and nothing speaks against it. It is carried out next."""
    batch = _decided(code, BatchVerb.APPROVE, by=by, decided_by=by, decided_at=at)
    assert batch.agreed_by is not None, "a constraint says so"
    case_policy.may_erase(by, batch.agreed_by).require()
    if not batch.items.filter(state=ItemState.PROPOSED).exists():
        raise Refused("nobody_to_erase", state=batch.state)
    return batch


@transaction.atomic
def refuse(*, code: str, by: Member, at: dt.datetime) -> Batch:
    """Nobody is erased; whose time is over is proposed anew the next night, unless kept back."""
    batch = _decided(code, BatchVerb.REFUSE, by=by, decided_by=by, decided_at=at)
    batch.items.filter(state=ItemState.PROPOSED).update(
        state=ItemState.PASSED_OVER, passed_over="batch_was_refused", ended_at=at
    )
    return batch


@transaction.atomic
def keep_back(
    *,
    code: str,
    case: str,
    because: KeptBecause,
    until: dt.date,
    by: Member,
    at: dt.datetime,
) -> Item:
    """Keep one person for a time, for a listed reason."""
    batch = locked(code)
    policy.may_keep_back(by, batch).require()
    item = batch.items.select_related("case__owner").get(case__code=case)
    if item.state != ItemState.PROPOSED:
        raise Refused("item_is_decided", state=item.state)
    require_later(item.case, until, "/until", longest=LONGEST_BACK, at=at)
    item.state, item.kept_because, item.kept_until = ItemState.KEPT_BACK, because, until
    item.kept_by, item.ended_at = by, at
    item.save()
    facts: dict[str, log.Fact] = {"why": because.value}
    timeline.record(item.case, "erasure.kept_back", by=by, at=at, about=code, facts=facts)
    return item


def _decided(code: str, verb: BatchVerb, *, by: Member, **changes: object) -> Batch:
    batch = locked(code)
    policy.may_decide(by, verb, batch).require()
    return move(batch, verb, by=by, **changes)
