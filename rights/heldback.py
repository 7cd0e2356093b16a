"""What is kept of a person and not told but counted, and what says nothing about a person; each with why."""

from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import F, Model, Q

from cases.models import Exclusion, FormDraft, Hold, NameToken, Note, PossibleDuplicate
from guard.models import BreakGlass
from referral.models import Handover
from rights.tables import INNER


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
        "reasons_of_holds", Hold, "case",
        "tells of proceedings, which may be against others and not open to everybody yet",
        columns=("reason",),
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
    Withheld(
        # Of an app above this one.
        "numbers_of_other_agencies", apps.get_model("exchange", "Origin"), "case",
        "how an agency that the case has left numbers its files is its own matter",
        Q(reference__isnull=False) & ~Q(agency=F("case__owner")),
    ),
    Withheld("marks_of_names", NameToken, "person__cases", INNER),
)  # fmt: skip

# Sealed or secret columns that say nothing about a person, and why.
NOT_OF_A_PERSON: dict[str, str] = {
    "agencies.DirectoryImport.content": "services of another directory, until they are taken over",
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
    "exchange.FilePiece.content": "a piece of a file with many people's cases; gone within days",
    "exchange.ImportJob.digest": "a keyed mark by which the same file is known again",
    "exchange.ImportRow.content": "waits to become a case, and is gone then; gone within days",
    "exchange.Origin.reference": "a keyed mark by which an agency knows its own reference again",
    "exchange.SealedFile.wrapped_key": "the key of a file with many people's cases",
    "notify.Endpoint.older_secret": "a key by which a call to a system is signed",
    "notify.Endpoint.secret": "a key by which a call to a system is signed",
    "notify.Endpoint.word": "a word by which a system shows that it was reached",
    "figures.Sheet.content": (
        "copies of codes that are told where they stand, and what an erased file of the same person"
        " left, kept for counting"
    ),
    "guest.Link.secret": "what stands in an address, until it is first used",
    "seconding.TwoPersonAct.words": "waits for ten minutes at most, then it is emptied",
}
# Models that hang on a case or a person and hold nothing else to tell, and why.
HOLDS_NOTHING_MORE: dict[str, str] = {
    "cases.DuplicateToken": "keyed marks, made anew whenever an identity is written",
    "cases.TokenSheet": "keyed marks, made anew whenever an identity is written",
    "documents.StoredFile": "files are handed over on the page of documents",
    "documents.Ticket": "the right to fetch a file, for a minute",
    "exchange.ExportedCase": "that a file was taken out, by whom and when, is told from the log",
    "exchange.ImportRow": "says which case it became, which is told whole",
    "figures.Sheet": (
        "copies of codes that are told where they stand, and what an erased file of the same person"
        " left, kept for counting"
    ),
    "guard.GlassRight": "about a member",
    "guest.Link": "how an agency without an account comes in; what it reads is in the log",
}
