"""A receiver reads over HTTP, as fast as it can, while the person takes the consent back.

`./safehand figures withdrawals`. A bit that is read after the withdrawal has committed counts.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.models import Consent
from demo import builders as make
from referral.actions import recalling
from referral.models import Referral
from tests.figures import keep

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS, AFTERWARDS = 400, 3
FOUND = 200


def test_nothing_is_read_after_a_withdrawal(signed_in: Any) -> None:
    sender = make.make_member(agency=make.make_agency(type="territorial_centre"))
    receiver = make.make_member(role=Role.FOCAL_POINT)
    service = make.make_service(agency=receiver.agency)
    client = signed_in(receiver)
    read_before = read_after = bytes_after = 0
    for _ in range(ROUNDS):
        sent = make.make_sent(by=sender, service=service)
        made = make.make_accepted(sent=sent, by=receiver)
        before, after = _round(made, client, sender)
        read_before += len(before)
        read_after += len(after)
        bytes_after += sum(after)
    keep(
        "withdrawals", rounds=ROUNDS, read_before=read_before, read_after=read_after,
        bytes_after=bytes_after,
    )  # fmt: skip
    assert read_before > ROUNDS, "nobody read while it was allowed"
    assert bytes_after == 0


def _round(referral: Referral, client: Any, sender: Member) -> tuple[list[int], list[int]]:
    """The sizes of what was answered to requests that began before the withdrawal had committed,
    and to those that began afterwards."""
    reading, withdrawn = Signal(), Signal()
    consent = Consent.objects.get(case=referral.case_id)
    code = referral.case.code
    paths = [
        f"referrals/{referral.code}/disclosure/",
        f"cases/{code}/",
        f"persons/{referral.case.person.code}/groups/identity/",
    ]

    def read() -> tuple[list[int], list[int]]:
        before: list[int] = []
        after: list[int] = []
        left = AFTERWARDS
        while left:
            over = withdrawn.is_set()
            left -= over
            for path in paths:
                answer = client.get(path)
                if answer.status_code == FOUND:
                    (after if over else before).append(len(answer.content))
            reading.set()
        connections.close_all()
        return before, after

    def withdraw() -> None:
        reading.wait(30)
        # Somewhere in the middle of the next request, each time elsewhere.
        time.sleep((time.monotonic_ns() % 7) / 500)
        recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())
        withdrawn.set()
        connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        told, done = pool.submit(read), pool.submit(withdraw)
        done.result()
        return told.result()
