"""What an event is about, as far as today's rights go: the one thing that its number stands for."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from django.db.models import Model, QuerySet

from agencies.models import Member
from audit import log
from cases import policy as case_policy
from kernel.errors import Missing
from notify.models import Announcement
from referral import policy


class Subject(NamedTuple):
    """A record by its code, and the list of the API in which it stands."""

    code: str
    among: str


REFERRALS = "referrals"
# By the beginning of the code; a system is told of nothing else (notify/announcing.py).
SEEN: dict[str, tuple[str, Callable[[Member], QuerySet[Model]]]] = {
    "RF": (REFERRALS, policy.visible_to),
    "SH": ("cases", case_policy.visible_to),
    "TR": ("transfers", policy.transfers_visible_to),
}


AMONG = tuple(among for among, _ in SEEN.values())


def subject_of(
    announcement: Announcement, *, by: Member, among: Collection[str] = AMONG
) -> Subject:
    """Raises Missing where the reader may not see it, or not any more, or asks for others."""
    code = announcement.event.subject
    where, seen_by = SEEN[code[:2]]
    if where not in among or not seen_by(by).filter(code=code).exists():
        raise Missing("not_found")
    log.record("read.event", by=by, about=code)
    return Subject(code, where)
