"""What an agency says to the public, and that what the directory says is still right."""

import datetime as dt
import hashlib
import json
import re
from typing import Any

from django.db import transaction

from agencies import codelists, policy
from agencies.hsds import shapes
from agencies.hsds.freshness import digest_of, touch
from agencies.listingmodels import PLACES, Listing, Shown
from agencies.models import Agency, Member, Service
from agencies.org import ADDRESS
from agencies.policy import Verb
from audit import log
from edge import stepup
from kernel import fields
from kernel.errors import Denied, Invalid, Refused, Stale

# What is said for the whole agency, whichever of its services it is said with.
OF_THE_AGENCY = {
    "agency_public_name": "public_name", "agency_about": "about", "agency_website": "website",
}  # fmt: skip
# What nobody writes into a form.
OF_ITSELF = frozenset({"id", "service_id", "uid", "changed_at", "digest"})
ADDRESS_OF_A_PAGE = re.compile(r"https?://[^\s/?#]+\.[^\s/?#]+\S*")


@transaction.atomic
def set_listing(
    *,
    service: Service,
    facts: dict[str, Any],
    fresh: bool = False,
    seen: str | None = None,
    by: Member,
    at: dt.datetime,
) -> Listing:
    """What the public is told of a service from now on; what is not given stays as it is.

    Raises Stale where `seen`, the version that was looked at, is not the one that is stored, and
    Denied where the public would learn of a place and `fresh` says that nobody has shown a moment ago
    who they are (edge/stepup.py).
    """
    # The agency before its service: a set that is taken over meanwhile locks them in this order too.
    Agency.objects.select_for_update(no_key=True).get(pk=service.agency_id)
    service = _held(service)
    policy.may_speak_for(by, Verb.LIST_SERVICE, service).require()
    listing = listing_of(service)
    if seen is not None and seen != version_of(listing):
        raise Stale("stale_version")
    was_listed, place = listing.is_listed, _place_told(listing)
    changes(listing, facts)
    checked(listing)
    if not fresh and _says_more(_place_told(listing), than=place):
        raise Denied(stepup.NEEDED)
    if listing.is_listed and not was_listed:
        # It is news to the public, whatever happened while it was not listed.
        listing.digest, listing.changed_at = digest_of(listing), at
    listing.save()
    service.agency.save(update_fields=[OF_THE_AGENCY[n] for n in facts if n in OF_THE_AGENCY])
    touch([listing, *_others(listing)], at=at)
    log.record(
        "service.listed" if listing.is_listed else "service.unlisted",
        by=by,
        about=service.code,
        facts={"shows": ",".join(sorted(listing.shows)), "fields": ",".join(sorted(facts))},
    )
    return listing


@transaction.atomic
def confirm_service(*, service: Service, by: Member, at: dt.datetime, on: dt.date) -> Service:
    """All that the directory says of it is right on this day. A service that came from another
    directory opens with the first such word."""
    service = _held(service)
    policy.may_speak_for(by, Verb.CONFIRM_SERVICE, service).require()
    if service.status == Service.Status.DEFUNCT:
        raise Refused("service_is_closed_for_good", state=service.status)
    if said := _said_elsewhere(service):
        service.status = said
        service.origins.update(status="")
    service.verified_on = on
    service.version += 1
    service.save(update_fields=["verified_on", "status", "version"])
    touch(Listing.objects.filter(service=service).select_related("service__agency"), at=at)
    log.record("service.confirmed", by=by, about=service.code)
    return service


def becomes(service: Service) -> str:
    """How it stands once somebody has said that it is right; empty where it stands so already."""
    said = _said_elsewhere(service)
    return "" if said == service.status else said


def listing_of(service: Service) -> Listing:
    """What is or would be told of it; not kept yet where nobody has said anything."""
    found = Listing.objects.filter(service=service).first() or Listing()
    found.service = service
    return found


def version_of(listing: Listing) -> str:
    """By which it is known whether somebody has changed it, or what its agency says, meanwhile."""
    agency = listing.service.agency
    told = {
        each.attname: getattr(listing, each.attname) for each in listing._meta.concrete_fields
    }
    words = {name: value for name, value in told.items() if name not in OF_ITSELF}
    words |= {ours: getattr(agency, theirs) for ours, theirs in OF_THE_AGENCY.items()}
    return hashlib.sha256(json.dumps(words, sort_keys=True, default=str).encode()).hexdigest()


def changes(listing: Listing, facts: dict[str, Any]) -> None:
    """Put what is given into the listing and its agency, without keeping it."""
    for name, value in facts.items():
        if name in OF_THE_AGENCY:
            setattr(listing.service.agency, OF_THE_AGENCY[name], value)
        else:
            setattr(listing, name, value)


def checked(listing: Listing) -> None:
    """Raise Invalid or Refused where this may not be told."""
    # None of these fields is a day.
    listing.htcds = fields.checked(
        ADDRESS, listing.htcds, on=dt.date.max, codes_of=codelists.codes, pointer="/htcds"
    )
    for pointer, address in (("url", listing.url), ("agency_website", _website(listing))):
        if address and not ADDRESS_OF_A_PAGE.fullmatch(address):
            raise Invalid("not_an_address_of_a_page", pointer=f"/{pointer}")
    if (listing.opens_at is None) != (listing.closes_at is None):
        raise Invalid("hours_need_both_ends", pointer="/closes_at")
    if listing.is_listed and not listing.name:
        raise Invalid("blank", pointer="/name")
    if listing.is_listed and not listing.service.agency.public_name:
        raise Refused("public_name_is_missing", pointer="/agency_public_name")
    sealed = listing.service.confidential_address is not None
    if sealed and PLACES & {Shown(each) for each in listing.shows}:
        raise Refused("address_is_confidential", pointer="/shows")


def _place_told(listing: Listing) -> dict[str, Any]:
    """What anybody may know of where it is; nothing where it is not listed."""
    if not listing.is_listed or not shapes.shows_a_place(listing):
        return {}
    location: dict[str, Any] = shapes.place_of(listing)["location"]
    return location


def _says_more(place: dict[str, Any], *, than: dict[str, Any]) -> bool:
    """Whether somebody could stand before a door by these words who could not by the others."""
    return any(than.get(part) != words for part, words in place.items())


def _website(listing: Listing) -> str:
    return listing.service.agency.website


def _said_elsewhere(service: Service) -> str:
    """What another directory says of whether it is open, while it waits for somebody's word."""
    origin = service.origins.order_by("pk").first()
    return origin.status if origin else ""


def _others(listing: Listing) -> list[Listing]:
    """The other listings of the agency, which name it too."""
    rows = Listing.objects.filter(service__agency=listing.service.agency_id)
    return list(rows.exclude(pk=listing.pk).select_related("service__agency"))


def _held(service: Service) -> Service:
    """The service as it is stored now; nobody else changes it meanwhile."""
    rows = Service.objects.select_for_update(of=("self",), no_key=True).select_related("agency")
    return rows.get(pk=service.pk)
