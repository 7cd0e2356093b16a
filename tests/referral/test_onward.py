"""A receiver proposes that somebody else help, too: the sender and the consent decide."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from agencies.clocks import Urgency
from agencies.models import Member, Service
from agencies.roles import Role
from audit.models import AuditEvent
from cases.actions import exclusion
from cases.apart import Whom
from cases.models import CaseAccess
from demo import builders as make
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import DataGroup
from notify.models import Clock, Delivery, Task
from referral.actions import answering, helping, leaving, onward, recalling, transferring
from referral.models import Onward, Referral
from tests.referral.test_race import at_once

HOUR = dt.timedelta(hours=1)
REASON = "She needs a lawyer before Friday."


@pytest.fixture
def elsewhere(db: None) -> Service:
    """A service of a third agency that takes everybody."""
    return make.make_service(agency=make.make_agency())


def now() -> dt.datetime:
    return timezone.now()


def propose(referral: Referral, service: Service, by: Member, **words: Any) -> Onward:
    facts: dict[str, Any] = {
        "groups": make.USUAL,
        "urgency": Urgency.URGENT,
        "reason": REASON,
    }
    return onward.propose(
        code=referral.code, service=service, **(facts | words), by=by, at=now()
    )


def approve(proposed: Onward, by: Member) -> Onward:
    return onward.approve(code=proposed.code, by=by, at=now())


def decline(proposed: Onward, by: Member) -> Onward:
    return onward.decline(code=proposed.code, by=by, at=now())


def world() -> tuple[Any, ...]:
    """All that an act on a proposal could have written."""
    return (
        list(Onward.objects.order_by("pk").values_list("code", "state", "sent_as")),
        list(Referral.objects.order_by("pk").values_list("code", "state", "version")),
        CaseAccess.objects.count(),
        Clock.objects.count(),
        Delivery.objects.count(),
        list(Task.objects.order_by("pk").values_list("code", "done_at")),
    )


def refused(act: Any, *words: Any, **more: Any) -> str:
    """The code of the refusal with its place, and that nothing of the act has stayed."""
    before = world()
    with pytest.raises((Refused, Denied, Invalid)) as refusal:
        act(*words, **more)
    assert world() == before
    return f"{refusal.value.code} {refusal.value.pointer}".strip()


def bells(member: Member) -> list[tuple[str, str]]:
    rung = Delivery.objects.filter(member=member, channel="in_app").order_by("pk")
    return list(rung.values_list("event__kind", "event__subject"))


def tasks(kind: str = "answer_onward") -> list[tuple[Any, ...]]:
    """Subject, agency, assignee, who has done it and whether it is open, of each."""
    rows = Task.objects.filter(kind=kind).select_related("agency", "assignee", "done_by")
    return [
        (
            task.subject, task.agency.code, task.assignee and task.assignee.username,
            task.done_by and task.done_by.username, task.done_at is None,
        )
        for task in rows.order_by("pk")
    ]  # fmt: skip


def running(proposed: Onward) -> int:
    """How many clocks run for its answer."""
    return Clock.objects.filter(subject=proposed.code, stopped_at__isnull=True).count()


# Proposing


def brought_to(
    state: str, sent: Referral, sender: Member, receiver: Member, service: Service
) -> Referral:
    """The referral in this state, by the acts that lead there."""
    words: Any = {"code": sent.code, "at": now()}
    if state == "draft":
        return make.make_draft(case=sent.case, service=service, by=sender)
    if state == "received":
        answering.receive(**words, by=receiver)
    elif state == "info_requested":
        answering.request_info(**words, question="Which languages?", by=receiver)
    elif state == "declined":
        answering.decline(**words, reason="no_capacity", by=receiver)
    elif state == "withdrawn":
        make.make_accepted(sent=sent, by=receiver)
        recalling.withdraw(**words, reason="safety", by=sender)
    elif state in {"accepted", "in_service", "completed", "confirmed"}:
        accepted = make.make_accepted(sent=sent, by=receiver)
        if state != "accepted":
            make.make_met(accepted=accepted, receiver=receiver, sender=sender)
        if state in {"completed", "confirmed"}:
            helping.complete(**words, outcome="service_provided", feedback="Well.", by=receiver)
        if state == "confirmed":
            helping.confirm(**words, service_received="yes", by=sender)
    sent.refresh_from_db()
    assert sent.state == state
    return sent


@pytest.mark.parametrize("state", ["accepted", "in_service", "completed"])
def test_who_helps_proposes_while_it_helps_and_right_after(
    state: str, sent: Referral, sender: Member, receiver: Member, service: Service,
    elsewhere: Service,
) -> None:  # fmt: skip
    referral = brought_to(state, sent, sender, receiver, service)
    version, opened = referral.version, CaseAccess.objects.count()

    proposed = propose(referral, elsewhere, receiver)

    assert (proposed.state, proposed.groups, proposed.sent_as) == (
        "proposed", ["triage", "identity", "contact", "safety"], None,
    )  # fmt: skip
    referral.refresh_from_db()
    assert (referral.state, referral.version) == (state, version)
    assert CaseAccess.objects.count() == opened
    assert Referral.objects.count() == 1
    assert REASON.encode() not in bytes(proposed.reason)


@pytest.mark.parametrize(
    "state",
    ["sent", "received", "info_requested", "confirmed", "declined", "withdrawn"],
)
def test_who_does_not_help_proposes_nothing(
    state: str, sent: Referral, sender: Member, receiver: Member, service: Service,
    elsewhere: Service,
) -> None:  # fmt: skip
    referral = brought_to(state, sent, sender, receiver, service)

    assert refused(propose, referral, elsewhere, receiver) == (
        f"cannot_propose_onward_when_{state}"
    )


def test_nobody_but_the_receivers_side_proposes(
    accepted: Referral, sender: Member, receiver: Member, stranger: Member, elsewhere: Service
) -> None:
    others = [
        sender,
        make.make_member(agency=sender.agency, role=Role.SUPERVISOR),
        stranger,
        make.make_member(agency=elsewhere.agency, role=Role.FOCAL_POINT),
        make.make_member(agency=receiver.agency),
        make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN),
    ]

    for other in others:
        assert refused(propose, accepted, elsewhere, other) == (
            "not_your_side_to_propose_onward"
        ), other.role


def test_over_http_a_stranger_finds_nothing_and_the_sender_is_denied(
    accepted: Referral, sender: Member, receiver: Member, stranger: Member,
    elsewhere: Service, signed_in: Any,
) -> None:  # fmt: skip
    url = f"referrals/{accepted.code}/onward/"
    body = {
        "service": elsewhere.code, "urgency": "urgent", "groups": ["identity"],
        "reason": REASON,
    }  # fmt: skip

    answers = [signed_in(each).post(url, body) for each in (stranger, sender, receiver)]

    assert [answer.status_code for answer in answers] == [404, 403, 201]
    assert answers[1].json()["code"] == "not_your_side_to_propose_onward"
    unknown = signed_in(receiver).post(url, body | {"service": "SV-2222-2222"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_service")


def test_a_worker_who_is_named_proposes(
    sent: Referral, receiver: Member, elsewhere: Service
) -> None:
    worker = make.make_member(agency=receiver.agency)
    answering.assign(code=sent.code, to=worker, by=receiver, at=now())
    accepted = make.make_accepted(sent=sent, by=receiver)

    assert propose(accepted, elsewhere, worker).proposed_by == worker


def test_nobody_is_proposed_to_whom_the_person_is_already_with(
    accepted: Referral, sender: Member, receiver: Member, service: Service
) -> None:
    ours = make.make_service(agency=sender.agency)
    theirs = make.make_service(agency=receiver.agency)

    for own in (service, theirs, ours):
        assert refused(propose, accepted, own, receiver) == "service_of_own_agency /service"


def test_only_groups_that_may_be_shown_to_that_kind_of_agency(
    accepted: Referral, receiver: Member, elsewhere: Service
) -> None:
    told = refused(propose, accepted, elsewhere, receiver, groups=[DataGroup.TRAFFICKING])

    assert told == "group_not_for_this_kind_of_agency /groups"


def test_the_same_service_is_not_proposed_twice_at_once(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    first = propose(accepted, elsewhere, receiver)

    assert refused(propose, accepted, elsewhere, receiver) == "onward_is_proposed"
    other = propose(accepted, make.make_service(agency=elsewhere.agency), receiver)
    decline(first, sender)
    again = propose(accepted, elsewhere, receiver)
    assert [first.state, other.state, again.state] == ["proposed"] * 3
    assert list(Onward.objects.order_by("pk").values_list("state", flat=True)) == [
        "declined", "proposed", "proposed",
    ]  # fmt: skip


def test_the_sender_gets_a_task_and_a_notice_and_is_done_with_the_last_answer(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    before, home = bells(sender), sender.agency.code
    first = propose(accepted, elsewhere, receiver)
    second = propose(accepted, make.make_service(agency=elsewhere.agency), receiver)
    open_task = (accepted.code, home, sender.username, None, True)

    assert tasks() == [open_task] * 2
    assert bells(sender) == before + [("onward.proposed", accepted.code)] * 2
    decline(first, sender)
    assert tasks() == [open_task] * 2
    assert (running(first), running(second)) == (0, 1)
    clock = Clock.objects.get(subject=second.code)
    assert (clock.purpose, clock.sender, clock.receiver, clock.case) == (
        "onward", sender.agency, sender.agency, accepted.case.code,
    )  # fmt: skip
    decline(second, sender)
    assert running(second) == 0
    assert tasks() == [(accepted.code, home, sender.username, sender.username, False)] * 2


def test_a_case_without_a_worker_leaves_it_to_the_supervisors(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    leaving.leave(member=sender, by=admin, at=now())

    propose(accepted, elsewhere, receiver)

    assert tasks() == [(accepted.code, sender.agency.code, None, None, True)]
    assert Task.objects.get(kind="answer_onward").role == "supervisor"
    assert bells(boss)[-1] == ("onward.proposed", accepted.code)


# Answering


def test_a_yes_is_the_senders_own_referral(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    theirs = make.make_member(agency=elsewhere.agency, role=Role.FOCAL_POINT)
    proposed = propose(accepted, elsewhere, receiver, urgency=Urgency.EMERGENCY)
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    told = len(bells(receiver))

    approve(proposed, sender)

    proposed.refresh_from_db()
    made = Referral.objects.exclude(pk=accepted.pk).get()
    assert (proposed.state, proposed.sent_as, proposed.answered_by) == (
        "approved", made, sender,
    )  # fmt: skip
    assert (made.state, made.sender, made.receiver, made.service, made.sent_by) == (
        "sent", sender.agency, elsewhere.agency, elsewhere, sender,
    )  # fmt: skip
    assert (made.case, made.groups, made.urgency, made.purpose, made.instead_of) == (
        accepted.case, proposed.groups, "emergency", accepted.purpose, None,
    )  # fmt: skip
    assert made.purpose_note is None, "the receiver's words do not go to a third"
    assert Clock.objects.get(subject=made.code).purpose == "reply"
    assert bells(theirs) == [("referral.sent", made.code)]
    assert bells(receiver)[told:] == [("onward.answered", accepted.code)]
    assert tasks() == [
        (accepted.code, sender.agency.code, sender.username, sender.username, False)
    ]


@pytest.mark.parametrize("missing", ["triage", "identity", "contact", "safety"])
def test_without_a_consent_for_each_group_nothing_is_sent_and_no_draft_is_left(
    missing: str, accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    proposed = propose(accepted, elsewhere, receiver)
    groups = [DataGroup(g) for g in ("identity", "contact", "safety") if g != missing]
    consent = make.make_consent(
        case=accepted.case, to=elsewhere.agency, by=sender, groups=groups
    )
    if missing == "triage":
        consent.scopes.filter(group="triage").delete()

    assert refused(approve, proposed, sender) == f"no_consent_for_{missing}"

    assert list(Referral.objects.values_list("code", flat=True)) == [accepted.code]
    assert tasks() == [(accepted.code, sender.agency.code, sender.username, None, True)]


def test_a_consent_that_has_ended_or_is_for_another_agency_or_purpose_is_none(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    proposed = propose(accepted, elsewhere, receiver)
    make.make_consent(case=accepted.case, to=make.make_agency(), by=sender)
    make.make_consent(
        case=accepted.case, to=elsewhere.agency, by=sender, purpose="identification"
    )
    assert refused(approve, proposed, sender) == "no_consent_for_triage"
    given = make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    recalling.withdraw_consent(code=given.code, by=sender, at=now())

    assert refused(approve, proposed, sender) == "no_consent_for_triage"


def test_an_agency_kept_apart_is_not_possible_and_nobody_says_why(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service, signed_in: Any
) -> None:
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    exclusion.exclude(
        code=accepted.case.code, whom=Whom(agency=elsewhere.agency), by=sender, at=now()
    )

    proposed = propose(accepted, elsewhere, receiver)

    assert refused(approve, proposed, sender) == "not_possible"
    answer = signed_in(sender).post(f"onwards/{proposed.code}/approve/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_possible")


def test_a_no_sends_nothing_and_tells_the_receiver(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    proposed = propose(accepted, elsewhere, receiver)
    told = len(bells(receiver))

    decline(proposed, sender)

    proposed.refresh_from_db()
    assert (proposed.state, proposed.sent_as, proposed.answered_by) == (
        "declined", None, sender,
    )  # fmt: skip
    assert Referral.objects.count() == 1
    assert bells(receiver)[told:] == [("onward.answered", accepted.code)]


@pytest.mark.parametrize("first", [approve, decline])
@pytest.mark.parametrize("second", [approve, decline])
def test_what_is_answered_is_not_answered_again(
    first: Any, second: Any, accepted: Referral, sender: Member, receiver: Member,
    elsewhere: Service,
) -> None:  # fmt: skip
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    proposed = propose(accepted, elsewhere, receiver)
    first(proposed, sender)

    assert refused(second, proposed, sender) == "onward_is_answered"


@pytest.mark.parametrize("answer", [approve, decline])
def test_nobody_but_the_senders_side_answers(
    answer: Any, accepted: Referral, sender: Member, receiver: Member, stranger: Member,
    elsewhere: Service, signed_in: Any,
) -> None:  # fmt: skip
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    proposed = propose(accepted, elsewhere, receiver)
    third = make.make_member(agency=elsewhere.agency, role=Role.FOCAL_POINT)

    for other in (receiver, stranger, third, make.make_member(agency=sender.agency)):
        assert refused(answer, proposed, other) == "only_the_sender_may_answer"
    url = f"onwards/{proposed.code}/{answer.__name__}/"
    assert [signed_in(who).post(url).status_code for who in (receiver, stranger, third)] == [
        403, 404, 404,
    ]  # fmt: skip
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    assert answer(proposed, boss).answered_by == boss


@pytest.mark.parametrize("answer", [approve, decline])
def test_a_proposal_ends_with_a_referral_that_was_withdrawn(
    answer: Any, accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    proposed = propose(accepted, elsewhere, receiver)
    assert running(proposed) == 1

    recalling.withdraw(code=accepted.code, reason="safety", by=sender, at=now())

    assert refused(answer, proposed, sender) == "onward_is_answered"
    proposed.refresh_from_db()
    assert (proposed.state, proposed.answered_by, proposed.sent_as) == ("ended", None, None)
    assert running(proposed) == 0
    assert tasks() == [(accepted.code, sender.agency.code, sender.username, None, False)]


def test_a_proposal_that_ends_with_its_referral_is_no_deadline_of_the_case_any_more(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    proposed = propose(accepted, elsewhere, receiver)
    # The nearest of all, so that the copy on the lists shows it.
    Clock.objects.filter(subject=proposed.code).update(due_at=now() + HOUR)
    attempt: Any = {"code": accepted.code, "tried_at": now(), "by": receiver, "at": now()}
    for _ in range(3):
        helping.log_attempt(**attempt, channel="phone", result="no_answer")

    helping.not_reached(code=accepted.code, by=receiver, at=now())

    assert running(proposed) == 0
    (left,) = Clock.objects.filter(case=accepted.case.code, stopped_at__isnull=True)
    rows = CaseAccess.objects.filter(content_object=accepted.case)
    assert set(rows.values_list("due_at", flat=True)) == {left.due_at}


def test_what_was_proposed_in_time_is_answered_after_the_loop_was_closed(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    proposed = propose(accepted, elsewhere, receiver)
    words: Any = {"code": accepted.code, "at": now()}
    helping.complete(**words, outcome="service_provided", feedback="Well.", by=receiver)
    helping.confirm(**words, service_received="yes", by=sender)

    assert approve(proposed, sender).state == "approved"


def test_the_next_owner_answers_what_was_proposed_to_the_one_before(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    ours = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    theirs = make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )
    for agency in (theirs.agency, elsewhere.agency):
        make.make_consent(case=accepted.case, to=agency, by=sender)
    proposed = propose(accepted, elsewhere, receiver)
    moved = transferring.propose(
        code=accepted.case.code, to=theirs.agency, note="Moves.", by=ours, at=now()
    )
    transferring.answer(code=moved.code, accept=True, by=theirs, at=now())
    assert tasks() == [(accepted.code, theirs.agency.code, None, None, True)]

    assert refused(approve, proposed, ours) == "only_the_sender_may_answer"
    approve(proposed, theirs)

    proposed.refresh_from_db()
    assert proposed.sent_as is not None
    assert proposed.sent_as.sender == theirs.agency
    assert tasks() == [(accepted.code, theirs.agency.code, None, theirs.username, False)]


# What each side sees


LINE = {
    "code", "referral", "service", "service_name", "urgency", "groups", "state",
    "proposed_at", "answered_at",
}  # fmt: skip


def test_the_proposer_sees_what_became_of_it_and_no_more(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service, signed_in: Any
) -> None:
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    client = signed_in(receiver)
    answer = client.post(
        f"referrals/{accepted.code}/onward/",
        {"service": elsewhere.code, "urgency": "urgent", "groups": ["identity", "safety"],
         "reason": REASON},
    )  # fmt: skip
    shown = answer.json()
    assert (answer.status_code, set(shown), shown["state"]) == (201, LINE, "proposed")
    assert (shown["service"], shown["groups"]) == (
        elsewhere.code, ["triage", "identity", "safety"],
    )  # fmt: skip
    approve(Onward.objects.get(), sender)
    made = Referral.objects.exclude(pk=accepted.pk).get()

    after = client.get(f"onwards/{shown['code']}/").json()

    assert (set(after), after["state"]) == (LINE, "approved")
    (line,) = client.get(f"referrals/{accepted.code}/onward/").json()["results"]
    assert line == after
    for page in ("", "disclosure/", "preview/", "messages/", "onward/"):
        assert client.get(f"referrals/{made.code}/{page}").status_code == 404, page
    listed = client.get("referrals/", {"box": "in"}).json()["results"]
    assert [row["code"] for row in listed] == [accepted.code]
    everything = str([after, client.get(f"referrals/{accepted.code}/").json(), listed])
    assert made.code not in everything
    assert REASON not in str(after)


def test_the_sender_sees_the_reason_which_is_logged_and_what_was_sent(
    accepted: Referral, sender: Member, receiver: Member, elsewhere: Service, signed_in: Any
) -> None:
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    proposed = propose(accepted, elsewhere, receiver)
    client, url = signed_in(sender), f"onwards/{proposed.code}/"
    read = AuditEvent.objects.filter(actor=sender.username, case=accepted.case.code)
    count = read.count()

    before = client.get(url).json()

    assert set(before) == LINE | {"reason", "sent_as"}
    assert (before["reason"], before["sent_as"]) == (REASON, None)
    assert read.count() == count + 1
    assert read.order_by("-pk")[0].event == "read.onward"
    answered = client.post(f"{url}approve/").json()
    made = Referral.objects.exclude(pk=accepted.pk).get()
    assert (answered["state"], answered["sent_as"]) == ("approved", made.code)
    (line,) = client.get(f"referrals/{accepted.code}/onward/").json()["results"]
    assert (set(line), line["state"]) == (LINE, "approved")


def test_a_third_party_sees_no_proposal_even_when_it_is_referred_to(
    accepted: Referral, sender: Member, receiver: Member, stranger: Member,
    elsewhere: Service, signed_in: Any,
) -> None:  # fmt: skip
    third = make.make_member(agency=elsewhere.agency, role=Role.FOCAL_POINT)
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    proposed = approve(propose(accepted, elsewhere, receiver), sender)
    assert proposed.sent_as is not None

    for other in (
        stranger,
        third,
        make.make_member(agency=sender.agency),
        make.make_member(role=Role.COORDINATOR),
        make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN),
    ):
        client = signed_in(other)
        assert client.get(f"onwards/{proposed.code}/").status_code == 404, other.role
        assert client.get(f"referrals/{accepted.code}/onward/").status_code == 404, other.role
    shown = signed_in(third).get(f"referrals/{proposed.sent_as.code}/").json()
    assert (shown["sender"], "case" in shown) == (sender.agency.code, False)
    assert proposed.code not in str(shown)
    assert accepted.code not in str(shown)


# At once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_of_two_who_answer_at_once_one_wins(
    _round: int, accepted: Referral, sender: Member, receiver: Member, elsewhere: Service
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    make.make_consent(case=accepted.case, to=elsewhere.agency, by=sender)
    proposed = propose(accepted, elsewhere, receiver)

    outcomes = at_once(
        lambda: str(approve(proposed, sender).state),
        lambda: str(approve(proposed, boss).state),
        lambda: str(decline(proposed, boss).state),
    )

    proposed.refresh_from_db()
    assert sorted(outcomes) == sorted([proposed.state, *["onward_is_answered"] * 2])
    made = 1 if proposed.state == "approved" else 0
    assert Referral.objects.exclude(pk=accepted.pk).count() == made
    assert Referral.objects.filter(state="draft").count() == 0
