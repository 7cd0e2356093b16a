"""Whatever can be said of a case by the standard goes out as a file, comes in elsewhere, and is the
same there: by each kind of file."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from agencies import codelists
from agencies.models import Member
from agencies.roles import Role
from cases.actions import lifecycle, person, records
from cases.groups import FIELDS as GROUP_FIELDS
from cases.models import Case
from cases.records import FIELDS as RECORD_FIELDS
from cases.workflow import RecordKind
from demo import builders as make
from exchange import codes, origins, reader, telling
from exchange.actions import exporting, importing
from exchange.actions.exporting import Wanted
from exchange.homes import HOMES, Reading
from exchange.models import ImportJob, Origin
from exchange.placing import PLACES
from exchange.sheets.entry import Entry, FileKind, Part
from exchange.workflow import ExportReason
from kernel.fields import Field
from kernel.groups import DataGroup
from reintegration.actions import planning
from tests.exchange.jobs import states, work

pytestmark = pytest.mark.django_db
SHOP = {"org_Name": "A shop", "org_Type": "CorporateBusiness", "org_ShippingCity": "Brest"}
GROUPS: dict[DataGroup, dict[str, Any]] = {
    DataGroup.IDENTITY: {
        "prs_Salutation": "Ms", "prs_FirstName": "Олена", "prs_MiddleName": "Iванаўна",
        "prs_SecondName": "=Казлова", "prs_Title": "cook", "prs_Birthdate": "1996-03-04",
        "prs_Gender": "Feminine", "prs_Citizenship": ["UA", "BY"], "prs_IdentityNumber": "007",
        "prs_Deceased": False,
    },
    DataGroup.FAMILY: {"prs_NumberOfChildren": 2},
    DataGroup.CONTACT: {
        "prs_Email": "a@b.by", "prs_HomePhone": "+375170000000",
        "prs_MobilePhone": "+375290000000",
    },
    DataGroup.WHEREABOUTS: {
        "prs_MailingStreet": "Street 1;2", "prs_MailingCity": "Гомель",
        "prs_MailingState": "Region", "prs_MailingPostalCode": "0246000",
        "prs_MailingCountry": "BY", "prs_MailingLongitude": 30.98,
        "prs_MailingLatitude": 52.43,
    },
    DataGroup.TRAFFICKING: {
        "vic_AgeWhenTrafficked": 20,
        "vic_LocationOfRecruitment": SHOP,
        "vic_LocationOfExploitation": {"org_Name": "A farm"},
    },
}  # fmt: skip
RECORDS: list[tuple[RecordKind, dict[str, Any]]] = [
    (RecordKind.EVENT, {
        "hte_Type": "Recruitment", "hte_Date": "2016-05-06", "hte_City": "Brest",
        "hte_Country": "BY", "hte_State": "S", "hte_Street": "-1", "hte_PostalCode": "1",
        "hte_Latitude": 52.1, "hte_Longitude": 23.7, "hte_Description": "Line\nand line",
    }),
    (RecordKind.EVENT, {"hte_Type": "Exploitation", "hte_Country": "RU"}),
    (RecordKind.PERPETRATOR, {"per_RoleDetails": "A driver", "per_Organisation": SHOP}),
    (RecordKind.REFERRED_IN, {
        "cas_ReferringOrganisation": "Red Cross", "cas_IncomingReferralDate": "2020-01-02",
        "cas_ReferringPrimaryCaseWorker": "Anna", "cas_ReasonForIncomingReferral": "Other",
        "cas_IncomingReferralDetails": "They wrote.",
    }),
    (RecordKind.REFERRED_OUT, {
        "cas_ReferredOrganisation": "Clinic", "cas_OutgoingReferralDate": "2020-02-02",
        "cas_ReferredPrimaryCaseWorker": "Oleg", "cas_ReasonForOutgoingReferral": "Other",
        "cas_OutgoingReferralDetails": "We wrote.",
    }),
]  # fmt: skip


def whole(fields: dict[str, Field], values: dict[str, Any]) -> dict[str, Any]:
    """With the last codes of each list where there are codes."""
    chosen = {
        name: list(codelists.entries(name))[-2:]
        if field.many
        else list(codelists.entries(name))[-1]
        for name, field in fields.items()
        if field.kind == "code" and name in HOMES and name not in values
    }
    return chosen | values


@pytest.fixture
def case(sender: Member) -> Case:
    """A case with something in every field of the standard that a member can write."""
    at = timezone.now()
    case = make.make_case(by=sender, languages=["ukr", "rus"])
    for group, values in GROUPS.items():
        held = whole(GROUP_FIELDS[group], values)
        person.write_group(case=case, group=group, values=held, by=sender, at=at)
    for kind, values in RECORDS:
        held = whole(RECORD_FIELDS[kind], values)
        records.write(code=case.code, kind=kind, values=held, by=sender, at=at)
    for text in ("She called.", "@She came."):
        lifecycle.note(code=case.code, text=text, visibility="agency", by=sender, at=at)
    plan = planning.draft_plan(
        code=case.code, objectives="A home.", types=["Legal", "SocialCare"],
        planned_end=make.today() + dt.timedelta(days=90), by=sender, at=at,
    )  # fmt: skip
    goal = planning.set_goal(
        code=plan.code, area="housing", text="A flat.", target_on=None, by=sender, at=at
    )
    planning.set_action(
        code=goal.code, text="Ask.", responsible=sender.agency, due_on=make.today(), by=sender,
        at=at,
    )  # fmt: skip
    return case


def told(case: Case, by: Member) -> Entry:
    case.refresh_from_db()
    with transaction.atomic():
        origin = origins.read(case, by=by, why="test")
        return telling.told(Reading(case, by, timezone.now()), origin, row=1)


def case_of(job: ImportJob) -> Case:
    found = job.rows.get().case
    assert found is not None
    return found


def out(by: Member, kind: FileKind, *, strict: bool = False) -> bytes:
    """The agency's cases as a file."""
    job = exporting.ask(
        kind=kind, wanted=Wanted(), strict=strict, reason=ExportReason.OWN_SYSTEM, by=by,
        at=timezone.now(),
    )  # fmt: skip
    work()
    return exporting.fetch(code=job.code, by=by, at=timezone.now())[1]


def into(by: Member, content: bytes, name: str, kind: FileKind | None = None) -> ImportJob:
    """The file in another agency."""
    job = make.make_import(by=by, content=content, name=name, kind=kind)
    work()
    importing.start(code=job.code, with_doubtful=False, by=by, at=timezone.now())
    work()
    job.refresh_from_db()
    return job


NAMES = {
    FileKind.WORKBOOK: "a.xlsx", FileKind.WORKBOOK_SINGLE: "a.xlsx", FileKind.CSV: "a.csv",
    FileKind.SUBMISSIONS_JSON: "a.json", FileKind.SUBMISSIONS_CSV: "a.csv",
}  # fmt: skip
# What an agency says of itself, and who works there; and what is decided by work here.
OURS = {
    "org_Name", "org_Type", *(name for name in HOMES if name.startswith("org_")),
    "cas_CaseOwner", "cas_Status", "con_Consent",
}  # fmt: skip


@pytest.mark.parametrize("kind", NAMES)
def test_what_goes_out_comes_in_elsewhere_as_it_was(
    sender: Member, boss: Member, case: Case, kind: FileKind
) -> None:
    other = make.make_member()
    before = told(case, sender)

    job = into(other, out(boss, kind), NAMES[kind], kind)

    assert (job.kind, states(job)) == (kind, ["done"])
    after = told(case_of(job), other)
    assert after.reference == before.reference == case.code
    assert {n: v for n, v in after.values.items() if n not in OURS} == {
        n: v for n, v in before.values.items() if n not in OURS
    }
    assert after.records == before.records
    assert after.extra.pop(PLACES) == before.extra[PLACES]
    # What is another's word now stands beside it under the name of what came.
    assert after.extra == {
        f"x_came_{name}": str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in before.values.items()
        if name in OURS and after.values.get(name) != value
    }


def test_every_field_was_tried(sender: Member, case: Case) -> None:
    """What is not among them cannot be written: it is decided by work here."""
    entry = told(case, sender)
    filled = set(entry.values) | {
        name for rows in entry.records.values() for row in rows for name in row
    }

    assert set(HOMES) - filled == {
        *(name for name in HOMES if name.startswith("org_Shipping")), "org_Phone",
        "vic_TraffickingStatus", "vic_TraffickingStatusDecisionMakingOrg",
        "cas_ReasonForCaseClosure", "spl_ActualEndDate",
    }  # fmt: skip


def test_it_goes_on_from_agency_to_agency(sender: Member, boss: Member, case: Case) -> None:
    """What it first came with is handed on, also where nobody here knows what it means."""
    second, third = make.make_member(role=Role.SUPERVISOR), make.make_member()
    row = (
        "x_Reference,prs_FirstName,cas_Status,x_Shoes,hte_City,x_hte_Weather,cco_CaseComment,"
        "x_cco_Mood,spl_Objectives,vic_TraffickingStatus,vic_Vulnerabilities\r\n"
        "Z-9,Ann,Closed,38,Brest,rain,Well.,good,A home.,ActualVictimOfTrafficking,Poverty\r\n"
    )
    into(second, row.encode(), "a.csv")

    job = into(third, out(second, FileKind.CSV), "b.csv")

    entry = told(case_of(job), third)
    assert entry.reference == "Z-9"
    assert {name: entry.extra[name] for name in ("x_Shoes", "x_came_cas_Status")} == {
        "x_Shoes": "38", "x_came_cas_Status": "Closed",
    }  # fmt: skip
    assert entry.values["cas_Status"] == "Active"
    assert entry.values["vic_TraffickingStatus"] == "ActualVictimOfTrafficking"
    assert entry.records == {
        Part.EVENT: [{"hte_City": "Brest", "x_hte_Weather": "rain"}],
        Part.COMMENT: [{"cco_CaseComment": "Well.", "x_cco_Mood": "good"}],
        Part.PLAN: [{"spl_Objectives": "A home."}],
    }
    assert "Poverty" in str(entry.extra)


def test_a_strict_file_has_the_standards_codes_alone(sender: Member, boss: Member) -> None:
    case = make.make_case(by=sender)
    person.write_group(
        case=case, group=DataGroup.TRAFFICKING, values={"vic_TypeOfExploitation": ["Other"]},
        by=sender, at=timezone.now(),
    )  # fmt: skip
    content = out(boss, FileKind.CSV, strict=True)

    with reader.opened([content], kind=None, lists=codes.all_lists()) as sheet:
        entries = list(sheet)

    assert [entry.faults for entry in entries] == [[]]
    assert Origin.objects.count() == 0
