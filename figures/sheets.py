"""What is counted of a person, though it is sealed: taken down when it is written, opened for a release.

The values are in hand when a worker saves a group; so no release opens a person's own groups, and no
key of a person is asked for. Codes alone are kept, sealed under the service's own key for figures.
"""

import hmac
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from cases.models import Person
from custody.ring import purpose_key
from figures import world
from figures.models import Sheet
from kernel import sealing
from kernel.groups import DataGroup

FACTS, MARKS = "figures facts", "figures marks"
# The fields of a sealed group that are counted.
WANTED: dict[DataGroup, tuple[str, ...]] = {
    DataGroup.IDENTITY: ("prs_Citizenship",),
    DataGroup.TRAFFICKING: ("vic_TypeOfExploitation", "vic_MethodsOfControl"),
}
# What a file has taken over from others of the same person, which were erased: under which handles the
# person may have been counted, the keys of the agencies that know of them, and of the living files that
# were next to those.
FORMER, KNEW, SAME = "former", "knew", "same"
HELD = """
    INSERT INTO figures_sheet (person_id, handle)
    SELECT n, gen_random_uuid() FROM unnest(%s::bigint[]) n ORDER BY n
    ON CONFLICT (person_id) DO UPDATE SET handle = figures_sheet.handle
    RETURNING person_id, handle, content
"""
Facts = dict[str, list[str]]
Row = tuple[int, uuid.UUID, uuid.UUID, bytes | memoryview | None]


@dataclass(frozen=True, slots=True)
class Opened:
    """One sheet: whose, under which handles, known to whom, whose files are the same person's, and
    the codes."""

    person: int
    handle: uuid.UUID
    former: list[uuid.UUID]
    knew: list[int]
    same: list[int]
    facts: list[tuple[str, str]]


def note(of_each: Iterable[tuple[Person, Mapping[DataGroup, dict[str, Any]]]]) -> None:
    """Take down the codes of groups that were just written, in place of those they held before."""
    found = [
        (person, _wanted(groups)) for person, groups in of_each if groups.keys() & WANTED.keys()
    ]
    nothing = [person.pk for person, new in found if not any(new.values())]
    rows = Sheet.objects.filter(person__in=nothing, content__isnull=False) if nothing else ()
    told = {sheet.pk for sheet in rows}
    _write([each for each in found if any(each[1].values()) or each[0].pk in told])


def _wanted(groups: Mapping[DataGroup, dict[str, Any]]) -> Facts:
    return {
        name: list(groups[group].get(name, []))
        for group in WANTED.keys() & groups.keys()
        for name in WANTED[group]
    }


def inherit(
    person: Person,
    *,
    knew: Iterable[int],
    former: Iterable[uuid.UUID] = (),
    same: Iterable[int] = (),
    gone: int | None = None,
) -> None:
    """Take over what an erased file leaves; `gone`, whose it was, is named no more."""
    held = _held([person])[person.pk]
    said = _opened(purpose_key(FACTS), person.uid, held.content)
    names = {*said.get(FORMER, ()), *(each.hex for each in former)} - {held.handle.hex}
    agencies = {*said.get(KNEW, ()), *(str(each) for each in knew)}
    others = {*said.get(SAME, ()), *(str(each) for each in same)} - {str(gone)}
    taken = {
        FORMER: sorted(names),
        KNEW: sorted(agencies, key=int),
        SAME: sorted(others, key=int),
    }
    _write([(person, taken)])


def forget(person: Person) -> None:
    """With the sheet goes the handle: what was counted of the person leads nowhere any more."""
    Sheet.objects.filter(person=person).delete()


def opened(sheets: QuerySet[Sheet]) -> Iterator[Opened]:
    """These sheets, opened."""
    yield from read(sheets.values_list("person", "person__uid", "handle", "content"))


def read(rows: Iterable[Row]) -> Iterator[Opened]:
    """What these rows of sheets say. Countries become regions."""
    key = purpose_key(FACTS)
    for person, uid, handle, content in rows:
        said = _opened(key, uid, content)
        former = [uuid.UUID(each) for each in said.pop(FORMER, ())]
        knew = [int(each) for each in said.pop(KNEW, ())]
        same = [int(each) for each in said.pop(SAME, ())]
        countries = said.pop("prs_Citizenship", ())
        said["prs_Citizenship"] = sorted({world.region_of(each) for each in countries} - {""})
        facts = [(name, code) for name, codes in said.items() for code in codes]
        yield Opened(person, handle, former, knew, same, facts)


def secrets() -> Callable[[uuid.UUID], bytes]:
    """What makes of a handle the secret that its marks are made of."""
    key = purpose_key(MARKS)
    return lambda handle: hmac.digest(key, handle.bytes, "sha256")


def _held(people: Iterable[Person]) -> dict[int, Sheet]:
    """These people's sheets, begun where there are none, and kept from any other change: what one holds
    is written back as a whole."""
    found = Sheet.objects.raw(HELD, [[person.pk for person in people]])
    return {sheet.pk: sheet for sheet in found}


def _write(said: Sequence[tuple[Person, Facts]]) -> None:
    if not said:
        return
    key, held = purpose_key(FACTS), _held(person for person, _ in said)
    for person, new in said:
        sheet = held[person.pk]
        kept = _opened(key, person.uid, sheet.content) | new
        sheet.content = sealing.seal(key, json.dumps(kept), place=_place(person.uid))
    Sheet.objects.bulk_create(
        held.values(), update_conflicts=True, unique_fields=["person"],
        update_fields=["content"],
    )  # fmt: skip


def _opened(key: bytes, uid: uuid.UUID, content: bytes | memoryview | None) -> Facts:
    if content is None:
        return {}
    facts: Facts = json.loads(sealing.open_sealed(key, bytes(content), place=_place(uid)))
    return facts


def _place(uid: uuid.UUID) -> str:
    return f"figures_sheet|content|{uid}"
