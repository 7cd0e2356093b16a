"""Reading the log, for those whose task it is."""

import base64
import datetime as dt
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from audit import anchors, keys, ledger
from audit.models import AuditEvent, Cosignature
from kernel import merkle, notes
from kernel.codes import PRACTICE

# How the codes of made-up agencies and cases begin, and those of real cases: they tell it also when all
# of it was wiped.
MADE_UP, REAL = f"{PRACTICE}-", "SH-"


def events(*, case: str = "", actor: str = "") -> QuerySet[AuditEvent]:
    """The events of one case, of one actor, or all; but none of what is made up, unless it is done to
    a real case: whoever probes for one in practice is seen. What a real agency does about made-up
    codes is seen, too; what the service does by itself about them is not."""
    by_code = Q(agency="", about__startswith=MADE_UP)
    made_up = Q(agency__startswith=MADE_UP) | Q(case__startswith=MADE_UP) | by_code
    real = Q(case__startswith=REAL) | Q(about__startswith=REAL)
    found = AuditEvent.objects.filter(real | ~made_up)
    if case:
        found = found.filter(case=case)
    return found.filter(actor=actor) if actor else found


def event_out(event: AuditEvent) -> dict[str, object]:
    return {
        "at": event.happened_at,
        "event": event.event,
        "by": event.actor,
        "role": event.role,
        "agency": event.agency,
        "about": event.about,
        "case": event.case,
        "groups": event.groups,
        "facts": event.facts,
        "request_id": event.request_id,
    }


def checkpoint_since(since: int) -> dict[str, Any] | None:
    """The newest checkpoint, and the proof that the log of the earlier size is its beginning."""
    newest = ledger.newest()
    if newest is None:
        return None
    proof = ledger.hashes_of(merkle.consistency(since, newest.seq))
    key = keys.public_key()
    return {
        "size": newest.seq,
        "checkpoint": newest.checkpoint,
        "proof": [base64.b64encode(each).decode() for each in proof],
        # Only told where it lies here; a witness that knows it already does not ask.
        "key": str(key) if key else "",
    }


# Who looked at what of one case, day by day. By the code alone: it works when all else of the
# person was erased. Looking up who has looked is not looking at the person.
_SEEN = """
    SELECT (happened_at AT TIME ZONE %(zone)s)::date AS day, agency, role, event, groups,
           coalesce(facts->>'why', '') AS why, coalesce(facts->>'to', '') AS told, count(*)
    FROM audit_auditevent
    WHERE "case" = %(case)s AND (event LIKE 'read%%' OR event = 'disclosure.frozen')
      AND event NOT IN ('read.audit', 'read.seers')
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    ORDER BY 1 DESC, 2, 3, 4, 5, 6, 7
    LIMIT %(most)s OFFSET %(start)s
"""


class SeenBy(NamedTuple):
    """On one day people of one role in one agency looked at the same thing for the same reason;
    or something was told to an agency (`told`). No member is named."""

    day: dt.date
    agency: str
    role: str
    event: str
    groups: list[str]
    why: str
    told: str
    times: int


def seen_by(case: str, *, zone: str, start: int, most: int) -> list[SeenBy]:
    """Who saw something of this case, the newest day first."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"case": case, "zone": zone, "start": start, "most": most})
        return [SeenBy(*record) for record in cursor.fetchall()]


def seal_state() -> dict[str, Any]:
    """The newest seal, how far each anchor and each witness has come, and when all was checked."""
    newest, key = ledger.newest(), keys.public_key()
    checked = AuditEvent.objects.filter(actor="verifier").order_by("-pk").first()
    words = Cosignature.objects.order_by("agency", "key", "-seal").distinct("agency", "key")
    return {
        "newest": newest,
        "fingerprint": notes.fingerprint(newest.checkpoint) if newest else "",
        "anchors": [(name, anchors.reached(name)) for name in sorted(anchors.configured())],
        "witnesses": list(words),
        "checked": checked,
        "key": str(key) if key else "",
    }


def count(event: str, *, since: dt.datetime) -> int:
    """How often this has happened since then."""
    return AuditEvent.objects.filter(event=event, happened_at__gt=since).count()
