"""The questions, as data: one file a topic and version, read strictly.

Those that come with the service lie in `learning/bank`; an administrator's lie in a folder of their own
(LEARNING_BANK) and have the same shape. The questions of a slot are as hard as each other, so that a
form draws one of each, and the next form another. Files of older versions stay: who has begun with one
ends with it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from kernel import datafiles
from kernel.datafiles import Words

FILES = Path(__file__).parent / "bank"
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}", re.ASCII)
LEVELS = range(1, 4)
FEWEST_OPTIONS, MOST_OPTIONS = 3, 5
FEWEST_ITEMS = 2
MOST_SLOTS = 30
LONGEST_TEXT = 600
OF_A_BANK = frozenset({"topic", "version", "title", "slot"})
OF_A_SLOT = frozenset({"code", "level", "source", "item"})
OF_AN_ITEM = frozenset({"code", "stem", "why", "right", "option"})


class NotABank(Exception):
    """A file that cannot be used, with everything that is wrong in it."""


@dataclass(frozen=True, slots=True)
class Question:
    """`right` are the codes of those options that are right: one, or several."""

    code: str
    slot: str
    level: int
    source: str
    stem: Words
    why: Words
    options: Mapping[str, Words]
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class Bank:
    """The questions of a topic, in one version."""

    topic: str
    version: str
    title: Words
    questions: Mapping[str, Question]

    @property
    def slots(self) -> dict[str, list[Question]]:
        found: dict[str, list[Question]] = {}
        for each in self.questions.values():
            found.setdefault(each.slot, []).append(each)
        return found


def current() -> dict[str, Bank]:
    """The newest version of each topic; the topics in the order of their names."""
    return datafiles.newest(_banks(settings.LEARNING_BANK))


def get(topic: str, version: str) -> Bank | None:
    """This very version, by which somebody has begun."""
    return _banks(settings.LEARNING_BANK).get((topic, version))


def read(path: Path) -> Bank:
    """The bank of a file. Raises NotABank, which names each fault."""
    return _made(datafiles.checked(path, NotABank, faults))


def banks_can_be_read(**_options: Any) -> list[CheckMessage]:
    """No command starts with a bank that would fail a learner half-way."""
    try:
        current()
    except NotABank as fault:
        return [
            Error(
                str(fault), hint="docs/learning.md says what a bank holds.", id="learning.E001"
            )
        ]
    return []


def faults(said: dict[str, Any]) -> Iterator[str]:
    """Everything that is wrong with a bank, in words for whoever writes it."""
    yield from datafiles.unknown(said, OF_A_BANK, "the file")
    if not _is_code(said.get("topic")):
        yield "topic: letters, digits and dashes, 20 at most"
    if not datafiles.fits(datafiles.VERSION, said.get("version")):
        yield "version: numbers such as 2026.1, as a text"
    yield from _not_words(said.get("title"), "title")
    slots = said.get("slot")
    if not isinstance(slots, list) or not 1 <= len(slots) <= MOST_SLOTS:
        yield f"slot: from 1 to {MOST_SLOTS} slots are needed"
        return
    for number, slot in enumerate(slots, 1):
        yield from _faults_of_slot(slot, f"slot {datafiles.get(slot, 'code') or number}")
    codes = [code for slot in slots for code in _codes(slot)]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"the code {code} is there twice"


def _faults_of_slot(slot: Any, where: str) -> Iterator[str]:
    if not isinstance(slot, dict):
        yield f"{where}: not a table"
        return
    yield from datafiles.unknown(slot, OF_A_SLOT, where)
    if not _is_code(slot.get("code")):
        yield f"{where}: code: letters, digits and dashes, 20 at most"
    if slot.get("level") not in LEVELS or isinstance(slot.get("level"), bool):
        yield f"{where}: level: a number from {LEVELS[0]} to {LEVELS[-1]}"
    if not datafiles.is_text(slot.get("source"), LONGEST_TEXT):
        yield f"{where}: source: the standard that says so is needed"
    items = _items(slot)
    if len(items) < FEWEST_ITEMS:
        yield f"{where}: at least {FEWEST_ITEMS} items, so that a form can draw another"
    for item in items:
        yield from _faults_of_item(item, f"item {datafiles.get(item, 'code')} of {where}")


def _faults_of_item(item: Any, where: str) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"{where}: not a table"
        return
    yield from datafiles.unknown(item, OF_AN_ITEM, where)
    if not _is_code(item.get("code")):
        yield f"{where}: code: letters, digits and dashes, 20 at most"
    for name in ("stem", "why"):
        yield from _not_words(item.get(name), f"{where}: {name}")
    options = item.get("option")
    if not isinstance(options, dict) or not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        yield f"{where}: option: from {FEWEST_OPTIONS} to {MOST_OPTIONS} are needed"
        return
    for code, words in options.items():
        if not _is_code(code):
            yield f"{where}: option {code}: letters, digits and dashes, 20 at most"
        yield from _not_words(words, f"{where}: option {code}")
    yield from _faults_of_right(item.get("right"), options, f"{where}: right")


def _faults_of_right(right: Any, options: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(right, list) or not right or len({*map(str, right)}) < len(right):
        yield f"{where}: the codes of the options that are right, each once"
    elif unknown := [str(code) for code in right if code not in options]:
        yield f"{where}: no option has the code {', '.join(unknown)}"
    elif len(right) == len(options):
        yield f"{where}: at least one option must be wrong"


def _items(slot: Any) -> list[Any]:
    items = datafiles.get(slot, "item")
    return items if isinstance(items, list) else []


def _codes(slot: Any) -> list[str]:
    return [str(datafiles.get(each, "code")) for each in (slot, *_items(slot))]


def _not_words(said: Any, where: str) -> Iterator[str]:
    return datafiles.not_words(said, where, LONGEST_TEXT)


def _is_code(said: Any) -> bool:
    return datafiles.fits(CODE, said)


def _made(said: dict[str, Any]) -> Bank:
    questions = [
        Question(
            code=item["code"], slot=slot["code"], level=slot["level"], source=slot["source"],
            stem=item["stem"], why=item["why"], options=item["option"],
            right=frozenset(item["right"]),
        )
        for slot in said["slot"]
        for item in slot["item"]
    ]  # fmt: skip
    return Bank(said["topic"], said["version"], said["title"], {q.code: q for q in questions})


@cache
def _banks(folder: str) -> dict[tuple[str, str], Bank]:
    """Ours, and those of the administrator's folder; never two of one topic and version."""
    return datafiles.versions(
        FILES, "LEARNING_BANK", folder,
        read=read, key=lambda bank: (bank.topic, bank.version), unusable=NotABank,
    )  # fmt: skip
