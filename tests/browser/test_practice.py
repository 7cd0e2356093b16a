"""Every scenario played to its end at the real pages by a learner; and how one gets in and out, by keyboard
alone and without JavaScript."""

from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from cases.models import Case
from practice.actions import wishing
from practice.models import Space
from practice.scenarios import current
from tests.browser.conftest import Person, Typist
from tests.browser.practising import HANDS, LANGUAGE, Learner
from tests.browser.test_following import by_a_clock, looks, stands
from tests.practice import worlds
from tests.practice.player import plays_of
from tests.practice.worlds import work

FIRST = "construction"
# Longer than the page waits before it looks again by itself.
A_WHILE = 15_000
MANNERS: dict[str, dict[str, Any]] = {
    "keyboard": {"hands": Typist},
    "no-script": {"java_script_enabled": False},
}


def test_everything_that_is_done_in_a_good_play_can_be_done_by_hand() -> None:
    done = {said["act"] for code in current() for said in plays_of(code)[0].do if "act" in said}

    assert done - HANDS.keys() == set()


@pytest.mark.parametrize("code", current())
def test_a_scenario_is_played_to_its_end(at_browser: Any, sender: Member, code: str) -> None:
    scenario, play = current()[code], plays_of(code)[0]
    sender.language = LANGUAGE
    learner: Learner = at_browser(sender, hands=Learner)
    learner.scenario = scenario
    begin(learner, code)

    assert learner.feedback() == {}
    learner.inside = True
    learner.press("main form[action$='/enter/'] button")
    for said in play.do:
        learner.do(said)
        # What is over by now, with how it ended, and no word of what is not.
        over = Space.objects.get().over
        assert (said, learner.feedback()) == (said, {step: [key] for step, key in over.items()})

    space = Space.objects.get()
    assert (space.fault, learner.feedback()) == (
        "", {step: [key] for step, key in play.ends.items()},
    )  # fmt: skip
    steps = len(scenario.steps)
    stands = learner.page.inner_text("#stands")
    assert str(steps) in stands
    assert learner.page.locator("main .status.fine").count() == steps
    wipe(learner)
    assert learner.wrong == []


def begin(learner: Learner, code: str) -> None:
    """On the page of practice, until all is set up: it follows by itself."""
    learner.press("nav a[href='/practice/']")
    learner.press(f"main a[href='/practice/begin/{code}/']")
    learner.send()
    learner.space = learner.page.url.split("/practice/")[1].split("/")[0]
    before = learner.page.inner_text("#stands")
    learner.begins()
    work()
    learner.page.wait_for_selector("main form[action$='/enter/'] button", timeout=A_WHILE)
    assert learner.page.inner_text("#stands") != before
    assert learner.cost == (0, 0), "nobody loaded it again"


def wipe(learner: Learner) -> None:
    learner.inside = False
    learner.press("main form[action$='/wipe/'] button")
    work()
    assert Case.objects.filter(owner__space__gt=0).count() == 0
    learner.go("/practice/")
    assert learner.page.locator("main a[href^='/practice/begin/']").count() == len(current())


@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS)
def test_one_gets_in_acts_and_gets_out(
    at_browser: Any, sender: Member, manner: dict[str, Any]
) -> None:
    """Begin, sit down, do a step, read how it ended, let time pass, leave, wipe."""
    person: Person = at_browser(sender, **manner)
    person.press("nav a[href='/practice/']")
    person.press(f"main a[href='/practice/begin/{FIRST}/']")
    person.send()
    work()
    space = Space.objects.get()
    person.go(f"/practice/{space.code}/")
    person.press("main form[action$='/enter/'] button")
    do_the_first_step(person)
    work()
    person.press(".practice-banner a")
    step = current()[FIRST].steps[0]
    ended = next(each for each in step.outcomes if each.key == "ready")
    assert ended.says["en"] in person.text
    person.choose("hours", "6")
    person.press("main form[action$='/move/'] button")
    work()
    person.press(".practice-banner a")
    assert Space.objects.get().moved.total_seconds() == 6 * 3600
    person.press("main a[href='/']")
    person.press(".practice-banner form button")
    assert person.page.locator(".practice-banner").count() == 0
    unfold(person, "main details:has(form[action$='/wipe/']) > summary")
    person.press("main form[action$='/wipe/'] button")
    work()

    assert Case.objects.filter(owner__space__gt=0).count() == 0
    assert Space.objects.get().over == {step.key: ended.key}
    assert person.wrong == []


def test_what_was_chosen_stays_while_the_others_have_their_turn(
    at_browser: Any, sender: Member
) -> None:
    played = worlds.begin(sender, FIRST)
    wishing.look(code=played.code, by=sender, at=timezone.now())
    person = by_a_clock(at_browser, sender)
    page = person.go(f"/practice/{played.code}/")
    page.check("main [name=hours][value='6']")
    page.focus("main form[action$='/move/'] button")
    before = stands(person)
    work()

    after = looks(person)

    steps = len(current()[FIRST].steps)
    assert (before, after) == ("The others have their turn.", f"Step 1 of {steps}")
    assert page.is_checked("main [name=hours][value='6']")
    assert page.evaluate("document.activeElement.closest('form').getAttribute('action')") == (
        f"/practice/{played.code}/move/"
    )
    assert person.wrong == []


def do_the_first_step(person: Person) -> None:
    person.press("nav a[href='/cases/']")
    person.press("main a[href='/cases/new/']")
    person.choose("source", "self")
    person.choose("risk", "medium")
    person.choose("age_band", "39-47")
    person.send()
    case = Case.objects.get()
    person.press(f"main a[href='/cases/{case.code}/intake/contact/']")
    person.write("safe_channel", "A neighbour, after six.")
    person.send()
    person.go(f"/cases/{case.code}/")
    person.press("main a[href$='/do/open/']")
    person.send()


def unfold(person: Person, what: str) -> None:
    if isinstance(person, Typist):
        person.reach(what)
        person.page.keyboard.press("Enter")
    else:
        person.page.click(what)
