"""What a partner's Task says: read strictly, and put in the words of our own API.

A Task is put back whole. Its status says the verb; `output`, `statusReason` and `executionPeriod` say
what the verb needs. Everything else must be as it was shown, or is left out: what is not kept is
refused rather than lost.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rest_framework import serializers

from exchange.fhir import codes
from exchange.fhir.codes import ANSWERS, MEETING, WORDS
from exchange.fhir.moments import MOMENT
from exchange.fhir.resources import Resource
from kernel.errors import Invalid
from referral.api import serializers as api

# Parts of a Task that say the answer, or that a system may put as it likes.
SPOKEN = frozenset({"status", "statusReason", "output", "executionPeriod"})
FREE = frozenset({"resourceType", "id", "meta", "text", "businessStatus", "lastModified"})
LEAVES = {"statusReason": {"coding", "text"}, "executionPeriod": {"start"}}
MOST_OUTPUTS = 40


class AcceptIn(api.AcceptIn):
    """A contact and a first contact; with all three words of a meeting, the handover as well. Or that a
    handover which the other side has planned is confirmed."""

    meets_at = serializers.DateTimeField(required=False)
    place = serializers.CharField(max_length=300, required=False)
    who_meets = serializers.CharField(max_length=300, required=False)
    confirmed = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A meeting is said whole or not at all; its moment alone is what was shown, put back."""
        said = MEETING & attrs.keys()
        for name in sorted(MEETING - said) if said & WORDS else ():
            raise Invalid("required", pointer=f"/{name}")
        return attrs


class DeclineIn(api.DeclineIn):
    """A reason in a code, and words for the sender alone."""

    note = serializers.CharField(max_length=api.TEXT, required=False)


class NotReachedIn(serializers.Serializer[Any]):
    attempts = api.AttemptIn(many=True, required=False, default=list)


# By status, how what it says is checked: by the very same words as in the API.
CHECKS: dict[str, type[serializers.Serializer[Any]]] = {
    "received": api.Nothing,
    "on-hold": api.QuestionIn,
    "accepted": AcceptIn,
    "rejected": DeclineIn,
    "in-progress": api.ContactIn,
    "completed": api.CompleteIn,
    "failed": NotReachedIn,
    "cancelled": api.Nothing,
}
# Under which of our names the words of a reason go, by the status that they explain.
REASON_WORDS = {"on-hold": "question", "rejected": "note"}
# Where each part would stand that a verb needs and nobody said, and where a refusal by what was not
# done yet would have it; after a # the code of the output that is missing.
PLACES: dict[str, str] = {
    "/question": "/statusReason/text",
    "/reason": "/statusReason/coding",
    "/met_at": "/executionPeriod/start",
    "/contact": "/output#contact",
    "/first_contact_at": "/output#first-contact-planned",
    "/meets_at": "/output#meeting-at",
    "/place": "/output#meeting-place",
    "/who_meets": "/output#meeting-with",
    "/confirmed": "/output#meeting-confirmed",
    "/outcome": "/output#outcome",
    "/feedback": "/output#feedback",
    "no_handover_planned": "/output#meeting-at",
    "too_few_attempts": "/output#attempt",
    "handover_not_confirmed_by_both": "/output#meeting-confirmed",
}


@dataclass(slots=True)
class Answer:
    """A status and what was said with it, by the names of the API, each with its place."""

    status: str
    said: dict[str, Any] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=lambda: dict(PLACES))

    def say(self, name: str, value: Any, pointer: str) -> None:
        if name in self.said:
            raise Invalid("said_twice", pointer=pointer)
        self.said[name], self.where[f"/{name}"] = value, pointer


def task_in(body: Any, code: str) -> Resource:
    """The Task of this referral in a body. Raises Invalid where it is none, or another's."""
    if not isinstance(body, dict) or body.get("resourceType") != "Task":
        raise Invalid("not_the_resource", pointer="/resourceType")
    if body.get("id") != code:
        raise Invalid("not_the_id", pointer="/id")
    return body


def status_of(task: Resource) -> str:
    """The status that it is put with. Raises Invalid where that is no answer of a receiver."""
    status = task.get("status")
    if not isinstance(status, str) or status not in ANSWERS:
        raise Invalid("status_is_no_answer", pointer="/status")
    return status


def read(task: Resource, answer: Answer) -> dict[str, Any]:
    """What the verb needs, checked. `answer` keeps where each part stood."""
    _outputs(task, answer)
    _reason(task, answer)
    _period(task, answer)
    check = CHECKS[answer.status]
    reader = check(
        data={name: answer.said[name] for name in _kept(answer) & answer.said.keys()}
    )
    reader.is_valid(raise_exception=True)
    data: dict[str, Any] = reader.validated_data
    return data


def unchanged(task: Resource, answer: Answer, shown: Resource) -> None:
    """Raise Invalid where the Task says something that its status does not keep."""
    for name in sorted(task.keys() - FREE - SPOKEN):
        if task[name] != shown.get(name):
            raise Invalid("not_changed_here", pointer=f"/{name}")
    for name, read_here in LEAVES.items():
        now, then = task.get(name, {}), shown.get(name, {})
        for leaf in sorted(now.keys() - read_here):
            if now[leaf] != then.get(leaf):
                raise Invalid("not_changed_here", pointer=f"/{name}/{leaf}")
    for name in sorted(answer.said.keys() - _kept(answer)):
        pointer = answer.where[f"/{name}"]
        if not _was_shown(task, shown, pointer):
            raise Invalid("not_changed_here", pointer=pointer)


def _kept(answer: Answer) -> set[str]:
    """What the verb of this status takes, by our names."""
    return set(CHECKS[answer.status]().get_fields())


def _was_shown(task: Resource, shown: Resource, pointer: str) -> bool:
    part, _, rest = pointer.strip("/").partition("/")
    if part == "output":
        return task["output"][int(rest.partition("/")[0])] in shown.get("output", [])
    return bool(task[part] == shown.get(part))


def _outputs(task: Resource, answer: Answer) -> None:
    outputs = task.get("output", [])
    if not isinstance(outputs, list) or len(outputs) > MOST_OUTPUTS:
        raise Invalid("not_a_list", pointer="/output")
    for n, output in enumerate(outputs):
        place = f"/output/{n}"
        code = _coded(_part(output, "type", place), codes.SAID, f"{place}/type")
        if code not in SAID:
            raise Invalid("unknown_code", pointer=f"{place}/type")
        SAID[code](output, answer, place)


def _reason(task: Resource, answer: Answer) -> None:
    """Why it is refused, in a code; a question, or a word to the sender."""
    if "statusReason" not in task:
        return
    reason, place = _object(task["statusReason"], "/statusReason"), "/statusReason"
    if "text" in reason:
        name = REASON_WORDS.get(answer.status, "words")
        answer.say(name, _text(reason["text"], f"{place}/text"), f"{place}/text")
    if "coding" in reason and answer.status == "rejected":
        answer.say("reason", _coded(reason, codes.DECLINE, place), f"{place}/coding")
    elif "coding" in reason:
        answer.say("ended_by", reason["coding"], f"{place}/coding")


def _period(task: Resource, answer: Answer) -> None:
    if "executionPeriod" not in task:
        return
    period, place = _object(task["executionPeriod"], "/executionPeriod"), "/executionPeriod"
    if "start" in period:
        answer.say("met_at", _moment(period["start"], f"{place}/start"), f"{place}/start")


Reader = Callable[[Resource, Answer, str], None]


def _says(name: str, value: str, read_: Callable[[Any, str], Any]) -> Reader:
    """An output of this value, under our name for it."""

    def reader(output: Resource, answer: Answer, place: str) -> None:
        pointer = f"{place}/{value}"
        answer.say(name, read_(_part(output, value, place), pointer), pointer)

    return reader


def _attempt(output: Resource, answer: Answer, place: str) -> None:
    """One try to reach the person: its moment, and how and with what result as extensions."""
    tries = answer.said.setdefault("attempts", [])
    pointer = f"{place}/valueDateTime"
    tries.append(
        {
            "tried_at": _moment(_part(output, "valueDateTime", place), pointer),
            "channel": _extension(output, codes.CHANNEL, place),
            "result": _extension(output, codes.RESULT, place),
        }
    )
    own = f"/attempts/{len(tries) - 1}"
    answer.where |= {"/attempts": pointer, f"{own}/tried_at": pointer, "/tried_at": pointer}
    answer.where |= {f"{own}/{name}": f"{place}/extension" for name in ("channel", "result")}


def _extension(output: Resource, url: str, place: str) -> str:
    """The code of the extension by this address."""
    found = _part(output, "extension", place)
    if not isinstance(found, list):
        raise Invalid("not_a_list", pointer=f"{place}/extension")
    for n, each in enumerate(found):
        pointer = f"{place}/extension/{n}"
        if _object(each, pointer).get("url") == url:
            return _text(_part(each, "valueCode", pointer), f"{pointer}/valueCode")
    raise Invalid("required", pointer=f"{place}/extension")


def _text(value: Any, pointer: str) -> str:
    if not isinstance(value, str):
        raise Invalid("not_a_text", pointer=pointer)
    return value


def _moment(value: Any, pointer: str) -> str:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise Invalid("not_a_moment", pointer=pointer)
    return value


def _outcome(value: Any, pointer: str) -> str:
    return _coded(value, codes.OUTCOME, pointer)


def _truth(value: Any, pointer: str) -> bool:
    if not isinstance(value, bool):
        raise Invalid("not_yes_or_no", pointer=pointer)
    return value


# What can be said in an output, by its code: under which of our names, and as which value.
SAID: dict[str, Reader] = {
    "contact": _says("contact", "valueString", _text),
    "first-contact-planned": _says("first_contact_at", "valueDateTime", _moment),
    "meeting-at": _says("meets_at", "valueDateTime", _moment),
    "meeting-place": _says("place", "valueString", _text),
    "meeting-with": _says("who_meets", "valueString", _text),
    "meeting-confirmed": _says("confirmed", "valueBoolean", _truth),
    "outcome": _says("outcome", "valueCodeableConcept", _outcome),
    "feedback": _says("feedback", "valueString", _text),
    "attempt": _attempt,
}


def _object(value: Any, pointer: str) -> Resource:
    if not isinstance(value, dict):
        raise Invalid("not_a_dict", pointer=pointer)
    return value


def _part(whole: Any, name: str, pointer: str) -> Any:
    if name not in _object(whole, pointer):
        raise Invalid("required", pointer=f"{pointer}/{name}")
    return whole[name]


def _coded(concept: Any, system: str, pointer: str) -> str:
    """The code of a concept in one system."""
    found = _part(concept, "coding", pointer)
    if not isinstance(found, list):
        raise Invalid("not_a_list", pointer=f"{pointer}/coding")
    for n, coding in enumerate(found):
        if _object(coding, f"{pointer}/coding/{n}").get("system") == system:
            return _text(
                _part(coding, "code", f"{pointer}/coding/{n}"), f"{pointer}/coding/{n}/code"
            )
    raise Invalid("unknown_code", pointer=f"{pointer}/coding")
