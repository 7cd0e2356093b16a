"""What every change of how one signs in ends with."""

import datetime as dt

from agencies.models import Member
from agencies.roles import Role
from audit import log
from edge import sessions
from kernel.codes import new_code
from notify import outbox
from notify.audience import To
from notify.notices import Kind


def changed(
    member: Member, session: str, event: str, facts: dict[str, log.Fact], *, at: dt.datetime
) -> None:
    """Whoever else is signed in as this member is not any more, and the member is told."""
    ended = sessions.end_others(member.pk, session)
    log.record(event, by=member, about=member.username, facts=facts | {"ended": ended})
    told = To(Role(member.role), member.agency, member)
    outbox.publish(Kind.SIGN_IN_CHANGED, subject=new_code("FC"), to=told, at=at)
