"""The tables of moves: every state is reached, every end is named, and the drawing is the table."""

import io
from typing import Any

import pytest
from django.core.management import call_command

from cases import workflow as cases
from edge import phrases
from identification import workflow as identification
from kernel.errors import Refused
from kernel.workflow import Workflow
from launch.environment import ROOT
from referral.policy import ACTS, Act
from referral.workflow import ASKED, FLOW, TAKEN, UNENDED, Party, State, Verb
from reintegration import workflow as reintegration
from rights import workflow as rights

WORKFLOWS: dict[str, tuple[Workflow[Any], Any, Any]] = {
    "case": (cases.FLOW, cases.State, cases.Verb),
    "consent": (cases.CONSENT, cases.ConsentState, cases.ConsentVerb),
    "duplicate": (cases.DUPLICATE, cases.DuplicateState, cases.DuplicateVerb),
    "override": (cases.OVERRIDE, cases.OverrideState, cases.OverrideVerb),
    "referral": (FLOW, State, Verb),
    "identification": (identification.FLOW, identification.State, identification.Verb),
    "support": (reintegration.FLOW, reintegration.State, reintegration.Verb),
    "batch": (rights.BATCH, rights.BatchState, rights.BatchVerb),
}
FIRST = {
    "case": "draft", "consent": "draft", "override": "asked", "duplicate": "found", "referral": "draft",
    "identification": "none", "support": "none", "batch": "proposed",
}  # fmt: skip
ENDS: dict[str, set[str]] = {
    "case": set(),
    "consent": {"withdrawn", "expired", "superseded"},
    "override": {"refused", "ended"},
    "duplicate": {"set_aside", "refused", "unlinked"},
    "referral": {"confirmed", "declined", "expired", "not_reached", "withdrawn"},
    "identification": {"confirmed"},
    "support": set(),
    "batch": {"done", "refused"},
}


def reached_from(flow: Workflow[Any], first: str) -> set[str]:
    """Every state that some row of moves leads to."""
    found, waiting = {first}, [first]
    while waiting:
        state = waiting.pop()
        for step in flow.steps:
            if state in step.sources and step.target not in found:
                found.add(step.target)
                waiting.append(step.target)
    return found


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_state_is_reached(name: str) -> None:
    flow, states, _ = WORKFLOWS[name]

    assert reached_from(flow, FIRST[name]) == set(states.values)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_ends_are_these(name: str) -> None:
    flow, states, _ = WORKFLOWS[name]

    assert flow.terminal(states) == ENDS[name]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_verb_moves_something_and_leads_one_way(name: str) -> None:
    flow, states, verbs = WORKFLOWS[name]

    assert set(flow.verbs()) == set(verbs)
    for state in states:
        assert len(flow.verbs_from(state)) == len(set(flow.verbs_from(state)))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_is_not_in_the_table_is_refused_with_a_sentence(name: str) -> None:
    flow, states, verbs = WORKFLOWS[name]
    pairs = [(v, s) for v in verbs for s in states if v not in flow.verbs_from(s)]

    assert pairs
    for verb, state in pairs:
        with pytest.raises(Refused) as refusal:
            flow.step(verb, state=state)
        assert (refusal.value.code, refusal.value.state) == (
            f"cannot_{verb}_when_{state}",
            state,
        )
        assert phrases.of(refusal.value.code) == str(phrases.FAMILIES["cannot_"])


def test_the_states_are_told_apart_without_a_gap() -> None:
    assert not ASKED & TAKEN
    assert not set[str](ASKED | TAKEN) & ENDS["referral"]
    assert {s for s in State if s not in ENDS["referral"]} - {State.DRAFT} == UNENDED


def test_every_running_referral_can_be_taken_back_and_every_question_runs_out() -> None:
    back = {s for s in State if Verb.WITHDRAW in FLOW.verbs_from(s)}
    runs_out = {s for s in State if Verb.EXPIRE in FLOW.verbs_from(s)}

    assert back == ASKED | TAKEN | {State.DRAFT}
    assert runs_out == ASKED


def test_each_move_belongs_to_one_side() -> None:
    sides = {(step.verb, step.party) for step in FLOW.steps}

    assert len(sides) == len({verb for verb, _ in sides})
    assert {verb for verb, party in sides if party == Party.CLOCK} == {Verb.EXPIRE}


def test_acts_are_possible_somewhere_and_never_in_a_draft_for_the_receiver() -> None:
    assert set(ACTS) == set(Act)
    for sides in ACTS.values():
        assert all(sides.values())
        assert State.DRAFT not in sides.get(Party.RECEIVER, frozenset())


def test_the_drawing_is_made_of_the_tables() -> None:
    drawn = io.StringIO()

    call_command("state_diagram", stdout=drawn)

    assert (ROOT / "docs/states.md").read_text(encoding="utf-8") == drawn.getvalue()
