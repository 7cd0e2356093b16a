"""Numbers of an agency: whole steps of eleven, once a month, closed, and never of one learner."""

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from demo import builders as make
from learning import tasks
from learning.actions import publishing
from learning.models import Cohort, Sitting
from tests.learning.learner import TOPIC

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 1, 3, 12, tzinfo=dt.UTC)
IN_DECEMBER = dt.datetime(2026, 12, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def agency(db: None) -> Agency:
    return make.make_agency()


def learners(
    agency: Agency,
    number: int,
    *,
    before: int = 2,
    after: int = 5,
    at: dt.datetime = IN_DECEMBER,
) -> list[Member]:
    """So many who have finished both forms of eight, straight into the table."""
    members = [make.make_member(agency=agency) for _ in range(number)]
    drawn = [[f"Q-{n}", ["a", "b", "c"]] for n in range(8)]
    Sitting.objects.bulk_create(
        Sitting(
            member=member, topic=TOPIC, version="1", kind=kind, drawn=drawn, begun_at=at,
            finished_at=at, right=right,
        )
        for member in members
        for kind, right in (("before", before), ("after", after))
    )  # fmt: skip
    return members


def publish(at: dt.datetime = NOW, seed: int = 1) -> list[Cohort]:
    return publishing.publish(by=log.CLOCK, at=at, chance=random.Random(seed))


def numbers(cohort: Cohort) -> tuple[Any, ...]:
    cohort.refresh_from_db()
    return (
        f"{cohort.month:%Y-%m}", cohort.learners, cohort.median_gain, cohort.class_gain,
        cohort.improved,
    )  # fmt: skip


def test_eleven_who_gained_a_half_are_published_as_that(agency: Agency) -> None:
    learners(agency, 11)

    found = [numbers(each) for each in publish()]

    # All have improved, and nobody may know that of each of them.
    assert found == [("2026-12", 11, Decimal("0.5"), Decimal("0.5"), 90)]


def test_ten_are_not_published(agency: Agency) -> None:
    learners(agency, 10)

    assert publish() == []
    assert Sitting.objects.exclude(cohort=None).count() == 0


def test_only_whole_steps_are_counted_and_the_rest_waits(agency: Agency) -> None:
    learners(agency, 30)

    [first] = publish()

    assert (first.learners, Sitting.objects.filter(cohort=first).count()) == (22, 22)
    # Nothing more that month, and nothing new is found in what was counted.
    assert publish() == []
    learners(agency, 3, at=NOW)
    [second] = publish(NOW + relativedelta(months=1))
    assert (second.learners, Sitting.objects.exclude(cohort=None).count()) == (11, 33)
    assert numbers(first)[:2] == ("2026-12", 22)


def test_who_finished_after_the_month_waits_for_the_next(agency: Agency) -> None:
    learners(agency, 11, at=NOW)

    assert publish() == []
    assert [each.learners for each in publish(NOW + relativedelta(months=1))] == [11]


def test_agencies_are_not_put_together(agency: Agency) -> None:
    learners(agency, 6)
    learners(make.make_agency(), 6)

    assert publish() == []


def test_who_knew_everything_has_no_gain_and_is_not_counted(agency: Agency) -> None:
    learners(agency, 10)
    learners(agency, 5, before=8, after=8)

    assert publish() == []


def test_median_share_and_the_gain_of_all_are_those_of_the_learners(agency: Agency) -> None:
    # Gains: five of 0, six of 1/2: the median is 1/2, of all together 3/11, and 6 of 11 improved.
    learners(agency, 5, before=4, after=4)
    learners(agency, 6, before=4, after=6)

    assert [numbers(each) for each in publish()] == [
        ("2026-12", 11, Decimal("0.5"), Decimal("0.3"), 50)
    ]


def test_one_who_forgot_something_does_not_stand_for_ten_who_learned(agency: Agency) -> None:
    # Gains: ten of 1/2, one of -3. Their mean is 2/11; all together went from 47 of 88 to 64 of 88,
    # which is 17 of 41.
    learners(agency, 10, before=4, after=6)
    learners(agency, 1, before=7, after=4)

    assert [numbers(each) for each in publish()] == [
        ("2026-12", 11, Decimal("0.5"), Decimal("0.4"), 90)
    ]


def test_what_was_published_before_is_reckoned_anew(agency: Agency) -> None:
    learners(agency, 10, before=4, after=6)
    learners(agency, 1, before=7, after=4)
    other = make.make_agency()
    learners(other, 11, before=0, after=8)
    gone = make.make_agency()
    learners(gone, 11)
    publish()
    Sitting.objects.filter(member__agency=gone).delete()
    Cohort.objects.update(class_gain=0)

    import_module("learning.migrations.0003_class_gain").reckon_anew(apps, None)

    assert dict(Cohort.objects.values_list("agency", "class_gain")) == {
        agency.pk: Decimal("0.4"), other.pk: Decimal("0.9"), gone.pk: Decimal(0),
    }  # fmt: skip


def test_no_number_says_all_or_nothing_of_everybody(agency: Agency) -> None:
    learners(agency, 11, before=0, after=8)
    other = make.make_agency()
    learners(other, 11, before=7, after=0)

    found = {each.agency_id: numbers(each)[2:] for each in publish()}

    assert found == {
        agency.pk: (Decimal("0.9"), Decimal("0.9"), 90),
        other.pk: (Decimal("-0.9"), Decimal("-0.9"), 10),
    }


def test_who_waits_is_drawn_by_chance(agency: Agency) -> None:
    chances = [random.Random(seed).sample(range(12), 11) for seed in range(20)]

    assert len({frozenset(each) for each in chances}) > 1
    learners(agency, 12)
    assert sum(each.learners for each in publish()) == 11


def test_the_clock_publishes_once(agency: Agency) -> None:
    learners(agency, 11, at=timezone.now() - relativedelta(months=1))

    tasks.publish()
    tasks.publish()

    assert Cohort.objects.count() == 1


@pytest.mark.parametrize(
    ("number", "shown"),
    [(Fraction(1), "0.9"), (Fraction(-3), "-0.9"), (Fraction(1, 3), "0.3"), (Fraction(0), "0")],
)
def test_a_gain_is_shown_in_tenths(number: Fraction, shown: str) -> None:
    assert publishing._shown(number) == Decimal(shown)


def test_the_api_shows_them_to_whom_they_are_for(signed_in: Any, agency: Agency) -> None:
    learners(agency, 11)
    [made] = publish()
    boss = make.make_member(agency=agency, role=Role.SUPERVISOR)
    other = make.make_member(role=Role.SUPERVISOR)

    assert signed_in(boss).get("learning/gains/").json()["results"] == [
        {
            "code": made.code, "agency": agency.code, "topic": TOPIC, "month": "2026-12",
            "learners": 11, "median_gain": "0.5", "class_gain": "0.5", "improved": 90,
        }
    ]  # fmt: skip
    assert signed_in(other).get("learning/gains/").json()["results"] == []
    refused = signed_in(make.make_member(agency=agency)).get("learning/gains/")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_may_not_see_gains")
