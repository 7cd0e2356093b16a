"""Whoever reads the table of sessions cannot be anybody by it."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from agencies.models import Member
from edge.models import BrowserSession
from edge.sessions import SessionStore, digest
from tests.entering import enter

COOKIE = settings.SESSION_COOKIE_NAME


@pytest.fixture
def signed_in_at(sender: Member) -> tuple[Client, str]:
    """A browser that is signed in, and the key that it holds."""
    http = Client()
    enter(http, sender)
    return http, str(http.cookies[COOKIE].value)


def with_key(key: str) -> Client:
    http = Client()
    http.cookies[COOKIE] = key
    return http


def test_the_row_holds_a_digest_with_which_nobody_comes_in(
    signed_in_at: tuple[Client, str],
) -> None:
    http, key = signed_in_at
    row = BrowserSession.objects.get()

    assert row.session_key == digest(key) != key
    assert key not in row.session_data
    assert http.get("/me/").status_code == 200
    assert with_key(key).get("/me/").status_code == 200
    assert with_key(row.session_key).get("/me/").status_code == 302


def test_what_is_kept_in_a_session_lasts_and_goes_with_it(db: None) -> None:
    store = SessionStore()
    store["seen"] = 7
    store.save()
    key = store.session_key
    assert key is not None
    again = SessionStore(key)
    assert (again["seen"], again.exists(key)) == (7, True)

    again["seen"] = 8
    again.save()
    assert (SessionStore(key)["seen"], BrowserSession.objects.count()) == (8, 1)
    again.delete()

    assert not BrowserSession.objects.exists()
    assert SessionStore(key).get("seen") is None


def test_signing_out_and_a_new_key_leave_no_row_behind(
    signed_in_at: tuple[Client, str],
) -> None:
    http, key = signed_in_at

    http.post("/sign-out/")

    assert with_key(key).get("/me/").status_code == 302
    assert not BrowserSession.objects.filter(session_key=digest(key)).exists()


def test_a_session_that_has_expired_is_none(signed_in_at: Any) -> None:
    _, key = signed_in_at
    BrowserSession.objects.update(expire_date="2020-01-01T00:00:00Z")

    assert with_key(key).get("/me/").status_code == 302


def test_a_session_of_another_store_is_not_taken(sender: Member) -> None:
    """A key that lies in the table as it is, as Django's own store writes it."""
    plain = "a" * 32
    BrowserSession.objects.create(
        session_key=plain, session_data=SessionStore().encode({"_auth_user_id": sender.pk}),
        expire_date="2100-01-01T00:00:00Z",
    )  # fmt: skip

    assert with_key(plain).get("/me/").status_code == 302
