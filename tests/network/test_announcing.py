"""Announcements: for whom, how long, who has read them; and that the bell gives nothing away."""

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from config.wall import roles
from demo import builders as make
from edge import wall
from network.models import Bulletin, Confirmation
from notify.models import Delivery
from tests.pages.conftest import visiting
from tests.wall.test_rows import said

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
LIST = "network/bulletins/"


@pytest.fixture
def coordinator() -> Member:
    return make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.COORDINATOR
    )


@pytest.fixture
def admin(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)


def announce(signed_in: Any, by: Member, **other: Any) -> Any:
    ends = (timezone.now() + dt.timedelta(days=7)).isoformat()
    said = {"text_en": "The new form is in force.", "ends_at": ends, "must_confirm": True}
    return signed_in(by).post(LIST, said | other)


def test_everybody_is_told_and_counted_and_nobody_is_named(
    signed_in: Any, sender: Member, admin: Member, receiver: Member, coordinator: Member
) -> None:
    guest = make.make_guest().members.get()
    code = announce(signed_in, coordinator).json()["code"]
    mine = f"{LIST}{code}/"

    first = signed_in(sender).post(f"{mine}confirm/")
    again = signed_in(sender).post(f"{mine}confirm/")
    whole = signed_in(coordinator).get(mine).json()

    assert (first.status_code, again.status_code) == (200, 200)
    assert Confirmation.objects.count() == 1
    assert sorted(whole["readings"], key=lambda each: each["agency"]) == sorted(
        [
            {"agency": sender.agency.code, "share": "some", "read": None, "missing": None},
            {"agency": receiver.agency.code, "share": "none", "read": None, "missing": None},
            {"agency": coordinator.agency.code, "share": "none", "read": None, "missing": None},
        ],
        key=lambda each: str(each["agency"]),
    )
    assert sender.username not in str(whole)
    assert signed_in(admin).get(mine).json()["readings"] == []
    rung = Delivery.objects.filter(event__subject=code, channel="in_app")
    assert sorted(each.member.username for each in rung.select_related("member")) == sorted(
        each.username for each in (sender, admin, receiver)
    )
    assert not Delivery.objects.filter(member=guest).exists()


@pytest.mark.parametrize(
    ("members", "read", "told", "words"),
    [
        (1, 0, ("none", None, None), ["nobody"]),
        (1, 1, ("all", None, None), ["all"]),
        (10, 0, ("none", None, None), ["nobody"]),
        (10, 1, ("some", None, None), ["some"]),
        (10, 9, ("some", None, None), ["some"]),
        (10, 10, ("all", None, None), ["all"]),
        (11, 0, ("none", 0, 11), ["0", "11"]),
        (11, 4, ("some", 4, 7), ["4", "7"]),
        (11, 11, ("all", 11, 0), ["11", "0"]),
    ],
)
def test_of_few_members_no_number_is_told(
    signed_in: Any, visiting: Any, coordinator: Member, members: int, read: int,
    told: tuple[str, int | None, int | None], words: list[str],
) -> None:  # fmt: skip
    """One of one would be a name."""
    code = announce(signed_in, coordinator).json()["code"]
    agency = make.make_agency(name="Theirs")
    theirs = [make.make_member(agency=agency) for _ in range(members)]
    bulletin = Bulletin.objects.get()
    Confirmation.objects.bulk_create(
        Confirmation(bulletin=bulletin, member=each, agency=agency, read_at=timezone.now())
        for each in theirs[:read]
    )

    whole = signed_in(coordinator).get(f"{LIST}{code}/").json()
    page = visiting(coordinator).see(f"/announcements/{code}/").content.decode()

    (found,) = [each for each in whole["readings"] if each["agency"] == agency.code]
    row = re.search(r'<th scope="row">Theirs</th>(.*?)</tr>', page)
    assert (found["share"], found["read"], found["missing"]) == told
    assert row is not None
    assert re.findall(r"<td[^>]*>([^<]*)</td>", row[1]) == words


def test_an_administrator_speaks_to_the_own_agency_alone(
    signed_in: Any, sender: Member, admin: Member, receiver: Member, coordinator: Member
) -> None:
    code = announce(signed_in, admin).json()["code"]

    assert signed_in(sender).get(f"{LIST}{code}/").status_code == 200
    assert signed_in(receiver).get(f"{LIST}{code}/").status_code == 404
    assert signed_in(coordinator).get(f"{LIST}{code}/").status_code == 404
    assert signed_in(admin).get(f"{LIST}{code}/").json()["readings"] == [
        {"agency": sender.agency.code, "share": "none", "read": None, "missing": None}
    ]
    for other in (sender, receiver):
        assert announce(signed_in, other).status_code == 403
    assert signed_in(sender).post(f"{LIST}{code}/end/").status_code == 403


@pytest.mark.parametrize(
    ("other", "pointer", "code"),
    [
        ({"text_en": ""}, "/text_en", "blank"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "/ends_at", "end_not_within_a_year"),
        ({"ends_at": "2060-01-01T00:00:00Z"}, "/ends_at", "end_not_within_a_year"),
        ({"text_be": "Дзе Святлана Лебедзева?"}, "/text_be", "case_content"),
    ],
)
def test_what_is_not_announced(
    signed_in: Any, coordinator: Member, other: Any, pointer: str, code: str
) -> None:
    refused = announce(signed_in, coordinator, **other).json()

    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [(pointer, code)]
    assert Bulletin.objects.count() == 0


def test_it_stands_on_the_first_page_until_it_is_read_or_over(
    signed_in: Any, visiting: Any, sender: Member, receiver: Member, coordinator: Member
) -> None:
    code = announce(signed_in, coordinator, text_ru="Новая форма.").json()["code"]
    words = "The new form is in force."

    page = visiting(sender).see("/").content.decode()
    assert (words in page, "Новая форма." in page) == (True, False)
    visiting(sender).do(f"/announcements/{code}/read/", {"next": "/"})
    assert words not in visiting(sender).see("/").content.decode()
    assert words in visiting(receiver).see("/").content.decode()

    signed_in(coordinator).post(f"{LIST}{code}/end/")

    assert words not in visiting(receiver).see("/").content.decode()
    over = signed_in(coordinator).post(f"{LIST}{code}/end/")
    assert (over.status_code, over.json()["code"]) == (409, "bulletin_is_over")


def test_the_database_shows_it_to_whom_it_is_for(
    signed_in: Any, sender: Member, admin: Member, receiver: Member, coordinator: Member
) -> None:
    code = announce(signed_in, admin).json()["code"]
    signed_in(sender).post(f"{LIST}{code}/confirm/")
    announce(signed_in, coordinator)

    def seen(member: Member) -> tuple[int, int]:
        with said(wall.member(member).signed(), roles.WEB):
            return Bulletin.objects.count(), Confirmation.objects.count()

    guest = make.make_guest().members.get()
    assert {
        "read": seen(sender), "counts": seen(admin), "other": seen(receiver), "guest": seen(guest),
    } == {"read": (2, 1), "counts": (2, 1), "other": (1, 0), "guest": (0, 0)}  # fmt: skip
