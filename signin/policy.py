"""Who may end another's sessions and keys, and who takes part when somebody has lost a factor."""

from django.db.models import Q, QuerySet

from agencies.models import Member
from agencies.policy import ADMINS, members_visible_to
from agencies.roles import Role
from kernel.verdict import ALLOW, Verdict, deny
from signin.models import FactorReset

# Who watches over the accounts of an agency; a system administrator over those of all.
WATCHERS = frozenset({Role.SUPERVISOR, Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN})


def watched_by(actor: Member) -> QuerySet[Member]:
    """The members whose sessions and keys the actor may see and end."""
    if actor.role not in WATCHERS:
        return Member.objects.none()
    return members_visible_to(actor)


def resets_visible_to(actor: Member) -> QuerySet[FactorReset]:
    """Those of one's own; for who watches over accounts also those of their members."""
    theirs = Q(member=actor)
    if actor.role in WATCHERS:
        theirs |= Q(member__in=members_visible_to(actor))
    return FactorReset.objects.filter(theirs)


def may_ask_reset(actor: Member, member: Member) -> Verdict:
    if actor.role not in ADMINS:
        return deny("role_may_not_reset_factors")
    if actor.role != Role.SYSTEM_ADMIN and actor.agency_id != member.agency_id:
        return deny("only_in_own_agency")
    return deny("not_for_oneself") if actor.pk == member.pk else ALLOW


def may_approve_reset(actor: Member, reset: FactorReset) -> Verdict:
    """Somebody else than who asked, and than whom it is about."""
    if actor.role not in WATCHERS:
        return deny("role_may_not_reset_factors")
    if actor.role != Role.SYSTEM_ADMIN and actor.agency_id != reset.member.agency_id:
        return deny("only_in_own_agency")
    if actor.pk == reset.member_id:
        return deny("not_for_oneself")
    return deny("a_second_person_decides") if actor.pk == reset.asked_by_id else ALLOW
