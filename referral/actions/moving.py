"""What every move of a referral has in common: lock, ask, move, open or close, write down."""

import datetime as dt
from collections.abc import Set as AbstractSet
from typing import Any

from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from cases import access, queries, timeline, vault
from cases.models import Case
from kernel.errors import Refused
from kernel.groups import TRIAGE_ONLY
from notify import ladder, ledger, outbox
from notify.audience import To
from notify.models import Clock
from notify.notices import Kind
from referral import policy
from referral.models import Referral
from referral.policy import Act
from referral.workflow import FLOW, TAKEN, Party, State, Verb


def locked(code: str, *, hold_consents: bool = False) -> Referral:
    """The referral, held against every other change until this transaction ends.

    `hold_consents` for the moves that open data: consents are always held before referrals, so
    that a withdrawal, which goes the same way, waits and never meets us head on.
    """
    if hold_consents:
        queries.hold_consents(Referral.objects.values_list("case_id", flat=True).get(code=code))
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


def act(referral: Referral, what: Act, *, by: Member, at: dt.datetime) -> None:
    """Ask for something that moves nothing, and write it down."""
    policy.may_act(by, what, referral).require()
    if not policy.in_time(policy.party_of(by, referral), what, referral):
        raise Refused(f"cannot_{what}_when_{referral.state}", state=referral.state)
    timeline.record(referral.case, f"referral.{what}", by=by, at=at, about=referral.code)


def save(referral: Referral, **changes: Any) -> None:
    """Write these fields and the next version."""
    for name, value in changes.items():
        setattr(referral, name, value)
    referral.version += 1
    referral.save(update_fields=[*changes, "version"])


def open_triage(referral: Referral, *, at: dt.datetime) -> None:
    """The receiver's inbox may see the triage card, until the consent behind it ends."""
    _open(referral, TRIAGE_ONLY, at=at)


def open_groups(referral: Referral, *, at: dt.datetime) -> None:
    """The consented groups open to the receiver's inbox and the named contact."""
    _open(referral, TRIAGE_ONLY | set(referral.groups), at=at)


def is_covered(referral: Referral, *, at: dt.datetime) -> bool:
    """Whether a live consent or override still covers every group that it shares."""
    ends = queries.covered(referral.case, referral.receiver_id, at=at, purpose=referral.purpose)
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
    """All access through this referral ends, and so do its clocks."""
    access.end(referral.code)
    stop_clocks(referral, at=at)


def stop_clocks(referral: Referral, *, at: dt.datetime) -> None:
    ladder.stop(subject=referral.code, at=at)
    copy_due(referral.case)


def copy_due(case: Case) -> None:
    """Lists are ordered by the nearest deadline of the case's referrals."""
    codes = case.referrals.values("code")
    running = Clock.objects.filter(subject__in=codes, stopped_at__isnull=True)
    access.copy_due(case, running.order_by("due_at").values_list("due_at", flat=True).first())


def seal(referral: Referral, what: str, text: str) -> bytes:
    return vault.seal_text(referral.case.person, text, place=f"{referral.code} {what}")


def tell_sender(kind: Kind, referral: Referral, *, at: dt.datetime) -> None:
    """The worker of the case; where there is none, the sender's supervisors."""
    _tell(kind, referral, To(Role.SUPERVISOR, referral.sender, referral.case.worker), at)


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
        agency=referral.sender,
        role=Role.SUPERVISOR,
        assignee=referral.case.worker,
        due_at=due_at,
        at=at,
    )


def _open(referral: Referral, scope: AbstractSet[str], *, at: dt.datetime) -> None:
    ends = queries.covered(referral.case, referral.receiver_id, at=at, purpose=referral.purpose)
    missing = set(referral.groups) - set(ends)
    if missing:
        raise Refused("no_consent", state=referral.state)
    access.set_referred(
        referral.case,
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
