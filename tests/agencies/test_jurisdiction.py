"""What differs from country to country stands in a file: it is read strictly, and it is obeyed."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from agencies import actions, codelists, jurisdiction
from agencies.calendar import calendar_of
from agencies.clocks import Urgency, clocks_for
from agencies.jurisdiction import BODIES, FILES, NotAJurisdiction
from agencies.models import Agency, Member
from agencies.roles import AgencyType, Role
from demo import builders as make
from kernel.clock import Runs, Span, end_of
from kernel.errors import Denied, Invalid, Refused

BELARUS = (FILES / "belarus.toml").read_text(encoding="utf-8")
Law = Callable[[str, str], None]


def changed(folder: Path, old: str, new: str) -> str:
    """A copy of the Belarusian file in which one thing is otherwise."""
    assert old in BELARUS
    path = folder / "other.toml"
    path.write_text(BELARUS.replace(old, new, 1), encoding="utf-8")
    return str(path)


@pytest.fixture
def law(settings: Any, tmp_path: Path) -> Law:
    """`law(old, new)`: from here on the file says the new where it said the old."""

    def put(old: str, new: str) -> None:
        settings.JURISDICTION = changed(tmp_path, old, new)

    return put


@pytest.mark.parametrize("path", sorted(FILES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_files_that_come_with_the_service_can_be_used(path: Path) -> None:
    read = jurisdiction.load(path.stem)

    assert (read.code, read.checked_by_counsel) == (path.stem, False)
    assert {path.stem for path in FILES.glob("*.toml")} == {"belarus", "council_of_europe"}
    assert "checked" in path.read_text(encoding="utf-8").split("\n\n")[0].casefold()


@pytest.mark.django_db
def test_a_deciding_body_has_a_name_of_the_standard() -> None:
    named = codelists.entries("vic_TraffickingStatusDecisionMakingOrg")

    assert frozenset(named) == BODIES


TWICE = """[[deciding_body]]
code = "internal_affairs"
agency_types = ["io"]
htcds = "NGO"
source = "x"
[decision]"""
MISTAKES = {
    "toml": ("[ages]", "[ages", "line"),
    "no_code": ('code = "belarus"', "", "code"),
    "no_table": ("[reconsideration]\nwindow_days = 30", "", "reconsideration"),
    "unknown_table": ("[ages]", "[moon]\nfull = 1\n[ages]", "moon"),
    "unknown_word": ("adult_from = 18", "adult_from = 18\nold_from = 60", "ages: old_from"),
    "twice": ("[decision]", TWICE, "deciding_body: each code once"),
    "nobody": ('["police"]', "[]", "deciding_body: agency_types: nobody"),
    "missing_word": ("own_data_from = 16", "", "ages: own_data_from"),
    "text_for_number": ("adult_from = 18", 'adult_from = "18"', "ages: adult_from"),
    "half_a_number": ("adult_from = 18", "adult_from = 17.5", "ages: adult_from"),
    "truth_for_number": ("window_days = 30", "window_days = true", "reconsideration: window_days"),
    "number_for_truth": ("checked_by_counsel = false", "checked_by_counsel = 0", "checked_by_counsel: true or"),
    "table_for_number": ("[ages]", "[ages.adult_from]\nx = 1\n[ages2]", "ages"),
    "number_for_table": (
        "[reconsideration]\nwindow_days = 30", "[[reconsideration]]\nwindow_days = 30",
        "reconsideration",
    ),
    "negative": ("score_drop = 2", "score_drop = -2", "warnings: score_drop"),
    "title": ('ru = "Беларусь", ', "", "title"),
    "zone": ("Europe/Minsk", "Europe/Nowhere", "Europe/Nowhere"),
    "holidays": ('holidays = "BY"', 'holidays = "XX"', "calendar: holidays"),
    "day": ("closed_days = []", 'closed_days = ["2026-02-30"]', "calendar: closed_days"),
    "agency_type": ('["police"]', '["army"]', "deciding_body: agency_types: 'army'"),
    "htcds": ('htcds = "Police"', 'htcds = "Army"', "deciding_body: htcds: Army"),
    "runs": ('5, runs = "working_days"', '5, runs = "backwards"', "decision: reasonable_grounds: 'backw"),
    "no_runs": ('days = 5, runs = "working_days"', "days = 5", "decision: reasonable_grounds"),
    "no_time": ("{ days = 14, runs", "{ days = 0, runs", "clocks: plan"),
    "more_time": ("{ days = 14, runs", "{ weeks = 2, days = 1, runs", "clocks: plan"),
    "urgency": ("[referral.normal]", "[referral.slow]", "referral"),
    "reflection": ("minimum_days = 30", "minimum_days = 29", "reflection: 30 days at least"),
    "longest": ("longest_days = 180", "longest_days = 29", "reflection: the longest"),
    "warning": ("[20, 25]", "[20, 30]", "reflection: warnings"),
    "told": ('who = "guardian"', 'who = "press"', "told: press"),
    "months": ("review_months = [1, 3", "review_months = [3, 1", "reintegration: review_months"),
    "risks": ("medium = 14, ", "", "reintegration: check_in_days"),
    "service": ('"LEGAL_AID"', '"YACHT"', "entitlement: YACHT"),
    "ages": ("ages = [0, 2]", "ages = [2, 0]", "entitlement: ages"),
    "provider": ('providers = ["health"]', 'providers = ["army"]', "entitlement: providers: 'army'"),
    "entitlement_word": ("ages = [0, 2]", "years = [0, 2]", "years"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_words_that_name_the_place(
    mistake: str, tmp_path: Path
) -> None:
    old, new, words = MISTAKES[mistake]
    path = changed(tmp_path, old, new)

    with pytest.raises(NotAJurisdiction) as fault:
        jurisdiction.load(path)

    assert words in str(fault.value).removeprefix(path)


def test_a_file_that_is_not_there_is_named_when_the_service_is_checked(settings: Any) -> None:
    before = [message.id for message in run_checks() if message.id == "agencies.E001"]

    settings.JURISDICTION = "atlantis"

    after = [message for message in run_checks() if message.id == "agencies.E001"]
    assert (before, len(after)) == ([], 1)
    assert "atlantis.toml" in after[0].msg


def test_from_which_age_one_is_an_adult_stands_in_the_file(sender: Member, law: Law) -> None:
    case, to = make.make_case(by=sender, age_band="18-20"), make.make_agency()
    make.make_consent(case=case, to=to, by=sender)

    law("adult_from = 18", "adult_from = 21")

    with pytest.raises(Refused, match="a_guardian_consents_for_a_child"):
        make.make_consent(case=case, to=to, by=sender)


def test_how_long_a_receiver_has_stands_in_the_file(sender: Member, law: Law) -> None:
    law("reply = { hours = 4, ", "reply = { hours = 9, ")
    service = make.make_service(agency=make.make_agency())

    sent = make.make_sent(by=sender, service=service, urgency=Urgency.EMERGENCY)

    assert sent.sent_at is not None
    assert sent.reply_due_at is not None
    assert sent.reply_due_at - sent.sent_at == dt.timedelta(hours=9)
    found = clocks_for(service.agency, service_type="", urgency=Urgency.EMERGENCY)
    assert found.reply == Span(9, Runs.ROUND_THE_CLOCK)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "end"),
    [
        ("closed_days = []", "closed_days = []", "2026-03-03 12:00"),
        ("closed_days = []", 'closed_days = ["2026-03-03"]', "2026-03-04 12:00"),
        ("working_days = []", 'working_days = ["2026-03-01"]', "2026-03-03 00:00"),
    ],
)
def test_days_that_the_law_moves_move_a_deadline(
    old: str, new: str, end: str, law: Law
) -> None:
    law(old, new)
    minsk = ZoneInfo("Europe/Minsk")
    # A Sunday at noon, or the Monday after it.
    begins = 1 if "2026-03-01" in new else 2
    start = dt.datetime(2026, 3, begins, 12, tzinfo=minsk)

    found = end_of(
        Span(24 if begins == 2 else 36, Runs.WORKING_DAYS),
        start=start,
        calendar=calendar_of(make.make_agency()),
    )

    assert found.astimezone(minsk).strftime("%Y-%m-%d %H:%M") == end


def admin_of(agency: Agency) -> Member:
    return make.make_member(agency=agency, role=Role.SYSTEM_ADMIN)


@pytest.fixture
def admin(db: None) -> Member:
    """A system administrator in the co-ordinating agency."""
    return admin_of(make.make_agency(is_coordinating=True))


@pytest.mark.parametrize(
    ("kind", "body", "refused"),
    [
        ("police", "internal_affairs", False),
        ("police", "", False),
        ("health", "internal_affairs", True),
        ("police", "competent_authority", True),
    ],
)
def test_who_decides_on_identification_is_of_a_kind_that_the_law_names(
    kind: str, body: str, refused: bool, admin: Member, signed_in: Any
) -> None:
    facts = {"name": "A department", "type": kind, "deciding_body": body}

    answer = signed_in(admin).post("agencies/", facts)

    if refused:
        assert answer.status_code == 400
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
            ("/deciding_body", "not_a_deciding_body")
        ]
        assert not Agency.objects.filter(name="A department").exists()
    else:
        assert (answer.status_code, answer.json()["deciding_body"]) == (201, body)
        assert (Agency.objects.get(name="A department").officers is not None) is bool(body)


@pytest.mark.django_db
def test_another_kind_decides_where_the_file_says_so(law: Law) -> None:
    with pytest.raises(Invalid, match="not_a_deciding_body"):
        make.make_agency(type="health", deciding_body="internal_affairs")

    law('["police"]', '["health"]')

    agency = make.make_agency(type="health", deciding_body="internal_affairs")
    with pytest.raises(Invalid, match="not_a_deciding_body"):
        make.make_agency(type="police", deciding_body="internal_affairs")
    assert agency.officers.name == f"{agency.code} identification officers"


def test_an_agency_keeps_to_a_kind_that_may_decide(admin: Member, signed_in: Any) -> None:
    agency = make.make_authority()
    client = signed_in(admin)
    url = f"/api/v1/agencies/{agency.code}/"

    answers = [
        client.http.patch(
            url, body, format="json", headers={"If-Match": client.http.get(url)["ETag"]}
        )
        for body in ({"type": "health"}, {"type": "health", "deciding_body": ""})
    ]

    assert [a.status_code for a in answers] == [400, 200]
    assert answers[0].json()["errors"][0]["pointer"] == "/deciding_body"
    assert answers[1].json()["type"] == "health"


def test_officers_are_given_where_identification_is_decided(admin: Member) -> None:
    plain, deciding = make.make_agency(type="police"), make.make_authority()
    boss = make.make_member(agency=deciding, role=Role.AGENCY_ADMIN)

    def officer(agency: Agency, by: Member) -> Member:
        facts = {"username": f"officer{agency.pk}", "role": Role.IDENTIFICATION_OFFICER.value}
        return actions.add_member(facts=facts, agency=agency, by=by)

    with pytest.raises(Denied, match="officers_only_in_a_deciding_body"):
        officer(plain, admin)
    with pytest.raises(Denied, match="only_system_administrators_give_national_roles"):
        officer(deciding, boss)
    with pytest.raises(Denied, match="national_roles_only_in_the_coordinating_agency"):
        actions.add_member(
            facts={"username": "auditor", "role": "auditor"}, agency=deciding, by=admin
        )

    there, home = officer(deciding, admin), officer(admin.agency, admin)
    assert there.principals == [there.own_group_id, deciding.officers_id]
    assert home.principals == [home.own_group_id]
    assert set(there.groups.values_list("pk", flat=True)) == set(there.principals)
    assert set(home.groups.values_list("pk", flat=True)) == set(home.principals)


def test_officers_act_for_their_agency_once_it_decides(admin: Member) -> None:
    home = admin.agency
    officer = make.make_member(agency=home, role=Role.IDENTIFICATION_OFFICER)
    gone = make.make_member(agency=home, role=Role.IDENTIFICATION_OFFICER)
    actions.deactivate(member=gone, by=admin, at=timezone.now())
    facts = {"type": AgencyType.POLICE.value, "deciding_body": "internal_affairs"}

    actions.change_agency(agency=home, facts=facts, by=admin)

    home.refresh_from_db()
    assert home.officers_id is not None
    assert set(officer.groups.values_list("pk", flat=True)) == {
        officer.own_group_id,
        home.officers_id,
    }
    assert not gone.groups.exists()
    before = home.officers_id
    actions.change_agency(agency=home, facts={"deciding_body": ""}, by=admin)
    actions.change_agency(agency=home, facts=facts, by=admin)
    assert Agency.objects.get(pk=home.pk).officers_id == before


def test_where_an_agency_may_be_found_is_said_by_htcds_names(
    admin: Member, sender: Member, signed_in: Any
) -> None:
    said = {"org_ShippingCity": " Minsk ", "org_Phone": "+375 17 200-00-00",
            "org_ShippingLatitude": 53.9, "org_ShippingStreet": ""}  # fmt: skip
    facts = {"name": "A department", "type": "police", "htcds": said}

    made = signed_in(admin).post("agencies/", facts)
    shown = signed_in(sender).get(f"agencies/{made.json()['code']}/").json()

    assert made.status_code == 201
    assert (shown["htcds"], shown["org_Type"]) == (
        {"org_ShippingCity": "Minsk", "org_Phone": "+375172000000", "org_ShippingLatitude": 53.9},
        "LawEnforcement",
    )  # fmt: skip
    for wrong, pointer, code in (
        ({"org_Name": "X"}, "/htcds/org_Name", "unknown_field"),
        ({"org_Phone": "call me"}, "/htcds/org_Phone", "not_a_phone_number"),
        ({"org_ShippingCountry": "Belarus"}, "/htcds/org_ShippingCountry", "unknown_code"),
        ({"org_ShippingLatitude": 91}, "/htcds/org_ShippingLatitude", "out_of_range"),
        ({"org_ShippingCity": ["x"]}, "/htcds/org_ShippingCity", "not_a_text"),
    ):
        answer = signed_in(admin).post("agencies/", facts | {"name": "Other", "htcds": wrong})
        assert answer.status_code == 400
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]


def test_everybody_reads_the_law_that_is_in_force(sender: Member, signed_in: Any) -> None:
    shown = signed_in(sender).get("jurisdiction/").json()

    read = jurisdiction.current()
    assert (shown["code"], shown["checked_by_counsel"]) == ("belarus", False)
    assert shown["ages"] == {"adult_from": 18, "own_data_from": 16}
    assert shown["deciding_bodies"] == [
        {"code": "internal_affairs", "agency_types": ["police"], "htcds": "Police",
         "source": read.deciding_bodies[0].source}
    ]  # fmt: skip
    assert shown["reflection"] == {
        "minimum_days": 30,
        "warn_days": [20, 25],
        "longest_days": 180,
    }
    assert shown["clocks"]["plan"] == {"hours": 336, "runs": "round_the_clock"}
    assert shown["referral"]["urgent"]["reply"] == {"hours": 24, "runs": "working_days"}
    assert shown["told"][0] == {
        "who": "person",
        "within": {"hours": 72, "runs": "working_days"},
    }
    assert shown["reintegration"]["check_in_days"]["high"] == 7
    assert shown["warnings"]["score_drop"] == 2
    assert len(shown["entitlements"]) == len(read.entitlements)


CHILDRENS = ["child_protection", "shelter_ngo"]


@pytest.mark.parametrize(
    ("band", "shelter", "employment"),
    [
        ("0-8", {(0, 2): ["health"], (3, 17): CHILDRENS}, False),
        ("9-17", {(3, 17): CHILDRENS}, True),
        ("unknown", {(0, 2): ["health"], (3, 17): CHILDRENS}, True),
        ("18-20", {(18, 130): ["shelter_ngo", "territorial_centre"]}, True),
        ("48+", {(18, 130): ["shelter_ngo", "territorial_centre"]}, True),
    ],
)
def test_help_by_law_is_told_for_a_band(
    band: str, shelter: dict[Any, Any], employment: bool, sender: Member, signed_in: Any
) -> None:
    shown = signed_in(sender).get("jurisdiction/", {"age_band": band}).json()["entitlements"]

    found = {
        tuple(each["ages"]): each["providers"]
        for each in shown
        if each["service"] == "SHELTER_EMERGENCY"
    }
    assert found == shelter
    assert any(each["service"] == "EMPLOYMENT" for each in shown) is employment
    assert [each["service"] for each in shown if each["service"] == "MEDICAL"] == ["MEDICAL"]


def test_a_band_that_is_none_is_refused(sender: Member, signed_in: Any) -> None:
    answer = signed_in(sender).get("jurisdiction/", {"age_band": "9-99"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/age_band")
    assert answer.json()["code"] == "unknown_code"
