"""The only writer of the audit log."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import DatabaseError, connection
from django.utils import timezone

from audit import keys, leaf
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
                                  about, "case", groups, request_id, facts, leaf)
    VALUES (%s, (pg_current_xact_id()::text)::bigint, %s, %s, %s, %s, %s,
            %s, %s, %s::varchar(20)[], %s, %s::jsonb, %s)
"""


class Unrecorded(DatabaseError):
    """The log could not be written, so nothing is shown and nothing is done."""


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
    record_each([said_of(event, by=by, about=about, case=case, groups=groups, facts=facts)])


def record_each(events: Iterable[leaf.Said]) -> None:
    """Append these in their order, on one way to the database and back."""
    assert connection.in_atomic_block, "audit.record needs an open transaction"

    key = keys.writing_key()
    rows = [
        [*columns_of(said), leaf.leaf_of(said, leaf.key_of(key, said.event_id))]
        for said in events
    ]
    try:
        with connection.cursor() as cursor:
            if len(rows) == 1:
                # Without a pipeline, which would cost it a way more.
                cursor.execute(INSERT, rows[0])
            else:
                cursor.executemany(INSERT, rows)
    except DatabaseError as fault:
        raise Unrecorded from fault


def listed(
    what: str, codes: Iterable[str], *, by: Actor, about: str = "", case: str = ""
) -> None:
    """Append that a list was shown: how much stood in it, and a digest by which it can be told
    later whether it was these. `what` names the list, `about` the one thing whose list it is."""
    shown = list(codes)
    facts: dict[str, Fact] = {"of": what, "n": len(shown), "digest": digest_of(shown)}
    record("list", by=by, about=about, case=case, facts=facts)


def digest_of(codes: Iterable[str]) -> str:
    """By which it can be told later whether a list was this one."""
    return hashlib.sha256("\n".join(codes).encode()).hexdigest()[:32]


def said_of(
    event: str,
    *,
    by: Actor,
    about: str = "",
    case: str = "",
    groups: Iterable[str] = (),
    facts: Mapping[str, Fact] | None = None,
) -> leaf.Said:
    """All that a new event says, in the form in which it is stored and sealed."""
    return leaf.Said(
        event_id=uuid.uuid4(), happened_at=timezone.now(), event=event, actor=by.username,
        agency=by.agency_code, role=by.role, about=about, case=case, groups=in_order(groups),
        request_id=request_id.get(), facts=json.loads(json.dumps(dict(facts or {}))),
    )  # fmt: skip


def columns_of(said: leaf.Said) -> list[Any]:
    facts = json.dumps(said.facts)
    return [
        said.event_id, said.happened_at, said.event, said.actor, said.agency, said.role,
        said.about, said.case, said.groups, said.request_id, facts,
    ]  # fmt: skip
