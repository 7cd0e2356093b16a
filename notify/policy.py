"""Whose notices, tasks and endpoints they are. Nothing else decides this."""

import uuid
from enum import StrEnum

from django.db.models import Q, QuerySet

from agencies.models import Member
from agencies.policy import in_space
from agencies.roles import CASEWORK, Role
from kernel.verdict import ALLOW, Verdict, deny
from notify.models import Announcement, Call, Delivery, Endpoint, Task


def notices_visible_to(actor: Member) -> QuerySet[Delivery]:
    return Delivery.objects.filter(member=actor, channel=Delivery.Channel.IN_APP)


def tasks_visible_to(actor: Member) -> QuerySet[Task]:
    """One's own tasks, those of one's role in the agency, and for a supervisor all of them."""
    mine = Q(assignee=actor) | Q(assignee__isnull=True, role=actor.role, agency=actor.agency)
    if actor.role == Role.SUPERVISOR:
        mine |= Q(agency=actor.agency, role__in=CASEWORK)
    return Task.objects.filter(mine)


class Verb(StrEnum):
    """What is done with an endpoint that is there."""

    SEE = "see"
    CHALLENGE = "challenge"
    VERIFY = "verify"
    ROLL = "roll"
    CHOOSE = "choose"
    PAUSE = "pause"
    RESUME = "resume"
    REPLAY = "replay"
    REMOVE = "remove"


# Whoever keeps the whole service may look, stop and take away; who is called is the agency's own matter.
BY_SYSTEM = frozenset({Verb.SEE, Verb.PAUSE, Verb.REMOVE})


def endpoints_visible_to(actor: Member) -> QuerySet[Endpoint]:
    """Those of one's own agency, and for system administrators all."""
    if actor.role == Role.SYSTEM_ADMIN:
        return Endpoint.objects.filter(in_space(actor, "agency"))
    return Endpoint.objects.filter(agency=actor.agency_id)


def may_list_endpoints(actor: Member) -> Verdict:
    known = actor.role in {Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN}
    return ALLOW if known else deny("role_may_not_see_endpoints")


def may_add(actor: Member) -> Verdict:
    return ALLOW if actor.role == Role.AGENCY_ADMIN else deny("role_may_not_add_endpoint")


def may(actor: Member, verb: Verb, endpoint: Endpoint) -> Verdict:
    if actor.role == Role.AGENCY_ADMIN and endpoint.agency_id == actor.agency_id:
        return ALLOW
    if actor.role == Role.SYSTEM_ADMIN and verb in BY_SYSTEM:
        return ALLOW
    return deny(f"role_may_not_{verb}_endpoint")


def calls_visible_to(actor: Member) -> QuerySet[Call]:
    """What was called, and how it went, in one's own agency; who of it may look says `may`."""
    return Call.objects.filter(endpoint__agency=actor.agency_id)


def announcements_visible_to(actor: Member) -> QuerySet[Announcement]:
    """What the systems of one's agency were told: numbers, which say nothing."""
    return Announcement.objects.filter(agency=actor.agency_id)


def number_of(text: str) -> uuid.UUID | None:
    """The number of an event or a call as somebody wrote it; what is none names nothing."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
