"""Which steps of a scenario are over, and how each has ended: worked out from facts alone.

A step is over when one of its outcomes holds; the first that holds is the one. Steps come one after the
other: the next is looked at only when the one before it is over, and what is over stays as it ended.

Whoever did the right thing early has done it. But nobody is told that a step went wrong before they could
read it: where the outcome is not good, something that it or another speaks of must have changed since the
step began, or time must have passed.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from practice.scenarios import GOOD, IS, Condition, Outcome, Scenario, Step
from practice.vocabulary import Fact

# How a step has ended, by the step's key: the key of its outcome.
Over = Mapping[str, str]
# How it stood when the step that is played now began: its key, the facts that its outcomes speak of, and
# the clock. As JSON, so that it can be kept.
Before = Mapping[str, Any]
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


def judge(
    scenario: Scenario,
    facts: Mapping[str, Fact],
    over: Over,
    before: Before,
    *,
    clock: float = 0,
) -> tuple[dict[str, str], Before]:
    """Every step that is over, with those that were over before; and how it stood when the step began
    that is played now. `clock`: how far it was moved on since the beginning, in seconds."""
    found = dict(over)
    for step in scenario.steps:
        if step.key in found:
            continue
        if before.get("step") != step.key:
            before = _as_it_stands(step, facts, clock)
        ended = ending(step, facts, before, clock=clock)
        if ended is None:
            break
        found[step.key] = ended.key
    return found, before


def ending(
    step: Step, facts: Mapping[str, Fact], before: Before, *, clock: float = 0
) -> Outcome | None:
    """How the step has ended; None while it goes on."""
    held = [(each, when) for each in step.outcomes for when in each.when if _holds(when, facts)]
    if not held:
        return None
    first, _ = held[0]
    if first.good == GOOD[True] or clock != before["clock"]:
        return first
    changed = {name for name in before["facts"] if _kept(facts[name]) != before["facts"][name]}
    return first if any(_names(when) & changed for _, when in held) else None


def now(scenario: Scenario, over: Over) -> Step | None:
    """The step that the learner is at; None when all are over."""
    return next((step for step in scenario.steps if step.key not in over), None)


def outcome(step: Step, over: Over) -> Outcome | None:
    """How a step has ended that is over: only then may what it says be read."""
    return next((each for each in step.outcomes if each.key == over.get(step.key)), None)


def _as_it_stands(step: Step, facts: Mapping[str, Fact], clock: float) -> Before:
    names = {name for each in step.outcomes for when in each.when for name in _names(when)}
    kept = {name: _kept(facts[name]) for name in sorted(names)}
    return {"step": step.key, "facts": kept, "clock": clock}


def _kept(fact: Fact) -> str | int | list[str]:
    return sorted(fact) if isinstance(fact, frozenset) else fact


def _names(when: Iterable[Condition]) -> set[str]:
    return {each.fact for each in when}


def _holds(when: Iterable[Condition], facts: Mapping[str, Fact]) -> bool:
    return all(WAYS[each.way](facts[each.fact], each.value) for each in when)
