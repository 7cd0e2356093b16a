"""What moves when time passes in a space: in columns, in lists and in JSON; and what stays, and why."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from cases.models import Case, IdentityCount
from demo import builders as make
from identification.models import Extension, Identification
from practice import belonging, passing
from practice.models import Space
from practice.scenarios import current
from reintegration.models import Alert, CheckIn
from reintegration.workflow import Rule
from rights.sealedcolumns import TABLES
from tests.practice.worlds import Played, begin
from tests.rights.filled import fill

pytestmark = pytest.mark.django_db
MADE_UP = 7
SPAN, DAYS = dt.timedelta(hours=25), dt.timedelta(days=1)

# Lists and JSON of what a space may have: those in which a day or a moment stands are moved. For any
# other somebody has looked that none stands in it.
MOVED = {
    "cases.Case.follow_ups", "reintegration.Alert.because",
}  # fmt: skip
WITHOUT_DAYS = {
    # Codes of groups, kinds, languages and places
    "cases.CaseAccess.scope", "cases.Override.groups", "cases.Person.languages",
    "cases.Person.access_needs", "cases.PossibleDuplicate.marks", "exchange.ExportJob.states",
    "guard.BreakGlass.groups", "identification.Decision.evidence", "network.Reach.languages",
    "notify.Endpoint.topics", "referral.Disclosure.groups", "referral.Onward.groups",
    "referral.Referral.groups", "reintegration.Plan.types", "rights.Demand.groups",
    # Codes, states and counts, as in the log
    "cases.TimelineEntry.facts", "exchange.ImportRow.faults", "learning.Due.lacks",
    "learning.Sitting.drawn", "learning.Sitting.answers", "seconding.TwoPersonAct.facts",
    # Of real agencies alone
    "guest.Admission.facts", "identification.Instrument.definition", "mfa.Authenticator.data",
}  # fmt: skip
# Days of which there is but one of each: to move many at once would make two of one.
UNIQUE_AND_STAYS = {"cases.IdentityCount.day"}
UNIQUE_AND_REAL = {"figures.Release.month", "learning.Cohort.month"}


def columns() -> Iterator[tuple[str, "models.Field[Any, Any]"]]:
    for model in belonging.reached():
        if model._meta.app_label != passing.OUTSIDE_TIME:
            for field in model._meta.concrete_fields:
                yield f"{model._meta.label}.{field.name}", field


def is_unique(field: "models.Field[Any, Any]") -> bool:
    meta = field.model._meta
    rules = [rule for rule in meta.constraints if isinstance(rule, models.UniqueConstraint)]
    together = [name for names in meta.unique_together for name in names]
    named = [name for rule in rules for name in rule.fields] + together
    named += [str(each) for rule in rules for each in rule.expressions]
    return field.unique or any(field.name in name for name in named)


def test_somebody_has_thought_of_every_column_in_which_a_day_may_stand() -> None:
    """A list, a JSON or a unique day that is new fails here: say whether time moves it."""
    listed = {
        name for name, field in columns() if isinstance(field, ArrayField | models.JSONField)
    }
    unique = {
        name
        for name, field in columns()
        if isinstance(field, models.DateField) and is_unique(field)
    }

    assert listed == MOVED | WITHOUT_DAYS
    assert unique == UNIQUE_AND_STAYS | UNIQUE_AND_REAL


def test_all_else_that_says_when_is_moved() -> None:
    stays = {
        name
        for name, field in columns()
        if isinstance(field, models.DateField)
        and field.attname not in passing.moved(field.model, SPAN, DAYS)
    }

    assert stays == {
        "cases.IdentityCount.day", "cases.IdentityCount.told_at",
        "identification.Extension.until",
    }  # fmt: skip
    assert set(passing.SAID) == {"reintegration.Alert"}
    assert "follow_ups" in passing.moved(Case, SPAN, DAYS)
    assert "follow_ups" not in passing.moved(Case, SPAN, dt.timedelta())


def played(sender: Any) -> tuple[Played, Case]:
    found = begin(sender, next(iter(current())))
    return found, make.make_case(by=found.seat)


def move(space: Space, days: int) -> None:
    """Time passes, and nothing else happens."""
    for model, keys in belonging.rows_of(space.pk).items():
        changes = passing.moved(model, dt.timedelta(days=days), dt.timedelta(days=days))
        if changes:
            model._base_manager.filter(pk__in=keys).update(**changes)


def test_days_in_lists_are_moved_and_stay_in_their_order(sender: Any) -> None:
    found, case = played(sender)
    days = [make.today() + dt.timedelta(days=n) for n in (90, 30, 60)]
    Case.objects.filter(pk=case.pk).update(follow_ups=days)

    move(found.space, 40)

    now = Case.objects.get(pk=case.pk).follow_ups
    assert now == [day - dt.timedelta(days=40) for day in days]


def warn(case: Case, rule: Rule, about: str, because: dict[str, Any]) -> Alert:
    at = timezone.now()
    return Alert.objects.create(
        case=case, rule=rule, about=about, because=because, raised_at=at
    )


def test_a_warning_stays_the_same_occasion(sender: Any) -> None:
    """Two of days that follow each other, too: each comes to stand where the other stood."""
    found, case = played(sender)
    today = make.today()
    days = [today - dt.timedelta(days=n) for n in (20, 21, 22)]
    missed = [
        warn(case, Rule.MISSED_CHECK_IN, day.isoformat(), {"due_on": day.isoformat()})
        for day in (days[1], days[0], days[2])
    ]
    at = timezone.now()
    other = warn(
        case, Rule.MISSED_REVIEW, "RW-2222-2222", {"due_on": today.isoformat(), "kind": "x"}
    )
    unsafe = warn(case, Rule.NOT_SAFE, "CK-2222-2222", {"tried_at": at.isoformat()})
    lost = warn(case, Rule.LOST_CONTACT, "CK-2222-2222", {"tries": ["CK-2222-2222"]})

    move(found.space, 1)

    yesterday = dt.timedelta(days=1)
    now = {each.pk: each for each in Alert.objects.all()}
    for alert in missed:
        day = (dt.date.fromisoformat(alert.about) - yesterday).isoformat()
        assert (now[alert.pk].about, now[alert.pk].because) == (day, {"due_on": day})
    assert (now[other.pk].about, now[other.pk].because) == (
        "RW-2222-2222", {"due_on": (today - yesterday).isoformat(), "kind": "x"},
    )  # fmt: skip
    tried = now[unsafe.pk].because["tried_at"]
    assert dt.datetime.fromisoformat(tried) == at - yesterday
    assert now[unsafe.pk].about == "CK-2222-2222"
    assert now[lost.pk].because == {"tries": ["CK-2222-2222"]}


def test_what_is_sealed_for_a_place_is_found_there_after_time_has_passed() -> None:
    """Every row of which a person's pack is made: the place of its sealed words is as before."""
    world = fill(MADE_UP)
    before = places(world.case)
    space = Space(pk=MADE_UP)

    move(space, 3)

    assert places(world.case) == before
    extension = Extension.objects.get()
    identification = Identification.objects.get(pk=extension.identification_id)
    assert any(name.startswith("identification.Extension") for name, _, _ in before)
    # What the reflection runs by has moved all the same.
    assert identification.reflection_ends_at is not None
    assert identification.reflection_ends_at == extension.until - dt.timedelta(days=3)
    assert CheckIn.objects.count() > 0


def places(case: Case) -> set[tuple[str, int, str]]:
    return {
        (f"{table.model._meta.label}.{sealed.name}", row.pk, sealed.place(row))
        for table in TABLES
        for sealed in table.sealed
        for row in table.model._base_manager.filter(**{table.via: case.pk})
    }


def test_identities_are_counted_on_the_day_on_which_they_were_written(sender: Any) -> None:
    found, _ = played(sender)
    today = make.today()
    IdentityCount.objects.filter(member=found.seat).delete()
    for n in (1, 2, 0):
        IdentityCount.objects.create(member=found.seat, day=today - dt.timedelta(days=n))

    move(found.space, 1)

    days = IdentityCount.objects.filter(member=found.seat).values_list("day", flat=True)
    assert set(days) == {today - dt.timedelta(days=n) for n in (0, 1, 2)}
