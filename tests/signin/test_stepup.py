"""T11: what is grave wants to be asked again, and then goes on with what was typed."""

import re
import time
from typing import Any

import pytest
from django.test import Client

from agencies.models import Member, Token
from audit.models import AuditEvent
from demo import builders as make
from edge import stepup
from tests.entering import enter
from tests.signin.conftest import PASSWORD, Browser, factors_of, found
from tests.signin.key import SoftKey

TOKEN = {"label": "reporting & more", "scopes": ["read", "write"], "days": "7"}
GRAVE = ["/me/tokens/new/", "/me/factors/app/", "/me/factors/passkey/", "/me/factors/codes/"]


def client(member: Member, seconds_ago: int, way: str = stepup.CODE) -> Client:
    return enter(Client(), member, way=way, seconds_ago=seconds_ago)


@pytest.mark.parametrize("path", GRAVE)
def test_what_is_grave_asks_again_after_five_minutes(worker: Member, path: str) -> None:
    early, late = client(worker, 295), client(worker, 302)

    assert early.get(path).status_code == 200
    assert late.get(path)["Location"] == f"/again/?next={path.replace('/', '%2F')}"


def test_a_mark_from_the_future_is_not_fresh(worker: Member) -> None:
    assert client(worker, -60).get(GRAVE[0]).status_code == 302


def test_a_page_is_led_to_and_back(worker: Member, secret: str) -> None:
    http = client(worker, 1000)
    key = http.cookies["sid"].value

    asked = http.get("/me/tokens/new/", follow=True)
    answer = http.post(asked.request["PATH_INFO"] + "?next=/me/tokens/new/", {"code": make.totp_code(secret)})  # fmt: skip

    assert "Please show who you are" in asked.content.decode()
    assert (answer.status_code, answer["Location"]) == (302, "/me/tokens/new/")
    assert http.get("/me/tokens/new/").status_code == 200
    assert http.cookies["sid"].value != key
    assert AuditEvent.objects.get(event="step_up").facts == {"way": "totp"}


def test_what_was_typed_is_kept_and_sent_with_one_press(worker: Member, secret: str) -> None:
    http = client(worker, 1000)

    asked = http.post("/me/tokens/new/", TOKEN | {"csrfmiddlewaretoken": "x" * 32})
    assert not Token.objects.filter(member=worker).exists()
    assert asked["Location"] == "/again/?next=%2Fagain%2Fgo-on%2F"
    http.post(asked["Location"], {"code": make.totp_code(secret)})
    page = http.get("/again/go-on/").content.decode()
    form = page.split("<main")[1]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
        sent.setdefault(name, []).append(value.replace("&amp;", "&"))
    http.post(found(r'action="([^"]+)"', form, 1), sent)

    assert sent.keys() >= TOKEN.keys()
    token = Token.objects.get(member=worker)
    assert (token.label, token.scopes) == ("reporting & more", ["read", "write"])


def test_what_was_typed_lies_sealed_and_without_secrets(worker: Member) -> None:
    http = client(worker, 1000)
    http.post("/me/tokens/new/", TOKEN | {"password": "hunter2"})
    session: Any = http.session

    assert "reporting" not in str(dict(session))
    assert "reporting" not in session.encode(dict(session))
    assert "hunter2" not in str(dict(session))


def test_a_wrong_code_leads_nowhere_and_counts(worker: Member, secret: str) -> None:
    http = client(worker, 1000)
    for _ in range(5):
        assert http.post("/again/?next=/me/", {"code": "000000"}).status_code == 200

    assert http.post("/again/?next=/me/", {"code": make.totp_code(secret)}).status_code == 200
    assert Browser().password(worker).status_code == 200
    assert http.get(GRAVE[0]).status_code == 302


def test_a_code_that_let_in_does_not_do_again(worker: Member, secret: str) -> None:
    someone = Browser()
    someone.come_in(worker, secret)

    assert someone.http.post("/again/", {"code": make.totp_code(secret)}).status_code == 200


def test_a_passkey_does_it_too(at_home: tuple[Browser, SoftKey]) -> None:
    browser, key = at_home
    session: Any = browser.http.session
    session["factor"] = {"way": "passkey", "at": int(time.time()) - 1000}
    session.save()
    assert browser.http.get(GRAVE[0]).status_code == 302

    browser.by_key(key, "/again/?next=/me/tokens/new/")

    assert browser.http.get(GRAVE[0]).status_code == 200


def test_anothers_passkey_does_not(at_home: tuple[Browser, SoftKey], receiver: Member) -> None:
    _, key = at_home
    other = Browser()
    enter(other.http, receiver, seconds_ago=1000)

    assert other.by_key(key, "/again/").status_code == 200
    assert other.http.get(GRAVE[0]).status_code == 302


def test_a_recovery_code_opens_the_factors_and_nothing_else_that_is_grave(
    worker: Member, secret: str
) -> None:
    http = client(worker, 0, way=stepup.RECOVERY)

    assert [http.get(path).status_code for path in GRAVE] == [302, 200, 200, 200]


def test_a_password_is_too_little(worker: Member, secret: str) -> None:
    http = client(worker, 1000)

    assert http.post("/again/", {"password": PASSWORD}).status_code == 200
    assert http.get(GRAVE[0]).status_code == 302


def test_the_way_back_is_ours(worker: Member, secret: str) -> None:
    http = client(worker, 1000)

    answer = http.post("/again/?next=//evil.example/", {"code": make.totp_code(secret)})

    assert answer["Location"] == "/"


def test_the_api_says_so_by_a_code_and_takes_an_apps_code(worker: Member, secret: str) -> None:
    http = client(worker, 1000)
    how: Any = {"content_type": "application/json"}
    said = {"label": "mine", "scopes": ["read"], "days": 1}

    before = http.post("/api/v1/tokens/", said, **how)
    wrong = http.post("/api/v1/session/again/", {"code": "000000"}, **how)
    again = http.post("/api/v1/session/again/", {"code": make.totp_code(secret)}, **how)
    after = http.post("/api/v1/tokens/", said, **how)

    assert (before.status_code, before.json()["code"]) == (403, "step_up_needed")
    assert [each.status_code for each in (wrong, again, after)] == [401, 204, 201]


def test_a_key_to_the_api_makes_no_further_keys(worker: Member, signed_in: Any) -> None:
    """Else a stolen key would outlive its being taken away."""
    api = signed_in(worker)
    answer = api.post("tokens/", {"label": "mine", "scopes": ["read"], "days": 1})
    again = api.post("session/again/", {"code": "000000"})

    assert [(each.status_code, each.json()["code"]) for each in (answer, again)] == [
        (403, "step_up_needed"),
        (403, "step_up_needed"),
    ]
    assert Token.objects.filter(member=worker).count() == 1


def test_a_new_key_is_shown_once_and_kept_as_a_digest(worker: Member) -> None:
    http = client(worker, 0)
    page = http.post("/me/tokens/new/", TOKEN).content.decode()
    secret = found(r"shk_[\w-]{43}", page)

    token = Token.objects.get(member=worker)
    assert secret not in http.get("/me/tokens/").content.decode()
    assert (token.digest == secret, len(token.digest)) == (False, 64)
    assert (token.expires_at - token.created_at).days == 7
    api = Client().get("/api/v1/me/", headers={"authorization": f"Bearer {secret}"})
    assert api.status_code == 200
    http.post(f"/me/tokens/{token.code}/end/")
    api = Client().get("/api/v1/me/", headers={"authorization": f"Bearer {secret}"})
    assert api.status_code == 401


@pytest.mark.parametrize("days", ["0", "91"])
def test_a_key_lasts_ninety_days_at_most(worker: Member, days: str) -> None:
    client(worker, 0).post("/me/tokens/new/", TOKEN | {"days": days})

    assert not Token.objects.filter(member=worker).exists()


def test_the_last_factor_stays(worker: Member, secret: str) -> None:
    http = client(worker, 0)
    number = factors_of(worker)[0].pk

    answer = http.post(f"/me/factors/{number}/remove/", {})

    assert "This is your last way to sign in" in answer.content.decode()
    assert len(factors_of(worker)) == 1


def test_a_factor_of_another_is_not_there(
    worker: Member, secret: str, receiver: Member
) -> None:
    number = factors_of(worker)[0].pk

    answer = client(receiver, 0).post(f"/me/factors/{number}/remove/", {})

    assert answer.status_code == 404
    assert len(factors_of(worker)) == 1
