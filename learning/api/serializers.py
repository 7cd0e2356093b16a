"""What the API reads and shows of learning."""

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypedDict

from rest_framework import serializers

from learning import queries
from learning.actions.checking import Checked
from learning.models import Cohort, Due, DueCount, Signature, Sitting
from learning.queries import Duty, Standing
from learning.statement import Statement

MOST_QUESTIONS = 30


class SittingIn(serializers.Serializer[Any]):
    topic = serializers.CharField(max_length=20)
    kind = serializers.ChoiceField(choices=Sitting.Kind.choices)


class AnswersIn(serializers.Serializer[Any]):
    """By the code of a question, the codes of the options that are chosen; none takes an answer back."""

    answers = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=20), max_length=5)
    )


class Nothing(serializers.Serializer[Any]):
    """An act that needs no words."""


class CheckIn(serializers.Serializer[Any]):
    """`name` is who the certificate is said to be of; whether it is, is told."""

    code = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class SignIn(serializers.Serializer[Any]):
    """`sha256` names the text that was shown; `agreed` must be true."""

    sha256 = serializers.CharField(max_length=64)
    agreed = serializers.BooleanField()


class PartOut(TypedDict):
    """A topic, or `the_statement`. `until` is the first day on which it counts no longer; null where it
    was never shown."""

    what: str
    title: dict[str, str]
    until: dt.date | None
    due: bool


class DutyOut(TypedDict):
    """`bound`: whether one's role is shown who somebody is only while all parts count; `due`: whether
    it is not now."""

    bound: bool
    due: bool
    parts: list[PartOut]


class StatementOut(TypedDict):
    """What is signed now; and when one has signed last, and which version."""

    version: str
    sha256: str
    title: dict[str, str]
    sentences: list[dict[str, str]]
    source: str
    signed_at: dt.datetime | None
    signed_version: str | None


class LackOut(TypedDict):
    what: str
    until: str | None


class DueOut(TypedDict):
    """`due_on` is null where something was never shown."""

    code: str
    member: str
    name: str
    lacks: list[LackOut]
    due_on: dt.date | None


class DueCountOut(TypedDict):
    """Whole steps of eleven members; `agency` is null for all agencies together, and an agency with fewer
    than eleven is not told apart."""

    agency: str | None
    bound: int
    due: int
    counted_on: dt.date


class TopicOut(TypedDict):
    """`gain` is the learner's own: what was gained of what could be; null where nothing could be, or
    a form is missing. `next` is the form that may be begun now; `again_on` the day from which on one may
    try again, where the newest was not passed."""

    topic: str
    version: str
    title: dict[str, str]
    before: str | None
    after: str | None
    open: str | None
    next: str
    gain: str | None
    again_on: dt.date | None
    refresher_due: dt.date | None
    certificate: str | None
    valid_until: dt.date | None


class OptionOut(TypedDict):
    code: str
    text: dict[str, str]


class QuestionOut(TypedDict):
    """`right`, `why` and `source` are null until the form is handed in."""

    code: str
    stem: dict[str, str]
    several: bool
    options: list[OptionOut]
    answer: list[str]
    right: list[str] | None
    why: dict[str, str] | None
    source: str | None


class SittingOut(TypedDict):
    code: str
    topic: str
    version: str
    kind: str
    begun_at: dt.datetime
    finished_at: dt.datetime | None
    asked: int
    right: int | None
    questions: list[QuestionOut]


class GainOut(TypedDict):
    """`improved` is per cent, in tens. All numbers are of whole steps of learners."""

    code: str
    agency: str
    topic: str
    month: str
    learners: int
    median_gain: str
    class_gain: str
    improved: int


class CheckedOut(TypedDict):
    """`found` says whether there is such a certificate; `name_matches` is null where no name was said."""

    found: bool
    topic: str | None
    month: str | None
    valid: bool
    name_matches: bool | None


def topic_out(standing: Standing) -> TopicOut:
    held = standing.certificate
    return {
        "topic": standing.bank.topic,
        "version": standing.bank.version,
        "title": dict(standing.bank.title),
        "before": standing.before.code if standing.before else None,
        "after": standing.after.code if standing.after else None,
        "open": standing.open.code if standing.open else None,
        "next": standing.next,
        "gain": None if standing.gain is None else rounded(standing.gain),
        "again_on": standing.again_on,
        "refresher_due": standing.due.due_on if standing.due else None,
        "certificate": held.code if held else None,
        "valid_until": held.valid_until if held else None,
    }


def duty_out(duty: Duty) -> DutyOut:
    return {
        "bound": duty.bound,
        "due": duty.due,
        "parts": [
            {
                "what": part.what,
                "title": dict(queries.title_of(part.what)),
                "until": part.until,
                "due": part.is_due(duty.on),
            }
            for part in duty.parts
        ],
    }


def statement_out(now: Statement, signed: Signature | None) -> StatementOut:
    return {
        "version": now.version,
        "sha256": now.sha256,
        "title": dict(now.title),
        "sentences": [dict(each) for each in now.sentences],
        "source": now.source,
        "signed_at": signed.signed_at if signed else None,
        "signed_version": signed.version if signed else None,
    }


def due_out(due: Due) -> DueOut:
    return {
        "code": due.code,
        "member": due.member.username,
        "name": due.member.known_as,
        "lacks": [{"what": what, "until": until} for what, until in due.lacks],
        "due_on": due.due_on,
    }


def due_count_out(count: DueCount) -> DueCountOut:
    return {
        "agency": count.agency.code if count.agency else None,
        "bound": count.bound,
        "due": count.due,
        "counted_on": count.counted_on,
    }


def rounded(number: Fraction) -> str:
    return f"{float(round(number, 3)):.3f}"


def sitting_out(sitting: Sitting) -> SittingOut:
    over = sitting.finished_at is not None
    return {
        "code": sitting.code,
        "topic": sitting.topic,
        "version": sitting.version,
        "kind": sitting.kind,
        "begun_at": sitting.begun_at,
        "finished_at": sitting.finished_at,
        "asked": sitting.asked,
        "right": sitting.right,
        "questions": [
            {
                "code": each.code,
                "stem": dict(each.stem),
                "several": len(each.right) > 1,
                "options": [
                    {"code": code, "text": _words(each.options[code])} for code in order
                ],
                "answer": sitting.said.get(each.code, []),
                "right": sorted(each.right) if over else None,
                "why": dict(each.why) if over else None,
                "source": each.source if over else None,
            }
            for each, order in queries.asked(sitting)
        ],
    }


def _words(said: Mapping[str, str]) -> dict[str, str]:
    return dict(said)


def gain_out(cohort: Cohort) -> GainOut:
    return {
        "code": cohort.code,
        "agency": cohort.agency.code,
        "topic": cohort.topic,
        "month": f"{cohort.month:%Y-%m}",
        "learners": cohort.learners,
        "median_gain": str(cohort.median_gain),
        "class_gain": str(cohort.class_gain),
        "improved": cohort.improved,
    }


def checked_out(checked: Checked | None) -> CheckedOut:
    if checked is None:
        return {
            "found": False, "topic": None, "month": None, "valid": False, "name_matches": None,
        }  # fmt: skip
    return {
        "found": True,
        "topic": checked.topic,
        "month": f"{checked.month:%Y-%m}",
        "valid": checked.valid,
        "name_matches": checked.matches,
    }
