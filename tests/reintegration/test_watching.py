"""Each rule warns at its threshold and not one below; an occasion is warned of once."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connections

from agencies.models import Member
from agencies.roles import Role
from audit import log
from audit.models import AuditEvent
from cases.models import Case, TimelineEntry
from demo import builders as make
from notify.models import Delivery, Event, Task
from reintegration import queries
from reintegration.actions import planning, reviewing, watching
from reintegration.models import Alert, Plan, Review
from reintegration.tasks import watch
from reintegration.workflow import Rule
from tests.reintegration.acts import (
    AT,
    DAY,
    TODAY,
    Scores,
    all_at,
    check_in,
    end_of,
    goal_of,
    hold,
    noon,
    refused,
    reviews_of,
    running,
    set_action,
)

MINUTE = dt.timedelta(minutes=1)
Warned = list[tuple[str, str]]


def look(case: Case, at: dt.datetime) -> Warned:
    """What a look at that moment warns of, for the first time."""
    found = watching.evaluate(code=case.code, by=log.CLOCK, at=at)
    return sorted((alert.rule, alert.about) for alert in found)


def warnings(case: Case) -> Warned:
    return sorted(case.alerts.values_list("rule", "about"))


def alert_of(case: Case, rule: str) -> Alert:
    return case.alerts.get(rule=rule)


# What days alone do


def test_a_check_in_is_missed_three_days_after_its_day(
    active: Plan, case: Case, sender: Member
) -> None:
    due = dt.date(2026, 4, 14)
    assert running("check_in", case.code) == end_of(due)

    assert look(case, end_of(due + 3 * DAY) - MINUTE) == []
    assert look(case, end_of(due + 3 * DAY)) == [("missed_check_in", "2026-04-14")]
    assert alert_of(case, "missed_check_in").because == {"due_on": "2026-04-14"}


def test_each_missed_check_in_is_an_occasion_of_its_own(
    active: Plan, case: Case, sender: Member
) -> None:
    look(case, noon(dt.date(2026, 4, 18)))
    check_in(case, sender, "well", noon(dt.date(2026, 4, 18)))
    assert "missed_check_in" not in dict(look(case, noon(dt.date(2026, 5, 5))))

    again = look(case, noon(dt.date(2026, 5, 6)))

    assert ("missed_check_in", "2026-05-02") in again
    assert [r for r, _ in warnings(case)].count("missed_check_in") == 2


def test_a_review_is_missed_three_days_after_its_day(
    active: Plan, case: Case, sender: Member
) -> None:
    first = reviews_of(case)[0]
    check_in(case, sender, "well", noon(dt.date(2026, 4, 29)))

    assert look(case, end_of(first.due_on + 3 * DAY) - MINUTE) == []
    assert look(case, end_of(first.due_on + 3 * DAY)) == [("missed_review", first.code)]
    assert alert_of(case, "missed_review").because == {
        "due_on": "2026-04-30", "kind": "planned",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["extra", "follow_up"])
def test_extra_reviews_and_follow_ups_are_missed_too(
    kind: str, active: Plan, case: Case, sender: Member
) -> None:
    if kind == "extra":
        check_in(case, sender, "needs_help", AT)
    else:
        case.follow_ups = [TODAY + 7 * DAY]
        reviewing.plan_follow_ups_of(case=case, by=sender, at=AT)
    (review,) = reviews_of(case, kind=kind)
    assert review.due_on == TODAY + 7 * DAY

    assert look(case, noon(TODAY + 10 * DAY)) == []
    assert look(case, noon(TODAY + 11 * DAY)) == [("missed_review", review.code)]


def test_an_action_is_long_overdue_two_weeks_after_its_day(
    active: Plan, case: Case, sender: Member
) -> None:
    action = set_action(active, sender, due_on=TODAY)
    done = set_action(active, sender, due_on=TODAY)
    planning.finish_action(code=done.code, done=True, by=sender, at=AT)

    assert look(case, end_of(TODAY + 14 * DAY) - MINUTE) == []
    assert look(case, end_of(TODAY + 14 * DAY)) == [("overdue_action", action.code)]
    assert alert_of(case, "overdue_action").because == {"due_on": "2026-03-31"}


# What a contact says


def test_contact_is_lost_after_three_tries_in_a_row(
    active: Plan, case: Case, sender: Member
) -> None:
    tries = [check_in(case, sender, "no_answer", AT + n * DAY) for n in range(2)]
    assert warnings(case) == []

    tries.append(check_in(case, sender, "no_answer", AT + 2 * DAY))

    assert warnings(case) == [("lost_contact", tries[0].code)]
    assert alert_of(case, "lost_contact").because == {"tries": [each.code for each in tries]}
    check_in(case, sender, "no_answer", AT + 3 * DAY)
    assert len(warnings(case)) == 1


@pytest.mark.parametrize("between", ["well", "needs_help", "review"])
def test_a_contact_begins_the_row_anew(
    between: str, active: Plan, case: Case, sender: Member
) -> None:
    for n in range(2):
        check_in(case, sender, "no_answer", AT + n * DAY)
    if between == "review":
        hold(reviews_of(case)[0], sender, on=TODAY + 2 * DAY)
    else:
        check_in(case, sender, between, AT + 2 * DAY)
    second = [check_in(case, sender, "no_answer", AT + n * DAY) for n in (3, 4)]
    assert "lost_contact" not in dict(warnings(case))

    check_in(case, sender, "no_answer", AT + 5 * DAY)

    assert dict(warnings(case))["lost_contact"] == second[0].code


def test_who_is_not_reached_for_a_review_counts_and_so_does_who_cannot_talk(
    active: Plan, case: Case, sender: Member
) -> None:
    first, second, *_ = reviews_of(case)
    reviewing.not_held(code=first.code, why="not_reached", by=sender, at=AT)
    check_in(case, sender, "not_safe", AT + DAY)
    assert "lost_contact" not in dict(warnings(case))

    reviewing.not_held(code=second.code, why="not_reached", by=sender, at=AT + 2 * DAY)

    assert dict(warnings(case))["lost_contact"] == first.code


@pytest.mark.parametrize("why", ["not_wanted", "not_safe", "deceased"])
def test_a_review_that_fails_otherwise_is_not_a_try_to_reach(
    why: str, active: Plan, case: Case, sender: Member
) -> None:
    for n in range(2):
        check_in(case, sender, "no_answer", AT + n * DAY)

    reviewing.not_held(code=reviews_of(case)[0].code, why=why, by=sender, at=AT + 2 * DAY)

    assert warnings(case) == []


def test_a_try_that_is_written_down_late_makes_no_second_warning_of_the_row(
    active: Plan, case: Case, sender: Member
) -> None:
    for n in range(1, 4):
        check_in(case, sender, "no_answer", AT + n * DAY)
    before = warnings(case)
    assert len(before) == 1

    check_in(case, sender, "no_answer", AT + 4 * DAY, tried_at=AT)

    assert warnings(case) == before


@pytest.mark.parametrize("result", ["not_safe", "needs_help"])
def test_a_check_in_that_says_so_warns_at_once_and_each_time(
    result: str, active: Plan, case: Case, sender: Member
) -> None:
    first = check_in(case, sender, result, AT)
    assert warnings(case) == [(result, first.code)]
    assert alert_of(case, result).because == {"tried_at": AT.isoformat()}

    second = check_in(case, sender, result, AT + DAY)

    assert warnings(case) == sorted([(result, first.code), (result, second.code)])


def test_a_check_in_that_says_nothing_new_warns_of_nothing(
    active: Plan, case: Case, sender: Member
) -> None:
    check_in(case, sender, "well", AT)

    tasks = Task.objects.filter(kind="review_alert").count()
    assert (warnings(case), len(reviews_of(case)), tasks) == ([], 4, 0)


# What a review says


@pytest.mark.parametrize(("now", "warned"), [(3, False), (2, True), (1, True)])
@pytest.mark.parametrize("who", ["worker", "person"])
def test_an_area_that_falls_by_two_is_a_warning(
    who: str, now: int, warned: bool, active: Plan, case: Case, sender: Member
) -> None:
    first, second, *_ = reviews_of(case)
    hold(first, sender, {**all_at(4), "income": {"worker": 4, "person": 4}}, on=TODAY)
    assert warnings(case) == []
    # The other of the two says nothing new of it.
    later: dict[str, int | None] = {"worker": 4, "person": None} | {who: now}

    hold(second, sender, {**all_at(4), "income": later}, on=TODAY + DAY)

    told = [about for rule, about in warnings(case) if rule == "score_drop"]
    assert told == ([f"{second.code} income"] if warned else [])
    if warned:
        assert alert_of(case, "score_drop").because == {
            "area": "income", "from": 4, "to": now, "who": who,
        }  # fmt: skip


def test_a_fall_is_seen_between_the_last_two_that_score_the_area(
    active: Plan, case: Case, sender: Member
) -> None:
    first, second, *_ = reviews_of(case)
    hold(first, sender, all_at(4), on=TODAY)
    check_in(case, sender, "needs_help", AT)
    (extra,) = reviews_of(case, kind="extra")
    hold(extra, sender, {"housing": {"worker": 4}}, on=TODAY + DAY)

    hold(second, sender, all_at(4, income=2), on=TODAY + 2 * DAY)

    assert ("score_drop", f"{second.code} income") in warnings(case)
    assert alert_of(case, "score_drop").because["from"] == 4


def test_a_slow_fall_is_not_a_drop(active: Plan, case: Case, sender: Member) -> None:
    for n, review in enumerate(reviews_of(case)):
        hold(review, sender, all_at(4, income=4 - min(n, 2)), on=TODAY + n * DAY)

    assert warnings(case) == []


def test_a_fall_that_both_see_is_one_occasion(active: Plan, case: Case, sender: Member) -> None:
    first, second, *_ = reviews_of(case)
    hold(first, sender, {**all_at(4), "income": {"worker": 4, "person": 4}}, on=TODAY)

    hold(second, sender, {**all_at(4), "income": {"worker": 2, "person": 1}}, on=TODAY + DAY)

    assert warnings(case) == [("score_drop", f"{second.code} income")]
    assert alert_of(case, "score_drop").because["who"] == "worker"


@pytest.mark.parametrize(
    ("worker", "person", "warned"),
    [(2, None, None), (2, 2, None), (1, None, 1), (0, None, 0), (2, 1, 1), (1, 4, 1)],
)
def test_safety_is_unsafe_at_one(
    worker: int, person: int | None, warned: int | None,
    active: Plan, case: Case, sender: Member,
) -> None:  # fmt: skip
    first = reviews_of(case)[0]
    scores: Scores = {**all_at(2), "safety": {"worker": worker, "person": person}}

    hold(first, sender, scores, on=TODAY)

    expected = [] if warned is None else [("unsafe", first.code)]
    assert warnings(case) == expected
    if warned is not None:
        assert alert_of(case, "unsafe").because == {"area": "safety", "score": warned}


def test_other_areas_may_be_low_without_being_unsafe(
    active: Plan, case: Case, sender: Member
) -> None:
    hold(reviews_of(case)[0], sender, all_at(0, safety=2), on=TODAY)

    assert warnings(case) == []


@pytest.mark.parametrize(
    ("worker", "person", "warned"), [(3, 2, False), (3, 1, True), (1, 3, False), (4, 0, True)]
)
def test_a_person_who_sees_it_much_darker_than_the_worker_is_heard(
    worker: int, person: int, warned: bool, active: Plan, case: Case, sender: Member
) -> None:
    first = reviews_of(case)[0]
    scores: Scores = {**all_at(3), "social_ties": {"worker": worker, "person": person}}

    hold(first, sender, scores, on=TODAY)

    expected = [("self_below_worker", f"{first.code} social_ties")] if warned else []
    assert warnings(case) == expected
    if warned:
        assert alert_of(case, "self_below_worker").because == {
            "area": "social_ties", "worker": worker, "person": person,
        }  # fmt: skip


def test_every_rule_has_its_function() -> None:
    assert set(watching.RULES) == set(Rule)


# What a warning does


def test_a_warning_leaves_a_task_a_notice_and_an_extra_review(
    active: Plan, case: Case, sender: Member
) -> None:
    check_in(case, sender, "needs_help", AT)

    alert = case.alerts.get()
    (extra,) = reviews_of(case, kind="extra")
    assert (extra.due_on, extra.state, extra.month, extra.plan) == (
        TODAY + 7 * DAY, "due", None, active,
    )  # fmt: skip
    assert running("review", extra.code) == end_of(TODAY + 7 * DAY)
    assert (alert.review, alert.raised_at, alert.resolved_at) == (extra, AT, None)
    task = Task.objects.get(kind="review_alert")
    assert (task.subject, task.case, task.agency, task.role, task.assignee, task.due_at) == (
        alert.code, case.code, sender.agency, "supervisor", sender, AT + 7 * DAY,
    )  # fmt: skip
    event = Event.objects.get(kind="alert.raised")
    assert event.subject == alert.code
    told = set(Delivery.objects.filter(event=event).values_list("member", flat=True))
    assert told == {sender.pk}
    entry = TimelineEntry.objects.get(event="alert.raised")
    assert (entry.about, entry.facts) == (alert.code, {"rule": "needs_help"})


def test_without_a_worker_the_supervisors_are_asked(
    active: Plan, case: Case, sender: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    Case.objects.filter(pk=case.pk).update(worker=None)

    look(case, noon(TODAY + 18 * DAY))

    task = Task.objects.get(kind="review_alert")
    assert (task.assignee, task.role, task.agency) == (None, "supervisor", sender.agency)
    event = Event.objects.get(kind="alert.raised")
    assert set(event.deliveries.values_list("member", flat=True)) == {boss.pk}


def test_many_warnings_ask_for_one_extra_review(
    active: Plan, case: Case, sender: Member
) -> None:
    check_in(case, sender, "needs_help", AT)
    check_in(case, sender, "not_safe", AT + DAY)
    (extra,) = reviews_of(case, kind="extra")
    assert set(case.alerts.values_list("review", flat=True)) == {extra.pk}
    hold(extra, sender, {"housing": {"worker": 3}}, on=TODAY + DAY)

    check_in(case, sender, "needs_help", AT + 2 * DAY)

    assert [r.state for r in reviews_of(case, kind="extra")] == ["held", "due"]


def test_a_warning_decides_nothing(active: Plan, case: Case, sender: Member) -> None:
    before = (case.state, case.risk, case.version, active.state, active.version)

    check_in(case, sender, "not_safe", AT)

    case.refresh_from_db()
    active.refresh_from_db()
    assert (case.state, case.risk, case.version, active.state, active.version) == before


def test_looking_twice_is_as_good_as_once(active: Plan, case: Case, sender: Member) -> None:
    at = noon(TODAY + 60 * DAY)
    set_action(active, sender, due_on=TODAY)
    assert len(look(case, at)) == 3
    counts = (Alert.objects.count(), Task.objects.count(), Review.objects.count())

    assert look(case, at) == []
    assert look(case, at + DAY) == []

    assert (Alert.objects.count(), Task.objects.count(), Review.objects.count()) == counts


def test_a_warning_that_was_looked_into_does_not_come_back(
    active: Plan, case: Case, sender: Member
) -> None:
    at = noon(TODAY + 18 * DAY)
    look(case, at)
    watching.resolve(code=case.alerts.get().code, words="In hospital.", by=sender, at=at)

    assert look(case, at + DAY) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_two_looks_at_once_warn_once(_round: int, active: Plan, case: Case) -> None:
    at, barrier = noon(TODAY + 18 * DAY), Barrier(2)

    def one() -> Warned:
        try:
            barrier.wait()
            return look(case, at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        found = [future.result() for future in [pool.submit(one), pool.submit(one)]]

    assert sorted(found) == [[], [("missed_check_in", "2026-04-14")]]
    assert (case.alerts.count(), len(reviews_of(case, kind="extra"))) == (1, 1)
    assert Task.objects.filter(kind="review_alert").count() == 1
    assert Event.objects.filter(kind="alert.raised").count() == 1


# Resolving


def test_a_warning_is_resolved_in_words_and_once(
    active: Plan, case: Case, sender: Member
) -> None:
    check_in(case, sender, "needs_help", AT)
    code = case.alerts.get().code
    words: dict[str, Any] = {"code": code, "by": sender, "at": AT + DAY}
    assert refused(watching.resolve, **words, words="  ") == "blank /words"
    assert Task.objects.get(kind="review_alert").done_at is None

    resolved = watching.resolve(**words, words="She has a coat now.")

    assert (resolved.resolved_at, resolved.resolved_by) == (AT + DAY, sender)
    task = Task.objects.get(kind="review_alert")
    assert (task.done_at, task.done_by) == (AT + DAY, sender)
    again = refused(watching.resolve, **words, words="Again.")
    assert again == "alert_is_resolved"
    assert TimelineEntry.objects.filter(event="alert.resolved").count() == 1


def test_warnings_over_http(active: Plan, case: Case, sender: Member, signed_in: Any) -> None:
    check_in(case, sender, "needs_help", AT)
    client, path = signed_in(sender), f"cases/{case.code}/alerts/"
    (line,) = client.get(path).json()["results"]
    assert (line["rule"], line["resolution"], line["because"]) == (
        "needs_help", None, {"tried_at": AT.isoformat()},
    )  # fmt: skip
    assert AuditEvent.objects.filter(event="read.alerts").count() == 0
    resolve = f"alerts/{line['code']}/resolve/"

    empty = client.post(resolve, {})
    done = client.post(resolve, {"words": "She has a coat now."})
    again = client.post(resolve, {"words": "She has a coat now."})

    assert [a.status_code for a in (empty, done, again)] == [400, 200, 409]
    assert (empty.json()["errors"][0]["pointer"], again.json()["code"]) == (
        "/words", "alert_is_resolved",
    )  # fmt: skip
    assert (done.json()["resolution"], done.json()["resolved_by"]) == (
        "She has a coat now.", sender.username,
    )  # fmt: skip
    (line,) = client.get(path).json()["results"]
    assert line == done.json()
    assert AuditEvent.objects.filter(event="read.alerts").count() == 2


# The door of the clock


def watched_at(moment: dt.datetime) -> Callable[[], None]:
    def run() -> None:
        with time_machine.travel(moment, tick=False):
            watch()

    return run


def test_the_clock_looks_at_every_case_in_which_a_day_has_passed(
    active: Plan, case: Case, sender: Member
) -> None:
    other = make.make_case(by=sender)
    make.make_active_plan(case=other, by=sender)
    quiet = make.make_case(by=sender)
    plan = make.make_active_plan(case=quiet, by=sender)
    planning.stop(code=plan.code, reason="other", by=sender, at=AT)
    assert queries.due_for_watching(AT) == []
    at = noon(TODAY + 18 * DAY)
    assert queries.due_for_watching(at) == sorted([case.code, other.code])

    watched_at(at)()
    watched_at(at)()

    assert (warnings(case), warnings(other), warnings(quiet)) == (
        [("missed_check_in", "2026-04-14")], [("missed_check_in", "2026-04-14")], [],
    )  # fmt: skip
    entries = TimelineEntry.objects.filter(event="alert.raised")
    assert set(entries.values_list("actor", flat=True)) == {"clock"}


@pytest.mark.parametrize("late", ["check_in", "review", "follow_up", "action"])
def test_each_kind_of_day_brings_its_case_before_the_clock(
    late: str, active: Plan, case: Case, sender: Member
) -> None:
    """Only this day has passed; the case has no other reason to be looked at."""
    due = TODAY + DAY
    if late == "action":
        set_action(active, sender, due_on=due)
    elif late == "follow_up":
        case.follow_ups = [due]
        reviewing.plan_follow_ups_of(case=case, by=sender, at=AT)
    elif late == "review":
        due = dt.date(2026, 4, 30)
        check_in(case, sender, "well", noon(due - DAY))
    else:
        due = dt.date(2026, 4, 14)

    assert queries.due_for_watching(end_of(due) - MINUTE) == []
    assert queries.due_for_watching(end_of(due)) == [case.code]


def test_a_plan_that_goes_well_is_never_warned_of(
    active: Plan, case: Case, sender: Member
) -> None:
    """Half a year in which everybody keeps their days."""
    reviews = reviews_of(case)[:3]
    for n in range(1, 16):
        day = TODAY + 13 * n * DAY
        while reviews and reviews[0].due_on <= day:
            hold(reviews.pop(0), sender, all_at(3, safety=4))
        check_in(case, sender, "well", noon(day))
        watched_at(noon(day))()
    planning.end_goal(code=goal_of(active).code, met=True, by=sender, at=AT)
    planning.complete(code=active.code, by=sender, at=noon(TODAY + 195 * DAY))
    watched_at(noon(TODAY + 400 * DAY))()

    assert (reviews, warnings(case)) == ([], [])
