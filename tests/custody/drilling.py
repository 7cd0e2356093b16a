"""A restore drill over some hundreds of cases: `./safehand figures drill`."""

import pytest

from agencies.roles import Role
from demo import builders as make
from launch import drill as drills
from launch.environment import Installation
from tests.figures import keep

pytestmark = pytest.mark.django_db(transaction=True)
CASES = 300


def test_what_a_drill_finds(installed: Installation) -> None:
    sender = make.make_member(agency=make.make_agency(type="territorial_centre"))
    receiver = make.make_member(role=Role.FOCAL_POINT)
    service = make.make_service(agency=receiver.agency)
    for _ in range(CASES):
        make.make_accepted(sent=make.make_sent(by=sender, service=service), by=receiver)
    for _ in range(CASES // 10):
        make.make_case(by=sender, open_=False)

    found = drills.drill(installed)

    told = ("rows", "backup_seconds", "restore_seconds", "seconds", "consents_withdrawn", "consents_resurrected", "persons_erased",
            "erased_resurrected", "keys_shut", "groups_shut", "access_differs")  # fmt: skip
    figures = {name: found[name] for name in told} | {
        "rows_lost": sum(found["rows_lost"].values())
    }
    keep("drill", **figures)
    assert found["well"], found
