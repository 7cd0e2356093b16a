"""Choosing which documents go with a referral. The referral itself is held by who calls this."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from agencies.models import Member
from cases import timeline
from cases.models import Case
from documents import queries
from documents.models import Tick
from kernel.errors import Invalid


@transaction.atomic
def choose(
    *,
    case: Case,
    source: str,
    codes: Collection[str],
    groups: Collection[str],
    by: Member,
    at: dt.datetime,
) -> None:
    """Exactly these go with it: clean ones of this case, of the data groups that it shares."""
    found = list(queries.choosable(case, groups).filter(code__in=codes))
    if len(found) != len(set(codes)):
        raise Invalid("document_not_for_this_referral", pointer="/documents")
    Tick.objects.filter(source=source).delete()
    Tick.objects.bulk_create(
        Tick(document=each, source=source, ticked_by=by, ticked_at=at) for each in found
    )
    timeline.record(
        case, "document.chosen", by=by, at=at, about=source, facts={"n": len(found)}
    )


@transaction.atomic
def keep_only(*, source: str, groups: Collection[str], by: Member) -> None:
    """The referral shares other groups now; what does not belong to them goes with it no more."""
    Tick.objects.filter(source=source).exclude(document__group__in=list(groups)).delete()
