"""The end of a key of the ring: two people decide, and nothing may hang on it any more."""

import datetime as dt

from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg import sql

from audit import log
from custody.models import KeyAct, KeyDestruction
from custody.ring import ring
from custody.rotation import hanging, holders
from kernel.errors import Denied, Refused


def wishes_for(ring_key: str) -> QuerySet[KeyDestruction]:
    """What is being asked for this key."""
    return open_wishes().filter(ring_key=ring_key)


def open_wishes() -> QuerySet[KeyDestruction]:
    """What was asked for and is neither done nor taken back."""
    return KeyDestruction.objects.filter(ended_at__isnull=True).order_by("pk")


@transaction.atomic
def ask(*, ring_key: str, because: str, by: log.Actor, at: dt.datetime) -> KeyDestruction:
    """The first person asks."""
    _require_idle(ring_key)
    if wishes_for(ring_key).exists():
        raise Refused("destruction_was_asked_for")
    wish = KeyDestruction.objects.create(
        ring_key=ring_key, because=because, asked_by=by.username, asked_at=at
    )
    log.record("key.destruction_asked", by=by, about=wish.code, facts={"key": ring_key})
    return wish


@transaction.atomic
def approve(*, code: str, by: log.Actor, at: dt.datetime) -> KeyDestruction:
    """A second person approves; the key is destroyed by the command, at the ring."""
    wish = _held(code)
    if wish.approved_by:
        raise Refused("destruction_was_approved")
    if wish.asked_by == by.username:
        raise Denied("a_second_person_decides")
    _require_idle(wish.ring_key)
    wish.approved_by, wish.approved_at = by.username, at
    wish.save(update_fields=["approved_by", "approved_at"])
    log.record("key.destruction_approved", by=by, about=wish.code, facts={"key": wish.ring_key})
    return wish


@transaction.atomic
def take_back(*, code: str, by: log.Actor, at: dt.datetime) -> KeyDestruction:
    """Any administrator may stop it, for as long as it is not done."""
    wish = _held(code)
    wish.ended_at = at
    wish.save(update_fields=["ended_at"])
    log.record("key.destruction_stopped", by=by, about=wish.code, facts={"key": wish.ring_key})
    return wish


@transaction.atomic
def destroy(*, ring_key: str, by: log.Actor, at: dt.datetime) -> KeyDestruction:
    """Destroy the key, if two people said so and still nothing hangs on it.

    What hangs on keys is held still meanwhile. The key goes last: a kill before the commit
    leaves a wish that is done again, and destroying a key that is gone changes nothing.
    """
    wish = wishes_for(ring_key).exclude(approved_by="").first()
    if wish is None:
        raise Refused("destruction_needs_two_people")
    tables = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in holders())
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(tables))
    _require_idle(ring_key)
    wish.done, wish.ended_at = True, at
    wish.save(update_fields=["done", "ended_at"])
    kind, facts = KeyAct.Kind.DESTROYED, {"asked": wish.asked_by, "approved": wish.approved_by}
    KeyAct.objects.create(kind=kind, ring_key=ring_key, by=by.username, at=at, facts=facts)
    log.record("key.destroyed", by=by, about=wish.code, facts={"key": ring_key, **facts})
    ring().destroy(ring_key)
    return wish


def _held(code: str) -> KeyDestruction:
    return open_wishes().select_for_update().get(code=code)


def _require_idle(ring_key: str) -> None:
    if ring_key == ring().current():
        raise Refused("key_is_the_current_one")
    if ring_key in hanging():
        raise Refused("something_hangs_on_the_key")
