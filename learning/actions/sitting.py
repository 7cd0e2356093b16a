"""Sit a form: begin it, answer, go on after a break, hand it in."""

import datetime as dt

from dateutil.relativedelta import relativedelta
from django.db import transaction

from agencies.calendar import day_of
from agencies.models import Member
from audit import log
from kernel.errors import Invalid, Missing, Refused
from learning import drawing, policy, queries, scoring
from learning.actions import watching
from learning.models import Certificate, Refresher, Sitting
from notify.actions import close_tasks

# In how many months after the second form a topic is looked at again.
MONTHS = (1, 3, 6)
TASK = "refresher"
Kind = Sitting.Kind


@transaction.atomic
def begin(*, topic: str, kind: str, by: Member, at: dt.datetime) -> Sitting:
    """Draw a form. The one before comes first, then the one after, then what is due; each of the
    first two once. One whose questions were taken away meanwhile goes."""
    # Two at a time would draw the same questions.
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)
    stands = queries.standing(by, topic, at)
    if stands is None:
        raise Invalid("unknown_code", pointer="/topic")
    if stands.open is not None:
        raise Refused("form_is_open", state="open")
    if kind != stands.next:
        raise Refused(_why_not(kind, stands), pointer="/kind")
    mine = policy.sittings_visible_to(by).filter(topic=topic).order_by("pk")
    for lost in filter(queries.is_lost, mine):
        log.record("learning.lost", by=by, about=lost.code)
        lost.delete()
    seen = [each.questions for each in mine if each.pk is not None]
    sitting = Sitting.objects.create(
        member=by, topic=topic, version=stands.bank.version, kind=kind,
        drawn=drawing.draw(stands.bank, seen), begun_at=at,
    )  # fmt: skip
    log.record("learning.begun", by=by, about=sitting.code)
    return sitting


def _why_not(kind: str, stands: queries.Standing) -> str:
    if kind == Kind.BEFORE or (kind == Kind.AFTER and stands.after is not None):
        return "form_was_sat"
    if kind == Kind.AFTER:
        return "form_before_comes_first"
    if stands.again_on is not None:
        return "form_again_tomorrow"
    return "form_after_comes_first" if stands.after is None else "no_refresher_is_due"


@transaction.atomic
def answer(*, code: str, answers: dict[str, list[str]], by: Member) -> Sitting:
    """Say what one chooses, for one question or for many; again and otherwise until the form is
    handed in. Nothing is told of what is right."""
    sitting = _locked(code, by)
    if sitting.finished_at is not None:
        raise Refused("form_is_handed_in", state="finished")
    options = {question: set(order) for question, order in sitting.drawn}
    for question, chosen in answers.items():
        if question not in options:
            raise Invalid("unknown_code", pointer=f"/answers/{question[:60]}")
        if not set(chosen) <= options[question] or len(set(chosen)) < len(chosen):
            raise Invalid("unknown_code", pointer=f"/answers/{question}")
    kept = {name: sorted(chosen) for name, chosen in (sitting.said | answers).items() if chosen}
    # An empty answer takes one back.
    sitting.answers = {name: kept[name] for name in sitting.questions if name in kept}
    sitting.save(update_fields=["answers"])
    return sitting


@transaction.atomic
def finish(*, code: str, by: Member, at: dt.datetime) -> Sitting:
    """Hand it in; a second time changes nothing. From then on the reasons can be read."""
    sitting = _locked(code, by)
    if sitting.finished_at is not None:
        return sitting
    missing = [each for each in sitting.questions if each not in sitting.said]
    if missing:
        raise Refused("question_is_open", pointer=f"/{missing[0]}", state="open")
    questions = {each.code: each for each, _ in queries.asked(sitting)}
    if not questions:
        raise Refused("bank_was_taken_away", state="open")
    sitting.right = scoring.count_right(questions, sitting.said)
    sitting.finished_at = at
    sitting.save(update_fields=["right", "finished_at"])
    if sitting.kind == Kind.AFTER:
        _plan_refreshers(sitting, by, at)
    if sitting.kind == Kind.REFRESHER:
        _refreshed(sitting, by, at)
    if sitting.kind != Kind.BEFORE and queries.score(sitting) >= scoring.PASSED:
        _certify(sitting, by, at)
        watching.note(member=by, by=by, at=at)
    log.record("learning.finished", by=by, about=sitting.code)
    return sitting


def _plan_refreshers(sitting: Sitting, by: Member, at: dt.datetime) -> None:
    day = day_of(by.agency, at)
    Refresher.objects.bulk_create(
        Refresher(
            member=by, topic=sitting.topic, months=months,
            due_on=day + relativedelta(months=months),
        )
        for months in MONTHS
    )  # fmt: skip


def _refreshed(sitting: Sitting, by: Member, at: dt.datetime) -> None:
    """What was due of the topic is done by this."""
    due = policy.refreshers_visible_to(by).filter(
        topic=sitting.topic, sitting__isnull=True, due_on__lte=day_of(by.agency, at)
    )
    # Held against whoever is told of it now: their task would stay.
    for each in due.select_for_update():
        close_tasks(subject=each.code, kind=TASK, by=by, at=at)
    due.update(sitting=sitting)


def _certify(sitting: Sitting, by: Member, at: dt.datetime) -> None:
    """Not a word of it in the log, which others read: who passed is the learner's to tell."""
    day = day_of(by.agency, at)
    Certificate.objects.create(
        member=by, topic=sitting.topic, version=sitting.version, month=day.replace(day=1),
        valid_until=day + queries.VALID, sitting=sitting,
    )  # fmt: skip


def _locked(code: str, by: Member) -> Sitting:
    mine = policy.sittings_visible_to(by).select_for_update()
    if (sitting := mine.filter(code=code).first()) is None:
        raise Missing("not_found")
    return sitting
