"""Hand a whole case to another agency, agreed by the supervisors of both."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from agencies.calendar import calendar_of, day_of
from agencies.models import Agency, Member
from agencies.roles import Role
from cases import access, apart, deadlines, policy, queries, timeline, vault
from cases.actions.lifecycle import locked, save
from cases.models import Case
from cases.policy import Verb
from cases.records import GROUP
from cases.workflow import Purpose, RecordKind
from kernel.clock import Runs, Span
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import EVERY_GROUP, DataGroup
from notify import ladder, outbox
from notify.audience import To
from notify.ladder import Step
from notify.models import Clock, Task
from notify.notices import Kind
from referral.models import Referral, Transfer
from referral.workflow import UNENDED, State, TransferState

# How soon the other agency answers.
ANSWER = Span(72, Runs.WORKING_DAYS)
CLIMB = (
    Step(0.75, "receiver", Role.SUPERVISOR),
    Step(1.0, "receiver", Role.SUPERVISOR),
    Step(1.5, "sender", Role.SUPERVISOR),
    Step(3.0, "nation", Role.COORDINATOR),
)


@transaction.atomic
def propose(*, code: str, to: Agency, note: str, by: Member, at: dt.datetime) -> Transfer:
    """Propose it to the other agency's supervisors, who see the code and nothing of the case.

    The person's consent to that agency must cover everything that is held of them.
    """
    case = locked(code)
    policy.may(by, Verb.PROPOSE_TRANSFER, case).require()
    if to.pk == case.owner_id:
        raise Invalid("owner_already", pointer="/to")
    if not to.may_receive(day_of(to, at)):
        raise Refused("no_sharing_protocol")
    if Transfer.objects.filter(case=case, state=TransferState.PROPOSED).exists():
        raise Refused("transfer_is_open")
    transfer = Transfer(
        case=case, sender=case.owner, receiver=to, proposed_by=by, proposed_at=at
    )
    transfer.note = vault.seal_text(case.person, note, place=transfer.code)
    _require_consent(transfer, at=at)
    transfer.save(force_insert=True)
    _start_clock(transfer, at=at)
    timeline.record(case, "transfer.proposed", by=by, at=at, about=transfer.code)
    outbox.publish(
        Kind.TRANSFER_PROPOSED, subject=transfer.code, to=To(Role.SUPERVISOR, to), at=at
    )
    return transfer


@transaction.atomic
def withdraw(*, code: str, by: Member, at: dt.datetime) -> Transfer:
    """Take a proposal back that was not answered."""
    transfer = _held(code)
    policy.may(by, Verb.PROPOSE_TRANSFER, transfer.case).require()
    _end(transfer, TransferState.WITHDRAWN, by=by, at=at)
    return transfer


@transaction.atomic
def answer(*, code: str, accept: bool, by: Member, at: dt.datetime) -> Transfer:
    """The receiving supervisor's answer. With a yes the case, its referrals, running clocks, open
    tasks and names move, and the old owner keeps this transfer as its stub."""
    transfer = _held(code)
    if by.role != Role.SUPERVISOR or by.agency_id != transfer.receiver_id:
        raise Denied("only_the_receiver_may_answer")
    if apart.is_named(transfer.case_id, by):
        raise Denied("not_possible")
    if accept:
        _require_consent(transfer, at=at)
        _move_case(transfer, at=at)
        _move_work(transfer)
        _move_names(transfer, by=by)
    state = TransferState.ACCEPTED if accept else TransferState.DECLINED
    _end(transfer, state, by=by, at=at)
    outbox.publish(
        Kind.TRANSFER_ANSWERED,
        subject=transfer.code,
        to=To(Role.SUPERVISOR, transfer.sender, transfer.proposed_by),
        at=at,
    )
    return transfer


def _held(code: str) -> Transfer:
    """A proposal that waits for its answer, with its case and the consents behind it."""
    case = locked(Transfer.objects.values_list("case__code", flat=True).get(code=code))
    queries.hold_consents(case.pk)
    rows = Transfer.objects.select_for_update(of=("self",), no_key=True)
    transfer = rows.select_related("sender", "receiver", "proposed_by__agency").get(code=code)
    transfer.case = case
    if transfer.state != TransferState.PROPOSED:
        raise Refused("transfer_is_answered", state=transfer.state)
    return transfer


def _end(transfer: Transfer, state: TransferState, *, by: Member, at: dt.datetime) -> None:
    transfer.state, transfer.answered_at, transfer.answered_by = state, at, by
    transfer.save(update_fields=["state", "answered_at", "answered_by"])
    deadlines.stop(transfer.case, Clock.Purpose.TRANSFER, subject=transfer.code, at=at)
    timeline.record(transfer.case, f"transfer.{state}", by=by, at=at, about=transfer.code)


def _start_clock(transfer: Transfer, *, at: dt.datetime) -> None:
    ladder.start(
        subject=transfer.code,
        purpose=Clock.Purpose.TRANSFER,
        span=ANSWER,
        calendar=calendar_of(transfer.receiver),
        sender=transfer.sender,
        receiver=transfer.receiver,
        assignee=None,
        emergency=False,
        case=transfer.case.code,
        steps=CLIMB,
        at=at,
    )
    deadlines.copy_due(transfer.case)


def _require_consent(transfer: Transfer, *, at: dt.datetime) -> None:
    case, receiver = transfer.case, transfer.receiver_id
    if queries.is_kept_apart(case, receiver):
        # Never why: the reason may itself endanger the person.
        apart.note_attempt(case.code, "transfer.propose")
        raise Refused("not_possible", state=transfer.state)
    covered = queries.covered(case, receiver, at=at, purpose=Purpose.SERVICE)
    if not _groups_held(case) <= set(covered):
        raise Refused("no_consent", state=transfer.state)


def _groups_held(case: Case) -> set[str]:
    """The data groups of which anything is held: the person's own, and what a case keeps of them
    in records of its own."""
    kept = {
        DataGroup.TRAFFICKING: case.statements.exists()
        or case.records.filter(kind__in=_TRAFFICKING, retracted_at__isnull=True).exists(),
        DataGroup.TRIAGE: True,
        DataGroup.SAFETY: case.assessments.exists()
        or case.records.filter(kind=RecordKind.SAFETY_PLAN, retracted_at=None).exists(),
        DataGroup.SCREENING: case.screenings.exists(),
        DataGroup.PLAN: case.plans.exists(),
    }
    own = set(vault.groups_held(case.person)) & set(EVERY_GROUP)
    return own | {group.value for group, is_held in kept.items() if is_held}


_TRAFFICKING = [kind for kind, group in GROUP.items() if group is DataGroup.TRAFFICKING]


def _move_case(transfer: Transfer, *, at: dt.datetime) -> None:
    case = transfer.case
    running = Referral.objects.filter(case=case, state__in=UNENDED | {State.DRAFT})
    if running.filter(receiver=transfer.receiver).exists():
        # An agency cannot be asked by itself; what it does for the person it now does as owner.
        raise Refused("receiver_is_being_asked_for_help", state=transfer.state)
    save(case, owner=transfer.receiver, worker=None)
    access.set_owner(case, at=at)
    # Whoever helps learns who stands behind the person now; of what has ended nobody learns more.
    running.update(sender=transfer.receiver)


def _move_work(transfer: Transfer) -> None:
    """What runs and what is left to do, also of referrals that have ended: a person whom the old
    owner was to ask is now asked by the new one."""
    case, old, new = transfer.case, transfer.sender, transfer.receiver
    ladder.move_case(case=case.code, old=old, new=new)
    codes = [case.code, *Referral.objects.filter(case=case).values_list("code", flat=True)]
    left = Task.objects.filter(Q(case=case.code) | Q(subject__in=codes), agency=old)
    left.filter(done_at__isnull=True).update(agency=new, assignee=None, role=Role.SUPERVISOR)


def _move_names(transfer: Transfer, *, by: Member) -> None:
    """The new owner finds the person by name, the old one no more."""
    case, identity = transfer.case, DataGroup.IDENTITY
    opened = vault.open_groups(
        case.person, [identity], by=by, case=case.code, why="transfer", unseen=True
    )
    vault.index_names(case.person, transfer.receiver, opened[identity])
    vault.index_names(case.person, transfer.sender, {})
