"""An agency without an account answers in a real browser: by the mail's link and a passcode, in each
language, by keyboard alone and without JavaScript; and its pages are for everybody."""

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member, Service
from agencies.roles import Role
from audit.models import AuditEvent
from demo import builders as make
from guest import mail, policy
from guest.models import Admission, Link
from referral.models import Referral
from referral.workflow import State
from tests.browser.conftest import PASSWORD, Person, Typist
from tests.browser.test_access import NARROW, WIDE, _wrong

MANNERS: dict[str, dict[str, Any]] = {
    "en": {},
    "ru": {},
    "be": {},
    "keyboard": {"hands": Typist},
    "no-script": {"java_script_enabled": False},
}


@pytest.fixture
def to_guest(sender: Member) -> Referral:
    service: Service = make.make_service(agency=make.make_guest())
    return make.make_sent(by=sender, service=service)


def address_of(referral: Referral) -> str:
    """As it stands in the mail."""
    link = Link.objects.get(referral=referral)
    return mail.address_for(link.stand_in_id, referral.code)


def soon() -> str:
    at = timezone.now() + dt.timedelta(hours=3)
    return timezone.localtime(at, make.MINSK).strftime("%Y-%m-%dT%H:%M")


def passcode_for(worker: Person, referral: Referral) -> str:
    """The sender asks for one on the referral's page, and reads it out."""
    worker.go(f"/referrals/{referral.code}/")
    worker.press(f"main a[href='/referrals/{referral.code}/link/']")
    worker.press(f"main form[action='/referrals/{referral.code}/link/passcode/'] button")
    return str(worker.page.inner_text("#passcode"))


@pytest.mark.parametrize("manner", MANNERS)
def test_the_whole_loop(
    at_browser: Any, to_guest: Referral, sender: Member, manner: str
) -> None:
    language = manner if manner in {"ru", "be"} else "en"
    worker = at_browser(sender)
    digits = passcode_for(worker, to_guest)
    guest = at_browser(**MANNERS[manner])
    guest.go(f"{address_of(to_guest)}?language={language}")
    assert guest.page.get_attribute("html", "lang") == language
    guest.write("passcode", digits)
    guest.send()
    code = Link.objects.get(referral=to_guest).code
    assert guest.page.url.endswith(f"/answer/{code}/")
    assert "Казлова" not in guest.page.content()

    guest.press("main a[href$='/do/accept/']")
    guest.write("contact_name", "Anna, 29 1")
    guest.page.fill("main [name=first_contact_at]", soon())
    guest.page.fill("main [name=meets_at]", soon())
    guest.write("place", "At the station")
    guest.write("who_meets", "Anna")
    guest.send()
    to_guest.refresh_from_db()
    assert to_guest.state == State.ACCEPTED
    guest.press("main a[href$='/told/']")
    assert "Казлова" in guest.text
    assert code in guest.text

    worker.go(f"/referrals/{to_guest.code}/do/confirm_handover/")
    worker.send()
    guest.go(f"/answer/{code}/")
    guest.press("main a[href$='/do/first_contact/']")
    guest.page.fill(
        "main [name=met_at]", timezone.localtime(timezone=make.MINSK).strftime("%Y-%m-%dT%H:%M")
    )
    guest.send()
    guest.press("main a[href$='/do/complete/']")
    guest.choose("outcome", "service_provided")
    guest.write("feedback", "She has a room now.")
    guest.send()
    to_guest.refresh_from_db()
    assert to_guest.state == State.COMPLETED
    assert "Казлова" not in guest.page.content()
    assert guest.page.get_attribute("html", "lang") == language
    assert guest.wrong == []


def test_another_browser_is_refused_and_leaving_puts_it_to_sleep(
    at_browser: Any, to_guest: Referral, sender: Member
) -> None:
    digits = passcode_for(at_browser(sender), to_guest)
    address, first, second = address_of(to_guest), at_browser(), at_browser()
    first.go(address)
    first.write("passcode", digits)
    first.send()
    home = first.page.url
    second.go(address)
    second.write("passcode", digits)
    second.send()
    assert "in use on another device" in second.text
    first.page.evaluate(
        "fetch('/leave/', {method: 'POST', redirect: 'manual', credentials: 'same-origin'})"
    )
    first.page.wait_for_timeout(500)
    first.page.goto(home)
    assert first.page.url.endswith("/passcode/")
    first.write("passcode", digits)
    first.send()
    assert first.page.url == home


def test_a_mail_that_is_read_on_another_site_leads_back_in(
    at_browser: Any, to_guest: Referral, sender: Member
) -> None:
    """Their browser keeps the cookie back on the way from there, and sends it from our own page."""
    digits = passcode_for(at_browser(sender), to_guest)
    guest = at_browser()
    guest.go(address_of(to_guest))
    guest.write("passcode", digits)
    guest.send()
    home = guest.page.url
    addresses = ("/answer/", home.removeprefix(guest.base))
    mails = "".join(f'<a href="{guest.base}{each}">{each}</a> ' for each in addresses)
    guest.page.route(
        "*://mail.example/", lambda route: route.fulfill(body=mails, content_type="text/html")
    )
    for address in addresses:
        guest.page.goto("http://mail.example/")
        guest.press(f"a[href='{guest.base}{address}']")
        assert guest.page.url == guest.base + address
        guest.press("main a[href='?here=1']")
        assert guest.page.url.split("?")[0] == home
        assert to_guest.code in guest.page.content()
    stranger = at_browser()
    stranger.go("/answer/")
    stranger.press("main a[href='?here=1']")
    assert "There is nothing to read here" in stranger.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_are_for_everybody(
    at_browser: Any, to_guest: Referral, sender: Member, scheme: str
) -> None:
    digits = passcode_for(at_browser(sender), to_guest)
    guest = at_browser(color_scheme=scheme)
    faults: list[str] = []

    def look(path: str) -> None:
        page = guest.go(path)
        if page.locator("h1").count() != 1:
            faults.append(f"{path}: headings")
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            faults.extend(f"{path}: {each}" for each in _wrong(page))

    look("/answer/")
    look("/answer/?here=1")
    address = address_of(to_guest)
    look(address)
    guest.write("passcode", digits)
    guest.send()
    base = f"/answer/{Link.objects.get(referral=to_guest).code}/"
    for path in ("", "own/", "passcode/", "do/accept/", "do/decline/", "do/request_info/"):
        look(base + path)
    guest.go(f"{base}do/accept/")
    guest.write("contact_name", "Anna")
    guest.send()
    for path in ("", "told/", "do/complete/", "do/log_attempt/", "do/plan_handover/"):
        look(base + path)
    assert faults == [], "\n".join(faults)


def test_it_comes_by_its_own_account(
    at_browser: Any, to_guest: Referral, sender: Member
) -> None:
    """The whole way: a link, a passcode, a yes with who and when, and at the end an account."""
    home = make.make_agency(is_coordinating=True)
    system = make.make_member(agency=home, role=Role.SYSTEM_ADMIN)
    worker, guest = at_browser(sender), at_browser()
    digits = passcode_for(worker, to_guest)
    guest.go(address_of(to_guest))
    guest.write("passcode", digits)
    guest.send()
    answered = guest.page.url
    guest.press("main a[href$='/do/accept/']")
    guest.write("contact_name", "Anna, 29 1")
    guest.page.fill("main [name=first_contact_at]", soon())
    guest.send()
    worker.go("/")
    assert "Your referral was accepted" in worker.text
    worker.go(f"/referrals/{to_guest.code}/")
    assert "Anna, 29 1" in worker.text

    guest.press("main a[href$='/own/']")
    guest.write("contact", "Anna Ivanova")
    guest.write("mail", "anna@shelter.example")
    guest.send()
    assert "this link works until then" in guest.text
    assert to_guest.code in guest.text

    decides = at_browser(system)
    decides.go("/")
    decides.press(f"main a[href='/agencies/asked/{Admission.objects.get().code}/']")
    assert "Anna Ivanova" in decides.text
    decides.write("username", "anna")
    decides.send()
    invited = re.search(r"/welcome/[^/\s]+/", decides.page.content())
    assert invited is not None

    # The link has led where it could; who goes on has a name and a password.
    guest.page.goto(answered)
    assert "There is nothing to read here" in guest.text
    comes = at_browser()
    comes.go(invited[0])
    comes.write("password", PASSWORD)
    comes.send()
    anna = Member.objects.get(username="anna")
    assert (anna.role, anna.agency_id, anna.has_usable_password()) == (
        Role.AGENCY_ADMIN, to_guest.receiver_id, True,
    )  # fmt: skip
    # What was accepted by the link waits in the inbox of the agency's own people.
    focal = make.make_member(agency=anna.agency, role=Role.FOCAL_POINT)
    inbox = at_browser(focal)
    inbox.go(f"/referrals/{to_guest.code}/")
    assert "Anna, 29 1" in inbox.text
    assert [each.wrong for each in (worker, decides, comes, inbox)] == [[], [], [], []]


def test_a_page_that_is_left_open_covers_itself_and_asks_anew(
    at_browser: Any, to_guest: Referral, sender: Member
) -> None:
    digits = passcode_for(at_browser(sender), to_guest)
    guest = at_browser()
    guest.page.clock.install()
    guest.go(address_of(to_guest))
    guest.write("passcode", digits)
    guest.send()
    home = guest.page.url
    guest.press("main a[href$='/own/']")
    guest.page.clock.run_for(61_000)
    assert "away" in (guest.page.get_attribute("body", "class") or "")
    Link.objects.update(awake_until=timezone.now())
    guest.page.clock.run_for(15 * 60_000)
    guest.page.wait_for_url("**/passcode/")
    # Nor does the browser's own memory show it again.
    guest.page.go_back()
    guest.page.wait_for_url("**/passcode/")
    assert to_guest.code not in guest.page.content()
    guest.write("passcode", digits)
    guest.send()
    assert guest.page.url == home
    assert guest.wrong == []


def test_two_pages_that_are_left_open_do_not_keep_each_other_awake(
    at_browser: Any, to_guest: Referral, sender: Member
) -> None:
    digits = passcode_for(at_browser(sender), to_guest)
    guest = at_browser()
    guest.page.context.clock.install()
    guest.go(address_of(to_guest))
    guest.write("passcode", digits)
    guest.send()
    other = guest.page.context.new_page()
    other.goto(guest.page.url)
    # A while ago: awake still, and whichever page was looked at now would be written down.
    then = timezone.now() - dt.timedelta(minutes=7)
    Link.objects.update(used_at=then, awake_until=then + policy.AWAKE)
    link = Link.objects.get()
    reads = AuditEvent.objects.filter(actor=link.code, event__startswith="read")
    before = reads.count()
    guest.page.context.clock.run_for(16 * 60_000)
    for page in (guest.page, other):
        page.wait_for_url("**/passcode/")
        assert to_guest.code not in page.content()
    link.refresh_from_db()
    assert (link.used_at, link.awake_until) == (then, then + policy.AWAKE)
    assert reads.count() == before
    assert guest.wrong == []
