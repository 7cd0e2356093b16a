"""Reminding agencies of old entries of the directory: once a month, and nobody of nothing."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from agencies import listing
from agencies.models import Agency, Member, Service
from agencies.queries import stale_services, to_confirm
from agencies.roles import Role
from demo import builders as make
from exchange import entries, tasks
from notify.models import Delivery, Event
from notify.notices import Kind

OLD = dt.timedelta(days=181)


@pytest.fixture
def admin(db: None) -> Member:
    return make.make_member(role=Role.AGENCY_ADMIN)


def old(admin: Member) -> Service:
    return make.make_service(agency=admin.agency, verified_on=make.today() - OLD)


def told() -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(event__kind=Kind.DIRECTORY_STALE, channel="in_app")
    return sorted(rows.values_list("member__username", "event__subject"))


def test_the_administrators_are_told_once_a_month_however_many_entries_are_old(
    admin: Member,
) -> None:
    old(admin)
    old(admin)
    now = timezone.now()

    tasks.remind_of_entries()
    tasks.remind_of_entries()
    assert told() == [(admin.username, admin.agency.code)]
    entries.remind(code=admin.agency.code, at=now + dt.timedelta(days=29))
    assert len(told()) == 1
    entries.remind(code=admin.agency.code, at=now + dt.timedelta(days=31))

    assert len(told()) == 2


@pytest.mark.parametrize("days", [0, 180])
def test_nobody_is_told_of_entries_that_are_fresh(admin: Member, days: int) -> None:
    make.make_service(agency=admin.agency, verified_on=make.today() - dt.timedelta(days=days))

    tasks.remind_of_entries()

    assert Event.objects.filter(kind=Kind.DIRECTORY_STALE).count() == 0


def test_a_look_ends_the_reminders(admin: Member) -> None:
    service = old(admin)
    listing.confirm_service(service=service, by=admin, at=timezone.now(), on=make.today())

    tasks.remind_of_entries()

    assert told() == []


@pytest.mark.parametrize("make_agency", [make.make_agency, make.make_guest])
def test_an_agency_that_has_nobody_here_is_not_told_but_stands_on_the_systems_list(
    admin: Member, make_agency: Callable[[], Agency]
) -> None:
    system = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
    )
    deserted = make.make_service(agency=make_agency(), verified_on=make.today() - OLD)
    old(admin)

    tasks.remind_of_entries()

    assert told() == [(admin.username, admin.agency.code)]
    assert entries.due(on=make.today()) == [admin.agency.code]
    found = stale_services(Service.objects.all(), on=make.today())
    assert deserted in found
    assert list(to_confirm(system, on=make.today())) == [deserted]


def test_a_service_that_is_closed_for_good_is_nobodys_duty(admin: Member) -> None:
    make.make_service(
        agency=admin.agency, verified_on=make.today() - OLD, status=Service.Status.DEFUNCT
    )

    tasks.remind_of_entries()

    assert told() == []
