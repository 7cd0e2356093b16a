"""A referral whose clocks are alone: what its case owes besides has been done."""

import pytest
from django.utils import timezone

from agencies.models import Member, Service
from cases import deadlines
from demo import builders as make
from notify.models import Clock, Rung
from referral.models import Referral


@pytest.fixture
def sent(sender: Member, service: Service) -> Referral:
    referral = make.make_sent(by=sender, service=service)
    deadlines.stop(referral.case, Clock.Purpose.ASSESSMENT, at=timezone.now())
    Rung.objects.filter(clock__purpose=Clock.Purpose.ASSESSMENT).delete()
    return referral
