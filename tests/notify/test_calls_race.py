"""Two relays at one time: each endpoint has one call in the air, and each call is made once."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agencies.roles import Role
from demo import builders as make
from edge import wall
from notify import alone, calls
from notify.models import Call
from tests.notify.partner import Heard, listening, status

pytestmark = pytest.mark.django_db(transaction=True)


def side_by_side(count: int, act: Any) -> None:
    def run() -> None:
        try:
            with wall.acting(wall.MACHINE):
                act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


@pytest.mark.parametrize("locked", [True, False])
def test_relays_side_by_side_make_each_call_once_and_one_at_a_time(
    locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not locked:
        # A lock of each relay's own: what keeps them apart then is the lease alone.
        numbers = iter(range(1_000_000, 2_000_000))
        monkeypatch.setattr(calls, "alone", lambda _lock: alone.alone(next(numbers)))
    agency = make.make_member(role=Role.FOCAL_POINT).agency
    with listening(slowly) as one, listening(slowly) as other:
        wanted = [
            make.make_call(
                endpoint=make.make_endpoint(agency=agency, url=partner.url),
                subject="RF-2345-6789", state="pending", done_at=None, attempts=0,
            )
            for partner in (one, other)
        ]  # fmt: skip
        for call in wanted:
            for _ in range(5):
                make.make_call(
                    endpoint=call.endpoint, subject="RF-2345-6789", state="pending",
                    done_at=None, attempts=0,
                )  # fmt: skip
        side_by_side(4, lambda: calls.relay_due(timezone.now()))
        # Whoever found everything leased has left; what was still due is made now.
        calls.relay_due(timezone.now())

        for partner in (one, other):
            numbers_heard = [each.number for each in partner.heard]
            assert (len(numbers_heard), len(set(numbers_heard)), partner.most) == (6, 6, 1)
    assert set(Call.objects.values_list("state", "attempts")) == {("done", 1)}


def slowly(handler: Any, heard: Heard) -> None:
    threading.Event().wait(0.05)
    status(204)(handler, heard)


def test_several_endpoints_are_called_side_by_side() -> None:
    """So that one that is slow holds itself alone: each answers only when all have been called."""
    agency = make.make_member(role=Role.FOCAL_POINT).agency
    together = threading.Barrier(3)

    def wait(handler: Any, heard: Heard) -> None:
        together.wait(10)
        status(204)(handler, heard)

    with listening(wait) as one, listening(wait) as two, listening(wait) as three:
        for partner in (one, two, three):
            make.make_call(
                endpoint=make.make_endpoint(agency=agency, url=partner.url),
                subject="RF-2345-6789", state="pending", done_at=None, attempts=0,
            )  # fmt: skip
        assert calls.relay_due(timezone.now()) == 3
    assert set(Call.objects.values_list("state", flat=True)) == {"done"}
