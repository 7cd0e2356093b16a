"""What a set of another directory would change here, service by service, before anything is changed."""

import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agencies.hsds.meaning import Fault, Intake, Offer, Organization
from agencies.listingmodels import Listing, Origin
from agencies.models import Agency, Member, Service
from agencies.roles import Role

UNKNOWN_KIND = "OTHER"


class Kind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a field holds, and what it would hold."""

    name: str
    old: Any
    new: Any


@dataclass(slots=True)
class Change:
    """What becomes of one service. Without an agency, its organization is registered first."""

    kind: Kind
    offer: Offer
    organization: Organization
    agency: Agency | None
    origin: Origin | None = None
    differences: list[Difference] = field(default_factory=list)

    @property
    def whose(self) -> str:
        return self.agency.name if self.agency else self.organization.name


@dataclass(slots=True)
class Plan:
    """All that would happen, and why it may not."""

    changes: list[Change]
    faults: list[Fault]
    ignored: list[str]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(str(each.kind) for each in self.changes)
        return {str(kind): found[str(kind)] for kind in Kind} | {"faults": len(self.faults)}

    @property
    def digest(self) -> str:
        """By which it is known whether what is done is what was shown."""
        told = [
            [each.kind, each.offer.foreign_id, each.whose, [
                [d.name, str(d.old), str(d.new)] for d in each.differences
            ]]
            for each in self.changes
        ]  # fmt: skip
        words = json.dumps([told, self.counts], sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()


def plan_of(intake: Intake, *, source: str, by: Member) -> Plan:
    """Compare what a file says with what is stored now."""
    faults, whose = list(intake.faults), _agencies(intake, source=source, by=by)
    known = _known(intake, source=source, agencies=[a for a in whose.values() if a])
    changes: list[Change] = []
    for offer in intake.offers.values():
        organization = intake.organizations.get(offer.organization)
        if organization is None:
            # Said already: its organization is not in the file.
            continue
        if offer.organization not in whose:
            code = "organization_is_not_yours"
            faults.append(Fault(offer.file, offer.row, f"{offer.path}organization_id", code))
            continue
        agency = whose[offer.organization]
        origin = known.get((agency.pk, offer.foreign_id)) if agency else None
        change = _change(offer, organization, agency, origin)
        changes.append(change)
        if not _ages_in_order(change):
            place = f"{offer.path}maximum_age"
            faults.append(Fault(offer.file, offer.row, place, "ages_out_of_order"))
    faults += _names_twice(changes)
    return Plan(changes, faults, sorted(intake.ignored))


def _change(
    offer: Offer, organization: Organization, agency: Agency | None, origin: Origin | None
) -> Change:
    if origin is None or origin.service is None:
        new = {"type": UNKNOWN_KIND} | offer.service | offer.listing
        told = [Difference(name, None, value) for name, value in new.items()]
        return Change(Kind.NEW, offer, organization, agency, None, told)
    service = origin.service
    listing = getattr(service, "listing", None) or Listing(service=service)
    told = [
        Difference(name, getattr(record, name), value)
        for record, values in ((service, offer.service), (listing, _merged(offer, listing)))
        for name, value in values.items()
        if _written(getattr(record, name)) != _written(value)
    ]
    status = origin.status or service.status
    if status != offer.status and not origin.status_is_ours:
        told.append(Difference("status", status, offer.status))
    kind = Kind.CHANGED if told else Kind.SAME
    return Change(kind, offer, organization, agency, origin, told)


def _merged(offer: Offer, listing: Listing) -> dict[str, Any]:
    """The parts of a place that the file does not say stay as they are."""
    said = dict(offer.listing)
    if "htcds" in said:
        said["htcds"] = listing.htcds | said["htcds"]
    return said


def _written(value: Any) -> str:
    """As it is compared: in a list the order says nothing, and 09:00:00 is 09:00."""
    if isinstance(value, list):
        return ",".join(sorted(value))
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else str(value)


def _agencies(intake: Intake, *, source: str, by: Member) -> dict[str, Agency | None]:
    """Whose each organization is: an agency, or None where it would be registered. One that is
    nobody's of the reader's is missing."""
    found = intake.organizations.values()
    if by.role != Role.SYSTEM_ADMIN:
        names = {by.agency.name.casefold(), by.agency.public_name.casefold()}
        own = [each for each in found if each.name.casefold() in names]
        # Whoever sends a file of one organization sends their own.
        mine = own or (list(found) if len(found) == 1 else [])
        return {each.foreign_id: by.agency for each in mine}
    origins = Origin.objects.filter(
        source=source, kind=Origin.Kind.ORGANIZATION, foreign_id__in=intake.organizations
    )
    by_number = {each.foreign_id: each.agency for each in origins.select_related("agency")}
    by_name = {
        each.name: each
        for each in Agency.objects.filter(name__in=[each.name for each in found])
    }
    return {
        each.foreign_id: by_number.get(each.foreign_id) or by_name.get(each.name)
        for each in found
    }


def _known(
    intake: Intake, *, source: str, agencies: list[Agency]
) -> dict[tuple[int, str], Origin]:
    rows = Origin.objects.filter(
        kind=Origin.Kind.SERVICE,
        source=source,
        agency__in=agencies,
        foreign_id__in=intake.offers,
    ).select_related("service__agency", "service__listing")
    return {(each.agency_id, each.foreign_id): each for each in rows}


def _ages_in_order(change: Change) -> bool:
    service = change.origin.service if change.origin and change.origin.service else Service()
    said = change.offer.service
    youngest = said.get("minimum_age", service.minimum_age)
    oldest = said.get("maximum_age", service.maximum_age)
    return youngest is None or oldest is None or youngest <= oldest


def _names_twice(changes: list[Change]) -> list[Fault]:
    """Two organizations of one name would be one agency."""
    numbers: dict[str, set[str]] = {}
    for each in changes:
        numbers.setdefault(each.whose, set()).add(each.organization.foreign_id)
    return [
        Fault(
            each.offer.file,
            each.offer.row,
            f"{each.offer.path}organization_id",
            "name_stands_twice",
        )
        for each in changes
        if len(numbers[each.whose]) > 1
    ]
