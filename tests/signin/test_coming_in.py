"""T11: the password alone lets nobody in; codes are used once; failures lock the password alone."""

import datetime as dt
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone

from agencies import actions as agencies
from agencies.models import Agency, Member
from audit.models import AuditEvent
from demo import builders as make
from edge import stepup
from edge.models import BrowserSession
from kernel import sealing
from signin import recovery, totp
from signin.actions import proving
from signin.adapter import Factors, sealed_for
from signin.models import NetworkFailures
from tests.entering import enter
from tests.signin.conftest import PASSWORD, Browser, found

LETTERS = re.compile(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}")


def events(name: str) -> list[dict[str, Any]]:
    return list(AuditEvent.objects.filter(event=name).values_list("facts", flat=True))


def shown_in(page: str) -> str:
    """The secret for the app, as it stands on the page."""
    return found(r'class="card-plain code[^>]*>([A-Z2-7 ]+)<', page, 1).replace(" ", "")


# --- A second factor for everybody


def test_after_the_password_alone_nobody_is_in(worker: Member, secret: str) -> None:
    someone = Browser()
    answer = someone.password(worker)

    assert answer["Location"].startswith("/sign-in/second/")
    assert not someone.is_in
    assert someone.http.get("/api/v1/me/").status_code == 401
    assert not BrowserSession.objects.filter(member_id=worker.pk).exists()
    assert events("login") == []


def test_who_has_no_factor_is_led_to_set_one_up_and_nowhere_else(worker: Member) -> None:
    someone = Browser()
    answer = someone.password(worker)

    assert answer["Location"].startswith("/sign-in/enrol/")
    for path in ("/", "/cases/", "/me/factors/", "/sign-in/second/"):
        assert someone.http.get(path)["Location"].startswith("/sign-in/?next="), path


def test_enrolling_the_app_lets_in_and_shows_the_recovery_codes_once(worker: Member) -> None:
    someone = Browser()
    someone.password(worker)
    page = someone.http.get("/sign-in/enrol/").content.decode()
    secret = shown_in(page)

    wrong = someone.http.post("/sign-in/enrol/", {"code": "000000"})
    answer = someone.http.post("/sign-in/enrol/", {"code": make.totp_code(secret)})

    assert "This code is not right" in wrong.content.decode()
    assert 'src="data:image/png;base64,' in page
    assert len(set(LETTERS.findall(answer.content.decode()))) == recovery.HOW_MANY == 10
    assert someone.is_in
    assert not LETTERS.search(someone.http.get("/me/factors/").content.decode())
    assert events("login") == [{"way": "totp", "ended": 0}]
    assert [each["kind"] for each in events("factor.added")] == ["totp"]


def test_the_code_of_the_enrolment_is_used_up(worker: Member) -> None:
    someone = Browser()
    someone.password(worker)
    page = someone.http.get("/sign-in/enrol/").content.decode()
    secret = shown_in(page)
    code = make.totp_code(secret)
    someone.http.post("/sign-in/enrol/", {"code": code})

    other = Browser()
    other.password(worker)

    assert other.code(code).status_code == 200
    assert not other.is_in


def test_half_in_with_a_factor_one_sets_up_no_other(worker: Member, secret: str) -> None:
    """Else a stolen password would be worth a factor of the thief's."""
    someone = Browser()
    someone.password(worker)

    assert someone.http.get("/sign-in/enrol/").status_code == 302
    assert someone.options("make").status_code == 403
    someone.http.post("/sign-in/enrol/", {"code": make.totp_code(secret)})
    assert Authenticator.objects.filter(user=worker).count() == 1


def test_a_session_without_a_factor_ends_at_its_next_request(worker: Member) -> None:
    http = Client()
    enter(http, worker, way=stepup.PASSWORD)

    assert http.get("/me/").status_code == 302
    assert len(events("logout.unproven")) == 1


def test_being_half_in_lasts_ten_minutes(worker: Member, secret: str) -> None:
    someone, now = Browser(), timezone.now()
    with time_machine.travel(now, tick=False):
        someone.password(worker)
    with time_machine.travel(now + dt.timedelta(seconds=601), tick=False):
        answer = someone.code(make.totp_code(secret))

    assert answer["Location"].startswith("/sign-in/?")


def test_a_new_password_ends_being_half_in(worker: Member, secret: str) -> None:
    someone = Browser()
    someone.password(worker)
    worker.set_password("another hill with seven apples")
    worker.save(update_fields=["password"])

    assert someone.code(make.totp_code(secret))["Location"].startswith("/sign-in/?")


def test_the_key_of_the_session_changes_at_each_step(worker: Member, secret: str) -> None:
    someone = Browser()
    someone.http.get("/sign-in/enrol/")
    keys = []
    someone.password(worker)
    keys.append(someone.key)
    someone.code(make.totp_code(secret))
    keys.append(someone.key)
    someone.http.post("/again/", {"code": make.totp_code(secret, steps=1)})
    keys.append(someone.key)

    assert len(set(keys)) == 3
    stale = Client()
    for key in keys[:2]:
        stale.cookies["sid"] = key
        assert stale.get("/me/").status_code == 302


def test_a_key_that_somebody_else_chose_is_not_taken(worker: Member, secret: str) -> None:
    """Session fixation."""
    someone = Browser()
    someone.http.cookies["sid"] = "x" * 32
    someone.come_in(worker, secret)

    assert someone.is_in
    assert someone.key != "x" * 32


# --- The app's codes


def test_a_code_works_once(worker: Member, secret: str) -> None:
    code = make.totp_code(secret)
    first, second = Browser(), Browser()
    first.password(worker)
    second.password(worker)

    assert first.code(code).status_code == 302
    assert second.code(code).status_code == 200
    assert (first.is_in, second.is_in) == (True, False)


def test_an_older_code_does_not_work_after_a_newer_one(worker: Member, secret: str) -> None:
    assert totp.take(worker, make.totp_code(secret, steps=1))
    assert not totp.take(worker, make.totp_code(secret))


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(
    worker: Member, secret: str, steps: int, taken: bool
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        assert totp.take(worker, make.totp_code(secret, steps=steps)) is taken


def test_the_secret_is_sealed_for_its_row(
    worker: Member, secret: str, receiver: Member
) -> None:
    kept = Authenticator.objects.get(user=worker).data["secret"]

    assert secret not in str(kept)
    assert totp.opened(worker, kept) == secret
    with pytest.raises(sealing.CannotOpen):
        totp.opened(receiver, kept)


def test_without_a_row_nothing_is_sealed(worker: Member) -> None:
    """Fails closed: allauth's own code cannot write a secret that nobody has bound to a row."""
    with pytest.raises(LookupError):
        Factors().encrypt("JBSWY3DPEHPK3PXP")
    with sealed_for(worker):
        assert "JBSWY3DP" not in Factors().encrypt("JBSWY3DPEHPK3PXP")


def test_the_secret_that_is_offered_lies_sealed_in_the_session(worker: Member) -> None:
    someone = Browser()
    someone.password(worker)
    someone.http.get("/sign-in/enrol/")
    sealed = someone.http.session["offered_secret"]

    assert re.fullmatch(r"[A-Z2-7]{32}", totp.opened(worker, sealed))
    assert totp.opened(worker, sealed) not in str(dict(someone.http.session))


# --- Recovery codes


def test_a_recovery_code_lets_in_once_and_leads_to_the_factors(
    worker: Member, secret: str
) -> None:
    codes = recovery.renew(worker)
    first, second = Browser(), Browser()
    first.password(worker)
    second.password(worker)

    assert first.code(codes[3].lower().replace("-", " "))["Location"] == "/me/factors/"
    assert second.code(codes[3]).status_code == 200
    assert (first.is_in, second.is_in) == (True, False)
    assert recovery.left_of(worker) == 9
    assert events("login")[-1]["way"] == "recovery_code"


def test_recovery_codes_are_random_and_kept_as_keyed_digests(
    worker: Member, receiver: Member
) -> None:
    codes = recovery.renew(worker)
    kept = Authenticator.objects.get(user=worker, type="recovery_codes").data

    assert all(LETTERS.fullmatch(code) for code in codes)
    assert len(set(codes)) == len(set(kept["digests"])) == 10
    assert not any(code.replace("-", "") in str(kept) for code in codes)
    # Another member's row does not open to them.
    Authenticator.objects.create(user=receiver, type="recovery_codes", data=kept)
    assert not recovery.take(receiver, codes[0])
    assert recovery.take(worker, codes[0])


def test_new_recovery_codes_end_the_old_ones(worker: Member, secret: str) -> None:
    old = recovery.renew(worker)
    new = recovery.renew(worker)

    assert not recovery.take(worker, old[0])
    assert recovery.take(worker, new[0])


# --- Locks


def test_five_wrong_passwords_lock_the_password_for_half_an_hour(
    worker: Member, secret: str
) -> None:
    someone, now = Browser(), timezone.now()
    with time_machine.travel(now, tick=False):
        for _ in range(5):
            someone.password(worker, "wrong")
        locked = someone.password(worker)
    with time_machine.travel(now + dt.timedelta(minutes=29), tick=False):
        still = someone.password(worker)
    with time_machine.travel(now + dt.timedelta(minutes=31), tick=False):
        again = someone.password(worker)

    assert [each.status_code for each in (locked, still, again)] == [200, 200, 302]


def test_no_account_is_guessed_at_more_than_ten_times_an_hour(worker: Member) -> None:
    """The right password would have been tried by then: what is not locked is a try."""
    someone, now = Browser(), timezone.now()
    for minute in range(60):
        with time_machine.travel(now + dt.timedelta(minutes=minute), tick=False):
            someone.password(worker, f"guess {minute}")

    tried = [each for each in events("login.failed") if not each["locked"]]
    assert len(tried) <= 10


def test_wrong_codes_lock_as_wrong_passwords_do(worker: Member, secret: str) -> None:
    someone = Browser()
    someone.password(worker)
    for _ in range(5):
        assert someone.code("000000").status_code == 200

    assert someone.code(make.totp_code(secret)).status_code == 200
    assert someone.password(worker).status_code == 200
    assert not someone.is_in


def test_the_right_password_does_not_forgive_wrong_codes(worker: Member, secret: str) -> None:
    someone = Browser()
    for _ in range(5):
        someone.password(worker)
        someone.code("000000")

    assert someone.password(worker).status_code == 200


def test_unknown_wrong_and_locked_are_answered_alike(worker: Member, secret: str) -> None:
    someone = Browser()
    wrong = someone.password(worker, "wrong").content
    unknown = someone.password("nobody", "wrong").content
    for _ in range(5):
        someone.password(worker, "wrong")
    locked = someone.password(worker).content
    Member.objects.filter(pk=worker.pk).update(is_active=False, locked_until=None)
    gone = someone.password(worker).content

    bare = {re.sub(rb'value="[^"]*"', b"", page.split(b"<main")[1]) for page in (wrong, unknown, locked, gone)}  # fmt: skip
    assert len(bare) == 1
    problems = [
        session({"username": name, "password": "wrong"}) for name in (worker.username, "nobody")
    ]
    assert [each.status_code for each in problems] == [401, 401]
    assert {each.json()["code"] for each in problems} == {"authentication_failed"}


def test_locks_and_marks_outlive_the_broker_and_every_cache(
    worker: Member, secret: str
) -> None:
    code = make.totp_code(secret)
    Browser().come_in(worker, secret)
    for _ in range(5):
        Browser().password(worker, "wrong")
    broker = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://")
    redis.Redis.from_url(broker.replace("?virtual_host=", "?db=")).flushall()
    cache.clear()

    assert Browser().password(worker).status_code == 200
    assert not totp.take(worker, code)


def test_one_network_is_locked_after_thirty_failures(worker: Member, secret: str) -> None:
    for count in range(proving.NETWORK_TRIES):
        Browser(REMOTE_ADDR="127.0.0.1").password(f"nobody{count}", "wrong")
    here, elsewhere = Browser(REMOTE_ADDR="127.0.0.9"), Browser(REMOTE_ADDR="127.0.1.1")

    assert here.password(worker).status_code == 200
    assert elsewhere.password(worker).status_code == 302
    row = NetworkFailures.objects.get(locked_until__isnull=False)
    assert re.fullmatch(r"[0-9a-f]{32}", row.network)


def test_a_lock_of_a_network_ends(worker: Member, secret: str) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        for count in range(proving.NETWORK_TRIES):
            Browser().password(f"nobody{count}", "wrong")
        assert Browser().password(worker).status_code == 200
    with time_machine.travel(now + dt.timedelta(minutes=16), tick=False):
        assert Browser().password(worker).status_code == 302


# --- The API


def session(data: dict[str, str], http: Client | None = None) -> Any:
    return (http or Client()).post("/api/v1/session/", data, content_type="application/json")


def test_the_api_asks_for_the_second_factor_too(worker: Member, secret: str) -> None:
    http, said = Client(), {"username": worker.username, "password": PASSWORD}
    without = session(said, http)
    wrong = session(said | {"code": "000000"}, http)
    right = session(said | {"code": make.totp_code(secret)}, http)
    again = session(said | {"code": make.totp_code(secret)})

    assert (without.status_code, without.json()["code"]) == (403, "second_factor_needed")
    assert (wrong.status_code, again.status_code) == (401, 401)
    assert (right.status_code, http.get("/api/v1/me/").status_code) == (200, 200)


def test_the_api_lets_nobody_in_who_has_no_factor(worker: Member) -> None:
    answer = session({"username": worker.username, "password": PASSWORD, "code": "123456"})
    bare = session({"username": worker.username, "password": PASSWORD})

    assert answer.status_code == 401
    assert (bare.status_code, bare.json()["code"]) == (403, "second_factor_missing")


# --- By invitation


def test_nobody_signs_up(db: None) -> None:
    for path in ("/accounts/signup/", "/signup/", "/accounts/login/", "/accounts/2fa/"):
        assert Client().get(path).status_code == 404
    assert not Factors().is_mfa_enabled(Member(username="x"))


def test_a_new_password_by_invitation_keeps_the_factor_and_ends_every_session(
    worker: Member, secret: str
) -> None:
    someone = Browser()
    someone.come_in(worker, secret)
    admin = make.make_member(agency=worker.agency, role="agency_admin")
    link = agencies.invite_again(member=worker, by=admin, at=timezone.now())

    Client().post(f"/welcome/{link}/", {"password": "a very new hill of apples"})

    assert not BrowserSession.objects.filter(member_id=worker.pk).exists()
    assert not someone.is_in
    assert someone.password(worker, "a very new hill of apples")["Location"].startswith(
        "/sign-in/second/"
    )


def test_an_agency_that_is_closed_lets_nobody_in(worker: Member, secret: str) -> None:
    someone = Browser()
    someone.password(worker)
    Agency.objects.filter(pk=worker.agency_id).update(is_active=False)

    assert someone.code(make.totp_code(secret)).status_code == 302
    assert someone.password(worker).status_code == 200


# --- At the same moment


@pytest.mark.django_db(transaction=True)
def test_of_two_with_one_code_at_the_same_moment_one_comes_in(
    worker: Member, secret: str
) -> None:
    code, both = make.totp_code(secret), [Browser(), Browser()]
    for each in both:
        each.password(worker)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda each: alone(lambda: each.code(code).status_code), both))

    assert sorted(answers) == [200, 302]


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_the_same_moment_five_are_tried(worker: Member) -> None:
    def guess(number: int) -> int:
        return alone(lambda: Browser().password(worker, f"guess {number}").status_code)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(guess, range(18)))

    tried = [each for each in events("login.failed") if not each["locked"]]
    assert (len(tried), len(events("login.failed"))) == (5, 18)


def alone(act: Callable[[], int]) -> int:
    """In a thread of its own, whose connections end with it."""
    try:
        return act()
    finally:
        connections.close_all()
