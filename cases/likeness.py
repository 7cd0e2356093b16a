"""What two records of one person have in common however it was written, and what that counts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from agencies import ages
from cases import names
from cases.workflow import Likely, Mark

# A stem is cut to this, and each neighbourhood filled up, so that no number of tokens tells how
# long a name is.
LONGEST, DIGITS, MOST_ALIASES = 9, 8, 3
KNOWN_SEXES = frozenset({"Masculine", "Feminine"})
# Letters that a Latin and a Cyrillic document share in print.
_LOOK_ALIKE = str.maketrans("АВЕКМНОРСТХІ", "ABEKMHOPCTXI")
# How much each mark that two persons share speaks for their being one. Every mark but a document
# joins at least two facts, so that no token tells how frequent a name is. Chosen by measurement:
# docs/security/duplicates.md.
POINTS: dict[str, int] = {
    Mark.DOCUMENT: 10,
    Mark.NAME_BIRTH: 10,
    Mark.FAMILY_BIRTH: 5,
    Mark.FIRST_BIRTH: 4,
    Mark.PATRONYMIC_BIRTH: 3,
    Mark.NAME_PATRONYMIC: 5,
    Mark.NAME_YEAR: 2,
    Mark.LIKE_FAMILY: 6,
    Mark.LIKE_FIRST: 5,
    Mark.LIKE_BIRTH: 7,
}
SAME_BAND, SAME_SEX, OTHER_SEX = 2, 1, -8
# From here on somebody is asked; and from where on it is likely, or very likely.
ENOUGH, LIKELY, VERY_LIKELY = 8, 11, 16


@dataclass(frozen=True, slots=True)
class Clear:
    """What stands in clear about a person and speaks for or against."""

    sex: str
    band: str


def marks_of(identity: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every mark of a person with its value; equal values of two persons are one token."""
    found = [(Mark.DOCUMENT.value, number) for number in _document(identity)]
    born = str(identity.get("prs_Birthdate", "")).replace("-", "")
    for first, family, patronymic in _namings(identity):
        found += _of_name(first, family, patronymic, born)
    return list(dict.fromkeys(found))


def points_of(marks: Iterable[str], one: Clear, other: Clear) -> int:
    """How much speaks for two persons being one; what stands in clear is weighed too."""
    points = sum(POINTS[mark] for mark in set(marks))
    if {one.sex, other.sex} <= KNOWN_SEXES:
        points += SAME_SEX if one.sex == other.sex else OTHER_SEX
    if one.band == other.band and one.band in ages.BANDS:
        points += SAME_BAND
    return points


def words_for(points: int) -> Likely:
    if points >= VERY_LIKELY:
        return Likely.VERY
    return Likely.LIKELY if points >= LIKELY else Likely.MAYBE


def neighbours(word: str, longest: int = LONGEST) -> set[str]:
    """The word and all that is left when one letter is taken from it: two words with one slip
    between them, a letter wrong, missing, added or swapped with the next, share one of these."""
    cut = word[:longest]
    return {cut} | {cut[:n] + cut[n + 1 :] for n in range(len(cut))}


def _document(identity: Mapping[str, Any]) -> list[str]:
    text = str(identity.get("prs_IdentityNumber", "")).upper().translate(_LOOK_ALIKE)
    number = re.sub(r"[^0-9A-Z]", "", text)
    return [number] if number else []


def _namings(identity: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """First name and family name as they are written, and the stem of the father's, of the name and
    of each alias."""
    first, family, middle = (
        str(identity.get(part, ""))
        for part in ("prs_FirstName", "prs_SecondName", "prs_MiddleName")
    )
    father = names.father(middle) if middle.strip() else ""
    namings = [(first, family, father)]
    for alias in identity.get("aliases", [])[:MOST_ALIASES]:
        # Nobody says which word of an alias is which: each pair, both ways round.
        pairs = list(combinations(str(alias).split()[:3], 2))
        namings += [(*pair, father) for one, two in pairs for pair in ((one, two), (two, one))]
    return namings


def _of_name(
    first_name: str, family_name: str, father: str, born: str
) -> list[tuple[str, str]]:
    first, family = names.stem(first_name), names.stem(family_name)
    if not (first and family):
        return []
    # Both names in the order of the alphabet: a form may have them the wrong way round.
    both = " ".join(sorted((first, family)))
    found = [(Mark.NAME_PATRONYMIC.value, f"{both}|{father}")] if father else []
    if not born:
        return found
    year, day = born[:4], "".join(sorted((born[4:6], born[6:])))
    birth = f"{year}{day}"
    found += [
        (Mark.NAME_BIRTH.value, f"{both}|{birth}"),
        (Mark.FAMILY_BIRTH.value, f"{family}|{birth}"),
        (Mark.FIRST_BIRTH.value, f"{first}|{birth}"),
        # Two years to a mark, so that an age that was guessed by a year still meets.
        *((Mark.NAME_YEAR.value, f"{both}|{int(year) + n}") for n in (0, 1)),
        *_alike(Mark.LIKE_FAMILY, names.outline(family_name), f"{first}|{birth}"),
        *_alike(Mark.LIKE_FIRST, names.outline(first_name), f"{family}|{birth}"),
        *_alike(Mark.LIKE_BIRTH, born, both),
    ]
    if father:
        found.append((Mark.PATRONYMIC_BIRTH.value, f"{father}|{birth}"))
    return found


def _alike(mark: Mark, word: str, beside: str) -> list[tuple[str, str]]:
    """The neighbourhood of one fact beside another that is as it was, always of one size."""
    size = DIGITS if mark is Mark.LIKE_BIRTH else LONGEST
    near = sorted(neighbours(word, size))
    # What fills it up stands for this very word, which everybody of that name shares anyway.
    filled = near + [f"{word}~{n}" for n in range(size + 1 - len(near))]
    return [(mark.value, f"{beside}|{each}") for each in filled]
