"""The demonstration has somebody without an account, whose link and passcode can be tried."""

from typing import Any

import pytest

from agencies.models import Member
from demo import seed
from guest.models import Link
from tests.guest.conftest import Desk, links_in, mails_to
from tests.notify.sink import Sink

pytestmark = pytest.mark.django_db


def test_the_way_that_the_manual_says(sink: Sink, visiting: Any) -> None:
    logins = {each.username for each in seed.seed()}
    link = Link.objects.select_related("referral__receiver").get()
    assert link.referral.receiver.name == seed.NIGHT_PLACE
    # Nobody signs in there.
    assert {each for each in logins if "night" in each} == set()
    (address,) = links_in(mails_to(sink, seed.NIGHT_PLACE_MAIL))
    worker = visiting(Member.objects.get(username="centre.social_worker"))
    assert f"/referrals/{link.referral.code}/" in worker.see("/?show=week").content.decode()
    page = worker.see(f"/referrals/{link.referral.code}/").content.decode()
    assert "Their link and the passcode" in page
    shown = worker.do(f"/referrals/{link.referral.code}/link/passcode/").content.decode()
    here = Desk(address)
    assert here.show(shown.split('id="passcode">')[1][:9]).status_code == 302
    assert link.referral.code in here.see().content.decode()
