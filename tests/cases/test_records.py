"""Records of a case: who writes and reads them, and which days and ages cannot be."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from agencies import jurisdiction
from agencies.ages import BANDS
from agencies.models import Member
from agencies.roles import AgencyType, Role
from audit.models import AuditEvent
from cases.actions import person, records
from cases.actions.consent import Giving
from cases.deadlines import months_later
from cases.models import Case, Record, TimelineEntry
from cases.records import FIELDS, GROUP
from cases.workflow import RecordKind
from demo import builders as make
from kernel.errors import Invalid, Refused, Stale
from kernel.groups import DataGroup
from referral.actions import sending

EVENT = {"hte_Type": "Transit", "hte_City": "Brest", "hte_Date": "2024-05-01"}
VALUES: dict[RecordKind, dict[str, Any]] = {
    RecordKind.EVENT: EVENT,
    RecordKind.PERPETRATOR: {"per_RoleInProcess": ["Smuggler"], "relation": "An uncle"},
    RecordKind.REFERRED_IN: {"cas_ReferringOrganisation": "A parish"},
    RecordKind.REFERRED_OUT: {"cas_ReferredOrganisation": "A clinic abroad"},
    RecordKind.SAFETY_PLAN: {"steps": ["Leave by the back door"], "agreed_on": "2026-01-05"},
}
TRAFFICKING = [kind for kind, group in GROUP.items() if group is DataGroup.TRAFFICKING]


def written(
    case: Case, by: Member, kind: RecordKind = RecordKind.EVENT, values: Any = None
) -> Record:
    return records.write(
        code=case.code, kind=kind, values=VALUES[kind] if values is None else values, by=by,
        at=timezone.now(),
    )  # fmt: skip


def group_written(case: Case, by: Member, group: DataGroup, **values: Any) -> None:
    case.refresh_from_db()
    person.write_group(case=case, group=group, values=values, by=by, at=timezone.now())
    case.refresh_from_db()


def years_ago(years: int, *, days: int = 0) -> str:
    day = make.today() - dt.timedelta(days=days)
    return months_later(day, -12 * years).isoformat()


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


def lawyer_of(case: Case, sender: Member, groups: list[DataGroup]) -> Member:
    """A focal point of a legal service that has accepted a referral with these groups."""
    agency = make.make_agency(type=AgencyType.LEGAL)
    focal = make.make_member(agency=agency, role=Role.FOCAL_POINT)
    service = make.make_service(agency=agency, type="LEGAL_AID")
    make.make_consent(case=case, to=agency, by=sender, groups=groups)
    draft = make.make_draft(case=case, service=service, by=sender, groups=groups)
    sent = sending.send(code=draft.code, by=sender, at=timezone.now())
    make.make_accepted(sent=sent, by=focal)
    return focal


@pytest.mark.parametrize("kind", RecordKind)
def test_a_record_is_written_changed_and_taken_back(
    kind: RecordKind, case: Case, sender: Member, signed_in: Any
) -> None:
    client = signed_in(sender)
    body = {"kind": kind.value, "values": VALUES[kind]}

    made = client.post(f"cases/{case.code}/records/", body)
    url = f"/api/v1/records/{made.json()['code']}/"
    other = {next(iter(VALUES[kind])): next(iter(VALUES[kind].values()))}
    changed = client.http.put(
        url, {"values": other}, format="json", headers={"If-Match": made["ETag"]}
    )
    listed = client.get(f"cases/{case.code}/records/").json()["results"]
    gone = client.http.delete(url)

    assert (made.status_code, changed.status_code, gone.status_code) == (201, 200, 204)
    assert (made.json()["values"], made.json()["version"]) == (VALUES[kind], 1)
    assert (changed.json()["values"], changed.json()["version"]) == (other, 2)
    assert listed == [changed.json()]
    assert client.http.get(url).status_code == 404
    assert client.get(f"cases/{case.code}/records/").json()["results"] == []
    entries = TimelineEntry.objects.filter(about=made.json()["code"]).order_by("pk")
    assert list(entries.values_list("event", "facts")) == [
        (f"record.{verb}", {"kind": kind.value}) for verb in ("written", "changed", "retracted")
    ]
    kept = Record.objects.get()
    assert (kept.retracted_at is not None, kept.version) == (True, 3)


def test_what_a_record_says_is_sealed_and_each_reading_is_logged(
    case: Case, sender: Member
) -> None:
    record = written(case, sender, values={"hte_City": "Snegirinsk"})
    before = AuditEvent.objects.filter(event="read.records").count()

    said = records.read(case=case, records=[record], by=sender)

    assert said == {record.code: {"hte_City": "Snegirinsk"}}
    assert b"Snegirinsk" not in bytes(record.content)
    logged = AuditEvent.objects.filter(event="read.records").last()
    assert AuditEvent.objects.filter(event="read.records").count() == before + 1
    assert (logged.actor, logged.about, logged.case) == (
        sender.username,
        case.person.code,
        case.code,
    )


def test_no_version_is_overwritten_unseen(case: Case, sender: Member, signed_in: Any) -> None:
    record, at = written(case, sender), timezone.now()
    client, url = signed_in(sender), f"/api/v1/records/{record.code}/"
    put = {"data": {"values": EVENT}, "format": "json"}

    missing = client.http.put(url, **put)
    old = client.http.put(url, **put, headers={"If-Match": f'"{record.code}.9"'})
    with pytest.raises(Stale, match="stale_version"):
        records.change(code=record.code, values=EVENT, version=2, by=sender, at=at)

    assert (missing.status_code, old.status_code) == (428, 412)
    assert Record.objects.get().version == 1


@pytest.mark.parametrize("values", [{}, {"hte_City": ""}, {"hte_City": None}])
def test_an_empty_record_is_refused(values: dict[str, Any], case: Case, sender: Member) -> None:
    record = written(case, sender)

    for act in (
        lambda: written(case, sender, values=values),
        lambda: records.change(
            code=record.code, values=values, version=1, by=sender, at=timezone.now()
        ),
    ):
        with pytest.raises(Invalid) as fault:
            act()
        assert (fault.value.code, fault.value.pointer) == ("nothing_written", "/values")


def test_faults_are_pointed_at_inside_the_values(
    case: Case, sender: Member, signed_in: Any
) -> None:
    client, url = signed_in(sender), f"cases/{case.code}/records/"
    future = (make.today() + dt.timedelta(days=2)).isoformat()
    wrong: list[tuple[str, dict[str, Any], str, str]] = [
        ("event", {"hte_Type": "Rest"}, "/values/hte_Type", "unknown_code"),
        ("event", {"hte_Country": "Belarus"}, "/values/hte_Country", "unknown_code"),
        ("event", {"hte_Longitude": 181}, "/values/hte_Longitude", "out_of_range"),
        ("event", {"hte_Date": future}, "/values/hte_Date", "date_in_the_future"),
        ("event", {"relation": "x"}, "/values/relation", "unknown_field"),
        ("perpetrator", {"per_RoleInProcess": ["Abuser", "Nice"]},
         "/values/per_RoleInProcess/1", "unknown_code"),
        ("perpetrator", {"per_Organisation": {"org_Phone": "no"}},
         "/values/per_Organisation/org_Phone", "not_a_phone_number"),
        ("safety_plan", {"steps": "run"}, "/values/steps", "not_a_list"),
        ("referred_in", {"cas_ReasonForIncomingReferral": "Because"},
         "/values/cas_ReasonForIncomingReferral", "unknown_code"),
    ]  # fmt: skip

    for kind, values, pointer, code in wrong:
        answer = client.post(url, {"kind": kind, "values": values})
        assert answer.status_code == 400
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    assert client.post(url, {"kind": "rumour", "values": EVENT}).status_code == 400
    assert client.get(url, {"kind": "rumour"}).status_code == 400
    assert Record.objects.count() == 0


def test_there_is_one_safety_plan(case: Case, sender: Member) -> None:
    first = written(case, sender, RecordKind.SAFETY_PLAN)
    written(case, sender)
    written(case, sender)

    with pytest.raises(Refused, match="safety_plan_is_there"):
        written(case, sender, RecordKind.SAFETY_PLAN)
    records.retract(code=first.code, by=sender, at=timezone.now())

    assert written(case, sender, RecordKind.SAFETY_PLAN).code != first.code


def test_what_was_taken_back_is_not_touched_again(case: Case, sender: Member) -> None:
    record, at = written(case, sender), timezone.now()
    records.retract(code=record.code, by=sender, at=at)

    with pytest.raises(Refused, match="record_is_retracted"):
        records.change(code=record.code, values=EVENT, version=2, by=sender, at=at)
    with pytest.raises(Refused, match="record_is_retracted"):
        records.retract(code=record.code, by=sender, at=at)


@pytest.mark.parametrize("kind", RecordKind)
@pytest.mark.parametrize("with_group", [True, False])
def test_a_receiver_reads_what_belongs_to_a_group_that_is_open(
    kind: RecordKind, with_group: bool, case: Case, sender: Member, signed_in: Any
) -> None:
    record, url = written(case, sender, kind), f"cases/{case.code}/records/"
    groups = [DataGroup.IDENTITY, *([DataGroup.TRAFFICKING] if with_group else [])]
    theirs = signed_in(lawyer_of(case, sender, groups))
    change = {"values": VALUES[kind]}

    listed, shown = theirs.get(url, {"kind": kind.value}), theirs.get(f"records/{record.code}/")

    if with_group and kind in TRAFFICKING:
        assert (listed.status_code, shown.status_code) == (200, 200)
        assert listed.json()["results"] == [shown.json()]
        assert shown.json()["values"] == VALUES[kind]
    else:
        assert {(a.status_code, a.json()["code"]) for a in (listed, shown)} == {
            (403, "group_not_open")
        }
    # Not everything at once, and nothing to write.
    refused = [
        theirs.get(url),
        theirs.post(url, {"kind": kind.value} | change),
        theirs.http.put(f"/api/v1/records/{record.code}/", change, format="json"),
        theirs.http.delete(f"/api/v1/records/{record.code}/"),
    ]
    assert [a.status_code for a in refused] == [403] * 4
    assert Record.objects.get().version == 1


def test_nobody_else_learns_that_there_is_a_record(
    case: Case, sender: Member, stranger: Member, signed_in: Any
) -> None:
    record = written(case, sender)
    colleague = make.make_member(agency=sender.agency)

    for member in (stranger, colleague):
        client = signed_in(member)
        answers = [
            client.get(f"cases/{case.code}/records/"),
            client.post(f"cases/{case.code}/records/", {"kind": "event", "values": EVENT}),
            client.get(f"records/{record.code}/"),
            client.http.put(f"/api/v1/records/{record.code}/", {"values": EVENT}, format="json"),
            client.http.delete(f"/api/v1/records/{record.code}/"),
        ]  # fmt: skip
        assert [a.status_code for a in answers] == [404] * 5


@pytest.mark.parametrize(("days", "refused"), [(-1, True), (0, False), (1, False)])
def test_nothing_happened_before_somebody_was_born(
    days: int, refused: bool, case: Case, sender: Member
) -> None:
    born = dt.date(1995, 6, 15)
    group_written(case, sender, DataGroup.IDENTITY, prs_Birthdate=born.isoformat())
    values = {"hte_Date": (born + dt.timedelta(days=days)).isoformat()}
    record = written(case, sender, values={"hte_City": "Brest"})

    for act in (
        lambda: written(case, sender, values=values),
        lambda: records.change(
            code=record.code, values=values, version=1, by=sender, at=timezone.now()
        ),
    ):
        if not refused:
            act()
            continue
        with pytest.raises(Invalid) as fault:
            act()
        assert (fault.value.code, fault.value.pointer) == (
            "date_before_birth",
            "/values/hte_Date",
        )


def test_identity_is_opened_for_a_check_only_where_there_is_something_to_check(
    case: Case, sender: Member
) -> None:
    def opened() -> int:
        return AuditEvent.objects.filter(event="read", facts={"why": "check"}).count()

    written(case, sender, values={"hte_City": "Brest"})
    before = opened()
    written(case, sender, values={"hte_Date": "2020-01-01"})

    assert (before, opened()) == (0, 1)


# Narrower than the band, which goes on to twenty.
@pytest.mark.parametrize(("age", "refused"), [(17, False), (18, False), (19, True)])
def test_nobody_was_trafficked_at_an_age_that_they_have_not_reached(
    age: int, refused: bool, case: Case, sender: Member
) -> None:
    group_written(case, sender, DataGroup.IDENTITY, prs_Birthdate=years_ago(18, days=1))

    if refused:
        with pytest.raises(Invalid) as fault:
            group_written(case, sender, DataGroup.TRAFFICKING, vic_AgeWhenTrafficked=age)
        assert (fault.value.code, fault.value.pointer) == (
            "age_above_own_age", "/vic_AgeWhenTrafficked",
        )  # fmt: skip
    else:
        group_written(case, sender, DataGroup.TRAFFICKING, vic_AgeWhenTrafficked=age)


@pytest.mark.parametrize("band", [*BANDS, "unknown"])
def test_without_a_day_of_birth_the_band_says_what_can_be(band: str, sender: Member) -> None:
    case = make.make_case(by=sender, age_band=band)
    oldest = min(BANDS.get(band, (0, 120))[1], 120)

    group_written(case, sender, DataGroup.TRAFFICKING, vic_AgeWhenTrafficked=oldest)

    code = "age_above_own_age" if oldest < 120 else "out_of_range"
    with pytest.raises(Invalid, match=code):
        group_written(case, sender, DataGroup.TRAFFICKING, vic_AgeWhenTrafficked=oldest + 1)


@pytest.mark.parametrize(("years", "refused"), [(24, True), (25, False), (60, False)])
def test_a_day_of_birth_agrees_with_the_age_when_trafficked(
    years: int, refused: bool, case: Case, sender: Member
) -> None:
    group_written(case, sender, DataGroup.TRAFFICKING, vic_AgeWhenTrafficked=25)

    if refused:
        with pytest.raises(Invalid) as fault:
            group_written(case, sender, DataGroup.IDENTITY, prs_Birthdate=years_ago(years))
        assert (fault.value.code, fault.value.pointer) == (
            "birth_date_against_age_when_trafficked", "/prs_Birthdate",
        )  # fmt: skip
        assert case.person.age_band == "30-38"
    else:
        group_written(case, sender, DataGroup.IDENTITY, prs_Birthdate=years_ago(years))


@pytest.mark.parametrize("band", [*BANDS, "unknown"])
def test_a_band_agrees_with_the_day_of_birth(
    band: str, case: Case, sender: Member, signed_in: Any
) -> None:
    group_written(case, sender, DataGroup.IDENTITY, prs_Birthdate=years_ago(22))
    client, url = signed_in(sender), f"/api/v1/persons/{case.person.code}/"

    answer = client.http.patch(
        url, {"age_band": band}, format="json", headers={"If-Match": client.http.get(url)["ETag"]}
    )  # fmt: skip

    case.person.refresh_from_db()
    assert case.person.age_band == "21-23"
    if band == "21-23":
        assert answer.status_code == 200
    else:
        assert answer.status_code == 400
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
            ("/age_band", "age_band_against_birth_date")
        ]


@pytest.mark.parametrize(("years", "days", "decides"), [(16, 0, True), (16, -1, False)])
def test_from_which_age_a_child_decides_on_their_own_data_stands_in_the_law(
    years: int, days: int, decides: bool, case: Case, sender: Member
) -> None:
    assert jurisdiction.current().ages.own_data_from == years
    born = years_ago(years, days=days)
    group_written(case, sender, DataGroup.IDENTITY, prs_Birthdate=born)
    to = make.make_agency()

    def opened() -> int:
        return AuditEvent.objects.filter(event="read", facts={"why": "age"}).count()

    assert (case.person.age_band, opened()) == ("9-17", 0)
    if decides:
        given = make.make_consent(case=case, to=to, by=sender)
        assert (given.state, given.given_by, given.assent) == ("active", "self", "")
    else:
        with pytest.raises(Refused, match="a_guardian_consents_for_a_child"):
            make.make_consent(case=case, to=to, by=sender)
    # A refusal leaves no trace in the log: what was opened went no further.
    assert opened() == int(decides)
    mother = Giving("parent", "written", "bel", guardian="Volha", assent="given")
    assert make.make_consent(case=case, to=to, by=sender, giving=mother).state == "active"
    assert opened() == int(decides)


def test_without_a_day_of_birth_a_child_does_not_decide(sender: Member) -> None:
    case = make.make_case(by=sender, age_band="9-17")

    with pytest.raises(Refused, match="a_guardian_consents_for_a_child"):
        make.make_consent(case=case, to=make.make_agency(), by=sender)


def test_every_kind_of_record_has_fields_and_a_group_or_none() -> None:
    assert set(FIELDS) == set(GROUP) == set(RecordKind)
    assert TRAFFICKING == [RecordKind.EVENT, RecordKind.PERPETRATOR]
