"""Reach the person as the plan for safe contact lets it be: plan, hold, make, call off."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from agencies import codelists
from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import queries as case_queries
from cases import timeline, vault
from cases.actions.lifecycle import locked as locked_case
from cases.models import Case
from guard import policy, safecontact, texts
from guard.models import Contact
from guard.safecontact import Answer, Outcome
from kernel.errors import Invalid, Refused
from kernel.fields import require_reason
from kernel.groups import DataGroup
from notify import ledger, outbox
from notify.actions import close_tasks
from notify.audience import To
from notify.notices import Kind

State = Contact.State
TASK = "reach_person"
# A contact is written down on the day, or the days after; not long afterwards.
LATEST = dt.timedelta(days=7)


@transaction.atomic
def read_plan(*, case: Case, code_word: bool, by: Member) -> dict[str, Any]:
    """The plan for safe contact; the code word only where it is asked for, which is an event of
    its own."""
    policy.may_reach(by, case).require()
    plan = _plan(case, by=by, unseen=False)
    if code_word:
        log.record("read.code_word", by=by, about=case.person.code, case=case.code)
        return plan
    return {name: value for name, value in plan.items() if name != "code_word"}


@transaction.atomic
def plan_contact(
    *, code: str, channel: str, text: str, override: str = "", by: Member, at: dt.datetime
) -> Contact:
    """Ask whether the person may be reached this way now. Outside the safe hours it is held, with
    a task, till they begin. Against the plan it goes with a reason, of which the owner's
    supervisors are told, or not at all."""
    case = locked_case(code)
    policy.may_reach(by, case).require()
    if channel not in codelists.codes("contact_channel"):
        raise Invalid("unknown_code", pointer="/channel")
    if text not in texts.TEXTS:
        raise Invalid("unknown_code", pointer="/text")
    answer = safecontact.decide(
        _plan(case, by=by, unseen=True), channel=channel, zone=_zone(case), at=at
    )
    against = answer.outcome != Outcome.GO and bool(override)
    if against:
        require_reason(override, pointer="/override")
    elif answer.outcome == Outcome.NEVER:
        raise Refused(answer.because)
    contact = _write(case, channel, text, answer, override if against else "", by=by, at=at)
    event = "against_plan" if against else "held" if contact.state == State.HELD else "planned"
    timeline.record(
        case, f"contact.{event}", by=by, at=at, about=contact.code,
        facts={"channel": channel, "because": answer.because},
    )  # fmt: skip
    if against:
        _tell_supervisors(contact, case, at=at)
    elif contact.state == State.HELD:
        _leave_task(contact, case, by=by, at=at)
    return contact


@transaction.atomic
def make_contact(
    *, code: str, result: str, made_at: dt.datetime, by: Member, at: dt.datetime
) -> Contact:
    """Write down that it was made. What was said to be held is judged by the moment at which it
    was made: before the safe hours it is refused."""
    contact = locked(code)
    policy.may_reach(by, contact.case).require()
    _require_open(contact)
    if made_at > at:
        raise Invalid("contact_in_the_future", pointer="/made_at")
    if made_at < max(contact.planned_at.replace(second=0, microsecond=0), at - LATEST):
        raise Invalid("contact_before_it_was_planned", pointer="/made_at")
    if contact.override is None:
        answer = safecontact.decide(
            _plan(contact.case, by=by, unseen=True),
            channel=contact.channel,
            zone=_zone(contact.case),
            at=made_at,
        )
        if answer.outcome != Outcome.GO:
            raise Refused(answer.because, state=contact.state)
        contact.outcome, contact.because = answer.outcome, answer.because
    contact.result = result
    _end(contact, State.MADE, by=by, at=made_at, now=at)
    return contact


@transaction.atomic
def call_off(*, code: str, by: Member, at: dt.datetime) -> Contact:
    """It is not to be made any more."""
    contact = locked(code)
    policy.may_reach(by, contact.case).require()
    _require_open(contact)
    _end(contact, State.CALLED_OFF, by=by, at=at, now=at)
    return contact


def locked(code: str) -> Contact:
    """The contact, held after its case."""
    case_queries.hold_cases(Case.objects.filter(contacts__code=code))
    rows = Contact.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("case__owner", "case__person", "by", "agency").get(code=code)


def _plan(case: Case, *, by: Member, unseen: bool) -> dict[str, Any]:
    """The plan: shown, or only asked whether a way is safe now."""
    group = DataGroup.CONTACT
    opened = vault.open_groups(
        case.person, [group], by=by, case=case.code, why="contact", unseen=unseen
    )
    return opened[group]


def _zone(case: Case) -> ZoneInfo:
    """Where the person is, unless the plan says otherwise: where those are who help."""
    return ZoneInfo(case.owner.time_zone)


def _write(
    case: Case, channel: str, text: str, answer: Answer, override: str, *, by: Member,
    at: dt.datetime,
) -> Contact:  # fmt: skip
    held = answer.outcome != Outcome.GO and not override
    contact = Contact(
        case=case, by=by, agency=by.agency, channel=channel, text=text,
        state=State.HELD if held else State.READY,
        outcome=answer.outcome, because=answer.because, planned_at=at,
        safe_from=answer.since, safe_until=answer.until,
    )  # fmt: skip
    if override:
        contact.override = vault.seal_text(case.person, override, place=contact.code)
    contact.save(force_insert=True)
    return contact


def _leave_task(contact: Contact, case: Case, *, by: Member, at: dt.datetime) -> None:
    ledger.set_task(
        TASK, subject=contact.code, case=case.code, agency=by.agency, role=Role(by.role),
        assignee=by, due_at=contact.safe_until, at=at,
    )  # fmt: skip


def _tell_supervisors(contact: Contact, case: Case, *, at: dt.datetime) -> None:
    outbox.publish(
        Kind.UNSAFE_CONTACT, subject=contact.code, to=To(Role.SUPERVISOR, case.owner), at=at
    )


def _require_open(contact: Contact) -> None:
    if contact.state not in {State.READY, State.HELD}:
        raise Refused("contact_has_ended", state=contact.state)


def _end(
    contact: Contact, state: Contact.State, *, by: Member, at: dt.datetime, now: dt.datetime
) -> None:
    contact.state, contact.ended_at = state, at
    contact.save(update_fields=["state", "ended_at", "result", "outcome", "because"])
    close_tasks(subject=contact.code, kind=TASK, by=by, at=now)
    timeline.record(
        contact.case, f"contact.{state}", by=by, at=now, about=contact.code,
        facts={"result": contact.result},
    )  # fmt: skip
