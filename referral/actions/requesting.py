"""An agency asks for a case whose code the person has told it. Nothing is said of whether it is."""

import datetime as dt

from django.db import transaction

from agencies.calendar import day_of
from agencies.models import REAL, Member
from agencies.roles import Role
from audit import log
from cases import deadlines, timeline
from cases.actions.lifecycle import locked as locked_case
from cases.models import Case
from edge import wall
from kernel.clock import Runs, Span
from kernel.codes import SHAPE
from kernel.errors import Denied, Invalid, Refused
from notify import ledger, outbox
from notify.actions import close_tasks
from notify.audience import To
from notify.models import Clock
from notify.notices import Kind
from referral.actions import transferring
from referral.models import CaseRequest
from referral.workflow import RequestState

# How long the asker waits, whether there is such a case or not.
WAITS = dt.timedelta(days=14)
# How soon the owner should answer, before its supervisor is reminded.
ANSWER = Span(72, Runs.WORKING_DAYS)


@transaction.atomic
def ask(*, case_code: str, reason: str, by: Member, at: dt.datetime) -> CaseRequest:
    """Ask whoever owns the case to hand it over. The answer is the same for any code."""
    if by.role != Role.SUPERVISOR:
        raise Denied("only_a_supervisor_may_do_this")
    if by.space != REAL:
        raise Denied("not_in_practice")
    if not SHAPE.fullmatch(case_code) or not case_code.startswith("SH-"):
        raise Invalid("not_a_case_code", pointer="/case")
    if not by.agency.may_receive(day_of(by.agency, at)):
        raise Refused("no_sharing_protocol")
    if CaseRequest.objects.filter(
        case_code=case_code, asker=by.agency, state=RequestState.ASKED
    ).exists():
        raise Refused("case_is_asked_for", state=RequestState.ASKED)
    # Whoever names a code may ask for the case, and is told nothing of whether there is one.
    wall.hold(keys=[case_code])
    case = Case.objects.select_related("owner").filter(code=case_code).first()
    if case is not None and case.owner_id == by.agency_id:
        raise Invalid("owner_already", pointer="/case")
    request = CaseRequest.objects.create(
        case_code=case_code,
        case=case,
        asker=by.agency,
        reason=reason,
        asked_at=at,
        asked_by=by,
        waits_until=at + WAITS,
    )
    log.record("case_request.asked", by=by, about=request.code)
    if case is not None:
        _tell_owner(request, locked_case(case.code), by=by, at=at)
    return request


@transaction.atomic
def grant(*, code: str, note: str, by: Member, at: dt.datetime) -> CaseRequest:
    """Propose the transfer that was asked for, with the person's consent to that agency."""
    request = _held(code, by=by)
    assert request.case is not None, "held with its case"
    request.transfer = transferring.propose(
        code=request.case.code, to=request.asker, note=note, by=by, at=at
    )
    request.state = RequestState.GRANTED
    request.save(update_fields=["state", "transfer"])
    _settled(request, "granted", by=by, at=at)
    return request


@transaction.atomic
def refuse(*, code: str, by: Member, at: dt.datetime) -> CaseRequest:
    """No. The asker sees nothing of it: its time runs out, as it does for a code that is none."""
    request = _held(code, by=by)
    request.refused_at = at
    request.save(update_fields=["refused_at"])
    _settled(request, "refused", by=by, at=at)
    return request


@transaction.atomic
def let_lapse(*, code: str, by: log.Machine, at: dt.datetime) -> None:
    """A request whose time is over, refused, unanswered or for no case at all: all look alike."""
    request = _locked(code)
    if request.state != RequestState.ASKED or request.waits_until > at:
        return
    request.state = RequestState.NO_ANSWER
    request.save(update_fields=["state"])
    log.record("case_request.lapsed", by=by, about=request.code)
    if request.case is not None:
        deadlines.stop(request.case, Clock.Purpose.CASE_REQUEST, subject=request.code, at=at)
        close_tasks(subject=request.code, kind="answer_case_request", by=None, at=at)


def _tell_owner(request: CaseRequest, case: Case, *, by: Member, at: dt.datetime) -> None:
    deadlines.start(case, Clock.Purpose.CASE_REQUEST, ANSWER, subject=request.code, at=at)
    timeline.record(case, "case_request.asked", by=by, at=at, about=request.code)
    ledger.set_task(
        "answer_case_request",
        subject=request.code,
        case=case.code,
        agency=case.owner,
        role=Role.SUPERVISOR,
        at=at,
    )
    outbox.publish(
        Kind.CASE_REQUESTED, subject=request.code, to=To(Role.SUPERVISOR, case.owner), at=at
    )


def _locked(code: str) -> CaseRequest:
    """The request, held after its case, if there is one."""
    case_code = CaseRequest.objects.values_list("case__code", flat=True).get(code=code)
    case = locked_case(case_code) if case_code else None
    rows = CaseRequest.objects.select_for_update(of=("self",), no_key=True)
    request = rows.select_related("asker").get(code=code)
    request.case = case
    return request


def _held(code: str, *, by: Member) -> CaseRequest:
    request = _locked(code)
    case = request.case
    if case is None:
        raise Denied("only_the_owner_may_do_this")
    if by.role != Role.SUPERVISOR or by.agency_id != case.owner_id:
        raise Denied("only_the_owner_may_do_this")
    if request.state != RequestState.ASKED or request.refused_at is not None:
        raise Refused("case_request_is_answered", state=request.state)
    return request


def _settled(request: CaseRequest, what: str, *, by: Member, at: dt.datetime) -> None:
    assert request.case is not None, "held with its case"
    timeline.record(request.case, f"case_request.{what}", by=by, at=at, about=request.code)
    deadlines.stop(request.case, Clock.Purpose.CASE_REQUEST, subject=request.code, at=at)
    close_tasks(subject=request.code, kind="answer_case_request", by=by, at=at)
