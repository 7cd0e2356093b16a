"""The work list by role, its notices and tasks, and one's own page."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.actions import lifecycle
from cases.models import Case
from demo import builders as make
from notify import audience
from notify.models import Clock, Delivery, Task
from notify.notices import Kind
from pages import duties, noticewords, worklist
from referral.actions import answering, leaving
from referral.models import Referral

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def boss(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


def parts(member: Member) -> dict[str, list[tuple[str, str]]]:
    """What each part of the member's work list holds: the words and the code of each line."""
    found = worklist.sections(member, timezone.now())
    return {
        each.name: [(str(row.what), getattr(row, "code", "")) for row in each.rows]
        for each in found
    }


def be_late(subject: str) -> None:
    Clock.objects.filter(subject=subject).update(due_at=timezone.now() - 3 * HOUR)


def task_of(case: Case, by: Member) -> Task:
    code = lifecycle.set_task(
        code=case.code, text="Please ring her sister.", assignee=by, due_at=None, by=by,
        at=timezone.now(),
    )  # fmt: skip
    return Task.objects.get(code=code)


def test_a_worker_sees_what_is_owed_and_what_is_waited_for(
    sent: Referral, sender: Member
) -> None:
    Clock.objects.filter(subject=sent.case.code).update(due_at=timezone.now() + 30 * DAY)
    waited = parts(sender)
    be_late(sent.code)
    late = parts(sender)

    said = [("They are to say whether they can help", sent.case.code)]
    empty: dict[str, Any] = dict.fromkeys(("overdue", "answer", "news", "week", "tasks"), [])
    assert waited == empty | {"week": said}
    assert late == empty | {"overdue": said}


def test_a_focal_point_sees_the_referral_and_never_the_case(
    visiting: Any, sent: Referral, receiver: Member
) -> None:
    found = parts(receiver)
    text = visiting(receiver).see("/").content.decode()

    asked = ("Say whether you can help", sent.code)
    assert found == {
        "overdue": [], "answer": [asked], "news": [], "week": [asked],
        "unassigned": [("A referral that nobody has taken up", sent.code)], "tasks": [],
    }  # fmt: skip
    assert reverse("referral", kwargs={"code": sent.code}) in text
    assert (sent.case.code in text, sent.service.name in text) == (False, False)


def test_a_stranger_has_nothing_to_do(visiting: Any, sent: Referral, stranger: Member) -> None:
    text = visiting(stranger).see("/").content.decode()

    assert "Nothing waits for you now." in text
    assert (sent.code in text, sent.case.code in text) == (False, False)


def test_a_supervisor_sees_what_nobody_works_on(
    visiting: Any, sender: Member, boss: Member
) -> None:
    case = make.make_case(by=sender)
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    leaving.leave(member=sender, by=admin, at=timezone.now())

    text = visiting(boss).see("/", {"show": "unassigned"}).content.decode()

    assert parts(boss)["unassigned"] == [("A case without a worker", case.code)]
    assert ("risk: medium" in text, f"/cases/{case.code}/" in text) == (True, True)


def test_one_part_is_shown_alone(visiting: Any, sent: Referral, sender: Member) -> None:
    be_late(sent.code)
    late = visiting(sender).see("/", {"show": "overdue"}).content.decode()
    week = visiting(sender).see("/", {"show": "week"}).content.decode()
    unknown = visiting(sender).see("/", {"show": "<x>"})

    waited = "They are to say whether they can help"
    assert (waited in late, waited in week, unknown.status_code) == (True, False, 200)
    assert ("overdue by 3 hours" in late, sent.receiver.name in late) == (True, True)
    assert "due in" in week


def test_an_answer_that_came_is_shown_until_it_is_read(
    visiting: Any, accepted: Referral, sender: Member
) -> None:
    visitor = visiting(sender)
    before = visitor.see("/", {"show": "news"}).content.decode()
    notice = Delivery.objects.get(
        member=sender, channel="in_app", event__kind=Kind.REFERRAL_ACCEPTED
    )

    answer = visitor.do(f"/notices/{notice.code}/acknowledge/", {"next": "/?show=news"})

    assert ("Your referral was accepted" in before, accepted.code in before) == (True, True)
    assert answer.redirect_chain == [("/?show=news", 302)]
    assert "Your referral was accepted" not in answer.content.decode()
    notice.refresh_from_db()
    assert notice.acknowledged_at is not None


def test_a_question_waits_for_the_sender(sent: Referral, sender: Member) -> None:
    be_late(sent.case.code)
    Referral.objects.get(pk=sent.pk)
    receiver = make.make_member(agency=sent.receiver, role=Role.FOCAL_POINT)
    answering.request_info(
        code=sent.code, question="Does she smoke?", by=receiver, at=timezone.now()
    )

    assert parts(sender)["answer"] == [
        ("Answer the question about the referral", sent.case.code)
    ]


def test_all_that_was_shown_is_read_at_once_and_nothing_else(
    visiting: Any, accepted: Referral, sender: Member, receiver: Member
) -> None:
    visitor = visiting(sender)
    mine = Delivery.objects.filter(member=sender, channel="in_app")
    theirs = Delivery.objects.filter(member=receiver, channel="in_app")
    codes = [*mine.values_list("code", flat=True)[:1], *theirs.values_list("code", flat=True)]

    answer = visitor.do("/notices/acknowledge/", {"code": codes, "next": "/notices/"})

    assert "1 notice is read." in answer.content.decode()
    assert mine.filter(acknowledged_at__isnull=False).count() == 1
    assert theirs.filter(acknowledged_at__isnull=False).count() == 0
    text = visitor.see("/notices/", {"read": "1"}).content.decode()
    assert text.count('data-sign="✓"') == 1


def test_nobody_reads_the_notices_of_another(
    visiting: Any, sent: Referral, receiver: Member, stranger: Member
) -> None:
    notice = Delivery.objects.get(member=receiver, channel="in_app")
    visitor = visiting(stranger)

    answer = visitor.do(f"/notices/{notice.code}/acknowledge/")

    assert (answer.status_code, notice.code in visitor.see("/notices/").content.decode()) == (
        404, False,
    )  # fmt: skip
    notice.refresh_from_db()
    assert notice.acknowledged_at is None


def test_a_task_is_done_once(visiting: Any, sender: Member, stranger: Member) -> None:
    case = make.make_case(by=sender)
    task = task_of(case, sender)
    visitor = visiting(sender)
    text = visitor.see("/", {"show": "tasks"}).content.decode()

    other = visiting(stranger).do(f"/tasks/{task.code}/done/")
    first = visitor.do(f"/tasks/{task.code}/done/", {"next": "/?show=tasks"})
    second = visitor.do(f"/tasks/{task.code}/done/")

    assert (f"/cases/{case.code}/notes/" in text, "ring her sister" in text) == (True, False)
    assert other.status_code == 404
    assert "The task is done." in first.content.decode()
    assert "The task is done." not in second.content.decode()
    assert 'class="alert alert-danger"' in second.content.decode()
    assert parts(sender)["tasks"] == []


@pytest.mark.parametrize(
    ("role", "places"),
    [
        (Role.COORDINATOR, ["national", "services"]),
        (Role.DATA_PROTECTION_OFFICER, ["protection", "log", "services"]),
        (Role.AUDITOR, ["log", "services"]),
        (Role.SYSTEM_ADMIN, ["agencies", "members", "services"]),
        (Role.AGENCY_ADMIN, ["members", "services"]),
        (Role.IDENTIFICATION_OFFICER, ["desk", "services"]),
        (Role.SUPERVISOR, ["team", "services"]),
        (Role.SOCIAL_WORKER, ["services"]),
    ],
)
def test_each_role_finds_the_way_to_its_pages(
    visiting: Any, db: None, role: Role, places: list[str]
) -> None:
    member = make.make_member(agency=make.make_agency(is_coordinating=True), role=role)

    cards = visiting(member).see("/").content.decode().split("Your pages")[1]

    found = [name for name in ("team", "desk", "national", "protection", "log", "agencies",
                               "members", "services") if f'href="{reverse(name)}"' in cards]  # fmt: skip
    assert found == places
    assert ("New case" in visiting(member).see("/").content.decode()) == (
        role in {Role.SUPERVISOR, Role.SOCIAL_WORKER}
    )


def test_a_coordinator_sees_what_is_late_by_code_and_without_a_way_in(
    visiting: Any, sent: Referral
) -> None:
    be_late(sent.code)
    nation = make.make_member(role=Role.COORDINATOR)

    text = visiting(nation).see("/").content.decode()

    assert (sent.case.code in text, f"/cases/{sent.case.code}" in text) == (True, False)
    assert (sent.sender.name in text, f"/referrals/{sent.code}" in text) == (False, False)


@pytest.mark.parametrize("who", ["sender", "receiver", "boss"])
def test_the_work_list_takes_the_same_queries_for_one_and_for_three(
    who: str, sent: Referral, visiting: Any, sender: Member, receiver: Member, boss: Member
) -> None:
    visitor = visiting({"sender": sender, "receiver": receiver, "boss": boss}[who])
    visitor.see("/")
    costs = []
    for count in (1, 2, 3):
        if count > 1:
            make.make_sent(by=sender, service=sent.service)
        task_of(make.make_case(by=sender), sender)
        costs.append(visitor.asks("/")[1])

    assert (len(set(costs)), max(costs) <= 12) == (1, True), costs


def test_the_notices_take_the_same_queries_for_one_and_for_three(
    sent: Referral, visiting: Any, sender: Member, receiver: Member
) -> None:
    visitor, costs = visiting(receiver), []
    visitor.see("/notices/")
    for _ in range(3):
        costs.append(visitor.asks("/notices/")[1])
        make.make_sent(by=sender, service=sent.service)

    assert costs == [costs[0]] * 3


def test_a_code_leads_to_its_page_or_for_a_stranger_nowhere(
    visiting: Any, sent: Referral, sender: Member, stranger: Member
) -> None:
    plan = make.make_plan(case=sent.case, by=sender)
    address = f"/go/{plan.code}/"

    answer = visiting(sender).see(address)

    assert (answer.status_code, answer["Location"]) == (
        302, reverse("plan", kwargs={"code": sent.case.code}),
    )  # fmt: skip
    assert visiting(stranger).see(address).status_code == 404
    for nothing in ("PL-2222-2222", "XX-2222-2222", "nonsense"):
        assert visiting(sender).see(f"/go/{nothing}/").status_code == 404


def test_every_clock_notice_and_task_has_its_words() -> None:
    assert set(duties.CLOCKS) == set(Clock.Purpose)
    assert set(noticewords.WORDS) == set(Kind)


def test_one_chooses_how_to_be_told(visiting: Any, sender: Member) -> None:
    visitor = visiting(sender)
    told = {"quiet_from": "21:00", "quiet_to": "07:30"}

    half = visitor.do("/me/", {"quiet_from": "21:00"})
    whole = visitor.do("/me/", told)

    assert "Give both hours, or none." in half.content.decode()
    assert 'value="21:00"' in half.content.decode()
    assert whole.redirect_chain == [("/me/", 302)]
    wish = audience.preference_of(sender)
    assert (wish.email, wish.quiet_from, wish.quiet_to) == (False, dt.time(21), dt.time(7, 30))
    assert 'value="07:30"' in whole.content.decode()


def test_ones_own_page_says_who_one_is(visiting: Any, sender: Member) -> None:
    text = visiting(sender).see("/me/").content.decode()

    for word in (sender.username, sender.agency.name, "social worker", "Last sign-in"):
        assert word in text
    assert 'action="/sign-out/"' in text
