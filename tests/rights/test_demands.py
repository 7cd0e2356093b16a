"""Whoever was shown something of a person who is erased is asked to erase it, and says so."""

import datetime as dt

import pytest
from django.utils import timezone

from agencies.models import Member, Service
from agencies.roles import Role
from audit import log
from audit.models import AuditEvent
from cases import erasure
from cases.models import Case, Hold
from cases.workflow import HoldGround, HoldKind
from custody.models import Tombstone
from demo import builders as make
from guard.actions import glass
from kernel.errors import Denied, Refused
from kernel.groups import DataGroup
from notify import ladder
from notify.models import Clock, Delivery
from referral.actions import recalling
from referral.models import Referral
from rights import policy, queries
from rights.actions import demanding, restricting
from rights.models import Demand
from rights.workflow import Answer
from tests.rights.conftest import closed

pytestmark = pytest.mark.django_db
AN_ARCHIVE = "The court has asked for the whole file of it."


def erased(case: Case, officer: Member, boss: Member) -> Tombstone:
    closed(case)
    return erasure.destroy_person(
        code=case.person.code, because="adult", approved_by=boss, by=officer, at=timezone.now()
    )


def told(kind: str) -> set[str]:
    rows = Delivery.objects.filter(event__kind=kind, channel="in_app")
    return set(rows.values_list("member__username", flat=True))


def test_all_who_were_shown_something_are_asked_and_nobody_else(
    sender: Member, receiver: Member, stranger: Member, boss: Member, officer: Member,
    sent: Referral,
) -> None:  # fmt: skip
    case = sent.case
    other = make.make_service(agency=stranger.agency)
    # Drafted, and never sent: nothing was shown.
    make.make_consent(case=case, to=stranger.agency, by=sender)
    make.make_draft(case=case, service=other, by=sender)
    authority = make.make_authority()
    decides = make.make_officer(authority=authority)
    make.make_submitted(case=case, by=sender, authority=authority)
    helper = make.make_member()
    glass.break_glass(
        code=case.code, groups=[DataGroup.CONTACT], purpose="medical", reason=AN_ARCHIVE,
        by=helper, at=timezone.now(),
    )  # fmt: skip
    recalling.withdraw(code=sent.code, reason="not_needed", by=sender, at=timezone.now())

    erased(case, officer, boss)

    asked = {d.agency_id: d.groups for d in Demand.objects.all()}
    assert asked == {
        receiver.agency_id: ["triage", "identity", "contact", "safety"],
        authority.pk: ["triage", "screening"],
        helper.agency_id: ["contact"],
    }
    assert receiver.username in told("demand.sent")
    assert stranger.username not in told("demand.sent")
    clocks = Clock.objects.filter(purpose=Clock.Purpose.DEMAND, stopped_at__isnull=True)
    assert {clock.receiver_id for clock in clocks} == set(asked)
    assert policy.demands_to(decides).count() == 1


def test_the_asked_agency_answers_once_and_the_asker_is_told(
    sender: Member, receiver: Member, stranger: Member, boss: Member, officer: Member,
    sent: Referral,
) -> None:  # fmt: skip
    case = sent.case
    stone = erased(case, officer, boss)
    demand = Demand.objects.get()
    worker = make.make_member(agency=receiver.agency)

    def answer(by: Member) -> Demand:
        return demanding.answer(
            code=demand.code, answer=Answer.ERASED, by=by, at=timezone.now()
        )

    assert [policy.demands_to(m).count() for m in (receiver, stranger, worker, boss)] == [
        1, 0, 0, 0,
    ]  # fmt: skip
    assert not queries.certificate(boss, stone.person).is_answered
    for nobody in (stranger, worker, boss, officer):
        with pytest.raises(Denied, match="only_the_asked_agency_answers"):
            answer(nobody)
    answer(receiver)
    with pytest.raises(Refused, match="demand_was_answered"):
        answer(receiver)
    assert told("demand.answered") == {boss.username}
    assert not Clock.objects.filter(subject=demand.code, stopped_at__isnull=True).exists()
    found = queries.certificate(officer, stone.person)
    assert found.is_answered
    assert [(d.agency_id, d.answer) for d in found.demands] == [(receiver.agency_id, "erased")]
    assert queries.certificate(boss, stone.person).demands == found.demands
    for nobody in (sender, receiver, make.make_member(role=Role.SUPERVISOR)):
        with pytest.raises(Tombstone.DoesNotExist):
            queries.certificate(nobody, stone.person)


def test_silence_climbs_to_data_protection(
    receiver: Member, boss: Member, officer: Member, sent: Referral
) -> None:
    erased(sent.case, officer, boss)
    their_boss = make.make_member(agency=receiver.agency, role=Role.SUPERVISOR)
    at = timezone.now() + dt.timedelta(days=46)
    # Also what the recall has still to say climbs: so each is asked for by the demand's code.
    code = Demand.objects.get().code
    while ladder.fire_due(at):
        pass
    rows = Delivery.objects.filter(event__subject=code, channel="in_app")
    assert set(rows.values_list("member__username", flat=True)) == {
        receiver.username, their_boss.username, officer.username,
    }  # fmt: skip


def test_a_restored_copy_asks_nobody_twice(
    receiver: Member, boss: Member, officer: Member, sent: Referral
) -> None:
    case = sent.case
    person = case.person
    kept = (person.ring_key, bytes(person.wrapped_key))
    stone = erased(case, officer, boss)
    person.refresh_from_db()
    person.ring_key, person.wrapped_key = kept
    person.save()
    erasure.replay(person=person, stone=stone, by=log.Machine("restore"), at=timezone.now())
    assert Demand.objects.count() == 1


def set_hold(case: Case, kind: HoldKind, by: Member) -> Hold:
    ground = {HoldKind.LEGAL: HoldGround.COURT, HoldKind.RESTRICTION: HoldGround.CONTESTED}
    return restricting.set_hold(
        code=case.code, kind=kind, ground=ground[kind], reason=AN_ARCHIVE,
        look_again_on=make.today() + dt.timedelta(days=60), by=by, at=timezone.now(),
    )  # fmt: skip


def test_a_restriction_stops_what_is_new_and_lets_help_go_on(
    sender: Member, receiver: Member, boss: Member, officer: Member, service: Service,
    accepted: Referral,
) -> None:  # fmt: skip
    case = accepted.case
    before, _ = _verbs(sender, case)
    hold = set_hold(case, HoldKind.RESTRICTION, officer)
    case.refresh_from_db()
    now, why = _verbs(sender, case)
    assert before - now == {"write", "record", "screen", "identify", "refer", "ask_override"}
    assert {why[verb] for verb in before - now} == {"use_is_restricted"}
    assert {"note", "consent", "support", "set_task"} <= now
    with pytest.raises(Denied, match="use_is_restricted"):
        make.make_draft(case=case, service=service, by=sender)
    # Who helps under a referral that runs is told, and the supervisors of the owner are.
    assert told("hold.changed") == {boss.username, receiver.username}
    restricting.end_hold(code=hold.code, by=boss, at=timezone.now())
    case.refresh_from_db()
    assert _verbs(sender, case)[0] == before
    assert officer.username in told("hold.changed")


def _verbs(actor: Member, case: Case) -> tuple[set[str], dict[str, str]]:
    from cases import policy as cases  # noqa: PLC0415 -- its name is that of another here

    now, why = cases.verbs_of_case(actor, case)
    return set(now), why


def test_who_sets_a_legal_hold_does_not_end_it_alone(
    sender: Member, boss: Member, officer: Member, stranger: Member
) -> None:
    case = make.make_case(by=sender)
    hold = set_hold(case, HoldKind.LEGAL, boss)
    with pytest.raises(Refused, match="is_held_already"):
        set_hold(case, HoldKind.LEGAL, officer)
    with pytest.raises(Refused, match="a_second_person_ends_it"):
        restricting.end_hold(code=hold.code, by=boss, at=timezone.now())
    elsewhere = make.make_member(role=Role.SUPERVISOR)
    for nobody in (sender, stranger, elsewhere):
        with pytest.raises(Denied, match=r"role_may_not_hold|only_the_owner_may_do_this"):
            restricting.end_hold(code=hold.code, by=nobody, at=timezone.now())
    restricting.end_hold(code=hold.code, by=officer, at=timezone.now())
    with pytest.raises(Refused, match="is_held_no_more"):
        restricting.end_hold(code=hold.code, by=officer, at=timezone.now())
    assert list(
        AuditEvent.objects.filter(event__startswith="hold.legal_hold").order_by("pk").values_list(
            "event", "actor"
        )
    ) == [("hold.legal_hold_set", boss.username), ("hold.legal_hold_ended", officer.username)]  # fmt: skip


def test_a_hold_is_looked_at_again_on_its_day(
    sender: Member, boss: Member, officer: Member
) -> None:
    case = make.make_case(by=sender)
    hold = set_hold(case, HoldKind.LEGAL, officer)
    for at, wanted in (
        (dt.timedelta(days=59), set()),
        (dt.timedelta(days=61, hours=4), {boss.username}),
        (dt.timedelta(days=76), {boss.username, officer.username}),
    ):
        while ladder.fire_due(timezone.now() + at):
            pass
        rows = Delivery.objects.filter(
            event__subject=hold.code, channel="in_app", event__kind__startswith="deadline"
        )
        assert set(rows.values_list("member__username", flat=True)) == wanted
