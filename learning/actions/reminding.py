"""Tell a member that it is time to look at a topic again."""

import datetime as dt

from django.db import transaction

from agencies.roles import Role
from audit import log
from learning.actions.sitting import TASK
from learning.models import Refresher
from notify import ledger
from notify.audience import To
from notify.notices import Kind


@transaction.atomic
def tell(*, code: str, by: log.Actor, at: dt.datetime) -> None:
    """Once: a notice and a task, of which neither says which topic it is."""
    found = Refresher.objects.select_for_update(of=("self",)).select_related("member__agency")
    due = found.filter(code=code, told_at__isnull=True, sitting__isnull=True).first()
    if due is None:
        return
    due.told_at = at
    due.save(update_fields=["told_at"])
    member = due.member
    role = Role(member.role)
    ledger.set_task(
        TASK, subject=due.code, agency=member.agency, role=role, at=at, assignee=member
    )
    ledger.write(
        Kind.REFRESHER_DUE, subject=due.code, to=To(role, member.agency, member), at=at
    )
    log.record("learning.reminded", by=by, about=due.code)
