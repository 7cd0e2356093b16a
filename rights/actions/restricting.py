"""A hold or a restriction, told also to the agencies that help under a referral that runs."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from cases.actions import holding
from cases.models import Hold
from cases.workflow import HoldGround, HoldKind
from notify.notices import Kind
from referral.actions.moving import tell_receiver
from referral.models import Referral
from referral.workflow import ASKED, TAKEN


@transaction.atomic
def set_hold(
    *,
    code: str,
    kind: HoldKind,
    ground: HoldGround,
    reason: str,
    look_again_on: dt.date,
    by: Member,
    at: dt.datetime,
) -> Hold:
    """See cases.actions.holding. Of a restriction every receiver is told (GDPR, art. 19)."""
    hold = holding.set_hold(
        code=code, kind=kind, ground=ground, reason=reason, look_again_on=look_again_on,
        by=by, at=at,
    )  # fmt: skip
    _tell_receivers(hold, at=at)
    return hold


@transaction.atomic
def end_hold(*, code: str, by: Member, at: dt.datetime) -> Hold:
    """End it, and tell them that it has ended."""
    hold = holding.end_hold(code=code, by=by, at=at)
    _tell_receivers(hold, at=at)
    return hold


def _tell_receivers(hold: Hold, *, at: dt.datetime) -> None:
    if hold.kind != HoldKind.RESTRICTION:
        return
    running = Referral.objects.filter(case=hold.case, state__in=ASKED | TAKEN)
    rows = running.exclude(sent_at=None).select_related("receiver", "assignee", "contact")
    for referral in rows.order_by("pk"):
        tell_receiver(Kind.HOLD_CHANGED, referral, at=at)
