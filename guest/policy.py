"""Who may see, make and end a link; and when one is open. Nothing else decides this."""

import datetime as dt

from django.db.models import QuerySet, TextChoices
from django.utils.translation import pgettext_lazy

from agencies.models import REAL, Member
from agencies.policy import Verb, in_space, may
from agencies.roles import Role
from guest.models import Admission, Link
from kernel.verdict import ALLOW, Verdict, deny
from referral import policy as referral_policy
from referral.models import Referral
from referral.workflow import ASKED, TAKEN, Party

# Whoever has not come for so long asks for a new link.
IDLE = dt.timedelta(days=14)
# So long after the last page the passcode is asked for again, as others sign in again.
AWAKE = dt.timedelta(minutes=15)
TRIES = 5


class State(TextChoices):
    SENT = "sent", pgettext_lazy("link", "sent, and not opened yet")
    OPENED = "opened", pgettext_lazy("link", "opened; the passcode is still to be shown")
    BOUND = "bound", pgettext_lazy("link", "in use on one device")
    LOCKED = "locked", pgettext_lazy("link", "locked after five wrong passcodes")
    ENDED = "ended", pgettext_lazy("link", "ended")


def visible_to(actor: Member) -> QuerySet[Link]:
    """The links to what went out of the cases that the actor sees."""
    return Link.objects.filter(
        referral__in=Referral.objects.filter(referral_policy.sent_from_cases_of(actor))
    )


def admissions_visible_to(actor: Member) -> QuerySet[Admission]:
    """For system administrators all of them; for everybody else what they asked for."""
    if actor.role == Role.SYSTEM_ADMIN:
        return Admission.objects.filter(in_space(actor, "asked_by__agency"))
    return Admission.objects.filter(asked_by=actor)


def may_link(actor: Member, referral: Referral) -> Verdict:
    """The sender's side gives passcodes and ends links, and nobody else."""
    if referral_policy.party_of(actor, referral) is not Party.SENDER:
        return deny("only_the_sender_gives_a_link")
    return ALLOW


def may_ask_for_agency(actor: Member) -> Verdict:
    """Whose administrators would decide on it is real; a made-up agency has nobody to ask."""
    if actor.space != REAL:
        return deny("not_in_practice")
    if actor.role != Role.SUPERVISOR:
        return deny("only_a_supervisor_may_do_this")
    return ALLOW


def may_decide(actor: Member) -> Verdict:
    return may(actor, Verb.REGISTER_AGENCY)


def is_live(link: Link, *, at: dt.datetime) -> bool:
    """Whether it leads anywhere: not ended, locked, lapsed or long unused, between two agencies that take
    part, the receiver still without an account."""
    referral = link.referral
    return (
        not link.is_done
        and at - link.used_at <= IDLE
        and referral.receiver.is_guest
        and both_take_part(referral)
    )


def both_take_part(referral: Referral) -> bool:
    """Whether a link to it could lead anywhere; else other help is to be found."""
    return referral.receiver.is_active and referral.sender.is_active


def is_in_use(link: Link, *, at: dt.datetime) -> bool:
    """Whether one browser has it and can go on with it."""
    return link.bound_at is not None and is_live(link, at=at)


def is_running(referral: Referral) -> bool:
    """Whether the receiver is asked or helps; of what has ended it reads only that, and how."""
    return referral.state in ASKED | TAKEN


def is_waited_for(referral: Referral) -> bool:
    """Whether the sender waits for a word of the receiver's: while it runs, and after a recall until
    somebody says to have read it."""
    unread = referral.recalled_at is not None and referral.recall_acknowledged_at is None
    return is_running(referral) or unread


def is_awake(link: Link, *, at: dt.datetime) -> bool:
    """Whether the passcode was shown, or a page looked at, a moment ago."""
    return link.awake_until is not None and at < link.awake_until


def state_of(link: Link, *, at: dt.datetime) -> State:
    """Where it stands, as the sender is told."""
    if link.ended_at is None and link.locked_at is not None:
        return State.LOCKED
    if not is_live(link, at=at) or not is_waited_for(link.referral):
        return State.ENDED
    if link.bound_at is not None:
        return State.BOUND
    return State.OPENED if link.opened_at is not None else State.SENT
