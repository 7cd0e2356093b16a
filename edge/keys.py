"""Idempotency keys: the same request sent twice does its work once."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone
from rest_framework.request import Request

from edge.errors import KeyMalformed, KeyMissing, KeyReused
from edge.models import RepeatedKey

SHAPE = re.compile(r"[\x21-\x7e]{1,80}")

CLAIM = """
    INSERT INTO edge_repeatedkey (member_id, key, route, body_sha256, answer, used_at)
    VALUES (%s, %s, %s, %s, '', %s)
    ON CONFLICT (member_id, key) DO NOTHING
"""


def claim(request: Request, *, route: str, required: bool) -> RepeatedKey | None:
    """Take the Idempotency-Key of this request, inside the request's transaction.

    Returns None where no key was sent and none is required; otherwise as `take`. Raises
    KeyMissing, KeyMalformed, or KeyReused (another route or body under the same key).
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        if required:
            raise KeyMissing
        return None
    if not SHAPE.fullmatch(key):
        raise KeyMalformed
    assert request.user.pk is not None, "only members act"
    digest, route = digest_of([route, _said(request)]), route[:120]
    row = take(key, member_id=request.user.pk, route=route, digest=digest)
    if (row.route, row.body_sha256) != (route, digest):
        raise KeyReused
    return row


def take(key: str, *, member_id: int, route: str, digest: str) -> RepeatedKey:
    """A fresh row to be settled, or that of an earlier request, whose `answer` is then filled.

    A second request with the same key waits here for the first to end.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [member_id, key, route, digest, timezone.now()])
    return RepeatedKey.objects.get(member_id=member_id, key=key)


def digest_of(asked: Any) -> str:
    """SHA-256 of what was asked, in hex."""
    body = json.dumps(asked, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()


def _said(request: Request) -> Any:
    """The body; of a form with files its words, and of each file a digest."""
    if not request.FILES:
        return request.data
    return [sorted(request.POST.lists()), files_of(request.FILES)]


def files_of(files: Mapping[str, Any]) -> list[list[Any]]:
    """What was sent as files, so that the same file is known again."""
    return [[name, each.name, each.size, each.sha256] for name, each in sorted(files.items())]


def settle(row: RepeatedKey | None, answer: str) -> None:
    """Remember what came of the request."""
    if row is not None:
        row.answer = answer
        row.save(update_fields=["answer"])
