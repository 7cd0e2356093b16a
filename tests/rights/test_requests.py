"""What a person asks of their data: checked before anything is handed over, and not forgotten."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.models import Case
from demo import builders as make
from edge import wall
from kernel.errors import Denied, Invalid, Refused
from notify import ladder
from notify.models import Clock, Delivery
from referral.actions import closing
from referral.models import Referral
from rights import requestpolicy as policy
from rights.actions import requesting
from rights.models import SubjectRequest
from rights.requestflow import FLOW, State
from tests.pages.conftest import Visitor
from tests.rights.filled import ready

LONG = "The law demands that this is kept for five years."


def asked(case: Case, by: Member, *, kind: str = "access", **more: Any) -> SubjectRequest:
    words: dict[str, Any] = {
        "way": "in_person",
        "received_on": make.today(),
        "at": timezone.now(),
    } | more
    return requesting.record(case=case.code, kind=kind, by=by, **words)


def boss_of(member: Member) -> Member:
    return make.make_member(agency=member.agency, role=Role.SUPERVISOR)


def guard() -> Member:
    home = make.make_agency(is_coordinating=True)
    return make.make_member(agency=home, role=Role.DATA_PROTECTION_OFFICER)


def refused(act: Any, **words: Any) -> str:
    with pytest.raises((Refused, Denied, Invalid)) as refusal, transaction.atomic():
        act(**words)
    return f"{refusal.value.code} {refusal.value.pointer}".strip()


@pytest.mark.parametrize(
    ("received", "due"),
    [("2026-01-31", "2026-02-28T21:00"), ("2026-03-15", "2026-04-15T21:00"),
     ("2025-11-30", "2025-12-30T21:00")],
)  # fmt: skip
def test_there_is_one_calendar_month(sender: Member, received: str, due: str) -> None:
    """Art. 12(3): to the end of the day of that number, or of the last of a shorter month."""
    case, at = make.make_case(by=sender), dt.datetime(2026, 4, 2, 9, tzinfo=dt.UTC)

    made = asked(case, sender, received_on=dt.date.fromisoformat(received), at=at)

    assert made.due_at.isoformat() == f"{due}:00+00:00"
    clock = Clock.objects.get(subject=made.code)
    assert (clock.purpose, clock.due_at, clock.case) == (
        "subject_request", made.due_at, case.code,
    )  # fmt: skip


def test_it_is_told_upwards_until_it_is_answered(sender: Member) -> None:
    """The worker, then the supervisor, then data protection; nothing after the answer."""
    boss, officer, at = boss_of(sender), guard(), timezone.now()
    made = asked(make.make_case(by=sender), sender)

    def told(day: int) -> set[str]:
        before = set(Delivery.objects.values_list("pk", flat=True))
        ladder.fire_due(made.due_at + dt.timedelta(days=day, minutes=1))
        new = Delivery.objects.exclude(pk__in=before).filter(event__subject=made.code)
        return set(new.values_list("member__username", flat=True))

    assert [told(day) for day in (-15, -14, -3, 0, 1)] == [
        set(), {sender.username}, {sender.username, boss.username},
        {sender.username, boss.username}, {officer.username},
    ]  # fmt: skip
    requesting.take_back(code=made.code, by=sender, at=at)
    assert told(8) == set()


def test_two_months_more_once_and_in_time(sender: Member) -> None:
    case, at = make.make_case(by=sender), dt.datetime(2026, 4, 2, 9, tzinfo=dt.UTC)
    made = asked(case, sender, received_on=dt.date(2026, 3, 31), at=at)
    late = asked(case, sender, received_on=dt.date(2026, 2, 1), at=at)

    longer = requesting.extend(code=made.code, because="much", by=sender, at=at)

    assert longer.due_at.isoformat() == "2026-06-30T21:00:00+00:00"
    assert Clock.objects.get(subject=made.code, stopped_at=None).due_at == longer.due_at
    again: dict[str, Any] = {"because": "many", "by": sender, "at": at}
    assert refused(requesting.extend, code=made.code, **again) == "request_is_extended"
    assert refused(requesting.extend, code=late.code, **again) == "too_late_to_extend"


def test_nothing_is_answered_before_both_checks_stand_well(sender: Member) -> None:
    made, at = asked(make.make_case(by=sender), sender), timezone.now()
    step: dict[str, Any] = {"code": made.code, "by": sender, "at": at}

    said = [refused(requesting.answer, outcome="done", **step)]
    requesting.confirm_identity(known_by="document", **step)
    said.append(refused(requesting.answer, outcome="done", **step))
    requesting.ask_safety(safety="not_safe", **step)
    said.append(refused(requesting.answer, outcome="done", **step))
    requesting.ask_safety(safety="trusted", **step)
    ended = requesting.answer(outcome="partly", **step)

    assert said == ["identity_not_confirmed", "safety_was_not_asked", "not_safe_to_answer"]
    assert (ended.state, ended.outcome, ended.ended_by) == ("answered", "partly", sender)
    assert Clock.objects.get(subject=made.code).stopped_at == at
    assert refused(requesting.ask_safety, safety="alone", **step) == "request_has_ended"


def test_the_database_holds_both_checks_too(sender: Member) -> None:
    made = asked(make.make_case(by=sender), sender)
    rows = SubjectRequest.objects.filter(pk=made.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(state="answered", outcome="done")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(state="refused", ground="unfounded")


def test_a_supervisor_refuses_with_a_ground_and_a_sealed_reason(sender: Member) -> None:
    boss, made = boss_of(sender), asked(make.make_case(by=sender), sender, kind="erasure")
    no: dict[str, Any] = {"code": made.code, "ground": "legal_duty", "at": timezone.now()}

    said = [
        refused(requesting.refuse, reason=LONG, by=sender, **no),
        refused(requesting.refuse, reason="No.", by=boss, **no),
        refused(requesting.refuse, reason=LONG, by=boss, **(no | {"ground": "x"})),
    ]
    ended = requesting.refuse(reason=LONG, by=boss, **no)

    assert said == [
        "only_a_supervisor_may_do_this", "reason_too_short /reason", "unknown_code /ground",
    ]  # fmt: skip
    assert ended.state == "refused"
    assert LONG.encode() not in bytes(ended.reason or b"")
    page = Visitor(boss).see(f"/requests/{made.code}/", {"open": "reason"}).content.decode()
    assert LONG in page
    assert AuditEvent.objects.filter(event="read.request", actor=boss.username).count() == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"kind": "gift"}, "unknown_code /kind"),
        ({"way": "post"}, "unknown_code /way"),
        ({"received_on": dt.date(2999, 1, 1)}, "date_in_the_future /received_on"),
        ({"received_on": dt.date(1, 1, 1)}, "too_long_ago /received_on"),
    ],
)
def test_what_is_written_down_is_checked(
    sender: Member, words: dict[str, Any], said: str
) -> None:
    case = make.make_case(by=sender)
    assert refused(asked, case=case, by=sender, **words) == said


def test_the_owners_side_alone_acts_and_data_protection_sees_codes(
    accepted: Referral, sender: Member, receiver: Member, stranger: Member
) -> None:
    made, officer = asked(accepted.case, sender), guard()
    path, list_ = f"/requests/{made.code}/", f"/cases/{accepted.case.code}/requests/"
    others = [
        receiver, stranger, make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN),
        make.make_member(agency=officer.agency, role=Role.AUDITOR),
        make.make_member(agency=officer.agency, role=Role.SYSTEM_ADMIN),
        make.make_member(agency=sender.agency),
    ]  # fmt: skip

    seen = [Visitor(who).see(page).status_code for who in others for page in (path, list_)]

    assert seen == [404] * 12
    assert [Visitor(sender).see(page).status_code for page in (path, list_)] == [200, 200]
    watch = Visitor(officer)
    assert [watch.see(path).status_code, watch.see(list_).status_code] == [200, 404]
    assert sender.known_as not in watch.see(path).content.decode()
    deeds = [watch.do(f"{path}do/{deed}/").status_code for deed in ("safety", "take_back")]
    assert deeds == [403, 403]
    words = {"code": made.code, "known_by": "personally", "at": timezone.now()}
    assert refused(requesting.confirm_identity, by=officer, **words)


def test_the_wall_lets_the_same_people_through(
    accepted: Referral, sender: Member, receiver: Member, stranger: Member
) -> None:
    asked(accepted.case, sender)
    officer = guard()
    auditor = make.make_member(agency=officer.agency, role=Role.AUDITOR)

    def seen(who: Member) -> int:
        with wall.acting(wall.member(who)):
            return SubjectRequest.objects.count()

    people = (sender, boss_of(sender), officer, receiver, stranger, auditor)
    assert [seen(who) for who in people] == [1, 1, 1, 0, 0, 0]


def test_data_protection_finds_what_is_late_first(sender: Member) -> None:
    case, at = make.make_case(by=sender), timezone.now()
    soon = asked(case, sender)
    late = asked(case, sender, received_on=make.today() - dt.timedelta(days=60))
    gone = asked(case, sender)
    requesting.take_back(code=gone.code, by=sender, at=at)

    text = Visitor(guard()).see("/data-protection/requests/").content.decode()

    order = [text.index(each.code) for each in (late, soon, gone)]
    assert order == sorted(order)
    assert case.code not in text
    assert Visitor(sender).see("/data-protection/requests/").status_code == 403


def test_it_outlives_the_closing_of_the_case(sender: Member) -> None:
    boss, at = boss_of(sender), timezone.now()
    case = make.make_case(by=sender)
    made = asked(case, sender)

    closing.close(code=case.code, closure="lost_contact", by=boss, at=at)

    assert ladder.runs(subject=made.code, purpose=Clock.Purpose.SUBJECT_REQUEST)
    requesting.confirm_identity(code=made.code, known_by="document", by=boss, at=at)
    assert asked(case, boss, kind="objection").state == "open"


def test_the_steps_by_hand_on_the_pages(sender: Member) -> None:
    case, visitor = make.make_case(by=sender), Visitor(sender)
    sent = {"kind": "access", "way": "guardian", "received_on": make.today().isoformat()}
    visitor.do(f"/cases/{case.code}/requests/new/", sent)
    made = SubjectRequest.objects.get(case=case)
    path = f"/requests/{made.code}/"

    early = visitor.see(f"{path}pack/").status_code
    for deed, words in (
        ("confirm_identity", {"known_by": "code_word"}), ("safety", {"safety": "alone"}),
    ):  # fmt: skip
        assert visitor.do(f"{path}do/{deed}/", words).status_code == 200
    page = visitor.see(path).content.decode()
    done = visitor.do(f"{path}do/answer/", {"outcome": "done"})

    assert (early, f"{path}pack/" in page, done.status_code) == (409, True, 200)
    assert visitor.see(f"{path}do/answer/").status_code == 409
    events = case.timeline.filter(event__startswith="request.").order_by("pk")
    assert [entry.event for entry in events] == [
        "request.recorded", "request.confirm_identity", "request.safety", "request.answer",
    ]  # fmt: skip


def test_what_the_policy_offers_is_what_is_possible(sender: Member) -> None:
    """For each state: the deeds of a supervisor, and those of a worker."""
    boss, case = boss_of(sender), make.make_case(by=sender)
    made = asked(case, sender)
    both = {"take_back", "safety", "extend"}

    assert set(policy.deeds(sender, made, own=True)[0]) == both | {"confirm_identity"}
    assert set(policy.deeds(boss, made, own=True)[0]) == both | {"confirm_identity", "refuse"}
    well = ready(case, by=sender)
    assert set(policy.deeds(sender, well, own=True)[0]) == both | {"answer", "pack"}
    erasing = ready(case, by=sender, kind="erasure")
    assert set(policy.deeds(sender, erasing, own=True)[0]) == both | {"answer"}
    requesting.take_back(code=made.code, by=sender, at=timezone.now())
    made.refresh_from_db()
    assert policy.deeds(boss, made, own=True)[0] == []
    assert FLOW.terminal(State) == {State.ANSWERED, State.REFUSED, State.TAKEN_BACK}
