"""Events over HTTP: read under today's rights, acknowledged, listed; and endpoints by their own page."""

import datetime as dt
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from agencies.models import Agency, Member, Service, Token
from agencies.roles import Role
from audit.models import AuditEvent
from demo import builders as make
from notify import calls, systemkeys
from notify.models import Announcement, Call, Delivery, Endpoint, Event
from referral.actions import recalling
from referral.models import Referral
from tests.entering import enter
from tests.notify.partner import Partner, listening
from tests.notify.test_calls import proving

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Iterator[Partner]:
    with listening() as server:
        yield server


@pytest.fixture
def admin(receiver: Member) -> Member:
    return make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)


@pytest.fixture
def told(sent: Referral) -> Announcement:
    """That a referral has come, as the receiver's systems are told."""
    call = make.make_call(endpoint=make.make_endpoint(agency=sent.receiver), subject=sent.code)
    assert call.announcement is not None
    return call.announcement


def test_an_event_leads_to_the_referral_and_to_nothing_else(
    told: Announcement, sent: Referral, receiver: Member, signed_in: Any
) -> None:
    shown = signed_in(receiver).get(f"events/{told.uid}/")
    assert (shown.status_code, shown.json()) == (
        200,
        {
            "id": str(told.uid),
            "type": "referral.updated",
            "at": shown.json()["at"],
            "acknowledged_at": None,
            "subject": sent.code,
            "link": f"/api/v1/referrals/{sent.code}/",
            "fhir": f"/fhir/Task/{sent.code}",
        },
    )
    read = AuditEvent.objects.filter(event="read.event", actor=receiver.username)
    assert [each.about for each in read] == [sent.code]


def test_rights_are_asked_anew_at_each_reading(
    told: Announcement, sent: Referral, receiver: Member, stranger: Member, signed_in: Any
) -> None:
    worker = make.make_member(agency=receiver.agency)
    keeper = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    # Of the same agency, but none of theirs; and another agency's.
    for member in (worker, keeper, stranger):
        assert signed_in(member).get(f"events/{told.uid}/").status_code == 404
    client = signed_in(receiver)
    assert client.get(f"events/{told.uid}/").status_code == 200
    Event.objects.filter(pk=told.event_id).update(subject="RF-2222-2222")
    assert client.get(f"events/{told.uid}/").status_code == 404
    for nobodys in ("nobody", "00000000-0000-0000-0000-000000000000"):
        assert client.get(f"events/{nobodys}/").status_code == 404
        assert client.post(f"events/{nobodys}/ack/").status_code == 404


def test_who_is_kept_apart_from_the_case_finds_nothing_any_more(
    told: Announcement, sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    apart = {"member": receiver.username}
    assert signed_in(sender).post(f"cases/{sent.case.code}/exclude/", apart).status_code == 200
    assert signed_in(receiver).get(f"events/{told.uid}/").status_code == 404


def test_after_a_withdrawal_the_link_shows_what_anybody_of_the_inbox_sees_then(
    told: Announcement, sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    client = signed_in(receiver)
    link = client.get(f"events/{told.uid}/").json()["link"]
    shown = client.http.get(link).json()
    assert shown["state"] == "withdrawn"
    assert "triage" not in shown
    assert "case" not in shown


@pytest.mark.parametrize("ended", ["token", "member", "agency"])
def test_who_has_left_reads_nothing(
    ended: str, told: Announcement, receiver: Member, signed_in: Any
) -> None:
    client = signed_in(receiver)
    if ended == "token":
        Token.objects.filter(member=receiver).delete()
    if ended == "member":
        Member.objects.filter(pk=receiver.pk).update(is_active=False)
    if ended == "agency":
        Agency.objects.filter(pk=receiver.agency_id).update(is_active=False)
    for path in (f"events/{told.uid}/", "events/"):
        assert client.get(path).status_code == 401


def test_what_was_not_acknowledged_can_be_listed_page_by_page(
    told: Announcement, receiver: Member, signed_in: Any
) -> None:
    endpoint = Endpoint.objects.get()
    rows = [make.make_call(endpoint=endpoint, subject="RF-2345-6789") for _ in range(60)]
    client = signed_in(receiver)
    first = client.get("events/").json()
    second = client.get("events/", {"after": first["next"]}).json()
    numbers = [str(row.announcement.uid) for row in reversed(rows)] + [str(told.uid)]
    assert [each["id"] for each in first["results"] + second["results"]] == numbers
    assert (len(first["results"]), second["next"]) == (50, None)
    assert set(first["results"][0]) == {"id", "type", "at", "acknowledged_at"}

    acknowledged = client.post(f"events/{numbers[0]}/ack/").json()
    again = client.post(f"events/{numbers[0]}/ack/").json()
    assert acknowledged["acknowledged_at"] == again["acknowledged_at"] is not None
    assert AuditEvent.objects.filter(event="event.acknowledged").count() == 1
    left = client.get("events/").json()["results"]
    assert numbers[0] not in {each["id"] for each in left}
    assert numbers[0] in {
        each["id"] for each in client.get("events/", {"all": "1"}).json()["results"]
    }
    assert client.get("events/", {"after": "forged"}).status_code == 400


def test_an_endpoint_over_http_from_adding_to_removing(
    sender: Member, service: Service, receiver: Member, admin: Member, partner: Partner,
    by_session: Any, signed_in: Any,
) -> None:  # fmt: skip
    client = by_session(admin)
    wanted = {"url": partner.url, "topics": ["referral.updated"]}
    assert signed_in(admin).post("endpoints/", wanted).json()["code"] == "step_up_needed"

    added = client.post("endpoints/", wanted)
    secret = added.json()["secret"]
    here = f"endpoints/{added.json()['code']}/"
    assert (added.status_code, added.json()["state"]) == (201, "unverified")
    partner.say = proving(secret)
    calls.relay_due(timezone.now())
    assert client.get(here).json()["state"] == "active"

    service.agency.refresh_from_db()
    make.make_sent(by=sender, service=service)
    calls.relay_due(timezone.now())
    number = partner.heard[-1].number
    reader = signed_in(receiver)
    assert reader.get(f"events/{number}/").status_code == 200
    assert reader.post(f"events/{number}/ack/").status_code == 200
    line = client.get(f"{here}calls/").json()["results"][0]
    assert (line["event"], line["state"], line["status"], line["attempts"]) == (
        number, "done", 200, 1,
    )  # fmt: skip
    assert line["acknowledged_at"] is not None

    assert client.post(f"calls/{line['id']}/replay/").json()["state"] == "pending"
    assert client.post(f"calls/{line['id']}/replay/").status_code == 409
    since = (timezone.now() - dt.timedelta(hours=1)).isoformat()
    assert client.post(f"{here}replay/", {"since": since}).json()["calls"] == 1
    rolled = client.post(f"{here}roll/").json()
    assert rolled["secret"] != secret
    assert client.post(f"{here}pause/").json()["state"] == "paused"
    assert client.post(f"{here}pause/").status_code == 409
    assert client.post(f"{here}resume/").json()["state"] == "active"
    chosen = client.post(f"{here}topics/", {"topics": ["case.updated"]}).json()
    assert chosen["topics"] == ["case.updated"]
    assert client.http.delete(f"/api/v1/{here}").status_code == 204
    assert client.get(here).status_code == 404
    done = AuditEvent.objects.filter(event__startswith="endpoint.").order_by("pk")
    assert [each.event for each in done] == [
        f"endpoint.{verb}" for verb in (
            "added", "verified", "replayed", "replayed", "rolled", "paused", "resumed",
            "chosen", "removed",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "required", "/url"),
        ({"url": "https://p.example.org/", "topics": []}, "empty", "/topics"),
        ({"url": "https://p.example.org/", "topics": ["all"]}, "invalid_choice", "/topics/0"),
        ({"url": "https://10.0.0.1/", "topics": ["case.updated"]}, "url_address_not_allowed", "/url"),
        ({"url": "x" * 501, "topics": ["case.updated"]}, "max_length", "/url"),
        ({"url": 5, "topics": "all"}, "not_a_list", "/topics"),
    ],
)  # fmt: skip
def test_wrong_input_says_where(
    body: Any, code: str, pointer: str, admin: Member, by_session: Any
) -> None:
    answer = by_session(admin).post("endpoints/", body)
    assert answer.status_code == 400
    assert (code, pointer) in {
        (each["code"], each["pointer"]) for each in answer.json()["errors"]
    }


def test_a_secret_is_shown_once_and_stands_nowhere_else(
    admin: Member, partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = enter(Browser(), admin)
    shown = browser.post("/systems/new/", {"url": partner.url, "topics": ["case.updated"]})
    endpoint = Endpoint.objects.get()
    secret = systemkeys.opened(endpoint.secret, endpoint=endpoint.code, part="secret")
    assert shown.content.decode().count(secret) == 1
    calls.relay_due(timezone.now())
    word = json.loads(partner.heard[0].body)["data"]["word"]

    pages = [
        browser.get(path).content.decode()
        for path in (
            "/systems/",
            f"/systems/{endpoint.code}/",
            f"/systems/{endpoint.code}/roll/",
        )
    ]
    kept = bytes(endpoint.secret) + bytes(endpoint.word or b"")
    said = caplog.text + "".join(pages) + repr(list(AuditEvent.objects.values()))
    said += repr(list(Call.objects.values()))
    for hidden in (secret, secret.removeprefix("whsec_"), word):
        assert hidden not in said
        assert hidden.encode() not in kept
    assert partner.url not in caplog.text


def test_from_the_page_to_a_verified_system_without_an_answer_of_its_own(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    browser = enter(Browser(), admin)
    bad = browser.post("/systems/new/", {"url": "http://10.0.0.1/", "topics": ["case.updated"]})
    assert "inside a network that is not called" in bad.content.decode()
    browser.post("/systems/new/", {"url": partner.url, "topics": ["referral.updated"]})
    code = Endpoint.objects.get().code
    calls.relay_due(timezone.now())
    word = json.loads(partner.heard[0].body)["data"]["word"]

    wrong = browser.post(f"/systems/{code}/verify/", {"word": "WD-2222-2222"})
    assert "not the word" in wrong.content.decode()
    done = browser.post(f"/systems/{code}/verify/", {"word": word}, follow=True)
    assert "The address is verified" in done.content.decode()

    service.agency.refresh_from_db()
    make.make_sent(by=sender, service=service)
    calls.relay_due(timezone.now())
    call = Call.objects.get(announcement__isnull=False)
    page = browser.get(f"/systems/{code}/").content.decode()
    assert str(call.number) in page
    again = browser.post(f"/systems/{code}/calls/{call.uid}/again/", follow=True)
    assert "The call is made again." in again.content.decode()
    since = timezone.localtime() - dt.timedelta(hours=1)
    browser.post(f"/systems/{code}/replay/", {"since": since.strftime("%Y-%m-%dT%H:%M")})
    for verb, state in (("pause", "paused"), ("resume", "active")):
        browser.post(f"/systems/{code}/{verb}/")
        assert Endpoint.objects.get().state == state
    browser.post(f"/systems/{code}/choose/", {"topics": ["case.updated"]})
    assert Endpoint.objects.get().topics == ["case.updated"]
    assert browser.post(f"/systems/{code}/roll/").content.decode().count("whsec_") == 1
    gone = browser.post(f"/systems/{code}/remove/", follow=True)
    assert "The system is removed." in gone.content.decode()
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("verb", ["pause", "remove"])
def test_the_agencys_administrators_are_told_when_the_keeper_of_the_service_stops_a_system(
    verb: str, admin: Member
) -> None:
    ministry = make.make_agency(type="ministry")
    keeper = make.make_member(agency=ministry, role=Role.SYSTEM_ADMIN)
    own, theirs = (make.make_endpoint(agency=admin.agency) for _ in range(2))
    for member, endpoint in ((admin, own), (keeper, theirs)):
        browser = enter(Browser(), member)
        assert browser.post(f"/systems/{endpoint.code}/{verb}/").status_code == 302

    # By themselves they know it.
    assert set(Endpoint.objects.values_list("state", flat=True)) <= {"paused"}
    told = Delivery.objects.filter(event__kind="endpoint.disabled", channel="in_app")
    assert [(each.member, each.event.subject) for each in told] == [(admin, theirs.code)]
    page = enter(Browser(), admin).get("/notices/").content.decode()
    assert "A system of yours is not called any more" in page


def test_the_pages_count_what_was_given_up(admin: Member) -> None:
    one, well = (make.make_endpoint(agency=admin.agency) for _ in range(2))
    dead = {"state": "dead", "done_at": None, "status": 500}
    for _ in range(2):
        make.make_call(endpoint=one, subject="RF-2345-6789", **dead)
    make.make_call(endpoint=one, subject="RF-2345-6789")
    make.make_call(endpoint=well, subject="RF-2345-6789")
    # A challenge that nobody took misses nothing.
    now = timezone.now()
    Call.objects.create(endpoint=well, created_at=now, next_at=now, state="dead")
    browser = enter(Browser(), admin)

    rows = browser.get("/systems/").content.decode().split("<tr>")[2:]
    pages = [browser.get(f"/systems/{each.code}/").content.decode() for each in (one, well)]

    assert [(each.code in row, "<td>2</td>" in row) for row, each in zip(rows, (well, one), strict=True)] == [
        (True, False), (True, True),
    ]  # fmt: skip
    assert "<td>0</td>" in rows[0]
    assert ["Calls given up" in page for page in pages] == [True, False]


def test_pages_of_systems_are_for_administrators(
    told: Announcement, receiver: Member, stranger: Member
) -> None:
    here = f"/systems/{Endpoint.objects.get().code}/"
    elsewhere = make.make_member(agency=stranger.agency, role=Role.AGENCY_ADMIN)
    for member, status in ((receiver, 403), (stranger, 404), (elsewhere, 404)):
        browser = enter(Browser(), member)
        found = [browser.get(f"{here}{verb}").status_code for verb in ("", "pause/", "roll/")]
        assert found == [status] * 3, member.role
        assert browser.post(f"{here}remove/").status_code == status
    assert Endpoint.objects.count() == 1
