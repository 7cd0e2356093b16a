"""Which steps of a scenario are over, and how each has ended: worked out from facts alone.

A step is over when one of its outcomes holds; the first that holds is the one. Steps come one after the
other: the next is looked at only when the one before it is over, and what is over stays as it ended.
"""

from collections.abc import Callable, Mapping
from typing import Any

from practice.scenarios import IS, Condition, Outcome, Scenario, Step
from practice.vocabulary import Fact

# How a step has ended, by the step's key: the key of its outcome.
Over = Mapping[str, str]
_Way = Callable[[Any, Any], bool]


def _all(value: Any) -> set[Any]:
    return set(value) if isinstance(value, list) else {value}


WAYS: Mapping[str, _Way] = {
    IS: lambda fact, value: bool(fact == value),
    "not": lambda fact, value: bool(fact != value),
    "in": lambda fact, value: fact in value,
    "not_in": lambda fact, value: fact not in value,
    "has": lambda fact, value: _all(value) <= fact,
    "has_any": lambda fact, value: bool(_all(value) & fact),
    "lacks": lambda fact, value: not _all(value) & fact,
    "within": lambda fact, value: fact <= _all(value),
    "at_least": lambda fact, value: bool(fact >= value),
    "at_most": lambda fact, value: bool(fact <= value),
}


def judge(scenario: Scenario, facts: Mapping[str, Fact], over: Over) -> dict[str, str]:
    """Every step that is over, with those that were over before."""
    found = dict(over)
    for step in scenario.steps:
        if step.key in found:
            continue
        ended = ending(step, facts)
        if ended is None:
            break
        found[step.key] = ended.key
    return found


def ending(step: Step, facts: Mapping[str, Fact]) -> Outcome | None:
    """How the step has ended; None while it goes on."""
    return next((each for each in step.outcomes if _holds(each, facts)), None)


def now(scenario: Scenario, over: Over) -> Step | None:
    """The step that the learner is at; None when all are over."""
    return next((step for step in scenario.steps if step.key not in over), None)


def outcome(step: Step, over: Over) -> Outcome | None:
    """How a step has ended that is over: only then may what it says be read."""
    return next((each for each in step.outcomes if each.key == over.get(step.key)), None)


def _holds(outcome: Outcome, facts: Mapping[str, Fact]) -> bool:
    return any(all(_is_so(each, facts) for each in when) for when in outcome.when)


def _is_so(condition: Condition, facts: Mapping[str, Fact]) -> bool:
    return WAYS[condition.way](facts[condition.fact], condition.value)
