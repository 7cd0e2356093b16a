"""The questions: those that come with the service, and what is wrong with a file is said."""

import copy
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from learning import questions
from learning.questions import FILES, NotABank, banks_can_be_read, current, faults, get, read

TOPICS = [
    "children",
    "confidentiality",
    "consent",
    "identification",
    "referral",
    "reintegration",
]
WHOLE: dict[str, Any] = {
    "topic": "signs", "version": "1.0", "title": {"en": "a", "ru": "b", "be": "c"},
    "slot": [
        {
            "code": "S-1", "level": 1, "source": "A standard",
            "item": [
                {
                    "code": code, "right": ["a"],
                    "stem": {"en": "a", "ru": "b", "be": "c"},
                    "why": {"en": "a", "ru": "b", "be": "c"},
                    "option": {
                        name: {"en": "a", "ru": "b", "be": "c"} for name in ("a", "b", "c")
                    },
                }
                for code in ("S-1-a", "S-1-b")
            ],
        }
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh() -> None:
    questions._banks.cache_clear()


def test_every_topic_has_ten_slots_of_three() -> None:
    found = current()

    assert list(found) == TOPICS
    assert {
        topic: min(len(items) for items in bank.slots.values()) >= 3
        for topic, bank in found.items()
    } == dict.fromkeys(TOPICS, True)
    assert {topic: len(bank.slots) >= 10 for topic, bank in found.items()} == dict.fromkeys(
        TOPICS, True
    )


def test_no_code_is_in_two_topics() -> None:
    codes = [code for bank in current().values() for code in bank.questions]

    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_right_cannot_be_told_from_its_place_or_its_length(topic: str) -> None:
    """Not always the first, and not always the longest."""
    single = [each for each in current()[topic].questions.values() if len(each.right) == 1]
    first = sum(next(iter(each.options)) in each.right for each in single)
    longest = sum(
        max(each.options, key=lambda code, of=each: len(of.options[code]["en"])) in each.right  # type: ignore[misc]  # of is each
        for each in single
    )

    assert first / len(single) < 0.6
    assert longest / len(single) < 0.85


def changed(path: str, value: Any) -> dict[str, Any]:
    """The whole file with one thing changed; `...` takes it away."""
    said = copy.deepcopy(WHOLE)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = said
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return said


ITEM = "slot/0/item/0"
FAULTS: dict[str, tuple[str, Any, str]] = {
    "no topic": ("topic", ..., "topic: letters, digits and dashes, 20 at most"),
    "no version": ("version", 1, "version: numbers such as 2026.1, as a text"),
    "a language is missing": (
        "title/be", ..., "title: needed in en, ru and be, and in no other language",
    ),
    "unknown name": ("author", "me", "the file: author is not known here"),
    "no slot": ("slot", [], "slot: from 1 to 30 slots are needed"),
    "level": ("slot/0/level", 4, "slot S-1: level: a number from 1 to 3"),
    "source": ("slot/0/source", " ", "slot S-1: source: the standard that says so is needed"),
    "one item": (
        "slot/0/item/1", ...,
        "slot S-1: at least 2 items, so that a form can draw another",
    ),
    "code twice": ("slot/0/item/1/code", "S-1-a", "the code S-1-a is there twice"),
    "empty text": (
        f"{ITEM}/stem/ru", "",
        "item S-1-a of slot S-1: stem: ru: a text of 600 letters at most is needed",
    ),
    "no why": (
        f"{ITEM}/why", ...,
        "item S-1-a of slot S-1: why: needed in en, ru and be, and in no other language",
    ),
    "two options": (
        f"{ITEM}/option/c", ..., "item S-1-a of slot S-1: option: from 3 to 5 are needed",
    ),
    "nothing right": (
        f"{ITEM}/right", [],
        "item S-1-a of slot S-1: right: the codes of the options that are right, each once",
    ),
    "all right": (
        f"{ITEM}/right", ["a", "b", "c"],
        "item S-1-a of slot S-1: right: at least one option must be wrong",
    ),
    "right is no option": (
        f"{ITEM}/right", ["z"], "item S-1-a of slot S-1: right: no option has the code z",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(name: str) -> None:
    path, value, words = FAULTS[name]

    assert list(faults(changed(path, value))) == [words]


def test_a_whole_file_has_no_fault() -> None:
    assert list(faults(WHOLE)) == []


def as_toml(said: dict[str, Any]) -> str:
    """Enough of TOML for these: JSON's strings and lists are its own."""

    def table(value: Any) -> str:
        if isinstance(value, dict):
            inner = ", ".join(
                f"{json.dumps(key)} = {table(each)}" for key, each in value.items()
            )
            return f"{{ {inner} }}"
        if isinstance(value, list):
            return f"[{', '.join(map(table, value))}]"
        return json.dumps(value)

    return "\n".join(f"{key} = {table(value)}" for key, value in said.items())


def test_the_command_says_what_a_file_holds_and_what_is_wrong(
    tmp_path: Path, capsys: Any
) -> None:
    well, ill = tmp_path / "well.toml", tmp_path / "ill.toml"
    well.write_text(as_toml(WHOLE))
    ill.write_text(as_toml(changed("topic", "")))

    call_command("check_bank", well)

    assert capsys.readouterr().out == "signs 1.0: 1 slots, 2 questions\n"
    with pytest.raises(CommandError, match=r"ill\.toml: topic: letters, digits and dashes"):
        call_command("check_bank", ill)


def test_a_file_that_is_no_toml_is_no_bank(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("topic =")

    with pytest.raises(NotABank, match=r"a\.toml: "):
        read(tmp_path / "a.toml")


def test_an_administrators_folder_stands_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "signs.toml").write_text(as_toml(WHOLE))
    newer = tomllib.loads((FILES / "consent.toml").read_text()) | {"version": "2026.10"}
    (tmp_path / "consent.toml").write_text(as_toml(newer))

    with override_settings(LEARNING_BANK=str(tmp_path)):
        found = current()
        assert sorted(found) == sorted([*TOPICS, "signs"])
        assert found["consent"].version == "2026.10"
        # Who has begun with the older one ends with it.
        assert get("consent", "2026.1") is not None
        assert banks_can_be_read() == []


def test_a_faulty_folder_lets_nothing_start(tmp_path: Path) -> None:
    (tmp_path / "consent.toml").write_text((FILES / "consent.toml").read_text())

    with override_settings(LEARNING_BANK=str(tmp_path)):
        said = [each.msg for each in banks_can_be_read()]
    with override_settings(LEARNING_BANK=str(tmp_path / "nowhere")):
        gone = [each.msg for each in banks_can_be_read()]

    assert said == ["consent.toml: consent 2026.1 is there already"]
    assert gone == [f"LEARNING_BANK: {tmp_path / 'nowhere'} is no folder"]


FOREIGN = {"ru": "[іўa-z]", "be": "[иъщa-z]"}


def test_no_letter_of_another_alphabet_is_in_a_question() -> None:
    wrong = [
        text
        for bank in current().values()
        for each in bank.questions.values()
        for words in (bank.title, each.stem, each.why, *each.options.values())
        for language, text in words.items()
        if language in FOREIGN and re.search(FOREIGN[language], text.lower())
    ]

    assert wrong == []
