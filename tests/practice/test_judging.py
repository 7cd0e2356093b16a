"""When a step is over, and how: by facts alone."""

import json

import pytest

from practice.judging import ending, judge, now, outcome
from practice.scenarios import IS, Condition, Outcome, Scenario, Step
from practice.vocabulary import Fact

WORDS = {"en": "a", "ru": "b", "be": "c"}
FACTS: dict[str, Fact] = {
    "case.state": "open",
    "screening.count": 2,
    "groups.written": frozenset({"contact", "identity"}),
    "person.is_child": False,
}
HOLD = [
    Condition("case.state", IS, "open"),
    Condition("case.state", "not", "closed"),
    Condition("case.state", "in", ["open", "closed"]),
    Condition("case.state", "not_in", ["draft"]),
    Condition("groups.written", "has", "contact"),
    Condition("groups.written", "has", ["contact", "identity"]),
    Condition("groups.written", "has_any", ["contact", "family"]),
    Condition("groups.written", "lacks", ["family", "health"]),
    Condition("groups.written", "within", ["contact", "identity", "family"]),
    Condition("screening.count", "at_least", 2),
    Condition("screening.count", "at_most", 2),
    Condition("person.is_child", IS, value=False),
]
DO_NOT = [
    Condition("case.state", IS, "closed"),
    Condition("case.state", "not", "open"),
    Condition("case.state", "in", ["closed"]),
    Condition("case.state", "not_in", ["open"]),
    Condition("groups.written", "has", ["contact", "family"]),
    Condition("groups.written", "has_any", ["family"]),
    Condition("groups.written", "lacks", ["family", "contact"]),
    Condition("groups.written", "within", ["contact"]),
    Condition("screening.count", "at_least", 3),
    Condition("screening.count", "at_most", 1),
]


def ends(key: str, *whens: tuple[Condition, ...], good: str = "good") -> Outcome:
    return Outcome(key, whens, good, WORDS, (), ("A standard, 2020",))


def step(key: str, *outcomes: Outcome) -> Step:
    return Step(key, WORDS, WORDS, waits=False, outcomes=outcomes)


def scenario(*steps: Step) -> Scenario:
    return Scenario("a", "1", 20, ("consent",), WORDS, WORDS, "social_worker", {}, (), steps)


@pytest.mark.parametrize("condition", HOLD, ids=str)
def test_what_holds(condition: Condition) -> None:
    assert ending(step("s", ends("yes", (condition,))), FACTS, {}).key == "yes"


@pytest.mark.parametrize("condition", DO_NOT, ids=str)
def test_what_does_not_hold(condition: Condition) -> None:
    assert ending(step("s", ends("yes", (condition,))), FACTS, {}) is None


def test_all_facts_of_a_table_must_hold_and_of_several_tables_one() -> None:
    both = ends("both", (HOLD[0], DO_NOT[0]))
    either = ends("either", (DO_NOT[0],), (HOLD[0],))

    assert ending(step("s", both), FACTS, {}) is None
    assert ending(step("s", both, either), FACTS, {}) is either


def test_the_first_that_holds_is_how_it_ended() -> None:
    first, second = ends("first", (HOLD[0],)), ends("second", (HOLD[1],))

    assert ending(step("s", first, second), FACTS, {}) is first
    assert ending(step("s", second, first), FACTS, {}) is second


def test_steps_come_one_after_the_other() -> None:
    open_, done = step("a", ends("no", (DO_NOT[0],))), step("b", ends("yes", (HOLD[0],)))

    assert judge(scenario(open_, done), FACTS, {}, {})[0] == {}
    assert judge(scenario(done, open_), FACTS, {}, {})[0] == {"b": "yes"}
    assert judge(scenario(open_, done), FACTS, {"a": "no"}, {})[0] == {"a": "no", "b": "yes"}


def test_what_is_over_stays_as_it_ended() -> None:
    turned = step("a", ends("yes", (HOLD[0],)))

    assert judge(scenario(turned), FACTS, {"a": "otherwise"}, {})[0] == {"a": "otherwise"}


def test_feedback_can_be_read_of_what_is_over_and_of_nothing_else() -> None:
    yes = ends("yes", (HOLD[0],))
    whole = scenario(step("a", yes), step("b", ends("later", (DO_NOT[0],))))
    over, _ = judge(whole, FACTS, {}, {})

    assert [outcome(each, over) for each in whole.steps] == [yes, None]
    assert now(whole, over) is whole.steps[1]
    assert now(whole, over | {"b": "later"}) is None


OPEN = Condition("case.state", IS, "open")
ASKED = Condition("screening.count", "at_least", 2)


@pytest.mark.parametrize("good", ["bad", "partly"])
def test_nobody_is_told_that_a_step_went_wrong_before_they_could_read_it(good: str) -> None:
    whole = scenario(step("a", ends("wrong", (ASKED,), good=good)))
    asked_more, closed = FACTS | {"screening.count": 3}, FACTS | {"case.state": "closed"}

    over, before = judge(whole, FACTS, {}, {})

    assert over == {}
    assert judge(whole, FACTS, over, before) == ({}, before)
    # What it does not speak of does not matter.
    assert judge(whole, closed, over, before) == ({}, before)
    assert judge(whole, asked_more, over, before) == ({"a": "wrong"}, before)
    assert judge(whole, FACTS, over, before, clock=3600) == ({"a": "wrong"}, before)


def test_what_was_done_well_before_a_step_began_ends_it_at_once() -> None:
    whole = scenario(step("a", ends("done", (ASKED,)), ends("wrong", (OPEN,), good="bad")))

    assert judge(whole, FACTS, {}, {})[0] == {"a": "done"}


def test_the_order_decides_whatever_it_is_that_has_changed() -> None:
    wrong, right = ends("wrong", (ASKED,), good="bad"), ends("right", (OPEN,))
    whole, closed = scenario(step("a", wrong, right)), FACTS | {"case.state": "closed"}

    over, before = judge(whole, closed, {}, {})

    assert over == {}
    assert judge(whole, FACTS, over, before)[0] == {"a": "wrong"}


def test_each_step_is_measured_by_how_it_stood_when_it_began_itself() -> None:
    first = step("a", ends("read", (Condition("groups.written", "has", "family"),)))
    whole = scenario(first, step("b", ends("wrong", (ASKED,), good="bad")))
    family = FACTS | {"groups.written": frozenset({"family"}), "screening.count": 4}

    _, before = judge(whole, FACTS, {}, {})
    over, later = judge(whole, family, {}, before)

    # The same act that ended the first did what is not good in the second.
    assert (over, before["step"], later["step"]) == ({"a": "read"}, "a", "b")
    assert judge(whole, family | {"screening.count": 5}, over, later)[0] == {
        "a": "read",
        "b": "wrong",
    }


def test_what_is_kept_of_it_can_be_kept() -> None:
    whole = scenario(step("a", ends("no", (DO_NOT[4],), good="bad")))

    _, before = judge(whole, FACTS, {}, {}, clock=60)

    assert json.loads(json.dumps(before)) == before == {
        "step": "a", "facts": {"groups.written": ["contact", "identity"]}, "clock": 60,
    }  # fmt: skip
    assert judge(whole, FACTS, {}, before, clock=60) == ({}, before)
