"""The owner's side: submit for a decision, take it back, decline, come back, ask once more."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction

from agencies import jurisdiction
from agencies.calendar import day_of
from agencies.codelists import codes
from agencies.lists import districts
from agencies.models import REAL, Agency, Member
from agencies.roles import Role
from audit import log
from cases import apart, deadlines, policy, vault
from cases.models import Case
from cases.policy import Verb as CaseVerb
from cases.queries import is_kept_apart
from cases.workflow import State as CaseState
from identification import queries
from identification.actions.moving import (
    close_desk,
    held,
    move,
    open_desk,
    run_possible,
    start_deciding,
    tell_officers,
)
from identification.models import AnonymousNotice, Identification
from identification.workflow import ON_THE_DESK, State, Verb
from kernel.errors import Invalid, Refused
from kernel.fields import require_reason
from notify import ladder, ledger
from notify.actions import close_tasks
from notify.models import Clock
from notify.notices import Kind

# Who moves what a withdrawn consent or a newly learned age has made untrue.
LEARNED = log.Machine("what is known")
HELPED = frozenset({CaseState.OPEN, CaseState.FOLLOW_UP})


@dataclass(frozen=True, slots=True)
class Anonymous:
    """What the competent authority is told of somebody who does not want the procedure."""

    with_region: bool = False
    exploitation: list[str] = field(default_factory=list)


@transaction.atomic
def submit(
    *, code: str, authority: Agency, best_interest: str, by: Member, at: dt.datetime
) -> Identification:
    """Ask the competent authority for a decision, with the person's consent.

    For a child, and for unknown age, what was weighed in the child's best interest is written
    down; where no parent or guardian speaks for the child, one must be found within the law's time.
    """
    identification = held(code)
    case = identification.case
    _may(by, case)
    _check_ready(case)
    _check_authority(authority, case, at=at)
    if case.person.is_child:
        require_reason(best_interest, pointer="/best_interest", code="best_interest_missing")
    if not queries.filled_in(case):
        raise Refused("no_screening_submitted", state=identification.state)
    sealed = (
        vault.seal_text(case.person, best_interest, place=f"{identification.code} interest")
        if best_interest
        else None
    )
    move(
        identification,
        Verb.SUBMIT,
        by=by,
        at=at,
        authority=authority,
        submitted_at=at,
        submitted_by=by,
        best_interest=sealed,
    )
    _lay_on_desk(identification, at=at)
    close_tasks(subject=identification.code, kind="answer_authority", by=by, at=at)
    if case.person.is_child and not queries.has_guardian(case, at=at):
        _ask_for_guardian(case, at=at)
    return identification


@transaction.atomic
def take_back(*, code: str, by: Member, at: dt.datetime) -> Identification:
    """The person leaves the procedure before anything is decided; nothing else ends with it."""
    identification = held(code)
    move(identification, Verb.TAKE_BACK, by=by, at=at)
    _clear_desk(identification, at=at)
    return identification


@transaction.atomic
def decline(
    *, code: str, anonymous: Anonymous | None, by: Member, at: dt.datetime
) -> Identification:
    """An adult does not want the formal procedure, and still gets all help. At their wish the
    authority is told that somebody was met, and nothing by which to find out who.

    Source: the duty to notify of the Modern Slavery Act 2015, section 52, which is met without a
    name where the adult does not agree to one.
    """
    identification = held(code)
    case = identification.case
    move(identification, Verb.DECLINE, by=by, at=at)
    if anonymous is not None:
        _notify_without_a_name(case, anonymous, at=at)
    return identification


@transaction.atomic
def resume(*, code: str, by: Member, at: dt.datetime) -> Identification:
    """The person has thought again, and wants the formal procedure."""
    identification = held(code)
    move(identification, Verb.RESUME, by=by, at=at)
    return identification


@transaction.atomic
def reconsider(*, code: str, new_evidence: str, by: Member, at: dt.datetime) -> Identification:
    """Ask for another look at a no, on new evidence, within the window that the telling opened.
    Another officer than who said no decides."""
    identification = held(code)
    case = identification.case
    _may(by, case)
    _check_ready(case)
    require_reason(new_evidence, pointer="/new_evidence")
    if identification.authority is not None:
        _check_authority(identification.authority, case, at=at)
    until = identification.reconsider_until
    if until is not None and at > until:
        raise Refused("reconsideration_window_is_over", state=identification.state)
    move(
        identification,
        Verb.RECONSIDER,
        by=by,
        at=at,
        submitted_at=at,
        submitted_by=by,
        reconsider_until=None,
        new_evidence=vault.seal_text(
            case.person, new_evidence, place=f"{identification.code} evidence"
        ),
    )
    deadlines.stop(case, Clock.Purpose.RECONSIDERATION, subject=identification.code, at=at)
    _lay_on_desk(identification, at=at)
    return identification


@transaction.atomic
def settle(*, code: str, by: Member | log.Machine, at: dt.datetime) -> None:
    """Bring what the authority may read in line with what is consented to now, and with what is
    known of the person's age. Where an adult's consent no longer holds, or a child turns out not
    to have been submitted as one, a submission that waits for its decision is taken back."""
    identification = held(code)
    case = identification.case
    child = case.person.is_child
    if not child or queries.has_guardian(case, at=at):
        _guardian_is_found(case, by=by, at=at)
    if identification.state == State.DECLINED and child:
        # That way is an adult's: a human looks again.
        move(identification, Verb.RESUME, by=LEARNED, at=at)
        _look_again(identification, at=at)
    if identification.state not in ON_THE_DESK:
        return
    assert identification.authority is not None, "submitted to somebody"
    consented = queries.is_consented(case, identification.authority.pk, at=at)
    as_an_adult = child and identification.best_interest is None
    if identification.state == State.SUBMITTED and (as_an_adult or not consented):
        # Whoever ended the consent, or wrote the age down, was asked for that already.
        move(identification, Verb.TAKE_BACK, by=LEARNED, at=at)
        _clear_desk(identification, at=at)
        if as_an_adult:
            _look_again(identification, at=at)
        return
    open_desk(identification, at=at)
    if child and not queries.has_guardian(case, at=at):
        _ask_for_guardian(case, at=at)


@transaction.atomic
def take_up(*, code: str, by: Member, at: dt.datetime) -> None:
    """The case is open again: the clocks run on that its closing had stopped."""
    identification = held(code)
    case = identification.case
    if identification.state == State.POSSIBLE:
        run_possible(identification, at=at)
    for telling in queries.untold(case):
        deadlines.start_on(
            case,
            Clock.Purpose.TELLING,
            deadlines.today(case, max(at, telling.due_at)),
            subject=telling.decision.code,
            at=at,
        )


def _may(by: Member, case: Case) -> None:
    policy.may(by, CaseVerb.IDENTIFY, case).require()


def _check_ready(case: Case) -> None:
    if case.state not in HELPED:
        raise Refused("case_is_not_open", state=case.state)


def _check_authority(authority: Agency, case: Case, *, at: dt.datetime) -> None:
    body = jurisdiction.current().deciding_body(authority.deciding_body)
    if body is None or authority.type not in body.agency_types:
        raise Invalid("not_a_deciding_body", pointer="/authority")
    if not authority.may_receive(day_of(authority, at)):
        raise Refused("no_sharing_protocol")
    if is_kept_apart(case, authority.pk):
        # Never why: the reason may itself endanger the person.
        apart.note_attempt(case.code, "identification.submit")
        raise Refused("not_possible")


def _lay_on_desk(identification: Identification, *, at: dt.datetime) -> None:
    authority = identification.authority
    assert authority is not None, "submitted to somebody"
    if not queries.is_consented(identification.case, authority.pk, at=at):
        raise Refused("no_consent", state=identification.state)
    open_desk(identification, at=at)
    start_deciding(
        identification,
        Clock.Purpose.DECISION,
        jurisdiction.current().decision.reasonable_grounds,
        at=at,
    )
    tell_officers(Kind.IDENTIFICATION_SUBMITTED, authority, subject=identification.code, at=at)


def _clear_desk(identification: Identification, *, at: dt.datetime) -> None:
    close_desk(identification, at=at)
    assert identification.authority is not None, "submitted to somebody"
    tell_officers(
        Kind.IDENTIFICATION_TAKEN_BACK,
        identification.authority,
        subject=identification.code,
        at=at,
    )


def _ask_for_guardian(case: Case, *, at: dt.datetime) -> None:
    """Council of Europe Convention, art. 10 (4) (a): somebody must represent the child."""
    if ladder.runs(subject=case.code, purpose=Clock.Purpose.GUARDIAN):
        return
    deadlines.start(case, Clock.Purpose.GUARDIAN, jurisdiction.current().clocks.guardian, at=at)
    _set_task("appoint_guardian", case.code, case, at=at)


def _guardian_is_found(case: Case, *, by: Member | log.Machine, at: dt.datetime) -> None:
    deadlines.stop(case, Clock.Purpose.GUARDIAN, at=at)
    member = by if isinstance(by, Member) else None
    close_tasks(subject=case.code, kind="appoint_guardian", by=member, at=at)


def _look_again(identification: Identification, *, at: dt.datetime) -> None:
    _set_task("age_was_learned", identification.code, identification.case, at=at)


def _set_task(kind: str, subject: str, case: Case, *, at: dt.datetime) -> None:
    ledger.set_task(
        kind,
        subject=subject,
        case=case.code,
        agency=case.owner,
        role=Role.SUPERVISOR,
        assignee=case.worker,
        at=at,
    )


def _notify_without_a_name(case: Case, what: Anonymous, *, at: dt.datetime) -> None:
    for n, each in enumerate(what.exploitation):
        if each not in codes("vic_TypeOfExploitation"):
            raise Invalid("unknown_code", pointer=f"/anonymous/exploitation/{n}")
    if case.owner.space != REAL:
        # Who is made up is told to nobody.
        return
    home = districts().get(case.person.district)
    AnonymousNotice.objects.create(
        month=deadlines.today(case, at).replace(day=1),
        region=home.region if home is not None and what.with_region else "",
        exploitation=sorted(set(what.exploitation)),
    )
