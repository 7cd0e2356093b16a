"""What becomes of a link that leads nowhere: whoever waits for an answer is told, and given to do."""

import datetime as dt

from django.db import transaction

from audit import log
from cases import timeline
from guest import policy, queries
from guest.models import Link
from notify import actions as notices
from notify.notices import Kind
from referral.actions.moving import locked, task_for_sender, tell_sender
from referral.models import Referral

# What is left to do for whoever works on the case.
TASK = "renew_link"


@transaction.atomic
def lapse(*, code: str, by: log.Machine, at: dt.datetime) -> bool:
    """Write down, once in the life of a link, that it leads nowhere any more by itself; whether
    somebody was told. It never leads anywhere again.

    Nobody is told where nobody waits for a word, nor where the receiver has its own access now.
    """
    # The referral first, as every act holds it; a page that is looked at meanwhile keeps it awake.
    link = Link.objects.select_related("referral").get(code=code)
    referral = locked(link.referral.code)
    held = Link.objects.select_for_update(no_key=True).get(pk=link.pk)
    held.referral = referral
    if held.is_done or policy.is_live(held, at=at):
        return False
    held.lapsed_at, held.secret, held.awake_until = at, None, None
    held.save(update_fields=["lapsed_at", "secret", "awake_until"])
    timeline.record(referral.case, "link.lapsed", by=by, at=at, about=code)
    told = _is_needed(referral)
    if told:
        tell_and_ask(Kind.LINK_LAPSED, referral, at=at)
    return told


def tell_and_ask(kind: Kind, referral: Referral, *, at: dt.datetime) -> None:
    """The worker of the case is told, and has it on the work list until there is another link, or
    nobody waits any more."""
    tell_sender(kind, referral, at=at)
    task_for_sender(TASK, referral, at=at)


@transaction.atomic
def forget(*, code: str, by: log.Machine, at: dt.datetime) -> None:
    """The referral with this code needs no other link."""
    referral = locked(code)
    if not _is_needed(referral):
        notices.close_tasks(subject=code, kind=TASK, by=None, at=at)
        log.record("task.done", by=by, about=code)


def _is_needed(referral: Referral) -> bool:
    """Whether a link to this would lead to somebody who is still to answer: while it runs, and after
    a recall where it was ever read."""
    if not (referral.receiver.is_guest and policy.is_waited_for(referral)):
        return False
    return policy.is_running(referral) or not queries.was_never_read(referral)
