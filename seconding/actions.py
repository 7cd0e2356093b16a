"""Ask for an act that takes two people, approve or refuse it, and use up the approval once."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from agencies.models import Member
from agencies.queries import held
from agencies.roles import Role
from audit import log
from kernel.errors import Denied, Refused
from kernel.fields import require_reason
from notify import outbox
from notify.audience import To
from notify.notices import Kind
from seconding import policy, words
from seconding.acts import ACTS
from seconding.models import TwoPersonAct

State = TwoPersonAct.State
OPEN = frozenset({State.ASKED, State.APPROVED})


@transaction.atomic
def ask(
    *,
    act: str,
    subject: str,
    facts: Mapping[str, log.Fact | list[str]],
    reason: str,
    by: Member,
    at: dt.datetime,
) -> TwoPersonAct:
    """Ask. Nothing is done by it; everybody who could approve is told."""
    policy.may_ask(by, act).require()
    require_reason(reason, pointer="/reason")
    seconders = list(policy.seconders_of(act, by).select_related("agency").order_by("pk"))
    if not seconders:
        raise Refused("nobody_could_second")
    # The asker is held, so that two requests at once cannot both find none before them.
    held(by)
    open_ones = TwoPersonAct.objects.filter(act=act, subject=subject, asked_by=by)
    if open_ones.filter(state__in=OPEN).exists():
        raise Refused("second_person_is_asked")
    request = TwoPersonAct(
        act=act,
        subject=subject,
        facts=dict(facts),
        agency=by.agency,
        asked_by=by,
        asked_at=at,
        decide_by=at + ACTS[act].decided_within,
    )
    request.words = words.seal(request, reason)
    request.save(force_insert=True)
    log.record("second.asked", by=by, about=request.code, facts={"act": act})
    for member in seconders:
        _tell(Kind.SECOND_ASKED, request, member, at=at)
    return request


@transaction.atomic
def decide(*, code: str, approve: bool, by: Member, at: dt.datetime) -> TwoPersonAct:
    """Approve or refuse, once; by whoever is active and of the right role at this moment."""
    request = locked(code)
    by = held(by)
    policy.may_decide(by, request).require()
    _require(request, State.ASKED)
    if request.decide_by <= at:
        raise Refused("second_person_too_late", state=request.state)
    request.decided_by, request.decided_at = by, at
    if approve:
        request.do_by = at + ACTS[request.act].done_within
    _end(request, State.APPROVED if approve else State.REFUSED, by=by)
    _tell(Kind.SECOND_DECIDED, request, request.asked_by, at=at)
    return request


@transaction.atomic
def take_back(*, code: str, by: Member, at: dt.datetime) -> TwoPersonAct:
    """The asker wants it no more."""
    request = locked(code)
    if request.asked_by_id != by.pk:
        raise Denied("only_the_asker_may_do_this")
    if request.state not in OPEN:
        raise Refused("second_person_is_done", state=request.state)
    _end(request, State.TAKEN_BACK, by=by)
    return request


@transaction.atomic
def use(*, code: str, act: str, by: Member, at: dt.datetime) -> TwoPersonAct:
    """Use the approval up, in the transaction of the act itself: by its asker, for this act,
    while it holds, and while who approved it still might."""
    request = locked(code)
    if request.asked_by_id != by.pk or request.act != act:
        raise Denied("only_the_asker_may_do_this")
    policy.may_ask(by, act).require()
    _require(request, State.APPROVED)
    if request.do_by is None or request.decided_by_id is None or request.do_by <= at:
        raise Refused("second_person_too_late", state=request.state)
    # As stored now, but not held: two who approve each other's requests must not meet head on.
    seconder = Member.objects.select_related("agency").get(pk=request.decided_by_id)
    policy.may_decide(seconder, request).require()
    request.done_at = at
    _end(request, State.DONE, by=by)
    return request


@transaction.atomic
def expire(*, code: str, by: log.Machine, at: dt.datetime) -> None:
    """Nobody decided, or nothing was done with the approval, in time."""
    request = locked(code)
    until = request.do_by if request.state == State.APPROVED else request.decide_by
    if request.state in OPEN and until is not None and until <= at:
        _end(request, State.EXPIRED, by=by)


def locked(code: str) -> TwoPersonAct:
    """The request, held against every other change until this transaction ends."""
    rows = TwoPersonAct.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("asked_by__agency", "decided_by__agency", "agency").get(
        code=code
    )


def _require(request: TwoPersonAct, state: State) -> None:
    if request.state != state:
        gone = "second_person_too_late" if request.state == State.EXPIRED else ""
        raise Refused(gone or "second_person_is_done", state=request.state)


def _end(request: TwoPersonAct, state: State, *, by: log.Actor) -> None:
    request.state = state
    if state not in OPEN:
        request.words = None
    request.save(
        update_fields=["state", "words", "decided_by", "decided_at", "do_by", "done_at"]
    )
    log.record(f"second.{state}", by=by, about=request.code, facts={"act": request.act})


def _tell(kind: Kind, request: TwoPersonAct, member: Member, *, at: dt.datetime) -> None:
    to = To(Role(member.role), member.agency, member)
    outbox.publish(
        kind, subject=request.code, to=to, at=at, emergency=ACTS[request.act].emergency
    )
