"""Which rows a space is made of, in every table: found by the foreign keys of the models, so that a table
that is added later is wiped and moved on with the rest.

A row belongs to the space of what its anchor names: a foreign key that is never empty, or else any of
those that may be. Every agency of a row must then be of this space, or nothing is touched.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

from agencies.models import Agency, Member
from cases.models import Case, Person
from custody.models import PurposeKey
from kernel.errors import Refused
from notify.models import Delivery, Event

Model = type[models.Model]
Rows = Mapping[Model, set[Any]]
# What a row is known by first: what a case holds hangs on it by an index.
FIRST: tuple[Model, ...] = (Case, Person, Agency, Member)
ROOTS: tuple[Model, ...] = (Agency, Case, Person)
# Pointed at, and not pointing: they come by those who point at them.
PARENTS: tuple[tuple[Model, str, Model], ...] = (
    (Case, "person", Person),
    (Delivery, "event", Event),
    (Agency, "supervisors", Group),
    (Agency, "focal_points", Group),
    (Agency, "officers", Group),
    (Member, "own_group", Group),
)
SUBJECT = Event._meta.get_field("subject").max_length
# The spaces themselves: they outlive what is in them.
OURS = "practice"


def rows_of(space: int) -> dict[Model, set[Any]]:
    """The keys of every row of the space, by model. Raises Refused where a row names agencies of two spaces:
    then nobody can say whose it is."""
    assert space > 0, "the real agencies are nobody's to wipe"
    found: dict[Model, set[Any]] = {
        Agency: set(Agency.objects.filter(space=space).values_list("pk", flat=True))
    }
    found[Case] = set(Case.objects.filter(owner__in=found[Agency]).values_list("pk", flat=True))
    _add_parents(found)
    for model in in_order():
        found[model] = found.get(model, set()) | _belonging(model, found)
    _add_parents(found)
    _add_silent_events(found)
    found[PurposeKey] = _keys_of(space, found)
    _require_whole(found)
    return {model: keys for model, keys in found.items() if keys}


@cache
def in_order() -> tuple[Model, ...]:
    """Every model whose rows belong to something else, each after what its anchors name."""
    known = list(ROOTS)
    left = [model for model in reached() if model not in ROOTS]
    while left:
        ready = [
            model for model in left
            if all(model._meta.get_field(name).related_model in known for name in anchors(model))
        ]  # fmt: skip
        ready.sort(key=lambda model: model._meta.label)
        assert ready, f"in a ring: {left}"
        known += ready
        left = [model for model in left if model not in ready]
    return tuple(model for model in known if model not in ROOTS)


@cache
def reached() -> frozenset[Model]:
    """Every model that hangs on an agency, a case or a person, over however many others."""
    known = set(ROOTS)
    left = [model for model in every_model() if model not in {*ROOTS, Group, Event}]
    while more := [
        model for model in left if known & {key.related_model for key in _keys(model)}
    ]:
        known |= set(more)
        left = [model for model in left if model not in more]
    return frozenset(known)


@cache
def anchors(model: Model) -> tuple[str, ...]:
    """The foreign keys by which a row of the model is found: one that is never empty if there is one,
    and of several one with an index, that which stands nearest to a case."""
    keys = [
        key for key in _keys(model)
        if key.related_model in reached() and key.related_model is not model
    ]  # fmt: skip
    sure = [key for key in keys if not key.null]
    if sure:
        best = min(sure, key=lambda key: (not _leads(key), _rank(key.related_model), key.name))
        return (best.name,)
    return tuple(key.name for key in keys)


def every_model() -> Iterator[Model]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label != OURS and not model._meta.proxy:
            yield model


def _belonging(model: Model, found: Rows) -> set[Any]:
    condition = Q(pk__in=[])
    for name in anchors(model):
        key: Any = model._meta.get_field(name)
        condition |= Q(**{f"{name}__in": found.get(key.related_model, set())})
    return set(model._base_manager.filter(condition).values_list("pk", flat=True))


def _add_parents(found: dict[Model, set[Any]]) -> None:
    for child, name, parent in PARENTS:
        rows = child._base_manager.filter(pk__in=found.get(child, set()))
        keys = set(rows.exclude(**{name: None}).values_list(name, flat=True))
        found[parent] = found.get(parent, set()) | keys


def _add_silent_events(found: dict[Model, set[Any]]) -> None:
    """What was told to nobody: known by the code, or the name of a member, that it is about."""
    members = Member.objects.filter(pk__in=found.get(Member, set()))
    # As it is cut where it is told (`cases.actions.matching.watch`).
    codes = {name[:SUBJECT] for name in members.values_list("username", flat=True)}
    for model, keys in found.items():
        if model is not Event and any(field.name == "code" for field in model._meta.fields):
            codes |= set(model._base_manager.filter(pk__in=keys).values_list("code", flat=True))
    rows = Event.objects.filter(subject__in=codes)
    found[Event] = found[Event] | set(rows.values_list("pk", flat=True))


def _keys_of(space: int, found: Rows) -> set[Any]:
    """The keys that were made for the space and for its agencies: their purposes name them."""
    codes = Agency.objects.filter(pk__in=found[Agency]).values_list("code", flat=True)
    named = Q(purpose__startswith=f"duplicates of practice space {space} ")
    for code in codes:
        named |= Q(purpose__endswith=f" {code}")
    return set(PurposeKey.objects.filter(named).values_list("pk", flat=True))


def _require_whole(found: Rows) -> None:
    for model, keys in found.items():
        for key in _keys(model):
            if key.related_model not in {Agency, Case, Person}:
                continue
            mine = model._base_manager.filter(pk__in=keys).exclude(**{key.name: None})
            if mine.exclude(
                **{f"{key.name}__in": found.get(key.related_model, set())}
            ).exists():
                raise Refused("of_two_spaces")


def _keys(model: Model) -> list[Any]:
    return [
        field
        for field in model._meta.get_fields()
        if field.concrete and (field.many_to_one or field.one_to_one)
    ]


def _leads(key: Any) -> bool:
    """Whether an index begins with it, so that its rows are found without reading all others. Indexes with
    a condition hold some rows only and do not count; nor do those on expressions, or made by a migration
    in SQL, which the model does not tell of: a key is then thought slower than it is."""
    meta = key.model._meta
    rules = [each for each in (*meta.indexes, *meta.constraints) if getattr(each, "fields", ())]
    whole = [each.fields[0] for each in rules if getattr(each, "condition", None) is None]
    return key.db_index or key.unique or key.name in whole


def _rank(model: Model) -> int:
    return FIRST.index(model) if model in FIRST else len(FIRST)
