"""Code lists: what they hold, who adds to them, and what the rest of the service makes of it."""

from typing import Any

import pytest
from django.utils import timezone

from agencies import actions, codelists
from agencies.actions import CLOSED_LISTS
from agencies.models import CodeEntry, Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.actions import person
from demo import builders as make
from kernel.errors import Invalid, Refused
from kernel.groups import DataGroup

LABELS = {"en": "A new one", "ru": "Новый", "be": "Новы"}
APPS = "vic_RecruitmentWebsitesAndApps"


@pytest.fixture
def admin(db: None) -> Member:
    """A system administrator."""
    home = make.make_agency(is_coordinating=True)
    return make.make_member(agency=home, role=Role.SYSTEM_ADMIN)


def added(admin: Member, name: str = APPS, code: str = "Yandex", maps_to: str = "Other") -> Any:
    return actions.add_code(
        name=name, code=code, maps_to=maps_to, labels=LABELS, by=admin, at=timezone.now()
    )


@pytest.mark.django_db
def test_every_code_of_the_files_has_three_languages_and_a_place() -> None:
    lists = {name: codelists.entries(name) for name in codelists.names()}

    assert sum(len(codes) for codes in lists.values()) == 360
    for name, codes in lists.items():
        standard = {code for code, each in codes.items() if each.origin == "htcds"}
        for code, each in codes.items():
            assert set(each.labels) == {"en", "ru", "be"}
            assert all(each.labels.values()), f"{name} {code}"
            ours_in_the_standard = standard and each.origin != "htcds"
            assert (each.maps_to in standard) is bool(ours_in_the_standard), f"{name} {code}"


def test_anybody_reads_the_lists(sender: Member, signed_in: Any) -> None:
    client = signed_in(sender)

    lines = {line["name"]: line for line in client.get("codelists/").json()["results"]}
    shown = client.get("codelists/prs_Gender/").json()

    assert list(lines) == codelists.names()
    assert lines["prs_Gender"] == {"name": "prs_Gender", "version": "2.0", "count": 6}
    assert {name: shown[name] for name in lines["prs_Gender"]} == lines["prs_Gender"]
    assert shown["codes"][0] == {
        "code": "Feminine",
        "origin": "htcds",
        "maps_to": "",
        "labels": dict(codelists.entries("prs_Gender")["Feminine"].labels),
        "retired": False,
    }
    assert [code["code"] for code in shown["codes"]] == list(codelists.entries("prs_Gender"))
    assert client.get("codelists/prs_Name/").status_code == 404


def test_a_code_is_added_written_retired_and_read_on(
    admin: Member, sender: Member, signed_in: Any
) -> None:
    case, at = make.make_case(by=sender), timezone.now()
    url = f"codelists/{APPS}/"
    body = {"code": "Yandex", "maps_to": "Other", "labels": LABELS}
    values = {APPS: ["Telegram", "Yandex"]}

    def write() -> None:
        person.write_group(
            case=case, group=DataGroup.TRAFFICKING, values=values, by=sender, at=at
        )

    with pytest.raises(Invalid) as before:
        write()
    made = signed_in(admin).post(f"{url}codes/", body)
    write()
    retired = signed_in(admin).post(f"{url}codes/Yandex/retire/")
    with pytest.raises(Invalid) as after:
        write()

    assert {(f.value.code, f.value.pointer) for f in (before, after)} == {
        ("unknown_code", f"/{APPS}/1")
    }
    assert (made.status_code, retired.status_code) == (201, 200)
    ours = {"code": "Yandex", "origin": "local", "maps_to": "Other", "labels": LABELS}
    assert made.json()["codes"][-1] == ours | {"retired": False}
    assert retired.json()["codes"][-1] == ours | {"retired": True}
    assert [answer.json()["version"] for answer in (made, retired)] == ["2.0+1", "2.0+2"]
    assert made.json()["count"] - retired.json()["count"] == 1
    read = person.read_groups(case=case, groups=[DataGroup.TRAFFICKING], by=sender, why="x")
    assert read[DataGroup.TRAFFICKING] == values
    events = AuditEvent.objects.filter(event__startswith="code.").order_by("pk")
    assert list(events.values_list("event", "actor", "about", "facts")) == [
        ("code.added", admin.username, APPS, {"code": "Yandex"}),
        ("code.retired", admin.username, APPS, {"code": "Yandex"}),
    ]


def test_nobody_but_a_system_administrator_changes_a_list(
    admin: Member, sender: Member, signed_in: Any
) -> None:
    added(admin)
    body = {"code": "Other1", "maps_to": "Other", "labels": LABELS}

    for role in set(Role) - {Role.SYSTEM_ADMIN}:
        client = signed_in(make.make_member(agency=admin.agency, role=role))
        answers = (
            client.post(f"codelists/{APPS}/codes/", body),
            client.post(f"codelists/{APPS}/codes/Yandex/retire/"),
        )
        assert {(a.status_code, a.json()["code"]) for a in answers} == {
            (403, "role_may_not_change_code_lists")
        }

    assert list(CodeEntry.objects.values_list("code", "retired_at")) == [("Yandex", None)]


@pytest.mark.parametrize(
    ("name", "code", "maps_to", "refusal", "pointer"),
    [
        (APPS, "Telegram", "Other", "code_taken", "/code"),
        (APPS, "Yandex", "Other", "code_taken", "/code"),
        (APPS, "", "Other", "not_a_code", "/code"),
        (APPS, "two words", "Other", "not_a_code", "/code"),
        (APPS, "Яндекс", "Other", "not_a_code", "/code"),
        (APPS, "x" * 61, "Other", "not_a_code", "/code"),
        (APPS, "New", "", "maps_to_no_standard_code", "/maps_to"),
        (APPS, "New", "VKontakte", "maps_to_no_standard_code", "/maps_to"),
        (APPS, "New", "Yandex", "maps_to_no_standard_code", "/maps_to"),
        ("need_area", "New", "housing", "maps_to_no_standard_code", "/maps_to"),
        ("nothing", "New", "", "unknown_code_list", "/list"),
        ("iso3166", "XX", "", "unknown_code_list", "/list"),
    ],
)
def test_a_code_that_fits_nowhere_is_refused(
    name: str, code: str, maps_to: str, refusal: str, pointer: str, admin: Member
) -> None:
    added(admin)

    with pytest.raises(Invalid) as fault:
        added(admin, name, code, maps_to)

    assert (fault.value.code, fault.value.pointer) == (refusal, pointer)
    assert CodeEntry.objects.count() == 1


def test_a_list_of_our_own_takes_a_code_that_maps_to_nothing(admin: Member) -> None:
    added(admin, "need_area", "pets", "")

    assert "pets" in codelists.codes("need_area")
    assert "Yandex" not in codelists.codes(APPS)


@pytest.mark.parametrize("name", sorted(CLOSED_LISTS))
def test_a_list_that_the_service_reckons_with_takes_no_more(name: str, admin: Member) -> None:
    assert name in codelists.names()

    with pytest.raises(Refused, match="code_list_is_closed"):
        added(admin, name, "New", next(iter(codelists.entries(name))))

    assert CodeEntry.objects.count() == 0


def test_a_code_is_retired_once_and_never_the_standards(admin: Member, signed_in: Any) -> None:
    added(admin)
    client, url = signed_in(admin), f"codelists/{APPS}/codes"

    answers = [
        client.post(f"{url}/{code}/retire/")
        for code in ("Yandex", "Yandex", "Telegram", "VKontakte", "Nothing")
    ]

    assert [(a.status_code, a.json().get("code")) for a in answers] == [
        (200, None),
        (409, "code_is_retired"),
        (409, "code_of_the_standard"),
        (409, "code_of_the_standard"),
        (404, "not_found"),
    ]


def test_labels_are_given_in_three_languages(admin: Member, signed_in: Any) -> None:
    body = {"code": "New", "maps_to": "Other", "labels": {"en": "New", "ru": ""}}

    answer = signed_in(admin).post(f"codelists/{APPS}/codes/", body)

    assert answer.status_code == 400
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/labels/ru", "blank"),
        ("/labels/be", "required"),
    }
