"""A case as an entry of a file: what `homes` reads of it, and what it came with."""

import datetime as dt
import json
from typing import Any

from agencies.org import PLACE
from cases.groups import FIELDS as GROUP_FIELDS
from cases.records import FIELDS as RECORD_FIELDS
from exchange.homes import (
    HOMES,
    Group,
    Reading,
    comments_by_code,
    standard_fields,
    values,
)
from exchange.placing import COMMENT, NAME, PLACES, RECORDS
from exchange.sheets.entry import Entry, Part

# What a case says of itself here stands in the standard's own column. What it said where it came
# from, if that is something else, stands beside it under this.
CAME = "x_came_"
DATES = frozenset(field.name for field in standard_fields() if field.type == "Date")
PARTS: dict[Part, tuple[str, ...]] = {
    **{
        part: tuple(name for name in RECORD_FIELDS[kind] if name in HOMES)
        for part, kind in RECORDS.items()
    },
    Part.COMMENT: (COMMENT,),
    Part.PLAN: tuple(name for name in HOMES if name.startswith("spl_")),
}
SINGLE = tuple(name for name in HOMES if not any(name in names for names in PARTS.values()))
# Fields that hold an organisation that is spoken of.
SPOKEN_OF = frozenset(
    name
    for name, homes in HOMES.items()
    if isinstance(homes[0], Group) and GROUP_FIELDS[homes[0].group][homes[0].field] is PLACE
) | {name for fields in RECORD_FIELDS.values() for name in fields if fields[name] is PLACE}


def told(reading: Reading, origin: dict[str, Any], *, row: int) -> Entry:
    """The whole case as its owner may take it out. `origin` is what it came with."""
    case = reading.case
    entry = Entry(row=row, reference=origin.get("reference") or case.code)
    entry.extra.update(origin.get("extra", {}))
    places: dict[str, list[Any]] = {}
    for name in SINGLE:
        if found := values(name, reading):
            _add(entry.values, name, found[-1], places)
    for part in PARTS:
        rows = [_row(row_, places) for row_ in _rows(part, reading, origin)]
        if rows := [each for each in rows if each]:
            entry.records[part] = rows
    if places:
        entry.extra[PLACES] = json.dumps(places, ensure_ascii=False, sort_keys=True)
    _add_history(entry, origin)
    return entry


def _rows(part: Part, reading: Reading, origin: dict[str, Any]) -> list[dict[str, Any]]:
    """One for each of that kind, in their order; the n-th value of each name belongs to the n-th."""
    if part is Part.COMMENT:
        notes = comments_by_code(reading)
        rows, codes = [{COMMENT: text} for text in notes.values()], list(notes)
    else:
        columns = {name: values(name, reading) for name in PARTS[part]}
        longest = max(len(column) for column in columns.values())
        rows = [
            {name: column[n] for name, column in columns.items() if n < len(column)}
            for n in range(longest)
        ]
        # Those that were written here come first; what follows has no code of a record.
        codes = reading.codes[RECORDS[part]] if part in RECORDS else []
    beside = origin.get("beside", {})
    for row, code in zip(rows, codes, strict=False):
        row.update(beside.get(code, {}))
    return rows


def _row(values_: dict[str, Any], places: dict[str, list[Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in values_.items():
        _add(row, name, value, places)
    return row


def _add(into: dict[str, Any], name: str, value: Any, places: dict[str, list[Any]]) -> None:
    """The value as a file has it; nothing for nothing."""
    if value in (None, "", []):
        return
    if name in SPOKEN_OF:
        if set(value) - {NAME}:
            places.setdefault(name, []).append(value)
        if not value.get(NAME):
            return
        value = value[NAME]
    into[name] = dt.date.fromisoformat(value) if name in DATES else value


def _add_history(entry: Entry, origin: dict[str, Any]) -> None:
    """What was said elsewhere stands where nothing is said here, and else under a name of its own;
    what it first came with is handed on."""
    for name, value in origin.get("fields", {}).items():
        if name in HOMES and name not in entry.values:
            _add(entry.values, name, value, {})
        elif entry.values.get(name) != _dated(name, value):
            entry.extra.setdefault(f"{CAME}{name}", _text(value))
    plans = [_row(plan, {}) for plan in origin.get("plans", [])]
    if plans:
        entry.records[Part.PLAN] = plans + entry.records.get(Part.PLAN, [])


def _dated(name: str, value: Any) -> Any:
    return dt.date.fromisoformat(value) if name in DATES else value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def extensions_of(origin: dict[str, Any]) -> set[str]:
    """The names of all columns beside the standard's that its case may have."""
    rows = [*origin.get("beside", {}).values(), *origin.get("plans", [])]
    own = {name for row in rows for name in row if name not in HOMES}
    history = {f"{CAME}{name}" for name in origin.get("fields", {})}
    return own | history | set(origin.get("extra", {}))
