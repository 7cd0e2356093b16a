"""Write down what must be told and what must be done. Sends nothing."""

import datetime as dt

from django.db import connection

from agencies.models import REAL, Agency, Member
from agencies.roles import Role
from notify import announcing, audience
from notify.audience import To
from notify.models import Delivery, Event, Task
from notify.notices import Kind


def write(
    kind: Kind, *, subject: str, to: To, at: dt.datetime, emergency: bool = False
) -> Event:
    """One event and its deliveries. The bell rings with the commit; mail waits for the relay."""
    assert connection.in_atomic_block, "a notice needs the transaction that makes it true"
    event = Event.objects.create(
        kind=kind, subject=subject, emergency=emergency, happened_at=at
    )
    members = audience.members_of(to)
    Delivery.objects.bulk_create(
        [delivery for member in members for delivery in _deliveries(event, member, at)],
        # Whoever tells others does not see what they are told, so no row is asked back.
        ignore_conflicts=True,
    )
    event.is_announced = announcing.announce(event, _agencies(to, members))
    if not members and to.role != Role.SYSTEM_ADMIN:
        leave_to_administrators(Kind.NOBODY_TOLD, subject=subject, at=at, space=to.where)
    return event


def set_task(
    kind: str,
    *,
    subject: str,
    agency: Agency,
    role: Role,
    at: dt.datetime,
    assignee: Member | None = None,
    due_at: dt.datetime | None = None,
    note: str = "",
    case: str = "",
) -> Task:
    """Leave something to do to a member, or to whoever holds the role in the agency."""
    live = assignee if assignee is not None and assignee.is_active else None
    task = Task(
        kind=kind,
        subject=subject,
        agency=agency,
        role=role,
        assignee=live,
        set_at=at,
        due_at=due_at,
        note=note,
        case=case,
    )
    # Nor what others have to do: see above.
    Task.objects.bulk_create([task], ignore_conflicts=True)
    return task


def reassign(*, case: str, agency: Agency, old: Member | None, new: Member) -> None:
    """What the case's worker had still to do is now to be done by the new one."""
    if old is not None:
        mine = Task.objects.filter(case=case, agency=agency, assignee=old)
        mine.filter(done_at__isnull=True).update(assignee=new)


def end_tasks(*, case: str, at: dt.datetime) -> None:
    """Nothing of the case is left to do, by whoever it was to be done."""
    Task.objects.filter(case=case, done_at__isnull=True).update(done_at=at)


def leave_to_administrators(
    kind: str, *, subject: str, at: dt.datetime, space: int | None
) -> None:
    """A task, and a ring of the bell, for the system administrators: a made-up space has none, and
    what goes wrong in it is nobody's to mend."""
    if space != REAL:
        return
    home = Agency.objects.filter(is_coordinating=True).order_by("pk").first()
    if home is not None:
        set_task(kind, subject=subject, agency=home, role=Role.SYSTEM_ADMIN, at=at)
        write(Kind.TASK_SET, subject=subject, to=To(Role.SYSTEM_ADMIN, home), at=at)


def _agencies(to: To, members: list[Member]) -> list[Agency]:
    """Whose members are told, without asking for an agency that is at hand."""
    here = [to.agency] if to.agency is not None else []
    known = {agency.pk for agency in here}
    return here + [member.agency for member in members if member.agency_id not in known]


def _deliveries(event: Event, member: Member, at: dt.datetime) -> list[Delivery]:
    bell = Delivery(
        event=event,
        member=member,
        channel=Delivery.Channel.IN_APP,
        state=Delivery.State.DONE,
        next_at=at,
        done_at=at,
    )
    wish = audience.preference_of(member)
    if not (wish.email and member.email):
        return [bell]
    when = at if event.emergency else audience.after_quiet_hours(member, wish, at)
    mail = Delivery(event=event, member=member, channel=Delivery.Channel.EMAIL, next_at=when)
    return [bell, mail]
