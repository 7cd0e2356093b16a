"""A plan from its first words to its end: each good way, each guard, and what is left by neither."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import deadlines
from cases.actions import exclusion, lifecycle
from cases.apart import Whom
from cases.models import Case, CaseAccess, TimelineEntry
from demo import builders as make
from kernel.clock import Runs, Span
from notify.models import Clock, Delivery, Event
from referral.actions import closing
from reintegration import queries
from reintegration.actions import planning, reviewing, watching
from reintegration.models import Action, Plan, Review
from reintegration.workflow import State
from tests.reintegration.acts import (
    AT,
    DAY,
    TODAY,
    all_at,
    all_running,
    check_in,
    end_of,
    goal_of,
    hold,
    refused,
    reviews_of,
    running,
    set_action,
    stopped,
)

WORDS = {"objectives": "A home of her own.", "types": ["SocialCare"], "planned_end": None}


def draft(case: Case, by: Member, **more: Any) -> Plan:
    return planning.draft_plan(code=case.code, by=by, **{**WORDS, "at": AT, **more})


def agree(plan: Plan, by: Member, at: dt.datetime = AT, **more: Any) -> Plan:
    words = {"agreed_by": "self", "assent": ""} | more
    return planning.agree(code=plan.code, by=by, at=at, **words)


def boss_of(member: Member) -> Member:
    return make.make_member(agency=member.agency, role=Role.SUPERVISOR)


# Beginning


def test_a_plan_begins_at_any_time_after_the_case_was_opened(sender: Member) -> None:
    case = make.make_case(by=sender, open_=False)
    assert refused(draft, case=case, by=sender) == "case_is_not_open"
    assert (Plan.objects.count(), queries.support_state(case)) == (0, State.NONE)
    lifecycle.open_case(code=case.code, by=sender, at=AT)

    plan = draft(case, sender, types=["SocialCare", "Health", "SocialCare"])

    assert (plan.state, plan.types, plan.drafted_by, plan.version) == (
        "planned", ["SocialCare", "Health"], sender, 1,
    )  # fmt: skip
    assert (queries.support_state(case), queries.has_running_plan(case)) == ("planned", True)
    assert TimelineEntry.objects.get(event="plan.drafted").about == plan.code


def test_a_plan_begins_in_follow_up_and_not_in_a_closed_case(
    case: Case, sender: Member
) -> None:
    lifecycle.follow_up(code=case.code, by=sender, at=AT)
    first = draft(case, sender)
    planning.stop(code=first.code, reason="other", by=sender, at=AT)
    closing.close(code=case.code, closure="lost_contact", by=boss_of(sender), at=AT)

    assert refused(draft, case=case, by=sender) == "case_is_closed"
    assert Plan.objects.count() == 1


def test_there_is_one_plan_at_a_time(plan: Plan, case: Case, sender: Member) -> None:
    assert refused(draft, case=case, by=sender) == "plan_is_running"
    make_active = planning.agree(code=plan.code, agreed_by="self", assent="", by=sender, at=AT)
    assert refused(draft, case=case, by=sender) == "plan_is_running"
    planning.stop(code=make_active.code, reason="moved_away", by=sender, at=AT)

    second = draft(case, sender)

    states = list(Plan.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["stopped", "planned"]
    assert queries.running_plan(case) == second


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (TODAY - DAY, "date_in_the_past /planned_end"),
        (TODAY, ""),
        (TODAY + 5 * 366 * DAY, ""),
        (TODAY + (5 * 366 + 1) * DAY, "too_far_ahead /planned_end"),
    ],
)
def test_a_planned_end_lies_ahead_and_within_five_years(
    day: dt.date, told: str, case: Case, sender: Member
) -> None:
    if told:
        assert refused(draft, case=case, by=sender, planned_end=day) == told
        assert Plan.objects.count() == 0
    else:
        assert draft(case, sender, planned_end=day).planned_end == day


def test_the_day_is_the_owners(case: Case, sender: Member) -> None:
    """Half past ten in the evening of the 31st in London is the 1st of April in Minsk."""
    late = dt.datetime(2026, 3, 31, 22, 30, tzinfo=dt.UTC)

    told = refused(draft, case=case, by=sender, planned_end=TODAY, at=late)

    assert told == "date_in_the_past /planned_end"


def test_types_are_those_of_the_standard(case: Case, sender: Member) -> None:
    told = refused(draft, case=case, by=sender, types=["Health", "Happiness"])

    assert (told, Plan.objects.count()) == ("unknown_code /types/1", 0)


def test_a_draft_ends_the_clock_that_asked_for_it(case: Case, sender: Member) -> None:
    span = Span(14 * 24, Runs.ROUND_THE_CLOCK)
    deadlines.start(case, Clock.Purpose.PLAN, span, at=AT - 3 * DAY)
    assert running("plan", case.code) is not None
    assert refused(draft, case=case, by=sender, types=["Happiness"]) == "unknown_code /types/0"
    assert running("plan", case.code) is not None

    draft(case, sender)

    assert stopped("plan", case.code) == [AT]


# Goals and actions


def test_a_goal_stands_in_one_area(plan: Plan, sender: Member) -> None:
    words: dict[str, Any] = {"code": plan.code, "text": "To read.", "by": sender, "at": AT}
    wrong = {"area": "hobbies", "target_on": None}
    assert refused(planning.set_goal, **words, **wrong) == "unknown_code /area"
    past = {"area": "education", "target_on": TODAY - DAY}
    assert refused(planning.set_goal, **words, **past) == "date_in_the_past /target_on"
    far = {"area": "education", "target_on": TODAY + 2000 * DAY}
    assert refused(planning.set_goal, **words, **far) == "too_far_ahead /target_on"
    plan.refresh_from_db()
    assert (plan.goals.count(), plan.version) == (1, 2)

    goal = planning.set_goal(**words, area="education", target_on=TODAY + 90 * DAY)

    plan.refresh_from_db()
    assert (goal.state, goal.target_on, plan.version) == ("open", dt.date(2026, 6, 29), 3)
    entry = TimelineEntry.objects.get(event="goal.set", about=goal.code)
    assert entry.facts == {"area": "education"}


def test_an_action_has_a_day_and_a_clock(plan: Plan, case: Case, sender: Member) -> None:
    action = set_action(plan, sender, due_on=dt.date(2026, 4, 10))

    clock = Clock.objects.get(subject=action.code)
    assert (clock.purpose, clock.due_at, clock.case, clock.assignee) == (
        "action", end_of(dt.date(2026, 4, 10)), case.code, sender,
    )  # fmt: skip
    assert list(clock.rungs.order_by("position").values_list("fires_at", flat=True)) == [
        end_of(dt.date(2026, 4, day)) for day in (7, 10, 17)
    ] + [end_of(dt.date(2026, 5, 1))]
    Clock.objects.exclude(pk=clock.pk).filter(case=case.code).update(stopped_at=AT)
    deadlines.copy_due(case)
    row = CaseAccess.objects.get(content_object=case, because="assigned")
    assert row.due_at == clock.due_at


def test_naming_an_agency_opens_nothing_to_it_and_tells_it_nothing(
    plan: Plan, case: Case, sender: Member, receiver: Member, signed_in: Any
) -> None:
    action = planning.set_action(
        code=goal_of(plan).code, text="Teach her to sew.", responsible=receiver.agency,
        due_on=TODAY, by=sender, at=AT,
    )  # fmt: skip

    assert action.responsible == receiver.agency
    assert set(CaseAccess.objects.values_list("group", flat=True)) == {
        sender.agency.supervisors_id, sender.own_group_id,
    }  # fmt: skip
    assert Delivery.objects.filter(member=receiver).count() == 0
    client = signed_in(receiver)
    assert client.get(f"plans/{plan.code}/").status_code == 404
    assert client.post(f"actions/{action.code}/end/", {"done": True}).status_code == 404


def test_an_action_is_not_left_to_who_cannot_or_must_not_do_it(
    plan: Plan, case: Case, sender: Member
) -> None:
    gone, kept_apart = make.make_agency(is_active=False), make.make_agency()
    exclusion.exclude(code=case.code, whom=Whom(agency=kept_apart), by=sender, at=AT)
    words = {"code": goal_of(plan).code, "text": "Call her.", "by": sender, "at": AT}

    def told(agency: Any, day: dt.date) -> str:
        return refused(planning.set_action, **words, responsible=agency, due_on=day)

    assert told(gone, TODAY) == "unknown_agency /responsible"
    assert told(kept_apart, TODAY) == "not_possible"
    assert told(sender.agency, TODAY - DAY) == "date_in_the_past /due_on"
    assert told(sender.agency, TODAY + 2000 * DAY) == "too_far_ahead /due_on"
    assert (Action.objects.count(), all_running(case)) == (0, 0)


@pytest.mark.parametrize(("done", "state"), [(True, "done"), (False, "dropped")])
def test_an_action_ends_once_and_its_clock_with_it(
    done: bool, state: str, plan: Plan, sender: Member
) -> None:
    action = set_action(plan, sender)
    words: dict[str, Any] = {"code": action.code, "done": done, "by": sender, "at": AT + DAY}

    ended = planning.finish_action(**words)

    assert (ended.state, ended.ended_at) == (state, AT + DAY)
    assert stopped("action", action.code) == [AT + DAY]
    assert refused(planning.finish_action, **words) == f"cannot_finish_action_when_{state}"


def test_a_goal_that_is_given_up_takes_its_open_actions_along(
    plan: Plan, sender: Member
) -> None:
    waiting, done = set_action(plan, sender), set_action(plan, sender)
    planning.finish_action(code=done.code, done=True, by=sender, at=AT)
    goal = goal_of(plan)

    ended = planning.end_goal(code=goal.code, met=False, by=sender, at=AT + DAY)

    assert (ended.state, ended.ended_at) == ("dropped", AT + DAY)
    states = dict(Action.objects.values_list("code", "state"))
    assert states == {waiting.code: "dropped", done.code: "done"}
    assert stopped("action", waiting.code) == [AT + DAY]
    again = {"code": goal.code, "met": True, "by": sender, "at": AT}
    assert refused(planning.end_goal, **again) == "cannot_end_goal_when_dropped"
    assert refused(set_action, plan=plan, by=sender) == "cannot_set_action_when_dropped"


def test_a_goal_that_is_met_leaves_its_actions_to_be_done(plan: Plan, sender: Member) -> None:
    action = set_action(plan, sender)

    ended = planning.end_goal(code=goal_of(plan).code, met=True, by=sender, at=AT)

    action.refresh_from_db()
    assert (ended.state, action.state) == ("met", "open")
    assert running("action", action.code) == end_of(action.due_on)


# Agreeing


def test_an_agreed_plan_is_reviewed_after_1_3_6_and_12_months(
    plan: Plan, case: Case, sender: Member
) -> None:
    agreed = agree(plan, sender)

    assert (agreed.state, agreed.agreed_at, agreed.agreed_by, agreed.assent) == (
        "active", AT, "self", "",
    )  # fmt: skip
    days = {
        1: dt.date(2026, 4, 30),
        3: dt.date(2026, 6, 30),
        6: dt.date(2026, 9, 30),
        12: dt.date(2027, 3, 31),
    }
    found = reviews_of(case)
    assert {review.month: review.due_on for review in found} == days
    assert {(r.kind, r.state, r.plan_id) for r in found} == {("planned", "due", plan.pk)}
    assert {r.due_on: running("review", r.code) for r in found} == {
        day: end_of(day) for day in days.values()
    }
    entry = TimelineEntry.objects.get(event="plan.agree")
    assert (entry.about, entry.facts) == (plan.code, {"from": "planned", "to": "active"})


@pytest.mark.parametrize(
    ("risk", "days"), [("high", 7), ("medium", 14), ("low", 30), ("unknown", 14)]
)
def test_the_greater_the_risk_the_sooner_the_person_is_asked_after(
    risk: str, days: int, plan: Plan, case: Case, sender: Member
) -> None:
    lifecycle.change(
        code=case.code, facts={"risk": risk}, version=case.version, by=sender, at=AT
    )

    agree(plan, sender)

    assert running("check_in", case.code) == end_of(TODAY + days * DAY)


def test_months_are_counted_from_the_day_where_the_owner_is(
    plan: Plan, case: Case, sender: Member
) -> None:
    agree(plan, sender, at=dt.datetime(2026, 3, 31, 22, 30, tzinfo=dt.UTC))

    assert [r.due_on for r in reviews_of(case)] == [
        dt.date(2026, 5, 1), dt.date(2026, 7, 1), dt.date(2026, 10, 1), dt.date(2027, 4, 1),
    ]  # fmt: skip
    assert running("check_in", case.code) == end_of(dt.date(2026, 4, 15))


def test_nobody_agrees_to_a_plan_without_a_goal(case: Case, sender: Member) -> None:
    plan = draft(case, sender)
    assert refused(agree, plan=plan, by=sender) == "plan_has_no_goal"
    goal = planning.set_goal(
        code=plan.code, area="income", text="Work.", target_on=None, by=sender, at=AT
    )
    planning.end_goal(code=goal.code, met=False, by=sender, at=AT)

    assert refused(agree, plan=plan, by=sender) == "plan_has_no_goal"

    plan.refresh_from_db()
    assert (plan.state, plan.agreed_at, plan.version) == ("planned", None, 3)
    assert (Review.objects.count(), all_running(case)) == (0, 0)


@pytest.mark.parametrize(
    ("band", "words", "told"),
    [
        ("9-17", {"agreed_by": "self", "assent": "given"}, "a_guardian_consents_for_a_child"),
        ("unknown", {"agreed_by": "self"}, "a_guardian_consents_for_a_child"),
        ("9-17", {"agreed_by": "guardian"}, "assent_missing /assent"),
        ("9-17", {"agreed_by": "parent", "assent": "perhaps"}, "assent_missing /assent"),
        ("30-38", {"agreed_by": "guardian", "assent": "given"}, "an_adult_consents_in_person"),
        ("30-38", {"agreed_by": "a neighbour"}, "unknown_code /agreed_by"),
    ],
)
def test_who_agrees_is_who_may(
    band: str, words: dict[str, str], told: str, sender: Member
) -> None:
    case = make.make_case(by=sender, age_band=band)
    plan = make.make_plan(case=case, by=sender)

    assert refused(agree, plan=plan, by=sender, **words) == told

    plan.refresh_from_db()
    assert (plan.state, plan.agreed_at, plan.agreed_by) == ("planned", None, "")
    assert (Review.objects.count(), all_running(case)) == (0, 0)
    assert TimelineEntry.objects.filter(event="plan.agree").count() == 0


@pytest.mark.parametrize("by_whom", ["parent", "guardian", "authority_best_interest"])
@pytest.mark.parametrize("assent", ["given", "refused", "not_able"])
def test_for_a_child_its_guardian_agrees_and_the_childs_word_stands_beside(
    by_whom: str, assent: str, sender: Member
) -> None:
    case = make.make_case(by=sender, age_band="9-17")
    plan = make.make_plan(case=case, by=sender)

    agreed = agree(plan, sender, agreed_by=by_whom, assent=assent)

    assert (agreed.state, agreed.agreed_by, agreed.assent) == ("active", by_whom, assent)
    assert len(reviews_of(case)) == 4


def test_a_plan_is_agreed_to_once(active: Plan, case: Case, sender: Member) -> None:
    assert refused(agree, plan=active, by=sender) == "cannot_agree_when_active"
    assert len(reviews_of(case)) == 4


# Revising


def test_a_plan_is_revised_on_the_version_that_was_seen(plan: Plan, sender: Member) -> None:
    words: dict[str, Any] = {"code": plan.code, "by": sender, "at": AT}
    facts = {"types": ["Legal"], "planned_end": TODAY + DAY}
    stale = {"facts": facts, "version": plan.version - 1}
    assert refused(planning.revise, **words, **stale) == "changed_meanwhile"
    late = {"facts": {"planned_end": TODAY - DAY}, "version": plan.version}
    assert refused(planning.revise, **words, **late) == "date_in_the_past /planned_end"
    wrong = {"facts": {"types": ["Fun"]}, "version": plan.version}
    assert refused(planning.revise, **words, **wrong) == "unknown_code /types/0"
    plan.refresh_from_db()
    assert (plan.types, plan.planned_end, plan.version) == (["SocialCare"], None, 2)

    revised = planning.revise(**words, facts=facts, version=2)

    assert (revised.types, revised.planned_end, revised.version) == (
        ["Legal"], TODAY + DAY, 3,
    )  # fmt: skip
    assert TimelineEntry.objects.get(event="plan.revised").facts == {
        "fields": "planned_end,types"
    }


def every_act_on(plan: Plan, sender: Member) -> dict[str, Callable[[], Any]]:
    common: dict[str, Any] = {"code": plan.code, "by": sender, "at": AT}
    goal = {**common, "code": goal_of(plan).code}
    action = {**common, "code": Action.objects.get().code}
    area: dict[str, Any] = {"area": "health", "text": "Sleep.", "target_on": None}
    todo: dict[str, Any] = {"text": "Call.", "responsible": sender.agency, "due_on": TODAY}
    return {
        "revise": lambda: planning.revise(**common, facts={}, version=plan.version),
        "set_goal": lambda: planning.set_goal(**common, **area),
        "end_goal": lambda: planning.end_goal(**goal, met=True),
        "set_action": lambda: planning.set_action(**goal, **todo),
        "finish_action": lambda: planning.finish_action(**action, done=True),
        "agree": lambda: planning.agree(**common, agreed_by="self", assent=""),
        "complete": lambda: planning.complete(**common),
        "stop": lambda: planning.stop(**common, reason="other"),
    }


@pytest.mark.parametrize("end", ["stopped", "completed"])
def test_nothing_is_changed_in_a_plan_that_has_ended(
    end: str, active: Plan, case: Case, sender: Member
) -> None:
    set_action(active, sender)
    if end == "stopped":
        planning.stop(code=active.code, reason="other", by=sender, at=AT)
    else:
        hold(reviews_of(case)[0], sender, on=TODAY)
        planning.end_goal(code=goal_of(active).code, met=True, by=sender, at=AT)
        planning.complete(code=active.code, by=sender, at=AT)
    active.refresh_from_db()

    told = {verb: refused(act) for verb, act in every_act_on(active, sender).items()}

    assert told == {verb: f"cannot_{verb}_when_{end}" for verb in told}
    version = active.version
    active.refresh_from_db()
    assert (active.version, active.goals.count(), Action.objects.count()) == (version, 1, 1)


# Ending


def test_a_plan_is_completed_when_it_was_reviewed_and_every_goal_has_ended(
    active: Plan, case: Case, sender: Member
) -> None:
    action = set_action(active, sender)
    words: dict[str, Any] = {"code": active.code, "by": sender, "at": AT + 40 * DAY}
    assert refused(planning.complete, **words) == "review_is_due"
    hold(reviews_of(case)[0], sender, on=TODAY + 5 * DAY)
    assert refused(planning.complete, **words) == "goal_is_open"
    planning.end_goal(code=goal_of(active).code, met=True, by=sender, at=AT)
    active.refresh_from_db()
    assert (active.state, active.ended_at) == ("active", None)
    assert running("check_in", case.code) == end_of(TODAY + 19 * DAY)

    ended = planning.complete(**words)

    assert (ended.state, ended.ended_at, ended.stop_reason) == ("completed", AT + 40 * DAY, "")
    assert [(r.month, r.state) for r in reviews_of(case)] == [
        (1, "held"), (3, "cancelled"), (6, "cancelled"), (12, "cancelled"),
    ]  # fmt: skip
    action.refresh_from_db()
    assert (action.state, action.ended_at) == ("dropped", AT + 40 * DAY)
    assert all_running(case) == 0
    assert queries.support_state(case) == "completed"


def test_a_plan_in_the_making_is_not_completed(plan: Plan, sender: Member) -> None:
    words = {"code": plan.code, "by": sender, "at": AT}

    assert refused(planning.complete, **words) == "cannot_complete_when_planned"


def test_a_stopped_plan_leaves_nothing_that_is_waited_for(
    active: Plan, case: Case, sender: Member
) -> None:
    action = set_action(active, sender)
    check_in(case, sender, "needs_help", AT)
    assert [r.kind for r in reviews_of(case, state="due")].count("extra") == 1
    words: dict[str, Any] = {"code": active.code, "by": sender, "at": AT + DAY}
    assert refused(planning.stop, **words, reason="boredom") == "unknown_code /reason"
    assert len(reviews_of(case, state="due")) == 5

    ended = planning.stop(**words, reason="person_stopped")

    assert (ended.state, ended.stop_reason, ended.ended_at) == (
        "stopped", "person_stopped", AT + DAY,
    )  # fmt: skip
    assert {(r.state, r.ended_at) for r in reviews_of(case)} == {("cancelled", AT + DAY)}
    action.refresh_from_db()
    assert action.state == "dropped"
    assert all_running(case) == 0


def test_a_plan_in_the_making_is_stopped(plan: Plan, sender: Member) -> None:
    words: dict[str, Any] = {"code": plan.code, "reason": "moved_away", "by": sender, "at": AT}

    assert planning.stop(**words).state == "stopped"
    assert refused(planning.stop, **words) == "cannot_stop_when_stopped"


def test_ending_a_plan_leaves_follow_ups_alone(
    active: Plan, case: Case, sender: Member
) -> None:
    lifecycle.plan_follow_ups(code=case.code, dates=[TODAY + 30 * DAY], by=sender, at=AT)
    case.refresh_from_db()
    (follow_up,) = reviewing.plan_follow_ups_of(case=case, by=sender, at=AT)

    planning.stop(code=active.code, reason="other", by=sender, at=AT)

    follow_up.refresh_from_db()
    assert follow_up.state == "due"
    assert running("follow_up", follow_up.code) == end_of(TODAY + 30 * DAY)


# Who


def test_nobody_but_the_owners_side_acts(active: Plan, case: Case, sender: Member) -> None:
    colleague = make.make_member(agency=sender.agency)
    stranger = make.make_member(role=Role.SUPERVISOR)
    set_action(active, sender)
    check_in(case, sender, "needs_help", AT)
    alert, review = case.alerts.get(), reviews_of(case)[0]

    for other in (colleague, stranger):
        acts = every_act_on(active, other)
        told = {verb: refused(act) for verb, act in acts.items()}
        told["draft"] = refused(draft, case=case, by=other)
        told["hold"] = refused(hold, review=review, by=other)
        told["check_in"] = refused(check_in, case=case, by=other, result="well", at=AT)
        told["not_held"] = refused(
            reviewing.not_held, code=review.code, why="not_safe", by=other, at=AT
        )
        told["resolve"] = refused(
            watching.resolve, code=alert.code, words="Seen.", by=other, at=AT
        )
        assert told == dict.fromkeys(told, "only_the_owner_may_do_this")
    active.refresh_from_db()
    assert (active.state, case.check_ins.count(), active.goals.count()) == ("active", 1, 1)


def test_the_supervisor_acts_as_the_worker_does(plan: Plan, sender: Member) -> None:
    assert agree(plan, boss_of(sender)).state == "active"


# Words


def test_no_word_lies_in_clear(active: Plan, case: Case, sender: Member) -> None:
    set_action(active, sender)
    hold(reviews_of(case)[0], sender, remarks="She laughed today.", on=TODAY)
    check_in(case, sender, "needs_help", AT)
    watching.resolve(code=case.alerts.get().code, words="She has a coat now.", by=sender, at=AT)
    columns = [
        ("reintegration_plan", "objectives"), ("reintegration_goal", "text"),
        ("reintegration_action", "text"), ("reintegration_review", "remarks"),
        ("reintegration_alert", "resolution"),
    ]  # fmt: skip
    said = [
        "A home and work of her own.", "A flat in the town.", "Write to the housing office.",
        "She laughed today.", "She has a coat now.",
    ]  # fmt: skip
    rows: list[bytes] = []
    with connection.cursor() as cursor:
        for table, column in columns:
            cursor.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
            found = [bytes(row[0]) for row in cursor.fetchall()]
            assert found, f"{table}.{column} holds something"
            rows += found
        for table in ("cases_timelineentry", "audit_auditevent", "notify_event", "notify_task",
                      "reintegration_alert", "reintegration_review"):  # fmt: skip
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows += [row[0].encode() for row in cursor.fetchall()]

    assert [words for words in said if any(words.encode() in row for row in rows)] == []


# Over HTTP


def test_opening_a_plan_is_written_down_once_and_shows_all_of_it(
    plan: Plan, case: Case, sender: Member, signed_in: Any
) -> None:
    action = set_action(plan, sender)

    answer = signed_in(sender).get(f"plans/{plan.code}/")

    shown = answer.json()
    assert (answer.status_code, answer["ETag"]) == (200, f'"{plan.code}.3"')
    assert (shown["state"], shown["types"], shown["objectives"], shown["version"]) == (
        "planned", ["SocialCare"], "A home and work of her own.", 3,
    )  # fmt: skip
    (goal,) = shown["goals"]
    assert (goal["area"], goal["text"], goal["state"]) == (
        "housing", "A flat in the town.", "open",
    )  # fmt: skip
    (todo,) = goal["actions"]
    assert (todo["code"], todo["text"], todo["responsible"], todo["due_on"]) == (
        action.code, "Write to the housing office.", sender.agency.code, "2026-04-10",
    )  # fmt: skip
    assert shown["verbs"] == {
        "now": ["agree", "stop", "revise", "set_goal"],
        "not_now": {"complete": "cannot_complete_when_planned"},
    }
    event = AuditEvent.objects.get(event="read.plan")
    assert (event.actor, event.case, event.about, event.facts) == (
        sender.username, case.code, case.person.code, {"n": 3},
    )  # fmt: skip


def test_a_list_of_plans_opens_no_words(
    plan: Plan, case: Case, sender: Member, signed_in: Any
) -> None:
    (line,) = signed_in(sender).get(f"cases/{case.code}/plans/").json()["results"]

    assert (line["code"], line["state"], "objectives" in line) == (plan.code, "planned", False)
    assert AuditEvent.objects.filter(event="read.plan").count() == 0


def test_a_plan_goes_its_whole_way_over_http(
    case: Case, sender: Member, signed_in: Any
) -> None:
    client = signed_in(sender)

    made = client.post(f"cases/{case.code}/plans/", {**WORDS, "planned_end": "2027-03-31"})
    plan = made.json()["code"]
    with_goal = client.post(f"plans/{plan}/goals/", {"area": "income", "text": "To work."})
    goal = with_goal.json()["goals"][0]["code"]
    with_action = client.post(
        f"goals/{goal}/actions/",
        {"text": "Ask.", "responsible": sender.agency.code, "due_on": "2026-04-10"},
    )
    action = with_action.json()["goals"][0]["actions"][0]["code"]
    agreed = client.post(f"plans/{plan}/agree/", {"agreed_by": "self"})
    early = client.post(f"plans/{plan}/complete/")
    done = client.post(f"actions/{action}/end/", {"done": True})
    met = client.post(f"goals/{goal}/end/", {"met": True})
    stopped_ = client.post(f"plans/{plan}/stop/", {"reason": "moved_away"})

    answers = (made, with_goal, with_action, agreed, early, done, met, stopped_)
    assert [a.status_code for a in answers] == [201, 201, 201, 200, 409, 200, 200, 200]
    assert early.json()["code"] == "review_is_due"
    shown = stopped_.json()
    assert (shown["state"], shown["stop_reason"], shown["planned_end"]) == (
        "stopped", "moved_away", "2027-03-31",
    )  # fmt: skip
    assert (shown["goals"][0]["state"], shown["goals"][0]["actions"][0]["state"]) == (
        "met", "done",
    )  # fmt: skip
    assert shown["verbs"]["now"] == []


def test_a_plan_is_changed_only_by_who_saw_it(
    plan: Plan, sender: Member, signed_in: Any
) -> None:
    client = signed_in(sender)

    def patch(body: dict[str, Any], **headers: str) -> Any:
        return client.http.patch(f"/api/v1/plans/{plan.code}/", body, format="json", **headers)

    seen = {"HTTP_IF_MATCH": f'"{plan.code}.2"'}
    assert patch({"types": ["Legal"]}).status_code == 428
    assert patch({"types": ["Legal"]}, HTTP_IF_MATCH=f'"{plan.code}.1"').status_code == 412
    bad = patch({"planned_end": "2026-03-30"}, **seen)
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "/planned_end")
    good = patch({"objectives": "To be safe."}, **seen)
    assert (good.status_code, good.json()["objectives"], good.json()["types"]) == (
        200, "To be safe.", ["SocialCare"],
    )  # fmt: skip
    assert good["ETag"] == f'"{plan.code}.3"'


@pytest.mark.parametrize(
    ("path", "body", "pointers"),
    [
        ("cases/{case}/plans/", {}, ["/objectives", "/types"]),
        ("cases/{case}/plans/", {"objectives": "A.", "types": []}, ["/types"]),
        ("plans/{plan}/agree/", {}, ["/agreed_by"]),
        ("plans/{plan}/stop/", {"reason": "boredom"}, ["/reason"]),
        ("plans/{plan}/goals/", {"area": "hobbies", "text": "A."}, ["/area"]),
        ("goals/{goal}/end/", {}, ["/met"]),
        (
            "goals/{goal}/actions/",
            {"text": "A.", "responsible": "AG-2222-2222", "due_on": "2026-04-10"},
            ["/responsible"],
        ),
    ],
)
def test_what_is_wrong_is_pointed_at(
    path: str, body: Any, pointers: list[str], plan: Plan, sender: Member, signed_in: Any
) -> None:
    codes = {"case": plan.case.code, "plan": plan.code, "goal": goal_of(plan).code}

    answer = signed_in(sender).post(path.format(**codes), body)

    assert (answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) == (
        400, pointers,
    )  # fmt: skip


def test_who_was_sent_the_person_sees_nothing_of_the_plan(
    accepted: Any, sender: Member, receiver: Member, signed_in: Any
) -> None:
    case = Case.objects.get(pk=accepted.case_id)
    plan = make.make_active_plan(case=case, by=sender)
    check_in(case, sender, "needs_help", AT)
    review, alert = reviews_of(case)[0], case.alerts.get()
    client = signed_in(receiver)
    assert client.get(f"cases/{case.code}/").status_code == 200
    gets = [
        f"cases/{case.code}/{part}/"
        for part in ("plans", "reviews", "check_ins", "trajectory", "alerts")
    ] + [f"plans/{plan.code}/", f"reviews/{review.code}/"]
    posts: dict[str, Any] = {
        f"cases/{case.code}/plans/": {**WORDS},
        f"plans/{plan.code}/agree/": {"agreed_by": "self"},
        f"plans/{plan.code}/complete/": {},
        f"plans/{plan.code}/stop/": {"reason": "other"},
        f"plans/{plan.code}/goals/": {"area": "income", "text": "Work."},
        f"goals/{goal_of(plan).code}/end/": {"met": True},
        f"reviews/{review.code}/hold/": {"held_on": "2026-03-31", "scores": all_at(3)},
        f"reviews/{review.code}/not_held/": {"why": "not_safe"},
        f"cases/{case.code}/check_ins/": {
            "tried_at": AT.isoformat(), "channel": "phone", "result": "well",
        },
        f"alerts/{alert.code}/resolve/": {"words": "Seen."},
    }  # fmt: skip

    found = {path: client.get(path).status_code for path in gets}
    found |= {path: client.post(path, body).status_code for path, body in posts.items()}

    assert found == dict.fromkeys(found, 404)


def test_in_a_closed_case_the_plan_is_read_and_not_touched(
    plan: Plan, case: Case, sender: Member, signed_in: Any
) -> None:
    planning.stop(code=plan.code, reason="other", by=sender, at=AT)
    closing.close(code=case.code, closure="lost_contact", by=boss_of(sender), at=AT)
    client = signed_in(sender)

    shown = client.get(f"plans/{plan.code}/")
    again = client.post(f"cases/{case.code}/plans/", WORDS)

    assert (shown.status_code, again.status_code, again.json()["code"]) == (
        200, 403, "case_is_closed",
    )  # fmt: skip
    assert shown.json()["verbs"]["now"] == []
    assert set(shown.json()["verbs"]["not_now"].values()) == {"case_is_closed"}


def test_a_plan_tells_nobody_anything(active: Plan, sender: Member) -> None:
    action = set_action(active, sender)
    planning.finish_action(code=action.code, done=True, by=sender, at=AT)
    planning.stop(code=active.code, reason="other", by=sender, at=AT)

    ours = [active.code, action.code, active.case.code]
    assert Event.objects.filter(subject__in=ours).count() == 0
