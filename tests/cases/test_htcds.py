"""Every field of HTCDS 2.0 has a home that exists, takes what the standard allows, and gives the
very same value back by its name."""

import csv
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agencies import codelists
from agencies.lists import countries, languages
from agencies.models import Member
from agencies.org import ADDRESS, TYPE
from agencies.roles import AgencyType, Role
from cases.actions import person, records
from cases.api.serializers import PersonIn
from cases.groups import FIELDS as GROUP_FIELDS
from cases.models import Case
from cases.records import FIELDS as RECORD_FIELDS
from cases.workflow import Closure, RecordKind, State
from demo import builders as make
from exchange.homes import (
    HOMES,
    STATUS,
    Derived,
    FromRows,
    Group,
    ModelField,
    Reading,
    RecordField,
    read,
    standard_fields,
    values,
)
from identification.actions import deciding, submitting
from identification.workflow import HTCDS_STATUS
from kernel.errors import Denied
from kernel.fields import LONG, SHORT, Field
from kernel.groups import SEALED, DataGroup
from referral.actions import recalling, requesting, transferring
from reintegration.actions import planning
from reintegration.models import Plan

ROOT = Path(__file__).parent.parent.parent
CURRENT = {field.name: field for field in standard_fields()}
REASONS = "Her papers were kept and her wages withheld for a year."
DERIVED_PICKS = {
    "org_Type": set(TYPE.values()),
    "vic_TraffickingStatus": set(HTCDS_STATUS.values()),
    "cas_Status": {*STATUS.values(), "ClosedReferred"},
}


def rows(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def standard_codes() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows("cases/data/htcds_enumerations.csv"):
        found.setdefault(row["field"], []).append(row["code"])
    return found


def field_of(name: str) -> Field | None:
    """What the written home of the field may hold; None where it is no field of ours."""
    home = HOMES[name][0]
    if isinstance(home, Group):
        return GROUP_FIELDS[home.group][home.field]
    if isinstance(home, RecordField):
        return RECORD_FIELDS[home.kind][home.field]
    if isinstance(home, ModelField) and home.key:
        return ADDRESS[home.key]
    return None


def written(name: str) -> Field:
    field = field_of(name)
    assert field is not None
    return field


def test_exactly_the_standards_fields_have_a_home() -> None:
    assert len(CURRENT) == 81
    assert set(HOMES) == set(CURRENT)
    assert [field.name for field in standard_fields("DEPRECATED")] == [
        "vic_AgreementToManagePersonalData",
        "vic_Vulnerabilities",
        "vic_DetailsOfVulnerabilities",
    ]


@pytest.mark.parametrize("name", HOMES)
def test_every_home_exists(name: str) -> None:
    assert [home for home in HOMES[name] if not home.exists()] == []
    assert HOMES[name]


def test_a_home_that_is_not_there_is_noticed() -> None:
    assert not Group(DataGroup.IDENTITY, "prs_Shoes").exists()
    assert not RecordField(RecordKind.EVENT, "per_RoleDetails").exists()
    assert not ModelField(Plan, "colour").exists()


def test_every_field_of_ours_by_a_standards_name_is_the_standards() -> None:
    prefixes = tuple({name.split("_")[0] + "_" for name in CURRENT})
    groups = {(name, Group(group, name)) for group in SEALED for name in GROUP_FIELDS[group]}
    kinds = {
        (name, RecordField(kind, name)) for kind in RecordKind for name in RECORD_FIELDS[kind]
    }
    named = {(name, home) for name, home in groups | kinds if name.startswith(prefixes)}

    assert {(name, HOMES[name][0]) for name, _ in named} == named
    assert set(ADDRESS) == {name for name in HOMES if name in ADDRESS}


@pytest.mark.django_db
@pytest.mark.parametrize("name", standard_codes())
def test_a_pick_list_holds_the_standards_codes_in_order_and_then_ours(name: str) -> None:
    ours = codelists.entries(name)
    standard = standard_codes()[name]

    assert list(ours)[: len(standard)] == standard
    assert [ours[code].origin for code in ours] == ["htcds"] * len(standard) + ["safehand"] * (
        len(ours) - len(standard)
    )
    if name in CURRENT and (field := field_of(name)) is not None:
        assert (field.kind, field.codes) == ("code", name)


def test_pick_lists_of_other_standards_are_named() -> None:
    lists = {name: field_of(name).codes for name in CURRENT if "Country" in name}

    assert set(lists.values()) == {"iso3166"}
    assert field_of("prs_Citizenship").codes == "iso3166"
    assert "BY" in codelists.codes("iso3166")
    for name in ("prs_PrimaryLanguage", "prs_SecondaryLanguage"):
        assert CURRENT[name].type == "Picklist"
    for code in ("bel", "xx"):
        assert PersonIn(data={"languages": [code]}).is_valid() is (code == "bel")


KINDS = {
    "Picklist": {"code"},
    "Multiselect Picklist": {"code"},
    "Text": {"text", "phone", "code"},
    "Long Text": {"prose"},
    "Date": {"date"},
    "Checkbox": {"flag"},
    "Number": {"whole", "number"},
    "Geolocation": {"number"},
    "Picklist or Text": {"code", "text"},
    "Lookup [to organisation]": {"record", "text"},
    "Lookup [to person]": {"text"},
    "": {"record"},
}


@pytest.mark.parametrize("name", [name for name in CURRENT if field_of(name) is not None])
def test_a_field_is_of_the_standards_kind(name: str) -> None:
    field = written(name)

    assert field.kind in KINDS[CURRENT[name].type]
    assert field.many is (CURRENT[name].type == "Multiselect Picklist")
    assert (name.endswith("Phone")) is (field.kind == "phone")


def test_what_is_derived_says_the_standards_codes_alone() -> None:
    standard = standard_codes()

    for name, said in DERIVED_PICKS.items():
        assert said <= set(codelists._files()[name][1]), name
    assert DERIVED_PICKS["vic_TraffickingStatus"] == set(standard["vic_TraffickingStatus"])
    assert DERIVED_PICKS["cas_Status"] == set(standard["cas_Status"])
    assert set(TYPE) == set(AgencyType)


def test_the_document_is_made_of_the_table() -> None:
    text = (ROOT / "docs/htcds.md").read_text(encoding="utf-8")
    listed = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]

    assert listed[2:] == list(CURRENT)


# --- the way through the service and back ---

ADDRESS_SAID: dict[str, Any] = {
    "org_ShippingStreet": "Niamiha 3", "org_ShippingCity": "Minsk",
    "org_ShippingState": "Minsk", "org_ShippingPostalCode": "220030",
    "org_ShippingCountry": "BY", "org_ShippingLongitude": 27.55,
    "org_ShippingLatitude": 53.9, "org_Phone": "+375172000000",
}  # fmt: skip
PLACE_SAID = {"org_Name": "A brick works", "org_Type": "CorporateBusiness", **ADDRESS_SAID}


def example(field: Field, name: str, turn: int = 0) -> Any:
    """One value that the field may hold; another one for another turn."""
    simple: Mapping[str, Any] = {
        "text": f"{name} {turn}",
        "prose": f"{name}: a longer story, {turn}.\nIn two lines.",
        "phone": f"+3752912345{turn:02}",
        "date": dt.date(2001, 2, 3 + turn).isoformat(),
        "flag": True,
        "whole": 7 + turn,
        "number": 12.5 + turn,
        "record": PLACE_SAID,
    }
    value = simple.get(field.kind) or codes_of(field.codes)[turn]
    return [value, codes_of(field.codes)[turn + 1]] if field.many else value


def codes_of(name: str) -> list[str]:
    if name in codelists.STANDARD:
        return sorted({"iso3166": countries, "iso639": languages}[name]())
    return list(codelists.entries(name))


def write_group(case: Case, group: DataGroup, said: dict[str, Any], by: Member) -> None:
    case.refresh_from_db()
    person.write_group(case=case, group=group, values=said, by=by, at=timezone.now())


def write_record(case: Case, kind: RecordKind, said: dict[str, Any], by: Member) -> None:
    records.write(code=case.code, kind=kind, values=said, by=by, at=timezone.now())


def reading(case: Case, by: Member) -> Reading:
    fresh = Case.objects.select_related("owner", "person", "worker").get(pk=case.pk)
    return Reading(fresh, by, timezone.now())


@pytest.mark.django_db
def test_every_field_that_is_written_is_read_back_by_its_name(signed_in: Any) -> None:
    agency = make.make_agency(
        name="A centre", type=AgencyType.TERRITORIAL_CENTRE, htcds=ADDRESS_SAID
    )
    worker = make.make_member(agency=agency)
    case = make.make_case(by=worker)
    said: dict[str, list[Any]] = {"org_Name": ["A centre"]}
    said |= {name: [value] for name, value in ADDRESS_SAID.items()}
    client = signed_in(worker)
    for group in SEALED:
        mine = {
            name: example(written(name), name)
            for name, homes in HOMES.items()
            if homes[0] == Group(group, name)
        }
        if mine:
            path = f"/api/v1/persons/{case.person.code}/groups/{group}/"
            tag = client.http.get(path)["ETag"]
            answer = client.http.put(path, mine, format="json", headers={"If-Match": tag})
            assert answer.status_code == 200, answer.json()
            said |= {name: [value] for name, value in mine.items()}
    for kind in RecordKind:
        names = [name for name, homes in HOMES.items() if homes[0] == RecordField(kind, name)]
        # Two of each, so that none takes another's place; the older stands first.
        for turn in range(2 if names else 0):
            mine = {name: example(written(name), name, turn) for name in names}
            body = {"kind": kind.value, "values": mine}
            answer = client.post(f"cases/{case.code}/records/", body)
            assert answer.status_code == 201, answer.json()
            for name, value in mine.items():
                said.setdefault(name, []).append(value)
    path = f"/api/v1/persons/{case.person.code}/"
    tag = client.http.get(path)["ETag"]
    answer = client.http.patch(
        path, {"languages": ["bel", "ukr"]}, format="json", headers={"If-Match": tag}
    )
    assert answer.status_code == 200
    said |= {"prs_PrimaryLanguage": ["bel"], "prs_SecondaryLanguage": ["ukr"]}
    note = {"text": "She wants to learn to sew.", "visibility": "agency"}
    hidden = {"text": "I am tired.", "visibility": "private"}
    for each in (hidden, note):
        client.post(f"cases/{case.code}/notes/", each)
    said["cco_CaseComment"] = [note["text"]]
    end = make.today() + dt.timedelta(days=200)
    plan = planning.draft_plan(
        code=case.code, objectives="A home.", types=["Health", "SocialCare"],
        planned_end=end, by=worker, at=timezone.now(),
    )  # fmt: skip
    goal = planning.set_goal(
        code=plan.code, area="housing", text="A flat.", target_on=None, by=worker,
        at=timezone.now(),
    )  # fmt: skip
    for text in ("Ask the council.", "See two flats."):
        planning.set_action(
            code=goal.code, text=text, responsible=agency, due_on=end, by=worker,
            at=timezone.now(),
        )  # fmt: skip
    said |= {
        "spl_Objectives": ["A home."],
        "spl_ActionPlan": ["Ask the council.\nSee two flats."],
        "spl_PlannedEndDate": [end.isoformat()],
        "spl_Type": [["Health", "SocialCare"]],
        "spl_ActualEndDate": [None],
        "org_Type": ["LocalGovernmentOrganisation"],
        "cas_Status": ["Active"],
        "cas_ReasonForCaseClosure": [],
        "cas_CaseOwner": [worker.username],
        "vic_TraffickingStatus": [],
        "vic_TraffickingStatusDecisionMakingOrg": [],
        "con_Consent": [False],
    }

    found = read(reading(case, worker))

    assert set(said) == set(HOMES)
    assert found == said


@pytest.mark.parametrize(
    ("state", "closure", "status", "reason"),
    [
        (State.DRAFT, "", "Active", []),
        (State.OPEN, "", "Active", []),
        (State.FOLLOW_UP, "", "FollowUp", []),
        (State.CLOSED, Closure.GOALS_MET, "Closed", ["goals_met"]),
        (State.CLOSED, Closure.TRANSFERRED, "ClosedReferred", ["transferred"]),
    ],
)
def test_the_state_of_a_case_has_a_name_in_the_standard(
    state: State, closure: str, status: str, reason: list[str], sender: Member
) -> None:
    case = make.make_case(by=sender)
    Case.objects.filter(pk=case.pk).update(
        state=state, closure=closure,
        closed_at=timezone.now() if state is State.CLOSED else None,
    )  # fmt: skip

    found = reading(case, sender)

    assert values("cas_Status", found) == [status]
    assert values("cas_ReasonForCaseClosure", found) == reason


def test_a_case_that_nobody_works_on_has_no_owner(sender: Member) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    case = make.make_case(by=sender)
    Case.objects.filter(pk=case.pk).update(worker=None)

    assert values("cas_CaseOwner", reading(case, boss)) == []


def test_the_status_follows_the_decisions(sender: Member) -> None:
    authority = make.make_authority()
    officer = make.make_officer(authority=authority)
    case = make.make_case(by=sender)

    def status() -> tuple[list[Any], list[Any]]:
        found = reading(case, sender)
        return (
            values("vic_TraffickingStatus", found),
            values("vic_TraffickingStatusDecisionMakingOrg", found),
        )

    seen = [status()]
    make.make_submitted(case=case, by=sender, authority=authority)
    seen.append(status())
    said: dict[str, Any] = {"code": case.code, "reasons": REASONS, "evidence": []}
    deciding.recognise(**said, by=officer, at=timezone.now())
    seen.append(status())
    later = timezone.now() + dt.timedelta(days=31)
    with time_machine.travel(later, tick=False):
        deciding.confirm(**said, by=officer, at=later)
        seen.append(status())

    assert seen == [
        ([], []),
        (["PossibleVictimOfTrafficking"], []),
        (["PossibleVictimOfTrafficking"], ["Police"]),
        (["ActualVictimOfTrafficking"], ["Police"]),
    ]


def test_a_no_has_a_name_and_a_question_is_no_decision(sender: Member) -> None:
    authority = make.make_authority()
    officer = make.make_officer(authority=authority)
    case = make.make_case(by=sender)
    make.make_submitted(case=case, by=sender, authority=authority)
    org = "vic_TraffickingStatusDecisionMakingOrg"

    deciding.request_more(
        code=case.code, question="Where did she sleep, and who held the key?", by=officer,
        at=timezone.now(),
    )  # fmt: skip
    asked = values(org, reading(case, sender))
    submitting.submit(
        code=case.code, authority=authority, best_interest="", by=sender, at=timezone.now()
    )
    deciding.reject(code=case.code, reasons=REASONS, evidence=[], by=officer, at=timezone.now())

    found = reading(case, sender)
    assert (asked, values(org, found)) == ([], ["Police"])
    assert values("vic_TraffickingStatus", found) == ["NotAVictimOfTrafficking"]


def test_a_consent_counts_while_it_lives(sender: Member) -> None:
    case, to = make.make_case(by=sender), make.make_agency()

    def said() -> list[Any]:
        return values("con_Consent", reading(case, sender))

    seen = [said()]
    given_ = make.make_consent(case=case, to=to, by=sender)
    seen.append(said())
    with time_machine.travel(given_.expires_at + dt.timedelta(hours=1), tick=False):
        seen.append(said())
    recalling.withdraw_consent(code=given_.code, by=sender, at=timezone.now())
    seen.append(said())

    assert seen == [[False], [True], [False], [False]]


def test_referrals_inside_stand_after_those_outside(sender: Member, receiver: Member) -> None:
    service = make.make_service(agency=receiver.agency)
    sent = make.make_sent(by=sender, service=service, note="She is afraid of the dark.")
    draft = make.make_service(agency=receiver.agency)
    make.make_draft(case=sent.case, service=draft, by=sender)
    outside = {
        "cas_ReferredOrganisation": "A clinic abroad",
        "cas_OutgoingReferralDate": "2025-03-04",
    }
    write_record(sent.case, RecordKind.REFERRED_OUT, outside, sender)

    def said() -> dict[str, list[Any]]:
        found = reading(sent.case, sender)
        return {name: values(name, found) for name in RECORD_FIELDS[RecordKind.REFERRED_OUT]}

    before = said()
    make.make_accepted(sent=sent, by=receiver)

    today = timezone.localdate(timezone=ZoneInfo("Europe/Minsk")).isoformat()
    assert before == {
        "cas_ReferredOrganisation": ["A clinic abroad", receiver.agency.name],
        "cas_OutgoingReferralDate": ["2025-03-04", today],
        "cas_ReferredPrimaryCaseWorker": [None, None],
        "cas_ReasonForOutgoingReferral": [None, "AdditionalServicesRequired"],
        "cas_OutgoingReferralDetails": [None, "She is afraid of the dark."],
    }
    assert said() == before | {"cas_ReferredPrimaryCaseWorker": [None, receiver.username]}


@pytest.mark.parametrize(
    ("reason", "standard"),
    [("", "Other"), ("person_moved", "MigrationOrChangeOfLocation"), ("in_our_care", "Other")],
)
def test_a_case_that_was_handed_over_says_by_whom(
    reason: str, standard: str, sender: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    to = make.make_agency(type=AgencyType.TERRITORIAL_CENTRE)
    theirs = make.make_member(agency=to, role=Role.SUPERVISOR)
    case, at = make.make_case(by=sender), timezone.now()
    make.make_consent(case=case, to=to, by=sender, groups=list(SEALED))
    if reason:
        asked = requesting.ask(case_code=case.code, reason=reason, by=theirs, at=at)
        transfer = requesting.grant(code=asked.code, note="She moved.", by=boss, at=at).transfer
    else:
        transfer = transferring.propose(
            code=case.code, to=to, note="She moved.", by=boss, at=at
        )

    transferring.answer(code=transfer.code, accept=True, by=theirs, at=at)

    found = reading(case, theirs)
    day = at.astimezone(ZoneInfo("Europe/Minsk")).date().isoformat()
    assert {name: values(name, found) for name in RECORD_FIELDS[RecordKind.REFERRED_IN]} == {
        "cas_ReferringOrganisation": [sender.agency.name],
        "cas_IncomingReferralDate": [day],
        "cas_ReferringPrimaryCaseWorker": [boss.username],
        "cas_ReasonForIncomingReferral": [standard],
        "cas_IncomingReferralDetails": ["She moved."],
    }


def test_nobody_but_the_owners_side_reads_a_case_by_these_names(
    sender: Member, receiver: Member, stranger: Member
) -> None:
    service = make.make_service(agency=receiver.agency)
    sent = make.make_sent(by=sender, service=service)
    make.make_accepted(sent=sent, by=receiver)

    for member in (receiver, stranger, make.make_member(agency=sender.agency)):
        with pytest.raises(Denied):
            reading(sent.case, member)


# --- any value that a field may hold ---

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def anything(field: Field) -> st.SearchStrategy[Any]:
    """Values as the service keeps them: texts without blanks at their ends."""
    one = ANY[field.kind](field)
    return st.lists(one, min_size=1, max_size=5) if field.many else one


def any_text(longest: int) -> st.SearchStrategy[str]:
    return TEXTS.map(lambda text: text[:longest].strip()).filter(bool)


ANY: dict[str, Any] = {
    "text": lambda field: any_text(SHORT),
    "prose": lambda field: any_text(LONG),
    "phone": lambda field: st.from_regex(r"\+?[1-9][0-9]{1,14}", fullmatch=True),
    "date": lambda field: st.dates(dt.date(1996, 1, 1), dt.date(2026, 1, 1)).map(str),
    "time": lambda field: st.times().map(lambda at: f"{at:%H:%M}"),
    "flag": lambda field: st.booleans(),
    # Ages that no other field gainsays.
    "whole": lambda field: st.integers(int(field.least), min(int(field.most), 29)),
    "number": lambda field: st.floats(field.least, field.most),
    "code": lambda field: st.deferred(lambda: st.sampled_from(codes_of(field.codes))),
    "record": lambda field: some_of(field.fields),
}


def some_of(fields: Mapping[str, Field]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields, one at least."""
    each = {name: anything(field) for name, field in fields.items()}
    return st.fixed_dictionaries({}, optional=each).filter(bool)


RANDOM = hypothesis_settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("group", SEALED)
@RANDOM
@given(data=st.data())
def test_whatever_is_written_into_a_group_is_read_back(
    group: DataGroup, data: st.DataObject, sender: Member
) -> None:
    said = data.draw(some_of(GROUP_FIELDS[group]))
    case = make.make_case(by=sender)

    write_group(case, group, said, sender)

    found = reading(case, sender)
    assert found.groups[group] == said
    for name in set(said) & set(HOMES):
        assert values(name, found) == [said[name]]


@pytest.mark.parametrize("kind", RecordKind)
@RANDOM
@given(data=st.data())
def test_whatever_is_written_into_a_record_is_read_back(
    kind: RecordKind, data: st.DataObject, sender: Member
) -> None:
    said = data.draw(some_of(RECORD_FIELDS[kind]))
    case = make.make_case(by=sender)

    write_record(case, kind, said, sender)

    found = reading(case, sender)
    assert found.records[kind] == [said]
    for name in set(said) & set(HOMES):
        assert values(name, found) == [said[name]]


def test_each_home_is_of_a_kind_that_was_tried() -> None:
    kinds = {type(home) for homes in HOMES.values() for home in homes}

    assert kinds == {Group, RecordField, ModelField, Derived, FromRows}
