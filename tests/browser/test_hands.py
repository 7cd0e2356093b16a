"""From the sign-in through the menu to help that was promised: by keyboard alone, and without
JavaScript."""

from typing import Any

import pytest

from agencies.models import Member, Service
from cases.models import Case
from referral.models import Referral
from referral.workflow import State
from tests.browser.conftest import Person, Typist
from tests.browser.test_journeys import refer


@pytest.mark.parametrize("manner", [{"hands": Typist}, {"java_script_enabled": False}])
def test_a_case_is_begun_and_referred_and_help_promised(
    at_browser: Any, sender: Member, receiver: Member, service: Service, manner: dict[str, Any]
) -> None:
    worker: Person = at_browser(sender, **manner)
    focal: Person = at_browser(receiver, **manner)

    worker.press("nav a[href='/cases/']")
    worker.press("main a[href='/cases/new/']")
    worker.choose("source", "social_worker")
    worker.choose("risk", "medium")
    worker.choose("age_band", "30-38")
    worker.send()
    case = Case.objects.get()
    worker.press(f"main a[href='/cases/{case.code}/intake/contact/']")
    worker.write("safe_channel", "phone")
    worker.send()
    worker.go(f"/cases/{case.code}/")
    worker.press("main a[href$='/do/open/']")
    worker.send()
    worker.go(f"/cases/{case.code}/")
    refer(worker, case, service)
    sent = Referral.objects.get()
    assert sent.state == State.SENT
    focal.press("nav a[href='/inbox/']")
    focal.press("main a[href$='/do/accept/']")
    focal.send()

    sent.refresh_from_db()
    assert sent.state == State.ACCEPTED
    assert worker.wrong == focal.wrong == []
