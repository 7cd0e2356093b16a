"""How an agency comes to take part: asked for by a supervisor or by itself, decided by a system
administrator."""

import datetime as dt
from typing import Any

from django.db import transaction

from agencies import actions as agencies
from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from guest import policy, queries
from guest.models import Admission
from kernel.errors import Refused
from notify import actions as notices
from notify import ledger
from referral.actions import leaving

Kind, State = Admission.Kind, Admission.State
# What is asked of a system administrator.
TASK = "decide_admission"


@transaction.atomic
def ask_for_agency(
    *, facts: dict[str, Any], mail: str, by: Member, at: dt.datetime
) -> Admission:
    """A supervisor asks that a small agency may be referred to, though it has no account."""
    policy.may_ask_for_agency(by).require()
    asked = Admission(kind=Kind.GUEST, facts=facts, mail=mail, asked_by=by, asked_at=at)
    return _ask(asked, by=by)


@transaction.atomic
def claim(*, contact: str, mail: str, by: Member, at: dt.datetime) -> Admission:
    """An agency that answers by links wants its own access: whom to invite, and where to write."""
    open_claims = Admission.objects.filter(kind=Kind.CLAIM, state=State.ASKED)
    if open_claims.filter(agency=by.agency_id).exists():
        raise Refused("access_was_asked_for_before", state="asked")
    asked = Admission(
        kind=Kind.CLAIM, agency=by.agency, contact=contact, mail=mail, asked_by=by, asked_at=at
    )
    return _ask(asked, by=by)


@transaction.atomic
def admit_guest(
    *,
    admission: Admission | None,
    facts: dict[str, Any],
    service: dict[str, Any],
    phone: str,
    mail: str,
    language: str,
    by: Member,
    at: dt.datetime,
) -> Agency:
    """Enter an agency without an account in the register, with its first service; asked for by
    somebody, or of one's own accord."""
    policy.may_decide(by).require()
    agency = agencies.register_guest(
        facts=facts, phone=phone, mail=mail, language=language, by=by
    )
    agencies.offer_service(agency=agency, facts=service, by=by)
    if admission is not None:
        _decide(admission, Kind.GUEST, State.ADMITTED, agency=agency, by=by, at=at)
    return agency


@transaction.atomic
def admit_claim(
    *, admission: Admission, username: str, by: Member, at: dt.datetime
) -> tuple[Member, str]:
    """The agency gets its own access: its first administrator, and the one-use secret of the
    invitation. Its referrals stay, and wait for its members; its links lead nowhere any more."""
    policy.may_decide(by).require()
    agency = admission.agency
    assert agency is not None, "a rule of the table"
    _decide(admission, Kind.CLAIM, State.ADMITTED, agency=agency, by=by, at=at)
    stand_in = queries.stand_in_of(agency.pk)
    full = agencies.make_full(agency=agency, by=by)
    facts = {
        "username": username,
        "last_name": admission.contact,
        "email": admission.mail,
        "role": Role.AGENCY_ADMIN.value,
        "language": stand_in.language if stand_in else by.language,
    }
    invited = agencies.invite(facts=facts, agency=full, by=by, at=at)
    if stand_in is not None:
        stand_in.agency = full
        leaving.leave(member=stand_in, by=by, at=at)
    return invited


@transaction.atomic
def refuse(*, admission: Admission, by: Member, at: dt.datetime) -> Admission:
    policy.may_decide(by).require()
    _decide(
        admission, Kind(admission.kind), State.REFUSED, agency=admission.agency, by=by, at=at
    )
    return admission


def _ask(admission: Admission, *, by: Member) -> Admission:
    admission.save(force_insert=True)
    log.record("admission.asked", by=by, about=admission.code, facts={"kind": admission.kind})
    ledger.leave_to_administrators(
        TASK, subject=admission.code, at=admission.asked_at, space=by.space
    )
    return admission


def _decide(
    admission: Admission,
    kind: Admission.Kind,
    state: Admission.State,
    *,
    agency: Agency | None,
    by: Member,
    at: dt.datetime,
) -> None:
    """Once, whoever else presses a button at the same moment."""
    waiting = Admission.objects.filter(pk=admission.pk, kind=kind, state=State.ASKED)
    if not waiting.update(state=state, agency=agency, decided_at=at, decided_by=by):
        raise Refused("admission_is_decided", state=admission.state)
    admission.state, admission.agency = state, agency
    log.record(f"admission.{state}", by=by, about=admission.code)
    notices.close_tasks(subject=admission.code, kind=TASK, by=by, at=at)
