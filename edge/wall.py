"""Who stands before the database: said once a transaction, signed, and believed by its policies.

The row policies of `config/wall` show a transaction only what its identity may reach, whatever a
query forgot. The identity is a setting local to the transaction; PostgreSQL believes it because of
a code that only this program and a table unreadable to it can make (security notes, 5a). A program
that was fooled into other SQL can say another name, but not sign it.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg.pq import TransactionStatus

from kernel import sealing

MACHINE_ROLE = "machine"
# No role of any member: the policies of all tables but one know nothing of it.
HOLDER_ROLE = "holder"
PURPOSE = "row security identity"


class Who(Protocol):
    """A member, as far as the wall needs to know one."""

    @property
    def pk(self) -> int: ...
    @property
    def agency_id(self) -> int: ...
    @property
    def space(self) -> int: ...
    @property
    def role(self) -> str: ...
    @property
    def principals(self) -> list[int]: ...
    @property
    def is_guest(self) -> bool: ...
    @property
    def answers(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Who acts, for whom, and which cases this transaction holds in order to act on them."""

    actor: int = 0
    agency: int = 0
    role: str = ""
    principals: tuple[int, ...] = ()
    cases: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    # Of who has no account: the one referral that it may answer. To all others this is nothing.
    referral: int | None = None
    # Among which agencies: the real ones, or those of one learner.
    space: int = 0

    def signed(self) -> str:
        """The words of the setting, with the code by which they are believed."""
        if not self.role:
            return ""
        lists = (self.principals, self.cases, self.keys)
        # When it is said, by the clock that the app's own policy goes by.
        at = timezone.now().timestamp()
        words = (
            self.actor,
            self.agency,
            self.role,
            *(",".join(map(str, x)) for x in lists),
            at,
            "" if self.referral is None else self.referral,
            self.space,
        )
        body = "|".join(map(str, ("v1", *words)))
        code = hmac.new(key(), body.encode(), hashlib.sha256).hexdigest()
        return f"{body}~{code}"


NOBODY = Identity()
MACHINE = Identity(role=MACHINE_ROLE)

_now: ContextVar[Identity | None] = ContextVar("identity", default=None)
_of_the_process = NOBODY


def key() -> bytes:
    """What signs an identity, here and in the table that PostgreSQL checks it by."""
    return sealing.derived(settings.SECRET_KEY, PURPOSE)


def member(who: Who) -> Identity:
    """The identity of a member who asks by a session or a token; or of who stands in for an agency
    without an account, and then for one referral and no other: without a link for none."""
    return Identity(
        actor=who.pk,
        agency=who.agency_id,
        role=who.role,
        principals=tuple(who.principals),
        referral=(who.answers or 0) if who.is_guest else None,
        space=who.space,
    )


def holder(*digests: str) -> Identity:
    """Nobody yet, but somebody who holds what these are digests of: a link, a browser it is bound to."""
    return Identity(role=HOLDER_ROLE, keys=digests)


def current() -> Identity:
    """Whose transaction the next one, or the one that runs, is."""
    return _now.get() or _of_the_process


def of_the_process() -> Identity:
    """What this process is where nobody else is named."""
    return _of_the_process


def start_as(identity: Identity) -> None:
    """What this process is where nobody else is named: for commands, and never for the web."""
    global _of_the_process  # noqa: PLW0603 -- once, when the process starts
    _of_the_process = identity


@contextmanager
def acting(identity: Identity) -> Iterator[None]:
    """Until the end of this block every transaction is this identity's."""
    before = _now.set(identity)
    tell()
    try:
        yield
    finally:
        _now.reset(before)
        tell()


def become(identity: Identity) -> None:
    """From here to the end of the request: a token has said only now whose it is."""
    _now.set(identity)
    tell()


def hold(cases: Iterable[int] = (), *, keys: Iterable[str] = ()) -> None:
    """Open these cases to the act of this transaction: all of each, for reading and writing.

    To be called for what the caller has found by its own rights, or by a reason of its own that
    stands beside the call. `keys` names what has no number yet: the code of a case, the uid of a
    person.
    """
    identity = current()
    if identity.role in {"", MACHINE_ROLE}:
        return
    more = replace(
        identity,
        cases=tuple(dict.fromkeys((*identity.cases, *cases))),
        keys=tuple(dict.fromkeys((*identity.keys, *keys))),
    )
    # Said even where nothing is new: a refusal inside may have undone what was said before.
    become(more)


def tell() -> None:
    """Say it to the transaction that runs, if one does; the next is told when it begins."""
    inner = connection.connection
    if inner is None:
        return
    if not connection.in_atomic_block:
        if settings.WALL_ROLES:
            tell_connection(inner, to_stay=True)
    elif inner.info.transaction_status != TransactionStatus.INERROR:
        tell_connection(inner, to_stay=False)


def tell_connection(inner: "object", *, to_stay: bool) -> None:
    """Say it to this connection: for its transaction alone, or to stay until it is closed.

    What stays names the machine or nobody; a member is never named outside a transaction.
    """
    identity = current()
    machine = identity.role == MACHINE_ROLE
    words: list[object] = [identity.signed() if machine or not to_stay else "", not to_stay]
    sql = "SELECT set_config('safehand.identity', %s, %s)"
    if roles := settings.WALL_ROLES:
        # One log-in for every kind of process, as in tests: each puts its own role on.
        sql += ", set_config('role', %s, %s)"
        words += [roles["machine" if machine else "member"], not to_stay]
    inner.execute(sql, words, prepare=True)  # type: ignore[attr-defined]  # psycopg's connection
