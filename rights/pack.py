"""All that this installation keeps about a person, as codes and values: what art. 15 has them see.

It is read by the tables of `sealedcolumns`, so that nothing is forgotten; how it is said, a page
knows. It is never stored.
"""

import datetime as dt
import json
from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db.models import Model

from agencies.models import Agency
from audit import queries as audit
from audit.log import Actor
from audit.queries import SeenBy
from cases import vault
from cases.models import Case, Person, TimelineEntry
from kernel.errors import Refused
from kernel.groups import SEALED
from rights import rules
from rights.heldback import WITHHELD
from rights.sealedcolumns import TABLES
from rights.tables import Row, Sealed, Table, column_of, leads_to

WHY = "subject_access"
# An agency that is named without a key.
BY_ITS_CODE = (TimelineEntry, "agency")
# More rows of one table than this are no pack that anybody reads.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One row: what it says in clear by the names of its columns, and what was sealed in it."""

    table: str
    facts: dict[str, Any]
    words: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pack:
    """The sections in the order of the tables; who saw what, the newest day first; how much was
    left out and why; and until when it is kept, where that is known."""

    case: str
    made_at: dt.datetime
    sections: dict[str, list[Item]]
    seen: list[SeenBy]
    left_out: dict[str, int]
    until: rules.Due | None

    @property
    def size(self) -> int:
        return sum(len(items) for items in self.sections.values())


def gathered(cases: list[Case], *, by: Actor, at: dt.datetime) -> Pack:
    """Everything of the person of these cases, of which the first is asked about. The caller holds
    them. Who has looked is read before this look is written down."""
    case, person = cases[0], cases[0].person
    seen = audit.seen_by(case.code, zone=case.owner.time_zone, start=0, most=MOST + 1)
    rows = {table.name: _rows(table, cases) for table in TABLES}
    opened = _opened(person, rows, case=case.code, by=by)
    sections: dict[str, list[Item]] = {}
    for table in TABLES:
        told = [_item(table, row, opened) for row in rows[table.name]]
        sections.setdefault(table.section, []).extend(told)
    until = rules.due_of_person(person.pk)
    return Pack(case.code, at, sections, _few(seen), _left_out(cases), until)


def _rows(table: Table, cases: list[Case]) -> list[Row]:
    found = table.model._default_manager.filter(
        table.only, **{f"{table.via}__in": [case.pk for case in cases]}
    )
    beside = {leads_to(table.model, path) for path in table.told} | set(table.beside)
    # Without any name Django would follow every key.
    found = found.select_related(*sorted(beside - {""})) if beside - {""} else found
    rows = _few(list(found.order_by("pk")[: MOST + 1]))
    return list({row.pk: row for row in rows}.values())


def _few(rows: list[Any]) -> list[Any]:
    """All of them or none: what is cut off would be missed by nobody."""
    if len(rows) > MOST:
        raise Refused("pack_too_large")
    return rows


# Where an opened text stands: table, row and column.
Where = tuple[str, int, str]
Opened = dict[Where, Any]
Found = list[tuple[Where, Sealed, Row]]


def _opened(person: Person, rows: dict[str, list[Row]], *, case: str, by: Actor) -> Opened:
    """Every sealed text of these rows; the log has one event for each kind of them."""
    waiting = _waiting(rows)
    groups = vault.open_groups(person, SEALED, by=by, case=case, why=WHY)
    opened: Opened = {where: groups[row.group] for where, _, row in waiting.pop("", [])}
    for event, found in waiting.items():
        texts = vault.open_texts(
            person,
            {column.place(row): getattr(row, column.name) for _, column, row in found},
            by=by,
            case=case,
            what=event,
            groups={group for _, column, row in found for group in column.groups(row)},
            why=WHY,
        )
        for where, column, row in found:
            text = texts[column.place(row)]
            opened[where] = _values(text, column.inner(row)) if column.values else text
    return opened


def _values(text: str, inner: frozenset[str]) -> Any:
    values = json.loads(text)
    return (
        {name: each for name, each in values.items() if name not in inner} if inner else values
    )


def _waiting(rows: dict[str, list[Row]]) -> dict[str, Found]:
    """What is to be opened, by the event that tells of it."""
    waiting: dict[str, Found] = defaultdict(list)
    for table in TABLES:
        for row in rows[table.name]:
            for column in table.sealed:
                if getattr(row, column.name) is not None:
                    where = (table.name, row.pk, column.name)
                    waiting[column.event].append((where, column, row))
    return waiting


def _item(table: Table, row: Row, opened: Opened) -> Item:
    facts = {path: _fact(reduce(getattr, path.split("__"), row)) for path in table.told}
    words = {
        column.name: opened[where]
        for column in table.sealed
        if (where := (table.name, row.pk, column.name)) in opened
    }
    return Item(table.name, {name: v for name, v in facts.items() if _is_said(v)}, words)


def _fact(value: Any) -> Any:
    """A value as it stands; of something else that it leads to, its code."""
    if not isinstance(value, Model):
        return value
    return str(value.code if hasattr(value, "code") else value.pk)


def _is_said(value: Any) -> bool:
    return value is not None and value not in ("", [])


def _left_out(cases: list[Case]) -> dict[str, int]:
    """How many of each there are that stay closed."""
    counts: dict[str, int] = {}
    keys = [case.pk for case in cases]
    for each in WITHHELD:
        found = each.model._default_manager.filter(each.only, **{f"{each.via}__in": keys})
        counts[each.name] = counts.get(each.name, 0) + found.count()
    return counts


def agencies_in(pack: Pack) -> set[str]:
    """The codes of all agencies that the pack names."""
    named = {each.agency for each in pack.seen} | {each.told for each in pack.seen}
    for table in TABLES:
        columns = [path for path in table.told if names_agency(table.model, path)]
        for item in pack.sections[table.section]:
            if item.table == table.name:
                named |= {item.facts[path] for path in columns if path in item.facts}
    return named - {""}


def names_agency(model: type[Model], path: str) -> bool:
    """Whether the column holds the code of an agency."""
    return column_of(model, path).related_model is Agency or (model, path) == BY_ITS_CODE
