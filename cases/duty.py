"""The duty to know, where plaintext comes out: who is due is not shown who somebody is.

The vault asks here before it opens anything. What is written anew asks nothing, so that a case can be
logged, and help asked for, by whoever is there; and a broken glass opens all that it opens to others: an
emergency is not the moment for questions.
"""

import datetime as dt
from collections.abc import Callable, Iterable

from django.utils import timezone

from agencies.duty import is_bound
from agencies.models import Member
from audit.log import Actor
from cases import access
from cases.models import CaseAccess
from kernel.errors import Denied
from kernel.groups import DataGroup, in_order

CODE = "duty_to_know"
# By these a person is named or found.
IDENTIFYING = frozenset(
    {DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.FAMILY, DataGroup.WHEREABOUTS}
)
# Who says whether a member has shown that they know: see learning/apps.py.
questions: list[Callable[[Member, dt.datetime], bool]] = []


def is_due(actor: Actor, *, at: dt.datetime | None = None) -> bool:
    """Whether the actor is bound and has not shown it, or too long ago. Where nobody could say,
    nothing is open."""
    if not isinstance(actor, Member) or not is_bound(actor):
        return False
    now = at or timezone.now()
    return not (questions and all(ask(actor, now) for ask in questions))


def require_known(by: Actor) -> None:
    """Raises Denied for who is due."""
    if is_due(by):
        raise Denied(CODE)


def closed(groups: Iterable[str], *, by: Actor, case: str) -> list[str]:
    """Those of the groups that the actor is not shown because they are due."""
    names = IDENTIFYING.intersection(groups)
    if not names or not is_due(by):
        return []
    return in_order(names - _open_by_glass(by, case))


def require(groups: Iterable[str], *, by: Actor, case: str) -> None:
    """Raises Denied where any of the groups is closed to the actor."""
    if closed(groups, by=by, case=case):
        raise Denied(CODE)


def _open_by_glass(actor: Actor, case: str) -> set[str]:
    """The groups for which the actor has broken the glass of the case, while it lasts."""
    assert isinstance(actor, Member), "nobody else is due"
    rows = CaseAccess.objects.filter(
        access.live(timezone.now()),
        because=CaseAccess.Because.BREAK_GLASS,
        content_object__code=case,
        group=actor.own_group_id,
    )
    return {group for scope in rows.values_list("scope", flat=True) for group in scope}
