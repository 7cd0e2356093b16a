"""Whose work list shows which deadlines, and how they go from hand to hand."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import Role
from cases.actions import lifecycle
from cases.models import Case
from demo import builders as make
from identification.actions import deciding
from identification.models import Decision, Identification
from notify import ladder
from notify.models import Clock, Delivery
from referral.actions import answering, leaving
from referral.models import Referral

# A Tuesday morning in Minsk.
AT = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
REASONS = "Her papers were kept and her wages withheld for a year."
FIELDS = {
    "subject", "case", "purpose", "emergency", "due_at", "sender", "sender_name", "receiver",
    "receiver_name", "overdue", "ours", "assignee", "assignee_name",
}  # fmt: skip
Line = dict[str, Any]


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def boss(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def authority(db: None) -> Agency:
    return make.make_authority()


@pytest.fixture
def officer(authority: Agency) -> Member:
    return make.make_officer(authority=authority)


@pytest.fixture
def possible(sent: Referral, sender: Member, authority: Agency, officer: Member) -> Case:
    """A case with a referral that waits, a reflection period and a telling that is owed."""
    make.make_submitted(case=sent.case, by=sender, authority=authority)
    deciding.recognise(
        code=sent.case.code, reasons=REASONS, evidence=[], by=officer, at=timezone.now()
    )
    return sent.case


def lines(client: Any, path: str = "clocks/", **query: str) -> list[Line]:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.json()
    found: list[Line] = answer.json()["results"]
    return found


def seen(client: Any, path: str = "clocks/", **query: str) -> list[tuple[str, str, Any]]:
    return [(line["purpose"], line["subject"], line["case"])
            for line in lines(client, path, **query)]  # fmt: skip


def clock_of(subject: str) -> Clock:
    return Clock.objects.select_related("assignee").get(
        subject=subject, stopped_at__isnull=True
    )


# Each role


def test_each_role_sees_its_own_clocks(
    possible: Case, sent: Referral, sender: Member, receiver: Member, boss: Member,
    officer: Member, authority: Agency, signed_in: Any,
) -> None:  # fmt: skip
    formal = Identification.objects.get(case=possible)
    decision = Decision.objects.get()
    other = make.make_case(by=make.make_member(agency=sender.agency))
    mine = {
        ("reply", sent.code, possible.code),
        ("telling", decision.code, possible.code),
        ("assessment", possible.code, possible.code),
        ("reflection", formal.code, possible.code),
    }
    colleagues = ("assessment", other.code, other.code)

    def of(member: Member) -> list[tuple[str, str, Any]]:
        found = seen(signed_in(member))
        assert len(found) == len(set(found))
        return found

    assert set(of(sender)) == mine
    assert set(of(boss)) == mine | {colleagues}
    assert of(make.make_member(agency=sender.agency)) == []
    assert of(make.make_member(agency=sender.agency, role=Role.FOCAL_POINT)) == []
    # The receiver's side: the code of the referral, never that of the case.
    asked = [("reply", sent.code, None)]
    assert of(receiver) == asked
    assert of(make.make_member(agency=receiver.agency, role=Role.SUPERVISOR)) == asked
    assert of(make.make_member(agency=receiver.agency)) == []
    # The desk.
    assert of(officer) == [("reflection", formal.code, possible.code)]
    assert of(make.make_officer(authority=make.make_authority())) == []
    assert of(make.make_member(agency=authority, role=Role.SUPERVISOR)) == []
    for role in (Role.COORDINATOR, Role.AGENCY_ADMIN, Role.DATA_PROTECTION_OFFICER,
                 Role.AUDITOR, Role.SYSTEM_ADMIN):  # fmt: skip
        assert of(make.make_member(agency=sender.agency, role=role)) == [], role


def test_a_line_says_who_owes_it_to_whom_and_by_when(
    sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    (theirs,) = lines(signed_in(receiver))
    ours = {line["purpose"]: line for line in lines(signed_in(sender))}

    assert set(theirs) == set(ours["reply"]) == FIELDS
    due = ours["reply"]["due_at"]
    sides = {
        "sender": sender.agency.code, "sender_name": sender.agency.name,
        "receiver": receiver.agency.code, "receiver_name": receiver.agency.name,
    }  # fmt: skip
    common = {
        "subject": sent.code, "purpose": "reply", "emergency": False, "due_at": due,
        "overdue": False, "assignee": None, "assignee_name": None, **sides,
    }  # fmt: skip
    assert theirs == common | {"case": None, "ours": True}
    assert ours["reply"] == common | {"case": sent.case.code, "ours": False}
    assert (ours["assessment"]["ours"], ours["assessment"]["assignee"]) == (
        True, sender.username,
    )  # fmt: skip
    assert sent.case.code not in str(theirs)


def test_a_contact_finds_what_they_owe_and_the_sender_not_who_it_is(
    sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    worker = make.make_member(agency=receiver.agency)
    answering.accept(
        code=sent.code, contact=worker, first_contact_at=AT + DAY, by=receiver, at=AT
    )

    assert [(line["purpose"], line["case"], line["assignee"])
            for line in lines(signed_in(worker))] == [("contact", None, worker.username)]  # fmt: skip
    assert seen(signed_in(receiver)) == [("contact", sent.code, None)]
    (line,) = lines(signed_in(sender), purpose="contact")
    assert (line["case"], line["assignee"], line["ours"]) == (sent.case.code, None, False)
    colleague = make.make_member(agency=receiver.agency)
    assert lines(signed_in(colleague)) == []


def test_an_officer_is_not_told_who_works_with_the_person(
    possible: Case, sender: Member, officer: Member, signed_in: Any
) -> None:
    formal = Identification.objects.get(case=possible)
    assert clock_of(formal.code).assignee == sender

    (line,) = lines(signed_in(officer))

    assert (line["purpose"], line["ours"], line["assignee"]) == ("reflection", True, None)
    (ours,) = lines(signed_in(sender), purpose="reflection")
    assert (ours["ours"], ours["assignee"]) == (False, sender.username)


def test_a_clock_that_was_stopped_or_is_held_is_on_no_list(
    sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    client = signed_in(receiver)
    assert len(lines(client)) == 1
    answering.request_info(code=sent.code, question="Which?", by=receiver, at=AT)
    assert lines(client) == []
    answering.answer_info(code=sent.code, answer="Both.", by=sender, at=AT)
    assert seen(client) == [("reply", sent.code, None)]
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=AT)
    assert lines(client) == []


# The overdue list


def test_what_is_overdue_by_role(
    sent: Referral, sender: Member, receiver: Member, boss: Member, signed_in: Any
) -> None:
    nation = make.make_member(role=Role.COORDINATOR)
    focal = make.make_member(agency=sender.agency, role=Role.FOCAL_POINT)
    case = sent.case.code
    reply, assessment = ("reply", sent.code), ("assessment", case)
    for client in map(signed_in, (nation, boss, receiver, focal, sender)):
        assert seen(client, "overdue/") == []

    with time_machine.travel(AT + 8 * DAY, tick=False):
        found = {
            name: seen(signed_in(member), "overdue/")
            for name, member in {
                "nation": nation, "boss": boss, "receiver": receiver, "focal": focal,
                "worker": sender,
            }.items()
        }  # fmt: skip
        waiting = lines(signed_in(nation))

    assert found == {
        "nation": [(*reply, case), (*assessment, case)],
        "boss": [(*reply, case), (*assessment, case)],
        "receiver": [(*reply, None)],
        "focal": [],
        "worker": [],
    }
    assert waiting == []


def test_nobody_is_late_when_a_window_closes(
    sender: Member, boss: Member, authority: Agency, officer: Member, signed_in: Any
) -> None:
    case = make.make_case(by=sender)
    make.make_submitted(case=case, by=sender, authority=authority)
    deciding.reject(code=case.code, reasons=REASONS, evidence=[], by=officer, at=AT)
    deciding.tell(
        code=Decision.objects.get().code, whom="person", told_at=AT, way="in_person",
        language="bel", proof="She signed.", by=sender, at=AT,
    )  # fmt: skip
    formal = Identification.objects.get(case=case).code
    window = ("reconsideration", formal, case.code)
    nation = make.make_member(role=Role.COORDINATOR)
    with time_machine.travel(AT + 29 * DAY, tick=False):
        (line,) = lines(signed_in(boss), purpose="reconsideration")
        assert line["overdue"] is False
        assert window in seen(signed_in(sender), due="week")

    with time_machine.travel(AT + 31 * DAY, tick=False):
        for member in (sender, boss):
            late = lines(signed_in(member), due="overdue")
            assert [line["purpose"] for line in late] == ["assessment"]
            assert lines(signed_in(member), purpose="reconsideration") == []
        for member in (boss, nation):
            assert seen(signed_in(member), "overdue/") == [("assessment", case.code, case.code)]
        assert Clock.objects.filter(subject=formal, stopped_at__isnull=True).count() == 1


# Filters


def test_the_list_is_cut_by_purpose_and_by_day(sender: Member, signed_in: Any) -> None:
    case = make.make_case(by=sender)
    client = signed_in(sender)
    spans = {
        "check_in": -DAY, "plan": dt.timedelta(0), "action": DAY,
        "guardian": DAY + dt.timedelta(seconds=1),
        "review": 7 * DAY, "follow_up": 7 * DAY + dt.timedelta(seconds=1),
    }  # fmt: skip
    Clock.objects.all().delete()
    for purpose, span in reversed(spans.items()):
        Clock.objects.create(
            subject=case.code, purpose=purpose, case=case.code, started_at=AT - 9 * DAY,
            due_at=AT + span, sender=sender.agency, receiver=sender.agency,
        )  # fmt: skip

    def found(**query: str) -> list[str]:
        return [line["purpose"] for line in lines(client, **query)]

    assert found() == list(spans)
    assert found(due="overdue") == ["check_in", "plan"]
    assert found(due="day") == ["check_in", "plan", "action"]
    assert found(due="week") == ["check_in", "plan", "action", "guardian", "review"]
    assert found(purpose="action") == ["action"]
    assert found(purpose="action", due="overdue") == []
    assert found(purpose="plan", due="overdue") == ["plan"]
    assert found(purpose="reply") == []
    assert [line["overdue"] for line in lines(client)] == [True] * 2 + [False] * 4


@pytest.mark.parametrize(
    "query", [{"purpose": "sleep"}, {"due": "year"}, {"purpose": "plan", "due": "Day"}]
)
def test_a_filter_that_is_none_is_refused(
    query: dict[str, str], sender: Member, signed_in: Any
) -> None:
    answer = signed_in(sender).get("clocks/", query)

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_code")


# From hand to hand


def names(*subjects: str) -> list[str | None]:
    clocks = map(clock_of, subjects)
    return [clock.assignee.username if clock.assignee else None for clock in clocks]


def told_of(subject: str, since: int) -> list[str]:
    rung = Delivery.objects.filter(pk__gt=since, event__subject=subject, channel="in_app")
    return sorted(rung.values_list("member__username", flat=True))


def test_a_clock_goes_with_the_case_to_the_next_worker(
    possible: Case, sender: Member, boss: Member, signed_in: Any
) -> None:
    formal = Identification.objects.get(case=possible).code
    owed = (possible.code, Decision.objects.get().code, formal)
    colleague = make.make_member(agency=sender.agency)
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    assert names(*owed) == [sender.username] * 3

    lifecycle.assign(code=possible.code, to=colleague, by=boss, at=AT)
    assert names(*owed) == [colleague.username] * 3
    assert lines(signed_in(sender)) == []
    assert len(lines(signed_in(colleague))) == 4

    leaving.leave(member=colleague, by=admin, at=AT)
    assert names(*owed) == [None] * 3
    lifecycle.assign(code=possible.code, to=sender, by=boss, at=AT)
    assert names(*owed) == [sender.username] * 3
    last = Delivery.objects.latest("pk").pk
    ladder.fire_due(AT + 6 * DAY)
    assert told_of(possible.code, last) == [sender.username]


def test_what_a_leaver_owed_is_owed_by_the_function(
    sent: Referral, receiver: Member, signed_in: Any
) -> None:
    worker = make.make_member(agency=receiver.agency)
    admin = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    answering.accept(
        code=sent.code, contact=worker, first_contact_at=AT + DAY, by=receiver, at=AT
    )
    assert names(sent.code) == [worker.username]

    leaving.leave(member=worker, by=admin, at=AT)

    assert names(sent.code) == [None]
    (line,) = lines(signed_in(receiver))
    assert (line["purpose"], line["assignee"]) == ("contact", None)


def test_who_does_not_work_with_cases_any_more_is_reminded_of_none(
    sent: Referral, receiver: Member
) -> None:
    worker = make.make_member(agency=receiver.agency)
    admin = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    answering.accept(
        code=sent.code, contact=worker, first_contact_at=AT + DAY, by=receiver, at=AT
    )

    leaving.change_role(member=worker, role=Role.AGENCY_ADMIN, by=admin, at=AT)

    assert names(sent.code) == [None]
    last = Delivery.objects.latest("pk").pk
    first = clock_of(sent.code).rungs.order_by("position")[0]
    ladder.fire_due(first.fires_at)
    assert told_of(sent.code, last) == [receiver.username]


def test_whoever_is_given_a_referral_is_the_first_to_be_reminded(
    sent: Referral, receiver: Member, signed_in: Any
) -> None:
    worker = make.make_member(agency=receiver.agency)
    assert signed_in(worker).get("clocks/").json()["results"] == []

    answering.assign(code=sent.code, to=worker, by=receiver, at=timezone.now())

    (line,) = signed_in(worker).get("clocks/").json()["results"]
    assert (line["subject"], line["purpose"], line["assignee"]) == (
        sent.code, "reply", worker.username,
    )  # fmt: skip
    assert sent.reply_due_at is not None
    ladder.fire_due(sent.reply_due_at)
    told = Delivery.objects.filter(channel="in_app", event__subject=sent.code)
    near = told.filter(event__kind="deadline.near").values_list("member__username", flat=True)
    assert list(near) == [worker.username]
