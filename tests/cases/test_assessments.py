"""Risks and needs: what is judged, what it sets going, and who reads it."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from agencies import codelists, jurisdiction
from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.actions import assessing, lifecycle
from cases.models import Assessment, Case, TimelineEntry
from demo import builders as make
from kernel.errors import Denied, Invalid
from notify.models import Clock
from referral.models import Referral

NEED = {"area": "housing", "level": "urgent", "wants_help": "yes"}
BODY: dict[str, Any] = {
    "risk": "high",
    "factors": ["individual.risk.debt", "household.protective.safe_home"],
    "needs": [NEED | {"words": "A bed tonight"}, NEED | {"area": "documents"}],
    "words": "Tired, and afraid of a man called Snegir.",
}


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


def assessed(case: Case, by: Member, at: dt.datetime | None = None, **more: Any) -> Assessment:
    return assessing.assess(code=case.code, **(BODY | more), by=by, at=at or timezone.now())


def clocks(case: Case) -> list[tuple[str, bool]]:
    """The clocks of assessing and planning, and whether each still runs."""
    rows = Clock.objects.filter(case=case.code, purpose__in=["assessment", "plan"])
    return [(clock.purpose, clock.stopped_at is None) for clock in rows.order_by("pk")]


def test_what_is_judged_is_read_by_the_owners_side(
    case: Case, sender: Member, signed_in: Any
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    url = f"cases/{case.code}/assessments/"

    made = signed_in(sender).post(url, BODY)
    later = signed_in(boss).post(url, {"risk": "low"})
    listed = signed_in(boss).get(url).json()["results"]

    assert (made.status_code, later.status_code) == (201, 201)
    shown = made.json()
    assert {name: shown[name] for name in ("risk", "factors", "words", "case", "made_by")} == {
        **{name: BODY[name] for name in ("risk", "factors", "words")},
        "case": case.code,
        "made_by": sender.username,
    }
    assert shown["needs"] == [BODY["needs"][0], BODY["needs"][1] | {"words": ""}]
    assert [later.json()[name] for name in ("factors", "needs", "words")] == [[], [], ""]
    expected = [later.json(), shown]
    for each in expected:
        del each["entitled"]
    assert listed == expected


def test_the_risk_is_the_cases_from_now_on(case: Case, sender: Member) -> None:
    before = Case.objects.get(pk=case.pk)

    made = assessed(case, sender)

    after = Case.objects.get(pk=case.pk)
    assert (before.risk, after.risk, after.version - before.version) == ("medium", "high", 1)
    entry = TimelineEntry.objects.get(event="case.assessed")
    assert (entry.about, entry.facts) == (made.code, {"risk": "high"})


def test_words_and_needs_are_sealed_and_each_reading_is_logged(
    case: Case, sender: Member
) -> None:
    made = assessed(case, sender)

    said = assessing.read(case=case, assessments=[made], by=sender)

    assert said[made.code]["words"] == BODY["words"]
    for word in (b"Snegir", b"housing", b"debt"):
        assert word not in bytes(made.content)
    logged = AuditEvent.objects.get(event="read.assessments")
    assert (logged.about, logged.case) == (case.person.code, case.code)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"factors": ["individual.risk.debt", "luck"]}, "/factors/1", "unknown_code"),
    ({"needs": [NEED, NEED | {"area": "moon"}]}, "/needs/1/area", "unknown_code"),
    ({"needs": [NEED | {"level": "5"}]}, "/needs/0/level", "unknown_code"),
    ({"needs": [NEED | {"wants_help": "maybe"}]}, "/needs/0/wants_help", "unknown_code"),
    ({"needs": [NEED, NEED | {"level": "none"}]}, "/needs/1/area", "area_twice"),
    ({"needs": [{"area": "housing", "level": "none"}]}, "/needs/0/wants_help", "required"),
    ({"risk": "enormous"}, "/risk", "invalid_choice"),
    ({"words": "x" * 4001}, "/words", "max_length"),
]


@pytest.mark.parametrize(("more", "pointer", "code"), WRONG)
def test_faults_are_pointed_at(
    more: dict[str, Any], pointer: str, code: str, case: Case, sender: Member, signed_in: Any
) -> None:
    answer = signed_in(sender).post(f"cases/{case.code}/assessments/", BODY | more)

    assert answer.status_code == 400
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    assert Assessment.objects.count() == 0
    assert Case.objects.get(pk=case.pk).risk == "medium"


def test_a_need_without_its_area_is_refused_below_the_edge_too(
    case: Case, sender: Member
) -> None:
    with pytest.raises(Invalid) as fault:
        assessed(case, sender, needs=[{"level": "none", "wants_help": "no"}])

    assert (fault.value.code, fault.value.pointer) == ("required", "/needs/0/area")


@pytest.mark.django_db
def test_factors_are_of_a_level_and_a_kind() -> None:
    codes = [code.split(".") for code in codelists.entries("factor")]

    assert {len(parts) for parts in codes} == {3}
    assert {level for level, _, _ in codes} == {
        "individual",
        "household",
        "community",
        "structural",
    }
    assert {kind for _, kind, _ in codes} == {"risk", "protective"}


@pytest.mark.parametrize(("risk", "days"), [("high", 1), ("medium", 7), ("unknown", 7)])
def test_opening_a_case_starts_the_clock_of_its_assessment(
    risk: str, days: int, sender: Member
) -> None:
    at = timezone.now()
    case = lifecycle.register(source="self", risk=risk, person={}, by=sender, at=at)
    before = clocks(case)

    lifecycle.open_case(code=case.code, by=sender, at=at)

    clock = Clock.objects.get(case=case.code)
    assert (before, clock.purpose, clock.subject) == ([], "assessment", case.code)
    assert (clock.due_at - at, clock.assignee) == (dt.timedelta(days=days), sender)
    assert {row.due_at for row in case.access.all()} == {clock.due_at}


def test_an_assessment_stops_its_clock_and_starts_the_plans_once(
    case: Case, sender: Member
) -> None:
    at = timezone.now()
    assert clocks(case) == [("assessment", True)]

    assessed(case, sender, at)
    first = clocks(case)
    plan = Clock.objects.get(case=case.code, purpose="plan")
    assessed(case, sender, at + dt.timedelta(hours=1))
    again = clocks(case)
    plan.stopped_at = at
    plan.save()
    assessed(case, sender, at + dt.timedelta(hours=2))

    law = jurisdiction.current().clocks.plan
    assert plan.due_at == at + dt.timedelta(hours=law.hours)
    assert first == again == [("assessment", False), ("plan", True)]
    assert clocks(case) == [("assessment", False), ("plan", False)]


def test_a_case_that_was_assessed_as_a_draft_is_not_asked_for_it_again(sender: Member) -> None:
    case = make.make_case(by=sender, open_=False)
    assessed(case, sender)

    lifecycle.open_case(code=case.code, by=sender, at=timezone.now())

    assert clocks(case) == [("plan", True)]


@pytest.mark.parametrize(
    ("band", "shelters"),
    [
        ("9-17", [(["child_protection", "shelter_ngo"], 183)]),
        ("unknown", [(["health"], None), (["child_protection", "shelter_ngo"], 183)]),
        ("30-38", [(["shelter_ngo", "territorial_centre"], None)]),
    ],
)
def test_the_answer_says_what_the_law_gives(
    band: str, shelters: list[Any], sender: Member, signed_in: Any
) -> None:
    case = make.make_case(by=sender, age_band=band)

    body = signed_in(sender).post(f"cases/{case.code}/assessments/", BODY).json()

    entitled = body["entitled"]
    found = [
        (each["providers"], each["longest_days"])
        for each in entitled
        if each["type"] == "SHELTER_EMERGENCY"
    ]
    assert found == shelters
    assert {"type": "LEGAL_AID", "ages": [0, 130], "source": "Law No. 350-Z, art. 20", "providers": [],
            "longest_days": None} in entitled  # fmt: skip


def test_nobody_but_the_owners_side_reads_or_judges(
    accepted: Referral, sender: Member, receiver: Member, stranger: Member, signed_in: Any
) -> None:
    made = assessed(accepted.case, sender)
    url = f"cases/{accepted.case.code}/assessments/"

    for member in (receiver, stranger, make.make_member(agency=sender.agency)):
        client = signed_in(member)
        assert [client.get(url).status_code, client.post(url, BODY).status_code] == [404, 404]
        with pytest.raises(Denied):
            assessing.read(case=accepted.case, assessments=[made], by=member)
        with pytest.raises(Denied):
            assessed(accepted.case, member)
    assert Assessment.objects.count() == 1


def test_a_closed_case_is_not_judged_any_more(case: Case, sender: Member) -> None:
    Case.objects.filter(pk=case.pk).update(
        state="closed", closed_at=timezone.now(), closure="other"
    )

    with pytest.raises(Denied, match="case_is_closed"):
        assessed(case, sender)


def test_a_judgement_sent_twice_is_one(case: Case, sender: Member, signed_in: Any) -> None:
    client, url = signed_in(sender), f"cases/{case.code}/assessments/"

    answers = [client.post(url, BODY, HTTP_IDEMPOTENCY_KEY="once") for _ in range(2)]

    assert [a.status_code for a in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert Assessment.objects.count() == 1
