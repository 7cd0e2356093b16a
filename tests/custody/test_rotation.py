"""A new key for the ring, with everything readable meanwhile and nothing lost by a kill."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import keycheck, vault
from cases.models import Person
from config.console import operator
from custody import destruction, rotation
from custody.models import KeyAct, PurposeKey
from custody.ring import ring
from demo import builders as make
from kernel.errors import Denied, Refused
from launch.environment import ROOT
from tests.custody.conftest import address_of_tests


def names_of(person: Person, by: Member) -> str:
    with transaction.atomic():
        opened = vault.open_groups(person, ["identity"], by=by, case="", why="test")
    return opened["identity"]["prs_FirstName"]


def test_everything_moves_to_the_new_key_and_opens(own_ring: Path, sender: Member) -> None:
    case = make.make_case(by=sender)
    make.make_service(agency=sender.agency, confidential_address="Behind the mill 3")
    before = ring().current()

    moved = rotation.rotate(by=operator(), at=timezone.now())

    held = rotation.hanging()
    assert list(held) == [ring().current()] != [before]
    assert moved == sum(held[ring().current()].values())
    assert {"cases.person", "custody.purposekey"} == set(held[ring().current()])
    case.person.refresh_from_db()
    assert names_of(case.person, sender) == "Ірына"
    # Names are found by the same tokens as before.
    assert vault.find_by_name(sender.agency, "Ірына Казлова") == [case.person.pk]
    assert [act.kind for act in KeyAct.objects.order_by("pk")] == ["added", "rewrapped"]
    logged = AuditEvent.objects.filter(event__startswith="key.").order_by("pk")
    assert [each.event for each in logged] == ["key.added", "key.rewrapped"]


def test_between_two_batches_old_and_new_open(
    own_ring: Path, sender: Member, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    persons = [make.make_case(by=sender).person for _ in range(3)]
    seen: list[list[str]] = []

    def look(_line: str) -> None:
        for person in persons:
            person.refresh_from_db()
        seen.append([names_of(person, sender) for person in persons])

    rotation.rotate(by=operator(), at=timezone.now(), told=look)

    assert seen == [["Ірына"] * 3] * len(seen)
    assert len(seen) >= 4


def test_verify_counts_what_hangs_behind_and_what_is_shut(
    own_ring: Path, sender: Member
) -> None:
    person = make.make_case(by=sender).person
    make.make_case(by=sender)
    ring().add(at=timezone.now())
    Person.objects.filter(pk=person.pk).update(wrapped_key=os.urandom(40))

    facts = keycheck.verify(sample=None, by=operator(), at=timezone.now())

    behind = Person.objects.count() + PurposeKey.objects.count()
    assert facts == {
        "keys_opened": behind - 1, "keys_shut": 1, "stragglers": behind,
        "persons_tried": 2, "groups_opened": 3, "groups_shut": 3,
    }  # fmt: skip


def test_a_key_ends_by_two_people_and_only_when_nothing_hangs_on_it(
    own_ring: Path, sender: Member
) -> None:
    make.make_case(by=sender)
    first, second = (make.make_member(role=Role.SYSTEM_ADMIN) for _ in range(2))
    at, old = timezone.now(), ring().current()
    with pytest.raises(Refused, match="key_is_the_current_one"):
        destruction.ask(ring_key=old, because="routine", by=first, at=at)
    new = ring().add(at=at)
    with pytest.raises(Refused, match="something_hangs_on_the_key"):
        destruction.ask(ring_key=old, because="routine", by=first, at=at)
    rotation.rotate(by=operator(), at=at)
    assert ring().current() == new

    wish = destruction.ask(ring_key=old, because="routine", by=first, at=at)
    with pytest.raises(Refused, match="destruction_needs_two_people"):
        destruction.destroy(ring_key=old, by=operator(), at=at)
    with pytest.raises(Denied, match="a_second_person_decides"):
        destruction.approve(code=wish.code, by=first, at=at)
    destruction.approve(code=wish.code, by=second, at=at)
    destruction.destroy(ring_key=old, by=operator(), at=at)

    assert [key.name for key in ring().every_key()] == [new]
    assert old not in json.loads(own_ring.read_text())["keys"]
    assert AuditEvent.objects.get(event="key.destroyed").facts == {
        "key": old, "asked": first.username, "approved": second.username,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_rotation_that_is_killed_is_finished_by_the_next(
    own_ring: Path, sender: Member
) -> None:
    persons = 1600
    key = ring().current()
    Person.objects.bulk_create(vault.new_person() for _ in range(persons))
    env = os.environ | {
        "KEY_RING_FILE": str(own_ring), "DATABASE_URL": address_of_tests(), "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    command = [sys.executable, "manage.py", "keys", "rotate"]
    killed = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    for line in killed.stdout:
        if line.startswith("moved 500"):
            break
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    held = rotation.hanging()
    halfway = held.get(key, {}).get("cases.person", 0)
    assert 0 < halfway < persons
    assert [_opens(person) for person in Person.objects.all()].count(True) == persons

    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )

    assert f"moved {halfway}\n" in done.stdout
    assert {each: there.get("cases.person") for each, there in rotation.hanging().items()} == {
        str(int(key) + 1): persons
    }
    assert [each.name for each in ring().every_key()] == [key, str(int(key) + 1)]
    assert [_opens(person) for person in Person.objects.all()].count(True) == persons


def _opens(person: Person) -> bool:
    return len(vault._key(person)) == 32
