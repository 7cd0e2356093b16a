"""A new key for the ring, and everything that hangs on older ones moved over to it."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Count, Model
from psycopg import sql

from audit import log
from custody.models import KeyAct
from custody.ring import ring
from kernel.ring import Ring
from kernel.sealing import CannotOpen

BATCH = 500
UPDATE = """
    UPDATE {table} AS held SET ring_key = new.ring_key, wrapped_key = new.wrapped_key
    FROM unnest(%s::bigint[], %s::text[], %s::bytea[]) AS new (id, ring_key, wrapped_key)
    WHERE held.id = new.id
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What trying the keys has found: how many open, are not moved yet, or do not open."""

    opened: int
    stragglers: int
    shut: int


def holders() -> list[type[Model]]:
    """Every table whose rows hold a key that the ring wraps: it has these two columns."""
    return [
        model
        for model in apps.get_models()
        if {"ring_key", "wrapped_key"} <= {field.name for field in model._meta.fields}
    ]


def hanging() -> dict[str, dict[str, int]]:
    """By the ring's key, how many rows of each table hang on it. Erased ones hang on none."""
    found: dict[str, dict[str, int]] = {}
    for model in holders():
        rows = _rows(model).exclude(ring_key="").values("ring_key")
        for row in rows.annotate(n=Count("pk")).order_by("ring_key"):
            found.setdefault(row["ring_key"], {})[model._meta.label_lower] = row["n"]
    return found


def rotate(
    *, by: log.Actor, at: dt.datetime, told: Callable[[str], None] = lambda _: None
) -> int:
    """Make a new key and move everything to it; how many keys were moved.

    Where something hangs on an older key, an earlier rotation was broken off: that one is
    finished, and no further key is made.
    """
    current = ring().current()
    if not _unfinished(current):
        current = _add(by=by, at=at)
        told(f"made key {current}")
    moved = 0
    for model in holders():
        while count := _rewrap(model, current):
            moved += count
            told(f"moved {moved}")
    facts = {"n": moved}
    with transaction.atomic():
        KeyAct.objects.create(
            kind=KeyAct.Kind.REWRAPPED, ring_key=current, by=by.username, at=at, facts=facts
        )
        log.record("key.rewrapped", by=by, about=current, facts=facts)
    return moved


def try_keys() -> Found:
    """Unwrap every key that hangs on the ring, whichever of the ring's keys it hangs on."""
    keys, current = ring(), ring().current()
    opened = stragglers = shut = 0
    for model in holders():
        for row in _rows(model).exclude(ring_key="").iterator(chunk_size=BATCH):
            try:
                keys.unwrap(row.ring_key, bytes(row.wrapped_key), context=row.key_context)
            except CannotOpen:
                shut += 1
            else:
                opened += 1
            stragglers += row.ring_key != current
    return Found(opened, stragglers, shut)


def record_verified(facts: dict[str, int], *, by: log.Actor, at: dt.datetime) -> None:
    """Keep that the keys were tried, and what that found."""
    kind, current = KeyAct.Kind.VERIFIED, ring().current()
    with transaction.atomic():
        KeyAct.objects.create(kind=kind, ring_key=current, by=by.username, at=at, facts=facts)
        log.record("key.verified", by=by, about=current, facts=facts)


def _unfinished(current: str) -> bool:
    return bool(hanging().keys() - {current})


def _add(*, by: log.Actor, at: dt.datetime) -> str:
    with transaction.atomic():
        name = ring().add(at=at)
        KeyAct.objects.create(kind=KeyAct.Kind.ADDED, ring_key=name, by=by.username, at=at)
        log.record("key.added", by=by, about=name)
    return name


def _rewrap(model: type[Model], current: str) -> int:
    """Move one batch; committed before the next begins, so that a kill costs nothing."""
    with transaction.atomic():
        waiting = _rows(model).exclude(ring_key__in=["", current]).order_by("pk")
        rows = list(waiting.select_for_update(no_key=True)[:BATCH])
        if rows:
            keys, names, wrapped = zip(*_moved(ring(), rows), strict=True)
            update = sql.SQL(UPDATE).format(table=sql.Identifier(model._meta.db_table))
            with connection.cursor() as cursor:
                cursor.execute(update, [list(keys), list(names), list(wrapped)])
    return len(rows)


def _moved(keys: Ring, rows: list[Any]) -> Iterator[tuple[int, str, bytes]]:
    for row in rows:
        plain = keys.unwrap(row.ring_key, bytes(row.wrapped_key), context=row.key_context)
        yield row.pk, *keys.wrap(plain, context=row.key_context)


def _rows(model: type[Model]) -> Any:
    return model._default_manager.only("pk", "ring_key", "wrapped_key", *_named_by(model))


def _named_by(model: type[Model]) -> list[str]:
    """The columns that a row's context is made of, to spare reading the rest."""
    names = {field.name for field in model._meta.fields}
    return sorted(names & {"uid", "purpose"})
