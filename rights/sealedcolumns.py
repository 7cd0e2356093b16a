"""Everything that is kept about a person, table by table: what of it the person is told, in clear and
opened, what is only counted, and why. A test holds both against the models themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, ForeignKey, Model, Q
from django.db.models import Field as Column

from cases.models import (
    Assessment,
    Case,
    CaseAccess,
    Consent,
    ConsentScope,
    Exclusion,
    FormDraft,
    NameToken,
    Note,
    Override,
    Person,
    PossibleDuplicate,
    Record,
    SealedGroup,
    TimelineEntry,
)
from cases.records import GROUP
from documents.models import Document, Tick
from guard.models import BreakGlass, Contact
from identification.models import (
    Decision,
    Extension,
    Identification,
    Screening,
    Statement,
    Telling,
)
from kernel.groups import DataGroup
from referral.models import (
    Attempt,
    CaseRequest,
    Disclosure,
    Handover,
    Message,
    Onward,
    Referral,
    Transfer,
)
from reintegration.models import Action, Alert, CheckIn, Goal, Plan, Review, Score
from rights.requestmodels import SubjectRequest

Row = Any
Groups = Callable[[Row], list[str]]


def _none(row: Row) -> list[str]:
    return []


def _always(*groups: DataGroup) -> Groups:
    return lambda row: list(groups)


def _of_record(row: Row) -> list[str]:
    group = GROUP[row.kind]
    return [] if group is None else [group]


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed column: the place that its text is sealed for, the event by which the log tells
    of its opening (`read.` and this), and the data groups that it belongs to."""

    name: str
    place: Callable[[Row], str]
    event: str
    groups: Groups = _none
    # The text is a set of values, not prose.
    values: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one model that are told to the person: found by their case over `via`, those of
    them that `only` lets through; of the columns in clear the `told`. `unsaid` says why not the
    rest. What names a member is never told: agencies and roles are."""

    model: type[Model]
    section: str
    via: str
    told: tuple[str, ...]
    sealed: tuple[Sealed, ...] = ()
    only: Q = field(default_factory=Q)
    unsaid: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.model._meta.label


def column_of(model: type[Model], path: str) -> "Column[Any, Any]":
    """The column that a path such as `referral__receiver` ends at."""
    *steps, name = path.split("__")
    for each in steps:
        model = model._meta.get_field(each).related_model  # type: ignore[assignment]  # it leads on
    column: Column[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]  # of ours
    return column


def leads_to(model: type[Model], path: str) -> str:
    """Which row beside it a path needs; empty where the row itself says it."""
    *steps, name = path.split("__")
    whole = [*steps, name] if isinstance(column_of(model, path), ForeignKey) else steps
    return "__".join(whole)


def _code(row: Row) -> str:
    return str(row.code)


def _place(what: str) -> Callable[[Row], str]:
    return lambda row: f"{row.code} {what}"


def _of_referral(what: str) -> Callable[[Row], str]:
    return lambda row: f"{row.referral.code} {what}"


INNER = "a count or a mark for the machine"
COPY = "a copy of what the case says"
SEEN_THERE = "codes of what stands in the other tables, where it is told"

# Of notes: what others wrote for themselves is not read by who makes the pack.
READABLE = Q(visibility=Note.Visibility.SHARED) | Q(
    visibility=Note.Visibility.AGENCY, agency=F("case__owner")
)

TABLES: tuple[Table, ...] = (
    Table(
        Person, "person", "cases",
        ("code", "age_band", "gender", "district", "languages", "needs_interpreter",
         "access_needs"),
        unsaid={"uid": INNER, "ring_key": INNER},
    ),
    Table(
        Case, "case", "pk",
        ("code", "owner", "state", "risk", "source", "registered_at", "opened_at", "closed_at",
         "closure", "follow_ups"),
        unsaid={"person": SEEN_THERE},
    ),
    Table(
        SealedGroup, "groups", "person__cases", ("group", "written_at"),
        (Sealed("content", lambda row: "", "", lambda row: [row.group], values=True),),
        unsaid={"written_by": "the name of a member"},
    ),
    Table(
        Record, "records", "case", ("code", "kind", "written_at", "retracted_at"),
        (Sealed("content", _code, "records", _of_record, values=True),),
    ),
    Table(
        Statement, "told", "case",
        ("code", "told_on", "told_to_us", "language", "written_at"),
        (Sealed("text", _code, "statements", _always(DataGroup.TRAFFICKING)),),
    ),
    Table(
        Assessment, "assessments", "case", ("code", "risk", "made_at"),
        (Sealed("content", _code, "assessments", values=True),),
    ),
    Table(
        Screening, "screenings", "case",
        ("code", "instrument", "instrument_version", "state", "corrects", "language",
         "with_interpreter", "begun_at", "submitted_at", "asked", "asked_again"),
        (Sealed("content", _code, "screening", _always(DataGroup.SCREENING), values=True),),
        unsaid={"definition_sha256": INNER},
    ),
    Table(
        Identification, "identification", "case",
        ("code", "state", "authority", "submitted_at", "reflection_began_at",
         "reflection_earliest_end", "reflection_ends_at", "reconsider_until"),
        (Sealed("best_interest", _place("interest"), "identification"),
         Sealed("new_evidence", _place("evidence"), "identification")),
    ),
    Table(
        Decision, "identification", "identification__case",
        ("code", "stage", "result", "body", "authority", "evidence", "decided_at"),
        (Sealed("reasons", _code, "identification"),),
    ),
    Table(
        Telling, "identification", "decision__identification__case",
        ("decision", "whom", "due_at", "told_at", "way", "language"),
        (Sealed("proof", lambda row: f"{row.decision.code} {row.whom}", "identification"),),
    ),
    Table(
        Extension, "identification", "identification__case", ("until", "given_at"),
        (Sealed(
            "reason", lambda row: f"{row.identification.code} {row.until.isoformat()}",
            "identification",
        ),),
        beside=("identification",),
    ),
    Table(
        Plan, "plan", "case",
        ("code", "state", "types", "planned_end", "drafted_at", "agreed_at", "agreed_by",
         "assent", "ended_at", "stop_reason"),
        (Sealed("objectives", _place("objectives"), "plan"),),
    ),
    Table(
        Goal, "plan", "plan__case",
        ("code", "plan", "area", "target_on", "state", "set_at", "ended_at"),
        (Sealed("text", _place("text"), "plan"),),
    ),
    Table(
        Action, "plan", "goal__plan__case",
        ("code", "goal", "responsible", "due_on", "state", "set_at", "ended_at"),
        (Sealed("text", _place("text"), "plan"),),
    ),
    Table(
        Review, "plan", "case",
        ("code", "plan", "kind", "month", "due_on", "state", "held_on", "agency", "why_not",
         "ended_at"),
        (Sealed("remarks", _place("remarks"), "review"),),
    ),
    Table(Score, "plan", "review__case", ("review", "area", "worker", "person")),
    Table(CheckIn, "plan", "case", ("code", "tried_at", "channel", "result")),
    Table(
        Alert, "plan", "case", ("code", "rule", "raised_at", "review", "resolved_at"),
        (Sealed("resolution", _place("resolution"), "alerts"),),
        unsaid={"about": INNER, "because": SEEN_THERE},
    ),
    Table(
        Consent, "consents", "case",
        ("code", "state", "given_by", "form", "language", "assent", "drafted_at", "given_at",
         "expires_at", "ended_at"),
        (Sealed("witness", _place("witness"), "consent"),
         Sealed("guardian", _place("guardian"), "consent")),
    ),
    Table(ConsentScope, "consents", "consent__case", ("consent", "agency", "group", "purpose")),
    Table(
        Override, "consents", "case",
        ("code", "agency", "groups", "ground", "state", "asked_at", "decided_at",
         "expires_at"),
        (Sealed("reason", _code, "override"),),
    ),
    Table(
        Referral, "referrals", "case",
        ("code", "service__type", "sender", "receiver", "instead_of", "urgency", "purpose", "groups",
         "state", "drafted_at", "sent_at", "received_at", "accepted_at", "ended_at",
         "reply_due_at", "contact_due_at", "first_contact_planned_at", "first_contact_at",
         "decline_reason", "outcome", "service_received", "withdraw_reason", "recalled_at",
         "recall_acknowledged_at"),
        (Sealed("purpose_note", _place("note"), "referral"),
         Sealed("question", _place("question"), "referral"),
         Sealed("answer", _place("answer"), "referral"),
         Sealed("feedback", _place("feedback"), "referral")),
    ),
    Table(
        Disclosure, "receipts", "referral__case",
        ("referral", "referral__receiver", "groups", "frozen_at"),
        (Sealed(
            "content", _of_referral("disclosure"), "disclosure", lambda row: list(row.groups),
            values=True,
        ),),
        unsaid={"sha256": INNER},
    ),
    Table(
        Handover, "referrals", "referral__case",
        ("referral", "meets_at", "receiver_confirmed_at", "sender_confirmed_at"),
        (Sealed("place", _of_referral("place"), "referral"),),
    ),
    Table(Attempt, "referrals", "referral__case", ("referral", "tried_at", "channel", "result")),
    Table(
        Message, "referrals", "referral__case", ("code", "referral", "agency", "written_at"),
        (Sealed("text", lambda row: f"{row.referral.code} {row.code}", "referral"),),
    ),
    Table(
        Onward, "referrals", "referral__case",
        ("code", "referral", "service__type", "urgency", "groups", "state", "proposed_at",
         "answered_at", "sent_as"),
        (Sealed("reason", _code, "onward"),),
    ),
    Table(
        Transfer, "referrals", "case",
        ("code", "sender", "receiver", "state", "proposed_at", "answered_at"),
        (Sealed("note", _code, "referral"),),
    ),
    Table(
        CaseRequest, "referrals", "case",
        ("code", "asker", "reason", "state", "asked_at", "waits_until", "refused_at",
         "transfer"),
        unsaid={"case_code": COPY},
    ),
    Table(
        Contact, "contacts", "case",
        ("code", "agency", "channel", "text", "state", "outcome", "because", "planned_at",
         "safe_from", "safe_until", "result", "ended_at"),
        (Sealed("override", _code, "contact"),),
    ),
    Table(
        BreakGlass, "emergencies", "case",
        ("code", "agency", "groups", "purpose", "opened_at", "until", "ended_at", "review_by",
         "verdict", "reviewed_at", "overdue_at"),
        (Sealed("reason", _code, "break_glass"),),
        unsaid={"case_code": COPY, "second": "names two members"},
    ),
    Table(
        Document, "documents", "case",
        ("code", "group", "kind", "state", "fault", "size", "pages", "agency", "uploaded_at",
         "checked_at", "retracted_at", "retraction"),
        (Sealed(
            "words", _place("words"), "document_words", lambda row: [row.group], values=True
        ),),
        unsaid={"held_until": INNER, "tries": INNER},
    ),
    Table(Tick, "documents", "document__case", ("document", "source", "ticked_at")),
    Table(
        Note, "notes", "case", ("code", "agency", "kind", "visibility", "written_at"),
        (Sealed("text", _code, "notes"),),
        only=READABLE,
    ),
    Table(
        SubjectRequest, "requests", "case",
        ("code", "kind", "way", "state", "received_on", "due_at", "extended_at",
         "longer_because", "recorded_at", "known_by", "identity_confirmed_at", "outcome",
         "ground", "ended_at"),
        (Sealed("reason", lambda row: row.place, "request"),),
        unsaid={
            "safety": "what was said to the safety question is not for paper",
            "safety_asked_at": "what was said to the safety question is not for paper",
        },
    ),
    Table(
        CaseAccess, "access", "content_object", ("because", "source", "scope", "since", "until"),
        unsaid={
            "group": "may be a member's own", "permission": INNER, "state": COPY,
            "due_at": COPY,
        },
    ),
    Table(
        TimelineEntry, "timeline", "case", ("happened_at", "event", "agency"),
        unsaid={"actor": "the name of a member", "about": INNER, "facts": SEEN_THERE},
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is kept and not told, but counted and said (GDPR art. 15(4)): `columns` are the sealed
    ones that stay closed."""

    name: str
    model: type[Model]
    via: str
    why: str
    only: Q = field(default_factory=Q)
    columns: tuple[str, ...] = ()


WITHHELD: tuple[Withheld, ...] = (
    Withheld(
        "private_notes", Note, "case",
        "whoever makes the pack may not read what colleagues wrote for themselves alone",
        Q(visibility=Note.Visibility.PRIVATE), ("text",),
    ),
    Withheld(
        "notes_of_other_agencies", Note, "case",
        "written by another agency for itself, which alone may read it out",
        Q(visibility=Note.Visibility.AGENCY) & ~Q(agency=F("case__owner")), ("text",),
    ),
    Withheld(
        "drafts", FormDraft, "case",
        "typed and not saved: what is meant is saved, and told", columns=("content",),
    ),
    Withheld(
        "kept_apart", Exclusion, "case",
        "whoever found this on paper would learn whom the person fears and who helped",
        columns=("reason",),
    ),
    Withheld(
        "looked_at", BreakGlass, "case",
        "a judgement of what a member did, not of the person",
        Q(remarks__isnull=False), ("remarks",),
    ),
    Withheld(
        "who_meets", Handover, "referral__case",
        "names of those who work at an agency; the person has met them",
        columns=("who_meets",),
    ),
    Withheld(
        "looked_for_twice", PossibleDuplicate, "earlier",
        "would tell of another case, which may be about somebody else",
    ),
    Withheld(
        "looked_for_twice", PossibleDuplicate, "later",
        "would tell of another case, which may be about somebody else",
    ),
    Withheld("marks_of_names", NameToken, "person__cases", INNER),
)  # fmt: skip

# Sealed or secret columns that say nothing about a person, and why.
NOT_OF_A_PERSON: dict[str, str] = {
    "agencies.Service.confidential_address": "where a shelter is, not where a person is",
    "audit.AuditEvent.leaf": "a hash of the log",
    "audit.Leaf.hash": "a hash of the log",
    "audit.Seal.nodes": "hashes of the log",
    "audit.Seal.previous": "a hash of the log",
    "audit.Seal.root": "a hash of the log",
    "cases.DuplicateToken.token": "a keyed mark by which two cases are compared",
    "cases.NameToken.token": "a keyed mark of a name; counted",
    "cases.Person.wrapped_key": "the key of all the rest",
    "cases.TokenSheet.digest": "a digest of such marks",
    "custody.PurposeKey.wrapped_key": "a key of the installation",
    "documents.Piece.content": "a piece of a file; files are handed over by themselves",
    "documents.StoredFile.key": "the key of a file; files are handed over by themselves",
    "seconding.TwoPersonAct.words": "waits for ten minutes at most, then it is emptied",
}
# Models that hang on a case or a person and hold nothing else to tell, and why.
HOLDS_NOTHING_MORE: dict[str, str] = {
    "cases.DuplicateToken": "keyed marks, made anew whenever an identity is written",
    "cases.TokenSheet": "keyed marks, made anew whenever an identity is written",
    "documents.StoredFile": "files are handed over on the page of documents",
    "documents.Ticket": "the right to fetch a file, for a minute",
    "guard.GlassRight": "about a member",
}
