"""What was written down cannot be changed unseen, not even by the owner of the database."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.audit.attacks import ATTACKS, attempt, built, verdict


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_tampering_is_found_and_its_first_event_named(
    tmp_path: Path, settings: Any
) -> None:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchor.jsonl")
    sealed = built(random.Random(7), tmp_path / "anchor.jsonl", seals=9, most=6)
    assert verdict(sealed.anchor) is None

    tried = [attempt(sealed, attack) for attack in ATTACKS for _ in range(4)]

    assert [each for each in tried if each.named != each.expected] == []
    assert verdict(sealed.anchor) is None
