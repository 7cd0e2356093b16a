"""What lies before a receiving agency: what waits, the most pressing first, and what has ended."""

import datetime as dt

from django.db.models import OuterRef, Prefetch, Q, QuerySet

from agencies.calendar import calendar_of
from agencies.clocks import Urgency, clocks_for
from agencies.models import Member
from agencies.roles import CASEWORK
from cases import models as cases
from cases import policy as case_policy
from edge.rowwise import ExistsForRow
from kernel.clock import end_of
from referral import policy
from referral.models import RECALLED, Referral

# How many triage cards make a page.
CARDS = 20


def waiting(actor: Member) -> QuerySet[Referral]:
    """What asks something of the actor's agency, or runs there: answers owed first, then by
    urgency, then by what is due soonest."""
    if actor.role not in CASEWORK:
        return Referral.objects.none()
    mine = Referral.objects.filter(policy.received_by(actor), pressing__isnull=False)
    # When a consent's time is over, reading ends in that moment; the recall comes some seconds later.
    open_to_them = ExistsForRow(case_policy.visible_to(actor).filter(pk=OuterRef("case")))
    found = mine.filter(RECALLED | Q(open_to_them))
    related = found.select_related("service", "sender", "assignee", "contact")
    # Apart: of what was taken back the case is closed to them, and the line stays.
    open_cases = Prefetch("case", queryset=cases.Case.objects.select_related("person"))
    return related.prefetch_related(open_cases).order_by("pressing", "pressing_until", "pk")


def ended(actor: Member) -> QuerySet[Referral]:
    """What is over: that it was, from whom, and how it ended."""
    if actor.role not in CASEWORK:
        return Referral.objects.none()
    over = Referral.objects.filter(policy.received_by(actor), pressing__isnull=True)
    return over.select_related("sender")


def contact_due(referral: Referral, *, at: dt.datetime) -> dt.datetime:
    """By when the person is to be met, if the referral is accepted now."""
    clocks = clocks_for(
        referral.receiver,
        service_type=referral.service.type,
        urgency=Urgency(referral.urgency),
    )
    return end_of(clocks.contact, start=at, calendar=calendar_of(referral.receiver))
