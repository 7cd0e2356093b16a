"""A client library of FHIR that is not ours (fhirpy) closes the loop with the service, over real HTTP:
called by a number, it reads the Task that this is about, answers it, and follows the links of a search."""

import datetime as dt
import json
import urllib.request
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from demo import builders as make
from notify import calls, endpoints
from referral.actions import helping
from referral.models import Referral
from tests.exchange.fhir.partner import contact, meeting, outcome, said, soon
from tests.notify.partner import Partner, listening
from tests.notify.test_calls import EVERYTHING, proving

fhirpy = pytest.importorskip("fhirpy", reason="no client library of FHIR is installed here")
pytestmark = pytest.mark.django_db(transaction=True)


class System:
    """A partner's program: this library, an address and a key for FHIR alone."""

    def __init__(self, url: str, member: Member) -> None:
        self.url, self.key = url, f"Bearer {make.make_token(member, scopes=('fhir',))}"

    def client(self, **headers: str) -> Any:
        # Else the server's thread, and with it its connection to the database, outlives the test.
        headers["Connection"] = "close"
        return fhirpy.SyncFHIRClient(
            f"{self.url}/fhir", authorization=self.key, extra_headers=headers
        )

    def task(self, code: str) -> Any:
        return self.client().reference("Task", code).to_resource()

    def put(self, task: Any, *outputs: Any, **parts: Any) -> Any:
        """Put back by the library's own update, judged by the version that it holds."""
        body = json.loads(json.dumps(task)) | parts
        if outputs:
            body["output"] = [*body.get("output", []), *outputs]
        judging = self.client(**{"If-Match": f'W/"{task.meta.versionId}"'})
        return judging.resource(body.pop("resourceType"), **body).update()

    def event(self, number: str) -> Any:
        """What a call is about, and that it was taken in."""
        found = self._asked(f"events/{number}/", "GET")
        self._asked(f"events/{number}/ack/", "POST")
        return found

    def _asked(self, path: str, method: str) -> Any:
        asked = urllib.request.Request(
            f"{self.url}/api/v1/{path}", method=method, headers={"Authorization": self.key}
        )
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)


@pytest.fixture
def url(live_server: Any, settings: Any) -> str:
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


def called(partner: Partner, secret: str) -> str:
    """The number of the newest call."""
    calls.relay_due(timezone.now())
    return str(partner.heard[-1].read_by(secret)["data"]["id"])


def test_from_the_call_to_the_confirmed_outcome(url: str) -> None:
    sender = make.make_member(agency=make.make_agency(type="territorial_centre"))
    receiver = make.make_member(role="focal_point")
    service = make.make_service(agency=receiver.agency)
    keeper = make.make_member(agency=receiver.agency, role="agency_admin")
    theirs, ours = System(url, receiver), System(url, sender)
    with listening() as partner:
        added = endpoints.add(url=partner.url, topics=EVERYTHING, by=keeper, at=timezone.now())
        partner.say = proving(added.secret)
        calls.relay_due(timezone.now())
        service.agency.refresh_from_db()
        sent = make.make_sent(by=sender, service=service)

        event = theirs.event(called(partner, added.secret))
        task = theirs.task(event["fhir"].rpartition("/")[2])
        assert (task.id, task.status, task.owner.display) == (
            sent.code, "requested", receiver.agency.name,
        )  # fmt: skip
        request = task.focus.to_resource()
        patient = task["for"].to_resource()
        assert (request.code.coding[0].code, "name" in patient) == ("SHELTER_EMERGENCY", False)

        task = theirs.put(task, status="received")
        task = theirs.put(task, *contact(receiver), status="accepted")
        # The sender plans where they meet; this system is called, and says that they will be there.
        helping.plan_handover(
            code=sent.code, meets_at=timezone.now() + dt.timedelta(hours=1),
            place="The back door", who_meets="Ann", by=sender, at=timezone.now(),
        )  # fmt: skip
        event = theirs.event(called(partner, added.secret))
        assert event["fhir"] == f"/fhir/Task/{sent.code}"
        task = theirs.task(sent.code)
    kept = [each for each in task.output if each.type.coding[0].code != "meeting-confirmed"]
    task = theirs.put(task, output=[*kept, said("meeting-confirmed", valueBoolean=True)])
    assert task.output[-1].valueBoolean is True
    task = theirs.put(task, status="in-progress", executionPeriod={"start": soon(-0.01)})
    words = said("feedback", valueString="She is well.")
    task = theirs.put(task, outcome(), words, status="completed")

    assert (task.status, "for" in task, "focus" in task) == ("completed", False, False)
    assert ours.task(sent.code).status == "completed"
    assert Referral.objects.get(pk=sent.pk).state == "completed"
    with pytest.raises(fhirpy.base.exceptions.ResourceNotFound):
        theirs.client().reference("ServiceRequest", sent.code).to_resource()


def test_a_search_is_followed_from_page_to_page(url: str) -> None:
    sender, receiver = make.make_member(), make.make_member(role="focal_point")
    service = make.make_service(agency=receiver.agency)
    sent = [make.make_sent(by=sender, service=service).code for _ in range(5)]
    tasks = System(url, receiver).client().resources("Task")

    found = tasks.search(status="requested").limit(2).fetch_all()
    since = tasks.search(_lastUpdated__ge=soon(-1)).fetch()
    none = tasks.search(status="completed").fetch()

    assert [task.id for task in found] == [task.id for task in since] == sent[::-1]
    assert none == []


def test_what_is_refused_is_told_in_its_own_words(url: str) -> None:
    sender, receiver = make.make_member(), make.make_member(role="focal_point")
    service = make.make_service(agency=receiver.agency)
    code = make.make_accepted(sent=make.make_sent(by=sender, service=service), by=receiver).code
    theirs = System(url, receiver)
    task = theirs.task(code)

    with pytest.raises(fhirpy.base.exceptions.OperationOutcome) as unknown:
        theirs.client().resources("Task").search(patient="Patient/1").fetch()
    with pytest.raises(fhirpy.base.exceptions.OperationOutcome) as unmet:
        theirs.put(task, status="in-progress", executionPeriod={"start": soon(-0.1)})
    theirs.put(task, *meeting())
    # The library calls every 412 by this name.
    with pytest.raises(fhirpy.base.exceptions.MultipleResourcesFound, match="stale_version"):
        theirs.put(task, *meeting(soon(3)))
    stranger = System(url, make.make_member(role="focal_point"))
    with pytest.raises(fhirpy.base.exceptions.ResourceNotFound):
        stranger.task(code)

    (issue,) = unknown.value.resource["issue"]
    assert issue["details"]["coding"][0]["code"] == "unknown_parameter"
    (issue,) = unmet.value.resource["issue"]
    assert (issue["code"], issue["expression"]) == ("business-rule", ["Task.output"])
