"""Two at once: exactly one wins, and the loser is told how things stand."""

import datetime as dt
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.actions import consent as consents
from cases.actions import lifecycle
from cases.actions import override as overrides
from cases.actions.consent import Giving, Scope
from cases.models import Case, CaseAccess, Consent
from demo import builders as make
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import DataGroup
from notify import delivery, ladder
from notify.models import Clock, Delivery, Event, Rung, Task
from referral import queries
from referral.actions import (
    answering,
    closing,
    leaving,
    recalling,
    sending,
    transferring,
)
from referral.models import Referral
from referral.tasks import expire
from tests.notify.sink import serving

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(5)
HOUR = dt.timedelta(hours=1)
Act = Callable[[], Any]


def at_once(*acts: Act) -> list[Any]:
    """Run the acts in threads that start together; a refusal counts as its code."""
    barrier = Barrier(len(acts))

    def run(act: Act) -> Any:
        try:
            barrier.wait()
            return act()
        except (Refused, Denied) as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def state_after(act: Callable[[], Referral]) -> Act:
    return lambda: str(act().state)


def accept(code: str, by: Member) -> Act:
    at = timezone.now()
    return state_after(
        lambda: answering.accept(
            code=code, contact=by, first_contact_at=at + dt.timedelta(hours=1), by=by, at=at
        )
    )


def assert_access_is_what_the_rule_says(referral: Referral) -> None:
    now = timezone.now()
    case = Case.objects.select_related("owner", "worker").get(pk=referral.case_id)
    assert queries.stored_access(case, at=now) == queries.expected_access(case, at=now)


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_focal_points_accept_and_one_wins(
    _round: int, sent: Referral, receiver: Member
) -> None:
    rival = make.make_member(agency=receiver.agency, role=Role.FOCAL_POINT)

    outcomes = at_once(accept(sent.code, receiver), accept(sent.code, rival))

    assert sorted(outcomes) == ["accepted", "cannot_accept_when_accepted"]
    assert Event.objects.filter(kind="referral.accepted").count() == 1


def test_the_loser_is_told_the_new_state_over_http(
    sent: Referral, receiver: Member, signed_in: Any
) -> None:
    rival = make.make_member(agency=receiver.agency, role=Role.FOCAL_POINT)
    soon = (timezone.now() + dt.timedelta(hours=1)).isoformat()

    def post(member: Member) -> Act:
        client = signed_in(member)
        body = {"contact": member.username, "first_contact_at": soon}
        return lambda: client.post(f"referrals/{sent.code}/accept/", body)

    answers = at_once(post(receiver), post(rival))

    assert sorted((a.status_code, a.json()["state"]) for a in answers) == [
        (200, "accepted"),
        (409, "accepted"),
    ]


@pytest.mark.parametrize("_round", ROUNDS)
def test_accepting_and_withdrawing_leave_one_truth(
    _round: int, sent: Referral, receiver: Member, sender: Member
) -> None:
    withdraw = state_after(
        lambda: recalling.withdraw(
            code=sent.code, reason="safety", by=sender, at=timezone.now()
        )
    )

    outcomes = at_once(accept(sent.code, receiver), withdraw)

    sent.refresh_from_db()
    # An accepted referral may be withdrawn right after; a withdrawn one is never accepted.
    assert outcomes[1] == sent.state == "withdrawn"
    assert outcomes[0] in {"accepted", "cannot_accept_when_withdrawn"}
    assert CaseAccess.objects.filter(source=sent.code).count() == 0
    assert_access_is_what_the_rule_says(sent)


@pytest.mark.parametrize("_round", ROUNDS)
def test_nothing_is_disclosed_after_a_withdrawn_consent(
    _round: int, sender: Member, receiver: Member
) -> None:
    service = make.make_service(agency=receiver.agency)
    case = make.make_case(by=sender)
    consent = make.make_consent(case=case, to=receiver.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)

    outcomes = at_once(
        lambda: str(sending.send(code=draft.code, by=sender, at=timezone.now()).state),
        lambda: str(
            recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now()).state
        ),
    )

    draft.refresh_from_db()
    assert outcomes[1] == "withdrawn"
    assert (outcomes[0], draft.state) in {
        ("sent", "withdrawn"),
        ("no_consent_for_triage", "draft"),
    }
    assert CaseAccess.objects.filter(source=draft.code).count() == 0


def held_open(act: Act, *, then: Act) -> list[Any]:
    """Do `act` in a transaction that stays open until `then` has ended or visibly waits."""
    done, may_commit = Signal(), Signal()

    def first() -> Any:
        with transaction.atomic():
            outcome = act()
            done.set()
            may_commit.wait(10)
        return outcome

    def second() -> Any:
        done.wait(10)
        return then()

    def release() -> None:
        done.wait(10)
        for _ in range(100):
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
            time.sleep(0.01)
        may_commit.set()

    return at_once(first, second, release)[:2]


def test_a_withdrawal_waits_for_a_send_that_leans_on_the_consent(
    sender: Member, receiver: Member
) -> None:
    service = make.make_service(agency=receiver.agency)
    case = make.make_case(by=sender)
    consent = make.make_consent(case=case, to=receiver.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)

    held_open(
        lambda: sending.send(code=draft.code, by=sender, at=timezone.now()),
        then=lambda: recalling.withdraw_consent(
            code=consent.code, by=sender, at=timezone.now()
        ),
    )

    draft.refresh_from_db()
    assert draft.state == "withdrawn"
    assert CaseAccess.objects.filter(source=draft.code).count() == 0


def test_a_send_waits_for_a_withdrawal_and_is_refused(sender: Member, receiver: Member) -> None:
    service = make.make_service(agency=receiver.agency)
    case = make.make_case(by=sender)
    consent = make.make_consent(case=case, to=receiver.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)

    _, answer = held_open(
        lambda: recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now()),
        then=lambda: refusal_of(sending.send, code=draft.code, by=sender, at=timezone.now()),
    )

    draft.refresh_from_db()
    assert (answer, draft.state) == ("no_consent_for_triage", "draft")


def refusal_of(act: Callable[..., Any], **words: Any) -> str:
    try:
        return str(act(**words))
    except (Refused, Denied) as refusal:
        return refusal.code


@pytest.mark.parametrize("_round", ROUNDS)
def test_accepting_never_opens_what_a_withdrawn_consent_closed(
    _round: int, sent: Referral, receiver: Member, sender: Member
) -> None:
    consent = Consent.objects.get(case=sent.case)

    outcomes = at_once(
        accept(sent.code, receiver),
        lambda: str(
            recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now()).state
        ),
    )

    sent.refresh_from_db()
    assert (outcomes[1], sent.state) == ("withdrawn", "withdrawn")
    assert CaseAccess.objects.filter(source=sent.code).count() == 0


@pytest.mark.parametrize("_round", ROUNDS)
def test_an_answer_at_the_last_moment_and_the_clock_leave_one_end(
    _round: int, sent: Referral, receiver: Member
) -> None:
    past = timezone.now() - dt.timedelta(hours=1)
    Rung.objects.update(fired_at=past)
    Clock.objects.update(lapses_at=past)

    outcomes = at_once(accept(sent.code, receiver), expire)

    sent.refresh_from_db()
    assert (outcomes[0], sent.state) in {
        ("accepted", "accepted"),
        ("cannot_accept_when_expired", "expired"),
    }
    assert (
        Event.objects.filter(kind__in=["referral.accepted", "referral.expired"])
        .values("kind")
        .distinct()
        .count()
        == 1
    )
    assert_access_is_what_the_rule_says(sent)


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_leaver_never_stays_the_contact(
    _round: int, sent: Referral, receiver: Member
) -> None:
    admin = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    make.make_member(agency=receiver.agency, role=Role.SUPERVISOR)

    def accept_or_be_gone() -> Any:
        try:
            return accept(sent.code, receiver)()
        except Invalid as refusal:
            return refusal.code

    at_once(
        accept_or_be_gone,
        lambda: leaving.leave(member=receiver, by=admin, at=timezone.now()),
    )

    sent.refresh_from_db()
    assert sent.contact is None
    assert CaseAccess.objects.filter(group=receiver.own_group_id).count() == 0
    assert_access_is_what_the_rule_says(sent)


def test_nobody_becomes_the_contact_while_leaving(sent: Referral, receiver: Member) -> None:
    admin = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    colleague = make.make_member(agency=receiver.agency, role=Role.FOCAL_POINT)
    at = timezone.now()

    def name_the_leaver() -> str:
        try:
            answering.accept(
                code=sent.code,
                contact=receiver,
                first_contact_at=at + HOUR,
                by=colleague,
                at=at,
            )
        except Invalid as refusal:
            return refusal.code
        return "accepted"

    _, answer = held_open(
        lambda: leaving.leave(member=receiver, by=admin, at=at), then=name_the_leaver
    )

    sent.refresh_from_db()
    assert (answer, sent.state) == ("not_a_caseworker_of_the_receiver", "sent")


def test_one_override_is_decided_once(sender: Member) -> None:
    bosses = [make.make_member(agency=sender.agency, role=Role.SUPERVISOR) for _ in range(2)]
    asked = overrides.ask(
        code=make.make_case(by=sender).code,
        agency=make.make_agency(),
        groups=[DataGroup.IDENTITY],
        ground="vital_interests",
        reason="Her life is in danger tonight, and she cannot be asked.",
        by=sender,
        at=timezone.now(),
    )

    def decide(boss: Member, *, yes: bool) -> Act:
        return lambda: str(
            overrides.decide(code=asked.code, approve=yes, by=boss, at=timezone.now()).state
        )

    outcomes = at_once(decide(bosses[0], yes=True), decide(bosses[1], yes=False))

    asked.refresh_from_db()
    assert sorted(outcomes) in (
        ["approved", "cannot_refuse_when_approved"],
        ["cannot_approve_when_refused", "refused"],
    )
    assert asked.state in outcomes


def test_two_relays_never_take_the_same_mail(sent: Referral, receiver: Member) -> None:
    event = Event.objects.first()
    Delivery.objects.all().delete()
    for _ in range(60):
        another = Event.objects.create(
            kind="referral.sent", subject=sent.code, happened_at=timezone.now()
        )
        Delivery.objects.create(
            event=another, member=receiver, channel="email", next_at=timezone.now()
        )

    def claim_all() -> list[int]:
        taken: list[int] = []
        while batch := delivery.claim(timezone.now()):
            taken += [d.pk for d in batch]
        return taken

    claims = at_once(*[claim_all] * 4)

    taken = [pk for claim in claims for pk in claim]
    assert event is not None
    assert (len(taken), len(set(taken))) == (60, 60)


def test_two_ladders_never_climb_the_same_rung(sent: Referral) -> None:
    later = timezone.now() + dt.timedelta(days=30)
    # Those of the referral, and those by which the case's first assessment is owed.
    rungs = len(ladder.OTHER) + len(ladder.OWN_WORK)

    fired = at_once(*[lambda: ladder.fire_due(later)] * 4)

    assert sum(fired) == rungs
    assert Event.objects.filter(kind__startswith="deadline").count() == rungs


def test_one_key_posted_twice_at_once_registers_one_case(
    sender: Member, signed_in: Any
) -> None:
    client = signed_in(sender)

    def post() -> Any:
        return client.post("cases/", {"source": "self"}, HTTP_IDEMPOTENCY_KEY="same")

    answers = at_once(post, post)

    assert [a.status_code for a in answers] in ([201, 200], [200, 201])
    assert len({a.json()["code"] for a in answers}) == 1
    assert Case.objects.count() == 1


def two_asked(sender: Member) -> tuple[list[Referral], list[Member]]:
    """One person's two referrals, to two agencies, each with somebody to answer it."""
    case = make.make_case(by=sender)
    answerers = [make.make_member(role=Role.FOCAL_POINT) for _ in range(2)]
    referrals = []
    for member in answerers:
        make.make_consent(case=case, to=member.agency, by=sender)
        service = make.make_service(agency=member.agency)
        draft = make.make_draft(case=case, service=service, by=sender)
        referrals.append(sending.send(code=draft.code, by=sender, at=timezone.now()))
    return referrals, answerers


def decline(code: str, by: Member) -> Act:
    return state_after(
        lambda: answering.decline(code=code, reason="no_capacity", by=by, at=timezone.now())
    )


@pytest.mark.parametrize("answer", [accept, decline])
@pytest.mark.parametrize("_round", ROUNDS)
def test_two_agencies_answer_for_one_person_at_once(
    _round: int, answer: Callable[[str, Member], Act], sender: Member
) -> None:
    referrals, members = two_asked(sender)

    outcomes = at_once(*[answer(r.code, m) for r, m in zip(referrals, members, strict=True)])

    assert len(set(outcomes)) == 1
    assert outcomes[0] in {"accepted", "declined"}
    assert_access_is_what_the_rule_says(referrals[0])


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_consent_is_withdrawn_while_others_answer(_round: int, sender: Member) -> None:
    referrals, members = two_asked(sender)
    consent = Consent.objects.get(scopes__agency=members[0].agency, scopes__group="triage")

    outcomes = at_once(
        lambda: str(
            recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now()).state
        ),
        decline(referrals[1].code, members[1]),
    )

    assert outcomes == ["withdrawn", "declined"]
    assert CaseAccess.objects.filter(because="referred").count() == 0


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_case_moves_while_a_referral_of_it_is_accepted(
    _round: int, sent: Referral, sender: Member, receiver: Member
) -> None:
    ours = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    theirs = make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )
    make.make_consent(case=sent.case, to=theirs.agency, by=sender)
    transfer = transferring.propose(
        code=sent.case.code, to=theirs.agency, note="Moves.", by=ours, at=timezone.now()
    )

    outcomes = at_once(
        accept(sent.code, receiver),
        lambda: str(
            transferring.answer(
                code=transfer.code, accept=True, by=theirs, at=timezone.now()
            ).state
        ),
    )

    sent.refresh_from_db()
    assert outcomes == ["accepted", "accepted"]
    assert sent.sender == theirs.agency
    assert_access_is_what_the_rule_says(sent)


@pytest.mark.parametrize("first", ["give", "close"])
def test_a_case_closes_with_no_consent_left_or_not_at_all(first: str, sender: Member) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    case = make.make_case(by=sender)
    at = timezone.now()
    lifecycle.plan_follow_ups(code=case.code, dates=[], by=sender, at=at)
    scopes = [Scope(make.make_agency(), DataGroup.TRIAGE, "service")]
    drafted = consents.draft(code=case.code, scopes=scopes, expires_at=None, by=sender, at=at)
    giving = Giving(given_by="self", form="written", language="bel")

    def give() -> str:
        return refusal_of(
            recalling.give_consent, code=drafted.code, giving=giving, by=sender, at=at
        )

    def close() -> str:
        return refusal_of(closing.close, code=case.code, closure="goals_met", by=boss, at=at)

    _, answer = held_open(give, then=close) if first == "give" else held_open(close, then=give)

    case.refresh_from_db()
    drafted.refresh_from_db()
    assert (answer, case.state, drafted.state) == (
        ("checklist_consents_ended", "open", "active")
        if first == "give"
        else ("case_is_closed", "closed", "draft")
    )


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_relays_send_each_mail_once(
    _round: int, sent: Referral, receiver: Member, settings: Any
) -> None:
    Delivery.objects.all().delete()
    for _ in range(20):
        event = Event.objects.create(
            kind="referral.sent", subject=sent.code, happened_at=timezone.now()
        )
        Delivery.objects.create(
            event=event, member=receiver, channel="email", next_at=timezone.now()
        )
    with serving() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port

        tried = at_once(*[lambda: delivery.relay_due(timezone.now())] * 2)

    ids = [mail["Message-ID"] for mail in server.mails]
    assert (sum(tried), len(ids), len(set(ids))) == (20, 20, 20)
    assert Delivery.objects.filter(state="done", attempts=1).count() == 20


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_leaver_hands_over_while_a_consent_is_withdrawn(
    _round: int, accepted: Referral, receiver: Member, sender: Member
) -> None:
    admin = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    consent = Consent.objects.get(case=accepted.case)

    at_once(
        lambda: leaving.leave(member=receiver, by=admin, at=timezone.now()),
        lambda: recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now()),
    )

    accepted.refresh_from_db()
    receiver.refresh_from_db()
    assert (accepted.state, receiver.is_active) == ("withdrawn", False)
    assert CaseAccess.objects.filter(source=accepted.code).count() == 0


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_clocks_expire_a_referral_once(_round: int, sent: Referral, sender: Member) -> None:
    past = timezone.now() - HOUR
    Rung.objects.update(fired_at=past)
    Clock.objects.update(lapses_at=past)

    at_once(expire, expire)

    sent.refresh_from_db()
    assert sent.state == "expired"
    assert Event.objects.filter(kind="referral.expired").count() == 2, "one for each side"
    assert Task.objects.filter(subject=sent.code, kind="reroute").count() == 1


def test_an_acceptance_that_waited_for_an_assignment_counts_it_in(
    sent: Referral, receiver: Member
) -> None:
    worker = make.make_member(agency=receiver.agency)

    _, outcome = held_open(
        lambda: answering.assign(code=sent.code, to=worker, by=receiver, at=timezone.now()),
        then=accept(sent.code, receiver),
    )

    sent.refresh_from_db()
    assert (outcome, sent.assignee) == ("accepted", worker)
    assert_access_is_what_the_rule_says(sent)


def test_an_acceptance_that_waited_for_a_transfer_is_made(
    sent: Referral, sender: Member, receiver: Member
) -> None:
    ours = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    theirs = make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )
    make.make_consent(case=sent.case, to=theirs.agency, by=sender)
    at = timezone.now()
    transfer = transferring.propose(
        code=sent.case.code, to=theirs.agency, note="Moves.", by=ours, at=at
    )

    _, outcome = held_open(
        lambda: transferring.answer(code=transfer.code, accept=True, by=theirs, at=at),
        then=accept(sent.code, receiver),
    )

    assert outcome == "accepted"
    assert_access_is_what_the_rule_says(sent)
