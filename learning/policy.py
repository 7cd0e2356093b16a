"""Who sees what of learning: a learner's own is the learner's alone, whatever anybody's role."""

from django.db.models import QuerySet

from agencies.models import REAL, Member
from agencies.roles import Role
from kernel.verdict import ALLOW, Verdict, deny
from learning.models import Certificate, Cohort, Due, DueCount, Refresher, Signature, Sitting

READERS = frozenset({Role.SUPERVISOR, Role.COORDINATOR})
# Who sees by name who is due, in their own agency.
WATCHERS = frozenset({Role.SUPERVISOR, Role.AGENCY_ADMIN})


def sittings_visible_to(actor: Member) -> QuerySet[Sitting]:
    return Sitting.objects.filter(member=actor)


def refreshers_visible_to(actor: Member) -> QuerySet[Refresher]:
    return Refresher.objects.filter(member=actor)


def certificates_visible_to(actor: Member) -> QuerySet[Certificate]:
    return Certificate.objects.filter(member=actor)


def may_see_gains(actor: Member) -> Verdict:
    return ALLOW if Role(actor.role) in READERS else deny("role_may_not_see_gains")


def cohorts_visible_to(actor: Member) -> QuerySet[Cohort]:
    """For supervisors those of their agency, for the co-ordinator all."""
    if not may_see_gains(actor):
        return Cohort.objects.none()
    found = Cohort.objects.select_related("agency")
    return found if actor.role == Role.COORDINATOR else found.filter(agency=actor.agency_id)


def signatures_visible_to(actor: Member) -> QuerySet[Signature]:
    return Signature.objects.filter(member=actor)


def may_see_due(actor: Member) -> Verdict:
    """The own agency's, by name and without any number of how well."""
    return ALLOW if Role(actor.role) in WATCHERS else deny("role_may_not_see_due")


def due_visible_to(actor: Member) -> QuerySet[Due]:
    """One's own; for supervisors and administrators those of their agency who are still there."""
    if not may_see_due(actor):
        return Due.objects.filter(member=actor)
    found = Due.objects.filter(member__agency=actor.agency_id, member__is_active=True)
    return found.select_related("member")


def may_see_due_counts(actor: Member) -> Verdict:
    return ALLOW if actor.role == Role.COORDINATOR else deny("role_may_not_see_due")


def due_counts_visible_to(actor: Member) -> QuerySet[DueCount]:
    if not may_see_due_counts(actor) or actor.space != REAL:
        return DueCount.objects.none()
    return DueCount.objects.select_related("agency")
