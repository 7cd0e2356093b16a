"""The address that stands in a mail to an agency without an account."""

from guest import proofs
from guest.models import Link
from kernel.errors import RingUnusable
from kernel.sealing import CannotOpen
from notify.channels import TransientFailure

# The page that knows the browser to which a link is bound, and asks for nothing but the passcode.
HERE = "/answer/"


def address_for(stand_in: int, subject: str) -> str:
    """Until somebody has opened the link, each mail carries it; afterwards none does.

    Raises TransientFailure where the secret does not open now.
    """
    link = Link.objects.filter(
        referral__code=subject,
        stand_in=stand_in,
        ended_at__isnull=True,
        secret__isnull=False,
    ).first()
    if link is None or link.secret is None:
        return HERE
    try:
        secret = proofs.opened(link.code, bytes(link.secret))
    except (CannotOpen, RingUnusable) as fault:
        raise TransientFailure("link_not_opened") from fault
    return f"{HERE}open/{secret}/"
