"""Who may see a plan and all that hangs on it: the owner's side of the case, and nobody else.

What the owner's side may do to it is asked of `cases.policy.may`: SUPPORT, and REVIEW for what
goes on after the case was closed.
"""

from django.db.models import QuerySet

from agencies.models import Member
from cases.policy import owned_and_visible_to
from reintegration.models import Action, Alert, CheckIn, Goal, Plan, Review


def plans_visible_to(actor: Member) -> QuerySet[Plan]:
    return Plan.objects.filter(case__in=owned_and_visible_to(actor))


def goals_visible_to(actor: Member) -> QuerySet[Goal]:
    return Goal.objects.filter(plan__case__in=owned_and_visible_to(actor))


def actions_visible_to(actor: Member) -> QuerySet[Action]:
    """Whoever an action is left to sees nothing of it here: the owner tells them as people do."""
    return Action.objects.filter(goal__plan__case__in=owned_and_visible_to(actor))


def reviews_visible_to(actor: Member) -> QuerySet[Review]:
    return Review.objects.filter(case__in=owned_and_visible_to(actor))


def check_ins_visible_to(actor: Member) -> QuerySet[CheckIn]:
    return CheckIn.objects.filter(case__in=owned_and_visible_to(actor))


def alerts_visible_to(actor: Member) -> QuerySet[Alert]:
    return Alert.objects.filter(case__in=owned_and_visible_to(actor))
