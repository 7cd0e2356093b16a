"""A supervisor asks for a file of the agency's own cases; a worker makes it; it is fetched and ends."""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from agencies.models import Member
from audit import log
from cases import duty
from cases.models import Case
from exchange import codes, origins, policy, queries, store, telling
from exchange.actions.moving import locked_export, move_export, save, wake_soon
from exchange.homes import Reading
from exchange.models import ExportedCase, ExportJob
from exchange.placing import PLACES
from exchange.sheets import writing
from exchange.sheets.entry import Entry, FileKind
from exchange.store import CannotOpen
from exchange.workflow import ExportReason, ExportVerb
from kernel.errors import Denied, Invalid, Refused, SafehandError

logger = logging.getLogger(__name__)

EXPORTER = log.Machine("exporter")
# How long a worker has it in hand; begun anew after so many cases.
LEASE = dt.timedelta(minutes=6)
HELD_FOR = 100
MOST_TRIES = 3
# Why the machine takes one back.
NOT_OURS, NO_RIGHT = "no_longer_ours", "who_asked_may_not"
TOO_LONG, NOT_MADE = "text_too_long_for_a_workbook", "export_was_not_made"
WHY = "export"
# So many codes stand in one event of the log.
CODES_AT_ONCE = 100
# What every export may have beside the standard's columns.
OWN = (PLACES,)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the agency's cases; empty parts cut nothing. The days are those of registration, both
    included."""

    states: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None


@transaction.atomic
def ask(
    *,
    kind: FileKind,
    wanted: Wanted,
    strict: bool,
    reason: ExportReason,
    by: Member,
    at: dt.datetime,
) -> ExportJob:
    """Ask for the file. The edge has asked again who this is."""
    policy.may_export(by).require()
    duty.require_known(by)
    if wanted.since and wanted.until and wanted.until < wanted.since:
        raise Invalid("ends_before_it_begins", pointer="/registered_until")
    job = ExportJob(
        agency=by.agency, by=by, kind=kind, strict=strict, reason=reason,
        states=list(dict.fromkeys(wanted.states)), registered_from=wanted.since,
        registered_until=wanted.until, asked_at=at,
        expires_at=at + dt.timedelta(days=settings.FILES_KEPT_DAYS),
    )  # fmt: skip
    found = queries.chosen(job)[: settings.EXPORT_MOST_CASES + 1].count()
    if not found:
        raise Refused("nothing_to_export")
    if found > settings.EXPORT_MOST_CASES:
        raise Refused("too_many_cases_to_export")
    job.save(force_insert=True)
    facts: dict[str, log.Fact] = {"kind": job.kind, "strict": strict, "reason": job.reason}
    log.record("export.asked", by=by, about=job.code, facts=facts)
    wake_soon()
    return job


@transaction.atomic
def revoke(*, code: str, by: Member, at: dt.datetime) -> ExportJob:
    """The file is destroyed at once."""
    job = locked_export(code)
    policy.may_revoke(by, job).require()
    move_export(job, ExportVerb.REVOKE, by=by, ended_at=at)
    return job


@transaction.atomic
def fetch(*, code: str, by: Member, at: dt.datetime) -> tuple[ExportJob, bytes]:
    """The file, whole. The edge has asked again who this is; each fetching is logged, and counts."""
    job = locked_export(code)
    _require(policy.may_fetch(by, job, at=at).reason, job)
    duty.require_known(by)
    assert job.file is not None, "the table says so of what is ready"
    save(job, fetched=job.fetched + 1)
    log.record(
        "export.fetched", by=by, about=job.code, facts={"n": job.count, "time": job.fetched}
    )
    return job, b"".join(store.parts_of(job.file, by=by, about=job.code, why=WHY))


def _require(reason: str, job: ExportJob) -> None:
    if reason == "only_who_asked_may_fetch":
        raise Denied(reason)
    if reason:
        raise Refused(reason, state=job.state)


# What a worker does


@transaction.atomic
def take(*, by: log.Machine, at: dt.datetime) -> ExportJob | None:
    """The export whose turn it is, held for a while; None if none waits. What a worker was killed
    over is begun anew."""
    job = queries.waiting_export(at)
    if job is None:
        return None
    if job.tries >= MOST_TRIES:
        move_export(job, ExportVerb.FAIL, by=by, fault=NOT_MADE, ended_at=at)
        return None
    store.destroy(job.file)
    move_export(
        job, ExportVerb.MAKE, by=by, file=store.new_file(job.by),
        held_until=at + LEASE, tries=job.tries + 1,
    )  # fmt: skip
    return job


def write_file(*, job: ExportJob, by: log.Machine, at: dt.datetime) -> None:
    """Write the file, case by case, each read in a transaction of its own and logged as read by who
    asked. Nobody can fetch it before it is whole. What cannot be made, and never could be by another
    try, fails at once."""
    assert job.file is not None, "taken with an empty one"
    sealing, held = store.Sealing(job.file), Held(job)
    try:
        held.choose()
        writing.write(
            FileKind(job.kind), held.entries(at), cast(BinaryIO, sealing),
            watermark=watermark(job), extensions=held.extensions(),
            strict=codes.all_lists() if job.strict else None,
        )  # fmt: skip
    except TakenBack:
        return
    except NoRight:
        _close(job, NO_RIGHT, by=by)
        return
    except IntegrityError:
        # The pieces of a file that is destroyed meanwhile have nowhere to go.
        if held.is_wanted():
            raise
        return
    except writing.TooLong:
        _fail(job, TOO_LONG, by=by)
        return
    except (ValueError, CannotOpen, SafehandError) as fault:
        # By its kind alone: its words may quote what it stumbled over.
        logger.error("An export could not be made: %s", type(fault).__name__)  # noqa: TRY400 -- a trace may quote values
        _fail(job, NOT_MADE, by=by)
        return
    _finish(job, sealing, held.cases, by=by)


@transaction.atomic
def _fail(taken: ExportJob, fault: str, *, by: log.Machine) -> None:
    job = locked_export(taken.code)
    if job.file_id == taken.file_id:
        move_export(job, ExportVerb.FAIL, by=by, fault=fault, ended_at=timezone.now())


@transaction.atomic
def _close(taken: ExportJob, why: str, *, by: log.Machine) -> None:
    """Take it back before it is whole."""
    job = locked_export(taken.code)
    if job.file_id == taken.file_id:
        move_export(job, ExportVerb.REVOKE, by=by, why=why, ended_at=timezone.now())


class TakenBack(Exception):
    """Somebody did not want the file any more, or another worker has taken it up."""


class NoRight(Exception):
    """Whoever asked has left, or may not export any more."""


def watermark(job: ExportJob) -> str:
    """Who, when, and which export: on every page or row of it."""
    asked = job.asked_at.astimezone(dt.UTC)
    return f"{job.code} – {job.by.username}, {job.agency.name} – {asked:%Y-%m-%d %H:%M} UTC"


@transaction.atomic
def _finish(
    taken: ExportJob, sealing: store.Sealing, cases: list[Case], *, by: log.Machine
) -> None:
    job = locked_export(taken.code)
    if job.file_id != taken.file_id:
        return
    now = timezone.now()
    expires = now + dt.timedelta(days=settings.FILES_KEPT_DAYS)
    ExportedCase.objects.filter(job=job).delete()
    ExportedCase.objects.bulk_create(ExportedCase(job=job, case=case) for case in cases)
    if queries.closed(ExportJob.objects.filter(pk=job.pk)).exists():
        # One of them went while the others were written.
        move_export(job, ExportVerb.REVOKE, by=by, why=_why_closed(job), ended_at=now)
        return
    sealing.finish()
    move_export(
        job, ExportVerb.FINISH, by=by, count=len(cases), made_at=now, expires_at=expires,
        held_until=None,
    )  # fmt: skip
    _log_codes(job, [case.code for case in cases])


def _log_codes(job: ExportJob, cases: list[str]) -> None:
    """How many, and which: as many events as it takes."""
    digest = log.digest_of(cases)
    for start in range(0, len(cases), CODES_AT_ONCE):
        some = cases[start : start + CODES_AT_ONCE]
        facts: dict[str, log.Fact] = {
            "n": len(cases), "from": start + 1, "codes": " ".join(some), "digest": digest,
        }  # fmt: skip
        log.record("export.holds", by=job.by, about=job.code, facts=facts)


@transaction.atomic
def end(*, code: str, verb: ExportVerb, why: str, by: log.Actor, at: dt.datetime) -> None:
    """Its time is over, or somebody of it is erased."""
    move_export(locked_export(code), verb, by=by, why=why, ended_at=at)


@transaction.atomic
def close(*, code: str, by: log.Actor, at: dt.datetime) -> None:
    """What it holds is not the agency's to take out any more, or not for whoever asked."""
    job = locked_export(code)
    move_export(job, ExportVerb.REVOKE, by=by, why=_why_closed(job), ended_at=at)


def _why_closed(job: ExportJob) -> str:
    return NOT_OURS if policy.may_still_export(job.by) else NO_RIGHT


class Held:
    """What goes into one file: which cases they are is known once it is written."""

    def __init__(self, job: ExportJob) -> None:
        self.job, self.cases, self._keys = job, list[Case](), list[int]()

    @transaction.atomic
    def choose(self) -> None:
        """Which they are, for who asked as they are now."""
        self._hold_on()
        chosen = queries.chosen(self.job).order_by("pk")
        self._keys = list(chosen.values_list("pk", flat=True))

    def extensions(self) -> list[str]:
        """Every column beside the standard's that one of them has: the first row names them all."""
        names: set[str] = set(OWN)
        for number, key in enumerate(self._keys, 1):
            with transaction.atomic():
                self._hold_on()
                self._hold_longer(number)
                names |= self._extensions_of(key)
        return sorted(names)

    def entries(self, at: dt.datetime) -> Iterator[Entry]:
        for number, key in enumerate(self._keys, 1):
            with transaction.atomic():
                self._hold_on()
                self._hold_longer(number)
                entry = self._entry(key, number, at)
            if entry is not None:
                yield entry

    def is_wanted(self) -> bool:
        return self._mine().exists()

    def _hold_on(self) -> None:
        """Before each case: whether anybody still wants it, and whoever asked may still have it. Raises
        TakenBack or NoRight."""
        job = self._mine().select_related("by__agency").first()
        if job is None:
            raise TakenBack
        self.job.by = job.by
        if not policy.may_still_export(job.by):
            raise NoRight

    def _hold_longer(self, number: int) -> None:
        """Now and then: that it goes on in the same hands."""
        if number % HELD_FOR == 0:
            self._mine().update(held_until=timezone.now() + LEASE)

    def _mine(self) -> QuerySet[ExportJob]:
        return ExportJob.objects.filter(pk=self.job.pk, file=self.job.file_id)

    def _extensions_of(self, key: int) -> set[str]:
        case = self._case(key)
        if case is None:
            return set()
        origin = origins.read(case, by=self.job.by, why=WHY)
        return telling.extensions_of(origin)

    def _entry(self, key: int, number: int, at: dt.datetime) -> Entry | None:
        case = self._case(key)
        if case is None:
            return None
        self.cases.append(case)
        origin = origins.read(case, by=self.job.by, why=WHY)
        return telling.told(Reading(case, self.job.by, at), origin, row=number)

    def _case(self, key: int) -> Case | None:
        """Looked at again: it may have left the agency since."""
        cases = policy.exportable_by(self.job.by).select_related("owner", "person", "worker")
        return cases.filter(pk=key).first()
