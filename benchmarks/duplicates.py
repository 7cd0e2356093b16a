"""Looking for whoever may be the same person, and opening what is sealed; beside a look-up by a key.

Recall: people are asked for again with one slip in a name, as another agency may have heard it.
"""

import random
import time
from itertools import cycle
from typing import Any

import psycopg
from django.db import connection, transaction

from benchmarks import people
from benchmarks.measure import in_turns
from benchmarks.recording import as_role
from benchmarks.traces import line, one, untouched
from cases import duplicates, vault
from cases.models import DuplicateToken, Person, SealedGroup
from custody.ring import for_one_request
from edge import wall
from kernel.groups import DataGroup
from launch.servers import WORKER

ASKED, PAGE, OPENINGS = 300, 50, 40
BY_KEY = "SELECT * FROM cases_person WHERE id = %s"
KEPT = ("cases_duplicatetoken", "cases_tokensheet")


def searched(rounds: int) -> dict[str, Any]:
    with line() as db:
        seed = int(one(db, "SELECT coalesce(max(seed), 1) FROM bench.land"))
        people_there = one(db, "SELECT count(*) FROM cases_person")
        bytes_each = sum(
            one(db, "SELECT pg_total_relation_size(%s::regclass)", [table]) for table in KEPT
        ) / max(people_there, 1)
        db.commit()
        with (
            untouched(db, ["cases_duplicatetoken"]),
            as_role(WORKER),
            wall.acting(wall.MACHINE),
        ):
            dice = random.Random(f"{seed} slips")
            asked = dice.sample(range(people_there), ASKED)
            asking = Person.objects.get(pk=asked.pop() + 1)
            found, tokens = 0, []
            for number in asked:
                other = people.mistyped(people.identity(seed, number), dice)
                with transaction.atomic():
                    found += _finds(asking, other, number + 1)
                    tokens.append(_tokens_of(asking))
                    transaction.set_rollback(True)
            persons = [Person.objects.get(pk=number + 1) for number in asked[:50]]
            turns = {name: cycle(persons) for name in ("search", "by_key", "whole")}
            took = in_turns(
                {
                    "search": lambda: _rows(duplicates._SHARED, next(turns["search"])),  # noqa: SLF001 -- the very question
                    "by_key": lambda: _rows(BY_KEY, next(turns["by_key"])),
                    "whole": lambda: duplicates.alike(next(turns["whole"])),
                },
                rounds=rounds,
            )
    shown: dict[str, Any] = {name: each.shown() for name, each in took.items()}
    return shown | {
        "ratio": round(took["search"].median / took["by_key"].median, 2),
        "recall": round(found / len(asked), 4), "asked": len(asked),
        "tokens_each": round(sum(tokens) / len(tokens), 1), "bytes_each": round(bytes_each),
    }  # fmt: skip


def _finds(asking: Person, identity: dict[str, Any], wanted: int) -> bool:
    """Whether somebody of this identity would be found to be that one."""
    _, key = duplicates.token_key()
    DuplicateToken.objects.filter(person=asking).delete()
    DuplicateToken.objects.bulk_create(
        DuplicateToken(person=asking, kind=kind, token=token)
        for kind, token in duplicates.tokens_of(identity, key=key)
    )
    # Age and sex are as the one who was asked for has them, as another agency would see them.
    told = Person.objects.values("gender", "age_band").get(pk=wanted)
    asking.gender, asking.age_band = told["gender"], told["age_band"]
    return wanted in {each.person for each in duplicates.alike(asking)}


def _tokens_of(asking: Person) -> int:
    return DuplicateToken.objects.filter(person=asking).count()


def _rows(asked: str, person: Person) -> None:
    values = [person.pk, duplicates.MOST] if asked.count("%s") > 1 else [person.pk]
    with connection.cursor() as cursor:
        cursor.execute(asked, values)
        cursor.fetchall()


def opened(_rounds: int) -> dict[str, Any]:
    """The identities of a page, already read: what unwrapping each key and opening each text costs
    this process, beside what one look-up by a key costs it."""
    with line() as db:
        wanted = [DataGroup.IDENTITY, DataGroup.CONTACT]
        persons = list(Person.objects.order_by("-pk")[:PAGE])
        rows = list(SealedGroup.objects.filter(person__in=persons, group__in=wanted))
        by_person = {person.pk: person for person in persons}
        identities = [row for row in rows if row.group == DataGroup.IDENTITY]
        whole, single = _page(by_person, rows), _page(by_person, identities)
        by_key = _cpu(lambda: _plain(db, persons[0].pk))
    return {
        "page": len(persons), "identity_ms": round(single, 4), "both_groups_ms": round(whole, 4),
        "by_key_ms": round(by_key, 4), "keys_ms": round(_keys(persons), 4),
    }  # fmt: skip


def _page(persons: dict[int, Person], rows: list[SealedGroup]) -> float:
    def deed() -> None:
        with for_one_request():
            for row in rows:
                held = persons[row.person_id]
                vault._opened(held, vault._key(held), row, row.group)  # noqa: SLF001 -- without the log and the reading

    return _cpu(deed)


def _keys(persons: list[Person]) -> float:
    def deed() -> None:
        for person in persons:
            vault._key(person)  # noqa: SLF001 -- likewise

    return _cpu(deed)


def _plain(db: psycopg.Connection[Any], number: int) -> None:
    db.execute("SELECT * FROM cases_person WHERE id = %s", [number], prepare=True).fetchone()


def _cpu(deed: Any) -> float:
    """Milliseconds of this process for it, the least of some tries: what neighbours do is not ours."""
    took = []
    for _ in range(OPENINGS):
        begun = time.process_time()
        deed()
        took.append(time.process_time() - begun)
    return min(took) * 1e3
