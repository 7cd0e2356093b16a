"""The frame of every page in a browser: the way out, the covered page, nothing kept."""

from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from demo import builders as make
from identification.actions import screening
from tests.browser.conftest import Person


def test_shift_three_times_leaves_at_once(at_browser: Any, sender: Member) -> None:
    person = at_browser(sender)
    page = person.go("/me/")
    page.evaluate("document.body.dataset.neutral = '/livez'")

    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/livez")

    person.go("/me/")
    assert page.url.split("?")[0].endswith("/sign-in/")


def test_the_way_out_works_without_javascript(at_browser: Any, sender: Member) -> None:
    person = at_browser(java_script_enabled=False)
    person.sign_in(sender)
    person.context.route("https://**", lambda route: route.fulfill(status=200, body="neutral"))

    person.page.click("text=Leave this page")
    person.page.wait_for_url("https://**")

    person.context.unroute("https://**")
    person.go("/me/")
    assert person.page.url.split("?")[0].endswith("/sign-in/")


def test_the_browser_keeps_nothing(at_browser: Any, sender: Member) -> None:
    person = at_browser(sender)

    page = person.go("/me/")

    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert person.wrong == []


@pytest.mark.parametrize("what", ["section", "signs"])
def test_what_is_entered_is_kept_by_itself(at_browser: Any, sender: Member, what: str) -> None:
    case = make.make_case(by=sender)
    person = at_browser(sender)
    if what == "section":
        path, again = f"/cases/{case.code}/intake/contact/", "?draft=1"
    else:
        form = screening.begin(
            code=case.code, instrument="ilo_adult_labour", agreed=True, language="bel",
            with_interpreter=False, by=sender, at=timezone.now(),
        )  # fmt: skip
        path, again = f"/screenings/{form.code}/", ""
    person.go(path)

    if what == "section":
        person.write("safe_channel", "By telephone, mornings.")
    else:
        person.choose("a-D1-01", "yes")
    person.page.wait_for_selector(".kept:not(:empty)")

    person.go(f"{path}{again}")
    if what == "section":
        assert person.page.input_value("[name=safe_channel]") == "By telephone, mornings."
    else:
        assert person.page.is_checked("[name=a-D1-01][value=yes]")
    assert "not saved yet" in person.text
    assert person.wrong == []


def at_a_note(at_browser: Any, member: Member) -> Person:
    """The member before an empty note, by a clock that can be turned on."""
    case = make.make_case(by=member)
    person: Person = at_browser()
    person.page.clock.install()
    person.sign_in(member)
    person.page.wait_for_url("**/")
    person.go(f"/cases/{case.code}/notes/")
    return person


def test_typing_counts_as_being_there(at_browser: Any, sender: Member) -> None:
    """The browser's clock is turned on; the server is told once a minute at most."""
    person = at_a_note(at_browser, sender)
    page = person.page
    told: list[str] = []
    page.on("request", lambda asked: told.append(asked.url) if "/stay/" in asked.url else None)

    page.locator("[name=text]").press_sequentially("She sleeps badly")
    assert told == []
    page.clock.fast_forward(61_000)
    with page.expect_response("**/stay/"):
        page.locator("[name=text]").press_sequentially(" and eats little.")

    assert len(told) == 1
    assert person.wrong == []


def test_a_page_asks_before_it_goes(at_browser: Any, sender: Member) -> None:
    """Where another page kept the session, a form that is half written stays."""
    person = at_a_note(at_browser, sender)
    page = person.page
    page.fill("[name=text]", "Half a note")

    with page.expect_response("**/bell/"):
        page.clock.fast_forward(16 * 60_000)
    page.wait_for_timeout(500)
    assert page.input_value("[name=text]") == "Half a note"

    person.context.clear_cookies()
    page.clock.fast_forward(16 * 60_000)
    page.wait_for_url("**/sign-in/**")
