"""Forms are drawn by chance, and never ask again what was just asked; gains are plain numbers."""

import random
from fractions import Fraction

import pytest

from learning.drawing import draw
from learning.questions import current
from learning.scoring import gain, is_right
from tests.learning.learner import TOPIC, questions


def codes(drawn: list[tuple[str, list[str]]]) -> list[str]:
    return [code for code, _ in drawn]


def test_a_form_asks_one_question_of_each_slot() -> None:
    bank = current()[TOPIC]

    drawn = draw(bank, [])

    assert sorted(bank.questions[code].slot for code in codes(drawn)) == sorted(bank.slots)
    assert all(sorted(order) == sorted(bank.questions[code].options) for code, order in drawn)


def test_the_next_form_asks_others_and_later_ones_what_was_seen_longest_ago() -> None:
    bank, chance = current()[TOPIC], random.Random(3)
    seen: list[list[str]] = []
    for _ in range(4):
        seen.append(codes(draw(bank, seen, chance)))

    assert len({code for form in seen[:3] for code in form}) == 3 * len(bank.slots)
    # When all three were asked, the first comes again.
    assert set(seen[3]) == set(seen[0])


def test_chance_draws_different_forms_in_different_orders() -> None:
    bank = current()[TOPIC]
    drawn = [draw(bank, [], random.Random(seed)) for seed in range(8)]

    assert len({tuple(sorted(codes(each))) for each in drawn}) > 1
    assert len({tuple(bank.questions[code].slot for code in codes(each)) for each in drawn}) > 1
    assert len({tuple(order) for each in drawn for _, order in each}) > 1


def test_an_answer_is_right_with_all_that_is_right_and_nothing_else() -> None:
    several = next(each for each in questions().values() if len(each.right) == 2)
    one, other = sorted(several.right)
    wrong = next(code for code in several.options if code not in several.right)

    assert [
        is_right(several, said)
        for said in ([one, other], [other, one], [one], [one, other, wrong], [])
    ] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("before", "after", "gained"),
    [
        (Fraction(2, 8), Fraction(5, 8), Fraction(1, 2)),
        (Fraction(0), Fraction(1), Fraction(1)),
        (Fraction(4, 8), Fraction(4, 8), Fraction(0)),
        (Fraction(6, 8), Fraction(5, 8), Fraction(-1, 2)),
        (Fraction(1), Fraction(1), None),
        (Fraction(1), Fraction(1, 2), None),
    ],
)
def test_the_gain_is_the_part_of_what_could_be_gained(
    before: Fraction, after: Fraction, gained: Fraction | None
) -> None:
    assert gain(before, after) == gained
