"""The pages of keys and of backups: state alone, and two administrators for the end of a key."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from config.console import operator
from custody import rotation
from custody.models import CopyRun, KeyDestruction
from custody.ring import ring
from demo import builders as make
from tests.custody.conftest import own_ring

__all__ = ["own_ring"]


@pytest.fixture
def admins(db: None) -> list[Member]:
    home = make.make_agency(is_coordinating=True)
    return [make.make_member(agency=home, role=Role.SYSTEM_ADMIN) for _ in range(2)]


def test_two_administrators_give_up_an_old_key(
    visiting: Any, admins: list[Member], sender: Member, own_ring: Path
) -> None:
    make.make_case(by=sender)
    old = ring().current()
    first, second = (visiting(admin) for admin in admins)
    refused = first.do(f"/keys/{old}/give-up/", {"because": "routine"}).content.decode()
    assert "New data are sealed by this key." in refused
    rotation.rotate(by=operator(), at=timezone.now())

    first.do(f"/keys/{old}/give-up/", {"because": "routine"})
    wish = KeyDestruction.objects.get()
    alone = first.do(f"/keys/wishes/{wish.code}/approve/")
    assert alone.status_code == 403
    assert f"/keys/wishes/{wish.code}/approve/" not in first.see("/keys/").content.decode()
    second.do(f"/keys/wishes/{wish.code}/approve/")

    wish.refresh_from_db()
    assert (wish.asked_by, wish.approved_by, wish.done) == (
        admins[0].username, admins[1].username, False,
    )  # fmt: skip
    logged = AuditEvent.objects.filter(event__startswith="key.destruction").order_by("pk")
    assert [(each.event, each.actor) for each in logged] == [
        ("key.destruction_asked", admins[0].username),
        ("key.destruction_approved", admins[1].username),
    ]
    second.do(f"/keys/wishes/{wish.code}/stop/")
    wish.refresh_from_db()
    assert (wish.ended_at is None, wish.done) == (False, False)


def test_no_key_stands_on_the_page(
    visiting: Any, admins: list[Member], sender: Member, own_ring: Path
) -> None:
    case = make.make_case(by=sender)

    text = visiting(admins[0]).see("/keys/").content.decode()

    secrets = [*json.loads(own_ring.read_text())["keys"].values(), case.person.code, case.code]
    assert [secret for secret in secrets if secret in text] == []
    own_ring.chmod(0o644)
    assert (
        "The ring of keys does not answer."
        in visiting(admins[0]).see("/keys/").content.decode()
    )


@pytest.mark.parametrize(("hours", "well", "late"), [(1, True, False), (27, True, True),
                                                     (1, False, True)])  # fmt: skip
def test_a_backup_that_is_late_is_marked(
    visiting: Any, admins: list[Member], hours: int, well: bool, late: bool
) -> None:
    at = timezone.now() - dt.timedelta(hours=hours)
    CopyRun.objects.create(kind="backup", name="x", at=at, well=well, seconds=1, size=1)

    text = visiting(admins[0]).see("/backups/").content.decode()

    assert ("There is no backup of the last day." in text) == late
    assert "No backup was tried within a month" in text
