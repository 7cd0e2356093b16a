"""What the fields of the public directory are called, and how what they hold is read."""

from typing import Any

from django.utils import formats
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from agencies.listingmodels import Weekday
from agencies.models import Service
from pages import labels

NAMES: dict[str, Any] = {
    "name": pgettext_lazy("listing", "Name"),
    "type": pgettext_lazy("service", "Kind of help"),
    "status": pgettext_lazy("service", "State"),
    "description": pgettext_lazy("listing", "What it is"),
    "eligibility_description": pgettext_lazy("listing", "For whom"),
    "application_process": pgettext_lazy("listing", "How to get it"),
    "fees_description": pgettext_lazy("listing", "What it costs"),
    "interpretation_services": pgettext_lazy("listing", "Interpretation"),
    "minimum_age": pgettext_lazy("service", "Youngest age"),
    "maximum_age": pgettext_lazy("service", "Oldest age"),
    "languages": gettext_lazy("Languages"),
    "districts": gettext_lazy("Districts"),
    "url": pgettext_lazy("listing", "Page on the web"),
    "email": pgettext_lazy("listing", "Mail address"),
    "weekdays": pgettext_lazy("listing", "Open on"),
    "opens_at": pgettext_lazy("listing", "Opens at"),
    "closes_at": pgettext_lazy("listing", "Closes at"),
    "hours_note": pgettext_lazy("listing", "More about the hours"),
    "htcds": pgettext_lazy("listing", "Place and telephone"),
    "assured_date": pgettext_lazy("service", "Checked on"),
    "phones": pgettext_lazy("listing", "Telephone"),
    "schedules": pgettext_lazy("listing", "Hours"),
    "service_areas": gettext_lazy("Districts"),
    "places": pgettext_lazy("listing", "Where it is"),
    "organization": gettext_lazy("Agency"),
    "about": pgettext_lazy("listing", "About the agency"),
}


def name_of(field: str) -> str:
    return str(NAMES.get(field, field))


def said(field: str, value: Any) -> str:
    """What a field of a service or of its listing holds, for a reader."""
    if value in (None, "", [], {}):
        return "—"
    if field == "type":
        return labels.service_type(value)
    if field == "status":
        return str(Service.Status(value).label)
    if isinstance(value, dict):
        return ", ".join(str(each) for _, each in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(_of_list(field, each) for each in value)
    return value.isoformat("minutes") if hasattr(value, "isoformat") else str(value)


def _of_list(field: str, value: str) -> str:
    readers = {"languages": labels.language, "districts": labels.district, "weekdays": weekday}
    return str(readers.get(field, str)(value))


def weekday(code: str) -> str:
    return str(Weekday(code).label)


def told(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """All that the public is told of a service, from what HSDS's API answers, line by line."""
    plain = ("name", "description", "eligibility_description", "application_process",
             "fees_description", "interpretation_services", "minimum_age", "maximum_age", "url",
             "email")  # fmt: skip
    lines = [(name_of(name), str(shown[name])) for name in plain if name in shown]
    lines += [
        (name_of("type"), ", ".join(a["taxonomy_term"]["name"] for a in shown["attributes"])),
        (name_of("phones"), ", ".join(each["number"] for each in shown["phones"])),
        (name_of("schedules"), "; ".join(map(_hours, shown["schedules"]))),
        (name_of("languages"), ", ".join(each["name"] for each in shown["languages"])),
        (name_of("service_areas"), ", ".join(each["name"] for each in shown["service_areas"])),
        (name_of("places"), "; ".join(_place(each["location"]) for each in shown["service_at_locations"])),
        (name_of("assured_date"), shown.get("assured_date", "")),
        (name_of("organization"), shown["organization"]["name"]),
        (name_of("about"), shown["organization"]["description"]),
    ]  # fmt: skip
    nothing = pgettext("listing", "not told")
    return [(name, words or nothing) for name, words in lines]


def _hours(schedule: dict[str, Any]) -> str:
    days = ", ".join(weekday(day) for day in schedule.get("byday", "").split(",") if day)
    span = "–".join(schedule[name] for name in ("opens_at", "closes_at") if name in schedule)
    return " ".join(filter(None, (days, span, schedule.get("description", ""))))


def _place(location: dict[str, Any]) -> str:
    parts = [
        str(each[name])
        for each in location.get("addresses", [])
        for name in ("address_1", "city", "state_province", "postal_code", "country")
        if each[name]
    ]
    if "latitude" in location:
        parts += [formats.localize(location[name]) for name in ("latitude", "longitude")]
    return ", ".join(parts)
