"""What the API reads and shows about cases, persons and consents."""

from typing import Any

from rest_framework import serializers

from agencies.lists import districts, languages
from cases.groups import codes_of
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
    gender = serializers.ChoiceField(sorted(codes_of("prs_Gender")), required=False)
    district = serializers.ChoiceField(sorted(districts()), required=False, allow_blank=True)
    languages = serializers.ListField(
        child=serializers.ChoiceField(sorted(languages())), required=False, max_length=10
    )
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


class AgencyRef(serializers.Serializer[Any]):
    agency = serializers.CharField(max_length=16)


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
    language = serializers.ChoiceField(sorted(languages()))
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


def person_out(person: Person) -> dict[str, Any]:
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


def case_out(case: Case) -> dict[str, Any]:
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


def note_out(note: Note, text: str) -> dict[str, Any]:
    return {
        "code": note.code,
        "kind": note.kind,
        "visibility": note.visibility,
        "author": note.author.username,
        "written_at": note.written_at,
        "text": text,
    }


def entry_out(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "at": entry.happened_at,
        "event": entry.event,
        "by": entry.actor,
        "agency": entry.agency or None,
        "about": entry.about or None,
        "facts": entry.facts,
    }


def consent_out(consent: Consent) -> dict[str, Any]:
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


def override_out(override: Override) -> dict[str, Any]:
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
