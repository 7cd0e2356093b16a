"""Two systems answer at once: one wins, and the other is told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from agencies.roles import Role
from demo import builders as make
from notify.models import Delivery
from referral.models import Referral
from tests.exchange.fhir.partner import Partner, contact, decline
from tests.referral.test_race import assert_access_is_what_the_rule_says, at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(5)


def put(system: Partner, task: dict[str, Any], **says: Any) -> Callable[[], int]:
    def act() -> int:
        try:
            return int(system.put(task, **says).status_code)
        finally:
            connections.close_all()

    return act


def told(sent: Referral) -> list[str]:
    rows = Delivery.objects.filter(event__subject=sent.code, channel="in_app").order_by("pk")
    return list(rows.values_list("event__kind", flat=True))


@pytest.mark.parametrize("turn", ROUNDS)
def test_one_of_two_answers_wins(turn: int) -> None:
    sender, receiver = make.make_member(), make.make_member(role=Role.FOCAL_POINT)
    colleague = make.make_member(agency=receiver.agency, role=Role.SUPERVISOR)
    sent = make.make_sent(by=sender, service=make.make_service(agency=receiver.agency))
    one, other = Partner(receiver), Partner(colleague)
    task = one.task(sent.code)

    answers = at_once(
        put(one, task, status="accepted", output=[*contact(receiver)]),
        put(other, task, status="rejected", statusReason=decline()),
    )

    assert sorted(answers) == [200, 412]
    sent.refresh_from_db()
    assert sent.state == ("accepted" if answers[0] == 200 else "declined")
    assert told(sent).count("referral.accepted") + told(sent).count("referral.declined") == 1
    assert_access_is_what_the_rule_says(sent)


@pytest.mark.parametrize("turn", ROUNDS)
def test_the_same_answer_twice_at_once_is_one(turn: int) -> None:
    sender, receiver = make.make_member(), make.make_member(role=Role.FOCAL_POINT)
    sent = make.make_sent(by=sender, service=make.make_service(agency=receiver.agency))
    system = Partner(receiver)
    task, says = system.task(sent.code), {"status": "accepted", "output": [*contact(receiver)]}

    answers = at_once(put(system, task, **says), put(Partner(receiver), task, **says))

    assert answers == [200, 200]
    assert told(sent).count("referral.accepted") == 1
    sent.refresh_from_db()
    assert (sent.state, sent.version) == ("accepted", task_version(task) + 2)


def task_version(task: dict[str, Any]) -> int:
    return int(task["meta"]["versionId"])
