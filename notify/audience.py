"""Whom a notice is for, and which members that means at this moment."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from agencies.models import Agency, Member
from agencies.roles import Role
from notify.models import Preference

# If nobody holds the function, the next one in the agency is told: never nobody.
NEXT = (Role.FOCAL_POINT, Role.SUPERVISOR, Role.AGENCY_ADMIN)


@dataclass(frozen=True, slots=True)
class To:
    """One member, or whoever holds a role in an agency; without an agency, in the whole land: then
    it must be said which land, the real one or that of a made-up space."""

    role: Role
    agency: Agency | None = None
    member: Member | None = None
    space: int | None = None

    def __post_init__(self) -> None:
        if self.where is None:
            raise ValueError("whoever tells a whole land must say which")

    @property
    def where(self) -> int | None:
        """The space in which somebody is told."""
        if self.agency is not None:
            return self.agency.space
        return self.space if self.member is None else self.member.space


def members_of(to: To) -> list[Member]:
    """The active members a notice goes to; a member who left is replaced by the function."""
    if to.member is not None and to.member.is_active:
        return [to.member]
    active = Member.objects.filter(is_active=True).select_related("agency", "preference")
    if to.agency is None:
        assert to.where is not None, "To says so"
        land = active.filter(agency__space=to.where, role=to.role, is_guest=False)
        return list(land.order_by("pk"))
    for role in (to.role, *NEXT):
        found = list(active.filter(agency=to.agency, role=role).order_by("pk"))
        if found:
            return found
    return []


def preference_of(member: Member) -> Preference:
    return Preference.objects.filter(member=member).first() or Preference(member=member)


def after_quiet_hours(member: Member, wish: Preference, at: dt.datetime) -> dt.datetime:
    """`at`, or the end of the member's quiet hours if it falls into them."""
    if wish.quiet_from is None or wish.quiet_to is None or wish.quiet_from == wish.quiet_to:
        return at
    zone = ZoneInfo(member.agency.time_zone)
    local = at.astimezone(zone)
    end = dt.datetime.combine(local.date(), wish.quiet_to, tzinfo=zone)
    begin = dt.datetime.combine(local.date(), wish.quiet_from, tzinfo=zone)
    if begin < end:
        return end if begin <= local < end else at
    # The quiet time runs over midnight.
    if local >= begin:
        return end + dt.timedelta(days=1)
    return end if local < end else at
