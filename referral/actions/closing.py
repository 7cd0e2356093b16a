"""Close a case, once nobody owes the person anything."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from cases.actions.lifecycle import locked, move
from cases.models import Case, Consent
from cases.workflow import ConsentState
from cases.workflow import Verb as Move
from kernel.errors import Refused
from referral.models import Referral
from referral.workflow import UNENDED

# A person who is gone or never was one is not followed up.
NO_FOLLOW_UP = frozenset({"deceased", "duplicate", "lost_contact", "not_a_victim"})


def checklist(case: Case, closure: str = "") -> dict[str, bool]:
    """What must be clear before the case is closed, each with whether it is."""
    return {
        "no_open_referral": not Referral.objects.filter(case=case, state__in=UNENDED).exists(),
        "consents_ended": not Consent.objects.filter(
            case=case, state=ConsentState.ACTIVE
        ).exists(),
        "follow_ups_planned": bool(case.follow_ups) or closure in NO_FOLLOW_UP,
    }


@transaction.atomic
def close(*, code: str, closure: str, by: Member, at: dt.datetime) -> Case:
    """Close with a reason code. Raises Refused with the first point that is not clear."""
    case = locked(code)
    move(case, Move.CLOSE, by=by, at=at, closure=closure, closed_at=at)
    for point, clear in checklist(case, closure).items():
        if not clear:
            raise Refused(f"checklist_{point}", state="open")
    return case
