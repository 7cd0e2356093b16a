"""Whether a password is good enough, by the validators of the settings."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from agencies.models import Member
from kernel.errors import Invalid


def require_strong(password: str, member: Member, *, pointer: str) -> None:
    """Raise Invalid where it is too short, too usual, or made of words about the member."""
    try:
        validate_password(password, member)
    except ValidationError as fault:
        raise Invalid("password_too_weak", pointer=pointer) from fault
