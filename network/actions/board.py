"""Ask all agencies, answer, say what helped, close; and hide what must not stand there.

Whatever is written is looked over here, and only then kept.
"""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from agencies.roles import Role
from audit import log
from kernel.errors import Missing, Refused
from network import casewords, policy
from network.models import Answer, Question
from network.topics import Because
from notify import outbox
from notify.audience import To
from notify.notices import Kind


@transaction.atomic
def ask(*, topic: str, title: str, text: str, by: Member, at: dt.datetime) -> Question:
    policy.may_write(by).require()
    casewords.require_none({"title": title, "text": text}, by=by)
    question = Question(
        topic=topic, title=title, text=text, by=by, agency=by.agency, asked_at=at
    )
    question.save(force_insert=True)
    log.record("board.asked", by=by, about=question.code, facts={"topic": topic})
    return question


@transaction.atomic
def answer(*, code: str, text: str, by: Member, at: dt.datetime) -> Answer:
    policy.may_write(by).require()
    question = _held(code, by)
    _require_open(question)
    casewords.require_none({"text": text}, by=by)
    made = Answer(question=question, text=text, by=by, agency=by.agency, answered_at=at)
    made.save(force_insert=True)
    log.record("board.answered", by=by, about=made.code)
    if question.by_id != by.pk:
        _tell(Kind.BOARD_ANSWERED, question, question.by, at=at)
    return made


@transaction.atomic
def accept(*, code: str, by: Member, at: dt.datetime) -> Answer:
    """Whoever asked says which answer helped; another may be chosen later."""
    found = policy.answers_visible_to(by).filter(code=code).first()
    if found is None:
        raise Missing("not_found")
    question = _held(found.question.code, by)
    policy.may_settle(by, question).require()
    # As it stands now: it may have been hidden meanwhile.
    if Answer.objects.filter(pk=found.pk, hidden_at__isnull=False).exists():
        raise Refused("post_is_hidden")
    question.accepted = found
    question.save(update_fields=["accepted"])
    log.record("board.accepted", by=by, about=found.code)
    return found


@transaction.atomic
def close(*, code: str, by: Member, at: dt.datetime) -> Question:
    """No more answers are wanted."""
    question = _held(code, by)
    policy.may_close(by, question).require()
    _require_open(question)
    question.closed_at = at
    question.save(update_fields=["closed_at"])
    log.record("board.closed", by=by, about=question.code)
    return question


@transaction.atomic
def hide(*, code: str, because: str, by: Member, at: dt.datetime) -> str:
    """The co-ordinator hides a question or an answer; its author is told, and why. What tells of a
    case is not only hidden: its words are gone, and with a question all that was answered to it, which
    often says them again. The code of the question."""
    policy.may_hide(by).require()
    post: Question | Answer
    if code.startswith("AW"):
        found = policy.answers_visible_to(by).filter(code=code).first()
        if found is None:
            raise Missing("not_found")
        question = _held(found.question.code, by)
        post = found
        post.refresh_from_db(fields=["hidden_at", "hidden_because", "text"])
    else:
        post = question = _held(code, by)
    if post.hidden_at is not None and not (because == Because.CASE_CONTENT and post.has_words):
        raise Refused("post_is_hidden")
    gone = [post, *_answers_to_empty(post, because, by)]
    for each in gone:
        _hide(each, because, by=by, at=at)
        log.record("board.hidden", by=by, about=each.code, facts={"because": because})
    if any(isinstance(each, Answer) and each.pk == question.accepted_id for each in gone):
        question.accepted = None
        question.save(update_fields=["accepted"])
    for author in dict.fromkeys(each.by for each in gone):
        _tell(Kind.BOARD_HIDDEN, question, author, at=at)
    return question.code


def _answers_to_empty(post: Question | Answer, because: str, by: Member) -> list[Answer]:
    if isinstance(post, Answer) or because != Because.CASE_CONTENT:
        return []
    rows = policy.answers_visible_to(by).filter(question=post).order_by("pk")
    return [each for each in rows if each.has_words]


def _hide(post: Question | Answer, because: str, *, by: Member, at: dt.datetime) -> None:
    post.hidden_at, post.hidden_because, post.hidden_by = at, because, by
    fields = ["hidden_at", "hidden_because", "hidden_by"]
    if because == Because.CASE_CONTENT:
        emptied = ["title", "text"] if isinstance(post, Question) else ["text"]
        for name in emptied:
            setattr(post, name, "")
        fields += emptied
    post.save(update_fields=fields)


def _held(code: str, by: Member) -> Question:
    """The question, kept as it is until this transaction ends."""
    rows = policy.questions_visible_to(by).select_for_update(of=("self",), no_key=True)
    found = rows.filter(code=code).first()
    if found is None:
        raise Missing("not_found")
    return found


def _require_open(question: Question) -> None:
    if question.hidden_at is not None:
        raise Refused("post_is_hidden")
    if question.closed_at is not None:
        raise Refused("question_is_closed", state="closed")


def _tell(kind: Kind, question: Question, member: Member, *, at: dt.datetime) -> None:
    # Whoever has left is told nothing, and nobody in their place.
    if member.is_active:
        to = To(Role(member.role), member.agency, member)
        outbox.publish(kind, subject=question.code, to=to, at=at)
