"""A form sent twice, as by a double press where no script runs, does its work once."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case, FormDraft, Note
from demo import builders as make
from edge.models import RepeatedKey

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
CASE = {"source": "hotline", "risk": "high", "age_band": "unknown", "languages": ["bel"]}


def token_of(visitor: Any, path: str) -> str:
    """What a page that is shown now writes into its forms."""
    found = TOKEN.search(visitor.see(path).content.decode())
    assert found
    return found[1]


def notes_at(case: Case) -> str:
    return f"/cases/{case.code}/notes/"


def note(visitor: Any, case: Case) -> dict[str, str]:
    return {
        "csrfmiddlewaretoken": token_of(visitor, notes_at(case)),
        "text": "Asked for a winter coat.",
        "visibility": "agency",
    }


def test_two_presses_write_one_note_and_both_lead_to_it(
    visiting: Any, sender: Member, case: Case
) -> None:
    visitor = visiting(sender)
    sent = note(visitor, case)

    first = visitor.do(notes_at(case), sent)
    second = visitor.do(notes_at(case), sent)

    assert first.redirect_chain == second.redirect_chain == [(notes_at(case), 302)]
    assert Note.objects.count() == 1


def test_two_presses_at_the_same_moment_open_one_case(
    db_of_threads: None, visiting: Any, sender: Member
) -> None:
    visitors = [visiting(sender), visiting(sender)]
    sent = CASE | {"csrfmiddlewaretoken": token_of(visitors[0], "/cases/new/")}
    together = Barrier(len(visitors))

    def press(visitor: Any) -> Any:
        try:
            together.wait()
            return visitor.http.post("/cases/new/", sent)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(visitors)) as pool:
        answers = list(pool.map(press, visitors))

    case = Case.objects.get()
    assert [each.headers["Location"] for each in answers] == [f"/cases/{case.code}/intake/"] * 2


@pytest.fixture
def db_of_threads(transactional_db: None) -> None:
    """What one thread writes is there for the others."""


def test_a_page_that_is_shown_again_takes_the_same_words_again(
    visiting: Any, sender: Member, case: Case
) -> None:
    visitor = visiting(sender)

    visitor.do(notes_at(case), note(visitor, case))
    visitor.do(notes_at(case), note(visitor, case))

    assert Note.objects.count() == 2


def test_other_words_are_another_note(visiting: Any, sender: Member, case: Case) -> None:
    visitor = visiting(sender)
    sent = note(visitor, case)

    visitor.do(notes_at(case), sent)
    visitor.do(notes_at(case), sent | {"text": "Needs shoes, too."})

    assert Note.objects.count() == 2


def test_what_was_refused_may_be_sent_again(visiting: Any, sender: Member, case: Case) -> None:
    visitor = visiting(sender)
    sent = note(visitor, case)

    refused = visitor.do(notes_at(case), sent | {"text": ""})
    again = visitor.do(notes_at(case), sent | {"text": ""})
    mended = visitor.do(notes_at(case), sent)

    assert (refused.status_code, again.status_code) == (200, 200)
    assert "error-summary" in again.content.decode()
    assert mended.redirect_chain == [(notes_at(case), 302)]
    assert Note.objects.count() == 1


def test_a_refusal_of_the_whole_page_is_said_each_time(
    visiting: Any, sender: Member, case: Case
) -> None:
    visitor = visiting(sender)
    sent = note(visitor, case)
    Member.objects.filter(pk=sender.pk).update(role=Role.AUDITOR)

    answers = [visitor.do(notes_at(case), sent).status_code for _ in range(2)]

    assert answers == [404, 404]
    assert not RepeatedKey.objects.exists()


def test_a_draft_keeps_what_was_typed_last_even_if_it_was_typed_before(
    visiting: Any, sender: Member
) -> None:
    case = make.make_case(by=sender, open_=False)
    visitor = visiting(sender)
    sent = {
        "csrfmiddlewaretoken": token_of(visitor, f"/cases/{case.code}/intake/identity/"),
        "version": "0",
    }
    keep = f"/cases/{case.code}/keep/identity/"

    versions = []
    for name in ("Anna", "Hanna", "Anna"):
        visitor.do(keep, sent | {"prs_FirstName": name})
        versions.append(bytes(FormDraft.objects.get().content))

    page = visitor.see(f"/cases/{case.code}/intake/identity/?draft=1").content.decode()
    assert len(set(versions)) == 3
    assert 'value="Anna"' in page


def test_the_form_of_one_member_is_not_that_of_another(
    visiting: Any, sender: Member, supervisor: Member, case: Case
) -> None:
    visitor = visiting(sender)
    sent = note(visitor, case)

    visitor.do(notes_at(case), sent)
    visiting(supervisor).do(notes_at(case), sent)

    assert Note.objects.count() == 2
