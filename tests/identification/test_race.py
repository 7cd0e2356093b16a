"""Two who act on one identification at once: exactly one wins, and no consent is overtaken."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Agency, Member
from cases import policy as case_policy
from cases.models import Case, Consent
from demo import builders as make
from identification.actions import deciding, screening, submitting
from identification.models import Decision, Identification
from identification.tasks import turn
from kernel.groups import DataGroup
from notify.models import Clock
from referral.actions import recalling
from referral.queries import expected_access, stored_access
from tests.referral.test_race import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(4)
REASONS = "Her papers were kept and her wages withheld for a year."


def decide(act: Callable[..., Any], case: Case, by: Member) -> Callable[[], str]:
    words: dict[str, Any] = {"code": case.code, "reasons": REASONS, "evidence": []}
    return lambda: str(act(**words, by=by, at=timezone.now()).state)


def consent_of(case: Case) -> Consent:
    return case.consents.get(scopes__purpose="identification", scopes__group="triage")


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_officers_decide_at_once(
    _round: int, submitted: Case, authority: Agency, officer: Member
) -> None:
    other = make.make_officer(authority=authority)

    outcomes = at_once(
        decide(deciding.recognise, submitted, officer),
        decide(deciding.reject, submitted, other),
    )

    state = Identification.objects.get(case=submitted).state
    assert sorted(outcomes) in (
        sorted(["possible", "cannot_reject_when_possible"]),
        # A no takes the case off the desk: nobody is its officer any more.
        sorted(["not_confirmed", "only_an_officer_decides"]),
        # In reflection a second no is too early.
        sorted(["possible", "reflection_period_runs"]),
    )
    assert state in outcomes
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_decision_and_a_withdrawal_at_once(
    _round: int, submitted: Case, officer: Member, sender: Member
) -> None:
    consent = consent_of(submitted)

    decided, withdrawn = at_once(
        decide(deciding.recognise, submitted, officer),
        lambda: str(
            recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now()).state
        ),
    )

    state = Identification.objects.get(case=submitted).state
    assert withdrawn == "withdrawn"
    assert (decided, state) in {
        ("possible", "possible"), ("only_an_officer_decides", "screening"),
    }  # fmt: skip
    assert case_policy.groups(officer, submitted) == set()
    submitted.refresh_from_db()
    now = timezone.now()
    assert expected_access(submitted, at=now) == stored_access(submitted, at=now)


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_submission_and_a_withdrawal_at_once(
    _round: int, case: Case, officer: Member, authority: Agency, sender: Member
) -> None:
    make.make_screening(case=case, by=sender)
    consent = make.make_consent(
        case=case, to=authority, by=sender, groups=[DataGroup.SCREENING],
        purpose="identification",
    )  # fmt: skip

    submitted, _ = at_once(
        lambda: str(
            submitting.submit(
                code=case.code, authority=authority, best_interest="", by=sender,
                at=timezone.now(),
            ).state
        ),
        lambda: recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now()),
    )  # fmt: skip

    assert submitted in {"submitted", "no_consent"}
    assert Identification.objects.get(case=case).state == "screening"
    assert case_policy.groups(officer, case) == set()
    assert not Clock.objects.filter(purpose="decision", stopped_at__isnull=True).exists()


def test_two_timers_end_one_reflection_once(
    submitted: Case, officer: Member, sender: Member
) -> None:
    decide(deciding.recognise, submitted, officer)()
    ended = timezone.now() - dt.timedelta(seconds=1)
    Identification.objects.update(
        reflection_began_at=ended - dt.timedelta(days=30),
        reflection_earliest_end=ended,
        reflection_ends_at=ended,
    )
    Clock.objects.filter(purpose="reflection").update(due_at=ended)

    at_once(*[turn] * 4)

    running = Clock.objects.filter(case=submitted.code, stopped_at__isnull=True)
    purposes = sorted(running.values_list("purpose", flat=True))
    assert [p for p in purposes if p in {"reflection", "conclusion"}] == ["conclusion"]
    over = submitted.timeline.filter(event="identification.reflection_over")
    assert over.count() == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_corrections_at_once(_round: int, case: Case, sender: Member) -> None:
    old = make.make_screening(case=case, by=sender)

    outcomes = at_once(
        *[lambda: screening.correct(code=old.code, by=sender, at=timezone.now()).state] * 2
    )

    assert sorted(outcomes) == ["draft", "screening_is_corrected"]


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_forms_begun_at_once_make_one_identification(
    _round: int, case: Case, sender: Member
) -> None:
    def begin(instrument: str) -> Callable[[], str]:
        return lambda: screening.begin(
            code=case.code, instrument=instrument, agreed=True, language="",
            with_interpreter=False, by=sender, at=timezone.now(),
        ).state  # fmt: skip

    outcomes = at_once(begin("forced_labour_11"), begin("ilo_adult_labour"))

    assert outcomes == ["draft", "draft"]
    assert Identification.objects.get().state == "screening"
    begun = case.timeline.filter(event="identification.begin")
    assert begun.count() == 1
