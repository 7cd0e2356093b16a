"""A ring at a key server, over real HTTP: the key never leaves it, and it is asked once a request."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases import vault
from config.console import operator
from custody import destruction, rotation
from custody.ring import for_one_request, ring
from demo import builders as make
from kernel.errors import RingUnusable
from kernel.sealing import CannotOpen
from kernel.transit import TransitRing
from tests.custody.gateway import TOKEN, Gateway, running

KEY = os.urandom(32)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running() as server:
        yield server


@pytest.fixture
def at_gateway(gateway: Gateway, settings: Any, tmp_path: Path) -> TransitRing:
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    settings.KEY_RING_URL, settings.KEY_RING_NAME = gateway.url, "safehand"
    settings.KEY_RING_TOKEN_FILE = str(token)
    return TransitRing(gateway.url, "safehand", token)


def test_a_key_opens_in_its_context_alone(at_gateway: TransitRing) -> None:
    name, wrapped = at_gateway.wrap(KEY, context="person a")

    assert at_gateway.unwrap(name, wrapped, context="person a") == KEY
    assert (name, at_gateway.current()) == ("1", "1")
    changed = wrapped[:-6] + bytes([wrapped[-6] ^ 1]) + wrapped[-5:]
    for version, sealed, context in (
        (name, wrapped, "person b"), ("2", wrapped, "person a"), (name, changed, "person a"),
    ):  # fmt: skip
        with pytest.raises(CannotOpen, match=context):
            at_gateway.unwrap(version, sealed, context=context)


def test_it_is_rotated_and_an_old_key_ends(at_gateway: TransitRing, sender: Member) -> None:
    case = make.make_case(by=sender)
    at = timezone.now()

    rotation.rotate(by=operator(), at=at)

    assert {name: sum(held.values()) > 1 for name, held in rotation.hanging().items()} == {
        "2": True
    }
    case.person.refresh_from_db()
    opened = vault.open_groups(case.person, ["identity"], by=sender, case=case.code, why="test")
    assert opened["identity"]["prs_FirstName"] == "Ірына"
    first, second = (make.make_member(role=Role.SYSTEM_ADMIN) for _ in range(2))
    wish = destruction.ask(ring_key="1", because="routine", by=first, at=at)
    destruction.approve(code=wish.code, by=second, at=at)
    destruction.destroy(ring_key="1", by=operator(), at=at)
    assert [key.name for key in ring().every_key()] == ["2"]
    assert vault.tried(case.person) == (3, 0)


def test_a_request_asks_once_for_a_key_and_forgets_it(
    at_gateway: TransitRing, gateway: Gateway, sender: Member
) -> None:
    person = make.make_case(by=sender).person

    def asked(times: int) -> int:
        gateway.asked.clear()
        for _ in range(times):
            vault._key(person)
        return gateway.asked.count("decrypt")

    with for_one_request():
        assert asked(5) == 1
    with for_one_request():
        assert asked(5) == 1
    assert asked(2) == 2


def test_the_oldest_goes_first_and_the_last_never(at_gateway: TransitRing) -> None:
    for _ in range(2):
        at_gateway.add(at=timezone.now())

    for name in ("2", "3"):
        with pytest.raises(RingUnusable, match="oldest version first"):
            at_gateway.destroy(name)
    at_gateway.destroy("1")
    at_gateway.destroy("1")
    assert [key.name for key in at_gateway.every_key()] == ["2", "3"]


@pytest.mark.parametrize(
    "url", ["http://bao.example.org/v1/transit", "ftp://127.0.0.1/x", "/x"]
)
def test_no_key_goes_over_an_open_line(url: str, tmp_path: Path) -> None:
    with pytest.raises(RingUnusable, match="by https, or on this machine"):
        TransitRing(url, "safehand", tmp_path / "token")


def test_a_token_is_not_sent_on(at_gateway: TransitRing, gateway: Gateway) -> None:
    with running() as other:
        gateway.elsewhere = other.url.removesuffix("/v1/transit")
        with pytest.raises(RingUnusable, match="answered 307"):
            at_gateway.current()
        assert other.asked == []


def test_a_wrong_token_and_a_server_that_is_gone_are_said(
    at_gateway: TransitRing, gateway: Gateway
) -> None:
    at_gateway.token_file.write_text("another")
    with pytest.raises(RingUnusable, match="answered 403"):
        at_gateway.wrap(KEY, context="x")
    gone = TransitRing("http://127.0.0.1:9/v1/transit", "safehand", at_gateway.token_file)
    with pytest.raises(RingUnusable, match="No answer") as said:
        gone.wrap(KEY, context="x")
    assert "another" not in str(said.value)
