"""What the learner does while the others have their turn stops nobody."""

import pytest
from django.utils import timezone

from agencies.models import Member
from practice.actions import playing, wishing
from referral.actions import recalling
from referral.models import Referral
from tests.conftest import meanwhile
from tests.practice.worlds import begin


@pytest.mark.django_db(transaction=True)
def test_a_referral_that_is_taken_back_while_its_partner_accepts_it(sender: Member) -> None:
    """The partner has seen it waiting, and waits for the case itself; then it is gone."""
    played, at = begin(sender, "withdrawn_consent"), timezone.now()
    referral = Referral.objects.get(state="sent")
    wishing.look(code=played.code, by=sender, at=at)

    ended = meanwhile(
        lambda: recalling.withdraw(code=referral.code, reason="other", by=played.seat, at=at),
        lambda: playing.work(code=played.code, between=[], at=at),
    )

    referral.refresh_from_db()
    assert (ended, played.space.fault, played.space.wanted) == (["done"], "", "")
    assert (referral.state, referral.accepted_at) == ("withdrawn", None)
    assert played.space.is_open
    played.wipe()
    assert played.space.wiped_at is not None
