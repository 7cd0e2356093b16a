"""The competent authority's side: ask for more, recognise, extend, confirm, reject; and telling."""

import datetime as dt

from django.db import transaction

from agencies import jurisdiction
from agencies.calendar import calendar_of
from agencies.codelists import codes
from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import deadlines, policy, timeline, vault
from cases.policy import Verb as CaseVerb
from identification import queries
from identification.actions.moving import (
    close_desk,
    held,
    move,
    open_desk,
    run_possible,
    save,
    tell_officers,
    tell_owner,
)
from identification.models import (
    Decision,
    Extension,
    Identification,
    Screening,
    Statement,
    Telling,
)
from identification.policy import may as may_move
from identification.workflow import Result, Stage, State, Verb, Whom
from kernel.clock import end_of
from kernel.errors import Invalid, Refused
from kernel.fields import require_reason
from notify import ladder, ledger
from notify.ladder import Reminder
from notify.models import Clock
from notify.notices import Kind


@transaction.atomic
def request_more(*, code: str, question: str, by: Member, at: dt.datetime) -> Identification:
    """Ask the owner for more. It is off the desk until it is submitted again."""
    identification = held(code)
    move(identification, Verb.REQUEST_MORE, by=by, at=at)
    _decide(identification, Result.MORE_INFORMATION, question, [], by=by, at=at)
    close_desk(identification, at=at)
    case = identification.case
    ledger.set_task(
        "answer_authority",
        subject=identification.code,
        case=case.code,
        agency=case.owner,
        role=Role.SUPERVISOR,
        assignee=case.worker,
        at=at,
    )
    tell_owner(Kind.MORE_INFORMATION, case, subject=identification.code, at=at)
    return identification


@transaction.atomic
def recognise(
    *, code: str, reasons: str, evidence: list[str], by: Member, at: dt.datetime
) -> Identification:
    """There are reasonable grounds to believe it: the reflection period begins.

    Source: Council of Europe Convention, art. 13: thirty days at least.
    """
    identification = held(code)
    law = jurisdiction.current().reflection
    ends = at + dt.timedelta(days=law.minimum_days)
    move(
        identification,
        Verb.RECOGNISE,
        by=by,
        at=at,
        reflection_began_at=at,
        reflection_earliest_end=ends,
        reflection_ends_at=ends,
    )
    decision = _decide(identification, Result.POSITIVE, reasons, evidence, by=by, at=at)
    deadlines.stop(
        identification.case, Clock.Purpose.DECISION, subject=identification.code, at=at
    )
    open_desk(identification, at=at)
    run_possible(identification, at=at)
    _owe_telling(decision, at=at)
    return identification


@transaction.atomic
def extend(
    *, code: str, until: dt.datetime, reason: str, by: Member, at: dt.datetime
) -> Identification:
    """A longer reflection period, for the person's sake; never a shorter one."""
    identification = held(code)
    # Extending is for who may end it: the same officer's right, and the same four eyes.
    may_move(by, Verb.CONFIRM, identification).require()
    if identification.state != State.POSSIBLE:
        raise Refused(f"cannot_extend_when_{identification.state}", state=identification.state)
    began, ends = identification.reflection_began_at, identification.reflection_ends_at
    assert began is not None, "set by recognising"
    assert ends is not None, "set by recognising"
    if at >= ends:
        raise Refused("reflection_has_ended", state=identification.state)
    if until <= ends:
        raise Invalid("reflection_only_gets_longer", pointer="/until")
    if until > began + dt.timedelta(days=jurisdiction.current().reflection.longest_days):
        raise Invalid("reflection_too_long", pointer="/until")
    require_reason(reason, pointer="/reason")
    save(identification, reflection_ends_at=until)
    # As the database gives it back: the reason is sealed for this moment.
    until = until.astimezone(dt.UTC)
    extension = Extension(identification=identification, until=until, given_at=at, given_by=by)
    extension.reason = vault.seal_text(
        identification.case.person, reason, place=f"{identification.code} {until.isoformat()}"
    )
    extension.save(force_insert=True)
    timeline.record(
        identification.case, "identification.extend", by=by, at=at, about=identification.code
    )
    run_possible(identification, at=at)
    tell_owner(
        Kind.REFLECTION_EXTENDED, identification.case, subject=identification.code, at=at
    )
    return identification


@transaction.atomic
def confirm(
    *, code: str, reasons: str, evidence: list[str], by: Member, at: dt.datetime
) -> Identification:
    """The person is a victim. Not before the reflection period has ended."""
    identification = held(code)
    move(identification, Verb.CONFIRM, by=by, at=at)
    _require_reflected(identification, at=at)
    decision = _decide(identification, Result.POSITIVE, reasons, evidence, by=by, at=at)
    close_desk(identification, at=at)
    _owe_telling(decision, at=at)
    return identification


@transaction.atomic
def reject(
    *, code: str, reasons: str, evidence: list[str], by: Member, at: dt.datetime
) -> Identification:
    """It could not be confirmed. Help goes on, and another look may be asked for; while a
    reflection period runs nobody is rejected."""
    identification = held(code)
    reflecting = identification.state == State.POSSIBLE
    move(identification, Verb.REJECT, by=by, at=at, reconsider_until=None)
    if reflecting:
        _require_reflected(identification, at=at)
    stage = Stage.CONCLUSIVE if reflecting else None
    decision = _decide(
        identification, Result.NEGATIVE, reasons, evidence, stage=stage, by=by, at=at
    )
    close_desk(identification, at=at)
    _owe_telling(decision, at=at)
    return identification


@transaction.atomic
def tell(
    *,
    code: str,
    whom: str,
    told_at: dt.datetime,
    way: str,
    language: str,
    proof: str,
    by: Member,
    at: dt.datetime,
) -> Decision:
    """The owner's worker has told the person, or the child's guardian, and says how it is proven.
    With a no that opens the window in which another look may be asked for."""
    case_code = Decision.objects.values_list("identification__case__code", flat=True).get(
        code=code
    )
    identification = held(case_code)
    case = identification.case
    policy.may(by, CaseVerb.IDENTIFY, case).require()
    decision = Decision.objects.select_related("authority").get(code=code)
    telling = Telling.objects.filter(decision=decision, whom=whom).first()
    if telling is None:
        raise Invalid("nobody_to_tell", pointer="/whom")
    if telling.told_at is not None:
        raise Refused("told_already", state=identification.state)
    # People say the minute: what was decided and told within one was told after it.
    if not decision.decided_at.replace(second=0, microsecond=0) <= told_at <= at:
        raise Invalid("told_out_of_time", pointer="/told_at")
    if way not in codes("notice_way"):
        raise Invalid("unknown_code", pointer="/way")
    telling.told_at, telling.told_by = told_at, by
    telling.way, telling.language = way, language
    telling.proof = vault.seal_text(case.person, proof, place=f"{decision.code} {whom}")
    telling.save()
    timeline.record(
        case, "identification.told", by=by, at=at, about=decision.code, facts={"whom": whom}
    )
    if not decision.tellings.filter(told_at__isnull=True).exists():
        deadlines.stop(case, Clock.Purpose.TELLING, subject=decision.code, at=at)
        _open_window(identification, decision, told_at, at=at)
    return decision


@transaction.atomic
def end_reflection(*, code: str, by: log.Machine, at: dt.datetime) -> None:
    """The reflection period is over: from now on the authority owes its conclusion."""
    identification = held(code)
    ends = identification.reflection_ends_at
    case = identification.case
    runs = ladder.runs(subject=identification.code, purpose=Clock.Purpose.REFLECTION)
    if identification.state != State.POSSIBLE or ends is None or at < ends or not runs:
        return
    run_possible(identification, at=at)
    timeline.record(
        case, "identification.reflection_over", by=by, at=at, about=identification.code
    )
    assert identification.authority is not None, "submitted to somebody"
    tell_officers(
        Kind.REFLECTION_ENDED, identification.authority, subject=identification.code, at=at
    )
    tell_owner(Kind.REFLECTION_ENDED, case, subject=identification.code, at=at)


@transaction.atomic
def end_window(*, code: str, by: log.Machine, at: dt.datetime) -> None:
    """The time to ask for another look is over: a right has lapsed, and nobody is late."""
    identification = held(code)
    until = identification.reconsider_until
    if until is not None and at < until:
        return
    deadlines.stop(
        identification.case,
        Clock.Purpose.RECONSIDERATION,
        subject=identification.code,
        at=at,
    )
    timeline.record(
        identification.case,
        "identification.window_over",
        by=by,
        at=at,
        about=identification.code,
    )


def _decide(
    identification: Identification,
    result: Result,
    reasons: str,
    evidence: list[str],
    *,
    stage: Stage | None = None,
    by: Member,
    at: dt.datetime,
) -> Decision:
    """Write the decision. The officer must still be allowed to read what it stands on."""
    case, authority = identification.case, identification.authority
    assert authority is not None, "submitted to somebody"
    asked = result == Result.MORE_INFORMATION
    require_reason(reasons, pointer="/question" if asked else "/reasons")
    if jurisdiction.current().deciding_body(authority.deciding_body) is None:
        raise Refused("not_a_deciding_body", state=identification.state)
    if not queries.is_consented(case, authority.pk, at=at):
        raise Refused("no_consent", state=identification.state)
    _check_evidence(identification, evidence)
    decision = Decision(
        identification=identification,
        stage=stage or _stage(identification),
        result=result,
        body=authority.deciding_body,
        authority=authority,
        evidence=evidence,
        decided_at=at,
        decided_by=by,
    )
    decision.reasons = vault.seal_text(case.person, reasons, place=decision.code)
    decision.save(force_insert=True)
    timeline.record(
        case, "identification.decided", by=by, at=at, about=decision.code,
        facts={"stage": decision.stage, "result": result.value},
    )  # fmt: skip
    if result != Result.MORE_INFORMATION:
        tell_owner(Kind.DECISION_MADE, case, subject=decision.code, at=at)
    return decision


def _stage(identification: Identification) -> Stage:
    if identification.state == State.CONFIRMED:
        return Stage.CONCLUSIVE
    again = identification.decisions.filter(result=Result.NEGATIVE).exists()
    return Stage.RECONSIDERATION if again else Stage.PRELIMINARY


def _check_evidence(identification: Identification, evidence: list[str]) -> None:
    case = identification.case
    known = set(
        Screening.objects.filter(case=case, state="submitted").values_list("code", flat=True)
    ) | set(Statement.objects.filter(case=case).values_list("code", flat=True))
    for n, code in enumerate(evidence):
        if code not in known:
            raise Invalid("unknown_evidence", pointer=f"/evidence/{n}")


def _require_reflected(identification: Identification, *, at: dt.datetime) -> None:
    ends = identification.reflection_ends_at
    assert ends is not None, "set by recognising"
    if at < ends:
        raise Refused("reflection_period_runs", state=State.POSSIBLE)


def _owe_telling(decision: Decision, *, at: dt.datetime) -> None:
    """Who must be told, by when. Nothing is handed to a child alone: the guardian is told."""
    case = decision.identification.case
    whom = Whom.GUARDIAN if case.person.is_child else Whom.PERSON
    for rule in jurisdiction.current().told:
        if rule.who == whom:
            due = end_of(rule.within, start=at, calendar=calendar_of(case.owner))
            Telling.objects.create(decision=decision, whom=whom, due_at=due)
            deadlines.start(
                case, Clock.Purpose.TELLING, rule.within, subject=decision.code, at=at
            )


def _open_window(
    identification: Identification, decision: Decision, told_at: dt.datetime, *, at: dt.datetime
) -> None:
    newest = identification.decisions.order_by("-pk").first()
    waits = identification.state == State.NOT_CONFIRMED and newest == decision
    if not waits:
        return
    window = dt.timedelta(days=jurisdiction.current().reconsideration.window_days)
    save(identification, reconsider_until=told_at + window)
    assert identification.authority is not None, "submitted to somebody"
    ladder.stop(subject=identification.code, purpose=Clock.Purpose.RECONSIDERATION, at=at)
    ladder.start_until(
        subject=identification.code,
        purpose=Clock.Purpose.RECONSIDERATION,
        due_at=told_at + window,
        reminders=(Reminder(-10, "receiver", Role.SUPERVISOR, assignee=True),),
        sender=identification.case.owner,
        receiver=identification.case.owner,
        assignee=identification.case.worker,
        case=identification.case.code,
        at=at,
    )
    deadlines.copy_due(identification.case)
