"""Every state of a referral as FHIR, for both sides: what it is called, and what is shown of it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from agencies.clocks import Urgency
from agencies.models import Member, Service
from audit import log
from demo import builders as make
from exchange.fhir import codes
from referral.actions import answering, helping, recalling, sending
from referral.models import Referral
from referral.workflow import (
    ASKED,
    FLOW,
    TAKEN,
    AttemptChannel,
    AttemptResult,
    DeclineReason,
    Outcome,
    Party,
    State,
    WithdrawReason,
)
from tests.exchange.fhir.partner import Partner, refusal, valid

ENDED = sorted(set(State) - ASKED - TAKEN - {State.DRAFT})
Walk = Callable[[Referral, Member, Member], object]


def now() -> dt.datetime:
    return timezone.now()


def walk(sent: Referral, sender: Member, receiver: Member, state: State) -> None:
    """Bring a sent referral into this state, by the acts that lead there."""
    code = sent.code
    if state in {State.RECEIVED, State.INFO_REQUESTED}:
        answering.receive(code=code, by=receiver, at=now())
    if state is State.INFO_REQUESTED:
        answering.request_info(code=code, question="Is there a lift?", by=receiver, at=now())
    if state is State.DECLINED:
        answering.decline(code=code, reason="no_capacity", by=receiver, at=now())
    if state is State.EXPIRED:
        answering.expire(code=code, by=log.Machine("clock"), at=now())
    if state in {State.ACCEPTED, State.IN_SERVICE, State.COMPLETED, State.CONFIRMED,
                 State.NOT_REACHED, State.WITHDRAWN}:  # fmt: skip
        accepted = make.make_accepted(sent=sent, by=receiver)
    if state in {State.IN_SERVICE, State.COMPLETED, State.CONFIRMED}:
        make.make_met(accepted=accepted, receiver=receiver, sender=sender)
    if state in {State.COMPLETED, State.CONFIRMED}:
        helping.complete(
            code=code, outcome="service_provided", feedback="Well.", by=receiver, at=now()
        )
    if state is State.CONFIRMED:
        helping.confirm(code=code, service_received="yes", by=sender, at=now())
    if state is State.NOT_REACHED:
        for _ in range(3):
            helping.log_attempt(
                code=code, tried_at=now(), channel="phone", result="no_answer", by=receiver,
                at=now(),
            )  # fmt: skip
        helping.not_reached(code=code, by=receiver, at=now())
    if state is State.WITHDRAWN:
        recalling.withdraw(code=code, reason="safety", by=sender, at=now())
    sent.refresh_from_db()
    assert sent.state == state


SENT_ONCE = [state for state in State if state is not State.DRAFT]


@pytest.mark.parametrize("state", SENT_ONCE)
def test_every_state_can_be_read_by_both(
    state: State, sent: Referral, sender: Member, receiver: Member, ours: Partner,
    theirs: Partner,
) -> None:  # fmt: skip
    walk(sent, sender, receiver, state)
    wanted = (codes.TASK_STATUS[state], state.value)

    for system in (ours, theirs):
        task = system.task(sent.code)
        assert (task["status"], task["businessStatus"]["coding"][0]["code"]) == wanted
        open_to_them = system is ours or state in ASKED | TAKEN
        assert {"for", "focus", "priority"} & set(task) == (
            {"for", "focus", "priority"} if open_to_them else set()
        )
        if open_to_them:
            request = system.get(task["focus"]["reference"]).json()
            assert request["subject"] == task["for"]
            assert request["status"] == codes.REQUEST_STATUS[state]
            assert system.get(task["for"]["reference"]).json()["id"] in task["for"]["reference"]
        for agency in (task["owner"], task["requester"]):
            found = system.get(agency["reference"])
            assert (found.status_code, found.json()["name"]) == (200, agency["display"])


@pytest.mark.parametrize("state", ENDED)
def test_of_what_has_ended_the_receiver_knows_that_it_was_and_how_it_ended(
    state: State, sent: Referral, sender: Member, receiver: Member, theirs: Partner
) -> None:
    before = theirs.task(sent.code)
    walk(sent, sender, receiver, state)

    task = theirs.task(sent.code)

    how = {State.COMPLETED: {"output"}, State.CONFIRMED: {"output"},
           State.DECLINED: {"statusReason"}, State.WITHDRAWN: {"statusReason"}}  # fmt: skip
    assert set(task) == {
        "resourceType", "id", "meta", "status", "businessStatus", "intent", "code",
        "authoredOn", "lastModified", "requester", "owner",
    } | how.get(state, set())  # fmt: skip
    for gone in (before["focus"]["reference"], before["for"]["reference"]):
        refusal(theirs.get(gone), 404, "not_found")


def test_another_referral_of_the_case_opens_nothing_of_one_that_has_ended(
    sent: Referral, sender: Member, receiver: Member, theirs: Partner
) -> None:
    second = make.make_service(agency=receiver.agency)
    draft = make.make_draft(case=sent.case, service=second, by=sender)
    running = sending.send(code=draft.code, by=sender, at=now())
    task = theirs.task(sent.code)
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=now())

    for name in ("focus", "for"):
        refusal(theirs.get(task[name]["reference"]), 404, "not_found")
    live = theirs.task(running.code)
    assert [theirs.get(live[name]["reference"]).status_code for name in ("focus", "for")] == [
        200,
        200,
    ]


def test_a_draft_is_nobodys_yet(
    sent: Referral, sender: Member, service: Service, ours: Partner, theirs: Partner
) -> None:
    draft = make.make_draft(case=sent.case, service=service, by=sender)

    for system in (ours, theirs):
        refusal(system.get(f"Task/{draft.code}"), 404, "not_found")
        refusal(system.get(f"ServiceRequest/{draft.code}"), 404, "not_found")
    box = ours.get(f"Task?requester={sender.agency.code}").json()
    assert [each["resource"]["id"] for each in box["entry"]] == [sent.code]


def test_the_tables_hold_every_state() -> None:
    assert set(codes.TASK_STATUS) == set(State)
    assert set(codes.REQUEST_STATUS) == set(State)
    assert set(codes.PRIORITY) == set(Urgency)


def test_each_answer_leads_to_the_status_that_was_put() -> None:
    said = {status: verb for status, verb in codes.ANSWERS.items() if verb is not None}

    assert {
        status: {codes.TASK_STATUS[step.target] for step in FLOW.steps if step.verb == verb}
        for status, verb in said.items()
    } == {status: {status} for status in said}
    # Every verb of the receiver can be said, and nobody else's.
    theirs = {step.verb for step in FLOW.steps if step.party == Party.RECEIVER}
    assert set(said.values()) == theirs


def test_no_code_says_what_it_is_about(sent: Referral, ours: Partner, theirs: Partner) -> None:
    """What is said in FHIR may lie in a partner's system for years."""
    words = [choice.value for kind in (AttemptChannel, AttemptResult, DeclineReason, Outcome,
                                       State, WithdrawReason) for choice in kind]  # fmt: skip
    urns = [
        value
        for name, value in vars(codes).items()
        if name.isupper() and str(value)[:3] == "urn"
    ]
    metadata = ours.get("metadata").content.decode()
    task = theirs.task(sent.code)
    shown = [
        theirs.get(path).content.decode()
        for path in (f"Task/{sent.code}", "Task", f"ServiceRequest/{sent.code}",
                     task["for"]["reference"])
    ]  # fmt: skip

    said = " ".join([*words, *urns, metadata, *shown]).lower()
    for word in ("traffick", "victim", "exploit", "slavery", "abuse", "violence", "prostitut"):
        assert word not in said


def test_the_statement_of_what_can_be_done_is_open_to_all(client: Any, db: None) -> None:
    answer = client.get("/fhir/metadata")

    body = valid(answer.json())
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/fhir+json")
    assert {each["type"]: [i["code"] for i in each["interaction"]]
            for each in body["rest"][0]["resource"]} == {
        "Task": ["read", "search-type", "update"],
        "ServiceRequest": ["read"], "Patient": ["read"], "Organization": ["read"],
    }  # fmt: skip
