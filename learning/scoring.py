"""What came of two forms: plain numbers, and no rounding before the end."""

from collections.abc import Mapping
from fractions import Fraction

from learning.questions import Question

# From here on a form is passed.
PASSED = Fraction(8, 10)


def is_right(question: Question, answer: list[str]) -> bool:
    """All that is right, and nothing that is wrong."""
    return frozenset(answer) == question.right


def count_right(questions: Mapping[str, Question], answers: Mapping[str, list[str]]) -> int:
    return sum(is_right(each, answers.get(code, [])) for code, each in questions.items())


def gain(before: Fraction, after: Fraction) -> Fraction | None:
    """How much of what could still be gained was gained (Hake 1998); None where nothing could be."""
    return None if before == 1 else (after - before) / (1 - before)
