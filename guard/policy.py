"""Who may break the glass, who looks at it afterwards, who reaches the person. Nothing else
decides this."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from agencies.models import REAL, Member
from agencies.policy import in_space
from agencies.roles import CASEWORK, Role
from cases import apart
from cases import policy as case_policy
from cases.models import Case, CaseAccess
from guard.models import BreakGlass, Contact, GlassRight
from kernel.groups import DataGroup
from kernel.verdict import ALLOW, Verdict, deny

# Who sees how to reach the person, and is not the one to do it.
AT_A_DISTANCE = frozenset({CaseAccess.Because.BREAK_GLASS, CaseAccess.Because.SUBMITTED})


def may_break(actor: Member) -> Verdict:
    """A role that works with cases, of an agency at work, and a right that is not suspended. What
    is made up has nobody to look at it afterwards."""
    if actor.space != REAL:
        return deny("not_in_practice")
    if Role(actor.role) not in CASEWORK or not actor.is_active or not actor.agency.is_active:
        return deny("role_may_not_break_glass")
    if GlassRight.objects.filter(member=actor).exists():
        return deny("break_glass_is_suspended")
    return ALLOW


def visible_to(actor: Member) -> QuerySet[BreakGlass]:
    """One's own; for supervisors those of their agency and of its cases; for data protection
    all."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return BreakGlass.objects.filter(in_space(actor, "agency"))
    mine = Q(by=actor)
    if actor.role == Role.SUPERVISOR:
        # Not by a join: of a use by one's own agency the case itself may be out of reach.
        our_case = Case.objects.filter(pk=OuterRef("case"), owner=actor.agency_id)
        of_ours = Q(agency=actor.agency_id) | Q(Exists(our_case))
        mine |= of_ours & ~Q(apart.unseen(actor, "case"))
    return BreakGlass.objects.filter(mine)


def reviewed_by(actor: Member) -> QuerySet[BreakGlass]:
    """What the actor may look at as somebody who was not part of it."""
    found = visible_to(actor).exclude(by=actor).exclude(second__decided_by=actor)
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return found
    if actor.role == Role.SUPERVISOR:
        return found.filter(case__owner=actor.agency_id)
    return found.none()


def may_review(actor: Member, use: BreakGlass) -> Verdict:
    if use.by_id == actor.pk or (use.second and use.second.decided_by_id == actor.pk):
        return deny("reviewed_by_another")
    if not reviewed_by(actor).filter(pk=use.pk).exists():
        return deny("role_may_not_review_break_glass")
    return ALLOW


def suspended_visible_to(actor: Member) -> QuerySet[GlassRight]:
    """Who has lost the right, for data protection; for supervisors those of their agency."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return GlassRight.objects.filter(in_space(actor, "member__agency"))
    if actor.role == Role.SUPERVISOR:
        return GlassRight.objects.filter(member__agency=actor.agency_id)
    return GlassRight.objects.none()


def may_reach(
    actor: Member, case: Case, *, rows: Iterable[CaseAccess] | None = None
) -> Verdict:
    """Whoever has the plan for safe contact in front of them as a worker on the case or of an
    agency that helps; never who only broke the glass. `rows` spares a look-up already made."""
    rows = [
        row
        for row in (case_policy.reasons(actor, case) if rows is None else rows)
        if row.because not in AT_A_DISTANCE and DataGroup.CONTACT in row.scope
    ]
    if not rows or Role(actor.role) not in CASEWORK:
        return deny("contact_plan_not_open")
    return ALLOW


def contacts_visible_to(actor: Member) -> QuerySet[Contact]:
    """The owner's side sees every contact of its cases, others those of their own agency, as
    long as they see the case."""
    owners = Q(case__in=case_policy.owned_and_visible_to(actor))
    theirs = Q(agency=actor.agency_id, case__in=case_policy.visible_to(actor))
    return Contact.objects.filter(owners | theirs)
