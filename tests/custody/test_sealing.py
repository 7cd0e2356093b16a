"""What is sealed opens in its own place, whole, under its own key, and nowhere else. T15."""

import itertools
import os
import stat
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from audit import keys as audit_keys
from cases import vault
from cases.models import Person
from custody.ring import for_one_request, new_key, ring, unwrap
from edge import wall
from kernel import sealing
from kernel.errors import RingUnusable
from kernel.groups import SEALED
from kernel.ring import FileRing, parsed
from kernel.sealing import CannotOpen
from signin import holding

KEY = os.urandom(32)
RING = '{"current": "%s", "keys": {"%s": "%s"}}'
ZEROS = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def opens(key: bytes, sealed: bytes, place: str) -> bool:
    try:
        sealing.open_sealed(key, sealed, place=place)
    except CannotOpen:
        return False
    return True


def test_every_flipped_bit_and_every_cut_is_seen() -> None:
    sealed = sealing.seal(KEY, "Ірына", place="here")
    flips = [
        sealed[:n] + bytes([sealed[n] ^ 1 << bit]) + sealed[n + 1 :]
        for n, bit in itertools.product(range(len(sealed)), range(8))
    ]
    cuts = [sealed[:n] for n in range(len(sealed))] + [sealed + b"\x00"]

    assert opens(KEY, sealed, "here")
    assert [each for each in flips + cuts if opens(KEY, each, "here")] == []
    assert len(flips) == len(sealed) * 8 == (1 + 12 + 128 + 16) * 8


def test_nothing_opens_in_anothers_place() -> None:
    """Each person x column x row: of all pairs only the equal ones open."""
    persons = [Person(uid=uuid.uuid4()) for _ in range(3)]
    places = [
        place
        for person in persons
        for place in (
            *(vault._group_place(person, group) for group in sorted(SEALED)),
            *(vault._text_place(person, row) for row in ("NO-1", "NO-2", "CN-1 witness")),
        )
    ]
    sealed = {place: sealing.seal(KEY, "Ірына", place=place) for place in places}

    pairs = itertools.product(places, places)
    assert {(a, b) for a, b in pairs if opens(KEY, sealed[a], b)} == {(p, p) for p in places}
    assert len(places) == len(set(places)) == 3 * (len(SEALED) + 3)


@pytest.mark.parametrize("version", [b"\x00", b"\x02", b"\xff"])
def test_another_version_of_the_format_does_not_open(version: bytes) -> None:
    sealed = sealing.seal(KEY, "Ірына", place="here")

    assert not opens(KEY, version + sealed[1:], "here")


def test_another_key_does_not_open() -> None:
    sealed = sealing.seal(KEY, "Ірына", place="here")

    assert not opens(os.urandom(32), sealed, "here")


@given(st.text())
def test_whatever_is_sealed_opens_as_it_was(text: str) -> None:
    sealed = sealing.seal(KEY, text, place="here")

    assert sealing.open_sealed(KEY, sealed, place="here") == text
    assert (len(sealed) - 1 - 12 - 16) % 128 == 0


def test_a_nonce_is_never_used_again() -> None:
    nonces = {sealing.seal(KEY, "", place="here")[1:13] for _ in range(20_000)}

    assert len(nonces) == 20_000


@pytest.mark.parametrize("name", ["other", "gone"])
def test_a_wrapped_key_opens_under_its_own_key_of_the_ring_alone(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "ring.json"
    path.write_text(RING % ("1", "1", ZEROS))
    path.chmod(0o600)
    ring = FileRing(path)
    first, wrapped = ring.wrap(KEY, context="person x")
    ring.destroy("other")
    other = FileRing(tmp_path / "other.json")
    other.path.write_text(RING % (first, first, "B" + ZEROS[1:]))
    other.path.chmod(0o600)

    assert ring.unwrap(first, wrapped, context="person x") == KEY
    tried = (other, first) if name == "other" else (ring, "99")
    with pytest.raises(CannotOpen, match="person x"):
        tried[0].unwrap(tried[1], wrapped, context="person x")
    for n in range(len(wrapped)):
        changed = wrapped[:n] + bytes([wrapped[n] ^ 1]) + wrapped[n + 1 :]
        with pytest.raises(CannotOpen):
            ring.unwrap(first, changed, context="person x")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_ring_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "ring.json"
    path.write_text(RING % ("1", "1", ZEROS))
    path.chmod(mode)

    with pytest.raises(RingUnusable, match="can be read by others"):
        FileRing(path).current()
    path.chmod(0o400)
    assert FileRing(path).current() == "1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", RING % ("2", "1", ZEROS), RING % ("1", "1", "AAAA")]
)
def test_what_is_no_ring_is_none(text: str) -> None:
    with pytest.raises(RingUnusable):
        parsed(text)


def test_a_running_process_sees_a_new_key_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    path.write_text(RING % ("1", "1", ZEROS))
    path.chmod(0o600)
    running, console = FileRing(path), FileRing(path)
    assert running.current() == "1"

    console.add(at=timezone.now())

    assert (running.current(), [key.name for key in running.every_key()]) == ("2", ["1", "2"])
    with pytest.raises(RingUnusable, match="rotate first"):
        running.destroy("2")


def test_a_request_opens_with_the_ring_as_it_was_and_with_keys_that_came_since(
    tmp_path: Path, settings: Any
) -> None:
    settings.KEY_RING_URL, settings.KEY_RING_FILE = "", str(tmp_path / "ring.json")
    path = Path(settings.KEY_RING_FILE)
    path.write_text(RING % ("1", "1", ZEROS))
    path.chmod(0o600)
    one, two = (ring().wrap(secret * 32, context="x") for secret in (b"1", b"2"))

    with for_one_request():
        assert unwrap(*one, context="x") == b"1" * 32
        ring().add(at=timezone.now())
        ring().destroy("1")
        assert unwrap(*two, context="x") == b"2" * 32, "as the request found it"
        newer = new_key("y")
        assert (newer[0], len(unwrap(*newer, context="y"))) == ("2", 32)
    with for_one_request(), pytest.raises(CannotOpen):
        unwrap(*one, context="x")
    with pytest.raises(CannotOpen):
        unwrap(*two, context="x")


def test_a_key_of_a_secret_is_made_by_hkdf() -> None:
    """RFC 5869, test case 3: neither salt nor info. Leaves of the log hang on it for years."""
    made = sealing.derived("\x0b" * 22, "")

    assert made.hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    log = sealing.derived("a secret", "audit leaf 1")
    assert log.hex() == "e9f260f9d7284b19e55bc4566c50e6b16e1989038a66c462c889c21cf4cc5335"


def test_each_purpose_has_a_key_of_its_own_worked_out_once(settings: Any) -> None:
    settings.SECRET_KEY = "a secret"
    purposes = (wall.PURPOSE, holding.PURPOSE, audit_keys.LEAF, audit_keys.SIGNING)

    assert len({sealing.derived("a secret", purpose) for purpose in purposes}) == len(purposes)
    assert wall.key() is wall.key()
    before = wall.key()
    settings.SECRET_KEY = "another"
    assert wall.key() != before


def test_leaves_of_an_earlier_secret_are_known_on(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old", []
    earlier = audit_keys.writing_key()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old"]

    assert audit_keys.writing_key() != earlier
    assert audit_keys.reading_keys() == [audit_keys.writing_key(), earlier]
