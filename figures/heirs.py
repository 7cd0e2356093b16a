"""What an erased file leaves behind: that its person was counted, and who knows of them.

Whoever has a second file would else be counted twice, and be a stranger to those who had the first. It
goes to the sheets of the files next to it that live on, sealed: random numbers, keys of agencies, and
which of those files are now next to each other. No living file's own handle goes anywhere, so that two
are apart again as soon as they are unlinked.
"""

import uuid

from cases.models import Person
from figures import sheets
from figures.gathering import rows, run
from figures.knowing import KNOWERS
from figures.models import Sheet

# One after the other: of two files that are erased at once the second must see that the first is gone.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('figures heirs'))"
PAIRS = """
    SELECT o.person_id, d.linked FROM (
        SELECT later_id, state = 'linked' FROM cases_possibleduplicate
        WHERE earlier_id = ANY (ARRAY(SELECT id FROM cases_case WHERE person_id = %(person)s))
        UNION ALL
        SELECT earlier_id, state = 'linked' FROM cases_possibleduplicate
        WHERE later_id = ANY (ARRAY(SELECT id FROM cases_case WHERE person_id = %(person)s))
    ) d(other_id, linked) JOIN cases_case o ON o.id = d.other_id
"""
KNOWN = """
    WITH file AS (
        SELECT id, owner_id, person_id AS rep FROM cases_case WHERE person_id = ANY (%(persons)s)
    )
    SELECT rep, array_agg(DISTINCT agency) FROM ({knowers}) AS knower(rep, agency) GROUP BY rep
"""


def forget(person: Person) -> None:
    """Leave what must be left, and end the person's own sheet. Before the pairs of its cases are gone."""
    run(LOCK)
    own = next(sheets.opened(Sheet.objects.filter(person=person)), None)
    same = set(own.same) if own else set()
    pairs = rows(PAIRS, person=person.pk)
    same |= {each for each, linked in pairs if linked}
    beside = {each for each, _ in pairs} - same
    near = (same | beside) - {person.pk}
    heirs = list(Person.objects.filter(pk__in=near).exclude(ring_key="").order_by("pk"))
    if heirs:
        _leave(person, own, same={each.pk for each in heirs} & same, heirs=heirs)
    sheets.forget(person)


def _leave(
    person: Person, own: sheets.Opened | None, *, same: set[int], heirs: list[Person]
) -> None:
    """To whoever is the same person, all there is; to who was held beside it, who knows of them by that."""
    found = rows(
        KNOWN.format(knowers=KNOWERS),
        persons=[person.pk, *(heir.pk for heir in heirs if heir.pk not in same)],
    )
    known = {rep: set(agencies) for rep, agencies in found}
    # Who never had a handle gets one here, by which the heirs are held together.
    names = [own.handle, *own.former] if own else [uuid.uuid4()]
    told = known.get(person.pk, set()) | set(own.knew if own else ())
    for heir in heirs:
        if heir.pk in same:
            others = same - {heir.pk}
            sheets.inherit(heir, former=names, knew=told, same=others, gone=person.pk)
        else:
            sheets.inherit(heir, knew=known.get(heir.pk, set()))
