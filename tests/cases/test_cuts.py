"""A list that is cut shows what the rule says, whichever way the database finds it."""

import itertools
import random
from collections.abc import Iterable

import pytest
from django.utils import timezone

from agencies.models import Member, Service
from agencies.roles import Role
from cases import access, policy, queries
from cases.actions import exclusion, lifecycle
from cases.apart import Whom
from cases.models import Case, CaseAccess
from cases.queries import Wanted
from demo import builders as make

OWN = frozenset({"owner", "assigned"})
OTHERS = frozenset({"referred", "submitted"})


@pytest.fixture
def world(sender: Member, receiver: Member, service: Service) -> list[Member]:
    """Cases of two agencies in every state and risk, given to somebody or to nobody, referred or
    not, late or not; and those who look at them."""
    dice = random.Random(3)
    colleague = make.make_member(agency=sender.agency)
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    focal = make.make_member(agency=sender.agency, role=Role.FOCAL_POINT)
    theirs = make.make_member(agency=receiver.agency, role=Role.SUPERVISOR)
    helper = make.make_member(agency=receiver.agency)
    for n in range(16):
        by = dice.choice([sender, colleague, helper])
        if n % 4 == 0:
            made = make.make_sent(by=dice.choice([sender, colleague]), service=service).case
        else:
            made = make.make_case(by=by, open_=n % 5 != 0)
        facts: dict[str, str | None] = {"risk": dice.choice(["low", "high"])}
        if dice.random() < 0.3:
            facts["worker"] = None
        Case.objects.filter(pk=made.pk).update(**facts)
        if dice.random() < 0.4:
            CaseAccess.objects.filter(content_object=made).update(due_at=timezone.now())
    apart = make.make_case(by=sender)
    exclusion.exclude(code=apart.code, whom=Whom(member=boss), by=sender, at=timezone.now())
    return [sender, colleague, boss, focal, theirs, receiver, helper]


def wishes(members: Iterable[Member]) -> list[Wanted]:
    """Every mixture of cuts."""
    workers: list[int | None] = [None, *(member.pk for member in members)]
    return [
        Wanted(state=state, risk=risk, worker=worker, nobody=nobody, late=late, ours=ours, theirs=theirs)
        for state, risk, worker, nobody, late, ours, theirs in itertools.product(
            ("", "open", "draft"), ("", "high"), workers, (False, True), (False, True), (False, True),
            (False, True),
        )
    ]  # fmt: skip


def by_the_rule(actor: Member, wanted: Wanted) -> list[str]:
    """Case by case, in Python."""
    at = timezone.now()
    found = []
    for case in policy.visible_to(actor, at=at).order_by("-pk"):
        rows = policy.reasons(actor, case, at=at)
        asked = (
            not wanted.state or case.state == wanted.state,
            not wanted.risk or case.risk == wanted.risk,
            wanted.worker is None or case.worker_id == wanted.worker,
            not wanted.nobody or case.worker_id is None,
        )
        told_by_owners = wanted.parts() != [] and "ours" in wanted.parts()
        if all(asked) and any(
            (not told_by_owners or row.because in OWN)
            and (not wanted.theirs or row.because in OTHERS)
            and (not wanted.late or (row.due_at is not None and row.due_at <= at))
            for row in rows
        ):
            found.append(case.code)
    return found


def test_every_cut_shows_what_the_rule_says(world: list[Member]) -> None:
    wrong = [
        (actor.role, wanted)
        for actor in world
        for wanted in wishes(world[:3])
        if [
            row.code
            for row in queries.case_list(actor, below=2**62, at=timezone.now(), wanted=wanted)
        ]
        != by_the_rule(actor, wanted)
    ]
    found = {
        actor.role: len(queries.case_list(actor, below=2**62, at=timezone.now()))
        for actor in world
    }

    assert wrong == []
    assert min(found[role] for role in ("social_worker", "supervisor", "focal_point")) > 0


def test_a_line_names_the_owner_and_the_worker(
    sender: Member, receiver: Member, service: Service
) -> None:
    case = make.make_sent(by=sender, service=service).case
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)

    for wanted in (Wanted(), Wanted(state="open"), Wanted(worker=sender.pk), Wanted(ours=True)):
        (line,) = queries.case_list(boss, below=2**62, at=timezone.now(), wanted=wanted)
        assert (line.owner, line.owner_name) == (sender.agency.code, sender.agency.name)
        assert (line.worker, line.because) == (sender.username, "owner")
    (line,) = queries.case_list(receiver, below=2**62, at=timezone.now())
    assert (line.code, line.owner) == (case.code, sender.agency.code)
    assert (line.owner_name, line.worker) == (sender.agency.name, None)


def test_whoever_helps_out_elsewhere_is_told_of_both_agencies(sender: Member) -> None:
    """A case that was given to a member of another agency names the agency that owns it."""
    helper = make.make_member()
    case = make.make_case(by=sender)
    locked = lifecycle.locked(case.code)
    locked.worker = helper
    locked.save(update_fields=["worker"])
    access.set_owner(locked, at=timezone.now())

    (line,) = queries.case_list(helper, below=2**62, at=timezone.now())

    assert (line.owner, line.worker) == (sender.agency.code, helper.username)
