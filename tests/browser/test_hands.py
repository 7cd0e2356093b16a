"""Whole ways without a mouse, and without JavaScript."""

from typing import Any

from agencies.models import Member, Service
from cases.models import Case
from demo import builders as make
from kernel.groups import DataGroup
from referral.models import Referral
from referral.workflow import State
from tests.browser.conftest import PASSWORD, Person, give_password
from tests.browser.test_journeys import refer

# More stops than any page has before its main part ends.
MOST_STOPS = 120
SEEN = """() => {
  const look = getComputedStyle(document.activeElement);
  return look.outlineStyle !== "none" || look.boxShadow !== "none";
}"""


def test_a_case_is_begun_referred_and_accepted_without_javascript(
    at_browser: Any, sender: Member, receiver: Member, service: Service
) -> None:
    worker = at_browser(sender, java_script_enabled=False)
    focal = at_browser(receiver, java_script_enabled=False)

    worker.go("/cases/new/")
    worker.choose("source", "social_worker")
    worker.choose("risk", "medium")
    worker.choose("age_band", "30-38")
    worker.send()
    case = Case.objects.get()
    fill_and_open(worker, case)
    refer(worker, case, service)
    sent = Referral.objects.get()
    assert sent.state == State.SENT
    focal.go("/inbox/")
    focal.press("main a[href$='/do/accept/']")
    focal.send()

    sent.refresh_from_db()
    assert sent.state == State.ACCEPTED


def fill_and_open(worker: Person, case: Case) -> None:
    worker.go(f"/cases/{case.code}/intake/contact/")
    worker.write("safe_channel", "phone")
    worker.send()
    worker.go(f"/cases/{case.code}/do/open/")
    worker.send()


class Keys:
    """Somebody who has a keyboard only."""

    def __init__(self, person: Person) -> None:
        self.page = person.page

    def reach(self, what: str) -> None:
        """Step to it with Tab; every stop on the way can be seen."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(SEEN), self.page.evaluate(
                "document.activeElement.outerHTML"
            )
            if self.page.evaluate("what => document.activeElement.matches(what)", what):
                return
        raise AssertionError(f"{what} is out of reach of a keyboard")

    def follow(self, what: str) -> None:
        self.reach(what)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def tick(self, what: str) -> None:
        self.reach(what)
        self.page.keyboard.press("Space")

    def write(self, what: str, text: str) -> None:
        self.reach(what)
        self.page.keyboard.type(text)


def test_help_is_asked_for_and_promised_by_keyboard_alone(
    at_browser: Any, sender: Member, receiver: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    worker, focal = Keys(comes(at_browser, sender)), Keys(comes(at_browser, receiver))

    worker.follow("a[href='/cases/']")
    worker.follow(f"main a[href='/cases/{case.code}/']")
    worker.follow(f"main a[href='/cases/{case.code}/refer/']")
    worker.follow(f"main a[href='?service={service.code}']")
    worker.tick("[name=urgency]")
    worker.tick(f"[name=groups][value={DataGroup.CONTACT}]")
    worker.follow("main form[method=post] button[type=submit]")
    worker.follow("main a[href*='/consent/new/']")
    worker.tick(f"[name=groups][value={DataGroup.CONTACT}]")
    worker.follow("main form[method=post] button[type=submit]")
    worker.follow("main form[method=post] button[type=submit]")
    focal.follow("a[href='/inbox/']")
    focal.follow("main a[href$='/do/accept/']")
    focal.follow("main form[method=post] button[type=submit]")

    assert Referral.objects.get().state == State.ACCEPTED


def comes(at_browser: Any, member: Member) -> Person:
    """Signed in by keyboard."""
    give_password(member)
    person: Person = at_browser()
    person.go("/sign-in/")
    keys = Keys(person)
    if person.page.evaluate("document.activeElement.name") != "username":
        keys.reach("[name=username]")
    person.page.keyboard.type(member.username)
    keys.write("[name=password]", PASSWORD)
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")
    return person
