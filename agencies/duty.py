"""The duty to know: whom it binds. What it asks for stands in `learning`, what it closes in `cases`."""

from django.conf import settings

from agencies.models import REAL, Member


def is_bound(member: Member) -> bool:
    """Whether this member is shown who somebody is only after they have shown that they know how to
    keep it. What stands for an agency without members is nobody who could learn, and in a space for
    practice nobody is real."""
    bound = member.role in settings.DUTY_TO_KNOW and not member.is_guest
    return bound and member.space == REAL
