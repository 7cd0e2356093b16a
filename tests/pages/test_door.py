"""A page that is too old, a session that has ended, an address that only acts: each says so."""

from typing import Any

import pytest
from django.test import Client

from agencies.models import Member
from audit.models import AuditEvent
from cases.models import Case, Note
from tests.entering import enter

NOTE = {"text": "Asked for a winter coat.", "visibility": "agency"}


@pytest.fixture
def strict(sender: Member) -> Client:
    """The sender at a browser whose forms must carry the mark of this session."""
    client = Client(enforce_csrf_checks=True)
    enter(client, sender)
    return client


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "This page has grown too old."),
        ("be", "Гэта старонка састарэла."),
    ],
)
def test_a_page_that_is_too_old_says_so_in_the_readers_language(
    strict: Client, sender: Member, case: Case, language: str, words: str
) -> None:
    Member.objects.filter(pk=sender.pk).update(language=language)

    answer = strict.post(f"/cases/{case.code}/notes/", NOTE)
    page = answer.content.decode()

    assert answer.status_code == 403
    assert words in page
    assert 'id="quick-exit"' in page
    assert "CSRF" not in page
    assert not Note.objects.exists()
    (denied,) = AuditEvent.objects.filter(event="denied", actor=sender.username)
    assert denied.facts["code"] == "page_too_old"


def test_a_stranger_with_an_old_page_is_told_the_same(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "x"})

    assert answer.status_code == 403
    assert "This page has grown too old." in answer.content.decode()


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/cases/?risk=high", "/cases/?risk=high"),
        ("http://testserver/", "/"),
        ("https://elsewhere.example/cases/", "/"),
        ("", "/"),
    ],
)
def test_after_a_session_has_ended_one_comes_back_to_the_page_and_not_to_the_act(
    db: None, referer: str, back: str
) -> None:
    http = Client()

    answer = http.post("/tasks/TS-2222-3333/done/", headers={"referer": referer})
    page = http.get(answer.headers["Location"]).content.decode()

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/?next=")
    assert f'name="next" value="{back}"' in page
    assert "Your session had ended, so nothing was done." in page


def test_an_address_that_only_acts_is_a_page_to_who_opens_it(
    visiting: Any, sender: Member
) -> None:
    answer = visiting(sender).see("/tasks/TS-2222-3333/done/")
    page = answer.content.decode()

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "this address acts when its button is pressed" in page
    assert 'id="quick-exit"' in page
