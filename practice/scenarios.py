"""Scenarios, as data: one file each, read strictly.

Those that come with the service lie in `practice/files`; an administrator's lie in a folder of their own
(PRACTICE_SCENARIOS) and have the same shape: of another code, or a newer version of one of ours. Older
versions stay: who has begun with one ends with it. What a file holds, docs/practice-scenarios.md says.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from agencies.lists import districts, regions, service_types
from agencies.roles import AgencyType, Role
from guidance import whys
from kernel import datafiles
from kernel.datafiles import LANGUAGES, Words
from practice import vocabulary
from practice.vocabulary import OWN, Kind, Named, Whose

FILES = Path(__file__).parent / "files"
CODE = re.compile(r"[a-z][a-z0-9_]{0,29}", re.ASCII)
# A key of the guidance's sources; whatever has blanks or capitals is a source in words.
SOURCE = re.compile(r"[a-z][a-z0-9_]*(\.[0-9_]+)?", re.ASCII)
WHY = re.compile(r"[a-z_]{1,30}\.[A-Za-z0-9_.-]{1,60}", re.ASCII)
LONGEST_TEXT = 1200
LONGEST_TITLE = 120
LONGEST_SOURCE = 200
MINUTES = range(5, 121)
STEPS = range(1, 13)
MOST_OUTCOMES = 8
MOST_AGENCIES = 8
MOST_ACTS = 30
# How far back what is given may lie.
MOST_DAYS_AGO = 366
# A month of waiting at the most.
LATEST_TURN = 24 * 31
OF_A_SCENARIO = frozenset(
    {"code", "version", "minutes", "topics", "title", "story", "seat", "agencies", "given", "steps"}
)  # fmt: skip
OF_A_SEAT = frozenset({"agency", "role"})
OF_AN_AGENCY = frozenset(
    {"key", "type", "name", "region", "district", "decides", "services", "turns"}
)
OF_A_SERVICE = frozenset(
    {
        "type", "name", "minimum_age", "maximum_age", "genders", "takes_foreigners",
        "takes_families", "needs_gender", "languages", "districts", "round_the_clock", "capacity",
        "places_free",
    }
)  # fmt: skip
OF_A_STEP = frozenset({"key", "happens", "task", "waits", "outcomes"})
OF_AN_OUTCOME = frozenset({"key", "when", "good", "says", "whys", "sources"})
# How a fact is held against a value, and for which kinds of fact.
WAYS: Mapping[str, frozenset[Kind]] = {
    "not": frozenset({Kind.CODE}),
    "in": frozenset({Kind.CODE}),
    "not_in": frozenset({Kind.CODE}),
    "has": frozenset({Kind.CODES}),
    "has_any": frozenset({Kind.CODES}),
    "lacks": frozenset({Kind.CODES}),
    "within": frozenset({Kind.CODES}),
    "at_least": frozenset({Kind.NUMBER}),
    "at_most": frozenset({Kind.NUMBER}),
}
IS = "is"
GOOD: Mapping[Any, str] = {True: "good", False: "bad", "partly": "partly"}
Values = Mapping[str, Any]


class NotAScenario(Exception):
    """A file that cannot be used, with everything that is wrong in it."""


@dataclass(frozen=True, slots=True)
class Said:
    """An act that somebody does: its name, who, with which values, and how many days before the
    learner comes in."""

    act: str
    values: Values
    by: str = ""
    days_ago: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """What a scripted member does when something has reached it: so many hours later, and only for
    this type of service if one is named."""

    said: Said
    after_hours: float
    service: str


@dataclass(frozen=True, slots=True)
class Cast:
    """An agency of a scenario. `services` are facts as `agencies` takes them."""

    key: str
    type: str
    name: Words
    region: str
    district: str
    decides: bool
    services: tuple[Values, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    fact: str
    way: str
    value: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a step can end: `when` any of these lists of conditions holds as a whole.

    `says` is what a good answer weighs, and why: told when the step is over, and not before.
    """

    key: str
    when: tuple[tuple[Condition, ...], ...]
    good: str
    says: Words
    whys: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """`waits`: time has to pass in it, after what the learner can do."""

    key: str
    happens: Words
    task: Words
    waits: bool
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    code: str
    version: str
    minutes: int
    topics: tuple[str, ...]
    title: Words
    story: Words
    seat: str
    agencies: Mapping[str, Cast]
    given: tuple[Said, ...]
    steps: tuple[Step, ...]

    @property
    def parts(self) -> dict[str, tuple[str, Role]]:
        """Whom the scenario needs: each part with its agency and its role. The learner's is `learner`;
        a colleague, `own`, and a supervisor of the same agency stand beside it; every other agency
        has a focal point under its own key, an officer where it decides, and a social worker where
        one has done something of what is given: only they, and not the focal point, log a case."""
        found = {
            vocabulary.LEARNER: (OWN, Role(self.seat)),
            OWN: (OWN, Role.SOCIAL_WORKER),
            f"{OWN}.{Whose.SUPERVISOR}": (OWN, Role.SUPERVISOR),
        }
        for each in self.agencies.values():
            if each.key != OWN:
                found[each.key] = (each.key, Role.FOCAL_POINT)
            if each.decides:
                found[f"{each.key}.{Whose.OFFICER}"] = (each.key, Role.IDENTIFICATION_OFFICER)
        for part in {said.by for said in self.given}:
            key, _, role = part.partition(".")
            if role == Role.SOCIAL_WORKER:
                found[part] = (key, Role.SOCIAL_WORKER)
        return found


def current() -> dict[str, Scenario]:
    """The newest version of each scenario, in the order of their codes."""
    return datafiles.newest(_scenarios(settings.PRACTICE_SCENARIOS))


def get(code: str, version: str) -> Scenario | None:
    """This very version, by which somebody has begun."""
    return _scenarios(settings.PRACTICE_SCENARIOS).get((code, version))


def read(path: Path) -> Scenario:
    """The scenario of a file. Raises NotAScenario, which names each fault."""
    return _made(datafiles.checked(path, NotAScenario, faults))


def scenarios_can_be_read(**_options: Any) -> list[CheckMessage]:
    """No command starts with a scenario that would fail a learner half-way."""
    try:
        current()
    except NotAScenario as fault:
        hint = "docs/practice-scenarios.md says what a scenario holds."
        return [Error(str(fault), hint=hint, id="practice.E001")]
    return []


def faults(said: dict[str, Any]) -> Iterator[str]:
    """Everything that is wrong with a scenario, in words for whoever writes it."""
    yield from datafiles.unknown(said, OF_A_SCENARIO, "the file")
    if not _is_code(said.get("code")):
        yield "code: small letters, digits and underlines, 30 at most"
    if not datafiles.fits(datafiles.VERSION, said.get("version")):
        yield "version: numbers such as 2026.1, as a text"
    if said.get("minutes") not in MINUTES or isinstance(said.get("minutes"), bool):
        yield f"minutes: a number from {MINUTES[0]} to {MINUTES[-1]}"
    if not _are_codes(said.get("topics")):
        yield "topics: the topics of learning that it belongs to"
    yield from _not_words(said.get("title"), "title", LONGEST_TITLE)
    yield from _not_words(said.get("story"), "story")
    yield from _faults_of_seat(said.get("seat"))
    yield from _faults_of_agencies(said.get("agencies"))
    keys = {str(datafiles.get(each, "key")) for each in _list(said.get("agencies"))}
    given = said.get("given", [])
    if not isinstance(given, list) or len(given) > MOST_ACTS:
        yield f"given: a list of {MOST_ACTS} acts at most"
    for number, act in enumerate(_list(given), 1):
        yield from _faults_of_given(act, keys, f"given {number}")
    yield from _faults_of_steps(said.get("steps"), keys)


def _faults_of_seat(seat: Any) -> Iterator[str]:
    if not isinstance(seat, dict):
        yield "seat: whose seat the learner takes: agency and role"
        return
    yield from datafiles.unknown(seat, OF_A_SEAT, "seat")
    if seat.get("agency") != OWN:
        yield f"seat: agency: {OWN}, the learner's own"
    if seat.get("role") not in vocabulary.SEATS:
        yield f"seat: role: one of {', '.join(sorted(vocabulary.SEATS))}"


def _faults_of_agencies(agencies: Any) -> Iterator[str]:
    if not isinstance(agencies, list) or not 1 <= len(agencies) <= MOST_AGENCIES:
        yield f"agencies: from 1 to {MOST_AGENCIES} are needed"
        return
    for number, each in enumerate(agencies, 1):
        yield from _faults_of_agency(each, f"agency {datafiles.get(each, 'key') or number}")
    keys = [str(datafiles.get(each, "key")) for each in agencies]
    yield from _twice(keys, "agency")
    for language in sorted(LANGUAGES):
        names = [datafiles.get(datafiles.get(each, "name"), language) for each in agencies]
        yield from _twice([str(name) for name in names if name], f"agencies: {language}: name")
    if OWN not in keys:
        yield f"agencies: the learner's own is missing, with the key {OWN}"


def _faults_of_agency(said: Any, where: str) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f"{where}: not a table"
        return
    yield from datafiles.unknown(said, OF_AN_AGENCY, where)
    if not _is_code(said.get("key")) or said["key"] == vocabulary.LEARNER:
        yield f"{where}: key: small letters, digits and underlines, 30 at most"
    if said.get("type") not in AgencyType.values:
        yield f"{where}: type: one of {', '.join(sorted(AgencyType.values))}"
    yield from _not_words(said.get("name"), f"{where}: name", LONGEST_TITLE)
    yield from _faults_of_place(said, where)
    if not isinstance(said.get("decides", False), bool):
        yield f"{where}: decides: true or false"
    for number, service in enumerate(_list(said.get("services", [])), 1):
        yield from _faults_of_service(service, f"service {number} of {where}")
    for number, turn in enumerate(_list(said.get("turns", [])), 1):
        yield from _faults_of_turn(turn, said, f"turn {number} of {where}")


def _faults_of_place(said: dict[str, Any], where: str) -> Iterator[str]:
    if said.get("region", "") not in {"", *regions()}:
        yield f"{where}: region: a code by ISO 3166-2, or none"
    if said.get("district", "") not in {"", *districts()}:
        yield f"{where}: district: a code of the list of districts, or none"


def _faults_of_service(said: Any, where: str) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f"{where}: not a table"
        return
    yield from datafiles.unknown(said, OF_A_SERVICE, where)
    if said.get("type") not in service_types():
        yield f"{where}: type: a code of the list of service types"
    yield from _not_words(said.get("name"), f"{where}: name", LONGEST_TITLE)


def _faults_of_turn(said: Any, of: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f"{where}: not a table"
        return
    hours = said.get("after_hours", 0)
    if (
        isinstance(hours, bool)
        or not isinstance(hours, int | float)
        or not 0 <= hours <= LATEST_TURN
    ):
        yield f"{where}: after_hours: a number from 0 to {LATEST_TURN}"
    if said.get("service", "") not in {"", *service_types()}:
        yield f"{where}: service: a code of the list of service types, or none"
    if said.get("act") not in vocabulary.TURNS:
        yield f"{where}: act: one of {', '.join(sorted(vocabulary.TURNS))}"
        return
    if "by" in said:
        yield f"{where}: by is not known here"
    act = {
        name: value for name, value in said.items() if name not in {"after_hours", "service"}
    }
    yield from _faults_of_act(act | {"by": of.get("key")}, {str(of.get("key"))}, where)
    if vocabulary.ACTS[said["act"]].whose not in _taking_turns(of):
        yield f"{where}: {said['act']}: not an act of anybody there"


def _taking_turns(agency: dict[str, Any]) -> set[Whose]:
    """Whose acts may be turns of this agency."""
    if agency.get("key") == OWN:
        return {Whose.SUPERVISOR}
    return {Whose.PARTNER, Whose.OFFICER} if agency.get("decides") else {Whose.PARTNER}


def _faults_of_given(said: Any, keys: Collection[str], where: str) -> Iterator[str]:
    if isinstance(said, dict):
        days = said.get("days_ago", 0)
        if type(days) is not int or not 0 <= days <= MOST_DAYS_AGO:
            yield f"{where}: days_ago: a number from 0 to {MOST_DAYS_AGO}"
        said = {
            name: value for name, value in said.items() if name not in vocabulary.OF_A_GIVEN
        }
    yield from _faults_of_act(said, keys, where)


def _faults_of_act(said: Any, keys: Collection[str], where: str) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f"{where}: not a table"
        return
    act = vocabulary.ACTS.get(str(said.get("act")))
    if act is None:
        yield f"{where}: act: {said.get('act')} is not known here"
        return
    values = set(said) - vocabulary.OF_ANY_ACT
    yield from datafiles.unknown(
        dict.fromkeys(values), act.needs | act.may, f"{where}: {said['act']}"
    )
    for name in sorted(act.needs - values):
        yield f"{where}: {said['act']}: {name} is needed"
    yield from _faults_of_by(said, act.whose, keys, f"{where}: {said['act']}")
    if "to" in said and said["to"] not in keys:
        yield f"{where}: {said['act']}: to: no agency has the key {said['to']}"
    for name, words in said.items():
        if isinstance(words, dict) and set(words) & LANGUAGES:
            yield from _not_words(words, f"{where}: {said['act']}: {name}")


def _faults_of_by(
    said: dict[str, Any], whose: Whose, keys: Collection[str], where: str
) -> Iterator[str]:
    if "by" not in said and whose in {Whose.PARTNER, Whose.OFFICER}:
        yield f"{where}: by is needed"
    if "by" in said and not _is_part(said["by"], keys):
        yield f"{where}: by: nobody is {said['by']}"


def _is_part(name: Any, keys: Collection[str]) -> bool:
    """Whether somebody takes this part. An officer is there where the agency decides."""
    key, _, rest = str(name).partition(".")
    if key == OWN:
        return rest in {"", Whose.SUPERVISOR, Whose.OFFICER}
    return key in keys and rest in {"", Whose.OFFICER, Role.SOCIAL_WORKER}


def _faults_of_steps(steps: Any, keys: Collection[str]) -> Iterator[str]:
    if not isinstance(steps, list) or len(steps) not in STEPS:
        yield f"steps: from {STEPS[0]} to {STEPS[-1]} are needed"
        return
    for number, step in enumerate(steps, 1):
        yield from _faults_of_step(step, keys, f"step {datafiles.get(step, 'key') or number}")
    yield from _twice([str(datafiles.get(step, "key")) for step in steps], "step")


def _faults_of_step(said: Any, keys: Collection[str], where: str) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f"{where}: not a table"
        return
    yield from datafiles.unknown(said, OF_A_STEP, where)
    if not _is_code(said.get("key")):
        yield f"{where}: key: small letters, digits and underlines, 30 at most"
    for name in ("happens", "task"):
        yield from _not_words(said.get(name), f"{where}: {name}")
    if not isinstance(said.get("waits", False), bool):
        yield f"{where}: waits: true or false"
    outcomes = said.get("outcomes")
    if not isinstance(outcomes, list) or not 1 <= len(outcomes) <= MOST_OUTCOMES:
        yield f"{where}: outcomes: from 1 to {MOST_OUTCOMES} are needed"
        return
    for number, outcome in enumerate(outcomes, 1):
        named = f"outcome {datafiles.get(outcome, 'key') or number} of {where}"
        yield from _faults_of_outcome(outcome, keys, named)
    yield from _twice(
        [str(datafiles.get(each, "key")) for each in outcomes], f"{where}: outcome"
    )
    if not any(datafiles.get(each, "good") is True for each in outcomes):
        yield f"{where}: outcomes: one must be good"


def _faults_of_outcome(said: Any, keys: Collection[str], where: str) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f"{where}: not a table"
        return
    yield from datafiles.unknown(said, OF_AN_OUTCOME, where)
    if not _is_code(said.get("key")):
        yield f"{where}: key: small letters, digits and underlines, 30 at most"
    if not isinstance(said.get("good"), bool | str) or said["good"] not in GOOD:
        yield f'{where}: good: true, false or "partly"'
    yield from _not_words(said.get("says"), f"{where}: says")
    if not _are_texts(said.get("whys", []), WHY):
        yield f"{where}: whys: keys of the guidance, such as groups.identity"
    yield from _unheard_of(said, where)
    if not said.get("sources") or not _are_texts(said["sources"], None):
        yield f"{where}: sources: who says so, by which article, in which year"
    whens = said.get("when")
    for when in whens if isinstance(whens, list) and whens else [whens]:
        yield from _faults_of_when(when, keys, f"{where}: when")


def _faults_of_when(said: Any, keys: Collection[str], where: str) -> Iterator[str]:
    if not isinstance(said, dict) or not said:
        yield f"{where}: a fact at least is needed"
        return
    for name, wanted in said.items():
        known = vocabulary.fact(name, keys)
        if known is None:
            yield f"{where}: {name}: there is no such fact"
        else:
            yield from _faults_of_wanted(wanted, known, keys, f"{where}: {name}")


def _faults_of_wanted(
    wanted: Any, known: Named, keys: Collection[str], where: str
) -> Iterator[str]:
    if not isinstance(wanted, dict):
        if known.kind is Kind.CODES:
            yield f"{where}: say has, has_any, lacks or within"
        yield from _faults_of_value(wanted, known, keys, where)
        return
    if not wanted:
        yield f"{where}: nothing is said of it"
    for way, value in wanted.items():
        if known.kind not in WAYS.get(way, frozenset()):
            yield f"{where}: {way}: not for a fact of this kind"
        else:
            for each in value if isinstance(value, list) else [value]:
                yield from _faults_of_value(each, known, keys, where)


def _faults_of_value(
    value: Any, known: Named, keys: Collection[str], where: str
) -> Iterator[str]:
    wanted: type = {Kind.FLAG: bool, Kind.NUMBER: int}.get(known.kind, str)
    if type(value) is not wanted:
        yield f"{where}: {value!r} is no {known.kind}"
    elif known is vocabulary.KEYS and value not in keys:
        yield f"{where}: no agency has the key {value}"
    elif known.codes is not None and value not in known.codes:
        yield f"{where}: {value} is not one of its codes"


def _twice(codes: list[str], what: str) -> Iterator[str]:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"{what} {code} is there twice"


def _not_words(said: Any, where: str, longest: int = LONGEST_TEXT) -> Iterator[str]:
    return datafiles.not_words(said, where, longest)


def _is_code(said: Any) -> bool:
    return datafiles.fits(CODE, said)


def _are_codes(said: Any) -> bool:
    return isinstance(said, list) and bool(said) and all(_is_code(each) for each in said)


def _are_texts(said: Any, pattern: re.Pattern[str] | None) -> bool:
    return isinstance(said, list) and all(
        isinstance(each, str)
        and 0 < len(each.strip()) <= LONGEST_SOURCE
        and (pattern is None or pattern.fullmatch(each) is not None)
        for each in said
    )


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []


def _made(said: dict[str, Any]) -> Scenario:
    return Scenario(
        code=said["code"],
        version=said["version"],
        minutes=said["minutes"],
        topics=tuple(said["topics"]),
        title=said["title"],
        story=said["story"],
        seat=said["seat"]["role"],
        agencies={each["key"]: _cast(each) for each in said["agencies"]},
        given=tuple(act_of(each) for each in said.get("given", [])),
        steps=tuple(_step(each) for each in said["steps"]),
    )


def act_of(said: Mapping[str, Any]) -> Said:
    """The act as it stands in a file."""
    beside = vocabulary.OF_ANY_ACT | vocabulary.OF_A_GIVEN
    values = {name: value for name, value in said.items() if name not in beside}
    return Said(
        act=said["act"],
        values=values,
        by=said.get("by", ""),
        days_ago=said.get("days_ago", 0),
    )


def _cast(said: dict[str, Any]) -> Cast:
    return Cast(
        key=said["key"],
        type=said["type"],
        name=said["name"],
        region=said.get("region", ""),
        district=said.get("district", ""),
        decides=said.get("decides", False),
        services=tuple(said.get("services", [])),
        turns=tuple(_turn(each) for each in said.get("turns", [])),
    )


def _turn(said: dict[str, Any]) -> Turn:
    act = {
        name: value for name, value in said.items() if name not in {"after_hours", "service"}
    }
    return Turn(act_of(act), said.get("after_hours", 0), said.get("service", ""))


def _step(said: dict[str, Any]) -> Step:
    return Step(
        key=said["key"],
        happens=said["happens"],
        task=said["task"],
        waits=said.get("waits", False),
        outcomes=tuple(_outcome(each) for each in said["outcomes"]),
    )


def _outcome(said: dict[str, Any]) -> Outcome:
    whens = said["when"] if isinstance(said["when"], list) else [said["when"]]
    return Outcome(
        key=said["key"],
        when=tuple(tuple(_conditions(when)) for when in whens),
        good=GOOD[said["good"]],
        says=said["says"],
        whys=tuple(said.get("whys", [])),
        sources=tuple(said["sources"]),
    )


def _conditions(said: dict[str, Any]) -> Iterator[Condition]:
    for name, wanted in said.items():
        if isinstance(wanted, dict):
            yield from (Condition(name, way, value) for way, value in wanted.items())
        else:
            yield Condition(name, IS, wanted)


@cache
def _scenarios(folder: str) -> dict[tuple[str, str], Scenario]:
    """Ours, and those of the administrator's folder; never two of one code and version."""
    return datafiles.versions(
        FILES, "PRACTICE_SCENARIOS", folder,
        read=read, key=lambda each: (each.code, each.version), unusable=NotAScenario,
    )  # fmt: skip


def _unheard_of(said: dict[str, Any], where: str) -> Iterator[str]:
    """Guidance that there is none of: the learner would be told nothing. A source is one of the
    guidance's by its key, or is named in words."""
    known = set(whys.keys())
    yield from (
        f"{where}: whys: {key} is not in the guidance"
        for key in _list(said.get("whys"))
        if WHY.fullmatch(str(key)) and str(key) not in known
    )
    yield from (
        f"{where}: sources: {key} is not in the guidance"
        for key in _list(said.get("sources"))
        if SOURCE.fullmatch(str(key)) and str(key) not in whys.source_keys()
    )
