"""A file from its coming in to its cases: looked at, said yes to, written once, gone."""

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit import log
from audit.models import AuditEvent
from cases import vault
from cases.actions import exclusion, lifecycle
from cases.apart import Whom
from cases.models import Case, IdentityCount
from demo import builders as make
from exchange import origins, policy
from exchange.actions import importing, making
from exchange.bench import Bench
from exchange.models import FilePiece, ImportJob, Origin, SealedFile
from exchange.workflow import ImportState
from kernel.errors import Denied, Refused
from kernel.groups import DataGroup
from notify.models import Delivery, Task
from notify.notices import Kind
from referral.actions import transferring
from rights.pack import gathered
from tests.exchange.jobs import IVAN, OLENA, WRONG, faults, people, states, table, work
from tests.exchange.test_exporting import move

pytestmark = pytest.mark.django_db


def start(job: ImportJob, *, with_doubtful: bool = False) -> ImportJob:
    importing.start(code=job.code, with_doubtful=with_doubtful, by=job.by, at=timezone.now())
    work()
    job.refresh_from_db()
    return job


def opened(case: Case, *groups: DataGroup, by: Member) -> dict[str, Any]:
    with transaction.atomic():
        return vault.open_groups(case.person, groups, by=by, case=case.code, why="test")


def keep_apart(case: Case, member: Member, *, by: Member) -> None:
    exclusion.exclude(code=case.code, whom=Whom(member=member), by=by, at=timezone.now())


def read(case: Case, *, by: Member) -> dict[str, Any]:
    with transaction.atomic():
        return origins.read(case, by=by, why="test")


def cases_of(job: ImportJob) -> list[Case]:
    rows = job.rows.filter(case__isnull=False).order_by("number")
    return [row.case for row in rows if row.case is not None]


def test_a_file_is_looked_at_and_nothing_is_written(sender: Member, brought: Any) -> None:
    job = brought(sender, OLENA, IVAN, WRONG)

    assert (job.state, job.kind, job.height) == (ImportState.CHECKED, "csv", 3)
    assert states(job) == ["new", "new", "faulty"]
    assert faults(job) == [[4, "prs_Birthdate", "date_in_the_future"]]
    assert Case.objects.count() == 0
    # What came in has gone; what would become of it is sealed with its row.
    assert FilePiece.objects.count() == 0
    kept = [bytes(row.content) for row in job.rows.filter(content__isnull=False)]
    assert len(kept) == 2
    assert not any("Олена".encode() in content or b"Ivan" in content for content in kept)


def test_a_yes_makes_cases_of_what_is_right(sender: Member, brought: Any) -> None:
    job = start(brought(sender, OLENA, IVAN, WRONG))

    assert (job.state, job.file) == (ImportState.DONE, None)
    assert states(job) == ["done", "done", "faulty"]
    first, second = cases_of(job)
    assert (first.state, first.owner, first.worker) == ("draft", sender.agency, sender)
    assert (first.person.age_band, first.person.gender) == ("30-38", "Feminine")
    assert first.person.languages == ["ukr"]
    found = opened(first, DataGroup.IDENTITY, DataGroup.TRAFFICKING, by=sender)
    assert found == {
        "identity": {
            "prs_FirstName": "Олена", "prs_SecondName": "Казлова",
            "prs_Birthdate": "1996-03-04", "prs_Gender": "Feminine",
            "prs_Citizenship": ["UA"],
        },
        "trafficking": {
            "vic_MethodsOfControl": ["DebtBondage", "PhysicalThreats"],
            "vic_AgeWhenTrafficked": 20,
        },
    }  # fmt: skip
    assert second.person.age_band == "30-38"
    # Nothing of the file stays, neither its key nor a row's content.
    assert SealedFile.objects.count() == 0
    assert not job.rows.filter(content__isnull=False).exists()


def test_a_consent_in_a_file_opens_nothing(sender: Member, brought: Any) -> None:
    job = start(brought(sender, OLENA))

    [case] = cases_of(job)
    assert case.consents.count() == 0
    assert sorted(case.access.values_list("because", flat=True)) == ["assigned", "owner"]
    assert Origin.objects.get(case=case).content is not None


def test_what_a_case_came_with_does_not_go_to_a_later_owner(
    sender: Member, boss: Member, brought: Any
) -> None:
    """No data group stands for it, so that no consent covers it."""
    [case] = cases_of(start(brought(sender, OLENA)))
    at = timezone.now()
    lifecycle.open_case(code=case.code, by=sender, at=at)
    before = read(case, by=sender)
    to = make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )
    held = [DataGroup.IDENTITY, DataGroup.TRAFFICKING]
    make.make_consent(case=case, to=to.agency, by=sender, groups=held)
    moved = transferring.propose(
        code=case.code, to=to.agency, note="She moved.", by=boss, at=at
    )
    transferring.answer(code=moved.code, accept=True, by=to, at=at)
    case.refresh_from_db()

    assert case.owner == to.agency
    assert before["extra"] == {"x_OwnNumber": "77"}
    assert read(case, by=to) == {}
    assert [policy.origins_visible_to(each).count() for each in (sender, boss, to)] == [0] * 3


def test_a_colleague_who_is_named_becomes_the_worker(sender: Member, brought: Any) -> None:
    colleague = make.make_member(agency=sender.agency)
    elsewhere = make.make_member()
    rows = [
        OLENA | {"cas_CaseOwner": colleague.username},
        IVAN | {"cas_CaseOwner": elsewhere.username},
    ]

    job = start(brought(sender, *rows))

    workers = [case.worker for case in cases_of(job)]
    assert workers == [colleague, sender]


def test_a_colleague_is_told_once_and_who_has_left_is_given_nothing(
    sender: Member, brought: Any
) -> None:
    colleague, left = (
        make.make_member(agency=sender.agency),
        make.make_member(agency=sender.agency),
    )
    named = [colleague, colleague, left]
    job = brought(
        sender,
        *(
            row | {"cas_CaseOwner": who.username}
            for row, who in zip(people(3), named, strict=True)
        ),
    )
    Member.objects.filter(pk=left.pk).update(is_active=False)

    cases = cases_of(start(job))

    assert [case.worker for case in cases] == [colleague, colleague, sender]
    told = Delivery.objects.filter(event__kind=Kind.CASE_ASSIGNED, channel="in_app")
    assert list(told.values_list("member", "event__subject")) == [(colleague.pk, cases[0].code)]


def test_what_nobody_can_work_on_is_a_task_for_supervisors(
    sender: Member, boss: Member, brought: Any
) -> None:
    """Whoever brought it left while it was being written."""
    job = brought(sender, *people(2))
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    job.refresh_from_db()
    Member.objects.filter(pk=sender.pk).update(is_active=False)
    making.write_rows(bench=Bench(job), keys=[job.rows.get(number=1).pk])
    [case] = cases_of(job)

    work()
    job.refresh_from_db()

    task = Task.objects.get(case=case.code)
    assert (case.worker, task.kind, task.role) == (None, "assign_case", "supervisor")
    assert (job.state, job.fault) == (ImportState.STOPPED, "who_brought_it_has_left")
    assert states(job) == ["done", "new"]


def test_what_stands_against_one_row_stands_against_no_other(
    sender: Member, brought: Any
) -> None:
    """They are written together; what only the database finds is of one of them all the same."""
    first = brought(sender, OLENA)
    some = list(people(3))
    some[1] |= {"x_Reference": OLENA["x_Reference"]}
    second = brought(sender, *some)
    start(first)

    start(second)

    cases = cases_of(second)
    assert states(second) == ["done", "failed", "done"]
    assert faults(second) == [[3, "", "is_here_already"]]
    assert [read(case, by=sender)["reference"] for case in cases] == [
        some[0]["x_Reference"], some[2]["x_Reference"],
    ]  # fmt: skip
    assert Case.objects.count() == 3


def test_two_files_of_one_reference_make_one_case(sender: Member, brought: Any) -> None:
    first = brought(sender, OLENA)
    second = brought(sender, IVAN | {"x_Reference": OLENA["x_Reference"]})

    assert [states(start(first)), states(start(second))] == [["done"], ["failed"]]
    assert faults(second) == [[2, "", "is_here_already"]]
    assert Case.objects.count() == 1


def test_the_same_file_is_not_taken_twice(sender: Member, brought: Any) -> None:
    job = brought(sender, OLENA)

    with pytest.raises(Refused) as refused:
        brought(sender, OLENA)
    importing.discard(code=job.code, by=sender, at=timezone.now())
    again = brought(sender, OLENA)
    # Another agency's same file is nobody else's business.
    other = brought(make.make_member(), OLENA)

    assert refused.value.code == "same_file"
    assert {again.state, other.state} == {ImportState.CHECKED}


def test_who_is_here_already_is_known_by_the_reference(sender: Member, brought: Any) -> None:
    first = start(brought(sender, OLENA))
    own = first.rows.get().case

    changed = OLENA | {"prs_FirstName": "Alena", "prs_SecondName": "Other"}
    by_reference = brought(sender, changed)
    by_code = brought(sender, IVAN | {"x_Reference": own.code})
    elsewhere = brought(make.make_member(), changed)

    assert (states(by_reference), by_reference.rows.get().case) == (["known"], own)
    assert (states(by_code), by_code.rows.get().case) == (["known"], own)
    assert states(elsewhere) == ["new"]


def test_a_look_tells_nothing_of_a_case_that_its_member_is_kept_apart_from(
    sender: Member, boss: Member, brought: Any
) -> None:
    start(brought(sender, OLENA))
    case = Case.objects.get()
    again = [OLENA | {"prs_FirstName": "Елена"}, OLENA | {"x_Reference": case.code}]
    apart = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    keep_apart(case, apart, by=sender)
    colleague = make.make_member(agency=sender.agency)

    looked = {
        who: states(brought(who, *again, IVAN | {"x_Mark": str(n)}))
        for n, who in enumerate([sender, boss, apart, colleague])
    }

    assert looked == {
        sender: ["known", "known", "new"], boss: ["known", "known", "new"],
        apart: ["new", "new", "new"], colleague: ["known", "known", "new"],
    }  # fmt: skip


def test_a_look_for_somebody_who_is_kept_apart_finds_nobody_by_name(
    sender: Member, boss: Member, brought: Any
) -> None:
    start(brought(sender, OLENA))
    apart = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    keep_apart(Case.objects.get(), apart, by=sender)
    again = OLENA | {"x_Reference": "B-1", "prs_FirstName": "Елена"}

    by_boss, by_apart = brought(boss, again), brought(apart, again | {"x_Mark": "1"})

    assert states(by_boss) == ["doubtful"]
    assert (states(by_apart), by_apart.rows.get().case) == (["new"], None)


def test_a_look_counts_and_is_logged_as_a_search_is(sender: Member, brought: Any) -> None:
    first = start(brought(sender, OLENA, IVAN, WRONG))
    case = Case.objects.earliest("pk")
    counted = IdentityCount.objects.get(member=sender).count

    job = brought(sender, OLENA | {"x_Reference": "B-1"})
    importing.discard(code=job.code, by=sender, at=timezone.now())

    # Each that was compared, once, whether it has become a case or not.
    assert (counted, IdentityCount.objects.get(member=sender).count) == (2, 3)
    looks = AuditEvent.objects.filter(event="import.ready")
    assert [looks.get(about=each.code).facts for each in (first, job)] == [
        {"to": "checked", "hits": 0, "digest": log.digest_of([])},
        {"to": "checked", "hits": 1, "digest": log.digest_of([case.code])},
    ]


def test_who_looks_like_somebody_of_ours_is_doubtful(sender: Member, brought: Any) -> None:
    start(brought(sender, OLENA))
    again = OLENA | {"x_Reference": "B-1", "prs_FirstName": "Елена"}

    job = brought(sender, again)
    elsewhere = brought(make.make_member(), again)

    assert states(job) == ["doubtful"]
    # What other agencies have is never compared.
    assert (states(elsewhere), elsewhere.rows.get().case) == (["new"], None)
    assert states(start(job)) == ["doubtful"]
    assert Case.objects.filter(owner=sender.agency).count() == 1


def test_a_doubtful_one_is_imported_if_that_is_wanted(sender: Member, brought: Any) -> None:
    start(brought(sender, OLENA))

    job = brought(sender, OLENA | {"x_Reference": "B-1"})

    assert states(start(job, with_doubtful=True)) == ["done"]
    assert Case.objects.filter(owner=sender.agency).count() == 2


def test_a_row_is_all_or_nothing(sender: Member, brought: Any) -> None:
    """Each by itself is right; together they cannot be."""
    job = brought(
        sender,
        OLENA | {"vic_AgeWhenTrafficked": "60"},
        IVAN | {"hte_Date": "1950-01-01", "hte_City": "Brest"},
    )

    assert faults(job) == [
        [2, "vic_AgeWhenTrafficked", "age_above_own_age"], [3, "hte_Date", "date_before_birth"],
    ]  # fmt: skip
    assert states(start(job)) == ["faulty", "faulty"]
    assert Case.objects.count() == 0


def test_it_is_stopped_and_goes_on(sender: Member, boss: Member, brought: Any) -> None:
    job = brought(sender, OLENA, IVAN)
    at = timezone.now()
    importing.start(code=job.code, with_doubtful=False, by=sender, at=at)
    importing.stop(code=job.code, by=boss, at=at)
    work()
    stopped = states(job)

    with pytest.raises(Denied) as denied:
        importing.start(code=job.code, with_doubtful=False, by=boss, at=at)

    assert denied.value.code == "only_who_brought_it_may_import"
    assert stopped == ["new", "new"]
    assert states(start(job)) == ["done", "done"]


def test_a_stop_counts_from_the_next_rows(sender: Member, brought: Any) -> None:
    """Whoever has the import in hand sees it before each time that it writes."""
    job = brought(sender, OLENA, IVAN)
    at = timezone.now()
    importing.start(code=job.code, with_doubtful=False, by=sender, at=at)
    job.refresh_from_db()
    keys = list(job.rows.order_by("number").values_list("pk", flat=True))
    bench = Bench(job)

    first = making.write_rows(bench=bench, keys=keys[:1])
    importing.stop(code=job.code, by=sender, at=at)
    second = making.write_rows(bench=bench, keys=keys[1:])

    assert (first, second, states(job)) == (True, False, ["done", "new"])


def test_two_workers_write_each_row_once(sender: Member, brought: Any) -> None:
    job = brought(sender, OLENA, IVAN)
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    job.refresh_from_db()
    keys = list(job.rows.order_by("number").values_list("pk", flat=True))
    bench = Bench(job)

    wrote = [making.write_rows(bench=bench, keys=some) for some in (keys[:1], keys, keys)]
    work()

    assert wrote == [True] * 3
    assert Case.objects.filter(owner=sender.agency).count() == 2


def test_what_was_done_is_in_the_log(sender: Member, brought: Any) -> None:
    job = start(brought(sender, OLENA))

    events = AuditEvent.objects.filter(about=job.code).order_by("pk")
    assert list(events.values_list("event", "actor")) == [
        ("import.received", sender.username), ("import.check", "importer"),
        ("read.file", "importer"), ("import.ready", "importer"),
        ("import.start", sender.username), ("read.import_rows", "importer"),
        ("import.finish", "importer"),
    ]  # fmt: skip
    registered = AuditEvent.objects.get(event="case.registered")
    assert registered.facts == {
        "import": job.code, "groups": "identity,trafficking", "records": 0, "notes": 0,
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.AGENCY_ADMIN, Role.COORDINATOR])
def test_others_bring_nothing_in(role: Role) -> None:
    with pytest.raises(Denied):
        make.make_import(by=make.make_member(role=role), content=table(OLENA))


def test_what_cannot_be_read_is_refused_whole(sender: Member, brought: Any) -> None:
    job = brought(sender, content=b"PK\x03\x04 cut in half", name="a.xlsx")

    assert (job.state, job.file, job.rows.count()) == (ImportState.REFUSED, None, 0)
    assert job.fault == "broken_file"


def test_the_persons_own_copy_tells_what_it_came_with_wherever_the_case_is(
    sender: Member, boss: Member, brought: Any
) -> None:
    """All that was said of them; the number that an agency gave its file, by that agency alone."""
    [case] = cases_of(start(brought(sender, OLENA)))
    lifecycle.open_case(code=case.code, by=sender, at=timezone.now())
    before = origin_in_pack(case)
    move(case, boss)
    case.refresh_from_db()

    after = origin_in_pack(case)

    assert case.owner != sender.agency
    assert before == (
        {"fields": {"con_Consent": True}, "extra": {"x_OwnNumber": "77"}, "reference": "A-1"}, 0,
    )  # fmt: skip
    assert after == ({"fields": {"con_Consent": True}, "extra": {"x_OwnNumber": "77"}}, 1)


def origin_in_pack(case: Case) -> tuple[dict[str, Any], int]:
    """What is told of it, and how much of it is not."""
    with transaction.atomic():
        made = gathered([case], by=log.Machine("test"), at=timezone.now())
    [item] = made.sections["origin"]
    return item.words["content"], made.left_out["numbers_of_other_agencies"]
