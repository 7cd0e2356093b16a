"""Name whom to ask about a topic; the member says yes, says how to be reached, and steps back."""

import datetime as dt

from django.db import transaction

from agencies import policy as agencies
from agencies.lists import languages as known_languages
from agencies.models import Member
from agencies.roles import Role
from audit import log
from kernel.errors import Invalid, Missing, Refused
from network import casewords, policy
from network.models import FocalPoint, Reach
from notify import outbox
from notify.audience import To
from notify.notices import Kind


@transaction.atomic
def name(*, username: str, topic: str, by: Member, at: dt.datetime) -> FocalPoint:
    """Ask a member of the own agency to answer for a topic. Nobody is shown before they say yes."""
    policy.may_name(by).require()
    here = agencies.members_visible_to(by).filter(is_active=True, username=username)
    member = here.select_related("agency").first()
    if member is None:
        raise Invalid("unknown_member", pointer="/member")
    policy.may_name(by, member).require()
    point, made = FocalPoint.objects.get_or_create(
        member=member, topic=topic, defaults={"asked_by": by, "asked_at": at}
    )
    if not made:
        raise Refused("focal_point_is_named", state="agreed" if point.agreed_at else "asked")
    log.record("focal.named", by=by, about=point.code, facts={"topic": topic})
    if member.pk != by.pk:
        to = To(Role(member.role), member.agency, member)
        outbox.publish(Kind.FOCAL_NAMED, subject=point.code, to=to, at=at)
    return point


@transaction.atomic
def agree(*, code: str, by: Member, at: dt.datetime) -> FocalPoint:
    """The member says yes."""
    point = _held(code, by)
    policy.may_agree(by, point).require()
    if point.agreed_at is not None:
        raise Refused("focal_point_is_named", state="agreed")
    point.agreed_at = at
    point.save(update_fields=["agreed_at"])
    log.record("focal.agreed", by=by, about=point.code)
    return point


@transaction.atomic
def step_back(*, code: str, by: Member, at: dt.datetime) -> None:
    """The member does it no more, or the agency names somebody else; nothing stays."""
    point = _held(code, by)
    policy.may_end(by, point).require()
    point.delete()
    log.record("focal.ended", by=by, about=code)


@transaction.atomic
def be_reached(
    *,
    phone: str,
    hours: str,
    languages: list[str],
    away_until: dt.date | None,
    by: Member,
) -> Reach:
    """How the office is reached, in the member's own words; looked over like all that others read."""
    policy.may_write(by).require()
    for n, code in enumerate(languages):
        if code not in known_languages():
            raise Invalid("unknown_code", pointer=f"/languages/{n}")
    casewords.require_none({"hours": hours}, by=by)
    said = {
        "phone": phone, "hours": hours, "languages": languages, "away_until": away_until,
    }  # fmt: skip
    reach, _ = Reach.objects.update_or_create(member=by, defaults=said)
    log.record("focal.reach", by=by, about=by.username)
    return reach


def _held(code: str, by: Member) -> FocalPoint:
    rows = policy.focal_points_visible_to(by).select_related("member__agency")
    found = rows.select_for_update(of=("self",), no_key=True).filter(code=code).first()
    if found is None:
        raise Missing("not_found")
    return found
