"""Who sees, asks, answers, hides and announces. Nothing else decides this."""

import datetime as dt

from django.db.models import Q, QuerySet

from agencies.models import REAL, Member
from agencies.roles import Role
from kernel.verdict import ALLOW, Verdict, deny
from network.models import Answer, Bulletin, Confirmation, FocalPoint, Question, Reach

NAMERS = frozenset({Role.AGENCY_ADMIN, Role.SUPERVISOR})
ANNOUNCERS = frozenset({Role.COORDINATOR, Role.AGENCY_ADMIN})


def is_inside(actor: Member) -> bool:
    """Whether somebody sits there: what stands for an agency without members reads and writes nothing,
    and no more does who is made up."""
    return actor.is_active and not actor.is_guest and actor.space == REAL


def questions_visible_to(actor: Member) -> QuerySet[Question]:
    """All that is not hidden; what is hidden the author sees, and the co-ordinator."""
    return _posts(Question.objects.select_related("agency", "by"), actor)


def answers_visible_to(actor: Member) -> QuerySet[Answer]:
    return _posts(Answer.objects.select_related("agency", "by"), actor)


def _posts(rows: QuerySet, actor: Member) -> QuerySet:  # type: ignore[type-arg]  # of either table
    if not is_inside(actor):
        return rows.none()
    if actor.role == Role.COORDINATOR:
        return rows
    return rows.filter(Q(hidden_at__isnull=True) | Q(by=actor))


def may_write(actor: Member) -> Verdict:
    if actor.space != REAL:
        return deny("not_in_practice")
    return ALLOW if is_inside(actor) else deny("guests_have_no_board")


def may_settle(actor: Member, question: Question) -> Verdict:
    """Close a question, or say which answer helped: whoever asked it; the co-ordinator may close any."""
    return ALLOW if question.by_id == actor.pk else deny("only_the_asker_may_do_this")


def may_close(actor: Member, question: Question) -> Verdict:
    return ALLOW if actor.role == Role.COORDINATOR else may_settle(actor, question)


def may_hide(actor: Member) -> Verdict:
    return ALLOW if actor.role == Role.COORDINATOR else deny("role_may_not_hide")


def focal_points_visible_to(actor: Member) -> QuerySet[FocalPoint]:
    """Everybody's who has said yes and is here; those who are asked, for themselves and for those of
    their agency who ask them. Whoever leaves is gone in the same moment."""
    rows = FocalPoint.objects.filter(
        member__is_active=True, member__is_guest=False, member__agency__is_active=True
    )
    if not is_inside(actor):
        return rows.none()
    seen = Q(agreed_at__isnull=False) | Q(member=actor)
    if actor.role in NAMERS:
        seen |= Q(member__agency=actor.agency_id)
    return rows.filter(seen)


def may_name(actor: Member, member: Member | None = None) -> Verdict:
    """An administrator or a supervisor, in the own agency."""
    inside = may_write(actor)
    if not inside:
        return inside
    if actor.role not in NAMERS:
        return deny("role_may_not_name")
    if member is None:
        return ALLOW
    return ALLOW if member.agency_id == actor.agency_id else deny("only_in_own_agency")


def may_agree(actor: Member, point: FocalPoint) -> Verdict:
    return ALLOW if point.member_id == actor.pk else deny("only_the_member_says_yes")


def may_end(actor: Member, point: FocalPoint) -> Verdict:
    return ALLOW if point.member_id == actor.pk else may_name(actor, point.member)


def reach_of(actor: Member) -> QuerySet[Reach]:
    """One's own; what others see of it comes with what they answer for."""
    return Reach.objects.filter(member=actor)


def bulletins_visible_to(actor: Member) -> QuerySet[Bulletin]:
    """What is for everybody, and for the own agency."""
    if not is_inside(actor):
        return Bulletin.objects.none()
    return Bulletin.objects.filter(Q(agency__isnull=True) | Q(agency=actor.agency_id))


def waiting_for(actor: Member, *, at: dt.datetime) -> QuerySet[Bulletin]:
    """What is not over, and what this member has not said to have read."""
    read = Confirmation.objects.filter(member=actor).values("bulletin")
    return bulletins_visible_to(actor).filter(ends_at__gt=at).exclude(pk__in=read)


def may_announce(actor: Member) -> Verdict:
    inside = may_write(actor)
    if not inside:
        return inside
    return ALLOW if actor.role in ANNOUNCERS else deny("role_may_not_announce")


def may_end_bulletin(actor: Member, bulletin: Bulletin) -> Verdict:
    """The co-ordinator what is for everybody, an agency's administrator what is for the agency."""
    mine = None if actor.role == Role.COORDINATOR else actor.agency_id
    if actor.role not in ANNOUNCERS or bulletin.agency_id != mine:
        return deny("role_may_not_announce")
    return ALLOW
