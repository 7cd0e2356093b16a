"""Reads about broken glass: what runs, what waits to be looked at, how it is used."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from agencies.models import Member
from audit import queries as audit
from cases.models import ApartAttempt, Case
from guard import policy
from guard.models import BreakGlass

A_MONTH = dt.timedelta(days=30)


def running(case: Case, *, at: dt.datetime) -> list[BreakGlass]:
    """What is open in the case by broken glass at this moment."""
    open_now = BreakGlass.objects.filter(case=case, until__gt=at, ended_at__isnull=True)
    return list(open_now.select_related("by"))


def waiting_for(actor: Member) -> QuerySet[BreakGlass]:
    """What the actor has still to look at, the most urgent first."""
    waiting = policy.reviewed_by(actor).filter(reviewed_at__isnull=True)
    return waiting.select_related("by", "agency").order_by("review_by", "pk")


@dataclass(frozen=True, slots=True)
class Figures:
    """How the glass is used in the land, of the last thirty days."""

    uses: int
    openings: int
    due: int
    in_time: int
    not_justified: int

    @property
    def per_thousand(self) -> float | None:
        """Uses for each thousand openings of data groups; under 2 is usual."""
        return round(1000 * self.uses / self.openings, 1) if self.openings else None

    @property
    def in_time_percent(self) -> int | None:
        return round(100 * self.in_time / self.due) if self.due else None


def figures(*, at: dt.datetime) -> Figures:
    """Of those uses whose time to be looked at has passed or that were looked at: how many in
    time."""
    uses = BreakGlass.objects.filter(opened_at__gt=at - A_MONTH, opened_at__lte=at)
    in_time = Q(reviewed_at__lte=F("review_by"))
    late = Q(reviewed_at__gt=F("review_by"))
    never = Q(reviewed_at__isnull=True, review_by__lte=at)
    not_justified = Q(verdict=BreakGlass.Verdict.NOT_JUSTIFIED)
    found = uses.aggregate(
        uses=Count("pk"),
        due=Count("pk", filter=in_time | late | never),
        in_time=Count("pk", filter=in_time),
        not_justified=Count("pk", filter=not_justified),
    )
    return Figures(openings=audit.count("read", since=at - A_MONTH), **found)


def overdue(at: dt.datetime) -> list[str]:
    """Codes of what nobody has looked at in time and that cost nobody the right yet."""
    late = BreakGlass.objects.filter(
        reviewed_at__isnull=True, overdue_at__isnull=True, review_by__lte=at
    )
    return list(late.order_by("review_by", "pk").values_list("code", flat=True)[:200])


def over(at: dt.datetime) -> list[str]:
    """Codes of what has run for its hour and was not written down as ended."""
    ended = BreakGlass.objects.filter(ended_at__isnull=True, until__lte=at)
    return list(ended.order_by("until", "pk").values_list("code", flat=True)[:200])


def untold(at: dt.datetime) -> list[int]:
    """Attempts to reach somebody kept apart of which nobody was told yet."""
    rows = ApartAttempt.objects.filter(told_at__isnull=True, at__lte=at)
    return list(rows.order_by("at", "pk").values_list("pk", flat=True)[:200])
