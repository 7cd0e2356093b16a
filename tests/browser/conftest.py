"""A real Chromium before the real service. Without one, the tests here say so and are skipped."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from agencies.models import Member
from demo import builders as make
from tests.browser.world import World, build
from tests.entering import cookie_of

# More stops than any page has.
MOST_STOPS = 150
THERE = "what => document.activeElement.matches(what)"
# Whether the element that has the focus shows it, and what it is.
STOP = """() => {
  const stop = document.activeElement, look = getComputedStyle(stop);
  const shown = stop === document.body || look.outlineStyle !== "none" || look.boxShadow !== "none";
  return [shown, stop.outerHTML];
}"""
CHOSEN = """() => {
  const stop = document.activeElement;
  return stop.type === "radio" && !stop.checked ? null : stop.value;
}"""
PASSWORD = "seven green apples on a hill"
# Playwright's own loop makes Django believe that it runs in one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ours = [item for item in items if here in item.path.parents]
    for item in ours:
        if chromium() is None:
            item.add_marker(
                pytest.mark.skip(reason="no Chromium here: set CHROMIUM to its path")
            )


@pytest.fixture(scope="package")
def chrome() -> Iterator[Any]:
    """For the tests of this folder alone: while it is up, its loop keeps others from theirs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


def give_password(member: Member) -> None:
    """So that the member may sign in; in the language that is set."""
    member.set_password(PASSWORD)
    member.save(update_fields=["password", "language"])


class Person:
    """A member in front of a browser of their own, and what it costs them.

    `loads` counts the pages that were loaded, `inputs` what was pressed, ticked, chosen or written.
    """

    def __init__(self, chrome: Any, base: str, **options: Any) -> None:
        self.base = base
        self.context = chrome.new_context(base_url=base, **options)
        self.context.set_default_timeout(10_000)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on(
            "console",
            lambda said: self.wrong.append(said.text) if said.type == "error" else None,
        )
        self.page.on("pageerror", lambda fault: self.wrong.append(str(fault)))
        self.loads = self.inputs = 0
        self.page.on("load", lambda _: self._count_load())

    def _count_load(self) -> None:
        self.loads += 1

    def sign_in(self, member: Member) -> None:
        """With a session of the real store, in which a factor was shown."""
        member.save(update_fields=["language"])
        self.context.add_cookies([cookie_of(member) | {"url": self.base}])
        self.page.goto("/")

    def go(self, path: str) -> Any:
        self.page.goto(path)
        return self.page

    def begins(self) -> None:
        """Count from here."""
        self.loads = self.inputs = 0

    @property
    def cost(self) -> tuple[int, int]:
        return self.loads, self.inputs

    def press(self, what: str) -> None:
        """A link or a button; waits for the page that it leads to."""
        self.inputs += 1
        with self.page.expect_navigation():
            self.page.locator(what).first.click()

    def write(self, field: str, text: str) -> None:
        self.inputs += 1
        self.page.fill(f"main [name={field}]", text)

    def choose(self, field: str, value: str) -> None:
        self.inputs += 1
        if self.page.locator(f"main select[name={field}]").count():
            self.page.select_option(f"main select[name={field}]", value)
        else:
            self.page.check(f"main [name={field}][value='{value}']")

    def send(self) -> None:
        """Press the button of the page's own form."""
        self.press("main form[method=post] button[type=submit]")

    @property
    def text(self) -> str:
        found: str = self.page.inner_text("main")
        return found


class Typist(Person):
    """The same with a keyboard only: every stop of Tab on the way can be seen."""

    def reach(self, what: str) -> None:
        """Step on with Tab until the focus is there; at the end of the page it begins anew."""
        keyboard = self.page.keyboard
        for _ in range(MOST_STOPS):
            if self.page.evaluate(THERE, what):
                return
            keyboard.press("Tab")
            seen, stop = self.page.evaluate(STOP)
            assert seen, f"nobody sees the focus on {stop}"
        raise AssertionError(f"{what} is out of reach of a keyboard")

    def sign_in(self, member: Member) -> None:
        """By the real forms: the password, then a code of the app."""
        give_password(member)
        secret = make.make_totp(member)
        self.page.goto("/sign-in/")
        self.write("username", member.username)
        self.write("password", PASSWORD)
        self.send()
        self.write("code", make.totp_code(secret))
        self.send()

    def press(self, what: str) -> None:
        self.inputs += 1
        self.reach(what)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, field: str, text: str) -> None:
        self.inputs += 1
        self.reach(f"main [name={field}]")
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, field: str, value: str) -> None:
        """Arrows go through a list or through buttons of which one is pressed; Space ticks a box."""
        self.inputs += 1
        self.reach(f"main [name={field}]:is(select, [type=radio], [value='{value}'])")
        kind = self.page.evaluate("document.activeElement.type")
        self.page.keyboard.press("Space" if kind in {"checkbox", "radio"} else "Home")
        if kind == "checkbox":
            return
        for _ in range(MOST_STOPS):
            if self.page.evaluate(CHOSEN) == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} is no choice of {field}")


@pytest.fixture
def world(transactional_db: None) -> World:
    return build()


@pytest.fixture
def at_browser(chrome: Any, transactional_db: None, live_server: Any) -> Iterator[Any]:
    """`at_browser(member, **options)` is that member, signed in; `hands` is how they work, the
    other options are Playwright's."""
    people: list[Person] = []

    def make(
        member: Member | None = None, hands: type[Person] = Person, **options: Any
    ) -> Person:
        person = hands(chrome, live_server.url, **options)
        people.append(person)
        if member is not None:
            person.sign_in(member)
        return person

    yield make
    for person in people:
        person.context.close()
