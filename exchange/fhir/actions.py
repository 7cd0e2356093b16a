"""The answer of a partner's system: the same acts as by the API and the pages, under one lock."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction

from agencies import policy as agency_policy
from agencies.models import Member
from exchange.fhir import policy
from exchange.fhir.codes import MEETING, TASK_STATUS
from kernel.errors import Invalid, Stale
from referral.actions import answering, deciding, helping, recalling
from referral.actions.moving import locked
from referral.models import Handover, Referral
from referral.workflow import State

Said = dict[str, Any]


@transaction.atomic
def answer(
    *, code: str, status: str, said: Said, version: str, check: Callable[[Referral], None], by: Member,
    at: dt.datetime,
) -> Referral:  # fmt: skip
    """Put the Task of this referral in this status, with what was said.

    What stands so already is left as it is, whatever version the sender of it had seen: a system that
    never got its answer asks again (RFC 9110, section 13.1.1). Otherwise raises Stale where this is
    not the version that it judged; `check` is then asked about the rest of the Task.
    """
    referral = locked(code, hold_consents=True)
    policy.may(by, status, referral).require()
    if _stands(referral, status, said):
        return referral
    if str(referral.version) != version:
        raise Stale("stale_version")
    check(referral)
    return ACTS[status](referral, said, by, at)


def _stands(referral: Referral, status: str, said: Said) -> bool:
    """Whether this was said before, in the codes and moments that are kept in clear."""
    if TASK_STATUS[State(referral.state)] != status:
        return False
    if status == "cancelled":
        return referral.recalled_at is None or referral.recall_acknowledged_at is not None
    kept: Said = {
        "contact": referral.contact and referral.contact.username,
        "first_contact_at": referral.first_contact_planned_at,
        "met_at": referral.first_contact_at,
        "reason": referral.decline_reason,
        "outcome": referral.outcome,
    }
    if "meets_at" in said:
        plan = Handover.objects.filter(referral=referral).first()
        kept["meets_at"] = plan and plan.meets_at
    return all(said[name] == value for name, value in kept.items() if name in said)


def _receive(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    return answering.receive(code=referral.code, by=by, at=at)


def _ask(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    return answering.request_info(code=referral.code, question=said["question"], by=by, at=at)


def _accept(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    """Take the person in. Where that stands already, it is the meeting that is new."""
    meeting = {name: said[name] for name in MEETING if name in said}
    taken_in = {name: value for name, value in said.items() if name not in meeting}
    if meeting and _stands(referral, "accepted", taken_in):
        return helping.plan_handover(code=referral.code, **meeting, by=by, at=at)
    colleagues = agency_policy.members_visible_to(by).select_related("agency")
    contact = colleagues.filter(username=said["contact"]).first()
    if contact is None:
        raise Invalid("unknown_member", pointer="/contact")
    return deciding.accept(code=referral.code, **said | {"contact": contact}, by=by, at=at)


def _decline(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    return deciding.decline(code=referral.code, **said, by=by, at=at)


def _meet(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    return helping.first_contact(code=referral.code, met_at=said["met_at"], by=by, at=at)


def _complete(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    return helping.complete(code=referral.code, **said, by=by, at=at)


def _give_up(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    """Log these attempts, and end it with them and those that were logged before."""
    for attempt in said["attempts"]:
        helping.log_attempt(code=referral.code, **attempt, by=by, at=at)
    return helping.not_reached(code=referral.code, by=by, at=at)


def _acknowledge(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    return recalling.acknowledge_recall(code=referral.code, by=by, at=at)


ACTS: dict[str, Callable[[Referral, Said, Member, dt.datetime], Referral]] = {
    "received": _receive,
    "on-hold": _ask,
    "accepted": _accept,
    "rejected": _decline,
    "in-progress": _meet,
    "completed": _complete,
    "failed": _give_up,
    "cancelled": _acknowledge,
}
