"""What the database itself shows to who has no account, whatever a query forgot."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agencies.models import Member
from cases.models import Case, SealedGroup
from config.wall.policies import POLICIES
from demo import builders as make
from edge import wall
from guest.actions import admitting
from guest.models import Admission, Link
from kernel.groups import DataGroup
from referral.models import Disclosure, Referral
from tests.guest.conftest import Desk, soon

pytestmark = pytest.mark.django_db
WALLED = sorted(table for table, rows in POLICIES.items() if rows.seen != "true")


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return int(cursor.fetchone()[0])


def test_the_stand_in_sees_its_own_referrals_and_the_groups_that_are_open(
    desk: Desk, sent: Referral, sender: Member
) -> None:
    other = make.make_sent(by=sender, service=make.make_service(agency=make.make_guest()))
    stand_in = sent.receiver.members.get()
    with wall.acting(wall.member(stand_in)):
        assert list(Referral.objects.values_list("code", flat=True)) == [sent.code]
        assert list(Link.objects.values_list("referral__code", flat=True)) == [sent.code]
        assert list(Case.objects.values_list("code", flat=True)) == [sent.case.code]
        assert SealedGroup.objects.count() == 0
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    with wall.acting(wall.member(stand_in)):
        assert set(SealedGroup.objects.values_list("group", flat=True)) == {
            DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.SAFETY,
        }  # fmt: skip
        assert Disclosure.objects.count() == 1
        assert not Referral.objects.filter(code=other.code).exists()


def test_who_holds_a_link_sees_that_link_and_nothing_else(
    desk: Desk, sent: Referral, sender: Member, service: Any
) -> None:
    make.make_sent(by=sender, service=service)
    link = Link.objects.get(referral=sent)
    for said in (link.digest, link.device):
        with wall.acting(wall.holder(said)):
            seen = {table: count for table in WALLED if (count := rows_of(table))}
            assert seen == {"guest_link": 1}
            assert Link.objects.get().code == link.code
    for nothing in ("", "0" * 64, link.code):
        with wall.acting(wall.holder(nothing)):
            assert {table: rows_of(table) for table in WALLED} == dict.fromkeys(WALLED, 0)


def test_of_links_to_others_and_of_admissions_nobody_else_sees_a_row(
    sent: Referral, sender: Member, stranger: Member, boss: Member
) -> None:
    home = make.make_agency(is_coordinating=True)
    system = make.make_member(agency=home, role="system_admin")
    coordinator = make.make_member(agency=home, role="coordinator")
    colleague = make.make_member(agency=sender.agency)
    admitting.ask_for_agency(
        facts={"name": "One"}, mail="one@example.org", by=boss, at=timezone.now()
    )
    seen = {}
    for name, member in (
        ("sender", sender), ("boss", boss), ("colleague", colleague), ("stranger", stranger),
        ("system", system), ("coordinator", coordinator),
    ):  # fmt: skip
        with wall.acting(wall.member(member)):
            seen[name] = (Link.objects.count(), Admission.objects.count())
    assert seen == {
        "sender": (1, 0), "boss": (1, 1), "colleague": (0, 0), "stranger": (0, 0),
        "system": (0, 1), "coordinator": (0, 0),
    }  # fmt: skip
