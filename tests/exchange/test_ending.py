"""Nothing of a file outlives its use: by time, by erasure, by the end of the import."""

import datetime as dt
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases import erasure
from cases.models import Case
from demo import builders as make
from exchange import working
from exchange.actions import importing
from exchange.models import FilePiece, ImportJob, Origin, SealedFile
from exchange.workflow import ImportState
from tests.exchange.jobs import IVAN, OLENA, WRONG, faults, states, table, work

pytestmark = pytest.mark.django_db


def kept(job: ImportJob) -> tuple[int, int, int]:
    """Keys, pieces and rows' contents that are still there."""
    rows = job.rows.filter(content__isnull=False).count()
    return SealedFile.objects.count(), FilePiece.objects.count(), rows


def start(job: ImportJob) -> None:
    importing.start(code=job.code, with_doubtful=False, by=job.by, at=timezone.now())
    work()


def test_a_file_ends_after_its_days_whatever_has_become_of_it(
    sender: Member, brought: Any
) -> None:
    waiting = make.make_import(by=sender, content=table(IVAN))
    early = kept(waiting)
    working.tend(waiting.expires_at - dt.timedelta(seconds=1))
    still = kept(waiting)
    working.tend(waiting.expires_at)
    checked = brought(sender, OLENA)
    before = kept(checked)
    working.tend(checked.expires_at)
    for job in (waiting, checked):
        job.refresh_from_db()

    assert (early, still) == ((1, 1, 0), (1, 1, 0))
    assert before == (1, 0, 1)
    assert {waiting.state, checked.state} == {ImportState.EXPIRED}
    assert kept(checked) == (0, 0, 0)


def test_erasing_a_person_ends_what_files_hold_of_them(
    sender: Member, boss: Member, brought: Any
) -> None:
    start(brought(sender, OLENA))
    doubtful = brought(sender, OLENA | {"x_Reference": "B-1"}, IVAN)
    case = Case.objects.get()
    officer = make.make_member(role=Role.DATA_PROTECTION_OFFICER)
    before = kept(doubtful)

    erasure.destroy_person(
        code=case.person.code, because="asked", approved_by=boss, by=officer,
        at=timezone.now(),
    )  # fmt: skip

    origin = Origin.objects.get()
    assert (before, kept(doubtful)) == ((1, 0, 2), (1, 0, 1))
    assert (origin.content, origin.reference) == (None, None)
    start(doubtful)
    assert states(doubtful) == ["known", "done"]


def test_what_was_wrong_with_rows_ends_with_the_files_time(
    sender: Member, brought: Any
) -> None:
    """It names columns of the file in clear."""
    job = brought(sender, IVAN, WRONG)
    start(job)
    working.tend(job.expires_at - dt.timedelta(seconds=1))
    before = faults(job)

    working.tend(job.expires_at)

    assert (before, faults(job)) == ([[3, "prs_Birthdate", "date_in_the_future"]], [])
    assert states(job) == ["done", "faulty"]


def test_a_file_over_which_workers_die_is_refused(sender: Member) -> None:
    job = make.make_import(by=sender, content=table(OLENA))
    ImportJob.objects.update(tries=F("tries") + importing.MOST_TRIES)

    work()
    job.refresh_from_db()

    assert (job.state, job.fault, kept(job)) == (ImportState.REFUSED, "too_heavy", (0, 0, 0))


def test_an_import_over_which_workers_die_is_stopped(sender: Member, brought: Any) -> None:
    job = brought(sender, OLENA)
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    ImportJob.objects.update(tries=importing.MOST_TRIES)

    work()
    job.refresh_from_db()

    assert (job.state, job.fault, states(job)) == (ImportState.STOPPED, "too_heavy", ["new"])


def test_who_may_no_longer_begin_cases_imports_none(sender: Member, brought: Any) -> None:
    job = brought(sender, OLENA)
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    Member.objects.filter(pk=sender.pk).update(role=Role.FOCAL_POINT)

    work()
    job.refresh_from_db()

    assert (job.state, job.fault) == (ImportState.STOPPED, "role_may_not_register")
    assert (states(job), Case.objects.count()) == (["new"], 0)


def test_a_changed_piece_is_not_read(sender: Member) -> None:
    job = make.make_import(by=sender, content=table(OLENA))
    piece = FilePiece.objects.get()
    piece.content = bytes(piece.content)[:-1] + b"?"
    piece.save()

    work()
    job.refresh_from_db()

    assert (job.state, job.fault) == (ImportState.REFUSED, "broken_file")
