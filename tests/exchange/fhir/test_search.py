"""A search for Tasks: what was sent to us and what we sent, cut by state and by what is new."""

import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Member, Service
from agencies.roles import Role
from demo import builders as make
from referral.models import Referral
from tests.exchange.fhir.partner import Partner, decline, refusal

HERE = f"{settings.PUBLIC_URL}/fhir/"


def codes(answer: Any) -> list[str]:
    return [each["resource"]["id"] for each in answer.json().get("entry", [])]


@pytest.fixture
def three(sender: Member, service: Service) -> list[str]:
    """Three referrals, the newest first."""
    return [make.make_sent(by=sender, service=service).code for _ in range(3)][::-1]


def test_what_was_sent_to_us_is_found_newest_first(
    three: list[str], theirs: Partner, ours: Partner, others: Partner
) -> None:
    assert codes(theirs.get("Task")) == three
    assert codes(theirs.get(f"Task?owner={theirs.member.agency.code}")) == three
    assert codes(ours.get("Task")) == codes(others.get("Task")) == []


def test_what_we_sent_is_found_by_its_requester(
    three: list[str], theirs: Partner, ours: Partner, others: Partner
) -> None:
    us, them = ours.member.agency.code, theirs.member.agency.code

    assert codes(ours.get(f"Task?requester=Organization/{us}")) == three
    assert codes(ours.get(f"Task?requester={us}&owner={them}")) == three
    assert codes(ours.get(f"Task?requester={us}&owner={us}")) == []
    assert codes(theirs.get(f"Task?requester={us}")) == three
    assert codes(theirs.get(f"Task?requester={others.member.agency.code}")) == []
    assert codes(theirs.get(f"Task?owner={us}")) == []
    assert codes(others.get(f"Task?requester={us}")) == []


def test_a_supervisor_finds_what_the_agency_sent(three: list[str], ours: Partner) -> None:
    agency = ours.member.agency
    boss = Partner(make.make_member(agency=agency, role=Role.SUPERVISOR))

    assert codes(boss.get(f"Task?requester={agency.code}")) == three


def test_an_entry_is_a_part_of_its_task(sent: Referral, theirs: Partner) -> None:
    whole = theirs.task(sent.code)

    found = theirs.get("Task").json()

    (entry,) = found["entry"]
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
           "code": "SUBSETTED"}  # fmt: skip
    assert entry["resource"] == whole | {"meta": whole["meta"] | {"tag": [tag]}}
    assert entry["fullUrl"] == f"{HERE}Task/{sent.code}"
    assert found["link"] == [{"relation": "self", "url": f"{HERE}Task"}]


def test_states_are_found_alone_and_together(three: list[str], theirs: Partner) -> None:
    theirs.answer(three[0], "received")
    theirs.answer(three[1], "rejected", statusReason=decline())

    assert codes(theirs.get("Task?status=received")) == three[:1]
    assert codes(theirs.get("Task?status=received,rejected")) == three[:2]
    assert codes(theirs.get("Task?status=requested")) == three[2:]
    assert codes(theirs.get("Task?status=completed,failed,cancelled")) == []


def test_what_is_new_is_found(three: list[str], theirs: Partner) -> None:
    before = timezone.now()
    answered = theirs.answer(three[1], "received").json()
    changed = answered["meta"]["lastUpdated"]

    def found(*compared: str) -> list[str]:
        return codes(
            theirs.get("Task?" + "&".join(f"_lastUpdated={quote(c)}" for c in compared))
        )

    assert before <= dt.datetime.fromisoformat(changed) <= timezone.now()
    assert found(f"ge{before.isoformat()}") == found(f"ge{changed}") == three[1:2]
    assert found(f"gt{changed}") == []
    assert found(f"lt{changed}") == [three[0], three[2]]
    assert found(f"ge{before.isoformat()}", f"le{changed}") == three[1:2]
    assert found(f"ge{before.isoformat()}", f"lt{changed}") == []
    assert found("ge2026-01-01") == three
    assert found("lt2026-01-01") == []


def test_pages_follow_each_other(three: list[str], theirs: Partner) -> None:
    first = theirs.get("Task?_count=2&status=requested")
    onward = {link["relation"]: link["url"] for link in first.json()["link"]}["next"]
    second = theirs.get(onward.removeprefix(HERE))

    assert (codes(first), codes(second)) == (three[:2], three[2:])
    assert "status=requested" in onward
    assert [link["relation"] for link in second.json()["link"]] == ["self"]
    assert [link["relation"] for link in theirs.get("Task?_count=3").json()["link"]] == ["self"]


@pytest.mark.parametrize(
    ("query", "code", "place"),
    [
        ("patient=1", "unknown_parameter", "http.patient"),
        ("_include=Task:focus", "unknown_parameter", "http._include"),
        ("status:not=requested", "unknown_parameter", "http.status:not"),
        ("_sort=-_lastUpdated", "unknown_parameter", "http._sort"),
        ("status=requested,unheard", "unknown_code", "http.status"),
        ("status=%20requested", "unknown_code", "http.status"),
        ("_count=0", "count_out_of_range", "http._count"),
        ("_count=51", "count_out_of_range", "http._count"),
        ("_count=٣", "count_out_of_range", "http._count"),
        ("_count=-1", "count_out_of_range", "http._count"),
        ("_lastUpdated=2026-01-01T00:00:00Z", "not_a_moment", "http._lastUpdated"),
        ("_lastUpdated=ge2026-01-01T00:00:00", "not_a_moment", "http._lastUpdated"),
        ("_lastUpdated=gt2026-01-01", "not_a_moment", "http._lastUpdated"),
        ("_lastUpdated=ge2026-02-30T00:00:00Z", "not_a_moment", "http._lastUpdated"),
        ("_lastUpdated=geyesterday", "not_a_moment", "http._lastUpdated"),
        ("owner=Patient/1", "unknown_agency", "http.owner"),
    ],
)
def test_a_search_that_is_not_known_is_refused(
    query: str, code: str, place: str, theirs: Partner
) -> None:
    refusal(theirs.get(f"Task?{query}"), 400, code, place)


@pytest.mark.parametrize(
    ("query", "code"),
    [("after=x", "cursor_malformed"), ("status=a&status=b", "parameter_repeated"),
     ("status=%00", "null_characters_not_allowed")],
)  # fmt: skip
def test_a_search_that_cannot_be_read_is_refused(
    query: str, code: str, theirs: Partner
) -> None:
    refusal(theirs.get(f"Task?{query}"), 400, code)


def test_a_search_asks_as_often_for_three_as_for_one(
    sent: Referral, sender: Member, service: Service, theirs: Partner
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            theirs.get("Task")
        return len(queries)

    theirs.get("Task")
    one = asked()
    for _ in range(2):
        make.make_sent(by=sender, service=service)

    assert asked() == one
    assert len(codes(theirs.get("Task"))) == 3
