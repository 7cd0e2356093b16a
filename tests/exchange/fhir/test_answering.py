"""What a partner's system says by putting a Task: each answer, once, and by the rules of the API."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from audit.models import AuditEvent
from demo import builders as make
from notify.models import Delivery
from referral import reading
from referral.actions import answering, helping, recalling
from referral.models import Attempt, Handover, Message, Referral
from tests.exchange.fhir.partner import (
    Partner,
    attempt,
    contact,
    decline,
    meeting,
    outcome,
    refusal,
    said,
    soon,
)


def state_of(referral: Referral) -> str:
    referral.refresh_from_db()
    return referral.state


def test_it_is_received(sent: Referral, theirs: Partner, sender: Member) -> None:
    assert theirs.task(sent.code)["status"] == "requested"
    assert state_of(sent) == "sent"

    answer = theirs.answer(sent.code, "received")

    assert (answer.status_code, answer.json()["status"]) == (200, "received")
    assert state_of(sent) == "received"
    told = Delivery.objects.filter(event__kind="referral.seen", channel="in_app")
    assert [each.member for each in told] == [sender]


def test_it_is_accepted(sent: Referral, theirs: Partner, receiver: Member) -> None:
    planned = soon()

    answer = theirs.answer(sent.code, "accepted", *contact(receiver, planned))

    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "accepted")
    assert (body["meta"]["versionId"], answer["ETag"]) == (f"{sent.version + 2}", 'W/"4"')
    sent.refresh_from_db()
    assert (sent.state, sent.contact, sent.accepted_by) == ("accepted", receiver, receiver)
    assert sent.first_contact_planned_at == dt.datetime.fromisoformat(planned)
    assert [each["type"]["coding"][0]["code"] for each in body["output"]] == [
        "contact", "first-contact-planned",
    ]  # fmt: skip


def test_it_is_accepted_with_a_meeting(
    sent: Referral, theirs: Partner, receiver: Member, sender: Member
) -> None:
    at = soon(1)

    answer = theirs.answer(sent.code, "accepted", *contact(receiver), *meeting(at))

    plan = Handover.objects.get(referral=sent)
    assert plan.meets_at == dt.datetime.fromisoformat(at)
    assert (plan.receiver_confirmed_by, plan.confirmed) == (receiver, False)
    shown = {each["type"]["coding"][0]["code"]: each for each in answer.json()["output"]}
    assert list(shown) == [
        "contact", "first-contact-planned", "meeting-at", "meeting-confirmed",
    ]  # fmt: skip
    assert shown["meeting-confirmed"]["valueBoolean"] is False
    helping.confirm_handover(code=sent.code, by=sender, at=timezone.now())
    confirmed = theirs.task(sent.code)["output"][-1]
    assert confirmed == shown["meeting-confirmed"] | {"valueBoolean": True}


def test_a_meeting_is_planned_after_the_acceptance(accepted: Referral, theirs: Partner) -> None:
    task, at = theirs.task(accepted.code), soon(1)
    with_meeting = [*task["output"], *meeting(at)]

    planned = theirs.put(task, output=with_meeting)
    again = theirs.put(task, output=with_meeting)

    assert (planned.status_code, again.status_code) == (200, 200)
    assert planned.json()["meta"] == again.json()["meta"]
    assert Handover.objects.get().meets_at == dt.datetime.fromisoformat(at)
    assert Delivery.objects.filter(
        event__kind="referral.handover_planned", channel="in_app"
    ).count() == 1  # fmt: skip


def test_a_meeting_that_moves_to_another_door_is_planned_anew(
    accepted: Referral, theirs: Partner, receiver: Member
) -> None:
    at = soon(1)
    theirs.answer(accepted.code, "accepted", *meeting(at))
    task = theirs.task(accepted.code)
    asked = [each for each in task["output"] if "meeting" not in str(each["type"])]
    elsewhere = said("meeting-place", valueString="The back door")
    moved = [*asked, meeting(at)[0], elsewhere, meeting(at)[2]]

    first = theirs.put(task, output=moved)
    again = theirs.put(task, output=moved)
    older = theirs.put(task, output=[*asked, *meeting(at)])

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["meta"] == again.json()["meta"] != task["meta"]
    refusal(older, 412, "stale_version")
    found = reading.handover_for(receiver, accepted)
    assert found is not None
    assert found[1] == {"place": "The back door", "who_meets": "The nurse"}


@pytest.mark.parametrize("status", ["received", "on-hold", "accepted", "rejected"])
def test_what_was_read_can_be_put_back_as_it_is(
    status: str, sent: Referral, theirs: Partner, receiver: Member
) -> None:
    theirs.answer(sent.code, status, **_steps(receiver)[status])
    if status == "accepted":
        theirs.answer(sent.code, status, *meeting())
    task = theirs.task(sent.code)

    back = theirs.put(task)

    assert (back.status_code, back.json()) == (200, task)


def test_what_was_read_of_a_person_who_was_met_can_be_put_back(
    accepted: Referral, theirs: Partner, sender: Member
) -> None:
    theirs.answer(accepted.code, "accepted", *meeting())
    helping.confirm_handover(code=accepted.code, by=sender, at=timezone.now())
    theirs.answer(accepted.code, "in-progress", executionPeriod={"start": soon(-0.1)})
    task = theirs.task(accepted.code)

    back = theirs.put(task)

    assert (back.status_code, back.json()) == (200, task)


def test_a_moment_alone_is_no_meeting(accepted: Referral, theirs: Partner) -> None:
    alone = theirs.answer(accepted.code, "accepted", meeting()[0])

    refusal(alone, 400, "required", "Task.output")
    assert not Handover.objects.exists()


@pytest.fixture
def planned(accepted: Referral, sender: Member) -> Referral:
    """Its sender has said where and when."""
    at = timezone.now()
    helping.plan_handover(
        code=accepted.code, meets_at=at + dt.timedelta(hours=1), place="The back door",
        who_meets="Ann", by=sender, at=at,
    )  # fmt: skip
    return accepted


def with_word(task: dict[str, Any], *, confirmed: Any) -> list[dict[str, Any]]:
    """What was shown, with another word on whether the meeting will be kept."""
    kept = [each for each in task["output"] if "meeting-confirmed" not in str(each["type"])]
    return [*kept, said("meeting-confirmed", valueBoolean=confirmed)]


def test_a_meeting_that_the_sender_planned_is_confirmed(
    planned: Referral, theirs: Partner, receiver: Member, sender: Member
) -> None:
    task = theirs.task(planned.code)
    shown = {each["type"]["coding"][0]["code"]: each for each in task["output"]}
    assert shown["meeting-confirmed"]["valueBoolean"] is False
    assert theirs.put(task).json() == task

    answer = theirs.put(task, output=with_word(task, confirmed=True))
    again = theirs.put(task, output=with_word(task, confirmed=True))

    assert (answer.status_code, again.status_code) == (200, 200)
    assert answer.json() == again.json() == theirs.task(planned.code)
    assert answer.json()["output"] == with_word(task, confirmed=True)
    plan = Handover.objects.get(referral=planned)
    assert (plan.confirmed, plan.receiver_confirmed_by) == (True, receiver)
    told = Delivery.objects.filter(event__kind="referral.handover_confirmed", channel="in_app")
    assert [each.member for each in told] == [sender]
    written = AuditEvent.objects.filter(event="referral.confirm_handover", about=planned.code)
    assert [each.actor for each in written] == [receiver.username]


def test_what_was_confirmed_is_what_was_read(
    planned: Referral, theirs: Partner, sender: Member
) -> None:
    task, at = theirs.task(planned.code), timezone.now()
    helping.plan_handover(
        code=planned.code, meets_at=at + dt.timedelta(hours=3), place="Elsewhere",
        who_meets="Ann", by=sender, at=at,
    )  # fmt: skip

    refusal(theirs.put(task, output=with_word(task, confirmed=True)), 412, "stale_version")
    moved = [
        said("meeting-at", valueDateTime=soon(2)) if "meeting-at" in str(each["type"]) else each
        for each in with_word(task, confirmed=True)
    ]
    refusal(
        theirs.put(theirs.task(planned.code), output=moved), 400, "required", "Task.output"
    )  # fmt: skip
    assert Handover.objects.get(referral=planned).receiver_confirmed_at is None


def test_one_confirms_for_ones_own_side_alone(
    accepted: Referral, theirs: Partner, sender: Member
) -> None:
    theirs.answer(accepted.code, "accepted", *meeting())
    task = theirs.task(accepted.code)

    answer = theirs.put(task, output=with_word(task, confirmed=True))

    assert (answer.status_code, answer.json()) == (200, task)
    assert Handover.objects.get(referral=accepted).sender_confirmed_at is None


def test_an_old_word_plans_no_meeting_anew(
    accepted: Referral, theirs: Partner, sender: Member
) -> None:
    """What a system keeps of its own: the sender has confirmed the meeting meanwhile."""
    theirs.answer(accepted.code, "accepted", *meeting())
    kept = theirs.task(accepted.code)
    helping.confirm_handover(code=accepted.code, by=sender, at=timezone.now())
    task = theirs.task(accepted.code)
    words = [each for each in meeting() if "meeting-at" not in str(each["type"])]

    answer = theirs.put(task, output=[*kept["output"], *words])

    assert (answer.status_code, answer.json()) == (200, task)
    assert Handover.objects.get(referral=accepted).confirmed


def test_a_word_once_given_is_not_taken_back(planned: Referral, theirs: Partner) -> None:
    first = theirs.task(planned.code)
    theirs.put(first, output=with_word(first, confirmed=True))
    task = theirs.task(planned.code)

    refusal(
        theirs.put(task, output=with_word(task, confirmed=False)), 400, "not_changed_here",
        "Task.output[3].valueBoolean",
    )  # fmt: skip
    assert Handover.objects.get(referral=planned).confirmed


@pytest.mark.parametrize("value", ["true", 1, None])
def test_only_yes_or_no_confirms(value: Any, planned: Referral, theirs: Partner) -> None:
    task = theirs.task(planned.code)
    put = theirs.put(task, output=with_word(task, confirmed=value))
    refusal(put, 400, "not_yes_or_no", "Task.output[3].valueBoolean")


def test_nothing_is_confirmed_that_is_not_planned(
    accepted: Referral, theirs: Partner, sender: Member, service: Any, receiver: Member
) -> None:
    sent = make.make_sent(by=sender, service=service)
    word = said("meeting-confirmed", valueBoolean=True)
    task = theirs.task(accepted.code)

    unplanned = theirs.put(task, output=[*task["output"], word])
    with_yes = theirs.answer(sent.code, "accepted", *contact(receiver), word)

    refusal(unplanned, 409, "no_handover_planned", "Task.output")
    refusal(with_yes, 400, "not_changed_here", "Task.output[2].valueBoolean")
    assert Referral.objects.get(pk=sent.pk).state == "sent"


def test_another_question_is_not_taken_for_the_same(sent: Referral, theirs: Partner) -> None:
    theirs.answer(sent.code, "on-hold", statusReason={"text": "Is there a lift?"})

    other = theirs.answer(sent.code, "on-hold", statusReason={"text": "Is there a garden?"})

    assert other.status_code == 409
    assert theirs.task(sent.code)["statusReason"] == {"text": "Is there a lift?"}


def test_it_is_declined_with_a_word(sent: Referral, theirs: Partner, sender: Member) -> None:
    reason = decline() | {"text": "Ask again in May."}

    answer = theirs.answer(sent.code, "rejected", statusReason=reason)

    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    sent.refresh_from_db()
    assert (sent.state, sent.decline_reason) == ("declined", "no_capacity")
    assert Message.objects.filter(referral=sent, agency=sent.receiver).count() == 1


def test_a_question_waits_for_its_answer(
    sent: Referral, theirs: Partner, ours: Partner, sender: Member, receiver: Member
) -> None:
    question = {"text": "Is there a lift?"}

    asked = theirs.answer(sent.code, "on-hold", statusReason=question)

    assert (asked.status_code, asked.json()["statusReason"]) == (200, question)
    assert ours.task(sent.code)["statusReason"] == question
    answering.answer_info(code=sent.code, answer="No.", by=sender, at=timezone.now())
    task = theirs.task(sent.code)
    assert (task["status"], task["input"]) == ("received", [said("answer", valueString="No.")])
    assert "statusReason" not in task
    taken = theirs.put(task, status="accepted", output=[*contact(receiver)])
    assert (taken.status_code, taken.json()["status"]) == (200, "accepted")


def test_the_person_was_met(accepted: Referral, theirs: Partner, sender: Member) -> None:
    met = soon(-0.1)
    too_early = theirs.answer(accepted.code, "in-progress", executionPeriod={"start": met})
    refusal(too_early, 409, "handover_not_confirmed_by_both", "Task.output")
    theirs.answer(accepted.code, "accepted", *meeting())
    helping.confirm_handover(code=accepted.code, by=sender, at=timezone.now())

    answer = theirs.answer(accepted.code, "in-progress", executionPeriod={"start": met})

    assert (answer.status_code, answer.json()["status"]) == (200, "in-progress")
    assert state_of(accepted) == "in_service"
    assert accepted.first_contact_at == dt.datetime.fromisoformat(met)


def test_it_is_completed(accepted: Referral, theirs: Partner, ours: Partner) -> None:
    feedback = said("feedback", valueString="She is well.")

    answer = theirs.answer(accepted.code, "completed", outcome(), feedback)

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["output"]) == ("completed", [outcome()])
    assert (state_of(accepted), accepted.outcome) == ("completed", "service_provided")
    assert accepted.feedback is not None
    assert "well" not in str(ours.task(accepted.code))


def test_nobody_was_reached(accepted: Referral, theirs: Partner) -> None:
    two, three = [attempt(), attempt()], [attempt(), attempt(), attempt(result="wrong_contact")]
    refusal(
        theirs.answer(accepted.code, "failed", *two), 409, "too_few_attempts", "Task.output"
    )
    assert Attempt.objects.count() == 0

    answer = theirs.answer(accepted.code, "failed", *three)

    assert (answer.status_code, answer.json()["status"]) == (200, "failed")
    assert state_of(accepted) == "not_reached"
    assert list(Attempt.objects.order_by("pk").values_list("channel", "result")) == [
        ("phone", "no_answer"), ("phone", "no_answer"), ("phone", "wrong_contact"),
    ]  # fmt: skip


def test_a_recall_is_acknowledged(accepted: Referral, theirs: Partner, sender: Member) -> None:
    recalling.withdraw(code=accepted.code, reason="safety", by=sender, at=timezone.now())
    task = theirs.task(accepted.code)
    assert task["status"] == "cancelled"

    answers = [theirs.put(task), theirs.put(task)]

    assert [each.status_code for each in answers] == [200, 200]
    accepted.refresh_from_db()
    assert accepted.recall_acknowledged_by == theirs.member
    assert Delivery.objects.filter(
        event__kind="referral.recall_acknowledged", channel="in_app"
    ).count() == 1  # fmt: skip


def _steps(receiver: Member) -> dict[str, dict[str, Any]]:
    return {
        "received": {},
        "on-hold": {"statusReason": {"text": "Is there a lift?"}},
        "accepted": {"output": [*contact(receiver)]},
        "rejected": {"statusReason": decline()},
    }


@pytest.mark.parametrize("status", ["received", "on-hold", "accepted", "rejected"])
def test_an_answer_that_is_sent_again_changes_nothing(
    status: str, sent: Referral, theirs: Partner, receiver: Member
) -> None:
    task, says = theirs.task(sent.code), _steps(receiver)[status]

    first = theirs.put(task, status=status, **says)
    events = AuditEvent.objects.exclude(event__startswith="read").count()
    again = theirs.put(task, status=status, **says)

    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.json(), again["ETag"]) == (first.json(), first["ETag"])
    assert AuditEvent.objects.exclude(event__startswith="read").count() == events


def test_a_completion_that_is_sent_again_changes_nothing(
    accepted: Referral, theirs: Partner
) -> None:
    task = theirs.task(accepted.code)
    ends = [outcome(), said("feedback", valueString="She is well.")]

    first = theirs.put(task, status="completed", output=ends)
    again = theirs.put(task, status="completed", output=ends)
    otherwise = theirs.put(task, status="completed", output=[outcome("no_show"), ends[1]])

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    refusal(otherwise, 412, "stale_version")


def test_an_older_version_is_not_answered(
    sent: Referral, theirs: Partner, receiver: Member
) -> None:
    task = theirs.task(sent.code)
    theirs.put(task, status="received")

    late = theirs.put(task, status="accepted", output=[*contact(receiver)])
    unreadable = theirs.put(task, version='3", "4', status="rejected", statusReason=decline())

    refusal(late, 412, "stale_version")
    refusal(unreadable, 412, "stale_version")
    assert state_of(sent) == "received"


def test_a_version_must_be_named(sent: Referral, theirs: Partner) -> None:
    task = theirs.task(sent.code) | {"status": "received"}

    answer = theirs.checked(theirs.http.put(f"/fhir/Task/{sent.code}", task, format="json"))

    refusal(answer, 428, "if_match_missing")
    assert state_of(sent) == "sent"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("received", "cannot_receive_when_declined"),
        ("on-hold", "cannot_request_info_when_declined"),
        ("accepted", "cannot_accept_when_declined"),
        ("in-progress", "cannot_first_contact_when_declined"),
        ("completed", "cannot_complete_when_declined"),
        ("failed", "cannot_log_attempt_when_declined"),
        ("cancelled", "cannot_acknowledge_recall_when_declined"),
    ],
)
def test_after_the_end_nothing_is_answered(
    status: str, code: str, sent: Referral, theirs: Partner, receiver: Member
) -> None:
    theirs.answer(sent.code, "rejected", statusReason=decline())
    task = theirs.task(sent.code)
    says: dict[str, dict[str, Any]] = {
        "on-hold": {"statusReason": {"text": "Is there a lift?"}},
        "accepted": {"output": [*contact(receiver)]},
        "in-progress": {"executionPeriod": {"start": soon(-1)}},
        "completed": {"output": [outcome(), said("feedback", valueString="She is well.")]},
        "failed": {"output": [attempt()]},
    }
    del task["statusReason"]

    answer = theirs.put(task, status=status, **says.get(status, {}))

    refusal(answer, 409, code)
    assert answer.json()["issue"][0]["details"]["coding"][1] == {
        "system": "urn:safehand:referral-state", "code": "declined",
    }  # fmt: skip


@pytest.mark.parametrize("status", ["received", "accepted", "rejected", "cancelled"])
def test_only_the_receiver_answers(
    status: str, sent: Referral, ours: Partner, others: Partner, sender: Member
) -> None:
    task = ours.task(sent.code)

    assert ours.put(task, status=status).status_code == 403
    refusal(others.put(task, status=status), 404, "not_found")
    assert state_of(sent) == "sent"


def test_the_contact_is_one_of_the_receiver(
    sent: Referral, theirs: Partner, sender: Member
) -> None:
    name, planned = contact(sender)

    answer = theirs.answer(sent.code, "accepted", name, planned)

    refusal(answer, 400, "unknown_member", "Task.output[0].valueString")
    assert state_of(sent) == "sent"


@pytest.mark.parametrize("scopes", [("read",), ("witness",)])
def test_a_token_does_what_its_scopes_say(
    scopes: tuple[str, ...], sent: Referral, receiver: Member
) -> None:
    theirs, system = Partner(receiver), Partner(receiver, *scopes)
    task = theirs.task(sent.code)

    refusal(system.put(task, status="received"), 403, "scope_missing")
    seen = system.get(f"Task/{sent.code}").status_code
    assert seen == (200 if "read" in scopes else 403)


def test_a_token_for_fhir_reads_nothing_else(sent: Referral, theirs: Partner) -> None:
    answer = theirs.http.get(f"/api/v1/referrals/{sent.code}/")

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_a_call_leads_to_the_task(sent: Referral, receiver: Member, theirs: Partner) -> None:
    """By the number that a system was called with, and a key for FHIR alone."""
    endpoint = make.make_endpoint(agency=receiver.agency)
    told, _, other = (
        make.make_call(endpoint=endpoint, subject=subject).announcement
        for subject in (sent.code, sent.case.code, "RF-2345-6789")
    )
    assert told is not None
    assert other is not None

    shown = theirs.http.get(f"/api/v1/events/{told.uid}/").json()

    assert (shown["subject"], shown["fhir"]) == (sent.code, f"/fhir/Task/{sent.code}")
    assert theirs.get(shown["fhir"].removeprefix("/fhir/")).json()["id"] == sent.code
    assert theirs.http.post(f"/api/v1/events/{told.uid}/ack/").status_code == 200
    waiting = theirs.http.get("/api/v1/events/").json()["results"]
    assert [each["id"] for each in waiting] == [str(other.uid)]


def test_a_key_for_fhir_alone_is_told_of_no_case(
    sent: Referral, sender: Member, ours: Partner
) -> None:
    endpoint = make.make_endpoint(agency=sender.agency)
    told = make.make_call(endpoint=endpoint, subject=sent.case.code).announcement
    assert told is not None

    assert ours.http.get(f"/api/v1/events/{told.uid}/").status_code == 404
    # Nor that there is something, nor may it take in what it cannot read.
    assert ours.http.get("/api/v1/events/").json()["results"] == []
    assert ours.http.post(f"/api/v1/events/{told.uid}/ack/").status_code == 404
    reader = Partner(sender, "read").http
    reads = reader.get(f"/api/v1/events/{told.uid}/").json()
    assert (reads["subject"], reads["fhir"]) == (sent.case.code, None)
    assert len(reader.get("/api/v1/events/").json()["results"]) == 1


def test_each_answer_is_in_the_log_and_told_as_by_the_api(
    sender: Member, receiver: Member, service: Any, theirs: Partner
) -> None:
    by_fhir, by_api = (make.make_sent(by=sender, service=service) for _ in range(2))
    theirs.answer(by_fhir.code, "received")
    theirs.answer(by_fhir.code, "accepted", *contact(receiver))
    theirs.answer(by_fhir.code, "completed", outcome(), said("feedback", valueString="Well."))
    answering.receive(code=by_api.code, by=receiver, at=timezone.now())
    make.make_accepted(sent=by_api, by=receiver)
    helping.complete(
        code=by_api.code, outcome="service_provided", feedback="Well.", by=receiver,
        at=timezone.now(),
    )  # fmt: skip

    def written(code: str) -> list[str]:
        rows = AuditEvent.objects.filter(about=code, event__startswith="referral.")
        return list(rows.order_by("pk").values_list("event", flat=True))

    def told(code: str) -> list[str]:
        rows = Delivery.objects.filter(event__subject=code, channel="in_app")
        return list(rows.order_by("pk").values_list("event__kind", flat=True))

    assert written(by_fhir.code) == written(by_api.code)
    assert written(by_fhir.code)[-3:] == [
        "referral.receive", "referral.accept", "referral.complete",
    ]  # fmt: skip
    assert told(by_fhir.code) == told(by_api.code)
