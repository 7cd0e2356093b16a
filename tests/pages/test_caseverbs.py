"""The acts on a case on their pages: who may, what is asked, what is said when it is refused."""

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from cases import policy
from cases.actions import lifecycle
from cases.models import Case
from cases.workflow import Verb as Move
from demo import builders as make
from notify.models import Task
from pages.caseverbs import ACTS
from pages.checklist import POINTS
from pages.nextsteps import STEPS
from referral.actions import closing
from tests.pages.test_casepage import text_of


@pytest.fixture
def colleague(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, first_name="Вера", last_name="Сушко")


def at(case: Case, verb: str) -> str:
    return f"/cases/{case.code}/do/{verb}/"


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_a_draft_is_opened(visiting: Any, sender: Member) -> None:
    draft = make.make_case(by=sender, open_=False)
    visitor = visiting(sender)

    asked = text_of(visitor.see(at(draft, "open")))
    answer = visitor.do(at(draft, "open"))

    assert "From now on the person is being helped" in asked
    assert answer.redirect_chain == [(f"/cases/{draft.code}/", 302)]
    assert "The case is open. Next, judge risks and needs." in text_of(answer)
    assert fresh(draft).state == "open"
    again = visitor.see(at(draft, "open"))
    assert (again.status_code, "not possible in the present state" in text_of(again)) == (
        409,
        True,
    )


def test_only_a_supervisor_assigns_and_colleagues_are_offered_by_name(
    visiting: Any, sender: Member, supervisor: Member, colleague: Member, stranger: Member,
    case: Case,
) -> None:  # fmt: skip
    refused = visiting(sender).see(at(case, "assign"))
    visitor = visiting(supervisor)
    offered = text_of(visitor.see(at(case, "assign")))
    wrong = visitor.do(at(case, "assign"), {"to": stranger.pk})
    answer = visitor.do(at(case, "assign"), {"to": colleague.pk})

    assert refused.status_code == 403
    assert "Only a supervisor may do this." in text_of(refused)
    assert ("Вера Сушко, social worker" in offered, stranger.username in offered) == (
        True,
        False,
    )
    assert (wrong.status_code, fresh(case).worker) == (200, colleague)
    assert "The worker was told." in text_of(answer)


def test_who_hands_over_is_led_out_of_the_case(
    visiting: Any, sender: Member, colleague: Member, case: Case
) -> None:
    visitor, path = visiting(sender), at(case, "hand_over")

    short = visitor.do(path, {"to": colleague.pk})
    answer = visitor.do(path, {"to": colleague.pk, "note": "Call her on Monday."})

    assert short.status_code == 200
    assert answer.redirect_chain == [("/cases/", 302)]
    assert "The case is handed over. Your colleague was told." in text_of(answer)
    assert fresh(case).worker == colleague
    assert visitor.see(path).status_code == 404


def test_a_task_in_the_past_is_refused_and_what_was_typed_is_kept(
    visiting: Any, sender: Member, colleague: Member, case: Case
) -> None:
    visitor, path = visiting(sender), at(case, "tasks")
    typed = {"text": "Ring the school", "assignee": colleague.pk, "due_at": "2020-01-01T10:00"}

    refused = visitor.do(path, typed)
    done = visitor.do(path, typed | {"due_at": ""})

    assert refused.status_code == 200
    assert [
        words in text_of(refused)
        for words in ("This lies in the past.", "Ring the school", "2020-01-01T10:00")
    ] == [True] * 3
    assert "The task is set." in text_of(done)
    assert Task.objects.get(case=case.code).assignee == colleague


def test_follow_ups_are_proposed_and_may_be_moved(
    visiting: Any, sender: Member, case: Case
) -> None:
    visitor, path = visiting(sender), at(case, "plan_follow_ups")
    proposed = re.findall(r'value="(\d{4}-\d\d-\d\d)"', text_of(visitor.see(path)))
    moved = make.today() + dt.timedelta(days=45)

    past = visitor.do(path, {"day_1": "2020-01-01"})
    visitor.do(path, {"day_1": proposed[0], "day_2": moved.isoformat()})

    assert len(proposed) == 4
    assert "A follow-up lies in the past." in text_of(past)
    assert fresh(case).follow_ups == sorted([dt.date.fromisoformat(proposed[0]), moved])


def test_a_stale_change_says_so_keeps_what_was_typed_and_then_goes_through(
    visiting: Any, sender: Member, case: Case
) -> None:
    visitor, path = visiting(sender), at(case, "change")
    seen = fresh(case).version
    lifecycle.change(
        code=case.code, facts={"risk": "low"}, version=seen, by=sender, at=timezone.now()
    )

    stale = visitor.do(path, {"risk": "high", "source": "police", "version": seen})
    text = text_of(stale)
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version is not None
    saved = visitor.do(path, {"risk": "high", "source": "police", "version": version.group(1)})

    assert "Somebody changed this meanwhile. Please look at it again." in text
    assert "It now says: risk low; the case came by: a social worker." in text
    assert '<option value="police" selected>' in text
    assert "Saved." in text_of(saved)
    assert (fresh(case).risk, fresh(case).source) == ("high", "police")


def test_closing_shows_what_is_not_done_and_where_to_do_it(
    visiting: Any, sender: Member, supervisor: Member, receiver: Member, case: Case
) -> None:
    make.make_consent(case=case, to=receiver.agency, by=sender)
    visitor, path = visiting(supervisor), at(case, "close")

    shown = text_of(visitor.see(path))
    refused = text_of(visitor.do(path, {"closure": "lost_contact"}))

    assert f'<a href="/cases/{case.code}/consent/">Every consent has ended.</a>' in shown
    assert f'<a href="{at(case, "plan_follow_ups")}">Follow-ups are planned.</a>' in shown
    assert (shown.count("not yet</span>"), refused.count("not yet</span>")) == (2, 1)
    assert "A consent is still active." in refused
    assert '<option value="lost_contact" selected>' in refused
    assert fresh(case).state == "open"


def test_a_case_is_closed_and_taken_up_again_with_a_reason(
    visiting: Any, supervisor: Member, case: Case
) -> None:
    visitor = visiting(supervisor)
    visitor.do(at(case, "close"), {"closure": "deceased"})
    closed = fresh(case).state
    page = text_of(visitor.see(f"/cases/{case.code}/"))
    without = visitor.do(at(case, "reopen"))
    visitor.do(at(case, "reopen"), {"reason": "It was somebody else."})

    assert (closed, without.status_code, fresh(case).state) == ("closed", 200, "open")
    assert f'href="{at(case, "reopen")}"' in page
    assert f'href="{at(case, "tasks")}"' not in page


def test_an_unknown_act_is_nowhere(visiting: Any, sender: Member, case: Case) -> None:
    assert visiting(sender).see(at(case, "burn")).status_code == 404


def test_every_act_has_a_step_and_every_point_of_the_checklist_has_words(case: Case) -> None:
    points = closing.checklist(case, on=make.today())

    assert {step.act for step in STEPS.values() if step.act} == set(ACTS)
    assert list(points) == list(POINTS)
    assert {step.verb for step in STEPS.values()} <= {*policy.Verb, *Move}
