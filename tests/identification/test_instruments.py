"""Instruments are data: the files are whole, and the rules suggest exactly what the source says."""

import copy
import itertools
from typing import Any

import pytest

from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from identification import instruments
from identification.instruments import Rule, suggest
from identification.models import Instrument
from kernel.errors import Invalid

ILO_ADULT = {
    "deceptive_recruitment": 10,
    "coercive_recruitment": 10,
    "abuse_of_vulnerability_recruitment": 16,
    "exploitation": 9,
    "coercion_at_destination": 15,
    "abuse_of_vulnerability_destination": 7,
}


def questions_by_dimension(code: str) -> dict[str, int]:
    found = instruments.latest(code)
    assert found is not None
    return {
        dimension: sum(q.dimension == dimension for q in found.questions.values())
        for dimension in found.dimensions
    }


@pytest.mark.django_db
def test_the_instruments_that_come_with_the_service() -> None:
    found = {
        each.code: (each.population, len(each.questions)) for each in instruments.current()
    }

    assert found == {
        "forced_labour_11": ("any", 11),
        "ilo_adult_labour": ("adult", 67),
        "ilo_adult_sexual": ("adult", 0),
        "ilo_child_labour": ("child", 0),
        "ilo_child_sexual": ("child", 0),
    }


@pytest.mark.django_db
def test_the_adult_labour_set_has_the_counts_of_its_source() -> None:
    assert questions_by_dimension("ilo_adult_labour") == ILO_ADULT


@pytest.mark.django_db
def test_the_other_sets_have_the_same_structure() -> None:
    for code in ("ilo_child_labour", "ilo_adult_sexual", "ilo_child_sexual"):
        assert questions_by_dimension(code) == dict.fromkeys(ILO_ADULT, 0)


@pytest.mark.django_db
def test_every_question_has_guidance_in_three_languages() -> None:
    for definition in instruments.current():
        for question in definition.questions.values():
            for words in (question.text, question.guidance):
                assert set(words) == {"en", "ru", "be"}
                assert all(words.values())
                assert not set("ищъ") & set(words["be"].lower()), question.code


def ilo(strong: int, medium: int, weak: int) -> str:
    """The rule of the ILO brochure, written out by hand and not from the file."""
    if strong >= 2:
        return "two_strong"
    if strong == 1 and medium + weak >= 1:
        return "strong_and_another"
    if medium >= 3:
        return "three_medium"
    if medium >= 2 and weak >= 1:
        return "two_medium_and_weak"
    return ""


@pytest.mark.django_db
def test_a_dimension_is_suggested_by_the_rules_of_the_ilo() -> None:
    definition = instruments.latest("ilo_adult_labour")
    assert definition is not None
    of: dict[str, list[str]] = {"strong": [], "medium": [], "weak": []}
    for question in definition.questions.values():
        if question.dimension == "coercion_at_destination":
            of[question.strength].append(question.code)

    seen = set()
    for counts in itertools.product(*(range(min(4, len(of[kind]) + 1)) for kind in of)):
        yes = [code for kind, n in zip(of, counts, strict=True) for code in of[kind][:n]]
        (found,) = [
            each
            for each in suggest(definition, dict.fromkeys(yes, "yes"))
            if each.dimension == "coercion_at_destination"
        ]
        rule = ilo(*counts)
        seen.add(rule)
        assert (found.rule, found.present) == (rule, bool(rule)), counts
        assert set(found.because) == set(yes)
        assert found.not_known == 15 - len(yes)
    assert len(seen) >= 3


@pytest.mark.django_db
def test_one_sign_of_forced_labour_suffices() -> None:
    definition = instruments.latest("forced_labour_11")
    assert definition is not None

    (none,) = suggest(definition, dict.fromkeys(definition.questions, "no"))
    (one,) = suggest(definition, {"debt_bondage": "yes", "deception": "unknown"})

    assert (none.present, none.rule, none.not_known) == (False, "", 0)
    assert (one.present, one.rule, one.because, one.not_known) == (
        True, "any_one", ("debt_bondage",), 10,
    )  # fmt: skip


WORDS = {"en": "One", "ru": "Один", "be": "Адзін"}
NATIONAL: dict[str, Any] = {
    "code": "national_form",
    "version": "1",
    "population": "any",
    "source": "Made for a test",
    "title": WORDS,
    "dimension": [{"code": "signs", "title": WORDS}],
    "rule": [{"code": "two", "needs": {"any": 2}, "words": WORDS}],
    "question": [
        {"code": code, "dimension": "signs", "strength": "weak", "text": WORDS,
         "guidance": WORDS}
        for code in ("Q1", "Q2", "Q3")
    ],
}  # fmt: skip


@pytest.mark.django_db
def test_an_administrator_defines_a_national_questionnaire(signed_in: Any) -> None:
    admin = signed_in(make.make_member(role=Role.SYSTEM_ADMIN))

    answer = admin.post("instruments/", {"definition": NATIONAL})
    second = admin.post("instruments/", {"definition": NATIONAL | {"version": "2"}})

    assert (answer.status_code, second.status_code) == (201, 201)
    assert answer.json()["definition"] == NATIONAL
    shown = admin.get("instruments/national_form/").json()
    assert shown["definition"]["version"] == "2"
    old = admin.get("instruments/national_form/?version=1").json()
    assert old["definition"] == NATIONAL
    lines = {each["code"]: each for each in admin.get("instruments/").json()["results"]}
    assert lines["national_form"] == {
        "code": "national_form", "version": "2", "population": "any", "title": WORDS,
        "questions": 3,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_version_is_published_once_and_never_changed(signed_in: Any) -> None:
    admin = signed_in(make.make_member(role=Role.SYSTEM_ADMIN))
    admin.post("instruments/", {"definition": NATIONAL})

    again = admin.post("instruments/", {"definition": NATIONAL | {"source": "Another"}})

    assert (again.status_code, again.json()["code"]) == (409, "instrument_version_is_there")
    assert Instrument.objects.get().definition == NATIONAL


def changed(path: list[Any], value: Any) -> dict[str, Any]:
    said = copy.deepcopy(NATIONAL)
    place: Any = said
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return said


@pytest.mark.parametrize(
    ("path", "value", "code", "pointer"),
    [
        (["code"], "with blank", "not_a_code", "/definition/code"),
        (["population"], "men", "unknown_code", "/definition/population"),
        (["title"], {"en": "One"}, "needed_in_three_languages", "/definition/title"),
        (["title"], {**WORDS, "be": " "}, "blank", "/definition/title/be"),
        (["colour"], "red", "unknown_field", "/definition/colour"),
        (["question"], {}, "not_a_list", "/definition/question"),
        (["question", 1, "code"], "Q1", "code_taken", "/definition/question/1/code"),
        (["question", 0, "dimension"], "x", "unknown_code",
         "/definition/question/0/dimension"),
        (["question", 0, "strength"], "huge", "unknown_code",
         "/definition/question/0/strength"),
        (["rule", 0, "needs"], {"any": 0}, "rule_needs_numbers_of_signs",
         "/definition/rule/0/needs"),
        (["rule", 0, "needs"], {"some": 1}, "rule_needs_numbers_of_signs",
         "/definition/rule/0/needs"),
        (["rule", 0, "needs"], {"any": True}, "rule_needs_numbers_of_signs",
         "/definition/rule/0/needs"),
        (["rule", 0, "needs"], {}, "rule_needs_numbers_of_signs",
         "/definition/rule/0/needs"),
    ],
)  # fmt: skip
def test_a_definition_that_is_wrong_is_refused_where_it_is_wrong(
    path: list[Any], value: Any, code: str, pointer: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        instruments.read(changed(path, value))

    assert (refusal.value.code, refusal.value.pointer) == (code, pointer)


@pytest.mark.parametrize("said", [None, [], "text", 3])
def test_a_definition_is_a_record(said: Any) -> None:
    with pytest.raises(Invalid, match="not_a_record"):
        instruments.read(said)


@pytest.mark.django_db
def test_nobody_else_publishes(sender: Member, signed_in: Any) -> None:
    answer = signed_in(sender).post("instruments/", {"definition": NATIONAL})

    assert (answer.status_code, answer.json()["code"]) == (403, "role_may_not_publish")
    assert Instrument.objects.count() == 0


def test_a_rule_counts_every_kind() -> None:
    signs = {"strong": 1, "medium": 1, "weak": 1}

    held = {
        name
        for name, needs in {
            "any3": {"any": 3}, "any4": {"any": 4}, "both2": {"medium_or_weak": 2},
            "both3": {"medium_or_weak": 3}, "each": {"strong": 1, "medium": 1, "weak": 1},
        }.items()
        if Rule(name, needs, WORDS).holds(signs)
    }  # fmt: skip

    assert held == {"any3", "both2", "each"}
