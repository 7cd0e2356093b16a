"""A partner's own system: it speaks FHIR, and takes no answer that fhir.resources does not."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from fhir.resources.R4B import get_fhir_model_class
from rest_framework.test import APIClient

from agencies.models import Member
from demo import builders as make

FHIR = "application/fhir+json"
Json = dict[str, Any]


def valid(resource: Json) -> Json:
    """The resource, once a library that is not ours has read it and says the same again."""
    model = get_fhir_model_class(resource["resourceType"])
    again = json.loads(model.model_validate(resource).model_dump_json())
    assert same(again) == same(resource)
    return resource


def same(value: Any) -> Any:
    """With moments as moments: a library may write their zone in another way."""
    if isinstance(value, dict):
        return {name: same(each) for name, each in value.items()}
    if isinstance(value, list):
        return [same(each) for each in value]
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        return dt.datetime.fromisoformat(value)
    return value


class Partner:
    """A system of one agency, under a token of its own; every answer is checked as FHIR."""

    def __init__(self, member: Member, *scopes: str) -> None:
        self.member = member
        self.http = APIClient(raise_request_exception=False)
        secret = make.make_token(member, scopes=scopes or ("fhir",))
        self.http.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    def get(self, path: str, **headers: str) -> Any:
        return self.checked(self.http.get(f"/fhir/{path}", headers=headers))

    def task(self, code: str) -> Json:
        return dict(self.get(f"Task/{code}").json())

    def put(self, task: Json, *, version: str | None = None, **changes: Any) -> Any:
        """Put the Task back with these changes, judged by the version that it names itself."""
        version = version or task["meta"]["versionId"]
        return self.checked(
            self.http.put(
                f"/fhir/Task/{task['id']}",
                json.dumps(task | changes),
                content_type=FHIR,
                headers={"If-Match": f'W/"{version}"'},
            )
        )

    def answer(self, code: str, status: str, *outputs: Json, **more: Any) -> Any:
        """Read the Task, and put it back in this status with these outputs besides."""
        task = self.task(code)
        output = [*task.get("output", []), *outputs]
        if output:
            more["output"] = output
        return self.put(task, status=status, **more)

    @staticmethod
    def checked(answer: Any) -> Any:
        assert answer["Content-Type"] == FHIR
        valid(answer.json())
        return answer


def said(code: str, **value: Any) -> Json:
    """An output of a Task."""
    return {"type": {"coding": [{"system": "urn:safehand:said", "code": code}]}, **value}


def soon(hours: float = 2) -> str:
    moment = timezone.now() + dt.timedelta(hours=hours)
    return moment.replace(microsecond=0).isoformat()


def attempt(at: str | None = None, result: str = "no_answer") -> Json:
    """One try to reach the person."""
    return said(
        "attempt",
        valueDateTime=at or soon(-1),
        extension=[
            {"url": "urn:safehand:attempt-channel", "valueCode": "phone"},
            {"url": "urn:safehand:attempt-result", "valueCode": result},
        ],
    )


def contact(member: Member, planned: str | None = None) -> tuple[Json, Json]:
    """What an acceptance needs."""
    return (
        said("contact", valueString=member.username),
        said("first-contact-planned", valueDateTime=planned or soon()),
    )


def meeting(at: str | None = None) -> tuple[Json, Json, Json]:
    """A planned handover."""
    return (
        said("meeting-at", valueDateTime=at or soon(1)),
        said("meeting-place", valueString="The main door"),
        said("meeting-with", valueString="The nurse"),
    )


def decline(code: str = "no_capacity") -> Json:
    return {"coding": [{"system": "urn:safehand:decline-reason", "code": code}]}


def outcome(code: str = "service_provided") -> Json:
    coding = [{"system": "urn:safehand:outcome", "code": code}]
    return said("outcome", valueCodeableConcept={"coding": coding})


def refusal(answer: Any, status: int, code: str, *places: str) -> None:
    """An OperationOutcome of that code, about exactly those places."""
    body = answer.json()
    issues = body["issue"]
    codes = {
        coding["code"]
        for issue in issues
        for coding in issue["details"]["coding"]
        if coding["system"] == "urn:safehand:problem"
    }
    where = [
        each for issue in issues for each in issue.get("expression", issue.get("location", []))
    ]
    found = (answer.status_code, codes, sorted(where))
    assert found == (status, {code}, sorted(places)), body


Signed = Callable[..., Partner]
