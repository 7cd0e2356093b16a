"""What a guest does that a member does otherwise: it names a contact who is no member."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from referral.actions import deciding, helping
from referral.models import Referral


@transaction.atomic
def accept(
    *,
    code: str,
    contact_name: str,
    first_contact_at: dt.datetime,
    meets_at: dt.datetime | None = None,
    place: str = "",
    who_meets: str = "",
    by: Member,
    at: dt.datetime,
) -> Referral:
    """Take the person in. Whom the person is to ask for goes to the sender in the thread, sealed
    as every message."""
    accepted = deciding.accept(
        code=code, contact=by, first_contact_at=first_contact_at, meets_at=meets_at,
        place=place, who_meets=who_meets, by=by, at=at,
    )  # fmt: skip
    helping.message(code=code, text=contact_name, by=by, at=at)
    return accepted
