"""Who sees what of learning: a learner's own is the learner's alone, whatever anybody's role."""

from django.db.models import QuerySet

from agencies.models import Member
from agencies.roles import Role
from kernel.verdict import ALLOW, Verdict, deny
from learning.models import Certificate, Cohort, Refresher, Sitting

READERS = frozenset({Role.SUPERVISOR, Role.COORDINATOR})


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
