"""Sets of another directory: shown first, taken over whole, and hostile files among them."""

import copy
import csv
import datetime as dt
import io
import json
import random
import threading
import zipfile
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from agencies import actions, importing, listing
from agencies.hsds import reading
from agencies.listingmodels import DirectoryImport, Listing, Origin
from agencies.models import Agency, Member, Service
from agencies.roles import AgencyType, Role
from audit.models import AuditEvent
from demo import builders as make
from edge import wall
from kernel import sealing
from kernel.errors import Denied, Invalid, Refused
from tests.conftest import owning, until_somebody_waits

NUMBER = "ac148810-d857-441c-9679-408f346de14b"
# A service as the standard's own example has it, with what we take.
EXAMPLE: dict[str, Any] = {
    "id": NUMBER,
    "name": "Community Counselling",
    "alternate_name": "MyCity Counselling",
    "description": "Counselling by trained professionals.",
    "url": "http://example.com/counselling",
    "email": "email@example.com",
    "status": "active",
    "interpretation_services": "Urdu and Polish",
    "application_process": "Ring our reception.",
    "fees_description": "Free.",
    "eligibility_description": "Everybody of 12 and over.",
    "minimum_age": 12,
    "maximum_age": 100,
    "assured_date": "2005-01-01",
    "phones": [{"id": "p1", "number": '"+375 29 111-22-33"', "extension": 100}],
    "schedules": [
        {"id": "s1", "freq": "WEEKLY", "byday": "MO,TU", "opens_at": "10:00:00+03:00",
         "closes_at": "18:00:00+03:00", "description": "Not on holidays."}
    ],
    "service_areas": [{"id": "a1", "name": "Atlantis"}],
    "languages": [{"id": "l1", "name": "Urdu", "code": "ur"}, {"id": "l2", "name": "Russian"}],
    "service_at_locations": [
        {"id": "sl1", "location": {
            "id": "lo1", "location_type": "physical", "latitude": 53.9, "longitude": "27.56",
            "addresses": [{"id": "ad1", "address_1": "1 Main Street", "city": "Minsk",
                           "state_province": "Minsk", "postal_code": "220000", "country": "BY",
                           "address_type": "physical"}],
        }}
    ],
    "organization": {"id": "o1", "name": "Example Organization", "description": "We help.",
                     "website": "http://example.com"},
    "attributes": [{"id": "at1", "taxonomy_term": {"id": "t1", "code": "x", "name": "Counselling"}}],
    "program": {"id": "pr1", "name": "Programme"},
}  # fmt: skip
PLACE = {
    "org_ShippingStreet": "1 Main Street", "org_ShippingCity": "Minsk",
    "org_ShippingState": "Minsk", "org_ShippingPostalCode": "220000",
    "org_ShippingCountry": "BY", "org_ShippingLatitude": 53.9, "org_ShippingLongitude": 27.56,
    "org_Phone": "+375291112233",
}  # fmt: skip


@pytest.fixture
def system(db: None) -> Member:
    return make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
    )


@pytest.fixture
def admin(db: None) -> Member:
    return make.make_member(agency=make.make_agency(), role=Role.AGENCY_ADMIN)


def as_json(*services: Any) -> bytes:
    return json.dumps(list(services)).encode()


def changed(**facts: Any) -> dict[str, Any]:
    """The example with these fields instead; None takes one away."""
    found = copy.deepcopy(EXAMPLE) | facts
    return {name: value for name, value in found.items() if value is not None}


def packed(files: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            package.writestr(name, text)
    return file.getvalue()


def table(*rows: dict[str, Any]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, sorted({name for row in rows for name in row}))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def tables(**more: str | bytes) -> dict[str, str | bytes]:
    """The same service as a data package of CSV tables."""
    plain = {
        name: value for name, value in EXAMPLE.items() if not isinstance(value, (list, dict))
    }
    return {
        "datapackage.json": "{}",
        "data/organizations.csv": table(EXAMPLE["organization"]),
        "data/services.csv": table(plain | {"organization_id": "o1"}),
        "data/phones.csv": table({"id": "p1", "service_id": NUMBER, "number": "+375 29 1112233"}),
        "data/schedules.csv": table(EXAMPLE["schedules"][0] | {"service_id": NUMBER}),
        "data/languages.csv": table(
            {"id": "l1", "service_id": NUMBER, "code": "urd"},
            {"id": "l2", "service_id": NUMBER, "code": "rus"},
        ),
        "data/services_at_location.csv": table(
            {"id": "sl1", "service_id": NUMBER, "location_id": "lo1"}
        ),
        "data/locations.csv": table(
            {"id": "lo1", "latitude": "53.9", "longitude": "27.56", "location_type": "physical"}
        ),
        "data/addresses.csv": table(
            EXAMPLE["service_at_locations"][0]["location"]["addresses"][0] | {"location_id": "lo1"}
        ),
        "data/attributes.csv": table(
            {"id": "at1", "link_id": NUMBER, "link_entity": "service", "taxonomy_term_id": "t1"}
        ),
        "data/taxonomy_terms.csv": table({"id": "t1", "code": "x", "name": "counselling"}),
        "data/contacts.csv": "id,name\n1,Ann Persona\n",
        **more,
    }  # fmt: skip


def read(content: bytes, by: Member, source: str = "one-directory") -> DirectoryImport:
    return importing.read_set(content=content, source=source, by=by, at=timezone.now())


def plan(content: bytes, by: Member) -> Any:
    found = importing.plan_for(read(content, by))
    assert found is not None
    return found


def taken(content: bytes, by: Member) -> DirectoryImport:
    waiting = read(content, by)
    shown = importing.plan_for(waiting)
    assert shown is not None
    return importing.take_over(code=waiting.code, digest=shown.digest, by=by, at=timezone.now())


def faults(content: bytes, by: Member) -> list[tuple[str, int, str, str]]:
    return [(each.file, each.row, each.column, each.code) for each in plan(content, by).faults]


def outcome(content: bytes, by: Member) -> str:
    """What became of a file that may be anything; a fault of ours goes on."""
    try:
        shown = plan(content, by)
    except Invalid as refusal:
        return "a reason" if refusal.pointer.startswith("/file") else refusal.pointer
    return "a plan" if set(shown.counts) == {"new", "changed", "same", "faults"} else "?"


def service_facts() -> dict[str, Any]:
    service = Service.objects.select_related("agency", "listing").get()
    told = service.listing
    return {
        "agency": service.agency.name, "about": service.agency.about, "type": service.type,
        "name": service.name, "ages": (service.minimum_age, service.maximum_age),
        "languages": service.languages, "status": service.status,
        "verified_on": service.verified_on, "is_listed": told.is_listed, "shows": told.shows,
        "public name": told.name, "days": told.weekdays, "note": told.hours_note,
        "hours": (str(told.opens_at), str(told.closes_at)), "place": told.htcds,
        "words": [told.description, told.url, told.email, told.interpretation_services,
                  told.application_process, told.fees_description, told.eligibility_description],
    }  # fmt: skip


WANTED = {
    "agency": "Example Organization", "about": "We help.", "type": "PSYCHOLOGICAL",
    "name": "Community Counselling", "ages": (12, 100), "languages": ["rus", "urd"],
    "status": "inactive", "verified_on": None, "is_listed": False, "shows": [],
    "public name": "Community Counselling", "days": ["MO", "TU"], "note": "Not on holidays.",
    "hours": ("10:00:00", "18:00:00"), "place": PLACE,
    "words": [
        "Counselling by trained professionals.", "http://example.com/counselling",
        "email@example.com", "Urdu and Polish", "Ring our reception.", "Free.",
        "Everybody of 12 and over.",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        as_json(EXAMPLE),
        json.dumps({"contents": [EXAMPLE], "empty": False}).encode(),
        json.dumps(EXAMPLE).encode(),
        b"\xef\xbb\xbf" + as_json(EXAMPLE),
        json.dumps([EXAMPLE]).encode("utf-16"),
        packed(tables()),
        packed({"services.json": as_json(EXAMPLE)}),
        packed({name.replace("data/", ""): text for name, text in tables().items()}),
    ],
    ids=["list", "page", "one", "bom", "utf-16", "csv", "json in zip", "flat csv"],
)
def test_a_set_becomes_services_that_are_closed_and_not_listed(
    system: Member, content: bytes
) -> None:
    done = taken(content, system)

    assert service_facts() == WANTED
    assert (done.state, done.content, done.counts) == (
        "applied", None, {"new": 1, "changed": 0, "same": 0, "faults": 0},
    )  # fmt: skip
    agency = Agency.objects.get(name="Example Organization")
    assert (agency.type, agency.members.count(), agency.protocol_signed_until) == (
        AgencyType.OTHER, 0, None,
    )  # fmt: skip
    assert agency.public_name == "Example Organization"


def test_nothing_is_changed_by_looking(system: Member) -> None:
    before = Agency.objects.count()
    waiting = read(as_json(EXAMPLE), system)
    shown = importing.plan_for(waiting)

    assert shown is not None
    assert (shown.counts["new"], Service.objects.count(), Agency.objects.count()) == (
        1,
        0,
        before,
    )
    assert shown.ignored == [
        "phone.extension", "service.alternate_name", "service.assured_date", "service.program",
        "service_area: Atlantis",
    ]  # fmt: skip
    assert b"Main Street" not in bytes(waiting.content or b"")


def test_the_same_set_twice_changes_nothing(system: Member) -> None:
    taken(as_json(EXAMPLE), system)
    service = Service.objects.get()

    again = taken(as_json(EXAMPLE), system)

    assert again.counts == {"new": 0, "changed": 0, "same": 1, "faults": 0}
    assert Service.objects.get().version == service.version
    assert Origin.objects.count() == 2


def test_csv_and_json_of_one_directory_are_the_same(system: Member) -> None:
    taken(as_json(EXAMPLE), system)

    assert plan(packed(tables()), system).counts["same"] == 1


def test_a_change_is_shown_as_a_difference_and_asks_for_a_new_look(
    system: Member, settings: Any
) -> None:
    settings.HSDS_PUBLIC = True
    taken(as_json(EXAMPLE), system)
    service = Service.objects.get()
    opened = listing.confirm_service(
        service=service, by=system, at=timezone.now(), on=make.today()
    )
    make.make_listed(by=system, service=opened, name="Community Counselling")
    assert Client().get("/hsds/services").json()["total_items"] == 1
    newer = changed(minimum_age=16, description=None, fees_description="By income.")

    shown = plan(as_json(newer), system)
    taken(as_json(newer), system)

    assert [(d.name, d.old, d.new) for d in shown.changes[0].differences] == [
        ("minimum_age", 12, 16), ("fees_description", "Free.", "By income."),
    ]  # fmt: skip
    service.refresh_from_db()
    told = Listing.objects.get()
    assert (service.minimum_age, service.verified_on, service.status) == (16, None, "active")
    # What the file does not say stays.
    assert (told.description, told.is_listed) == ("Counselling by trained professionals.", True)
    assert Client().get("/hsds/services").json()["total_items"] == 0
    listing.confirm_service(service=service, by=system, at=timezone.now(), on=make.today())
    assert Client().get("/hsds/services").json()["total_items"] == 1


def test_another_place_is_shown_only_once_it_is_ticked_again(
    system: Member, settings: Any
) -> None:
    settings.HSDS_PUBLIC = True
    taken(as_json(EXAMPLE), system)
    service = Service.objects.get()
    listing.confirm_service(service=service, by=system, at=timezone.now(), on=make.today())
    shown = make.make_listed(by=system, service=service, shows=["address", "phone"])
    moved = json.loads(json.dumps(EXAMPLE).replace("1 Main Street", "2 Side Street"))

    taken(as_json(EXAMPLE | {"fees_description": "By income."}), system)
    shown.refresh_from_db()
    assert shown.shows == ["address", "phone"]
    taken(as_json(moved), system)
    listing.confirm_service(service=service, by=system, at=timezone.now(), on=make.today())

    shown.refresh_from_db()
    assert shown.shows == ["phone"]
    assert "Side Street" not in Client().get(f"/hsds/services/{shown.uid}").content.decode()


def test_another_telephone_is_no_other_place(system: Member) -> None:
    taken(as_json(EXAMPLE), system)
    service = listing.confirm_service(
        service=Service.objects.get(), by=system, at=timezone.now(), on=make.today()
    )
    shown = make.make_listed(by=system, service=service, shows=["address", "phone"])

    taken(as_json(changed(phones=[{"id": "p1", "number": "+375 29 2222222"}])), system)

    shown.refresh_from_db()
    assert (shown.shows, shown.htcds) == (
        ["address", "phone"], PLACE | {"org_Phone": "+375292222222"},
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_sets_of_one_agency_are_taken_over_one_after_the_other() -> None:
    """Both say one new service. The second waits, and is then not what was shown."""
    admin = make.make_member(role=Role.AGENCY_ADMIN)
    waiting = [read(as_json(EXAMPLE), admin) for _ in range(2)]
    digests = [shown.digest for each in waiting if (shown := importing.plan_for(each))]
    ended: list[str] = []

    def take_over() -> None:
        try:
            with wall.acting(wall.MACHINE):
                importing.take_over(
                    code=waiting[1].code, digest=digests[1], by=admin, at=timezone.now()
                )
            ended.append("taken over")
        except Refused as refusal:
            ended.append(refusal.code)
        except IntegrityError as fault:
            ended.append(str(fault))
        finally:
            connection.close()

    second = threading.Thread(target=take_over)
    with transaction.atomic():
        importing.take_over(
            code=waiting[0].code, digest=digests[0], by=admin, at=timezone.now()
        )
        second.start()
        until_somebody_waits()
    second.join()

    assert (ended, Service.objects.count()) == (["directory_has_changed"], 1)


@pytest.mark.django_db(transaction=True)
def test_what_an_agency_says_meanwhile_is_not_written_over() -> None:
    """While a set is taken over, the agency closes its house, and seals where it is."""
    admin = make.make_member(role=Role.AGENCY_ADMIN)
    system = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
    )
    own = {"organization": {"id": "o1", "name": admin.agency.name}}
    taken(as_json(changed(**own)), system)
    service = Service.objects.get()
    service = listing.confirm_service(
        service=service, by=admin, at=timezone.now(), on=make.today()
    )
    make.make_listed(by=admin, service=service, shows=["address"])
    waiting = read(as_json(changed(**own, minimum_age=16)), system)
    shown = importing.plan_for(waiting)
    assert shown is not None
    meanwhile = {"status": "inactive", "places_free": 2, "confidential_address": "Elsewhere 2"}

    def take_over() -> None:
        try:
            with wall.acting(wall.MACHINE):
                importing.take_over(
                    code=waiting.code, digest=shown.digest, by=system, at=timezone.now()
                )
        finally:
            connection.close()

    taking = threading.Thread(target=take_over)
    with transaction.atomic():
        actions.change_service(service=service, facts=meanwhile, by=admin)
        taking.start()
        until_somebody_waits()
    taking.join()

    waiting.refresh_from_db()
    service.refresh_from_db()
    assert (waiting.state, service.minimum_age) == ("applied", 16)
    assert (service.status, service.places_free, service.listing.shows) == ("inactive", 2, [])
    assert service.confidential_address is not None


def test_a_service_opens_when_somebody_says_that_it_is_right(system: Member) -> None:
    taken(as_json(EXAMPLE), system)
    assert Service.objects.get().status == "inactive"

    listing.confirm_service(
        service=Service.objects.get(), by=system, at=timezone.now(), on=make.today()
    )

    service = Service.objects.get()
    assert (service.status, service.verified_on) == ("active", make.today())


def test_a_closed_service_of_a_file_closes_at_once_and_opens_after_a_look(
    system: Member,
) -> None:
    taken(as_json(EXAMPLE), system)
    listing.confirm_service(
        service=Service.objects.get(), by=system, at=timezone.now(), on=make.today()
    )

    taken(as_json(changed(status="temporarily closed")), system)
    assert Service.objects.get().status == "temporarily_closed"
    taken(as_json(EXAMPLE), system)
    assert Service.objects.get().status == "temporarily_closed"
    listing.confirm_service(
        service=Service.objects.get(), by=system, at=timezone.now(), on=make.today()
    )
    assert Service.objects.get().status == "active"


def test_a_service_that_its_agency_has_closed_stays_closed(system: Member) -> None:
    """No word of another directory opens it, nor closes what the agency has opened."""
    boss = make.make_member(role=Role.AGENCY_ADMIN)
    own = {"organization": {"id": "o1", "name": boss.agency.name}}
    taken(as_json(changed(**own)), system)
    service = Service.objects.get()
    assert listing.becomes(service) == "active"

    actions.change_service(service=service, facts={"status": "temporarily_closed"}, by=boss)
    assert listing.becomes(service) == ""
    listing.confirm_service(service=service, by=boss, at=timezone.now(), on=make.today())
    assert taken(as_json(changed(**own)), system).counts["same"] == 1
    taken(as_json(changed(**own, minimum_age=16)), system)
    listing.confirm_service(service=service, by=boss, at=timezone.now(), on=make.today())
    service.refresh_from_db()
    assert (service.status, service.minimum_age) == ("temporarily_closed", 16)

    actions.change_service(service=service, facts={"status": "active"}, by=boss)
    taken(as_json(changed(**own, minimum_age=17, status="defunct")), system)
    service.refresh_from_db()
    assert (service.status, service.minimum_age) == ("active", 17)


def test_an_agency_takes_over_its_own_services_alone(admin: Member) -> None:
    """A file of one organization is the sender's own; of several, that of its name."""
    other = changed(id="2", organization={"id": "o2", "name": "Somebody else"})
    own = changed(organization={"id": "o1", "name": admin.agency.name.upper()})

    assert faults(as_json(own, other), admin) == [
        ("services.json", 2, "organization_id", "organization_is_not_yours")
    ]
    taken(as_json(EXAMPLE), admin)

    assert Service.objects.get().agency == admin.agency
    assert not Agency.objects.filter(name="Example Organization").exists()
    # Nobody else's file finds an agency by what this one said.
    assert Origin.objects.get().kind == "service"


def test_an_agency_knows_its_own_by_the_name_that_the_public_reads(admin: Member) -> None:
    make.make_listed(by=admin, agency_public_name="House of Advice")
    admin.agency.refresh_from_db()
    own = changed(organization={"id": "o1", "name": "house of advice"})
    other = changed(id="2", organization={"id": "o2", "name": "Somebody else"})

    assert faults(as_json(own, other), admin) == [
        ("services.json", 2, "organization_id", "organization_is_not_yours")
    ]


def test_ages_are_compared_with_those_that_stay(system: Member) -> None:
    """The file says the youngest alone; the oldest is what was said before."""
    taken(as_json(changed(minimum_age=12, maximum_age=40)), system)

    assert faults(as_json(changed(minimum_age=50, maximum_age=None)), system) == [
        ("services.json", 1, "maximum_age", "ages_out_of_order")
    ]


def test_what_one_installation_tells_another_reads(system: Member, settings: Any) -> None:
    """All that the public is told comes over, and no word of it is strange."""
    settings.HSDS_PUBLIC = True
    boss = make.make_member(role=Role.AGENCY_ADMIN)
    service = make.make_service(
        agency=boss.agency, type="LEGAL_AID", minimum_age=18, maximum_age=99,
        languages=["bel", "rus"], districts=["BY-MI-01"], round_the_clock=False,
    )  # fmt: skip
    words = {
        "description": "Advice.", "eligibility_description": "Adults.", "fees_description": "Free.",
        "application_process": "Ring us up.", "interpretation_services": "On demand.",
        "url": "https://example.org/advice", "email": "advice@example.org",
        "weekdays": ["MO", "TU"], "opens_at": dt.time(9), "closes_at": dt.time(18),
        "hours_note": "Closed at noon.", "htcds": PLACE,
    }  # fmt: skip
    shows = ["area", "phone", "address", "coordinates"]
    told = make.make_listed(
        by=boss, service=service, shows=shows, name="Advice", agency_public_name="Advice House",
        agency_about="We advise.", agency_website="https://example.org/", **words,
    )  # fmt: skip
    page = Client().get("/hsds/services", {"full": "true"}).content

    shown = plan(page, system)
    assert (shown.faults, shown.counts["new"]) == ([], 1)
    # A telephone has no kind here; on which day somebody there had looked, and when it changed
    # there, says nothing.
    assert shown.ignored == ["phone.type", "service.assured_date", "service.last_modified"]
    taken(page, system)

    new = Listing.objects.exclude(pk=told.pk).select_related("service__agency").get()
    assert {name: getattr(new, name) for name in words} == words
    kept = {
        name: getattr(new.service, name)
        for name in ("type", "minimum_age", "maximum_age", "languages", "districts")
    }
    assert kept == {name: getattr(service, name) for name in kept}
    agency = new.service.agency
    assert (new.name, agency.name, agency.about, agency.website) == (
        "Advice", "Advice House", "We advise.", "https://example.org/",
    )  # fmt: skip


def test_two_agencies_may_know_a_service_by_one_number(admin: Member) -> None:
    other = make.make_member(agency=make.make_agency(), role=Role.AGENCY_ADMIN)
    taken(as_json(EXAMPLE), admin)

    taken(as_json(EXAMPLE), other)

    assert {each.agency for each in Service.objects.all()} == {admin.agency, other.agency}


def test_a_system_administrator_finds_an_agency_by_its_name_and_then_by_its_number(
    system: Member, admin: Member
) -> None:
    first = changed(organization={"id": "o1", "name": admin.agency.name})
    taken(as_json(first), system)
    renamed = changed(organization={"id": "o1", "name": "Another name"})

    assert plan(as_json(renamed), system).counts["same"] == 1
    assert Service.objects.get().agency == admin.agency


@pytest.mark.parametrize("role", [Role.SOCIAL_WORKER, Role.SUPERVISOR, Role.FOCAL_POINT])
def test_nobody_else_reads_a_set_in(admin: Member, role: Role) -> None:
    colleague = make.make_member(agency=admin.agency, role=role)

    with pytest.raises(Denied):
        read(as_json(EXAMPLE), colleague)


def test_who_is_no_administrator_any_more_takes_nothing_over(admin: Member) -> None:
    waiting = read(as_json(EXAMPLE), admin)
    shown = importing.plan_for(waiting)
    assert shown is not None
    admin.role = Role.SOCIAL_WORKER
    admin.save()

    with pytest.raises(Denied):
        importing.take_over(code=waiting.code, digest=shown.digest, by=admin, at=timezone.now())

    assert Service.objects.count() == 0


def test_what_a_set_said_opens_under_its_own_number_alone(admin: Member) -> None:
    one, two = read(as_json(EXAMPLE), admin), read(as_json(changed(name="Later")), admin)
    two.content = one.content

    with pytest.raises(sealing.CannotOpen):
        importing.plan_for(two)


def test_what_was_read_in_is_its_readers_alone(system: Member, admin: Member) -> None:
    waiting = read(as_json(EXAMPLE), admin)

    with pytest.raises(DirectoryImport.DoesNotExist):
        importing.take_over(code=waiting.code, digest="", by=system, at=timezone.now())
    with pytest.raises(DirectoryImport.DoesNotExist):
        importing.put_aside(code=waiting.code, by=system, at=timezone.now())

    waiting.refresh_from_db()
    assert waiting.state == "checked"


def test_a_set_is_taken_over_once(system: Member) -> None:
    done = taken(as_json(EXAMPLE), system)

    with pytest.raises(Refused) as refusal:
        importing.take_over(code=done.code, digest="", by=system, at=timezone.now())
    assert refusal.value.code == "import_has_ended"
    with pytest.raises(Refused) as refusal:
        importing.put_aside(code=done.code, by=system, at=timezone.now())
    assert refusal.value.code == "import_has_ended"
    done.refresh_from_db()
    assert done.state == "applied"


def test_what_is_done_is_what_was_shown(system: Member) -> None:
    """Two sets are looked at; once the first is taken over, the second is not what it was."""
    one, two = read(as_json(EXAMPLE), system), read(as_json(changed(name="Later")), system)
    digests = [shown.digest for each in (one, two) if (shown := importing.plan_for(each))]
    importing.take_over(code=one.code, digest=digests[0], by=system, at=timezone.now())

    with pytest.raises(Refused) as refusal:
        importing.take_over(code=two.code, digest=digests[1], by=system, at=timezone.now())

    assert (refusal.value.code, Service.objects.get().name) == (
        "directory_has_changed", "Community Counselling",
    )  # fmt: skip


def test_one_fault_keeps_the_whole_set_out(system: Member) -> None:
    content = as_json(EXAMPLE, changed(id="2", status="open"))
    waiting = read(content, system)
    before = Agency.objects.count()
    shown = importing.plan_for(waiting)
    assert shown is not None

    with pytest.raises(Refused) as refusal:
        importing.take_over(
            code=waiting.code, digest=shown.digest, by=system, at=timezone.now()
        )

    assert refusal.value.code == "import_has_faults"
    assert (Service.objects.count(), Agency.objects.count()) == (0, before)


def test_a_fault_of_the_database_undoes_all(system: Member) -> None:
    """Even a rule that only the database knows, broken by the last of them."""
    before = Agency.objects.count()
    with owning(), connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE agencies_service ADD CONSTRAINT none_late CHECK (name <> 'Late')"
        )

    with pytest.raises(IntegrityError, match="none_late"):
        taken(as_json(EXAMPLE, changed(id="2", name="Late")), system)

    assert (Service.objects.count(), Agency.objects.count()) == (0, before)
    assert DirectoryImport.objects.get().state == "checked"


def test_the_log_says_how_many_and_names_none(system: Member) -> None:
    done = taken(as_json(EXAMPLE), system)

    events = AuditEvent.objects.filter(about=done.code).order_by("pk")
    assert [each.event for each in events] == ["directory.read", "directory.taken_over"]
    assert "Counselling" not in json.dumps([each.facts for each in events])


def test_what_nobody_says_yes_to_is_forgotten(system: Member) -> None:
    old = read(as_json(EXAMPLE), system)
    DirectoryImport.objects.update(read_at=timezone.now() - importing.KEPT * 2)
    fresh = read(as_json(EXAMPLE), system)

    assert importing.put_old_aside(by=make.SETUP, at=timezone.now()) == 1

    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.state, old.content, fresh.state) == ("discarded", None, "checked")


@pytest.mark.parametrize(
    ("facts", "column", "code"),
    [
        ({"id": None}, "id", "required"),
        ({"name": None}, "name", "required"),
        ({"name": 7}, "name", "not_a_text"),
        ({"name": "a" * 201}, "name", "max_length"),
        ({"name": "a\x00b"}, "name", "text_not_unicode"),
        ({"name": "a\ud800b"}, "name", "text_not_unicode"),
        ({"status": "open"}, "status", "unknown_status"),
        ({"status": None}, "status", "required"),
        ({"minimum_age": -1}, "minimum_age", "not_a_whole_number"),
        ({"minimum_age": True}, "minimum_age", "not_a_whole_number"),
        ({"minimum_age": "twelve"}, "minimum_age", "not_a_whole_number"),
        ({"minimum_age": 12.5}, "minimum_age", "not_a_whole_number"),
        ({"minimum_age": 1e300}, "minimum_age", "not_a_whole_number"),
        ({"minimum_age": [1]}, "minimum_age", "not_a_whole_number"),
        ({"maximum_age": 131}, "maximum_age", "out_of_range"),
        ({"minimum_age": 50, "maximum_age": 40}, "maximum_age", "ages_out_of_order"),
        ({"url": "javascript:alert(1)"}, "url", "not_an_address_of_a_page"),
        ({"email": "nobody"}, "email", "not_a_mail_address"),
        ({"organization": None}, "organization_id", "required"),
        ({"organization": {"id": "o1"}}, "organization/name", "required"),
        ({"phones": [{"number": "ring me"}]}, "phones/0/number", "not_a_phone_number"),
        ({"phones": ["1"]}, "phones/0/", "not_a_record"),
        ({"languages": [{"code": "xx"}]}, "languages/0/code", "unknown_language"),
        ({"schedules": [{"byday": "XX"}]}, "schedules/0/byday", "unknown_weekday"),
        ({"schedules": [{"opens_at": "25:00"}]}, "schedules/0/opens_at", "not_a_time"),
        (
            {"service_at_locations": [{"id": "x", "location": {"id": "y", "latitude": 91}}]},
            "service_at_locations/0/location/latitude",
            "out_of_range",
        ),
        (
            {"service_at_locations": [{"id": "x", "location": {"id": "y", "latitude": "NaN"}}]},
            "service_at_locations/0/location/latitude",
            "not_a_number",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    system: Member, facts: dict[str, Any], column: str, code: str
) -> None:
    assert ("services.json", 2, column, code) in faults(
        as_json(changed(id="first"), changed(**facts)), system
    )


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"data/services.csv": table({"id": "1", "name": "A", "status": "active",
                                      "organization_id": "nobody"})},
         ("services.csv", 2, "organization_id", "points_nowhere")),
        ({"data/phones.csv": table({"service_id": "gone", "number": "+375291112233"})},
         ("phones.csv", 2, "service_id", "points_nowhere")),
        ({"data/services_at_location.csv": table({"service_id": NUMBER, "location_id": "gone"})},
         ("services_at_location.csv", 2, "location_id", "points_nowhere")),
        ({"data/organizations.csv": "id,name\no1,A\no1,B\n"},
         ("organizations.csv", 3, "id", "repeated_id")),
        ({"data/services.csv": f"id,name,status,organization_id\n{NUMBER},A,active,o1\n\n{NUMBER},A,active,o1\n"},
         ("services.csv", 4, "id", "repeated_id")),
        ({"data/services.csv": f"id,name,status,organization_id\n{NUMBER},A,active,o1,more\n"},
         ("services.csv", 2, "", "cells_are_not_as_many_as_columns")),
        ({"data/services.csv": f"id,name,status,organization_id\n{NUMBER},A,active,o1\n2,Cut of"},
         ("services.csv", 3, "", "cells_are_not_as_many_as_columns")),
        ({"data/organizations.csv": "id,name\no1,A\no2,A\n",
          "data/services.csv": "id,name,status,organization_id\n1,A,active,o1\n2,B,active,o2\n"},
         ("services.csv", 3, "organization_id", "name_stands_twice")),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit_are_said_with_file_and_line(
    system: Member, files: dict[str, str], wanted: tuple[str, int, str, str]
) -> None:
    assert wanted in faults(packed(tables(**files)), system)


def test_columns_without_a_name_are_left_away_and_said(system: Member) -> None:
    """Two at the end are usual; what stands in one is no word of ours."""
    head, line = "id,name,status,organization_id", f"{NUMBER},A,active,o1"
    unnamed = f"{head},,\n{line},,\n2,B,active,o1,\n3,C,active,o1,nothing_to_hide,\n"
    beyond = f"{head}\n{line},,\n"
    inside = f"id,,{head[3:]}\n{NUMBER},not_a_record,A,active,o1\n"

    plans = [
        plan(packed(tables(**{"data/services.csv": text})), system)
        for text in (unnamed, beyond, inside)
    ]

    assert [(each.faults, "service.(unnamed)" in each.ignored) for each in plans] == [
        ([], True), ([], False), ([], True),
    ]  # fmt: skip
    assert plans[0].counts["new"] == 3
    nameless = plan(as_json(changed(**{"": "not_a_record"})), system)
    assert (nameless.faults, "service.(unnamed)" in nameless.ignored) == ([], True)


def bomb() -> bytes:
    return packed(tables(**{"data/contacts.csv": b"0" * (reading.LARGEST_UNPACKED + 1)}))


def locked() -> bytes:
    content = bytearray(packed({"services.csv": "id\n1\n"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    return bytes(content)


def other_packing() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as package:
        package.writestr("services.csv", "id\n1\n")
    return file.getvalue()


NESTED = "[" * 100_000
UP = '{"organization":'
WHOLE = packed(tables())
FILES: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "file_is_empty"),
    ("blanks", b" \n ", "file_is_empty"),
    ("words", b"hello", "not_an_hsds_file"),
    ("a page", b"<html>", "not_an_hsds_file"),
    ("one table", b"id,name\n1,A\n", "not_an_hsds_file"),
    ("json of nothing", b"[]", "no_services_in_the_file"),
    ("json cut", as_json(EXAMPLE)[:300], "file_is_not_json"),
    ("json deep", NESTED.encode(), "file_is_not_json"),
    ("json not a number", b'[{"id": NaN}]', "file_is_not_json"),
    ("json long number", b'[{"id": ' + b"9" * 5000 + b"}]", "file_is_not_json"),
    ("contents no list", b'{"contents": 3}', "not_a_list"),
    ("windows letters", '[{"name": "Помощь"}]'.encode("cp1251"), "file_is_not_utf8"),
    ("zip cut", WHOLE[: len(WHOLE) // 2], "file_is_damaged"),
    ("zip without end", WHOLE[:-30], "file_is_damaged"),
    ("zip of nothing", packed({}), "no_services_in_the_file"),
    ("zip of others", packed({"a.exe": "x", "b.xlsx": "y"}), "no_services_in_the_file"),
    ("zip bomb", bomb(), "file_unpacks_too_large"),
    ("many files", packed({f"{n}.csv": "" for n in range(101)}), "too_many_files"),
    ("locked", locked(), "file_is_locked"),
    ("other packing", other_packing(), "file_is_damaged"),
    ("quotes open", packed(tables(**{"data/services.csv": 'id,name\n1,"A'})), "file_is_not_csv"),
    ("long cell", packed(tables(**{"data/services.csv": "id,name\n1," + "a" * 200_000})), "file_is_not_csv"),
    ("column twice", packed(tables(**{"data/services.csv": "id,id\n1,2\n"})), "column_stands_twice"),
    ("null", packed(tables(**{"data/services.csv": "id,name\n1,\x00\n"})), "null_characters_not_allowed"),
    ("windows csv", packed(tables(**{"data/services.csv": "id,name\n1,Помощь\n".encode("cp1251")})), "file_is_not_utf8"),
    ("many services", as_json(*[{"id": n} for n in range(2001)]), "too_many_services"),
    ("many records", as_json({"id": 1, "phones": [{}] * 60_001}), "too_many_records"),
    ("too large", b"[" + b" " * reading.LARGEST + b"]", "file_too_large"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "code"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    system: Member, content: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read(content, system)

    assert (refused.value.code, refused.value.pointer[:5]) == (code, "/file")
    assert DirectoryImport.objects.count() == 0


def test_no_part_of_a_package_leads_out_of_it(system: Member) -> None:
    """Names are looked at and never followed: a path upwards is a table like another."""
    files = {f"../../{name.split('/')[-1]}": text for name, text in tables().items()}

    assert plan(packed(files), system).counts == {
        "new": 1,
        "changed": 0,
        "same": 0,
        "faults": 0,
    }


@pytest.mark.parametrize("seed", range(40))
def test_a_file_with_bits_turned_is_a_plan_or_a_reason(system: Member, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(packed(tables()) if seed % 2 else as_json(EXAMPLE))
    for _ in range(1 + seed % 5):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    if seed % 3 == 0:
        content = content[: chance.randrange(1, len(content))]

    assert outcome(bytes(content), system) in {"a plan", "a reason"}


@pytest.mark.parametrize(
    ("deep", "wanted"),
    [(21, "a plan"), (22, "a reason"), (900, "a reason"), (5000, "a reason")],
)
def test_a_file_that_is_nested_deeply_is_refused(
    system: Member, deep: int, wanted: str
) -> None:
    content = b"[" + UP.encode() * deep + b"1" + b"}" * deep + b"]"

    assert outcome(content, system) == wanted


def test_records_that_are_none_are_faults(system: Member) -> None:
    assert faults(b"[1, null]", system) == [
        ("services.json", 1, "", "not_a_record"), ("services.json", 1, "id", "required"),
        ("services.json", 1, "name", "required"), ("services.json", 1, "status", "required"),
        ("services.json", 1, "organization_id", "required"),
        ("services.json", 2, "", "not_a_record"), ("services.json", 2, "id", "required"),
        ("services.json", 2, "name", "required"), ("services.json", 2, "status", "required"),
        ("services.json", 2, "organization_id", "required"),
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["", "A", "a b", "a" * 41, "../x", "é", "a\n"])
def test_a_source_is_a_short_plain_word(system: Member, source: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(as_json(EXAMPLE), system, source)
    assert refusal.value.code == "not_a_source"
