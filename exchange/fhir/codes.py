"""What FHIR's words are here, and back: each table holds every code of ours, and a test says so."""

from agencies import codelists
from agencies.clocks import Urgency
from referral.workflow import State, Verb

# Our own codes are named by a URN: they are the same in every installation, and lead nowhere.
STATE = "urn:safehand:referral-state"
PROBLEM = "urn:safehand:problem"
DECLINE = "urn:safehand:decline-reason"
WITHDRAWAL = "urn:safehand:withdraw-reason"
OUTCOME = "urn:safehand:outcome"
SAID = "urn:safehand:said"
CHANNEL = "urn:safehand:attempt-channel"
RESULT = "urn:safehand:attempt-result"
SERVICE_TYPE = "urn:safehand:service-type"
ACCESS_NEED = "urn:safehand:access-need"
AGE_BAND = "urn:safehand:age-band"
AS_A_CHILD = "urn:safehand:behaves-as-child"
AGENCY = "urn:safehand:agency"
BCP_47 = "urn:ietf:bcp:47"
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
SDOH = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
OBSERVATION_VALUE = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"

# The closed loop of HL7's SDOH Clinical Care guide, in the states of a Task.
TASK_STATUS: dict[State, str] = {
    State.DRAFT: "draft",
    State.SENT: "requested",
    State.RECEIVED: "received",
    State.INFO_REQUESTED: "on-hold",
    State.ACCEPTED: "accepted",
    State.IN_SERVICE: "in-progress",
    State.COMPLETED: "completed",
    State.CONFIRMED: "completed",
    State.DECLINED: "rejected",
    State.EXPIRED: "cancelled",
    State.NOT_REACHED: "failed",
    State.WITHDRAWN: "cancelled",
}
# What a receiver's system says by putting a status, as the verb that it stands for. `cancelled` says
# that a recall was read; nobody else's verb can be said.
ANSWERS: dict[str, Verb | None] = {
    "received": Verb.RECEIVE,
    "on-hold": Verb.REQUEST_INFO,
    "accepted": Verb.ACCEPT,
    "rejected": Verb.DECLINE,
    "in-progress": Verb.FIRST_CONTACT,
    "completed": Verb.COMPLETE,
    "failed": Verb.NOT_REACHED,
    "cancelled": None,
}
# The parts of a planned handover, by our own names.
MEETING = frozenset({"meets_at", "place", "who_meets"})
# Those of them that are sealed, and in no Task that is shown.
WORDS = MEETING - {"meets_at"}
REQUEST_STATUS: dict[State, str] = {
    State.DRAFT: "draft",
    State.SENT: "active",
    State.RECEIVED: "active",
    State.INFO_REQUESTED: "on-hold",
    State.ACCEPTED: "active",
    State.IN_SERVICE: "active",
    State.COMPLETED: "completed",
    State.CONFIRMED: "completed",
    State.DECLINED: "revoked",
    State.EXPIRED: "revoked",
    State.NOT_REACHED: "revoked",
    State.WITHDRAWN: "revoked",
}
PRIORITY: dict[Urgency, str] = {
    Urgency.EMERGENCY: "stat",
    Urgency.URGENT: "urgent",
    Urgency.NORMAL: "routine",
}
# HTCDS's genders in FHIR's four administrative ones. A code that was added goes by the standard's code
# that it stands for.
GENDER: dict[str, str] = {
    "Feminine": "female",
    "Masculine": "male",
    "TransgenderFeminine": "other",
    "TransgenderMasculine": "other",
    "NonConforming": "other",
    "NonSpecifiedUnknown": "unknown",
}


def gender_of(code: str) -> str:
    """The administrative gender; `other` for what FHIR has no word for."""
    if code not in GENDER:
        known = codelists.entries("prs_Gender").get(code)
        code = known.maps_to if known else ""
    return GENDER.get(code, "other")


def states_of(statuses: set[str]) -> list[State]:
    """The states that are shown as one of these."""
    return [state for state, status in TASK_STATUS.items() if status in statuses]
