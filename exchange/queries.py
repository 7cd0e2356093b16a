"""Reads: how far an import has come, what is to be done for it, and what an agency knows already."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from agencies.models import Agency, Member
from agencies.roles import CASEWORK, Role
from cases import apart
from cases import policy as case_policy
from cases.models import Case
from exchange.models import ExportedCase, ExportJob, ImportJob, ImportRow, Origin
from exchange.policy import exportable_by
from exchange.workflow import (
    EXPORT_WAITS,
    IMPORT_ENDED,
    IMPORT_WAITS,
    ExportState,
    ImportState,
    RowState,
)

Job = TypeVar("Job", ImportJob, ExportJob)
# In this order they are told.
EVERY_STATE = tuple(RowState)
CASE_CODE = "SH-"


def counts(job: ImportJob) -> dict[RowState, int]:
    """How many of its rows stand how; those of which there are none, too."""
    found = dict(job.rows.values_list("state").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in EVERY_STATE}


def to_write(job: ImportJob) -> QuerySet[ImportRow]:
    """The rows that a yes makes cases of, in the file's order."""
    wanted = [RowState.NEW, *([RowState.DOUBTFUL] if job.with_doubtful else [])]
    return job.rows.filter(state__in=wanted).order_by("number")


def keys_after(job: ImportJob, number: int, *, most: int) -> list[tuple[int, int]]:
    """The keys and numbers of the next of them."""
    rows = to_write(job).filter(number__gt=number)
    return list(rows.values_list("pk", "number")[:most])


def looked_at(job: ImportJob) -> tuple[int, int]:
    """How many cases of the file were looked at, and where the last of them begins."""
    found = job.rows.aggregate(n=Count("pk"), last=Max("row"))
    return found["n"], found["last"] or 0


def progress(job: ImportJob, told: Mapping[RowState, int]) -> tuple[int, int] | None:
    """How many rows are written or could not be, and of how many; None before the yes."""
    if job.state in {ImportState.RECEIVED, ImportState.CHECKING, ImportState.CHECKED}:
        return None
    over = told[RowState.DONE] + told[RowState.FAILED]
    left = told[RowState.NEW] + (told[RowState.DOUBTFUL] if job.with_doubtful else 0)
    return over, over + left


def rows_after(job: ImportJob, number: int, *, state: str, most: int) -> list[ImportRow]:
    """Of the file's cases those that follow, with the case that each has become or may be."""
    rows = job.rows.filter(number__gt=number).defer("content").select_related("case")
    return list((rows.filter(state=state) if state else rows).order_by("number")[:most])


def own_cases(actor: Member, rows: Iterable[ImportRow]) -> set[int]:
    """Of the cases that the rows name, the keys of those that the actor sees."""
    named = {row.case_id for row in rows if row.case_id is not None}
    if not named:
        return set()
    seen = case_policy.owned_and_visible_to(actor).filter(pk__in=named)
    return set(seen.values_list("pk", flat=True))


def hits(job: ImportJob) -> list[str]:
    """The codes of the cases that its rows are or may be."""
    alike = job.rows.filter(state__in=[RowState.KNOWN, RowState.DOUBTFUL], case__isnull=False)
    return sorted(set(alike.values_list("case__code", flat=True)))


def with_faults(job: ImportJob) -> QuerySet[ImportRow]:
    return job.rows.exclude(faults=[]).order_by("number")


def workers_of(agency: Agency) -> dict[str, Member]:
    """Who of the agency may be given cases, by user name."""
    roles = [str(role) for role in CASEWORK]
    members = Member.objects.filter(agency=agency, is_active=True, role__in=roles)
    return {member.username: member for member in members.select_related("agency")}


def known(actor: Member, tokens: Mapping[bytes, str]) -> dict[str, int]:
    """The keys of the agency's own cases by references that it used for them: those they came with
    (`tokens` maps the token of each to it), and their own codes. Those of colleagues, too: a file
    that names them makes no second ones; but none from which the actor is kept apart."""
    cases = Case.objects.filter(~apart.unseen(actor), owner=actor.agency_id)
    came = Origin.objects.filter(
        agency=actor.agency_id, reference__in=list(tokens), case__in=cases
    )
    found = {
        tokens[bytes(token)]: case
        for token, case in came.values_list("reference", "case")
        if token is not None
    }
    own = cases.filter(code__in={*tokens.values()})
    return found | dict(own.values_list("code", "pk"))


def taken(agency: Agency, tokens: Collection[bytes]) -> dict[bytes, Case]:
    """The cases that these tokens of the agency's references stand for, whoever may see them."""
    if not tokens:
        return {}
    rows = Origin.objects.filter(agency=agency, reference__in=list(tokens))
    rows = rows.select_related("case__owner", "case__worker__agency")
    return {bytes(row.reference or b""): row.case for row in rows}


def of_codes(agency: Agency, wanted: Iterable[str]) -> dict[str, Case]:
    """The agency's own cases of which these are the codes, whoever may see them."""
    codes = {each for each in wanted if each.startswith(CASE_CODE)}
    if not codes:
        return {}
    rows = Case.objects.filter(owner=agency, code__in=codes)
    return {case.code: case for case in rows.select_related("owner", "worker__agency")}


def apart_from(member: Member, cases: Collection[int]) -> set[int]:
    """Those of these cases from which the member is kept apart."""
    if not cases:
        return set()
    rows = Case.objects.filter(apart.unseen(member), pk__in=cases)
    return set(rows.values_list("pk", flat=True))


def supervisors_of(case: Case) -> list[Member]:
    """Those of its owner who may see it."""
    members = Member.objects.filter(agency=case.owner_id, role=Role.SUPERVISOR, is_active=True)
    return [
        member
        for member in members.select_related("agency").order_by("pk")
        if case_policy.owned_and_visible_to(member).filter(pk=case.pk).exists()
    ]


def waiting_import(at: dt.datetime) -> ImportJob | None:
    """What has waited longest for a worker, held for the caller's transaction."""
    rows = ImportJob.objects.filter(_free(at), state__in=IMPORT_WAITS)
    return _first(rows).first()


def waiting_export(at: dt.datetime) -> ExportJob | None:
    return _first(ExportJob.objects.filter(_free(at), state__in=EXPORT_WAITS)).first()


def _free(at: dt.datetime) -> Q:
    return Q(held_until__isnull=True) | Q(held_until__lte=at)


def _first(rows: QuerySet[Job]) -> QuerySet[Job]:
    # Whose turn is longest ago comes first, so that a long file holds up no short one.
    turn = rows.order_by(F("held_until").asc(nulls_first=True), "pk")
    found = turn.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return found.select_related("by__agency", "agency", "file")


def chosen(job: ExportJob) -> QuerySet[Case]:
    """The cases that the export asks for, as far as its asker may take them out now."""
    cases = exportable_by(job.by)
    if job.states:
        cases = cases.filter(state__in=job.states)
    if job.registered_from is not None:
        cases = cases.filter(registered_at__gte=start_of_day(job.agency, job.registered_from))
    if job.registered_until is not None:
        after = job.registered_until + dt.timedelta(days=1)
        cases = cases.filter(registered_at__lt=start_of_day(job.agency, after))
    return cases


def start_of_day(agency: Agency, day: dt.date) -> dt.datetime:
    """Where the agency is."""
    return dt.datetime.combine(day, dt.time(), tzinfo=ZoneInfo(agency.time_zone))


def faults_out_of_time(at: dt.datetime) -> QuerySet[ImportRow]:
    """Rows of ended imports that still say what was wrong with them."""
    ended = ImportJob.objects.filter(expires_at__lte=at, state__in=IMPORT_ENDED)
    return ImportRow.objects.filter(job__in=ended).exclude(faults=[])


def over(at: dt.datetime) -> tuple[list[str], list[str]]:
    """The codes of the imports and of the exports whose time is over."""
    imports = ImportJob.objects.filter(expires_at__lte=at).exclude(state__in=IMPORT_ENDED)
    exports = ExportJob.objects.filter(expires_at__lte=at, state=ExportState.READY)
    return (
        list(imports.values_list("code", flat=True)),
        list(exports.values_list("code", flat=True)),
    )


def open_to_nobody() -> list[str]:
    """The codes of the exports that are ready and may be fetched by nobody any more."""
    rows = closed(ExportJob.objects.filter(state=ExportState.READY))
    return list(rows.values_list("code", flat=True))


def closed(jobs: QuerySet[ExportJob]) -> QuerySet[ExportJob]:
    """Those of which a case has left the agency, is restricted, or of a person who was erased; and
    those whose asker has left or may not export any more."""
    gone = ExportedCase.objects.filter(job=OuterRef("pk")).filter(
        ~Q(case__owner=OuterRef("agency"))
        | Q(case__restricted_at__isnull=False)
        | Q(case__person__ring_key="")
    )
    without_right = Q(by__is_active=False) | ~Q(by__role=Role.SUPERVISOR)
    return jobs.filter(Exists(gone) | without_right)
