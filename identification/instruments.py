"""Instruments: questionnaires as data, and the suggestion that their rules make of the answers.

Those that come with the service are files beside this module; an administrator publishes others, or
newer versions, as rows. Both have one shape. Nothing here decides anything: a rule says which
dimension is suggested and by which signs, and a human judges.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from identification.models import Instrument
from identification.workflow import Answer, Population
from kernel.errors import Invalid

FILES = Path(__file__).parent / "data" / "instruments"
LANGUAGES = ("en", "ru", "be")
STRENGTHS = ("strong", "medium", "weak")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", re.ASCII)
LONGEST_TEXT = 600
MOST_QUESTIONS = 200
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """So many signs of each strength, in one dimension. `any` counts all, `medium_or_weak` both."""

    code: str
    needs: Mapping[str, int]
    words: Words

    def holds(self, signs: Mapping[str, int]) -> bool:
        counted = {
            **signs,
            "any": sum(signs.values()),
            "medium_or_weak": signs["medium"] + signs["weak"],
        }
        return all(counted[kind] >= least for kind, least in self.needs.items())


@dataclass(frozen=True, slots=True)
class Question:
    code: str
    dimension: str
    strength: str
    text: Words
    guidance: Words


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of an instrument."""

    code: str
    version: str
    population: str
    source: str
    title: Words
    dimensions: Mapping[str, Words]
    rules: tuple[Rule, ...]
    questions: Mapping[str, Question]
    sha256: str

    @property
    def can_be_filled_in(self) -> bool:
        """Whether it has questions; some come with their structure alone."""
        return bool(self.questions)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the rules make of one dimension, and of what: for a human to judge."""

    dimension: str
    present: bool
    rule: str
    because: tuple[str, ...]
    not_known: int


def suggest(definition: Definition, answers: Mapping[str, str]) -> list[Suggestion]:
    """One suggestion per dimension: the first rule that holds for the signs answered with yes.

    Source of the rules of the ILO sets: the brochure Operational indicators of trafficking in human
    beings (ILO and European Commission, 2009).
    """
    found = []
    for dimension in definition.dimensions:
        asked = [q for q in definition.questions.values() if q.dimension == dimension]
        signs = [q for q in asked if answers.get(q.code) == Answer.YES]
        counts = {kind: sum(q.strength == kind for q in signs) for kind in STRENGTHS}
        rule = next((rule for rule in definition.rules if rule.holds(counts)), None)
        silent = {Answer.UNKNOWN.value, Answer.NOT_ASKED.value}
        found.append(
            Suggestion(
                dimension=dimension,
                present=rule is not None,
                rule=rule.code if rule else "",
                because=tuple(q.code for q in signs),
                not_known=sum(answers.get(q.code, "not_asked") in silent for q in asked),
            )
        )
    return found


def get(code: str, version: str) -> Definition | None:
    """This very version, which its screenings refer to for ever."""
    if (code, version) in _files():
        return _files()[code, version]
    row = Instrument.objects.filter(code=code, version=version).first()
    return None if row is None else read(row.definition)


def latest(code: str) -> Definition | None:
    """The version to begin a new screening with: the newest published, else the newest file."""
    row = Instrument.objects.filter(code=code).order_by("-pk").first()
    if row is not None:
        return read(row.definition)
    versions = sorted(version for known, version in _files() if known == code)
    return _files()[code, versions[-1]] if versions else None


def current() -> list[Definition]:
    """The newest version of each instrument, by code."""
    newest = {code: _files()[code, version] for code, version in sorted(_files())}
    published = Instrument.objects.order_by("code", "-pk").distinct("code")
    newest |= {row.code: read(row.definition) for row in published}
    return [newest[code] for code in sorted(newest)]


def fitting(*, is_child: bool) -> list[Definition]:
    """Those of `current` that can be filled in for a child, or for an adult."""
    wanted = Population.CHILD if is_child else Population.ADULT
    return [
        each
        for each in current()
        if each.can_be_filled_in and each.population in {Population.ANY, wanted}
    ]


def read(said: Any) -> Definition:
    """A definition in the shape of the files. Raises Invalid with a pointer at the first fault."""
    if not isinstance(said, dict):
        raise Invalid("not_a_record", pointer="/definition")
    _known(
        said,
        {"code", "version", "population", "source", "title", "dimension", "rule", "question"},
        "",
    )
    titled = [
        _dimension(each, f"/dimension/{n}") for n, each in enumerate(_list(said, "dimension"))
    ]
    _once([code for code, _ in titled], "/dimension")
    dimensions = dict(titled)
    rules = [_rule(each, f"/rule/{n}") for n, each in enumerate(_list(said, "rule"))]
    _once([rule.code for rule in rules], "/rule")
    questions = [
        _question(each, dimensions, f"/question/{n}")
        for n, each in enumerate(_list(said, "question"))
    ]
    _once([q.code for q in questions], "/question")
    if len(questions) > MOST_QUESTIONS:
        raise Invalid("too_many_items", pointer="/definition/question")
    if _code(said, "", name="population") not in Population.values:
        raise Invalid("unknown_code", pointer="/definition/population")
    canonical = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Definition(
        code=_code(said, ""),
        version=_code(said, "", name="version"),
        population=said["population"],
        source=_text(said, "source", ""),
        title=_words(said, "title", ""),
        dimensions=dimensions,
        rules=tuple(rules),
        questions={question.code: question for question in questions},
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
    )


@cache
def _files() -> dict[tuple[str, str], Definition]:
    found = [
        read(tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(FILES.glob("*.toml"))
    ]
    return {(each.code, each.version): each for each in found}


def _dimension(said: Any, pointer: str) -> tuple[str, Words]:
    _known(said, {"code", "title"}, pointer)
    return _code(said, pointer), _words(said, "title", pointer)


def _question(said: Any, dimensions: Mapping[str, Words], pointer: str) -> Question:
    _known(said, {"code", "dimension", "strength", "text", "guidance"}, pointer)
    for name, known in (("dimension", dimensions), ("strength", STRENGTHS)):
        if _code(said, pointer, name=name) not in known:
            raise Invalid("unknown_code", pointer=f"/definition{pointer}/{name}")
    return Question(
        code=_code(said, pointer),
        dimension=said["dimension"],
        strength=said["strength"],
        text=_words(said, "text", pointer),
        guidance=_words(said, "guidance", pointer),
    )


def _rule(said: Any, pointer: str) -> Rule:
    _known(said, {"code", "needs", "words"}, pointer)
    needs = said.get("needs")
    kinds = {*STRENGTHS, "any", "medium_or_weak"}
    whole = isinstance(needs, dict) and all(
        kind in kinds and type(least) is int and least > 0 for kind, least in needs.items()
    )
    if not whole or not needs:
        raise Invalid("rule_needs_numbers_of_signs", pointer=f"/definition{pointer}/needs")
    return Rule(_code(said, pointer), needs, _words(said, "words", pointer))


def _known(said: Any, names: set[str], pointer: str) -> None:
    if not isinstance(said, dict):
        raise Invalid("not_a_record", pointer=f"/definition{pointer}")
    for name in said:
        if name not in names:
            raise Invalid("unknown_field", pointer=f"/definition{pointer}/{str(name)[:60]}")


def _list(said: dict[str, Any], name: str) -> list[Any]:
    found = said.get(name, [])
    if not isinstance(found, list):
        raise Invalid("not_a_list", pointer=f"/definition/{name}")
    return found


def _code(said: Any, pointer: str, *, name: str = "code") -> str:
    found = said.get(name) if isinstance(said, dict) else None
    if not isinstance(found, str) or not CODE.fullmatch(found):
        raise Invalid("not_a_code", pointer=f"/definition{pointer}/{name}")
    return found


def _text(said: dict[str, Any], name: str, pointer: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found.strip():
        raise Invalid("blank", pointer=f"/definition{pointer}/{name}")
    if len(found) > LONGEST_TEXT or "\x00" in found:
        raise Invalid("text_too_long", pointer=f"/definition{pointer}/{name}")
    return found


def _words(said: dict[str, Any], name: str, pointer: str) -> Words:
    """In every language of the service: a question that some cannot read is not asked."""
    found = said.get(name)
    if not isinstance(found, dict) or set(found) != set(LANGUAGES):
        raise Invalid("needed_in_three_languages", pointer=f"/definition{pointer}/{name}")
    return {language: _text(found, language, f"{pointer}/{name}") for language in LANGUAGES}


def _once(codes: list[str], pointer: str) -> None:
    twice = [n for n, code in enumerate(codes) if code in codes[:n]]
    if twice:
        raise Invalid("code_taken", pointer=f"/definition{pointer}/{twice[0]}/code")
