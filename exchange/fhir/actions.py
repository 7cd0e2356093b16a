"""The answer of a partner's system: the same acts as by the API and the pages, under one lock."""

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction

from agencies import policy as agency_policy
from agencies.models import Member
from exchange.fhir import policy
from exchange.fhir.codes import MEETING, TASK_STATUS, WORDS
from kernel.errors import Invalid, Stale
from referral import reading
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
    if _stands(referral, status, said, by):
        return referral
    if str(referral.version) != version:
        raise Stale("stale_version")
    check(referral)
    return ACTS[status](referral, said, by, at)


def _stands(referral: Referral, status: str, said: Said, by: Member) -> bool:
    """Whether all of this was said before. Words that are kept sealed are opened for that, where they
    are ones that the receiver reads anyway; feedback and a word with a refusal are not."""
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
    if "question" in said:
        kept["question"] = reading.texts_for(by, referral).get("question")
    if MEETING & said.keys():
        kept |= _meeting_of(referral, by, words=WORDS & said.keys())
    if "confirmed" in said:
        kept["confirmed"] = _is_confirmed(referral, said=said["confirmed"])
    return all(said[name] == value for name, value in kept.items() if name in said)


def _meeting_of(referral: Referral, by: Member, *, words: Collection[str]) -> Said:
    """The meeting that is planned, with its words if there are some to be compared."""
    if words and (found := reading.handover_for(by, referral)):
        plan, texts = found
        return {"meets_at": plan.meets_at, **texts}
    at = Handover.objects.filter(referral=referral).values_list("meets_at", flat=True).first()
    return {"meets_at": at} | dict.fromkeys(words)


def _is_confirmed(referral: Referral, *, said: bool) -> bool | None:
    """Shown is whether both sides have confirmed it; true, put back, says that one's own side does."""
    plan = Handover.objects.filter(referral=referral).first()
    if plan is None:
        return None
    return plan.receiver_confirmed_at is not None if said else plan.confirmed


def _receive(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    return answering.receive(code=referral.code, by=by, at=at)


def _ask(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    return answering.request_info(code=referral.code, question=said["question"], by=by, at=at)


def _accept(referral: Referral, said: Said, by: Member, at: dt.datetime) -> Referral:
    """Take the person in. Where that stands already, it is the meeting that is new, or one's word that
    it will be kept."""
    said, confirmed = _without(said, "confirmed")
    if confirmed is not None:
        stands, whole = _stands(referral, "accepted", said, by), WORDS & said.keys()
        if stands and confirmed:
            return helping.confirm_handover(code=referral.code, by=by, at=at)
        if stands and whole:
            # As it was before the other side said yes: no meeting is planned anew by that.
            return referral
        if not whole and (stands or "meets_at" not in said):
            raise Invalid("not_changed_here", pointer="/confirmed")
    meeting = {name: said[name] for name in MEETING if name in said}
    for name in sorted(MEETING - meeting.keys()) if meeting else ():
        raise Invalid("required", pointer=f"/{name}")
    taken_in = {name: value for name, value in said.items() if name not in meeting}
    if meeting and _stands(referral, "accepted", taken_in, by):
        return helping.plan_handover(code=referral.code, **meeting, by=by, at=at)
    colleagues = agency_policy.members_visible_to(by).select_related("agency")
    contact = colleagues.filter(username=said["contact"]).first()
    if contact is None:
        raise Invalid("unknown_member", pointer="/contact")
    return deciding.accept(code=referral.code, **said | {"contact": contact}, by=by, at=at)


def _without(said: Said, name: str) -> tuple[Said, Any]:
    """The rest, and what was said by this name."""
    return {each: value for each, value in said.items() if each != name}, said.get(name)


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
