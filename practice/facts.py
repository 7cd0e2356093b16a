"""What stands in a case of the practice space, as named facts: codes, numbers and yes or no.

One query fetches all that is in clear of the case; nothing sealed is opened, so what a learner wrote in
words is nobody's to judge here. `practice/vocabulary.py` says what each fact is.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject

from agencies.ages import is_child
from cases.models import (
    Assessment,
    Case,
    Consent,
    ConsentScope,
    Exclusion,
    Note,
    Override,
    Record,
    SealedGroup,
    TimelineEntry,
)
from identification.models import Decision, Identification, Screening, Statement, Telling
from practice.vocabulary import NONE, OWN, Fact, about
from referral.models import Handover, Referral, Transfer
from referral.workflow import ASKED, TAKEN
from reintegration.models import Action, Alert, CheckIn, Goal, Plan, Review

Row = dict[str, Any]
Found = dict[str, Any]
# So that no table of the query is taken for a field of the case.
ROWS = "rows_of_"


def facts(agencies: Mapping[str, int], *, case: str = "", at: dt.datetime) -> dict[str, Fact]:
    """Every fact of the case, by its name. `agencies` are those of the scenario: their keys, and their
    numbers in the database. Without a code it is the newest case of any of them; without a case every
    fact says so: none, nothing, no."""
    found = _found(agencies, case, at)
    told: dict[str, Fact] = {name: read(found) for name, read in CASE.items()}
    for key, number in agencies.items():
        if key != OWN:
            told |= {about(name, key): read(found, number) for name, read in AGENCY.items()}
    return told


def _found(agencies: Mapping[str, int], case: str, at: dt.datetime) -> Found:
    mine = Case.objects.filter(owner__in=agencies.values())
    wanted = Case.objects.filter(code=case) if case else mine
    rows = {f"{ROWS}{name}": ArraySubquery(query) for name, query in _queries(at).items()}
    # Of all: the newest alone may be looked for through every case of the service.
    those = wanted.annotate(**rows).values(
        "pk", "state", "risk", "source", "closure", "follow_ups", "person__age_band",
        "person__gender", "person__district", "person__languages",
        "person__needs_interpreter", "person__access_needs", *rows,
    )  # fmt: skip
    row = max(those, key=lambda each: each["pk"], default=None)
    found: Found = dict(row) if row else {name: [] for name in rows}
    found = {name.removeprefix(ROWS): value for name, value in found.items()}
    by_number = {number: key for key, number in agencies.items()}
    return found | {"is_there": row is not None, "count": mine.count(), "keys": by_number}


def _rows(query: QuerySet[Any], *names: str, order: str = "pk", **more: Any) -> QuerySet[Any]:
    """Each row as one object with these columns, oldest first."""
    columns = JSONObject(**{name: F(name) for name in names}, **more)
    return query.order_by(order).values(object=columns)


def _is(**condition: Any) -> Combinable:
    """Whether all of this is so."""
    return ExpressionWrapper(Q(**condition), output_field=BooleanField())


def _of(model: Any, path: str = "case") -> QuerySet[Any]:
    found: QuerySet[Any] = model.objects.filter(**{path: OuterRef("pk")})
    return found


def _queries(at: dt.datetime) -> Mapping[str, QuerySet[Any]]:
    """One subquery for each table that says something of a case."""
    handover = Handover.objects.filter(referral=OuterRef("pk"))
    agreed = handover.filter(
        receiver_confirmed_at__isnull=False, sender_confirmed_at__isnull=False
    )
    return {
        "events": _of(TimelineEntry).order_by("event").values("event").distinct(),
        "groups": _of(SealedGroup, "person__cases").order_by("pk").values("group"),
        "records": _of(Record).filter(retracted_at=None).order_by("pk").values("kind"),
        "notes": _of(Note).filter(kind__in=["note", "hand_over"]).values("pk"),
        "assessments": _of(Assessment).values("pk"),
        "consents": _rows(
            _of(Consent), "state", "given_by", "assent",
            live=_is(state="active", expires_at__gt=at),
        ),
        "scopes": _rows(
            _of(ConsentScope, "consent__case"), "agency", "group", "purpose",
            order="consent_id",
            state=F("consent__state"),
            live=_is(consent__state="active", consent__expires_at__gt=at),
        ),
        "overrides": _rows(
            _of(Override), "agency", "groups", "ground", "state", live=_is(expires_at__gt=at)
        ),
        "exclusions": _rows(_of(Exclusion).filter(ended_at=None), "agency"),
        "screenings": _rows(
            _of(Screening).exclude(state="discarded"), "state", "instrument", "asked",
            "asked_again", "with_interpreter",
        ),
        "statements": _of(Statement).values("pk"),
        "identifications": _rows(_of(Identification), "state", "authority"),
        "decisions": _of(Decision, "identification__case").values("result"),
        "tellings": _rows(
            _of(Telling, "decision__identification__case"), told=_is(told_at__isnull=False)
        ),
        "referrals": _rows(
            _of(Referral).annotate(
                planned=Exists(handover), agreed=Exists(agreed),
                said=Count("messages", distinct=True),
            ),
            "receiver", "state", "urgency", "purpose", "groups", "planned", "agreed", "said",
            "decline_reason", "outcome", "service_received", "withdraw_reason",
            service=F("service__type"),
            was_sent=_is(sent_at__isnull=False),
            instead=_is(instead_of__isnull=False),
            seen=_is(received_at__isnull=False),
            late=_is(reply_due_at__lt=at),
            question=_is(question__isnull=False),
            answer=_is(answer__isnull=False),
            recall_read=_is(recall_acknowledged_at__isnull=False),
        ),
        "transfers": _rows(_of(Transfer), "receiver", "state"),
        "plans": _rows(_of(Plan), "state", "agreed_by", "assent", "stop_reason"),
        "goals": _of(Goal, "plan__case").exclude(state="dropped").values("area"),
        "steps": _of(Action, "goal__plan__case").exclude(state="dropped").values("pk"),
        "reviews": _of(Review).filter(state="held").values("pk"),
        "check_ins": _of(CheckIn).order_by("pk").values("result"),
        "alerts": _rows(_of(Alert), "rule", open=_is(resolved_at__isnull=True)),
    }  # fmt: skip


def _last(rows: list[Row], name: str) -> str:
    """A code of the newest row; none where there is no row, or nothing is said in it."""
    return str(rows[-1][name] or NONE) if rows else NONE


def _each(rows: list[Row], name: str) -> frozenset[str]:
    return frozenset(str(row[name]) for row in rows if row[name])


def _plain(name: str) -> Callable[[Found], Fact]:
    """A code of the case itself."""
    return lambda found: found.get(name) or NONE


def _keys(found: Found, rows: list[Row], name: str) -> frozenset[str]:
    """Which of the scenario's agencies are named there."""
    return frozenset(found["keys"][row[name]] for row in rows if row[name] in found["keys"])


def _live(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["live"]]


def _open(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["state"] in ASKED | TAKEN]


def _untold(found: Found) -> int:
    return sum(not row["told"] for row in found["tellings"])


CASE: Mapping[str, Callable[[Found], Fact]] = {
    "case.count": lambda found: int(found["count"]),
    "case.state": _plain("state"),
    "case.risk": _plain("risk"),
    "case.source": _plain("source"),
    "case.closure": _plain("closure"),
    "case.follow_ups": lambda found: len(found.get("follow_ups", [])),
    "case.happened": lambda found: frozenset(found["events"]),
    "person.age": _plain("person__age_band"),
    "person.is_child": lambda found: (
        bool(found["is_there"]) and is_child(found["person__age_band"])
    ),
    "person.gender": _plain("person__gender"),
    "person.district": lambda found: bool(found.get("person__district")),
    "person.languages": lambda found: frozenset(found.get("person__languages", [])),
    "person.interpreter": lambda found: bool(found.get("person__needs_interpreter")),
    "person.access_needs": lambda found: frozenset(found.get("person__access_needs", [])),
    "groups.written": lambda found: frozenset(found["groups"]),
    "records.written": lambda found: frozenset(found["records"]),
    "notes.written": lambda found: len(found["notes"]),
    "assessments": lambda found: len(found["assessments"]),
    "consent.count": lambda found: len(_live(found["consents"])),
    "consent.withdrawn": lambda found: sum(
        row["state"] == "withdrawn" for row in found["consents"]
    ),
    "consent.given_by": lambda found: _each(_live(found["consents"]), "given_by"),
    "consent.assent": lambda found: _each(_live(found["consents"]), "assent"),
    "override.grounds": lambda found: _each(found["overrides"], "ground"),
    "kept_apart": lambda found: _keys(found, found["exclusions"], "agency"),
    "screening.state": lambda found: _last(found["screenings"], "state"),
    "screening.count": lambda found: sum(
        row["state"] == "submitted" for row in found["screenings"]
    ),
    "screening.instruments": lambda found: _each(found["screenings"], "instrument"),
    "screening.asked": lambda found: sum(row["asked"] for row in found["screenings"]),
    "screening.asked_again": lambda found: sum(
        row["asked_again"] for row in found["screenings"]
    ),
    "screening.interpreter": lambda found: any(
        row["with_interpreter"] for row in found["screenings"]
    ),
    "statements": lambda found: len(found["statements"]),
    "identification.state": lambda found: _last(found["identifications"], "state"),
    "identification.authority": lambda found: _keys(
        found, found["identifications"], "authority"
    ),
    "identification.results": lambda found: frozenset(found["decisions"]),
    "identification.untold": _untold,
    "identification.told": lambda found: len(found["tellings"]) - _untold(found),
    "referrals.sent": lambda found: _keys(
        found, [row for row in found["referrals"] if row["was_sent"]], "receiver"
    ),
    "referrals.live": lambda found: _keys(found, _open(found["referrals"]), "receiver"),
    "plan.state": lambda found: _last(found["plans"], "state"),
    "plan.areas": lambda found: frozenset(found["goals"]),
    "plan.goals": lambda found: len(found["goals"]),
    "plan.steps": lambda found: len(found["steps"]),
    "plan.agreed_by": lambda found: _last(found["plans"], "agreed_by"),
    "plan.assent": lambda found: _last(found["plans"], "assent"),
    "plan.stop_reason": lambda found: _last(found["plans"], "stop_reason"),
    "reviews.held": lambda found: len(found["reviews"]),
    "check_ins": lambda found: len(found["check_ins"]),
    "check_ins.last": lambda found: found["check_ins"][-1] if found["check_ins"] else NONE,
    "alerts.open": lambda found: _each([r for r in found["alerts"] if r["open"]], "rule"),
    "alerts.resolved": lambda found: _each(
        [row for row in found["alerts"] if not row["open"]], "rule"
    ),
}


def _to(found: Found, rows: str, number: int, column: str = "agency") -> list[Row]:
    return [row for row in found[rows] if row[column] == number]


def _scopes(found: Found, number: int) -> list[Row]:
    return _live(_to(found, "scopes", number))


def _referrals(found: Found, number: int) -> list[Row]:
    return _to(found, "referrals", number, "receiver")


def _code(name: str) -> Callable[[Found, int], Fact]:
    """A code of the newest referral to the agency."""
    return lambda found, number: _last(_referrals(found, number), name)


def _flag(name: str) -> Callable[[Found, int], Fact]:
    """Whether it is so with the newest referral to the agency."""
    return lambda found, number: any(row[name] for row in _referrals(found, number)[-1:])


def _handover(found: Found, number: int) -> Fact:
    for row in _referrals(found, number)[-1:]:
        if row["planned"]:
            return "confirmed" if row["agreed"] else "planned"
    return NONE


def _overdue(found: Found, number: int) -> Fact:
    """Whether an answer is owed and late."""
    newest = _referrals(found, number)[-1:]
    return any(row["late"] and row["state"] in ASKED for row in newest)


AGENCY: Mapping[str, Callable[[Found, int], Fact]] = {
    "consent": lambda found, number: _last(_to(found, "scopes", number), "state"),
    "consent.groups": lambda found, number: _each(_scopes(found, number), "group"),
    "consent.purposes": lambda found, number: _each(_scopes(found, number), "purpose"),
    "override": lambda found, number: _last(_to(found, "overrides", number), "state"),
    "override.groups": lambda found, number: frozenset(
        group
        for row in _live(_to(found, "overrides", number))
        if row["state"] == "approved"
        for group in row["groups"]
    ),
    "referral": _code("state"),
    "referral.count": lambda found, number: len(_referrals(found, number)),
    "referral.ended": lambda found, number: frozenset(
        row["state"]
        for row in _referrals(found, number)
        if row["was_sent"] and row["state"] not in ASKED | TAKEN
    ),
    "referral.urgency": _code("urgency"),
    "referral.purpose": _code("purpose"),
    "referral.service": _code("service"),
    "referral.groups": lambda found, number: frozenset(
        group for row in _referrals(found, number)[-1:] for group in row["groups"]
    ),
    "referral.in_place_of": _flag("instead"),
    "referral.seen": _flag("seen"),
    "referral.overdue": _overdue,
    "referral.asked": _flag("question"),
    "referral.answered": _flag("answer"),
    "referral.messages": lambda found, number: sum(
        row["said"] for row in _referrals(found, number)[-1:]
    ),
    "referral.handover": _handover,
    "referral.declined_because": _code("decline_reason"),
    "referral.outcome": _code("outcome"),
    "referral.received": _code("service_received"),
    "referral.withdrawn_because": _code("withdraw_reason"),
    "referral.recall_read": _flag("recall_read"),
    "transfer": lambda found, number: _last(
        _to(found, "transfers", number, "receiver"), "state"
    ),
}
