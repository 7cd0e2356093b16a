"""The directory of focal points: nobody without a yes, nothing private, gone when they go."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from config.wall import roles
from demo import builders as make
from edge import wall
from network import queries
from network.models import FocalPoint, Reach
from network.topics import Topic
from referral.actions import leaving
from tests.pages.conftest import visiting
from tests.wall.test_rows import said

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
LIST = "network/focal_points/"


@pytest.fixture
def admin(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)


def name(signed_in: Any, by: Member, member: Member, topic: str = "children") -> Any:
    return signed_in(by).post(LIST, {"member": member.username, "topic": topic})


def gone(signed_in: Any, by: Member, code: str) -> int:
    return int(signed_in(by).http.delete(f"/api/v1/{LIST}{code}/").status_code)


def shown(signed_in: Any, to: Member, **wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = signed_in(to).get(LIST, wanted).json()["results"]
    return found


def test_nobody_is_shown_who_has_not_said_yes(
    signed_in: Any, sender: Member, admin: Member, stranger: Member
) -> None:
    code = name(signed_in, admin, sender).json()["code"]
    assert shown(signed_in, stranger) == []
    assert signed_in(admin).post(f"{LIST}{code}/agree/").status_code == 403
    assert signed_in(stranger).post(f"{LIST}{code}/agree/").status_code == 404

    agreed = signed_in(sender).post(f"{LIST}{code}/agree/")

    assert agreed.status_code == 200
    assert shown(signed_in, stranger) == [
        {
            "agency": sender.agency.code, "agency_name": sender.agency.name,
            "known_as": sender.known_as, "topics": ["children"], "phone": "", "hours": "",
            "languages": [], "away_until": None,
        }
    ]  # fmt: skip
    assert gone(signed_in, stranger, code) == 403
    assert gone(signed_in, sender, code) == 204
    assert shown(signed_in, stranger) == []


def test_only_the_own_agency_names_and_only_its_own(
    signed_in: Any, sender: Member, admin: Member, stranger: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)

    assert name(signed_in, sender, sender).status_code == 403
    assert name(signed_in, admin, stranger).json()["code"] == "unknown_member"
    assert name(signed_in, boss, sender).status_code == 201
    assert name(signed_in, admin, sender).json()["code"] == "focal_point_is_named"


def test_the_office_is_told_in_the_members_words_and_nothing_private(
    signed_in: Any, sender: Member, admin: Member, stranger: Member
) -> None:
    code = name(signed_in, admin, sender).json()["code"]
    signed_in(sender).post(f"{LIST}{code}/agree/")
    told = {
        "phone": "+375 17 200-00-00, ext. 12", "hours": "Weekdays, 9 to 17",
        "languages": ["bel", "eng"], "away_until": "2030-01-31",
    }  # fmt: skip

    kept = signed_in(sender).post("network/reach/", told)
    street = signed_in(sender).post("network/reach/", told | {"hours": "ул. Садовая, д. 12"})
    unknown = signed_in(sender).post("network/reach/", told | {"languages": ["qqq"]})

    (found,) = shown(signed_in, stranger)
    assert kept.status_code == 200
    assert (street.json()["code"], street.json()["words"]) == (
        "case_content", ["ул. Садовая, д. 12"],
    )  # fmt: skip
    assert unknown.json()["errors"][0]["pointer"] == "/languages/0"
    assert {key: found[key] for key in told} == told
    assert sender.email not in str(found)


def test_it_is_cut_by_topic_and_by_district_and_else_by_region(signed_in: Any) -> None:
    here = make.make_member(
        agency=make.make_agency(region="BY-BR", district="BY-BR-01"), role=Role.AGENCY_ADMIN
    )
    there = make.make_member(
        agency=make.make_agency(region="BY-VI", district="BY-VI-01"), role=Role.AGENCY_ADMIN
    )
    for member, topic in ((here, "children"), (there, "legal")):
        code = name(signed_in, member, member, topic).json()["code"]
        signed_in(member).post(f"{LIST}{code}/agree/")

    def who(**wanted: str) -> list[str]:
        return [each["agency"] for each in shown(signed_in, here, **wanted)]

    assert who(topic="legal") == [there.agency.code]
    assert who(district="BY-BR-01") == [here.agency.code]
    assert who(district="BY-BR-02") == [here.agency.code]
    assert who(district="BY-HM-01") == []


@pytest.mark.parametrize("most", [1, 2])
def test_where_not_all_are_shown_it_is_said(
    signed_in: Any, visiting: Any, sender: Member, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(queries, "MOST_PEOPLE", most)
    for letter in "AB":
        member = make.make_member(
            agency=make.make_agency(name=f"Agency {letter}"), role=Role.AGENCY_ADMIN
        )
        for topic in Topic.values:
            code = name(signed_in, member, member, topic).json()["code"]
            signed_in(member).post(f"{LIST}{code}/agree/")

    body = signed_in(sender).get(LIST).json()
    page = visiting(sender).see("/focal-points/").content.decode()

    people = [(each["agency_name"], sorted(each["topics"])) for each in body["results"]]
    assert people == [("Agency A", sorted(Topic)), ("Agency B", sorted(Topic))][:most]
    assert (body["more"], "There are more." in page) == (most == 1, most == 1)


def test_whoever_leaves_is_gone_at_once(
    signed_in: Any, sender: Member, admin: Member, stranger: Member
) -> None:
    code = name(signed_in, admin, sender).json()["code"]
    signed_in(sender).post(f"{LIST}{code}/agree/")
    assert len(shown(signed_in, stranger)) == 1

    leaving.leave(member=sender, by=admin, at=timezone.now())

    assert shown(signed_in, stranger) == []


def test_the_database_shows_no_more_of_it(
    signed_in: Any, sender: Member, admin: Member, stranger: Member
) -> None:
    code = name(signed_in, admin, sender).json()["code"]
    Reach.objects.create(member=sender, phone="12345", away_until=dt.date(2030, 1, 1))

    def seen(member: Member) -> tuple[int, int]:
        with said(wall.member(member).signed(), roles.WEB):
            return FocalPoint.objects.count(), Reach.objects.count()

    guest = make.make_guest().members.get()
    before = {"own": seen(sender), "admin": seen(admin), "other": seen(stranger)}
    signed_in(sender).post(f"{LIST}{code}/agree/")

    assert before == {"own": (1, 1), "admin": (1, 0), "other": (0, 0)}
    assert (seen(stranger), seen(guest)) == ((1, 1), (0, 0))
