"""A member leaves: their access ends and their open work goes to the supervisor, at once."""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet

from agencies import actions as agencies
from agencies import policy
from agencies.models import Member
from agencies.policy import Verb
from agencies.roles import CASEWORK, Role
from cases import queries
from cases.actions import lifecycle
from cases.models import Case
from notify import ladder, ledger, outbox
from notify.audience import To
from notify.models import Task
from notify.notices import Kind
from referral.actions.moving import locked, reopen, save
from referral.models import Referral
from referral.workflow import ASKED, TAKEN


@transaction.atomic
def leave(*, member: Member, by: Member, at: dt.datetime) -> Member:
    """One transaction, so that no moment exists in which work or access hangs on the leaver.

    Work is taken before the member is held, in the order in which others hold both, and once
    more afterwards for what was given to them in between; from then on nobody can give more.
    """
    policy.may(by, Verb.CHANGE_MEMBER, member.agency).require()
    _release(member, by=by, at=at)
    agencies.deactivate(member=member, by=by, at=at)
    _release(member, by=by, at=at)
    Task.objects.filter(assignee=member, done_at__isnull=True).update(
        assignee=None, role=Role.SUPERVISOR
    )
    return member


@transaction.atomic
def change_role(
    *, member: Member, role: Role, seconder: Member | None = None, by: Member, at: dt.datetime
) -> Member:
    """Another role; with one that does not work with cases, open work goes to the supervisor, in
    the order in which `leave` takes it."""
    policy.may(by, Verb.CHANGE_MEMBER, member.agency).require()
    if role in CASEWORK:
        return agencies.change_role(member=member, role=role, by=by)
    _release(member, by=by, at=at)
    changed = agencies.change_role(member=member, role=role, seconder=seconder, by=by)
    _release(changed, by=by, at=at)
    return changed


def _release(member: Member, *, by: Member, at: dt.datetime) -> None:
    """Take all that is the member's. Every case that it is about is held first, in one order:
    those who leave two agencies may have worked on the same cases."""
    queries.open_to_administrator(member)
    theirs = Q(worker=member) | Q(pk__in=_given_to(member).values("case"))
    held = queries.hold_cases(Case.objects.filter(theirs))
    lifecycle.release_all(worker=member, held=held, by=by, at=at)
    _release_referrals(member, held, at=at)
    ladder.release(member=member)


def _given_to(member: Member) -> QuerySet[Referral]:
    return Referral.objects.filter(
        Q(assignee=member) | Q(contact=member), state__in=ASKED | TAKEN
    )


def _release_referrals(member: Member, held: list[int], *, at: dt.datetime) -> None:
    given = _given_to(member).filter(case__in=held)
    for code in given.order_by("pk").values_list("code", flat=True):
        referral = locked(code, hold_consents=True)
        save(
            referral,
            assignee=None if referral.assignee_id == member.pk else referral.assignee,
            contact=None if referral.contact_id == member.pk else referral.contact,
        )
        reopen(referral, at=at)
        ledger.set_task(
            "name_contact",
            subject=referral.code,
            agency=referral.receiver,
            role=Role.SUPERVISOR,
            at=at,
        )
        outbox.publish(
            Kind.TASK_SET, subject=referral.code, to=To(Role.SUPERVISOR, referral.receiver),
            at=at,
        )  # fmt: skip
