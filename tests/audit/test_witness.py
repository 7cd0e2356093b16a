"""A partner agency sees that the log only grew, says so, and raises the alarm when it did not."""

import datetime as dt
import json
import urllib.error
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agencies.actions import issue_token
from agencies.models import Member
from agencies.roles import Role
from audit import keys, sealer, witness
from audit.models import AuditEvent, Cosignature
from demo import builders as make
from tests.audit.attacks import run
from tests.audit.test_seals import audit, some_events

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def partner() -> Member:
    return make.make_member(role=Role.AGENCY_ADMIN)


def over(live_server: Any, member: Member, scope: str = "witness") -> witness.Ask:
    _, secret = issue_token(
        member=member, label="witness", scopes=[scope], lasts=dt.timedelta(days=1), by=member,
        at=timezone.now(),
    )  # fmt: skip
    return witness.over_http(live_server.url, secret)


def sealed(count: int = 1) -> None:
    for _ in range(count):
        some_events(2)
        sealer.seal_all(at=timezone.now())


def test_a_witness_follows_the_log_and_its_word_is_verified(
    live_server: Any, partner: Member, tmp_path: Path
) -> None:
    ask, state = over(live_server, partner), tmp_path / "state.json"
    sealed(3)
    first = witness.look(ask, state, name="partner.example.org")
    sealed(4)
    second = witness.look(ask, state, name="partner.example.org")

    assert second["seal"] > first["seal"] + 3
    words = Cosignature.objects.order_by("seal")
    assert [(word.agency, word.seal) for word in words] == [
        (partner.agency.code, first["seal"]),
        (partner.agency.code, second["seal"]),
    ]
    assert AuditEvent.objects.filter(event="audit.witnessed").count() == 2
    (tmp_path / "keys").write_text(first["key"] + "\n")
    said = audit("verify", "--witness", str(tmp_path / "keys"), "--anchor", str(state))
    assert "1 anchored and 2 witnessed" in said


def test_a_witness_signs_nothing_when_the_log_was_rolled_back(
    live_server: Any, partner: Member, tmp_path: Path
) -> None:
    ask, state = over(live_server, partner), tmp_path / "state.json"
    sealed(3)
    seen = witness.look(ask, state, name="partner.example.org")
    run("RESET ROLE")
    run("SET session_replication_role = replica")
    run("DELETE FROM audit_leaf WHERE seal >= 2")
    run("DELETE FROM audit_seal WHERE seq >= 2")
    run("SET session_replication_role = origin")

    with pytest.raises(witness.NotAsBefore, match="shorter"):
        witness.look(ask, state, name="partner.example.org")
    sealer.seal_all(at=timezone.now())
    sealed(4)
    with pytest.raises(witness.NotAsBefore, match="does not begin"):
        witness.look(ask, state, name="partner.example.org")

    assert json.loads(state.read_text())["seal"] == seen["seal"]
    assert Cosignature.objects.count() == 1
    with pytest.raises(SystemExit):
        audit("verify", "--anchor", str(state))
    event = AuditEvent.objects.get(event="audit.broken")
    assert event.facts["code"] in {"rewritten", "tail_missing"}


def test_a_word_that_is_not_about_this_log_is_refused(partner: Member, signed_in: Any) -> None:
    sealed()
    key = str(keys.public_key())
    client = signed_in(partner)

    wrong = [
        client.post("audit/cosignatures/", {"size": size, "key": key, "cosignature": "x"})
        for size in (1, 2)
    ]

    assert [answer.json()["code"] for answer in wrong] == [
        "cosignature_wrong",
        "checkpoint_unknown",
    ]
    assert Cosignature.objects.count() == 0


def test_a_witness_token_opens_nothing_else(live_server: Any, partner: Member) -> None:
    sealed()
    ask = over(live_server, partner)

    assert ask("audit/checkpoint/", None)["size"] == 1
    with pytest.raises(urllib.error.HTTPError, match="403"):
        ask("cases/", None)
