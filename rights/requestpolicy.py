"""Who sees what a person has asked for, and who may do something about it. Nothing else decides this."""

from django.db.models import QuerySet

from agencies.models import Member
from agencies.policy import in_space
from agencies.roles import Role
from cases import policy as case_policy
from cases.models import Case
from kernel.verdict import ALLOW, Verdict, deny
from rights.requestflow import FLOW, RUNNING, SAFE, Kind, Party, State, Verb
from rights.requestmodels import SubjectRequest

# What is done to a request without moving it.
SAFETY, EXTEND, PACK = "safety", "extend", "pack"
Why = dict[str, str]


def visible_to(actor: Member) -> QuerySet[SubjectRequest]:
    """Those of one's own cases; a data protection officer sees all, as codes, dates and states."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return SubjectRequest.objects.filter(in_space(actor, "case__owner"))
    return SubjectRequest.objects.filter(case__in=case_policy.owned_and_visible_to(actor))


def may_record(actor: Member, case: Case, *, own: bool | None = None) -> Verdict:
    """The owner's side writes it down, also when the case is closed: the right outlives the work."""
    own = case_policy.is_own(actor, case) if own is None else own
    return ALLOW if own else deny("only_the_owner_may_do_this")


def may_move(actor: Member, verb: Verb, case: Case, *, own: bool | None = None) -> Verdict:
    """Whether the actor makes this move; refusing a right is for a supervisor."""
    if not (verdict := may_record(actor, case, own=own)):
        return verdict
    if FLOW.party(verb) == Party.SUPERVISOR and actor.role != Role.SUPERVISOR:
        return deny("only_a_supervisor_may_do_this")
    return ALLOW


def handing_over(request: SubjectRequest) -> Verdict:
    """Whether anything may be handed over now: it is certain who asks, and they were free to."""
    if request.state not in RUNNING:
        return deny("request_has_ended")
    if request.state != State.IDENTITY_CONFIRMED:
        return deny("identity_not_confirmed")
    if not request.safety:
        return deny("safety_was_not_asked")
    return ALLOW if request.safety in SAFE else deny("not_safe_to_answer")


def may_pack(request: SubjectRequest) -> Verdict:
    """Whether what is kept may be shown for this request now."""
    if request.kind != Kind.ACCESS:
        return deny("not_a_request_for_access")
    if not request.case.person.ring_key:
        return deny("person_was_erased")
    return handing_over(request)


def deeds(actor: Member, request: SubjectRequest, *, own: bool) -> tuple[list[str], Why]:
    """What the actor may do about the request now, and for the rest why not, as codes."""
    state, why = State(request.state), Why()
    for verb in Verb:
        verdict = may_move(actor, verb, request.case, own=own)
        why[verb] = verdict.reason
        if verdict and verb not in FLOW.verbs_from(state):
            why[verb] = f"cannot_{verb}_when_{state}"
    ended = "" if state in RUNNING else "request_has_ended"
    mine = may_record(actor, request.case, own=own).reason
    why[SAFETY] = mine or ended
    why[EXTEND] = mine or ended or ("request_is_extended" if request.extended_at else "")
    why[Verb.ANSWER] = why[Verb.ANSWER] or handing_over(request).reason
    why[PACK] = mine or may_pack(request).reason
    return [deed for deed in why if not why[deed]], {deed: w for deed, w in why.items() if w}
