"""Give a role that nobody gives alone: asked for by one, approved by another, done once."""

import datetime as dt
from typing import Any

from django.db import transaction

from agencies import actions as agencies
from agencies import policy
from agencies.models import Agency, Member
from agencies.policy import Verb
from agencies.roles import BY_TWO, Role
from kernel.errors import Invalid
from referral.actions import leaving
from seconding import actions as seconding
from seconding.acts import MEMBER_GRANT
from seconding.models import TwoPersonAct


@transaction.atomic
def ask_to_invite(
    *, facts: dict[str, Any], agency: Agency, reason: str, by: Member, at: dt.datetime
) -> TwoPersonAct:
    """Ask for a new member of such a role. They exist only once it is done."""
    policy.may(by, Verb.INVITE_MEMBER, agency).require()
    if Member.objects.filter(username=facts["username"]).exists():
        raise Invalid("username_taken", pointer="/username")
    return _ask(facts | {"agency": agency.code, "new": True}, agency, reason, by=by, at=at)


@transaction.atomic
def ask_to_change(
    *, member: Member, role: Role, reason: str, by: Member, at: dt.datetime
) -> TwoPersonAct:
    """Ask for such a role for somebody who is a member already."""
    policy.may(by, Verb.CHANGE_MEMBER, member.agency).require()
    facts = {"username": member.username, "role": role.value, "new": False}
    return _ask(facts, member.agency, reason, by=by, at=at)


@transaction.atomic
def grant(*, second: str, by: Member, at: dt.datetime) -> Member:
    """Do what was approved, and nothing else; the rules of giving a role are asked once more."""
    used = seconding.use(code=second, act=MEMBER_GRANT, by=by, at=at)
    facts = dict(used.facts)
    if facts.pop("new"):
        agency = Agency.objects.get(code=facts.pop("agency"))
        return agencies.add_member(facts=facts, agency=agency, seconder=used.decided_by, by=by)
    member = Member.objects.select_related("agency").get(username=facts["username"])
    return leaving.change_role(
        member=member, role=Role(facts["role"]), seconder=used.decided_by, by=by, at=at
    )


def _ask(
    facts: dict[str, Any], agency: Agency, reason: str, *, by: Member, at: dt.datetime
) -> TwoPersonAct:
    role = Role(facts["role"])
    policy.may_give_role(by, role, agency).require()
    if role not in BY_TWO:
        raise Invalid("role_is_given_by_one", pointer="/role")
    return seconding.ask(
        act=MEMBER_GRANT, subject=facts["username"], facts=facts, reason=reason, by=by, at=at
    )
