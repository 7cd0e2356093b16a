"""Who sees a two-person act, who may ask for it, who may approve it. Nothing else decides this."""

from django.db.models import Q, QuerySet

from agencies.models import Member
from agencies.policy import in_space
from agencies.roles import Role
from kernel.verdict import ALLOW, Verdict, deny
from seconding.acts import ACTS
from seconding.models import TwoPersonAct

State = TwoPersonAct.State


def visible_to(actor: Member) -> QuerySet[TwoPersonAct]:
    """What the actor asked for or decided on, and what the actor might approve."""
    mine = Q(asked_by=actor) | Q(decided_by=actor)
    return TwoPersonAct.objects.filter(mine | _might_approve(actor))


def waiting_for(actor: Member) -> QuerySet[TwoPersonAct]:
    """What waits for a second person such as the actor."""
    waiting = TwoPersonAct.objects.filter(_might_approve(actor), state=State.ASKED)
    return waiting.exclude(asked_by=actor)


def _might_approve(actor: Member) -> Q:
    role = Role(actor.role)
    anywhere = [name for name, act in ACTS.items() if role in act.approves and not act.at_home]
    at_home = [name for name, act in ACTS.items() if role in act.approves and act.at_home]
    here = in_space(actor, "agency")
    return (here & Q(act__in=anywhere)) | Q(act__in=at_home, agency=actor.agency_id)


def may_ask(actor: Member, act: str) -> Verdict:
    return ALLOW if Role(actor.role) in ACTS[act].asks else deny("role_may_not_ask_this")


def may_decide(actor: Member, request: TwoPersonAct) -> Verdict:
    """Never the asker; somebody of the right role, active now, and where it matters at home."""
    act = ACTS[request.act]
    if request.asked_by_id == actor.pk:
        return deny("a_second_person_decides")
    if not actor.is_active or Role(actor.role) not in act.approves:
        return deny("not_the_second_person")
    if act.at_home and actor.agency_id != request.agency_id:
        return deny("not_the_second_person")
    if actor.space != request.agency.space:
        return deny("not_the_second_person")
    return ALLOW


def seconders_of(act: str, asker: Member) -> QuerySet[Member]:
    """Everybody who could approve what this member asks for."""
    able = Member.objects.filter(
        in_space(asker, "agency"), is_active=True, role__in=ACTS[act].approves
    )
    if ACTS[act].at_home:
        able = able.filter(agency=asker.agency_id)
    return able.exclude(pk=asker.pk)
