"""What never goes out by FHIR, to whom nothing goes, and by what name a person goes there."""

import datetime as dt
import re

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from agencies import actions as agency_actions
from agencies.models import Member, Service
from agencies.roles import Role
from audit.models import AuditEvent
from cases.actions import person
from cases.apart import Whom
from cases.models import CaseAccess
from demo import builders as make
from edge import wall
from exchange.fhir import resources
from exchange.fhir.pseudonym import Names
from kernel.groups import DataGroup
from referral.actions import answering, helping, recalling, sending
from referral.models import Referral
from tests.entering import enter
from tests.exchange.fhir.partner import Partner, refusal
from tests.test_canaries import GROUPS, MARKERS

NOTE, MESSAGE, PLACE, NURSE, FEEDBACK = (
    "Purposeptashka is why.", "Messageptashka writes.", "Placeptashka 3", "Nurseptashka",
    "Feedbackptashka is well.",
)  # fmt: skip


def everything(system: Partner, code: str) -> str:
    """All that a system is told of this referral."""
    task = system.task(code)
    paths = [f"Task/{code}", "Task", f"Task?requester={system.member.agency.code}"]
    paths += [task[name]["reference"] for name in ("focus", "for") if name in task]
    return "\n".join(system.get(path).content.decode() for path in paths)


def test_no_word_of_any_group_goes_out(
    sender: Member, receiver: Member, service: Service, ours: Partner, theirs: Partner
) -> None:
    """Everything is written and consented to, and all is said that can be; and none of it is told."""
    case = make.make_case(by=sender)
    for group, values in GROUPS.items():
        person.write_group(
            case=case, group=DataGroup(group), values=values, by=sender, at=timezone.now()
        )
    # What a shelter may be given of it at all.
    groups = [DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.SAFETY]
    make.make_consent(case=case, to=service.agency, by=sender, groups=groups)
    draft = make.make_draft(case=case, service=service, by=sender, groups=groups, note=NOTE)
    code = sending.send(code=draft.code, by=sender, at=timezone.now()).code
    told = [everything(theirs, code), everything(ours, code)]
    make.make_accepted(sent=draft, by=receiver)
    at = timezone.now()
    helping.message(code=code, text=MESSAGE, by=receiver, at=at)
    helping.plan_handover(
        code=code, meets_at=at + dt.timedelta(hours=1), place=PLACE,
        who_meets=NURSE, by=receiver, at=at,
    )  # fmt: skip
    told += [everything(theirs, code), everything(ours, code)]
    helping.complete(
        code=code, outcome="service_provided", feedback=FEEDBACK, by=receiver,
        at=timezone.now(),
    )  # fmt: skip
    told += [everything(theirs, code), everything(ours, code)]

    words = {*MARKERS, case.code, case.person.code, str(case.person.uid), service.name,
             *(text.split()[0] for text in (NOTE, MESSAGE, PLACE, NURSE, FEEDBACK))}  # fmt: skip
    found = {word for word in words for each in told if word in each}
    assert found == set()
    # The search finds what is there.
    assert "SHELTER_EMERGENCY" in told[0]


def test_one_person_has_another_name_before_each_agency_and_in_each_referral(
    sender: Member, receiver: Member, sent: Referral, ours: Partner, theirs: Partner
) -> None:
    second = make.make_service(agency=receiver.agency)
    draft = make.make_draft(case=sent.case, service=second, by=sender)
    again = sending.send(code=draft.code, by=sender, at=timezone.now())

    names = [
        system.task(code)["for"]["reference"]
        for system in (ours, theirs)
        for code in (sent.code, again.code)
    ]

    assert len(set(names)) == 4
    assert all(re.fullmatch(r"Patient/[a-z2-7]{45}", name) for name in names)
    assert [theirs.task(sent.code)["for"]["reference"]] == names[2:3]
    # One agency's name leads the other nowhere, and neither does a name that is nearly right.
    refusal(theirs.get(names[0]), 404, "not_found")
    refusal(ours.get(names[2]), 404, "not_found")
    own = names[2].removeprefix("Patient/")
    spare = own[:-1] + chr(ord(own[-1]) + 1)
    for near in (own.upper(), own[:-1], spare, own + "a", "a", "é", sent.code):
        refusal(theirs.get(f"Patient/{near}"), 404, "not_found")
    assert theirs.get(f"Patient/{own}").status_code == 200


def test_a_name_leads_back_to_its_referral_alone(db: None) -> None:
    with transaction.atomic():
        theirs, others = Names("AG-2345-6789"), Names("AG-2345-678A")
        name = theirs.name_of("RF-2345-6789")

        assert theirs.referral_of(name) == "RF-2345-6789"
        assert others.referral_of(name) == ""
        assert others.name_of("RF-2345-6789") != name


@pytest.mark.parametrize("needed", [True, False])
def test_gender_is_told_where_the_service_needs_it(
    needed: bool, sender: Member, receiver: Member, theirs: Partner
) -> None:
    service = make.make_service(agency=receiver.agency, needs_gender=needed)
    sent = make.make_sent(by=sender, service=service)

    patient = theirs.get(theirs.task(sent.code)["for"]["reference"]).json()

    assert patient.get("gender") == ("female" if needed else None)
    assert set(patient) - {"gender"} == {
        "resourceType", "id", "extension", "active", "address",
    }  # fmt: skip
    assert patient["extension"][:2] == [
        {"url": "urn:safehand:age-band", "valueCode": "30-38"},
        {"url": "urn:safehand:behaves-as-child", "valueBoolean": False},
    ]


@pytest.mark.parametrize(("stands_for", "told"), [("Feminine", "female"), ("", "other")])
def test_a_gender_that_was_added_goes_by_what_it_stands_for(
    stands_for: str, told: str, db: None
) -> None:
    home = make.make_agency(is_coordinating=True)
    admin = make.make_member(agency=home, role=Role.SYSTEM_ADMIN)
    if stands_for:
        labels = {"en": "Other words", "ru": "Другие слова", "be": "Іншыя словы"}
        agency_actions.add_code(
            name="prs_Gender", code="OtherWords", maps_to=stands_for, labels=labels, by=admin,
            at=timezone.now(),
        )  # fmt: skip

    card = {
        "age_band": "30-38", "behaves_as_child": False, "needs_interpreter": False,
        "gender": "OtherWords", "district": "", "languages": [],
    }  # fmt: skip

    assert resources.patient(card, name="A")["gender"] == told


def test_what_the_card_says_of_language_and_access(
    sender: Member, service: Service, theirs: Partner
) -> None:
    case = make.make_case(
        by=sender, languages=["bel", "rus"], needs_interpreter=True,
        access_needs=["wheelchair"],
    )  # fmt: skip
    make.make_consent(case=case, to=service.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)
    task = theirs.task(sending.send(code=draft.code, by=sender, at=timezone.now()).code)

    patient, request = (theirs.get(task[n]["reference"]).json() for n in ("for", "focus"))

    spoken = [each["language"]["coding"][0]["code"] for each in patient["communication"]]
    assert spoken == ["be", "ru"]
    assert [each.get("valueBoolean") for each in patient["extension"]] == [None, False, True]
    assert request["extension"] == [
        {"url": "urn:safehand:access-need", "valueCode": "wheelchair"}
    ]


@pytest.mark.parametrize("kind", ["Task", "ServiceRequest"])
def test_what_is_anothers_is_nothing(
    kind: str, sent: Referral, others: Partner, receiver: Member
) -> None:
    """A stranger, a colleague who was not named, and a role without any right to content."""
    colleague = Partner(make.make_member(agency=receiver.agency))
    admin = Partner(make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN))
    nobodys = "RF-2222-2222"

    for system in (others, colleague, admin):
        real, none = (system.get(f"{kind}/{code}").json() for code in (sent.code, nobodys))
        for each in (real, none):
            del each["issue"][0]["diagnostics"]
        assert real == none
        refusal(system.get(f"{kind}/{sent.code}"), 404, "not_found")
        assert "entry" not in system.get("Task").json()


def test_without_a_token_nothing_is_told(sent: Referral, receiver: Member) -> None:
    client = enter(Client(), receiver)
    assert client.get(f"/api/v1/referrals/{sent.code}/").status_code == 200

    answers = [
        client.get(f"/fhir/{path}", headers=headers)
        for path in ("Task", f"Task/{sent.code}", "Task?bad=1")
        for headers in ({}, {"Authorization": "Bearer shk_wrong"}, {"Authorization": "Bearer"})
    ]

    for each in answers:
        assert Partner.checked(each).status_code == 401
        assert (each.json()["issue"][0]["code"], each["WWW-Authenticate"]) == (
            "login",
            "Bearer",
        )


def test_a_withdrawn_consent_ends_it_at_once(
    accepted: Referral, theirs: Partner, sender: Member
) -> None:
    person_ = theirs.task(accepted.code)["for"]["reference"]
    consent = accepted.case.consents.get()

    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())

    refusal(theirs.get(person_), 404, "not_found")
    refusal(theirs.get(f"ServiceRequest/{accepted.code}"), 404, "not_found")
    task = theirs.task(accepted.code)
    assert (task["status"], "for" in task) == ("cancelled", False)
    assert task["statusReason"]["coding"][0]["code"] == "consent_ended"


def test_each_reading_is_in_the_log(sent: Referral, theirs: Partner, receiver: Member) -> None:
    task = theirs.task(sent.code)
    theirs.get(task["focus"]["reference"])
    theirs.get(task["for"]["reference"])
    theirs.get("Task")

    rows = AuditEvent.objects.filter(actor=receiver.username, event__in=["read.card", "list"])
    found = [
        (row.event, row.about, row.case, row.facts.get("part")) for row in rows.order_by("pk")
    ]
    case = sent.case.code
    assert found == [
        ("read.card", sent.code, case, "Task"),
        ("read.card", sent.code, case, "ServiceRequest"),
        ("read.card", sent.code, case, "Patient"),
        ("list", "", "", None),
    ]
    listed = rows.get(event="list").facts
    assert (listed["of"], listed["n"]) == ("tasks", 1)


def test_each_refusal_is_in_the_log(
    sent: Referral, others: Partner, ours: Partner, sender: Member
) -> None:
    task = ours.task(sent.code)
    others.get(f"Task/{sent.code}")
    ours.put(task, status="received")

    rows = AuditEvent.objects.filter(event="denied").order_by("pk")
    assert [(row.actor, row.about, row.facts["code"], row.facts["route"]) for row in rows] == [
        (others.member.username, sent.code, "not_found", "fhir/Task/<str:code>"),
        (sender.username, sent.code, "only_the_receiver_may_receive", "fhir/Task/<str:code>"),
    ]


def test_the_database_stands_behind_it(
    sent: Referral, receiver: Member, stranger: Member, theirs: Partner
) -> None:
    """With every filter of the program gone, a stranger's transaction still finds no row."""
    theirs.task(sent.code)

    def rows(member: Member) -> int:
        with transaction.atomic(), wall.acting(wall.member(member)):
            return Referral.objects.filter(code=sent.code).count()

    assert (rows(receiver), rows(stranger)) == (1, 0)


def test_a_consent_that_runs_out_ends_reading_in_that_moment(
    sent: Referral, theirs: Partner
) -> None:
    """Some seconds may pass before the clock takes the referral back."""
    task = theirs.task(sent.code)
    CaseAccess.objects.filter(source=sent.code).update(until=timezone.now())

    for name in ("focus", "for"):
        refusal(theirs.get(task[name]["reference"]), 404, "not_found")


def test_who_is_kept_apart_is_told_nothing(
    sent: Referral, theirs: Partner, sender: Member, receiver: Member
) -> None:
    recalling.exclude(
        code=sent.case.code, whom=Whom(member=receiver), reason="He knows her.", by=sender,
        at=timezone.now(),
    )  # fmt: skip

    refusal(theirs.get(f"Task/{sent.code}"), 404, "not_found")
    assert "entry" not in theirs.get("Task").json()


def test_answers_of_the_sender_are_not_read_after_the_end(
    sent: Referral, theirs: Partner, sender: Member, receiver: Member
) -> None:
    at = timezone.now()
    answering.request_info(code=sent.code, question="Where is she?", by=receiver, at=at)
    answering.answer_info(code=sent.code, answer="At her aunt's.", by=sender, at=at)
    assert "aunt" in str(theirs.task(sent.code))

    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=timezone.now())

    assert "aunt" not in str(theirs.task(sent.code))
