"""Closing a case: what must be clear, what ends, what runs on; and taking it up again."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Agency, Member, Service
from agencies.roles import Role
from cases.actions import lifecycle, override
from cases.models import Case, CaseAccess, Consent
from demo import builders as make
from identification.actions import deciding
from identification.models import Decision, Identification
from kernel.errors import Denied, Refused
from kernel.groups import DataGroup
from notify.models import Clock, Rung
from referral.actions import closing, recalling, requesting, sending, transferring
from reintegration.actions import planning, reviewing
from reintegration.models import Review

# A Tuesday morning in Minsk.
AT = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
REASONS = "Her papers were kept and her wages withheld for a year."
DAYS = [dt.date(2026, 4, 3), dt.date(2026, 6, 3), dt.date(2026, 9, 3), dt.date(2027, 3, 3)]
POINTS = {
    "no_open_referral", "no_decision_awaited", "decisions_told", "plan_ended",
    "alerts_resolved", "consents_ended", "overrides_ended", "no_open_transfer",
    "follow_ups_planned",
}  # fmt: skip


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


@pytest.fixture
def boss(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def authority(db: None) -> Agency:
    return make.make_authority()


@pytest.fixture
def officer(authority: Agency) -> Member:
    return make.make_officer(authority=authority)


def now() -> dt.datetime:
    return timezone.now()


def plan_days(case: Case, by: Member, dates: list[dt.date] | None = None) -> None:
    lifecycle.plan_follow_ups(code=case.code, dates=dates or [], by=by, at=now())


def close(case: Case, by: Member, closure: str = "goals_met") -> Case:
    return closing.close(code=case.code, closure=closure, by=by, at=now())


def reopen(case: Case, by: Member) -> Case:
    return closing.reopen(code=case.code, reason="She came back.", by=by, at=now())


def end_consents(case: Case, by: Member) -> None:
    for consent in case.consents.filter(state="active"):
        recalling.withdraw_consent(code=consent.code, by=by, at=now())


def world(case: Case) -> tuple[Any, ...]:
    return (
        list(Case.objects.filter(pk=case.pk).values()),
        list(Clock.objects.order_by("pk").values()),
        list(Review.objects.order_by("pk").values()),
        list(CaseAccess.objects.order_by("pk").values_list("pk", "due_at")),
        case.timeline.count(),
    )


def refused(act: Callable[[], Any], case: Case) -> str:
    """The code of the refusal, and that nothing of the act has stayed."""
    before = world(case)
    with pytest.raises((Refused, Denied)) as refusal:
        act()
    assert world(case) == before
    return str(refusal.value.code)


def running(case: Case) -> dict[tuple[str, str], dt.datetime]:
    """The clocks of the case that run, by purpose and subject."""
    clocks = Clock.objects.filter(case=case.code, stopped_at__isnull=True)
    return {(clock.purpose, clock.subject): clock.due_at for clock in clocks}


def purposes(case: Case) -> list[str]:
    return sorted(purpose for purpose, _ in running(case))


def recognised(case: Case, by: Member, authority: Agency, officer: Member) -> Decision:
    """A case with a reflection period, of which the person has still to be told."""
    make.make_submitted(case=case, by=by, authority=authority)
    deciding.recognise(code=case.code, reasons=REASONS, evidence=[], by=officer, at=now())
    return Decision.objects.get(identification__case=case)


def tell(decision: Decision, by: Member) -> None:
    deciding.tell(
        code=decision.code, whom="person", told_at=now(), way="in_person", language="bel",
        proof="She signed.", by=by, at=now(),
    )  # fmt: skip


# The checklist


def refer(case: Case, by: Member, boss: Member, officer: Member) -> None:
    service = make.make_service(agency=make.make_agency())
    make.make_consent(case=case, to=service.agency, by=by)
    draft = make.make_draft(case=case, service=service, by=by)
    sending.send(code=draft.code, by=by, at=now())
    # Its day has passed, and the clock has not looked yet.
    Consent.objects.filter(case=case).update(state="expired")


def submit(case: Case, by: Member, boss: Member, officer: Member) -> None:
    make.make_submitted(case=case, by=by, authority=officer.agency)
    Consent.objects.filter(case=case).update(state="expired")


def decide(case: Case, by: Member, boss: Member, officer: Member) -> None:
    recognised(case, by, officer.agency, officer)
    end_consents(case, by)


def draft_plan(case: Case, by: Member, boss: Member, officer: Member) -> None:
    make.make_plan(case=case, by=by)


def carry_out_plan(case: Case, by: Member, boss: Member, officer: Member) -> None:
    make.make_active_plan(case=case, by=by)


def warn(case: Case, by: Member, boss: Member, officer: Member) -> None:
    plan = make.make_active_plan(case=case, by=by)
    reviewing.check_in(
        code=case.code, tried_at=now(), channel="phone", result="not_safe", by=by, at=now()
    )
    planning.stop(code=plan.code, reason="person_stopped", by=by, at=now())


def consent(case: Case, by: Member, boss: Member, officer: Member) -> None:
    make.make_consent(case=case, to=make.make_agency(), by=by)


def share_without_consent(case: Case, by: Member, boss: Member, officer: Member) -> None:
    asked = override.ask(
        code=case.code, agency=make.make_agency(), groups=[DataGroup.IDENTITY],
        ground="court_order", reason="The court has ordered it in writing, number 12.",
        by=by, at=now(),
    )  # fmt: skip
    override.decide(code=asked.code, approve=True, by=boss, at=now())


def transfer(case: Case, by: Member, boss: Member, officer: Member) -> None:
    to = make.make_agency(type="territorial_centre")
    make.make_consent(case=case, to=to, by=by)
    transferring.propose(code=case.code, to=to, note="Moves.", by=boss, at=now())
    end_consents(case, by)


BLOCKS: list[tuple[str, Any]] = [
    ("no_open_referral", refer),
    ("no_decision_awaited", submit),
    ("decisions_told", decide),
    ("plan_ended", draft_plan),
    ("plan_ended", carry_out_plan),
    ("alerts_resolved", warn),
    ("consents_ended", consent),
    ("overrides_ended", share_without_consent),
    ("no_open_transfer", transfer),
]


@pytest.mark.parametrize(("point", "block"), BLOCKS)
def test_each_point_alone_keeps_a_case_open(
    point: str, block: Any, case: Case, sender: Member, boss: Member, officer: Member,
    signed_in: Any,
) -> None:  # fmt: skip
    plan_days(case, sender)
    block(case, sender, boss, officer)
    case.refresh_from_db()

    assert refused(lambda: close(case, boss), case) == f"checklist_{point}"

    clear = closing.checklist(case, "goals_met", on=AT.date())
    assert set(clear) == POINTS
    assert {name for name, is_clear in clear.items() if not is_clear} == {point}
    answer = signed_in(boss).post(f"cases/{case.code}/close/", {"closure": "goals_met"})
    assert (answer.status_code, answer.json()["code"]) == (409, f"checklist_{point}")


@pytest.mark.parametrize("days", [None, [AT.date() + DAY]])
def test_a_case_is_not_closed_without_a_day_ahead_to_ask_after_the_person(
    days: list[dt.date] | None, case: Case, sender: Member, boss: Member
) -> None:
    if days:
        plan_days(case, sender, days)

    with time_machine.travel(AT + DAY, tick=False):
        assert refused(lambda: close(case, boss), case) == "checklist_follow_ups_planned"


def test_a_case_with_all_clear_is_closed_by_a_supervisor_only(
    case: Case, sender: Member, boss: Member
) -> None:
    plan_days(case, sender)
    stranger = make.make_member(role=Role.SUPERVISOR)

    assert refused(lambda: close(case, sender), case) == "only_a_supervisor_may_do_this"
    assert refused(lambda: close(case, stranger), case) == "only_the_owner_may_do_this"
    closed = close(case, boss)
    assert (closed.state, closed.closure, closed.closed_at) == ("closed", "goals_met", AT)
    assert refused(lambda: close(case, boss), case) == "cannot_close_when_closed"


@pytest.mark.parametrize("closure", ["deceased", "duplicate", "lost_contact", "not_a_victim"])
@pytest.mark.parametrize("planned", [False, True])
def test_who_is_gone_or_never_was_a_victim_is_not_asked_after(
    closure: str, planned: bool, case: Case, sender: Member, boss: Member
) -> None:
    if planned:
        plan_days(case, sender)

    closed = close(case, boss, closure)

    assert (closed.state, closed.closure) == ("closed", closure)
    assert Review.objects.count() == 0
    assert running(case) == {}


@pytest.mark.parametrize("closure", ["deceased", "duplicate", "lost_contact"])
def test_who_is_gone_cannot_be_told_of_a_decision(
    closure: str, case: Case, sender: Member, boss: Member, officer: Member
) -> None:
    decide(case, sender, boss, officer)

    assert close(case, boss, closure).state == "closed"


def test_who_is_not_a_victim_is_told_so_before_the_case_is_closed(
    case: Case, sender: Member, boss: Member, officer: Member
) -> None:
    decide(case, sender, boss, officer)

    told = refused(lambda: close(case, boss, "not_a_victim"), case)

    assert told == "checklist_decisions_told"


# What ends, and what runs on


def test_closing_ends_what_runs_but_a_recall_and_a_request(
    case: Case, sender: Member, boss: Member, authority: Agency, officer: Member,
    service: Service,
) -> None:  # fmt: skip
    tell(recognised(case, sender, authority, officer), sender)
    make.make_consent(case=case, to=service.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)
    sending.send(code=draft.code, by=sender, at=now())
    recalling.withdraw(code=draft.code, reason="safety", by=sender, at=now())
    asker = make.make_member(role=Role.SUPERVISOR)
    request = requesting.ask(case_code=case.code, reason="person_moved", by=asker, at=now())
    end_consents(case, sender)
    plan_days(case, sender)
    assert purposes(case) == ["assessment", "case_request", "recall", "reflection"]

    close(case, boss)

    kept = [("case_request", request.code), ("recall", draft.code)]
    asked = [("follow_up", review.code) for review in Review.objects.order_by("pk")]
    assert set(running(case)) == {*kept, *asked}
    assert len(asked) == 4
    due = Clock.objects.filter(case=case.code, stopped_at__isnull=True).order_by("due_at")[0]
    rows = CaseAccess.objects.filter(content_object=case)
    assert set(rows.values_list("due_at", flat=True)) == {due.due_at}


def test_the_person_is_asked_after_on_the_days_that_were_planned(
    case: Case, sender: Member, boss: Member
) -> None:
    plan_days(case, sender)

    close(case, boss)

    reviews = list(Review.objects.filter(case=case).order_by("due_on"))
    assert [(r.kind, r.due_on, r.month, r.state, r.plan) for r in reviews] == [
        ("follow_up", day, n, "due", None) for n, day in enumerate(DAYS, start=1)
    ]
    # Midnight in Minsk, three hours before that in UTC.
    assert running(case) == {
        ("follow_up", review.code): dt.datetime.combine(day, dt.time(21), tzinfo=dt.UTC)
        for review, day in zip(reviews, DAYS, strict=True)
    }
    rungs = Rung.objects.filter(clock__subject=reviews[0].code).order_by("fires_at")
    end = dt.datetime(2026, 4, 3, 21, tzinfo=dt.UTC)
    assert [(r.fires_at, r.role, r.agency) for r in rungs] == [
        (end - 3 * DAY, "supervisor", sender.agency),
        (end, "supervisor", sender.agency),
        (end + 7 * DAY, "supervisor", sender.agency),
        (end + 21 * DAY, "coordinator", None),
    ]
    clock = Clock.objects.get(subject=reviews[0].code)
    assert (clock.assignee, clock.sender, clock.receiver) == (
        sender, sender.agency, sender.agency,
    )  # fmt: skip


def test_a_day_that_has_passed_when_the_case_is_closed_is_left_out(
    case: Case, sender: Member, boss: Member
) -> None:
    plan_days(case, sender)

    # The evening of the third of April in UTC is the fourth in Minsk.
    with time_machine.travel(dt.datetime(2026, 4, 3, 21, 30, tzinfo=dt.UTC), tick=False):
        close(case, boss)

    due = list(Review.objects.order_by("due_on").values_list("due_on", "month"))
    assert due == [(day, n) for n, day in enumerate(DAYS, start=1) if n > 1]


# Taking it up again


def test_a_case_that_is_taken_up_again_is_not_asked_after_any_more(
    case: Case, sender: Member, boss: Member
) -> None:
    plan_days(case, sender)
    close(case, boss)

    opened = reopen(case, boss)

    assert (opened.state, opened.closure, opened.closed_at) == ("open", "", None)
    assert set(Review.objects.values_list("state", "ended_at")) == {("cancelled", AT)}
    assert running(case) == {}
    assert refused(lambda: reopen(case, boss), case) == "cannot_reopen_when_open"
    close(case, boss)
    assert list(Review.objects.filter(state="due").values_list("due_on", flat=True)) == DAYS


def test_a_reflection_period_runs_on_to_its_own_end(
    case: Case, sender: Member, boss: Member, authority: Agency, officer: Member
) -> None:
    tell(recognised(case, sender, authority, officer), sender)
    end_consents(case, sender)
    plan_days(case, sender)
    formal = Identification.objects.get(case=case)
    ends = AT + 30 * DAY
    close(case, boss)
    assert ("reflection", formal.code) not in running(case)

    with time_machine.travel(AT + 22 * DAY, tick=False):
        reopen(case, boss)

    assert running(case) == {("reflection", formal.code): ends}
    clock = Clock.objects.get(subject=formal.code, stopped_at__isnull=True)
    assert (clock.sender, clock.receiver, clock.assignee) == (
        sender.agency, authority, sender,
    )  # fmt: skip
    # The warning of the twentieth day has been given or has passed; that of the 25th is left.
    assert list(clock.rungs.values_list("fires_at", flat=True).distinct()) == [AT + 25 * DAY]


def test_after_the_end_of_the_reflection_period_its_conclusion_is_owed(
    case: Case, sender: Member, boss: Member, authority: Agency, officer: Member
) -> None:
    tell(recognised(case, sender, authority, officer), sender)
    end_consents(case, sender)
    plan_days(case, sender)
    formal = Identification.objects.get(case=case)
    close(case, boss)
    later = AT + 40 * DAY

    with time_machine.travel(later, tick=False):
        reopen(case, boss)

    assert running(case) == {("conclusion", formal.code): later + 90 * DAY}


def test_what_the_person_was_not_told_is_owed_again(
    case: Case, sender: Member, boss: Member, authority: Agency, officer: Member
) -> None:
    decision = recognised(case, sender, authority, officer)
    end_consents(case, sender)
    (before,) = [due for (what, _), due in running(case).items() if what == "telling"]
    close(case, boss, "lost_contact")
    assert running(case) == {}

    with time_machine.travel(AT + DAY, tick=False):
        reopen(case, boss)
        soon = running(case)["telling", decision.code]
        close(case, boss, "lost_contact")
    with time_machine.travel(AT + 20 * DAY, tick=False):
        reopen(case, boss)
        late = running(case)["telling", decision.code]

    # By the end of the day on which it was due; where that has passed, of this day.
    assert before == AT + 3 * DAY
    assert soon == dt.datetime(2026, 3, 6, 21, tzinfo=dt.UTC)
    assert late == dt.datetime(2026, 3, 23, 21, tzinfo=dt.UTC)
