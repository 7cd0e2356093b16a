"""The sealed vault: what is known of a person comes out here, and only after it is logged."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from agencies.models import Agency
from audit import log
from cases import duty, names
from cases.models import NameToken, Person, SealedGroup
from custody.ring import new_key, purpose_key, unwrap
from kernel import sealing
from kernel.errors import Refused
from kernel.groups import SEALED, DataGroup, in_order


def new_person(**facts: Any) -> Person:
    """An unsaved person with a data key of their own."""
    person = Person(**facts)
    person.ring_key, person.wrapped_key = new_key(person.key_context)
    return person


def write_group(
    person: Person, group: DataGroup, values: dict[str, Any], *, by: str, at: dt.datetime
) -> None:
    """Seal the values as the person's group, in place of what was there."""
    sealed = sealing.seal(_key(person), _text(values), place=_group_place(person, group))
    row, created = SealedGroup.objects.get_or_create(
        person=person,
        group=group,
        defaults={"content": sealed, "written_at": at, "written_by": by},
    )
    if not created:
        row.content, row.written_at, row.written_by = sealed, at, by
        row.version += 1
        row.save(update_fields=["content", "written_at", "written_by", "version"])


def write_first_groups(
    of_each: Iterable[tuple[Person, Mapping[DataGroup, dict[str, Any]]]],
    *,
    by: str,
    at: dt.datetime,
) -> None:
    """Seal the groups of people of whom nothing is held yet; one statement for all."""
    SealedGroup.objects.bulk_create(
        SealedGroup(
            person=person, group=group, written_at=at, written_by=by,
            content=sealing.seal(_key(person), _text(values), place=_group_place(person, group)),
        )
        for person, groups in of_each
        for group, values in groups.items()
    )  # fmt: skip


def open_groups(
    person: Person,
    groups: Iterable[str],
    *,
    by: log.Actor,
    case: str,
    why: str,
    unseen: bool = False,
) -> dict[str, dict[str, Any]]:
    """The plain values of these groups; empty ones too. Writes the audit event first.

    `unseen` where the actor is shown nothing of it: that asks for no duty to know.
    Raises kernel.sealing.CannotOpen rather than show anything doubtful.
    """
    wanted = [group for group in in_order(groups) if group in SEALED]
    if not wanted:
        return {}
    rows = {row.group: row for row in person.sealed_groups.filter(group__in=wanted)}
    if not unseen:
        duty.require(rows, by=by, case=case)
    log.record("read", by=by, about=person.code, case=case, groups=wanted, facts={"why": why})
    key = _key(person)
    return {group: _opened(person, key, rows.get(group), group) for group in wanted}


def version_of(person: Person, group: str) -> int:
    """How often the group was written; 0 if never."""
    found = person.sealed_groups.filter(group=group).values_list("version", flat=True).first()
    return found or 0


def written(person: Person) -> dict[str, SealedGroup]:
    """Each group that was ever written: by whom, when and how often; nothing is opened."""
    return {row.group: row for row in person.sealed_groups.defer("content")}


def groups_held(person: Person) -> list[str]:
    """Which groups hold anything: names of groups, nothing of what they say."""
    return in_order(person.sealed_groups.values_list("group", flat=True))


def tried(person: Person) -> tuple[int, int]:
    """How many of the person's groups open and how many do not; what they say is not kept."""
    well = badly = 0
    for row in person.sealed_groups.all():
        try:
            _opened(person, _key(person), row, row.group)
        except sealing.CannotOpen:
            badly += 1
        else:
            well += 1
    return well, badly


def seal_text(person: Person, text: str, *, place: str) -> bytes:
    """Seal a note, a message or a name for one place, such as a note's code."""
    return sealing.seal(_key(person), text, place=_text_place(person, place))


def open_texts(
    person: Person,
    sealed: Mapping[str, bytes | memoryview | None],
    *,
    by: log.Actor,
    case: str,
    what: str,
    groups: Iterable[str] = (),
    inside: Iterable[str] = (),
    why: str = "",
    unseen: bool = False,
) -> dict[str, str]:
    """The plain texts by place, those that were never written left out. Logged first, once, with
    the data groups that they belong to; `inside` are groups that they hold without being of them.
    `unseen` as above."""
    there = {place: bytes(text) for place, text in sealed.items() if text is not None}
    if not there:
        return {}
    groups = list(groups)
    if not unseen:
        duty.require([*groups, *inside], by=by, case=case)
    facts: dict[str, log.Fact] = {"n": len(there)} | ({"why": why} if why else {})
    log.record(f"read.{what}", by=by, about=person.code, case=case, groups=groups, facts=facts)
    key = _key(person)
    return {
        place: sealing.open_sealed(key, text, place=_text_place(person, place))
        for place, text in there.items()
    }


def index_names(person: Person, agency: Agency, identity: dict[str, Any]) -> None:
    """Write the keyed tokens of a name, in place of the agency's earlier ones."""
    NameToken.objects.filter(person=person, agency=agency).delete()
    index_first_names([(person, identity)], agency)


def index_first_names(of_each: Iterable[tuple[Person, dict[str, Any]]], agency: Agency) -> None:
    """The same where the agency has no tokens of these people yet; one statement for all."""
    index = _index_key(agency)
    NameToken.objects.bulk_create(
        NameToken(person=person, agency=agency, kind=kind, token=token)
        for person, identity in of_each
        for kind, token in _tokens_of_names(index, identity)
    )


def _tokens_of_names(index: bytes, identity: dict[str, Any]) -> list[tuple[str, bytes]]:
    full = " ".join(
        identity.get(part, "") for part in ("prs_FirstName", "prs_MiddleName", "prs_SecondName")
    )
    short = f"{identity.get('prs_FirstName', '')} {identity.get('prs_SecondName', '')}"
    spellings = {full, short, *identity.get("aliases", [])}
    return sorted({pair for spelling in spellings for pair in _tokens(index, spelling)})


def find_by_name(agency: Agency, name: str) -> list[int]:
    """Keys of the agency's people of that name, exact matches first, then by sound."""
    found: list[int] = []
    for kind, token in _tokens(_index_key(agency), name):
        rows = NameToken.objects.filter(agency=agency, kind=kind, token=token)
        found += rows.order_by("-person").values_list("person", flat=True)[:50]
    return list(dict.fromkeys(found))


def named(agency: Agency, spellings: Iterable[str]) -> list[tuple[str, int]]:
    """Which of these spellings name people of the agency, and the keys of those people; one question
    for all."""
    index = _index_key(agency)
    wanted: dict[tuple[str, bytes], list[str]] = {}
    for spelling in spellings:
        for pair in _tokens(index, spelling):
            wanted.setdefault(pair, []).append(spelling)
    rows = NameToken.objects.filter(agency=agency, token__in={token for _, token in wanted})
    return sorted(
        {
            (spelling, person)
            for kind, token, person in rows.values_list("kind", "token", "person")
            for spelling in wanted.get((kind, bytes(token)), ())
        }
    )


def _index_key(agency: Agency) -> bytes:
    """One key per agency: equal names in two agencies leave no equal tokens."""
    return purpose_key(f"name index {agency.code}")


def _tokens(index: bytes, name: str) -> list[tuple[str, bytes]]:
    exact, sound = names.exact(name), names.sound(name)
    if not exact:
        return []
    return [
        ("exact", sealing.index_token(index, "exact", exact)),
        ("sound", sealing.index_token(index, "sound", sound)),
    ]


def _opened(person: Person, key: bytes, row: SealedGroup | None, group: str) -> dict[str, Any]:
    if row is None:
        return {}
    text = sealing.open_sealed(key, bytes(row.content), place=_group_place(person, group))
    values: dict[str, Any] = json.loads(text)
    return values


def _text(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _key(person: Person) -> bytes:
    if not person.ring_key:
        raise Refused("person_was_erased")
    return unwrap(person.ring_key, bytes(person.wrapped_key), context=person.key_context)


def _group_place(person: Person, group: str) -> str:
    return f"cases_sealedgroup|content|{person.uid}|{group}"


def _text_place(person: Person, place: str) -> str:
    return f"text|{person.uid}|{place}"
