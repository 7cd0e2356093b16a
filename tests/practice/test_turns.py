"""The scripted partners, and what is given: each act once, in its time, by the real action."""

import datetime as dt
import json
from typing import Any

import pytest

from cases.models import Case
from demo import builders as make
from kernel.errors import Denied
from practice import scenarios, turns
from practice.acts import play, spoken
from practice.scenarios import Said
from referral.actions import sending
from referral.models import Referral
from tests.practice.player import Run
from tests.practice.test_scenarios import WHOLE, WORDS

pytestmark = pytest.mark.django_db

MEETS = {"meets_hours": 1, "place": WORDS, "who_meets": WORDS}
GIVEN: list[dict[str, Any]] = [
    {"act": "log", "source": "self", "risk": "low", "person": {"age_band": "30-38"}},
    {"act": "open"},
    {"act": "consent", "to": "shelter", "groups": [], "language": "bel"},
    {
        "act": "refer", "to": "shelter", "service": "SHELTER_EMERGENCY", "groups": [],
        "urgency": "urgent",
    },
]  # fmt: skip


def run_of(*taken: dict[str, Any], given: list[dict[str, Any]] = GIVEN, own: Any = ()) -> Run:
    """A case that was referred to a shelter whose member takes these turns."""
    said = json.loads(json.dumps(WHOLE)) | {"given": given}
    said["agencies"][1]["turns"] = list(taken)
    said["agencies"][0]["turns"] = list(own)
    assert list(scenarios.faults(said)) == []
    return Run(scenarios._made(said), language="be")


def state_of(run: Run) -> str:
    return str(run.facts()["referral.shelter"])


def test_a_case_that_is_given_belongs_to_the_learner() -> None:
    run = run_of({"act": "stay_silent"})
    learner = run.stage.cast["learner"]

    assert Case.objects.get(code=run.stage.case).worker == learner
    assert Referral.objects.get().sent_by == run.stage.cast["own"]


def test_a_turn_is_taken_in_its_time_and_once() -> None:
    run = run_of({"act": "decline", "after_hours": 3, "reason": "no_capacity"})

    run.wait(2)
    early, due = state_of(run), turns.next_at(run.scenario, run.stage)
    run.wait(1)

    assert (early, state_of(run)) == ("sent", "declined")
    assert Referral.objects.get().ended_at == due
    assert turns.take(run.scenario, run.stage) == []
    assert turns.next_at(run.scenario, run.stage) is None


def test_who_asks_waits_for_the_answer() -> None:
    run = run_of(
        {"act": "ask", "after_hours": 1, "words": WORDS},
        {"act": "accept", "after_hours": 2, **MEETS},
    )
    run.wait(6)
    asked = (state_of(run), run.facts()["referral.shelter.asked"])

    run.do({"act": "answer", "to": "shelter", "words": "She does."})
    run.wait(2)

    assert asked == ("info_requested", True)
    assert (state_of(run), run.facts()["referral.shelter.handover"]) == ("accepted", "planned")


def test_nobody_is_met_before_both_sides_have_agreed() -> None:
    run = run_of(
        {"act": "accept", "after_hours": 1, **MEETS}, {"act": "contact", "after_hours": 1}
    )
    run.wait(9)
    alone = state_of(run)

    run.do({"act": "confirm_handover", "to": "shelter"})
    run.wait(1)

    assert (alone, state_of(run)) == ("accepted", "in_service")


def test_who_is_silent_does_nothing_but_read_a_recall() -> None:
    run = run_of({"act": "stay_silent"}, {"act": "acknowledge", "after_hours": 2})
    run.wait(3)
    silent = state_of(run)

    run.do({"act": "withdraw", "to": "shelter", "reason": "not_needed"})
    unread = run.facts()["referral.shelter.recall_read"]
    run.wait(2)

    assert (silent, unread) == ("sent", False)
    assert run.facts()["referral.shelter.recall_read"] is True


def test_a_partner_answers_what_was_sent_to_it_and_not_the_draft_beside_it() -> None:
    run = run_of({"act": "see"}, {"act": "accept", "after_hours": 1, **MEETS})
    sent, learner = Referral.objects.get(), run.stage.cast["learner"]
    case = Case.objects.get(code=run.stage.case)
    draft = make.make_draft(case=case, service=sent.service, by=learner)

    run.wait(2)

    states = {each.code: each.state for each in Referral.objects.all()}
    assert states == {sent.code: "accepted", draft.code: "draft"}
    # Nor does a learner take a draft for what was sent.
    run.do({"act": "message", "to": "shelter", "words": "She is on her way."})
    assert [each.messages.count() for each in (sent, draft)] == [1, 0]


def test_of_two_that_were_sent_each_gets_its_own_answer() -> None:
    """Of two services of one agency: the turn for the first acts on the first."""
    medical = {"act": "decline", "reason": "no_capacity", "service": "MEDICAL"}
    run = run_of(
        {"act": "accept", "after_hours": 1, "service": "SHELTER_EMERGENCY", **MEETS}, medical
    )
    first = Referral.objects.get()
    service = make.make_service(agency=first.receiver, type="MEDICAL")
    case = Case.objects.get(code=run.stage.case)
    sent = make.make_draft(case=case, service=service, by=run.stage.cast["learner"], groups=[])
    sending.send(code=sent.code, by=run.stage.cast["learner"], at=run.stage.at)

    run.wait(2)

    states = {each.code: each.state for each in Referral.objects.all()}
    assert states == {first.code: "accepted", sent.code: "declined"}


def test_a_turn_for_another_service_is_not_taken() -> None:
    run = run_of({"act": "decline", "reason": "no_capacity", "service": "MEDICAL"})
    run.wait(1)

    assert state_of(run) == "sent"


def test_a_supervisor_answers_who_asks_to_share_without_consent() -> None:
    run = run_of(
        {"act": "stay_silent"}, own=[{"act": "refuse_override"}, {"act": "approve_override"}]
    )
    asks = {
        "act": "ask_override", "to": "shelter", "groups": ["safety"],
        "ground": "vital_interests", "words": "There is a danger to life that cannot wait.",
    }  # fmt: skip

    run.do(asks)
    first = run.facts()["override.shelter"]
    run.do(asks)

    assert (first, run.facts()["override.shelter"]) == ("refused", "approved")


def test_the_rules_are_those_of_the_actions() -> None:
    run = run_of({"act": "stay_silent"})
    stranger = run.stage.cast["shelter"]

    with pytest.raises(Denied):
        play(run.stage, Said("note", {"words": "a"}), by=stranger)


def test_words_are_said_in_the_learners_language_and_days_counted_back() -> None:
    stage = run_of({"act": "stay_silent"}).stage
    today = stage.at.date()

    assert spoken({"a": [WORDS], "n": 1}, stage) == {"a": ["c"], "n": 1}
    assert spoken({"days_ago": 3}, stage) == (today - dt.timedelta(days=3)).isoformat()
    assert spoken({"years_ago": 15}, stage)[:4] in {str(today.year - 15), str(today.year - 16)}
