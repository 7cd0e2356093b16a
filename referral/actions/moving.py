"""What every move of a referral has in common: lock, ask, move, open or close, write down."""

import datetime as dt
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from cases import access, queries, timeline, vault
from cases.deadlines import copy_due
from cases.models import Case, CaseAccess
from edge import wall
from kernel.errors import Refused
from kernel.groups import TRIAGE_ONLY
from notify import ladder, ledger, outbox
from notify.actions import close_tasks
from notify.audience import To
from notify.models import Clock
from notify.notices import Kind
from referral import policy
from referral import queries as referral_queries
from referral.models import Referral
from referral.policy import Act
from referral.workflow import FLOW, TAKEN, OnwardState, Party, State, Verb


def locked(code: str, *, hold_consents: bool = False) -> Referral:
    """The referral, held against every other change until this transaction ends.

    Its case is held first, because an act also touches what the case's referrals have in common;
    then, for the moves that open data (`hold_consents`), the consents, so that a withdrawal waits
    or is seen. Whatever the caller read before is to be read again from what this gives.
    """
    case_id = Referral.objects.values_list("case_id", flat=True).get(code=code)
    # Whoever has the referral acts on it, also when nothing of the case is open to them any more:
    # a recall is acknowledged, a way on proposed.
    wall.hold([case_id])
    queries.hold_cases(Case.objects.filter(pk=case_id))
    if hold_consents:
        queries.hold_consents(case_id)
    rows = Referral.objects.select_for_update(of=("self",), no_key=True).select_related(
        "case__owner", "case__person", "case__worker__agency", "service__agency", "sender",
        "receiver", "assignee__agency", "contact__agency",
    )  # fmt: skip
    return rows.get(code=code)


def move(
    referral: Referral, verb: Verb, *, by: Member | log.Machine, at: dt.datetime, **changes: Any
) -> None:
    """One step of the workflow: asked, made, and written down for both sides."""
    if isinstance(by, Member):
        policy.may(by, verb, referral).require()
    moved(referral, verb, by=by, at=at, **changes)


def moved(
    referral: Referral, verb: Verb, *, by: Member | log.Machine, at: dt.datetime, **changes: Any
) -> None:
    """The same for whoever was asked under this very lock."""
    before = State(referral.state)
    step = FLOW.step(verb, state=before)
    if step.party == Party.CLOCK and isinstance(by, Member):
        raise Refused("only_the_clock_may_do_this", state=before.value)
    save(referral, state=step.target, **changes)
    timeline.record(
        referral.case,
        f"referral.{verb}",
        by=by,
        at=at,
        about=referral.code,
        facts={"from": before.value, "to": step.target.value},
    )


def side_for(what: Act, referral: Referral, *, by: Member) -> Party:
    """The side on which this is done now. Raises Denied where it is not theirs to do, and Refused
    where it is not the time."""
    side = policy.party_of(by, referral)
    policy.may_act_as(side, by, what).require()
    if side is None or not policy.in_time(side, what, referral):
        raise Refused(f"cannot_{what}_when_{referral.state}", state=referral.state)
    return side


def act(referral: Referral, what: Act, *, by: Member, at: dt.datetime) -> Party:
    """Ask for something that moves nothing, and write it down; on which side it is done."""
    side = side_for(what, referral, by=by)
    timeline.record(referral.case, f"referral.{what}", by=by, at=at, about=referral.code)
    return side


def save(referral: Referral, **changes: Any) -> None:
    """Write these fields and the next version."""
    for name, value in changes.items():
        setattr(referral, name, value)
    referral.version += 1
    # By the clock of the service, whatever `at` says: a partner asks for what was written since.
    referral.changed_at = timezone.now()
    referral.save(update_fields=[*changes, "version", "changed_at"])


def open_triage(
    referral: Referral, *, at: dt.datetime, ends: Mapping[str, dt.datetime] | None = None
) -> None:
    """The receiver's inbox may see the triage card, until the consent behind it ends. `ends` is
    what `covered` gave under this very lock."""
    _open(referral, TRIAGE_ONLY, at=at, ends=ends)


def open_groups(referral: Referral, *, at: dt.datetime) -> None:
    """The consented groups open to the receiver's inbox and the named contact."""
    _open(referral, TRIAGE_ONLY | set(referral.groups), at=at)


def is_covered(referral: Referral, *, at: dt.datetime) -> bool:
    """Whether a live consent or override still covers every group that it shares."""
    ends = referral_queries.covered(referral, at=at)
    return set(referral.groups) <= set(ends)


def reopen(referral: Referral, *, at: dt.datetime) -> None:
    """Write its access anew for whoever stands for the receiver now. Where the consent has just
    run out nothing opens, and the clock will end the referral."""
    if not is_covered(referral, at=at):
        access.end(referral.code)
    elif referral.state in TAKEN:
        open_groups(referral, at=at)
    else:
        open_triage(referral, at=at)


def close(referral: Referral, *, at: dt.datetime) -> None:
    """All access through this referral ends, and so do its clocks. What its receiver proposed
    besides is answered with it, unless its help was completed."""
    access.end(referral.code)
    if referral.state != State.COMPLETED:
        _end_onwards(referral, at=at)
    # Last, because it copies the deadline that is nearest now.
    stop_clocks(referral, at=at)


def stop_clocks(referral: Referral, *, at: dt.datetime) -> None:
    ladder.stop(subject=referral.code, at=at)
    copy_due(referral.case)


def run_on(referral: Referral, *, at: dt.datetime) -> None:
    """The clock that was held runs on, and with it the deadline that is shown."""
    ladder.resume(subject=referral.code, at=at)
    clock = Clock.objects.filter(subject=referral.code, stopped_at__isnull=True).first()
    if clock is not None:
        save(referral, reply_due_at=clock.due_at)
    copy_due(referral.case)


def end_pause(code: str, at: dt.datetime) -> None:
    """No answer came for as long as a clock is ever held."""
    run_on(locked(code), at=at)


def seal(referral: Referral, what: str, text: str) -> bytes:
    return vault.seal_text(referral.case.person, text, place=f"{referral.code} {what}")


def tell_sender(kind: Kind, referral: Referral, *, at: dt.datetime) -> None:
    """The worker of the case; where there is none, its owner's supervisors."""
    _tell(kind, referral, To(Role.SUPERVISOR, referral.case.owner, referral.case.worker), at)


def tell_receiver(kind: Kind, referral: Referral, *, at: dt.datetime) -> None:
    """The named contact, or whoever was given it, or the receiver's focal points."""
    who = referral.contact or referral.assignee
    _tell(kind, referral, To(Role.FOCAL_POINT, referral.receiver, who), at)


def task_for_sender(
    kind: str, referral: Referral, *, at: dt.datetime, due_at: dt.datetime | None = None
) -> None:
    ledger.set_task(
        kind,
        subject=referral.code,
        case=referral.case.code,
        agency=referral.case.owner,
        role=Role.SUPERVISOR,
        assignee=referral.case.worker,
        due_at=due_at,
        at=at,
    )


def _end_onwards(referral: Referral, *, at: dt.datetime) -> None:
    waiting = referral.onwards.filter(state=OnwardState.PROPOSED)
    for code in waiting.values_list("code", flat=True):
        ladder.stop(subject=code, at=at)
    if waiting.update(state=OnwardState.ENDED, answered_at=at):
        close_tasks(subject=referral.code, kind="answer_onward", by=None, at=at)


def _open(
    referral: Referral,
    scope: AbstractSet[str],
    *,
    at: dt.datetime,
    ends: Mapping[str, dt.datetime] | None = None,
) -> None:
    if ends is None:
        ends = referral_queries.covered(referral, at=at)
    missing = set(referral.groups) - set(ends)
    if missing:
        raise Refused("no_consent", state=referral.state)
    access.set_opened(
        referral.case,
        CaseAccess.Because.REFERRED,
        source=referral.code,
        principals=_principals(referral),
        scope=scope,
        until=min((ends[group] for group in referral.groups), default=None),
        at=at,
    )


def _principals(referral: Referral) -> list[int]:
    receiver: Agency = referral.receiver
    named = [member.own_group_id for member in (referral.assignee, referral.contact) if member]
    return [receiver.focal_points_id, receiver.supervisors_id, *named]


def _tell(kind: Kind, referral: Referral, to: To, at: dt.datetime) -> None:
    outbox.publish(
        kind, subject=referral.code, to=to, at=at, emergency=referral.urgency == "emergency"
    )
