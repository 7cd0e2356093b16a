"""Keyed tokens of identities, under one key of this service, and who shares them with whom."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from agencies import ages
from agencies.models import REAL, Agency, Member
from cases import likeness
from cases.likeness import Clear
from cases.models import (
    Case,
    DuplicateToken,
    IdentityCount,
    Person,
    PossibleDuplicate,
    TokenSheet,
)
from custody.ring import purpose_key
from edge import waking
from kernel import sealing
from notify.actions import close_tasks

# Of those who share anything, as many as a human would still look through.
MOST = 200
# Raised where the tokens themselves are to be made anew: `./safehand duplicates rebuild`.
KEY = "2"
TASK = "cases.look_for_duplicates"
TASKS = ("look_at_duplicate", "answer_duplicate")
Token = tuple[str, bytes]
# Every condition is on the index of tokens; a person has some thirty of them.
_SHARED = """
    SELECT t.person_id, array_agg(DISTINCT t.kind)
    FROM cases_duplicatetoken mine
    JOIN cases_duplicatetoken t ON t.kind = mine.kind AND t.token = mine.token
    WHERE mine.person_id = %s AND t.person_id <> mine.person_id
    GROUP BY t.person_id ORDER BY count(DISTINCT t.kind) DESC, t.person_id LIMIT %s
"""
# The same for identities that nobody has here yet, among one agency's own cases.
_SHARED_IN = """
    SELECT mine.n, p.gender, p.age_band, c.id, array_agg(DISTINCT t.kind)
    FROM unnest(%s::int[], %s::text[], %s::bytea[]) AS mine (n, kind, token)
    JOIN cases_duplicatetoken t ON t.kind = mine.kind AND t.token = mine.token
    JOIN cases_case c ON c.person_id = t.person_id AND c.owner_id = %s
    JOIN cases_person p ON p.id = t.person_id
    GROUP BY mine.n, p.id, c.id
"""
# Some thirty a person: as rows of Django's they took half the time of an import.
_WRITE = """
    INSERT INTO cases_duplicatetoken (person_id, kind, token)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bytea[])
"""
_COUNT = """
    INSERT INTO cases_identitycount (member_id, day, count) VALUES (%s, %s, %s)
    ON CONFLICT (member_id, day) DO UPDATE
    SET count = cases_identitycount.count + excluded.count
"""


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be the same person: what is shared, and how much that is."""

    person: int
    marks: list[str]
    points: int


def tokens_of(identity: Mapping[str, Any], *, key: bytes) -> list[Token]:
    """The tokens of an identity; without the key they say nothing."""
    marks = likeness.marks_of(identity)
    return sorted({(mark, sealing.index_token(key, mark, value)) for mark, value in marks})


def token_key(space: int = REAL) -> tuple[str, bytes]:
    """The key of this whole service, and its name; of each made-up space another, so that nobody in it
    looks like anybody. It has nothing in common with those under which
    each agency finds its own people; the ring wraps it, and a new key of the ring changes no token."""
    whose = "the service" if space == REAL else f"practice space {space}"
    return KEY, purpose_key(f"duplicates of {whose} {KEY}")


def index(person: Person, identity: Mapping[str, Any], *, space: int, at: dt.datetime) -> bool:
    """Write the tokens in place of the earlier ones; whether that changed any.

    Asks nothing about anybody else, so that its time tells nothing.
    """
    name, key = token_key(space)
    tokens = tokens_of(identity, key=key)
    digest = _digest(tokens)
    sheet = TokenSheet.objects.filter(person=person).first()
    if sheet is not None and (sheet.ring_key, bytes(sheet.digest)) == (name, digest):
        return False
    DuplicateToken.objects.filter(person=person).delete()
    _write([(person, tokens)])
    facts = {"ring_key": name, "digest": digest, "written_at": at, "looked_at": None}
    TokenSheet.objects.update_or_create(person=person, defaults=facts)
    return True


def index_first(
    of_each: Iterable[tuple[Person, Mapping[str, Any]]], *, space: int, at: dt.datetime
) -> None:
    """The same for people of whom there is nothing yet; two statements for all."""
    name, key = token_key(space)
    found = [(person, tokens_of(identity, key=key)) for person, identity in of_each]
    _write(found)
    TokenSheet.objects.bulk_create(
        TokenSheet(person=person, ring_key=name, digest=_digest(tokens), written_at=at)
        for person, tokens in found
    )


def _write(found: Iterable[tuple[Person, Iterable[Token]]]) -> None:
    rows = [(person.pk, *token) for person, tokens in found for token in tokens]
    persons, kinds, tokens = ([row[n] for row in rows] for n in range(3))
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [persons, kinds, tokens])


def count(member: Member, *, on: dt.date, n: int = 1) -> None:
    """So many more new identities of that member's on that day."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [member.pk, on, n])


def too_many() -> list[IdentityCount]:
    """Days on which a member wrote more identities than anybody meets people, not told yet. Who
    practises is not watched: nobody made up is searched for."""
    most = settings.IDENTITIES_A_DAY
    rows = IdentityCount.objects.filter(
        count__gt=most, told_at__isnull=True, member__agency__space=REAL
    )
    return list(rows.select_related("member__agency").select_for_update(of=("self",)))


def waiting() -> list[str]:
    """Codes of the persons whose tokens were not looked for yet, the oldest first."""
    rows = TokenSheet.objects.filter(looked_at__isnull=True).order_by("written_at", "pk")
    return list(rows.values_list("person__code", flat=True)[:500])


def under_another_key() -> Iterable[str]:
    """Codes of the persons whose tokens are of an earlier key, or were never made."""
    named = Q(token_sheet__isnull=True) | ~Q(token_sheet__ring_key=KEY)
    rows = Person.objects.filter(named, sealed_groups__group="identity")
    return list(rows.order_by("pk").values_list("code", flat=True))


def alike(person: Person) -> list[Alike]:
    """Everybody who shares enough with the person, the likeliest first."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARED, [person.pk, MOST])
        shared: dict[int, list[str]] = dict(cursor.fetchall())
    mine = Clear(person.gender, person.age_band)
    found = [
        Alike(other.pk, sorted(shared[other.pk]), points)
        for other in Person.objects.filter(pk__in=shared)
        if (points := likeness.points_of(
            shared[other.pk], mine, Clear(other.gender, other.age_band)
        )) >= likeness.ENOUGH
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-each.points, each.person))


def alike_in(
    agency: Agency, identities: Mapping[int, Mapping[str, Any]], *, among: QuerySet[Case]
) -> dict[int, int]:
    """For each of these identities that looks like somebody's of the agency's own cases, the key of
    that case: the likeliest. What other agencies have is not looked at, and of the agency's own
    nothing is told but those `among` which whoever asks may search."""
    _, key = token_key(agency.space)
    mine = [
        (n, kind, token) for n, identity in identities.items()
        for kind, token in tokens_of(identity, key=key)
    ]  # fmt: skip
    if not mine:
        return {}
    numbers, kinds, tokens = (list(column) for column in zip(*mine, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_SHARED_IN, [numbers, kinds, tokens, agency.pk])
        rows = cursor.fetchall()
    told = set(among.filter(pk__in={case for *_, case, _ in rows}).values_list("pk", flat=True))
    best: dict[int, tuple[int, int]] = {}
    for n, gender, band, case, shared in rows:
        if case not in told:
            continue
        clear = Clear(str(identities[n].get("prs_Gender", "")), ages.UNKNOWN)
        points = likeness.points_of(shared, clear, Clear(gender, band))
        if points >= likeness.ENOUGH:
            best[n] = max(best.get(n, (0, 0)), (points, case))
    return {n: case for n, (_, case) in best.items()}


def _digest(tokens: list[Token]) -> bytes:
    return sha256(b"".join(token for _, token in tokens)).digest()[:16]


def erase(person: Person, *, at: dt.datetime) -> None:
    """Nothing stays by which somebody could be found who was erased, nor what was found by it."""
    cases = list(Case.objects.filter(person=person).values_list("pk", flat=True))
    pairs = PossibleDuplicate.objects.filter(Q(earlier__in=cases) | Q(later__in=cases))
    for code in list(pairs.values_list("code", flat=True)):
        for kind in TASKS:
            close_tasks(subject=code, kind=kind, by=None, at=at)
    pairs.delete()
    DuplicateToken.objects.filter(person=person).delete()
    TokenSheet.objects.filter(person=person).delete()


def soon() -> None:
    """Wake whoever looks for duplicates, after the commit, whoever may be found. Not a promise:
    if the broker is away, the sweep finds what waits."""
    transaction.on_commit(wake, robust=True)


def wake() -> None:
    """The same at once, where the commit is over."""
    waking.wake(TASK)


def requeue(persons: Iterable[int]) -> None:
    """Look for these again: an agency that was kept apart may now be told."""
    TokenSheet.objects.filter(person__in=persons).update(looked_at=None)


def newer(one: int, other: int) -> bool:
    """Whether the first person's identity was written after the other's."""
    rows = TokenSheet.objects.filter(person__in=(one, other))
    last = rows.order_by(F("written_at").desc(), "-person").values_list("person", flat=True)
    return last.first() == one
