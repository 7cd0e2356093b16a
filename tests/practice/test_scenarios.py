"""The scenarios: those that come with the service, and what is wrong with a file is said."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from kernel.datafiles import LANGUAGES
from learning import questions
from practice import scenarios
from practice.acts import _DO
from practice.facts import AGENCY, CASE
from practice.judging import WAYS as JUDGED
from practice.scenarios import (
    IS,
    WAYS,
    NotAScenario,
    current,
    faults,
    get,
    read,
    scenarios_can_be_read,
)
from practice.turns import DONE, READY
from practice.vocabulary import ACTS, OF_AGENCY, OF_CASE, TURNS, Whose

WORDS = {"en": "a", "ru": "b", "be": "c"}
OTHER = {"en": "d", "ru": "e", "be": "f"}
WHOLE: dict[str, Any] = {
    "code": "small", "version": "1.0", "minutes": 20, "topics": ["consent"],
    "title": WORDS, "story": WORDS, "seat": {"agency": "own", "role": "social_worker"},
    "agencies": [
        {"key": "own", "type": "territorial_centre", "name": WORDS},
        {
            "key": "shelter", "type": "shelter_ngo", "name": OTHER,
            "services": [{"type": "SHELTER_EMERGENCY", "name": WORDS}],
            "turns": [{"act": "decline", "after_hours": 2, "reason": "no_capacity"}],
        },
    ],
    "given": [{"act": "log", "source": "self", "risk": "low", "person": {}}],
    "steps": [
        {
            "key": "first", "happens": WORDS, "task": WORDS,
            "outcomes": [
                {
                    "key": "done", "when": {"referral.shelter": "declined"}, "good": True,
                    "says": WORDS, "sources": ["A standard, 2020"],
                }
            ],
        }
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh() -> None:
    scenarios._scenarios.cache_clear()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The whole file with one thing changed; `...` takes it away."""
    said = json.loads(json.dumps(WHOLE))
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = said
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return said


OUTCOME, TURN = "steps/0/outcomes/0", "agencies/1/turns/0"
HERE = "outcome done of step first"
FAULTS: dict[str, tuple[str, Any, str]] = {
    "no code": ("code", "Small One", "code: small letters, digits and underlines, 30 at most"),
    "no version": ("version", 1, "version: numbers such as 2026.1, as a text"),
    "minutes": ("minutes", 500, "minutes: a number from 5 to 120"),
    "topics": ("topics", [], "topics: the topics of learning that it belongs to"),
    "a language": ("title/be", ..., "title: needed in en, ru and be, and in no other language"),
    "too long": ("story/ru", "a" * 1201, "story: ru: a text of 1200 letters at most is needed"),
    "unknown": ("author", "me", "the file: author is not known here"),
    "seat": (
        "seat/role", "coordinator",
        "seat: role: one of focal_point, identification_officer, social_worker, supervisor",
    ),
    "not one's own": ("seat/agency", "shelter", "seat: agency: own, the learner's own"),
    "no own": ("agencies/0/key", "centre", "agencies: the learner's own is missing, with the key own"),
    "place": (
        "agencies/1/district", "X", "agency shelter: district: a code of the list of districts, or none",
    ),
    "one name for two": (
        "agencies/1/name/ru", "b", "agencies: ru: name b is there twice",
    ),
    "service": (
        "agencies/1/services/0/type", "SAUNA",
        "service 1 of agency shelter: type: a code of the list of service types",
    ),
    "turn without its reason": (
        f"{TURN}/reason", ..., "turn 1 of agency shelter: decline: reason is needed",
    ),
    "turn in the past": (
        f"{TURN}/after_hours", -1, "turn 1 of agency shelter: after_hours: a number from 0 to 744",
    ),
    "an owner's act as a turn": (
        "agencies/1/turns", [{"act": "open"}],
        f"turn 1 of agency shelter: act: one of {', '.join(sorted(TURNS))}",
    ),
    "an officer's turn where nobody decides": (
        "agencies/1/turns", [{"act": "recognise", "words": WORDS}],
        "turn 1 of agency shelter: recognise: not an act of anybody there",
    ),
    "a partner's turn in one's own agency": (
        "agencies/0/turns", [{"act": "stay_silent"}],
        "turn 1 of agency own: stay_silent: not an act of anybody there",
    ),
    "a turn by somebody": (f"{TURN}/by", "own", "turn 1 of agency shelter: by is not known here"),
    "a partner who is not named": (
        "given/0", {"act": "see"}, "given 1: see: by is needed",
    ),
    "by nobody": ("given/0/by", "police", "given 1: log: by: nobody is police"),
    "unknown act": ("given/0/act", "shout", "given 1: act: shout is not known here"),
    "unknown value": ("given/0/colour", "red", "given 1: log: colour is not known here"),
    "given in the future": (
        "given/0/days_ago", -1, "given 1: days_ago: a number from 0 to 366",
    ),
    "a day of a turn": (
        f"{TURN}/days_ago", 1, "turn 1 of agency shelter: decline: days_ago is not known here",
    ),
    "no step": ("steps", [], "steps: from 1 to 12 are needed"),
    "nothing good": (
        f"{OUTCOME}/good", False, "step first: outcomes: one must be good",
    ),
    "good": (f"{OUTCOME}/good", "nearly", f'{HERE}: good: true, false or "partly"'),
    "no source": (
        f"{OUTCOME}/sources", [], f"{HERE}: sources: who says so, by which article, in which year",
    ),
    "no key of the guidance": (
        f"{OUTCOME}/whys", ["because"], f"{HERE}: whys: keys of the guidance, such as groups.identity",
    ),
    "no condition": (f"{OUTCOME}/when", {}, f"{HERE}: when: a fact at least is needed"),
    "no such fact": (
        f"{OUTCOME}/when", {"referral.police": "sent"},
        f"{HERE}: when: referral.police: there is no such fact",
    ),
    "no such code": (
        f"{OUTCOME}/when", {"case.state": "opened"},
        f"{HERE}: when: case.state: opened is not one of its codes",
    ),
    "no such agency": (
        f"{OUTCOME}/when", {"referrals.sent": {"has": "police"}},
        f"{HERE}: when: referrals.sent: no agency has the key police",
    ),
    "wrong way": (
        f"{OUTCOME}/when", {"case.state": {"has": "open"}},
        f"{HERE}: when: case.state: has: not for a fact of this kind",
    ),
    "wrong kind": (
        f"{OUTCOME}/when", {"screening.count": "1"},
        f"{HERE}: when: screening.count: '1' is no number",
    ),
    "codes want a way": (
        f"{OUTCOME}/when", {"groups.written": "contact"},
        f"{HERE}: when: groups.written: say has, has_any, lacks or within",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(name: str) -> None:
    path, value, words = FAULTS[name]

    found = list(faults(changed(path, value)))

    # Where nothing is good any more that is said as well.
    assert [each for each in found if name == "nothing good" or "must be good" not in each] == [
        words
    ]


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
    ill.write_text(as_toml(changed("code", "")))

    call_command("check_scenario", well)

    assert capsys.readouterr().out == "small 1.0: 1 steps, 2 agencies\n"
    with pytest.raises(CommandError, match=r"ill\.toml: code: small letters"):
        call_command("check_scenario", ill)


def test_a_file_that_is_no_toml_is_no_scenario(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("code =")

    with pytest.raises(NotAScenario, match=r"a\.toml: "):
        read(tmp_path / "a.toml")


def test_an_administrators_folder_stands_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(as_toml(WHOLE))
    (tmp_path / "newer.toml").write_text(as_toml(changed("version", "1.10")))
    ours = set(current())

    with override_settings(PRACTICE_SCENARIOS=str(tmp_path)):
        found = current()
        assert set(found) == ours | {"small"}
        assert found["small"].version == "1.10"
        # Who has begun with the older one ends with it.
        assert get("small", "1.0") is not None
        assert scenarios_can_be_read() == []


def test_a_faulty_folder_lets_nothing_start(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(as_toml(WHOLE))

    with override_settings(PRACTICE_SCENARIOS=str(tmp_path)):
        said = [each.msg for each in scenarios_can_be_read()]
    with override_settings(PRACTICE_SCENARIOS=str(tmp_path / "nowhere")):
        gone = [each.msg for each in scenarios_can_be_read()]

    assert said == ["b.toml: small 1.0 is there already"]
    assert gone == [f"PRACTICE_SCENARIOS: {tmp_path / 'nowhere'} is no folder"]


def test_every_name_of_the_vocabulary_is_known_to_who_reads_and_who_plays() -> None:
    partners = {name for name, act in ACTS.items() if act.whose is Whose.PARTNER}

    assert set(CASE) == set(OF_CASE)
    assert set(AGENCY) == set(OF_AGENCY)
    assert set(_DO) == set(ACTS)
    assert set(JUDGED) == {IS, *WAYS}
    assert set(DONE) == partners
    assert set(READY) == partners


def texts(value: Any) -> list[dict[str, str]]:
    """Every text in three languages, wherever it stands."""
    if isinstance(value, dict):
        if set(value) == LANGUAGES:
            return [value]
        return [each for inner in value.values() for each in texts(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in texts(inner)]
    return []


FILES = sorted(scenarios.FILES.glob("*.toml"))
FOREIGN = {"ru": "[іўa-z]", "be": "[иъщa-z]"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_of_ours_is_in_good_order(path: Path) -> None:
    scenario = read(path)
    said = texts(tomllib.loads(path.read_text(encoding="utf-8")))

    wrong = [
        words[language]
        for words in said
        for language, letters in FOREIGN.items()
        if re.search(letters, words[language].lower())
    ]

    assert path.stem == scenario.code
    assert 4 <= len(scenario.steps) <= 7
    assert 20 <= scenario.minutes <= 30
    assert set(scenario.topics) <= set(questions.current())
    assert wrong == []
    # What is done well is told afterwards, and not before.
    assert [step.key for step in scenario.steps if len(step.outcomes) < 2] == []
