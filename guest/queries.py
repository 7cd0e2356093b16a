"""Reads of links: by what their holders show, and by referral."""

import datetime as dt

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from agencies.models import Member
from cases import access
from cases import policy as cases
from cases.models import Case, CaseAccess
from guest import policy
from guest.models import Link
from notify.models import Task
from referral.models import RECALLED, Referral
from referral.workflow import ASKED, TAKEN

# More links than any browser holds.
MOST = 50
# What the clock takes up at once; the rest waits for its next turn.
WATCHED = 500


def by_digest(digest: str) -> Link | None:
    """The link of this secret. Only who has said the digest to the wall finds it."""
    return _with_stand_in().filter(digest=digest).first()


def of_device(digest: str, code: str) -> Link | None:
    """The link of this code, if it is bound to this browser; likewise."""
    return _with_stand_in().filter(device=digest, code=code).first()


def all_of_device(digest: str, *, at: dt.datetime) -> list[Link]:
    """The links of this browser that lead somewhere, as far as their holder can see that before it
    stands for anybody; newest first."""
    rows = Link.objects.filter(
        device=digest,
        ended_at__isnull=True,
        locked_at__isnull=True,
        lapsed_at__isnull=True,
        used_at__gte=at - policy.IDLE,
        stand_in__is_active=True,
        stand_in__agency__is_active=True,
    )
    return list(rows.order_by("-pk")[:MOST])


def completed(link: Link, actor: Member, *, at: dt.datetime) -> Link | None:
    """The link with its referral and both agencies, if it leads anywhere now; `is_open` says whether
    anything of the case is open to who acts through it."""
    seen = cases.visible_to(actor).filter(pk=OuterRef("referral__case"))
    # The case may be open to the same agency by another referral, of which this link knows nothing.
    opened = CaseAccess.objects.filter(
        access.live(at), source=OuterRef("referral__code"), group__in=actor.principals
    )
    rows = with_sides(Link.objects.filter(pk=link.pk))
    rows = rows.annotate(is_open=Exists(seen) & Exists(opened))
    found = rows.first()
    return found if found is not None and policy.is_live(found, at=at) else None


def actor_of(link: Link) -> Member:
    """The stand-in as it acts through this link: rights and locks know the member, for the one
    referral alone; log and timeline name the link. It is never saved."""
    stand_in: Member = link.stand_in
    stand_in.username, stand_in.answers = link.code, link.referral_id
    return stand_in


def stand_in_of(agency_id: int) -> Member | None:
    """The member that stands for an agency without an account."""
    rows = Member.objects.select_related("agency")
    return rows.filter(agency=agency_id, is_guest=True, is_active=True).first()


def was_never_read(referral: Referral) -> bool:
    """Whether it went to who has no account, and nobody there has ever shown the passcode."""
    links = Link.objects.filter(referral=referral, bound_at__isnull=False)
    return referral.receiver.is_guest and not links.exists()


def lapsed(at: dt.datetime) -> list[str]:
    """The links that lead nowhere any more and of which nobody was told: long unused, or between
    agencies of which one takes no part."""
    gone = Q(referral__receiver__is_active=False) | Q(referral__sender__is_active=False)
    rows = Link.objects.filter(
        Q(used_at__lt=at - policy.IDLE) | gone,
        ended_at__isnull=True,
        locked_at__isnull=True,
        lapsed_at__isnull=True,
    )
    return list(rows.order_by("pk").values_list("code", flat=True)[:WATCHED])


def needless(task: str) -> list[str]:
    """The referrals for which another link is still to be given, and nobody waits for one, or it would
    lead nowhere."""
    asked = Task.objects.filter(kind=task, done_at__isnull=True).values("subject")
    full = ~Exists(
        Member.objects.filter(agency=OuterRef("receiver"), is_guest=True, is_active=True)
    )
    read = Exists(Link.objects.filter(referral=OuterRef("pk"), bound_at__isnull=False))
    over = ~(Q(state__in=ASKED | TAKEN) | (RECALLED & read))
    gone = Q(receiver__is_active=False) | Q(sender__is_active=False)
    rows = Referral.objects.filter(full | over | gone, code__in=asked)
    return list(rows.order_by("pk").values_list("code", flat=True)[:WATCHED])


def latest_of(referral: Referral) -> Link | None:
    """The link of a referral that runs, or the last one that it had."""
    return with_sides(Link.objects.filter(referral=referral)).order_by("-pk").first()


def live_of_agency(actor: Member) -> QuerySet[Link]:
    """What runs by links out of the cases that the actor sees, or was recalled and is not read yet;
    newest first."""
    waited_for = Referral.objects.filter(RECALLED | Q(state__in=ASKED | TAKEN))
    rows = policy.visible_to(actor).filter(ended_at__isnull=True, referral__in=waited_for)
    case = Case.objects.only("pk", "code")
    return with_sides(rows).prefetch_related(Prefetch("referral__case", queryset=case))


def with_sides(rows: QuerySet[Link]) -> QuerySet[Link]:
    return rows.select_related("referral__sender", "referral__receiver", "referral__service")


def _with_stand_in() -> QuerySet[Link]:
    return Link.objects.select_related("stand_in__agency")
