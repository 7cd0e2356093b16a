"""What the tables of another directory mean here: organizations and services in our own words, with
every fault at its place, and the names of all that is not taken over."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from agencies.hsds.reading import NOT_TAKEN, UNNAMED, Record, Tables, plain
from agencies.hsds.terms import type_of
from agencies.listingmodels import Weekday
from agencies.lists import countries, districts, language_names
from kernel.fields import PHONE

OLDEST = 130
MOST_FAULTS = 5000
STATUS = {
    "active": "active", "inactive": "inactive", "defunct": "defunct",
    "temporarily closed": "temporarily_closed",
}  # fmt: skip
WHOLE = re.compile(r"\d{1,3}(\.0+)?", re.ASCII)
DECIMAL = re.compile(r"-?\d{1,3}(\.\d{1,18})?", re.ASCII)
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
PAGE = re.compile(r"https?://[^\s/?#]+\.[^\s/?#]+\S*")
MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
Values = dict[str, Any]
Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one place of a file, as a code of edge/phrases.py."""

    file: str
    row: int
    column: str
    code: str


class Wrong(ValueError):
    """A value that cannot be taken; its words are the code."""


@dataclass(slots=True)
class Organization:
    """An organization of the other directory. Its facts are fields of an agency."""

    foreign_id: str
    name: str
    facts: Values = field(default_factory=dict)


@dataclass(slots=True)
class Offer:
    """A service of the other directory: where it is written, whose it is, and what of it is ours.
    What the file does not say is not in it, and changes nothing."""

    file: str
    row: int
    path: str
    foreign_id: str
    organization: str
    status: str
    service: Values = field(default_factory=dict)
    listing: Values = field(default_factory=dict)


@dataclass(slots=True)
class Intake:
    """All that a file says, as far as it means something here."""

    organizations: dict[str, Organization] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)

    def fault(self, at: Record | Offer, column: str, code: str) -> None:
        """Nobody reads more than MOST_FAULTS."""
        if len(self.faults) < MOST_FAULTS:
            place = plain(f"{at.path}{column}", 120)
            self.faults.append(Fault(plain(at.file, 80), at.row, place, code))


def text(longest: int) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise Wrong("not_a_text")
        if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            raise Wrong("text_not_unicode")
        if len(value.strip()) > longest:
            raise Wrong("max_length")
        return value.strip()

    return read


def number_of(longest: int = 200) -> Reader:
    """An identifier: a text, and of whoever writes numbers there a number."""

    def read(value: Any) -> str:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return str(text(longest)(str(value) if whole else value))

    return read


def shaped(pattern: re.Pattern[str], code: str, longest: int) -> Reader:
    def read(value: Any) -> str:
        said = str(text(longest)(value))
        if not pattern.fullmatch(said):
            raise Wrong(code)
        return said

    return read


def age(value: Any) -> int:
    if isinstance(value, bool) or not WHOLE.fullmatch(str(value)):
        raise Wrong("not_a_whole_number")
    if float(value) > OLDEST:
        raise Wrong("out_of_range")
    return int(float(value))


def degrees(most: int) -> Reader:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not DECIMAL.fullmatch(str(value)):
            raise Wrong("not_a_number")
        if abs(float(value)) > most:
            raise Wrong("out_of_range")
        return float(value)

    return read


def phone(value: Any) -> str:
    said = re.sub(r"[\s()./\"-]", "", str(number_of()(value)))
    if not PHONE.fullmatch(said):
        raise Wrong("not_a_phone_number")
    return said


def clock(value: Any) -> str:
    """The time of day on the wall there: seconds and the distance from UTC are left away."""
    said = str(text(20)(value))[:5]
    if not CLOCK.fullmatch(said):
        raise Wrong("not_a_time")
    return said


def days(value: Any) -> list[str]:
    """RFC 5545's BYDAY, such as MO,TU or 1MO."""
    said = [each.strip().lstrip("+-0123456789") for each in str(text(100)(value)).split(",")]
    if not set(said) <= set(Weekday.values):
        raise Wrong("unknown_weekday")
    return [day for day in Weekday.values if day in said]


def one_of(known: Mapping[str, str], code: str) -> Reader:
    def read(value: Any) -> str:
        found = known.get(str(text(200)(value)).casefold())
        if found is None:
            raise Wrong(code)
        return found

    return read


@cache
def _languages() -> dict[str, str]:
    """Our code of a language by its two or three letters, or by its English name."""
    found: dict[str, str] = {}
    for code, (short, names) in language_names().items():
        spellings = {code, short, *(each.strip().casefold() for each in names.split(";"))}
        found |= dict.fromkeys(spellings - {""}, code)
    return found


@cache
def _districts() -> dict[str, str]:
    return {
        spelling.casefold(): district.code
        for district in districts().values()
        for spelling in (district.code, *district.names.values())
    }


def _country(value: Any) -> str:
    return str(one_of({c.casefold(): c for c in countries()}, "unknown_code")(value))


ID = number_of()
# The columns of each table that mean something here, and how each is read. Ours by the same name.
COLUMNS: dict[str, dict[str, Reader]] = {
    "organization": {
        "id": ID, "name": text(200), "description": text(1000),
        "website": shaped(PAGE, "not_an_address_of_a_page", 300),
    },
    "service": {
        "id": ID, "organization_id": ID, "name": text(200), "description": text(4000),
        "status": one_of(STATUS, "unknown_status"), "minimum_age": age, "maximum_age": age,
        "url": shaped(PAGE, "not_an_address_of_a_page", 300),
        "email": shaped(MAIL, "not_a_mail_address", 254), "fees_description": text(1000),
        "interpretation_services": text(1000), "application_process": text(1000),
        "eligibility_description": text(1000),
    },
    "phone": {"id": ID, "service_id": ID, "number": phone},
    "schedule": {
        "id": ID, "service_id": ID, "byday": days, "opens_at": clock, "closes_at": clock,
        "description": text(500), "freq": text(20), "interval": number_of(),
    },
    "language": {"id": ID, "service_id": ID, "name": text(100), "code": text(10)},
    "service_area": {"id": ID, "service_id": ID, "name": text(1000)},
    "service_at_location": {"id": ID, "service_id": ID, "location_id": ID},
    "location": {
        "id": ID, "latitude": degrees(90), "longitude": degrees(180), "location_type": text(20),
    },
    "address": {
        "id": ID, "location_id": ID, "address_1": text(200), "city": text(200),
        "state_province": text(200), "postal_code": number_of(), "country": _country,
        "address_type": text(20),
    },
    "attribute": {
        "id": ID, "link_id": ID, "service_id": ID, "taxonomy_term_id": ID,
        "taxonomy_term": text(200), "link_entity": text(40), "link_type": text(100),
    },
    "taxonomy_term": {"id": ID, "code": number_of(), "name": text(200)},
}  # fmt: skip
NEEDED = {
    "organization": ("id", "name"), "service": ("id", "name", "status", "organization_id"),
    "phone": ("number",),
}  # fmt: skip
OF_THE_SERVICE = ("name", "minimum_age", "maximum_age")
OF_THE_LISTING = (
    "name", "description", "url", "email", "interpretation_services", "application_process",
    "fees_description", "eligibility_description",
)  # fmt: skip
# Where a place is kept: our name for each of HSDS's.
PLACE = {
    "address_1": "org_ShippingStreet", "city": "org_ShippingCity",
    "state_province": "org_ShippingState", "postal_code": "org_ShippingPostalCode",
    "country": "org_ShippingCountry", "latitude": "org_ShippingLatitude",
    "longitude": "org_ShippingLongitude",
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """A record whose values were read; those that could not be are not in it."""

    at: Record
    said: Values


class Reading:
    """The tables of one file on their way to an intake."""

    def __init__(self, tables: Tables) -> None:
        self.intake = Intake(ignored=set(tables.ignored))
        self.rows = {
            table: [self._row(table, each) for each in tables.records.get(table, [])]
            for table in COLUMNS
        }

    def _row(self, table: str, record: Record) -> Row:
        said: Values = {}
        tried = set(record.values)
        if record.fault:
            self.intake.fault(record, "", record.fault)
        for column, value in record.values.items():
            read = COLUMNS[table].get(column)
            if read is None:
                self.intake.ignored.add(plain(f"{table}.{column or UNNAMED}", 80))
            else:
                self._read(record, column, value, read, said)
        for column in NEEDED.get(table, ()):
            if column not in tried:
                self.intake.fault(record, column, "required")
        return Row(record, said)

    def _read(
        self, record: Record, column: str, value: Any, read: Reader, said: Values
    ) -> None:
        try:
            said[column] = read(value)
        except Wrong as fault:
            self.intake.fault(record, column, str(fault))

    def organizations(self) -> None:
        for row in self.rows["organization"]:
            number, name = row.said.get("id"), row.said.get("name")
            if not number or not name:
                continue
            facts = {"about": row.said.get("description"), "website": row.said.get("website")}
            new = Organization(number, name, {k: v for k, v in facts.items() if v})
            old = self.intake.organizations.setdefault(number, new)
            if old != new:
                self.intake.fault(row.at, "id", "repeated_id")

    def services(self) -> None:
        for row in self.rows["service"]:
            said, at = row.said, row.at
            number, whose = said.get("id"), said.get("organization_id")
            if not number or not whose:
                continue
            if number in self.intake.offers:
                self.intake.fault(at, "id", "repeated_id")
                continue
            if whose not in self.intake.organizations:
                self.intake.fault(at, "organization_id", "points_nowhere")
            self.intake.offers[number] = Offer(
                at.file, at.row, at.path, number, whose, said.get("status", "inactive"),
                {name: said[name] for name in OF_THE_SERVICE if name in said},
                {name: said[name] for name in OF_THE_LISTING if name in said},
            )  # fmt: skip

    def of_each(self, table: str, column: str = "service_id") -> dict[str, list[Row]]:
        """The rows of a table by the service that they belong to. One that belongs to something
        else means nothing here; one that belongs to no service of the file is a fault."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows[table]:
            number = row.said.get(column)
            if number in self.intake.offers:
                found[number].append(row)
            elif number is not None and row.said.get("link_entity", "service") == "service":
                self.intake.fault(row.at, column, "points_nowhere")
        return found

    def parts(self) -> None:
        phones, areas = self.of_each("phone"), self.of_each("service_area")
        languages, hours = self.of_each("language"), self.of_each("schedule")
        kinds, places = self._kinds(), self._places()
        for number, offer in self.intake.offers.items():
            place = places.get(number, {})
            numbers = [row.said["number"] for row in phones[number] if "number" in row.said]
            place |= {"org_Phone": numbers[0]} if numbers else {}
            offer.listing |= {"htcds": place} if place else {}
            offer.listing |= hours_of([row.said for row in hours[number]])
            if spoken := [self._language(row) for row in languages[number]]:
                offer.service["languages"] = sorted({each for each in spoken if each})
            if named := [code for row in areas[number] if (code := self._district(row))]:
                offer.service["districts"] = sorted(set(named))
            if kind := kinds.get(number):
                offer.service["type"] = kind

    def _language(self, row: Row) -> str:
        for column in ("code", "name"):
            found = _languages().get(row.said.get(column, "").casefold())
            if found:
                return found
        self.intake.fault(row.at, "code" if "code" in row.said else "name", "unknown_language")
        return ""

    def _district(self, row: Row) -> str:
        """The district of that name; an area that is none of ours is left away, and named."""
        name = row.said.get("name", "")
        found = _districts().get(name.casefold(), "")
        if not found:
            self.intake.ignored.add(plain(f"service_area: {name}", 80))
        return found

    def _kinds(self) -> dict[str, str]:
        """The kind of help of each service, by the first of its terms that we know."""
        terms = {
            row.said["id"]: [row.said.get("code", ""), row.said.get("name", "")]
            for row in self.rows["taxonomy_term"]
            if "id" in row.said
        }
        column = (
            "link_id"
            if any("link_id" in r.said for r in self.rows["attribute"])
            else "service_id"
        )
        found: dict[str, str] = {}
        for number, rows in self.of_each("attribute", column).items():
            for row in rows:
                by_number = row.said.get("taxonomy_term_id", "")
                words = [
                    row.said.get("taxonomy_term", ""),
                    by_number,
                    *terms.get(by_number, []),
                ]
                known = [kind for word in words if word and (kind := type_of(word))]
                if known:
                    found.setdefault(number, known[0])
                elif words := [word for word in words if word]:
                    self.intake.ignored.add(plain(f"taxonomy_term: {words[-1]}", 80))
        return found

    def _places(self) -> dict[str, Values]:
        """Where each service is, by our names: the first place of which something is said."""
        locations = {
            row.said["id"]: row.said for row in self.rows["location"] if "id" in row.said
        }
        addresses: dict[str, Values] = {}
        for row in self.rows["address"]:
            addresses.setdefault(row.said.get("location_id", ""), row.said)
        found: dict[str, Values] = {}
        for number, rows in self.of_each("service_at_location").items():
            for row in rows:
                where = row.said.get("location_id", "")
                if where and where not in locations:
                    self.intake.fault(row.at, "location_id", "points_nowhere")
                said = locations.get(where, {}) | addresses.get(where, {})
                place = {ours: said[theirs] for theirs, ours in PLACE.items() if theirs in said}
                if place:
                    found.setdefault(number, place)
        return found


def intake_of(tables: Tables) -> Intake:
    """What the tables mean. Nothing is raised: each fault is in it with its place."""
    reading = Reading(tables)
    reading.organizations()
    reading.services()
    reading.parts()
    intake = reading.intake
    intake.ignored = {each for each in intake.ignored if not _is_known_to_be_left(each)}
    return intake


def hours_of(schedules: list[Values]) -> Values:
    """When it is open: days with one opening time as such, anything more as words."""
    weekly = [each for each in schedules if each.get("byday")]
    spans = {(each.get("opens_at"), each.get("closes_at")) for each in weekly}
    words = [each["description"] for each in schedules if each.get("description")]
    found: Values = {}
    if len(spans) == 1:
        open_on = {day for each in weekly for day in each["byday"]}
        found["weekdays"] = [day for day in Weekday.values if day in open_on]
        opens, closes = spans.pop()
        if opens and closes:
            found |= {"opens_at": opens, "closes_at": closes}
    else:
        words = [*map(_in_words, weekly), *words]
    if words:
        found["hours_note"] = "; ".join(dict.fromkeys(words))[:1000]
    return found


def _in_words(schedule: Values) -> str:
    span = "-".join(filter(None, (schedule.get("opens_at"), schedule.get("closes_at"))))
    return f"{','.join(schedule['byday'])} {span}".strip()


def _is_known_to_be_left(name: str) -> bool:
    """Tables of the standard that the directory here has no place for need no word each."""
    return name.partition(".")[0] in NOT_TAKEN
