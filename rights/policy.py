"""Who sees and decides what becomes of records in the end. Nothing else decides this."""

from django.db.models import Exists, OuterRef, QuerySet

from agencies.models import REAL, Member
from agencies.policy import in_space
from agencies.roles import Role
from cases import policy as case_policy
from custody.models import Tombstone
from kernel.verdict import ALLOW, Verdict, deny
from referral.models import Referral
from rights.models import Batch, Demand
from rights.workflow import BATCH, BatchState, BatchVerb, Party

# Whoever answers for an agency when it is asked to erase what it was shown.
ANSWERS = frozenset({Role.FOCAL_POINT, Role.SUPERVISOR, Role.IDENTIFICATION_OFFICER})


def batches_visible_to(actor: Member) -> QuerySet[Batch]:
    """Those of the supervisor's own agency; to data protection all."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return Batch.objects.filter(in_space(actor, "agency"))
    if actor.role == Role.SUPERVISOR:
        return Batch.objects.filter(agency=actor.agency_id)
    return Batch.objects.none()


def may_propose(actor: Member) -> Verdict:
    """Who may propose somebody who asked for it: see cases.policy.holdable_by for whom."""
    if actor.space != REAL:
        return deny("not_in_practice")
    return ALLOW if Role(actor.role) in case_policy.ERASES else deny("role_may_not_erase")


def may_decide(actor: Member, verb: BatchVerb, batch: Batch) -> Verdict:
    """A supervisor of the agency agrees, or data protection in their place; then data protection
    approves, in a second person. Either refuses."""
    officer = actor.role == Role.DATA_PROTECTION_OFFICER
    boss = actor.role == Role.SUPERVISOR and actor.agency_id == batch.agency_id
    if not officer and not (boss and BATCH.party(verb) == Party.AGENCY):
        return deny("role_may_not_erase")
    if verb == BatchVerb.APPROVE and batch.agreed_by_id == actor.pk:
        return deny("a_second_person_decides")
    return ALLOW


def may_keep_back(actor: Member, batch: Batch) -> Verdict:
    """Until it is approved, either of the two may keep somebody back."""
    if batch.state not in {BatchState.PROPOSED, BatchState.AGREED}:
        return deny("batch_is_decided")
    return may_decide(actor, BatchVerb.REFUSE, batch)


def verbs_of(actor: Member, batch: Batch) -> list[BatchVerb]:
    """What the actor may do with the batch now."""
    possible = BATCH.verbs_from(BatchState(batch.state))
    by_people = [verb for verb in BatchVerb if verb != BatchVerb.FINISH and verb in possible]
    return [verb for verb in by_people if may_decide(actor, verb, batch)]


def demands_visible_to(actor: Member) -> QuerySet[Demand]:
    """Those that the actor's agency is asked; those of one's own cases; to data protection all."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return Demand.objects.filter(in_space(actor, "agency"))
    asked = demands_to(actor)
    if actor.role != Role.SUPERVISOR:
        return asked
    own = Demand.objects.filter(case__in=case_policy.owned_and_visible_to(actor))
    return asked | own


def demands_to(actor: Member) -> QuerySet[Demand]:
    """What the actor answers for their agency."""
    if Role(actor.role) not in ANSWERS:
        return Demand.objects.none()
    asked = Demand.objects.filter(agency=actor.agency_id)
    if not actor.is_guest:
        return asked
    # Who came by a link knows of the person of that referral alone.
    mine = Referral.objects.filter(pk=actor.answers or 0)
    return asked.filter(case__in=mine.values("case"))


def may_answer(actor: Member, demand: Demand) -> Verdict:
    if Role(actor.role) not in ANSWERS or demand.agency_id != actor.agency_id:
        return deny("only_the_asked_agency_answers")
    return ALLOW


def stones_visible_to(actor: Member) -> QuerySet[Tombstone]:
    """Who was erased: to data protection all, to supervisors those of their agency. Nobody who is
    made up is erased: they are wiped."""
    if actor.space != REAL:
        return Tombstone.objects.none()
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return Tombstone.objects.all()
    if actor.role != Role.SUPERVISOR:
        return Tombstone.objects.none()
    own = case_policy.owned_and_visible_to(actor)
    return Tombstone.objects.filter(Exists(own.filter(person__uid=OuterRef("person_uid"))))
