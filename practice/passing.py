"""What moves back when time passes in a space: each moment and each day of a row, those in its lists
and in its JSON, too."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, When
from django.db.models.expressions import Combinable

from reintegration.workflow import Rule

# What an agency agreed to, and when its directory was looked at, is not part of the play.
OUTSIDE_TIME = "agencies"
STAYS: Mapping[str, frozenset[str]] = {
    # The reason is sealed for this moment, and could not be opened for another. Nothing runs by it:
    # the reflection ends when the identification says so, and that is moved.
    "identification.Extension": frozenset({"until"}),
    # A day counts a member's identities once, so that two days must not become one; it warns nobody
    # of anything made up.
    "cases.IdentityCount": frozenset({"day", "told_at"}),
}


def moved(model: type[models.Model], span: dt.timedelta, days: dt.timedelta) -> dict[str, Any]:
    """How each column of the model is changed: moments by `span`, days by `days`, which are whole."""
    if model._meta.app_label == OUTSIDE_TIME:
        return {}
    changes: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.attname in STAYS.get(model._meta.label, ()):
            continue
        if isinstance(field, models.DateTimeField):
            changes[field.attname] = F(field.attname) - span
        elif days and isinstance(field, models.DateField):
            changes[field.attname] = F(field.attname) - days
        elif days and is_list_of_days(field):
            changes[field.attname] = _each_earlier(field.attname, days)
    for name, move in SAID.get(model._meta.label, {}).items():
        changes[name] = move(span, days)
    return changes


def is_list_of_days(field: "models.Field[Any, Any]") -> bool:
    return isinstance(field, ArrayField) and isinstance(field.base_field, models.DateField)


def _each_earlier(name: str, days: dt.timedelta) -> Func:
    return Func(
        F(name), n=days.days,
        template="ARRAY(SELECT d.day - %(n)s FROM unnest(%(expressions)s)"
        " WITH ORDINALITY AS d(day, place) ORDER BY d.place)",
    )  # fmt: skip


def _about_earlier(_span: dt.timedelta, days: dt.timedelta) -> Combinable:
    """A check-in that was missed is known by its day: else it would be warned of anew each day."""
    earlier = Func(
        F("about"), n=days.days, output_field=models.CharField(),
        template="to_char(%(expressions)s::date - %(n)s, 'YYYY-MM-DD')",
    )  # fmt: skip
    return models.Case(When(rule=Rule.MISSED_CHECK_IN, then=earlier), default=F("about"))


def _because_earlier(span: dt.timedelta, days: dt.timedelta) -> Combinable:
    """The day, or the moment, that the rule saw."""
    due = Func(
        F("because"), n=days.days, output_field=models.JSONField(),
        template="jsonb_set(%(expressions)s, '{due_on}', to_jsonb("
        "to_char((%(expressions)s->>'due_on')::date - %(n)s, 'YYYY-MM-DD')))",
    )  # fmt: skip
    tried = Func(
        F("because"), n=int(span.total_seconds()), output_field=models.JSONField(),
        template="jsonb_set(%(expressions)s, '{tried_at}', to_jsonb(to_char("
        "((%(expressions)s->>'tried_at')::timestamptz - interval '%(n)s seconds')"
        """ AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')))""",
    )  # fmt: skip
    return models.Case(
        When(because__has_key="due_on", then=due),
        When(because__has_key="tried_at", then=tried),
        default=F("because"),
    )


# Days and moments that are said in words, by the model and the column.
SAID: Mapping[str, Mapping[str, Callable[[dt.timedelta, dt.timedelta], Combinable]]] = {
    "reintegration.Alert": {"about": _about_earlier, "because": _because_earlier},
}
