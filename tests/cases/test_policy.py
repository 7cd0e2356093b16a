"""Who sees which case, why, how much of it, and since which step."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from agencies import actions
from agencies.models import Member, Service
from agencies.roles import Role
from audit import log
from cases import policy, queries
from cases.models import Case
from demo import builders as make
from kernel.groups import EVERY_GROUP, DataGroup
from referral import queries as referral_queries
from referral.actions import answering, helping, leaving, recalling, sending
from referral.models import Referral

SHARED = frozenset({DataGroup.TRIAGE, *make.USUAL})
NOTHING: frozenset[DataGroup] = frozenset()
SECOND = dt.timedelta(seconds=1)


class World:
    """Two agencies with work between them, one without, and the national roles."""

    def __init__(self, sender: Member, receiver: Member, stranger: Member) -> None:
        ours, theirs = sender.agency, receiver.agency
        home = make.make_agency(is_coordinating=True)
        self.people = {
            "sender": sender,
            "boss": make.make_member(agency=ours, role=Role.SUPERVISOR),
            "colleague": make.make_member(agency=ours),
            "desk": make.make_member(agency=ours, role=Role.FOCAL_POINT),
            "admin": make.make_member(agency=ours, role=Role.AGENCY_ADMIN),
            "receiver": receiver,
            "their boss": make.make_member(agency=theirs, role=Role.SUPERVISOR),
            "their worker": make.make_member(agency=theirs),
            "their other": make.make_member(agency=theirs),
            "their admin": make.make_member(agency=theirs, role=Role.AGENCY_ADMIN),
            "stranger": stranger,
        }
        national = ("identification_officer", "coordinator", "data_protection_officer",
                    "auditor", "system_admin")  # fmt: skip
        for role in national:
            self.people[role] = make.make_member(agency=home, role=role)
        self.work(sender, receiver)

    def work(self, sender: Member, receiver: Member) -> None:
        at, named = timezone.now(), self.people["their worker"]
        service = make.make_service(agency=receiver.agency)
        taken = make.make_sent(by=sender, service=service)
        answering.accept(
            code=taken.code, contact=named, first_contact_at=at + 60 * SECOND, by=receiver,
            at=at,
        )  # fmt: skip
        asked = make.make_sent(by=sender, service=service)
        declined = make.make_sent(by=sender, service=service)
        answering.decline(code=declined.code, reason="no_capacity", by=receiver, at=at)
        self.cases = {
            "taken": taken.case,
            "asked": asked.case,
            "declined": declined.case,
            "draft": make.make_case(by=sender, open_=False),
            "colleague's": make.make_case(by=self.people["colleague"]),
            "theirs": make.make_case(by=named),
        }


SEEN = {
    "sender": {"taken", "asked", "declined", "draft"},
    "boss": {"taken", "asked", "declined", "draft", "colleague's"},
    "colleague": {"colleague's"},
    "receiver": {"taken", "asked"},
    "their boss": {"taken", "asked", "theirs"},
    "their worker": {"taken", "theirs"},
}


@pytest.fixture
def world(sender: Member, receiver: Member, stranger: Member) -> World:
    return World(sender, receiver, stranger)


def test_everybody_sees_what_their_work_needs(world: World) -> None:
    names = {case.code: name for name, case in world.cases.items()}

    seen = {
        who: {names[case.code] for case in policy.visible_to(member)}
        for who, member in world.people.items()
    }
    listed = {
        who: {
            names[row.code] for row in queries.case_list(member, below=2**62, at=timezone.now())
        }
        for who, member in world.people.items()
    }

    assert seen == {who: SEEN.get(who, set()) for who in world.people}
    assert listed == seen


def test_a_case_is_visible_exactly_if_there_is_a_reason(world: World) -> None:
    for member in world.people.values():
        with_reason = {c for c in world.cases.values() if policy.reasons(member, c)}
        assert set(policy.visible_to(member)) == with_reason


def test_guardian_answers_as_the_policy_does(world: World) -> None:
    for member in world.people.values():
        for case in world.cases.values():
            open_now = policy.groups(member, case)
            asked = {g for g in DataGroup if member.has_perm(f"cases.see_{g}", case)}
            assert asked == open_now
            assert member.has_perm("cases.see_case", case) == bool(open_now)
            assert not member.has_perm("cases.see_case")


def test_a_superuser_sees_no_more_than_the_policy_says(world: World) -> None:
    member = world.people["admin"]
    member.is_superuser = True
    member.save(update_fields=["is_superuser"])

    assert [member.has_perm("cases.see_identity", case) for case in world.cases.values()] == (
        [False] * len(world.cases)
    )


def test_each_sees_the_groups_of_their_reason(world: World) -> None:
    case = world.cases["taken"]

    found = {who: policy.groups(member, case) for who, member in world.people.items()}

    everything = dict.fromkeys(("sender", "boss"), EVERY_GROUP)
    shared = dict.fromkeys(("receiver", "their boss", "their worker"), SHARED)
    assert found == dict.fromkeys(world.people, NOTHING) | everything | shared
    assert policy.groups(world.people["receiver"], world.cases["asked"]) == {DataGroup.TRIAGE}


def test_explaining_names_everybody_who_sees_it_and_why(world: World, signed_in: Any) -> None:
    client, case = signed_in(world.people["sender"]), world.cases["taken"]
    source = case.referrals.get().code
    whys = {
        "sender": [("assigned", case.code)],
        "boss": [("owner", case.code)],
        "receiver": [("referred", source)],
        "their boss": [("referred", source)],
        "their worker": [("referred", source)],
    }

    rows = client.get(f"cases/{case.code}/explain/").json()["results"]

    found = {
        row["member"]: [(why["because"], why["source"]) for why in row["reasons"]]
        for row in rows
    }
    assert found == {world.people[who].username: why for who, why in whys.items()}


def test_explaining_one_member_says_the_same(world: World, signed_in: Any) -> None:
    client, case = signed_in(world.people["boss"]), world.cases["taken"]
    rows = client.get(f"cases/{case.code}/explain/").json()["results"]
    whole = {row["member"]: row["reasons"] for row in rows}

    for member in world.people.values():
        one = client.get(f"cases/{case.code}/explain/", {"member": member.username}).json()
        found = {row["member"]: row["reasons"] for row in one["results"]}
        assert found == {name: why for name, why in whole.items() if name == member.username}
    nobody = client.get(f"cases/{case.code}/explain/", {"member": "nobody"}).json()
    assert nobody == {"results": []}


def test_access_ends_by_itself_when_its_time_is_over(world: World) -> None:
    receiver, case = world.people["receiver"], world.cases["taken"]
    end = case.consents.get().expires_at

    seen = [
        (
            policy.visible_to(receiver, at=at).filter(pk=case.pk).exists(),
            bool(policy.reasons(receiver, case, at=at)),
            case.code in {r.code for r in queries.case_list(receiver, below=2**62, at=at)},
        )
        for at in (end - SECOND, end, end + SECOND)
    ]

    assert seen == [(True,) * 3, (False,) * 3, (False,) * 3]
    assert policy.visible_to(world.people["sender"], at=end + SECOND).count() == 4


Step = tuple[str, frozenset[DataGroup]]
End = Callable[[Referral, Member, Member], None]


def steps_to_the_end(sent: Referral, sender: Member, receiver: Member) -> Iterator[Step]:
    """The whole loop, with what the receiver may see after each step."""
    code, at = sent.code, timezone.now()
    yield "sent", frozenset({DataGroup.TRIAGE})
    answering.receive(code=code, by=receiver, at=at)
    yield "received", frozenset({DataGroup.TRIAGE})
    answering.request_info(code=code, question="Does she smoke?", by=receiver, at=at)
    yield "asked", frozenset({DataGroup.TRIAGE})
    answering.answer_info(code=code, answer="No.", by=sender, at=at)
    yield "answered", frozenset({DataGroup.TRIAGE})
    accepted = make.make_accepted(sent=sent, by=receiver)
    yield "accepted", SHARED
    helper = make.make_member(agency=receiver.agency)
    answering.assign(code=code, to=helper, by=receiver, at=at)
    yield "assigned", SHARED
    admin = make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)
    leaving.leave(member=helper, by=admin, at=at)
    yield "helper left", SHARED
    make.make_met(accepted=accepted, receiver=receiver, sender=sender)
    yield "in service", SHARED
    helping.complete(
        code=code, outcome="service_provided", feedback="She is well.", by=receiver, at=at
    )
    yield "completed", NOTHING
    helping.confirm(code=code, service_received="yes", by=sender, at=at)
    yield "confirmed", NOTHING


def test_each_step_opens_and_closes_what_it_should(
    sent: Referral, sender: Member, receiver: Member
) -> None:
    for step, expected in steps_to_the_end(sent, sender, receiver):
        at = timezone.now()
        assert (step, policy.groups(receiver, sent.case)) == (step, expected)
        assert (step, referral_queries.expected_access(fresh(sent), at=at)) == (
            step,
            referral_queries.stored_access(fresh(sent), at=at),
        )


def fresh(referral: Referral) -> Case:
    return Case.objects.select_related("owner", "worker").get(pk=referral.case_id)


def _decline(referral: Referral, sender: Member, receiver: Member) -> None:
    answering.decline(code=referral.code, reason="no_capacity", by=receiver, at=timezone.now())


def _withdraw(referral: Referral, sender: Member, receiver: Member) -> None:
    recalling.withdraw(code=referral.code, reason="safety", by=sender, at=timezone.now())


def _expire(referral: Referral, sender: Member, receiver: Member) -> None:
    answering.expire(code=referral.code, by=log.CLOCK, at=timezone.now())


def _withdraw_consent(referral: Referral, sender: Member, receiver: Member) -> None:
    code = referral.case.consents.get().code
    recalling.withdraw_consent(code=code, by=sender, at=timezone.now())


def _not_reached(referral: Referral, sender: Member, receiver: Member) -> None:
    make.make_accepted(sent=referral, by=receiver)
    for _ in range(3):
        helping.log_attempt(
            code=referral.code, tried_at=timezone.now(), channel="phone", result="no_answer",
            by=receiver, at=timezone.now(),
        )  # fmt: skip
    helping.not_reached(code=referral.code, by=receiver, at=timezone.now())


ENDS: dict[str, End] = {
    "declined": _decline,
    "withdrawn": _withdraw,
    "expired": _expire,
    "consent withdrawn": _withdraw_consent,
    "not reached": _not_reached,
}


@pytest.mark.parametrize("end", ENDS)
def test_after_each_end_the_receiver_sees_nothing(
    end: str, sent: Referral, sender: Member, receiver: Member
) -> None:
    before = policy.groups(receiver, sent.case)

    ENDS[end](sent, sender, receiver)

    at = timezone.now()
    assert (before, policy.groups(receiver, sent.case)) == (
        frozenset({DataGroup.TRIAGE}),
        NOTHING,
    )
    assert list(policy.visible_to(receiver)) == []
    assert referral_queries.expected_access(fresh(sent), at=at) == (
        referral_queries.stored_access(fresh(sent), at=at)
    )


def test_two_referrals_of_a_case_end_one_by_one(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    other: Service = make.make_service(agency=receiver.agency)
    draft = make.make_draft(case=accepted.case, service=other, by=sender)
    second = sending.send(code=draft.code, by=sender, at=timezone.now())

    _decline(second, sender, receiver)
    still = policy.groups(receiver, accepted.case)
    _withdraw(accepted, sender, receiver)

    assert (still, policy.groups(receiver, accepted.case)) == (SHARED, NOTHING)


def test_a_member_who_changes_roles_sees_what_the_new_role_sees(world: World) -> None:
    member, boss = world.people["colleague"], world.people["admin"]
    actions.change_role(member=member, role=Role.AGENCY_ADMIN, by=boss)
    none = set(policy.visible_to(Member.objects.get(pk=member.pk)))
    actions.change_role(member=member, role=Role.SUPERVISOR, by=boss)
    every = policy.visible_to(Member.objects.get(pk=member.pk)).count()

    assert (none, every) == (set(), len(SEEN["boss"]))


def test_a_draft_offers_no_plan_before_the_case_is_opened(sender: Member) -> None:
    now, not_now = policy.verbs_of_case(sender, make.make_case(by=sender, open_=False))
    opened, _ = policy.verbs_of_case(sender, make.make_case(by=sender))

    assert ("support" in now, not_now["support"]) == (False, "case_is_not_open")
    assert "support" in opened
