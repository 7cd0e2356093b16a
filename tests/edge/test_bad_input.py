"""Whatever is sent, the answer is a problem that can be read, and nothing is written."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from rest_framework.test import APIClient

from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from referral.models import Referral

APPS = ("agencies", "cases", "referral", "notify", "edge")
DEEP = 100_000


def counts() -> dict[str, int]:
    """How many rows each table of the domain has."""
    models = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    return {model._meta.label: model._default_manager.count() for model in models}


class Desk:
    """A world to ask about, and clients who send whatever bytes they are given."""

    def __init__(self, sent: Referral, sender: Member, stranger: Member) -> None:
        self.sent, self.case, self.sender, self.stranger = sent, sent.case, sender, stranger
        self.consent = sent.case.consents.get()
        self.admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
        self.system = make.make_member(
            agency=make.make_agency(is_coordinating=True), role=Role.SYSTEM_ADMIN
        )
        self.foreign = make.make_sent(
            by=make.make_member(), service=make.make_service(agency=stranger.agency)
        )
        self.own = make.make_service(agency=sender.agency)
        self.clients: dict[int, APIClient] = {}
        self.number = 0

    def client(self, member: Member) -> APIClient:
        if member.pk not in self.clients:
            client = APIClient(raise_request_exception=False)
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {make.make_token(member)}")
            self.clients[member.pk] = client
        return self.clients[member.pk]

    def ask(
        self, method: str, path: str, body: Any = None, *, by: Member | None = None,
        kind: str = "application/json", headers: dict[str, str] | None = None,
    ) -> Any:  # fmt: skip
        self.number += 1
        raw: Any = body if isinstance(body, bytes) else b"" if body is None else _bytes(body)
        given_ = {"Idempotency-Key": f"key-{self.number}"} if headers is None else headers
        path = f"/api/v1/{path.format(desk=self)}"
        return self.client(by or self.sender).generic(
            method, path, data=raw, content_type=kind, headers=given_
        )

    def judged(self, path: str) -> dict[str, str]:
        """If-Match with the version that the record has now."""
        return {"If-Match": self.ask("GET", path)["ETag"]}


def _bytes(body: Any) -> bytes:
    return json.dumps(body).encode()


@pytest.fixture
def desk(sent: Referral, sender: Member, stranger: Member) -> Desk:
    desk = Desk(sent, sender, stranger)
    for member in (sender, stranger, desk.admin, desk.system):
        desk.client(member)
    return desk


@contextmanager
def nothing_written() -> Iterator[None]:
    before = counts()
    yield
    # That somebody asked is counted; nothing else is written.
    asked = {"edge.Asked": before["edge.Asked"]}
    assert counts() | asked == before


def problem(answer: Any, status: int, code: str, *pointers: str) -> None:
    """A problem of that code, about exactly those fields."""
    body = answer.json()
    faults = body.get("errors", [])
    assert (answer.status_code, body["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "request_id"} <= set(body)
    assert sorted(fault["pointer"] for fault in faults) == sorted(pointers)


WRITES = (
    ("POST", "cases/"),
    ("POST", "cases/{desk.case.code}/notes/"),
    ("POST", "cases/{desk.case.code}/consents/"),
    ("POST", "cases/{desk.case.code}/open/"),
    ("POST", "referrals/"),
    ("POST", "referrals/{desk.sent.code}/messages/"),
    ("POST", "persons/find/"),
    ("POST", "notifications/preferences/"),
    ("POST", "tokens/"),
    ("POST", "session/"),
    ("PUT", "persons/{desk.case.person.code}/groups/legal/"),
)
NOT_JSON: dict[str, tuple[bytes, str]] = {
    "half": (b'{"source": "hotline"', "body_not_json"),
    "bare word": (b"hotline", "body_not_json"),
    "two values": (b"{} {}", "body_not_json"),
    "twins": (b'{"risk": "low", "risk": "high"}', "body_not_json"),
    "inner twins": (b'{"person": {"gender": "X", "gender": "Y"}}', "body_not_json"),
    "NaN": (b'{"risk": NaN}', "body_not_json"),
    "Infinity": (b'{"risk": -Infinity}', "body_not_json"),
    "deep list": (b"[" * DEEP, "body_too_deep"),
    "deep object": (b'{"a":' * DEEP, "body_too_deep"),
    "not UTF-8": (b'{"risk": "\xff\xfe"}', "body_not_json"),
    "raw surrogate": (b'{"risk": "\xed\xa0\x80"}', "body_not_json"),
    "lone surrogate": (b'{"risk": "\\ud800"}', "text_not_unicode"),
    "surrogate in a key": (b'{"\\uDC00": 1}', "text_not_unicode"),
    "endless number": (b'{"risk": ' + b"9" * 5000 + b"}", "body_not_json"),
}


@pytest.mark.parametrize("body", NOT_JSON)
def test_a_body_that_is_not_json_is_refused(desk: Desk, body: str) -> None:
    raw, code = NOT_JSON[body]

    with nothing_written():
        for method, path in WRITES:
            problem(desk.ask(method, path, raw), 400, code)


def test_a_body_that_is_too_large_is_refused(desk: Desk) -> None:
    raw = b'{"risk": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'

    with nothing_written():
        for method, path in WRITES:
            problem(desk.ask(method, path, raw), 413, "body_too_large")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_body_of_another_kind_is_refused(desk: Desk, kind: str) -> None:
    with nothing_written():
        for method, path in WRITES:
            answer = desk.ask(method, path, b'{"risk": "low"}', kind=kind)
            problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("body", [None, [], [{}], "low", 7, True])
def test_a_body_that_is_no_object_is_refused(desk: Desk, body: Any) -> None:
    raw = _bytes(body)

    with nothing_written():
        for method, path in WRITES:
            answer = desk.ask(method, path, raw)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_body_as_deep_as_can_be_read_is_no_fault_of_ours(desk: Desk) -> None:
    def status(depth: int, inner: bytes) -> int:
        raw = b'{"x":' + b"[" * depth + inner + b"]" * depth + b"}"
        with transaction.atomic():
            answer = desk.ask("POST", "cases/", raw)
            transaction.set_rollback(True)
        return int(answer.status_code)

    low, high = 1, 5000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if status(middle, b"1") == 201 else (low, middle)
    pair = b'"\\ud83d\\ude00"'
    found = {status(low + n, inner) for n in range(-8, 9) for inner in (b"1", pair)}

    assert found == {201, 400}


Wrong = tuple[str, str, Any, str, str]
FIELDS: tuple[Wrong, ...] = (
    ("POST", "cases/", {"source": 5}, "invalid", "/source"),
    ("POST", "cases/", {"source": None}, "invalid", "/source"),
    ("POST", "cases/", {"risk": ["low"]}, "invalid", "/risk"),
    ("POST", "cases/", {"risk": {"a": 1}}, "invalid", "/risk"),
    ("POST", "cases/", {"person": "Anna"}, "invalid", "/person"),
    ("POST", "cases/", {"person": {"age_band": 17}}, "invalid", "/person/age_band"),
    ("POST", "cases/", {"person": {"district": "BY-XX-99"}}, "invalid", "/person/district"),
    ("POST", "cases/", {"person": {"district": "\x00"}}, "invalid", "/person/district"),
    ("POST", "cases/", {"person": {"languages": "bel"}}, "invalid", "/person/languages"),
    ("POST", "cases/", {"person": {"languages": ["qqq"]}}, "invalid", "/person/languages/0"),
    ("POST", "cases/", {"person": {"languages": ["bel"] * 11}}, "invalid", "/person/languages"),
    ("POST", "cases/", {"person": {"needs_interpreter": []}}, "invalid",
     "/person/needs_interpreter"),
    ("POST", "cases/{desk.case.code}/notes/", {"text": "", "visibility": "agency"}, "invalid",
     "/text"),
    ("POST", "cases/{desk.case.code}/notes/", {"text": "a\x00b", "visibility": "agency"},
     "invalid", "/text"),
    ("POST", "cases/{desk.case.code}/notes/", {"text": "x" * 4001, "visibility": "agency"},
     "invalid", "/text"),
    ("POST", "cases/{desk.case.code}/notes/", {"text": "Hello", "visibility": "all"}, "invalid",
     "/visibility"),
    ("POST", "cases/{desk.case.code}/consents/", {"scopes": []}, "invalid", "/scopes"),
    ("POST", "cases/{desk.case.code}/consents/", {"scopes": {}}, "invalid", "/scopes"),
    ("POST", "cases/{desk.case.code}/consents/",
     {"scopes": [{"agency": "AG-2222-2222", "groups": ["identity"]}]}, "unknown_agency",
     "/scopes/0/agency"),
    ("POST", "cases/{desk.case.code}/consents/",
     {"scopes": [{"agency": "AG-2222-2222", "groups": ["secrets"]}]}, "invalid",
     "/scopes/0/groups/0"),
    ("POST", "cases/{desk.case.code}/plan_follow_ups/", {"dates": ["0001-01-01"]},
     "follow_up_in_the_past", "/dates"),
    ("POST", "cases/{desk.case.code}/plan_follow_ups/", {"dates": ["10000-01-01"]}, "invalid",
     "/dates/0"),
    ("POST", "cases/{desk.case.code}/hand_over/", {"to": "nobody", "note": "x"},
     "unknown_member", "/to"),
    ("POST", "cases/{desk.case.code}/hand_over/", {"to": "\x00", "note": "x"}, "invalid", "/to"),
    ("POST", "cases/{desk.case.code}/exclude/", {"agency": "A" * 17}, "invalid", "/agency"),
    ("POST", "referrals/{desk.sent.code}/withdraw/", {"reason": "consent_ended"}, "invalid",
     "/reason"),
    ("POST", "referrals/{desk.sent.code}/messages/", {"text": {"a": 1}}, "invalid", "/text"),
    ("POST", "referrals/{desk.sent.code}/plan_handover/",
     {"meets_at": "tomorrow", "place": "x", "who_meets": "y"}, "invalid", "/meets_at"),
    ("POST", "tokens/", {"label": "x", "scopes": ["read"], "days": -1}, "invalid", "/days"),
    ("POST", "tokens/", {"label": "x", "scopes": ["read"], "days": 10**30}, "invalid", "/days"),
    ("POST", "tokens/", {"label": "x", "scopes": ["activate"], "days": 1}, "invalid",
     "/scopes/0"),
    ("POST", "persons/find/", {"name": "A\x00nna"}, "invalid", "/name"),
    ("POST", "notifications/preferences/", {"email": True, "quiet_from": "22:00"}, "invalid",
     "/quiet_to"),
    ("PUT", "persons/{desk.case.person.code}/groups/legal/", {"status": 5}, "not_a_text",
     "/status"),
    ("PUT", "persons/{desk.case.person.code}/groups/legal/", {"status": "\x00"},
     "null_characters_not_allowed", "/status"),
    ("PUT", "persons/{desk.case.person.code}/groups/legal/", {"status": "x" * 4001},
     "text_too_long", "/status"),
    ("PUT", "persons/{desk.case.person.code}/groups/legal/", {"a/b~c": "x"}, "unknown_field",
     "/a~1b~0c"),
    ("PUT", "persons/{desk.case.person.code}/groups/family/", {"prs_MaritalStatus": "Happy"},
     "unknown_code", "/prs_MaritalStatus"),
    ("PUT", "persons/{desk.case.person.code}/groups/plan/", {"goals": "rest"}, "not_a_list",
     "/goals"),
    ("PUT", "persons/{desk.case.person.code}/groups/plan/", {"goals": ["x"] * 51},
     "too_many_items", "/goals"),
    ("PUT", "persons/{desk.case.person.code}/groups/plan/", {"goals": ["x", 7]}, "not_a_text",
     "/goals/1"),
    ("PUT", "persons/{desk.case.person.code}/groups/whereabouts/", {"since": "yesterday"},
     "not_a_date", "/since"),
)  # fmt: skip


def told(answer: Any) -> tuple[int, str, list[str]]:
    """The status, the code, and the fields that it is about."""
    body = answer.json()
    return answer.status_code, body["code"], [f["pointer"] for f in body.get("errors", [])]


def test_a_wrong_field_is_named(desk: Desk) -> None:
    with nothing_written():
        found = [told(desk.ask(*wrong[:3])) for wrong in FIELDS]

    assert found == [(400, wrong[3], [wrong[4]]) for wrong in FIELDS]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_outside_all_calendars_is_refused(desk: Desk, moment: str) -> None:
    scopes = [{"agency": desk.sent.receiver.code, "groups": ["identity"]}]
    task = {"text": "x", "assignee": desk.sender.username, "due_at": moment}
    consent = {"scopes": scopes, "expires_at": moment}

    with nothing_written():
        problem(
            desk.ask("POST", "cases/{desk.case.code}/tasks/", task), 400, "invalid", "/due_at"
        )
        answer = desk.ask("POST", "cases/{desk.case.code}/consents/", consent)
        problem(answer, 400, "invalid", "/expires_at")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_consent_ends_within_a_year(desk: Desk, moment: str) -> None:
    scopes = [{"agency": desk.sent.receiver.code, "groups": ["identity"]}]

    with nothing_written():
        answer = desk.ask(
            "POST", "cases/{desk.case.code}/consents/", {"scopes": scopes, "expires_at": moment}
        )
        problem(answer, 400, "consent_end_out_of_range", "/expires_at")


@pytest.mark.parametrize("date", ["9999-12-31", "20240101", "2024-W01-1"])
def test_a_birth_date_is_a_past_day_written_in_one_way(desk: Desk, date: str) -> None:
    path = "persons/{desk.case.person.code}/groups/identity/"
    answer = desk.ask("PUT", path, {"prs_Birthdate": date}, headers=desk.judged(path))

    faults = answer.json().get("errors", [])
    assert (answer.status_code, [fault["pointer"] for fault in faults]) == (
        400,
        ["/prs_Birthdate"],
    )


Foreign = tuple[str, Callable[[Desk], dict[str, Any]], str]
FOREIGN: dict[str, Foreign] = {
    "case": ("referrals/", lambda d: {
        "case": d.foreign.case.code, "service": d.sent.service.code, "urgency": "urgent",
        "groups": []}, "/case"),
    "earlier referral": ("referrals/", lambda d: {
        "case": d.case.code, "service": d.sent.service.code, "urgency": "urgent", "groups": [],
        "instead_of": d.foreign.code}, "/instead_of"),
    "member to hand over to": ("cases/{desk.case.code}/hand_over/", lambda d: {
        "to": d.stranger.username, "note": "x"}, "/to"),
    "member to set a task": ("cases/{desk.case.code}/tasks/", lambda d: {
        "text": "x", "assignee": d.stranger.username}, "/assignee"),
    "consent": ("consents/{desk.consent.code}/supersede/", lambda d: {
        "by": d.foreign.case.consents.get().code}, "/by"),
}  # fmt: skip
NOBODY = {"case": "SH-2222-2222", "instead_of": "RF-2222-2222", "by": "CN-2222-2222"}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_belongs_to_others_is_as_unknown_as_what_is_not(desk: Desk, name: str) -> None:
    path, body_of, pointer = FOREIGN[name]
    body, field = body_of(desk), pointer[1:]

    with nothing_written():
        theirs = desk.ask("POST", path, body)
        nobodys = desk.ask("POST", path, body | {field: NOBODY.get(field, "nobody")})

    problem(theirs, 400, theirs.json()["code"], pointer)
    assert theirs.json() | {"request_id": ""} == nobodys.json() | {"request_id": ""}


def test_a_service_of_ones_own_is_not_asked(desk: Desk) -> None:
    body = {"case": desk.case.code, "service": desk.own.code, "urgency": "urgent", "groups": []}

    with nothing_written():
        problem(desk.ask("POST", "referrals/", body), 400, "service_of_own_agency", "/service")


NULLS = (
    "cases/SH%00/", "cases/SH%00/notes/", "referrals/RF%00/", "persons/PR%00/",
    "persons/PR%00/groups/identity/", "consents/CN%00/", "overrides/OV%00/", "members/a%00/",
    "agencies/AG%00/", "services/SV%00/", "transfers/TR%00/",
)  # fmt: skip


def test_a_null_in_a_path_finds_nothing(desk: Desk) -> None:
    with nothing_written():
        found = {path: told(desk.ask("GET", path)) for path in NULLS}

    assert found == dict.fromkeys(NULLS, (404, "not_found", []))


NULL_ACTS = (
    "cases/SH%00/open/", "referrals/RF%00/send/", "tasks/T%00/done/",
    "notifications/N%00/acknowledge/", "members/a%00/leave/",
)  # fmt: skip


def test_a_null_in_the_path_of_an_act_finds_nothing(desk: Desk) -> None:
    with nothing_written():
        found = {path: told(desk.ask("POST", path)) for path in NULL_ACTS}

    assert found == dict.fromkeys(NULL_ACTS, (404, "not_found", []))


QUERIES = (
    "cases/?state=%00", "cases/?after=%00", "cases/?after=x", "cases/?after=0",
    "referrals/?state=sent%00", "referrals/?box=%00", "referrals/?case={desk.case.code}%00",
    "cases/{desk.case.code}/explain/?member=%00", "services/?district=%00",
    "services/?type=%00", "services/?language=%00", "services/?nothing=1",
    "cases/{desk.case.code}/notes/?after=gAAAAA", "notifications/?after=%F0%9F%98%80",
)  # fmt: skip


def test_a_bad_query_is_refused(desk: Desk) -> None:
    answers = {path: desk.ask("GET", path) for path in QUERIES}

    wrong = {path: told(answer) for path, answer in answers.items() if not _refused(answer)}
    assert wrong == {}


def _refused(answer: Any) -> bool:
    return (
        answer.status_code in {400, 404}
        and answer["Content-Type"] == "application/problem+json"
    )


def test_an_address_says_each_thing_once(desk: Desk) -> None:
    for path in ("referrals/?box=in&box=in", "cases/?state=open&state=closed", "me/?x=1&x=2"):
        with nothing_written():
            problem(desk.ask("GET", path), 400, "parameter_repeated")
    assert desk.ask("GET", "referrals/?box=in").status_code == 200


def test_a_bad_query_of_the_log_is_refused(desk: Desk) -> None:
    auditor = make.make_member(agency=desk.system.agency, role=Role.AUDITOR)

    for query in ("case=%00", "actor=%00", "after=%00"):
        assert desk.ask("GET", f"audit/?{query}", by=auditor).status_code == 400


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "TRACE", "PURGE"])
def test_a_method_that_is_not_there_is_refused(desk: Desk, method: str) -> None:
    with nothing_written():
        for path in ("cases/", "referrals/{desk.sent.code}/send/", "me/"):
            problem(desk.ask(method, path), 405, "method_not_allowed")


OPTIONS = (
    "cases/", "cases/{desk.case.code}/", "referrals/{desk.sent.code}/send/",
    "agencies/{desk.sender.agency.code}/", "persons/{desk.case.person.code}/groups/identity/",
)  # fmt: skip


def test_what_an_address_can_do_may_be_asked(desk: Desk) -> None:
    found = {path: desk.ask("OPTIONS", path).status_code for path in OPTIONS}

    assert {path: status for path, status in found.items() if status not in {200, 405}} == {}


def test_an_answer_of_another_kind_is_not_given(desk: Desk) -> None:
    answer = desk.ask("GET", "cases/", headers={"Accept": "application/xml"})

    problem(answer, 406, "not_acceptable")
    # The address does not choose the kind; a word that nothing reads changes nothing.
    assert desk.ask("GET", "me/?format=xml").json() == desk.ask("GET", "me/").json()


def test_a_path_that_is_too_long_finds_nothing(desk: Desk) -> None:
    with nothing_written():
        found = [told(desk.ask("POST", f"cases/{'A' * n}/open/")) for n in (121, 500, 2000)]

    assert found == [(404, "not_found", [])] * 3


NEED_KEY = ("cases/", "cases/{desk.case.code}/notes/", "cases/{desk.case.code}/consents/",
            "referrals/", "referrals/{desk.sent.code}/messages/")  # fmt: skip
VALID: dict[str, Callable[[Desk], dict[str, Any]]] = {
    "cases/": lambda d: {},
    "cases/{desk.case.code}/notes/": lambda d: {"text": "x", "visibility": "agency"},
    "cases/{desk.case.code}/consents/": lambda d: {
        "scopes": [{"agency": d.sent.receiver.code, "groups": ["identity"]}]
    },
    "referrals/": lambda d: {
        "case": d.case.code, "service": d.sent.service.code, "urgency": "urgent", "groups": []
    },
    "referrals/{desk.sent.code}/messages/": lambda d: {"text": "x"},
}  # fmt: skip


@pytest.mark.parametrize("path", NEED_KEY)
def test_making_something_needs_a_key(desk: Desk, path: str) -> None:
    body = VALID[path](desk)

    with nothing_written():
        problem(desk.ask("POST", path, body, headers={}), 400, "idempotency_key_missing")
        for key in ("", "a b", "k" * 81, "ключ".encode().decode("latin-1"), "\x7f"):
            answer = desk.ask("POST", path, body, headers={"Idempotency-Key": key})
            problem(answer, 400, "idempotency_key_malformed")


@pytest.mark.parametrize("path", NEED_KEY)
def test_a_key_is_used_for_one_thing(desk: Desk, path: str) -> None:
    headers = {"Idempotency-Key": "mine"}
    first = desk.ask("POST", path, VALID[path](desk), headers=headers)

    with nothing_written():
        again = desk.ask("POST", path, VALID[path](desk), headers=headers)
        other = desk.ask("POST", path, VALID[path](desk) | {"x": 1}, headers=headers)
        elsewhere = desk.ask("POST", "cases/", {"risk": "low"}, headers=headers)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again["Idempotency-Replayed"] == "true"
    problem(other, 422, "idempotency_key_reused")
    problem(elsewhere, 422, "idempotency_key_reused")


def test_two_members_may_use_the_same_key(desk: Desk) -> None:
    headers = {"Idempotency-Key": "ours"}

    first = desk.ask("POST", "cases/", {}, headers=headers)
    second = desk.ask("POST", "cases/", {}, headers=headers, by=make.make_member())

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["code"] != second.json()["code"]


VERSIONED: dict[str, tuple[str, dict[str, Any]]] = {
    "cases/{desk.case.code}/": ("PATCH", {"risk": "high"}),
    "persons/{desk.case.person.code}/": ("PATCH", {"needs_interpreter": True}),
    "persons/{desk.case.person.code}/groups/identity/": ("PUT", {"prs_FirstName": "Anna"}),
}


@pytest.mark.parametrize("path", VERSIONED)
def test_nobody_overwrites_what_they_have_not_seen(desk: Desk, path: str) -> None:
    method, body = VERSIONED[path]
    seen = desk.judged(path)
    wrong = {"If-Match": '"x.1"'}

    with nothing_written():
        problem(desk.ask(method, path, body, headers={}), 428, "if_match_missing")
        problem(desk.ask(method, path, body, headers=wrong), 412, "stale_version")

    assert desk.ask(method, path, body, headers=seen).status_code == 200
    with nothing_written():
        problem(desk.ask(method, path, body, headers=seen), 412, "stale_version")


def test_an_act_on_an_older_version_is_refused(desk: Desk) -> None:
    old = desk.judged("referrals/{desk.sent.code}/") | {"Idempotency-Key": "one"}
    receiver = Member.objects.get(agency=desk.sent.receiver)
    assert desk.ask("GET", "referrals/{desk.sent.code}/", by=receiver).status_code == 200

    with nothing_written():
        answer = desk.ask(
            "POST", "referrals/{desk.sent.code}/withdraw/", {"reason": "safety"}, headers=old
        )
        problem(answer, 412, "stale_version")


def test_a_long_user_name_is_refused_or_kept(desk: Desk) -> None:
    """Names may have sixty characters; what refers to a member must hold them, too."""
    name = "a" * 60
    answer = desk.ask(
        "POST", "members/", {"username": name, "role": "focal_point"}, by=desk.admin
    )

    assert answer.status_code in {201, 400}
    with nothing_written():
        answer = desk.ask(
            "POST", "members/", {"username": "a" * 61, "role": "focal_point"}, by=desk.admin
        )
        problem(answer, 400, "invalid", "/username")


def test_ages_out_of_order_are_refused(desk: Desk) -> None:
    body = {"type": "MEDICAL", "name": "x", "minimum_age": 5}

    with nothing_written():
        for oldest in (4, 0):
            answer = desk.ask(
                "POST", "services/", body | {"maximum_age": oldest}, by=desk.admin
            )
            problem(answer, 400, "ages_out_of_order", "/maximum_age")


AGENCY = {"name": "A new one", "type": "shelter_ngo"}
SETTINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/protocol_signed_until",
     {"protocol_signed_on": "2026-05-05", "protocol_signed_until": "2020-01-01"}),
    ("/holiday_country", {"holiday_country": "BLR"}),
    ("/closed_weekdays", {"closed_weekdays": [0, 1, 2, 3, 4]}),
    ("/closed_weekdays", {"closed_weekdays": [7]}),
    ("/time_zone", {"time_zone": "Europe/Nowhere"}),
    ("/type", {"type": "brothel"}),
)  # fmt: skip


@pytest.mark.parametrize(("pointer", "facts"), SETTINGS)
def test_an_agency_that_could_not_work_is_refused(
    desk: Desk, pointer: str, facts: dict[str, Any]
) -> None:
    with nothing_written():
        answer = desk.ask("POST", "agencies/", AGENCY | facts, by=desk.system)

        faults = answer.json().get("errors", [{"pointer": ""}])
        assert answer.status_code == 400
        assert [fault["pointer"].startswith(pointer) for fault in faults] == [True]


def test_a_protocol_that_ends_before_it_begins_is_refused(desk: Desk) -> None:
    agency = desk.sender.agency
    headers = {"If-Match": f'"{agency.code}.{agency.version}"'}

    with nothing_written():
        answer = desk.ask(
            "PATCH", f"agencies/{agency.code}/", {"protocol_signed_until": "1999-01-01"},
            by=desk.system, headers=headers,
        )  # fmt: skip
        problem(answer, 400, answer.json()["code"], "/protocol_signed_until")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
NAMES = (
    "source", "risk", "person", "text", "visibility", "scopes", "expires_at", "case", "service",
    "groups", "urgency", "note", "to", "agency", "name", "email", "quiet_from", "dates",
    "assignee", "due_at", "prs_FirstName", "aliases", "prs_Birthdate", "label", "days", "reason",
    "ground", "age_band", "languages", "minimum_age", "maximum_age", "places_free", "capacity",
)  # fmt: skip
BODY = st.dictionaries(st.sampled_from(NAMES), ANY, max_size=6) | ANY
TARGETS = (
    *WRITES,
    ("POST", "cases/{desk.case.code}/tasks/"),
    ("POST", "cases/{desk.case.code}/plan_follow_ups/"),
    ("POST", "cases/{desk.case.code}/overrides/"),
    ("POST", "referrals/{desk.sent.code}/withdraw/"),
    ("PUT", "persons/{desk.case.person.code}/groups/family/"),
)


@trials(max_examples=150, derandomize=True, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(body=BODY, target=st.sampled_from(TARGETS))
def test_no_json_at_all_breaks_it(desk: Desk, body: Any, target: tuple[str, str]) -> None:
    with transaction.atomic():
        answer = desk.ask(*target, _bytes(body))
        transaction.set_rollback(True)

    kind = answer["Content-Type"]
    assert answer.status_code < 500
    assert kind == (
        "application/problem+json" if answer.status_code >= 400 else "application/json"
    )
