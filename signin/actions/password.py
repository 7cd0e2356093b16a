"""A member's own new password."""

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from agencies.models import Member
from agencies.queries import held
from agencies.roles import Role
from audit import log
from edge import sessions
from kernel.codes import new_code
from kernel.errors import Invalid
from notify import outbox
from notify.audience import To
from notify.notices import Kind


@transaction.atomic
def change(*, old: str, new: str, session: str, by: Member, at: dt.datetime) -> Member:
    """With the old one, which somebody at a screen left open does not know (OWASP ASVS 5.0.0,
    6.2.2 and 6.2.3). Every other session of the member's ends, and they are told."""
    member = held(by)
    if not member.check_password(old):
        raise Invalid("password_is_not_the_old_one", pointer="/old")
    if member.check_password(new):
        raise Invalid("password_is_the_old_one", pointer="/new")
    try:
        validate_password(new, member)
    except ValidationError as fault:
        raise Invalid("password_too_weak", pointer="/new") from fault
    member.set_password(new)
    member.save(update_fields=["password"])
    sessions.end_others(member.pk, session)
    log.record("password.changed", by=by, about=by.username)
    told = To(Role(member.role), member.agency, member)
    outbox.publish(Kind.SIGN_IN_CHANGED, subject=new_code("FC"), to=told, at=at)
    return member
