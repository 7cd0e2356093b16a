"""Every page for every eye and hand: axe in light, dark and right-to-left, narrow and wide; weight."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.core.management import call_command
from django.db import connections
from django.urls import resolve

from pages.urls import urlpatterns
from tests.browser.conftest import Person
from tests.browser.world import ROLES, World, build

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# The width of a page of 1280 at 400 %, which is what "reflow" asks for; 640 is 200 %.
ZOOMED = ({"width": 640, "height": 450}, {"width": 320, "height": 256})
MOST_BYTES = 60_000
# Arabic stands for every language that runs from right to left.
LOOKS = [("en", "light"), ("en", "dark"), ("ar", "light")]


def _wrong(page: Any) -> list[str]:
    """What axe finds on the page as it is now; axe is put in once a page."""
    if page.evaluate("!window.axe"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "options => axe.run(options)",
        {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]},
    )
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in found["violations"]
        for node in each["nodes"][:2]
    ]


# What only acts and leads on, and what is looked at without a world or beside it.
NO_PAGES = {
    "sign_in", "sign_out", "leave", "speak", "activate", "bell", "stay", "task_done",
    "acknowledge_shown", "acknowledge", "lead", "view_save", "view_forget", "keep", "part_keep",
    "intake_discard", "referral_instead", "member_again", "document_fetch", "document_file",
    "by_passkey", "second", "enrol",
    "passkey_proof", "passkey_new", "go_on", "session_end", "sessions_end_others",
    "member_sessions_end", "member_token_end", "token_end", "reset_stop", "reset_stop_own",
    "contact_off", "register_file", "call_again", "service_confirm", "directory_import_aside",
    "open_figures", "figures_file", "figures_ctdc_file",
    "link_passcode", "link_end", "admission_refuse",
    # What an agency without an account sees: test_answers.py.
    "answers_here", "answer_open", "answer", "answer_passcode", "answer_own", "answer_verb", "answer_told",
    "import_faults", "export_fetch",
    "board_answer", "board_accept", "board_close", "focal_agree", "focal_end",
    "announcement_read", "announcement_end",
    "practice_enter", "practice_leave", "practice_move", "practice_wipe",
}  # fmt: skip


@pytest.fixture(scope="module")
def transactional_db(
    chrome: Any, django_db_setup: None, django_db_blocker: Any
) -> Iterator[None]:
    """The tests here only look: what stands before the first is there for the last.

    After `chrome`: beside its loop Django has other connections, and these are ours to close.
    """
    with django_db_blocker.unblock():
        yield
        call_command("flush", verbosity=0, interactive=False)
        connections.close_all()


@pytest.fixture(scope="module")
def world(transactional_db: None) -> World:
    return build()


def arrive(at_browser: Any, world: World, role: str, **options: Any) -> Person:
    """Whose pages these are, signed in, and in their seat if they practise."""
    person: Person = at_browser(world.members[role], **options)
    if space := world.seats.get(role):
        person.go(f"/practice/{space}/")
        person.press("main form[action$='/enter/'] button")
    return person


def test_no_page_is_left_out(world: World) -> None:
    visited = {
        resolve(path.split("?")[0]).url_name for paths in world.pages.values() for path in paths
    }

    assert {each.name for each in urlpatterns} - visited == NO_PAGES


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_door_is_for_everybody(at_browser: Any, scheme: str) -> None:
    page = at_browser(color_scheme=scheme).go("/sign-in/")

    assert _wrong(page) == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_every_page_is_for_everybody(
    at_browser: Any, world: World, role: str, language: str, scheme: str
) -> None:
    faults: list[str] = []
    world.members[role].language = language
    person = arrive(at_browser, world, role, color_scheme=scheme)
    for path in world.pages[role]:
        page = person.go(path)
        if page.get_attribute("html", "dir") != ("rtl" if language == "ar" else "ltr"):
            faults.append(f"{path}: the wrong direction")
        heading = page.locator("h1").count()
        if heading != 1:
            faults.append(f"{path}: {heading} headings of the first level")
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            faults += [f"{path} {size['width']}: {each}" for each in _wrong(page)]

    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("role", ROLES)
def test_no_page_is_heavy_or_wider_than_a_zoomed_screen(
    at_browser: Any, world: World, role: str
) -> None:
    faults: list[str] = []
    world.members[role].language = "en"
    person = arrive(at_browser, world, role)
    for path in world.pages[role]:
        answer = person.page.goto(path)
        if answer.status != 200:
            faults.append(f"{path}: {answer.status}")
        if person.wrong:
            faults.append(f"{path}: the console says {person.wrong}")
            person.wrong.clear()
        if (weight := len(answer.body())) > MOST_BYTES:
            faults.append(f"{path}: {weight} bytes")
        for size in ZOOMED:
            person.page.set_viewport_size(size)
            wide = person.page.evaluate("document.documentElement.scrollWidth")
            if wide > size["width"]:
                faults.append(f"{path}: {wide} wide at {size['width']}")

    assert faults == [], "\n".join(faults)
