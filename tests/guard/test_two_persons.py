"""Acts that take two persons: who may ask and approve, what an approval is good for, and once."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from agencies import actions as agencies
from agencies.models import Member
from agencies.roles import BY_TWO, Role
from audit.models import AuditEvent
from demo import builders as make
from guard.actions import glass
from guard.models import BreakGlass
from kernel.errors import Denied, Refused, SafehandError
from kernel.groups import DataGroup
from notify.models import Delivery
from referral.actions import granting
from seconding import actions, policy
from seconding.acts import ACTS, FIGURES_CTDC, GLASS_IDENTITY, GLASS_LIFT, MEMBER_GRANT
from seconding.models import TwoPersonAct
from seconding.tasks import expire
from tests.guard.conftest import Cast, make_cast

REASON = "Two of us have talked about it on the telephone today."
NOW = timezone.now()


@pytest.fixture
def admins(db: None) -> tuple[Member, Member, Member]:
    """Two system administrators and a data protection officer."""
    land = make.make_agency(is_coordinating=True)
    first, second = (make.make_member(agency=land, role=Role.SYSTEM_ADMIN) for _ in range(2))
    return first, second, make.make_member(agency=land, role=Role.DATA_PROTECTION_OFFICER)


def ask(act: str, by: Member, *, at: dt.datetime = NOW, subject: str = "x") -> TwoPersonAct:
    return actions.ask(act=act, subject=subject, facts={}, reason=REASON, by=by, at=at)


def of(role: Role) -> Member:
    home = make.make_agency(is_coordinating=True)
    return make.make_member(agency=home, role=role)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", Role)
def test_who_asks_and_who_approves(db: None, act: str, role: Role) -> None:
    row = ACTS[act]
    asker = of(min(row.asks))
    make.make_member(agency=asker.agency, role=min(row.approves))
    request = ask(act, asker)
    at_home = make.make_member(agency=asker.agency, role=role)
    elsewhere = make.make_member(role=role)

    assert bool(policy.may_ask(at_home, act)) == (role in row.asks)
    assert bool(policy.may_decide(at_home, request)) == (role in row.approves)
    assert bool(policy.may_decide(elsewhere, request)) == (
        role in row.approves and not row.at_home
    )
    assert policy.may_decide(asker, request).reason == "a_second_person_decides"


@pytest.mark.parametrize("act", ACTS)
def test_an_approval_is_good_for_a_time(db: None, act: str) -> None:
    row = ACTS[act]
    asker = of(min(row.asks))
    approver = make.make_member(agency=asker.agency, role=min(row.approves))
    late = ask(act, asker)

    with pytest.raises(Refused, match="second_person_too_late"):
        actions.decide(code=late.code, approve=True, by=approver, at=NOW + row.decided_within)
    actions.decide(code=late.code, approve=True, by=approver, at=NOW)
    with pytest.raises(Refused, match="second_person_too_late"):
        actions.use(code=late.code, act=act, by=asker, at=NOW + row.done_within)
    used = actions.use(code=late.code, act=act, by=asker, at=NOW)

    assert (used.state, used.words) == ("done", None)
    with pytest.raises(Refused, match="second_person_is_done"):
        actions.use(code=late.code, act=act, by=asker, at=NOW)


def test_what_ran_out_does_nothing(cast: Cast) -> None:
    past = NOW - dt.timedelta(days=8)
    waiting = ask(GLASS_LIFT, cast.officer, at=past)
    approved = ask(GLASS_LIFT, cast.officer, at=past, subject="y")
    actions.decide(code=approved.code, approve=True, by=cast.other, at=past)
    fresh = ask(GLASS_LIFT, cast.officer, subject="z")

    expire()
    expire()

    states = TwoPersonAct.objects.order_by("pk").values_list("code", "state")
    assert list(states) == [
        (waiting.code, "expired"), (approved.code, "expired"), (fresh.code, "asked"),
    ]  # fmt: skip
    for code in (waiting.code, approved.code):
        with pytest.raises(Refused, match="second_person_too_late"):
            actions.use(code=code, act=GLASS_LIFT, by=cast.officer, at=NOW)
    assert AuditEvent.objects.filter(event="second.expired", actor="clock").count() == 2


def test_whoever_could_approve_is_told_and_the_asker_is_told_of_it(cast: Cast) -> None:
    request = ask(GLASS_LIFT, cast.boss)
    actions.decide(code=request.code, approve=False, by=cast.officer, at=NOW)

    rung = Delivery.objects.filter(event__subject=request.code, channel="in_app")
    assert set(rung.values_list("event__kind", "member")) == {
        ("second.asked", cast.officer.pk), ("second.asked", cast.other.pk),
        ("second.decided", cast.boss.pk),
    }  # fmt: skip


def test_an_approver_of_another_role_by_now_approves_nothing(cast: Cast) -> None:
    asked = ask(GLASS_LIFT, cast.officer)
    stale = Member.objects.get(pk=cast.other.pk)
    Member.objects.filter(pk=cast.other.pk).update(role=Role.AUDITOR)
    with pytest.raises(Denied, match="not_the_second_person"):
        actions.decide(code=asked.code, approve=True, by=stale, at=NOW)
    Member.objects.filter(pk=cast.other.pk).update(role=Role.DATA_PROTECTION_OFFICER)
    actions.decide(code=asked.code, approve=True, by=stale, at=NOW)
    Member.objects.filter(pk=cast.other.pk).update(is_active=False)

    with pytest.raises(Denied, match="not_the_second_person"):
        actions.use(code=asked.code, act=GLASS_LIFT, by=cast.officer, at=NOW)


def test_nobody_asks_where_nobody_could_approve(cast: Cast) -> None:
    Member.objects.filter(pk=cast.other.pk).update(is_active=False)

    with pytest.raises(Refused, match="nobody_could_second"):
        ask(GLASS_LIFT, cast.officer)
    ask(GLASS_LIFT, cast.boss)
    with pytest.raises(Refused, match="second_person_is_asked"):
        ask(GLASS_LIFT, cast.boss)


@pytest.mark.parametrize("role", sorted(BY_TWO))
def test_nobody_gives_a_role_that_watches_alone(
    admins: tuple[Member, Member, Member], role: Role
) -> None:
    first, second, officer = admins
    facts = {"username": "new.one", "role": role.value, "email": "", "language": "en"}
    with pytest.raises(Denied, match="second_person_needed"):
        agencies.add_member(facts=facts, agency=first.agency, by=first)
    with pytest.raises(Denied, match="second_person_needed"):
        agencies.add_member(facts=facts, agency=first.agency, seconder=first, by=first)
    with pytest.raises(Denied, match="second_person_needed"):
        agencies.change_role(member=second, role=role, by=first)

    asked = granting.ask_to_invite(
        facts=facts, agency=first.agency, reason=REASON, by=first, at=NOW
    )
    assert not Member.objects.filter(username="new.one").exists()
    actions.decide(code=asked.code, approve=True, by=officer, at=NOW)
    made = granting.grant(second=asked.code, by=first, at=NOW)
    assert (made.username, made.role, made.agency) == ("new.one", role, first.agency)

    worker = make.make_member(agency=first.agency, role=Role.AUDITOR)
    change = granting.ask_to_change(member=worker, role=role, reason=REASON, by=first, at=NOW)
    with pytest.raises(Denied, match="only_the_asker_may_do_this"):
        granting.grant(second=change.code, by=second, at=NOW)
    actions.decide(code=change.code, approve=True, by=second, at=NOW)
    assert granting.grant(second=change.code, by=first, at=NOW).role == role


def test_the_api_gives_no_such_role_alone(
    admins: tuple[Member, Member, Member], signed_in: Any
) -> None:
    body = {"username": "new.one", "role": "system_admin"}

    answer = signed_in(admins[0]).post("members/", body)

    assert (answer.status_code, answer.json()["code"]) == (403, "second_person_needed")


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """What each says that is done by a thread of its own, all of them let go together."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        gate.wait()
        try:
            act()
        except SafehandError as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_raced_approvals_count_once() -> None:
    cast = make_cast()
    chiefs = [make.make_member(agency=cast.helper.agency, role=Role.SUPERVISOR) for _ in "abc"]
    request = glass.ask_second(
        code=cast.case.code, groups=[DataGroup.IDENTITY], purpose="medical", reason=REASON,
        by=cast.helper, at=NOW,
    )  # fmt: skip

    found = at_once(
        *(
            lambda chief=chief, n=n: actions.decide(
                code=request.code, approve=bool(n % 2), by=chief, at=NOW
            )
            for n, chief in enumerate([cast.chief, *chiefs])
        )
    )

    assert found == ["done", *["second_person_is_done"] * 3]
    assert (
        AuditEvent.objects.filter(event__in=["second.approved", "second.refused"]).count() == 1
    )


@pytest.mark.django_db(transaction=True)
def test_an_approval_is_used_up_once_however_many_try() -> None:
    cast = make_cast()
    groups = [DataGroup.IDENTITY]
    request = glass.ask_second(
        code=cast.case.code, groups=groups, purpose="medical", reason=REASON, by=cast.helper,
        at=NOW,
    )  # fmt: skip
    actions.decide(code=request.code, approve=True, by=cast.chief, at=NOW)

    def open_it() -> None:
        glass.break_glass(
            code=cast.case.code, groups=groups, purpose="medical", reason=REASON,
            second=request.code, by=cast.helper, at=NOW,
        )  # fmt: skip

    assert at_once(*[open_it] * 4) == ["done", *["second_person_is_done"] * 3]
    assert BreakGlass.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_however_many_try_at_once() -> None:
    cast = make_cast()
    cases = [make.make_case(by=cast.worker) for _ in range(6)]

    found = at_once(
        *(
            lambda code=case.code: glass.break_glass(
                code=code, groups=[DataGroup.CONTACT], purpose="medical", reason=REASON,
                by=cast.helper, at=NOW,
            )
            for case in cases
        )
    )  # fmt: skip

    assert found == ["break_glass_limit_of_a_day"] * 3 + ["done"] * 3
    assert BreakGlass.objects.count() == 3


def test_the_table_of_acts_has_no_approver_who_may_not_sign_in() -> None:
    assert set(ACTS) == {GLASS_IDENTITY, GLASS_LIFT, MEMBER_GRANT, FIGURES_CTDC}
    assert all(row.asks and row.approves for row in ACTS.values())
    assert connection.vendor == "postgresql"
