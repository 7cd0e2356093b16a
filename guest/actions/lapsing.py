"""What becomes of a link that leads nowhere: whoever waits for an answer is told, and given to do."""

import datetime as dt

from django.db import transaction

from audit import log
from cases import timeline
from guest import policy
from guest.models import Link
from guest.telling import TASK, ask, is_needed, tell_and_ask
from notify import actions as notices
from notify.notices import Kind
from referral.actions.moving import locked


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
    told = is_needed(referral)
    if told:
        tell_and_ask(Kind.LINK_LAPSED, referral, at=at)
    return told


@transaction.atomic
def forget(*, code: str, by: log.Machine, at: dt.datetime) -> None:
    """The referral with this code needs no other link; where an agency takes no part any more and
    an answer is still waited for, it needs other help."""
    referral = locked(code)
    needed = is_needed(referral)
    if needed and policy.both_take_part(referral):
        return
    notices.close_tasks(subject=code, kind=TASK, by=None, at=at)
    log.record("task.done", by=by, about=code)
    if needed:
        ask(referral, at=at)
