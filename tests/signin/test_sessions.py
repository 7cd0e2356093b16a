"""T11: three sessions at most, seen and ended by their member, and by who watches over accounts."""

import datetime as dt
import time
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from demo import builders as make
from edge import sessions
from edge.models import BrowserSession
from edge.sessions import SessionStore
from referral.actions import leaving
from tests.signin.conftest import Browser
from tests.signin.key import SoftKey

Home = tuple[Browser, SoftKey]


def come(key: SoftKey, **meta: Any) -> Browser:
    browser = Browser(**meta)
    browser.by_key(key)
    return browser


def test_a_fourth_session_ends_the_oldest(at_home: Home, worker: Member) -> None:
    first, key = at_home
    others = []
    for hours in (1, 2, 3):
        with time_machine.travel(time.time() + hours * 60, tick=False):
            others.append(come(key))

    assert not first.is_in
    assert [each.is_in for each in others] == [True, True, True]
    assert BrowserSession.objects.filter(member_id=worker.pk).count() == 3


def test_ones_own_sessions_are_shown_without_their_keys(at_home: Home) -> None:
    first, key = at_home
    second = come(key, HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14; Pixel)")

    page = second.http.get("/me/sessions/").content.decode()

    assert "an Android device" in page
    assert "a Windows computer" in page
    for each in (first, second):
        assert each.key not in page
        assert sessions.digest(each.key) not in page
    assert page.count("End this session") == 1


def test_one_ends_a_session_of_ones_own_elsewhere(at_home: Home) -> None:
    first, key = at_home
    second = come(key)

    second.http.post(f"/me/sessions/{first.http.session['code']}/end/")

    assert (first.is_in, second.is_in) == (False, True)
    assert AuditEvent.objects.filter(event="session.ended").count() == 1


def test_one_ends_all_other_sessions(at_home: Home) -> None:
    first, key = at_home
    second, third = come(key), come(key)

    third.http.post("/me/sessions/end-others/")

    assert [each.is_in for each in (first, second, third)] == [False, False, True]


def test_nobody_ends_a_strangers_session_by_its_code(at_home: Home, visiting: Any, receiver: Member) -> None:  # fmt: skip
    first, _ = at_home

    answer = visiting(receiver).do(f"/me/sessions/{first.http.session['code']}/end/")

    assert answer.status_code == 404
    assert first.is_in


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENCY_ADMIN])
def test_who_watches_over_accounts_signs_a_member_out_everywhere(
    at_home: Home, worker: Member, visiting: Any, role: Role
) -> None:
    first, key = at_home
    second = come(key)
    boss = visiting(make.make_member(agency=worker.agency, role=role))
    begun = time.monotonic()

    page = boss.see(f"/members/{worker.username}/sessions/").content.decode()
    assert first.key not in page
    boss.do(f"/members/{worker.username}/sessions/end/")

    assert [each.is_in for each in (first, second)] == [False, False]
    assert time.monotonic() - begun < 5
    assert AuditEvent.objects.get(event="session.killed").facts == {"ended": 2}


@pytest.mark.parametrize("role", [Role.SOCIAL_WORKER, Role.FOCAL_POINT])
def test_a_colleague_does_not(at_home: Home, worker: Member, visiting: Any, role: Role) -> None:
    first, _ = at_home
    colleague = visiting(make.make_member(agency=worker.agency, role=role))

    assert colleague.do(f"/members/{worker.username}/sessions/end/").status_code == 404
    assert first.is_in


def test_a_supervisor_elsewhere_does_not(at_home: Home, worker: Member, visiting: Any) -> None:
    first, _ = at_home
    other = visiting(make.make_member(role=Role.SUPERVISOR))

    assert other.see(f"/members/{worker.username}/sessions/").status_code == 404
    assert other.do(f"/members/{worker.username}/sessions/end/").status_code == 404
    assert first.is_in


def test_leaving_ends_every_session_and_key(at_home: Home, worker: Member) -> None:
    first, _ = at_home
    token = make.make_token(worker)
    admin = make.make_member(agency=worker.agency, role=Role.AGENCY_ADMIN)

    leaving.leave(member=worker, by=admin, at=timezone.now())

    assert not first.is_in
    assert not BrowserSession.objects.filter(member_id=worker.pk).exists()
    api = Client().get("/api/v1/me/", headers={"authorization": f"Bearer {token}"})
    assert api.status_code == 401


def test_a_request_under_way_does_not_bring_an_ended_session_back(
    at_home: Home, worker: Member
) -> None:
    """It was loaded before the end and is saved after it."""
    first, _ = at_home
    under_way = SessionStore(first.key)
    under_way["seen_at"] = int(time.time())

    sessions.end(worker.pk)

    with pytest.raises(UpdateError):
        under_way.save()
    assert not BrowserSession.objects.filter(member_id=worker.pk).exists()
    assert not first.is_in


def test_a_new_role_begins_with_a_new_session(at_home: Home, worker: Member) -> None:
    first, _ = at_home
    admin = make.make_member(agency=worker.agency, role=Role.AGENCY_ADMIN)

    leaving.change_role(member=worker, role=Role.SUPERVISOR, by=admin, at=timezone.now())

    assert not first.is_in


def test_a_changed_factor_ends_the_other_sessions(at_home: Home) -> None:
    first, key = at_home
    second = come(key)

    answer = first.enrol_key(SoftKey(), "/me/factors/passkey/")

    assert answer.status_code == 302
    assert (first.is_in, second.is_in) == (True, False)


@pytest.mark.parametrize(("seconds", "still"), [(899, True), (902, False)])
def test_a_session_ends_after_fifteen_idle_minutes(
    at_home: Home, seconds: int, still: bool
) -> None:
    first, _ = at_home
    begun = first.http.session["seen_at"]
    with time_machine.travel(dt.datetime.fromtimestamp(begun + seconds, dt.UTC), tick=False):
        assert first.is_in is still


@pytest.mark.parametrize(("seconds", "still"), [(12 * 3600 - 5, True), (12 * 3600 + 5, False)])
def test_a_session_ends_after_twelve_hours_however_busy(
    at_home: Home, seconds: int, still: bool
) -> None:
    first, _ = at_home
    session: Any = first.http.session
    begun = session["begun_at"]
    with time_machine.travel(dt.datetime.fromtimestamp(begun + seconds, dt.UTC), tick=False):
        session["seen_at"] = int(time.time()) - 1
        session.set_expiry(24 * 3600)
        session.save()
        assert first.is_in is still


def test_the_cookie_is_for_our_pages_alone(at_home: Home) -> None:
    first, _ = at_home
    cookie = first.http.cookies[settings.SESSION_COOKIE_NAME]

    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Strict", "/", "")
    assert not cookie["max-age"]


def test_an_idle_session_is_not_listed(at_home: Home, worker: Member) -> None:
    later = timezone.now() + dt.timedelta(minutes=16)

    assert sessions.live_of(worker.pk, at=timezone.now()).count() == 1
    assert sessions.live_of(worker.pk, at=later).count() == 0
