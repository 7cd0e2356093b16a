"""Risks and needs, the safety plan and the other records of a case."""

import re
from typing import Any

import pytest

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.models import Assessment, Case, Record
from demo import builders as make
from kernel.groups import DataGroup
from referral.actions import sending
from tests.pages.test_casepage import text_of


def reads(event: str) -> list[str]:
    return list(AuditEvent.objects.filter(event=event).values_list("about", flat=True))


def test_risks_and_needs_are_judged_and_opened_when_asked_for(
    visiting: Any, sender: Member, case: Case
) -> None:
    visitor, path = visiting(sender), f"/cases/{case.code}/assessments/"
    asked = visitor.see(f"{path}new/")
    answer = visitor.do(
        f"{path}new/",
        {
            "risk": "high", "words": "She sleeps badly.",
            "level housing": "urgent", "wants housing": "yes", "words housing": "Tonight.",
            "individual.risk.": ["individual.risk.debt"],
        },
    )  # fmt: skip
    made = Assessment.objects.get(case=case)
    closed, shut = text_of(visitor.see(path)), reads("read.assessments")
    opened = text_of(visitor.see(f"{path}?open={made.code}"))

    assert len(asked.content) < 60_000
    assert answer.redirect_chain == [(f"/cases/{case.code}/", 302)]
    assert (Case.objects.get(pk=case.pk).risk, made.risk) == ("high", "high")
    said = ("Urgent need", "Wants help", "Tonight.", "Personal debt", "She sleeps badly.")
    assert [words in closed for words in said] == [False] * 5
    assert [words in opened for words in said] == [True] * 5
    assert (shut, len(reads("read.assessments"))) == ([], 1)


def test_a_need_without_what_the_person_says_is_asked_again(
    visiting: Any, sender: Member, case: Case
) -> None:
    path = f"/cases/{case.code}/assessments/new/"

    answer = visiting(sender).do(path, {"risk": "low", "level income": "some"})

    assert (answer.status_code, "This is needed." in text_of(answer)) == (200, True)
    assert '<option value="some" selected>' in text_of(answer)
    assert not Assessment.objects.filter(case=case).exists()


def test_a_safety_plan_is_written_changed_and_shown_when_asked_for(
    visiting: Any, sender: Member, case: Case
) -> None:
    visitor, path = visiting(sender), f"/cases/{case.code}/records/"
    visitor.do(f"{path}safety/", {"steps": "Call Anna.\nGo to the shop."})
    record = Record.objects.get(case=case)
    closed = text_of(visitor.see(path))
    opened = text_of(visitor.see(f"{path}?open=safety"))
    second = text_of(visitor.do(f"{path}safety/", {"steps": "Another."}))
    form = text_of(visitor.see(f"/records/{record.code}/"))
    visitor.do(f"/records/{record.code}/", {"steps": "Call Anna.", "version": record.version})

    assert ("Call Anna." in closed, "Call Anna.<br>" in opened) == (False, True)
    assert "There is a safety plan already; please change it." in second
    assert "Call Anna. Go to the shop.</textarea>" in form
    assert "Go to the shop." not in text_of(visitor.see(f"{path}?open=safety"))


def test_a_stale_record_keeps_what_was_typed(visiting: Any, sender: Member, case: Case) -> None:
    visitor = visiting(sender)
    visitor.do(f"/cases/{case.code}/records/safety/", {"steps": "Call Anna."})
    path = f"/records/{Record.objects.get(case=case).code}/"
    visitor.do(path, {"steps": "Call Olga.", "version": 1})

    stale = text_of(visitor.do(path, {"steps": "Call Vera.", "version": 1}))
    version = re.search(r'name="version" value="(\d+)"', stale)
    assert version is not None
    saved = visitor.do(path, {"steps": "Call Vera.", "version": version.group(1)})

    assert "Somebody changed this meanwhile. Please look at it again." in stale
    assert "Call Vera.</textarea>" in stale
    assert saved.redirect_chain == [(f"/cases/{case.code}/records/", 302)]


def test_a_wrong_day_is_said_beside_the_field(
    visiting: Any, sender: Member, case: Case
) -> None:
    path = f"/cases/{case.code}/records/events/"

    text = text_of(visiting(sender).do(path, {"hte_Date": "2999-01-01", "hte_City": "Минск"}))

    assert "Day: This day is still to come." in text
    assert 'value="Минск"' in text


def test_a_record_is_taken_back(visiting: Any, sender: Member, case: Case) -> None:
    visitor = visiting(sender)
    visitor.do(f"/cases/{case.code}/records/others/", {"relation": "An uncle."})
    record = Record.objects.get(case=case)

    answer = visitor.do(f"/records/{record.code}/retract/")

    assert "The record is taken back." in text_of(answer)
    assert Record.objects.get(pk=record.pk).retracted_at is not None
    assert visitor.see(f"/records/{record.code}/").status_code == 404


def test_a_receiver_reads_what_happened_if_the_person_agreed_and_nothing_else(
    visiting: Any, sender: Member, receiver: Member, stranger: Member, case: Case
) -> None:
    agency = make.make_agency(type="legal")
    lawyer = make.make_member(agency=agency, role=Role.FOCAL_POINT)
    service = make.make_service(agency=agency, type="LEGAL_AID")
    visiting(sender).do(f"/cases/{case.code}/records/events/", {"hte_City": "Гродна"})
    visiting(sender).do(f"/cases/{case.code}/records/safety/", {"steps": "Call Anna."})
    groups = [DataGroup.TRAFFICKING]
    make.make_consent(case=case, to=agency, by=sender, groups=groups)
    draft = make.make_draft(case=case, service=service, by=sender, groups=groups)
    sent = sending.send(code=draft.code, by=sender, at=draft.drafted_at)
    make.make_accepted(sent=sent, by=lawyer)

    path = f"/cases/{case.code}/records/"
    text = text_of(visiting(lawyer).see(f"{path}?open=events"))

    assert ("Гродна" in text, "Safety plan" in text, "Change" in text) == (True, False, False)
    assert visiting(lawyer).see(f"{path}events/").status_code == 404
    assert visiting(stranger).see(path).status_code == 404
    assert visiting(stranger).see(f"/records/{Record.objects.first()}/").status_code == 404


@pytest.mark.parametrize("page", ["records/", "assessments/", "assessments/new/"])
def test_a_page_costs_the_same_for_one_and_for_three(
    visiting: Any, sender: Member, case: Case, page: str
) -> None:
    visitor, counts = visiting(sender), []
    for n in range(3):
        visitor.do(f"/cases/{case.code}/records/events/", {"hte_City": f"Town {n}"})
        visitor.do(f"/cases/{case.code}/assessments/new/", {"risk": "low"})
        counts.append(visitor.asks(f"/cases/{case.code}/{page}")[1])

    assert counts == [counts[0]] * 3
    assert counts[0] <= 12
