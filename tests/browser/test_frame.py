"""The frame of every page in a browser: the way out, the covered page, nothing kept."""

from typing import Any

from agencies.models import Member


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
