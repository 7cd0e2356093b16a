"""How well one person is found in two agencies, and how little whoever writes learns of it:
`./safehand test -n 0 -s tests/cases/measure_duplicates.py`. No test of the suite; prints its figures as JSON.
"""

import hashlib
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies import ages
from agencies.models import Member
from cases import duplicates, likeness, names
from cases.actions import lifecycle
from cases.actions import person as persons
from cases.likeness import Clear
from cases.models import Case
from cases.workflow import Mark
from demo import builders as make
from kernel.groups import DataGroup
from tests.cases.people import Made, Town
from tests.figures import keep

KEY = b"k" * 32
PAIRS, SINGLES, TYPOS, PROBES = 5000, 2500, 2000, 1000
# How often each thing is wrong in the second writing.
DROPPED, SLIPPED, SWAPPED_DAY, SWAPPED_NAMES, MARRIED, NO_DAY, GUESSED, DOCUMENT = (
    0.30, 0.22, 0.04, 0.03, 0.04, 0.05, 0.05, 0.20,
)  # fmt: skip
Identity = dict[str, Any]
Marks = Callable[[Identity], list[tuple[str, str]]]


def spoiled(town: Town, person: Made) -> Identity:
    """The same person written down by somebody else, with what goes wrong between two desks."""
    written, chance = town.spelled(person), town.chance.random
    if chance() < MARRIED:
        written["prs_SecondName"] = town.spelled(town.person())["prs_SecondName"]
    if chance() < SLIPPED:
        part = town.chance.choice(["prs_FirstName", "prs_SecondName", "prs_Birthdate"])
        slip = town.slip_of_day if part == "prs_Birthdate" else town.slip
        written[part] = slip(written[part])
    if chance() < DROPPED:
        del written["prs_MiddleName"]
    if chance() < SWAPPED_NAMES:
        first, second = written["prs_FirstName"], written["prs_SecondName"]
        written["prs_FirstName"], written["prs_SecondName"] = second, first
    day = written["prs_Birthdate"]
    if chance() < SWAPPED_DAY and int(day[8:]) <= 12:
        written["prs_Birthdate"] = f"{day[:5]}{day[8:]}-{day[5:7]}"
    if chance() < GUESSED:
        written["prs_Birthdate"] = f"{int(day[:4]) + town.chance.choice((-1, 0, 1))}-01-01"
    if chance() < NO_DAY:
        del written["prs_Birthdate"]
    return written


def clear_of(person: Made) -> Clear:
    age = ages.age_on(make.today(), born=person.born)
    return Clear(person.sex, ages.band_of(age))


def world(seed: int) -> tuple[list[tuple[Identity, Clear]], list[tuple[Identity, Clear]]]:
    """Two agencies' people: the first PAIRS of each are the same, the rest are relatives of them
    (the hardest to tell apart) and others."""
    town = Town(seed)
    ours, theirs = [], []
    for n in range(PAIRS):
        person = town.person()
        one, other = town.spelled(person), spoiled(town, person)
        if town.chance.random() < DOCUMENT:
            one["prs_IdentityNumber"] = f"МР{3000000 + n}"
            other["prs_IdentityNumber"] = f"MP {3000000 + n}"
        ours.append((one, clear_of(person)))
        theirs.append((other, clear_of(person)))
    for n in range(SINGLES):
        kin = town.relative(town.person()) if n % 5 else town.person()
        ours.append((town.spelled(kin), clear_of(kin)))
        sister = town.relative(kin) if n % 5 else town.person()
        theirs.append((town.spelled(sister), clear_of(sister)))
    return ours, theirs


def found(
    ours: list[tuple[Identity, Clear]], theirs: list[tuple[Identity, Clear]], marks: Marks
) -> dict[tuple[int, int], int]:
    """The points of every pair that shares a mark, as the service's query finds them."""
    where: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, (identity, _) in enumerate(ours):
        for mark in set(marks(identity)):
            where[mark].append(n)
    points = {}
    for m, (identity, clear) in enumerate(theirs):
        shared: dict[int, set[str]] = defaultdict(set)
        for mark in set(marks(identity)):
            for n in where.get(mark, ()):
                shared[n].add(mark[0])
        for n, kinds in shared.items():
            points[n, m] = likeness.points_of(kinds, ours[n][1], clear)
    return points


def rates(points: dict[tuple[int, int], int], enough: int) -> dict[str, float]:
    hits = [pair for pair, each in points.items() if each >= enough]
    right = sum(n == m and n < PAIRS for n, m in hits)
    return {"recall": round(right / PAIRS, 4), "precision": round(right / len(hits), 4)}


def by_bigrams(identity: Identity) -> list[tuple[str, str]]:
    """The other way to find a slip: eight bands of two least hashes of padded bigrams, in place
    of the neighbourhoods of names."""
    near = {Mark.LIKE_FAMILY.value, Mark.LIKE_FIRST.value}
    marks = [each for each in likeness.marks_of(identity) if each[0] not in near]
    first, family = (names.stem(identity[part]) for part in ("prs_FirstName", "prs_SecondName"))
    if born := identity.get("prs_Birthdate", "").replace("-", ""):
        day = born[:4] + "".join(sorted((born[4:6], born[6:])))
        marks += [("like_family", f"{first}|{day}|{band}") for band in bands(family)]
        marks += [("like_first", f"{family}|{day}|{band}") for band in bands(first)]
    return marks


def bands(word: str) -> Iterable[str]:
    padded = f"_{word}_"
    grams = [padded[n : n + 2] for n in range(len(padded) - 1)]
    for band in range(8):
        least = [
            min(hashlib.blake2b(f"{band}{row}{g}".encode(), digest_size=4).hexdigest()
                for g in grams)
            for row in range(2)
        ]  # fmt: skip
        yield f"{band}{least}"


def one_typo(marks: Marks, seed: int) -> float:
    """Of people with one slip in a name or the day, how many are found; nothing else differs."""
    town, ours, theirs = Town(seed), [], []
    for _ in range(TYPOS):
        person = town.person()
        written = town.spelled(person)
        part = town.chance.choice(["prs_FirstName", "prs_SecondName", "prs_Birthdate"])
        slip = town.slip_of_day if part == "prs_Birthdate" else town.slip
        # Half of them have no patronymic, which would help.
        if town.chance.random() < 0.5:
            del written["prs_MiddleName"]
        ours.append((written, clear_of(person)))
        theirs.append((written | {part: slip(written[part])}, clear_of(person)))
    points = found(ours, theirs, marks)
    return round(sum(points.get((n, n), 0) >= likeness.ENOUGH for n in range(TYPOS)) / TYPOS, 4)


def test_measure_how_well_people_are_found(db: None) -> None:
    ours, theirs = world(seed=20261125)
    tokens = [len(duplicates.tokens_of(identity, key=KEY)) for identity, _ in ours[:1000]]
    figures: dict[str, Any] = {
        "pairs": PAIRS,
        "others": 2 * SINGLES,
        "threshold": likeness.ENOUGH,
    }
    for name, marks in (("deletions", likeness.marks_of), ("bigrams", by_bigrams)):
        points = found(ours, theirs, marks)
        figures[name] = {
            **rates(points, likeness.ENOUGH),
            "one_typo_recall": one_typo(marks, seed=7),
            "compared": len(points),
            "by_threshold": {at: rates(points, at) for at in (6, 7, 8, 9, 10, 12)},
        }
    figures["tokens_a_person"] = {"median": statistics.median(tokens), "most": max(tokens)}
    chosen = figures["deletions"]
    keep(
        "duplicates", **{name: each for name, each in chosen.items() if name != "by_threshold"}
    )
    print("\n" + json.dumps({"duplicates": figures}))  # noqa: T201 -- this prints its figures


def test_measure_what_a_prober_learns(sender: Member, signed_in: Any) -> None:
    """Half of the probes are of somebody known elsewhere; every answer and its cost is compared."""
    town, other = Town(3), make.make_member()
    people = [town.spelled(town.person()) for _ in range(PROBES // 2)]
    for identity in people:
        written(other, identity)
    client, seen, spent = signed_in(sender), defaultdict(set), defaultdict(list)
    strangers = [town.spelled(town.person()) for _ in range(PROBES // 2)]
    probes = [*((True, each) for each in people), *((False, each) for each in strangers)]
    town.chance.shuffle(probes)
    # An agency's first identity makes the agency's key, too.
    written(sender, town.spelled(town.person()))
    for known, identity in probes:
        case = lifecycle.register(
            source="hotline", risk="low", person={}, by=sender, at=timezone.now()
        )
        path = f"/api/v1/persons/{case.person.code}/groups/identity/"
        # Django keeps the last nine thousand of them and no more.
        connection.queries_log.clear()
        with CaptureQueriesContext(connection) as asked:
            begun = time.perf_counter()
            answer = client.http.put(
                path, identity, format="json", HTTP_IF_MATCH=f'"{case.person.code}.identity.0"'
            )
            spent[known].append(time.perf_counter() - begun)
        shown = answer.json()
        # What somebody sent comes back to them; the rest must be the same for all.
        assert shown.pop("values") == identity
        body = json.dumps(shown, sort_keys=True).replace(case.person.code, "PR")
        seen[known].add((answer.status_code, body, len(asked)))
    medians = {known: statistics.median(each) for known, each in spent.items()}
    keep("duplicates_prober", probes=PROBES, told_apart=len(seen[True] ^ seen[False]))
    print("\n" + json.dumps({"duplicates_prober": {  # noqa: T201 -- as above
        "probes": PROBES,
        "answers_with_a_hit": [(code, len(body), n) for code, body, n in sorted(seen[True])],
        "answers_without": [(code, len(body), n) for code, body, n in sorted(seen[False])],
        "told_apart": len(seen[True] ^ seen[False]),
        "median_ms": {str(known): round(each * 1000, 2) for known, each in medians.items()},
    }}))  # fmt: skip
    assert seen[True] == seen[False]


def written(by: Member, identity: Identity) -> Case:
    case = lifecycle.register(source="hotline", risk="low", person={}, by=by, at=timezone.now())
    persons.write_group(
        case=case, group=DataGroup.IDENTITY, values=identity, by=by, at=timezone.now()
    )
    return case
