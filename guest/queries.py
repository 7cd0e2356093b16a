"""Reads of links: by what their holders show, and by referral."""

import datetime as dt

from django.db.models import Prefetch, QuerySet

from agencies.models import Member
from cases.models import Case
from guest import policy
from guest.models import Link
from referral.models import Referral
from referral.workflow import ASKED, TAKEN


def with_sides(rows: QuerySet[Link]) -> QuerySet[Link]:
    return rows.select_related("referral__sender", "referral__receiver", "referral__service")


def by_digest(digest: str) -> Link | None:
    """The link of this secret. Only who has said the digest to the wall finds it."""
    return Link.objects.filter(digest=digest).first()


def of_device(digest: str) -> list[Link]:
    """The links that are bound to this browser, newest first."""
    return list(Link.objects.filter(device=digest).order_by("-pk")[:50])


def completed(link: Link, *, at: dt.datetime) -> Link | None:
    """The link with its referral and both agencies, if it leads anywhere now."""
    found = with_sides(Link.objects.filter(pk=link.pk)).first()
    return found if found is not None and policy.is_live(found, at=at) else None


def stand_in_of(agency_id: int) -> Member | None:
    """The member that stands for an agency without an account."""
    rows = Member.objects.select_related("agency")
    return rows.filter(agency=agency_id, is_guest=True, is_active=True).first()


def actor_of(link: Link) -> Member | None:
    """The stand-in as it acts through this link: rights and locks know the member, log and timeline
    name the link. It is never saved."""
    found = stand_in_of(link.receiver_id)
    if found is not None:
        found.username = link.code
    return found


def latest_of(referral: Referral) -> Link | None:
    """The link of a referral that runs, or the last one that it had."""
    return with_sides(Link.objects.filter(referral=referral)).order_by("-pk").first()


def live_of_agency(actor: Member) -> QuerySet[Link]:
    """What runs by links out of the cases that the actor sees, newest first."""
    rows = policy.visible_to(actor).filter(
        ended_at__isnull=True, referral__state__in=ASKED | TAKEN
    )
    case = Case.objects.only("pk", "code")
    return with_sides(rows).prefetch_related(Prefetch("referral__case", queryset=case))
