"""An answer together with what is said or agreed in the same breath: all of it, or none."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from referral.actions import answering, helping
from referral.models import Referral


@transaction.atomic
def accept(
    *,
    code: str,
    contact: Member,
    first_contact_at: dt.datetime,
    meets_at: dt.datetime | None = None,
    place: str = "",
    who_meets: str = "",
    by: Member,
    at: dt.datetime,
) -> Referral:
    """Take the person in and, if a meeting is given, propose the handover as well."""
    referral = answering.accept(
        code=code, contact=contact, first_contact_at=first_contact_at, by=by, at=at
    )
    if meets_at is None:
        return referral
    return helping.plan_handover(
        code=code, meets_at=meets_at, place=place, who_meets=who_meets, by=by, at=at
    )


@transaction.atomic
def decline(*, code: str, reason: str, note: str = "", by: Member, at: dt.datetime) -> Referral:
    """Say no; a note goes to the sender in the thread, which the sender alone keeps."""
    if note:
        helping.message(code=code, text=note, by=by, at=at)
    return answering.decline(code=code, reason=reason, by=by, at=at)
