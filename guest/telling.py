"""Whom it is told that a link leads nowhere any more, and what is left to do."""

import datetime as dt

from guest import policy, queries
from notify.notices import Kind
from referral.actions.moving import task_for_sender, tell_sender
from referral.models import Referral

# For whoever works on the case.
TASK = "renew_link"


def tell_and_ask(kind: Kind, referral: Referral, *, at: dt.datetime) -> None:
    """The worker of the case is told, and has it on the work list until there is another link, or
    nobody waits any more. Between agencies of which one takes no part no link leads anywhere: there
    other help is to be found."""
    tell_sender(kind, referral, at=at)
    ask(referral, at=at)


def ask(referral: Referral, *, at: dt.datetime) -> None:
    """What is left to do, as it stands now."""
    task_for_sender(TASK if policy.both_take_part(referral) else "reroute", referral, at=at)


def is_needed(referral: Referral) -> bool:
    """Whether a link to this would lead to somebody who is still to answer: while it runs, and after
    a recall where it was ever read."""
    if not (referral.receiver.is_guest and policy.is_waited_for(referral)):
        return False
    return policy.is_running(referral) or not queries.was_never_read(referral)
