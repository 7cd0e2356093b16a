"""Where every field of HTCDS 2.0 lives here, and how it is read back by its name.

The standard's own list of fields is cases/data/htcds_fields.csv; docs/htcds.md is made of this.
"""

import csv
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from django.db.models import Model

import cases
from agencies import jurisdiction
from agencies.models import Agency, Member
from agencies.org import TYPE
from agencies.roles import AgencyType
from cases import deadlines, policy, vault
from cases.actions import person, records
from cases.groups import FIELDS as GROUP_FIELDS
from cases.models import Case, Note, Person
from cases.records import FIELDS as RECORD_FIELDS
from cases.workflow import Closure, ConsentState, RecordKind, State
from identification.models import Decision
from identification.queries import of_case
from identification.workflow import HTCDS_STATUS, Result
from identification.workflow import State as IdentificationState
from kernel.errors import Denied
from kernel.groups import SEALED, DataGroup
from referral.models import CaseRequest, Referral, Transfer
from referral.workflow import RequestReason, TransferState
from reintegration.models import Action, Plan

STANDARD = Path(cases.__file__).parent / "data" / "htcds_fields.csv"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StandardField:
    """One row of the standard's own list."""

    name: str
    label: str
    type: str
    status: str


def standard_fields(status: str = "DRAFT") -> list[StandardField]:
    """The standard's fields of that status; its example questions are none."""
    with STANDARD.open(encoding="utf-8", newline="") as file:
        return [
            StandardField(row["prefix"] + row["name"], row["label"], row["type"], status)
            for row in csv.DictReader(file)
            if row["status"] == status
        ]


@dataclass
class Reading:
    """A case that a member of the owner's side reads by HTCDS names. What is sealed is opened
    once, and that is written down."""

    case: Case
    by: Member
    at: dt.datetime

    def __post_init__(self) -> None:
        if not policy.is_own(self.by, self.case):
            raise Denied("only_the_owner_may_do_this")
        # Of the records, once they are read.
        self.codes: dict[RecordKind, list[str]] = {}

    @cached_property
    def groups(self) -> dict[str, Row]:
        return person.read_groups(case=self.case, groups=list(SEALED), by=self.by, why="htcds")

    @cached_property
    def records(self) -> dict[RecordKind, list[Row]]:
        rows = list(policy.records_visible_to(self.by).filter(case=self.case).order_by("pk"))
        values = records.read(case=self.case, records=rows, by=self.by)
        self.codes = {
            kind: [row.code for row in rows if row.kind == kind] for kind in RecordKind
        }
        return {kind: [values[code] for code in codes] for kind, codes in self.codes.items()}

    @cached_property
    def handed_to_us(self) -> list[Row]:
        return handed_to_us(self)

    @cached_property
    def referred_to_others(self) -> list[Row]:
        return referred_to_others(self)

    @cached_property
    def plans(self) -> list[Plan]:
        return list(Plan.objects.filter(case=self.case).order_by("pk"))

    def texts(self, sealed: dict[str, Any]) -> dict[str, str]:
        return vault.open_texts(
            self.case.person, sealed, by=self.by, case=self.case.code, what="htcds"
        )

    def day(self, moment: dt.datetime | None) -> str | None:
        """Which day that was where the owner is."""
        return None if moment is None else deadlines.today(self.case, moment).isoformat()


class Home(Protocol):
    """Where a field lives. `values` are all that the case has of it: one for each record."""

    @property
    def place(self) -> str: ...
    @property
    def kept(self) -> str: ...
    def exists(self) -> bool: ...
    def values(self, name: str, reading: Reading) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Group:
    """A field of a sealed data group of the person."""

    group: DataGroup
    field: str
    kept: str = "sealed group"

    @property
    def place(self) -> str:
        return f"person, group `{self.group}`"

    def exists(self) -> bool:
        return self.field in GROUP_FIELDS[self.group]

    def values(self, name: str, reading: Reading) -> list[Any]:
        return _there(reading.groups[self.group].get(self.field))


@dataclass(frozen=True, slots=True)
class RecordField:
    """A field of a sealed record of the case."""

    kind: RecordKind
    field: str
    kept: str = "sealed record"

    @property
    def place(self) -> str:
        return f"case, record `{self.kind}`"

    def exists(self) -> bool:
        return self.field in RECORD_FIELDS[self.kind]

    def values(self, name: str, reading: Reading) -> list[Any]:
        return [record.get(self.field) for record in reading.records[self.kind]]


@dataclass(frozen=True, slots=True)
class ModelField:
    """A column in clear, or one name inside it."""

    model: type[Model]
    attribute: str
    key: str = ""
    kept: str = "clear"

    @property
    def place(self) -> str:
        inside = f", `{self.key}`" if self.key else ""
        return f"`{self.model.__name__}.{self.attribute}`{inside}"

    def exists(self) -> bool:
        return self.attribute in {field.name for field in self.model._meta.get_fields()}

    def values(self, name: str, reading: Reading) -> list[Any]:
        rows = [getattr(row, self.attribute) for row in ROWS_OF[self.model](reading)]
        return [
            _plain(row.get(self.key) if self.key else row)
            for row in rows
            if not self.key or self.key in row
        ]


@dataclass(frozen=True, slots=True)
class Derived:
    """Worked out from what the service knows anyway: `of` gives the values."""

    of: Callable[[Reading], list[Any]]
    place: str
    kept: str = "derived"

    def exists(self) -> bool:
        return callable(self.of)

    def values(self, name: str, reading: Reading) -> list[Any]:
        return self.of(reading)


@dataclass(frozen=True, slots=True)
class FromRows:
    """One name of rows that are worked out together: the n-th values belong to the n-th row."""

    of: Callable[[Reading], list[Row]]
    place: str
    kept: str = "derived"

    def exists(self) -> bool:
        return callable(self.of)

    def values(self, name: str, reading: Reading) -> list[Any]:
        return [row[name] for row in self.of(reading)]


def values(name: str, reading: Reading) -> list[Any]:
    """All that the case has of one field of the standard, over all its homes."""
    return [each for home in HOMES[name] for each in home.values(name, reading)]


def read(reading: Reading) -> dict[str, list[Any]]:
    """The whole case by HTCDS names."""
    return {name: values(name, reading) for name in HOMES}


STATUS: dict[State, str] = {
    State.DRAFT: "Active",
    State.OPEN: "Active",
    State.FOLLOW_UP: "FollowUp",
    State.CLOSED: "Closed",
}
# Why an agency asked for the case, as the standard says it.
INCOMING: dict[str, str] = {RequestReason.PERSON_MOVED: "MigrationOrChangeOfLocation"}


def case_status(reading: Reading) -> list[str]:
    case = reading.case
    handed_on = case.state == State.CLOSED and case.closure == Closure.TRANSFERRED
    return ["ClosedReferred" if handed_on else STATUS[State(case.state)]]


def case_closure(reading: Reading) -> list[str]:
    return _there(reading.case.closure)


def case_owner(reading: Reading) -> list[str]:
    worker = reading.case.worker
    return [] if worker is None else [worker.username]


def primary_language(reading: Reading) -> list[str]:
    return reading.case.person.languages[:1]


def secondary_language(reading: Reading) -> list[str]:
    return reading.case.person.languages[1:2]


def organisation_type(reading: Reading) -> list[str]:
    return [TYPE[AgencyType(reading.case.owner.type)]]


def trafficking_status(reading: Reading) -> list[str]:
    state = IdentificationState(of_case(reading.case).state)
    return _there(HTCDS_STATUS.get(state))


def deciding_organisation(reading: Reading) -> list[str]:
    """What kind of body said the newest yes or no."""
    decisions = Decision.objects.filter(identification__case=reading.case)
    newest = decisions.exclude(result=Result.MORE_INFORMATION).order_by("-pk").first()
    if newest is None:
        return []
    body = jurisdiction.current().deciding_body(newest.body)
    return ["Other" if body is None else body.htcds]


def consent(reading: Reading) -> list[bool]:
    live = reading.case.consents.filter(state=ConsentState.ACTIVE, expires_at__gt=reading.at)
    return [live.exists()]


def comments(reading: Reading) -> list[str]:
    return list(comments_by_code(reading).values())


def comments_by_code(reading: Reading) -> dict[str, str]:
    """Notes that are meant for others than their author."""
    notes = policy.notes_visible_to(reading.by, reading.case).filter(kind=Note.Kind.NOTE)
    shared = notes.exclude(visibility=Note.Visibility.PRIVATE).order_by("pk")
    return reading.texts({note.code: note.text for note in shared})


def handed_to_us(reading: Reading) -> list[Row]:
    """Transfers by which the case came to its owner."""
    case = reading.case
    rows = Transfer.objects.filter(
        case=case, receiver=case.owner, state=TransferState.ACCEPTED
    ).select_related("sender", "proposed_by")
    transfers = list(rows.order_by("pk"))
    asked = CaseRequest.objects.filter(transfer__in=transfers).values_list("transfer", "reason")
    reasons = dict(asked)
    notes = reading.texts({each.code: each.note for each in transfers})
    return [
        {
            "cas_ReferringOrganisation": each.sender.name,
            "cas_IncomingReferralDate": reading.day(each.answered_at),
            "cas_ReferringPrimaryCaseWorker": each.proposed_by.username,
            "cas_ReasonForIncomingReferral": INCOMING.get(reasons.get(each.pk, ""), "Other"),
            "cas_IncomingReferralDetails": notes[each.code],
        }
        for each in transfers
    ]


def referred_to_others(reading: Reading) -> list[Row]:
    """Referrals that were sent: another agency is asked to help, too."""
    rows = Referral.objects.filter(case=reading.case, sent_at__isnull=False)
    referrals = list(rows.select_related("receiver", "contact").order_by("pk"))
    notes = reading.texts({f"{each.code} note": each.purpose_note for each in referrals})
    return [
        {
            "cas_ReferredOrganisation": each.receiver.name,
            "cas_OutgoingReferralDate": reading.day(each.sent_at),
            "cas_ReferredPrimaryCaseWorker": each.contact.username if each.contact else None,
            "cas_ReasonForOutgoingReferral": "AdditionalServicesRequired",
            "cas_OutgoingReferralDetails": notes.get(f"{each.code} note"),
        }
        for each in referrals
    ]


def objectives(reading: Reading) -> list[str]:
    sealed = {f"{plan.code} objectives": plan.objectives for plan in reading.plans}
    return list(reading.texts(sealed).values())


def action_plans(reading: Reading) -> list[str]:
    """For each plan its actions, one a line, in the order in which they were set."""
    actions = {
        plan.pk: list(
            Action.objects.filter(goal__plan=plan).order_by("pk").values_list("code", "text")
        )
        for plan in reading.plans
    }
    sealed = {f"{code} text": text for each in actions.values() for code, text in each}
    opened = reading.texts(sealed)
    return [
        "\n".join(opened[f"{code} text"] for code, _ in actions[plan.pk])
        for plan in reading.plans
    ]


def actual_ends(reading: Reading) -> list[str | None]:
    return [reading.day(plan.ended_at) for plan in reading.plans]


def _there(value: Any) -> list[Any]:
    return [] if value in (None, "") else [value]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


ROWS_OF: dict[type[Model], Callable[[Reading], list[Any]]] = {
    Agency: lambda reading: [reading.case.owner],
    Person: lambda reading: [reading.case.person],
    Case: lambda reading: [reading.case],
    Plan: lambda reading: reading.plans,
}


def _of_group(group: DataGroup, *names: str) -> dict[str, tuple[Home, ...]]:
    return {name: (Group(group, name),) for name in names}


def _of_record(
    kind: RecordKind, prefix: str, more: Home | None = None
) -> dict[str, tuple[Home, ...]]:
    """Every field of the standard in that record; `more` is a second home of each."""
    names = [name for name in RECORD_FIELDS[kind] if name.startswith(prefix)]
    return {
        name: (RecordField(kind, name), *(() if more is None else (more,))) for name in names
    }


HANDED_TO_US = FromRows(
    lambda reading: reading.handed_to_us, "transfers that the owner accepted"
)
REFERRED = FromRows(lambda reading: reading.referred_to_others, "referrals that were sent")
# A field with two homes has what lies outside the service in the first, what lies inside in the
# second; their values stand one after the other.
HOMES: dict[str, tuple[Home, ...]] = {
    "org_Name": (ModelField(Agency, "name"),),
    **{
        name: (ModelField(Agency, "htcds", name),)
        for name in (
            "org_ShippingCity",
            "org_ShippingCountry",
            "org_ShippingState",
            "org_ShippingStreet",
            "org_ShippingPostalCode",
            "org_ShippingLongitude",
            "org_ShippingLatitude",
            "org_Phone",
        )
    },
    "org_Type": (Derived(organisation_type, "the kind of the agency, `agencies.org.TYPE`"),),
    **_of_group(
        DataGroup.IDENTITY,
        "prs_Salutation",
        "prs_FirstName",
        "prs_MiddleName",
        "prs_SecondName",
        "prs_Birthdate",
        "prs_Gender",
        "prs_Deceased",
        "prs_HighestLevelOfEducation",
        "prs_Citizenship",
        "prs_IdentityNumber",
        "prs_Title",
    ),
    **_of_group(DataGroup.FAMILY, "prs_MaritalStatus", "prs_NumberOfChildren"),
    "prs_PrimaryLanguage": (
        Derived(primary_language, "the first of `Person.languages`", "clear"),
    ),
    "prs_SecondaryLanguage": (
        Derived(secondary_language, "the second of `Person.languages`", "clear"),
    ),
    **_of_group(DataGroup.CONTACT, "prs_Email", "prs_HomePhone", "prs_MobilePhone"),
    **_of_group(
        DataGroup.WHEREABOUTS,
        "prs_MailingCity",
        "prs_MailingCountry",
        "prs_MailingState",
        "prs_MailingStreet",
        "prs_MailingPostalCode",
        "prs_MailingLongitude",
        "prs_MailingLatitude",
    ),
    "vic_TraffickingStatus": (Derived(trafficking_status, "the state of identification"),),
    "vic_TraffickingStatusDecisionMakingOrg": (
        Derived(deciding_organisation, "the deciding body of the newest decision"),
    ),
    **_of_group(
        DataGroup.TRAFFICKING,
        "vic_RelationshipToTrafficker",
        "vic_AgeWhenTrafficked",
        "vic_RecruitmentWebsitesAndApps",
        "vic_MethodOfRecruitment",
        "vic_LocationOfRecruitment",
        "vic_MethodsOfControl",
        "vic_TypeOfExploitation",
        "vic_ForcedLabourIndustry",
        "vic_TypeOfSexExploitation",
        "vic_LocationOfExploitation",
        "vic_ExploitationWebsitesAndApps",
    ),
    **_of_record(RecordKind.PERPETRATOR, "per_"),
    "cas_Status": (Derived(case_status, "the state of the case and why it was closed"),),
    "cas_ReasonForCaseClosure": (Derived(case_closure, "the code in `Case.closure`", "clear"),),
    "cas_CaseOwner": (Derived(case_owner, "the user name of `Case.worker`", "clear"),),
    **_of_record(RecordKind.REFERRED_IN, "cas_", HANDED_TO_US),
    **_of_record(RecordKind.REFERRED_OUT, "cas_", REFERRED),
    "cco_CaseComment": (Derived(comments, "notes that are not private", "sealed text"),),
    **_of_record(RecordKind.EVENT, "hte_"),
    "spl_Objectives": (Derived(objectives, "`Plan.objectives`", "sealed text"),),
    "spl_ActionPlan": (Derived(action_plans, "the plan's actions", "sealed text"),),
    "spl_PlannedEndDate": (ModelField(Plan, "planned_end"),),
    "spl_ActualEndDate": (Derived(actual_ends, "the day of `Plan.ended_at`", "clear"),),
    "spl_Type": (ModelField(Plan, "types"),),
    "con_Consent": (Derived(consent, "whether a consent is active"),),
}
