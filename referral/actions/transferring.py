"""Hand a whole case to another agency, agreed by the supervisors of both."""

import datetime as dt

from django.db import transaction

from agencies.models import Agency, Member
from agencies.roles import Role
from cases import access, policy, queries, timeline, vault
from cases.actions.lifecycle import locked, save
from cases.policy import Verb
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import EVERY_GROUP
from notify import outbox
from notify.audience import To
from notify.models import Task
from notify.notices import Kind
from referral.models import Referral, Transfer
from referral.workflow import ASKED, TAKEN, TransferState


@transaction.atomic
def propose(*, code: str, to: Agency, note: str, by: Member, at: dt.datetime) -> Transfer:
    """Propose it to the other agency's supervisors, who see the code and nothing of the case.

    The person's consent to that agency must cover everything that is held of them.
    """
    case = locked(code)
    policy.may(by, Verb.PROPOSE_TRANSFER, case).require()
    if to.pk == case.owner_id:
        raise Invalid("owner_already", pointer="/to")
    if not to.may_receive(at.date()):
        raise Refused("no_sharing_protocol")
    if Transfer.objects.filter(case=case, state=TransferState.PROPOSED).exists():
        raise Refused("transfer_is_open")
    transfer = Transfer(
        case=case, sender=case.owner, receiver=to, proposed_by=by, proposed_at=at
    )
    transfer.note = vault.seal_text(case.person, note, place=transfer.code)
    _require_consent(transfer, at=at)
    transfer.save(force_insert=True)
    timeline.record(case, "transfer.proposed", by=by, at=at, about=transfer.code)
    outbox.publish(
        Kind.TRANSFER_PROPOSED, subject=transfer.code, to=To(Role.SUPERVISOR, to), at=at
    )
    return transfer


@transaction.atomic
def answer(*, code: str, accept: bool, by: Member, at: dt.datetime) -> Transfer:
    """The receiving supervisor's answer. With a yes the case, its open tasks and its referrals
    move, and the old owner keeps this transfer as its stub."""
    case_code = Transfer.objects.values_list("case__code", flat=True).get(code=code)
    case = locked(case_code)
    queries.hold_consents(case.pk)
    rows = Transfer.objects.select_for_update(of=("self",), no_key=True)
    transfer = rows.select_related("sender", "receiver", "proposed_by__agency").get(code=code)
    transfer.case = case
    if by.role != Role.SUPERVISOR or by.agency_id != transfer.receiver_id:
        raise Denied("only_the_receiver_may_answer")
    if transfer.state != TransferState.PROPOSED:
        raise Refused("transfer_is_answered", state=transfer.state)
    if accept:
        _require_consent(transfer, at=at)
        _move_case(transfer, at=at)
    transfer.state = TransferState.ACCEPTED if accept else TransferState.DECLINED
    transfer.answered_at, transfer.answered_by = at, by
    transfer.save(update_fields=["state", "answered_at", "answered_by"])
    timeline.record(case, f"transfer.{transfer.state}", by=by, at=at, about=transfer.code)
    outbox.publish(
        Kind.TRANSFER_ANSWERED,
        subject=transfer.code,
        to=To(Role.SUPERVISOR, transfer.sender, transfer.proposed_by),
        at=at,
    )
    return transfer


def _require_consent(transfer: Transfer, *, at: dt.datetime) -> None:
    held = set(vault.groups_held(transfer.case.person)) & set(EVERY_GROUP)
    covered = queries.covered(transfer.case, transfer.receiver_id, at=at)
    if not held <= set(covered):
        raise Refused("no_consent", state=transfer.state)


def _move_case(transfer: Transfer, *, at: dt.datetime) -> None:
    case = transfer.case
    live = Referral.objects.filter(case=case, state__in=ASKED | TAKEN)
    if live.filter(receiver=transfer.receiver).exists():
        # An agency cannot be asked by itself; what it does for the person it now does as owner.
        raise Refused("receiver_is_being_asked_for_help", state=transfer.state)
    save(case, owner=transfer.receiver, worker=None)
    access.set_owner(case, at=at)
    Referral.objects.filter(case=case, receiver__isnull=False).exclude(
        receiver=transfer.receiver
    ).update(sender=transfer.receiver)
    Task.objects.filter(
        agency=transfer.sender,
        done_at__isnull=True,
        subject__in=[case.code, *live.values_list("code", flat=True)],
    ).update(agency=transfer.receiver, assignee=None, role=Role.SUPERVISOR)
