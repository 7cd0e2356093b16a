"""What an erased file leaves behind: that its person was counted, and who knows of them.

Whoever has a second file would else be counted twice, and be a stranger to those who had the first. It
goes to the sheets of the files that live on, sealed: random numbers, and keys of agencies.
"""

import uuid
from collections.abc import Iterable

from cases.models import Person
from figures import sheets
from figures.gathering import rows
from figures.knowing import KNOWERS
from figures.models import Sheet

PAIRS = """
    SELECT e.person_id, l.person_id, d.state = 'linked'
    FROM cases_possibleduplicate d
    JOIN cases_case e ON e.id = d.earlier_id JOIN cases_case l ON l.id = d.later_id
    WHERE e.person_id = ANY (%(persons)s) OR l.person_id = ANY (%(persons)s)
"""
KNOWN = """
    WITH file AS (
        SELECT c.id, c.owner_id, same.rep FROM cases_case c
        JOIN unnest(%(persons)s::bigint[], %(reps)s::bigint[]) AS same(person_id, rep) USING (person_id)
    )
    SELECT rep, array_agg(DISTINCT agency) FROM ({knowers}) AS knower(rep, agency) GROUP BY rep
"""


def forget(person: Person) -> None:
    """Leave what must be left, and end the person's own sheet. Before the pairs of its cases are gone."""
    same, beside = _near(person.pk)
    near = (same | beside) - {person.pk}
    living = Person.objects.filter(pk__in=near).exclude(ring_key="").order_by("pk")
    if heirs := list(living) if near else []:
        _leave(heirs, same, dict.fromkeys(same, person.pk) | {each: each for each in beside})
    sheets.forget(person)


def _near(person: int) -> tuple[set[int], set[int]]:
    """Whoever is this person, by links over however many files; and who was held beside one of them."""
    same, fresh, beside = {person}, {person}, set[int]()
    while fresh:
        pairs = rows(PAIRS, persons=sorted(fresh))
        beside.update(each for first, second, _ in pairs for each in (first, second))
        fresh = {each for *pair, linked in pairs if linked for each in pair} - same
        same |= fresh
    return same, beside - same


def _leave(heirs: Iterable[Person], same: set[int], rep_of: dict[int, int]) -> None:
    found = rows(
        KNOWN.format(knowers=KNOWERS), persons=list(rep_of), reps=list(rep_of.values())
    )
    known = {rep: set(agencies) for rep, agencies in found}
    names: set[uuid.UUID] = set()
    told: set[int] = set()
    for sheet in sheets.opened(Sheet.objects.filter(person__in=same)):
        names |= {sheet.handle, *sheet.former}
        told |= set(sheet.knew)
    for heir in heirs:
        knew = known.get(rep_of[heir.pk], set())
        if heir.pk in same:
            sheets.inherit(heir, former=names, knew=knew | told)
        else:
            sheets.inherit(heir, former=(), knew=knew)
