"""Passkeys in a real Chromium, with an authenticator of its own that verifies its user, or does not."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from agencies.models import Member
from demo import builders as make
from tests.browser.conftest import PASSWORD, Person, give_password
from tests.browser.test_access import NARROW, _wrong


@pytest.fixture
def worker(sender: Member) -> Member:
    give_password(sender)
    return sender


def with_key(person: Person, *, verifies: bool) -> Any:
    """A virtual authenticator, as a device with a reader of fingers has it."""
    tools = person.context.new_cdp_session(person.page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": verifies,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return tools


def password(person: Person, member: Member) -> None:
    person.page.goto("/sign-in/")
    person.write("username", member.username)
    person.write("password", PASSWORD)
    person.send()


def test_a_passkey_is_made_and_then_signs_in_by_itself(at_browser: Any, worker: Member) -> None:
    person = at_browser()
    with_key(person, verifies=True)
    password(person, worker)
    assert person.page.url.split("?")[0].endswith("/sign-in/enrol/")

    person.press(".passkey-way button")
    assert "Recovery codes" in person.text
    person.press("main a.btn-primary")
    person.press(".site-me form button")
    assert person.page.url.endswith("/sign-in/")
    person.press("form[data-passkey] button")

    assert person.page.locator(".site-me").inner_text().startswith(worker.known_as)
    assert person.wrong == []


def test_a_passkey_of_a_device_that_verifies_nobody_is_refused(
    at_browser: Any, worker: Member
) -> None:
    person = at_browser()
    with_key(person, verifies=False)
    password(person, worker)

    person.page.click(".passkey-way button")
    person.page.wait_for_selector(".passkey-way [data-failed]:visible", timeout=30_000)

    assert not Authenticator.objects.exists()
    assert person.go("/me/").url.split("?")[0].endswith("/sign-in/")


def test_a_passkey_answers_when_one_is_asked_again(at_browser: Any, worker: Member) -> None:
    person = at_browser()
    with_key(person, verifies=True)
    password(person, worker)
    person.press(".passkey-way button")

    person.go("/again/?next=/me/tokens/new/")
    person.press("form[data-passkey] button")

    assert person.page.url.endswith("/me/tokens/new/")


def test_without_a_script_the_app_does_it(at_browser: Any, worker: Member) -> None:
    secret = make.make_totp(worker)
    person = at_browser(java_script_enabled=False)
    password(person, worker)
    assert not person.page.is_visible("form[data-passkey]")

    person.write("code", make.totp_code(secret))
    person.send()

    assert person.page.locator(".site-me").inner_text().startswith(worker.known_as)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_steps_of_signing_in_are_for_everybody(
    at_browser: Any, worker: Member, scheme: str
) -> None:
    person = at_browser(color_scheme=scheme, viewport=NARROW)
    password(person, worker)
    found = {"enrol": _wrong(person.page)}
    wide = person.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    make.make_totp(worker)
    password(person, worker)
    found["second"] = _wrong(person.page)

    assert found == {"enrol": [], "second": []}
    assert not wide
