"""What the API reads and shows about instruments, screenings, statements and decisions."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from agencies.lists import languages
from edge.fields import Code
from identification.instruments import Definition, Suggestion
from identification.models import (
    AnonymousNotice,
    Decision,
    Identification,
    Screening,
    Statement,
    Telling,
)
from identification.queries import Retelling
from identification.reading import Verbs
from identification.workflow import Answer, Basis, Whom

LONG = 4000
VERY_LONG = 20_000
MOST_ANSWERS = 200
ANSWER_NAMES = ["answer", "basis"]


class Nothing(serializers.Serializer[Any]):
    """An act that needs no further word."""


class IndicatorAnswerIn(serializers.Serializer[Any]):
    answer = serializers.ChoiceField(Answer.choices)
    basis = serializers.ChoiceField(
        [choice for choice in Basis.choices if choice[0] != "earlier"],
        default=Basis.TOLD.value,
    )


class ScreeningIn(serializers.Serializer[Any]):
    instrument = serializers.CharField(max_length=40)
    agreed = serializers.BooleanField(
        help_text="The person knows what is asked, for what, and agrees to be asked."
    )
    language = Code(languages(), required=False, allow_blank=True, default="")
    with_interpreter = serializers.BooleanField(default=False)


class AnswersIn(serializers.Serializer[Any]):
    answers = serializers.DictField(child=IndicatorAnswerIn(), default=dict)
    remarks = serializers.CharField(
        max_length=LONG, allow_blank=True, allow_null=True, default=None
    )

    def validate_answers(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(value) > MOST_ANSWERS:
            raise serializers.ValidationError("too many", code="too_many_items")
        return value


class StatementIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=VERY_LONG)
    told_on = serializers.DateField()
    told_to_us = serializers.BooleanField(default=True)
    language = Code(languages(), required=False, allow_blank=True, default="")


class InstrumentIn(serializers.Serializer[Any]):
    definition = serializers.JSONField(
        help_text="In the shape that `instruments/{code}/` answers with."
    )


class SubmitIn(serializers.Serializer[Any]):
    authority = serializers.CharField(max_length=16, help_text="Code of the agency.")
    best_interest = serializers.CharField(
        max_length=LONG, required=False, allow_blank=True, default="",
        help_text="For a child: what was weighed in the child's best interest.",
    )  # fmt: skip


class AnonymousIn(serializers.Serializer[Any]):
    with_region = serializers.BooleanField(default=False)
    exploitation = serializers.ListField(
        child=serializers.CharField(max_length=60), default=list, max_length=20
    )


class DeclineProcedureIn(serializers.Serializer[Any]):
    anonymous = AnonymousIn(required=False, allow_null=True, default=None)


class ReconsiderIn(serializers.Serializer[Any]):
    new_evidence = serializers.CharField(max_length=LONG)


class AuthorityQuestionIn(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=LONG)


class ReasonsIn(serializers.Serializer[Any]):
    reasons = serializers.CharField(max_length=VERY_LONG)
    evidence = serializers.ListField(
        child=serializers.CharField(max_length=16), default=list, max_length=100,
        help_text="Codes of screenings and statements.",
    )  # fmt: skip


class ExtendIn(serializers.Serializer[Any]):
    until = serializers.DateTimeField()
    reason = serializers.CharField(max_length=LONG)


class TellIn(serializers.Serializer[Any]):
    whom = serializers.ChoiceField(Whom.choices)
    told_at = serializers.DateTimeField()
    way = serializers.CharField(max_length=60, help_text="A code of the list `notice_way`.")
    language = Code(languages(), required=False, allow_blank=True, default="")
    proof = serializers.CharField(max_length=LONG)


class InstrumentLine(TypedDict):
    code: str
    version: str
    population: str
    title: dict[str, str]
    questions: int


class InstrumentOut(TypedDict):
    definition: dict[str, Any]
    sha256: str


class SuggestionOut(TypedDict):
    """`present` is suggested, not decided: the rule and the signs say why."""

    dimension: str
    title: dict[str, str]
    present: bool
    rule: str | None
    words: dict[str, str] | None
    because: list[str]
    not_known: int


class ScreeningLine(TypedDict):
    code: str
    case: str
    instrument: str
    instrument_version: str
    state: str
    corrects: str | None
    interviewer: str
    language: str
    with_interpreter: bool
    begun_at: dt.datetime
    submitted_at: dt.datetime | None
    asked: int
    asked_again: int
    version: int


class ScreeningShown(ScreeningLine):
    answers: dict[str, dict[str, str]]
    remarks: str
    suggestions: list[SuggestionOut]


class RetellingOut(TypedDict):
    """How often the person had to tell."""

    told: int
    retold: int
    questions_asked_again: int


class StatementOut(TypedDict):
    code: str
    text: str
    told_on: dt.date
    told_to_us: bool
    language: str
    written_at: dt.datetime
    written_by: str


class TellingOut(TypedDict):
    whom: str
    due_at: dt.datetime
    told_at: dt.datetime | None
    told_by: str | None
    way: str | None
    language: str | None


class DecisionLine(TypedDict):
    code: str
    stage: str
    result: str
    body: str
    authority: str
    decided_at: dt.datetime
    decided_by: str
    evidence: list[str]
    tellings: list[TellingOut]


class DecisionShown(DecisionLine):
    case: str
    reasons: str
    proofs: dict[str, str]


class IdentificationOut(TypedDict):
    """`code` is null while it has not begun."""

    code: str | None
    case: str
    state: str
    htcds_status: str | None
    authority: str | None
    submitted_at: dt.datetime | None
    reflection_began_at: dt.datetime | None
    reflection_earliest_end: dt.datetime | None
    reflection_ends_at: dt.datetime | None
    reconsider_until: dt.datetime | None
    best_interest: str | None
    new_evidence: str | None
    decisions: list[DecisionLine]
    retelling: RetellingOut
    verbs: Verbs
    version: int


class QueueLine(TypedDict):
    case: str
    state: str
    owner: str
    behaves_as_child: bool
    submitted_at: dt.datetime
    reflection_ends_at: dt.datetime | None
    due_at: dt.datetime


class AnonymousOut(TypedDict):
    code: str
    month: str
    region: str | None
    exploitation: list[str]


def instrument_line(definition: Definition) -> InstrumentLine:
    return {
        "code": definition.code,
        "version": definition.version,
        "population": definition.population,
        "title": dict(definition.title),
        "questions": len(definition.questions),
    }


def instrument_out(definition: Definition) -> InstrumentOut:
    """In the shape in which an administrator publishes one."""
    return {
        "definition": {
            "code": definition.code,
            "version": definition.version,
            "population": definition.population,
            "source": definition.source,
            "title": definition.title,
            "dimension": [
                {"code": code, "title": title} for code, title in definition.dimensions.items()
            ],
            "rule": [
                {"code": rule.code, "needs": rule.needs, "words": rule.words}
                for rule in definition.rules
            ],
            "question": [
                {
                    "code": each.code,
                    "dimension": each.dimension,
                    "strength": each.strength,
                    "text": each.text,
                    "guidance": each.guidance,
                }
                for each in definition.questions.values()
            ],
        },
        "sha256": definition.sha256,
    }


def suggestion_out(definition: Definition, each: Suggestion) -> SuggestionOut:
    rules = {rule.code: rule for rule in definition.rules}
    return {
        "dimension": each.dimension,
        "title": dict(definition.dimensions[each.dimension]),
        "present": each.present,
        "rule": each.rule or None,
        "words": dict(rules[each.rule].words) if each.rule else None,
        "because": list(each.because),
        "not_known": each.not_known,
    }


def screening_line(screening: Screening) -> ScreeningLine:
    return {
        "code": screening.code,
        "case": screening.case.code,
        "instrument": screening.instrument,
        "instrument_version": screening.instrument_version,
        "state": screening.state,
        "corrects": screening.corrects.code if screening.corrects else None,
        "interviewer": screening.interviewer.username,
        "language": screening.language,
        "with_interpreter": screening.with_interpreter,
        "begun_at": screening.begun_at,
        "submitted_at": screening.submitted_at,
        "asked": screening.asked,
        "asked_again": screening.asked_again,
        "version": screening.version,
    }


def statement_out(statement: Statement, text: str) -> StatementOut:
    return {
        "code": statement.code,
        "text": text,
        "told_on": statement.told_on,
        "told_to_us": statement.told_to_us,
        "language": statement.language,
        "written_at": statement.written_at,
        "written_by": statement.written_by.username,
    }


def telling_out(telling: Telling) -> TellingOut:
    return {
        "whom": telling.whom,
        "due_at": telling.due_at,
        "told_at": telling.told_at,
        "told_by": telling.told_by.username if telling.told_by else None,
        "way": telling.way or None,
        "language": telling.language or None,
    }


def decision_line(decision: Decision) -> DecisionLine:
    return {
        "code": decision.code,
        "stage": decision.stage,
        "result": decision.result,
        "body": decision.body,
        "authority": decision.authority.code,
        "decided_at": decision.decided_at,
        "decided_by": decision.decided_by.username,
        "evidence": decision.evidence,
        "tellings": [telling_out(each) for each in decision.tellings.all()],
    }


def identification_out(
    identification: Identification,
    texts: dict[str, str],
    *,
    status: str | None,
    decisions: list[DecisionLine],
    retelling: RetellingOut,
    verbs: Verbs,
) -> IdentificationOut:
    return {
        "code": identification.code if identification.pk else None,
        "case": identification.case.code,
        "state": identification.state,
        "htcds_status": status,
        "authority": identification.authority.code if identification.authority else None,
        "submitted_at": identification.submitted_at,
        "reflection_began_at": identification.reflection_began_at,
        "reflection_earliest_end": identification.reflection_earliest_end,
        "reflection_ends_at": identification.reflection_ends_at,
        "reconsider_until": identification.reconsider_until,
        "best_interest": texts.get("interest"),
        "new_evidence": texts.get("evidence"),
        "decisions": decisions,
        "retelling": retelling,
        "verbs": verbs,
        "version": identification.version,
    }


def retelling_out(counted: Retelling) -> RetellingOut:
    return {
        "told": counted.told,
        "retold": counted.retold,
        "questions_asked_again": counted.questions_asked_again,
    }


def notice_out(notice: AnonymousNotice) -> AnonymousOut:
    return {
        "code": notice.code,
        "month": f"{notice.month:%Y-%m}",
        "region": notice.region or None,
        "exploitation": notice.exploitation,
    }
