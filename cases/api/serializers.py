"""What the API reads and shows about cases, persons and consents."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from agencies.codelists import codes
from agencies.lists import districts, languages
from cases.models import Case, Consent, Note, Override, Person, TimelineEntry
from cases.workflow import (
    AgeBand,
    Assent,
    Closure,
    Form,
    GivenBy,
    Ground,
    Purpose,
    Risk,
    Source,
)
from edge.fields import Code
from kernel.groups import SEALED, DataGroup

GROUPS = [group.value for group in DataGroup]
SHAREABLE = [group.value for group in SEALED]
LONG = 4000
ACCESS_NEEDS = [
    "mobility",
    "hearing",
    "sight",
    "intellectual",
    "pregnancy",
    "medication",
    "other",
]


class Nothing(serializers.Serializer[Any]):
    """An act that needs no further word."""


class PersonIn(serializers.Serializer[Any]):
    """What stays in clear: enough for triage, too little to know somebody by."""

    age_band = serializers.ChoiceField(AgeBand.choices, required=False)
    gender = Code(codes("prs_Gender"), required=False)
    district = Code(frozenset(districts()), required=False, allow_blank=True)
    languages = serializers.ListField(child=Code(languages()), required=False, max_length=10)
    needs_interpreter = serializers.BooleanField(required=False)
    access_needs = serializers.ListField(
        child=serializers.ChoiceField(ACCESS_NEEDS), required=False, max_length=7
    )


class CaseIn(serializers.Serializer[Any]):
    source = serializers.ChoiceField(Source.choices, default=Source.OTHER.value)  # type: ignore[assignment]  # HTCDS has no say; the field is ours
    risk = serializers.ChoiceField(Risk.choices, default=Risk.UNKNOWN.value)
    person = PersonIn(required=False)


class CaseChange(serializers.Serializer[Any]):
    source = serializers.ChoiceField(Source.choices, required=False)  # type: ignore[assignment]  # as above
    risk = serializers.ChoiceField(Risk.choices, required=False)


class ToMember(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=150)


class HandOverIn(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=150)
    note = serializers.CharField(max_length=LONG)


class FollowUpsIn(serializers.Serializer[Any]):
    dates = serializers.ListField(
        child=serializers.DateField(), required=False, default=list, max_length=20
    )


class ReopenIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=LONG)


class CloseIn(serializers.Serializer[Any]):
    closure = serializers.ChoiceField(Closure.choices)


class NoteIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONG)
    visibility = serializers.ChoiceField(Note.Visibility.choices)


class TaskIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONG)
    assignee = serializers.CharField(max_length=150)
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ScopeIn(serializers.Serializer[Any]):
    agency = serializers.CharField(max_length=16)
    groups = serializers.ListField(
        child=serializers.ChoiceField(GROUPS), min_length=1, max_length=len(GROUPS)
    )
    purpose = serializers.ChoiceField(Purpose.choices, default=Purpose.SERVICE.value)


class ConsentIn(serializers.Serializer[Any]):
    scopes = serializers.ListField(child=ScopeIn(), min_length=1, max_length=50)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class GiveIn(serializers.Serializer[Any]):
    given_by = serializers.ChoiceField(GivenBy.choices)
    form = serializers.ChoiceField(Form.choices)
    language = Code(languages())
    witness = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default=""
    )
    guardian = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default=""
    )
    assent = serializers.ChoiceField(
        Assent.choices, required=False, allow_blank=True, default=""
    )


class SupersedeIn(serializers.Serializer[Any]):
    by = serializers.CharField(max_length=16)


class OverrideIn(serializers.Serializer[Any]):
    agency = serializers.CharField(max_length=16)
    groups = serializers.ListField(
        child=serializers.ChoiceField(GROUPS), min_length=1, max_length=len(GROUPS)
    )
    ground = serializers.ChoiceField(Ground.choices)
    reason = serializers.CharField(max_length=LONG)


class FindIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, min_length=2)


class Verbs(TypedDict):
    """What the caller may do now; for the rest, the code of why not."""

    now: list[str]
    not_now: dict[str, str]


class PersonOut(TypedDict):
    code: str
    age_band: str
    behaves_as_child: bool
    gender: str
    district: str
    languages: list[str]
    needs_interpreter: bool
    access_needs: list[str]
    version: int


class PersonShown(PersonOut):
    groups: list[str]
    groups_held: list[str]


class GroupOut(TypedDict):
    person: str
    group: str
    values: dict[str, Any]
    version: int


class CaseOut(TypedDict):
    """A case as its owner's side sees it."""

    code: str
    state: str
    risk: str
    source: str
    owner: str
    worker: str | None
    person: PersonOut
    registered_at: dt.datetime
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    closure: str | None
    follow_ups: list[dt.date]
    version: int


class CaseShown(CaseOut):
    """A receiver gets `code`, `owner`, `because`, `groups` and `verbs` only."""

    because: list[str]
    groups: list[str]
    groups_held: list[str]
    verbs: Verbs


class CaseLine(TypedDict):
    code: str
    state: str | None
    risk: str | None
    registered_at: dt.datetime | None
    worker: str | None
    owner: str
    owner_name: str
    because: str
    due_at: dt.datetime | None


class NoteOut(TypedDict):
    code: str
    kind: str
    visibility: str
    author: str
    written_at: dt.datetime
    text: str


class EntryOut(TypedDict):
    at: dt.datetime
    event: str
    by: str
    agency: str | None
    about: str | None
    facts: dict[str, Any]


class ReasonOut(TypedDict):
    because: str
    source: str
    groups: list[str]
    since: dt.datetime
    until: dt.datetime | None


class Seer(TypedDict):
    member: str
    role: str
    agency: str
    reasons: list[ReasonOut]


class Found(TypedDict):
    person: str
    case: str


class ScopeOut(TypedDict):
    agency: str
    purpose: str
    groups: list[str]


class ConsentOut(TypedDict):
    code: str
    case: str
    state: str
    scopes: list[ScopeOut]
    given_by: str | None
    form: str | None
    language: str | None
    assent: str | None
    drafted_at: dt.datetime
    given_at: dt.datetime | None
    expires_at: dt.datetime
    ended_at: dt.datetime | None
    version: int


class ConsentShown(ConsentOut):
    verbs: Verbs


class OverrideOut(TypedDict):
    code: str
    case: str
    agency: str
    groups: list[str]
    ground: str
    state: str
    asked_by: str
    asked_at: dt.datetime
    decided_by: str | None
    decided_at: dt.datetime | None
    expires_at: dt.datetime
    version: int


class OverrideShown(OverrideOut):
    """`reason` only for the owner's side."""

    reason: str
    verbs: Verbs


def person_out(person: Person) -> PersonOut:
    return {
        "code": person.code,
        "age_band": person.age_band,
        "behaves_as_child": person.is_child,
        "gender": person.gender,
        "district": person.district,
        "languages": person.languages,
        "needs_interpreter": person.needs_interpreter,
        "access_needs": person.access_needs,
        "version": person.version,
    }


def case_out(case: Case) -> CaseOut:
    """A case as its owner's side sees it."""
    return {
        "code": case.code,
        "state": case.state,
        "risk": case.risk,
        "source": case.source,
        "owner": case.owner.code,
        "worker": case.worker.username if case.worker else None,
        "person": person_out(case.person),
        "registered_at": case.registered_at,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "closure": case.closure or None,
        "follow_ups": case.follow_ups,
        "version": case.version,
    }


def note_out(note: Note, text: str) -> NoteOut:
    return {
        "code": note.code,
        "kind": note.kind,
        "visibility": note.visibility,
        "author": note.author.username,
        "written_at": note.written_at,
        "text": text,
    }


def entry_out(entry: TimelineEntry) -> EntryOut:
    return {
        "at": entry.happened_at,
        "event": entry.event,
        "by": entry.actor,
        "agency": entry.agency or None,
        "about": entry.about or None,
        "facts": entry.facts,
    }


def consent_out(consent: Consent) -> ConsentOut:
    scopes: dict[tuple[str, str], list[str]] = {}
    for scope in consent.scopes.all():
        scopes.setdefault((scope.agency.code, scope.purpose), []).append(scope.group)
    return {
        "code": consent.code,
        "case": consent.case.code,
        "state": consent.state,
        "scopes": [
            {"agency": agency, "purpose": purpose, "groups": groups}
            for (agency, purpose), groups in scopes.items()
        ],
        "given_by": consent.given_by or None,
        "form": consent.form or None,
        "language": consent.language or None,
        "assent": consent.assent or None,
        "drafted_at": consent.drafted_at,
        "given_at": consent.given_at,
        "expires_at": consent.expires_at,
        "ended_at": consent.ended_at,
        "version": consent.version,
    }


def override_out(override: Override) -> OverrideOut:
    return {
        "code": override.code,
        "case": override.case.code,
        "agency": override.agency.code,
        "groups": override.groups,
        "ground": override.ground,
        "state": override.state,
        "asked_by": override.asked_by.username,
        "asked_at": override.asked_at,
        "decided_by": override.decided_by.username if override.decided_by else None,
        "decided_at": override.decided_at,
        "expires_at": override.expires_at,
        "version": override.version,
    }
