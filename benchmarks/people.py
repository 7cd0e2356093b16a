"""Who is in the made-up land: names of syllables, by a seed, with a birthday. Nobody."""

import datetime as dt
import random
from typing import Any

ONSETS = (
    "b",
    "v",
    "g",
    "d",
    "zh",
    "z",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "f",
    "kh",
    "ch",
    "sh",
)
VOWELS = ("a", "e", "i", "o", "u", "y")
ENDS = ("k", "n", "r", "l", "sh", "ts", "v", "m")
FIRST_BORN, DAYS = dt.date(1950, 1, 1), 22_000
# Where a slip is made: anywhere but in the first letter, or there, too.
LETTERS = "abdegiklmnoprstuvz"


def identity(seed: int, number: int) -> dict[str, Any]:
    """The same for the same seed and number. First names repeat, family names seldom."""
    dice = random.Random(f"{seed} person {number}")
    first = _name(random.Random(f"{seed} first {dice.randrange(600)}"), 2)
    return {
        "prs_FirstName": first,
        "prs_SecondName": _name(dice, 3),
        "prs_MiddleName": "",
        "prs_Birthdate": (FIRST_BORN + dt.timedelta(days=dice.randrange(DAYS))).isoformat(),
    }


def mistyped(known: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """The same person with one slip in the first or the family name: a letter wrong, missing, too
    much, or swapped with the next."""
    where = dice.choice(["prs_FirstName", "prs_SecondName"])
    name = known[where]
    place = dice.randrange(len(name) - 1)
    letter = dice.choice(LETTERS)
    slips = (
        name[:place] + letter + name[place + 1 :],
        name[:place] + name[place + 1 :],
        name[:place] + letter + name[place:],
        name[:place] + name[place + 1] + name[place] + name[place + 2 :],
    )
    return known | {where: dice.choice(slips)}


def _name(dice: random.Random, syllables: int) -> str:
    made = "".join(dice.choice(ONSETS) + dice.choice(VOWELS) for _ in range(syllables))
    return (made + dice.choice(ENDS)).capitalize()
