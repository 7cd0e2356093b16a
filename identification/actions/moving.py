"""What every move of an identification has in common: hold, ask, move, open or close, tell."""

import datetime as dt
from typing import Any

from agencies import jurisdiction
from agencies.calendar import calendar_of
from agencies.jurisdiction import Reflection
from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from cases import access, deadlines, timeline
from cases.actions.lifecycle import locked as locked_case
from cases.models import Case, CaseAccess
from cases.queries import hold_consents
from identification import policy, queries
from identification.models import Identification
from identification.workflow import ADULTS_ONLY, FLOW, State, Verb
from kernel.clock import Span
from kernel.errors import Refused
from notify import ladder, outbox
from notify.audience import To
from notify.ladder import Reminder
from notify.models import Clock
from notify.notices import Kind


def held(code: str) -> Identification:
    """Case, consents, identification: held in the order in which everybody holds them."""
    case = locked_case(code)
    hold_consents(case.pk)
    return locked(case)


def locked(case: Case) -> Identification:
    """The identification of a case that is held already; made if there is none yet."""
    Identification.objects.get_or_create(case=case)
    rows = Identification.objects.select_for_update(of=("self",), no_key=True)
    identification = rows.select_related("authority", "submitted_by").get(case=case)
    identification.case = case
    return identification


def move(
    identification: Identification,
    verb: Verb,
    *,
    by: Member | log.Machine,
    at: dt.datetime,
    **changes: Any,
) -> None:
    """One step of the workflow: asked, made, and written down."""
    if isinstance(by, Member):
        policy.may(by, verb, identification).require()
    before = State(identification.state)
    target = FLOW.step(verb, state=before).target
    if verb in ADULTS_ONLY and identification.case.person.is_child:
        raise Refused("not_for_a_child", state=before.value)
    save(identification, state=target, **changes)
    timeline.record(
        identification.case,
        f"identification.{verb}",
        by=by,
        at=at,
        about=identification.code,
        facts={"from": before.value, "to": target.value},
    )


def save(identification: Identification, **changes: Any) -> None:
    """Write these fields and the next version."""
    for name, value in changes.items():
        setattr(identification, name, value)
    identification.version += 1
    identification.save(update_fields=[*changes, "version"])


def open_desk(identification: Identification, *, at: dt.datetime) -> None:
    """The officers of the authority may read what is consented to for this, until that ends; and
    nothing where the consent no longer holds."""
    authority = identification.authority
    assert authority is not None, "submitted to somebody"
    if authority.officers_id is None or not queries.is_consented(
        identification.case, authority.pk, at=at
    ):
        access.end(identification.code)
        return
    ends = queries.covered(identification.case, authority.pk, at=at)
    access.set_opened(
        identification.case,
        CaseAccess.Because.SUBMITTED,
        source=identification.code,
        principals=[authority.officers_id],
        scope=ends,
        until=min(ends.values()),
        at=at,
    )
    deadlines.copy_due(identification.case)


def close_desk(identification: Identification, *, at: dt.datetime) -> None:
    """The authority reads nothing more of it, and owes nothing more."""
    access.end(identification.code)
    deadlines.stop(identification.case, subject=identification.code, at=at)


def start_deciding(
    identification: Identification, purpose: Clock.Purpose, span: Span, *, at: dt.datetime
) -> None:
    """The clock of the authority runs, on its own working calendar."""
    authority = identification.authority
    assert authority is not None, "submitted to somebody"
    ladder.start(
        subject=identification.code,
        purpose=purpose,
        span=span,
        calendar=calendar_of(authority),
        sender=identification.case.owner,
        receiver=authority,
        assignee=None,
        emergency=False,
        case=identification.case.code,
        steps=ladder.DECIDING,
        at=at,
    )
    deadlines.copy_due(identification.case)


def run_possible(identification: Identification, *, at: dt.datetime) -> None:
    """The clock of the reflection period; once that is over, of the authority's conclusion."""
    case, ends = identification.case, identification.reflection_ends_at
    assert ends is not None, "set by recognising"
    assert identification.authority is not None, "submitted to somebody"
    deadlines.stop(case, Clock.Purpose.REFLECTION, subject=identification.code, at=at)
    law = jurisdiction.current()
    if at >= ends:
        conclusive = law.decision.conclusive
        start_deciding(identification, Clock.Purpose.CONCLUSION, conclusive, at=at)
        return
    ladder.start_until(
        subject=identification.code,
        purpose=Clock.Purpose.REFLECTION,
        due_at=ends,
        reminders=_warnings(law.reflection),
        sender=case.owner,
        receiver=identification.authority,
        assignee=case.worker,
        case=case.code,
        at=at,
    )
    deadlines.copy_due(case)


def _warnings(law: Reflection) -> tuple[Reminder, ...]:
    """As many days before the end as the law's warnings are before the end of its minimum."""
    return tuple(
        Reminder(day - law.minimum_days, side, role, assignee=side == "sender")
        for day in law.warn_days
        for side, role in (
            ("sender", Role.SUPERVISOR),
            ("receiver", Role.IDENTIFICATION_OFFICER),
        )
    )


def tell_owner(kind: Kind, case: Case, *, subject: str, at: dt.datetime) -> None:
    """The worker of the case; where there is none, the owner's supervisors."""
    outbox.publish(
        kind, subject=subject, to=To(Role.SUPERVISOR, case.owner, case.worker), at=at
    )


def tell_officers(kind: Kind, authority: Agency, *, subject: str, at: dt.datetime) -> None:
    outbox.publish(kind, subject=subject, to=To(Role.IDENTIFICATION_OFFICER, authority), at=at)
