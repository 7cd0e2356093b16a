"""Everything that is kept about a person, table by table: what of it the person is told, in clear and
opened. A test holds it against the models themselves; what is held back stands in heldback."""

from django.apps import apps
from django.db.models import F, Q

from cases.models import (
    Assessment,
    Case,
    CaseAccess,
    Consent,
    ConsentScope,
    Hold,
    Note,
    Override,
    Person,
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
from rights.models import Demand, Item
from rights.requestmodels import SubjectRequest
from rights.tables import (
    COPY,
    INNER,
    SEEN_THERE,
    Row,
    Sealed,
    Table,
    always,
    code,
    of_referral,
    place,
)


def _number_of_others(row: Row) -> frozenset[str]:
    """How an agency that the case has left numbers its own files; what it said of the person is told."""
    return frozenset({"reference"}) if row.agency_id != row.case.owner_id else frozenset()


def _of_record(row: Row) -> list[str]:
    group = GROUP[row.kind]
    return [] if group is None else [group]


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
         "closure", "follow_ups", "restricted_at"),
        unsaid={"person": SEEN_THERE},
    ),
    Table(
        SealedGroup, "groups", "person__cases", ("group", "written_at"),
        (Sealed("content", lambda row: "", "", lambda row: [row.group], values=True),),
        unsaid={"written_by": "the name of a member"},
    ),
    Table(
        Record, "records", "case", ("code", "kind", "written_at", "retracted_at"),
        (Sealed("content", code, "records", _of_record, values=True),),
    ),
    Table(
        Statement, "told", "case",
        ("code", "told_on", "told_to_us", "language", "written_at"),
        (Sealed("text", code, "statements", always(DataGroup.TRAFFICKING)),),
    ),
    Table(
        Assessment, "assessments", "case", ("code", "risk", "made_at"),
        (Sealed("content", code, "assessments", values=True),),
    ),
    Table(
        Screening, "screenings", "case",
        ("code", "instrument", "instrument_version", "state", "corrects", "language",
         "with_interpreter", "begun_at", "submitted_at", "asked", "asked_again"),
        (Sealed("content", code, "screening", always(DataGroup.SCREENING), values=True),),
        unsaid={"definition_sha256": INNER},
    ),
    Table(
        Identification, "identification", "case",
        ("code", "state", "authority", "submitted_at", "reflection_began_at",
         "reflection_earliest_end", "reflection_ends_at", "reconsider_until"),
        (Sealed("best_interest", place("interest"), "identification"),
         Sealed("new_evidence", place("evidence"), "identification")),
    ),
    Table(
        Decision, "identification", "identification__case",
        ("code", "stage", "result", "body", "authority", "evidence", "decided_at"),
        (Sealed("reasons", code, "identification"),),
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
        (Sealed("objectives", place("objectives"), "plan"),),
    ),
    Table(
        Goal, "plan", "plan__case",
        ("code", "plan", "area", "target_on", "state", "set_at", "ended_at"),
        (Sealed("text", place("text"), "plan"),),
    ),
    Table(
        Action, "plan", "goal__plan__case",
        ("code", "goal", "responsible", "due_on", "state", "set_at", "ended_at"),
        (Sealed("text", place("text"), "plan"),),
    ),
    Table(
        Review, "plan", "case",
        ("code", "plan", "kind", "month", "due_on", "state", "held_on", "agency", "why_not",
         "ended_at"),
        (Sealed("remarks", place("remarks"), "review"),),
    ),
    Table(Score, "plan", "review__case", ("review", "area", "worker", "person")),
    Table(CheckIn, "plan", "case", ("code", "tried_at", "channel", "result")),
    Table(
        Alert, "plan", "case", ("code", "rule", "raised_at", "review", "resolved_at"),
        (Sealed("resolution", place("resolution"), "alerts"),),
        unsaid={"about": INNER, "because": SEEN_THERE},
    ),
    Table(
        Consent, "consents", "case",
        ("code", "state", "given_by", "form", "language", "assent", "drafted_at", "given_at",
         "expires_at", "ended_at"),
        (Sealed("witness", place("witness"), "consent"),
         Sealed("guardian", place("guardian"), "consent")),
    ),
    Table(ConsentScope, "consents", "consent__case", ("consent", "agency", "group", "purpose")),
    Table(
        Override, "consents", "case",
        ("code", "agency", "groups", "ground", "state", "asked_at", "decided_at",
         "expires_at"),
        (Sealed("reason", code, "override"),),
    ),
    Table(
        Referral, "referrals", "case",
        ("code", "service__type", "sender", "receiver", "instead_of", "urgency", "purpose", "groups",
         "state", "drafted_at", "sent_at", "received_at", "accepted_at", "ended_at",
         "reply_due_at", "contact_due_at", "first_contact_planned_at", "first_contact_at",
         "decline_reason", "outcome", "service_received", "withdraw_reason", "recalled_at",
         "recall_acknowledged_at"),
        (Sealed("purpose_note", place("note"), "referral"),
         Sealed("question", place("question"), "referral"),
         Sealed("answer", place("answer"), "referral"),
         Sealed("feedback", place("feedback"), "referral")),
        # Kept by the database, of the state and the dates above.
        unsaid={"pressing": INNER, "pressing_until": COPY, "changed_at": INNER},
    ),
    Table(
        Disclosure, "receipts", "referral__case",
        ("referral", "referral__receiver", "groups", "frozen_at"),
        (Sealed(
            "content", of_referral("disclosure"), "disclosure", lambda row: list(row.groups),
            values=True,
        ),),
        unsaid={"sha256": INNER},
    ),
    Table(
        Handover, "referrals", "referral__case",
        ("referral", "meets_at", "receiver_confirmed_at", "sender_confirmed_at"),
        (Sealed("place", of_referral("place"), "referral"),),
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
        (Sealed("reason", code, "onward"),),
    ),
    Table(
        Transfer, "referrals", "case",
        ("code", "sender", "receiver", "state", "proposed_at", "answered_at"),
        (Sealed("note", code, "referral"),),
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
        (Sealed("override", code, "contact"),),
    ),
    Table(
        BreakGlass, "emergencies", "case",
        ("code", "agency", "groups", "purpose", "opened_at", "until", "ended_at", "review_by",
         "verdict", "reviewed_at", "overdue_at"),
        (Sealed("reason", code, "break_glass"),),
        unsaid={"case_code": COPY, "second": "names two members"},
    ),
    Table(
        Document, "documents", "case",
        ("code", "group", "kind", "state", "fault", "size", "pages", "agency", "uploaded_at",
         "checked_at", "retracted_at", "retraction"),
        (Sealed(
            "words", place("words"), "document_words", lambda row: [row.group], values=True
        ),),
        unsaid={"held_until": INNER, "tries": INNER},
    ),
    Table(Tick, "documents", "document__case", ("document", "source", "ticked_at")),
    Table(
        Note, "notes", "case", ("code", "agency", "kind", "visibility", "written_at"),
        (Sealed("text", code, "notes"),),
        only=READABLE,
    ),
    Table(
        # Of an app above this one.
        apps.get_model("exchange", "Origin"), "origin", "case", ("agency", "brought_at"),
        (Sealed("content", lambda row: row.place, "origin", values=True, inner=_number_of_others),),
        unsaid={"brought_by": INNER},
        beside=("case",),
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
        Hold, "requests", "case",
        ("code", "kind", "ground", "set_at", "look_again_on", "ended_at"),
    ),
    Table(
        Item, "requests", "case",
        ("batch", "rule", "due_on", "state", "kept_because", "kept_until", "ended_at"),
        unsaid={"passed_over": INNER},
    ),
    Table(
        Demand, "requests", "case",
        ("code", "agency", "groups", "asked_at", "answer", "answered_at"),
        unsaid={"case_code": COPY},
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
