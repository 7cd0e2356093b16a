"""One person in two agencies: who is told of it, who is not, and what two supervisors may do."""

import datetime as dt

from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import duplicates, policy, queries
from cases.actions import exclusion, lifecycle, matching, pairing, person
from cases.models import (
    Case,
    DuplicateToken,
    IdentityCount,
    NameToken,
    PossibleDuplicate,
    TokenSheet,
)
from cases.tasks import look_for_duplicates
from demo import builders as make
from kernel import sealing
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import DataGroup
from notify.models import Delivery, Task
from referral.actions import recalling

BORN = "1994-03-07"
BELARUSIAN = {
    "prs_FirstName": "Ірына", "prs_SecondName": "Лебедзева", "prs_MiddleName": "Мікалаеўна",
    "prs_Birthdate": BORN, "prs_Gender": "Feminine",
}  # fmt: skip
RUSSIAN = {"prs_FirstName": "Ирина", "prs_SecondName": "Лебедева", "prs_Birthdate": BORN}
REASON = "By the photograph it is somebody else after all."


def known(by: Member, identity: dict[str, Any]) -> Case:
    """A case of that member's with exactly this identity."""
    case = lifecycle.register(
        source="hotline", risk="low", person={"gender": "Feminine"}, by=by, at=timezone.now()
    )
    write(case, identity, by)
    return case


def write(case: Case, identity: dict[str, Any], by: Member) -> None:
    person.write_group(
        case=case, group=DataGroup.IDENTITY, values=identity, by=by, at=timezone.now()
    )


def boss_of(member: Member) -> Member:
    return make.make_member(agency=member.agency, role=Role.SUPERVISOR)


def bells(member: Member) -> list[str]:
    rung = Delivery.objects.filter(member=member, channel="in_app").order_by("pk")
    return [kind for kind in rung.values_list("event__kind", flat=True) if "." in kind]


def tasks() -> list[tuple[str, str]]:
    open_ = Task.objects.filter(done_at__isnull=True, subject__startswith="DU-")
    return list(open_.order_by("pk").values_list("kind", "agency__code"))


def pairs() -> list[tuple[Case, Case, str]]:
    rows = PossibleDuplicate.objects.select_related("earlier", "later").order_by("pk")
    return [(row.earlier, row.later, row.state) for row in rows]


@pytest.fixture
def other(db: None) -> Member:
    return make.make_member(agency=make.make_agency(type="territorial_centre"))


@pytest.fixture
def earlier(sender: Member) -> Case:
    return known(sender, BELARUSIAN)


@pytest.fixture
def later(earlier: Case, other: Member) -> Case:
    return known(other, RUSSIAN)


@pytest.fixture
def pair(earlier: Case, later: Case) -> PossibleDuplicate:
    look_for_duplicates()
    return PossibleDuplicate.objects.get()


def agreed(pair: PossibleDuplicate, ours: Member, theirs: Member) -> tuple[Member, Member]:
    """Linked, with the consent of the person on both sides: the two supervisors."""
    make.make_consent(case=pair.earlier, to=theirs.agency, by=ours, groups=[])
    make.make_consent(case=pair.later, to=ours.agency, by=theirs, groups=[])
    mine, other = boss_of(ours), boss_of(theirs)
    pairing.ask(code=pair.code, by=mine, at=timezone.now())
    pairing.agree(code=pair.code, by=other, at=timezone.now())
    return mine, other


def test_the_earlier_owners_supervisor_is_told_and_nobody_else(
    sender: Member, other: Member
) -> None:
    mine, theirs = boss_of(sender), boss_of(other)
    first = known(sender, BELARUSIAN)
    second = known(other, RUSSIAN)
    look_for_duplicates()
    look_for_duplicates()

    assert pairs() == [(first, second, "found")]
    assert [bells(each) for each in (mine, sender, other, theirs)] == [
        ["duplicate.found"], [], [], [],
    ]  # fmt: skip
    assert tasks() == [("look_at_duplicate", sender.agency.code)]
    assert first.timeline.filter(event__startswith="duplicate").count() == 1
    assert second.timeline.filter(event__startswith="duplicate").count() == 0
    found = PossibleDuplicate.objects.get()
    seen = [
        policy.duplicates_visible_to(each).count() for each in (mine, sender, other, theirs)
    ]
    assert seen == [1, 0, 0, 0]
    assert (found.marks, found.points) == (
        ["family_birth", "first_birth", "like_birth", "like_family", "like_first", "name_birth",
         "name_year"], 42,
    )  # fmt: skip
