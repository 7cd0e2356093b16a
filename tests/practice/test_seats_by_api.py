"""Acts that no scenario of ours asks of its learner yet are done by the API from their own seats: at
the door of a shelter, at the desk of an authority, and in charge of a centre."""

from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from agencies.models import Member
from identification.models import AnonymousNotice
from practice import scenarios
from practice.scenarios import current
from tests.practice.byapi import DO, Program
from tests.practice.player import plays_of
from tests.practice.test_scenarios import as_toml
from tests.practice.worlds import Played

Line = dict[str, Any]
WHY = "She has said so twice, and what she showed us says the same."


def words(text: str) -> dict[str, str]:
    return {language: f"{text} ({language})" for language in ("en", "ru", "be")}


def agency(key: str, kind: str, *services: str, **more: Any) -> Line:
    offered = [{"type": each, "name": words(each)} for each in services]
    return {"key": key, "type": kind, "name": words(key), "services": offered} | more


# Whoever looks after the person where the learner does not.
CENTRE = agency("centre", "territorial_centre")
SOMEBODY = {"age_band": "39-47", "gender": "Feminine", "languages": ["rus"]}
SIGNS = {"act": "screen", "instrument": "forced_labour_11", "yes": ["debt_bondage"]}
LOG = {"act": "log", "source": "self", "risk": "low", "person": SOMEBODY}
OPEN = {"act": "open"}


def centre(*lines: Line) -> list[Line]:
    return [line | {"by": "centre.social_worker"} for line in lines]


BED = {
    "act": "refer", "to": "own", "service": "SHELTER_EMERGENCY", "groups": ["identity"],
    "urgency": "urgent",
}  # fmt: skip
AT_THE_DOOR: list[Line] = [
    {"act": "see"},
    {"act": "ask", "words": "Does she come alone?"},
    *centre({"act": "answer", "to": "own", "words": "She does."}),
    {"act": "accept", "meets_hours": 1, "place": words("At the gate"), "who_meets": words("Nina")},
    *centre({"act": "confirm_handover", "to": "own"}),
    {"hours": 1},
    {"act": "contact"},
    {"act": "complete", "outcome": "service_provided", "words": "She slept."},
    *centre({"act": "confirm_service", "to": "own", "received": "yes"}, BED),
    {"act": "decline", "reason": "no_capacity", "words": "Until Monday."},
    *centre(BED, {"act": "withdraw", "to": "own", "reason": "not_needed"}),
    {"act": "acknowledge"},
]  # fmt: skip
SUBMITTED: list[Line] = [
    LOG,
    OPEN,
    SIGNS,
    {
        "act": "consent", "to": "own", "groups": ["screening"], "purpose": "identification",
        "language": "rus",
    },
    {"act": "submit", "to": "own"},
]  # fmt: skip
AT_THE_DESK: list[Line] = [
    {"act": "request_more", "words": WHY},
    *centre({"act": "submit", "to": "own"}),
    {"act": "recognise", "words": WHY},
    {"hours": 31 * 24},
    {"act": "confirm", "words": WHY},
    *centre(*SUBMITTED),
    {"act": "reject", "words": WHY},
]
IN_CHARGE: list[Line] = [
    LOG,
    OPEN,
    {"act": "change_person", "facts": {"needs_interpreter": True}},
    {"act": "write", "group": "identity", "values": {"prs_FirstName": "Ева"}},
    {"act": "write", "group": "identity", "values": {"prs_FirstName": "Ева-Марыя"}},
    {"act": "record", "kind": "safety_plan", "values": {"steps": ["Ring us."]}},
    {"act": "note", "words": words("She has a cat.")},
    {"act": "state", "words": "They took my passport.", "language": "rus"},
    {"act": "consent", "to": "shelter", "groups": ["identity"], "language": "rus"},
    BED | {"to": "shelter"},
    {"hours": 1},
    {"act": "answer", "to": "shelter", "words": "She comes alone."},
    {"act": "message", "to": "shelter", "words": "She has a cat."},
    {"act": "withdraw", "to": "shelter", "reason": "not_needed"},
    {"act": "withdraw_consent", "to": "shelter"},
    SIGNS,
    {"act": "decline_procedure", "notify": True, "exploitation": ["ForcedLabour"]},
    {"act": "resume"},
    {
        "act": "consent", "to": "police", "groups": ["screening"], "purpose": "identification",
        "language": "rus",
    },
    {"act": "submit", "to": "police"},
    {"act": "take_back"},
    {"act": "submit", "to": "police"},
    {"hours": 1},
    {"act": "tell", "words": "Told in a quiet room.", "language": "rus"},
    {"act": "reconsider", "words": WHY},
    {"act": "take_back"},
    {"act": "withdraw_consent", "to": "police"},
    {"act": "plan", "words": "To work.", "goals": [{"area": "income", "text": "A job."}]},
    {"act": "plan_step", "area": "income", "words": "Ask the house.", "to": "shelter"},
    {"act": "agree_plan", "agreed_by": "self"},
    {"act": "check_in", "channel": "message", "result": "needs_help"},
    {"act": "hold_review", "scores": {"income": {"worker": 1, "person": 0}}, "words": "Debts."},
    {"act": "resolve_alert", "rule": "needs_help", "words": "Sat together."},
    {"act": "stop_plan", "reason": "other"},
    {"act": "plan_follow_ups"},
    {"act": "follow_up"},
    {"act": "close", "closure": "goals_met"},
    {"act": "reopen", "words": "She came back."},
    {"act": "assign", "member": "own"},
    {
        "act": "ask_override", "by": "own", "to": "shelter", "groups": ["safety"],
        "ground": "vital_interests", "words": WHY,
    },
    {"act": "approve_override"},
    {
        "act": "ask_override", "by": "own", "to": "shelter", "groups": ["contact"],
        "ground": "vital_interests", "words": WHY,
    },
    {"act": "refuse_override"},
    {
        "act": "ask_override", "to": "shelter", "groups": ["contact"],
        "ground": "vital_interests", "words": WHY,
    },
    {"act": "keep_apart", "to": "shelter", "words": "A cousin works there."},
    {
        "act": "consent", "to": "centre", "language": "rus",
        "groups": ["identity", "safety", "trafficking", "screening", "plan"],
    },
    {"act": "propose_transfer", "to": "centre", "words": "She has moved."},
]  # fmt: skip
HOUSE = agency(
    "shelter", "shelter_ngo", "SHELTER_EMERGENCY",
    turns=[{"act": "ask", "words": words("Does she come alone?")}],
)  # fmt: skip
NO = agency(
    "police", "police", "CRIMINAL_JUSTICE", decides=True,
    turns=[{"act": "reject", "after_hours": 1, "words": words(WHY)}],
)  # fmt: skip
# Of each seat: its role, the agencies, what is given, what is done, and what has come about then.
SEATS: dict[str, tuple[str, list[Line], list[Line], list[Line], Line]] = {
    "door": (
        "focal_point",
        [agency("own", "shelter_ngo", "SHELTER_EMERGENCY"), CENTRE],
        centre(
            LOG,
            OPEN,
            {"act": "write", "group": "identity", "values": {"prs_FirstName": "Ева"}},
            {"act": "consent", "to": "own", "groups": ["identity"], "language": "rus"},
            BED,
        ),
        AT_THE_DOOR,
        {"case.happened": {"has": [
            "referral.receive", "referral.request_info", "referral.accept",
            "referral.first_contact", "referral.complete", "referral.confirm",
            "referral.decline", "referral.acknowledge_recall",
        ]}},
    ),
    "desk": (
        "identification_officer",
        [agency("own", "police", "CRIMINAL_JUSTICE", decides=True), CENTRE],
        centre(*SUBMITTED),
        AT_THE_DESK,
        {"case.count": 2, "identification.state": "not_confirmed"},
    ),
    "charge": (
        "supervisor",
        [agency("own", "territorial_centre"), HOUSE, NO, CENTRE],
        [],
        IN_CHARGE,
        {"transfer.centre": "proposed", "case.happened": {"has": "case.reopen"}},
    ),
}  # fmt: skip


def scenario_of(code: str) -> Line:
    role, agencies, given, _, when = SEATS[code]
    done = {"key": "done", "good": True, "says": words(f"Well {code}"), "sources": ["A, 2020"]}
    return {
        "code": code, "version": "1.0", "minutes": 20, "topics": ["consent"],
        "title": words(code), "story": words("Once"), "agencies": agencies, "given": given,
        "seat": {"agency": "own", "role": role},
        "steps": [{
            "key": "all", "happens": words("She comes"), "task": words("Do all of it"),
            "outcomes": [done | {"when": when}],
        }],
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("code", SEATS)
def test_a_program_does_what_belongs_to_its_seat(
    signed_in: Any, sender: Member, tmp_path: Path, code: str
) -> None:
    said = scenario_of(code)
    assert list(scenarios.faults(said)) == []
    (tmp_path / f"{code}.toml").write_text(as_toml(said), encoding="utf-8")

    with override_settings(PRACTICE_SCENARIOS=str(tmp_path)):
        program = Program(signed_in(sender), current()[code], "be")
        program.begin()
        others = Played(sender, program.space)
        for line in SEATS[code][3]:
            assert program.over == {}
            (others if "by" in line else program).do(line)
        ended = program.look()

    assert (ended["fault"], program.over) == ("", {"all": "done"})
    # It names nobody: of somebody made up the real authority is told nothing.
    assert not AnonymousNotice.objects.exists()


def test_every_act_of_a_learner_is_tried() -> None:
    tried = [line for seat in SEATS.values() for line in seat[3]]
    tried += [line for code in current() for line in plays_of(code)[0].do]

    done = {line["act"] for line in tried if "act" in line and "by" not in line}
    assert done == set(DO)
