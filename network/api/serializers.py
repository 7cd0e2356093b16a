"""What the API reads and shows of the board, the directory of focal points and announcements."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypedDict

from rest_framework import serializers

from agencies.models import Member
from network.models import Answer, Bulletin, FocalPoint, Question, Reach
from network.queries import Person, Reading
from network.topics import Because, Topic

TITLE, TEXT, NOTICE, PHONE, HOURS = 160, 2000, 1000, 40, 120
# An office's number as people write it, with an extension.
PHONE_SHAPE = r"^[+0-9][0-9 ()./-]{3,30}(?:,? ?(?:доб|дад|ext)\.? ?[0-9]{1,6})?$"


class BoardQuestionIn(serializers.Serializer[Any]):
    topic = serializers.ChoiceField(choices=Topic.values)
    title = serializers.CharField(max_length=TITLE)
    text = serializers.CharField(max_length=TEXT)


class BoardFindIn(serializers.Serializer[Any]):
    """In the body: what somebody looks for stands in no address."""

    words = serializers.CharField(max_length=200)
    topic = serializers.ChoiceField(choices=Topic.values, required=False)
    after = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="`next` of the page before."
    )


class BoardAnswerIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=TEXT)


class HideIn(serializers.Serializer[Any]):
    because = serializers.ChoiceField(choices=Because.values)


class NothingIn(serializers.Serializer[Any]):
    pass


class NameIn(serializers.Serializer[Any]):
    member = serializers.CharField(max_length=150)
    topic = serializers.ChoiceField(choices=Topic.values)


class ReachIn(serializers.Serializer[Any]):
    phone = serializers.RegexField(
        PHONE_SHAPE, max_length=PHONE, required=False, allow_blank=True, default=""
    )
    hours = serializers.CharField(
        max_length=HOURS, required=False, allow_blank=True, default=""
    )
    languages = serializers.ListField(
        child=serializers.CharField(max_length=3), max_length=20, required=False, default=list
    )
    away_until = serializers.DateField(required=False, allow_null=True, default=None)


class BulletinIn(serializers.Serializer[Any]):
    text_en = serializers.CharField(max_length=NOTICE, required=False, allow_blank=True)
    text_ru = serializers.CharField(max_length=NOTICE, required=False, allow_blank=True)
    text_be = serializers.CharField(max_length=NOTICE, required=False, allow_blank=True)
    must_confirm = serializers.BooleanField(required=False, default=False)
    ends_at = serializers.DateTimeField()


class AnswerOut(TypedDict):
    """`hidden_because` is told to the author and the co-ordinator, who alone are shown it."""

    code: str
    text: str
    agency: str
    agency_name: str
    mine: bool
    answered_at: dt.datetime
    accepted: bool
    hidden_because: str | None


class QuestionLine(TypedDict):
    code: str
    topic: str
    title: str
    agency: str
    agency_name: str
    mine: bool
    asked_at: dt.datetime
    closed_at: dt.datetime | None
    hidden_because: str | None


class QuestionOut(QuestionLine):
    """`next` is the `after` of the answers that follow."""

    text: str
    answers: list[AnswerOut]
    next: str | None


class PersonOut(TypedDict):
    agency: str
    agency_name: str
    known_as: str
    topics: list[str]
    phone: str
    hours: str
    languages: list[str]
    away_until: dt.date | None


class PeopleOut(TypedDict):
    """With `more` not all are told: narrow them by a topic or a district."""

    results: list[PersonOut]
    more: bool


class FocalOut(TypedDict):
    code: str
    member: str
    topic: str
    agreed_at: dt.datetime | None


class ReachOut(TypedDict):
    phone: str
    hours: str
    languages: list[str]
    away_until: dt.date | None


class BulletinOut(TypedDict):
    code: str
    for_everybody: bool
    text_en: str
    text_ru: str
    text_be: str
    must_confirm: bool
    announced_at: dt.datetime
    ends_at: dt.datetime


class ReadingOut(TypedDict):
    """Of an agency with fewer than eleven members `share` alone: all, some or none."""

    agency: str
    share: str
    read: int | None
    missing: int | None


class BulletinWhole(BulletinOut):
    """`readings` are told by agency, for whoever may end the announcement."""

    readings: list[ReadingOut]


def line_out(question: Question, actor: Member) -> QuestionLine:
    return {
        "code": question.code,
        "topic": question.topic,
        "title": question.title,
        "agency": question.agency.code,
        "agency_name": question.agency.name,
        "mine": question.by_id == actor.pk,
        "asked_at": question.asked_at,
        "closed_at": question.closed_at,
        "hidden_because": question.hidden_because or None,
    }


def question_out(
    question: Question, answers: Sequence[Answer], following: str | None, actor: Member
) -> QuestionOut:
    shown = [_answer_out(answer, question, actor) for answer in answers]
    line = line_out(question, actor)
    return {**line, "text": question.text, "answers": shown, "next": following}


def _answer_out(answer: Answer, question: Question, actor: Member) -> AnswerOut:
    return {
        "code": answer.code,
        "text": answer.text,
        "agency": answer.agency.code,
        "agency_name": answer.agency.name,
        "mine": answer.by_id == actor.pk,
        "answered_at": answer.answered_at,
        "accepted": question.accepted_id == answer.pk,
        "hidden_because": answer.hidden_because or None,
    }


def person_out(person: Person) -> PersonOut:
    return {
        "agency": person.member.agency.code,
        "agency_name": person.member.agency.name,
        "known_as": person.member.known_as,
        "topics": person.topics,
        **reach_out(person.reach),
    }


def focal_out(point: FocalPoint) -> FocalOut:
    return {
        "code": point.code,
        "member": point.member.username,
        "topic": point.topic,
        "agreed_at": point.agreed_at,
    }


def reach_out(reach: Reach) -> ReachOut:
    return {
        "phone": reach.phone,
        "hours": reach.hours,
        "languages": reach.languages,
        "away_until": reach.away_until,
    }


def bulletin_out(bulletin: Bulletin) -> BulletinOut:
    return {
        "code": bulletin.code,
        "for_everybody": bulletin.agency_id is None,
        "text_en": bulletin.text_en,
        "text_ru": bulletin.text_ru,
        "text_be": bulletin.text_be,
        "must_confirm": bulletin.must_confirm,
        "announced_at": bulletin.announced_at,
        "ends_at": bulletin.ends_at,
    }


def whole_out(bulletin: Bulletin, readings: list[Reading]) -> BulletinWhole:
    told: list[ReadingOut] = [
        {
            "agency": each.agency.code,
            "share": each.share.value,
            "read": each.read,
            "missing": each.missing,
        }
        for each in readings
    ]
    return {**bulletin_out(bulletin), "readings": told}
