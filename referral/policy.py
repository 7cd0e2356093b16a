"""Who may see a referral, how much of it, and who may move it. Nothing else decides this."""

from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from agencies.models import Member
from agencies.roles import CASEWORK, Role
from cases import apart
from cases import policy as case_policy
from identification import policy as identification
from kernel.verdict import ALLOW, Verdict, deny
from referral.models import CaseRequest, Onward, Referral, Transfer
from referral.workflow import ASKED, FLOW, TAKEN, Party, State, Verb

INBOX = frozenset({Role.FOCAL_POINT, Role.SUPERVISOR})
ACCEPTED = frozenset({State.ACCEPTED})


class Act(StrEnum):
    """What can be done to a referral without moving it."""

    ASSIGN = "assign"
    PLAN_HANDOVER = "plan_handover"
    CONFIRM_HANDOVER = "confirm_handover"
    LOG_ATTEMPT = "log_attempt"
    MESSAGE = "message"
    ACKNOWLEDGE_RECALL = "acknowledge_recall"
    SEE_DISCLOSURE = "see_disclosure"
    SEE_ALTERNATIVES = "see_alternatives"
    PROPOSE_ONWARD = "propose_onward"


SENT_ONCE = frozenset(State) - {State.DRAFT}
WITHOUT_HELP = frozenset({State.DECLINED, State.EXPIRED, State.NOT_REACHED, State.WITHDRAWN})
# Which side may do it, and in which states.
ACTS: dict[Act, dict[Party, frozenset[State]]] = {
    Act.ASSIGN: {Party.RECEIVER: ASKED | TAKEN},
    Act.PLAN_HANDOVER: {Party.SENDER: ACCEPTED, Party.RECEIVER: ACCEPTED},
    Act.CONFIRM_HANDOVER: {Party.SENDER: ACCEPTED, Party.RECEIVER: ACCEPTED},
    Act.LOG_ATTEMPT: {Party.RECEIVER: TAKEN},
    Act.MESSAGE: {Party.SENDER: ASKED | TAKEN, Party.RECEIVER: ASKED | TAKEN},
    Act.ACKNOWLEDGE_RECALL: {Party.RECEIVER: frozenset({State.WITHDRAWN})},
    # The sender keeps its receipt; the receiver sees it while it helps, and never afterwards.
    Act.SEE_DISCLOSURE: {Party.SENDER: SENT_ONCE, Party.RECEIVER: TAKEN},
    # Help runs or has just ended; the person's way on is not proposed by somebody long gone.
    Act.PROPOSE_ONWARD: {Party.RECEIVER: TAKEN | {State.COMPLETED}},
    Act.SEE_ALTERNATIVES: {Party.SENDER: ASKED | WITHOUT_HELP | {State.DRAFT}},
}


def visible_to(actor: Member) -> QuerySet[Referral]:
    """What the actor's agency was sent, for those of its inbox, and what went out of cases
    that the actor sees."""
    if Role(actor.role) not in CASEWORK:
        return Referral.objects.none()
    return Referral.objects.filter(received_by(actor) | sent_from_cases_of(actor))


def received_by(actor: Member) -> Q:
    received = Q(receiver=actor.agency_id, sent_at__isnull=False) & ~Q(
        apart.unseen(actor, "case")
    )
    if actor.is_guest:
        return received & Q(pk=actor.answers or 0)
    if Role(actor.role) in INBOX:
        return received
    return received & (Q(assignee=actor) | Q(contact=actor))


def sent_from_cases_of(actor: Member, *, exists: type[Exists] = Exists) -> Q:
    """What went out of the cases that the actor's agency owns now, whoever had sent it."""
    mine = case_policy.owned_and_visible_to(actor).filter(pk=OuterRef("case"))
    return Q(exists(mine)) & ~Q(receiver=actor.agency_id)


def transfers_visible_to(actor: Member) -> QuerySet[Transfer]:
    """For supervisors of both agencies: the proposal names the case by its code alone."""
    if actor.role != Role.SUPERVISOR:
        return Transfer.objects.none()
    mine = Q(sender=actor.agency) | Q(receiver=actor.agency)
    return Transfer.objects.filter(mine, ~apart.unseen(actor, "case"))


def onwards_visible_to(actor: Member) -> QuerySet[Onward]:
    """Proposals of one's own inbox, and those made to the cases that one sees."""
    if Role(actor.role) not in CASEWORK:
        return Onward.objects.none()
    return Onward.objects.filter(referral__in=visible_to(actor))


def case_requests_visible_to(actor: Member) -> QuerySet[CaseRequest]:
    """For supervisors: what their agency asked for, and what is asked of it."""
    if actor.role != Role.SUPERVISOR:
        return CaseRequest.objects.none()
    asked = Q(case__owner=actor.agency) & ~Q(apart.unseen(actor, "case"))
    return CaseRequest.objects.filter(Q(asker=actor.agency) | asked)


# What each role has clocks for besides those that name the member. A co-ordinator has no work list:
# the overdue list is theirs.
INBOX_CLOCKS = ("reply", "contact", "recall")
OFFICER_CLOCKS = ("decision", "reflection", "conclusion")


def clocks_of(actor: Member) -> Q:
    """The clocks that the actor must act on or waits for, but those of cases from which the
    actor is kept apart."""
    return _clocks_of(actor) & ~Q(case__in=apart.codes_unseen(actor))


def _clocks_of(actor: Member) -> Q:
    to_do = Q(assignee=actor, receiver=actor.agency_id)
    if actor.role == Role.SUPERVISOR:
        # What an authority owes lies with its officers, not with its supervisors.
        asked = Q(receiver=actor.agency_id) & ~Q(purpose__in=OFFICER_CLOCKS)
        return asked | Q(sender=actor.agency_id)
    if actor.role == Role.FOCAL_POINT:
        inbox = Q(receiver=actor.agency_id, purpose__in=INBOX_CLOCKS)
        return inbox & ~Q(sender=actor.agency_id) | to_do
    if actor.role == Role.IDENTIFICATION_OFFICER:
        on_desk = identification.queue_of(actor).values("code")
        return Q(subject__in=on_desk, purpose__in=OFFICER_CLOCKS)
    if actor.role == Role.SOCIAL_WORKER:
        mine = case_policy.owned_and_visible_to(actor).values("code")
        return to_do | Q(case__in=mine, sender=actor.agency_id)
    return Q(pk__in=[])


def party_of(actor: Member, referral: Referral) -> Party | None:
    """On which side of the referral the actor stands; None for a stranger, and for who came by the
    link of another."""
    if actor.is_guest and actor.answers != referral.pk:
        return None
    if actor.agency_id == referral.receiver_id and referral.sent_at is not None:
        named = actor.pk in {referral.assignee_id, referral.contact_id}
        if apart.is_named(referral.case_id, actor):
            return None
        return Party.RECEIVER if Role(actor.role) in INBOX or named else None
    if actor.agency_id == referral.case.owner_id and case_policy.is_own(actor, referral.case):
        return Party.SENDER
    return None


def may(actor: Member, verb: Verb, referral: Referral) -> Verdict:
    """Whether the actor is the party that makes this move; the workflow says from where."""
    return may_as(party_of(actor, referral), verb)


def may_as(party: Party | None, verb: Verb) -> Verdict:
    """The same for a party that is known already."""
    wanted = FLOW.party(verb)
    return ALLOW if party == wanted else deny(f"only_the_{wanted}_may_{verb}")


def may_act(actor: Member, act: Act, referral: Referral) -> Verdict:
    """Whether the actor's side may do it at all; when, `in_time` says."""
    return may_act_as(party_of(actor, referral), actor, act)


def may_act_as(party: Party | None, actor: Member, act: Act) -> Verdict:
    """The same for a side that is known already."""
    if party is None or party not in ACTS[act]:
        return deny(f"not_your_side_to_{act}")
    if act is Act.ASSIGN and Role(actor.role) not in INBOX:
        return deny("only_the_inbox_assigns")
    return ALLOW


def in_time(party: Party | None, act: Act, referral: Referral) -> bool:
    """Whether this side may do it now; to be asked only of a side that may do it at all."""
    if act is Act.ACKNOWLEDGE_RECALL and referral.recalled_at is None:
        return False
    return party is not None and State(referral.state) in ACTS[act][party]
