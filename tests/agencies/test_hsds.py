"""The public directory by HSDS: what it tells, and above all what it does not tell."""

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies import actions, listing, policy
from agencies.hsds import shapes
from agencies.listingmodels import Listing, Origin, Shown
from agencies.models import Agency, Member, Service
from agencies.roles import AgencyType, Role
from config.wall import roles
from demo import builders as make
from edge import wall
from kernel.errors import Denied, Invalid, Refused
from tests.agencies.hsdsfields import faults, page_faults
from tests.conftest import meanwhile
from tests.entering import enter

PLACE = {
    "org_ShippingStreet": "Snegirinaya 17", "org_ShippingCity": "Minsk",
    "org_ShippingState": "Minsk", "org_ShippingPostalCode": "220000",
    "org_ShippingCountry": "BY", "org_ShippingLatitude": 53.9, "org_ShippingLongitude": 27.56,
    "org_Phone": "+375291112233",
}  # fmt: skip
WORDS = {
    "description": "Advice for everybody.", "eligibility_description": "Adults.",
    "application_process": "Ring us up.", "fees_description": "Free of charge.",
    "interpretation_services": "On demand.", "url": "https://example.org/advice",
    "email": "advice@example.org", "weekdays": ["MO", "TU"], "opens_at": dt.time(9),
    "closes_at": dt.time(18), "hours_note": "Closed at noon.", "htcds": PLACE,
    "agency_about": "We advise.", "agency_website": "https://example.org/",
}  # fmt: skip
EVERYTHING = [each.value for each in Shown]
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.HSDS_PUBLIC = True


@pytest.fixture
def admin(db: None) -> Member:
    return make.make_member(
        agency=make.make_agency(type=AgencyType.LEGAL, name="Advice House"),
        role=Role.AGENCY_ADMIN,
    )


@pytest.fixture
def advice(admin: Member) -> Listing:
    """A service that tells all that can be told."""
    service = make.make_service(
        agency=admin.agency, type="LEGAL_AID", name="What members read", minimum_age=18,
        maximum_age=99, languages=["rus", "bel"], districts=["BY-MI-01"], capacity=7,
        places_free=3, round_the_clock=False,
    )  # fmt: skip
    return make.make_listed(by=admin, service=service, name="Advice", shows=EVERYTHING, **WORDS)


def asked(path: str, **query: Any) -> Any:
    return Client().get(f"/hsds/{path}", query)


def told(path: str, **query: Any) -> Any:
    answer = asked(path, **query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(path: str = "services", **query: Any) -> set[str]:
    return {each["id"] for each in told(path, **query)["contents"]}


def unchanging(answer: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    """All of an answer but the number of the request."""
    headers = {name: value for name, value in answer.items() if name != "X-Request-ID"}
    return answer.status_code, {**answer.json(), "request_id": ""}, headers


def test_every_answer_is_as_the_standard_has_it(advice: Listing) -> None:
    whose, place = str(advice.service.agency.uid), told("service_at_locations")["contents"][0]
    term = told("taxonomy_terms")["contents"][0]["id"]
    taxonomy = told("taxonomies")["contents"][0]["id"]

    wrong = [
        *faults("root", told("")),
        *page_faults("service", told("services")),
        *page_faults("service", told("services", full="true")),
        *page_faults("minimal", told("services", minimal="true")),
        *faults("service", told(f"services/{advice.uid}")),
        *page_faults("organization", told("organizations")),
        *page_faults("organization", told("organizations", full="true", full_service="true")),
        *faults("organization", told(f"organizations/{whose}")),
        *faults("organization", told(f"organizations/{whose}", full_service="true")),
        *page_faults("service_at_location", told("service_at_locations")),
        *page_faults("service_at_location", told("service_at_locations", full="true")),
        *faults("service_at_location", told(f"service_at_locations/{place['id']}")),
        *page_faults("taxonomy", told("taxonomies")),
        *faults("taxonomy", told(f"taxonomies/{taxonomy}")),
        *page_faults("taxonomy_term", told("taxonomy_terms")),
        *faults("taxonomy_term", told(f"taxonomy_terms/{term}")),
    ]

    assert wrong == []


def test_a_service_tells_what_its_agency_has_written(advice: Listing) -> None:
    shown = told(f"services/{advice.uid}")

    plain = {
        name: value for name, value in shown.items() if not isinstance(value, (list, dict))
    }
    assert advice.changed_at is not None
    assert plain == {
        "id": str(advice.uid), "name": "Advice", "status": "active", "minimum_age": 18,
        "maximum_age": 99, "assured_date": make.today().isoformat(),
        "last_modified": f"{advice.changed_at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        **{name: WORDS[name] for name in ("description", "eligibility_description", "url",
           "application_process", "fees_description", "interpretation_services", "email")},
    }  # fmt: skip
    assert [each["number"] for each in shown["phones"]] == ["+375291112233"]
    assert [
        (each["byday"], each["opens_at"], each["closes_at"], each["description"])
        for each in shown["schedules"]
    ] == [("MO,TU", "09:00+03:00", "18:00+03:00", "Closed at noon.")]
    assert [(each["code"], each["name"]) for each in shown["languages"]] == [
        ("ru", "Russian"), ("be", "Belarusian"),
    ]  # fmt: skip
    assert len(shown["service_areas"]) == 1
    location = shown["service_at_locations"][0]["location"]
    assert (location["latitude"], location["longitude"]) == (53.9, 27.56)
    assert location["addresses"][0]["address_1"] == "Snegirinaya 17"
    assert shown["organization"] == {
        "id": str(advice.service.agency.uid), "name": "Advice House", "description": "We advise.",
        "website": "https://example.org/",
    }  # fmt: skip
    assert shown["attributes"][0]["taxonomy_term"]["name"] == "Legal advice"


def test_a_client_of_the_standard_walks_all_pages(admin: Member) -> None:
    """As HSDS tools do: page after page, until one says that it is the last."""
    made = {str(make.make_listed(by=admin, name=f"Help {n}").uid) for n in range(7)}

    found: list[str] = []
    sizes = []
    number = 1
    while True:
        page = told("services", page=number, per_page=3)
        found += [each["id"] for each in page["contents"]]
        sizes.append((page["size"], page["first_page"], page["last_page"], page["empty"]))
        if page["last_page"]:
            break
        number += 1

    assert (set(found), len(found)) == (made, 7)
    assert sizes == [(3, True, False, False), (3, False, False, False), (1, False, True, False)]
    assert (page["total_items"], page["total_pages"]) == (7, 3)
    after = told("services", page=9, per_page=3)
    assert (after["contents"], after["empty"], after["last_page"]) == ([], True, True)


def test_nothing_is_listed_by_itself(admin: Member) -> None:
    service = make.make_service(agency=admin.agency)
    kept = listing.set_listing(
        service=service, facts={"name": "Quiet", "htcds": PLACE}, by=admin, at=timezone.now()
    )

    assert (kept.is_listed, kept.shows) == (False, [])
    assert told("services")["total_items"] == told("organizations")["total_items"] == 0


@pytest.mark.parametrize("kind", [AgencyType.SHELTER_NGO, AgencyType.POLICE, AgencyType.LEGAL])
def test_a_listed_service_shows_nothing_of_its_place_that_is_not_ticked(
    db: None, kind: AgencyType
) -> None:
    boss = make.make_member(
        agency=make.make_agency(type=kind, htcds=PLACE), role=Role.AGENCY_ADMIN
    )
    service = make.make_service(
        agency=boss.agency, name="Yellow house at the river", districts=["BY-MI-01"], capacity=9
    )
    shown = make.make_listed(by=boss, service=service, name="Help", htcds=PLACE)
    paths = ["services", "services?full=true", f"services/{shown.uid}", "organizations",
             "organizations?full=true&full_service=true", "service_at_locations",
             f"organizations/{boss.agency.uid}?full_service=true"]  # fmt: skip

    texts = [Client().get(f"/hsds/{path}").content.decode() for path in paths]

    secrets = ["Snegirinaya", "Minsk", "220000", "53.9", "27.56", "112233", "Yellow", "BY-",
               "capacity", service.code, boss.agency.code]  # fmt: skip
    assert [(word, text) for word in secrets for text in texts if word in text] == []
    assert [str(shown.uid) in text for text in texts] == [1, 1, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("tick", EVERYTHING)
def test_each_tick_shows_its_own_and_nothing_else(admin: Member, tick: str) -> None:
    service = make.make_service(agency=admin.agency, districts=["BY-MI-01"])
    shown = make.make_listed(by=admin, service=service, shows=[tick], htcds=PLACE)

    found = told(f"services/{shown.uid}")

    places = found["service_at_locations"]
    assert {
        "area": bool(found["service_areas"]),
        "phone": bool(found["phones"]),
        "address": any("addresses" in each["location"] for each in places),
        "coordinates": any("latitude" in each["location"] for each in places),
    } == {each: each == tick for each in EVERYTHING}


def test_a_sealed_address_is_never_shown(admin: Member) -> None:
    """Neither can the tick be set, nor does it show anything where the address is sealed later."""
    sealed = make.make_service(agency=admin.agency, confidential_address="Snegirinaya 17")
    with pytest.raises(Refused) as refusal:
        make.make_listed(by=admin, service=sealed, shows=["address"], htcds=PLACE)
    assert refusal.value.code == "address_is_confidential"

    shown = make.make_listed(by=admin, shows=["address", "coordinates"], htcds=PLACE)
    actions.change_service(
        service=shown.service, facts={"confidential_address": "Elsewhere 2"}, by=admin
    )
    text = asked(f"services/{shown.uid}").content.decode()
    assert ("Snegirinaya" in text, "53.9" in text) == (False, False)
    assert told("service_at_locations")["total_items"] == 0


def by_key(member: Member, shown: Listing, **facts: Any) -> Any:
    """What is said of a listing by a key to the API, which has no second factor."""
    path = f"/api/v1/services/{shown.service.code}/listing/"
    headers = {"Authorization": f"Bearer {make.make_token(member)}"}
    headers["If-Match"] = Client().get(path, headers=headers)["ETag"]
    return Client().post(path, facts, content_type="application/json", headers=headers)


ELSEWHERE = PLACE | {"org_ShippingStreet": "Elsewhere 2"}


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"htcds": ELSEWHERE}, 403),
        ({"htcds": PLACE | {"org_ShippingLatitude": 54.0}}, 403),
        ({"shows": ["address", "coordinates", "phone"]}, 200),
        ({"description": "New words.", "htcds": PLACE}, 200),
        ({"shows": ["coordinates"]}, 200),
        ({"is_listed": False, "htcds": ELSEWHERE}, 200),
    ],
)
def test_another_place_under_an_old_tick_asks_who_one_is(
    admin: Member, facts: dict[str, Any], status: int
) -> None:
    shown = make.make_listed(by=admin, shows=["address", "coordinates"], htcds=PLACE)

    answer = by_key(admin, shown, **facts)

    assert answer.status_code == status, answer.content
    assert (answer.json().get("code") == "step_up_needed") == (status == 403)
    assert "Elsewhere" not in asked("services", full="true").content.decode()


def test_an_address_that_was_sealed_and_is_not_any_more_is_ticked_anew(admin: Member) -> None:
    shown = make.make_listed(by=admin, shows=EVERYTHING, htcds=PLACE)
    for address in ("Elsewhere 2", None):
        shown.service.refresh_from_db()
        actions.change_service(
            service=shown.service, facts={"confidential_address": address}, by=admin
        )

    shown.refresh_from_db()
    assert sorted(shown.shows) == ["area", "phone"]
    assert "Snegirinaya" not in asked(f"services/{shown.uid}").content.decode()


def test_nobody_writes_over_what_they_have_not_seen(admin: Member) -> None:
    shown = make.make_listed(by=admin, shows=["area"])
    path = f"/api/v1/services/{shown.service.code}/listing/"
    headers = {"Authorization": f"Bearer {make.make_token(admin)}"}
    tag = Client().get(path, headers=headers)["ETag"]

    def said(facts: dict[str, Any], **more: str) -> tuple[int, str]:
        answer = Client().post(
            path, facts, content_type="application/json", headers=headers | more
        )
        return answer.status_code, answer.json().get("code", "")

    assert said({"description": "One."}) == (428, "if_match_missing")
    assert said({"description": "One."}, **{"If-Match": tag}) == (200, "")
    assert said({"description": "Two."}, **{"If-Match": tag}) == (412, "stale_version")
    assert said({"description": "Two."}, **{"If-Match": '"x.1"'}) == (412, "stale_version")
    # What another service says of the agency is part of it; when it was shown is not.
    tag = Client().get(path, headers=headers)["ETag"]
    Listing.objects.update(changed_at=timezone.now())
    assert Client().get(path, headers=headers)["ETag"] == tag
    make.make_listed(by=admin, agency_about="We help.")
    assert said({"description": "Two."}, **{"If-Match": tag}) == (412, "stale_version")
    shown.refresh_from_db()
    assert shown.description == "One."


@pytest.mark.django_db(transaction=True)
def test_two_who_speak_for_one_agency_at_once_have_not_seen_each_other() -> None:
    admin = make.make_member(role=Role.AGENCY_ADMIN)
    one, two = (make.make_listed(by=admin, agency_about="Before.") for _ in range(2))
    seen = listing.version_of(listing.listing_of(two.service))

    def said(shown: Listing, about: str, seen: str | None = None) -> Callable[[], object]:
        facts = {"agency_about": about}
        return lambda: listing.set_listing(
            service=shown.service, facts=facts, seen=seen, by=admin, at=timezone.now()
        )

    ended = meanwhile(said(one, "One."), said(two, "Two.", seen))

    assert (ended, Agency.objects.get(pk=admin.agency_id).about) == (["stale_version"], "One.")


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_sealed_meanwhile_cannot_be_ticked() -> None:
    admin = make.make_member(role=Role.AGENCY_ADMIN)
    shown = make.make_listed(by=admin, htcds=PLACE)
    service = Service.objects.get(pk=shown.service_id)

    ended = meanwhile(
        lambda: actions.change_service(
            service=service, facts={"confidential_address": "Elsewhere 2"}, by=admin
        ),
        lambda: listing.set_listing(
            service=shown.service, facts={"shows": ["address"]}, fresh=True, by=admin,
            at=timezone.now(),
        ),
    )  # fmt: skip

    shown.refresh_from_db()
    assert (ended, shown.shows) == (["address_is_confidential"], [])


def test_what_is_not_given_of_an_agency_stays(admin: Member) -> None:
    shown = make.make_listed(by=admin, agency_about="We help.")
    known = shown.service
    Agency.objects.update(about="Said meanwhile.")

    listing.set_listing(
        service=known, facts={"agency_website": "https://example.org/"}, by=admin,
        at=timezone.now(),
    )  # fmt: skip

    agency = Agency.objects.get(pk=admin.agency_id)
    assert (agency.about, agency.website) == ("Said meanwhile.", "https://example.org/")


def gone(shown: Listing, how: str, admin: Member) -> None:
    """The ways in which a listed service is not there any more."""
    service = shown.service
    if how == "unlisted":
        listing.set_listing(
            service=service, facts={"is_listed": False}, by=admin, at=timezone.now()
        )
    if how == "agency left":
        Agency.objects.filter(pk=service.agency_id).update(is_active=False)
    if how == "not active":
        actions.change_service(service=service, facts={"status": "inactive"}, by=admin)
    if how == "closed for good":
        actions.change_service(service=service, facts={"status": "defunct"}, by=admin)
    if how == "never checked":
        actions.change_service(service=service, facts={"verified_on": None}, by=admin)


@pytest.mark.parametrize(
    "how", ["unlisted", "agency left", "not active", "closed for good", "never checked"]
)
def test_what_is_not_listed_answers_as_what_never_was(
    admin: Member, advice: Listing, how: str
) -> None:
    place = told("service_at_locations")["contents"][0]["id"]
    whose = str(advice.service.agency.uid)
    gone(advice, how, admin)

    for path, number in (("services", advice.uid), ("organizations", whose),
                         ("service_at_locations", place)):  # fmt: skip
        unlisted, never = asked(f"{path}/{number}"), asked(f"{path}/{uuid.uuid4()}")
        assert unchanging(unlisted) == unchanging(never)
        assert unlisted.status_code == 404
    since = "2020-01-01T00:00:00Z"
    for path in ("services", "organizations", "service_at_locations"):
        for query in ({}, {"search": "Advice"}, {"full": "true"}, {"modified_after": since}):
            page = told(path, **query)
            assert (page["total_items"], page["total_pages"], page["empty"]) == (0, 0, True)
    assert told("services", organization_id=whose)["total_items"] == 0


def test_who_has_signed_in_is_told_no_more(admin: Member) -> None:
    """Not even an administrator, to whom the database would show the rest."""
    hidden = listing.set_listing(
        service=make.make_service(agency=admin.agency), facts={"name": "Hidden"}, by=admin,
        at=timezone.now(),
    )  # fmt: skip
    client = enter(Client(), admin)

    assert client.get("/hsds/services").json()["total_items"] == 0
    assert client.get(f"/hsds/services/{hidden.uid}").status_code == 404


def test_an_organization_names_its_listed_services_alone(admin: Member) -> None:
    shown = make.make_listed(by=admin, name="Shown")
    listing.set_listing(
        service=make.make_service(agency=admin.agency), facts={"name": "Hidden"}, by=admin,
        at=timezone.now(),
    )  # fmt: skip

    found = told(f"organizations/{admin.agency.uid}")

    assert [each["id"] for each in found["services"]] == [str(shown.uid)]


def test_a_change_that_the_public_is_not_told_moves_nothing(
    admin: Member, advice: Listing
) -> None:
    focal = make.make_member(agency=admin.agency, role=Role.FOCAL_POINT)
    before = told(f"services/{advice.uid}")
    beginning = timezone.now()

    actions.set_places(service=advice.service, places_free=1, by=focal)
    advice.service.refresh_from_db()
    actions.change_service(
        service=advice.service, facts={"name": "Another name", "capacity": 20}, by=admin
    )
    make.make_service(agency=admin.agency)
    hidden = listing.set_listing(
        service=make.make_service(agency=admin.agency), facts={"name": "Hidden"}, by=admin,
        at=timezone.now(),
    )  # fmt: skip

    assert told(f"services/{advice.uid}") == before
    assert ids(modified_after=beginning.isoformat()) == set()
    assert str(hidden.uid) not in ids()


def test_a_change_that_the_public_is_told_shows(admin: Member, advice: Listing) -> None:
    other = make.make_listed(by=make.make_member(role=Role.AGENCY_ADMIN))
    beginning = timezone.now() + dt.timedelta(seconds=1)
    Listing.objects.update(changed_at=beginning - DAY)

    advice.service.refresh_from_db()
    listing.set_listing(
        service=advice.service, facts={"description": "New words."}, by=admin, at=beginning
    )

    assert ids(modified_after=beginning.isoformat()) == {str(advice.uid)}
    assert ids(modified_after=(beginning - 2 * DAY).date().isoformat()) == {
        str(advice.uid), str(other.uid),
    }  # fmt: skip


def test_what_changed_while_it_was_not_listed_is_news_when_it_is_listed_again(
    admin: Member, advice: Listing
) -> None:
    service = advice.service
    listing.set_listing(
        service=service, facts={"is_listed": False}, by=admin, at=timezone.now()
    )
    Listing.objects.update(changed_at=timezone.now() - 30 * DAY)
    again = timezone.now()

    listing.set_listing(
        service=service, facts={"is_listed": True}, fresh=True, by=admin, at=again
    )

    assert ids(modified_after=(again - DAY).isoformat()) == {str(advice.uid)}


def test_the_name_that_members_read_is_not_told(admin: Member) -> None:
    """An agency says under which name the public knows it; without one nothing is listed."""
    with pytest.raises(Refused) as refusal:
        make.make_listed(by=admin, agency_public_name="")
    assert refusal.value.code == "public_name_is_missing"

    shown = make.make_listed(by=admin, agency_public_name="Free advice")

    pages = [told("services", full="true"), told("organizations", full="true"),
             told(f"services/{shown.uid}")]  # fmt: skip
    assert [name in json.dumps(pages) for name in ("Free advice", "Advice House")] == [
        True,
        False,
    ]
    assert ids(search="free advice") == ids("services") == {str(shown.uid)}
    assert ids(search="Advice House") == ids("organizations", search="Advice House") == set()


def test_a_name_of_the_agency_is_news_of_its_services(admin: Member, advice: Listing) -> None:
    system = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
    )
    Listing.objects.update(changed_at=timezone.now() - 30 * DAY)
    beginning = timezone.now()

    actions.change_agency(
        agency=advice.service.agency, facts={"name": "House of Advice"}, by=system
    )
    assert ids(modified_after=beginning.isoformat()) == set()
    listing.set_listing(
        service=make.make_service(agency=admin.agency),
        facts={"agency_public_name": "All our advice"}, by=admin, at=timezone.now(),
    )  # fmt: skip

    assert ids(modified_after=beginning.isoformat()) == {str(advice.uid)}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "ADVICE"}, True),
        ({"search": "everybody"}, True),
        ({"search": "advice house"}, True),
        ({"search": "what members read"}, False),
        ({"search": "Snegirinaya"}, False),
        ({"search": "%"}, False),
        ({"taxonomy_term_id": "legal-advice"}, True),
        ({"taxonomy_term_id": "health"}, False),
        ({"taxonomy_term_id": "nowhere"}, False),
        ({"organization_id": "own"}, True),
        ({"organization_id": "other"}, False),
        ({"taxonomy_id": "own"}, True),
        ({"taxonomy_id": "other"}, False),
    ],
)
def test_filters_look_into_what_is_public_alone(
    advice: Listing, query: dict[str, str], found: bool
) -> None:
    terms = {each["code"]: each["id"] for each in told("taxonomy_terms")["contents"]}
    own = {
        "organization_id": str(advice.service.agency.uid),
        "taxonomy_id": told("taxonomies")["contents"][0]["id"],
    }
    meant = {
        name: terms.get(value, str(uuid.uuid4()))
        if name == "taxonomy_term_id"
        else (own[name] if value == "own" else str(uuid.uuid4()))
        if name in own
        else value
        for name, value in query.items()
    }

    assert ids(**meant) == ({str(advice.uid)} if found else set())


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"page": "0"}, "out_of_range"),
        ({"page": "-1"}, "not_a_number"),
        ({"page": "x"}, "not_a_number"),
        ({"page": "٣"}, "not_a_number"),
        ({"page": "9" * 30}, "not_a_number"),
        ({"per_page": "101"}, "out_of_range"),
        ({"per_page": "1.5"}, "not_a_number"),
        ({"modified_after": "yesterday"}, "not_a_moment"),
        ({"modified_after": "2026-02-30"}, "not_a_moment"),
        ({"modified_after": "2026-13-45T99:00:00"}, "not_a_moment"),
        ({"taxonomy_term_id": "x"}, "not_a_uuid"),
        ({"organization_id": "x"}, "not_a_uuid"),
        ({"full": "perhaps"}, "not_yes_or_no"),
        ({"format": "xml"}, "format_is_not_offered"),
        ({"search": "a" * 201}, "max_length"),
        ({"search": "a\x00"}, "null_characters_not_allowed"),
    ],
)
def test_bad_questions_are_answered_with_what_is_wrong(
    db: None, query: dict[str, str], code: str
) -> None:
    answer = asked("services", **query)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("number", ["x", "1", "../me", "%00", "a" * 500, "SV-7K3M-Q9TX"])
def test_what_is_no_number_of_a_service_is_not_there(db: None, number: str) -> None:
    assert asked(f"services/{number}").status_code == 404


def test_it_is_closed_unless_the_installation_opens_it(advice: Listing, settings: Any) -> None:
    settings.HSDS_PUBLIC = False
    paths = ["", "openapi.json", "services", f"services/{advice.uid}", "organizations",
             "service_at_locations", "taxonomies", "taxonomy_terms"]  # fmt: skip

    assert {path: asked(path).status_code for path in paths} == dict.fromkeys(paths, 404)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_to_be_read_only(advice: Listing, method: str) -> None:
    answers = [
        getattr(Client(), method)(f"/hsds/{path}", data="{}", content_type="application/json")
        for path in ("services", f"services/{advice.uid}", "organizations")
    ]

    assert {each.status_code for each in answers} == {405}


def test_who_asks_too_often_waits(db: None, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"public": (2, 3600)}

    answers = [asked("taxonomies") for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "throttled"


def test_no_word_says_whom_the_agencies_help(admin: Member) -> None:
    """Whatever kind of help is listed: the words are ours, and none of them tells."""
    for kind in sorted({"SHELTER_EMERGENCY", "CRIMINAL_JUSTICE", "RETURN", "POLICE_PROTECTION",
                        "CHILD_PROTECTION", "MEDICAL_EMERGENCY", "LEGAL_AID"}):  # fmt: skip
        service = make.make_service(agency=admin.agency, type=kind)
        make.make_listed(by=admin, service=service, name="Help")
    paths = ["", "openapi.json", "services?full=true", "organizations?full=true&full_service=true",
             "taxonomies", "taxonomy_terms", "service_at_locations", f"services/{uuid.uuid4()}"]  # fmt: skip

    text = " ".join(Client().get(f"/hsds/{path}").content.decode().lower() for path in paths)

    words = ["traffick", "victim", "exploit", "shelter", "safe house", "refuge", "crisis",
             "rape", "abuse", "violence", "forced", "slave", "prostitut", "smuggl", "police",
             "identif", "protection", "survivor", "reintegrat", "repatriat"]  # fmt: skip
    assert [word for word in words if word in text] == []


@pytest.mark.parametrize("path", ["services", "organizations", "service_at_locations"])
def test_a_page_costs_the_same_for_one_and_for_three(db: None, path: str) -> None:
    costs = []
    for _ in range(3):
        boss = make.make_member(role=Role.AGENCY_ADMIN)
        make.make_listed(by=boss, shows=EVERYTHING, htcds=PLACE)
        with CaptureQueriesContext(connection) as queries:
            told(path, full="true", full_service="true")
        costs.append(sum("SAVEPOINT" not in each["sql"] for each in queries))

    assert costs[0] == costs[1] == costs[2]


def test_a_place_is_found_by_one_look_however_many_there_are(admin: Member) -> None:
    costs = []
    for _ in range(3):
        shown = make.make_listed(by=admin, shows=EVERYTHING, htcds=PLACE)
        hidden = make.make_listed(by=admin, htcds=PLACE)
        number, secret = (shapes.place_uid(each.uid) for each in (shown, hidden))
        rows: list[int] = []
        with connection.execute_wrapper(counting(rows)):
            found = told(f"service_at_locations/{number}")
            gone = asked(f"service_at_locations/{secret}")
        assert (found["service"]["id"], gone.status_code) == (str(shown.uid), 404)
        costs.append(rows)

    assert costs == [[1, 1]] * 3
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = policy.public_listings().filter(uid=shown.uid).explain()
    assert "agencies_listing_uid_key" in plan


def counting(rows: list[int]) -> Any:
    """Notes how many rows each statement on listings gives."""

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if '"agencies_listing"' in sql:
            rows.append(context["cursor"].rowcount)
        return answer

    return count


def test_the_number_of_a_place_is_one_of_its_own(advice: Listing) -> None:
    """Both ways the same, and of the kind that a number drawn by chance is."""
    number = shapes.place_uid(advice.uid)

    assert shapes.place_uid(number) == advice.uid
    assert (number.version, number.variant) == (4, uuid.RFC_4122)
    assert told("service_at_locations")["contents"][0]["id"] == str(number)
    parts = told(f"services/{advice.uid}", full="true")["service_at_locations"][0]
    assert number != advice.uid != uuid.UUID(parts["location"]["id"])
    assert asked(f"service_at_locations/{advice.uid}").status_code == 404


def test_the_database_itself_shows_nobody_what_is_not_listed(admin: Member) -> None:
    """Whatever a query forgets: a request of nobody's reaches no listing that is not listed."""
    shown = make.make_listed(by=admin)
    listing.set_listing(
        service=make.make_service(agency=admin.agency), facts={"name": "Hidden"}, by=admin,
        at=timezone.now(),
    )  # fmt: skip

    with wall.acting(wall.NOBODY), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', %s, true)", [roles.WEB])
        assert list(Listing.objects.values_list("uid", flat=True)) == [shown.uid]
    wall.tell()


def test_the_database_itself_shows_an_administrator_what_is_their_own(admin: Member) -> None:
    other = make.make_member(role=Role.AGENCY_ADMIN)
    for by in (admin, other):
        make.make_listed(by=by)
        listing.set_listing(
            service=make.make_service(agency=by.agency), facts={"name": "Hidden"}, by=by,
            at=timezone.now(),
        )  # fmt: skip
        service = make.make_service(agency=by.agency)
        Origin.objects.create(
            agency=by.agency, service=service, source="other", kind="service", foreign_id="1"
        )

    seen = {}
    for by in (admin, other):
        with wall.acting(wall.member(by)), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('role', %s, true)", [roles.WEB])
            seen[by] = (
                set(Listing.objects.values_list("service__agency", "is_listed")),
                set(Origin.objects.values_list("agency", flat=True)),
            )
    wall.tell()

    mine, theirs = admin.agency_id, other.agency_id
    assert seen == {
        admin: ({(mine, True), (mine, False), (theirs, True)}, {mine}),
        other: ({(theirs, True), (theirs, False), (mine, True)}, {theirs}),
    }


@pytest.mark.parametrize("role", [r for r in Role if r not in policy.ADMINS])
def test_only_administrators_list(admin: Member, role: Role) -> None:
    colleague = make.make_member(agency=admin.agency, role=role) if role not in {
        Role.IDENTIFICATION_OFFICER, Role.COORDINATOR, Role.DATA_PROTECTION_OFFICER, Role.AUDITOR,
    } else make.make_member(agency=make.make_agency(is_coordinating=True), role=role)  # fmt: skip

    with pytest.raises(Denied):
        make.make_listed(by=colleague, service=make.make_service(agency=admin.agency))


def test_nobody_lists_what_is_anothers(admin: Member, stranger: Member) -> None:
    other = make.make_member(role=Role.AGENCY_ADMIN)
    system = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
    )
    service = make.make_service(agency=admin.agency)
    deserted = make.make_service(agency=make.make_agency())

    for by in (other, system):
        with pytest.raises(Denied):
            make.make_listed(by=by, service=service)
    # An agency that has nobody here cannot say it itself; what stands for a guest is nobody.
    guests = make.make_service(agency=make.make_guest())
    for service in (deserted, guests):
        assert make.make_listed(by=system, service=service).is_listed is True
        listing.confirm_service(service=service, by=system, at=timezone.now(), on=make.today())


def test_a_service_that_is_closed_for_good_is_not_said_to_be_right(admin: Member) -> None:
    service = make.make_service(agency=admin.agency, status="defunct", verified_on=None)

    with pytest.raises(Refused) as refusal:
        listing.confirm_service(service=service, by=admin, at=timezone.now(), on=make.today())

    service.refresh_from_db()
    assert (refusal.value.code, service.verified_on) == ("service_is_closed_for_good", None)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": ""}, "blank"),
        ({"url": "javascript:alert(1)"}, "not_an_address_of_a_page"),
        ({"agency_website": "nowhere"}, "not_an_address_of_a_page"),
        ({"opens_at": dt.time(9)}, "hours_need_both_ends"),
        ({"htcds": {"org_Phone": "ring me"}}, "not_a_phone_number"),
        ({"htcds": {"org_Name": "House"}}, "unknown_field"),
    ],
)
def test_what_cannot_be_told_is_refused(
    admin: Member, facts: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        make.make_listed(by=admin, **facts)

    assert refusal.value.code == code
    assert Listing.objects.count() == 0


def test_the_document_of_the_api_names_what_there_is(db: None) -> None:
    document = told("openapi.json")

    assert document["servers"] == [{"url": f"{told('')['openapi_url'].rsplit('/', 1)[0]}"}]
    lists = [path for path in document["paths"] if path != "/" and "{" not in path]
    assert {path: asked(path[1:]).status_code for path in lists} == dict.fromkeys(lists, 200)
    assert json.dumps(document).count("/schema/service.json") == 2
