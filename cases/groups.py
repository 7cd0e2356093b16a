"""What each sealed data group holds: fields by their HTCDS names where the standard has one."""

import csv
import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agencies.lists import countries
from kernel.errors import Invalid
from kernel.groups import SEALED, DataGroup

LONG = 4000
SHORT = 200
MOST_ITEMS = 50
EARLIEST = 1900
ONE_WAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a text of bounded length, a date, a code, or a list of them."""

    kind: str
    codes: str = ""
    many: bool = False


TEXT, PROSE, DATE = Field("text"), Field("prose"), Field("date")
TEXTS = Field("text", many=True)


def _code(name: str, *, many: bool = False) -> Field:
    return Field("code", codes=name, many=many)


# HTCDS 2.0 names keep their prefix (prs_, vic_, per_); the others are ours.
FIELDS: dict[DataGroup, dict[str, Field]] = {
    DataGroup.IDENTITY: {
        "prs_FirstName": TEXT,
        "prs_MiddleName": TEXT,
        "prs_SecondName": TEXT,
        "aliases": TEXTS,
        "prs_Birthdate": DATE,
        "prs_Gender": _code("prs_Gender"),
        "prs_Citizenship": _code("iso3166", many=True),
        "prs_IdentityNumber": TEXT,
    },
    DataGroup.CONTACT: {
        "safe_channel": TEXT,
        "prs_MobilePhone": TEXT,
        "prs_HomePhone": TEXT,
        "prs_Email": TEXT,
        "safe_hours": TEXT,
        "code_word": TEXT,
        "who_may_answer": TEXT,
        "never_do": TEXTS,
    },
    DataGroup.SAFETY: {"risk_summary": PROSE, "exclusions": TEXTS},
    DataGroup.FAMILY: {
        "guardian_name": TEXT,
        "guardian_contact": TEXT,
        "prs_MaritalStatus": _code("prs_MaritalStatus"),
        "children": PROSE,
        "next_of_kin": TEXT,
    },
    DataGroup.TRAFFICKING: {
        "vic_TypeOfExploitation": _code("vic_TypeOfExploitation", many=True),
        "vic_MethodOfRecruitment": _code("vic_MethodOfRecruitment", many=True),
        "vic_MethodsOfControl": _code("vic_MethodsOfControl", many=True),
        "vic_RelationshipToTrafficker": _code("vic_RelationshipToTrafficker"),
        "vic_ForcedLabourIndustry": _code("vic_ForcedLabourIndustry"),
        "per_RoleDetails": PROSE,
        "account": PROSE,
    },
    DataGroup.SCREENING: {"indicators_seen": TEXTS, "remarks": PROSE},
    DataGroup.HEALTH: {"needs": PROSE, "medication": TEXT, "allergies": TEXT},
    DataGroup.MENTAL_HEALTH: {"needs": PROSE, "warning_signs": PROSE},
    DataGroup.LEGAL: {"status": PROSE, "proceedings": PROSE, "lawyer": TEXT},
    DataGroup.PLAN: {"goals": TEXTS, "actions": TEXTS},
    DataGroup.WHEREABOUTS: {"place": TEXT, "since": DATE, "who_knows": TEXT},
}


@cache
def codes_of(name: str) -> frozenset[str]:
    """The codes of one HTCDS list, or of ISO 3166 for countries."""
    if name == "iso3166":
        return countries()
    with (DATA / "htcds_enumerations.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["code"] for row in csv.DictReader(file) if row["field"] == name)


def checked(group: DataGroup, values: dict[str, Any], *, on: dt.date) -> dict[str, Any]:
    """The values without the empty ones. Raises Invalid with a pointer at the first fault.

    Days of a life lie between 1900 and `on`.
    """
    if group not in SEALED:
        raise Invalid("group_is_not_sealed", pointer="")
    clean: dict[str, Any] = {}
    for name, value in values.items():
        field = FIELDS[group].get(name)
        if field is None:
            raise Invalid("unknown_field", pointer=f"/{_escaped(name)}")
        if value in (None, "", []):
            continue
        clean[name] = _checked_value(field, value, f"/{name}", on)
    return clean


def _checked_value(field: Field, value: Any, pointer: str, on: dt.date) -> Any:
    if not field.many:
        return _checked_item(field, value, pointer, on)
    if not isinstance(value, list):
        raise Invalid("not_a_list", pointer=pointer)
    if len(value) > MOST_ITEMS:
        raise Invalid("too_many_items", pointer=pointer)
    return [_checked_item(field, item, f"{pointer}/{n}", on) for n, item in enumerate(value)]


def _checked_item(field: Field, value: Any, pointer: str, on: dt.date) -> str:
    if not isinstance(value, str):
        raise Invalid("not_a_text", pointer=pointer)
    text = value.strip()
    if "\x00" in text:
        raise Invalid("null_characters_not_allowed", pointer=pointer)
    if len(text) > (LONG if field.kind == "prose" else SHORT):
        raise Invalid("text_too_long", pointer=pointer)
    if field.kind == "code" and text not in codes_of(field.codes):
        raise Invalid("unknown_code", pointer=pointer)
    if field.kind == "date":
        _check_date(text, pointer, on)
    return text


def _check_date(text: str, pointer: str, on: dt.date) -> None:
    if not ONE_WAY.fullmatch(text):
        raise Invalid("not_a_date", pointer=pointer)
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as fault:
        raise Invalid("not_a_date", pointer=pointer) from fault
    if day > on:
        raise Invalid("date_in_the_future", pointer=pointer)
    if day.year < EARLIEST:
        raise Invalid("not_a_date", pointer=pointer)


def _escaped(name: str) -> str:
    # RFC 6901; a long unknown name is cut, it is the caller's own text.
    return name.replace("~", "~0").replace("/", "~1")[:60]
