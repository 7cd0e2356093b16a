"""Calls of partners' systems: what is said, to whom, how often, and when no more."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import WebhookVerificationError

from agencies.models import Agency, Member, Service
from agencies.roles import Role
from audit.models import AuditEvent
from demo import builders as make
from kernel.errors import Denied, Invalid, Refused
from notify import calls, endpoints, systemkeys
from notify.channels import systems
from notify.models import Announcement, Call, Delivery, Endpoint, Topic
from referral.actions import answering, sending
from tests.conftest import owning
from tests.notify.partner import Heard, Partner, listening, status

pytestmark = pytest.mark.django_db
EVERYTHING = list(Topic.values)
SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def partner() -> Iterator[Partner]:
    with listening() as server:
        yield server


@pytest.fixture
def admin(receiver: Member) -> Member:
    return make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)


def verified(partner: Partner, admin: Member, **facts: Any) -> endpoints.Added:
    """An endpoint that has answered its challenge, which the partner then forgets."""
    at = timezone.now()
    added = endpoints.add(
        url=facts.pop("url", partner.url),
        topics=facts.pop("topics", EVERYTHING),
        by=admin,
        at=at,
    )
    say, partner.say = partner.say, proving(added.secret)
    calls.relay_due(timezone.now())
    partner.say = say
    partner.heard.clear()
    added.endpoint.refresh_from_db()
    assert added.endpoint.state == "active"
    admin.agency.refresh_from_db()
    return added


def proving(secret: str) -> Any:
    def say(handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        word = heard.read_by(secret)["data"].get("word", "")
        status(200, systemkeys.answer_to(word, secret).encode())(handler, heard)

    return say


def tell(sender: Member, service: Service) -> Announcement:
    """Send a referral there; what its system is told of it."""
    service.agency.refresh_from_db()
    make.make_sent(by=sender, service=service)
    found: Announcement = Announcement.objects.filter(agency=service.agency).latest("pk")
    return found


def call_of(told: Announcement) -> Call:
    found: Call = Call.objects.get(announcement=told)
    return found


def test_a_referral_is_told_by_a_number_alone(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added = verified(partner, admin)
    told = tell(sender, service)

    assert calls.relay_due(timezone.now()) == 1

    (heard,) = partner.heard
    assert heard.read_by(added.secret) == {
        "type": "referral.updated",
        "timestamp": told.at.isoformat(),
        "data": {"id": str(told.uid)},
    }
    assert (heard.number, heard.path) == (str(told.uid), "/events")
    assert {name for name in heard.headers if name.startswith("webhook")} == {
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip
    call = call_of(told)
    assert (call.state, call.status, call.attempts, call.last_error) == ("done", 204, 1, "")
    with pytest.raises(WebhookVerificationError):
        heard.read_by(systemkeys.fresh())


def test_nothing_is_told_before_the_challenge_is_answered(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=timezone.now())
    calls.relay_due(timezone.now())
    # It took the challenge, but did not answer by it.
    make.make_sent(by=sender, service=service)
    calls.relay_due(timezone.now())

    (heard,) = partner.heard
    said = heard.read_by(added.secret)
    assert (said["type"], set(said["data"])) == ("endpoint.verify", {"id", "word"})
    assert Announcement.objects.count() == 0
    added.endpoint.refresh_from_db()
    assert added.endpoint.state == "unverified"

    with pytest.raises(Invalid, match="not_the_word"):
        endpoints.verify(
            code=added.endpoint.code, word="WD-2222-2222", by=admin, at=timezone.now()
        )
    typed = said["data"]["word"].lower().replace("-", "")
    endpoints.verify(code=added.endpoint.code, word=typed, by=admin, at=timezone.now())

    tell(sender, service)
    assert calls.relay_due(timezone.now()) == 1
    assert partner.heard[1].read_by(added.secret)["type"] == "referral.updated"


@pytest.mark.parametrize("answer", ["", "no", "word", "other"])
def test_only_the_right_answer_verifies(answer: str, admin: Member, partner: Partner) -> None:
    added = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=timezone.now())

    def say(handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        word = heard.read_by(added.secret)["data"]["word"]
        other = systemkeys.answer_to(word, systemkeys.fresh())
        said = {"word": word, "other": other}.get(answer, answer)
        status(200, said.encode())(handler, heard)

    partner.say = say
    calls.relay_due(timezone.now())
    added.endpoint.refresh_from_db()
    assert (len(partner.heard), added.endpoint.state) == (1, "unverified")


def test_an_answer_to_the_challenge_is_short(admin: Member, partner: Partner) -> None:
    """Whoever goes on after the proof is cut off, and has proved nothing."""
    added = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=timezone.now())

    def say(handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        word = heard.read_by(added.secret)["data"]["word"]
        proof = systemkeys.answer_to(word, added.secret)
        status(200, proof.encode() + b" " * systems.ONE_WORD)(handler, heard)

    partner.say = say
    calls.relay_due(timezone.now())
    added.endpoint.refresh_from_db()
    call = added.endpoint.calls.get()
    assert (added.endpoint.state, call.state, call.last_error) == (
        "unverified", "pending", "TooLarge",
    )  # fmt: skip


def test_a_word_is_good_for_an_hour_and_a_new_one_ends_it(
    admin: Member, partner: Partner
) -> None:
    at = timezone.now()
    code = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=at).endpoint.code
    calls.relay_due(timezone.now())
    first = json.loads(partner.heard[0].body)["data"]["word"]
    with pytest.raises(Refused, match="challenge_is_over"):
        endpoints.verify(code=code, word=first, by=admin, at=at + HOUR + SECOND)
    endpoints.challenge(code=code, by=admin, at=timezone.now())
    calls.relay_due(timezone.now())
    with pytest.raises(Invalid, match="not_the_word"):
        endpoints.verify(code=code, word=first, by=admin, at=timezone.now())
    second = json.loads(partner.heard[1].body)["data"]["word"]
    endpoints.verify(code=code, word=second, by=admin, at=timezone.now())
    assert Endpoint.objects.get(code=code).state == "active"


@pytest.mark.parametrize(
    ("meanwhile", "state"),
    [("nothing", "active"), ("another word", "unverified"), ("typed and paused", "paused")],
)
def test_a_proof_that_comes_late_counts_only_for_the_word_that_is_waited_for(
    meanwhile: str, state: str, admin: Member, partner: Partner
) -> None:
    now = timezone.now()
    added = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=now)
    code, partner.say = added.endpoint.code, proving(added.secret)
    (leased,) = calls.claim(timezone.now(), most=8)
    assert leased.message is not None
    outcome = systems.send(leased.message)
    # Here it is still on its way.
    if meanwhile == "another word":
        endpoints.challenge(code=code, by=admin, at=timezone.now())
    if meanwhile == "typed and paused":
        word = json.loads(partner.heard[0].body)["data"]["word"]
        endpoints.verify(code=code, word=word, by=admin, at=timezone.now())
        endpoints.pause(code=code, by=admin, at=timezone.now())

    calls.settle(leased, outcome)

    found = Endpoint.objects.get(code=code)
    assert (found.state, found.leased_by) == (state, None)


def test_an_endpoint_hears_of_what_it_chose(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added = verified(partner, admin, topics=["case.updated"])
    tell(sender, service)
    assert calls.relay_due(timezone.now()) == 0
    endpoints.choose(
        code=added.endpoint.code, topics=["referral.updated"], by=admin, at=timezone.now()
    )
    told = tell(sender, service)
    assert calls.relay_due(timezone.now()) == 1
    assert [each.number for each in partner.heard] == [str(told.uid)]


def test_acts_for_agencies_without_systems_ask_the_database_no_more(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    def asked() -> list[str]:
        service.agency.refresh_from_db()
        case = make.make_case(by=sender)
        make.make_consent(case=case, to=service.agency, by=sender)
        draft = make.make_draft(case=case, service=service, by=sender)
        with CaptureQueriesContext(connection) as queries:
            sending.send(code=draft.code, by=sender, at=timezone.now())
        return [each["sql"] for each in queries if "SAVEPOINT" not in each["sql"]]

    asked()
    without = asked()
    assert [sql for sql in without if "notify_announcement" in sql or "endpoint" in sql] == []
    verified(partner, admin)
    with_one = asked()
    more = [sql for sql in with_one if "notify_announcement" in sql]
    assert (len(with_one) - len(without), len(more)) == (1, 1)


@pytest.mark.parametrize("code", [199, 300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_only_a_2xx_is_success_and_nobody_is_led_elsewhere(
    code: int, sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    verified(partner, admin)
    told = tell(sender, service)
    partner.say = status(code, Location="/elsewhere")
    before = timezone.now()

    calls.relay_due(before)

    call = call_of(told)
    assert (call.state, call.attempts, call.status) == ("pending", 1, code)
    assert before + 0.7 * calls.WAITS[0] < call.next_at < timezone.now() + 1.3 * calls.WAITS[0]
    assert [each.path for each in partner.heard] == ["/events"]


def test_it_is_tried_over_days_by_the_same_number_and_then_no_more(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added = verified(partner, admin)
    told = tell(sender, service)
    partner.say = status(500)
    calls.spread(timezone.now())
    waits = []
    for _ in range(len(calls.WAITS)):
        before = timezone.now()
        # Its time comes: it may be called again, and it has not rested for a week. A later moment told to
        # the relay would be later than the next turn, where chance makes that wait the shorter one.
        awake(added.endpoint)
        Call.objects.filter(pk=call_of(told).pk).update(next_at=before)
        assert calls.relay_due(before) == 1
        waits.append(call_of(told).next_at - before)
    for wait, planned in zip(waits, calls.WAITS, strict=True):
        assert 0.75 * planned <= wait <= 1.25 * planned + MINUTE
    assert call_of(told).state == "pending"
    awake(added.endpoint)
    calls.relay_due(call_of(told).next_at)

    call = call_of(told)
    assert (call.state, call.attempts, call.status) == ("dead", len(calls.WAITS) + 1, 500)
    assert {each.number for each in partner.heard} == {str(told.uid)}
    assert len(partner.heard) == len(calls.WAITS) + 1
    # What was not taken can still be found, and read.
    assert Announcement.objects.filter(acknowledged_at__isnull=True).get() == told


def given_up(told: Announcement, endpoint: Endpoint, *, at: dt.datetime) -> None:
    """Its last try fails."""
    calls.spread(at)
    awake(endpoint)
    Call.objects.filter(announcement=told).update(attempts=len(calls.WAITS), next_at=at)
    calls.relay_due(at)
    assert call_of(told).state == "dead"


def missed(admin: Member) -> list[tuple[str, str]]:
    told = Delivery.objects.filter(event__kind="endpoint.missed").order_by("pk")
    assert {each.member for each in told} <= {admin}
    return list(told.values_list("event__subject", "channel"))


def test_of_calls_that_were_given_up_its_administrators_are_told_once_a_day(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added, now = verified(partner, admin), timezone.now()
    partner.say = status(500)
    once = [(added.endpoint.code, "in_app"), (added.endpoint.code, "email")]
    assert missed(admin) == []
    for _ in range(2):
        given_up(tell(sender, service), added.endpoint, at=now)
        assert missed(admin) == once
    endpoint = Endpoint.objects.filter(pk=added.endpoint.pk)
    endpoint.update(missed_told_at=timezone.now() - calls.TOLD_AGAIN + HOUR)
    given_up(tell(sender, service), added.endpoint, at=now)
    assert missed(admin) == once
    endpoint.update(missed_told_at=timezone.now() - calls.TOLD_AGAIN)
    given_up(tell(sender, service), added.endpoint, at=now)
    assert missed(admin) == once * 2
    # Nothing is told of a system's troubles to any system.
    assert set(Announcement.objects.values_list("event__kind", flat=True)) == {"referral.sent"}
    assert endpoint.get().state == "active"


def test_of_another_address_they_are_told_as_well_and_of_one_switched_off_by_that_alone(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    with listening() as other:
        first, second = verified(partner, admin), verified(other, admin)
        partner.say, other.say = status(500), status(410)
        told, now = tell(sender, service), timezone.now()
        calls.spread(now)
        Call.objects.filter(announcement=told).update(attempts=len(calls.WAITS))
        calls.relay_due(now)
    assert set(missed(admin)) == {
        (first.endpoint.code, "in_app"),
        (first.endpoint.code, "email"),
    }
    off = Delivery.objects.filter(event__kind="endpoint.disabled", channel="in_app")
    assert [each.event.subject for each in off] == [second.endpoint.code]


def test_a_challenge_that_nobody_took_is_told_to_nobody(
    admin: Member, partner: Partner
) -> None:
    now = timezone.now()
    added = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=now - 2 * HOUR)
    partner.say = status(500)
    calls.relay_due(now)
    assert added.endpoint.calls.get().state == "dead"
    assert missed(admin) == []


def awake(endpoint: Endpoint) -> None:
    """So that the breaker does not stand before what a test is about."""
    Endpoint.objects.filter(pk=endpoint.pk).update(rests_until=None, failures=0)


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("120", 2 * MINUTE, 3 * MINUTE),
        ("0", dt.timedelta(0), MINUTE),
        ("99999999999", dt.timedelta(days=1), dt.timedelta(days=1, minutes=1)),
        ("-5", dt.timedelta(0), MINUTE),
        ("soon", dt.timedelta(0), MINUTE),
        (
            "Fri, 31 Dec 9999 23:59:59 GMT",
            dt.timedelta(days=1),
            dt.timedelta(days=1, minutes=1),
        ),
        ("Fri, 31 Dec 1999 23:59:59 GMT", dt.timedelta(0), MINUTE),
        ("Fri, 31 Dec 1999 23:59:59 -0000", dt.timedelta(0), MINUTE),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", dt.timedelta(0), MINUTE),
        ("Fri, 31 Dec 1999 23:59:59 +9999999999999999", dt.timedelta(0), MINUTE),
    ],
)
def test_it_stays_away_as_long_as_it_is_asked_to_and_no_longer_than_a_day(
    said: str, least: dt.timedelta, most: dt.timedelta,
    sender: Member, service: Service, admin: Member, partner: Partner,
) -> None:  # fmt: skip
    verified(partner, admin)
    told = tell(sender, service)
    partner.say = status(503, Retry_After=said)
    before = timezone.now()

    calls.relay_due(before)

    assert least <= call_of(told).next_at - before <= most + 10 * SECOND


def test_an_answer_that_cannot_be_written_down_costs_no_other_call_its_mark(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    with listening() as odd:
        faulty = verified(odd, admin).endpoint
        verified(partner, admin)
        # A fault that only the database knows, with what this one answers.
        with owning(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "ALTER TABLE notify_call ADD CONSTRAINT none_odd CHECK (status <> 299)"
            )
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        told, odd.say, partner.say = tell(sender, service), status(299), status(204)
        before = timezone.now()
        assert calls.relay_due(before) == 2

    assert (len(odd.heard), len(partner.heard)) == (1, 1)
    found = {
        call.endpoint.url: call
        for call in Call.objects.filter(announcement=told).select_related("endpoint")
    }
    assert (found[partner.url].state, found[partner.url].status) == ("done", 204)
    # It waits for its turn like any other that fails.
    call = found[odd.url]
    assert (call.state, call.status, call.last_error) == ("pending", None, "answer_not_taken")
    assert call.next_at >= before + 0.75 * calls.WAITS[0]
    faulty.refresh_from_db()
    assert (faulty.failures, faulty.leased_by) == (1, None)


@pytest.mark.parametrize("what", ["secret", "older_secret", "word"])
def test_a_secret_that_does_not_open_holds_up_no_other(
    what: str, sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    verified(partner, admin)
    with listening() as lost:
        if what == "word":
            added = endpoints.add(url=lost.url, topics=EVERYTHING, by=admin, at=timezone.now())
        else:
            added = verified(lost, admin)
            endpoints.roll(code=added.endpoint.code, by=admin, at=timezone.now())
        # Sealed for another endpoint; and whoever was never called is first.
        moved = systemkeys.sealed(systemkeys.fresh(), endpoint="EP-2222-2222", part=what)
        broken = Endpoint.objects.filter(pk=added.endpoint.pk)
        broken.update(**{what: moved}, called_at=None)
        told, before = tell(sender, service), timezone.now()
        assert calls.relay_due(before) == 2

    assert ([each.number for each in partner.heard], lost.heard) == ([str(told.uid)], [])
    done = Call.objects.get(endpoint__url=partner.url, announcement=told)
    assert (done.state, done.status) == ("done", 204)
    call = Call.objects.get(endpoint=added.endpoint, state="pending")
    assert (call.status, call.last_error, call.attempts) == (None, "secret_not_opened", 1)
    assert call.next_at >= before + 0.75 * calls.WAITS[0]
    assert (broken.get().failures, broken.get().leased_by) == (1, None)


def test_gone_switches_it_off_at_once_and_tells_its_administrators(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added = verified(partner, admin)
    tell(sender, service)
    tell(sender, service)
    partner.say = status(410)

    calls.relay_due(timezone.now())
    calls.relay_due(timezone.now() + HOUR)

    added.endpoint.refresh_from_db()
    assert (added.endpoint.state, added.endpoint.because) == ("disabled", "gone")
    assert len(partner.heard) == 1
    told = Delivery.objects.filter(event__kind="endpoint.disabled", channel="in_app")
    assert [each.member for each in told] == [admin]
    assert AuditEvent.objects.filter(event="endpoint.disabled").get().facts == {
        "because": "gone"
    }


def test_a_week_without_a_success_switches_it_off(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added = verified(partner, admin)
    partner.say = status(500)
    tell(sender, service)
    calls.relay_due(timezone.now())
    week = Endpoint.objects.filter(pk=added.endpoint.pk)
    for age, state in ((dt.timedelta(days=7) - HOUR, "active"), (calls.GIVEN_UP, "disabled")):
        week.update(failing_since=timezone.now() - age, rests_until=None)
        tell(sender, service)
        calls.relay_due(timezone.now())
        assert (week.get().state, age) == (state, age)
    assert week.get().because == "failing"

    # A clean sheet, and what it missed.
    partner.say = status(204)
    endpoints.resume(code=added.endpoint.code, by=admin, at=timezone.now())
    calls.relay_due(timezone.now() + HOUR)
    assert set(
        Call.objects.filter(announcement__isnull=False).values_list("state", flat=True)
    ) == {"done"}


def test_one_success_ends_the_count(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added = verified(partner, admin)
    partner.say = status(500)
    tell(sender, service)
    calls.relay_due(timezone.now())
    added.endpoint.refresh_from_db()
    assert (added.endpoint.failures, added.endpoint.failing_since is None) == (1, False)
    partner.say = status(200)
    tell(sender, service)
    calls.relay_due(timezone.now())
    added.endpoint.refresh_from_db()
    assert (added.endpoint.failures, added.endpoint.failing_since) == (0, None)


def test_one_that_fails_again_and_again_is_left_alone_for_a_while(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    added = verified(partner, admin)
    partner.say = status(500)
    for _ in range(calls.PATIENCE + 3):
        tell(sender, service)
    calls.relay_due(timezone.now())
    assert len(partner.heard) == calls.PATIENCE
    added.endpoint.refresh_from_db()
    awake_at = added.endpoint.rests_until or timezone.now()
    assert awake_at - timezone.now() <= calls.REST
    assert calls.relay_due(awake_at - SECOND) == 0
    # Then one call finds out, and it rests longer.
    assert calls.relay_due(awake_at) == 1
    added.endpoint.refresh_from_db()
    rest = (added.endpoint.rests_until or awake_at) - timezone.now()
    assert calls.REST < rest <= 2 * calls.REST


def test_endless_and_slow_answers_hold_nobody_else(
    sender: Member, service: Service, admin: Member, partner: Partner, settings: Any
) -> None:
    """What counts is the number in the first line; what never says one is cut, and others are called
    meanwhile."""
    settings.WEBHOOK_TIMEOUT = 2
    focal = make.make_member(role=Role.FOCAL_POINT)
    other = make.make_service(agency=focal.agency)
    keeper = make.make_member(agency=other.agency, role=Role.AGENCY_ADMIN)
    with listening() as endless, listening() as silent:
        verified(endless, admin)
        verified(silent, admin)
        verified(partner, keeper)
        endless.say, silent.say = never_ending, drop_by_drop
        told, fine = tell(sender, service), tell(sender, other)
        calls.relay_due(timezone.now())

    assert [each.number for each in partner.heard] == [str(fine.uid)]
    assert call_of(fine).state == "done"
    found = {
        call.endpoint.url: (call.state, call.status, call.last_error)
        for call in Call.objects.filter(announcement=told).select_related("endpoint")
    }
    assert found[endless.url] == ("done", 200, "")
    assert found[silent.url] == ("pending", None, "TooSlow")


def never_ending(handler: BaseHTTPRequestHandler, _: Heard) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65_536)


def drop_by_drop(handler: BaseHTTPRequestHandler, _: Heard) -> None:
    """A byte at a time: no single read is slow."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X: y\r\n")
        handler.wfile.flush()
        time.sleep(0.1)


def test_whoever_is_killed_before_the_mark_calls_again_by_the_same_number(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    verified(partner, admin)
    told = tell(sender, service)
    at = timezone.now()
    calls.spread(at)
    (leased,) = calls.claim(at, most=8)
    assert leased.message is not None
    systems.send(leased.message)
    # Here it is killed. Nobody else calls while its lease lasts.
    assert calls.relay_due(at + calls.LEASE - SECOND) == 0
    assert calls.relay_due(at + calls.LEASE + SECOND) == 1
    assert [each.number for each in partner.heard] == [str(told.uid)] * 2
    call = call_of(told)
    assert (call.state, call.attempts) == ("done", 2)
    # And if it comes back after all, it marks nothing any more.
    calls.settle(leased, systems.Outcome(5, status=500))
    assert call_of(told).state == "done"


def test_a_paused_endpoint_is_told_later(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    code = verified(partner, admin).endpoint.code
    endpoints.pause(code=code, by=admin, at=timezone.now())
    told = tell(sender, service)
    assert calls.relay_due(timezone.now()) == 0
    endpoints.resume(code=code, by=admin, at=timezone.now())
    assert calls.relay_due(timezone.now()) == 1
    assert [each.number for each in partner.heard] == [str(told.uid)]


def test_systems_of_an_agency_that_has_left_are_not_called(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    verified(partner, admin)
    tell(sender, service)
    Agency.objects.filter(pk=service.agency_id).update(is_active=False)
    assert (calls.relay_due(timezone.now()), partner.heard) == (0, [])


def test_both_keys_sign_for_a_day_after_a_roll(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    old = verified(partner, admin)
    new = endpoints.roll(code=old.endpoint.code, by=admin, at=timezone.now())
    tell(sender, service)
    calls.relay_due(timezone.now())

    (heard,) = partner.heard
    assert heard.headers["webhook-signature"].count("v1,") == 2
    assert heard.read_by(old.secret) == heard.read_by(new.secret)

    Endpoint.objects.update(older_until=timezone.now())
    tell(sender, service)
    calls.relay_due(timezone.now())
    assert partner.heard[1].headers["webhook-signature"].count("v1,") == 1
    partner.heard[1].read_by(new.secret)
    with pytest.raises(WebhookVerificationError):
        partner.heard[1].read_by(old.secret)
    calls.forget(timezone.now())
    assert Endpoint.objects.get().older_secret is None


def test_rolled_twice_within_a_day_the_first_secret_signs_on_until_its_day_is_over(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    first = verified(partner, admin)
    code, at = first.endpoint.code, timezone.now()
    second = endpoints.roll(code=code, by=admin, at=at)
    third = endpoints.roll(code=code, by=admin, at=at + HOUR)
    assert third.endpoint.older_until == at + endpoints.BOTH
    tell(sender, service)
    calls.relay_due(timezone.now())

    (heard,) = partner.heard
    assert heard.read_by(first.secret) == heard.read_by(third.secret)
    with pytest.raises(WebhookVerificationError):
        heard.read_by(second.secret)

    fourth = endpoints.roll(code=code, by=admin, at=at + endpoints.BOTH)
    tell(sender, service)
    calls.relay_due(timezone.now())
    heard = partner.heard[1]
    assert heard.read_by(third.secret) == heard.read_by(fourth.secret)
    with pytest.raises(WebhookVerificationError):
        heard.read_by(first.secret)


def test_replay_by_one_and_since_a_moment(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    code = verified(partner, admin).endpoint.code
    before, first = timezone.now() - SECOND, tell(sender, service)
    calls.relay_due(timezone.now())
    endpoints.replay(call=call_of(first), by=admin, at=timezone.now())
    with pytest.raises(Refused, match="call_is_waiting"):
        endpoints.replay(call=call_of(first), by=admin, at=timezone.now())
    calls.relay_due(timezone.now())
    assert [each.number for each in partner.heard] == [str(first.uid)] * 2

    # What came while it was switched off was never called for, and is now.
    Endpoint.objects.update(state="disabled")
    missed = tell(sender, service)
    calls.relay_due(timezone.now())
    endpoints.resume(code=code, by=admin, at=timezone.now())
    again = endpoints.replay_since(code=code, since=before, by=admin, at=timezone.now())
    calls.relay_due(timezone.now())
    assert again.calls == 2
    heard = [each.number for each in partner.heard[2:]]
    assert sorted(heard) == sorted([str(first.uid), str(missed.uid)])
    for since, refusal in (
        (timezone.now() + HOUR, "date_in_the_future"),
        (timezone.now() - dt.timedelta(days=31), "too_long_ago"),
    ):
        with pytest.raises(Invalid, match=refusal):
            endpoints.replay_since(code=code, since=since, by=admin, at=timezone.now())


def test_each_try_is_signed_for_its_own_moment(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    """Else a partner that refuses what is older than five minutes would refuse every later try."""
    added = verified(partner, admin)
    told = tell(sender, service)
    partner.say = status(500)
    calls.relay_due(timezone.now())
    long_ago = timezone.now() - 3 * HOUR
    Call.objects.filter(announcement=told).update(created_at=long_ago, next_at=long_ago)
    Announcement.objects.filter(pk=told.pk).update(at=long_ago)
    before = int(timezone.now().timestamp())

    calls.relay_due(timezone.now())

    heard = partner.heard[-1]
    assert heard.read_by(added.secret)["timestamp"] == long_ago.isoformat()
    assert before <= int(heard.headers["webhook-timestamp"]) <= timezone.now().timestamp()


def test_what_is_old_is_forgotten(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    verified(partner, admin)
    told = tell(sender, service)
    calls.relay_due(timezone.now())
    calls.forget(told.at + calls.KEPT - HOUR)
    assert Call.objects.filter(announcement=told).count() == 1
    calls.forget(told.at + calls.KEPT + HOUR)
    assert (Announcement.objects.count(), Call.objects.count()) == (0, 0)


def test_removing_the_last_one_ends_the_announcing(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    code = verified(partner, admin).endpoint.code
    endpoints.remove(code=code, by=admin, at=timezone.now())
    service.agency.refresh_from_db()
    assert service.agency.has_systems is False
    make.make_sent(by=sender, service=service)
    assert Announcement.objects.count() == 0


def test_an_agency_has_ten_addresses_and_each_once(admin: Member) -> None:
    now = timezone.now()
    for n in range(endpoints.MOST):
        endpoints.add(url=f"https://p{n}.example.org/", topics=EVERYTHING, by=admin, at=now)
        if n == 0:
            with pytest.raises(Refused, match="endpoint_is_there"):
                endpoints.add(
                    url="https://p0.example.org/", topics=EVERYTHING, by=admin, at=now
                )
    with pytest.raises(Refused, match="too_many_endpoints"):
        endpoints.add(url="https://p99.example.org/", topics=EVERYTHING, by=admin, at=now)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://partner.example.org/", "url_not_https"),
        ("https://partner.example.org:8443/", "url_port_not_allowed"),
        ("https://user@partner.example.org/", "url_says_too_much"),
        ("https://10.0.0.1/", "url_address_not_allowed"),
        ("https://169.254.169.254/latest/", "url_address_not_allowed"),
        ("https://[::ffff:10.0.0.1]/", "url_address_not_allowed"),
        ("https://0x7f000001/", "url_host_not_readable"),
        ("https://пример.бел/", "url_not_printed"),
        ("ftp://partner.example.org/", "url_not_https"),
    ],
)
def test_an_address_that_is_never_called_is_refused_where_it_was_typed(
    url: str, code: str, admin: Member, settings: Any
) -> None:
    settings.DEMO = False
    with pytest.raises(Invalid, match=code) as refusal:
        endpoints.add(url=url, topics=EVERYTHING, by=admin, at=timezone.now())
    assert refusal.value.pointer == "/url"


def test_others_may_not(
    sender: Member, receiver: Member, admin: Member, partner: Partner
) -> None:
    code = verified(partner, admin).endpoint.code
    keeper = make.make_member(role=Role.SYSTEM_ADMIN, agency=make.make_agency(type="ministry"))
    now = timezone.now()
    for member in (sender, receiver, keeper):
        with pytest.raises(Denied):
            endpoints.add(url="https://x.example.org/", topics=EVERYTHING, by=member, at=now)
        with pytest.raises(Denied):
            endpoints.roll(code=code, by=member, at=now)
    endpoints.pause(code=code, by=keeper, at=now)
    with pytest.raises(Denied):
        endpoints.resume(code=code, by=keeper, at=now)


def test_accepting_tells_the_system_of_the_sender_too(
    sender: Member, receiver: Member, service: Service, partner: Partner
) -> None:
    keeper = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    verified(partner, keeper)
    sender.agency.refresh_from_db()
    sent = make.make_sent(by=sender, service=service)
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=timezone.now())
    told = Announcement.objects.filter(agency=sender.agency)
    assert {each.topic for each in told} == {"referral.updated"}
    assert {each.event.subject for each in told} == {sent.code}
    assert calls.relay_due(timezone.now()) == told.count() > 0


def test_the_receiver_of_the_documentation_works(
    sender: Member, service: Service, admin: Member, partner: Partner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Word for word as it stands there."""
    text = (Path(__file__).parents[2] / "docs" / "exchange.md").read_text()
    example = text.partition("```python\n")[2].partition("```")[0]
    assert len(example.splitlines()) <= 15
    added = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=timezone.now())
    monkeypatch.setenv("WEBHOOK_SECRET", added.secret)
    kept: list[str] = []
    theirs: dict[str, Any] = {"keep": kept.append}
    exec(example, theirs)

    def say(handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        status(*theirs["take"](heard.headers, heard.body.encode()))(handler, heard)

    partner.say = say
    calls.relay_due(timezone.now())
    added.endpoint.refresh_from_db()
    assert added.endpoint.state == "active"
    told = tell(sender, service)
    calls.relay_due(timezone.now())
    assert (kept, call_of(told).status) == ([str(told.uid)], 204)
