"""Faults put in on purpose, so that the count can be seen to see them. The caller undoes them."""

from collections import Counter

from benchmarks.chaos.notes import Act, Mails
from notify.models import Delivery, Event
from referral.models import Referral

GHOST_MAIL = "<00000000000000000000000000000000@safehand.invalid>"


def spoilt(acts: list[Act], mails: Mails) -> Mails:
    """A notice less, as when a message is put on the queue after the commit and the queue dies; a
    mail of nothing, as when it is put there before; and one draft more for a key."""
    sent = next(act for act in acts if act.what == "send" and act.done)
    event = Event.objects.get(kind="referral.sent", subject=sent.code)
    Delivery.objects.filter(event=event).delete()
    event.delete()
    twin = Referral.objects.get(code=sent.code)
    fresh = Referral(
        case=twin.case, service=twin.service, sender=twin.sender, receiver=twin.receiver,
        urgency=twin.urgency, purpose=twin.purpose, groups=twin.groups,
        drafted_at=twin.drafted_at,
    )  # fmt: skip
    fresh.save(force_insert=True)
    return Mails(
        taken=mails.taken + Counter({GHOST_MAIL: 1}),
        refused=mails.refused,
        to=mails.to | {GHOST_MAIL: "nobody@example.org"},
    )
