"""A learner's own is the learner's alone: by the policy, and by the database whatever a query forgot."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make
from edge import wall
from learning import policy
from learning.actions import checking
from learning.models import Certificate, Cohort, Refresher, Sitting
from tests.learning.learner import sit

pytestmark = pytest.mark.django_db
OWN = (Sitting, Refresher, Certificate)
EVERYBODY = [role for role in Role if role is not Role.IDENTIFICATION_OFFICER]


@pytest.fixture
def learned(signed_in: Any, sender: Member) -> Member:
    sit(signed_in(sender), "before", right=2)
    sit(signed_in(sender), "after", right=8)
    return sender


def seen_by(member: Member) -> list[int]:
    """How many rows the database shows, by a query that asks for all."""
    with wall.acting(wall.member(member)), transaction.atomic():
        return [model.objects.count() for model in OWN]


def test_the_learner_sees_their_own(learned: Member) -> None:
    assert seen_by(learned) == [2, 3, 1]


@pytest.mark.parametrize("role", EVERYBODY)
def test_nobody_else_sees_any_of_it(learned: Member, role: Role) -> None:
    home = learned.agency if role in {Role.SUPERVISOR, Role.AGENCY_ADMIN, Role.SOCIAL_WORKER} \
        else make.make_agency(is_coordinating=True)  # fmt: skip
    other = make.make_member(agency=home, role=role)

    assert seen_by(other) == [0, 0, 0]
    assert [
        policy.sittings_visible_to(other).count(),
        policy.refreshers_visible_to(other).count(),
        policy.certificates_visible_to(other).count(),
    ] == [0, 0, 0]


def test_a_code_opens_a_certificate_and_nothing_else(learned: Member) -> None:
    other = make.make_member()
    held = Certificate.objects.get()
    with wall.acting(wall.member(other)), transaction.atomic():
        wall.hold(keys=[held.code])
        assert [model.objects.count() for model in OWN] == [0, 0, 1]


def test_the_code_of_a_case_opens_no_case_here(sender: Member) -> None:
    case = make.make_case(by=sender)
    other = make.make_member()
    with wall.acting(wall.member(other)), transaction.atomic():
        found = checking.check(code=case.code, by=other, at=timezone.now())
        assert (found, Case.objects.filter(code=case.code).count()) == (None, 0)


def cohort(member: Member) -> Cohort:
    return Cohort.objects.create(
        agency=member.agency, topic="identification", month="2026-10-01", learners=11,
        median_gain="0.5", class_gain="0.5", improved=90, made_at=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("role", "at_home", "seen"),
    [
        (Role.SUPERVISOR, True, 1), (Role.SUPERVISOR, False, 0), (Role.AGENCY_ADMIN, True, 0),
        (Role.SOCIAL_WORKER, True, 0), (Role.COORDINATOR, False, 1), (Role.AUDITOR, False, 0),
        (Role.DATA_PROTECTION_OFFICER, False, 0), (Role.SYSTEM_ADMIN, False, 0),
    ],
)  # fmt: skip
def test_what_is_published_is_for_supervisors_at_home_and_the_coordinator(
    sender: Member, role: Role, at_home: bool, seen: int
) -> None:
    cohort(sender)
    home = sender.agency if at_home else make.make_agency(is_coordinating=True)
    other = make.make_member(agency=home, role=role)

    with wall.acting(wall.member(other)), transaction.atomic():
        assert (Cohort.objects.count(), policy.cohorts_visible_to(other).count()) == (
            seen,
            seen,
        )


def test_no_member_publishes(sender: Member) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    with (
        pytest.raises(ProgrammingError),
        wall.acting(wall.member(boss)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO learning_cohort (code, agency_id, topic, month, learners, median_gain,"
            " class_gain, improved, made_at) VALUES ('LG-1', %s, 'a', '2026-10-01', 11, 0, 0, 10, now())",
            [boss.agency_id],
        )
