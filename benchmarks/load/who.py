"""Who works in the land: members drawn by kind of agency and role, each with a way in.

What the land lacks for work is made whole first: protocols in force, and addresses for mails.
"""

import datetime as dt
import random
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils import timezone

from agencies import actions
from agencies.models import Agency, Member, Service
from agencies.roles import Role
from audit import log
from benchmarks import shape
from edge import stepup
from signin import entering

SETUP = log.Machine("set-up")
OTHER = "other"
# Of a hundred members: in which kind of agency, and in which role.
KINDS = (("large", 20), ("middle", 8), ("small", 2), ("dormant", 2), (OTHER, 68))
ROLES = ((Role.SOCIAL_WORKER, 60), (Role.FOCAL_POINT, 20), (Role.SUPERVISOR, 20))
MAIL = "safehand.invalid"
TOKEN_LASTS = dt.timedelta(days=2)
PROTOCOL_LASTS = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Worker:
    """A member with a token of the API and a session of the pages."""

    username: str
    role: str
    kind: str
    agency: str
    # The service by which this agency is asked.
    service: str
    token: str
    cookie: str


def drawn(number: int, dice: random.Random) -> list[tuple[str, Member]]:
    """So many members with the kind of their agency; where a kind has none left, of the others."""
    pool: dict[tuple[str, str], list[Member]] = {}
    ranks = {f"Bench {rank:03}": kind for kind, rank in shape.KINDS.items()}
    rows = Member.objects.filter(agency__name__startswith="Bench", is_active=True)
    for member in rows.select_related("agency").order_by("pk"):
        kind = ranks.get(member.agency.name, OTHER)
        pool.setdefault((kind, member.role), []).append(member)
    for members in pool.values():
        dice.shuffle(members)
    found = []
    for _ in range(number):
        kind, role = shape.drawn(dice, KINDS), shape.drawn(dice, ROLES)
        kind = kind if pool.get((kind, role)) else OTHER
        found.append((kind, pool[kind, role].pop()))
    return found


def prepared(number: int, dice: random.Random) -> list[Worker]:
    """The members drawn, each with a way in, in a land where they can work."""
    found = drawn(number, dice)
    at = timezone.now()
    with transaction.atomic():
        _make_whole([member for _, member in found], at=at)
    services = dict(Service.objects.values_list("agency", "code"))
    with transaction.atomic():
        return [
            Worker(
                username=member.username,
                role=member.role,
                kind=kind,
                agency=member.agency.code,
                service=services[member.agency_id],
                token=_token(member, at=at),
                cookie=_cookie(member, at=at),
            )
            for kind, member in found
        ]


def _make_whole(members: list[Member], *, at: dt.datetime) -> None:
    today = at.date()
    Agency.objects.filter(protocol_signed_on__isnull=True).update(
        protocol_signed_on=today, protocol_signed_until=today + PROTOCOL_LASTS
    )
    Member.objects.filter(pk__in=[member.pk for member in members], email="").update(
        email=Concat(F("username"), Value(f"@{MAIL}"))
    )


def _token(member: Member, *, at: dt.datetime) -> str:
    _, secret = actions.issue_token(
        member=member,
        label="work in the land",
        scopes=["read", "write"],
        lasts=TOKEN_LASTS,
        by=SETUP,
        at=at,
    )
    return secret


def _cookie(member: Member, *, at: dt.datetime) -> str:
    """A session in which a second factor was shown a moment ago."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    entering.enter(request, member, stepup.CODE, at=at)
    return f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}"
