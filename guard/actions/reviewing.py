"""Look at broken glass afterwards, take the right to it away, and give it back by two persons."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from agencies.queries import held
from agencies.roles import Role
from audit import log
from cases import timeline, vault
from guard import policy
from guard.actions import glass
from guard.actions.glass import locked
from guard.models import BreakGlass, GlassRight
from kernel.errors import Refused
from kernel.fields import require_reason
from notify import ladder, outbox
from notify.audience import To
from notify.notices import Kind
from seconding import actions as seconding
from seconding.acts import GLASS_LIFT
from seconding.models import TwoPersonAct

Verdict = BreakGlass.Verdict


@transaction.atomic
def review(*, code: str, verdict: str, remarks: str, by: Member, at: dt.datetime) -> BreakGlass:
    """Say, as somebody not involved, whether it was justified. A no suspends the right at once
    and ends what is still open."""
    use = locked(code)
    policy.may_review(by, use).require()
    if use.reviewed_at is not None:
        raise Refused("break_glass_is_reviewed")
    require_reason(remarks, pointer="/remarks")
    use.verdict, use.reviewed_by, use.reviewed_at = verdict, by, at
    use.remarks = vault.seal_text(use.case.person, remarks, place=f"{use.code} remarks")
    use.save(update_fields=["verdict", "reviewed_by", "reviewed_at", "remarks"])
    ladder.stop(subject=use.code, at=at)
    timeline.record(
        use.case, "break_glass.reviewed", by=by, at=at, about=use.code,
        facts={"verdict": verdict},
    )  # fmt: skip
    _tell(Kind.GLASS_REVIEWED, use.code, use.by, at=at)
    if verdict == Verdict.NOT_JUSTIFIED:
        glass.end(code=code, by=by, at=at)
        _suspend(use, GlassRight.Because.NOT_JUSTIFIED, by=by, at=at)
    return use


@transaction.atomic
def suspend_unreviewed(*, code: str, by: log.Machine, at: dt.datetime) -> None:
    """Nobody looked at it in time: its maker may not do it again until somebody has."""
    use = locked(code)
    if use.reviewed_at is not None or use.overdue_at is not None or use.review_by > at:
        return
    use.overdue_at = at
    use.save(update_fields=["overdue_at"])
    _suspend(use, GlassRight.Because.UNREVIEWED, by=by, at=at)


@transaction.atomic
def ask_to_lift(*, member: Member, reason: str, by: Member, at: dt.datetime) -> TwoPersonAct:
    """Ask a data protection officer other than oneself to give the right back."""
    _require_suspended(member, by=by)
    return seconding.ask(
        act=GLASS_LIFT, subject=member.username, facts={}, reason=reason, by=by, at=at
    )


@transaction.atomic
def lift(*, member: Member, second: str, by: Member, at: dt.datetime) -> Member:
    """Give the right back, as two persons have agreed."""
    used = seconding.use(code=second, act=GLASS_LIFT, by=by, at=at)
    member = held(member)
    if used.subject != member.username:
        raise Refused("second_person_needed")
    _require_suspended(member, by=by).delete()
    assert used.decided_by is not None, "approved by somebody"
    log.record(
        "break_glass.lifted", by=by, about=member.username,
        facts={"seconded_by": used.decided_by.username},
    )  # fmt: skip
    _tell(Kind.GLASS_LIFTED, used.code, member, at=at)
    return member


def _require_suspended(member: Member, *, by: Member) -> GlassRight:
    row = policy.suspended_visible_to(by).filter(member=member).exclude(member=by).first()
    if row is None:
        raise Refused("break_glass_is_not_suspended")
    return row


def _suspend(
    use: BreakGlass, because: GlassRight.Because, *, by: log.Actor, at: dt.datetime
) -> None:
    held(use.by)
    GlassRight.objects.get_or_create(
        member=use.by, defaults={"suspended_at": at, "because": because, "use": use}
    )
    timeline.record(
        use.case, "break_glass.suspended", by=by, at=at, about=use.code,
        facts={"because": because.value},
    )  # fmt: skip
    _tell(Kind.GLASS_SUSPENDED, use.code, use.by, at=at)
    officers = To(Role.DATA_PROTECTION_OFFICER, space=use.agency.space)
    outbox.publish(Kind.GLASS_SUSPENDED, subject=use.code, to=officers, at=at)


def _tell(kind: Kind, code: str, member: Member, *, at: dt.datetime) -> None:
    to = To(Role(member.role), member.agency, member)
    outbox.publish(kind, subject=code, to=to, at=at)
