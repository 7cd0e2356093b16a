"""Whose time is over is proposed, decided on by two people and erased; nobody else is."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies import jurisdiction
from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import erasure
from cases.models import Case
from cases.workflow import HoldGround, HoldKind
from custody.models import Tombstone
from demo import builders as make
from kernel.errors import Denied, Invalid, Refused
from notify.models import Delivery
from rights import policy, queries, rules, tasks
from rights.actions import deciding, proposing, restricting
from rights.models import Batch, Item
from rights.workflow import BatchVerb, ItemState, KeptBecause
from tests.rights.conftest import YEAR, closed, long_closed

pytestmark = pytest.mark.django_db


def proposed(by: Member) -> Batch | None:
    return proposing.propose(agency=by.agency, by=log.CLOCK, at=timezone.now())


def approved(batch: Batch, boss: Member, officer: Member) -> Batch:
    deciding.agree(code=batch.code, by=boss, at=timezone.now())
    return deciding.approve(code=batch.code, by=officer, at=timezone.now())


def carried_out(batch: Batch) -> Batch:
    tasks.carry_out()
    batch.refresh_from_db()
    return batch


def in_batches() -> set[str]:
    return set(Item.objects.values_list("case__code", flat=True))


@pytest.mark.parametrize(
    ("years", "closure", "band", "rule", "after_years"),
    [
        (1, "goals_met", "30-38", "adult", 5),
        (1, "not_a_victim", "30-38", "not_a_victim", 1),
        (1, "duplicate", "0-8", "not_a_victim", 1),
        # Registered a year before at nine at the youngest: fifteen years after closing they are 25.
        (1, "goals_met", "9-17", "child", 15),
        (1, "goals_met", "0-8", "child", 24),
        (1, "goals_met", "unknown", "child", 24),
        (1, "goals_met", "18-20", "adult", 5),
    ],
)
def test_each_has_their_day(
    sender: Member, years: int, closure: str, band: str, rule: str, after_years: int
) -> None:
    case = long_closed(sender, years=years, closure=closure, age_band=band)
    found = rules.due(case)
    assert found is not None
    assert case.closed_at is not None
    day = case.closed_at.date() + dt.timedelta(days=365.25 * after_years)
    assert found.rule == rule
    assert abs(found.on - day) <= dt.timedelta(days=3)


def test_a_draft_that_nobody_opened_is_due_after_three_months(sender: Member) -> None:
    case = make.make_case(by=sender, open_=False)
    found = rules.due(case)
    assert found is not None
    assert found.rule == "abandoned_draft"
    assert 89 <= (found.on - case.registered_at.date()).days <= 93


@pytest.mark.parametrize("state", ["open", "follow_up"])
def test_who_is_helped_is_never_due(sender: Member, state: str) -> None:
    case = make.make_case(by=sender)
    Case.objects.filter(pk=case.pk).update(
        state=state, registered_at=timezone.now() - 90 * YEAR
    )
    case.refresh_from_db()
    assert rules.due(case) is None
    assert proposed(sender) is None


def test_the_last_of_several_cases_counts(sender: Member) -> None:
    old = long_closed(sender)
    young = long_closed(sender, years=1)
    Case.objects.filter(pk=young.pk).update(person=old.person)
    young.refresh_from_db()
    assert rules.due(old) < rules.due(young)  # type: ignore[operator]  # both have a day
    assert rules.due_of_person(old.person_id) == rules.due(young)
    assert proposed(sender) is None


def test_thirty_years_of_cases_are_proposed_on_their_day_and_not_before(sender: Member) -> None:
    """The query that looks for them finds exactly those that the rule finds one by one."""
    made = [
        long_closed(sender, years=years, closure=closure, age_band=band)
        for years in (0.2, 0.9, 1.1, 4.9, 5.1, 16, 26)
        for closure in ("goals_met", "not_a_victim")
        for band in ("0-8", "9-17", "30-38", "unknown")
    ]
    today = timezone.now().date()
    wanted = {
        case.code for case in made if (due := rules.due(case)) is not None and due.on <= today
    }
    found = {case.code for case, _ in queries.due_of(sender.agency, at=timezone.now(), most=99)}
    assert found == wanted
    assert 0 < len(wanted) < len(made)


def test_two_people_and_then_a_clock(sender: Member, boss: Member, officer: Member) -> None:
    case = long_closed(sender)
    other = long_closed(sender, years=1)
    batch = proposed(sender)
    assert batch is not None
    assert in_batches() == {case.code}
    told = Delivery.objects.filter(event__kind="erasure.proposed", channel="in_app")
    assert list(told.values_list("member", flat=True)) == [boss.pk]

    approved(batch, boss, officer)
    assert not Tombstone.objects.exists()
    tasks.carry_out()

    batch.refresh_from_db()
    item, stone = batch.items.get(), Tombstone.objects.get()
    assert (batch.state, item.state, item.rule) == ("done", "erased", "adult")
    assert (stone.person, stone.because, stone.by, stone.approved_by) == (
        case.person.code, "adult", officer.username, boss.username,
    )  # fmt: skip
    case.person.refresh_from_db()
    other.person.refresh_from_db()
    assert (case.person.ring_key, bool(other.person.ring_key)) == ("", True)
    assert proposed(sender) is None


def test_nobody_decides_alone_and_nobody_else_decides(
    sender: Member, boss: Member, officer: Member, second_officer: Member, stranger: Member
) -> None:
    long_closed(sender)
    batch = proposed(sender)
    assert batch is not None
    elsewhere = make.make_member(role=Role.SUPERVISOR)
    admin = make.make_member(agency=officer.agency, role=Role.SYSTEM_ADMIN)
    everybody = (sender, boss, officer, stranger, elsewhere, admin)

    def may(verb: BatchVerb) -> set[str]:
        batch.refresh_from_db()
        return {m.username for m in everybody if policy.may_decide(m, verb, batch)}

    assert may(BatchVerb.AGREE) == {boss.username, officer.username}
    assert may(BatchVerb.APPROVE) == {officer.username}
    # In a step that is not there yet the table says no, whoever asks.
    with pytest.raises(Refused, match="cannot_approve_when_proposed"):
        deciding.approve(code=batch.code, by=officer, at=timezone.now())
    deciding.agree(code=batch.code, by=officer, at=timezone.now())
    assert may(BatchVerb.APPROVE) == set()
    with pytest.raises(Denied, match="a_second_person_decides"):
        deciding.approve(code=batch.code, by=officer, at=timezone.now())
    with pytest.raises(Denied, match="role_may_not_erase"):
        deciding.approve(code=batch.code, by=boss, at=timezone.now())
    deciding.approve(code=batch.code, by=second_officer, at=timezone.now())
    assert carried_out(batch).state == "done"


def test_the_database_knows_that_it_takes_two(sender: Member, officer: Member) -> None:
    long_closed(sender)
    batch = proposed(sender)
    assert batch is not None
    with pytest.raises(IntegrityError, match="batch_is_approved_by_two"), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(
            state="approved", agreed_by=officer, decided_by=officer
        )


@pytest.mark.parametrize("kind", list(HoldKind))
def test_what_is_held_is_neither_proposed_nor_erased(
    sender: Member, boss: Member, officer: Member, second_officer: Member, kind: HoldKind
) -> None:
    ground = {HoldKind.LEGAL: HoldGround.COURT, HoldKind.RESTRICTION: HoldGround.CONTESTED}[
        kind
    ]

    def hold(case: Case) -> str:
        return restricting.set_hold(
            code=case.code, kind=kind, ground=ground, reason="The court has asked for the file.",
            look_again_on=make.today() + dt.timedelta(days=90), by=boss, at=timezone.now(),
        ).code  # fmt: skip

    early, late = long_closed(sender), long_closed(sender)
    held = hold(early)
    batch = proposed(sender)
    assert batch is not None
    assert in_batches() == {late.code}
    approved(batch, boss, officer)
    # Held after two people have decided, and before the clock came.
    hold(late)
    carried_out(batch)
    item = batch.items.get()
    assert (item.state, item.passed_over) == (ItemState.PASSED_OVER, "person_is_held")
    assert not Tombstone.objects.exists()
    with pytest.raises(Refused, match="person_is_held"):
        erasure.destroy_person(
            code=early.person.code, because="x", approved_by=second_officer, by=officer,
            at=timezone.now(),
        )  # fmt: skip
    restricting.end_hold(code=held, by=officer, at=timezone.now())
    assert proposed(sender) is not None
    assert in_batches() == {early.code, late.code}


def test_who_came_back_before_the_clock_is_passed_over(
    sender: Member, boss: Member, officer: Member
) -> None:
    opened, closed_again = long_closed(sender), long_closed(sender)
    batch = proposed(sender)
    assert batch is not None
    approved(batch, boss, officer)
    Case.objects.filter(pk=opened.pk).update(state="open", closure="", closed_at=None)
    closed(closed_again, years=0.5)
    carried_out(batch)
    assert dict(batch.items.values_list("case__code", "passed_over")) == {
        opened.code: "not_due_any_more", closed_again.code: "not_due_any_more",
    }  # fmt: skip
    assert not Tombstone.objects.exists()


def test_who_is_kept_back_stays_for_that_time(
    sender: Member, boss: Member, officer: Member
) -> None:
    kept, gone = long_closed(sender), long_closed(sender)
    batch = proposed(sender)
    assert batch is not None
    until = make.today() + dt.timedelta(days=100)

    def keep(day: dt.date) -> Item:
        return deciding.keep_back(
            code=batch.code, case=kept.code, because=KeptBecause.CLAIM, until=day, by=boss,
            at=timezone.now(),
        )  # fmt: skip

    for wrong in (make.today(), make.today() + dt.timedelta(days=400)):
        with pytest.raises(Invalid, match=r"date_in_the_past|too_far_ahead"):
            keep(wrong)
    keep(until)
    approved(batch, boss, officer)
    carried_out(batch)
    assert list(Tombstone.objects.values_list("person", flat=True)) == [gone.person.code]
    assert proposed(sender) is None
    later = timezone.now() + dt.timedelta(days=101)
    again = proposing.propose(agency=sender.agency, by=log.CLOCK, at=later)
    assert again is not None
    assert again.items.get().case == kept
    with pytest.raises(Refused, match="nobody_to_erase"):
        deciding.keep_back(
            code=again.code, case=kept.code, because=KeptBecause.CLAIM,
            until=make.today() + dt.timedelta(days=200), by=boss, at=timezone.now(),
        )  # fmt: skip
        approved(again, boss, officer)


def test_a_refused_batch_erases_nobody_and_is_proposed_anew(
    sender: Member, boss: Member
) -> None:
    case = long_closed(sender)
    batch = proposed(sender)
    assert batch is not None
    deciding.refuse(code=batch.code, by=boss, at=timezone.now())
    tasks.carry_out()
    assert batch.items.get().passed_over == "batch_was_refused"
    assert not Tombstone.objects.exists()
    again = proposed(sender)
    assert again is not None
    assert again.items.get().case == case


def test_the_clock_proposes_for_each_agency_once(sender: Member, receiver: Member) -> None:
    worker = make.make_member(agency=receiver.agency)
    one, two = long_closed(sender), long_closed(worker)
    tasks.propose()
    tasks.propose()
    long_closed(sender)
    tasks.propose()
    assert in_batches() == {one.code, two.code}
    assert {b.agency_id for b in Batch.objects.all()} == {sender.agency_id, receiver.agency_id}


def test_who_asks_to_be_erased_waits_for_two_people_too(
    sender: Member, boss: Member, officer: Member
) -> None:
    case = make.make_case(by=sender)

    def ask(by: Member) -> Batch:
        return proposing.propose_asked(code=case.code, by=by, at=timezone.now())

    with pytest.raises(Refused, match="case_of_the_person_is_open"):
        ask(boss)
    with pytest.raises(Denied, match="role_may_not_erase"):
        ask(sender)
    closed(case, years=0.1)
    batch = ask(boss)
    with pytest.raises(Refused, match="erasure_is_proposed"):
        ask(officer)
    approved(batch, boss, officer)
    carried_out(batch)
    assert Tombstone.objects.get().because == "asked"
    with pytest.raises(Refused, match="person_was_erased"):
        ask(officer)


def test_what_was_still_to_be_done_ends_with_the_person(
    sender: Member, boss: Member, officer: Member
) -> None:
    case = make.make_case(by=sender, open_=False)
    Case.objects.filter(pk=case.pk).update(registered_at=timezone.now() - YEAR)
    batch = proposed(sender)
    assert batch is not None
    approved(batch, boss, officer)
    carried_out(batch)
    case.refresh_from_db()
    assert (case.state, case.closure) == ("closed", "other")


def test_a_file_of_rules_is_read_strictly() -> None:
    rule = {
        "code": "x", "counts_from": "closed", "months": 12, "source": "s",
        "title": {"en": "x", "ru": "x", "be": "x"},
    }  # fmt: skip
    assert jurisdiction._retention([dict(rule)])[0].months == 12
    for change in (
        {"months": 0}, {"counts_from": "born"}, {"ages": [9, 2]}, {"until_age": -1},
        {"counts_from": "registered", "closures": ["other"]}, {"title": {"en": "x"}},
        {"word": 1},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"\w"):
            jurisdiction._retention([rule | change])
    with pytest.raises(ValueError, match="each code once"):
        jurisdiction._retention([dict(rule), dict(rule)])
    for name in ("belarus", "council_of_europe"):
        assert [each.code for each in jurisdiction.load(name).retention] == [
            "abandoned_draft", "not_a_victim", "child", "adult",
        ]  # fmt: skip
    assert rules.unknown_closures() == set()
