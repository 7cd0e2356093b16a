"""The directory of services, the members and the agencies."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from agencies.listingmodels import DirectoryImport, Listing
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


PLACE = {"street": "Snegirinaya 17", "city": "Minsk", "state": "Minsk", "postal_code": "220000",
         "country": "BY", "phone": "+375291112233", "latitude": "53.9", "longitude": "27.56"}  # fmt: skip
WORDS = {"is_listed": "on", "name": "Advice", "description": "For everybody.",
         "agency_public_name": "Free advice",
         "weekdays": ["MO", "FR"], "opens_at": "09:00", "closes_at": "18:00"}  # fmt: skip


def seen(visitor: Any, path: str) -> dict[str, str]:
    """The version that the page of a listing holds."""
    text = visitor.see(path).content.decode()
    return {"version": text.split('name="version" value="')[1].split('"')[0]}


def test_the_public_is_told_what_was_looked_at_first(
    visiting: Any, admin: Member, service: Service
) -> None:
    visitor, path = visiting(admin), f"/services/{service.code}/listing/"

    look = visitor.do(path, WORDS | PLACE | {"look": "1"})
    assert "So it would look. Nothing is kept yet." in look.content.decode()
    assert Listing.objects.count() == 0
    kept = visitor.do(path, WORDS | PLACE | seen(visitor, path) | {"keep": "1"})

    assert kept.redirect_chain == [(path, 302)]
    found = Listing.objects.get()
    assert (found.is_listed, found.shows, found.name, found.weekdays) == (
        True, [], "Advice", ["MO", "FR"],
    )  # fmt: skip
    told = kept.content.decode().split('class="narrow"')[0]
    words = (
        "Anybody can read this now",
        "Monday, Friday 09:00",
        "Snegirinaya",
        "+375291112233",
    )
    assert [word in told for word in words] == [True, True, False, False]


def test_to_show_a_place_asks_who_one_is(
    visiting: Any, admin: Member, service: Service
) -> None:
    visitor, path = visiting(admin), f"/services/{service.code}/listing/"
    words = WORDS | PLACE | {"shows": ["address"], "keep": "1"} | seen(visitor, path)

    with time_machine.travel(timezone.now() + dt.timedelta(minutes=6), tick=True):
        asked = visitor.do(path, words)
        assert asked.redirect_chain[0][0].startswith("/again/")
        assert Listing.objects.count() == 0
        # What opens no place asks nothing.
        other = WORDS | {"keep": "1"} | seen(visitor, path)
        assert visitor.do(path, other).redirect_chain == [(path, 302)]
    visitor = visiting(admin)
    visitor.do(path, words | seen(visitor, path))

    assert Listing.objects.get().shows == ["address"]


def test_what_is_wrong_with_a_listing_stands_beside_its_field_and_nothing_is_lost(
    visiting: Any, admin: Member, service: Service
) -> None:
    wrong = visiting(admin).do(
        f"/services/{service.code}/listing/",
        WORDS | {"phone": "ring me", "country": "XX", "keep": "1"},
    )

    text = wrong.content.decode()
    assert 'value="ring me"' in text
    assert ("So it would look" in text, "Not listed: nobody outside" in text) == (False, True)
    assert "A phone number such as +375291234567 is needed here." in text
    assert Listing.objects.count() == 0


def test_an_old_page_writes_over_nothing_and_what_was_typed_is_shown(
    visiting: Any, admin: Member, service: Service
) -> None:
    visitor, path = visiting(admin), f"/services/{service.code}/listing/"
    old = seen(visitor, path)
    visitor.do(path, WORDS | {"keep": "1"} | old)

    text = visitor.do(path, WORDS | {"name": "Old words", "keep": "1"} | old).content.decode()

    assert "Somebody changed this meanwhile." in text
    assert text.index("So it would look") < text.index("<bdi>Old words</bdi>")
    assert Listing.objects.get().name == "Advice"


def test_beside_still_right_stands_that_a_service_opens_with_it(
    visiting: Any, admin: Member
) -> None:
    """Until its agency says on the page of the service how it stands."""
    visitor = visiting(admin)
    visitor.do("/services/imports/", sent(make.SET))
    waiting = DirectoryImport.objects.get()
    text = visitor.see(f"/services/imports/{waiting.code}/").content.decode()
    digest = text.split('name="digest" value="')[1].split('"')[0]
    visitor.do(f"/services/imports/{waiting.code}/", {"digest": digest})
    made = Service.objects.get()
    path, opens = f"/services/{made.code}/", "it opens."
    facts = {"type": "LEGAL_AID", "name": "By telephone"}
    assert opens in visitor.see(path).content.decode()

    visitor.do(f"{path}change/", facts | {"status": "inactive"})
    assert opens in visitor.see(path).content.decode()
    visitor.do(f"{path}change/", facts | {"status": "temporarily_closed"})
    assert opens not in visitor.see(path).content.decode()
    visitor.do(f"{path}still-right/")

    made.refresh_from_db()
    assert (made.name, made.status) == ("By telephone", "temporarily_closed")


def test_others_neither_list_nor_confirm(
    visiting: Any, sender: Member, receiver: Member, service: Service
) -> None:
    other = make.make_member(role=Role.AGENCY_ADMIN)
    for member in (sender, receiver, other):
        visitor = visiting(member)
        assert visitor.see(f"/services/{service.code}/listing/").status_code == 403
        assert visitor.do(f"/services/{service.code}/still-right/").status_code == 403


def test_an_old_entry_is_said_to_be_old_until_somebody_looks(
    visiting: Any, admin: Member, sender: Member, service: Service
) -> None:
    old = make.today() - dt.timedelta(days=181)
    Service.objects.update(verified_on=old)
    since = "Not checked since"
    case = make.make_case(by=sender)
    paths = ["/services/", f"/services/{service.code}/", f"/cases/{case.code}/refer/",
             f"/cases/{case.code}/refer/?service={service.code}"]  # fmt: skip
    visitor = visiting(sender)
    assert [since in visitor.see(path).content.decode() for path in paths] == [True] * 4
    assert "Say whether the entry is still right" in visiting(admin).see("/").content.decode()

    answer = visiting(admin).do(f"/services/{service.code}/still-right/")

    service.refresh_from_db()
    assert service.verified_on == make.today()
    assert answer.redirect_chain == [(f"/services/{service.code}/", 302)]
    assert [since in visitor.see(path).content.decode() for path in paths] == [False] * 4
    home = visiting(admin).see("/").content.decode()
    assert "Say whether the entry is still right" not in home


def test_an_entry_is_fresh_on_its_last_day(
    visiting: Any, sender: Member, service: Service
) -> None:
    Service.objects.update(verified_on=make.today() - dt.timedelta(days=180))

    text = visiting(sender).see(f"/services/{service.code}/").content.decode()

    assert "Not checked since" not in text


def sent(content: bytes, source: str = "elsewhere") -> dict[str, Any]:
    file = SimpleUploadedFile("set.json", content, "application/json")
    return {"file": file, "source": source}


def test_a_set_is_read_looked_at_and_taken_over(visiting: Any, admin: Member) -> None:
    visitor = visiting(admin)

    read = visitor.do("/services/imports/", sent(make.SET))
    waiting = DirectoryImport.objects.get()
    text = read.content.decode()
    assert read.redirect_chain == [(f"/services/imports/{waiting.code}/", 302)]
    assert ("Advice by telephone" in text, Service.objects.count()) == (True, 0)
    digest = text.split('name="digest" value="')[1].split('"')[0]
    visitor.do(f"/services/imports/{waiting.code}/", {"digest": digest})

    made = Service.objects.get()
    assert (made.agency, made.name, made.status) == (
        admin.agency, "Advice by telephone", "inactive",
    )  # fmt: skip
    again = visitor.do(f"/services/imports/{waiting.code}/", {"digest": digest})
    assert "This set was taken over or put aside already." in again.content.decode()


def test_faults_are_shown_and_nothing_can_be_taken_over(visiting: Any, admin: Member) -> None:
    wrong = make.SET.replace(b"active", b"open")

    text = visiting(admin).do("/services/imports/", sent(wrong)).content.decode()

    assert "Active, inactive, defunct or temporarily closed is needed here." in text
    assert ("Take over all of it" in text, "Put aside" in text) == (False, True)


def test_a_file_that_cannot_be_read_is_said_beside_its_field(
    visiting: Any, admin: Member
) -> None:
    visitor = visiting(admin)

    answer = visitor.do("/services/imports/", sent(b"PK\x03\x04 cut", "where-from"))

    text = answer.content.decode()
    assert "The file is damaged or was cut off." in text
    assert 'value="where-from"' in text
    assert DirectoryImport.objects.count() == 0


def test_a_set_is_put_aside(visiting: Any, admin: Member) -> None:
    visitor = visiting(admin)
    visitor.do("/services/imports/", sent(make.SET))
    waiting = DirectoryImport.objects.get()

    answer = visitor.do(f"/services/imports/{waiting.code}/put-aside/")

    waiting.refresh_from_db()
    assert answer.redirect_chain == [("/services/imports/", 302)]
    assert (waiting.state, waiting.content) == ("discarded", None)


def test_sets_are_for_administrators_and_ones_own_alone(
    visiting: Any, admin: Member, receiver: Member, system: Member
) -> None:
    visiting(admin).do("/services/imports/", sent(make.SET))
    path = f"/services/imports/{DirectoryImport.objects.get().code}/"

    assert [visiting(m).see(path).status_code for m in (admin, receiver, system)] == [
        200,
        403,
        404,
    ]
    assert visiting(receiver).see("/services/imports/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_a_plan_costs_the_same_for_one_and_for_three(
    visiting: Any, admin: Member, count: int
) -> None:
    one = json.loads(make.SET)[0]
    visitor = visiting(admin)
    visitor.do(
        "/services/imports/", sent(json.dumps([one | {"id": n} for n in range(count)]).encode())
    )
    path = f"/services/imports/{DirectoryImport.objects.get().code}/"
    visitor.see(path)

    answer, asked = visitor.asks(path)

    assert (answer.status_code, asked) == (200, 6)
