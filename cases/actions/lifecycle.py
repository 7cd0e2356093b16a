"""Register, open, assign, hand over, follow up and reopen a case.

Closing stands in `referral.actions.closing`, because it must know that no referral is open.
"""

import datetime as dt
from typing import Any

from django.db import transaction

from agencies import jurisdiction
from agencies.models import Member
from agencies.queries import held
from agencies.roles import CASEWORK, Role
from cases import access, apart, deadlines, policy, queries, timeline, vault
from cases.models import Case, Note, new_case_code
from cases.policy import Verb
from cases.workflow import FLOW, Risk, State
from cases.workflow import Verb as Move
from edge import wall
from kernel.errors import Invalid, Refused
from notify import ladder, ledger, outbox
from notify.audience import To
from notify.models import Clock
from notify.notices import Kind

# Further ahead than anybody plans: a slip of the pen, not a date.
LONGEST_PLAN = dt.timedelta(days=5 * 366)


@transaction.atomic
def register(
    *, source: str, risk: str, person: dict[str, Any], by: Member, at: dt.datetime
) -> Case:
    """A new draft case for a person who is new to this agency, assigned to who registers it.

    `person` holds the facts that stay in clear: age band, gender, district, languages, needs.
    """
    policy.may_register(by).require()
    new = vault.new_person(**person)
    case = Case(
        code=new_case_code(by.space),
        person=new,
        owner=by.agency,
        worker=by,
        source=source,
        risk=risk,
        registered_at=at,
    )
    # Nobody has a right to them yet: whoever makes them is let through by their new names.
    wall.hold(keys=[str(new.uid), case.code])
    new.save(force_insert=True)
    case.save(force_insert=True)
    wall.hold([case.pk])
    access.set_owner(case, at=at)
    timeline.record(case, "case.registered", by=by, at=at)
    return case


@transaction.atomic
def open_case(*, code: str, by: Member, at: dt.datetime) -> Case:
    """From here on the person is being helped, whatever a formal decision says later; what they
    need must be judged within the jurisdiction's time."""
    case = locked(code)
    move(case, Move.OPEN, by=by, at=at, opened_at=at)
    if not case.assessments.exists():
        clocks = jurisdiction.current().clocks
        high = case.risk == Risk.HIGH
        span = clocks.assessment_high_risk if high else clocks.assessment
        deadlines.start(case, Clock.Purpose.ASSESSMENT, span, at=at)
    return case


@transaction.atomic
def change(
    *, code: str, facts: dict[str, Any], version: int, by: Member, at: dt.datetime
) -> Case:
    """Change risk or source, judged on the version the caller saw."""
    case = locked(code)
    policy.may(by, Verb.WRITE, case).require()
    _require_version(case, version)
    save(case, **facts)
    timeline.record(case, "case.changed", by=by, at=at, facts={"fields": _names(facts)})
    return case


@transaction.atomic
def assign(*, code: str, to: Member, by: Member, at: dt.datetime) -> Case:
    """Give the case to another worker of the agency, who sees it from now on."""
    case = locked(code)
    policy.may(by, Verb.ASSIGN, case).require()
    _assign(case, to, at=at)
    timeline.record(case, "case.assigned", by=by, at=at, about=to.username)
    outbox.publish(
        Kind.CASE_ASSIGNED, subject=case.code, to=To(Role.SOCIAL_WORKER, case.owner, to), at=at
    )
    return case


@transaction.atomic
def hand_over(*, code: str, to: Member, note: str, by: Member, at: dt.datetime) -> Case:
    """Give one's case to a colleague with a note of what they must know."""
    case = locked(code)
    policy.may(by, Verb.HAND_OVER, case).require()
    written = write_note(case, note, Note.Visibility.AGENCY, Note.Kind.HAND_OVER, by=by, at=at)
    _assign(case, to, at=at)
    timeline.record(case, "case.handed_over", by=by, at=at, about=written.code)
    outbox.publish(
        Kind.CASE_HANDED_OVER,
        subject=case.code,
        to=To(Role.SOCIAL_WORKER, case.owner, to),
        at=at,
    )
    return case


@transaction.atomic
def release_all(*, worker: Member, held: list[int], by: Member, at: dt.datetime) -> int:
    """Take every case that is held from a worker who leaves; each becomes a task for the
    supervisors."""
    cases = Case.objects.filter(pk__in=held, worker=worker)
    count = 0
    for case in cases.select_related("owner").order_by("pk"):
        save(case, worker=None)
        access.set_owner(case, at=at)
        ladder.reassign(case=case.code, agency=case.owner, to=None)
        timeline.record(case, "case.released", by=by, at=at)
        ledger.set_task(
            "assign_case",
            subject=case.code,
            case=case.code,
            agency=case.owner,
            role=Role.SUPERVISOR,
            at=at,
        )
        outbox.publish(
            Kind.TASK_SET, subject=case.code, to=To(Role.SUPERVISOR, case.owner), at=at
        )
        count += 1
    return count


@transaction.atomic
def plan_follow_ups(*, code: str, dates: list[dt.date], by: Member, at: dt.datetime) -> Case:
    """Plan when to ask after the person; without dates, after the jurisdiction's months."""
    case = locked(code)
    policy.may(by, Verb.PLAN_FOLLOW_UPS, case).require()
    today = deadlines.today(case, at)
    planned = dates or deadlines.usual_follow_ups(case, at)
    if any(day <= today for day in planned):
        raise Invalid("follow_up_in_the_past", pointer="/dates")
    if any(day > (at + LONGEST_PLAN).date() for day in planned):
        raise Invalid("too_far_ahead", pointer="/dates")
    save(case, follow_ups=sorted(set(planned)))
    timeline.record(case, "case.follow_ups_planned", by=by, at=at, facts={"n": len(planned)})
    return case


@transaction.atomic
def follow_up(*, code: str, by: Member, at: dt.datetime) -> Case:
    """Help has ended; from now on the agency only asks after the person."""
    case = locked(code)
    move(case, Move.FOLLOW_UP, by=by, at=at)
    return case


@transaction.atomic
def reopen(*, code: str, reason: str, by: Member, at: dt.datetime) -> Case:
    """Take a closed case up again, with the reason kept beside it."""
    case = locked(code)
    move(case, Move.REOPEN, by=by, at=at, closed_at=None, closure="")
    write_note(case, reason, Note.Visibility.AGENCY, Note.Kind.HAND_OVER, by=by, at=at)
    if case.worker is not None:
        outbox.publish(
            Kind.CASE_REOPENED,
            subject=case.code,
            to=To(Role.SOCIAL_WORKER, case.owner, case.worker),
            at=at,
        )
    return case


@transaction.atomic
def note(*, code: str, text: str, visibility: str, by: Member, at: dt.datetime) -> Note:
    """Write a note: for oneself, for the agency, or shared with a later owner."""
    case = locked(code)
    policy.may(by, Verb.NOTE, case).require()
    written = write_note(case, text, visibility, Note.Kind.NOTE, by=by, at=at)
    timeline.record(case, "note.written", by=by, at=at, about=written.code)
    return written


@transaction.atomic
def set_task(
    *,
    code: str,
    text: str,
    assignee: Member,
    due_at: dt.datetime | None,
    by: Member,
    at: dt.datetime,
) -> str:
    """Ask a colleague to do something about the case; the words are sealed as a note."""
    case = locked(code)
    policy.may(by, Verb.SET_TASK, case).require()
    if assignee.agency_id != case.owner_id:
        raise Invalid("not_a_member_of_this_agency", pointer="/assignee")
    if due_at is not None and due_at < at:
        raise Invalid("due_in_the_past", pointer="/due_at")
    if due_at is not None and due_at > at + LONGEST_PLAN:
        raise Invalid("too_far_ahead", pointer="/due_at")
    written = write_note(case, text, Note.Visibility.AGENCY, Note.Kind.TASK, by=by, at=at)
    task = ledger.set_task(
        "own_words",
        subject=case.code,
        case=case.code,
        agency=case.owner,
        role=Role.SOCIAL_WORKER,
        assignee=assignee,
        due_at=due_at,
        note=written.code,
        at=at,
    )
    timeline.record(case, "task.set", by=by, at=at, about=task.code)
    outbox.publish(
        Kind.TASK_SET,
        subject=task.code,
        to=To(Role.SOCIAL_WORKER, case.owner, assignee),
        at=at,
    )
    return task.code


def locked(code: str) -> Case:
    """The case, held against every other change until this transaction ends."""
    queries.hold_cases(Case.objects.filter(code=code))
    return Case.objects.select_related("owner", "person", "worker__agency").get(code=code)


def save(case: Case, **changes: Any) -> None:
    """Write these fields and the next version."""
    for name, value in changes.items():
        setattr(case, name, value)
    case.version += 1
    case.save(update_fields=[*changes, "version"])


def move(case: Case, verb: Move, *, by: Member, at: dt.datetime, **changes: Any) -> None:
    """One step of the workflow, asked, made and written down."""
    policy.may_move(by, verb, case).require()
    before = State(case.state)
    target = FLOW.step(verb, state=before).target
    save(case, state=target, **changes)
    timeline.record(
        case, f"case.{verb}", by=by, at=at, facts={"from": before.value, "to": target.value}
    )


def write_note(
    case: Case, text: str, visibility: str, kind: Note.Kind, *, by: Member, at: dt.datetime
) -> Note:
    note = Note(
        case=case, author=by, agency=by.agency, kind=kind, visibility=visibility, written_at=at
    )
    note.text = vault.seal_text(case.person, text, place=note.code)
    note.save(force_insert=True)
    return note


def _assign(case: Case, to: Member, *, at: dt.datetime) -> None:
    to = held(to)
    if to.agency_id != case.owner_id or not to.is_active or to.role not in CASEWORK:
        raise Invalid("not_a_caseworker_of_this_agency", pointer="/to")
    require_near(case, to, "case.assign")
    ledger.reassign(case=case.code, agency=case.owner, old=case.worker, new=to)
    save(case, worker=to)
    access.set_owner(case, at=at)
    ladder.reassign(case=case.code, agency=case.owner, to=to)


def require_near(case: Case, member: Member, what: str) -> None:
    """Raise Refused where the member is kept apart from the case. Never why: the reason may itself
    endanger the person."""
    if apart.is_named(case.pk, member):
        apart.note_attempt(case.code, what)
        raise Refused("not_possible")


def _require_version(case: Case, version: int) -> None:
    if case.version != version:
        raise Refused("changed_meanwhile", state=case.state)


def _names(facts: dict[str, Any]) -> str:
    return ",".join(sorted(facts))
