"""What kind of data each column holds: one line a table, which says its class and what differs."""

from dataclasses import dataclass
from enum import StrEnum


class FieldClass(StrEnum):
    PUBLIC = "C0"
    INTERNAL = "C1"
    STAFF = "C2"
    PERSON = "C3"
    SEALED = "C4"
    KEY = "C5"


@dataclass(frozen=True, slots=True)
class Line:
    """The class of a table, and of the columns that are of another."""

    default: FieldClass
    named: dict[str, FieldClass]


def _line(default: str, **named: str) -> Line:
    return Line(
        FieldClass(default),
        {
            column: FieldClass(kind.upper())
            for kind, columns in named.items()
            for column in columns.split()
        },
    )


# The default of a line never speaks for a column that can hold words: each of those is named here,
# and so are those of a person in clear, which rights/inclear.py gives a reason.
TABLES: dict[str, Line] = {
    "audit.Anchoring": _line("C1", c1="anchor"),
    "audit.AuditEvent": _line("C1", c1="request_id facts", c2="actor", c5="leaf"),
    "audit.Cosignature": _line("C1", c1="key line"),
    "audit.Leaf": _line("C1", c5="hash"),
    "audit.Seal": _line("C1", c1="mark checkpoint", c5="previous root nodes"),
    "custody.CopyRun": _line("C1", c1="name facts"),
    "custody.JournalEntry": _line("C1", c1="facts"),
    "custody.KeyAct": _line("C1", c1="facts", c2="by"),
    "custody.KeyDestruction": _line("C1", c2="asked_by approved_by"),
    "custody.PurposeKey": _line("C1", c1="purpose", c5="wrapped_key"),
    "custody.Tombstone": _line("C1", c1="person cases because", c2="by approved_by"),
    "edge.Asked": _line("C1", c1="what", c5="who"),
    "edge.BrowserSession": _line("C2", c5="session_key session_data"),
    "edge.RepeatedKey": _line("C1", c1="route answer", c2="member_id", c5="key body_sha256"),
    "agencies.Agency": _line(
        "C0",
        c0="name region district time_zone holiday_country deciding_body htcds about website "
        "public_name",
    ),
    "agencies.ClockSetting": _line("C1", c1="service_type urgency"),
    "agencies.CodeEntry": _line("C0", c0="list maps_to label_en label_ru label_be"),
    "agencies.DirectoryImport": _line("C1", c1="source counts", c5="sha256", c4="content"),
    "agencies.Listing": _line(
        "C0",
        c0="shows name description eligibility_description application_process fees_description "
        "interpretation_services url email weekdays hours_note htcds",
        c1="digest",
    ),
    "agencies.Member": _line("C2", c5="password"),
    "agencies.Member_groups": _line("C1"),
    "agencies.Member_user_permissions": _line("C1"),
    "agencies.Origin": _line("C1", c1="source foreign_id status"),
    "agencies.SavedView": _line("C2"),
    "agencies.Service": _line(
        "C0", c0="type name genders languages districts", c4="confidential_address"
    ),
    "agencies.Token": _line("C1", c2="label", c5="digest"),
    "notify.Announcement": _line("C1"),
    "notify.Call": _line("C1", c1="last_error"),
    "notify.Clock": _line("C1"),
    "notify.Delivery": _line("C1", c1="last_error"),
    "notify.Endpoint": _line("C1", c1="url", c5="secret older_secret word"),
    "notify.Event": _line("C1"),
    "notify.Preference": _line("C2"),
    "notify.Rung": _line("C1"),
    "notify.Task": _line("C1", c1="note"),
    "signin.FactorReset": _line("C1"),
    "signin.NetworkFailures": _line("C1", c5="network"),
    "seconding.TwoPersonAct": _line("C1", c1="act facts", c4="words"),
    "cases.ApartAttempt": _line("C1", c1="what"),
    "cases.Assessment": _line("C1", c3="risk", c4="content"),
    "cases.Case": _line("C1", c3="risk source closure follow_ups"),
    "cases.CaseAccess": _line("C1"),
    "cases.Consent": _line("C1", c3="given_by form language assent", c4="witness guardian"),
    "cases.ConsentScope": _line("C1"),
    "cases.DuplicateToken": _line("C1", c5="token"),
    "cases.Exclusion": _line("C1", c3="district", c4="reason"),
    "cases.FormDraft": _line("C1", c1="section", c4="content"),
    "cases.Hold": _line("C1", c3="ground", c4="reason"),
    "cases.IdentityCount": _line("C1"),
    "cases.NameToken": _line("C1", c5="token"),
    "cases.Note": _line("C1", c4="text"),
    "cases.Override": _line("C1", c3="ground", c4="reason"),
    "cases.Person": _line("C3", c1="id code uid ring_key version", c5="wrapped_key"),
    "cases.PossibleDuplicate": _line("C1"),
    "cases.Record": _line("C1", c4="content"),
    "cases.SealedGroup": _line("C1", c2="written_by", c4="content"),
    "cases.TimelineEntry": _line("C1", c1="facts", c2="actor"),
    "cases.TokenSheet": _line("C1", c5="digest"),
    "exchange.ExportJob": _line("C1", c1="fault states"),
    "exchange.ExportedCase": _line("C1"),
    "exchange.FilePiece": _line("C1", c4="content"),
    "exchange.ImportJob": _line("C1", c1="fault", c5="digest"),
    "exchange.ImportRow": _line("C1", c1="faults", c4="content"),
    "exchange.Origin": _line("C1", c1="brought_by", c4="content", c5="reference"),
    "exchange.SealedFile": _line("C1", c5="wrapped_key"),
    "guard.BreakGlass": _line("C1", c4="reason remarks"),
    "guard.Contact": _line(
        "C1", c1="text outcome", c3="channel because safe_from safe_until result", c4="override"
    ),
    "guard.GlassRight": _line("C2"),
    "documents.Document": _line("C1", c3="kind", c4="words"),
    "documents.Piece": _line("C1", c4="content"),
    "documents.StoredFile": _line("C1", c5="key"),
    "documents.Tick": _line("C1"),
    "documents.Ticket": _line("C1", c5="digest bound_to"),
    "identification.AnonymousNotice": _line("C1", c3="month region exploitation"),
    "identification.Decision": _line("C1", c1="body evidence", c3="stage result", c4="reasons"),
    "identification.Extension": _line("C1", c4="reason"),
    "identification.Identification": _line("C1", c3="state", c4="best_interest new_evidence"),
    "identification.Instrument": _line("C0", c0="version definition"),
    "identification.Screening": _line(
        "C1",
        c1="instrument instrument_version definition_sha256",
        c3="language with_interpreter",
        c4="content",
    ),
    "identification.Statement": _line("C1", c3="told_on language", c4="text"),
    "identification.Telling": _line("C1", c3="way language", c4="proof"),
    "reintegration.Action": _line("C1", c4="text"),
    "reintegration.Alert": _line("C1", c3="rule because", c4="resolution"),
    "reintegration.CheckIn": _line("C1", c3="channel result"),
    "reintegration.Goal": _line("C1", c3="area", c4="text"),
    "reintegration.Plan": _line("C1", c3="types agreed_by assent stop_reason", c4="objectives"),
    "reintegration.Review": _line("C1", c3="why_not", c4="remarks"),
    "reintegration.Score": _line("C1", c3="area worker person"),
    "referral.Attempt": _line("C1", c3="channel result"),
    "referral.CaseRequest": _line("C1", c3="reason"),
    "referral.Disclosure": _line("C1", c4="content", c5="sha256"),
    "referral.Handover": _line("C1", c3="meets_at", c4="place who_meets"),
    "referral.Message": _line("C1", c4="text"),
    "referral.Onward": _line("C1", c4="reason"),
    "referral.Referral": _line(
        "C1",
        c3="decline_reason outcome service_received withdraw_reason first_contact_planned_at",
        c4="purpose_note question answer feedback",
    ),
    "referral.Transfer": _line("C1", c4="note"),
    "rights.Batch": _line("C1"),
    "rights.Demand": _line("C1"),
    "rights.Item": _line("C1", c1="rule passed_over"),
    "rights.SubjectRequest": _line(
        "C1", c3="kind way known_by safety outcome ground", c4="reason"
    ),
    "figures.Cell": _line("C0", c0="table value"),
    "figures.Counted": _line("C5"),
    "figures.Extract": _line("C1", c1="second sha256"),
    "figures.Noisy": _line("C0", c0="table value"),
    "figures.Release": _line("C0"),
    "figures.Sheet": _line("C1", c4="content", c5="handle"),
    "figures.Spent": _line("C0", c0="table"),
    "guest.Admission": _line("C1", c0="facts", c2="contact mail"),
    "learning.Certificate": _line("C2"),
    "learning.Cohort": _line("C1", c1="topic"),
    "learning.Due": _line("C2"),
    "learning.DueCount": _line("C1"),
    "learning.Refresher": _line("C2"),
    "learning.Signature": _line("C2"),
    "learning.Sitting": _line("C2"),
    "practice.Space": _line("C2", c1="scenario version language wanted fault"),
    "guest.Link": _line("C1", c5="digest secret passcode device"),
    "network.Answer": _line("C1", c1="text"),
    "network.Bulletin": _line("C1", c1="text_en text_ru text_be"),
    "network.Confirmation": _line("C2"),
    "network.FocalPoint": _line("C2", c1="topic"),
    "network.Question": _line("C1", c1="topic title text"),
    "network.Reach": _line("C2"),
    # Of the libraries: most stand empty, and config/wall/policies.py says why.
    "account.EmailAddress": _line("C2"),
    "account.EmailConfirmation": _line("C1", c5="key"),
    "auth.Group": _line("C1", c1="name"),
    "auth.Group_permissions": _line("C1"),
    "auth.Permission": _line("C1", c1="name codename"),
    "contenttypes.ContentType": _line("C1", c1="app_label model"),
    "guardian.GroupObjectPermission": _line("C1", c1="object_pk"),
    "guardian.UserObjectPermission": _line("C1", c1="object_pk"),
    "mfa.Authenticator": _line("C2", c5="data"),
    "sessions.Session": _line("C5"),
}
