"""Reads across sittings: how a learner stands in each topic, and who waits to be counted."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from dateutil.relativedelta import relativedelta
from django.conf import settings

from agencies.calendar import day_of
from agencies.duty import is_bound
from agencies.models import Agency, Member
from kernel.datafiles import LANGUAGES, Words
from learning import duty, policy, scoring, statement
from learning.duty import Part
from learning.models import Certificate, Due, Refresher, Signature, Sitting
from learning.questions import Bank, Question, current, get

Kind = Sitting.Kind
# After a form that was not passed one may try again on the next day, where the agency is.
AGAIN = dt.timedelta(days=1)
# How long a certificate is valid.
VALID = relativedelta(years=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A learner who has finished both forms: the number of the second, and the part that was right."""

    after_pk: int
    before: Fraction
    after: Fraction

    @property
    def gain(self) -> Fraction:
        return gain_between(self.before, self.after)


def gain_between(before: Fraction, after: Fraction) -> Fraction:
    """Of those who are counted: there was something to gain."""
    gained = scoring.gain(before, after)
    assert gained is not None, "who knew everything before is not counted"
    return gained


@dataclass(frozen=True, slots=True)
class Standing:
    """How a learner stands in a topic; for the learner alone."""

    bank: Bank
    before: Sitting | None
    after: Sitting | None
    newest: Sitting | None
    certificate: Certificate | None
    due: Refresher | None
    gain: Fraction | None
    # Which form may be begun now; empty if none.
    next: str
    # Where the newest form was not passed: from which day on one may try again.
    again_on: dt.date | None

    @property
    def open(self) -> Sitting | None:
        return self.newest if self.newest and self.newest.finished_at is None else None


def score(sitting: Sitting) -> Fraction:
    """Of a finished form."""
    assert sitting.right is not None, "it is finished"
    return Fraction(sitting.right, sitting.asked)


def gain_of(before: Sitting | None, after: Sitting | None) -> Fraction | None:
    if before is None or after is None or None in (before.right, after.right):
        return None
    return scoring.gain(score(before), score(after))


def standings(actor: Member, at: dt.datetime) -> list[Standing]:
    """How the actor stands in every topic. A form that is open and whose questions were taken away is as
    if it had not been begun."""
    found = list(policy.sittings_visible_to(actor).order_by("pk"))
    sittings = [each for each in found if not is_lost(each)]
    certificates = list(policy.certificates_visible_to(actor).order_by("pk"))
    refreshers = list(policy.refreshers_visible_to(actor).order_by("due_on"))
    return [
        _standing(
            bank,
            [each for each in sittings if each.topic == topic],
            [each for each in certificates if each.topic == topic],
            [each for each in refreshers if each.topic == topic],
            actor.agency, on=day_of(actor.agency, at),
        )
        for topic, bank in current().items()
    ]  # fmt: skip


def standing(actor: Member, topic: str, at: dt.datetime) -> Standing | None:
    """The same of one topic; None if there is no such topic."""
    return next((each for each in standings(actor, at) if each.bank.topic == topic), None)


def _standing(
    bank: Bank, sittings: list[Sitting], certificates: list[Certificate],
    refreshers: list[Refresher], agency: Agency, *, on: dt.date,
) -> Standing:  # fmt: skip
    of_kind = {each.kind: each for each in sittings}
    before, after = of_kind.get(Kind.BEFORE), of_kind.get(Kind.AFTER)
    newest = sittings[-1] if sittings else None
    due = next((r for r in refreshers if r.sitting_id is None and r.due_on <= on), None)
    valid = [each for each in certificates if each.valid_until >= on]
    again_on = _again_on(newest, agency)
    waits = again_on is not None and on < again_on
    may_refresh = (
        due is not None or again_on is not None or _runs_out(bank.topic, certificates, on)
    )
    return Standing(
        bank=bank, before=before, after=after, newest=newest,
        certificate=valid[-1] if valid else None, due=due, gain=gain_of(before, after),
        next=_next(newest, after, may_refresh=may_refresh and not waits),
        again_on=again_on if waits else None,
    )  # fmt: skip


def _runs_out(topic: str, certificates: list[Certificate], on: dt.date) -> bool:
    """Whether the topic was passed and that counts no longer, or for 30 days at most: from then on it
    may be shown anew."""
    if not certificates:
        return False
    # They were made on the day on which the form was handed in.
    passed_on = certificates[-1].valid_until - VALID
    return passed_on + duty.days_of(topic) - duty.SOON <= on


def _again_on(newest: Sitting | None, agency: Agency) -> dt.date | None:
    """Whatever else is due: who has not passed waits, so that no form is drawn until it is an easy one."""
    if newest is None or newest.finished_at is None or newest.kind == Kind.BEFORE:
        return None
    passed = score(newest) >= scoring.PASSED
    return None if passed else day_of(agency, newest.finished_at) + AGAIN


def _next(newest: Sitting | None, after: Sitting | None, *, may_refresh: bool) -> str:
    if newest is None:
        return Kind.BEFORE
    if newest.finished_at is None:
        return ""
    if after is None:
        return Kind.AFTER
    return Kind.REFRESHER if may_refresh else ""


def is_lost(sitting: Sitting) -> bool:
    """Whether it is open and can never be handed in: the file of its version was taken away."""
    return sitting.finished_at is None and not asked(sitting)


def asked(sitting: Sitting) -> list[tuple[Question, list[str]]]:
    """The questions of a form with their options in the order in which they were drawn; none where
    the file of its version was taken away."""
    bank = get(sitting.topic, sitting.version)
    if bank is None or not all(code in bank.questions for code in sitting.questions):
        return []
    return [(bank.questions[code], order) for code, order in sitting.drawn]


def untold(at: dt.datetime) -> list[str]:
    """Refreshers that are due and of which nobody was told; of members who are still there."""
    found = Refresher.objects.filter(
        told_at__isnull=True,
        sitting__isnull=True,
        due_on__lte=at.date(),
        member__is_active=True,
    )
    return list(found.order_by("pk").values_list("code", flat=True))


def waiting(until: dt.datetime) -> dict[tuple[int, str], list[Pair]]:
    """By agency and topic, whoever has finished both forms before this moment and is not counted yet.
    Who knew everything before has no gain, and is not counted."""
    afters = list(
        Sitting.objects.filter(
            kind=Kind.AFTER, finished_at__lt=until, cohort__isnull=True
        ).select_related("member")
    )
    befores = _befores(each.member_id for each in afters)
    found: dict[tuple[int, str], list[Pair]] = {}
    for each in afters:
        before = befores.get((each.member_id, each.topic))
        if before is not None and gain_of(before, each) is not None:
            pair = Pair(each.pk, score(before), score(each))
            found.setdefault((each.member.agency_id, each.topic), []).append(pair)
    return found


def _befores(members: Iterable[int]) -> dict[tuple[int, str], Sitting]:
    rows = Sitting.objects.filter(kind=Kind.BEFORE, member__in=set(members))
    return {(each.member_id, each.topic): each for each in rows}


def agencies_of(numbers: Iterable[int]) -> dict[int, Agency]:
    return Agency.objects.in_bulk(list(numbers))


def bound_members() -> list[Member]:
    """Everybody whom the duty to know binds and who is still there."""
    found = Member.objects.filter(role__in=settings.DUTY_TO_KNOW, is_active=True)
    return [each for each in found.select_related("agency").order_by("pk") if is_bound(each)]


def all_due() -> list[Due]:
    return list(Due.objects.select_related("member__agency").order_by("pk"))


def is_due_now(due: Due, at: dt.datetime) -> bool:
    """Whether something of it counts no longer, or was never shown."""
    return due.due_on is None or due.due_on <= day_of(due.member.agency, at)


@dataclass(frozen=True, slots=True)
class Duty:
    """How the actor stands with the duty to know; for the actor alone."""

    bound: bool
    parts: list[Part]
    on: dt.date

    @property
    def due(self) -> bool:
        return self.bound and any(part.is_due(self.on) for part in self.parts)


def duty_of(actor: Member, at: dt.datetime) -> Duty:
    return Duty(is_bound(actor), duty.parts(actor), day_of(actor.agency, at))


def last_signed(actor: Member) -> Signature | None:
    return policy.signatures_visible_to(actor).order_by("signed_at").last()


def title_of(what: str) -> Words:
    """What a part is called, in every language; a topic that was taken away goes by its code."""
    if what == duty.STATEMENT:
        return statement.current().title
    bank = current().get(what)
    return dict.fromkeys(LANGUAGES, what) if bank is None else bank.title
