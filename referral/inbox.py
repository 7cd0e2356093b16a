"""What lies before a receiving agency: what waits, the most pressing first, and what has ended."""

import datetime as dt

from django.db.models import (
    Case,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from agencies.calendar import calendar_of
from agencies.clocks import Urgency, clocks_for
from agencies.models import Member
from agencies.roles import CASEWORK
from cases import models as cases
from cases import policy as case_policy
from kernel.clock import end_of
from referral import policy
from referral.models import Referral
from referral.workflow import ASKED, TAKEN, State

# How many triage cards make a page.
CARDS = 20
_PRESSING = {Urgency.EMERGENCY: 0, Urgency.URGENT: 1, Urgency.NORMAL: 2}
RECALLED = Q(
    state=State.WITHDRAWN, recalled_at__isnull=False, recall_acknowledged_at__isnull=True
)


def waiting(actor: Member) -> QuerySet[Referral]:
    """What asks something of the actor's agency, or runs there: answers owed first, then by
    urgency, then by what is due soonest."""
    if actor.role not in CASEWORK:
        return Referral.objects.none()
    mine = Referral.objects.filter(policy.received_by(actor))
    # When a consent's time is over, reading ends in that moment; the recall comes some seconds later.
    open_to_them = Exists(case_policy.visible_to(actor).filter(pk=OuterRef("case")))
    runs = Q(state__in=ASKED | TAKEN) & Q(open_to_them)
    rank = Case(
        *(When(urgency=name, then=Value(n)) for name, n in _PRESSING.items()),
        output_field=IntegerField(),
    )
    owed = Case(
        When(RECALLED, then=Value(0)),
        When(state__in=ASKED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    due = Case(
        When(state__in=ASKED, then="reply_due_at"),
        When(state=State.ACCEPTED, then="contact_due_at"),
    )
    found = mine.filter(runs | RECALLED)
    related = found.select_related("service", "sender", "assignee", "contact")
    # Apart: of what was taken back the case is closed to them, and the line stays.
    open_cases = Prefetch("case", queryset=cases.Case.objects.select_related("person"))
    related = related.prefetch_related(open_cases)
    return related.order_by(owed, rank, Coalesce(due, "sent_at"), "pk")


def ended(actor: Member) -> QuerySet[Referral]:
    """What is over: that it was, from whom, and how it ended."""
    if actor.role not in CASEWORK:
        return Referral.objects.none()
    mine = Referral.objects.filter(policy.received_by(actor)).select_related("sender")
    return mine.exclude(state__in=ASKED | TAKEN).exclude(RECALLED)


def contact_due(referral: Referral, *, at: dt.datetime) -> dt.datetime:
    """By when the person is to be met, if the referral is accepted now."""
    clocks = clocks_for(
        referral.receiver,
        service_type=referral.service.type,
        urgency=Urgency(referral.urgency),
    )
    return end_of(clocks.contact, start=at, calendar=calendar_of(referral.receiver))
