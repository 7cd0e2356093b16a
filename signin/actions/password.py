"""A member's own new password."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from agencies.passwords import require_strong
from agencies.queries import held
from kernel.errors import Invalid
from signin.actions.moving import changed


@transaction.atomic
def change(*, old: str, new: str, session: str, by: Member, at: dt.datetime) -> Member:
    """With the old one, which somebody at a screen left open does not know (OWASP ASVS 5.0.0,
    6.2.2 and 6.2.3). Every other session of the member's ends, and they are told."""
    member = held(by)
    if not member.check_password(old):
        raise Invalid("password_is_not_the_old_one", pointer="/old_password")
    if member.check_password(new):
        raise Invalid("password_is_the_old_one", pointer="/new_password")
    require_strong(new, member, pointer="/new_password")
    member.set_password(new)
    member.save(update_fields=["password"])
    changed(member, session, "password.changed", {}, at=at)
    return member
