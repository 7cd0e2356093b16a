"""A member who shows what the duty to know asks for, by the acts of the service."""

import datetime as dt

from django.conf import settings

from agencies.models import Member
from learning import statement
from learning.actions import signing, sitting
from learning.questions import get
from tests.learning.learner import wrong


def sit(member: Member, topic: str, kind: str, *, at: dt.datetime, right: bool = True) -> None:
    """One form, with all answers right or none."""
    begun = sitting.begin(topic=topic, kind=kind, by=member, at=at)
    bank = get(begun.topic, begun.version)
    assert bank is not None, "it was begun by this one"
    answers = {
        code: sorted(bank.questions[code].right) if right else wrong(bank.questions[code])
        for code in begun.questions
    }
    sitting.answer(code=begun.code, answers=answers, by=member)
    sitting.finish(code=begun.code, by=member, at=at)


def passes(member: Member, topic: str, *, at: dt.datetime) -> None:
    """The form before, and the form after."""
    sit(member, topic, "before", at=at, right=False)
    sit(member, topic, "after", at=at)


def signs(member: Member, *, at: dt.datetime) -> None:
    signing.sign(sha256=statement.current().sha256, agreed=True, by=member, at=at)


def knows(member: Member, *, at: dt.datetime) -> None:
    """All of it, on one day."""
    for topic in settings.DUTY_TOPICS:
        passes(member, topic, at=at)
    signs(member, at=at)
