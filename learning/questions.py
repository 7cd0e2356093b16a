"""The questions, as data: one file a topic and version, read strictly.

Those that come with the service lie in `learning/bank`; an administrator's lie in a folder of their own
(LEARNING_BANK) and have the same shape. The questions of a slot are as hard as each other, so that a
form draws one of each, and the next form another. Files of older versions stay: who has begun with one
ends with it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

FILES = Path(__file__).parent / "bank"
LANGUAGES = frozenset({"en", "ru", "be"})
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}", re.ASCII)
VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,2}", re.ASCII)
LEVELS = range(1, 4)
FEWEST_OPTIONS, MOST_OPTIONS = 3, 5
FEWEST_ITEMS = 2
MOST_SLOTS = 30
LONGEST_TEXT = 600
OF_A_BANK = frozenset({"topic", "version", "title", "slot"})
OF_A_SLOT = frozenset({"code", "level", "source", "item"})
OF_AN_ITEM = frozenset({"code", "stem", "why", "right", "option"})
Words = Mapping[str, str]


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
    return {
        bank.topic: bank for bank in sorted(_banks(settings.LEARNING_BANK).values(), key=_age)
    }


def get(topic: str, version: str) -> Bank | None:
    """This very version, by which somebody has begun."""
    return _banks(settings.LEARNING_BANK).get((topic, version))


def read(path: Path) -> Bank:
    """The bank of a file. Raises NotABank, which names each fault."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise NotABank(f"{path.name}: {fault}") from fault
    if found := list(faults(said)):
        raise NotABank("\n".join(f"{path.name}: {fault}" for fault in found))
    return _made(said)


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
    yield from _unknown(said, OF_A_BANK, "the file")
    if not _is_code(said.get("topic")):
        yield "topic: letters, digits and dashes, 20 at most"
    if not VERSION.fullmatch(str(said.get("version"))) or not isinstance(said["version"], str):
        yield "version: numbers such as 2026.1, as a text"
    yield from not_words(said.get("title"), "title")
    slots = said.get("slot")
    if not isinstance(slots, list) or not 1 <= len(slots) <= MOST_SLOTS:
        yield f"slot: from 1 to {MOST_SLOTS} slots are needed"
        return
    for number, slot in enumerate(slots, 1):
        yield from _faults_of_slot(slot, f"slot {_get(slot, 'code') or number}")
    codes = [code for slot in slots for code in _codes(slot)]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"the code {code} is there twice"


def _faults_of_slot(slot: Any, where: str) -> Iterator[str]:
    if not isinstance(slot, dict):
        yield f"{where}: not a table"
        return
    yield from _unknown(slot, OF_A_SLOT, where)
    if not _is_code(slot.get("code")):
        yield f"{where}: code: letters, digits and dashes, 20 at most"
    if slot.get("level") not in LEVELS or isinstance(slot.get("level"), bool):
        yield f"{where}: level: a number from {LEVELS[0]} to {LEVELS[-1]}"
    if not _is_text(slot.get("source")):
        yield f"{where}: source: the standard that says so is needed"
    items = _items(slot)
    if len(items) < FEWEST_ITEMS:
        yield f"{where}: at least {FEWEST_ITEMS} items, so that a form can draw another"
    for item in items:
        yield from _faults_of_item(item, f"item {_get(item, 'code')} of {where}")


def _faults_of_item(item: Any, where: str) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"{where}: not a table"
        return
    yield from _unknown(item, OF_AN_ITEM, where)
    if not _is_code(item.get("code")):
        yield f"{where}: code: letters, digits and dashes, 20 at most"
    for name in ("stem", "why"):
        yield from not_words(item.get(name), f"{where}: {name}")
    options = item.get("option")
    if not isinstance(options, dict) or not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        yield f"{where}: option: from {FEWEST_OPTIONS} to {MOST_OPTIONS} are needed"
        return
    for code, words in options.items():
        if not _is_code(code):
            yield f"{where}: option {code}: letters, digits and dashes, 20 at most"
        yield from not_words(words, f"{where}: option {code}")
    yield from _faults_of_right(item.get("right"), options, f"{where}: right")


def _faults_of_right(right: Any, options: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(right, list) or not right or len({*map(str, right)}) < len(right):
        yield f"{where}: the codes of the options that are right, each once"
    elif unknown := [str(code) for code in right if code not in options]:
        yield f"{where}: no option has the code {', '.join(unknown)}"
    elif len(right) == len(options):
        yield f"{where}: at least one option must be wrong"


def _items(slot: Any) -> list[Any]:
    items = _get(slot, "item")
    return items if isinstance(items, list) else []


def _codes(slot: Any) -> list[str]:
    return [str(_get(each, "code")) for each in (slot, *_items(slot))]


def _unknown(said: dict[str, Any], known: frozenset[str], where: str) -> Iterator[str]:
    for name in sorted(set(said) - known):
        yield f"{where}: {name} is not known here"


def not_words(said: Any, where: str) -> Iterator[str]:
    """In every language of the service: what some cannot read is not asked."""
    if not isinstance(said, dict) or set(said) != LANGUAGES:
        yield f"{where}: needed in en, ru and be, and in no other language"
        return
    for language, text in sorted(said.items()):
        if not _is_text(text):
            yield f"{where}: {language}: a text of {LONGEST_TEXT} letters at most is needed"


def _is_code(said: Any) -> bool:
    return isinstance(said, str) and CODE.fullmatch(said) is not None


def _is_text(said: Any) -> bool:
    return isinstance(said, str) and bool(said.strip()) and len(said) <= LONGEST_TEXT


def _get(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, dict) else None


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
    paths = sorted(FILES.glob("*.toml"))
    if folder:
        if not Path(folder).is_dir():
            raise NotABank(f"LEARNING_BANK: {folder} is no folder")
        paths += sorted(Path(folder).glob("*.toml"))
    found: dict[tuple[str, str], Bank] = {}
    for path in paths:
        bank = read(path)
        if (bank.topic, bank.version) in found:
            raise NotABank(f"{path.name}: {bank.topic} {bank.version} is there already")
        found[bank.topic, bank.version] = bank
    return found


def _age(bank: Bank) -> tuple[str, list[int]]:
    """2026.10 is newer than 2026.2."""
    return bank.topic, [int(part) for part in bank.version.split(".")]
