"""T11: passkeys are for our site, verify their user, count upwards, and are shown once."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.utils import timezone

from agencies.models import Member
from audit.models import AuditEvent
from demo import builders as make
from referral.actions import leaving
from signin.passkeys import GOOD_SECONDS
from tests.signin.conftest import Browser
from tests.signin.key import SoftKey

Home = tuple[Browser, SoftKey]


def test_a_key_is_enrolled_and_then_lets_in_alone(at_home: Home, worker: Member) -> None:
    first, key = at_home
    other = Browser()

    answer = other.by_key(key)

    assert first.is_in
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert other.is_in
    login = AuditEvent.objects.filter(event="login").last()
    assert (login.facts["way"], login.about) == ("passkey", worker.username)


def test_a_key_does_as_the_second_step(at_home: Home, worker: Member) -> None:
    _, key = at_home
    other = Browser()
    assert other.password(worker)["Location"].startswith("/sign-in/second/")

    assert other.by_key(key, "/sign-in/second/").status_code == 302
    assert other.is_in


@pytest.mark.parametrize("path", ["/sign-in/second/", "/again/"])
def test_after_the_password_too_a_key_must_verify_its_user(
    at_home: Home, worker: Member, path: str
) -> None:
    home, key = at_home
    key.verifies = False
    other = home if path == "/again/" else Browser()
    if other is not home:
        other.password(worker)

    assert other.by_key(key, path).status_code == 200
    assert other.is_in is (other is home)
    assert not AuditEvent.objects.filter(event="step_up").exists()


def test_both_requests_demand_that_the_user_is_verified(worker: Member) -> None:
    someone = Browser()
    show = someone.options("show").json()["publicKey"]
    someone.password(worker)
    make_ = someone.options("make").json()["publicKey"]

    assert show["userVerification"] == "required"
    assert make_["authenticatorSelection"]["userVerification"] == "required"
    assert make_["authenticatorSelection"]["residentKey"] == "required"
    assert (show["rpId"], make_["rp"]["id"], make_["rp"]["name"]) == (
        "localhost", "localhost", "Service desk",
    )  # fmt: skip


@pytest.mark.parametrize(
    "key",
    [
        SoftKey(verifies=False),
        SoftKey(origin="http://evil.example"),
        SoftKey(origin="http://localhost.evil.example"),
        SoftKey(site="evil.example"),
    ],
    ids=["not verified", "wrong origin", "wrong origin alike", "wrong site"],
)
def test_a_key_that_is_not_right_is_not_enrolled(worker: Member, key: SoftKey) -> None:
    someone = Browser()
    someone.password(worker)

    answer = someone.enrol_key(key)

    assert "This passkey was not taken" in answer.content.decode()
    assert not Authenticator.objects.exists()
    assert not someone.is_in


@pytest.mark.parametrize(
    "wrong",
    [
        {"verifies": False},
        {"origin": "https://evil.example"},
        {"site": "evil.example"},
        {"private": SoftKey().private},
        {"credential_id": b"another"},
        {"handle": b"999999"},
        {"handle": b"\xff"},
    ],
    ids=["not verified", "wrong origin", "wrong site", "wrong signature", "unknown key",
         "nobody's", "no handle"],
)  # fmt: skip
def test_a_key_that_is_not_right_lets_nobody_in(at_home: Home, wrong: dict[str, Any]) -> None:
    _, key = at_home
    for name, value in wrong.items():
        setattr(key, name, value)
    other = Browser()

    answer = other.by_key(key)

    assert answer["Location"].startswith("/sign-in/?")
    assert not other.is_in
    assert AuditEvent.objects.filter(event="login.failed", facts__step="passkey").exists()


def test_an_answer_works_once(at_home: Home) -> None:
    _, key = at_home
    other, third = Browser(), Browser()
    said = key.shown(other.options("show").json())
    third.options("show")

    other.http.post("/sign-in/passkey/", {"credential": said})
    assert other.is_in
    other.http.post("/sign-out/")
    for browser in (other, third):
        browser.http.post("/sign-in/passkey/", {"credential": said})
        assert not browser.is_in


def test_a_challenge_serves_one_try(at_home: Home) -> None:
    _, key = at_home
    other = Browser()
    options = other.options("show").json()
    other.http.post("/sign-in/passkey/", {"credential": "{}"})

    other.http.post("/sign-in/passkey/", {"credential": key.shown(options)})

    assert not other.is_in


def test_a_challenge_is_good_for_five_minutes(at_home: Home) -> None:
    _, key = at_home
    other, now = Browser(), timezone.now()
    with time_machine.travel(now, tick=False):
        options = other.options("show").json()
    with time_machine.travel(now + dt.timedelta(seconds=GOOD_SECONDS + 1), tick=False):
        answer = other.http.post("/sign-in/passkey/", {"credential": key.shown(options)})

    assert answer["Location"].startswith("/sign-in/?")


def test_a_counter_that_falls_is_a_copy(at_home: Home) -> None:
    _, key = at_home
    Browser().by_key(key)
    key.counter -= 1
    copy = Browser()

    copy.by_key(key)

    assert not copy.is_in


def test_a_key_that_does_not_count_is_taken_each_time(worker: Member) -> None:
    """As the keys of phones do, which are kept in more than one place."""
    key, someone = SoftKey(counts=False), Browser()
    someone.password(worker)
    someone.enrol_key(key)
    twice = [Browser(), Browser()]

    for each in twice:
        each.by_key(key)

    assert [each.is_in for each in twice] == [True, True]


def test_a_key_still_works_while_the_password_is_locked(at_home: Home, worker: Member) -> None:
    _, key = at_home
    for _ in range(6):
        Browser().password(worker, "wrong")
    other = Browser()

    assert other.password(worker).status_code == 200
    other.by_key(key)
    assert other.is_in


def test_a_key_of_who_has_left_lets_nobody_in(at_home: Home, worker: Member) -> None:
    _, key = at_home
    admin = make.make_member(agency=worker.agency, role="agency_admin")
    leaving.leave(member=worker, by=admin, at=timezone.now())
    other = Browser()

    other.by_key(key)

    assert not other.is_in


def test_anothers_key_is_no_second_step(at_home: Home, receiver: Member) -> None:
    _, key = at_home
    receiver.set_password("nine blue pears in a bowl")
    receiver.save(update_fields=["password"])
    make.make_totp(receiver)
    someone = Browser()
    someone.password(receiver, "nine blue pears in a bowl")

    answer = someone.by_key(key, "/sign-in/second/")

    assert answer.status_code == 200
    assert not someone.is_in


def test_a_key_belongs_to_one_member(at_home: Home, receiver: Member) -> None:
    _, key = at_home
    receiver.set_password("nine blue pears in a bowl")
    receiver.save(update_fields=["password"])
    someone = Browser()
    someone.password(receiver, "nine blue pears in a bowl")

    someone.enrol_key(key)

    assert not Authenticator.objects.filter(user=receiver).exists()


@pytest.mark.parametrize(
    "said",
    ["", "x", "[]", "null", "7", '{"id": 7}', '{"response": []}', '{"response": {"userHandle": 7}}',
     json.dumps({"id": "AA", "rawId": "AA", "type": "public-key",
                 "response": {"userHandle": "MQ", "clientDataJSON": "AA",
                              "authenticatorData": "AA", "signature": "AA"}}),
     "[" * 5000],
)  # fmt: skip
def test_nonsense_is_refused_and_breaks_nothing(db: None, worker: Member, said: str) -> None:
    someone = Browser()
    someone.options("show")
    shown = someone.http.post("/sign-in/passkey/", {"credential": said})
    someone.password(worker)
    someone.options("make")
    made = someone.http.post("/sign-in/enrol/", {"credential": said})

    assert (shown.status_code, made.status_code) == (302, 200)
    assert not someone.is_in


def test_no_key_is_made_for_nobody(db: None) -> None:
    assert Browser().options("make").status_code == 403
