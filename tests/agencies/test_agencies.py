"""Agencies and their services, members, roles, working days and deadlines."""

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from agencies import actions, jurisdiction, queries
from agencies.calendar import calendar_of
from agencies.clocks import Urgency, clocks_for
from agencies.jurisdiction import ReferralClocks
from agencies.models import Agency, Member, Service, Token
from agencies.queries import Need
from agencies.roles import BY_TWO, NATIONAL, AgencyType, Role
from cases.models import Case
from demo import builders as make
from kernel.clock import Runs, Span, end_of
from kernel.errors import Denied, Refused
from notify.models import Task
from referral.actions import sending, transferring
from referral.models import Referral

MINSK = ZoneInfo("Europe/Minsk")
PASSWORD = "a long word that nobody guesses"
ADDRESS = "Snegirinaya 17, flat 3"
DAY = dt.timedelta(days=1)


def found(actor: Member, **need: Any) -> list[tuple[str, bool, int, list[str]]]:
    matches = queries.matching_services(actor, Need(**need), on=make.today())
    return [(m.service.name, m.eligible, m.score, m.reasons) for m in matches]


def test_a_search_ranks_services_and_says_why(sender: Member) -> None:
    near, far = make.make_agency(district="BY-MI-01"), make.make_agency(district="BY-HR-01")
    stale = make.today() - dt.timedelta(days=200)
    for name, agency, facts in (
        ("near and free", near, {"capacity": 4, "places_free": 2}),
        ("near and full", near, {"capacity": 4, "places_free": 0}),
        ("far", far, {"verified_on": stale}),
        ("for children", near, {"maximum_age": 17, "places_free": 9}),
        ("another kind", near, {"type": "LEGAL_AID"}),
    ):
        make.make_service(agency=agency, name=name, **facts)

    ranked = found(
        sender, service_type="SHELTER_EMERGENCY", district="BY-MI-01", age_band="30-38"
    )

    assert ranked == [
        ("near and free", True, 11, ["in_district", "has_free_places", "verified"]),
        ("near and full", True, 2, ["in_district", "full", "verified"]),
        ("far", True, -1, ["elsewhere", "capacity_not_told", "not_verified_lately"]),
        ("for children", False, 11,
         ["age_not_taken", "in_district", "has_free_places", "verified"]),
    ]  # fmt: skip


def test_a_search_knows_the_region_the_language_and_the_night(sender: Member) -> None:
    agency = make.make_agency(district="BY-MI-02")
    make.make_service(agency=agency, name="day", round_the_clock=False, languages=["rus"])
    make.make_service(agency=make.make_agency(), name="night", places_free=1)

    ranked = found(sender, district="BY-MI-01", language="rus", at_night=True)

    assert ranked == [
        ("night", True, 11, ["interpreter_needed", "open_round_the_clock",
                             "serves_whole_country", "has_free_places", "verified"]),
        ("day", True, 3, ["speaks_language", "not_open_at_night", "in_region",
                          "capacity_not_told", "verified"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "need", "reason"),
    [
        ({"minimum_age": 18}, {"age_band": "unknown"}, "age_not_taken"),
        ({"minimum_age": 18}, {"age_band": "9-17"}, "age_not_taken"),
        ({"maximum_age": 17}, {"age_band": "18-20"}, "age_not_taken"),
        ({"genders": ["Feminine"]}, {"gender": "Masculine"}, "gender_not_taken"),
        ({"takes_foreigners": False}, {"foreigner": True}, "foreigners_not_taken"),
        ({"takes_families": False}, {"family": True}, "families_not_taken"),
        ({"status": "inactive"}, {}, "not_active"),
    ],
)
def test_a_service_that_may_not_take_the_person_says_why(
    facts: dict[str, Any], need: dict[str, Any], reason: str, sender: Member
) -> None:
    make.make_service(agency=make.make_agency(), **facts)

    ((_, eligible, _, reasons),) = found(sender, **need)

    assert (eligible, reasons[0]) == (False, reason)


def test_a_service_for_every_age_takes_an_unknown_one(sender: Member) -> None:
    make.make_service(agency=make.make_agency())

    ((_, eligible, _, _),) = found(sender, age_band="unknown")

    assert eligible


def test_the_search_answers_over_http_with_its_reasons(
    service: Service, sender: Member, signed_in: Any
) -> None:
    asked = {"type": "SHELTER_EMERGENCY", "at_night": "true"}

    (row,) = signed_in(sender).get("services/", asked).json()["results"]

    assert (row["code"], row["eligible"], row["score"]) == (service.code, True, 5)
    assert row["reasons"] == ["open_round_the_clock", "capacity_not_told", "verified"]


def protocol(agency: Agency, until: dt.date | None) -> None:
    signed = until and until - 10 * DAY
    Agency.objects.filter(pk=agency.pk).update(
        protocol_signed_on=signed, protocol_signed_until=until
    )
    agency.refresh_from_db()


@pytest.mark.parametrize("until", [None, -1])
def test_an_agency_without_a_protocol_is_sent_nothing(
    until: int | None, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    make.make_consent(case=case, to=service.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)
    protocol(service.agency, None if until is None else make.today() + until * DAY)

    with pytest.raises(Refused, match="no_sharing_protocol"):
        sending.send(code=draft.code, by=sender, at=timezone.now())
    with pytest.raises(Refused, match="no_sharing_protocol"):
        propose(case, service.agency)

    draft.refresh_from_db()
    ((_, eligible, _, reasons),) = found(sender)
    assert (draft.state, eligible, reasons[0]) == ("draft", False, "no_sharing_protocol")


def propose(case: Case, to: Agency) -> None:
    boss = make.make_member(agency=case.owner, role=Role.SUPERVISOR)
    transferring.propose(code=case.code, to=to, note="x", by=boss, at=timezone.now())


def test_a_protocol_holds_on_its_last_day(sender: Member, service: Service) -> None:
    case = make.make_case(by=sender)
    make.make_consent(case=case, to=service.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)
    protocol(service.agency, make.today())

    assert sending.send(code=draft.code, by=sender, at=timezone.now()).state == "sent"


def test_a_confidential_address_is_in_no_answer(
    sender: Member, receiver: Member, signed_in: Any
) -> None:
    admin = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    system = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
    )
    theirs, ours = signed_in(admin), signed_in(sender)
    body = {"type": "SHELTER_EMERGENCY", "name": "A house", "confidential_address": ADDRESS}
    made = theirs.post("services/", body)
    url = f"services/{made.json()['code']}/"
    changed = theirs.http.patch(
        f"/api/v1/{url}", {"confidential_address": ADDRESS}, format="json",
        headers={"If-Match": made["ETag"]},
    )  # fmt: skip
    sent = make.make_sent(by=sender, service=Service.objects.get(code=made.json()["code"]))
    make.make_accepted(sent=sent, by=receiver)
    read = [
        client.get(path)
        for client in (theirs, ours, signed_in(receiver), signed_in(system))
        for path in (
            url, "services/", "agencies/", f"agencies/{receiver.agency.code}/",
            f"referrals/{sent.code}/", f"referrals/{sent.code}/disclosure/", "referrals/",
        )
    ]  # fmt: skip

    answers = [made, changed, *read]
    assert made.json()["address_is_confidential"] is True
    assert [made.status_code, changed.status_code] == [201, 200]
    assert [a for a in answers if "Snegirinaya" in json.dumps(a.json())] == []
    assert [a for a in answers if '"confidential_address"' in json.dumps(a.json())] == []
    assert b"Snegirinaya" not in bytes(Service.objects.get().confidential_address or b"")


def test_a_member_who_leaves_leaves_their_work_to_the_supervisor(
    accepted: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    theirs = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)

    left = signed_in(admin).post(f"members/{sender.username}/leave/").json()
    signed_in(theirs).post(f"members/{receiver.username}/leave/")

    accepted.refresh_from_db()
    sender.refresh_from_db()
    assert left["is_active"] is sender.is_active is False
    assert left["left_at"] is not None
    assert (Case.objects.get().worker, accepted.contact) == (None, None)
    tasks: list[Any] = list(
        Task.objects.order_by("pk").values_list("kind", "subject", "role", "assignee")
    )
    assert tasks == [
        ("assign_case", accepted.case.code, "supervisor", None),
        ("name_contact", accepted.code, "supervisor", None),
    ]
    assert not sender.groups.exists()
    seen = signed_in(boss).get("tasks/").json()["results"]
    assert [row["subject"] for row in seen] == [accepted.case.code]


def logged_in(member: Member) -> APIClient:
    code = make.totp_code(make.make_totp(member))
    member.set_password(PASSWORD)
    member.save(update_fields=["password"])
    client = APIClient()
    body = {"username": member.username, "password": PASSWORD, "code": code}
    assert client.post("/api/v1/session/", body, format="json").status_code == 200
    return client


def test_a_member_who_leaves_is_shut_out_at_once(sender: Member, signed_in: Any) -> None:
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    by_session, by_token = logged_in(sender), signed_in(sender)
    before = [by_session.get("/api/v1/me/").status_code, by_token.get("me/").status_code]

    signed_in(admin).post(f"members/{sender.username}/leave/")

    after = [by_session.get("/api/v1/me/").status_code, by_token.get("me/").status_code]
    body = {"username": sender.username, "password": PASSWORD}
    assert (before, after) == ([200, 200], [401, 401])
    assert APIClient().post("/api/v1/session/", body, format="json").status_code == 401
    assert Token.objects.filter(member=sender).count() == 0


def test_an_agency_that_is_closed_shuts_its_members_out(sender: Member, signed_in: Any) -> None:
    by_session, by_token = logged_in(sender), signed_in(sender)

    Agency.objects.filter(pk=sender.agency_id).update(is_active=False)

    after = [by_session.get("/api/v1/me/").status_code, by_token.get("me/").status_code]
    assert after == [401, 401]


def test_nobody_leaves_twice_or_sends_themselves_away(sender: Member, signed_in: Any) -> None:
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    client = signed_in(admin)

    answers = [
        client.post(f"members/{name}/leave/")
        for name in (sender.username, sender.username, admin.username)
    ]

    assert [a.status_code for a in answers] == [200, 409, 403]
    assert [a.json()["code"] for a in answers[1:]] == ["member_has_left", "not_for_oneself"]


def invite(client: Any, role: str, agency: Agency) -> int:
    body = {"username": f"new.{role[:20]}", "role": role, "agency": agency.code}
    status: int = client.post("members/", body).status_code
    return status


@pytest.mark.django_db
def test_national_roles_are_given_by_system_administrators_alone(signed_in: Any) -> None:
    home, other = make.make_agency(is_coordinating=True), make.make_agency()
    local = signed_in(make.make_member(agency=other, role=Role.AGENCY_ADMIN))
    at_home = signed_in(make.make_member(agency=home, role=Role.AGENCY_ADMIN))
    system = signed_in(make.make_member(agency=home, role=Role.SYSTEM_ADMIN))

    national = {
        role.value: [
            invite(local, role, other), invite(local, role, home), invite(at_home, role, home),
            invite(system, role, other), invite(system, role, home),
        ]
        for role in NATIONAL
    }  # fmt: skip
    common = {role: invite(local, role, other) for role in Role.values if role not in NATIONAL}

    # Two of them nobody gives alone: tests/guard/test_two_persons.py.
    assert national == {
        role: [403, 403, 403, 403, 403 if role in BY_TWO else 201] for role in national
    }
    assert common == dict.fromkeys(
        ("social_worker", "supervisor", "focal_point", "agency_admin"), 201
    )


@pytest.mark.django_db
def test_nobody_raises_themselves_or_a_colleague_to_a_national_role() -> None:
    home = make.make_agency(is_coordinating=True)
    admin = make.make_member(agency=home, role=Role.AGENCY_ADMIN)
    colleague = make.make_member(agency=home)

    for role in sorted(NATIONAL):
        for member in (admin, colleague):
            with pytest.raises(Denied, match="only_system_administrators_give_national_roles"):
                actions.change_role(member=member, role=Role(role), by=admin)
    with pytest.raises(Denied, match="not_for_oneself"):
        actions.change_role(member=admin, role=Role.SUPERVISOR, by=admin)


def test_a_new_role_counts_from_that_moment(sender: Member) -> None:
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)

    actions.change_role(member=sender, role=Role.SUPERVISOR, by=admin)

    groups = set(sender.groups.values_list("pk", flat=True))
    assert groups == {sender.own_group_id, sender.agency.supervisors_id}


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=MINSK)


def ends(hours: float, runs: Runs, start: str, agency: Agency) -> str:
    end = end_of(Span(hours, runs), start=local(start), calendar=calendar_of(agency))
    return end.astimezone(MINSK).strftime("%Y-%m-%d %H:%M")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours", "start", "end"),
    [
        (24, "2025-12-31 12:00", "2026-01-05 12:00"),
        (24, "2026-01-01 09:00", "2026-01-06 00:00"),
        (24, "2026-01-06 12:00", "2026-01-08 12:00"),
        (72, "2026-01-06 12:00", "2026-01-12 12:00"),
        (24, "2026-01-16 18:00", "2026-01-19 18:00"),
        (4, "2026-01-08 10:00", "2026-01-08 14:00"),
    ],
)
def test_working_time_leaves_out_holidays_and_weekends(
    hours: float, start: str, end: str
) -> None:
    assert ends(hours, Runs.WORKING_DAYS, start, make.make_agency()) == end


@pytest.mark.django_db
def test_an_emergency_runs_through_every_holiday() -> None:
    agency = make.make_agency(closed_weekdays=[0])

    assert ends(4, Runs.ROUND_THE_CLOCK, "2025-12-31 23:00", agency) == "2026-01-01 03:00"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "end"),
    [("2025-12-18 10:00", "2026-01-05 10:00"), ("2025-12-24 10:00", "2026-01-08 10:00")],
)
def test_a_fortnight_ends_on_a_working_day(start: str, end: str) -> None:
    assert ends(14 * 24, Runs.ENDS_ON_WORKING_DAY, start, make.make_agency()) == end


@pytest.mark.django_db
def test_an_agencys_own_closed_days_count_as_holidays() -> None:
    agency = make.make_agency(closed_weekdays=[4], closed_days=[dt.date(2026, 1, 12)])

    assert ends(24, Runs.WORKING_DAYS, "2026-01-08 12:00", agency) == "2026-01-13 12:00"


def hours_of(clocks: ReferralClocks) -> tuple[float, float]:
    return clocks.reply.hours, clocks.contact.hours


@pytest.mark.django_db
def test_deadlines_are_those_of_the_inter_agency_form_unless_set() -> None:
    agency = make.make_agency()

    found = {
        urgency: clocks_for(agency, service_type="MEDICAL", urgency=urgency)
        for urgency in Urgency
    }

    assert found == jurisdiction.current().referral
    assert {urgency.value: hours_of(clocks) for urgency, clocks in found.items()} == {
        "emergency": (4, 24), "urgent": (24, 72), "normal": (72, 336),
    }  # fmt: skip


def test_an_agency_sets_its_own_deadlines(receiver: Member, signed_in: Any) -> None:
    agency, kind = receiver.agency, "SHELTER_EMERGENCY"
    client = signed_in(make.make_member(agency=agency, role=Role.AGENCY_ADMIN))
    url = f"agencies/{agency.code}/clocks/"
    for more, reply, contact in (({}, 3, 12), ({"service_type": kind}, 1, 6), ({}, 2, 12)):
        body = {"urgency": "emergency", "reply_hours": reply, "contact_hours": contact} | more
        assert client.post(url, body).status_code == 200

    of = {
        (kind, urgency): hours_of(clocks_for(agency, service_type=kind, urgency=urgency))
        for kind in (kind, "MEDICAL")
        for urgency in (Urgency.EMERGENCY, Urgency.URGENT)
    }

    assert of == {
        (kind, Urgency.EMERGENCY): (1, 6),
        (kind, Urgency.URGENT): (24, 72),
        ("MEDICAL", Urgency.EMERGENCY): (2, 12),
        ("MEDICAL", Urgency.URGENT): (24, 72),
    }
    assert len(client.get(url).json()["results"]) == 2


def test_a_referral_runs_on_the_receivers_own_deadlines(
    sender: Member, service: Service
) -> None:
    boss = make.make_member(agency=service.agency, role=Role.SUPERVISOR)
    actions.set_clocks(
        agency=service.agency, service_type="", urgency=Urgency.EMERGENCY, reply_hours=2,
        contact_hours=8, by=boss,
    )  # fmt: skip

    sent = make.make_sent(by=sender, service=service, urgency=Urgency.EMERGENCY)

    assert sent.sent_at is not None
    assert sent.reply_due_at == sent.sent_at + dt.timedelta(hours=2)


def test_nobody_sets_the_deadlines_of_another_agency(
    sender: Member, receiver: Member, signed_in: Any
) -> None:
    body = {"urgency": "urgent", "reply_hours": 1, "contact_hours": 1}
    for role in (Role.AGENCY_ADMIN, Role.SUPERVISOR):
        client = signed_in(make.make_member(agency=sender.agency, role=role))
        answer = client.post(f"agencies/{receiver.agency.code}/clocks/", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "only_in_own_agency")

    assert receiver.agency.clock_settings.count() == 0


def test_an_agency_of_another_land_keeps_its_own_holidays(db: None) -> None:
    ours = make.make_agency(type=AgencyType.IO)
    theirs = make.make_agency(holiday_country="PL", time_zone="Europe/Minsk")

    day = "2026-01-06 00:00"
    assert ends(24, Runs.WORKING_DAYS, day, ours) == "2026-01-07 00:00"
    assert ends(24, Runs.WORKING_DAYS, day, theirs) == "2026-01-08 00:00"


@pytest.mark.django_db
def test_national_roles_are_taken_away_by_system_administrators_alone(signed_in: Any) -> None:
    home = make.make_agency(is_coordinating=True)
    admin = signed_in(make.make_member(agency=home, role=Role.AGENCY_ADMIN))
    member = make.make_member(agency=home, role=Role.AUDITOR)

    changed = admin.post(f"members/{member.username}/role/", {"role": "social_worker"})
    left = admin.post(f"members/{member.username}/leave/")

    member.refresh_from_db()
    assert (changed.status_code, left.status_code) == (403, 403)
    assert (member.role, member.is_active) == ("auditor", True)


def test_a_member_who_left_is_given_no_role(sender: Member) -> None:
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    actions.deactivate(member=sender, by=admin, at=timezone.now())

    with pytest.raises(Refused, match="member_has_left"):
        actions.change_role(member=sender, role=Role.SUPERVISOR, by=admin)

    assert not sender.groups.exists()
