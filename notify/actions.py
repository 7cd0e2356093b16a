"""What a member does with notices and tasks."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from agencies.models import Member
from audit import log
from kernel.errors import Refused
from notify.models import Delivery, Preference, Task


@transaction.atomic
def acknowledge(*, notice: Delivery, by: Member, at: dt.datetime) -> Delivery:
    """Say that one has seen a notice; a second time changes nothing."""
    unseen = Delivery.objects.filter(pk=notice.pk, acknowledged_at__isnull=True)
    if unseen.update(acknowledged_at=at):
        log.record("notice.acknowledged", by=by, about=notice.code)
    notice.refresh_from_db()
    return notice


@transaction.atomic
def acknowledge_all(*, notices: QuerySet[Delivery], by: Member, at: dt.datetime) -> int:
    """Say that one has seen all of these; how many of them were new."""
    count = notices.filter(acknowledged_at__isnull=True).update(acknowledged_at=at)
    if count:
        log.record("notice.acknowledged", by=by, facts={"count": count})
    return count


@transaction.atomic
def prefer(
    *, email: bool, quiet_from: dt.time | None, quiet_to: dt.time | None, by: Member
) -> Preference:
    preference, _ = Preference.objects.update_or_create(
        member=by, defaults={"email": email, "quiet_from": quiet_from, "quiet_to": quiet_to}
    )
    log.record("notice.preference", by=by, about=by.username)
    return preference


@transaction.atomic
def finish_task(*, task: Task, by: Member, at: dt.datetime) -> Task:
    """Mark a task as done. Raises Refused if somebody was faster."""
    moved = Task.objects.filter(pk=task.pk, done_at__isnull=True).update(done_at=at, done_by=by)
    if not moved:
        raise Refused("task_is_done", state="done")
    task.refresh_from_db()
    log.record("task.done", by=by, about=task.code)
    return task


@transaction.atomic
def close_tasks(*, subject: str, kind: str, by: Member | None, at: dt.datetime) -> None:
    """End the tasks that an act has made needless."""
    Task.objects.filter(subject=subject, kind=kind, done_at__isnull=True).update(
        done_at=at, done_by=by
    )
