"""A listed service as HSDS 3.1 writes it, and nothing else of it.

What is not here, nobody outside learns: neither capacity nor free places, nor whom a service takes,
nor the history of an entry (HSDS's `metadata`), which would tell what it no longer says.
"""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from agencies.hsds.terms import TAXONOMY, Term, term_of
from agencies.listingmodels import Listing, Shown, Weekday
from agencies.lists import districts, language_names
from agencies.models import Agency, Service

Json = dict[str, Any]
NOTHING_SAID = "This organization has said nothing more of itself."
STATUS = {Service.Status.CLOSED.value: "temporarily closed"}
# Texts that are told as they stand, where there is something in them.
TEXTS = (
    "description", "url", "email", "interpretation_services", "application_process",
    "fees_description", "eligibility_description",
)  # fmt: skip
POINT = {"org_ShippingLatitude", "org_ShippingLongitude"}
FIRST_OF_JANUARY = dt.date(2000, 1, 1)
# Drawn once. It leaves the bits alone that say what kind of number a UUID is.
AT_A_PLACE = 0x5B1E6C0D_93A7_04F2_28D6_71C93FE0A54B
ALL_DAY = {"opens_at": dt.time(0, 0), "closes_at": dt.time(23, 59)}


def service_line(listing: Listing) -> Json:
    """A service in a list: itself, and its organization in short."""
    return own(listing) | {"organization": organization_line(listing.service.agency)}


def service_full(listing: Listing) -> Json:
    """A service with all that belongs to it."""
    return service_line(listing) | _whole(listing)


def own(listing: Listing) -> Json:
    """What a service says by itself."""
    service = listing.service
    said: Json = {name: getattr(listing, name) for name in TEXTS}
    said |= {"minimum_age": service.minimum_age, "maximum_age": service.maximum_age}
    if service.verified_on is not None:
        said["assured_date"] = service.verified_on.isoformat()
    return {
        "id": str(listing.uid),
        "name": listing.name,
        "status": STATUS.get(service.status, service.status),
        **{name: value for name, value in said.items() if value not in ("", None)},
        "last_modified": _moment(listing.changed_at),
    }


def minimal(listing: Listing) -> Json:
    return {"id": str(listing.uid), "last_modified": _moment(listing.changed_at)}


def organization_line(agency: Agency) -> Json:
    website = {"website": agency.website} if agency.website else {}
    return {
        "id": str(agency.uid),
        "name": agency.public_name,
        "description": agency.about or NOTHING_SAID,
        **website,
    }


def organization_full(agency: Agency, listings: list[Listing], *, whole: bool) -> Json:
    """An organization with its listed services: each in short, or `whole`. They do not name it again."""
    show = _whole if whole else own
    return organization_line(agency) | {"services": [show(each) for each in listings]}


def place_line(listing: Listing) -> Json:
    """A service at its place, in a list. Only for a listing that shows its place."""
    return place_of(listing) | {"service": service_line(listing)}


def place_full(listing: Listing) -> Json:
    return place_of(listing) | {"service": service_line(listing) | _parts(listing)}


def taxonomy_term(term: Term) -> Json:
    return {
        "id": term.uid,
        "code": term.code,
        "name": term.name,
        "description": term.description,
        "taxonomy": TAXONOMY["name"],
        "taxonomy_detail": TAXONOMY,
        "language": "en",
    }


def place_of(listing: Listing) -> Json:
    """Where a service is, as far as that is shown."""
    place = listing.htcds
    location: Json = {"id": _uid(listing, "location"), "location_type": "physical"}
    if _shows_point(listing):
        location["latitude"] = place["org_ShippingLatitude"]
        location["longitude"] = place["org_ShippingLongitude"]
    if _shows_address(listing):
        location["addresses"] = [_address(listing)]
    return {"id": str(place_uid(listing.uid)), "location": location}


def shows_a_place(listing: Listing) -> bool:
    """Whether anything of where it is stands in the directory."""
    return _shows_address(listing) or _shows_point(listing)


def _shows_address(listing: Listing) -> bool:
    return listing.shown(Shown.ADDRESS) and "org_ShippingCity" in listing.htcds


def _shows_point(listing: Listing) -> bool:
    return listing.shown(Shown.COORDINATES) and listing.htcds.keys() >= POINT


def place_uid(uid: uuid.UUID) -> uuid.UUID:
    """The number of a service at its place, from that of the service; and this from that one, so
    that it is looked up by an index."""
    return uuid.UUID(int=uid.int ^ AT_A_PLACE)


def _whole(listing: Listing) -> Json:
    """A service with all that belongs to it but whose it is."""
    places = [place_of(listing)] if shows_a_place(listing) else []
    return own(listing) | _parts(listing) | {"service_at_locations": places}


def _parts(listing: Listing) -> Json:
    return {
        "phones": _phones(listing),
        "schedules": _schedules(listing),
        "languages": _languages(listing),
        "service_areas": _areas(listing),
        "attributes": [_attribute(listing)],
    }


def _phones(listing: Listing) -> list[Json]:
    number = listing.htcds.get("org_Phone")
    if not number or not listing.shown(Shown.PHONE):
        return []
    return [{"id": _uid(listing, "phone"), "number": number, "type": "voice"}]


def _schedules(listing: Listing) -> list[Json]:
    hours: Json = {"opens_at": listing.opens_at, "closes_at": listing.closes_at}
    days, said = listing.weekdays, listing.hours_note
    if listing.service.round_the_clock and not days and not said:
        hours, days, said = ALL_DAY, Weekday.values, "Open round the clock."
    if not days and not said:
        return []
    schedule: Json = {"id": _uid(listing, "schedule")}
    if days:
        # Each week: an interval would need a first day.
        schedule |= {"freq": "WEEKLY", "byday": ",".join(days)}
    schedule |= {
        name: _clock(at, listing.service) for name, at in hours.items() if at is not None
    }
    return [schedule | ({"description": said} if said else {})]


def _languages(listing: Listing) -> list[Json]:
    names = language_names()
    known = [code for code in listing.service.languages if code in names]
    return [
        {
            "id": _uid(listing, f"language {code}"),
            "name": names[code][1].split(";")[0],
            "code": names[code][0] or code,
        }
        for code in known
    ]


def _areas(listing: Listing) -> list[Json]:
    if not listing.shown(Shown.AREA):
        return []
    known = districts()
    return [
        {"id": _uid(listing, f"area {code}"), "name": known[code].names["en"]}
        for code in listing.service.districts
        if code in known
    ]


def _attribute(listing: Listing) -> Json:
    term = term_of(listing.service.type)
    return {
        "id": _uid(listing, "attribute"),
        "link_id": str(listing.uid),
        "link_entity": "service",
        "link_type": "service_category",
        "taxonomy_term_id": term.uid,
        "taxonomy_term": taxonomy_term(term),
    }


def _address(listing: Listing) -> Json:
    """HSDS asks for each of these parts; one that is not known is empty."""
    place = listing.htcds
    return {
        "id": _uid(listing, "address"),
        "address_1": place.get("org_ShippingStreet", ""),
        "city": place.get("org_ShippingCity", ""),
        "state_province": place.get("org_ShippingState", ""),
        "postal_code": place.get("org_ShippingPostalCode", ""),
        "country": place.get("org_ShippingCountry", ""),
        "address_type": "physical",
    }


def _uid(listing: Listing, part: str) -> str:
    """The same as long as the listing is."""
    return str(uuid.uuid5(listing.uid, part))


def _moment(at: dt.datetime | None) -> str | None:
    """To the millisecond, as HSDS asks for."""
    if at is None:
        return None
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _clock(at: dt.time, service: Service) -> str:
    """A time of day with how far it is from UTC, as HSDS wants it: 09:00+03:00. Where clocks are
    changed in summer, as far as on the day of the entry's last check."""
    day = service.verified_on or FIRST_OF_JANUARY
    here = dt.datetime.combine(day, at, tzinfo=ZoneInfo(service.agency.time_zone))
    return here.isoformat(timespec="minutes").partition("T")[2]
