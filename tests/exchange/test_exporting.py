"""A file of the agency's own cases: who asks, what it holds, how it is fetched and how it ends."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from agencies.models import Member, Service
from agencies.roles import Role
from audit.models import AuditEvent
from cases import erasure
from cases.actions import exclusion, holding
from cases.apart import Whom
from cases.models import Case
from cases.workflow import HoldGround, HoldKind
from demo import builders as make
from exchange import origins, working
from exchange.actions import exporting
from exchange.actions.exporting import Wanted
from exchange.models import ExportJob, FilePiece, SealedFile
from exchange.sheets.entry import FileKind
from exchange.workflow import ExportReason, ExportState
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import SEALED, DataGroup
from referral.actions import transferring
from tests.exchange.jobs import work

pytestmark = pytest.mark.django_db
EVERYTHING = Wanted()


def ask(by: Member, wanted: Wanted = EVERYTHING, kind: FileKind = FileKind.CSV) -> ExportJob:
    return exporting.ask(
        kind=kind, wanted=wanted, strict=False, reason=ExportReason.REPORT, by=by,
        at=timezone.now(),
    )  # fmt: skip


def made(by: Member, *args: Any) -> ExportJob:
    job = ask(by, *args)
    work()
    job.refresh_from_db()
    return job


def fetched(job: ExportJob) -> str:
    _, content = exporting.fetch(code=job.code, by=job.by, at=timezone.now())
    return content.decode("utf-8-sig")


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


def test_it_holds_the_agencys_own_cases_and_no_other(
    sender: Member, boss: Member, case: Case, service: Service
) -> None:
    """Bulk in, one at a time out: what was referred to an agency is never in its files."""
    make.make_accepted(
        sent=make.make_sent(by=sender, service=service),
        by=make.make_member(agency=service.agency, role=Role.FOCAL_POINT),
    )
    their_boss = make.make_member(agency=service.agency, role=Role.SUPERVISOR)
    elsewhere = make.make_case(by=make.make_member())

    job = made(boss)
    text = fetched(job)
    with pytest.raises(Refused) as nothing:
        ask(their_boss)

    own = list(Case.objects.filter(owner=sender.agency).order_by("pk"))
    assert (job.state, job.count, len(own)) == (ExportState.READY, 2, 2)
    assert [each.code in text for each in [*own, elsewhere]] == [True, True, False]
    assert nothing.value.code == "nothing_to_export"


def test_it_bears_who_asked_when_and_which(boss: Member, case: Case) -> None:
    job = made(boss)

    mark = exporting.watermark(job)

    assert [part in mark for part in (job.code, boss.username, boss.agency.name)] == [True] * 3
    assert mark in fetched(job)


def test_it_is_sealed(sender: Member, boss: Member, case: Case) -> None:
    job = made(boss)

    kept = b"".join(bytes(row) for row in FilePiece.objects.values_list("content", flat=True))
    assert job.file.size > 0
    assert case.code.encode() not in kept


def test_the_log_names_how_many_and_which(sender: Member, boss: Member, case: Case) -> None:
    other = make.make_case(by=sender)
    job = made(boss)
    fetched(job)

    events = AuditEvent.objects.filter(about=job.code).order_by("pk")
    assert list(events.values_list("event", flat=True)) == [
        "export.asked", "export.make", "export.finish", "export.holds", "export.fetched",
        "read.file",
    ]  # fmt: skip
    facts = events.get(event="export.holds").facts
    assert (facts["n"], facts["codes"]) == (2, f"{case.code} {other.code}")
    # Each was read by who asked, and the person can be told so.
    assert AuditEvent.objects.filter(
        event="read", case=case.code, actor=boss.username, facts__why="htcds"
    ).exists()


def test_it_is_cut_as_was_asked(sender: Member, boss: Member, case: Case) -> None:
    draft = make.make_case(by=sender, open_=False)
    today = make.today()

    drafts = fetched(made(boss, Wanted(states=("draft",))))
    since = fetched(made(boss, Wanted(since=today, until=today)))
    with pytest.raises(Refused):
        ask(boss, Wanted(until=today - dt.timedelta(days=1)))
    with pytest.raises(Invalid):
        ask(boss, Wanted(since=today, until=today - dt.timedelta(days=1)))

    assert [code in drafts for code in (case.code, draft.code)] == [False, True]
    assert [code in since for code in (case.code, draft.code)] == [True, True]


@pytest.mark.parametrize(
    "role",
    [Role.SOCIAL_WORKER, Role.FOCAL_POINT, Role.AGENCY_ADMIN, Role.DATA_PROTECTION_OFFICER],
)
def test_only_a_supervisor_asks(sender: Member, case: Case, role: Role) -> None:
    with pytest.raises(Denied) as denied:
        ask(make.make_member(agency=sender.agency, role=role))

    assert denied.value.code == "only_a_supervisor_may_do_this"


def test_only_who_asked_fetches_and_not_for_ever(
    sender: Member, boss: Member, case: Case, settings: Any
) -> None:
    settings.EXPORT_MOST_FETCHES = 2
    job = made(boss)
    other = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)

    with pytest.raises(Denied):
        exporting.fetch(code=job.code, by=other, at=timezone.now())
    assert fetched(job) == fetched(job)
    with pytest.raises(Refused) as often:
        fetched(job)

    assert often.value.code == "export_was_fetched_too_often"


def test_it_ends_by_itself(boss: Member, case: Case) -> None:
    job = made(boss)
    late = job.expires_at

    with pytest.raises(Refused) as over:
        exporting.fetch(code=job.code, by=boss, at=late)
    working.tend(late)
    job.refresh_from_db()

    assert over.value.code == "export_is_not_ready"
    assert (job.state, job.file, SealedFile.objects.count()) == (ExportState.EXPIRED, None, 0)


def test_it_is_taken_back(sender: Member, boss: Member, case: Case) -> None:
    job = made(boss)
    other = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)

    exporting.revoke(code=job.code, by=other, at=timezone.now())

    with pytest.raises(Refused):
        fetched(job)
    assert SealedFile.objects.count() == 0


def worker_of(case: Case) -> Member:
    assert case.worker is not None
    return case.worker


def move(case: Case, boss: Member) -> None:
    to = make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )
    groups = [DataGroup(group) for group in SEALED]
    make.make_consent(case=case, to=to.agency, by=worker_of(case), groups=groups)
    at = timezone.now()
    moved = transferring.propose(
        code=case.code, to=to.agency, note="She moved.", by=boss, at=at
    )
    transferring.answer(code=moved.code, accept=True, by=to, at=at)


def restrict(case: Case, boss: Member) -> None:
    holding.set_hold(
        code=case.code, kind=HoldKind.RESTRICTION, ground=HoldGround.CONTESTED,
        reason="She says that it is not true what is written.", look_again_on=make.today() + dt.timedelta(days=9),
        by=boss, at=timezone.now(),
    )  # fmt: skip


def keep_apart(case: Case, boss: Member) -> None:
    exclusion.exclude(
        code=case.code, whom=Whom(member=boss), by=worker_of(case), at=timezone.now()
    )


@pytest.mark.parametrize(
    ("what", "state"),
    [(move, "revoked"), (restrict, "revoked"), (keep_apart, "ready")],
)
def test_it_closes_at_once_with_its_first_case(
    sender: Member, boss: Member, case: Case, what: Any, state: str
) -> None:
    make.make_case(by=sender)
    job = made(boss)

    what(case, boss)
    with pytest.raises(Refused) as closed:
        fetched(job)
    work()
    job.refresh_from_db()

    assert closed.value.code == "export_holds_what_is_closed"
    assert job.state == state
    # A new file goes without it.
    again = made(boss)
    assert (again.count, case.code in fetched(again)) == (1, False)


def test_erasing_a_person_destroys_the_files_that_hold_them(
    sender: Member, boss: Member
) -> None:
    draft = make.make_case(by=sender, open_=False)
    job = made(boss)
    officer = make.make_member(role=Role.DATA_PROTECTION_OFFICER)

    erasure.destroy_person(
        code=draft.person.code, because="asked", approved_by=boss, by=officer,
        at=timezone.now(),
    )  # fmt: skip
    job.refresh_from_db()

    assert (job.state, job.file, SealedFile.objects.count()) == (ExportState.REVOKED, None, 0)


def test_what_a_worker_was_killed_over_is_made_anew(boss: Member, case: Case) -> None:
    job = ask(boss)
    at = timezone.now()
    taken = exporting.take(by=exporting.EXPORTER, at=at)
    assert taken is not None
    assert taken.file is not None
    FilePiece.objects.create(file=taken.file, number=0, content=b"half")
    none = exporting.take(by=exporting.EXPORTER, at=at)

    ExportJob.objects.update(held_until=at - dt.timedelta(seconds=1))
    work()
    job.refresh_from_db()

    assert none is None
    assert (job.state, job.tries, SealedFile.objects.count()) == (ExportState.READY, 2, 1)
    assert case.code in fetched(job)


def test_what_was_taken_back_while_it_was_made_stays_so(boss: Member, case: Case) -> None:
    job = ask(boss)
    at = timezone.now()
    taken = exporting.take(by=exporting.EXPORTER, at=at)
    assert taken is not None
    exporting.revoke(code=job.code, by=boss, at=at)

    exporting.write_file(job=taken, by=exporting.EXPORTER, at=at)
    job.refresh_from_db()

    assert (job.state, job.file) == (ExportState.REVOKED, None)
    assert SealedFile.objects.count() == FilePiece.objects.count() == 0


def test_it_is_given_up_after_some_tries(boss: Member, case: Case) -> None:
    job = ask(boss)
    ExportJob.objects.update(tries=F("tries") + exporting.MOST_TRIES)

    work()
    job.refresh_from_db()

    assert (job.state, job.fault) == (ExportState.FAILED, "export_was_not_made")


@pytest.mark.parametrize(
    ("kind", "state", "fault"),
    [
        (FileKind.WORKBOOK, ExportState.FAILED, "text_too_long_for_a_workbook"),
        (FileKind.CSV, ExportState.READY, ""),
        (FileKind.SUBMISSIONS_JSON, ExportState.READY, ""),
    ],
)
def test_a_text_that_no_cell_holds_fails_a_workbook_at_once(
    boss: Member, case: Case, kind: FileKind, state: str, fault: str
) -> None:
    with transaction.atomic():
        came = origins.Came(case, {"extra": {"x_Long": "a" * 32_768}})
        origins.write([came], from_="IM", at=timezone.now())

    job = made(boss, EVERYTHING, kind)

    assert (job.state, job.fault, job.tries) == (state, fault, 1)
    assert SealedFile.objects.count() == (state == ExportState.READY)
