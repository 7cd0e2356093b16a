"""What differs from country to country, as a file: ages, deciding bodies, clocks, help by law.

The setting JURISDICTION names a file beside this module (`belarus`, `council_of_europe`) or the
path of one's own. It is read strictly: an unknown word, a missing one or a reflection period under
thirty days is refused when the file is read, not in the middle of somebody's case.
"""

import datetime as dt
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings

from agencies.lists import service_types
from agencies.roles import AgencyType
from kernel.clock import Runs, Span
from kernel.datafiles import LANGUAGES

FILES = Path(__file__).parent / "data" / "jurisdictions"
# Council of Europe Convention, art. 13: no law may go below.
SHORTEST_REFLECTION = 30
# HTCDS 2.0, vic_TraffickingStatusDecisionMakingOrg.
BODIES = frozenset(
    {"Police", "NGO", "CourtOrProsecution", "NonPoliceGovernmentalOrganization", "Other"}
)
T = TypeVar("T")


class NotAJurisdiction(Exception):
    """The file does not say what it must, or says what cannot be. The words name the place."""


@dataclass(frozen=True, slots=True)
class Ages:
    adult_from: int
    own_data_from: int


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    zone: str
    holidays: str
    closed_days: frozenset[dt.date]
    working_days: frozenset[dt.date]


@dataclass(frozen=True, slots=True)
class DecidingBody:
    """A kind of agency that may decide on identification; `htcds` is its name in the standard."""

    code: str
    agency_types: frozenset[str]
    htcds: str
    source: str


@dataclass(frozen=True, slots=True)
class Decision:
    reasonable_grounds: Span
    conclusive: Span


@dataclass(frozen=True, slots=True)
class Reflection:
    """Days. `warn_days` count from the beginning of a period of the minimum's length."""

    minimum_days: int
    warn_days: tuple[int, ...]
    longest_days: int


@dataclass(frozen=True, slots=True)
class Reconsideration:
    window_days: int


@dataclass(frozen=True, slots=True)
class Told:
    who: str
    within: Span


@dataclass(frozen=True, slots=True)
class CaseClocks:
    assessment: Span
    assessment_high_risk: Span
    guardian: Span
    plan: Span


@dataclass(frozen=True, slots=True)
class ReferralClocks:
    reply: Span
    contact: Span


@dataclass(frozen=True, slots=True)
class Reintegration:
    review_months: tuple[int, ...]
    follow_up_months: tuple[int, ...]
    check_in_days: Mapping[str, int]
    grace_days: int


@dataclass(frozen=True, slots=True)
class WarningRules:
    score_drop: int
    lowest_safe_score: int
    failed_contacts: int
    overdue_action_days: int
    self_below_worker: int


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Help that the law gives to people of these ages, and who gives it (nobody named: anybody)."""

    service: str
    source: str
    ages: tuple[int, int] = (0, 130)
    providers: frozenset[str] = frozenset()
    longest_days: int | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a person is kept: so many months after their case was registered or closed, and, if
    they may have been a child, until the youngest they can have been is `until_age`.

    The first rule that fits counts; whom none fits is kept. `closures` empty: any.
    """

    code: str
    counts_from: str
    months: int
    title: Mapping[str, str]
    source: str
    closures: frozenset[str] = frozenset()
    ages: tuple[int, int] = (0, 130)
    until_age: int = 0

    def fits(self, *, closure: str, youngest: int) -> bool:
        """Whether it is for a case that ended so (empty: a draft), of somebody at least so old."""
        if (self.counts_from == "closed") != bool(closure):
            return False
        return (not self.closures or closure in self.closures) and (
            self.ages[0] <= youngest <= self.ages[1]
        )


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    code: str
    title: Mapping[str, str]
    checked_by_counsel: bool
    ages: Ages
    calendar: WorkingCalendar
    deciding_bodies: tuple[DecidingBody, ...]
    decision: Decision
    reflection: Reflection
    reconsideration: Reconsideration
    told: tuple[Told, ...]
    clocks: CaseClocks
    referral: Mapping[str, ReferralClocks]
    reintegration: Reintegration
    warnings: WarningRules
    entitlements: tuple[Entitlement, ...]
    retention: tuple[Retention, ...]

    def deciding_body(self, code: str) -> DecidingBody | None:
        return next((body for body in self.deciding_bodies if body.code == code), None)

    def entitled(self, youngest: int, oldest: int) -> list[Entitlement]:
        """What the law gives to somebody between these ages; which ages, each one says."""
        return [e for e in self.entitlements if e.ages[0] <= oldest and youngest <= e.ages[1]]


def current() -> Jurisdiction:
    """The one in force here. Raises NotAJurisdiction if its file cannot be used."""
    return load(settings.JURISDICTION)


@lru_cache(maxsize=16)
def load(name: str) -> Jurisdiction:
    path = Path(name) if name.endswith(".toml") else FILES / f"{name}.toml"
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        return _jurisdiction(said)
    except (OSError, ValueError) as fault:
        raise NotAJurisdiction(f"{path}: {fault}") from fault


Said = dict[str, Any]


def _jurisdiction(said: Said) -> Jurisdiction:
    """Each table by its reader; what is left over belongs to nothing."""
    read = {name: _taken(said, table, reader) for name, (table, reader) in TABLES.items()}
    if said:
        raise ValueError(f"not a word of this file: {', '.join(sorted(said))}")
    return Jurisdiction(**read)


@contextmanager
def _place(name: str) -> Iterator[None]:
    """Whatever is wrong inside is told with the place where it stands."""
    try:
        yield
    except KeyError as fault:
        raise ValueError(f"{name}: {fault}") from fault
    except (AttributeError, TypeError) as fault:
        raise ValueError(f"{name}: of another kind than it must be") from fault
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from fault


def _taken(said: Said, name: str, read: Callable[[Any], T]) -> T:
    if name not in said:
        raise ValueError(f"{name} is missing")
    with _place(name):
        return read(said.pop(name))


def _record(kind: type[T], said: Said) -> T:
    names = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]  # each kind is a dataclass
    if set(said) != set(names):
        raise ValueError(", ".join(sorted(set(said) ^ set(names))))
    for name, wanted in names.items():
        with _place(name):
            if wanted is int:
                _number(said[name])
            elif wanted is str:
                _text(said[name])
    return kind(**said)


def _number(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("a whole number is needed")
    if value < 0:
        raise ValueError(f"{value} is negative")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text is needed")
    return value


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError("true or false is needed")
    return value


def _numbers(value: Any) -> tuple[int, ...]:
    return tuple(_number(each) for each in value)


def _title(said: Said) -> dict[str, str]:
    if set(said) != LANGUAGES or not all(said.values()):
        raise ValueError("in en, ru and be")
    return {language: _text(words) for language, words in said.items()}


def _span(said: Said) -> Span:
    runs = Runs(said.pop("runs"))
    hours = said.pop("hours", 0) + 24 * said.pop("days", 0)
    if said or hours <= 0:
        raise ValueError("a span has hours or days, and says when it runs")
    return Span(hours, runs)


def _spans(said: Said) -> dict[str, Span]:
    return {name: _taken(said, name, _span) for name in list(said)}


def _each_once(codes: Iterable[str]) -> None:
    said = list(codes)
    if len(set(said)) != len(said):
        raise ValueError("each code once")


def _days(said: list[str]) -> frozenset[dt.date]:
    return frozenset(dt.date.fromisoformat(day) for day in said)


def _calendar(said: Said) -> WorkingCalendar:
    with _place("zone"):
        ZoneInfo(said["zone"])
    with _place("holidays"):
        if said["holidays"] not in holidays.list_supported_countries():
            raise ValueError(f"{said['holidays']} has no calendar")
    days = {name: _taken(said, name, _days) for name in ("closed_days", "working_days")}
    return _record(WorkingCalendar, said | days)


def _kinds(said: list[str]) -> frozenset[str]:
    return frozenset(AgencyType(each).value for each in said)


def _body(said: Said) -> DecidingBody:
    kinds = _taken(said, "agency_types", _kinds)
    body = _record(DecidingBody, said | {"agency_types": kinds})
    if not kinds:
        raise ValueError("agency_types: nobody")
    if body.htcds not in BODIES:
        raise ValueError(f"htcds: {body.htcds} is not one of {', '.join(sorted(BODIES))}")
    return body


def _bodies(said: list[Said]) -> tuple[DecidingBody, ...]:
    bodies = tuple(_body(each) for each in said)
    _each_once(body.code for body in bodies)
    return bodies


def _ages(said: Said) -> Ages:
    return _record(Ages, said)


def _decision(said: Said) -> Decision:
    return _record(Decision, dict(_spans(said)))


def _reflection(said: Said) -> Reflection:
    read = _record(Reflection, said | {"warn_days": _taken(said, "warn_days", _numbers)})
    if read.minimum_days < SHORTEST_REFLECTION:
        raise ValueError(f"{SHORTEST_REFLECTION} days at least (CETS 197, art. 13)")
    if read.longest_days < read.minimum_days:
        raise ValueError("the longest is shorter than the minimum")
    if not all(0 < day < read.minimum_days for day in read.warn_days):
        raise ValueError("warnings lie inside the minimum")
    return read


def _reconsideration(said: Said) -> Reconsideration:
    return _record(Reconsideration, said)


def _told(said: list[Said]) -> tuple[Told, ...]:
    told = tuple(
        _record(Told, each | {"within": _taken(each, "within", _span)}) for each in said
    )
    for each in told:
        if each.who not in {"person", "guardian"}:
            raise ValueError(f"{each.who} is not somebody who is told")
    return told


def _clocks(said: Said) -> CaseClocks:
    return _record(CaseClocks, dict(_spans(said)))


def _referral_clocks(said: Said) -> ReferralClocks:
    return _record(ReferralClocks, dict(_spans(said)))


def _referral(said: Said) -> dict[str, ReferralClocks]:
    if set(said) != {"emergency", "urgent", "normal"}:
        raise ValueError("clocks for emergency, urgent and normal")
    return {urgency: _taken(said, urgency, _referral_clocks) for urgency in list(said)}


def _months(said: list[int]) -> tuple[int, ...]:
    months = _numbers(said)
    if not months or list(months) != sorted(set(months)) or months[0] < 1:
        raise ValueError("months in order, each once")
    return months


def _check_ins(said: Said) -> dict[str, int]:
    if set(said) != {"high", "medium", "low", "unknown"}:
        raise ValueError("for high, medium, low and unknown risk")
    return {risk: _number(days) for risk, days in said.items()}


def _reintegration(said: Said) -> Reintegration:
    read = {name: _taken(said, name, _months) for name in ("review_months", "follow_up_months")}
    check_ins = {"check_in_days": _taken(said, "check_in_days", _check_ins)}
    return _record(Reintegration, said | read | check_ins)


def _warnings(said: Said) -> WarningRules:
    return _record(WarningRules, said)


def _age_range(said: Said) -> tuple[int, int]:
    """Both ends; every age where the table says none."""
    youngest, oldest = _numbers(said.get("ages", (0, 130)))
    if youngest > oldest:
        raise ValueError("ages in order")
    return youngest, oldest


def _entitlement(said: Said) -> Entitlement:
    if said["service"] not in service_types():
        raise ValueError(f"{said['service']} is not a type of service")
    with _place("providers"):
        providers = _kinds(said.get("providers", []))
    longest = said.get("longest_days")
    read = {
        "ages": _age_range(said),
        "providers": providers,
        "longest_days": None if longest is None else _number(longest),
    }
    return _record(Entitlement, said | read)


def _entitlements(said: list[Said]) -> tuple[Entitlement, ...]:
    return tuple(_entitlement(each) for each in said)


# From which day a period counts: of a draft that nobody opened, and of a case that has ended.
COUNTS_FROM = frozenset({"registered", "closed"})


def _rule(said: Said) -> Retention:
    if said["counts_from"] not in COUNTS_FROM:
        raise ValueError(f"counts_from: one of {', '.join(sorted(COUNTS_FROM))}")
    with _place("closures"):
        closures = frozenset(_text(each) for each in said.get("closures", []))
    if closures and said["counts_from"] != "closed":
        raise ValueError("closures: only a case that was closed has one")
    read = {
        "title": _taken(said, "title", _title),
        "ages": _age_range(said),
        "closures": closures,
        "until_age": _number(said.get("until_age", 0)),
    }
    rule = _record(Retention, said | read)
    if rule.months < 1:
        raise ValueError("months: one at least")
    return rule


def _retention(said: list[Said]) -> tuple[Retention, ...]:
    rules = tuple(_rule(each) for each in said)
    _each_once(rule.code for rule in rules)
    return rules


# What the jurisdiction is made of: the table of the file, and who reads it.
TABLES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "code": ("code", _text),
    "title": ("title", _title),
    "checked_by_counsel": ("checked_by_counsel", _truth),
    "ages": ("ages", _ages),
    "calendar": ("calendar", _calendar),
    "deciding_bodies": ("deciding_body", _bodies),
    "decision": ("decision", _decision),
    "reflection": ("reflection", _reflection),
    "reconsideration": ("reconsideration", _reconsideration),
    "told": ("told", _told),
    "clocks": ("clocks", _clocks),
    "referral": ("referral", _referral),
    "reintegration": ("reintegration", _reintegration),
    "warnings": ("warnings", _warnings),
    "entitlements": ("entitlement", _entitlements),
    "retention": ("retention", _retention),
}
