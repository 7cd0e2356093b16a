"""HSDS 3.1 as far as we speak it: of each object its fields, their types, and which there must be.

Written down from the schemas of github.com/openreferral/specification and its API reference;
test_hsds_schemas.py holds it against them.
"""

import re
import uuid
from typing import Any

TEXT, NUMBER, YES_NO, UUID, URI, EMAIL = "text", "number", "yes/no", "uuid", "uri", "email"
DATE, MOMENT, TIME, WHOLE = "date", "moment", "time", "whole"
STATUS = {"active", "inactive", "defunct", "temporarily closed"}
PLACES = {"physical", "postal", "virtual"}
DAYS = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

ORGANIZATION = {
    "id!": UUID, "name!": TEXT, "description!": TEXT, "alternate_name": TEXT, "email": EMAIL,
    "website": URI, "legal_status": TEXT, "logo": TEXT, "uri": URI,
    "parent_organization_id": UUID, "year_incorporated": NUMBER, "services": ["service"],
    "phones": ["phone"], "locations": ["location"],
}  # fmt: skip
OBJECTS: dict[str, dict[str, Any]] = {
    "organization": ORGANIZATION,
    "service": {
        "id!": UUID, "name!": TEXT, "status!": STATUS, "organization_id": UUID,
        "alternate_name": TEXT, "description": TEXT, "url": URI, "email": EMAIL,
        "interpretation_services": TEXT, "application_process": TEXT,
        "fees_description": TEXT, "accreditations": TEXT, "eligibility_description": TEXT,
        "minimum_age": NUMBER, "maximum_age": NUMBER, "assured_date": DATE,
        "assurer_email": EMAIL, "alert": TEXT, "last_modified": MOMENT, "phones": ["phone"],
        "schedules": ["schedule"], "service_areas": ["service_area"],
        "service_at_locations": ["service_at_location"], "languages": ["language"],
        "organization": "organization", "attributes": ["attribute"],
    },
    "phone": {
        "id!": UUID, "number!": TEXT, "extension": NUMBER, "type": TEXT, "description": TEXT,
        "languages": ["language"],
    },
    "schedule": {
        "id!": UUID, "valid_from": DATE, "valid_to": DATE, "dtstart": DATE, "timezone": NUMBER,
        "until": DATE, "count": NUMBER, "wkst": DAYS, "freq": {"WEEKLY", "MONTHLY"},
        "interval": NUMBER, "byday": TEXT, "byweekno": TEXT, "bymonthday": TEXT,
        "byyearday": TEXT, "description": TEXT, "opens_at": TIME, "closes_at": TIME,
        "schedule_link": URI, "attending_type": TEXT, "notes": TEXT,
    },
    "service_area": {
        "id!": UUID, "name": TEXT, "description": TEXT, "extent": TEXT, "extent_type": TEXT,
        "uri": TEXT,
    },
    "service_at_location": {
        "id!": UUID, "description": TEXT, "location": "location", "service": "service",
        "phones": ["phone"], "schedules": ["schedule"],
    },
    "location": {
        "id!": UUID, "location_type!": PLACES, "url": URI, "name": TEXT, "alternate_name": TEXT,
        "description": TEXT, "transportation": TEXT, "latitude": NUMBER, "longitude": NUMBER,
        "languages": ["language"], "addresses": ["address"],
    },
    "address": {
        "id!": UUID, "address_1!": TEXT, "city!": TEXT, "state_province!": TEXT,
        "postal_code!": TEXT, "country!": TEXT, "address_type!": PLACES, "attention": TEXT,
        "address_2": TEXT, "region": TEXT,
    },
    "language": {"id!": UUID, "name": TEXT, "code": TEXT, "note": TEXT},
    "attribute": {
        "id!": UUID, "link_id": UUID, "taxonomy_term_id": UUID, "link_type": TEXT,
        "link_entity": TEXT, "value": TEXT, "label": TEXT, "taxonomy_term": "taxonomy_term",
    },
    "taxonomy": {
        "id!": UUID, "name!": TEXT, "description!": TEXT, "uri": URI, "version": TEXT,
    },
    "taxonomy_term": {
        "id!": UUID, "name!": TEXT, "description!": TEXT, "code": TEXT, "parent_id": UUID,
        "taxonomy": TEXT, "taxonomy_detail": "taxonomy", "language": TEXT, "term_uri": URI,
    },
    "root": {
        "version": TEXT, "profile": URI, "openapi_url": URI, "description": TEXT,
    },
    "minimal": {"id!": UUID, "last_modified!": MOMENT},
    "page": {
        "total_items!": WHOLE, "total_pages!": WHOLE, "page_number!": WHOLE, "size!": WHOLE,
        "first_page!": YES_NO, "last_page!": YES_NO, "empty!": YES_NO, "contents!": list,
    },
}  # fmt: skip
SHAPES = {
    URI: r"https?://\S+", EMAIL: r"\S+@\S+", DATE: r"\d{4}-\d\d-\d\d", TEXT: r"(?s).*",
    MOMENT: r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", TIME: r"\d\d:\d\d(Z|[+-]\d\d:\d\d)",
}  # fmt: skip


def faults(kind: str, value: Any, where: str = "") -> list[str]:
    """What is wrong with it, each with its place; a field that the standard has not is wrong, too."""
    here = where or kind
    if not isinstance(value, dict):
        return [f"{here}: no object"]
    fields = {name.rstrip("!"): (name[-1] == "!", of) for name, of in OBJECTS[kind].items()}
    wrong = [
        f"{here}/{name}: missing"
        for name, (must, _) in fields.items()
        if must and name not in value
    ]
    for name, inner in value.items():
        if name not in fields:
            wrong.append(f"{here}/{name}: unknown")
        else:
            wrong += _wrong(fields[name][1], inner, f"{here}/{name}")
    return wrong


def page_faults(kind: str, page: Any) -> list[str]:
    wrong = faults("page", page)
    for n, each in enumerate(page.get("contents", [])):
        wrong += faults(kind, each, f"{kind}/{n}")
    return wrong


def _wrong(kind: Any, value: Any, where: str) -> list[str]:
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [f"{where}: no list"]
        return [
            fault
            for n, each in enumerate(value)
            for fault in faults(kind[0], each, f"{where}/{n}")
        ]
    if isinstance(kind, str) and kind in OBJECTS:
        return faults(kind, value, where)
    return [] if _is(kind, value) else [f"{where}: {value!r} is no {kind}"]


def _is(kind: Any, value: Any) -> bool:
    if kind is list:
        return isinstance(value, list)
    if isinstance(kind, set):
        return value in kind
    if kind == YES_NO:
        return isinstance(value, bool)
    if kind in {NUMBER, WHOLE}:
        whole = isinstance(value, int) or (kind == NUMBER and isinstance(value, float))
        return whole and not isinstance(value, bool)
    if kind == UUID:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    return isinstance(value, str) and re.fullmatch(SHAPES[kind], value) is not None
