"""A referral as FHIR R4 resources, for one side at this moment.

What goes out is codes, days and agencies, and the words of a question and its answer while they wait.
The groups that the person consented to are read in the service alone, where each opening is asked
for and written down: a resource is made to be copied.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from agencies.clocks import Urgency
from agencies.lists import language_names
from agencies.models import Agency, Member
from exchange.fhir import codes
from exchange.fhir.codes import TASK_STATUS
from exchange.fhir.moments import written as moment
from exchange.fhir.pseudonym import Names
from referral import reading
from referral.models import Handover, Referral
from referral.workflow import ASKED, TAKEN, Party, State

Resource = dict[str, Any]
RUNS = ASKED | TAKEN


def is_open(referral: Referral, side: Party | None) -> bool:
    """Whether this side sees what was asked for: the sender always, the receiver while it runs."""
    return side is Party.SENDER or State(referral.state) in RUNS


def task(
    referral: Referral, *, side: Party | None, names: Names, words: Mapping[str, str]
) -> Resource:
    """The whole Task, with the `words` of a question and its answer where they were opened."""
    shown = task_line(referral, side=side, names=names)
    del shown["meta"]["tag"]
    if not is_open(referral, side):
        return shown
    shown |= _some(
        input=[_said("answer", valueString=words["answer"])] if "answer" in words else [],
        output=[*_outputs(referral), *shown.get("output", [])],
        executionPeriod=_some(start=moment(referral.first_contact_at), end=_ended(referral)),
    )
    if "question" in words and referral.state == State.INFO_REQUESTED:
        shown["statusReason"] = {"text": words["question"]}
    return shown


def words_of(referral: Referral, *, by: Member) -> dict[str, str]:
    """The question and its answer, while the receiver has still to decide. Opening is logged."""
    if referral.question is None or State(referral.state) not in ASKED:
        return {}
    # What the receiver may read now, for either side: nothing else is opened.
    return reading.texts_for(by, referral, side=Party.RECEIVER)


def task_line(referral: Referral, *, side: Party | None, names: Names) -> Resource:
    """A Task without words, as a search finds it; of what has ended only that it was, and how."""
    state = State(referral.state)
    shown: Resource = {
        "resourceType": "Task",
        "id": referral.code,
        "meta": {
            "versionId": str(referral.version),
            "lastUpdated": moment(referral.changed_at),
            "tag": [{"system": codes.OBSERVATION_VALUE, "code": "SUBSETTED"}],
        },
        "status": TASK_STATUS[state],
        "businessStatus": concept(codes.STATE, state.value),
        "intent": "order",
        "code": concept(codes.TASK_CODE, "fulfill"),
        "authoredOn": moment(referral.sent_at),
        "lastModified": moment(referral.changed_at),
        "requester": agency_reference(referral.sender),
        "owner": agency_reference(referral.receiver),
        **_end(referral),
    }
    if is_open(referral, side):
        shown |= _some(
            priority=codes.PRIORITY[Urgency(referral.urgency)],
            focus={"reference": f"ServiceRequest/{referral.code}"},
            restriction=_deadline(referral),
        )
        shown["for"] = _person(referral, names)
    return shown


def service_request(referral: Referral, *, names: Names) -> Resource:
    """What is asked for, as the triage card says it."""
    person = referral.case.person
    return _some(
        resourceType="ServiceRequest",
        id=referral.code,
        extension=[
            {"url": codes.ACCESS_NEED, "valueCode": need} for need in person.access_needs
        ],
        status=codes.REQUEST_STATUS[State(referral.state)],
        intent="order",
        category=[concept(codes.SDOH, "sdoh-category-unspecified")],
        priority=codes.PRIORITY[Urgency(referral.urgency)],
        code=concept(codes.SERVICE_TYPE, referral.service.type),
        subject=_person(referral, names),
        authoredOn=moment(referral.sent_at),
        requester=agency_reference(referral.sender),
        performer=[agency_reference(referral.receiver)],
    )


def patient(card: Mapping[str, Any], *, name: str) -> Resource:
    """Somebody without a name, as the triage card shows them."""
    return _some(
        resourceType="Patient",
        id=name,
        extension=[
            {"url": codes.AGE_BAND, "valueCode": card["age_band"]},
            {"url": codes.AS_A_CHILD, "valueBoolean": card["behaves_as_child"]},
            {"url": codes.INTERPRETER, "valueBoolean": card["needs_interpreter"]},
        ],
        active=True,
        # Only where the service asks for it; the card leaves it out elsewhere.
        gender=codes.gender_of(card["gender"]) if "gender" in card else None,
        address=[{"district": card["district"]}] if card["district"] else [],
        communication=[{"language": _language(code)} for code in card["languages"]],
    )


def organization(agency: Agency) -> Resource:
    """An agency: what it is called. Where it is and of what kind, its own people say."""
    return {
        "resourceType": "Organization",
        "id": agency.code,
        "identifier": [{"system": codes.AGENCY, "value": agency.code}],
        "active": agency.is_active,
        "name": agency.name,
    }


def bundle(tasks: list[Resource], *, itself: str, onward: str | None) -> Resource:
    """The answer to a search: Tasks and nothing else."""
    links = [{"relation": "self", "url": itself}]
    if onward:
        links.append({"relation": "next", "url": onward})
    return _some(
        resourceType="Bundle",
        type="searchset",
        link=links,
        entry=[
            {
                "fullUrl": address(f"Task/{each['id']}"),
                "resource": each,
                "search": {"mode": "match"},
            }
            for each in tasks
        ],
    )


def address(path: str) -> str:
    return f"{settings.PUBLIC_URL}/fhir/{path}"


def concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def agency_reference(agency: Agency) -> Resource:
    return {"reference": f"Organization/{agency.code}", "display": agency.name}


def _person(referral: Referral, names: Names) -> Resource:
    return {"reference": f"Patient/{names.name_of(referral.code)}"}


def _end(referral: Referral) -> Resource:
    """How it ended, which both sides may know for ever."""
    reasons = (
        (codes.DECLINE, referral.decline_reason),
        (codes.WITHDRAWAL, referral.withdraw_reason),
    )
    reason = next((concept(system, code) for system, code in reasons if code), None)
    ends = concept(codes.OUTCOME, referral.outcome) if referral.outcome else None
    return _some(
        statusReason=reason,
        output=[_said("outcome", valueCodeableConcept=ends)] if ends else [],
    )


def _ended(referral: Referral) -> str | None:
    return moment(referral.ended_at) if referral.first_contact_at else None


def _deadline(referral: Referral) -> Resource | None:
    """Until when it is to be answered, and once accepted the person to be met."""
    state = State(referral.state)
    due = referral.reply_due_at if state in ASKED else referral.contact_due_at
    return (
        {"period": {"end": moment(due)}} if due and state in ASKED | {State.ACCEPTED} else None
    )


def _outputs(referral: Referral) -> list[Resource]:
    """What the receiver has said so far, in the codes in which it says it."""
    said = []
    if referral.contact:
        said.append(_said("contact", valueString=referral.contact.username))
    if planned := referral.first_contact_planned_at:
        said.append(_said("first-contact-planned", valueDateTime=moment(planned)))
    if State(referral.state) in TAKEN:
        said += _meeting(Handover.objects.filter(referral=referral).first())
    return said


def _meeting(plan: Handover | None) -> list[Resource]:
    """When they meet, and whether both sides have said so. Where and whom is read in the service."""
    if plan is None:
        return []
    return [
        _said("meeting-at", valueDateTime=moment(plan.meets_at)),
        _said("meeting-confirmed", valueBoolean=plan.confirmed),
    ]


def _said(code: str, **value: Any) -> Resource:
    return {"type": concept(codes.SAID, code), **value}


def _language(code: str) -> Resource:
    """A language by its shortest tag, as BCP 47 has it."""
    two, name = language_names().get(code, ("", code))
    return {"coding": [{"system": codes.BCP_47, "code": two or code}], "text": name}


def _some(**parts: Any) -> Resource:
    """The parts that say something: FHIR knows no empty ones."""
    return {name: value for name, value in parts.items() if value not in (None, "", [], {})}
