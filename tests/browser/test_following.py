"""The page of an import and of an export follow the work by themselves, with scripts and without."""

from typing import Any

from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from exchange.actions import importing, making
from exchange.bench import Bench
from tests.browser.conftest import Person
from tests.exchange.jobs import people, table, work
from tests.exchange.test_exporting import ask

# Longer than the page waits before it looks again.
A_WHILE = 6_000
FOCUS = "document.activeElement.getAttribute('href')"


def by_a_clock(at_browser: Any, member: Member) -> Person:
    person: Person = at_browser()
    person.page.clock.install()
    person.sign_in(member)
    person.page.wait_for_url("**/")
    return person


def looks(person: Person) -> str:
    """Let the page look again; how the work stands then."""
    with person.page.expect_response("**again=part*"):
        person.page.clock.fast_forward(A_WHILE)
    person.page.wait_for_timeout(300)
    return stands(person)


def stands(person: Person) -> str:
    said: str = person.page.inner_text("#stands")
    return said


def bar(person: Person) -> tuple[str | None, str | None, str]:
    """How far, of how many, and in words."""
    shown = person.page.locator("#progress")
    return (
        shown.get_attribute("value"), shown.get_attribute("max"),
        person.page.inner_text("label[for=progress]"),
    )  # fmt: skip


def test_an_import_is_followed_until_it_waits_for_its_yes(
    at_browser: Any, sender: Member
) -> None:
    job = make.make_import(by=sender, content=table(*people(3)))
    person = by_a_clock(at_browser, sender)
    page = person.go(f"/imports/{job.code}/")
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))
    person.begins()
    page.focus(f"a[href='/imports/{job.code}/discard/']")

    before = stands(person)
    same = looks(person)
    work()
    after = looks(person)
    page.clock.fast_forward(10 * A_WHILE)
    page.wait_for_timeout(300)

    assert [before, same, after] == [
        "waiting to be looked at", "waiting to be looked at", "waiting for your yes",
    ]  # fmt: skip
    assert page.locator("a.btn-primary").inner_text() == "Import"
    assert page.evaluate(FOCUS) == f"/imports/{job.code}/discard/"
    assert page.get_attribute("#stands", "aria-live") == "polite"
    # It looked twice, no page was loaded, and then it looked no more.
    assert ([each for each in asked if "again=part" in each], person.loads) == (
        [f"{page.url}?again=part"] * 2, 0,
    )  # fmt: skip
    assert person.wrong == []


def test_its_bar_is_right_at_each_moment(at_browser: Any, sender: Member) -> None:
    job = make.make_import(by=sender, content=table(*people(3)))
    work()
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    job.refresh_from_db()
    bench = Bench(job)
    person = by_a_clock(at_browser, sender)
    page = person.go(f"/imports/{job.code}/")
    page.focus(f"a[href='/imports/{job.code}/stop/']")

    bars = [bar(person)]
    for key in job.rows.order_by("number").values_list("pk", flat=True)[:2]:
        making.write_rows(bench=bench, keys=[key])
        looks(person)
        bars.append(bar(person))
    focus = page.evaluate(FOCUS)
    work()
    done = looks(person)

    assert bars == [(str(n), "3", f"{n} of 3 cases are through.") for n in range(3)]
    assert focus == f"/imports/{job.code}/stop/"
    assert (done, bar(person)[0]) == ("done", "3")
    assert page.locator("#rest tbody tr").count() == 3
    assert person.wrong == []


def test_an_export_is_followed_until_it_is_ready(at_browser: Any, sender: Member) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    make.make_case(by=sender)
    job = ask(boss)
    person = by_a_clock(at_browser, boss)
    page = person.go(f"/exports/{job.code}/")

    before = (stands(person), page.locator("#progress").get_attribute("aria-label"))
    work()
    after = (looks(person), page.locator("#progress").count())

    assert before == ("waiting to be made", "waiting to be made")
    assert after == ("ready", 0)
    assert page.locator("text=Fetch the file").count() == 1
    assert person.wrong == []


def test_whoever_wants_it_to_stand_still_has_it_so(at_browser: Any, sender: Member) -> None:
    job = make.make_import(by=sender, content=table(*people(3)))
    person = by_a_clock(at_browser, sender)
    page = person.go(f"/imports/{job.code}/")
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))

    person.press("text=Stop this page from looking again by itself")
    page.clock.fast_forward(10 * A_WHILE)
    page.wait_for_timeout(300)
    still = [each for each in asked if "again" in each]
    person.press("text=Look again")

    assert still == []
    assert page.locator("[data-follow]").count() == 1


def test_without_scripts_the_browser_loads_it_again(at_browser: Any, sender: Member) -> None:
    job = make.make_import(by=sender, content=table(*people(3)))
    person = at_browser(java_script_enabled=False)
    person.sign_in(sender)
    page = person.go(f"/imports/{job.code}/")
    again = "meta[http-equiv=refresh]"
    before = (stands(person), page.get_attribute(again, "content"))
    work()

    page.wait_for_url("**/?again=1", timeout=30_000)

    assert before == ("waiting to be looked at", "10; url=?again=1")
    assert (stands(person), page.locator(again).count()) == ("waiting for your yes", 0)
