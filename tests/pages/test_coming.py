"""Coming in, going out, leaving at once, the language, and what every page carries."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agencies.models import Member
from demo import builders as make
from pages.urls import urlpatterns
from tests.entering import enter

PASSWORD = "seven green apples on a hill"
# Whoever has not signed in may come here.
OPEN = {
    "sign_in", "sign_out", "leave", "speak", "activate",
    "by_passkey", "second", "enrol", "passkey_proof", "passkey_new",
    # For who has no account: tests/guest.
    "answers_here", "answer_open", "answer", "answer_passcode", "answer_told", "answer_own",
    "answer_verb",
    # Figures for everybody, where the setting says so: tests/figures.
    "open_figures",
}  # fmt: skip


@pytest.fixture
def worker(sender: Member) -> Member:
    sender.set_password(PASSWORD)
    sender.save(update_fields=["password"])
    return sender


def _address(name: str, pattern: str) -> str:
    values = {word.split(":")[-1].rstrip(">"): "2" for word in pattern.split("<")[1:]}
    return reverse(name, kwargs={key.split(">")[0]: value for key, value in values.items()})


CLOSED = [(each.name, str(each.pattern)) for each in urlpatterns if each.name not in OPEN]


@pytest.mark.parametrize(("name", "pattern"), CLOSED)
def test_a_page_lets_nobody_in_without_sign_in(db: None, name: str, pattern: str) -> None:
    address = _address(name, pattern)

    answer = Client().get(address)

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/")


def come_in(client: Client, member: Member, wanted: str) -> Any:
    """By the password and a code of the app; the last answer."""
    secret = make.make_totp(member)
    client.post("/sign-in/", {"username": member.username, "password": PASSWORD})
    return client.post("/sign-in/second/", {"code": make.totp_code(secret), "next": wanted})


def test_signing_in_leads_where_one_wanted_to_go(worker: Member) -> None:
    client = Client()

    first = client.post(
        "/sign-in/", {"username": worker.username, "password": PASSWORD, "next": "/me/"}
    )
    answer = come_in(client, worker, "/me/")

    assert (first.status_code, first["Location"]) == (302, "/sign-in/enrol/?next=%2Fme%2F")
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(worker: Member, wanted: str) -> None:
    assert come_in(Client(), worker, wanted)["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_read_alike(worker: Member) -> None:
    answers = [
        Client().post("/sign-in/", {"username": name, "password": "wrong"}).content.decode()
        for name in (worker.username, "nobody")
    ]

    first, second = (re.sub(r'value="[^"]*"', "", text.split("<main")[1]) for text in answers)
    assert first == second
    assert "That did not work" in first


def test_leaving_ends_the_session_and_shows_a_page_about_nothing(worker: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    enter(client, worker)

    answer = client.post("/leave/")

    assert answer.status_code == 200
    assert answer["Refresh"].startswith("0;url=https://")
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert client.get("/").status_code == 302


def test_a_session_ends_when_nobody_uses_it(worker: Member) -> None:
    client = Client()
    enter(client, worker)
    assert client.get("/me/").status_code == 200

    session = client.session
    session["seen_at"] -= 16 * 60
    session.save()

    assert client.get("/me/").status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy(worker: Member) -> None:
    client = Client()
    enter(client, worker)
    client.get("/me/")
    session = client.session
    session["begun_at"] -= 12 * 3600 + 1
    session.save()

    assert client.get("/me/").status_code == 302


def test_the_bell_that_rings_by_itself_keeps_no_session_alive(worker: Member) -> None:
    client = Client()
    enter(client, worker)
    client.get("/me/")
    session = client.session
    session["seen_at"] -= 10 * 60
    session.save()
    seen = session["seen_at"]

    client.get("/bell/")
    assert client.session["seen_at"] == seen
    client.get("/me/")
    assert client.session["seen_at"] > seen


def test_a_language_stays_with_the_member(worker: Member) -> None:
    client = Client()
    enter(client, worker)

    client.post("/language/", {"language": "be", "next": "/me/"})

    worker.refresh_from_db()
    assert worker.language == "be"
    assert '<html lang="be" dir="ltr">' in client.get("/me/").content.decode()


def test_a_page_tells_the_browser_to_keep_nothing(worker: Member) -> None:
    client = Client()
    enter(client, worker)

    answer = client.get("/me/")

    assert answer["Cache-Control"] == "no-store"
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(db: None) -> None:
    page, problem = Client().get("/nowhere/"), Client().get("/api/v1/nowhere/")

    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert (problem.status_code, problem["Content-Type"]) == (404, "application/problem+json")


def test_who_was_invited_chooses_a_password_and_signs_in(db: None) -> None:
    member = make.make_member()
    secret = make.make_token(member, scopes=("activate",))
    client = Client()

    weak = client.post(f"/welcome/{secret}/", {"password": "short"})
    answer = client.post(f"/welcome/{secret}/", {"password": PASSWORD}, follow=True)

    assert "too weak" in weak.content.decode()
    assert answer.redirect_chain == [("/sign-in/", 302)]
    member.refresh_from_db()
    assert member.check_password(PASSWORD)
