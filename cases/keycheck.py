"""Are all keys good, and does what they seal open? Counts come out, never a word."""

import datetime as dt

from audit import log
from cases import vault
from cases.models import Person
from custody import rotation

Figures = dict[str, int]


def verify(*, sample: int | None, by: log.Actor, at: dt.datetime) -> Figures:
    """Try every key of the ring's, and open the sealed groups of `sample` persons, or of all."""
    found = rotation.try_keys()
    persons = Person.objects.exclude(ring_key="")
    chosen = persons.order_by("pk" if sample is None else "?")
    tried = opened = shut = 0
    for person in chosen[:sample].iterator() if sample else chosen.iterator():
        well, badly = vault.tried(person)
        tried, opened, shut = tried + 1, opened + well, shut + badly
    facts = {
        "keys_opened": found.opened,
        "keys_shut": found.shut,
        "stragglers": found.stragglers,
        "persons_tried": tried,
        "groups_opened": opened,
        "groups_shut": shut,
    }
    rotation.record_verified(facts, by=by, at=at)
    return facts
