"""What is learned later changes the way: of an age, of an agency to be kept apart, of a lost yes."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import Role
from cases import policy as case_policy
from cases.actions import override
from cases.apart import Whom
from cases.models import Case
from demo import builders as make
from identification.actions import deciding, knowing, submitting
from identification.models import Identification
from kernel.errors import Denied, Refused
from kernel.groups import DataGroup
from notify.models import Clock, Task
from referral.actions import closing, recalling

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
REASONS = "Her papers were kept and her wages withheld for a year."


def state_of(case: Case) -> str:
    return Identification.objects.get(case=case).state


def learn_age(case: Case, band: str, by: Member) -> None:
    case = Case.objects.select_related("person", "owner").get(pk=case.pk)
    knowing.change_facts(
        case=case, facts={"age_band": band}, version=case.person.version, by=by,
        at=timezone.now(),
    )  # fmt: skip


def decide(act: Any, case: Case, by: Member) -> Any:
    return act(code=case.code, reasons=REASONS, evidence=[], by=by, at=timezone.now())


@pytest.mark.parametrize("band", ["9-17", "unknown"])
def test_a_child_is_taken_off_an_adults_way(band: str, case: Case, sender: Member) -> None:
    make.make_screening(case=case, by=sender)
    submitting.decline(code=case.code, anonymous=None, by=sender, at=timezone.now())

    learn_age(case, band, sender)

    assert state_of(case) == "screening"
    task = Task.objects.get(kind="age_was_learned")
    assert (task.assignee, task.case) == (sender, case.code)


def test_a_day_of_birth_is_learned_age_too(case: Case, sender: Member) -> None:
    make.make_screening(case=case, by=sender)
    submitting.decline(code=case.code, anonymous=None, by=sender, at=timezone.now())
    born = make.today() - 15 * 366 * DAY

    knowing.write_group(
        case=case, group=DataGroup.IDENTITY, by=sender, at=timezone.now(),
        values={**make.IDENTITY, "prs_Birthdate": born.isoformat()},
    )  # fmt: skip

    assert state_of(case) == "screening"


def test_a_child_submitted_as_an_adult_is_taken_back(
    submitted: Case, sender: Member, officer: Member
) -> None:
    learn_age(submitted, "9-17", sender)

    assert state_of(submitted) == "screening"
    assert case_policy.groups(officer, submitted) == set()
    assert not Clock.objects.filter(purpose="decision", stopped_at__isnull=True).exists()
    assert Task.objects.filter(kind="age_was_learned").count() == 1


def test_an_adult_submitted_without_their_own_yes_is_taken_back(
    sender: Member, authority: Agency, officer: Member
) -> None:
    child = make.make_case(by=sender, age_band="9-17")
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    make.make_screening(case=child, by=sender)
    asked = override.ask(
        code=child.code, agency=authority, groups=[DataGroup.TRIAGE, DataGroup.SCREENING],
        ground="child_protection_duty", reason="The parents are among the suspects here.",
        by=sender, at=timezone.now(),
    )  # fmt: skip
    recalling.decide_override(code=asked.code, approve=True, by=boss, at=timezone.now())
    submitting.submit(
        code=child.code, authority=authority, best_interest=REASONS, by=sender,
        at=timezone.now(),
    )  # fmt: skip
    assert case_policy.groups(officer, child) == {DataGroup.TRIAGE, DataGroup.SCREENING}

    learn_age(child, "30-38", sender)

    assert state_of(child) == "screening"
    assert case_policy.groups(officer, child) == set()
    assert not Clock.objects.filter(purpose="guardian", stopped_at__isnull=True).exists()


def test_a_child_learned_of_in_reflection_gets_a_guardian(
    submitted: Case, sender: Member, officer: Member
) -> None:
    decide(deciding.recognise, submitted, officer)

    learn_age(submitted, "9-17", sender)
    learn_age(submitted, "unknown", sender)

    assert state_of(submitted) == "possible"
    assert Clock.objects.filter(purpose="guardian", stopped_at__isnull=True).count() == 1
    assert Task.objects.filter(kind="appoint_guardian", done_at__isnull=True).count() == 1


def test_an_authority_that_is_kept_apart_reads_nothing_from_then_on(
    submitted: Case, sender: Member, authority: Agency, officer: Member
) -> None:
    recalling.exclude(
        code=submitted.code, whom=Whom(agency=authority), by=sender, at=timezone.now()
    )

    assert state_of(submitted) == "screening"
    assert case_policy.groups(officer, submitted) == set()
    make.make_consent(
        case=submitted, to=authority, by=sender, groups=[DataGroup.SCREENING],
        purpose="identification",
    )  # fmt: skip
    assert case_policy.groups(officer, submitted) == set()
    with pytest.raises(Refused, match="not_possible"):
        submitting.submit(
            code=submitted.code, authority=authority, best_interest="", by=sender,
            at=timezone.now(),
        )  # fmt: skip


def test_no_other_look_by_an_authority_that_is_kept_apart(
    submitted: Case, sender: Member, authority: Agency, officer: Member
) -> None:
    decide(deciding.reject, submitted, officer)
    recalling.exclude(
        code=submitted.code, whom=Whom(agency=authority), by=sender, at=timezone.now()
    )

    with pytest.raises(Refused, match="not_possible"):
        submitting.reconsider(
            code=submitted.code, new_evidence=REASONS, by=sender, at=timezone.now()
        )
    assert state_of(submitted) == "not_confirmed"


def test_who_said_no_does_not_conclude_after_another_look(
    submitted: Case, sender: Member, authority: Agency, officer: Member
) -> None:
    other = make.make_officer(authority=authority)
    decide(deciding.reject, submitted, officer)
    submitting.reconsider(
        code=submitted.code, new_evidence=REASONS, by=sender, at=timezone.now()
    )
    decide(deciding.recognise, submitted, other)

    with time_machine.travel(timezone.now() + 30 * DAY):
        with pytest.raises(Denied, match="reconsidered_by_another"):
            decide(deciding.reject, submitted, officer)
        assert decide(deciding.confirm, submitted, other).state == "confirmed"


def test_who_worked_the_case_once_does_not_decide_on_it(
    sender: Member, authority: Agency, officer: Member
) -> None:
    case = make.make_case(by=sender)
    make.make_submitted(case=case, by=sender, authority=authority)
    case.timeline.create(
        happened_at=timezone.now(), event="note.written", actor=officer.username
    )

    with pytest.raises(Denied, match="decider_was_the_interviewer"):
        decide(deciding.recognise, case, officer)


def test_without_consent_officers_do_not_even_keep_the_code(
    submitted: Case, sender: Member, officer: Member, authority: Agency, signed_in: Any
) -> None:
    decide(deciding.recognise, submitted, officer)
    boss = signed_in(make.make_member(agency=authority, role=Role.SUPERVISOR))
    assert [row["purpose"] for row in signed_in(officer).get("clocks/").json()["results"]] == [
        "reflection"
    ]
    assert boss.get("clocks/").json()["results"] == []
    consent = submitted.consents.get(scopes__purpose="identification", scopes__group="triage")

    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())

    assert signed_in(officer).get("clocks/").json()["results"] == []
    assert boss.get("clocks/").json()["results"] == []


def test_an_override_in_force_keeps_a_case_open(sender: Member, authority: Agency) -> None:
    case = make.make_case(by=sender)
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    asked = override.ask(
        code=case.code, agency=authority, groups=[DataGroup.TRIAGE], ground="court_order",
        reason="The court has ordered that it be shown.", by=sender, at=timezone.now(),
    )  # fmt: skip
    recalling.decide_override(code=asked.code, approve=True, by=boss, at=timezone.now())
    words: Any = {"code": case.code, "closure": "not_a_victim", "by": boss}

    with pytest.raises(Refused, match="checklist_overrides_ended"):
        closing.close(**words, at=timezone.now())
    recalling.end_override(code=asked.code, by=boss, at=timezone.now())
    assert closing.close(**words, at=timezone.now()).state == "closed"


def test_a_no_is_told_before_the_case_is_closed_over_it(
    submitted: Case, sender: Member, officer: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    decide(deciding.reject, submitted, officer)
    for consent in submitted.consents.filter(state="active"):
        recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())

    with pytest.raises(Refused, match="checklist_decisions_told"):
        closing.close(code=submitted.code, closure="not_a_victim", by=boss, at=timezone.now())
    assert (
        closing.close(
            code=submitted.code, closure="lost_contact", by=boss, at=timezone.now()
        ).state
        == "closed"
    )
