"""A case from which whoever brings a file in is kept apart: the file looks as it would without it."""

from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.actions import exclusion, lifecycle
from cases.apart import Whom
from cases.models import Case, TimelineEntry
from demo import builders as make
from exchange import doubled
from exchange.actions import importing
from exchange.models import ImportJob, Origin
from notify.models import Delivery, Task
from notify.notices import Kind
from tests.exchange.jobs import IVAN, OLENA, Row, faults, people, states, work
from tests.exchange.test_exporting import move

pytestmark = pytest.mark.django_db


def start(job: ImportJob) -> ImportJob:
    importing.start(code=job.code, with_doubtful=False, by=job.by, at=timezone.now())
    work()
    job.refresh_from_db()
    return job


def case_of(job: ImportJob) -> Case:
    case = job.rows.get().case
    assert case is not None
    return case


def people_of(reference: str) -> Row:
    """Somebody whom nobody knows."""
    return next(iter(people(1))) | {"x_Reference": reference}


def told() -> list[tuple[str, int]]:
    """Of which case who was told."""
    rows = Delivery.objects.filter(event__kind=Kind.BROUGHT_AGAIN, channel="in_app")
    return list(rows.order_by("pk").values_list("event__subject", "member"))


def keep_apart(case: Case, member: Member, *, by: Member) -> None:
    exclusion.exclude(code=case.code, whom=Whom(member=member), by=by, at=timezone.now())


@pytest.fixture
def hidden(sender: Member, brought: Any) -> Case:
    return case_of(start(brought(sender, OLENA)))


@pytest.fixture
def apart(sender: Member, hidden: Case) -> Member:
    """A supervisor of the agency who is kept apart from the case."""
    member = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    keep_apart(hidden, member, by=sender)
    return member


def as_seen(job: ImportJob) -> list[Any]:
    return [job.state, job.fault, states(job), faults(job)]


def test_its_reference_betrays_nothing_from_look_to_case(
    hidden: Case, apart: Member, brought: Any
) -> None:
    """The same for who is kept apart as for an agency that has no such case, also the second time."""
    elsewhere = make.make_member(role=Role.SUPERVISOR)
    again = IVAN | {"x_Reference": OLENA["x_Reference"]}

    seen = {}
    for who in (apart, elsewhere):
        first = brought(who, again)
        looked = as_seen(first)
        done = as_seen(start(first))
        second = brought(who, again | {"x_Mark": "2"})
        seen[who] = [looked, done, as_seen(second), case_of(second) == case_of(first)]

    assert seen[apart] == seen[elsewhere]
    assert seen[apart] == [
        ["checked", "", ["new"], []], ["done", "", ["done"], []],
        ["checked", "", ["known"], []], True,
    ]  # fmt: skip


def test_whoever_may_know_of_it_is_told(
    hidden: Case, sender: Member, boss: Member, apart: Member, brought: Any
) -> None:
    job = start(brought(apart, IVAN | {"x_Reference": OLENA["x_Reference"]}))

    [entry] = TimelineEntry.objects.filter(event="case.brought_again")
    assert told() == [(hidden.code, boss.pk)]
    assert (entry.case, entry.about, entry.facts) == (
        hidden, case_of(job).code, {"import": job.code},
    )  # fmt: skip
    # What the new case's people are shown says nothing of it.
    assert not TimelineEntry.objects.filter(case=case_of(job), about=hidden.code).exists()


def test_its_worker_is_told_where_no_supervisor_may_know_and_else_those_who_run_the_service(
    hidden: Case, sender: Member, apart: Member, brought: Any
) -> None:
    make.make_member(agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN)
    again = IVAN | {"x_Reference": OLENA["x_Reference"]}
    start(brought(apart, again))
    first = told()
    other = make.make_member(agency=sender.agency)
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    for case in Case.objects.filter(owner=sender.agency):
        keep_apart(case, other, by=boss)
    keep_apart(hidden, boss, by=sender)
    Case.objects.filter(pk=hidden.pk).update(worker=None)
    start(brought(other, again | {"x_Mark": "2"}))

    assert first == [(hidden.code, sender.pk)]
    # The second file named two that its member may not know of; of the other a supervisor knew.
    assert Task.objects.filter(kind=Kind.NOBODY_TOLD, subject=hidden.code).count() == 1


def test_it_is_hidden_by_its_code_too(
    hidden: Case, apart: Member, boss: Member, brought: Any
) -> None:
    job = start(brought(apart, IVAN | {"x_Reference": hidden.code}))

    assert as_seen(job) == ["done", "", ["done"], []]
    assert told() == [(hidden.code, boss.pk)]


@pytest.mark.parametrize("by_its_code", [False, True])
def test_of_a_colleagues_case_no_second_is_made(
    hidden: Case, sender: Member, brought: Any, visiting: Any, by_its_code: bool
) -> None:
    """What a register names that came in before is known, whoever works on it by now; that it is
    there is all that is told."""
    colleague = make.make_member(agency=sender.agency)
    reference = hidden.code if by_its_code else OLENA["x_Reference"].lower()

    job = brought(colleague, IVAN | {"x_Reference": reference}, people_of("N-1"))
    looked = as_seen(job)
    page = visiting(colleague).see(f"/imports/{job.code}/").content.decode()
    done = as_seen(start(job))

    assert looked == ["checked", "", ["known", "new"], []]
    assert done == ["done", "", ["known", "done"], []]
    assert hidden.code not in page
    assert told() == []


def test_a_case_that_came_to_a_colleague_meanwhile_is_not_made_again(
    sender: Member, brought: Any
) -> None:
    colleague = make.make_member(agency=sender.agency)
    first, second = brought(sender, OLENA), brought(colleague, OLENA | {"x_Mark": "2"})
    start(first)

    assert as_seen(start(second)) == ["done", "", ["failed"], [[2, "", doubled.ALREADY]]]
    assert Case.objects.count() == 1


def test_another_agency_is_not_told_of_a_case_that_it_took_over(
    hidden: Case, sender: Member, boss: Member, brought: Any
) -> None:
    """She has come back: the agency that sent her on begins anew, by its own reference."""
    lifecycle.open_case(code=hidden.code, by=sender, at=timezone.now())
    move(hidden, boss)

    job = start(brought(sender, IVAN | {"x_Reference": OLENA["x_Reference"]}))

    assert as_seen(job) == ["done", "", ["done"], []]
    assert told() == []
    assert Origin.objects.filter(reference__isnull=False).count() == 2


def test_of_one_that_is_seen_nothing_is_written_twice(
    hidden: Case, sender: Member, brought: Any
) -> None:
    """It came in, or was given back, after the look."""
    colleague = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    keep_apart(hidden, colleague, by=sender)
    job = brought(colleague, IVAN | {"x_Reference": OLENA["x_Reference"]})
    exclusion.readmit(
        code=hidden.code, whom=Whom(member=colleague), by=sender, at=timezone.now()
    )

    assert as_seen(start(job)) == ["done", "", ["failed"], [[2, "", doubled.ALREADY]]]
    assert told() == []


def test_the_log_of_the_agency_names_both(
    hidden: Case, apart: Member, boss: Member, visiting: Any, brought: Any
) -> None:
    job = start(brought(apart, IVAN | {"x_Reference": OLENA["x_Reference"]}))

    page = visiting(boss).see(f"/cases/{hidden.code}/timeline/").content.decode()
    bells = [visiting(who).see("/notices/").content.decode() for who in (boss, apart)]

    assert "A file named this case as a new one." in page
    assert case_of(job).code in page
    assert [hidden.code in bell for bell in bells] == [True, False]
