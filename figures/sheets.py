"""What is counted of a person, though it is sealed: taken down when it is written, opened for a release.

The values are in hand when a worker saves a group; so no release opens a person's own groups, and no
key of a person is asked for. Codes alone are kept, sealed under the service's own key for figures.
"""

import hmac
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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
Facts = dict[str, list[str]]


def note(of_each: Iterable[tuple[Person, Mapping[DataGroup, dict[str, Any]]]]) -> None:
    """Take down the codes of groups that were just written, in place of those they held before."""
    found = [
        (person, _wanted(groups)) for person, groups in of_each if groups.keys() & WANTED.keys()
    ]
    if not found:
        return
    held = dict(
        Sheet.objects.filter(person__in=[person.pk for person, _ in found]).values_list(
            "person", "content"
        )
    )
    said = [(person, new) for person, new in found if person.pk in held or any(new.values())]
    if not said:
        return
    key = purpose_key(FACTS)
    # A release may have given a person a handle meanwhile.
    Sheet.objects.bulk_create(
        [
            Sheet(person=person, content=_sealed(key, person, held.get(person.pk), new))
            for person, new in said
        ],
        update_conflicts=True, unique_fields=["person"], update_fields=["content"],
    )  # fmt: skip


def _wanted(groups: Mapping[DataGroup, dict[str, Any]]) -> Facts:
    return {
        name: list(groups[group].get(name, []))
        for group in WANTED.keys() & groups.keys()
        for name in WANTED[group]
    }


def _sealed(key: bytes, person: Person, held: bytes | memoryview | None, new: Facts) -> bytes:
    kept = _opened(key, person.uid, held) | new
    return sealing.seal(key, json.dumps(kept), place=_place(person.uid))


def forget(person: Person) -> None:
    """With the sheet goes the handle: what was counted of the person leads nowhere any more."""
    Sheet.objects.filter(person=person).delete()


def marks_of(handles: Iterable[tuple[int, uuid.UUID]]) -> Iterator[tuple[int, bytes]]:
    """For each person a secret from which the marks of what they are counted in are made."""
    key = purpose_key(MARKS)
    for person, handle in handles:
        yield person, hmac.digest(key, handle.bytes, "sha256")


def facts_of(
    rows: Iterable[tuple[int, uuid.UUID, bytes | None]],
) -> Iterator[tuple[int, str, str]]:
    """Person, field and code of everything that the sheets say. Countries become regions."""
    key = purpose_key(FACTS)
    for person, uid, content in rows:
        facts = _opened(key, uid, content)
        countries = facts.pop("prs_Citizenship", [])
        facts["prs_Citizenship"] = sorted({world.region_of(each) for each in countries} - {""})
        for name, codes in facts.items():
            yield from ((person, name, code) for code in codes)


def _opened(key: bytes, uid: uuid.UUID, content: bytes | memoryview | None) -> Facts:
    if content is None:
        return {}
    facts: Facts = json.loads(sealing.open_sealed(key, bytes(content), place=_place(uid)))
    return facts


def _place(uid: uuid.UUID) -> str:
    return f"figures_sheet|content|{uid}"
