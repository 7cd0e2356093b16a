"""Break the glass: one case for one hour, to look at and nothing else, with everybody told."""

import datetime as dt

from django.db import transaction

from agencies.calendar import calendar_of
from agencies.models import Agency, Member
from agencies.queries import held
from agencies.roles import Role, most_for
from audit import log
from cases import access, apart, timeline, vault
from cases import policy as case_policy
from cases import queries as case_queries
from cases.models import ApartAttempt, Case
from edge import wall
from guard import policy
from guard.models import BreakGlass
from kernel.clock import Runs, Span
from kernel.codes import SHAPE
from kernel.errors import Invalid, Refused
from kernel.fields import require_reason
from kernel.groups import SEALED, DataGroup, in_order
from notify import audience, ladder, outbox
from notify.audience import To
from notify.models import Clock, Event
from notify.notices import Kind
from seconding import actions as seconding
from seconding.acts import GLASS_IDENTITY
from seconding.models import TwoPersonAct

LASTS = dt.timedelta(minutes=60)
REVIEW = Span(72, Runs.ROUND_THE_CLOCK)
DAY, MONTH = dt.timedelta(days=1), dt.timedelta(days=30)
MOST_A_DAY, MOST_A_MONTH, MOST_TRIES_A_DAY = 3, 10, 10
# Who is reminded to look at it, until the sweep suspends the right.
CLIMB = (
    ladder.Step(1 / 3, "receiver", Role.DATA_PROTECTION_OFFICER),
    ladder.Step(2 / 3, "receiver", Role.DATA_PROTECTION_OFFICER),
    ladder.Step(2 / 3, "sender", Role.SUPERVISOR),
    ladder.Step(1.0, "nation", Role.DATA_PROTECTION_OFFICER),
)


@transaction.atomic
def break_glass(
    *,
    code: str,
    groups: list[DataGroup],
    purpose: str,
    reason: str,
    second: str = "",
    by: Member,
    at: dt.datetime,
) -> BreakGlass:
    """Open the groups of the case of exactly this code. `second` is the approved request without
    which the identity is opened only where a life is in danger.

    For a code that is none, and for a case from which the actor is kept apart, the answer and the
    work are the same. Without the notices there is no access: all stands in one transaction.
    """
    _check(code, groups, purpose, by=by)
    require_reason(reason, pointer="/reason")
    # Whoever breaks the glass has no right to the case; the act looks at who is kept apart.
    wall.hold(keys=[code])
    case_queries.hold_cases(Case.objects.filter(code=code))
    used = seconding.use(code=second, act=GLASS_IDENTITY, by=by, at=at) if second else None
    by = held(by)
    policy.may_break(by).require()
    _require_within_limits(by, at=at)
    _require_second(used, code, groups, purpose)
    case = _found(code, by)
    use = _write(case, groups, purpose, reason, used, by=by, at=at)
    _tell_all(use, case, by=by, at=at)
    return use


@transaction.atomic
def ask_second(
    *,
    code: str,
    groups: list[DataGroup],
    purpose: str,
    reason: str,
    by: Member,
    at: dt.datetime,
) -> TwoPersonAct:
    """Ask a supervisor of one's own agency for the identity. Nothing is looked up for it."""
    _check(code, groups, purpose, by=by)
    policy.may_break(by).require()
    _require_within_limits(by, at=at)
    return seconding.ask(
        act=GLASS_IDENTITY,
        subject=code,
        facts={"groups": in_order(groups), "purpose": purpose},
        reason=reason,
        by=by,
        at=at,
    )


@transaction.atomic
def end(*, code: str, by: log.Actor, at: dt.datetime) -> BreakGlass:
    """The hour is over; or it ends before, because somebody is kept apart from now on or it was
    not justified."""
    use = locked(code)
    if use.ended_at is None:
        use.ended_at = at
        use.save(update_fields=["ended_at"])
        access.end_glass(use.code)
        timeline.record(use.case, "break_glass.ended", by=by, at=at, about=use.code)
    return use


@transaction.atomic
def end_apart(*, case: Case, by: log.Actor, at: dt.datetime) -> None:
    """End what is open to those who are kept apart from the case from now on. The case is held."""
    running = BreakGlass.objects.filter(case=case, ended_at__isnull=True)
    for use in running.select_related("by__agency"):
        if not apart.is_near(case.code, use.by):
            end(code=use.code, by=by, at=at)


def locked(code: str) -> BreakGlass:
    """The use, held after its case."""
    case_queries.hold_cases(Case.objects.filter(glass__code=code))
    rows = BreakGlass.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("case__owner", "case__person", "by__agency", "second").get(
        code=code
    )


def _check(code: str, groups: list[DataGroup], purpose: str, *, by: Member) -> None:
    if not SHAPE.fullmatch(code) or not code.startswith("SH-"):
        raise Invalid("not_a_case_code", pointer="/case")
    if purpose not in BreakGlass.Purpose.values:
        raise Invalid("unknown_code", pointer="/purpose")
    if not groups:
        raise Invalid("empty", pointer="/groups")
    if not set(groups) <= most_for(by.agency.type) & set(SEALED):
        raise Invalid("group_not_for_this_kind_of_agency", pointer="/groups")


def _require_within_limits(by: Member, *, at: dt.datetime) -> None:
    uses = BreakGlass.objects.filter(by=by, opened_at__gt=at - MONTH)
    if uses.filter(opened_at__gt=at - DAY).count() >= MOST_A_DAY:
        raise Refused("break_glass_limit_of_a_day")
    if uses.count() >= MOST_A_MONTH:
        raise Refused("break_glass_limit_of_a_month")
    tries = ApartAttempt.objects.filter(by=by, what="break_glass", at__gt=at - DAY)
    if tries.count() >= MOST_TRIES_A_DAY:
        raise Refused("break_glass_limit_of_a_day")


def _require_second(
    used: TwoPersonAct | None, code: str, groups: list[DataGroup], purpose: str
) -> None:
    asked = {"groups": in_order(groups), "purpose": purpose}
    if used is not None and (used.subject != code or used.facts != asked):
        raise Refused("second_person_needed")
    vital = purpose == BreakGlass.Purpose.DANGER_TO_LIFE
    if DataGroup.IDENTITY in groups and not vital and used is None:
        raise Refused("second_person_needed")


def _found(code: str, by: Member) -> Case:
    """The case, if there is one and the actor is not kept apart from it."""
    case = Case.objects.select_related("owner", "person").filter(code=code).first()
    near = apart.is_near(code, by)
    if case is None or not near:
        apart.note_attempt(code, "break_glass")
        raise Refused("not_possible")
    if case_policy.is_own(by, case):
        raise Refused("case_is_open_to_you")
    return case


def _write(
    case: Case,
    groups: list[DataGroup],
    purpose: str,
    reason: str,
    used: TwoPersonAct | None,
    *,
    by: Member,
    at: dt.datetime,
) -> BreakGlass:
    use = BreakGlass(
        case=case, case_code=case.code, by=by, agency=by.agency, groups=in_order(groups), purpose=purpose,
        second=used, opened_at=at, until=at + LASTS, review_by=at + dt.timedelta(hours=REVIEW.hours),
    )  # fmt: skip
    # The clock of its review runs by this code.
    wall.hold(keys=[use.code])
    use.reason = vault.seal_text(case.person, reason, place=use.code)
    use.save(force_insert=True)
    access.set_glass(
        case,
        source=use.code,
        principal=by.own_group_id,
        scope={*groups, DataGroup.TRIAGE},
        until=use.until,
        at=at,
    )
    facts: dict[str, log.Fact] = {"purpose": purpose, "groups": ",".join(use.groups)}
    if used is not None and used.decided_by is not None:
        facts["seconded_by"] = used.decided_by.username
    timeline.record(case, "break_glass.opened", by=by, at=at, about=use.code, facts=facts)
    return use


def _tell_all(use: BreakGlass, case: Case, *, by: Member, at: dt.datetime) -> None:
    """The owner's supervisors, the actor's own and data protection, before anything is seen."""
    told = [To(Role.SUPERVISOR, case.owner), To(Role.DATA_PROTECTION_OFFICER, space=by.space)]
    for to in told:
        _publish(use, to, at=at)
        # Nobody sees what others are told; whom a notice goes to, the audience says.
        if not any(member.pk != by.pk for member in audience.members_of(to)):
            raise Refused("not_possible")
    if by.agency_id != case.owner_id:
        _publish(use, To(Role.SUPERVISOR, by.agency), at=at)
    home = Agency.objects.filter(is_coordinating=True).order_by("pk").first() or case.owner
    ladder.start(
        subject=use.code,
        purpose=Clock.Purpose.GLASS_REVIEW,
        span=REVIEW,
        calendar=calendar_of(home),
        sender=case.owner,
        receiver=home,
        assignee=None,
        emergency=True,
        steps=CLIMB,
        at=at,
    )


def _publish(use: BreakGlass, to: To, *, at: dt.datetime) -> Event:
    return outbox.publish(Kind.GLASS_BROKEN, subject=use.code, to=to, at=at, emergency=True)
