"""The only writer of the access table. A row here is the permission; without one there is none."""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.contrib.auth.models import Permission
from django.db.models import Min, Q

from agencies.roles import Role
from cases.models import Case, CaseAccess, FormDraft
from kernel.groups import EVERY_GROUP, in_order

Because = CaseAccess.Because
OPENED = (Because.REFERRED, Because.SUBMITTED)


def live(at: dt.datetime) -> Q:
    """The condition for rows that count at that moment."""
    return Q(until__isnull=True) | Q(until__gt=at)


def set_owner(case: Case, *, at: dt.datetime) -> None:
    """The owner's supervisors see the case, and the worker it is assigned to; nobody else's."""
    due_at = _due_at(case)
    own = CaseAccess.objects.filter(
        content_object=case, because__in=[Because.OWNER, Because.ASSIGNED]
    )
    own.delete()
    begin([case], due_at=due_at, at=at)
    # What those who no longer see the case had typed and not saved goes with their access.
    stays = Q(member__agency=case.owner, member__role=Role.SUPERVISOR) | Q(member=case.worker)
    FormDraft.objects.filter(case=case).exclude(stays).delete()


def begin(cases: Iterable[Case], *, due_at: dt.datetime | None = None, at: dt.datetime) -> None:
    """The rows of the owner's side, where there are none of them; one statement for all."""
    see = see_case()
    CaseAccess.objects.bulk_create(
        _row(case, principal, because, case.code, EVERY_GROUP, at, due_at=due_at, see=see)
        for case in cases
        for principal, because in _own_side(case)
    )


def _own_side(case: Case) -> Iterator[tuple[int, Because]]:
    """The owner's supervisors, and whoever works on it."""
    yield case.owner.supervisors_id, Because.OWNER
    if case.worker is not None:
        yield case.worker.own_group_id, Because.ASSIGNED


def set_opened(
    case: Case,
    because: Because,
    *,
    source: str,
    principals: Iterable[int],
    scope: Iterable[str],
    until: dt.datetime | None,
    at: dt.datetime,
) -> None:
    """What a referral or a submission opens now, in place of what it opened before."""
    due_at = _due_at(case)
    end(source)
    see = see_case()
    CaseAccess.objects.bulk_create(
        _row(case, principal, because, source, scope, at, until=until, due_at=due_at, see=see)
        for principal in sorted(set(principals))
    )


def end(source: str) -> None:
    """End whatever the referral or the submission with this code had opened."""
    CaseAccess.objects.filter(because__in=OPENED, source=source).delete()


def set_glass(
    case: Case,
    *,
    source: str,
    principal: int,
    scope: Iterable[str],
    until: dt.datetime,
    at: dt.datetime,
) -> None:
    """What one member sees by breaking the glass; it brings no deadline and no right to act."""
    _row(
        case,
        principal,
        Because.BREAK_GLASS,
        source,
        scope,
        at,
        until=until,
        due_at=None,
        see=see_case(),
    ).save(force_insert=True)


def end_glass(source: str) -> None:
    """End at once what was opened by breaking the glass."""
    CaseAccess.objects.filter(because=Because.BREAK_GLASS, source=source).delete()


def copy_due(case: Case, due_at: dt.datetime | None) -> None:
    """Bring the copy by which lists are ordered up to date: the nearest deadline."""
    rows = CaseAccess.objects.filter(content_object=case).exclude(because=Because.BREAK_GLASS)
    # Each row stands in six indexes: those that say it already are let be.
    other = Q(due_at__isnull=due_at is not None)
    if due_at is not None:
        other |= ~Q(due_at=due_at)
    rows.filter(other).update(due_at=due_at)


def _due_at(case: Case) -> dt.datetime | None:
    """The copy of the nearest deadline, which new rows take over from those before them."""
    rows = CaseAccess.objects.filter(content_object=case)
    due_at: dt.datetime | None = rows.aggregate(due_at=Min("due_at"))["due_at"]
    return due_at


def _row(
    case: Case,
    principal: int,
    because: Because,
    source: str,
    scope: Iterable[str],
    at: dt.datetime,
    *,
    due_at: dt.datetime | None,
    see: int,
    until: dt.datetime | None = None,
) -> CaseAccess:
    return CaseAccess(
        group_id=principal,
        permission_id=see,
        content_object=case,
        because=because,
        source=source,
        scope=in_order(scope),
        since=at,
        until=until,
        due_at=due_at,
    )


def see_case() -> int:
    """The one permission that guardian knows of cases; what it covers is the row's scope."""
    permission = Permission.objects.filter(
        content_type__app_label="cases", content_type__model="case", codename="see_case"
    )
    return permission.values_list("pk", flat=True).get()
