"""Reminding agencies of what the directory says of them and nobody has looked at for long."""

import datetime as dt

from django.db import transaction

from agencies import importing, policy
from agencies.calendar import day_of
from agencies.models import Agency, Service
from agencies.queries import stale_services
from agencies.roles import Role
from audit import log
from notify import outbox
from notify.audience import To
from notify.models import Event
from notify.notices import Kind

# Nobody is told of it more often.
AGAIN_AFTER = dt.timedelta(days=30)


def due(*, on: dt.date) -> list[str]:
    """The codes of agencies with old entries that have somebody to look at them."""
    old = stale_services(Service.objects.filter(agency__is_active=True), on=on)
    whose = policy.peopled().filter(pk__in=old.order_by().values("agency"))
    return sorted(whose.values_list("code", flat=True))


@transaction.atomic
def remind(*, code: str, at: dt.datetime) -> Event | None:
    """Tell the agency's administrators, unless they were told within a month."""
    # Two clocks that strike at once tell once.
    agency = Agency.objects.select_for_update(of=("self",), no_key=True).get(code=code)
    told = Event.objects.filter(kind=Kind.DIRECTORY_STALE, subject=code)
    if told.filter(happened_at__gt=at - AGAIN_AFTER).exists():
        return None
    if not stale_services(agency.services.all(), on=day_of(agency, at)).exists():
        return None
    return outbox.publish(
        Kind.DIRECTORY_STALE, subject=code, to=To(Role.AGENCY_ADMIN, agency), at=at
    )


def forget(*, at: dt.datetime) -> int:
    """Sets of other directories that nobody has said yes to."""
    return importing.put_old_aside(by=log.CLOCK, at=at)
