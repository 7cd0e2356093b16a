"""The whole loop between two systems, over real HTTP, in resources of a library that is not ours."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.task import Task

from agencies.models import Member, Service
from demo import builders as make
from notify.models import Delivery
from referral.actions import helping
from tests.exchange.fhir.partner import FHIR, contact, meeting, outcome, said, soon

pytestmark = pytest.mark.django_db(transaction=True)


class System:
    """A program of a partner's that knows FHIR and an address, and nothing of us."""

    def __init__(self, url: str, member: Member) -> None:
        self.url = f"{url}/fhir/"
        self.headers = {
            "Authorization": f"Bearer {make.make_token(member, scopes=('fhir',))}",
            "Accept": FHIR,
            "Content-Type": FHIR,
        }

    def ask(self, path: str, *, body: str = "", **headers: str) -> tuple[int, Any]:
        asked = urllib.request.Request(
            self.url + path, body.encode() or None, self.headers | headers,
            method="PUT" if body else "GET",
        )  # fmt: skip
        try:
            with urllib.request.urlopen(asked) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def task(self, code: str) -> Task:
        status, found = self.ask(f"Task/{code}")
        assert status == 200, found
        return Task.model_validate(found)

    def put(self, task: Task) -> Task:
        """Put it as the library writes it, judged by the version that it holds."""
        status, found = self.ask(
            f"Task/{task.id}", body=task.model_dump_json(),
            **{"If-Match": f'W/"{task.meta.versionId}"'},
        )  # fmt: skip
        assert status == 200, found
        return Task.model_validate(found)


def changed(task: Task, **parts: Any) -> Task:
    """The Task with other parts, checked by the library as a whole."""
    return Task.model_validate(json.loads(task.model_dump_json()) | parts)


def outputs(task: Task) -> list[Any]:
    return list(json.loads(task.model_dump_json()).get("output", []))


def test_the_loop_closes(live_server: Any) -> None:
    sender = make.make_member(agency=make.make_agency(type="territorial_centre"))
    receiver = make.make_member(role="focal_point")
    service: Service = make.make_service(agency=receiver.agency)
    sent = make.make_sent(by=sender, service=service)
    theirs, ours = System(live_server.url, receiver), System(live_server.url, sender)

    status, bundle = theirs.ask("Task?status=requested")
    found: Any = Bundle.model_validate(bundle)
    assert (status, [entry.resource.id for entry in found.entry]) == (200, [sent.code])
    task: Any = theirs.put(changed(theirs.task(sent.code), status="received"))
    request: Any = ServiceRequest.model_validate(theirs.ask(task.focus.reference)[1])
    patient: Any = Patient.model_validate(theirs.ask(task.for_fhir.reference)[1])
    assert (request.code.coding[0].code, request.priority) == ("SHELTER_EMERGENCY", "urgent")
    assert (patient.name, patient.birthDate, patient.address[0].district) == (
        None, None, "BY-MI-01",
    )  # fmt: skip

    task = theirs.put(
        changed(task, status="accepted", output=[*contact(receiver), *meeting(soon(1))])
    )
    helping.confirm_handover(code=sent.code, by=sender, at=timezone.now())
    task = theirs.task(sent.code)
    task = theirs.put(
        changed(task, status="in-progress", executionPeriod={"start": soon(-0.01)})
    )
    ends = [*outputs(task), outcome(), said("feedback", valueString="She is well.")]
    task = theirs.put(changed(task, status="completed", output=ends))

    assert (task.status, task.for_fhir, task.focus) == ("completed", None, None)
    assert ours.task(sent.code).status == "completed"
    helping.confirm(code=sent.code, service_received="yes", by=sender, at=timezone.now())
    sent.refresh_from_db()
    assert sent.state == "confirmed"
    told = Delivery.objects.filter(channel="in_app").order_by("pk")
    assert list(told.values_list("event__kind", "member__username")) == [
        ("referral.sent", receiver.username),
        ("referral.seen", sender.username),
        ("referral.accepted", sender.username),
        ("referral.handover_planned", sender.username),
        ("referral.handover_confirmed", receiver.username),
        ("referral.contact_made", sender.username),
        ("referral.completed", sender.username),
        ("referral.confirmed", receiver.username),
    ]


def test_what_cannot_be_yet_is_told_with_its_place(live_server: Any) -> None:
    sender, receiver = make.make_member(), make.make_member(role="focal_point")
    service = make.make_service(agency=receiver.agency)
    code = make.make_accepted(sent=make.make_sent(by=sender, service=service), by=receiver).code
    theirs = System(live_server.url, receiver)
    task = changed(
        theirs.task(code), status="in-progress", executionPeriod={"start": soon(-0.1)}
    )

    status, refused = theirs.ask(
        f"Task/{code}", body=task.model_dump_json(),
        **{"If-Match": f'W/"{task.meta.versionId}"'},
    )  # fmt: skip

    (issue,) = refused["issue"]
    assert (status, issue["code"], issue["expression"]) == (
        409,
        "business-rule",
        ["Task.output"],
    )
    assert issue["details"] == {
        "coding": [
            {"system": "urn:safehand:problem", "code": "handover_not_confirmed_by_both"},
            {"system": "urn:safehand:said", "code": "meeting-confirmed"},
            {"system": "urn:safehand:referral-state", "code": "accepted"},
        ],
        "text": "The handover is not confirmed by both sides yet.",
    }  # fmt: skip
