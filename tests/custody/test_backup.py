"""A backup comes back whole, and what happened since stays so. On real servers, by the commands."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pyrage
import pytest
from django.utils import timezone

from agencies.models import Member
from cases.models import Person
from config import restoring
from config.backup.age import digest_of
from custody import journal
from custody.models import CopyRun, Tombstone
from demo import builders as make
from launch import drill as drills
from launch.environment import ROOT, Installation
from notify.models import Delivery
from referral.actions import recalling
from referral.models import Referral
from tests.custody.conftest import address_of_tests
from tests.custody.test_erasure import erase

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def identity(tmp_path: Path) -> Any:
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"# made for a test\n{key}\n")
    return key


def run(installed: Installation, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=installed.owner | env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def backed_up(installed: Installation, identity: Any, to: Path) -> Path:
    said = run(installed, "backup", "--to", str(to), "--recipient", str(identity.to_public()))
    assert said.returncode == 0, said.stderr
    return Path(said.stdout.splitlines()[0])


def restored(installed: Installation, backup: Path, into: str, **more: str) -> Any:
    said = run(
        installed, "restore", str(backup), "--identity", str(installed.state / "identity"),
        "--into", into, "--json", *(word for pair in more.items() for word in pair),
    )  # fmt: skip
    return json.loads(said.stdout) if said.returncode == 0 else said.stderr


def ask(url: str, question: str) -> Any:
    with psycopg.connect(url) as database:
        return database.execute(question).fetchall()


def test_a_backup_comes_back_and_what_happened_since_stays_so(
    installed: Installation, identity: Any, empty: str, accepted: Referral, sender: Member,
    receiver: Member, tmp_path: Path, client: Any,
) -> None:  # fmt: skip
    client.force_login(sender, backend="agencies.backend.MemberBackend")
    make.make_token(sender)
    gone = make.make_case(by=sender, open_=False)
    waiting = Delivery.objects.filter(state="pending").count()
    backup = backed_up(installed, identity, tmp_path / "copies")
    consent = accepted.case.consents.get(state="active")
    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())
    erase(gone)

    found = restored(installed, backup, empty)

    told = json.loads((backup / "manifest.json").read_text())
    assert {name: found[name] for name in ("rows_lost", "rows", "access_differs")} == {
        "rows_lost": {}, "rows": sum(told["rows"].values()), "access_differs": 0,
    }  # fmt: skip
    assert (found["consents"], found["erased"]) == (1, 1)
    assert (found["sessions"], found["tokens"], found["mails"]) == (1, 1, waiting)
    state = ask(empty, f"SELECT state FROM cases_consent WHERE code = '{consent.code}'")
    assert state == [("withdrawn",)]
    assert ask(
        empty, f"SELECT state FROM referral_referral WHERE code = '{accepted.code}'"
    ) == [("withdrawn",)]
    assert ask(empty, "SELECT count(*) FROM cases_caseaccess WHERE because = 'referred'") == [
        (0,)
    ]
    kept = f"SELECT ring_key, wrapped_key FROM cases_person WHERE code = '{gone.person.code}'"
    assert ask(empty, kept) == [("", b"")]
    assert ask(empty, "SELECT person FROM custody_tombstone") == [(gone.person.code,)]
    assert ask(empty, "SELECT count(*) FROM notify_delivery WHERE state = 'pending'")[0][0] == (
        # Only of what the replay itself tells: the recall, the withdrawal and the task.
        ask(empty, "SELECT count(*) FROM notify_delivery d JOIN notify_event e ON e.id = d.event_id "
                   f"WHERE d.state = 'pending' AND e.happened_at > '{told['at']}'")[0][0]
    )  # fmt: skip
    assert ask(empty, "SELECT to_regnamespace('safehand_restoring') IS NULL") == [(True,)]
    assert CopyRun.objects.get().name == backup.name


def test_what_lies_on_the_disk_is_sealed(
    installed: Installation, identity: Any, sender: Member, tmp_path: Path, own_ring: Path
) -> None:
    case = make.make_case(by=sender)
    backup = backed_up(installed, identity, tmp_path / "copies")
    secret = json.loads(own_ring.read_text())["keys"]["1"]

    sealed = {path.name: path.read_bytes() for path in backup.parent.rglob("*.age")}

    assert sorted(sealed) == ["database.age", f"{backup.name}-keys.age"]
    assert {text[:21] for text in sealed.values()} == {b"age-encryption.org/v1"}
    words = (secret.encode(), case.code.encode(), b"PGDMP", sender.username.encode())
    everything = b"".join(
        path.read_bytes() for path in backup.parent.rglob("*") if path.is_file()
    )
    assert [word for word in words if word in everything] == []
    opened = pyrage.decrypt(sealed[f"{backup.name}-keys.age"], [identity])
    assert json.loads(opened) == json.loads(own_ring.read_text())
    assert {oct(path.stat().st_mode & 0o777) for path in backup.parent.rglob("*.age")} == {
        "0o600"
    }


@pytest.mark.parametrize(
    "harm", ["flipped", "cut", "somebody_elses", "stones_lost", "not_empty"]
)
def test_a_restore_that_is_not_right_opens_nothing(
    installed: Installation,
    identity: Any,
    empty: str,
    sender: Member,
    tmp_path: Path,
    harm: str,
) -> None:
    erase(make.make_case(by=sender, open_=False))
    backup = backed_up(installed, identity, tmp_path / "copies")
    path = backup / "database.age"
    whole = path.read_bytes()
    if harm == "flipped":
        path.write_bytes(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])
    elif harm == "cut":
        path.write_bytes(whole[: len(whole) // 2])
        _sign_anew(backup)
    elif harm == "somebody_elses":
        (tmp_path / "identity").write_text(str(pyrage.x25519.Identity.generate()))
    elif harm == "stones_lost":
        (tmp_path / "journals" / "tombstones.jsonl").unlink()
    else:
        with psycopg.connect(empty) as database:
            database.execute("CREATE TABLE something ()")

    said = restored(installed, backup, empty)

    expected = {
        "flipped": "database.age is not the file of its manifest",
        "cut": "database.age was changed or cut off",
        "somebody_elses": "database.age was sealed for somebody else",
        "stones_lost": "knows 1 erased persons, the file of tombstones 0",
        "not_empty": "The database is not empty",
    }
    assert expected[harm] in said
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'something'"
    assert ask(empty, tables) == [(0,)]


def test_a_role_that_sees_a_part_makes_no_backup(
    installed: Installation, identity: Any, sender: Member, tmp_path: Path
) -> None:
    """Finding 5: under row-level security a dump may end well and be empty."""
    make.make_case(by=sender)
    url = installed.owner["DATABASE_URL"]
    part = url.replace("safehand@", "safehand_worker@")
    words = ("--to", str(tmp_path / "copies"), "--recipient", str(identity.to_public()))
    said = run(installed, "backup", *words, BACKUP_DATABASE_URL=part)

    assert said.returncode == 1
    assert "pg_dump" in said.stderr
    assert not list((tmp_path / "copies").rglob("database.age"))


def test_nobody_comes_in_while_it_is_being_restored(client: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(restoring._seen, "at", -restoring.LOOK_EVERY)
    with psycopg.connect(address_of_tests(), autocommit=True) as owner:
        owner.execute("CREATE SCHEMA safehand_restoring")
        try:
            shut = [client.get(path).status_code for path in ("/", "/sign-in/", "/api/v1/cases/",
                                                              "/readyz", "/livez")]  # fmt: skip
        finally:
            owner.execute("DROP SCHEMA safehand_restoring")

    assert shut == [503, 503, 503, 503, 200]
    assert client.get("/sign-in/").status_code == 200


def test_a_drill_finds_nothing_amiss_and_changes_nothing(
    installed: Installation, accepted: Referral, sender: Member
) -> None:
    make.make_case(by=sender, open_=False)
    before = (Person.objects.exclude(ring_key="").count(), journal.entries())

    found = drills.drill(installed)

    wanted = {
        "well": True, "rows_lost": {}, "consents_withdrawn": 1, "persons_erased": 1,
        "consents": 1, "erased": 1, "consents_resurrected": 0, "erased_resurrected": 0,
        "keys_shut": 0, "groups_shut": 0, "access_differs": 0, "persons_tried": 1,
        "groups_opened": 3,
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
    assert (Person.objects.exclude(ring_key="").count(), journal.entries()) == before
    assert Tombstone.objects.count() == 0
    assert CopyRun.objects.get(kind="drill").facts["name"] == found["name"]


def test_a_drill_says_so_when_a_consent_comes_back(
    installed: Installation, accepted: Referral, monkeypatch: Any
) -> None:
    """The journal of withdrawals is lost on its way: that is what a drill is for."""
    copied = drills.Drill.env

    def without_journal(self: Any, name: str) -> dict[str, str]:
        (self.folder / "withdrawals.jsonl").unlink(missing_ok=True)
        return copied(self, name)

    monkeypatch.setattr(drills.Drill, "env", without_journal)

    found = drills.drill(installed)

    assert (found["consents_withdrawn"], found["consents"], found["well"]) == (1, 0, False)


def _sign_anew(backup: Path) -> None:
    """A manifest for the file as it is now: whoever can write one can write the other."""
    told = json.loads((backup / "manifest.json").read_text())
    told["files"]["database.age"]["sha256"] = digest_of(backup / "database.age")
    (backup / "manifest.json").write_text(json.dumps(told))
