"""Idempotency-Key: the same request sent twice does its work once."""

import hashlib
import json
import re

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
    """Take the key for this request, inside the request's transaction.

    Returns None where no key was sent and none is required, a fresh row to be settled, or the
    row of an earlier request, whose `answer` is then filled. A second request with the same key
    waits here for the first to end. Raises KeyMissing, KeyMalformed, or KeyReused (another
    route or body under the same key).
    """
    caller = str(request.user.pk)
    key = request.headers.get("Idempotency-Key")
    if key is None:
        if required:
            raise KeyMissing
        return None
    if not SHAPE.fullmatch(key):
        raise KeyMalformed
    body = json.dumps([route, request.data], sort_keys=True, ensure_ascii=False)
    digest, route = hashlib.sha256(body.encode()).hexdigest(), route[:120]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [caller, key, route, digest, timezone.now()])
    row = RepeatedKey.objects.get(member_id=caller, key=key)
    if (row.route, row.body_sha256) != (route, digest):
        raise KeyReused
    return row


def settle(row: RepeatedKey | None, answer: str) -> None:
    """Remember which record came of the request."""
    if row is not None:
        row.answer = answer
        row.save(update_fields=["answer"])
