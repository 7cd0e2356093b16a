"""Whose notices and tasks they are. Nothing else decides this."""

from django.db.models import Q, QuerySet

from agencies.models import Member
from agencies.roles import CASEWORK, Role
from notify.models import Delivery, Task


def notices_visible_to(actor: Member) -> QuerySet[Delivery]:
    return Delivery.objects.filter(member=actor, channel=Delivery.Channel.IN_APP)


def tasks_visible_to(actor: Member) -> QuerySet[Task]:
    """One's own tasks, those of one's role in the agency, and for a supervisor all of them."""
    mine = Q(assignee=actor) | Q(assignee__isnull=True, role=actor.role, agency=actor.agency)
    if actor.role == Role.SUPERVISOR:
        mine |= Q(agency=actor.agency, role__in=CASEWORK)
    return Task.objects.filter(mine)
