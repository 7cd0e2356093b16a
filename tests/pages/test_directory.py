"""The directory of services, the members and the agencies."""

from typing import Any

import pytest
from django.test import Client

from agencies.models import Agency, Member, Service
from agencies.roles import Role
from demo import builders as make
from pages.directory import MOST

PASSWORD = "seven green apples on a hill"


@pytest.fixture
def admin(receiver: Member) -> Member:
    return make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)


@pytest.fixture
def system(db: None) -> Member:
    return make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
    )


def test_a_search_finds_what_fits_and_says_why(
    visiting: Any, sender: Member, service: Service
) -> None:
    other = make.make_service(agency=service.agency, type="LEGAL_AID")

    text = visiting(sender).see("/services/", {"type": service.type}).content.decode()

    assert (service.name in text, other.name in text) == (True, False)
    assert "Has not said how many places are free." in text


def test_ones_own_services_stand_first_however_many_others_there_are(
    visiting: Any, admin: Member, service: Service
) -> None:
    elsewhere = make.make_agency()
    for n in range(MOST + 1):
        make.make_service(agency=elsewhere, name=f"House {n}", verified_on=make.today())
    mine = make.make_service(agency=admin.agency, type="LEGAL_AID", name="Quiet advice")

    text = visiting(admin).see("/services/").content.decode()
    first, rest = text.split("Of all agencies")

    assert (mine.name in first, service.name in first, "House" in first) == (True, True, False)
    assert rest.count('<li class="card-plain">') == MOST
    assert "The first hundred services" in rest


@pytest.mark.parametrize("count", [1, 3])
def test_the_directory_costs_the_same_for_one_and_for_three(
    visiting: Any, sender: Member, count: int
) -> None:
    for _ in range(count):
        make.make_service(agency=make.make_agency())
    visitor = visiting(sender)
    visitor.see("/services/")

    _, asked = visitor.asks("/services/")

    assert asked == 5


def test_an_agency_says_how_many_places_are_free(
    visiting: Any, receiver: Member, service: Service
) -> None:
    answer = visiting(receiver).do(f"/services/{service.code}/", {"places_free": "4"})

    assert answer.redirect_chain == [(f"/services/{service.code}/", 302)]
    service.refresh_from_db()
    assert service.places_free == 4


def test_nobody_sets_the_places_of_others(
    visiting: Any, stranger: Member, service: Service
) -> None:
    answer = visiting(stranger).do(f"/services/{service.code}/", {"places_free": "4"})

    assert answer.status_code == 403
    service.refresh_from_db()
    assert service.places_free is None


def test_a_service_is_offered_and_changed_and_what_is_wrong_is_kept(
    visiting: Any, admin: Member
) -> None:
    visitor = visiting(admin)
    words = {"type": "LEGAL_AID", "name": "Advice", "status": "active", "minimum_age": "30",
             "maximum_age": "20"}  # fmt: skip

    wrong = visitor.do("/services/new/", words)
    visitor.do("/services/new/", words | {"minimum_age": "18", "maximum_age": "99"})
    made = Service.objects.get(agency=admin.agency)
    visitor.do(f"/services/{made.code}/change/", words | {"name": "More advice", "minimum_age": "",
                                                         "maximum_age": ""})  # fmt: skip

    assert "The youngest age is above the oldest." in wrong.content.decode()
    assert 'value="Advice"' in wrong.content.decode()
    made.refresh_from_db()
    assert (made.name, made.minimum_age) == ("More advice", None)


def test_who_is_invited_comes_in_by_a_link_that_works_once(
    visiting: Any, admin: Member
) -> None:
    text = (
        visiting(admin)
        .do("/members/new/", {"username": "new.worker", "role": "social_worker"})
        .content.decode()
    )
    link = "/welcome/" + text.split("/welcome/")[1].split("<")[0]

    client = Client()
    first = client.post(link, {"password": PASSWORD}, follow=True)
    second = Client().post(link, {"password": PASSWORD})

    member = Member.objects.get(username="new.worker")
    assert first.redirect_chain == [("/sign-in/", 302)]
    assert "This activation is not valid any more." in second.content.decode()
    assert (member.agency, member.role) == (admin.agency, "social_worker")
    assert member.check_password(PASSWORD)


def test_an_administrator_gives_no_national_role(visiting: Any, admin: Member) -> None:
    answer = visiting(admin).do("/members/new/", {"username": "new.one", "role": "auditor"})

    assert not Member.objects.filter(username="new.one").exists()
    assert 'value="auditor"' not in answer.content.decode()


def test_a_role_changes_and_access_ends(visiting: Any, admin: Member, receiver: Member) -> None:
    visitor = visiting(admin)

    visitor.do(f"/members/{receiver.username}/", {"role": "supervisor"})
    receiver.refresh_from_db()
    assert receiver.role == "supervisor"

    visitor.do(f"/members/{receiver.username}/leaves/")
    receiver.refresh_from_db()
    assert receiver.is_active is False


def test_members_are_for_administrators(
    visiting: Any, sender: Member, admin: Member, stranger: Member
) -> None:
    assert visiting(sender).see("/members/").status_code == 403
    assert visiting(admin).see(f"/members/{stranger.username}/").status_code == 404


def test_the_system_registers_and_changes_an_agency(visiting: Any, system: Member) -> None:
    visitor = visiting(system)

    visitor.do(
        "/agencies/new/", {"name": "Linden House", "type": "shelter_ngo", "is_active": "on"}
    )
    made = Agency.objects.get(name="Linden House")
    visitor.do(
        f"/agencies/{made.code}/",
        {"name": "Linden House", "type": "legal", "is_active": "on",
         "protocol_signed_on": "2026-01-01", "protocol_signed_until": "2030-01-01"},
    )  # fmt: skip

    made.refresh_from_db()
    assert (made.type, str(made.protocol_signed_until)) == ("legal", "2030-01-01")


def test_others_register_no_agency(visiting: Any, admin: Member) -> None:
    visitor = visiting(admin)

    assert visitor.see("/agencies/").status_code == 403
    assert visitor.do("/agencies/new/", {"name": "X", "type": "legal"}).status_code == 403
