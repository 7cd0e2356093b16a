"""Who may put a Task in which status: whoever may do in the API what it stands for."""

from agencies.models import Member
from exchange.fhir.codes import ANSWERS
from kernel.verdict import Verdict
from referral import policy
from referral.models import Referral
from referral.policy import Act


def may(actor: Member, status: str, referral: Referral) -> Verdict:
    verb = ANSWERS[status]
    if verb is None:
        return policy.may_act(actor, Act.ACKNOWLEDGE_RECALL, referral)
    return policy.may(actor, verb, referral)
