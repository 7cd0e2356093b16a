"""Whatever is put: an OperationOutcome that says what is wrong and where, and nothing is written."""

import json
import random
from typing import Any

import pytest
from django.db import transaction
from django.test import RequestFactory

from agencies.models import Member
from config.api import errors
from demo import builders as make
from referral.models import Referral
from tests.edge import inputs
from tests.exchange.fhir.partner import (
    FHIR,
    Partner,
    attempt,
    contact,
    decline,
    meeting,
    outcome,
    refusal,
    said,
    soon,
    valid,
)

TRIALS, SEED = 300, 5


def put_raw(system: Partner, code: str, raw: bytes, *, kind: str = FHIR, **headers: str) -> Any:
    given = {"If-Match": 'W/"2"'} | headers
    body: Any = raw  # Django's client takes bytes as well
    return system.http.generic(
        "PUT", f"/fhir/Task/{code}", data=body, content_type=kind, headers=given
    )


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "body_not_json"),
        (b'{"id": "a", "id": "b"}', 400, "body_not_json"),
        (b'{"a": NaN}', 400, "body_not_json"),
        (b'{"a": ' + b"9" * 5000 + b"}", 400, "body_not_json"),
        (b"[" * 30 + b"]" * 30, 400, "body_too_deep"),
        (b'{"a":' * 5000, 400, "body_too_deep"),
        (b'{"a": "' + b"x" * 1_000_001 + b'"}', 413, "body_too_large"),
        (b'{"a": "\xff"}', 400, "body_not_json"),
        (b'{"a": "\\ud800"}', 400, "text_not_unicode"),
    ],
)
def test_what_is_no_json_is_refused(
    raw: bytes, status: int, code: str, sent: Referral, theirs: Partner
) -> None:
    refusal(Partner.checked(put_raw(theirs, sent.code, raw)), status, code)


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b'"Task"', b"1", b"{}", b'{"resourceType": "Patient"}',
            b'{"resourceType": ["Task"]}', b'{"resourceType": "Bundle", "entry": []}'],
)  # fmt: skip
def test_what_is_no_task_is_refused(raw: bytes, sent: Referral, theirs: Partner) -> None:
    answer = Partner.checked(put_raw(theirs, sent.code, raw))

    refusal(answer, 400, "not_the_resource", "Task.resourceType")


def changed(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("received", {"id": "RF-2222-2222"}, "not_the_id", "Task.id"),
    ("received", {"id": 1}, "not_the_id", "Task.id"),
    ("requested", {}, "status_is_no_answer", "Task.status"),
    ("entered-in-error", {}, "status_is_no_answer", "Task.status"),
    ("received", {"status": ["received"]}, "status_is_no_answer", "Task.status"),
    ("received", {"status": None}, "status_is_no_answer", "Task.status"),
    ("received", {"intent": "plan"}, "not_changed_here", "Task.intent"),
    ("received", {"owner": {"reference": "Organization/AG-2222-2222"}}, "not_changed_here",
     "Task.owner"),
    ("received", {"note": [{"text": "Hello."}]}, "not_changed_here", "Task.note"),
    ("received", {"executionPeriod": {"start": soon(-1)}}, "not_changed_here",
     "Task.executionPeriod.start"),
    ("received", {"executionPeriod": {"end": soon(-1)}}, "not_changed_here",
     "Task.executionPeriod.end"),
    ("received", {"statusReason": {"text": "Why?"}}, "not_changed_here",
     "Task.statusReason.text"),
    ("received", {"statusReason": decline()}, "not_changed_here", "Task.statusReason.coding"),
    ("received", {"output": [outcome()]}, "not_changed_here",
     "Task.output[0].valueCodeableConcept"),
    ("received", {"output": {}}, "not_a_list", "Task.output"),
    ("received", {"output": ["contact"]}, "not_a_dict", "Task.output[0]"),
    ("received", {"output": [{}]}, "required", "Task.output[0].type"),
    ("received", {"output": [{"type": {"coding": {}}}]}, "not_a_list",
     "Task.output[0].type.coding"),
    ("received", {"output": [{"type": {"coding": [{"system": "x"}]}}]}, "unknown_code",
     "Task.output[0].type.coding"),
    ("received", {"output": [said("unheard")]}, "unknown_code", "Task.output[0].type"),
    ("received", {"output": [said("contact")]}, "required", "Task.output[0].valueString"),
    ("received", {"output": [outcome()] * 41}, "not_a_list", "Task.output"),
    ("on-hold", {}, "required", "Task.statusReason.text"),
    ("on-hold", {"statusReason": "Why?"}, "not_a_dict", "Task.statusReason"),
    ("on-hold", {"statusReason": {"text": 5}}, "not_a_text", "Task.statusReason.text"),
    ("on-hold", {"statusReason": {"text": " "}}, "blank", "Task.statusReason.text"),
    ("on-hold", {"statusReason": {"text": "x" * 2001}}, "max_length", "Task.statusReason.text"),
    ("on-hold", {"statusReason": {"text": "a\x00b"}}, "null_characters_not_allowed",
     "Task.statusReason.text"),
    ("rejected", {}, "required", "Task.statusReason.coding"),
    ("rejected", {"statusReason": {"text": "No."}}, "required", "Task.statusReason.coding"),
    ("rejected", {"statusReason": decline("bored")}, "invalid_choice",
     "Task.statusReason.coding"),
    ("rejected", {"statusReason": {"coding": [{"system": "urn:other", "code": "no_capacity"}]}},
     "unknown_code", "Task.statusReason.coding"),
    ("accepted", {"output": [said("contact", valueString="a")]}, "required", "Task.output"),
    ("accepted", {"output": [said("contact", valueString=["a"])]}, "not_a_text",
     "Task.output[0].valueString"),
    ("accepted", {"output": [said("contact", valueString="a")] * 2}, "said_twice",
     "Task.output[1].valueString"),
    ("accepted", {"output": [said("first-contact-planned", valueDateTime="2026-05-04")]},
     "not_a_moment", "Task.output[0].valueDateTime"),
    ("in-progress", {}, "required", "Task.executionPeriod.start"),
    ("in-progress", {"executionPeriod": []}, "not_a_dict", "Task.executionPeriod"),
    ("in-progress", {"executionPeriod": {"start": "2026-05-04T10:00:00"}}, "not_a_moment",
     "Task.executionPeriod.start"),
    ("in-progress", {"executionPeriod": {"start": "2026-02-30T10:00:00Z"}}, "invalid",
     "Task.executionPeriod.start"),
    ("in-progress", {"executionPeriod": {"start": soon(1)}}, "contact_in_the_future",
     "Task.executionPeriod.start"),
    ("completed", {"output": [outcome("vanished"), said("feedback", valueString="Well.")]},
     "invalid_choice", "Task.output[0].valueCodeableConcept"),
    ("completed", {"output": [outcome()]}, "required", "Task.output"),
    ("failed", {"output": [said("attempt", valueDateTime=soon(-1))]}, "required",
     "Task.output[0].extension"),
    ("failed", {"output": [attempt(result="vanished")]}, "invalid_choice",
     "Task.output[0].extension"),
    ("failed", {"output": [attempt("2026-02-30T10:00:00Z")]}, "invalid",
     "Task.output[0].valueDateTime"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "changes", "code", "place"),
    CASES,
    ids=[f"{n}-{c[2]}" for n, c in enumerate(CASES)],
)
def test_what_is_wrong_is_said_with_its_place(
    status: str, changes: dict[str, Any], code: str, place: str, sent: Referral, theirs: Partner
) -> None:
    task = theirs.task(sent.code)
    raw = json.dumps(task | {"status": status} | changes).encode()

    refusal(Partner.checked(put_raw(theirs, sent.code, raw)), 400, code, place)

    sent.refresh_from_db()
    assert (sent.state, sent.version) == ("sent", 2)


def test_an_acceptance_is_checked_by_the_acts_own_rules(
    sent: Referral, theirs: Partner, receiver: Member
) -> None:
    name, _ = contact(receiver)
    past = theirs.answer(sent.code, "accepted", name, contact(receiver, soon(-1))[1])
    far = theirs.answer(sent.code, "accepted", contact(receiver, soon(24 * 100))[1], name)
    half = theirs.answer(sent.code, "accepted", *contact(receiver), meeting()[0])
    late = theirs.answer(sent.code, "accepted", *contact(receiver), *meeting(soon(-1)))

    refusal(past, 400, "first_contact_in_the_past", "Task.output[1].valueDateTime")
    refusal(far, 400, "first_contact_too_late", "Task.output[0].valueDateTime")
    refusal(half, 400, "required", "Task.output")
    refusal(late, 400, "meeting_in_the_past", "Task.output[2].valueDateTime")
    sent.refresh_from_db()
    assert (sent.state, sent.version) == ("sent", 2)


def test_each_output_that_is_missing_is_named(sent: Referral, theirs: Partner) -> None:
    issues = theirs.answer(sent.code, "accepted").json()["issue"]

    assert [(each["expression"], each["details"]["coding"][1]) for each in issues] == [
        (["Task.output"], {"system": "urn:safehand:said", "code": "contact"}),
        (["Task.output"], {"system": "urn:safehand:said", "code": "first-contact-planned"}),
    ]


def test_an_attempt_lies_in_the_past(accepted: Referral, theirs: Partner) -> None:
    answer = theirs.answer(accepted.code, "failed", attempt(), attempt(soon(1)), attempt())

    # Which of several it was, only the place of the last can say.
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "attempt_in_the_future"
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Accept": "application/fhir+xml"}, 406, "not_acceptable"),
        ({"Accept": "text/html"}, 406, "not_acceptable"),
        ({"Accept": "application/fhir+json"}, 200, ""),
        ({"Accept": "application/fhir+json; fhirVersion=4.0"}, 200, ""),
        ({"Accept": "text/html, */*;q=0.1"}, 200, ""),
    ],
)
def test_what_is_spoken_is_json(
    headers: dict[str, str], status: int, code: str, sent: Referral, theirs: Partner
) -> None:
    answer = theirs.http.get(f"/fhir/Task/{sent.code}", headers=headers)

    assert answer.status_code == status
    valid(answer.json())
    assert answer["Content-Type"].startswith(FHIR)
    if code:
        refusal(answer, status, code)


@pytest.mark.parametrize(
    ("wanted", "status"),
    [("json", 200), ("application/json", 200), ("application/fhir+json", 200),
     ("application%2Ffhir%2Bjson", 200), ("xml", 406), ("ttl", 406), ("", 406)],
)  # fmt: skip
def test_the_address_may_say_the_format(
    wanted: str, status: int, sent: Referral, theirs: Partner
) -> None:
    for path in (f"Task/{sent.code}", "Task", "metadata"):
        answer = theirs.get(f"{path}?_format={wanted}", Accept="text/html")
        assert answer.status_code == status


def test_plain_json_is_answered_as_such(sent: Referral, theirs: Partner) -> None:
    answer = theirs.http.get(f"/fhir/Task/{sent.code}", headers={"Accept": "application/json"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("kind", ["application/fhir+xml", "text/plain", "multipart/form-data",
                                  "application/json-patch+json"])  # fmt: skip
def test_what_is_read_is_json(kind: str, sent: Referral, theirs: Partner) -> None:
    answer = put_raw(theirs, sent.code, b"{}", kind=kind)

    refusal(Partner.checked(answer), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "Task"), ("POST", "metadata"), ("PATCH", "Task/{}"), ("DELETE", "Task/{}"),
     ("PUT", "ServiceRequest/{}"), ("POST", "Task/{}"), ("OPTIONS", "Task"), ("PUT", "Task")],
)  # fmt: skip
def test_what_is_not_offered_is_refused(
    method: str, path: str, sent: Referral, theirs: Partner
) -> None:
    answer = theirs.http.generic(method, f"/fhir/{path.format(sent.code)}", content_type=FHIR)

    refusal(Partner.checked(answer), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "path", ["", "Observation", "Task/", "Task/a/_history", "Task/a/_history/1", "Patient",
             "Patient/a/$everything", "$export", "Task/%00", "Task/..%2f..", "../fhir/x"],
)  # fmt: skip
def test_what_is_not_there_is_said_in_fhir_too(path: str, theirs: Partner) -> None:
    answer = theirs.http.get(f"/fhir/{path}")

    refusal(Partner.checked(answer), 404, "not_found")


def test_too_many_requests_are_told_in_fhir_too(
    sent: Referral, theirs: Partner, settings: Any
) -> None:
    settings.LIMITS = settings.LIMITS | {"api": (2, 60)}

    answers = [theirs.get("Task") for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    refusal(answers[2], 429, "throttled")
    assert int(answers[2]["Retry-After"]) > 0


def test_a_fault_of_ours_is_told_in_fhir_too() -> None:
    answer = errors.failed(RequestFactory().get("/fhir/Task"))
    body = valid(json.loads(answer.content))

    assert (answer.status_code, answer["Content-Type"]) == (500, FHIR)
    assert (body["issue"][0]["severity"], body["issue"][0]["code"]) == ("fatal", "exception")


def test_no_open_line(sent: Referral, theirs: Partner, settings: Any) -> None:
    settings.SECURE = True

    refusal(theirs.get("Task"), 403, "https_only")


def test_no_drawn_input_is_ever_a_fault(
    sent: Referral, theirs: Partner, sender: Member
) -> None:
    """Right Tasks with parts gone wrong, raw bytes, wild headers: refused in FHIR, or done right."""
    accepted = make.make_accepted(
        sent=make.make_sent(by=sender, service=sent.service), by=theirs.member
    )
    rnd = random.Random(SEED)
    wrong: list[tuple[Any, ...]] = []
    rights = [
        theirs.task(sent.code) | {"status": "accepted", "output": [*contact(theirs.member), *meeting()]},
        theirs.task(sent.code) | {"status": "rejected", "statusReason": decline()},
        theirs.task(sent.code) | {"status": "on-hold", "statusReason": {"text": "Why?"}},
        theirs.task(accepted.code) | {"status": "failed", "output": [attempt(), attempt(), attempt()]},
        theirs.task(accepted.code)
        | {"status": "completed", "output": [outcome(), said("feedback", valueString="Well.")]},
        theirs.task(accepted.code) | {"status": "in-progress", "executionPeriod": {"start": soon(-1)}},
    ]  # fmt: skip
    for _ in range(TRIALS):
        right = rnd.choice(rights)
        raw: Any
        raw, kind = inputs.body(rnd, right)
        kind = FHIR if kind == "application/json" else kind
        headers = {"If-Match": f'W/"{right["meta"]["versionId"]}"'} | inputs.headers(rnd)
        # A demonstration answers nobody who comes through a proxy, in whatever words.
        headers.pop("X-Forwarded-For", None)
        path = f"/fhir/Task/{inputs.segment(rnd, right['id'])}"
        with transaction.atomic():
            answer = theirs.http.generic(
                "PUT", path, data=raw, content_type=kind, headers=headers
            )
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            wrong.append((answer.status_code, path, raw[:300], headers))
        elif not answer["Content-Type"].startswith(FHIR):
            wrong.append((answer["Content-Type"], path, answer.status_code, headers))
        else:
            valid(answer.json())
    assert wrong == []
