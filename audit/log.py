"""The only writer of the audit log."""

import json
import uuid
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from django.db import connection
from django.utils import timezone

from kernel.groups import in_order

Fact = str | int | bool | None

# Set by the edge for each request, so that all that one request did can be read together.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class Actor(Protocol):
    """Whoever acts: a member, or a part of the machine."""

    @property
    def username(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def agency_code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Machine:
    """The service itself, acting because a clock ran out."""

    username: str
    role: str = "machine"
    agency_code: str = ""


CLOCK = Machine("clock")

INSERT = """
    INSERT INTO audit_auditevent (event_id, xid, happened_at, event, actor, agency, role,
                                  about, "case", groups, request_id, facts)
    VALUES (%s, (pg_current_xact_id()::text)::bigint, %s, %s, %s, %s, %s,
            %s, %s, %s::varchar(20)[], %s, %s::jsonb)
"""


def record(
    event: str,
    *,
    by: Actor,
    about: str = "",
    case: str = "",
    groups: Iterable[str] = (),
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """Append one event, in the transaction that makes it true.

    `facts` holds codes, states and counts; never a name or a text about a person.
    """
    assert connection.in_atomic_block, "audit.record needs an open transaction"

    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            [
                uuid.uuid4(),
                timezone.now(),
                event,
                by.username,
                by.agency_code,
                by.role,
                about,
                case,
                in_order(groups),
                request_id.get(),
                json.dumps(dict(facts or {})),
            ],
        )
