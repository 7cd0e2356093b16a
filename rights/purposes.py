"""What the service processes data for: each purpose with its tables, data groups and legal bases."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.groups import SEALED, DataGroup

# The law on personal data of a jurisdiction, by its code.
LAWS: dict[str, Any] = {"belarus": _("Law No. 99-Z of 7 May 2021")}


@dataclass(frozen=True, slots=True)
class Basis:
    """A legal basis by its articles: of the GDPR, and of each law of `LAWS`."""

    words: Any
    gdpr: str
    national: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Purpose:
    """Its tables parted by spaces; `groups` are the sealed data groups that it needs at most.

    `kept` is the word for its time limit where the rules of the jurisdiction do not set it.
    """

    title: Any
    doing: Any
    tables: str
    bases: tuple[str, ...]
    groups: frozenset[DataGroup] = frozenset()
    kept: Any = None


# TO BE CHECKED BY COUNSEL, as the file of the jurisdiction: the register says so on its face.
BASES: dict[str, Basis] = {
    "consent": Basis(
        pgettext_lazy("legal basis", "consent"),
        "6(1)(a), 9(2)(a)",
        {"belarus": (5, 8)},
    ),
    "vital": Basis(
        pgettext_lazy("legal basis", "vital interests, where consent cannot be had"),
        "6(1)(d), 9(2)(c)",
        {"belarus": (6, 8)},
    ),
    "duty": Basis(
        pgettext_lazy("legal basis", "legal duty or public task"),
        "6(1)(c), 6(1)(e), 9(2)(g), 10",
        {"belarus": (6, 8)},
    ),
    "rights": Basis(
        pgettext_lazy("legal basis", "duty to answer the person and to erase"),
        "6(1)(c), 12, 15, 16, 17, 18, 19",
        {"belarus": (10, 11, 12, 13, 16)},
    ),
    "security": Basis(
        pgettext_lazy("legal basis", "duty to secure the data and to account for their use"),
        "5(2), 6(1)(c), 32",
        {"belarus": (16, 17)},
    ),
    "work": Basis(
        pgettext_lazy("legal basis", "public task, and the work of the staff"),
        "6(1)(e), 88",
        {"belarus": (6,)},
    ),
    "statistics": Basis(
        pgettext_lazy("legal basis", "statistics, with nobody named"),
        "5(1)(b), 9(2)(j), 89(1)",
        {"belarus": (6,)},
    ),
}
WITH_THE_PERSON = "cases.Person cases.SealedGroup cases.Case"
PURPOSES: dict[str, Purpose] = {
    "identification": Purpose(
        pgettext_lazy("register", "Identification"),
        _("To tell whether somebody is a victim of trafficking, and to decide on it formally."),
        f"{WITH_THE_PERSON} cases.Record documents.Document documents.StoredFile documents.Piece"
        " identification.Instrument identification.Screening identification.Statement"
        " identification.Identification identification.Decision identification.Telling"
        " identification.Extension",
        ("consent", "duty"),
        frozenset(
            {DataGroup.IDENTITY, DataGroup.TRAFFICKING, DataGroup.SCREENING, DataGroup.LEGAL}
        ),
    ),
    "help": Purpose(
        pgettext_lazy("register", "Help and referral"),
        _("To find help, to ask other agencies for it, and to follow each request to its end."),
        f"{WITH_THE_PERSON} cases.Consent cases.ConsentScope cases.Override cases.Note"
        " cases.FormDraft cases.CaseAccess cases.NameToken cases.DuplicateToken cases.TokenSheet"
        " cases.PossibleDuplicate documents.Document documents.StoredFile documents.Piece"
        " documents.Tick documents.Ticket referral.Referral referral.Disclosure"
        " referral.Handover referral.Attempt referral.Message referral.Transfer"
        " referral.Onward referral.CaseRequest agencies.Service agencies.Listing agencies.Origin"
        " agencies.DirectoryImport notify.Task notify.Clock notify.Rung"
        " exchange.SealedFile exchange.FilePiece exchange.ImportJob"
        " exchange.ImportRow exchange.Origin exchange.ExportJob exchange.ExportedCase",
        ("consent", "vital", "duty"),
        frozenset(SEALED),
    ),
    "reintegration": Purpose(
        pgettext_lazy("register", "Reintegration"),
        _("To agree on a plan with the person, and to look together at how life goes on."),
        f"{WITH_THE_PERSON} reintegration.Plan reintegration.Goal reintegration.Action"
        " reintegration.Review reintegration.Score reintegration.CheckIn reintegration.Alert",
        ("consent", "duty"),
        frozenset(
            {DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.SAFETY, DataGroup.FAMILY}
            | {DataGroup.HEALTH, DataGroup.MENTAL_HEALTH, DataGroup.LEGAL, DataGroup.PLAN}
        ),
    ),
    "safety": Purpose(
        pgettext_lazy("register", "Safety of the person"),
        _("To judge risks, to reach the person safely, and to keep away who must not know."),
        f"{WITH_THE_PERSON} cases.Assessment cases.Exclusion cases.ApartAttempt cases.Record"
        " guard.Contact guard.BreakGlass guard.GlassRight",
        ("vital", "consent", "duty"),
        frozenset({DataGroup.CONTACT, DataGroup.SAFETY, DataGroup.WHEREABOUTS}),
    ),
    "rights": Purpose(
        pgettext_lazy("register", "Rights of the person"),
        _(
            "To show people what is kept of them, to put it right, and to erase whose time is over."
        ),
        f"{WITH_THE_PERSON} custody.Tombstone custody.JournalEntry cases.Hold"
        " rights.Batch rights.Item rights.Demand rights.SubjectRequest",
        ("rights",),
        frozenset(SEALED),
    ),
    "service": Purpose(
        pgettext_lazy("register", "Running the service, accounts"),
        _("To let members of agencies in, to keep others out, and to tell members what waits."),
        "agencies.Agency agencies.Member agencies.Token agencies.ClockSetting agencies.CodeEntry"
        " agencies.SavedView agencies.Member_groups agencies.Member_user_permissions"
        " guest.Admission guest.Link signin.FactorReset signin.NetworkFailures edge.Asked edge.BrowserSession"
        " edge.RepeatedKey notify.Event notify.Delivery notify.Preference"
        " notify.Endpoint notify.Announcement notify.Call"
        " network.Question network.Answer network.FocalPoint network.Reach network.Bulletin"
        " network.Confirmation"
        " account.EmailAddress account.EmailConfirmation auth.Group auth.Group_permissions"
        " auth.Permission contenttypes.ContentType guardian.GroupObjectPermission"
        " guardian.UserObjectPermission mfa.Authenticator sessions.Session",
        ("work", "security"),
        kept=_(
            "An account ends when its member leaves; who did what stays with what was done."
        ),
    ),
    "learning": Purpose(
        pgettext_lazy("register", "Learning"),
        _(
            "To let members learn and see for themselves how much, to count it without names, and to"
            " know who has still to show what their role is to know."
        ),
        "learning.Sitting learning.Refresher learning.Certificate learning.Cohort"
        " learning.Signature learning.Due learning.DueCount practice.Space",
        ("work", "statistics"),
        kept=_("A member's own forms are the member's alone; what is published names nobody."),
    ),
    "accountability": Purpose(
        pgettext_lazy("register", "Accountability and security"),
        _("To be able to show who did, saw and was refused what, and to keep keys and copies."),
        "audit.AuditEvent audit.Seal audit.Leaf audit.Anchoring audit.Cosignature"
        " cases.TimelineEntry cases.IdentityCount custody.PurposeKey custody.KeyAct"
        " custody.KeyDestruction custody.CopyRun seconding.TwoPersonAct",
        ("security",),
        kept=_("The log is only added to; it holds codes, and no name of a person in need."),
    ),
    "figures": Purpose(
        pgettext_lazy("register", "Figures"),
        _("To count, with nobody named, so that help and prevention can be planned."),
        "identification.AnonymousNotice figures.Sheet figures.Counted figures.Release"
        " figures.Cell figures.Noisy figures.Spent figures.Extract",
        ("statistics",),
        kept=_(
            "What is published stays: nobody can be found from it. What it is counted from goes "
            "with the person's key."
        ),
    ),
}
