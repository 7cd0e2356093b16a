"""What is counted of a person, though it is sealed: taken down when it is written, opened for a release.

The values are in hand when a worker saves a group; so no release opens a person's own groups, and no
key of a person is asked for. Codes alone are kept, sealed under the service's own key for figures.
"""

import hmac
import json
import uuid
from collections.abc import Iterable, Iterator
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


def note(person: Person, group: DataGroup, values: dict[str, Any]) -> None:
    """Take down the codes of a group that was just written, in place of those it held before."""
    if group not in WANTED:
        return
    found = {name: list(values.get(name, [])) for name in WANTED[group]}
    held = Sheet.objects.filter(person=person).values_list("content", flat=True).first()
    if held is None and not any(found.values()):
        return
    key = purpose_key(FACTS)
    kept = _opened(key, person.uid, held) | found
    content = sealing.seal(key, json.dumps(kept), place=_place(person.uid))
    # A release may have given the person a handle meanwhile.
    Sheet.objects.bulk_create(
        [Sheet(person=person, content=content)],
        update_conflicts=True, unique_fields=["person"], update_fields=["content"],
    )  # fmt: skip


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
