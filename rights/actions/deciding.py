"""Two people decide on a batch; who is kept back stays; the rest is carried out by a clock."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import erasure, timeline
from cases import policy as case_policy
from cases.deadlines import today
from cases.models import Case, Person
from edge import wall
from kernel.errors import Invalid, Refused
from notify import outbox
from notify.audience import To
from notify.notices import Kind
from rights import policy, rules
from rights.models import Batch, Item
from rights.workflow import BATCH, BatchState, BatchVerb, ItemState, KeptBecause

# Kept back is not kept for ever: then it is proposed anew.
LONGEST_BACK = dt.timedelta(days=366)


@transaction.atomic
def agree(*, code: str, by: Member, at: dt.datetime) -> Batch:
    """The first person: nobody in it is needed for the work any more."""
    batch = _move(code, BatchVerb.AGREE, by=by, agreed_by=by, agreed_at=at)
    to = To(Role.DATA_PROTECTION_OFFICER)
    outbox.publish(Kind.ERASURE_AGREED, subject=batch.code, to=to, at=at)
    return batch


@transaction.atomic
def approve(*, code: str, by: Member, at: dt.datetime) -> Batch:
    """The second: the law asks for it and nothing speaks against it. It is carried out next."""
    batch = _move(code, BatchVerb.APPROVE, by=by, decided_by=by, decided_at=at)
    assert batch.agreed_by is not None, "a constraint says so"
    case_policy.may_erase(by, batch.agreed_by).require()
    if not batch.items.filter(state=ItemState.PROPOSED).exists():
        raise Refused("nobody_to_erase", state=batch.state)
    return batch


@transaction.atomic
def refuse(*, code: str, by: Member, at: dt.datetime) -> Batch:
    """Nobody is erased; whose time is over is proposed anew the next night, unless kept back."""
    batch = _move(code, BatchVerb.REFUSE, by=by, decided_by=by, decided_at=at)
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
    batch = _locked(code)
    policy.may_keep_back(by, batch).require()
    item = batch.items.select_related("case__owner").get(case__code=case)
    if item.state != ItemState.PROPOSED:
        raise Refused("item_is_decided", state=item.state)
    day = today(item.case, at)
    if until <= day:
        raise Invalid("date_in_the_past", pointer="/until")
    if until > day + LONGEST_BACK:
        raise Invalid("too_far_ahead", pointer="/until")
    item.state, item.kept_because, item.kept_until = ItemState.KEPT_BACK, because, until
    item.kept_by, item.ended_at = by, at
    item.save()
    _tell_of(item, "erasure.kept_back", by=by, at=at, why=because.value)
    return item


def carry_out(*, code: str, by: log.Machine, at: dt.datetime) -> Batch:
    """Erase each person of an approved batch, one transaction each: killed in between, it goes on
    where it stopped. Who has come back meanwhile, or is held, is passed over."""
    numbers = Item.objects.filter(
        batch__code=code, batch__state=BatchState.APPROVED, state=ItemState.PROPOSED
    )
    with transaction.atomic():
        waiting = list(numbers.order_by("pk").values_list("pk", flat=True))
    for number in waiting:
        _erase(number, by=by, at=at)
    with transaction.atomic():
        batch = _locked(code)
        if batch.state == BatchState.APPROVED:
            batch = _step(batch, BatchVerb.FINISH, by=by, done_at=at)
            outbox.publish(
                Kind.ERASURE_AGREED, subject=code, to=To(Role.SUPERVISOR, batch.agency), at=at
            )
    return batch


@transaction.atomic
def _erase(number: int, *, by: log.Machine, at: dt.datetime) -> None:
    item = Item.objects.select_related(
        "batch__agreed_by__agency", "batch__decided_by__agency", "case__person", "case__owner"
    ).get(pk=number)
    wall.hold([item.case_id])
    item = (
        Item.objects.select_for_update(of=("self",))
        .select_related(
            "batch__agreed_by__agency",
            "batch__decided_by__agency",
            "case__person",
            "case__owner",
        )
        .get(pk=number)
    )
    if item.state != ItemState.PROPOSED:
        return
    try:
        with transaction.atomic():
            _require_due(item, at=at)
            _destroy(item, at=at)
    except Refused as refusal:
        item.state, item.passed_over = ItemState.PASSED_OVER, refusal.code
        _tell_of(item, "erasure.passed_over", by=by, at=at, why=refusal.code)
    else:
        item.state = ItemState.ERASED
    item.ended_at = at
    item.save(update_fields=["state", "passed_over", "ended_at"])


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
    person: Person = item.case.person
    cases = Case.objects.filter(person=person).select_related("person", "owner")
    due = rules.due_of_person(list(cases))
    if due is None or due.on > today(item.case, at):
        raise Refused("not_due_any_more", state=item.case.state)


def _tell_of(item: Item, event: str, *, by: log.Actor, at: dt.datetime, why: str) -> None:
    timeline.record(item.case, event, by=by, at=at, about=item.batch.code, facts={"why": why})


def _move(code: str, verb: BatchVerb, *, by: Member, **changes: object) -> Batch:
    batch = _locked(code)
    policy.may_decide(by, verb, batch).require()
    return _step(batch, verb, by=by, **changes)


def _step(batch: Batch, verb: BatchVerb, *, by: log.Actor, **changes: object) -> Batch:
    batch.state = BATCH.step(verb, state=BatchState(batch.state)).target
    for name, value in changes.items():
        setattr(batch, name, value)
    batch.save(update_fields=["state", *changes])
    log.record(f"batch.{verb}", by=by, about=batch.code)
    return batch


def _locked(code: str) -> Batch:
    rows = Batch.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("agency", "agreed_by__agency").get(code=code)
