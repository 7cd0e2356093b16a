"""What happens in the middle of a worker's turn: a file is taken back, a right is gone, a case leaves, time
passes, the database says no."""

import datetime as dt
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.models import Case
from demo import builders as make
from exchange import origins, working
from exchange.actions import exporting, importing, making
from exchange.actions.exporting import EXPORTER, Held
from exchange.actions.moving import LEASE
from exchange.bench import Bench
from exchange.models import ExportedCase, ExportJob, FilePiece, ImportJob, Origin, SealedFile
from tests.exchange.jobs import IVAN, OLENA, people, states, table, work
from tests.exchange.test_exporting import ask, move, restrict

FIRST_PIECE = 'INSERT INTO "exchange_filepiece"'
AN_ORIGIN = 'INSERT INTO "exchange_origin"'
A_ROW = 'SELECT "cases_case"'
LATE = dt.timedelta(seconds=1)


def taken(job: ExportJob) -> ExportJob:
    found = exporting.take(by=EXPORTER, at=timezone.now())
    assert found is not None
    assert found.pk == job.pk
    return found


def write(job: ExportJob) -> ExportJob:
    exporting.write_file(job=job, by=EXPORTER, at=timezone.now())
    job.refresh_from_db()
    return job


class Before:
    """Does something once, before the n-th statement that begins so is sent."""

    def __init__(self, statement: str, act: Callable[[], object], *, turn: int = 1) -> None:
        self.statement, self.act, self.left = statement, act, turn

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.left and sql.startswith(self.statement):
            self.left -= 1
            if not self.left:
                self.act()
        return execute(sql, params, many, context)


def kept() -> tuple[int, int]:
    return SealedFile.objects.count(), FilePiece.objects.count()


@pytest.fixture
def three(sender: Member) -> list[Case]:
    return [make.make_case(by=sender) for _ in range(3)]


@pytest.mark.django_db
def test_an_export_ends_at_the_next_case_when_it_is_taken_back(
    boss: Member, three: list[Case]
) -> None:
    held = Held(taken(ask(boss)))
    held.choose()
    entries = held.entries(timezone.now())

    first = next(entries)
    exporting.revoke(code=held.job.code, by=boss, at=timezone.now())
    with pytest.raises(exporting.TakenBack):
        next(entries)

    assert first.reference == three[0].code
    assert [case.code for case in held.cases] == [three[0].code]


def long(case: Case) -> None:
    """So that pieces of the file are kept before it is whole."""
    with transaction.atomic():
        came = origins.Came(case, {"extra": {"x_Long": "a" * 200_000}})
        origins.write([came], from_="IM", at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_an_export_that_is_taken_back_while_a_piece_is_written_leaves_nothing(
    sender: Member, boss: Member, three: list[Case]
) -> None:
    long(three[0])
    job = taken(ask(boss))

    def revoke() -> None:
        exporting.revoke(code=job.code, by=boss, at=timezone.now())
        connection.close()

    def elsewhere() -> None:
        """By somebody else's connection, which sees nothing of what is being written."""
        other = threading.Thread(target=copy_context().run, args=(revoke,))
        other.start()
        other.join()

    with connection.execute_wrapper(Before(FIRST_PIECE, elsewhere)):
        write(job)

    assert (job.state, job.fault, kept()) == ("revoked", "", (0, 0))


@pytest.mark.django_db(transaction=True)
def test_another_fault_of_the_database_is_told_to_nobody_as_taken_back(
    boss: Member, three: list[Case]
) -> None:
    """It is tried again, and in the end said to have failed."""
    long(three[0])
    job = taken(ask(boss))
    row = {"file_id": job.file_id, "number": 0, "content": b"?"}
    piece = lambda: FilePiece.objects.create(**row)  # noqa: E731 -- one line

    with connection.execute_wrapper(Before(FIRST_PIECE, piece)), pytest.raises(IntegrityError):
        write(job)
    ExportJob.objects.update(held_until=timezone.now() - LATE)
    job.refresh_from_db()
    waiting = job.state
    work()
    job.refresh_from_db()

    assert (waiting, job.state, job.tries) == ("making", "ready", 2)


def leave(boss: Member) -> None:
    Member.objects.filter(pk=boss.pk).update(is_active=False)


def step_down(boss: Member) -> None:
    Member.objects.filter(pk=boss.pk).update(role=Role.SOCIAL_WORKER)


@pytest.mark.django_db
@pytest.mark.parametrize("what", [leave, step_down])
@pytest.mark.parametrize("turn", ["before", "between", "after"])
def test_an_export_is_closed_when_who_asked_has_no_right_any_more(
    boss: Member, three: list[Case], what: Callable[[Member], None], turn: str
) -> None:
    """Whenever that is; of what was not yet read nothing is read for them."""
    job = ask(boss)
    if turn == "before":
        what(boss)
    held = taken(job)
    if turn == "between":
        act = Before(A_ROW, lambda: what(boss), turn=3)
        with connection.execute_wrapper(act):
            write(held)
    else:
        write(held)
    if turn == "after":
        assert (held.state, held.count) == ("ready", 3)
        what(boss)
        work()
    held.refresh_from_db()

    event = AuditEvent.objects.get(event="export.revoke", about=job.code)
    assert (held.state, held.file, event.facts["why"], kept()) == (
        "revoked", None, exporting.NO_RIGHT, (0, 0),
    )  # fmt: skip
    read = AuditEvent.objects.filter(event="read", facts__why="htcds").values("case").distinct()
    assert (read.count() == 3) == (turn == "after")


@pytest.mark.django_db
@pytest.mark.parametrize("what", [move, restrict])
def test_a_case_that_leaves_while_the_file_is_made_is_not_in_it(
    boss: Member, three: list[Case], what: Callable[[Case, Member], None]
) -> None:
    """Not read any more where its turn has not come; and where it was, the file is closed at once."""
    early, late = (ask(boss), ask(boss))
    held = Held(taken(early))
    held.choose()
    entries = held.entries(timezone.now())
    next(entries)
    what(three[2], boss)
    rest = [entry.reference for entry in entries]

    job = taken(late)
    last = Before('DELETE FROM "exchange_exportedcase"', lambda: what(three[0], boss))
    with connection.execute_wrapper(last):
        write(job)

    assert rest == [three[1].code]
    event = AuditEvent.objects.get(event="export.revoke", about=late.code)
    assert (job.state, event.facts["why"]) == ("revoked", exporting.NOT_OURS)
    assert ExportedCase.objects.filter(job=job).count() == 2
    assert not AuditEvent.objects.filter(event="export.finish", about=late.code).exists()


@pytest.mark.django_db
def test_an_export_is_in_one_pair_of_hands_until_its_lease_is_over(
    boss: Member, three: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held longer with each so many cases; who has lost it ends at the next case."""
    monkeypatch.setattr(exporting, "HELD_FOR", 2)
    job = taken(ask(boss))
    now = timezone.now()
    leases = []
    held = Held(job)
    held.choose()
    entries = held.entries(now)
    for _ in three[:2]:
        ExportJob.objects.update(held_until=now + LATE)
        next(entries)
        job.refresh_from_db()
        leases.append(job.held_until is not None and job.held_until - now > 2 * LATE)
    nobody = exporting.take(by=EXPORTER, at=now + exporting.LEASE - LATE)
    other = exporting.take(by=EXPORTER, at=now + exporting.LEASE + dt.timedelta(minutes=1))

    assert (leases, nobody) == ([False, True], None)
    assert other is not None
    assert other.file_id != job.file_id
    with pytest.raises(exporting.TakenBack):
        next(entries)


@pytest.mark.django_db
def test_an_import_is_in_one_pair_of_hands_until_its_lease_is_over(sender: Member) -> None:
    make.make_import(by=sender, content=table(OLENA))
    at = timezone.now()

    first = importing.take(by=importing.IMPORTER, at=at)
    early = importing.take(by=importing.IMPORTER, at=at + LEASE - LATE)
    late = importing.take(by=importing.IMPORTER, at=at + LEASE)

    assert first is not None
    assert (first.tries, early) == (1, None)
    assert late is not None
    assert (late.pk, late.tries) == (first.pk, 2)


@pytest.mark.django_db
def test_a_slice_of_writing_ends_with_its_time_and_the_next_goes_on(
    sender: Member, brought: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some rows at least in each; what was opened is logged once a slice, and no row is opened twice."""
    monkeypatch.setattr(working, "WRITTEN", 2)
    job = brought(sender, *people(5))
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())

    seen = []
    while ImportJob.objects.get().state == "importing":
        working._one_import(0.0)
        job.refresh_from_db()
        seen.append((states(job).count("done"), job.tries))

    opened = AuditEvent.objects.filter(event="read.import_rows", about=job.code)
    assert (seen, opened.count()) == ([(2, 0), (4, 0), (5, 0), (5, 1)], 4)
    assert Case.objects.count() == 5


@pytest.mark.django_db
def test_a_slice_of_looking_opens_the_file_once(sender: Member) -> None:
    """However many rows it looks at; a new slice reads on from where the last has ended."""
    job = make.make_import(by=sender, content=table(*people(450)))
    opened = lambda: AuditEvent.objects.filter(event="read.file", about=job.code).count()  # noqa: E731 -- one line

    counts = []
    while ImportJob.objects.get().state in {"received", "checking"}:
        working._one_import(0.0 if job.rows.count() < 200 else float("inf"))
        counts.append((job.rows.count(), opened()))

    assert counts == [(200, 1), (450, 2)]


@pytest.mark.django_db
def test_each_case_of_an_export_is_opened_once(boss: Member, three: list[Case]) -> None:
    job = ask(boss)
    work()

    for case in three:
        read = AuditEvent.objects.filter(event="read", case=case.code, facts__why="htcds")
        groups = [group for event in read for group in event.groups]
        assert len(groups) == len(set(groups)) > 0
    assert ExportJob.objects.get(pk=job.pk).count == 3


@pytest.mark.django_db
def test_another_rule_of_the_database_is_not_told_as_a_case_that_is_here(
    sender: Member, brought: Any
) -> None:
    """The row stays as it was, and is written when the fault is mended."""
    job = brought(sender, OLENA, IVAN)
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())

    def another() -> None:
        case = Case.objects.latest("pk")
        Origin.objects.create(case=case, agency=case.owner, brought_at=timezone.now())

    with connection.execute_wrapper(Before(AN_ORIGIN, another)), pytest.raises(IntegrityError):
        working._one_import(float("inf"))
    between = (states(job), Case.objects.count())
    ImportJob.objects.update(held_until=timezone.now() - LATE)
    work()

    assert between == (["new", "new"], 0)
    assert (states(job), Case.objects.count()) == (["done", "done"], 2)


@pytest.mark.django_db
def test_a_case_of_the_reference_that_comes_in_at_this_very_moment_is_found_in_the_next_turn(
    sender: Member, brought: Any
) -> None:
    first = brought(sender, OLENA)
    second = brought(sender, IVAN | {"x_Reference": OLENA["x_Reference"]})
    for job in (first, second):
        importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    key = first.rows.get().pk
    bench = Bench(ImportJob.objects.get(pk=first.pk))
    overtake = lambda: making.write_rows(bench=bench, keys=[key])  # noqa: E731 -- one line
    mine = Bench(ImportJob.objects.get(pk=second.pk))

    with connection.execute_wrapper(Before(AN_ORIGIN, overtake)):
        making.write_rows(bench=mine, keys=[second.rows.get().pk])
    between = states(second)
    work()

    assert (between, states(first), states(second)) == (["new"], ["done"], ["failed"])
    assert Case.objects.count() == 1
