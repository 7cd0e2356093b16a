"""The other half of `homes`: where each field of a file is written to, by its HTCDS name.

What cannot be written, because it is history (a decision, a consent, a state elsewhere), goes into
the case's origin as it came.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from agencies import codelists
from agencies.org import PLACE
from cases.actions.bringing import Brought
from cases.groups import FIELDS as GROUP_FIELDS
from cases.records import FIELDS as RECORD_FIELDS
from cases.workflow import RecordKind
from exchange.homes import HOMES, Group
from exchange.sheets.entry import Entry, Part
from kernel.fields import MOST_ITEMS, Field

# What says something about a case that it has here by its own work: kept apart as it came.
Origin = dict[str, Any]
NAME = "org_Name"
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
    origin: Origin = field(default_factory=dict)

    def keep(self, name: str, value: Any) -> None:
        """As it came: history."""
        self.origin.setdefault("fields", {})[name] = value


Write = Callable[[Placed, str, Any], None]


def placed(entry: Entry) -> Placed:
    """Every value of the entry in its place; none is left out."""
    found = Placed()
    for name, value in entry.values.items():
        WRITES.get(name, Placed.keep)(found, name, _plain(value))
    for part, rows in entry.records.items():
        for row in rows:
            _place_row(found, Part(part), {name: _plain(v) for name, v in row.items()})
    if entry.extra:
        found.origin["extra"] = dict(entry.extra)
    return found


def _place_row(found: Placed, part: Part, row: dict[str, Any]) -> None:
    if part is Part.COMMENT:
        found.brought.notes.extend(str(text) for text in row.values())
    elif part is Part.PLAN:
        # A plan is agreed on with the person; what was agreed elsewhere is history.
        found.origin.setdefault("plans", []).append(row)
    else:
        kind = RECORDS[part]
        fields = RECORD_FIELDS[kind]
        values = {name: _fitting(fields[name], value) for name, value in row.items()}
        found.brought.records.append((kind, values))


def _in_group(found: Placed, name: str, value: Any) -> None:
    home = HOMES[name][0]
    assert isinstance(home, Group), "the table below says so"
    values = found.brought.groups.setdefault(home.group, {})
    values[home.field] = _fitting(GROUP_FIELDS[home.group][home.field], value)


def _first_language(found: Placed, name: str, value: Any) -> None:
    languages = found.brought.person.setdefault("languages", [])
    languages.insert(0, value)


def _second_language(found: Placed, name: str, value: Any) -> None:
    found.brought.person.setdefault("languages", []).append(value)


def _worker(found: Placed, name: str, value: Any) -> None:
    found.worker = str(value)
    found.keep(name, value)


WRITES: dict[str, Write] = {
    **{name: _in_group for name, homes in HOMES.items() if isinstance(homes[0], Group)},
    "prs_PrimaryLanguage": _first_language,
    "prs_SecondaryLanguage": _second_language,
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
