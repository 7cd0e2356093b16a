"""Codes of cases, people, referrals and the like, in a text: in all the ways in which they are typed.

A code carries no check sign, so its shape is all there is to know it by; and our search takes it without its
two letters, so it is found without them, too.
"""

import re
from collections.abc import Iterator

from kernel.codes import ALPHABET
from network import signs

# Of agencies and services, and of the board itself: everybody knows these.
_EVERYBODYS = frozenset({"AG", "SV", "QU", "AW", "BU", "FP"})
# Of cases, people and referrals: told for one figure in it, however it is typed.
_PEOPLES = frozenset({"SH", "PR", "RF"})
_GROUP = f"[{ALPHABET}]{{4}}"
_BETWEEN = r"[\s\-_./]{0,3}"
_CODE = re.compile(
    rf"(?<![A-Z0-9])(?:(?P<kind>[A-Z]{{2}})(?P<after>{_BETWEEN}))?"
    rf"(?P<bare>(?P<first>{_GROUP})(?P<between>{_BETWEEN})(?P<second>{_GROUP}))(?![A-Z0-9])"
)
# Words have as many letters, and neither figures nor signs between them.
_HARDLY_WORDS = re.compile(r"[\d\-_/]")
# What makes one of two groups: a sign between them, or nothing at all.
_JOINED = re.compile(r"[-_/]|\A\.?\Z")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where codes stand, with their two letters where these say that it is one."""
    plain, at = signs.latin(text), 0
    while match := _CODE.search(plain, at):
        # What is no code may end with the beginning of one: in "case 7K3M-Q9TX" both pairs are as long.
        at = match.start() + 1
        first, second, whole = (
            text[slice(*match.span(group))] for group in ("first", "second", 0)
        )
        kind = match["kind"]
        if kind in _EVERYBODYS:
            at = match.end()
        elif _says_so(kind, match["after"], whole) and _HARDLY_WORDS.search(whole):
            yield match.span()
        elif _is_mixed(first, second, match["between"]):
            yield match.span("bare")


def _says_so(kind: str | None, after: str | None, whole: str) -> bool:
    """Whether the two letters before say that it is a code: those of people, or others that stand apart
    and large before what is large. Two small ones are a word that stands before it."""
    return kind in _PEOPLES or (bool(after) and not any(map(str.islower, whole)))


def _is_mixed(first: str, second: str, between: str) -> bool:
    """Whether letters and figures are mixed in a group, as in no word and in no number; and the other
    group is no small word that merely stands beside it."""
    mixed = [_is_no_word(first), _is_no_word(second)]
    if not any(mixed):
        return False
    other = second if mixed[0] else first
    return all(mixed) or _JOINED.search(between) is not None or not any(map(str.islower, other))


def _is_no_word(group: str) -> bool:
    """Whether it has letters and figures, and is no number with a small unit: 24th, 48hr."""
    unit = group.lstrip("0123456789")
    is_unit = unit.isalpha() and unit.islower()
    return not (group.isalpha() or group.isdigit() or is_unit)
