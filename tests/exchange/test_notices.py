"""Whoever brought a file in or asked for one is told, once, how it ended; codes alone."""

import datetime as dt
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make
from exchange import working
from exchange.actions import exporting, importing
from exchange.models import ExportJob, ImportJob
from notify.models import Delivery
from tests.exchange.jobs import IVAN, OLENA, work
from tests.exchange.test_exporting import ask, move

pytestmark = pytest.mark.django_db
KINDS = ("import.", "export.")


def told(code: str) -> list[tuple[str, int]]:
    """What of this job whom was told, in the order in which it happened."""
    rows = Delivery.objects.filter(event__subject=code, channel="in_app").order_by("pk")
    return [
        (kind, member)
        for kind, member in rows.values_list("event__kind", "member")
        if kind.startswith(KINDS)
    ]


def start(job: ImportJob, by: Member) -> None:
    importing.start(code=job.code, with_doubtful=False, by=by, at=timezone.now())
    work()


def test_an_import_tells_when_it_was_looked_at_and_when_it_is_done(
    sender: Member, boss: Member, brought: Any
) -> None:
    job = brought(sender, OLENA, IVAN)
    looked_at = told(job.code)
    start(job, sender)
    work()

    assert looked_at == [("import.checked", sender.pk)]
    assert told(job.code) == [("import.checked", sender.pk), ("import.done", sender.pk)]


def test_an_import_tells_that_the_file_cannot_be_read(sender: Member, brought: Any) -> None:
    job = brought(sender, content=b"PK\x03\x04 cut in half", name="a.xlsx")

    assert told(job.code) == [("import.refused", sender.pk)]


def test_an_import_tells_of_a_fault_and_not_of_a_stop_by_hand(
    sender: Member, boss: Member, brought: Any
) -> None:
    job = brought(sender, OLENA)
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    importing.stop(code=job.code, by=boss, at=timezone.now())
    by_hand = told(job.code)
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    ImportJob.objects.update(tries=importing.MOST_TRIES)
    work()

    assert by_hand == [("import.checked", sender.pk)]
    assert told(job.code) == [("import.checked", sender.pk), ("import.stopped", sender.pk)]


def test_where_they_have_left_the_supervisors_are_told(
    sender: Member, boss: Member, brought: Any
) -> None:
    """Not their colleagues, who do not see the import."""
    make.make_member(agency=sender.agency)
    job = brought(sender, OLENA)
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    Member.objects.filter(pk=sender.pk).update(is_active=False)
    work()

    assert told(job.code) == [("import.checked", sender.pk), ("import.stopped", boss.pk)]


def test_an_export_tells_when_it_is_ready(sender: Member, boss: Member) -> None:
    make.make_case(by=sender)
    other = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    job = ask(boss)
    asked = told(job.code)
    work()
    work()

    assert (asked, told(job.code)) == ([], [("export.ready", boss.pk)])
    assert not Delivery.objects.filter(member=other, event__subject=job.code).exists()


def test_an_export_tells_when_it_failed(sender: Member, boss: Member) -> None:
    make.make_case(by=sender)
    job = ask(boss)
    ExportJob.objects.update(tries=F("tries") + exporting.MOST_TRIES)
    work()

    assert told(job.code) == [("export.failed", boss.pk)]


def test_an_export_tells_when_it_is_closed_and_not_when_it_is_taken_back_or_over(
    sender: Member, boss: Member
) -> None:
    case: Case = make.make_case(by=sender)
    closed, taken, over = (make.make_export(by=boss) for _ in range(3))
    exporting.revoke(code=taken.code, by=boss, at=timezone.now())
    ExportJob.objects.filter(pk=over.pk).update(expires_at=timezone.now() - dt.timedelta(1))
    work()
    move(case, boss)
    work()

    ready = ("export.ready", boss.pk)
    assert [told(job.code) for job in (closed, taken, over)] == [
        [ready, ("export.closed", boss.pk)], [ready], [ready],
    ]  # fmt: skip


def test_a_notice_leads_to_the_job_and_names_nobody(
    visiting: Any, sender: Member, brought: Any
) -> None:
    job = brought(sender, OLENA)

    page = visiting(sender).see("/notices/").content.decode()

    words = ("A file of yours was looked at", f'href="/imports/{job.code}/"', "Олена")
    assert [word in page for word in words] == [True, True, False]


def test_an_import_tells_when_its_time_ran_out_and_the_rest_is_gone(
    sender: Member, brought: Any
) -> None:
    job = brought(sender, OLENA)
    ImportJob.objects.filter(pk=job.pk).update(expires_at=timezone.now() - dt.timedelta(1))

    working.tend(timezone.now())
    working.tend(timezone.now())

    assert told(job.code) == [("import.checked", sender.pk), ("import.expired", sender.pk)]
