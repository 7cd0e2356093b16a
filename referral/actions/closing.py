"""Close a case, once nobody owes the person anything; and take it up again."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, QuerySet

from agencies.models import Member
from cases import deadlines
from cases.actions import lifecycle
from cases.actions.lifecycle import locked, move
from cases.models import Case
from cases.workflow import ConsentState, OverrideState
from cases.workflow import Verb as Move
from identification import queries as identification
from identification.actions import submitting
from kernel.errors import Refused
from notify import ladder
from notify.models import Clock
from referral.models import Referral, Transfer
from referral.workflow import UNENDED, TransferState
from reintegration import queries as reintegration
from reintegration.actions import reviewing

# A person who is gone cannot be told of anything any more.
GONE = frozenset({"deceased", "duplicate", "lost_contact"})
# Neither they nor somebody who never was one is followed up.
NO_FOLLOW_UP = GONE | {"not_a_victim"}
# What is still owed when a case is closed: that a recall is read, that a request is answered, also
# the person's own about their data; that a hold is looked at again.
KEPT = frozenset(
    {
        Clock.Purpose.RECALL, Clock.Purpose.CASE_REQUEST, Clock.Purpose.SUBJECT_REQUEST,
        Clock.Purpose.HOLD,
    }
)  # fmt: skip


def checklist(case: Case, closure: str = "", *, on: dt.date) -> dict[str, bool]:
    """What must be clear before the case is closed, each with whether it is."""
    clear = _clear(case)
    clear["decisions_told"] |= closure in GONE
    followed = any(day > on for day in case.follow_ups)
    return clear | {"follow_ups_planned": closure in NO_FOLLOW_UP or followed}


def _clear(case: Case) -> dict[str, bool]:
    """What stands in the way of closing, asked of the database in one go."""
    in_the_way: dict[str, QuerySet[Any]] = {
        "no_open_referral": Referral.objects.filter(case=case, state__in=UNENDED),
        "no_decision_awaited": identification.awaited(case),
        "decisions_told": identification.untold(case),
        "plan_ended": reintegration.running_plans(case),
        "alerts_resolved": case.alerts.filter(resolved_at__isnull=True),
        "consents_ended": case.consents.filter(state=ConsentState.ACTIVE),
        "overrides_ended": case.overrides.filter(state=OverrideState.APPROVED),
        "no_open_transfer": Transfer.objects.filter(case=case, state=TransferState.PROPOSED),
    }
    asked: dict[str, Any] = {name: ~Exists(rows) for name, rows in in_the_way.items()}
    found = dict(Case.objects.filter(pk=case.pk).values(**asked).get())
    return {name: bool(clear) for name, clear in found.items()}


@transaction.atomic
def close(*, code: str, closure: str, by: Member, at: dt.datetime) -> Case:
    """Close with a reason code. Raises Refused with the first point that is not clear.

    What runs in the case ends; the days on which the person is asked after begin to run.
    """
    case = locked(code)
    move(case, Move.CLOSE, by=by, at=at, closure=closure, closed_at=at)
    for point, clear in checklist(case, closure, on=deadlines.today(case, at)).items():
        if not clear:
            raise Refused(f"checklist_{point}", state="open")
    ladder.stop_case(case=case.code, keep=KEPT, at=at)
    reviewing.end_with_case(case=case, by=by, at=at)
    if closure not in NO_FOLLOW_UP:
        reviewing.plan_follow_ups_of(case=case, by=by, at=at)
    deadlines.copy_due(case)
    return case


@transaction.atomic
def reopen(*, code: str, reason: str, by: Member, at: dt.datetime) -> Case:
    """Take a closed case up again, with the reason kept beside it. Nobody asks after the person
    from afar any more, and what the authority still owes runs on."""
    case = lifecycle.reopen(code=code, reason=reason, by=by, at=at)
    reviewing.cancel_follow_ups(case=case, by=by, at=at)
    submitting.take_up(code=code, by=by, at=at)
    return case
