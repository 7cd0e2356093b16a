"""Who may see and move an identification. Nothing else decides this."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from agencies.models import REAL, Member
from agencies.roles import Role
from cases import access, apart
from cases import policy as case_policy
from cases.models import Case, CaseAccess
from cases.policy import Verb as CaseVerb
from cases.workflow import State as CaseState
from identification.models import (
    AnonymousNotice,
    Decision,
    Identification,
    Screening,
    Statement,
)
from identification.workflow import FLOW, ON_THE_DESK, Party, Verb
from kernel.groups import DataGroup
from kernel.verdict import ALLOW, Verdict, deny

# What an officer does stands in the case's timeline, too, and is no part in the asking.
AN_OFFICERS = frozenset(
    {"identification.decided", "identification.extend"}
    | {f"identification.{step.verb}" for step in FLOW.steps if step.party == Party.OFFICER}
)
# Which data group a part of the identification belongs to, for whoever is not its owner.
SCREENINGS, STATEMENTS = DataGroup.SCREENING, DataGroup.TRAFFICKING


def visible_to(actor: Member) -> QuerySet[Identification]:
    """Those of one's own cases, and those that lie on one's desk as an officer."""
    own = Q(Exists(case_policy.owned_and_visible_to(actor).filter(pk=OuterRef("case"))))
    return Identification.objects.filter(own | _on_the_desk_of(actor))


def queue_of(actor: Member) -> QuerySet[Identification]:
    """What lies on the desk of the officer's authority."""
    return Identification.objects.filter(_on_the_desk_of(actor))


def decisions_visible_to(actor: Member) -> QuerySet[Decision]:
    return Decision.objects.filter(identification__in=visible_to(actor))


def screenings_visible_to(
    actor: Member, case: Case, *, own: bool | None = None
) -> QuerySet[Screening]:
    """The owner's side sees all; whoever has the group sees what was submitted. `own` spares the
    look-up where it was made."""
    if case_policy.is_own(actor, case) if own is None else own:
        return Screening.objects.filter(case=case)
    if SCREENINGS in case_policy.groups(actor, case):
        return Screening.objects.filter(case=case, state="submitted")
    return Screening.objects.none()


def own_screenings(actor: Member) -> QuerySet[Screening]:
    """Screenings of cases that the actor sees at all; which of them, the case decides."""
    return Screening.objects.filter(case__in=case_policy.visible_to(actor))


def statements_visible_to(
    actor: Member, case: Case, *, own: bool | None = None
) -> QuerySet[Statement]:
    mine = case_policy.is_own(actor, case) if own is None else own
    if mine or STATEMENTS in case_policy.groups(actor, case):
        return Statement.objects.filter(case=case)
    return Statement.objects.none()


def notices_visible_to(actor: Member) -> QuerySet[AnonymousNotice]:
    """Anonymous notices are for those who decide and for the co-ordinator; all of them are real."""
    if actor.space != REAL:
        return AnonymousNotice.objects.none()
    if actor.role in {Role.IDENTIFICATION_OFFICER, Role.COORDINATOR}:
        return AnonymousNotice.objects.all()
    return AnonymousNotice.objects.none()


def may_publish(actor: Member) -> Verdict:
    return ALLOW if actor.role == Role.SYSTEM_ADMIN else deny("role_may_not_publish")


def sees(
    actor: Member, identification: Identification, *, rows: list[CaseAccess] | None = None
) -> bool:
    """The owner's side, and an officer on whose desk it lies under a consent that holds. `rows`
    spares a look-up already made of why the actor sees the case."""
    found = case_policy.reasons(actor, identification.case) if rows is None else rows
    why = {row.because for row in found}
    if not why.isdisjoint(case_policy.OWN):
        return True
    return _is_officer(actor, identification) and CaseAccess.Because.SUBMITTED in why


def party_of(actor: Member, identification: Identification) -> Party | None:
    """On which side the actor stands; None for everybody else."""
    if _is_officer(actor, identification):
        return Party.OFFICER
    if case_policy.is_own(actor, identification.case):
        return Party.WORKER
    return None


def may(actor: Member, verb: Verb, identification: Identification) -> Verdict:
    """Whether the actor is the party that makes this move; the workflow says from where."""
    wanted = FLOW.party(verb)
    if wanted == Party.OFFICER:
        if not _is_officer(actor, identification):
            return deny("only_an_officer_decides")
        if identification.case.state == CaseState.CLOSED:
            return deny("case_is_closed")
        return may_judge(actor, identification)
    return case_policy.may(actor, CaseVerb.IDENTIFY, identification.case)


def may_fill_in(actor: Member, screening: Screening, *, also: str = "") -> Verdict:
    """A form that was begun is filled in by who asks the questions; `also` names a role beside."""
    if screening.interviewer_id != actor.pk and actor.role != also:
        return deny("only_the_interviewer_writes")
    return ALLOW


def may_judge(actor: Member, identification: Identification) -> Verdict:
    """Four eyes: whoever has asked, written down, submitted or worked the case does not decide."""
    case = identification.case
    worked = actor.pk in {identification.submitted_by_id, case.worker_id}
    if worked or _had_a_hand(actor, case):
        return deny("decider_was_the_interviewer")
    if _reconsiders_own(actor, identification):
        return deny("reconsidered_by_another")
    return ALLOW


def _had_a_hand(actor: Member, case: Case) -> bool:
    """One question for all three ways of having taken part."""
    asked = Screening.objects.filter(case=case, interviewer=actor).values("pk")
    wrote = Statement.objects.filter(case=case, written_by=actor).values("pk")
    acted = case.timeline.filter(actor=actor.username).exclude(event__in=AN_OFFICERS)
    return asked.union(wrote, acted.values("pk"), all=True).exists()


def _reconsiders_own(actor: Member, identification: Identification) -> bool:
    # Where a no is looked at again, it is not looked at by who said it, to the very end.
    return identification.decisions.filter(result="negative", decided_by=actor).exists()


def _is_officer(actor: Member, identification: Identification) -> bool:
    return (
        actor.role == Role.IDENTIFICATION_OFFICER
        and actor.agency_id == identification.authority_id
        and identification.state in ON_THE_DESK
    )


def _on_the_desk_of(actor: Member) -> Q:
    if actor.role != Role.IDENTIFICATION_OFFICER:
        return Q(pk__in=[])
    opened = CaseAccess.objects.filter(
        access.live(timezone.now()),
        content_object=OuterRef("case"),
        group__in=actor.principals,
        because=CaseAccess.Because.SUBMITTED,
    )
    opened = opened.exclude(apart.unseen(actor, "content_object"))
    return Q(Exists(opened), authority=actor.agency_id, state__in=ON_THE_DESK)
