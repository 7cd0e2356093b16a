"""What supervisors do about two cases that may be about one person."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from agencies.roles import Role
from cases import policy, queries, timeline
from cases.actions.lifecycle import write_note
from cases.models import Case, Note, PossibleDuplicate
from cases.workflow import DUPLICATE, DuplicateState, DuplicateVerb
from kernel.errors import Refused
from kernel.fields import require_reason
from notify import ledger, outbox
from notify.actions import close_tasks
from notify.audience import To
from notify.notices import Kind

Verb = DuplicateVerb


@transaction.atomic
def set_aside(*, code: str, by: Member, at: dt.datetime) -> PossibleDuplicate:
    """Not the same person. It is remembered, and the pair is never asked about again."""
    pair = _step(code, Verb.SET_ASIDE, by=by, at=at, ended_at=at)
    timeline.record(pair.earlier, "duplicate.set_aside", by=by, at=at, about=pair.code)
    close_tasks(subject=pair.code, kind="look_at_duplicate", by=by, at=at)
    return pair


@transaction.atomic
def ask(*, code: str, by: Member, at: dt.datetime) -> PossibleDuplicate:
    """Ask the other agency's supervisor. The person must have agreed that it learns of them."""
    pair = _step(code, Verb.ASK, by=by, at=at, asked_by=by)
    _require_consent(pair.earlier, pair.later, at=at)
    timeline.record(pair.earlier, "duplicate.asked", by=by, at=at, about=pair.code)
    close_tasks(subject=pair.code, kind="look_at_duplicate", by=by, at=at)
    ledger.set_task(
        "answer_duplicate",
        subject=pair.code,
        case=pair.later.code,
        agency=pair.later.owner,
        role=Role.SUPERVISOR,
        at=at,
    )
    to = To(Role.SUPERVISOR, pair.later.owner)
    outbox.publish(Kind.DUPLICATE_ASKED, subject=pair.code, to=to, at=at)
    return pair


@transaction.atomic
def agree(*, code: str, by: Member, at: dt.datetime) -> PossibleDuplicate:
    """Link the two, now that both agree. It opens no data group to anybody."""
    pair = _step(code, Verb.AGREE, by=by, at=at, agreed_by=by, linked_at=at)
    _require_consent(pair.later, pair.earlier, at=at)
    _require_consent(pair.earlier, pair.later, at=at)
    for case in (pair.earlier, pair.later):
        timeline.record(case, "duplicate.linked", by=by, at=at, about=pair.code)
    _answered(pair, by=by, at=at)
    return pair


@transaction.atomic
def refuse(*, code: str, by: Member, at: dt.datetime) -> PossibleDuplicate:
    """No. Nothing of it stays to be seen by who said so."""
    pair = _step(code, Verb.REFUSE, by=by, at=at, ended_at=at)
    timeline.record(pair.earlier, "duplicate.refused", by=by, at=at, about=pair.code)
    _answered(pair, by=by, at=at)
    return pair


@transaction.atomic
def unlink(*, code: str, reason: str, by: Member, at: dt.datetime) -> PossibleDuplicate:
    """Take the link away. The reason is kept, sealed, with the own case alone."""
    require_reason(reason, pointer="/reason")
    pair = _step(code, Verb.UNLINK, by=by, at=at, ended_at=at)
    own, other = policy.own_first(by, pair)
    write_note(own, reason, Note.Visibility.AGENCY, Note.Kind.REASON, by=by, at=at)
    for case in (own, other):
        timeline.record(case, "duplicate.unlinked", by=by, at=at, about=pair.code)
    to = To(Role.SUPERVISOR, other.owner)
    outbox.publish(Kind.DUPLICATE_ANSWERED, subject=other.code, to=to, at=at)
    return pair


def _step(
    code: str, verb: DuplicateVerb, *, by: Member, at: dt.datetime, **changes: object
) -> PossibleDuplicate:
    """One step, both cases held before the pair: asked of the policy, and made."""
    keys = PossibleDuplicate.objects.values_list("earlier", "later").get(code=code)
    queries.hold_cases(Case.objects.filter(pk__in=keys))
    rows = PossibleDuplicate.objects.select_for_update(of=("self",), no_key=True)
    pair = rows.select_related(
        "earlier__owner", "earlier__person", "later__owner", "later__person"
    ).get(code=code)
    policy.may_pair(by, verb, pair).require()
    step = DUPLICATE.step(verb, state=DuplicateState(pair.state))
    for name, value in {"state": step.target, **changes}.items():
        setattr(pair, name, value)
    pair.save(update_fields=["state", *changes])
    return pair


def _require_consent(case: Case, other: Case, *, at: dt.datetime) -> None:
    """The person of this case has allowed the other's agency to know of it, in any group; an
    agency that is kept apart from either is told nothing, and nobody why."""
    if queries.is_kept_apart(case, other.owner_id) or queries.is_kept_apart(
        other, case.owner_id
    ):
        raise Refused("not_possible")
    if not queries.covered(case, other.owner_id, at=at, barred=False):
        raise Refused("no_consent")


def _answered(pair: PossibleDuplicate, *, by: Member, at: dt.datetime) -> None:
    close_tasks(subject=pair.code, kind="answer_duplicate", by=by, at=at)
    # The earlier case's own code: what was refused has no page any more.
    to = To(Role.SUPERVISOR, pair.earlier.owner)
    outbox.publish(Kind.DUPLICATE_ANSWERED, subject=pair.earlier.code, to=to, at=at)
