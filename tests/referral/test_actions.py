"""Each move of a referral: its good way, its guards, and who is told."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.utils import timezone

from agencies.clocks import Urgency
from agencies.models import Member, Service
from agencies.roles import Role
from cases.actions import exclusion, lifecycle, override, person
from cases.apart import Whom
from cases.models import Case, CaseAccess
from demo import builders as make
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import DataGroup
from notify import tasks as notify_tasks
from notify.models import Clock, Delivery, Task
from referral import disclosure, queries, reading
from referral.actions import (
    answering,
    closing,
    helping,
    leaving,
    recalling,
    sending,
    transferring,
)
from referral.models import Referral, Transfer

HOUR = dt.timedelta(hours=1)


def refused(act: Any, **words: Any) -> str:
    with pytest.raises((Refused, Denied, Invalid)) as refusal:
        act(**words)
    return refusal.value.code


def send(referral: Referral, by: Member) -> Referral:
    return sending.send(code=referral.code, by=by, at=timezone.now())


def draft_for(service: Service, by: Member, **person_facts: Any) -> Referral:
    case = make.make_case(by=by, **person_facts)
    if not case.person.is_child:
        make.make_consent(case=case, to=service.agency, by=by)
    return make.make_draft(case=case, service=service, by=by)


@pytest.mark.parametrize("missing", ["triage", "identity", "contact", "safety"])
def test_a_referral_is_not_sent_without_consent_for_each_group(
    missing: str, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    groups = [DataGroup(g) for g in ("identity", "contact", "safety") if g != missing]
    consent = make.make_consent(case=case, to=service.agency, by=sender, groups=groups)
    if missing == "triage":
        consent.scopes.filter(group="triage").delete()
    draft = make.make_draft(case=case, service=service, by=sender)

    assert refused(send, referral=draft, by=sender) == f"no_consent_for_{missing}"

    draft.refresh_from_db()
    assert (draft.state, draft.sent_at) == ("draft", None)
    assert CaseAccess.objects.filter(source=draft.code).count() == 0
    assert Delivery.objects.count() == 0


def test_consent_to_one_agency_opens_nothing_to_another(
    sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    make.make_consent(case=case, to=make.make_agency(), by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)

    assert refused(send, referral=draft, by=sender) == "no_consent_for_triage"


def test_an_approved_override_stands_in_for_consent(sender: Member, service: Service) -> None:

    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    case = make.make_case(by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)
    asked = override.ask(
        code=case.code,
        agency=service.agency,
        groups=[DataGroup.TRIAGE, *make.USUAL],
        ground="vital_interests",
        reason="She is unconscious, and her life is in danger tonight.",
        by=sender,
        at=timezone.now(),
    )
    assert refused(send, referral=draft, by=sender) == "no_consent_for_triage"
    override.decide(code=asked.code, approve=True, by=boss, at=timezone.now())

    sent = send(draft, sender)
    recalling.end_override(code=asked.code, by=boss, at=timezone.now())

    sent.refresh_from_db()
    assert (sent.state, sent.withdraw_reason) == ("withdrawn", "consent_ended")


def test_who_asks_for_an_override_does_not_decide_it(sender: Member) -> None:

    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    case = make.make_case(by=sender)
    asked = override.ask(
        code=case.code,
        agency=make.make_agency(),
        groups=[DataGroup.IDENTITY],
        ground="court_order",
        reason="The court has ordered it in writing, number 12.",
        by=boss,
        at=timezone.now(),
    )

    assert (
        refused(override.decide, code=asked.code, approve=True, by=boss, at=timezone.now())
        == "a_second_person_decides"
    )


def test_an_excluded_agency_is_not_possible_and_nobody_says_why(
    sender: Member, service: Service
) -> None:
    draft = draft_for(service, sender)
    exclusion.exclude(
        code=draft.case.code, whom=Whom(agency=service.agency), by=sender, at=timezone.now()
    )

    assert refused(send, referral=draft, by=sender) == "not_possible"


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"status": "temporarily_closed"}, "not_active"), ({"maximum_age": 20}, "age_not_taken")],
)
def test_a_service_that_cannot_help_is_not_asked(
    facts: dict[str, Any], code: str, sender: Member, receiver: Member
) -> None:
    service = make.make_service(agency=receiver.agency, **facts)

    assert refused(send, referral=draft_for(service, sender), by=sender) == code


def test_an_agency_without_a_protocol_receives_nothing(sender: Member) -> None:
    service = make.make_service(agency=make.make_agency(signed=False))

    draft = draft_for(service, sender)

    assert refused(send, referral=draft, by=sender) == "no_sharing_protocol"


@pytest.mark.parametrize("band", ["unknown", "9-17", "0-8"])
def test_no_child_is_sent_to_a_service_for_adults(
    band: str, sender: Member, receiver: Member
) -> None:
    service = make.make_service(agency=receiver.agency, minimum_age=18)

    draft = draft_for(service, sender, age_band=band)

    assert refused(send, referral=draft, by=sender) == "age_not_taken"


def test_the_same_service_is_not_asked_twice_at_once(sent: Referral, sender: Member) -> None:
    twin = make.make_draft(case=sent.case, service=sent.service, by=sender)

    assert refused(send, referral=twin, by=sender) == "same_service_already_asked"


def test_sending_freezes_what_was_previewed(sender: Member, service: Service) -> None:
    draft = draft_for(service, sender)
    seen = sending.preview(referral=draft, by=sender, at=timezone.now())

    sent = send(draft, sender)
    person.write_group(
        case=sent.case,
        group=DataGroup.IDENTITY,
        values={"prs_FirstName": "Changed"},
        by=sender,
        at=timezone.now(),
    )

    frozen = disclosure.opened(sent, by=sender)
    assert frozen == seen
    text = disclosure.canonical(frozen)
    assert hashlib.sha256(text.encode()).hexdigest() == sent.disclosure.sha256


def test_information_is_asked_once_and_holds_the_clock_a_day_at_most(
    sent: Referral, sender: Member, receiver: Member
) -> None:
    at, code = timezone.now(), sent.code
    due = Clock.objects.get(subject=code).due_at
    answering.request_info(code=code, question="Does she smoke?", by=receiver, at=at)

    answering.answer_info(code=code, answer="No.", by=sender, at=at + 30 * HOUR)

    clock = Clock.objects.get(subject=code)
    assert (clock.due_at, clock.paused_at) == (due + 24 * HOUR, None)
    sent.refresh_from_db()
    assert reading.texts_for(receiver, sent) == {"question": "Does she smoke?", "answer": "No."}
    assert (
        refused(
            answering.request_info,
            code=code,
            question="And now?",
            by=receiver,
            at=timezone.now(),
        )
        == "information_was_asked_for_before"
    )


def test_an_emergency_is_never_held(sender: Member, receiver: Member, service: Service) -> None:
    sent = make.make_sent(by=sender, service=service, urgency=Urgency.EMERGENCY)

    answering.request_info(
        code=sent.code, question="Where is she?", by=receiver, at=timezone.now()
    )

    assert Clock.objects.get(subject=sent.code).paused_at is None


def test_a_decline_keeps_nothing_and_asks_the_sender_to_go_elsewhere(
    sent: Referral, sender: Member, receiver: Member
) -> None:
    other = make.make_service(agency=make.make_agency())

    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=timezone.now())

    sent.refresh_from_db()
    assert CaseAccess.objects.filter(source=sent.code).count() == 0
    assert reading.triage_for(receiver, sent) is None
    assert reading.texts_for(receiver, sent) == {}
    assert list(Task.objects.values_list("kind", "subject", "assignee__username")) == [
        ("reroute", sent.code, sender.username)
    ]
    best = queries.next_best(sent, sender, on=make.today())
    assert [match.service for match in best] == [other]


def test_a_first_contact_needs_a_handover_that_both_confirmed(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    at, code = timezone.now(), accepted.code
    meet = {"code": code, "met_at": at, "by": receiver, "at": at}
    assert refused(helping.first_contact, **meet) == "handover_not_confirmed_by_both"
    helping.plan_handover(
        code=code, meets_at=at + HOUR, place="Door", who_meets="Nurse", by=receiver, at=at
    )
    assert refused(helping.first_contact, **meet) == "handover_not_confirmed_by_both"
    helping.confirm_handover(code=code, by=sender, at=at)

    met = helping.first_contact(code=code, met_at=at, by=receiver, at=at)

    assert (met.state, met.first_contact_at) == ("in_service", at)
    assert Clock.objects.filter(subject=code, stopped_at__isnull=True).count() == 0


def test_a_changed_plan_is_confirmed_anew(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    at, code = timezone.now(), accepted.code
    plan: dict[str, Any] = {"code": code, "meets_at": at + HOUR, "who_meets": "Nurse", "at": at}
    helping.plan_handover(**plan, place="Door", by=receiver)
    helping.confirm_handover(code=code, by=sender, at=at)

    helping.plan_handover(**plan, place="Station", by=sender)

    accepted.refresh_from_db()
    assert accepted.handover.confirmed is False
    assert accepted.handover.sender_confirmed_by == sender


def test_somebody_is_not_reached_only_after_three_attempts(
    accepted: Referral, receiver: Member
) -> None:
    at, code = timezone.now(), accepted.code
    for _ in range(2):
        helping.log_attempt(
            code=code, tried_at=at, channel="phone", result="no_answer", by=receiver, at=at
        )
    assert refused(helping.not_reached, code=code, by=receiver, at=at) == "too_few_attempts"
    helping.log_attempt(
        code=code, tried_at=at, channel="visit", result="no_answer", by=receiver, at=at
    )

    assert helping.not_reached(code=code, by=receiver, at=at).state == "not_reached"
    assert CaseAccess.objects.filter(source=code).count() == 0


def test_completion_ends_access_and_confirmation_closes_the_loop(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    met = make.make_met(accepted=accepted, receiver=receiver, sender=sender)
    done = helping.complete(
        code=met.code,
        outcome="service_provided",
        feedback="She is well.",
        by=receiver,
        at=timezone.now(),
    )

    assert CaseAccess.objects.filter(source=met.code).count() == 0
    assert reading.texts_for(receiver, done) == {}
    assert reading.texts_for(sender, done) == {"feedback": "She is well."}
    assert Task.objects.get(kind="confirm_with_person").assignee == sender
    closed = helping.confirm(
        code=met.code, service_received="yes", by=sender, at=timezone.now()
    )
    assert (closed.state, closed.service_received) == ("confirmed", "yes")
    assert Task.objects.get(kind="confirm_with_person").done_by == sender


def test_a_recall_is_sent_and_acknowledged(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    at, code = timezone.now(), accepted.code
    recalling.withdraw(code=code, reason="safety", by=sender, at=at)
    assert Clock.objects.get(subject=code, stopped_at__isnull=True).purpose == "recall"

    recalling.acknowledge_recall(code=code, by=receiver, at=at)

    accepted.refresh_from_db()
    assert accepted.recall_acknowledged_by == receiver
    assert Clock.objects.filter(subject=code, stopped_at__isnull=True).count() == 0
    assert (
        refused(recalling.acknowledge_recall, code=code, by=receiver, at=at)
        == "recall_was_acknowledged"
    )


def test_the_thread_is_the_receivers_only_while_it_runs(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    helping.message(code=accepted.code, text="A red scarf.", by=sender, at=timezone.now())
    assert [m["text"] for m in reading.messages_for(receiver, accepted)] == ["A red scarf."]

    ended = recalling.withdraw(
        code=accepted.code, reason="safety", by=sender, at=timezone.now()
    )

    assert reading.messages_for(receiver, ended) == []
    assert [m["text"] for m in reading.messages_for(sender, ended)] == ["A red scarf."]


def test_a_case_closes_when_nobody_owes_the_person_anything(
    sent: Referral, sender: Member, receiver: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    words: dict[str, Any] = {
        "code": sent.case.code,
        "closure": "goals_met",
        "by": boss,
        "at": timezone.now(),
    }
    assert refused(closing.close, **words) == "checklist_no_open_referral"
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=timezone.now())
    assert refused(closing.close, **words) == "checklist_consents_ended"
    consent = sent.case.consents.get()
    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())
    assert refused(closing.close, **words) == "checklist_follow_ups_planned"
    lifecycle.plan_follow_ups(code=sent.case.code, dates=[], by=sender, at=timezone.now())

    closed = closing.close(**words)

    assert (closed.state, closed.closure, len(closed.follow_ups)) == ("closed", "goals_met", 4)
    reopened = lifecycle.reopen(
        code=closed.code, reason="She came back.", by=boss, at=timezone.now()
    )
    assert (reopened.state, reopened.closure, reopened.closed_at) == ("open", "", None)


def test_a_transfer_moves_the_case_its_tasks_and_its_referrals(
    sent: Referral, sender: Member
) -> None:
    ours = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    theirs = make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )
    words: dict[str, Any] = {
        "code": sent.case.code,
        "to": theirs.agency,
        "note": "She moves.",
        "by": ours,
    }
    assert refused(transferring.propose, **words, at=timezone.now()) == "no_consent"
    make.make_consent(case=sent.case, to=theirs.agency, by=sender)
    task = lifecycle.set_task(
        code=sent.case.code, text="Phone her.", assignee=sender, due_at=None, by=ours,
        at=timezone.now(),
    )  # fmt: skip
    proposed = transferring.propose(**words, at=timezone.now())
    assert (
        refused(
            transferring.answer, code=proposed.code, accept=True, by=ours, at=timezone.now()
        )
        == "only_the_receiver_may_answer"
    )

    transferring.answer(code=proposed.code, accept=True, by=theirs, at=timezone.now())

    case = Case.objects.select_related("owner", "worker").get(pk=sent.case_id)
    sent.refresh_from_db()
    assert (case.owner, case.worker, sent.sender) == (theirs.agency, None, theirs.agency)
    assert Task.objects.get(code=task).agency == theirs.agency
    assert Transfer.objects.get().state == "accepted"
    now = timezone.now()
    assert queries.stored_access(case, at=now) == queries.expected_access(case, at=now)


def test_a_member_leaves_although_a_consent_has_just_run_out(
    accepted: Referral, receiver: Member
) -> None:
    admin = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    after = accepted.case.consents.get().expires_at

    leaving.leave(member=receiver, by=admin, at=after)

    accepted.refresh_from_db()
    assert (accepted.contact, CaseAccess.objects.filter(source=accepted.code).count()) == (
        None,
        0,
    )
    assert Task.objects.filter(subject=accepted.code, kind="name_contact").count() == 1


def at_hand(referral: Referral) -> dict[str, Any]:
    """The two words that every act takes besides its own."""
    return {"code": referral.code, "at": timezone.now()}


@pytest.mark.parametrize(
    ("verb", "act", "words"),
    [
        ("receive", answering.receive, {}),
        ("request_info", answering.request_info, {"question": "Why?"}),
        ("decline", answering.decline, {"reason": "no_capacity"}),
        ("not_reached", helping.not_reached, {}),
        ("complete", helping.complete, {"outcome": "no_show", "feedback": "Nobody came."}),
    ],
)
def test_the_sender_does_not_answer_for_the_receiver(
    verb: str, act: Any, words: dict[str, Any], sent: Referral, sender: Member
) -> None:
    assert refused(act, **at_hand(sent), **words, by=sender) == f"only_the_receiver_may_{verb}"


@pytest.mark.parametrize(
    ("verb", "act", "words"),
    [
        ("send", sending.send, {}),
        ("withdraw", recalling.withdraw, {"reason": "safety"}),
        ("confirm", helping.confirm, {"service_received": "yes"}),
        ("answer_info", answering.answer_info, {"answer": "Yes."}),
    ],
)
def test_the_receiver_does_not_act_for_the_sender(
    verb: str, act: Any, words: dict[str, Any], sent: Referral, receiver: Member
) -> None:
    told = refused(act, **at_hand(sent), **words, by=receiver)

    assert told == f"only_the_sender_may_{verb}"


def test_only_the_clock_lets_a_referral_expire(sent: Referral, receiver: Member) -> None:
    words: Any = {**at_hand(sent), "by": receiver}

    assert refused(answering.expire, **words) == "only_the_clock_may_expire"


@pytest.mark.parametrize(
    ("hours", "code"), [(-1, "first_contact_in_the_past"), (91 * 24, "first_contact_too_late")]
)
def test_an_acceptance_plans_a_first_contact_that_can_be(
    hours: int, code: str, sent: Referral, receiver: Member
) -> None:
    words: dict[str, Any] = {**at_hand(sent), "contact": receiver, "by": receiver}
    words["first_contact_at"] = words["at"] + hours * HOUR

    assert refused(answering.accept, **words) == code
    sent.refresh_from_db()
    assert (sent.state, sent.contact) == ("sent", None)


def test_the_contact_and_the_assignee_are_caseworkers_of_the_receiver(
    sent: Referral, receiver: Member, stranger: Member
) -> None:
    admin = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    words = {**at_hand(sent), "by": receiver}
    soon = words["at"] + HOUR

    for other in (stranger, admin):
        named = {"contact": other, "first_contact_at": soon}
        assert refused(answering.accept, **words, **named) == "not_a_caseworker_of_the_receiver"
        assert (
            refused(answering.assign, **words, to=other) == "not_a_caseworker_of_the_receiver"
        )


def test_an_assigned_worker_sees_the_card_and_may_answer(
    sent: Referral, receiver: Member, signed_in: Any
) -> None:
    worker = make.make_member(agency=receiver.agency)
    url = f"referrals/{sent.code}/"
    assert signed_in(worker).get(url).status_code == 404

    answering.assign(**at_hand(sent), to=worker, by=receiver)

    shown = signed_in(worker).get(url).json()
    assert (shown["state"], shown["assignee"]) == ("received", worker.username)
    assert shown["triage"]["case"] == sent.case.code
    assert refused(answering.assign, **at_hand(sent), to=receiver, by=worker) == (
        "only_the_inbox_assigns"
    )


@pytest.mark.parametrize(
    ("act", "words", "code"),
    [
        (helping.plan_handover, {"meets_at": -HOUR, "place": "Door", "who_meets": "Nurse"},
         "meeting_in_the_past"),
        (helping.log_attempt, {"tried_at": HOUR, "channel": "phone", "result": "no_answer"},
         "attempt_in_the_future"),
        (helping.first_contact, {"met_at": HOUR}, "contact_in_the_future"),
    ],
)  # fmt: skip
def test_help_is_written_down_at_its_own_time(
    act: Any, words: dict[str, Any], code: str, accepted: Referral, receiver: Member
) -> None:
    common = {**at_hand(accepted), "by": receiver}
    moved = {
        name: common["at"] + value if isinstance(value, dt.timedelta) else value
        for name, value in words.items()
    }

    assert refused(act, **common, **moved) == code


@pytest.mark.parametrize("missing", ["outcome", "feedback"])
def test_a_completion_says_its_outcome_and_has_words_for_the_sender(
    missing: str, accepted: Referral, receiver: Member, signed_in: Any
) -> None:
    body = {"outcome": "service_provided", "feedback": "She is well."}
    del body[missing]

    answer = signed_in(receiver).post(f"referrals/{accepted.code}/complete/", body)

    assert (answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) == (
        400,
        [f"/{missing}"],
    )
    accepted.refresh_from_db()
    assert accepted.state == "accepted"


def test_the_alternatives_leave_out_who_has_declined(
    sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    other = make.make_service(agency=make.make_agency())
    url = f"referrals/{sent.code}/alternatives/"
    answering.decline(**at_hand(sent), reason="no_capacity", by=receiver)

    found = signed_in(sender).get(url).json()["results"]

    assert [line["code"] for line in found] == [other.code]
    assert signed_in(receiver).get(url).status_code == 403


def test_a_referral_in_place_of_a_failed_one_ends_the_task(
    sent: Referral, sender: Member, receiver: Member
) -> None:
    answering.decline(**at_hand(sent), reason="no_capacity", by=receiver)
    sent.refresh_from_db()
    other = make.make_service(agency=make.make_agency())
    make.make_consent(case=sent.case, to=other.agency, by=sender)
    second = sending.draft(
        case_code=sent.case.code, service=other, groups=make.USUAL, urgency=Urgency.URGENT,
        purpose="service", note="", instead_of=sent, by=sender, at=timezone.now(),
    )  # fmt: skip

    send(second, sender)

    assert Task.objects.get(subject=sent.code, kind="reroute").done_by == sender


def test_the_receipt_carries_the_hash_of_its_one_text(
    accepted: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    url = f"referrals/{accepted.code}/disclosure/"

    ours, theirs = signed_in(sender).get(url).json(), signed_in(receiver).get(url).json()

    assert ours == theirs
    assert hashlib.sha256(ours["canonical"].encode()).hexdigest() == ours["sha256"]
    assert (
        signed_in(sender).get(f"referrals/{accepted.code}/").json()["disclosure_sha256"]
        == (ours["sha256"])
    )
    assert set(ours["content"]["groups"]) == {"identity", "contact", "safety"}


def test_the_receipt_is_not_the_receivers_before_it_accepts(
    sent: Referral, receiver: Member, signed_in: Any
) -> None:
    answer = signed_in(receiver).get(f"referrals/{sent.code}/disclosure/")

    assert (answer.status_code, answer.json()["code"]) == (
        409,
        "cannot_see_disclosure_when_sent",
    )


def test_a_draft_is_taken_back_without_a_recall(sender: Member, service: Service) -> None:
    draft = draft_for(service, sender)

    ended = recalling.withdraw(**at_hand(draft), reason="not_needed", by=sender)

    assert (ended.state, ended.recalled_at) == ("withdrawn", None)
    assert Clock.objects.filter(subject=draft.code).count() == 0
    assert Delivery.objects.count() == 0


def test_a_recall_that_was_never_sent_is_not_acknowledged(
    sent: Referral, receiver: Member
) -> None:
    assert refused(recalling.acknowledge_recall, **at_hand(sent), by=receiver) == (
        "cannot_acknowledge_recall_when_sent"
    )


def test_a_pause_that_ended_by_itself_moves_the_deadline_that_is_shown(
    sent: Referral, receiver: Member, signed_in: Any
) -> None:
    answering.request_info(**at_hand(sent), question="Which languages?", by=receiver)
    sent.refresh_from_db()
    due = sent.reply_due_at
    assert due is not None
    Clock.objects.exclude(purpose="assessment").update(paused_at=timezone.now() - 24 * HOUR)

    notify_tasks.climb()

    clock = Clock.objects.get(subject=sent.code)
    assert (clock.due_at, clock.paused_at) == (due + 24 * HOUR, None)
    sent.refresh_from_db()
    assert sent.reply_due_at == clock.due_at


def supervisors_of_a_transfer(sent: Referral, sender: Member) -> tuple[Member, Transfer]:
    """A transfer of the case that is proposed, and who may answer it."""
    ours = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    theirs = make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )
    make.make_consent(case=sent.case, to=theirs.agency, by=sender)
    at = timezone.now()
    words: dict[str, Any] = {"code": sent.case.code, "to": theirs.agency, "by": ours, "at": at}
    return theirs, transferring.propose(**words, note="She moves.")


def test_a_transfer_that_is_declined_moves_nothing(sent: Referral, sender: Member) -> None:
    theirs, proposed = supervisors_of_a_transfer(sent, sender)

    transferring.answer(code=proposed.code, accept=False, by=theirs, at=timezone.now())

    case = Case.objects.select_related("owner", "worker").get(pk=sent.case_id)
    assert (case.owner, case.worker) == (sender.agency, sender)
    words = {"code": proposed.code, "accept": True, "by": theirs, "at": timezone.now()}
    assert refused(transferring.answer, **words) == "transfer_is_answered"


def test_a_transfer_takes_the_clocks_along(sent: Referral, sender: Member) -> None:
    theirs, proposed = supervisors_of_a_transfer(sent, sender)

    transferring.answer(code=proposed.code, accept=True, by=theirs, at=timezone.now())

    clock = Clock.objects.get(subject=sent.code)
    assert clock.sender == theirs.agency
    assert clock.rungs.get(role="supervisor", position=3).agency == theirs.agency


@pytest.mark.parametrize("end", ["declined", "completed"])
def test_a_transfer_takes_along_what_ended_referrals_left_to_do(
    end: str, sent: Referral, sender: Member, receiver: Member
) -> None:
    if end == "declined":
        answering.decline(**at_hand(sent), reason="no_capacity", by=receiver)
    else:
        make.make_accepted(sent=sent, by=receiver)
        words: Any = {"outcome": "service_provided", "feedback": "She is well."}
        helping.complete(**at_hand(sent), **words, by=receiver)
    theirs, proposed = supervisors_of_a_transfer(sent, sender)

    transferring.answer(code=proposed.code, accept=True, by=theirs, at=timezone.now())

    task = Task.objects.get(subject=sent.code, done_at__isnull=True)
    assert (task.agency, task.assignee, task.role) == (theirs.agency, None, "supervisor")


def test_after_a_transfer_the_new_owner_finds_the_person_by_name(
    sent: Referral, sender: Member, signed_in: Any
) -> None:
    theirs, proposed = supervisors_of_a_transfer(sent, sender)

    transferring.answer(code=proposed.code, accept=True, by=theirs, at=timezone.now())

    found = signed_in(theirs).post("persons/find/", {"name": "Ирина Козлова"}).json()
    assert [line["case"] for line in found["results"]] == [sent.case.code]


def test_a_case_keeps_its_deadline_on_the_list_when_it_changes_hands(
    sent: Referral, sender: Member, signed_in: Any
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    colleague = make.make_member(agency=sender.agency)
    (before,) = signed_in(boss).get("cases/").json()["results"]

    lifecycle.assign(code=sent.case.code, to=colleague, by=boss, at=timezone.now())

    (after,) = signed_in(colleague).get("cases/").json()["results"]
    assert (after["code"], after["due_at"]) == (sent.case.code, before["due_at"])
    assert before["due_at"] is not None


def test_who_has_declined_does_not_learn_of_a_new_owner(
    sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    answering.decline(**at_hand(sent), reason="no_capacity", by=receiver)
    theirs, proposed = supervisors_of_a_transfer(sent, sender)

    transferring.answer(code=proposed.code, accept=True, by=theirs, at=timezone.now())

    client = signed_in(receiver)
    shown = client.get(f"referrals/{sent.code}/").json()
    (line,) = client.get("referrals/").json()["results"]
    old = sender.agency.code
    assert (shown["sender"], line["sender_code"]) == (old, old)
    assert theirs.agency.code not in f"{shown} {line}"
    assert theirs.agency.name not in f"{shown} {line}"
    # The new owner has the whole story, and goes on with it.
    assert signed_in(theirs).get(f"referrals/{sent.code}/alternatives/").status_code == 200
