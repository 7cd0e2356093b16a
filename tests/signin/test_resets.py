"""T11: who has lost every factor gets new ones by two colleagues and a day, and is told."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from demo import builders as make
from kernel.errors import Denied, Refused
from notify.models import Delivery
from signin import recovery
from signin.actions import resets
from signin.models import FactorReset
from signin.tasks import carry_out_resets
from tests.signin.conftest import Browser, factors_of

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(hours=24)


@pytest.fixture
def admin(worker: Member) -> Member:
    return make.make_member(agency=worker.agency, role=Role.AGENCY_ADMIN)


@pytest.fixture
def boss(worker: Member) -> Member:
    return make.make_member(agency=worker.agency, role=Role.SUPERVISOR)


@pytest.fixture
def asked(worker: Member, admin: Member, secret: str) -> FactorReset:
    recovery.renew(worker)
    return resets.ask(member=worker, by=admin, at=NOW)


def left(member: Member) -> int:
    return len(factors_of(member))


def test_two_people_and_a_day_take_the_factors_away(
    asked: FactorReset, worker: Member, boss: Member
) -> None:
    someone = Browser()
    resets.approve(reset=asked, by=boss, at=NOW)

    with time_machine.travel(NOW + DAY - dt.timedelta(seconds=1), tick=False):
        carry_out_resets()
        assert left(worker) == 2
    with time_machine.travel(NOW + DAY, tick=False):
        carry_out_resets()
    asked.refresh_from_db()

    assert (left(worker), asked.outcome) == (0, "done")
    assert someone.password(worker)["Location"].startswith("/sign-in/enrol/")
    assert list(
        AuditEvent.objects.filter(event__startswith="reset.").values_list("event", flat=True)
    ) == ["reset.asked", "reset.approved", "reset.done"]


def test_the_member_is_told_each_time(boss: Member, asked: FactorReset, worker: Member) -> None:
    resets.approve(reset=asked, by=boss, at=NOW)

    told = Delivery.objects.filter(member=worker, channel="in_app", event__subject=asked.code)
    assert told.count() == 2
    assert Delivery.objects.filter(member=boss, event__subject=asked.code).exists()


def test_one_person_alone_does_nothing(
    asked: FactorReset, admin: Member, worker: Member
) -> None:
    with pytest.raises(Denied, match="a_second_person_decides"):
        resets.approve(reset=asked, by=admin, at=NOW)
    with time_machine.travel(NOW + 9 * DAY, tick=False):
        carry_out_resets()

    assert left(worker) == 2


def test_the_database_itself_wants_two(
    asked: FactorReset, admin: Member, worker: Member
) -> None:
    for who in (admin, worker):
        with pytest.raises(IntegrityError), transaction.atomic():
            FactorReset.objects.filter(pk=asked.pk).update(approved_by=who)


@pytest.mark.parametrize(
    "role", [Role.SOCIAL_WORKER, Role.FOCAL_POINT, Role.SUPERVISOR, Role.AUDITOR]
)
def test_only_an_administrator_begins(worker: Member, role: Role) -> None:
    agency = worker.agency if role != Role.AUDITOR else make.make_agency(is_coordinating=True)
    with pytest.raises(Denied):
        resets.ask(member=worker, by=make.make_member(agency=agency, role=role), at=NOW)


def test_nobody_of_another_agency_takes_part(
    asked: FactorReset, worker: Member, visiting: Any
) -> None:
    other = make.make_member(role=Role.AGENCY_ADMIN)
    with pytest.raises(Denied, match="only_in_own_agency"):
        resets.ask(member=worker, by=other, at=NOW)
    with pytest.raises(Denied, match="only_in_own_agency"):
        resets.approve(reset=asked, by=other, at=NOW)

    assert visiting(other).see(f"/resets/{asked.code}/approve/").status_code == 404
    assert visiting(other).see(f"/members/{worker.username}/lost/").status_code == 404


def test_an_administrator_does_not_begin_for_oneself(admin: Member) -> None:
    with pytest.raises(Denied, match="not_for_oneself"):
        resets.ask(member=admin, by=admin, at=NOW)


def test_a_supervisor_does_not_approve_their_own(admin: Member, boss: Member) -> None:
    own = resets.ask(member=boss, by=admin, at=NOW)
    with pytest.raises(Denied, match="not_for_oneself"):
        resets.approve(reset=own, by=boss, at=NOW)


def test_the_member_stops_what_is_not_so(
    asked: FactorReset, worker: Member, boss: Member, visiting: Any
) -> None:
    resets.approve(reset=asked, by=boss, at=NOW)
    at = visiting(worker)

    assert "Stop it" in at.see("/me/factors/").content.decode()
    at.do(f"/me/factors/resets/{asked.code}/stop/")
    with time_machine.travel(NOW + 2 * DAY, tick=False):
        carry_out_resets()

    asked.refresh_from_db()
    assert (left(worker), asked.outcome) == (2, "stopped")


def test_there_is_one_at_a_time(asked: FactorReset, worker: Member, admin: Member) -> None:
    with pytest.raises(Refused, match="reset_is_asked_for"):
        resets.ask(member=worker, by=admin, at=NOW)


def test_it_goes_by_the_pages_and_each_act_is_asked_again(
    worker: Member, secret: str, admin: Member, boss: Member, visiting: Any
) -> None:
    first, second = visiting(admin), visiting(boss)

    first.do(f"/members/{worker.username}/lost/")
    code = FactorReset.objects.get().code
    assert "Approve" in second.see("/resets/").content.decode()
    assert f"/resets/{code}/approve/" not in first.see("/resets/").content.decode()
    second.do(f"/resets/{code}/approve/")

    row = FactorReset.objects.get()
    assert (row.asked_by, row.approved_by) == (admin, boss)
    assert row.approved_at is not None
    assert row.due_at == row.approved_at + DAY
    for visitor, path in ((first, f"/members/{boss.username}/lost/"), (second, f"/resets/{code}/approve/")):  # fmt: skip
        session: Any = visitor.http.session
        session["factor"]["at"] -= 1000
        session.save()
        assert visitor.see(path)["Location"].startswith("/again/")


def test_a_factor_that_is_changed_is_told(worker: Member, secret: str) -> None:
    someone = Browser()
    someone.come_in(worker, secret)
    someone.http.post("/me/factors/app/", {"code": "000000"})
    assert not Delivery.objects.filter(member=worker).exists()
    page = someone.http.get("/me/factors/app/").content.decode()
    fresh = page.split('tabindex="0">')[1].split("<")[0].replace(" ", "")

    someone.http.post("/me/factors/app/", {"code": make.totp_code(fresh)})

    told = Delivery.objects.filter(member=worker, event__kind="sign_in.changed")
    assert told.exists()
    assert timezone.now() - told[0].event.happened_at < dt.timedelta(minutes=1)
