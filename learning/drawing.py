"""Which questions a form asks, and in which order: by chance, but never those that were just seen."""

import random
from collections.abc import Iterable, Sequence

from learning.questions import Bank

# A question, and its options in the order in which they are shown.
Drawn = list[tuple[str, list[str]]]
CHANCE = random.SystemRandom()


def draw(bank: Bank, seen: Sequence[Iterable[str]], chance: random.Random = CHANCE) -> Drawn:
    """One question of each slot: one of those that the learner has not seen, or has seen longest ago.
    `seen` are the questions of the learner's forms so far, the oldest first."""
    last = {code: turn for turn, codes in enumerate(seen, 1) for code in codes}
    drawn: Drawn = []
    for questions in bank.slots.values():
        longest = min(last.get(each.code, 0) for each in questions)
        one = chance.choice([each for each in questions if last.get(each.code, 0) == longest])
        drawn.append((one.code, chance.sample(list(one.options), len(one.options))))
    chance.shuffle(drawn)
    return drawn
