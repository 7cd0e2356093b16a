"""What the duty to know asks for, and until when what a member has shown counts."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db.models import Exists, Max, OuterRef

from agencies.calendar import day_of
from agencies.duty import is_bound
from agencies.models import Member
from learning import statement
from learning.models import Certificate, Due, Signature
from learning.questions import NotABank, current
from learning.statement import NotAStatement

# A sign that no topic has: it is none.
STATEMENT = "the_statement"
# So long before it runs out a member is told, and may show it anew.
SOON = dt.timedelta(days=30)
# How long a certificate is valid.
YEAR = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is to be shown: a topic, or the statement. `until` is the first day on which it
    counts no longer; None where it was never shown."""

    what: str
    until: dt.date | None

    def is_due(self, on: dt.date) -> bool:
        return self.until is None or self.until <= on

    def is_due_soon(self, on: dt.date) -> bool:
        """Also where it is due already."""
        return self.until is None or self.until - SOON <= on


def lasts() -> dt.timedelta:
    return dt.timedelta(days=settings.DUTY_DAYS)


def parts(member: Member) -> list[Part]:
    """Each topic and the statement, in this order."""
    zone = ZoneInfo(member.agency.time_zone)
    passed = dict(
        Certificate.objects.filter(member=member, topic__in=settings.DUTY_TOPICS)
        .order_by()
        .values("topic")
        .annotate(at=Max("sitting__finished_at"))
        .values_list("topic", "at")
    )
    signed = Signature.objects.filter(member=member).aggregate(at=Max("signed_at"))["at"]
    shown = [(topic, passed.get(topic)) for topic in settings.DUTY_TOPICS]
    return [
        Part(what, None if at is None else at.astimezone(zone).date() + lasts())
        for what, at in [*shown, (STATEMENT, signed)]
    ]


def knows(member: Member, at: dt.datetime) -> bool:
    """Whether each of them was shown and still counts; one question."""
    since = _since(member, at)
    passed = Certificate.objects.filter(member=OuterRef("pk"), sitting__finished_at__gte=since)
    signed = Signature.objects.filter(member=OuterRef("pk"), signed_at__gte=since)
    asked = [Exists(passed.filter(topic=topic)) for topic in settings.DUTY_TOPICS]
    row = Member.objects.filter(pk=member.pk).values_list(*asked, Exists(signed))
    return all(row.get())


def _since(member: Member, at: dt.datetime) -> dt.datetime:
    """From when on what was shown still counts: whole days where the agency is."""
    first = day_of(member.agency, at) - lasts() + dt.timedelta(days=1)
    return dt.datetime.combine(first, dt.time(), tzinfo=ZoneInfo(member.agency.time_zone))


def days_of(topic: str) -> dt.timedelta:
    """How long a form of the topic that was passed counts, be it for the certificate or for the duty."""
    return min(YEAR, lasts()) if topic in settings.DUTY_TOPICS else YEAR


def lacks(member: Member, at: dt.datetime) -> list[Part]:
    """What is due, or will be within 30 days; nothing for who is not bound."""
    if not is_bound(member) or not member.is_active:
        return []
    on = day_of(member.agency, at)
    return [part for part in parts(member) if part.is_due_soon(on)]


def parts_of(due: Due) -> list[Part]:
    """What was written down that somebody lacks."""
    return [
        Part(what, None if until is None else dt.date.fromisoformat(until))
        for what, until in due.lacks
    ]


def settings_can_be_used(**_options: object) -> list[CheckMessage]:
    """No command starts with a duty that nobody could fulfil."""
    hint = "docs/learning.md says what the duty to know needs."
    return [Error(fault, hint=hint, id="learning.E002") for fault in _faults()]


def _faults() -> Iterator[str]:
    days: int = settings.DUTY_DAYS
    if days <= SOON.days:
        yield f"DUTY_DAYS: more than {SOON.days} are needed"
    try:
        statement.current()
        unknown = [topic for topic in settings.DUTY_TOPICS if topic not in current()]
    except NotAStatement as fault:
        yield f"DUTY_STATEMENT: {fault}"
    except NotABank:
        # Said by the check of the bank.
        return
    else:
        if unknown:
            yield f"DUTY_TOPICS: there is no topic {', '.join(unknown)}"
