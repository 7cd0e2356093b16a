"""A page of the case list, for four kinds of agency: ours beside the same rows without a question of
permission, and beside the usual ways, which are kept as controls.

Everything is asked of the database alone, prepared, in turns within one run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils import timezone
from psycopg.types.numeric import Int4

from agencies.models import Member
from agencies.roles import Role
from benchmarks import shape
from cases import policy, queries
from cases.models import Case
from cases.queries import EVERYTHING, Wanted
from edge import wall
from edge.paging import BEFORE_ALL, PAGE
from referral import inbox
from referral import queries as referrals
from referral.models import Referral

Question = tuple[str, Any]
COLUMNS = "c.id, c.code, c.state, c.risk, c.registered_at, w.username, o.code, o.name"
JOINS = "JOIN agencies_agency o ON o.id = c.owner_id LEFT JOIN agencies_member w ON w.id = c.worker_id"

SAME_ROWS = f"SELECT {COLUMNS} FROM cases_case c {JOINS} WHERE c.id = ANY (%(keys)s::bigint[]) ORDER BY c.id DESC"


@dataclass(frozen=True, slots=True)
class Asker:
    """A member of one kind of agency."""

    kind: str
    member: Member


def askers() -> list[Asker]:
    found = []
    for kind, rank in shape.KINDS.items():
        member = Member.objects.select_related("agency").get(
            agency__name=f"Bench {rank:03}", role=Role.SUPERVISOR
        )
        found.append(Asker(kind, member))
    return found


def values(
    member: Member, *, below: int = BEFORE_ALL, wanted: Wanted = EVERYTHING
) -> dict[str, Any]:
    return queries.list_values(member, below=below, at=timezone.now(), wanted=wanted)


def ours(member: Member, *, below: int = BEFORE_ALL, wanted: Wanted = EVERYTHING) -> Question:
    return queries.list_query(member, wanted), values(member, below=below, wanted=wanted)


def newest(_member: Member) -> Question:
    """The newest of all, whoever may see them: rows that lie side by side."""
    return (
        f"SELECT {COLUMNS} FROM cases_case c {JOINS} ORDER BY c.id DESC LIMIT %(most)s",
        {"most": PAGE + 1},
    )


def same_rows(
    member: Member, *, below: int = BEFORE_ALL, wanted: Wanted = EVERYTHING
) -> Question:
    """The very rows that ours finds, by their keys, in the same order, without any permission."""
    return SAME_ROWS, {"keys": keys_of(member, below=below, wanted=wanted)}


def keys_of(
    member: Member, *, below: int = BEFORE_ALL, wanted: Wanted = EVERYTHING
) -> list[int]:
    """The keys of what ours shows."""
    with connection.cursor() as cursor:
        cursor.execute(*ours(member, below=below, wanted=wanted))
        return [row[0] for row in cursor.fetchall()]


def by_or(member: Member) -> Question:
    """How it is written first: own, or given to me, or opened to us."""
    asked = (
        f"SELECT {COLUMNS} FROM cases_case c {JOINS} WHERE c.owner_id = %(agency)s "
        "OR EXISTS (SELECT 1 FROM cases_caseaccess a WHERE a.content_object_id = c.id "
        "AND a.group_id = ANY (%(principals)s::int[]) AND (a.until IS NULL OR a.until > %(at)s)) "
        "ORDER BY c.id DESC LIMIT %(most)s"
    )
    return asked, values(member) | {"agency": member.agency_id}


def by_guardian(member: Member) -> Question:
    """guardian's own shortcut over the same rows of permission: a list of keys within the list."""
    asked = (
        f"SELECT {COLUMNS} FROM cases_case c {JOINS} WHERE c.id IN (SELECT a.content_object_id "
        "FROM cases_caseaccess a JOIN auth_permission p ON p.id = a.permission_id "
        "WHERE a.group_id = ANY (%(principals)s::int[]) AND p.codename = 'see_case') "
        "ORDER BY c.id DESC LIMIT %(most)s"
    )
    return asked, values(member)


def sent(member: Member) -> Question:
    """What the agency has sent, the newest first."""
    return _asked(referrals.sent(member)[0], "-pk")


def waiting(member: Member) -> Question:
    """What lies before the agency, the most pressing first."""
    return inbox.waiting(member)[: inbox.CARDS + 1].query.sql_with_params()


def untaken(member: Member) -> Question:
    """What the agency was asked for and nobody has taken up, the nearest deadline first."""
    return _asked(referrals.nobodys(member), "reply_due_at", "pk")


def _asked(rows: QuerySet[Referral], *order: str) -> Question:
    return rows.order_by(*order)[: PAGE + 1].query.sql_with_params()


Way = Callable[[Member], Question]
# Without row-level security, as the owner of the tables; each is asked of every kind of agency.
WAYS: dict[str, Way] = {
    "newest": newest, "same_rows": same_rows, "ours": ours, "exists_or": by_or, "guardian": by_guardian,
}  # fmt: skip
# As the web's role; the plain list is left to the row policies then.
WALLED: dict[str, Way] = {"ours_walled": ours, "row_security_alone": newest}
# Lists of referrals, as the web asks for them; only their plans are looked at.
REFERRALS: dict[str, Way] = {"sent": sent, "waiting": waiting, "untaken": untaken}
CUTS = {
    "state": Wanted(state="open"), "late": Wanted(late=True), "ours": Wanted(ours=True),
    "theirs": Wanted(theirs=True), "high_risk": Wanted(risk="high"), "nobody": Wanted(nobody=True),
}  # fmt: skip


def question(name: str, member: Member) -> Question:
    """Of this name: a way, a cut, or the page far down."""
    if name == "page_2000":
        return ours(member, below=far_down(member))
    if name.startswith("cut_"):
        return ours(member, wanted=cut(name.removeprefix("cut_"), member))
    return (WAYS | WALLED | REFERRALS)[name](member)


def cut(name: str, member: Member) -> Wanted:
    """What this cut wants; the cut to a worker, to the one of the agency with the most cases."""
    if name != "worker":
        return CUTS[name]
    workers = Member.objects.filter(agency=member.agency, cases__isnull=False)
    busiest = workers.annotate(many=Count("cases")).order_by("-many", "pk").first()
    return Wanted(worker=busiest.pk if busiest else member.pk)


def far_down(member: Member) -> int:
    """Below which number the two-thousandth page begins; the last page where there are fewer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT content_object_id FROM cases_caseaccess WHERE group_id = ANY (%s) "
            "ORDER BY 1 DESC LIMIT %s",
            [[Int4(key) for key in member.principals], 2_000 * PAGE],
        )
        rows = [number for (number,) in cursor.fetchall()]
    return int(rows[-PAGE]) if len(rows) > PAGE else BEFORE_ALL


def one(member: Member) -> dict[str, tuple[str, Any]]:
    """A case that the member sees, with the reasons for it and its scope; and the case by its key alone,
    with the same rows beside it."""
    number = keys_of(member)[0]
    case = Case.objects.select_related("owner", "person", "worker__agency")
    rows = {
        "one": policy.seen_rows(member, Case.objects.get(pk=number).code),
        "one_by_key": case.filter(pk=number),
    }
    return {name: each.query.sql_with_params() for name, each in rows.items()}


def say_who(db: psycopg.Connection[Any], member: Member) -> None:
    """Begin a transaction as the web begins one: in its role, and with the member's name."""
    db.execute("SELECT set_config('role', 'safehand_web', true)")
    db.execute(
        "SELECT set_config('safehand.identity', %s, true)",
        [wall.member(member).signed()],
        prepare=True,
    )
