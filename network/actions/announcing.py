"""Announce to all agencies or to the own; say that one has read it; end it early."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from kernel.errors import Invalid, Missing, Refused
from network import casewords, policy
from network.models import Bulletin, Confirmation
from notify import outbox
from notify.audience import To
from notify.notices import Kind

TEXTS = ("text_en", "text_ru", "text_be")
LONGEST = dt.timedelta(days=366)


@transaction.atomic
def announce(
    *,
    texts: Mapping[str, str],
    must_confirm: bool,
    ends_at: dt.datetime,
    by: Member,
    at: dt.datetime,
) -> Bulletin:
    """The co-ordinator to everybody, an agency's administrator to the own agency. The bell says that
    there is something new, and nothing of what."""
    policy.may_announce(by).require()
    said = {name: texts.get(name, "") for name in TEXTS}
    if not any(said.values()):
        raise Invalid("blank", pointer="/text_en")
    if not at < ends_at <= at + LONGEST:
        raise Invalid("end_not_within_a_year", pointer="/ends_at")
    casewords.require_none(said, by=by)
    agency = None if by.role == Role.COORDINATOR else by.agency
    bulletin = Bulletin(
        **said,
        agency=agency,
        must_confirm=must_confirm,
        by=by,
        announced_at=at,
        ends_at=ends_at,
    )
    bulletin.save(force_insert=True)
    log.record(
        "bulletin.announced", by=by, about=bulletin.code, facts={"confirm": must_confirm}
    )
    if must_confirm:
        _ring(bulletin, agency, by=by, at=at)
    return bulletin


@transaction.atomic
def confirm(*, code: str, by: Member, at: dt.datetime) -> Bulletin:
    """Say that one has read it; a second time changes nothing."""
    bulletin = _find(code, by)
    _, made = Confirmation.objects.get_or_create(
        bulletin=bulletin, member=by, defaults={"agency": by.agency, "read_at": at}
    )
    if made:
        log.record("bulletin.read", by=by, about=bulletin.code)
    return bulletin


@transaction.atomic
def end(*, code: str, by: Member, at: dt.datetime) -> Bulletin:
    """It is over before its time."""
    bulletin = _find(code, by)
    policy.may_end_bulletin(by, bulletin).require()
    if bulletin.ends_at <= at:
        raise Refused("bulletin_is_over", state="over")
    bulletin.ends_at = at
    bulletin.save(update_fields=["ends_at"])
    log.record("bulletin.ended", by=by, about=bulletin.code)
    return bulletin


def _ring(bulletin: Bulletin, agency: Agency | None, *, by: Member, at: dt.datetime) -> None:
    """One event for each role that somebody has there."""
    everybody = Member.objects.filter(is_active=True, is_guest=False, agency__space=by.space)
    here = everybody.exclude(pk=by.pk)
    if agency is not None:
        here = here.filter(agency=agency)
    for role in sorted(set(here.values_list("role", flat=True))):
        to = To(Role(role), agency, space=by.space)
        outbox.publish(Kind.ANNOUNCED, subject=bulletin.code, to=to, at=at)


def _find(code: str, by: Member) -> Bulletin:
    found = policy.bulletins_visible_to(by).filter(code=code).first()
    if found is None:
        raise Missing("not_found")
    return found
