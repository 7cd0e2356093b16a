"""The whys that come with the service, each code that has one, and what is wrong with a file is said."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from agencies import codelists, lists
from agencies.clocks import Urgency
from cases.groups import FIELDS
from cases.workflow import Closure, Ground, Purpose, Risk
from guidance import whys
from guidance.whys import NotGuidance, faults, faults_of_sources, guidance_can_be_read, why
from identification import instruments
from identification.workflow import DECISIONS, Verb
from kernel.datafiles import LANGUAGES
from kernel.groups import DataGroup
from pages import labels
from pages.questionnaire import EXPLAINED
from referral.workflow import DeclineReason, WithdrawReason

CITED = frozenset({"law", "law.12"})
WHOLE: dict[str, Any] = {
    "topic": "groups",
    "why": {"identity": {"en": "a", "ru": "b", "be": "c", "sources": ["law.12"]}},
}
NAMES = {"en": "a", "ru": "b", "be": "c"}
SOURCES: dict[str, Any] = {
    "law": {
        "title": {**NAMES}, "publisher": {**NAMES}, "year": 2005, "parts": {"12": {**NAMES}},
    }
}  # fmt: skip


@pytest.fixture
def fresh() -> Any:
    """Nothing read is kept from before, nor for afterwards."""
    whys._whys.cache_clear()
    whys._sources.cache_clear()
    yield
    whys._whys.cache_clear()
    whys._sources.cache_clear()


def asked() -> set[str]:
    """The codes of every question of the instruments that come with the service."""
    return {code for each in instruments._files().values() for code in each.questions}


IN_USE: dict[str, Any] = {
    "signs": asked,
    "groups": lambda: {*DataGroup},
    "consent": lambda: {*DataGroup, *Purpose, "free", "take_back"},
    "services": lambda: {*lists.service_types()} | {*labels.SERVICE_TYPES},
    "urgency": lambda: {*Urgency},
    "decline": lambda: {*DeclineReason},
    "closing": lambda: {*Closure},
    "withdrawal": lambda: {*WithdrawReason} - {WithdrawReason.CONSENT_ENDED},
    "overrides": lambda: {*Ground},
    "risk": lambda: {*Risk},
    "decisions": lambda: {*DECISIONS, Verb.SUBMIT, Verb.DECLINE, Verb.RECONSIDER},
    "areas": lambda: {*codelists._files()["reintegration_area"][1]},
}


def test_every_topic_is_known_here() -> None:
    assert sorted(whys.topics()) == sorted([*IN_USE, "contact"])


@pytest.mark.parametrize("topic", IN_USE)
def test_every_code_that_can_be_chosen_has_its_why_and_no_other_has(topic: str) -> None:
    wanted = {str(code) for code in IN_USE[topic]()}

    assert {key.partition(".")[2] for key in whys.keys(topic)} == wanted


def test_the_whys_of_the_contact_plan_are_of_its_fields() -> None:
    codes = {key.partition(".")[2] for key in whys.keys("contact")}

    assert codes - {*FIELDS[DataGroup.CONTACT]} == set()


def test_the_instruments_whose_signs_are_explained_have_questions() -> None:
    files = instruments._files().values()

    assert {each.code for each in files if each.questions} == EXPLAINED


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_why_is_its_own_short_and_in_its_own_letters(language: str) -> None:
    found = [why(key, language) for key in whys.keys()]  # noqa: SIM118 -- no mapping
    texts = [each.text for each in found if each]
    foreign = r"[А-Яа-яЁёІіЎў]" if language == "en" else r"[a-z]{3}"
    only = {"ru": r"[ІіЎў’]", "be": r"[ИиЩщЪъ]", "en": r"[«»]"}[language]

    assert len(texts) == len(set(texts)) == len(found)
    assert [t for t in texts if len(t.split()) > whys.MOST_WORDS] == []
    assert [t for t in texts if re.search(foreign, t) or re.search(only, t)] == []


def test_a_why_names_its_sources_in_the_language() -> None:
    english, russian = why("groups.identity", "en"), why("groups.identity", "ru")

    assert english is not None
    assert russian is not None
    assert [each.part for each in english.sources] == ["principle 6", "art. 11"]
    assert [each.part for each in russian.sources] == ["принцип 6", "ст. 11"]
    assert [(s.title, s.publisher, s.year) for s in english.sources] == [
        ("Data Protection Manual", "International Organization for Migration", 2010),
        ("Convention on Action against Trafficking in Human Beings", "Council of Europe", 2005),
    ]
    assert whys.source("coe_197", "en").part == ""


def test_every_source_is_cited() -> None:
    found = [why(key, "en") for key in whys.keys()]  # noqa: SIM118 -- no mapping
    cited = {source.key for each in found if each for source in each.sources}

    # Of a source that is cited by its parts alone, the whole need not be cited.
    whole = {key.partition(".")[0] for key in cited}
    assert whys.source_keys() - cited - whole == set()


def test_what_has_no_why_is_none() -> None:
    assert why("groups.nothing", "en") is None
    assert why("nothing", "en") is None


def test_a_whole_file_has_no_fault() -> None:
    assert (list(faults(WHOLE, CITED)), list(faults_of_sources(SOURCES))) == ([], [])


def changed(whole: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The whole with one thing changed; `...` takes it away."""
    said = copy.deepcopy(whole)
    *steps, last = path.split("/")
    place: Any = said
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return said


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("topic", "Two words", "topic: small letters, digits and underscores, 30 at most"),
        ("topic", ..., "topic: small letters, digits and underscores, 30 at most"),
        ("titel", "x", "the file: titel is not known here"),
        ("why", {}, "why: at least one is needed"),
        ("why", [], "why: at least one is needed"),
        ("why/identity", "x", "identity: not a table"),
        ("why/identity/de", "x", "identity: de is not known here"),
        ("why/identity/be", ..., "identity: be: a text is needed"),
        ("why/identity/ru", " ", "identity: ru: a text is needed"),
        ("why/identity/en", 7, "identity: en: a text is needed"),
        ("why/identity/en", "word " * 61, "identity: en: 60 words at most"),
        ("why/identity/sources", ..., "identity: sources: at least one is needed"),
        ("why/identity/sources", [], "identity: sources: at least one is needed"),
        ("why/identity/sources", "law", "identity: sources: at least one is needed"),
        ("why/identity/sources", ["law.13"], "identity: sources: law.13 is not in sources.toml"),
        ("why/identity/sources", [{}], "identity: sources: {} is not in sources.toml"),
        ("why/identity/sources", ["law", "law"], "identity: sources: one is there twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said(path: str, value: Any, fault: str) -> None:
    assert list(faults(changed(WHOLE, path, value), CITED)) == [fault]


def test_sixty_words_are_not_too_many() -> None:
    said = changed(WHOLE, "why/identity/en", "word " * 60)

    assert list(faults(said, CITED)) == []


def test_a_code_that_no_list_could_hold_is_named() -> None:
    said = {"topic": "groups", "why": {"a b": WHOLE["why"]["identity"]}}

    assert list(faults(said, CITED)) == [
        "a b: letters, digits, dashes and underscores, 60 at most"
    ]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("law", "x", "law: not a table"),
        ("law/pages", 3, "law: pages is not known here"),
        ("law/title", "x", "law: title: needed in en, ru and be, and in no other language"),
        ("law/publisher/be", ..., "law: publisher: needed in en, ru and be, and in no other language"),
        ("law/title/en", "", "law: title: en: a text of 200 letters at most is needed"),
        ("law/title/en", "x" * 201, "law: title: en: a text of 200 letters at most is needed"),
        ("law/year", "2005", "law: year: a number from 1900 to 2100"),
        ("law/year", True, "law: year: a number from 1900 to 2100"),
        ("law/year", 1492, "law: year: a number from 1900 to 2100"),
        ("law/parts", "x", "law: parts: not a table"),
        ("law/parts/12", "art. 12", "law: part 12: needed in en, ru and be, and in no other language"),
        ("law/parts/twelve", NAMES, "law: part twelve: a number such as 12, or 2_7"),
        ("Big", SOURCES["law"], "Big: small letters, digits and underscores, 30 at most"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_sources_is_said(path: str, value: Any, fault: str) -> None:
    assert list(faults_of_sources(changed(SOURCES, path, value))) == [fault]


GOOD = '[why.x]\nen = "a"\nru = "b"\nbe = "c"\nsources = ["crc"]\n'


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("groups.toml", "topic = ", "groups.toml: Invalid value"),
        ("groups.toml", f'topic = "areas"\n{GOOD}', "groups.toml: topic: it is called as the file is"),
        ("groups.toml", f'topic = "groups"\n{GOOD}de = "d"\n', "groups.toml: x: de is not known here"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("fresh")
def test_a_bad_file_stops_every_command(
    tmp_path: Path, monkeypatch: Any, file: str, text: str, fault: str
) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    monkeypatch.setattr(whys, "FILES", tmp_path)

    errors = guidance_can_be_read()

    assert [each.id for each in errors] == ["guidance.E001"]
    assert errors[0].msg.startswith(fault)
    with pytest.raises(NotGuidance):
        whys.keys()


@pytest.mark.usefixtures("fresh")
def test_bad_sources_stop_every_command(tmp_path: Path, monkeypatch: Any) -> None:
    bad = tmp_path / "sources.toml"
    bad.write_text("[law]\nyear = 2005\n", encoding="utf-8")
    monkeypatch.setattr(whys, "SOURCES", bad)

    assert guidance_can_be_read()[0].msg.splitlines() == [
        "sources.toml: law: title: needed in en, ru and be, and in no other language",
        "sources.toml: law: publisher: needed in en, ru and be, and in no other language",
    ]


@pytest.mark.usefixtures("fresh")
def test_the_files_that_come_with_the_service_are_whole() -> None:
    assert guidance_can_be_read() == []
