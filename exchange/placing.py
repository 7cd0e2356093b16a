"""The other half of `homes`: where each field of a file is written to, by its HTCDS name.

What cannot be written, because it is history (a decision, a consent, a state elsewhere), goes into
the case's origin as it came.
"""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from agencies.org import PLACE
from cases.actions.bringing import Brought
from cases.groups import FIELDS as GROUP_FIELDS
from cases.records import FIELDS as RECORD_FIELDS
from cases.workflow import RecordKind
from exchange.homes import HOMES, Group
from exchange.sheets.entry import Entry, Part
from kernel.fields import Field

# What says something about a case that it has here by its own work: kept apart as it came.
Origin = dict[str, Any]
NAME = "org_Name"
# Of an organisation that is spoken of the standard's files hold the name. What else is known of it
# stands in this column: by the field, each such organisation of the case whole.
PLACES = "x_Organisations"
COMMENT = "cco_CaseComment"
LANGUAGES = ("prs_PrimaryLanguage", "prs_SecondaryLanguage")
RECORDS: dict[Part, RecordKind] = {
    Part.EVENT: RecordKind.EVENT,
    Part.PERPETRATOR: RecordKind.PERPETRATOR,
    Part.REFERRED_IN: RecordKind.REFERRED_IN,
    Part.REFERRED_OUT: RecordKind.REFERRED_OUT,
}


@dataclass(slots=True)
class Placed:
    """An entry, each field where it belongs. `worker` is the user name that the file gives."""

    brought: Brought = field(default_factory=Brought)
    worker: str = ""
    languages: dict[str, str] = field(default_factory=dict)
    # Columns that are not the standard's, of each record and each note in their order.
    beside_records: list[dict[str, Any]] = field(default_factory=list)
    beside_notes: list[dict[str, Any]] = field(default_factory=list)
    origin: Origin = field(default_factory=dict)

    def keep(self, name: str, value: Any) -> None:
        """As it came: history."""
        self.origin.setdefault("fields", {})[name] = value


Write = Callable[[Placed, str, Any], None]


def placed(entry: Entry) -> Placed:
    """Every value of the entry in its place; none is left out."""
    extra = dict(entry.extra)
    places = _organisations(extra)
    found = Placed()
    for name, value in entry.values.items():
        WRITES.get(name, Placed.keep)(found, name, _whole(name, _plain(value), places))
    for part, rows in entry.records.items():
        for row in rows:
            whole = {name: _whole(name, _plain(v), places) for name, v in row.items()}
            _place_row(found, Part(part), whole)
    for name, each in places.items():
        if name in WRITES and name not in entry.values and each:
            _in_group(found, name, each.pop(0))
    _speak(found)
    if left := {name: each for name, each in places.items() if each}:
        extra[PLACES] = json.dumps(left, ensure_ascii=False, sort_keys=True)
    if extra:
        found.origin["extra"] = extra
    return found


def _organisations(extra: dict[str, str]) -> dict[str, list[Any]]:
    """What the column of organisations holds, taken out; where it is not as we write it, it stays."""
    try:
        said = json.loads(extra.get(PLACES, ""))
        places = {name: [dict(each) for each in said[name]] for name in said}
    except (ValueError, TypeError):
        return {}
    del extra[PLACES]
    return places


def _whole(name: str, value: Any, places: dict[str, list[Any]]) -> Any:
    """The organisation of that name with all that is known of it, or the value as it is."""
    for each in places.get(name, []):
        if each.get(NAME) == value:
            places[name].remove(each)
            return each
    return value


def _place_row(found: Placed, part: Part, row: dict[str, Any]) -> None:
    """A record of the case; columns that are not the standard's stay beside it."""
    own = {name: value for name, value in row.items() if name in HOMES}
    beside = {name: value for name, value in row.items() if name not in HOMES}
    if part is Part.PLAN:
        # A plan is agreed on with the person; what was agreed elsewhere is history.
        found.origin.setdefault("plans", []).append(row)
    elif part is Part.COMMENT:
        found.brought.notes.append(str(own.get(COMMENT, "")))
        found.beside_notes.append(beside)
    else:
        fields = RECORD_FIELDS[RECORDS[part]]
        values = {name: _fitting(fields[name], value) for name, value in own.items()}
        found.brought.records.append((RECORDS[part], values))
        found.beside_records.append(beside)


def _in_group(found: Placed, name: str, value: Any) -> None:
    home = HOMES[name][0]
    assert isinstance(home, Group), "the table below says so"
    values = found.brought.groups.setdefault(home.group, {})
    values[home.field] = _fitting(GROUP_FIELDS[home.group][home.field], value)


def _language(found: Placed, name: str, value: Any) -> None:
    found.languages[name] = str(value)


def _speak(found: Placed) -> None:
    """Languages stand in their order; where the first is not known, the second is not the first."""
    languages = [found.languages[name] for name in LANGUAGES if name in found.languages]
    if LANGUAGES[0] in found.languages:
        found.brought.person["languages"] = languages
    elif languages:
        found.keep(LANGUAGES[1], languages[0])


def _worker(found: Placed, name: str, value: Any) -> None:
    found.worker = str(value)
    found.keep(name, value)


WRITES: dict[str, Write] = {
    **{name: _in_group for name, homes in HOMES.items() if isinstance(homes[0], Group)},
    **dict.fromkeys(LANGUAGES, _language),
    "cas_CaseOwner": _worker,
}


def _fitting(known: Field, value: Any) -> Any:
    """A value as the field holds it: of an organisation the file has the name alone; one code
    where several may be is a list."""
    if known is PLACE and isinstance(value, str):
        return {NAME: value}
    if known.many and not isinstance(value, list):
        return [value]
    return value


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
