"""Lists, searches and looks are written down; without the log there is no answer; and the person
can be told who has looked."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit import log, sealer
from audit.models import AuditEvent
from cases.models import Case
from demo import builders as make
from kernel import notes
from referral.models import Referral
from tests.audit.test_reads import log_that_cannot_be_written
from tests.pages.conftest import Visitor


def facts_of(event: str, member: Member) -> list[dict[str, Any]]:
    rows = AuditEvent.objects.filter(event=event, actor=member.username).order_by("pk")
    return [row.facts for row in rows]


def of_land(role: Role) -> Member:
    return make.make_member(agency=make.make_agency(is_coordinating=True), role=role)


def test_a_list_is_one_event_with_its_length_and_a_digest(sender: Member) -> None:
    codes = [make.make_case(by=sender).code for _ in range(3)][::-1]
    before = AuditEvent.objects.count()

    assert Visitor(sender).see("/cases/").status_code == 200

    told = {"of": "cases", "n": 3, "digest": log.digest_of(codes)}
    assert facts_of("list", sender) == [told]
    assert AuditEvent.objects.count() == before + 1


def test_the_api_writes_down_the_same_list(sender: Member, signed_in: Any) -> None:
    code = make.make_case(by=sender).code

    assert signed_in(sender).get("cases/").status_code == 200

    assert facts_of("list", sender) == [
        {"of": "cases", "n": 1, "digest": log.digest_of([code])}
    ]


@pytest.mark.parametrize(
    "path",
    ["referrals/", "overdue/", "clocks/", "identifications/", "transfers/", "case_requests/",
     "tasks/", "anonymous_notices/"],
)  # fmt: skip
def test_every_list_of_the_api_that_is_about_cases_is_written_down(
    path: str, sender: Member, signed_in: Any
) -> None:
    assert signed_in(sender).get(path).status_code == 200

    assert [told["n"] for told in facts_of("list", sender)] == [0]


@pytest.mark.parametrize(
    ("role", "path"),
    [("supervisor", "/team/"), ("social_worker", "/sent/"), ("focal_point", "/inbox/"),
     ("supervisor", "/transfers/")],
)  # fmt: skip
def test_every_page_of_a_list_is_written_down(role: str, path: str, db: None) -> None:
    member = make.make_member(role=Role(role))

    assert Visitor(member).see(path).status_code == 200

    assert [told["n"] for told in facts_of("list", member)] == [0]


def test_a_search_is_written_down_and_what_was_typed_is_not(
    case: Case, sender: Member, stranger: Member
) -> None:
    name = f"{make.IDENTITY['prs_FirstName']} {make.IDENTITY['prs_SecondName']}"
    Visitor(sender).do("/cases/", {"name": name})
    Visitor(sender).see("/cases/", {"code": case.code})
    Visitor(stranger).see("/cases/", {"code": case.code})

    by_name = {"by": "name", "hits": 1, "digest": log.digest_of([case.code])}
    assert facts_of("search", sender) == [by_name, {"by": "code", "hits": 1}]
    assert facts_of("search", stranger) == [{"by": "code", "hits": 0}]
    assert make.IDENTITY["prs_SecondName"] not in str(list(AuditEvent.objects.values()))


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


def test_a_failed_sign_in_is_written_down_without_what_was_typed(sender: Member) -> None:
    client = Client()
    for name in ("correct horse battery", sender.username):
        client.post("/sign-in/", {"username": name, "password": "wrong"})

    failed = AuditEvent.objects.filter(event="login.failed").order_by("pk")
    assert [(row.about, row.facts) for row in failed] == [
        ("", {"step": "password", "locked": False}),
        (sender.username, {"step": "password", "locked": False}),
    ]


@pytest.mark.parametrize(
    "path", ["/cases/", "/cases/{code}/", "/cases/{code}/people/?open=identity"]
)
def test_without_the_log_a_page_is_503_and_holds_nothing(
    path: str, case: Case, sender: Member
) -> None:
    with log_that_cannot_be_written():
        answer = Visitor(sender).see(path.format(code=case.code))

    # The address that was asked for stands in the page; nothing that it would have shown does.
    text = answer.content.decode()
    assert (answer.status_code, 'class="tabs"' in text, "<table" in text) == (503, False, False)
    assert not any(str(value) in text for value in make.IDENTITY.values())


def test_without_the_log_the_api_is_503_and_holds_nothing(
    case: Case, sender: Member, signed_in: Any
) -> None:
    client = signed_in(sender)
    with log_that_cannot_be_written():
        answers = [
            client.get(path)
            for path in ("cases/", f"cases/{case.code}/",
                         f"persons/{case.person.code}/groups/identity/")
        ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [503] * 3
    assert [answer.json()["code"] for answer in answers] == ["not_recorded"] * 3


def test_without_the_log_nobody_signs_in_and_no_refusal_goes_unwritten(
    case: Case, sender: Member, stranger: Member
) -> None:
    client = Client(raise_request_exception=False)
    outside = Visitor(stranger)
    outside.http.raise_request_exception = False
    typed = {"username": sender.username, "password": "a word that is not theirs"}
    with log_that_cannot_be_written():
        answers = [client.post("/sign-in/", typed), outside.see(f"/cases/{case.code}/")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert client.get("/").status_code == 302


def test_the_person_is_told_which_agency_looked_when_at_what_and_why(
    accepted: Referral, receiver: Member, sender: Member, signed_in: Any
) -> None:
    signed_in(receiver).get(f"persons/{accepted.case.person.code}/groups/identity/")

    page = Visitor(sender).see(f"/cases/{accepted.case.code}/seen/?speak=en")

    text = page.content.decode()
    for words in (receiver.agency.name, "focal point", "name, birth and papers", "told to",
                  "for the work with you", "a referral that you agreed to"):  # fmt: skip
        assert words in text, words
    sheet = text.partition("<article")[2]
    assert receiver.username not in sheet
    assert receiver.known_as not in sheet
    assert sender.username not in sheet
    assert [told["n"] > 3 for told in facts_of("read.seers", sender)] == [True]


@pytest.mark.parametrize(
    ("speak", "words"), [("ru", "Кто видел Ваши данные"), ("be", "Хто бачыў")]
)
def test_the_sheet_is_in_the_persons_language(
    speak: str, words: str, case: Case, sender: Member
) -> None:
    text = Visitor(sender).see(f"/cases/{case.code}/seen/?speak={speak}").content.decode()

    assert words in text
    assert f'lang="{speak}"' in text


def test_the_register_outlives_the_person(db: None, sender: Member) -> None:
    with_code = "SH-2345-6789"
    log.record("read", by=sender, case=with_code, groups=["health"], facts={"why": "person"})
    guard = Visitor(of_land(Role.DATA_PROTECTION_OFFICER))

    text = guard.see(f"/cases/{with_code}/seen/").content.decode()

    assert (sender.agency.name in text, "health" in text) == (True, True)
    assert guard.see("/cases/nonsense/seen/").status_code == 404


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.AUDITOR, Role.COORDINATOR])
def test_nobody_else_asks_who_has_looked(role: Role, case: Case, stranger: Member) -> None:
    for member in (of_land(role), stranger):
        assert Visitor(member).see(f"/cases/{case.code}/seen/").status_code == 404


def test_the_state_of_the_seals_is_shown_to_those_who_watch(db: None, sender: Member) -> None:
    log.record("denied", by=sender)
    made = sealer.seal_next(at=timezone.now(), adopt=True)
    assert made is not None

    admin = Visitor(of_land(Role.SYSTEM_ADMIN)).see("/log/seals/")

    assert notes.fingerprint(made.seal.checkpoint) in admin.content.decode()
    assert Visitor(sender).see("/log/seals/").status_code == 403
