"""The main job of each role, from the log-in to where the other side confirms it: in each language,
by keyboard alone, and without JavaScript."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone, translation

from agencies.models import Member, Service
from agencies.roles import Role
from cases.models import Case
from demo import builders as make
from kernel.groups import DataGroup
from notify.models import Clock
from pages.labels import GROUPS
from referral.models import Referral
from referral.workflow import State
from tests.browser.conftest import PASSWORD, Person, Typist

REASONS = "Papers were taken, a debt was claimed, and nobody could leave the place."


MANNERS: dict[str, dict[str, Any]] = {
    "en": {},
    "ru": {},
    "be": {},
    "keyboard": {"hands": Typist},
    "no-script": {"java_script_enabled": False},
}


@pytest.fixture(params=MANNERS)
def at(request: pytest.FixtureRequest, at_browser: Any) -> Any:
    """`at(member)` is the member, signed in, who reads and works in the manner of the test;
    `at()` is somebody who has not signed in."""
    language = request.param if request.param in {"en", "ru", "be"} else "en"

    def arrives(member: Member | None = None) -> Person:
        if member is None:
            stranger: Person = at_browser(**MANNERS[request.param])
            return stranger
        member.language = language
        person: Person = at_browser(member, **MANNERS[request.param])
        person.page.wait_for_url("**/")
        assert person.page.get_attribute("html", "lang") == language
        return person

    with translation.override(language):
        yield arrives


def test_a_worker_refers_a_focal_point_accepts_and_both_close_the_circle(
    at: Any, sender: Member, receiver: Member, service: Service
) -> None:
    """With the counts that are promised: six pages and twelve inputs with the consent that is
    asked for on the way, three and four to accept."""
    case = make.make_case(by=sender)
    worker, focal = at(sender), at(receiver)

    worker.go(f"/cases/{case.code}/")
    worker.begins()
    refer(worker, case, service)
    assert worker.cost[0] <= 6, worker.cost
    assert worker.cost[1] <= 12, worker.cost
    sent = Referral.objects.get()
    assert sent.state == State.SENT

    focal.go("/inbox/")
    focal.begins()
    focal.press("main a[href$='/do/accept/']")
    focal.send()
    assert focal.cost[0] <= 3, focal.cost
    assert focal.cost[1] <= 4, focal.cost

    # Nobody told the worker; the page for the day does.
    assert worker.go("/").locator(f"main a[href*='{sent.code}']").count() >= 1

    focal.go(f"/referrals/{sent.code}/do/first_contact/")
    focal.send()
    focal.go(f"/referrals/{sent.code}/do/complete/")
    focal.choose("outcome", "service_provided")
    focal.write("feedback", "A room, papers and a lawyer.")
    focal.send()
    worker.go(f"/referrals/{sent.code}/do/confirm/")
    worker.choose("service_received", "yes")
    worker.send()

    focal.go("/inbox/")
    assert str(State.CONFIRMED.label) in focal.text
    assert worker.wrong == focal.wrong == []


def refer(worker: Person, case: Case, service: Service) -> None:
    worker.press(f"main a[href='/cases/{case.code}/refer/']")
    worker.press(f"main a[href='?service={service.code}']")
    worker.choose("urgency", "urgent")
    worker.choose("groups", DataGroup.CONTACT)
    worker.choose("groups", DataGroup.SAFETY)
    worker.send()
    worker.press("main a[href*='/consent/new/']")
    worker.choose("groups", DataGroup.CONTACT)
    worker.choose("groups", DataGroup.SAFETY)
    worker.send()
    worker.send()


def test_an_officer_decides_and_the_worker_tells_the_person(at: Any, sender: Member) -> None:
    case, officer = make.make_case(by=sender), make.make_officer()
    make.make_screening(case=case, by=sender)
    make.make_consent(
        case=case, to=officer.agency, by=sender, groups=[DataGroup.SCREENING],
        purpose="identification",
    )  # fmt: skip
    worker, decides = at(sender), at(officer)
    address = f"/cases/{case.code}/identification/"

    worker.go(f"{address}submit/")
    worker.send()
    decides.go("/desk/")
    decides.press(f"main a[href='{address}']")
    decides.press("main a[href$='/recognise/']")
    decides.write("reasons", REASONS)
    decides.send()
    worker.go(address)
    worker.press("main a[href$='/tell/']")
    worker.choose("way", "in_person")
    worker.choose("language", "bel")
    worker.write("proof", "Signed in the presence of an interpreter.")
    worker.send()

    case.identification.refresh_from_db()
    decision = case.identification.decisions.get()
    assert decision.result == "positive"
    assert decision.tellings.filter(told_at__isnull=False).count() == 1
    decides.go(address)
    assert sender.username in decides.text
    assert worker.wrong == decides.wrong == []


def test_supervisors_hand_a_case_over(at: Any, sender: Member, receiver: Member) -> None:
    ours = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    theirs = make.make_member(agency=receiver.agency, role=Role.SUPERVISOR)
    case = make.make_case(by=sender)
    make.make_consent(case=case, to=receiver.agency, by=sender)
    giving, taking = at(ours), at(theirs)

    giving.go(f"/cases/{case.code}/transfer/")
    giving.choose("to", receiver.agency.code)
    giving.write("note", "The person moves there.")
    giving.send()
    taking.go("/transfers/")
    taking.press("main a[href^='/transfers/']")
    taking.press("main a[href$='/do/accept/']")
    taking.send()

    case.refresh_from_db()
    assert case.owner == receiver.agency
    giving.go("/transfers/")
    assert case.code in giving.text
    assert giving.wrong == taking.wrong == []


def test_a_supervisor_decides_to_share_without_consent_and_data_protection_sees_it(
    at: Any, sender: Member, receiver: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    guard = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.DATA_PROTECTION_OFFICER
    )
    case = make.make_case(by=sender)
    worker, decides, sees = at(sender), at(boss), at(guard)

    worker.go(f"/cases/{case.code}/overrides/new/")
    worker.choose("agency", receiver.agency.code)
    worker.choose("groups", DataGroup.CONTACT)
    worker.choose("ground", "court_order")
    worker.write("reason", REASONS)
    worker.send()
    decides.go("/")
    decides.press("main a[href^='/overrides/']")
    decides.press("main a[href$='/approve/']")
    decides.send()
    sees.go("/data-protection/")

    assert case.overrides.get().state == "approved"
    assert case.code in sees.text
    assert boss.username in sees.text
    worker.go(f"/overrides/{case.overrides.get().code}/")
    assert boss.username in worker.text
    assert worker.wrong == decides.wrong == sees.wrong == []


def test_the_coordinator_sees_what_is_late_until_it_is_answered(
    at: Any, sender: Member, receiver: Member, sent: Referral
) -> None:
    land = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.COORDINATOR
    )
    past = timezone.now() - dt.timedelta(hours=1)
    Clock.objects.filter(subject=sent.code).update(due_at=past)
    watches, focal = at(land), at(receiver)

    watches.go("/national/")
    before = sent.case.code in watches.text
    focal.go(f"/referrals/{sent.code}/do/accept/")
    focal.send()
    watches.go("/national/")

    assert (before, sent.case.code in watches.text) == (True, False)
    assert watches.wrong == focal.wrong == []


def test_an_agency_and_its_people_come_in(at: Any, sender: Member) -> None:
    system = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
    )
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    registers, invites, comes = at(system), at(admin), at()

    registers.go("/agencies/new/")
    registers.write("name", "House by the river")
    registers.choose("type", "shelter_ngo")
    registers.send()
    invites.go("/members/new/")
    invites.write("username", "new.worker")
    invites.choose("role", Role.SOCIAL_WORKER)
    invites.send()
    link = invites.page.inner_text("main .code").strip()
    comes.go(link[link.index("/welcome/") :])
    comes.write("password", PASSWORD)
    comes.send()
    comes.write("username", "new.worker")
    comes.write("password", PASSWORD)
    comes.send()
    secret = comes.page.inner_text("main .code").replace(" ", "").strip()
    comes.write("code", make.totp_code(secret))
    comes.press("main form[method=post]:has([name=code]) button[type=submit]")
    assert comes.page.locator("main .code li").count() == 10
    comes.press("main a.btn-primary")
    comes.page.wait_for_url("**/")

    registers.go("/agencies/")
    assert "House by the river" in registers.text
    invites.go("/members/")
    assert "new.worker" in invites.text
    assert Member.objects.get(username="new.worker").last_login is not None
    assert registers.wrong == invites.wrong == comes.wrong == []


def test_the_auditor_finds_who_opened_a_case(at: Any, sender: Member) -> None:
    case = make.make_case(by=sender)
    auditor = make.make_member(agency=make.make_agency(is_coordinating=True), role=Role.AUDITOR)
    worker, looks = at(sender), at(auditor)

    worker.go(f"/cases/{case.code}/people/")
    worker.press("main a[href*='open=contact']")
    looks.press("nav a[href='/log/']")
    looks.write("case", case.code)
    looks.press("main form[method=get] button")

    rows = looks.page.locator("main tbody tr")
    opened = [line for line in rows.all_inner_texts() if str(GROUPS[DataGroup.CONTACT]) in line]
    assert [sender.username in line for line in opened] == [True]
    # That the log was read stands in it from then on.
    looks.press("main form[method=get] button")
    assert "read.audit" in looks.text
    assert worker.wrong == looks.wrong == []
