"""Keep in view who is due, tell them in time, and count them in whole steps."""

import datetime as dt
from collections import Counter

from django.db import connection, transaction

from agencies.duty import is_bound
from agencies.models import Member
from agencies.roles import Role
from audit import log
from learning import duty, queries
from learning.actions.publishing import STEP
from learning.models import Due, DueCount, Told
from notify import ledger
from notify.audience import To
from notify.notices import Kind

LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('duty counts'))"


@transaction.atomic
def note(*, member: Member, by: log.Actor, at: dt.datetime) -> Due | None:
    """Write down what the member lacks now; None, and no row, where that is nothing. Of who is not bound
    nothing is written."""
    if not is_bound(member):
        return None
    lacking = duty.lacks(member, at)
    if not lacking:
        Due.objects.filter(member=member).delete()
        return None
    days = [part.until for part in lacking if part.until is not None]
    before = Due.objects.filter(member=member).first()
    said = {
        "lacks": [[part.what, part.until and part.until.isoformat()] for part in lacking],
        "due_on": min(days) if len(days) == len(lacking) else None,
    }
    due, _ = Due.objects.update_or_create(member=member, defaults=said)
    if due.told == Told.NOW and not queries.is_due_now(due, at):
        # What is left runs out later: of that they are told anew.
        due.told = Told.SOON
        due.save(update_fields=["told"])
    elif due.told == Told.SOON and before is not None and _has_more(due, before):
        # Something else runs out soon, of which they were told nothing yet.
        due.told = ""
        due.save(update_fields=["told"])
    return due


def _has_more(due: Due, before: Due) -> bool:
    return not {what for what, _ in due.lacks} <= {what for what, _ in before.lacks}


@transaction.atomic
def tell(*, username: str, by: log.Actor, at: dt.datetime) -> None:
    """One bound member: once that something runs out within 30 days, once that it has. The notice says
    neither what nor why."""
    rows = Member.objects.select_related("agency").select_for_update(of=("self",), no_key=True)
    member = rows.get(username=username)
    due = note(member=member, by=by, at=at)
    if due is None:
        return
    stage, kind = (
        (Told.NOW, Kind.DUTY_DUE)
        if queries.is_due_now(due, at)
        else (Told.SOON, Kind.DUTY_SOON)
    )
    if due.told in {stage, Told.NOW}:
        return
    due.told = stage
    due.save(update_fields=["told"])
    to = To(Role(member.role), member.agency, member)
    ledger.write(kind, subject=due.code, to=to, at=at)
    log.record("duty.told", by=by, about=due.code)


@transaction.atomic
def forget(*, by: log.Actor) -> int:
    """Whoever is not bound any more, or has left, owes nothing; how many rows went."""
    gone = [
        due.pk
        for due in queries.all_due()
        if not due.member.is_active or not is_bound(due.member)
    ]
    Due.objects.filter(pk__in=gone).delete()
    return len(gone)


@transaction.atomic
def count(*, by: log.Actor, at: dt.datetime) -> int:
    """How many are bound and how many are due, in place of what was counted before: whole steps alone,
    so that nobody finds one person between two days. How many lines came of it; none where it was
    done today, or another worker does it."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        if cursor.fetchone() != (True,):
            return 0
    today = at.astimezone(dt.UTC).date()
    if DueCount.objects.filter(counted_on=today).exists():
        return 0
    members = queries.bound_members()
    due = {each.member_id for each in queries.all_due() if queries.is_due_now(each, at)}
    bound_in = Counter[int | None](member.agency_id for member in members)
    due_in = Counter[int | None](m.agency_id for m in members if m.pk in due)
    bound_in[None], due_in[None] = bound_in.total(), due_in.total()
    DueCount.objects.all().delete()
    rows = [
        DueCount(
            agency_id=agency, bound=_steps(number), due=_steps(due_in[agency]),
            counted_on=today,
        )
        for agency, number in bound_in.items()
        if number >= STEP
    ]  # fmt: skip
    return len(DueCount.objects.bulk_create(rows))


def _steps(number: int) -> int:
    return number // STEP * STEP
