"""Reads across documents: how much room is left, what waits, what was chosen for a referral."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from agencies.models import Agency
from cases.models import Case
from documents.kinds import MOST_IN_A_CASE
from documents.models import Document, Tick
from documents.workflow import State


def is_full(case: Case) -> bool:
    """Whether the case holds as many documents as it may; those that are gone do not count."""
    held = Document.objects.filter(case=case).exclude(state__in=[State.REJECTED, State.ERASED])
    return held.count() >= MOST_IN_A_CASE


def has_room(agency: Agency, size: int, *, at: dt.datetime) -> bool:
    """Whether a file of this size fits into what is left of the agency's month."""
    month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    used = Document.objects.filter(agency=agency, uploaded_at__gte=month)
    total: int = used.aggregate(total=Sum("size"))["total"] or 0
    return total + size <= settings.DOCUMENTS_QUOTA_MB * 1024 * 1024


def choosable(case: Case, groups: Iterable[str]) -> QuerySet[Document]:
    """What can go with a referral that shares these data groups."""
    rows = Document.objects.filter(case=case, state=State.CLEAN, group__in=list(groups))
    return rows.order_by("-pk")


def chosen(source: str) -> list[str]:
    """Codes of the documents that are ticked for a referral."""
    ticks = Tick.objects.filter(source=source)
    return list(ticks.order_by("document").values_list("document__code", flat=True))


def unfit(source: str, groups: Iterable[str]) -> QuerySet[Tick]:
    """What was ticked and cannot go with the referral any more."""
    fit = Q(document__state=State.CLEAN, document__group__in=list(groups))
    return Tick.objects.filter(source=source).exclude(fit)
