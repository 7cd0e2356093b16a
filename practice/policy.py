"""Who practises, and in which space. Nothing else decides this."""

from django.db.models import QuerySet

from agencies.models import REAL, Member
from kernel.verdict import ALLOW, Verdict, deny
from practice.models import Space


def may_practise(actor: Member) -> Verdict:
    """Everybody who has an account. Nobody made up practises within practice."""
    if actor.space != REAL or actor.is_guest or not actor.is_active:
        return deny("not_in_practice")
    return ALLOW


def visible_to(actor: Member) -> QuerySet[Space]:
    """One's own: nobody looks at how somebody else learns."""
    return Space.objects.filter(learner=actor)
