"""The plan of a case on pages: its goals, its reviews, the chart and the warnings."""

import re
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Agency, Member
from audit.models import AuditEvent
from cases.actions import lifecycle
from cases.models import Case
from demo import builders as make
from referral.actions import closing
from reintegration.actions import planning
from reintegration.models import Action, Alert, Goal, Plan, Review
from tests.reintegration.acts import AREAS, AT, DAY, all_at, check_in, hold, noon, reviews_of

TODAY = AT.date()
MOST_QUERIES, MOST_BYTES = 12, 60_000


@pytest.fixture
def active(case: Case, sender: Member) -> Plan:
    return make.make_active_plan(case=case, by=sender)


@pytest.fixture(autouse=True)
def the_day() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def answers(score: int, **others: Any) -> dict[str, Any]:
    """What a worker ticks: one score in every area."""
    return {f"worker_{area}": score for area in AREAS} | others


def next_review(case: Case) -> Review:
    return reviews_of(case, state="due")[0]


def test_the_whole_way_of_a_plan(visiting: Any, sender: Member, case: Case) -> None:
    visitor = visiting(sender)
    empty = text_of(visitor.see(f"/cases/{case.code}/plan/"))

    begun = visitor.do(
        f"/cases/{case.code}/plan/new/",
        {"objectives": "Work of her own.", "types": ["SocialCare", "Livelihood"]},
    )
    plan = Plan.objects.get()
    visitor.do(f"/plans/{plan.code}/do/set_goal/", {"area": "income", "text": "A paid job."})
    goal = Goal.objects.get()
    visitor.do(
        f"/goals/{goal.code}/actions/new/",
        {"text": "Write a letter.", "responsible": sender.agency.code, "due_on": "2026-04-10"},
    )
    visitor.do(f"/plans/{plan.code}/do/agree/")
    visitor.do(f"/actions/{Action.objects.get().code}/end/", {"done": "yes"})
    visitor.do(f"/goals/{goal.code}/end/", {"met": "yes"})
    early = text_of(visitor.see(f"/plans/{plan.code}/do/complete/"))
    visitor.do(f"/reviews/{next_review(case).code}/", answers(3, held_on="2026-03-31"))
    ended = visitor.do(f"/plans/{plan.code}/do/complete/")

    plan.refresh_from_db()
    goal.refresh_from_db()
    assert "Begin a plan" in empty
    assert "The plan is begun" in text_of(begun)
    assert "The plan was not reviewed yet." in early
    assert "The plan is completed." in text_of(ended)
    assert (plan.state, plan.agreed_by, goal.state, Action.objects.get().state) == (
        "completed", "self", "met", "done",
    )  # fmt: skip


def test_words_are_shown_when_asked_for_and_that_is_written_down(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    visitor = visiting(sender)

    covered = text_of(visitor.see(f"/cases/{case.code}/plan/"))
    before = AuditEvent.objects.filter(event="read.plan").count()
    shown = text_of(visitor.see(f"/cases/{case.code}/plan/", {"open": "words"}))

    assert ("A flat in the town." in covered, "A home and work" in covered) == (False, False)
    assert ("A flat in the town." in shown, "A home and work" in shown) == (True, True)
    assert AuditEvent.objects.filter(event="read.plan").count() - before == 1


@pytest.mark.parametrize(
    "path", ["plan/", "plan/new/", "reviews/", "trajectory/", "warnings/", "check-in/"]
)
def test_only_the_owners_side_comes_in(
    visiting: Any, stranger: Member, case: Case, path: str
) -> None:
    answer = visiting(stranger).see(f"/cases/{case.code}/{path}")

    assert (answer.status_code, case.code in text_of(answer).split("<main")[1]) == (404, False)


def test_who_helps_by_a_referral_has_no_plan_here(
    visiting: Any, receiver: Member, accepted: Any
) -> None:
    assert visiting(receiver).see(f"/cases/{accepted.case.code}/").status_code != 500
    assert visiting(receiver).see(f"/cases/{accepted.case.code}/plan/").status_code == 404


def test_every_record_of_a_plan_is_closed_to_a_stranger(
    visiting: Any, stranger: Member, sender: Member, case: Case, active: Plan
) -> None:
    goal, review = active.goals.get(), next_review(case)
    action = planning.set_action(
        code=goal.code, text="A letter.", responsible=sender.agency,
        due_on=TODAY + DAY, by=sender, at=AT,
    )  # fmt: skip
    visitor = visiting(stranger)
    paths = [
        f"/plans/{active.code}/do/stop/", f"/goals/{goal.code}/end/",
        f"/goals/{goal.code}/actions/new/", f"/actions/{action.code}/end/",
        f"/reviews/{review.code}/", f"/reviews/{review.code}/not-held/",
    ]  # fmt: skip

    assert [visitor.see(path).status_code for path in paths] == [404] * len(paths)
    assert [visitor.do(path).status_code for path in paths] == [404] * len(paths)


def test_what_is_not_possible_says_why(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    visitor = visiting(sender)

    shown = text_of(visitor.see(f"/cases/{case.code}/plan/"))
    complete = visitor.see(f"/plans/{active.code}/do/complete/")
    second = visitor.do(
        f"/cases/{case.code}/plan/new/", {"objectives": "More.", "types": ["SocialCare"]}
    )

    assert "The plan was not reviewed yet." in shown.split("Not possible now")[1]
    assert f"/plans/{active.code}/do/complete/" not in shown
    assert (complete.status_code, "not reviewed yet" in text_of(complete)) == (409, True)
    assert "A plan is being made or carried out already." in text_of(second)
    assert "More." in text_of(second)
    assert visitor.see(f"/plans/{active.code}/do/dance/").status_code == 404


def test_a_plan_of_a_case_that_is_not_open_cannot_be_begun(
    visiting: Any, sender: Member
) -> None:
    draft = make.make_case(by=sender, open_=False)

    text = text_of(visiting(sender).see(f"/cases/{draft.code}/plan/"))

    assert ("The case is not open." in text, "/plan/new/" in text) == (True, False)


def test_for_a_child_somebody_else_agrees_and_the_child_is_asked(
    visiting: Any, sender: Member
) -> None:
    child = make.make_case(by=sender, age_band="9-17")
    plan = make.make_plan(case=child, by=sender)
    visitor, path = visiting(sender), f"/plans/{plan.code}/do/agree/"

    asked = text_of(visitor.see(path))
    bare = text_of(visitor.do(path, {"agreed_by": "self"}))
    visitor.do(path, {"agreed_by": "guardian", "assent": "given"})

    plan.refresh_from_db()
    assert ('value="self"' in asked, "What the child says" in asked) == (False, True)
    assert "Please look at this again" in bare
    assert (plan.state, plan.agreed_by, plan.assent) == ("active", "guardian", "given")


def test_a_change_that_crosses_another_is_told_and_loses_nothing(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    visitor, path = visiting(sender), f"/plans/{active.code}/do/revise/"
    first = text_of(visitor.see(path))
    active.refresh_from_db()
    wanted = {"objectives": "A home.", "types": ["Health"], "version": active.version}

    said = visitor.do(path, wanted)
    again = text_of(visitor.do(path, wanted | {"objectives": "Another thing."}))

    assert "A home and work of her own." in first
    assert "The plan is changed." in text_of(said)
    assert "Somebody changed this meanwhile." in again
    assert "Another thing." in again


def test_another_agency_may_be_named_for_what_is_to_be_done(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    other: Agency = make.make_agency()
    visitor, path = visiting(sender), f"/goals/{active.goals.get().code}/actions/new/"

    late = text_of(
        visitor.do(
            path, {"text": "Ask them.", "responsible": other.code, "due_on": "2026-03-30"}
        )
    )
    visitor.do(path, {"text": "Ask them.", "responsible": other.code, "due_on": "2026-04-30"})

    assert ("This day has passed." in late, "Ask them." in late) == (True, True)
    assert Action.objects.get().responsible == other
    assert other.name in text_of(visitor.see(f"/cases/{case.code}/plan/"))


def test_stopping_says_why_and_a_new_plan_may_follow(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    visitor = visiting(sender)
    visitor.do(f"/plans/{active.code}/do/stop/", {"reason": "moved_away"})

    stopped = text_of(visitor.see(f"/cases/{case.code}/plan/"))
    newer = make.make_plan(case=case, by=sender)
    both = text_of(visitor.see(f"/cases/{case.code}/plan/"))
    older = text_of(visitor.see(f"/cases/{case.code}/plan/", {"plan": active.code}))

    assert ("Moved away" in stopped, "Begin a new plan" in stopped) == (True, True)
    assert f"?plan={active.code}" in both
    assert ("Moved away" in older, f"?plan={newer.code}" in older) == (True, True)
    assert visitor.see(f"/cases/{case.code}/plan/", {"plan": "PL-XXXX"}).status_code == 404


def test_a_review_asks_for_every_area_and_keeps_what_was_ticked(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    review = next_review(case)
    visitor, path = visiting(sender), f"/reviews/{review.code}/"
    ticked = answers(2, held_on="2026-03-31", person_safety=1, remarks="Sleeps badly.")
    del ticked["worker_income"]

    short = text_of(visitor.do(path, ticked))
    held = text_of(visitor.do(path, ticked | {"worker_income": 4}))

    review.refresh_from_db()
    scores = {s.area: (s.worker, s.person) for s in review.scores.all()}
    assert "Work and income: as you see it" in short.split('id="error-summary"')[1][:900]
    assert "Sleeps badly." in short
    assert "The review is written down." in held
    assert scores == dict.fromkeys(AREAS, (2, None)) | {"safety": (2, 1), "income": (4, None)}


def test_a_day_that_cannot_be_is_said_beside_it(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    path = f"/reviews/{next_review(case).code}/"

    text = text_of(visiting(sender).do(path, answers(2, held_on="2026-04-01")))

    assert "This day is still to come." in text


def test_a_later_review_waits_for_the_earlier(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    first, second, *_ = reviews_of(case, state="due")
    visitor = visiting(sender)

    later = text_of(visitor.see(f"/reviews/{second.code}/"))
    visitor.do(f"/reviews/{first.code}/not-held/", {"why": "not_wanted"})
    listed = text_of(visitor.see(f"/cases/{case.code}/reviews/"))

    assert "An earlier review is still to be held." in later
    assert ('<form method="post">' in later, "worker_safety" in later) == (False, False)
    assert "the person did not want it" in listed
    assert "worker_safety" in text_of(visitor.see(f"/reviews/{second.code}/"))


def test_earlier_scores_stand_beside_and_remarks_open_when_asked(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    first, second, *_ = reviews_of(case, state="due")
    hold(first, sender, all_at(1), remarks="Afraid of the stairs.")
    with time_machine.travel(noon(second.due_on), tick=False):
        visitor = visiting(sender)
        form = text_of(visitor.see(f"/reviews/{second.code}/"))
        held = text_of(visitor.see(f"/reviews/{first.code}/"))
        opened = text_of(visitor.see(f"/reviews/{first.code}/", {"open": "remarks"}))

    assert form.count("Before") == len(AREAS)
    assert "Fragile, much help needed" in held
    assert ("Afraid of the stairs." in held, "Afraid of the stairs." in opened) == (False, True)


def numbers(text: str) -> list[list[tuple[str, str]]]:
    """Worker and person of each row, by the table of each area."""
    return [
        re.findall(r"</th><td>(.*?)</td><td>(.*?)</td></tr>", table)
        for table in re.findall(r"<tbody>(.*?)</tbody>", text, re.DOTALL)
    ]


def test_the_chart_and_its_tables_tell_the_same(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    first, second, third, *_ = reviews_of(case, state="due")
    hold(first, sender, all_at(1) | {"safety": {"worker": 2, "person": 1}})
    hold(second, sender, all_at(2))
    hold(third, sender, all_at(3) | {"safety": {"worker": 4, "person": 3}})
    with time_machine.travel(noon(third.due_on), tick=False):
        text = text_of(visiting(sender).see(f"/cases/{case.code}/trajectory/"))

    charts = re.findall(r'<svg class="chart".*?</svg>', text, re.DOTALL)
    safety, housing = charts[0], charts[1]
    assert numbers(text) == [
        [("2", "1"), ("2", "–"), ("4", "3")], *[[("1", "–"), ("2", "–"), ("3", "–")]] * 7
    ]  # fmt: skip
    assert (len(charts), [c.count("<title ") + c.count("<desc ") for c in charts]) == (
        8,
        [2] * 8,
    )
    assert "worker 4, person 3." in safety
    assert (safety.count("<circle"), safety.count("<rect")) == (3, 2)
    # The person's line is broken where they said nothing.
    assert (safety.count("<polyline"), housing.count("<polyline")) == (1, 1)
    assert 'points="30.0,82.0 114.5,58.0 242.0,34.0"' in housing
    assert "style=" not in text
    assert len(text) < MOST_BYTES


def test_a_chart_of_nothing_says_so(visiting: Any, sender: Member, case: Case) -> None:
    text = text_of(visiting(sender).see(f"/cases/{case.code}/trajectory/"))

    assert ("Nothing was scored yet." in text, "<svg" in text) == (True, False)


def test_a_try_to_be_in_touch_and_the_warning_that_follows(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    visitor = visiting(sender)
    visitor.do(
        f"/cases/{case.code}/check-in/",
        {"tried_at": "2026-03-31T12:00", "channel": "phone", "result": "not_safe"},
    )
    alert = Alert.objects.get(rule="not_safe")

    plan = text_of(visitor.see(f"/cases/{case.code}/plan/"))
    listed = text_of(visitor.see(f"/cases/{case.code}/warnings/"))
    bare = text_of(visitor.do(f"/warnings/{alert.code}/"))
    visitor.do(f"/warnings/{alert.code}/", {"words": "Moved to her aunt."})
    covered = text_of(visitor.see(f"/cases/{case.code}/warnings/"))
    opened = text_of(visitor.see(f"/cases/{case.code}/warnings/", {"open": "words"}))

    assert "1 warning waits" in plan
    assert "it was not safe to talk with the person." in listed
    assert "This field is required." in bare
    assert ("Moved to her aunt." in covered, "Moved to her aunt." in opened) == (False, True)
    assert visitor.see(f"/warnings/{alert.code}/").status_code == 409


def test_each_warning_says_what_it_saw(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    first, second, *_ = reviews_of(case, state="due")
    hold(first, sender, all_at(4) | {"housing": {"worker": 4, "person": 4}})
    late = noon(second.due_on + 60 * DAY)
    hold(
        second, sender, all_at(4, safety=0, health=1) | {"housing": {"worker": 4, "person": 1}},
        at=late, on=second.due_on,
    )  # fmt: skip
    for n in range(3):
        check_in(case, sender, "no_answer", late + n * DAY)
    check_in(case, sender, "needs_help", late + 4 * DAY)

    with time_machine.travel(late + 5 * DAY, tick=False):
        text = text_of(visiting(sender).see(f"/cases/{case.code}/warnings/"))

    for sentence in (
        "Physical health: the worker&#x27;s score went from 4 to 1.",
        "Housing: the person&#x27;s own score went from 4 to 1.",
        "Safety was scored 0 at the last review.",
        "Housing: the worker said 4, the person 1.",
        "3 tries in a row to reach the person failed.",
        "the person needed something.",
    ):
        assert sentence in text


def test_a_person_is_asked_after_once_the_case_is_closed(
    visiting: Any, sender: Member, case: Case
) -> None:
    lifecycle.plan_follow_ups(code=case.code, dates=[], by=sender, at=AT)
    boss = make.make_member(agency=sender.agency, role="supervisor")
    closing.close(code=case.code, closure="goals_met", by=boss, at=AT)
    review = next_review(case)
    visitor = visiting(sender)

    listed = text_of(visitor.see(f"/cases/{case.code}/reviews/"))
    with time_machine.travel(noon(review.due_on), tick=False):
        visitor = visiting(sender)
        asked = text_of(visitor.see(f"/reviews/{review.code}/"))
        visitor.do(
            f"/reviews/{review.code}/",
            {"held_on": review.due_on.isoformat(), "person_safety": "4"},
        )

    review.refresh_from_db()
    assert "asking after the person once the case was closed" in listed
    assert "The case is closed." in listed
    assert "not looked at" in asked
    assert [(s.area, s.worker, s.person) for s in review.scores.all()] == [("safety", None, 4)]


def costs(visitor: Any, path: str) -> int:
    visitor.see(path)
    answer, asked = visitor.asks(path)
    assert answer.status_code == 200
    assert len(answer.content) < MOST_BYTES
    return int(asked)


def test_pages_of_a_plan_cost_the_same_for_one_and_for_three(
    visiting: Any, sender: Member, case: Case, active: Plan
) -> None:
    pages = [
        f"/cases/{case.code}/{page}/" for page in ("plan", "reviews", "trajectory", "warnings")
    ]
    first, second, third, *_ = reviews_of(case, state="due")
    hold(first, sender, all_at(0), at=noon(first.due_on))
    check_in(case, sender, "not_safe", noon(first.due_on))
    with time_machine.travel(noon(third.due_on), tick=False):
        visitor, at = visiting(sender), timezone.now()
        one = [costs(visitor, path) for path in [*pages, f"/reviews/{second.code}/"]]
        for area in ("health", "income"):
            goal = planning.set_goal(
                code=active.code, area=area, text="A goal.", target_on=None, by=sender, at=at
            )
            planning.set_action(
                code=goal.code, text="A letter.", responsible=make.make_agency(),
                due_on=third.due_on, by=sender, at=at,
            )  # fmt: skip
            check_in(case, sender, "not_safe", at)
        hold(second, sender, all_at(0), at=at)
        three = [costs(visitor, path) for path in [*pages, f"/reviews/{third.code}/"]]

    assert one[1:] == three[1:]
    # An action's agency and its goal's are looked up once more as soon as there is any.
    assert three[0] - one[0] in {0, 1}
    assert max(one + three) <= MOST_QUERIES, (one, three)
