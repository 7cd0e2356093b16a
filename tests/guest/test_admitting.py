"""How an agency without an account comes to take part, and how it gets an access of its own."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies import actions as agencies
from agencies import policy as agency_policy
from agencies import queries as agency_queries
from agencies.actions import digest_of, issue_token
from agencies.backend import MemberBackend
from agencies.models import Agency, Member
from agencies.roles import Role
from cases.models import CaseAccess
from demo import builders as make
from guest.actions import admitting
from guest.models import Admission, Link
from kernel.errors import Denied, Refused
from notify.models import Task
from referral import policy
from referral.models import Referral
from referral.workflow import State
from tests.guest.conftest import Desk, soon

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(db: None) -> Member:
    return make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
    )


GUEST = {
    "name": "Two lawyers",
    "type": "legal",
    "district": "",
    "mail": "two@lawyers.example",
    "phone": "+375291112233",
    "language": "ru",
    "service_type": "LEGAL_AID",
    "service_name": "Advice",
}


def test_a_supervisor_asks_and_an_administrator_enters_it(
    boss: Member, system: Member, visiting: Any
) -> None:
    assert visiting(boss).do("/links/ask/", GUEST).status_code == 200
    asked = Admission.objects.get()
    task = Task.objects.get(kind="decide_admission")
    assert (task.role, task.subject, task.done_at) == ("system_admin", asked.code, None)
    admin = visiting(system)
    page = admin.see(f"/agencies/asked/{asked.code}/").content.decode()
    assert GUEST["name"] in page
    dates = {
        "protocol_signed_on": make.today().isoformat(),
        "protocol_signed_until": (make.today() + dt.timedelta(days=90)).isoformat(),
    }
    admin.do(f"/agencies/asked/{asked.code}/", GUEST | dates)
    asked.refresh_from_db()
    task.refresh_from_db()
    entered = asked.agency
    assert (asked.state, entered.name, entered.is_guest) == ("admitted", "Two lawyers", True)
    assert entered.htcds == {"org_Phone": GUEST["phone"]}
    assert entered.services.get().type == "LEGAL_AID"
    assert entered.may_receive(make.today())
    stand_in = entered.members.get()
    assert (stand_in.email, stand_in.language, stand_in.role, stand_in.is_guest) == (
        GUEST["mail"], "ru", "focal_point", True,
    )  # fmt: skip
    assert task.done_at is not None
    assert admin.do(f"/agencies/asked/{asked.code}/", GUEST | {"name": "B"}).status_code == 200
    assert Agency.objects.filter(standing="guest").count() == 1


@pytest.mark.parametrize(("missing", "code"), [("phone", "/phone"), ("mail", "/mail")])
def test_without_both_ways_to_reach_it_there_is_none(
    system: Member, missing: str, code: str
) -> None:
    from kernel.errors import Invalid  # noqa: PLC0415 -- for this test alone

    reached = {"phone": "+375291112233", "mail": "a@example.org", "language": "en"}
    with pytest.raises(Invalid) as refused:
        agencies.register_guest(
            facts={"name": "One", "type": "legal"}, by=system, **(reached | {missing: ""})
        )
    assert (refused.value.code, refused.value.pointer) == ("guest_needs_mail_and_phone", code)


def test_others_neither_ask_nor_enter_nor_decide(
    boss: Member, sender: Member, system: Member, visiting: Any
) -> None:
    asked = admitting.ask_for_agency(
        facts={"name": "One"}, mail="one@example.org", by=boss, at=timezone.now()
    )
    for member in (sender, system):
        assert visiting(member).see("/links/ask/").status_code == 403
    for member in (sender, boss):
        visitor = visiting(member)
        assert visitor.see("/agencies/asked/").status_code == 403
        assert visitor.see("/agencies/guests/new/").status_code == 403
    assert visiting(sender).see(f"/agencies/asked/{asked.code}/").status_code == 404
    # Who asked for it may know of it, and not decide.
    assert visiting(boss).see(f"/agencies/asked/{asked.code}/").status_code == 403
    assert visiting(boss).do(f"/agencies/asked/{asked.code}/refuse/").status_code == 403
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_it_can_be_refused_once(boss: Member, system: Member) -> None:
    asked = admitting.ask_for_agency(
        facts={"name": "One"}, mail="one@example.org", by=boss, at=timezone.now()
    )
    admitting.refuse(admission=asked, by=system, at=timezone.now())
    with pytest.raises(Refused, match="admission_is_decided"):
        admitting.refuse(admission=asked, by=system, at=timezone.now())


def test_the_stand_in_is_nobodys_account(
    shelter: Agency, system: Member, sender: Member, visiting: Any
) -> None:
    stand_in = shelter.members.get()
    assert not stand_in.has_usable_password()
    assert MemberBackend().get_user(stand_in.pk) is None
    assert authenticate(username=stand_in.username, password="") is None
    _, secret = issue_token(
        member=stand_in, label="x", scopes=["read"], lasts=dt.timedelta(days=1), by=make.SETUP,
        at=timezone.now(),
    )  # fmt: skip
    assert agency_queries.token_of(digest_of(secret), at=timezone.now()) is None
    assert not agency_policy.members_visible_to(system).filter(pk=stand_in.pk).exists()
    for act in (
        lambda: agencies.invite_again(member=stand_in, by=system, at=timezone.now()),
        lambda: agencies.change_role(member=stand_in, role=Role.SUPERVISOR, by=system),
        lambda: agencies.deactivate(member=stand_in, by=system, at=timezone.now()),
        lambda: agencies.invite(
            facts={"username": "new", "role": "focal_point"}, agency=shelter, by=system,
            at=timezone.now(),
        ),
    ):  # fmt: skip
        with pytest.raises(Denied, match="guest_agency_has_no_members"):
            act()
    for change in ({"role": "supervisor"}, {"password": "argon2$something"}):
        with pytest.raises(IntegrityError, match="member_of_a_guest"), transaction.atomic():
            Member.objects.filter(pk=stand_in.pk).update(**change)


def test_where_it_is_reached_can_change(
    shelter: Agency, system: Member, visiting: Any, boss: Member
) -> None:
    new = {"mail": "new@shelter.example", "phone": "+375297654321", "language": "be"}
    assert visiting(boss).see(f"/agencies/{shelter.code}/reached/").status_code == 403
    visiting(system).do(f"/agencies/{shelter.code}/reached/", new)
    stand_in = shelter.members.get()
    shelter.refresh_from_db()
    assert (stand_in.email, stand_in.language, shelter.htcds["org_Phone"]) == (
        new["mail"], "be", new["phone"],
    )  # fmt: skip
    assert visiting(system).see(f"/agencies/{boss.agency.code}/reached/").status_code == 404


def test_it_claims_an_access_of_its_own(
    desk: Desk, sent: Referral, sender: Member, service: Any, system: Member, visiting: Any
) -> None:
    """Approved, its referrals are in the inbox of its members, and its links lead nowhere."""
    other = make.make_sent(by=sender, service=service)
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    wish = {"contact": "Anna Ivanova", "mail": "anna@shelter.example"}
    asked = desk.http.post(f"/answer/{desk.code}/own/", wish, follow=True)
    assert "this link works until then" in asked.content.decode()
    again = desk.http.post(f"/answer/{desk.code}/own/", wish | {"contact": "B"})
    assert "asked for already" in again.content.decode()
    claim = Admission.objects.get()
    assert (claim.kind, claim.agency_id, claim.state) == ("claim", sent.receiver_id, "asked")
    assert desk.see().status_code == 200
    shown = visiting(system).do(f"/agencies/asked/{claim.code}/", {"username": "anna"})
    assert "/welcome/" in shown.content.decode()
    agency = Agency.objects.get(pk=sent.receiver_id)
    admin = agency.members.get(username="anna")
    stand_in = agency.members.get(is_guest=True)
    assert (agency.standing, admin.role, admin.email) == (
        "full", "agency_admin", wish["mail"],
    )  # fmt: skip
    assert (stand_in.is_active, stand_in.left_at is None) == (False, False)
    assert desk.see().status_code == 410
    focal = make.make_member(agency=agency, role=Role.FOCAL_POINT)
    mine = policy.visible_to(focal).order_by("pk")
    assert [(each.code, each.state) for each in mine] == [
        (sent.code, State.ACCEPTED), (other.code, State.SENT),
    ]  # fmt: skip
    inbox = visiting(focal).see("/inbox/").content.decode()
    assert (sent.code in inbox, other.code in inbox) == (True, True)
    sent.refresh_from_db()
    assert sent.contact is None
    assert Task.objects.filter(kind="name_contact", subject=sent.code).count() == 1
    rows = CaseAccess.objects.filter(source=sent.code)
    assert set(rows.values_list("group", flat=True)) == {
        agency.focal_points_id, agency.supervisors_id,
    }  # fmt: skip
    # A referral to it now makes no link.
    later = make.make_sent(by=sender, service=service)
    assert Link.objects.filter(referral=later).count() == 0


def test_a_wrong_name_for_the_administrator_loses_nothing(
    desk: Desk, system: Member, sender: Member, visiting: Any
) -> None:
    wish = {"contact": "Anna", "mail": "anna@shelter.example"}
    desk.http.post(f"/answer/{desk.code}/own/", wish)
    claim = Admission.objects.get()
    page = visiting(system).do(f"/agencies/asked/{claim.code}/", {"username": sender.username})
    assert page.status_code == 200
    claim.refresh_from_db()
    assert (claim.state, claim.agency.members.filter(is_guest=True).get().is_active) == (
        "asked",
        True,
    )
    assert claim.agency.is_guest
    assert desk.see().status_code == 200
