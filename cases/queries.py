"""Reads for lists and explanations. Lists start from the access table, never from the cases."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection
from django.db.models import CharField, Func, Prefetch, Q, QuerySet
from psycopg.types.numeric import Int4

from agencies import jurisdiction
from agencies.ages import years_of
from agencies.jurisdiction import Entitlement
from agencies.models import Agency, Member
from agencies.roles import Role
from cases import access, apart, policy
from cases.models import (
    Assessment,
    Case,
    CaseAccess,
    Consent,
    ConsentScope,
    Exclusion,
    Override,
    Person,
    PossibleDuplicate,
)
from cases.workflow import ConsentState, OverrideState, State
from edge import wall
from edge.paging import PAGE

# From whom somebody is kept apart is not in their list, whoever opened it to them.
_APART = """
          AND a.content_object_id <> ALL (ARRAY(
              SELECT e.case_id FROM cases_exclusion e
              WHERE e.member_id = %(member)s AND e.ended_at IS NULL
          ))
"""
# The newest keys of each principal, with the LIMIT inside each branch, so that the cost is that
# of a page and not of all that the principal may see. Never OR, IN (subquery) or COUNT here.
_KEYS = """
    SELECT DISTINCT k.id FROM unnest(%(principals)s::int[]) AS p(id),
    LATERAL (
        SELECT DISTINCT a.content_object_id AS id FROM cases_caseaccess a{joined}
        WHERE a.group_id = p.id AND a.content_object_id < %(below)s
          AND (a.until IS NULL OR a.until > %(at)s){cuts}{apart}
        ORDER BY a.content_object_id DESC LIMIT %(most)s
    ) k
    ORDER BY k.id DESC LIMIT %(most)s
"""
# For a list that nothing is cut from: a case has all its rows of a principal side by side in
# the index, so what is told of it needs no second look.
_ALL = """
    SELECT k.id, bool_or(k.own) AS own, min(k.because) AS because, min(k.due_at) AS due_at
    FROM unnest(%(principals)s::int[]) AS p(id),
    LATERAL (
        SELECT a.content_object_id AS id, bool_or(a.because IN ('owner', 'assigned')) AS own,
               min(a.because) AS because, min(a.due_at) AS due_at
        FROM cases_caseaccess a
        WHERE a.group_id = p.id AND a.content_object_id < %(below)s
          AND (a.until IS NULL OR a.until > %(at)s){apart}
        GROUP BY a.content_object_id ORDER BY a.content_object_id DESC LIMIT %(most)s
    ) k
    GROUP BY k.id ORDER BY k.id DESC LIMIT %(most)s
"""
# No name is looked up that is known (our own agency's) or not told (a worker of others'): a key that
# is NULL costs no search.
_COLUMNS = """
    SELECT c.id, c.code, c.state, c.risk, c.registered_at, w.username, o.code, o.name,
           {told}.own, {told}.because, {told}.due_at
    FROM ({keys}) k
    JOIN cases_case c ON c.id = k.id{more}
    LEFT JOIN agencies_agency o ON o.id = NULLIF(c.owner_id, %(agency)s)
    LEFT JOIN agencies_member w ON w.id = CASE WHEN {told}.own THEN c.worker_id END
    ORDER BY c.id DESC
"""
# Where a list is cut, a case is found by some of its rows, and told by all of them.
_TOLD = """
    CROSS JOIN LATERAL (
        SELECT bool_or(x.because IN ('owner', 'assigned')) AS own,
               min(x.because) AS because, min(x.due_at) AS due_at
        FROM cases_caseaccess x
        WHERE x.content_object_id = c.id AND x.group_id = ANY(%(principals)s::int[])
          AND (x.until IS NULL OR x.until > %(at)s)
    ) a"""
# What a supervisor cuts by what only the case knows begins at the cases of the agency, in the order
# of an index of them; whether each may be seen is asked of the access table, case by case.
_OF_THE_AGENCY = """
    SELECT c.id, c.code, c.state, c.risk, c.registered_at, w.username, NULL, NULL,
           TRUE, a.because, a.due_at
    FROM cases_case c
    CROSS JOIN LATERAL (
        SELECT min(a.because) AS because, min(a.due_at) AS due_at
        FROM cases_caseaccess a
        WHERE a.content_object_id = c.id AND a.group_id = ANY(%(principals)s::int[])
          AND (a.until IS NULL OR a.until > %(at)s){of_the_row}{apart}
        HAVING count(*) > 0
    ) a
    LEFT JOIN agencies_member w ON w.id = c.worker_id
    WHERE c.owner_id = %(agency)s AND c.id < %(below)s{of_the_case}
    ORDER BY c.id DESC LIMIT %(most)s
"""
# What each part of a wish asks of a row of the access table, or of the case behind it.
_CUTS = {
    "late": "a.due_at <= %(at)s",
    "ours": "a.because IN ('owner', 'assigned')",
    "theirs": "a.because IN ('referred', 'submitted')",
}
_CUTS_OF_THE_CASE = {
    "state": "c.state = %(state)s",
    "risk": "c.risk = %(risk)s",
    "worker": "c.worker_id = %(worker)s",
    "nobody": "c.worker_id IS NULL",
}
# Whoever is not on the owner's side is told none of these, by no filter either.
_OWNERS = frozenset({*_CUTS_OF_THE_CASE, "late"})


# Both in one question, the consents first.
_HOLD_CONSENTS = """
    WITH consents AS MATERIALIZED (
        SELECT id FROM cases_consent WHERE case_id = %s ORDER BY id FOR SHARE
    ), overrides AS MATERIALIZED (
        SELECT id FROM cases_override WHERE case_id = %s ORDER BY id FOR SHARE
    )
    SELECT (SELECT count(*) FROM consents), (SELECT count(*) FROM overrides)
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is cut to; empty parts cut nothing. `worker` is a member's key, and `nobody`
    asks for cases without one; `late` for a deadline that has passed; `ours` for cases of one's
    own agency, `theirs` for what others opened to it."""

    state: str = ""
    risk: str = ""
    worker: int | None = None
    nobody: bool = False
    late: bool = False
    ours: bool = False
    theirs: bool = False

    def parts(self) -> list[str]:
        """The names of what is cut by, with what they bring along."""
        named = {name for name in (*_CUTS, *_CUTS_OF_THE_CASE) if getattr(self, name)}
        return sorted(named | {"ours"} if named & _OWNERS else named)


EVERYTHING = Wanted()


def list_query(actor: Member, wanted: Wanted) -> str:
    """The one query of this member's list, cut to what is wanted."""
    parts = wanted.parts()
    if not parts:
        return _COLUMNS.format(keys=_ALL.format(apart=_APART), told="k", more="")
    of_the_row = _and(_CUTS, parts)
    of_the_case = _and(_CUTS_OF_THE_CASE, parts)
    if of_the_case and actor.role == Role.SUPERVISOR:
        return _OF_THE_AGENCY.format(
            of_the_row=of_the_row, of_the_case=of_the_case, apart=_APART
        )
    joined = " JOIN cases_case c ON c.id = a.content_object_id" if of_the_case else ""
    keys = _KEYS.format(joined=joined, cuts=of_the_row + of_the_case, apart=_APART)
    return _COLUMNS.format(keys=keys, told="a", more=_TOLD)


def _and(cuts: dict[str, str], parts: Collection[str]) -> str:
    return "".join(f" AND {cut}" for name, cut in cuts.items() if name in parts)


def list_values(
    actor: Member, *, below: int, at: dt.datetime, wanted: Wanted = EVERYTHING
) -> dict[str, Any]:
    """What `list_query` asks for: whose list, below which number, at which moment."""
    principals = actor.principals
    if "ours" in wanted.parts() and actor.role != Role.SUPERVISOR:
        # Whatever else is opened to their agency, their own cases are those given to them.
        principals = [actor.own_group_id]
    return {
        # Of the column's own kind: to turn another into it is no act that PostgreSQL trusts, and
        # what it does not trust it asks after the row policies, row by row.
        "principals": [Int4(key) for key in principals],
        "member": actor.pk,
        "agency": actor.agency_id,
        "below": below,
        "at": at,
        "most": PAGE + 1,
        "state": wanted.state,
        "risk": wanted.risk,
        "worker": wanted.worker,
    }


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of the list. A receiver sees the code and the owner, and nothing of the case."""

    number: int
    code: str
    state: str | None
    risk: str | None
    registered_at: dt.datetime | None
    worker: str | None
    owner: str
    owner_name: str
    because: str
    due_at: dt.datetime | None

    def shown(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _SHOWN}


_SHOWN = tuple(field.name for field in fields(CaseRow) if field.name != "number")


def case_list(
    actor: Member, *, below: int, at: dt.datetime, wanted: Wanted = EVERYTHING
) -> list[CaseRow]:
    """The newest cases the actor may see, one more than a page; one query."""
    if actor.role not in policy.SEES_CASES:
        return []
    values = list_values(actor, below=below, at=at, wanted=wanted)
    with connection.cursor() as cursor:
        cursor.execute(list_query(actor, wanted), values)
        return [_row(actor.agency, record) for record in cursor.fetchall()]


def _row(agency: Agency, record: tuple[Any, ...]) -> CaseRow:
    (number, code, state, risk, registered_at, worker, owner, owner_name, own, because,
     due_at) = record  # fmt: skip
    if owner is None:
        owner, owner_name = agency.code, agency.name
    if not own:
        return CaseRow(number, code, None, None, None, None, owner, owner_name, because, None)
    return CaseRow(
        number, code, state, risk, registered_at, worker, owner, owner_name, "owner", due_at
    )


def nobodys(actor: Member) -> QuerySet[Case]:
    """The cases that nobody works on, for those who share the work out."""
    if actor.role != Role.SUPERVISOR:
        return Case.objects.none()
    mine = policy.owned_and_visible_to(actor).filter(worker__isnull=True)
    return mine.exclude(state=State.CLOSED)


@dataclass(frozen=True, slots=True)
class Link:
    """Another agency that works with the same person: which, and whom to ask there."""

    pair: PossibleDuplicate
    agency: Agency
    ask: Member | None


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody who can see a case, and the live rows that let them."""

    member: Member
    rows: list[CaseAccess]


def seers_of(case: Case, *, at: dt.datetime) -> list[Seer]:
    """Every active member behind a live row of the case, but those who are kept apart from it;
    three queries, however many they are."""
    live = CaseAccess.objects.filter(access.live(at), content_object=case)
    rows = list(live.order_by("because", "source", "pk"))
    keys = {row.group_id for row in rows}
    members = Member.objects.filter(
        Q(own_group__in=keys)
        | Q(agency__supervisors__in=keys, role="supervisor")
        | Q(agency__focal_points__in=keys, role="focal_point")
        | Q(agency__officers__in=keys, role="identification_officer"),
        is_active=True,
        role__in=policy.SEES_CASES,
    )
    holders: dict[int, list[Member]] = defaultdict(list)
    for member in members.select_related("agency").order_by("username"):
        for key in member.principals:
            holders[key].append(member)
    barred = set(case.exclusions.filter(apart.LIVE).values_list("member", flat=True))
    seers: dict[int, Seer] = {}
    for row in rows:
        for member in holders[row.group_id]:
            if member.pk in barred:
                continue
            seers.setdefault(member.pk, Seer(member, [])).rows.append(row)
    return list(seers.values())


def explain_case(case: Case, *, at: dt.datetime) -> list[dict[str, Any]]:
    """Who can see the case now: every active member behind a live row, with the reasons."""
    return [
        {
            "member": seer.member.username,
            "role": seer.member.role,
            "agency": seer.member.agency.code,
            "reasons": [_reason(row) for row in seer.rows],
        }
        for seer in seers_of(case, at=at)
    ]


def covered(
    case: Case,
    agency_id: int,
    *,
    at: dt.datetime,
    purpose: str = "",
    barred: bool | None = None,
) -> dict[str, dt.datetime]:
    """Each data group that is open to this agency for this purpose now, with the last moment
    that it is: by a live consent, or by an approved override, which holds for any purpose. An
    agency that is kept apart is shown nothing, whatever was consented to; `barred` spares that
    look-up where it was made."""
    if is_kept_apart(case, agency_id) if barred is None else barred:
        return {}
    allowed = ConsentScope.objects.filter(
        consent__case=case,
        consent__state=ConsentState.ACTIVE,
        consent__expires_at__gt=at,
        agency=agency_id,
    )
    if purpose:
        allowed = allowed.filter(purpose=purpose)
    overrides = Override.objects.filter(
        case=case, state=OverrideState.APPROVED, expires_at__gt=at, agency=agency_id
    ).annotate(group=Func("groups", function="unnest", output_field=CharField()))
    consented = allowed.values_list("group", "consent__expires_at")
    ends: dict[str, dt.datetime] = {}
    for group, until in consented.union(overrides.values_list("group", "expires_at"), all=True):
        ends[group] = max(until, ends.get(group, until))
    return ends


def is_kept_apart(case: Case, agency_id: int) -> bool:
    """Whether the agency, or the place where it is, is excluded from the case. Nobody is told
    why."""
    return apart.is_agency(case, agency_id)


def is_paired(cases: Collection[int]) -> bool:
    """Whether these two cases were compared before, whatever came of it."""
    return PossibleDuplicate.objects.filter(earlier__in=cases, later__in=cases).exists()


def links_of(actor: Member, case: Case, *, at: dt.datetime) -> list[Link]:
    """The other agencies that work with the person of the actor's case, and whom to ask there."""
    rows = policy.links_visible_to(actor, at=at).filter(Q(earlier=case) | Q(later=case))
    related = rows.select_related(
        "earlier__owner", "later__owner", "asked_by", "agreed_by"
    ).order_by("pk")
    return [
        Link(row, row.later.owner, row.agreed_by)
        if row.earlier_id == case.pk
        else Link(row, row.earlier.owner, row.asked_by)
        for row in related
    ]


def latest_assessment(actor: Member, case: Case) -> Assessment | None:
    """The newest judgement of risks and needs, if the actor may read it; it is not opened."""
    rows = policy.assessments_visible_to(actor).filter(case=case).select_related("made_by")
    return rows.order_by("-pk").first()


def with_scopes(rows: QuerySet[Consent]) -> QuerySet[Consent]:
    """Consents with all that they say and the agencies that they name, in one query more."""
    scopes = ConsentScope.objects.select_related("agency").order_by("pk")
    return rows.prefetch_related(Prefetch("scopes", queryset=scopes))


def kept_apart(case: Case) -> QuerySet[Exclusion]:
    """Who is kept apart from the case now: agencies by their names, then members, then places."""
    live = Exclusion.objects.filter(apart.LIVE, case=case).select_related("agency", "member")
    return live.order_by("agency__name", "member__username", "district")


def entitled(person: Person) -> list[Entitlement]:
    """The help that the law gives to somebody of the person's age band, each with its ages."""
    return jurisdiction.current().entitled(*years_of(person.age_band))


def hold_cases(cases: QuerySet[Case]) -> list[int]:
    """Keep these cases from every other change until this transaction ends; their keys.

    The first lock of every act, several of them always in one order, so that no two acts meet
    head on. What the actor may not reach is not found; what is, stands open to this act. Read what is needed afterwards: what the database joins to a row that it had to wait
    for is as it was before the wait.
    """
    rows = cases.order_by("pk").select_for_update(of=("self",), no_key=True)
    found = list(rows)
    wall.hold((case.pk for case in found), keys=(case.code for case in found))
    return [case.pk for case in found]


def open_to_administrator(member: Member) -> None:
    """Let an administrator's act reach the cases that hang on this member's name, and no more:
    whoever takes an account away sees no case. Whose administrators, the database itself asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, code FROM wall.cases_of(%s)", [member.pk])
        found = cursor.fetchall()
    wall.hold((number for number, _ in found), keys=(code for _, code in found))


def hold_consents(case_id: int) -> None:
    """Keep the case's consents and overrides as they are until this transaction ends.

    A withdrawal then waits for us, or we see it: measured without this, 76 of 300 raced
    disclosures came after the withdrawal. Taken after the case and before any referral, always.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_CONSENTS, [case_id, case_id])


def _reason(row: CaseAccess) -> dict[str, Any]:
    return {
        "because": row.because,
        "source": row.source,
        "groups": row.scope,
        "since": row.since,
        "until": row.until,
    }
