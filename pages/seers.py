"""Who can see a case, and why, in words."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

from agencies.models import Agency, Member
from cases import queries
from cases.models import Case, CaseAccess
from kernel.groups import EVERY_GROUP
from pages.leading import address_of

BECAUSE: dict[str, Any] = {
    CaseAccess.Because.OWNER: pgettext_lazy("because", "supervisor of the agency of this case"),
    CaseAccess.Because.ASSIGNED: pgettext_lazy("because", "works on this case"),
    CaseAccess.Because.REFERRED: pgettext_lazy("because", "asked for help by a referral"),
    CaseAccess.Because.SUBMITTED: pgettext_lazy("because", "decides what was submitted"),
    CaseAccess.Because.BREAK_GLASS: pgettext_lazy("because", "opened it in an emergency"),
}
OPENED = frozenset(
    {
        CaseAccess.Because.REFERRED,
        CaseAccess.Because.SUBMITTED,
        CaseAccess.Because.BREAK_GLASS,
    }
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One live row: why, what it opens, since when, until when, and what it comes from."""

    row: CaseAccess
    why: Any
    everything: bool
    source: str
    address: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One member who sees the case, with every reason."""

    member: Member
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Group:
    """The members of one agency who see the case."""

    agency: Agency
    own: bool
    members: list[Seen]


def reasons_of(rows: Iterable[CaseAccess], actor: Member) -> list[Reason]:
    """Each reason once, with its earliest row: a member may be meant by name and by function."""
    found: dict[tuple[Any, ...], CaseAccess] = {}
    for row in sorted(rows, key=lambda each: each.since):
        found.setdefault((row.because, row.source, tuple(row.scope), row.until), row)
    return [_reason(row, actor) for row in found.values()]


def by_agency(case: Case, actor: Member, *, at: dt.datetime) -> list[Group]:
    """Everybody who sees the case now, by agency: its owner first, the others by name."""
    groups: dict[int, Group] = {}
    for seer in queries.seers_of(case, at=at):
        agency = seer.member.agency
        own = agency.pk == case.owner_id
        group = groups.setdefault(agency.pk, Group(agency, own, []))
        group.members.append(Seen(seer.member, reasons_of(seer.rows, actor)))
    return sorted(groups.values(), key=lambda each: (not each.own, each.agency.name))


def _reason(row: CaseAccess, actor: Member) -> Reason:
    opened = row.because in OPENED
    return Reason(
        row=row,
        why=BECAUSE[row.because],
        everything=set(row.scope) == EVERY_GROUP,
        source=row.source if opened else "",
        address=address_of(row.source, actor) if opened else "",
    )
