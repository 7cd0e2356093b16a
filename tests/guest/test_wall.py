"""What the database itself shows to who has no account, whatever a query forgot."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases.actions import exclusion
from cases.apart import Whom
from cases.models import Case, SealedGroup
from config.wall.policies import POLICIES
from demo import builders as make
from edge import wall
from guest import queries
from guest.actions import admitting, linking
from guest.models import Admission, Link
from kernel.errors import Denied
from kernel.groups import DataGroup
from notify import ledger
from referral import policy as of_referrals
from referral.actions import helping, recalling, sending
from referral.models import Disclosure, Referral
from referral.workflow import Party
from rights.actions import demanding
from tests.guest.conftest import Desk, links_in, mails_to, soon

pytestmark = pytest.mark.django_db
# The register of agencies is open to all of its space, and tells of no person.
WALLED = sorted(
    table
    for table, rows in POLICIES.items()
    if rows.seen != "true" and table != "agencies_agency"
)


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return int(cursor.fetchone()[0])


def acting_by(referral: Referral) -> Member:
    """The stand-in as it acts by the link of this referral."""
    return queries.actor_of(Link.objects.get(referral=referral, ended_at__isnull=True))


def seen_by(who: Member) -> dict[str, set[str]]:
    """Every row that the database shows, by table; not those that it shows to everybody."""
    seen = {}
    with wall.acting(wall.member(who)), connection.cursor() as cursor:
        for table in WALLED:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            seen[table] = {row for (row,) in cursor.fetchall()}
    return {table: rows for table, rows in seen.items() if rows}


@pytest.fixture
def second(desk: Desk, sent: Referral, sender: Member, service: Any, sink: Any) -> Desk:
    """The same agency answers another referral by another link, in a browser of its own."""
    other = make.make_sent(by=sender, service=service)
    here = Desk(links_in(mails_to(sink, "two@shelter.example"))[-1])
    here.show(linking.give_passcode(code=other.code, by=sender, at=timezone.now())[1])
    return here


def referral_of(desk: Desk) -> Referral:
    return Link.objects.select_related("referral__case").get(code=desk.code).referral


def test_what_comes_by_another_link_of_the_agency_changes_nothing_that_is_seen(
    desk: Desk, sent: Referral, sender: Member, service: Any, sink: Any, request: Any
) -> None:
    """Every table, row by row: before there was another referral to the agency, and after it was
    taken, talked about, and its person's case has whatever a case may have for the agency."""
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    before = seen_by(acting_by(sent))
    assert {"referral_referral", "cases_case", "cases_sealedgroup", "notify_clock"} <= set(
        before
    )
    second: Desk = request.getfixturevalue("second")
    second.do("accept", contact_name="Berta", first_contact_at=soon())
    second.do("message", text="We are on our way.")
    other = referral_of(second)
    exclusion.exclude(
        code=make.make_case(by=sender).code, whom=Whom(agency=sent.receiver), reason="Not them.",
        by=sender, at=timezone.now(),
    )  # fmt: skip
    helping.message(code=other.code, text="Thank you.", by=sender, at=timezone.now())
    ledger.set_task(
        "own_words", subject=other.code, agency=sent.receiver, role=Role.FOCAL_POINT,
        case=other.case.code, at=timezone.now(),
    )  # fmt: skip
    demanding.demand_all(person=other.case.person, by=log.CLOCK, at=timezone.now())
    assert seen_by(acting_by(sent)) == before
    # The other one sees its own, and of the first nothing.
    mine = seen_by(acting_by(other))
    assert {"referral_referral", "cases_sealedgroup", "rights_demand"} <= set(mine)
    for table in set(mine) & set(before):
        assert mine[table].isdisjoint(before[table]), table


def test_a_second_referral_of_the_same_case_is_another_one(
    desk: Desk, sent: Referral, sender: Member, shelter: Any, sink: Any
) -> None:
    """One person, two services of one agency: what opens by one link opens by that one alone."""
    before = seen_by(acting_by(sent))
    draft = make.make_draft(
        case=sent.case, service=make.make_service(agency=shelter), by=sender
    )
    twin = sending.send(code=draft.code, by=sender, at=timezone.now())
    assert twin.case_id == sent.case_id
    here = Desk(links_in(mails_to(sink, "two@shelter.example"))[-1])
    here.show(linking.give_passcode(code=twin.code, by=sender, at=timezone.now())[1])
    here.do("accept", contact_name="Berta", first_contact_at=soon())
    after = seen_by(acting_by(sent))
    for table in ("referral_referral", "referral_message", "guest_link", "cases_caseaccess"):
        assert after.get(table) == before.get(table), table
    # The card is open here, the groups are there.
    assert "cases_sealedgroup" not in after
    assert "cases_sealedgroup" in seen_by(acting_by(twin))
    recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    link = Link.objects.get(referral=sent)
    found = queries.completed(link, acting_by(sent), at=timezone.now())
    assert (found is not None and found.is_open) is False  # type: ignore[attr-defined]  # annotated
    assert sent.case.code not in desk.see().content.decode()


def test_without_a_link_the_stand_in_sees_nothing(desk: Desk, sent: Referral) -> None:
    stand_in = sent.receiver.members.get()
    assert seen_by(stand_in) == {}
    assert list(of_referrals.visible_to(stand_in)) == []
    assert of_referrals.party_of(stand_in, sent) is None


def test_by_one_link_no_page_answers_for_the_other(
    desk: Desk, second: Desk, monkeypatch: Any
) -> None:
    mine, other = referral_of(desk), referral_of(second)
    marks = (other.code, other.case.code, second.code)
    base = f"/answer/{second.code}/"
    for path in ("", "passcode/", "told/", "own/", "do/accept/", "do/message/"):
        for answer in (desk.see(base + path + "?here=1"), desk.http.post(base + path)):
            assert answer.status_code in {405, 410}
            assert not any(mark in answer.content.decode() for mark in marks[:2])
    actor = acting_by(mine)
    assert list(of_referrals.visible_to(actor)) == [mine]
    assert of_referrals.party_of(actor, other) is None
    with pytest.raises(Denied):
        helping.message(code=other.code, text="Hello.", by=actor, at=timezone.now())
    # And if every filter of ours were forgotten, the database would still know one referral.
    monkeypatch.setattr(of_referrals, "visible_to", lambda _: Referral.objects.all())
    monkeypatch.setattr(of_referrals, "party_of", lambda *_: Party.RECEIVER)
    with wall.acting(wall.member(actor)), pytest.raises(Referral.DoesNotExist):
        helping.message(code=other.code, text="Hello.", by=actor, at=timezone.now())


def test_by_a_link_there_is_no_api(desk: Desk, sent: Referral) -> None:
    for path in ("", f"{sent.code}/", f"{sent.code}/link/"):
        assert desk.see(f"/api/v1/referrals/{path}").status_code == 401


def test_the_stand_in_sees_its_own_referrals_and_the_groups_that_are_open(
    desk: Desk, sent: Referral, sender: Member
) -> None:
    other = make.make_sent(by=sender, service=make.make_service(agency=make.make_guest()))
    stand_in = acting_by(sent)
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
