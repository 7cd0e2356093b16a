"""Reviews in their order, check-ins between them, follow-ups after the case: and what they count."""

import datetime as dt
from typing import Any

import pytest

from agencies.models import CodeEntry, Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.actions import lifecycle
from cases.models import Case, TimelineEntry
from demo import builders as make
from referral.actions import closing
from reintegration import queries
from reintegration.actions import planning, reviewing, watching
from reintegration.models import CheckIn, Plan, Review, Score
from tests.reintegration.acts import (
    AREAS,
    AT,
    DAY,
    TODAY,
    Scores,
    all_at,
    check_in,
    end_of,
    hold,
    noon,
    refused,
    reviews_of,
    running,
    stopped,
)

APRIL_5 = dt.date(2026, 4, 5)
pytestmark = pytest.mark.usefixtures("active")


def closed_with_follow_ups(
    case: Case, by: Member, days: list[dt.date]
) -> tuple[Case, list[Review]]:
    """The case is closed at once, to be followed up on these days."""
    boss = make.make_member(agency=by.agency, role=Role.SUPERVISOR)
    planning.stop(code=case.plans.get().code, reason="other", by=by, at=AT)
    lifecycle.plan_follow_ups(code=case.code, dates=days, by=by, at=AT)
    closing.close(code=case.code, closure="goals_met", by=boss, at=AT)
    closed = Case.objects.select_related("owner", "person", "worker__agency").get(pk=case.pk)
    return closed, reviews_of(closed, kind="follow_up")


def nothing_held(case: Case) -> bool:
    return not reviews_of(case, state="held") and not Score.objects.exists()


# Holding


def test_a_review_that_is_held_says_when_by_whom_and_how_things_stand(
    case: Case, sender: Member
) -> None:
    first = reviews_of(case)[0]
    scores: Scores = {**all_at(3), "housing": {"worker": 2, "person": 1}}
    scores["income"] = {"worker": 0, "person": 0}

    held = hold(first, sender, scores, on=APRIL_5, remarks="She laughed.")

    assert (held.state, held.held_on, held.held_by, held.agency, held.ended_at) == (
        "held", APRIL_5, sender, sender.agency, noon(APRIL_5),
    )  # fmt: skip
    found = {s.area: (s.worker, s.person) for s in held.scores.all()}
    assert found == {**dict.fromkeys(AREAS, (3, None)), "housing": (2, 1), "income": (0, 0)}
    assert stopped("review", held.code) == [noon(APRIL_5)]
    entry = TimelineEntry.objects.get(event="review.held")
    assert (entry.about, entry.facts) == (held.code, {"kind": "planned", "why": ""})


def test_who_has_sat_together_is_asked_after_from_that_day(case: Case, sender: Member) -> None:
    hold(reviews_of(case)[0], sender, on=APRIL_5, at=noon(APRIL_5) + 2 * DAY)

    assert running("check_in", case.code) == end_of(APRIL_5 + 14 * DAY)


@pytest.mark.parametrize("area", AREAS)
def test_a_planned_review_has_the_workers_score_for_every_area(
    area: str, case: Case, sender: Member
) -> None:
    lacking: list[Scores] = [
        {name: score for name, score in all_at(3).items() if name != area},
        {**all_at(3), area: {"person": 3}},
        {**all_at(3), area: {"worker": None, "person": None}},
        {**all_at(3), area: {}},
    ]
    review = reviews_of(case)[0]

    for scores in lacking:
        told = refused(hold, review=review, by=sender, scores=scores, on=APRIL_5)
        assert told == f"area_missing /scores/{area}"
    assert nothing_held(case)
    assert running("review", review.code) is not None


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ({"luck": {"worker": 3}}, "unknown_field /scores/luck"),
        ({"safety": {"cat": 3}}, "unknown_field /scores/safety/cat"),
        ({"safety": {"worker": 5}}, "out_of_range /scores/safety/worker"),
        ({"safety": {"worker": 3, "person": -1}}, "out_of_range /scores/safety/person"),
        ({"safety": {"worker": "3"}}, "not_a_number /scores/safety/worker"),
        ({"safety": {"worker": 2.5}}, "not_a_number /scores/safety/worker"),
        ({"safety": {"worker": True}}, "not_a_number /scores/safety/worker"),
        ({"safety": 3}, "not_a_record /scores/safety"),
    ],
)
def test_a_score_is_a_whole_number_from_0_to_4_for_an_area_that_is_known(
    scores: Any, told: str, case: Case, sender: Member
) -> None:
    words = {"review": reviews_of(case)[0], "by": sender, "on": APRIL_5}

    assert refused(hold, **words, scores={**all_at(3), **scores}) == told
    assert nothing_held(case)


def test_an_extra_review_scores_one_area_at_least(case: Case, sender: Member) -> None:
    check_in(case, sender, "needs_help", AT)
    (extra,) = reviews_of(case, kind="extra")
    nothings: list[Scores] = [{}, {"safety": {}}, {"safety": {"worker": None}}]
    for nothing in nothings:
        told = refused(hold, review=extra, by=sender, scores=nothing, on=TODAY)
        assert told == "area_missing /scores"
    assert nothing_held(case)

    held = hold(extra, sender, {"safety": {"person": 4}}, on=TODAY)

    assert [(s.area, s.worker, s.person) for s in held.scores.all()] == [("safety", None, 4)]


def test_an_area_that_was_added_here_is_scored_too(case: Case, sender: Member) -> None:
    added = CodeEntry.objects.create(
        list="reintegration_area", code="culture", label_en="Culture", label_ru="К",
        label_be="К", added_at=AT, added_by=sender,
    )  # fmt: skip
    first, second, *_ = reviews_of(case)
    told = refused(hold, review=first, by=sender, on=APRIL_5)
    assert told == "area_missing /scores/culture"
    hold(first, sender, {**all_at(3), "culture": {"worker": 4}}, on=APRIL_5)
    added.retired_at = AT
    added.save()

    hold(second, sender, on=APRIL_5 + DAY)

    (culture,) = [line for line in queries.trajectory(case) if line["area"] == "culture"]
    assert [point["worker"] for point in culture["points"]] == [4]


@pytest.mark.parametrize(
    ("on", "at", "told"),
    [
        (TODAY + DAY, AT, "date_in_the_future /held_on"),
        (TODAY - DAY, AT, "date_before_the_beginning /held_on"),
        (TODAY, AT, ""),
        # It is tomorrow already where the owner is.
        (TODAY + DAY, AT.replace(hour=21), ""),
    ],
)
def test_a_review_is_held_after_the_plan_was_agreed_and_not_ahead(
    on: dt.date, at: dt.datetime, told: str, case: Case, sender: Member
) -> None:
    words: dict[str, Any] = {
        "review": reviews_of(case)[0], "by": sender, "on": on, "at": at,
    }  # fmt: skip

    if told:
        assert refused(hold, **words) == told
        assert nothing_held(case)
    else:
        assert hold(**words).held_on == on


def test_reviews_are_held_in_their_order(case: Case, sender: Member) -> None:
    first, second, third, _ = reviews_of(case)
    for later in (second, third):
        assert refused(hold, review=later, by=sender, on=APRIL_5) == "earlier_review_is_due"
        words = {"code": later.code, "why": "not_wanted", "by": sender, "at": AT}
        assert refused(reviewing.not_held, **words) == "earlier_review_is_due"
    assert {r.state for r in reviews_of(case)} == {"due"}
    reviewing.not_held(code=first.code, why="not_wanted", by=sender, at=AT)
    hold(second, sender, on=APRIL_5)

    back = refused(hold, review=third, by=sender, on=APRIL_5 - DAY, at=noon(APRIL_5 + DAY))

    assert back == "date_before_the_last_review /held_on"
    third.refresh_from_db()
    assert third.state == "due"
    assert hold(third, sender, on=APRIL_5).state == "held"


def test_an_extra_review_waits_for_no_turn(case: Case, sender: Member) -> None:
    check_in(case, sender, "needs_help", AT)
    (extra,) = reviews_of(case, kind="extra")

    assert hold(extra, sender, {"housing": {"worker": 2}}, on=TODAY).state == "held"
    assert {r.state for r in reviews_of(case, kind="planned")} == {"due"}


def test_the_reviews_of_an_earlier_plan_hold_up_nothing(
    active: Plan, case: Case, sender: Member
) -> None:
    """Were one left due by mistake, it is not of this plan."""
    old = reviews_of(case)[0]
    planning.stop(code=active.code, reason="other", by=sender, at=AT)
    Review.objects.filter(pk=old.pk).update(state="due", ended_at=None)
    make.make_active_plan(case=case, by=sender)
    new = case.reviews.get(month=1, plan__state="active")

    assert hold(new, sender, on=TODAY).state == "held"


@pytest.mark.parametrize("end", ["held", "not_held", "cancelled"])
def test_a_review_ends_once(end: str, active: Plan, case: Case, sender: Member) -> None:
    first = reviews_of(case)[0]
    if end == "held":
        hold(first, sender, on=TODAY)
    elif end == "not_held":
        reviewing.not_held(code=first.code, why="not_safe", by=sender, at=AT)
    else:
        planning.stop(code=active.code, reason="other", by=sender, at=AT)
    before = Review.objects.get(pk=first.pk)

    told = refused(hold, review=first, by=sender, on=TODAY)
    words = {"code": first.code, "why": "deceased", "by": sender, "at": AT}
    told_too = refused(reviewing.not_held, **words)

    assert (told, told_too) == (f"cannot_hold_when_{end}", f"cannot_not_held_when_{end}")
    after = Review.objects.get(pk=first.pk)
    assert (after.version, after.why_not) == (before.version, before.why_not)


@pytest.mark.parametrize("why", ["not_reached", "not_wanted", "not_safe", "deceased"])
def test_a_review_that_could_not_be_held_says_why(why: str, case: Case, sender: Member) -> None:
    first, second, *_ = reviews_of(case)
    words: dict[str, Any] = {"code": first.code, "by": sender, "at": AT}
    assert refused(reviewing.not_held, **words, why="rain") == "unknown_code /why"

    ended = reviewing.not_held(**words, why=why)

    assert (ended.state, ended.why_not, ended.held_on, ended.held_by) == (
        "not_held", why, None, None,
    )  # fmt: skip
    assert (stopped("review", first.code), running("review", second.code)) == (
        [AT], end_of(second.due_on),
    )  # fmt: skip
    assert running("check_in", case.code) == end_of(TODAY + 14 * DAY)


# Check-ins


@pytest.mark.parametrize(
    ("result", "due"),
    [("well", 10 + 14), ("needs_help", 10 + 14), ("no_answer", 14), ("not_safe", 14)],
)
def test_the_next_check_in_is_counted_from_the_last_contact(
    result: str, due: int, case: Case, sender: Member
) -> None:
    at = AT + 10 * DAY

    made = check_in(case, sender, result, at, tried_at=at)

    assert (made.tried_at, made.channel, made.result, made.by) == (at, "phone", result, sender)
    assert running("check_in", case.code) == end_of(TODAY + due * DAY)
    entry = TimelineEntry.objects.get(event="check_in.made")
    assert (entry.about, entry.facts) == (made.code, {"result": result})


def test_a_contact_that_is_written_down_late_counts_from_its_own_day(
    case: Case, sender: Member
) -> None:
    check_in(case, sender, "well", AT + 10 * DAY, tried_at=AT + 8 * DAY)
    assert running("check_in", case.code) == end_of(TODAY + 22 * DAY)

    check_in(case, sender, "well", AT + 11 * DAY, tried_at=AT + 2 * DAY)

    assert running("check_in", case.code) == end_of(TODAY + 22 * DAY)


def test_a_changed_risk_counts_from_the_next_contact(case: Case, sender: Member) -> None:
    lifecycle.change(
        code=case.code, facts={"risk": "high"}, version=case.version, by=sender, at=AT
    )

    check_in(case, sender, "well", AT + DAY)

    assert running("check_in", case.code) == end_of(TODAY + 8 * DAY)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"tried_at": AT + dt.timedelta(seconds=1)}, "attempt_in_the_future /tried_at"),
        ({"tried_at": AT - dt.timedelta(seconds=1)}, "date_before_the_beginning /tried_at"),
        ({"channel": "pigeon"}, "unknown_code /channel"),
        ({"result": "so_so"}, "unknown_code /result"),
    ],
)
def test_a_check_in_lies_between_agreeing_and_now(
    more: dict[str, Any], told: str, case: Case, sender: Member
) -> None:
    words: dict[str, Any] = {"case": case, "by": sender, "result": "well", "at": AT} | more

    assert refused(check_in, **words) == told
    assert (CheckIn.objects.count(), stopped("check_in", case.code)) == (0, [None])


def test_nobody_is_asked_after_without_a_plan_that_was_agreed_to(sender: Member) -> None:
    case = make.make_case(by=sender)
    assert refused(check_in, case=case, by=sender, result="well", at=AT) == "no_running_plan"
    plan = make.make_plan(case=case, by=sender)
    assert refused(check_in, case=case, by=sender, result="well", at=AT) == "no_running_plan"
    planning.agree(code=plan.code, agreed_by="self", assent="", by=sender, at=AT)
    check_in(case, sender, "well", AT)
    planning.stop(code=plan.code, reason="other", by=sender, at=AT)

    assert refused(check_in, case=case, by=sender, result="well", at=AT) == "no_running_plan"
    assert case.check_ins.count() == 1


# Follow-ups


def test_a_closed_case_is_followed_up_on_the_days_that_were_planned(
    case: Case, sender: Member
) -> None:
    days = [TODAY + 30 * DAY, TODAY + 91 * DAY]

    closed, found = closed_with_follow_ups(case, sender, list(reversed(days)))

    assert [(r.month, r.due_on, r.state, r.plan_id) for r in found] == [
        (1, days[0], "due", None), (2, days[1], "due", None),
    ]  # fmt: skip
    assert [running("follow_up", r.code) for r in found] == [end_of(day) for day in days]
    assert reviewing.plan_follow_ups_of(case=closed, by=sender, at=AT) == []
    assert len(reviews_of(closed, kind="follow_up")) == 2


def test_a_day_that_passed_before_the_case_was_closed_is_not_followed_up(
    case: Case, sender: Member
) -> None:
    case.follow_ups = [TODAY - DAY, TODAY, TODAY + DAY]

    made = reviewing.plan_follow_ups_of(case=case, by=sender, at=AT)

    assert [(r.month, r.due_on) for r in made] == [(2, TODAY), (3, TODAY + DAY)]


def test_follow_ups_are_held_in_a_closed_case_in_their_order(
    case: Case, sender: Member
) -> None:
    _, (first, second) = closed_with_follow_ups(
        case, sender, [TODAY + 30 * DAY, TODAY + 91 * DAY]
    )
    some: Scores = {"housing": {"worker": 3, "person": 3}}
    assert refused(hold, review=second, by=sender, scores=some) == "earlier_review_is_due"
    early = refused(hold, review=first, by=sender, scores=some, on=TODAY - DAY, at=AT)
    assert early == "date_before_the_beginning /held_on"

    held = hold(first, sender, some)

    assert (held.state, held.held_on) == ("held", TODAY + 30 * DAY)
    assert stopped("follow_up", first.code) == [noon(first.due_on)]
    assert running("check_in", case.code) is None
    assert hold(second, sender, some).state == "held"


def test_a_case_that_is_taken_up_again_is_not_followed_up(case: Case, sender: Member) -> None:
    days = [TODAY + 30 * DAY, TODAY + 91 * DAY]
    closed, (first, second) = closed_with_follow_ups(case, sender, days)
    hold(first, sender, {"housing": {"worker": 3}})
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    later = AT + 40 * DAY

    closing.reopen(code=case.code, reason="She came back.", by=boss, at=later)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.ended_at) == ("held", "cancelled", later)
    assert stopped("follow_up", second.code) == [later]
    assert reviewing.cancel_follow_ups(case=closed, by=sender, at=later) == 0
    (again,) = reviewing.plan_follow_ups_of(case=closed, by=sender, at=later)
    assert (again.due_on, again.month) == (days[1], 2)


def test_with_its_case_ends_what_a_plan_or_a_warning_had_asked_for(
    case: Case, sender: Member
) -> None:
    case.follow_ups = [TODAY + DAY]
    reviewing.plan_follow_ups_of(case=case, by=sender, at=AT)
    check_in(case, sender, "needs_help", AT)

    reviewing.end_with_case(case=case, by=sender, at=AT + DAY)

    assert {(r.kind, r.state) for r in reviews_of(case)} == {
        ("planned", "cancelled"), ("extra", "cancelled"), ("follow_up", "due"),
    }  # fmt: skip
    for review in reviews_of(case, state="cancelled"):
        assert stopped("review", review.code) == [AT + DAY]


def test_a_case_is_not_closed_over_a_plan_or_a_warning(case: Case, sender: Member) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    words: dict[str, Any] = {"code": case.code, "closure": "lost_contact", "by": boss, "at": AT}
    assert refused(closing.close, **words) == "checklist_plan_ended"
    check_in(case, sender, "needs_help", AT)
    planning.stop(code=case.plans.get().code, reason="other", by=sender, at=AT)
    assert refused(closing.close, **words) == "checklist_alerts_resolved"
    watching.resolve(code=case.alerts.get().code, words="Seen.", by=sender, at=AT)

    assert closing.close(**words).state == "closed"
    assert running("check_in", case.code) is None


# The way of the areas


def test_the_trajectory_tells_each_area_from_review_to_review(
    case: Case, sender: Member
) -> None:
    first, second, *_ = reviews_of(case)
    hold(first, sender, {**all_at(2), "income": {"worker": 1, "person": 0}}, on=APRIL_5)
    check_in(case, sender, "needs_help", noon(APRIL_5 + DAY))
    (extra,) = reviews_of(case, kind="extra", state="due")
    hold(extra, sender, {"income": {"person": 2}}, on=APRIL_5 + 2 * DAY)
    hold(second, sender, all_at(3, income=2), on=APRIL_5 + 3 * DAY)

    found = queries.trajectory(case)

    assert [line["area"] for line in found] == AREAS
    income = next(line["points"] for line in found if line["area"] == "income")
    us = sender.agency.code
    assert [list(point.values()) for point in income] == [
        [first.code, "planned", 1, APRIL_5, 1, 0, us],
        [extra.code, "extra", None, APRIL_5 + 2 * DAY, None, 2, us],
        [second.code, "planned", 3, APRIL_5 + 3 * DAY, 2, None, us],
    ]
    assert list(income[0]) == [
        "review", "kind", "month", "on", "worker", "person", "agency",
    ]  # fmt: skip
    safety = next(line["points"] for line in found if line["area"] == "safety")
    assert [point["worker"] for point in safety] == [2, 3]


def test_an_area_without_a_score_has_no_points(case: Case) -> None:
    found = queries.trajectory(case)

    assert [(line["area"], line["points"]) for line in found] == [(a, []) for a in AREAS]


def test_the_trajectory_goes_with_the_case_to_another_owner(case: Case, sender: Member) -> None:
    hold(reviews_of(case)[0], sender, on=APRIL_5)
    theirs = make.make_member(role=Role.SUPERVISOR)

    Case.objects.filter(pk=case.pk).update(owner=theirs.agency, worker=None)

    moved = Case.objects.select_related("owner").get(pk=case.pk)
    (point,) = queries.trajectory(moved)[0]["points"]
    assert point["agency"] == sender.agency.code


# Over HTTP


def test_reviews_over_http(case: Case, sender: Member, signed_in: Any) -> None:
    client = signed_in(sender)
    lines = client.get(f"cases/{case.code}/reviews/").json()["results"]
    assert [(line["month"], line["due_on"], line["state"]) for line in lines] == [
        (1, "2026-04-30", "due"), (3, "2026-06-30", "due"),
        (6, "2026-09-30", "due"), (12, "2027-03-31", "due"),
    ]  # fmt: skip
    first, second = lines[0]["code"], lines[1]["code"]
    body = {"held_on": "2026-03-31", "scores": all_at(3), "remarks": "She laughed."}

    bad = client.post(f"reviews/{first}/hold/", {**body, "scores": {"safety": {"worker": 9}}})
    early = client.post(f"reviews/{second}/hold/", body)
    held = client.post(f"reviews/{first}/hold/", body)
    missed = client.post(f"reviews/{second}/not_held/", {"why": "not_wanted"})

    assert [a.status_code for a in (bad, early, held, missed)] == [400, 409, 200, 200]
    assert bad.json()["errors"][0]["pointer"] == "/scores/safety/worker"
    assert early.json()["code"] == "earlier_review_is_due"
    shown = held.json()
    assert (shown["state"], shown["remarks"], shown["held_by"], shown["version"]) == (
        "held", "She laughed.", sender.username, 2,
    )  # fmt: skip
    assert held["ETag"] == f'"{first}.2"'
    assert {s["area"]: s["worker"] for s in shown["scores"]} == dict.fromkeys(AREAS, 3)
    assert missed.json()["why_not"] == "not_wanted"
    AuditEvent.objects.filter(event="read.review", facts={"n": 1}).get()
    trajectory = client.get(f"cases/{case.code}/trajectory/").json()["results"]
    assert [line["points"][0]["on"] for line in trajectory] == ["2026-03-31"] * 8


def test_the_list_of_reviews_opens_no_remarks(
    case: Case, sender: Member, signed_in: Any
) -> None:
    hold(reviews_of(case)[0], sender, on=TODAY, remarks="She laughed.")

    lines = signed_in(sender).get(f"cases/{case.code}/reviews/").json()["results"]

    assert [("remarks" in line, len(line["scores"])) for line in lines] == [
        (False, 8), (False, 0), (False, 0), (False, 0),
    ]  # fmt: skip
    assert AuditEvent.objects.filter(event="read.review").count() == 0


def test_check_ins_over_http(case: Case, sender: Member, signed_in: Any) -> None:
    client, path = signed_in(sender), f"cases/{case.code}/check_ins/"
    body = {"tried_at": AT.isoformat(), "channel": "visit", "result": "well"}

    made = client.post(path, body)
    bad = client.post(path, {**body, "channel": "pigeon"})
    future = client.post(path, {**body, "tried_at": "2026-04-01T00:00:00Z"})
    listed = client.get(path)

    assert [a.status_code for a in (made, bad, future, listed)] == [201, 400, 400, 200]
    assert [bad.json()["errors"][0]["pointer"], future.json()["code"]] == [
        "/channel", "attempt_in_the_future",
    ]  # fmt: skip
    assert listed.json()["results"] == [made.json()]
    assert (made.json()["result"], made.json()["by"]) == ("well", sender.username)


def test_a_follow_up_is_held_over_http_in_a_closed_case(
    case: Case, sender: Member, signed_in: Any
) -> None:
    closed, (first,) = closed_with_follow_ups(case, sender, [TODAY + 30 * DAY])
    client = signed_in(sender)

    tried = client.post(
        f"cases/{closed.code}/check_ins/",
        {"tried_at": AT.isoformat(), "channel": "visit", "result": "well"},
    )
    held = client.post(
        f"reviews/{first.code}/hold/",
        {"held_on": "2026-03-31", "scores": {"safety": {"worker": 1, "person": 1}}},
    )
    alert = closed.alerts.get()
    seen = client.post(f"alerts/{alert.code}/resolve/", {"words": "She is with her aunt."})

    assert (tried.status_code, tried.json()["code"]) == (403, "case_is_closed")
    assert (held.status_code, held.json()["state"]) == (200, "held")
    assert (alert.rule, seen.status_code) == ("unsafe", 200)
    assert watching.evaluate(code=closed.code, by=sender, at=AT) == []
