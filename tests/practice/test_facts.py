"""What stands in a case, as facts: of an empty space, and of a case in which much has happened."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Member
from demo import builders as make
from kernel.groups import DataGroup
from practice.facts import facts
from practice.vocabulary import NONE, OF_CASE, Kind, about, fact
from referral.actions import recalling

pytestmark = pytest.mark.django_db

EMPTY: dict[Kind, Any] = {
    Kind.FLAG: False, Kind.NUMBER: 0, Kind.CODE: NONE, Kind.CODES: frozenset(),
}  # fmt: skip


def test_without_a_case_every_fact_says_so(sender: Member, receiver: Member) -> None:
    numbers = {"own": sender.agency_id, "shelter": receiver.agency_id}

    found = facts(numbers, at=timezone.now())

    kinds = {name: fact(name, numbers) for name in found}
    assert None not in kinds.values()
    assert found == {name: EMPTY[named.kind] for name, named in kinds.items() if named}
    # None of one's own agency: nobody refers to oneself.
    assert {name for name in found if "own" in name.split(".")} == set()


def test_of_a_case_that_was_referred(sender: Member, receiver: Member) -> None:
    service = make.make_service(agency=receiver.agency)
    sent = make.make_sent(by=sender, service=service)
    numbers = {"own": sender.agency_id, "shelter": receiver.agency_id}

    with CaptureQueriesContext(connection) as asked:
        found = facts(numbers, at=timezone.now())

    assert len(asked) <= 6
    said = {
        "case.count": 1, "case.state": "open", "case.risk": "medium",
        "case.source": "social_worker",
        "person.age": "30-38", "person.gender": "Feminine", "person.district": True,
        "groups.written": frozenset({"identity", "contact", "safety"}),
        "consent.count": 1, "consent.given_by": frozenset({"self"}),
        "referrals.sent": frozenset({"shelter"}), "referrals.live": frozenset({"shelter"}),
        "consent.shelter": "active",
        "consent.shelter.groups": frozenset({"triage", "identity", "contact", "safety"}),
        "consent.shelter.purposes": frozenset({"service"}),
        "referral.shelter": "sent", "referral.shelter.count": 1,
        "referral.shelter.urgency": "urgent", "referral.shelter.purpose": "service",
        "referral.shelter.service": "SHELTER_EMERGENCY",
        "referral.shelter.groups": frozenset({"triage", "identity", "contact", "safety"}),
    }  # fmt: skip
    empty = {name: EMPTY[fact(name, numbers).kind] for name in found}
    happened = found.pop("case.happened")
    assert found == {n: v for n, v in (empty | said).items() if n != "case.happened"}
    assert {"case.registered", "referral.send", "consent.give"} <= set(happened)  # type: ignore[arg-type]  # codes
    assert sent.case.code != ""


def test_what_is_withdrawn_is_allowed_no_more(sender: Member, receiver: Member) -> None:
    service = make.make_service(agency=receiver.agency)
    sent = make.make_sent(by=sender, service=service)
    numbers = {"own": sender.agency_id, "shelter": receiver.agency_id}
    consent = sent.case.consents.get()

    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())

    found = facts(numbers, at=timezone.now())
    assert {name: found[name] for name in (
        "consent.count", "consent.withdrawn", "consent.shelter", "consent.shelter.groups",
        "referral.shelter", "referral.shelter.withdrawn_because", "referral.shelter.ended",
        "referrals.sent", "referrals.live",
    )} == {
        "consent.count": 0, "consent.withdrawn": 1, "consent.shelter": "withdrawn",
        "consent.shelter.groups": frozenset(), "referral.shelter": "withdrawn",
        "referral.shelter.withdrawn_because": "consent_ended",
        "referral.shelter.ended": frozenset({"withdrawn"}),
        "referrals.sent": frozenset({"shelter"}), "referrals.live": frozenset(),
    }  # fmt: skip


def test_a_case_is_named_or_it_is_the_newest_of_these_agencies(
    sender: Member, receiver: Member
) -> None:
    first = make.make_case(by=sender, open_=False)
    make.make_case(by=sender)
    make.make_case(by=make.make_member(), age_band="48+")
    numbers = {"own": sender.agency_id, "shelter": receiver.agency_id}
    at = timezone.now()

    newest, named = facts(numbers, at=at), facts(numbers, case=first.code, at=at)

    assert (newest["case.state"], newest["person.age"]) == ("open", "30-38")
    assert (named["case.state"], named["case.count"]) == ("draft", 2)


def test_screening_and_submission(sender: Member) -> None:
    authority = make.make_authority()
    case = make.make_case(by=sender)
    make.make_submitted(case=case, by=sender, authority=authority, groups=[DataGroup.SCREENING])
    numbers = {"own": sender.agency_id, "police": authority.pk}

    found = facts(numbers, at=timezone.now())

    assert {name: found[name] for name in (
        "screening.state", "screening.count", "screening.asked", "screening.asked_again",
        "screening.instruments", "identification.state", "identification.authority",
        "identification.results", "consent.police.purposes", "consent.police.groups",
    )} == {
        "screening.state": "submitted", "screening.count": 1, "screening.asked": 1,
        "screening.asked_again": 0, "screening.instruments": frozenset({"forced_labour_11"}),
        "identification.state": "submitted", "identification.authority": frozenset({"police"}),
        "identification.results": frozenset(),
        "consent.police.purposes": frozenset({"identification"}),
        "consent.police.groups": frozenset({"triage", "screening"}),
    }  # fmt: skip


def test_a_name_of_an_agency_is_put_together_as_it_is_taken_apart() -> None:
    assert about("referral", "shelter") == "referral.shelter"
    assert about("referral.urgency", "shelter") == "referral.shelter.urgency"
    assert fact("referral.shelter.urgency", {"shelter"}) is not None
    assert fact("referral.police.urgency", {"shelter"}) is None
    assert fact("referral.own", {"own"}) is None
    assert fact("case.state", set()) is OF_CASE["case.state"]
