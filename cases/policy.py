"""Who may see a case, how much of it, and who may do what. Nothing else decides this."""

import datetime as dt
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from agencies.models import Member
from agencies.roles import CASEWORK, Role
from cases import access, apart
from cases.models import (
    Assessment,
    Case,
    CaseAccess,
    Consent,
    FormDraft,
    Note,
    Override,
    Person,
    Record,
)
from cases.records import GROUP
from cases.workflow import (
    CONSENT,
    FLOW,
    OVERRIDE,
    ConsentState,
    OverrideState,
    RecordKind,
    State,
)
from cases.workflow import Verb as Move
from kernel.groups import DataGroup
from kernel.verdict import ALLOW, Verdict, deny
from kernel.workflow import Workflow

OWN = (CaseAccess.Because.OWNER, CaseAccess.Because.ASSIGNED)


class Verb(StrEnum):
    WRITE = "write"
    NOTE = "note"
    ASSIGN = "assign"
    HAND_OVER = "hand_over"
    CONSENT = "consent"
    ASK_OVERRIDE = "ask_override"
    DECIDE_OVERRIDE = "decide_override"
    REFER = "refer"
    SET_TASK = "set_task"
    PLAN_FOLLOW_UPS = "plan_follow_ups"
    RECORD = "record"
    ASSESS = "assess"
    SCREEN = "screen"
    IDENTIFY = "identify"
    SUPPORT = "support"
    REVIEW = "review"
    EXPLAIN = "explain"
    PROPOSE_TRANSFER = "propose_transfer"


# The rest is open to every member on the owner's side who sees the case.
FOR_SUPERVISORS = frozenset({Verb.ASSIGN, Verb.DECIDE_OVERRIDE, Verb.PROPOSE_TRANSFER})
# A closed case is read, explained, followed up and reopened, and nothing else.
WHEN_CLOSED = frozenset({Verb.EXPLAIN, Verb.REVIEW})
# A draft is written and asked about; nobody is supported in it yet.
NOT_IN_A_DRAFT = frozenset({Verb.SUPPORT})
REGISTERS = frozenset({Role.SOCIAL_WORKER, Role.SUPERVISOR})
# The owner's side, and an identification officer for what was submitted.
SEES_CASES = CASEWORK | {Role.IDENTIFICATION_OFFICER}


def visible_to(actor: Member, *, at: dt.datetime | None = None) -> QuerySet[Case]:
    """The cases that a live row of the access table names one of the actor's principals for, and
    from which the actor in person is not kept apart."""
    return _seen(actor, Q(), at)


def owned_and_visible_to(actor: Member) -> QuerySet[Case]:
    """The cases of the actor's own agency that the actor works on: who only broke the glass of a
    colleague's case is a guest in it."""
    return _seen(actor, Q(because__in=OWN), None).filter(owner=actor.agency_id)


def _seen(actor: Member, why: Q, at: dt.datetime | None) -> QuerySet[Case]:
    if Role(actor.role) not in SEES_CASES:
        return Case.objects.none()
    row = CaseAccess.objects.filter(
        access.live(at or timezone.now()),
        why,
        content_object=OuterRef("pk"),
        group__in=actor.principals,
    )
    return Case.objects.filter(Exists(row), ~apart.unseen(actor))


def reasons(actor: Member, case: Case, *, at: dt.datetime | None = None) -> list[CaseAccess]:
    """The live rows because of which the actor sees the case."""
    if Role(actor.role) not in SEES_CASES:
        return []
    rows = CaseAccess.objects.filter(
        access.live(at or timezone.now()),
        ~apart.unseen(actor, "content_object"),
        content_object=case,
        group__in=actor.principals,
    )
    return list(rows.order_by("because", "source"))


def groups(actor: Member, case: Case) -> frozenset[DataGroup]:
    """The data groups of the case that the actor may be shown now."""
    return frozenset(DataGroup(g) for row in reasons(actor, case) for g in row.scope)


def is_own(actor: Member, case: Case) -> bool:
    return any(row.because in OWN for row in reasons(actor, case))


def may_register(actor: Member) -> Verdict:
    """Whether the actor may begin a case at all."""
    return ALLOW if Role(actor.role) in REGISTERS else deny("role_may_not_register")


def may(actor: Member, verb: Verb, case: Case, *, own: bool | None = None) -> Verdict:
    """Whether the actor may do this to the case; `own` spares a look-up already made."""
    if not (is_own(actor, case) if own is None else own):
        return deny("only_the_owner_may_do_this")
    if verb in FOR_SUPERVISORS and actor.role != Role.SUPERVISOR:
        return deny("only_a_supervisor_may_do_this")
    if case.state == State.CLOSED and verb not in WHEN_CLOSED:
        return deny("case_is_closed")
    return ALLOW


def may_move(actor: Member, verb: Move, case: Case, *, own: bool | None = None) -> Verdict:
    """Whether the actor is the party that makes this move; the workflow says from where."""
    if not (is_own(actor, case) if own is None else own):
        return deny("only_the_owner_may_do_this")
    if FLOW.party(verb) == "supervisor" and actor.role != Role.SUPERVISOR:
        return deny("only_a_supervisor_may_do_this")
    return ALLOW


def verbs_of_case(
    actor: Member, case: Case, *, own: bool | None = None
) -> tuple[list[str], dict[str, str]]:
    """What the actor may do to the case now, and for the rest why not, as codes."""
    state, now, not_now = State(case.state), [], {}
    own = is_own(actor, case) if own is None else own
    for verb in Verb:
        verdict = may(actor, verb, case, own=own)
        if verdict and state == State.DRAFT and verb in NOT_IN_A_DRAFT:
            verdict = deny("case_is_not_open")
        now.append(verb.value) if verdict else not_now.update({verb.value: verdict.reason})
    for move in Move:
        verdict = may_move(actor, move, case, own=own)
        if not verdict:
            not_now[move.value] = verdict.reason
        elif move in FLOW.verbs_from(state):
            now.append(move.value)
        else:
            not_now[move.value] = f"cannot_{move}_when_{state}"
    return now, not_now


def verbs_of_consent(actor: Member, consent: Consent) -> tuple[list[str], dict[str, str]]:
    """What the actor may do with the consent now, and for the rest why not. It expires by itself."""
    verdict = may(actor, Verb.CONSENT, consent.case)
    possible = [v for v in CONSENT.verbs_from(ConsentState(consent.state)) if v != "expire"]
    rest = [v for v in CONSENT.verbs() if v not in possible and v != "expire"]
    if not verdict:
        return [], dict.fromkeys([*possible, *rest], verdict.reason)
    return possible, {verb: f"cannot_{verb}_when_{consent.state}" for verb in rest}


def verbs_of_override(actor: Member, override: Override) -> tuple[list[str], dict[str, str]]:
    """What the actor may do with the override now; for what is possible but not theirs, why."""
    verdict = may(actor, Verb.DECIDE_OVERRIDE, override.case)
    possible = OVERRIDE.verbs_from(OverrideState(override.state))
    if not verdict:
        return [], dict.fromkeys(possible, verdict.reason)
    if override.asked_by_id == actor.pk and override.state == OverrideState.ASKED:
        return [], dict.fromkeys(possible, "a_second_person_decides")
    return possible, {}


def consents_visible_to(actor: Member) -> QuerySet[Consent]:
    """Consents of one's own cases; a data protection officer sees all, without names."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return Consent.objects.all()
    return Consent.objects.filter(case__in=owned_and_visible_to(actor))


def overrides_visible_to(actor: Member) -> QuerySet[Override]:
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return Override.objects.all()
    return Override.objects.filter(case__in=owned_and_visible_to(actor))


def persons_visible_to(actor: Member) -> QuerySet[Person]:
    return Person.objects.filter(Exists(visible_to(actor).filter(person=OuterRef("pk"))))


def explainable_to(actor: Member) -> QuerySet[Case]:
    """The cases whose access list the actor may read: own ones; all for data protection."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return Case.objects.all()
    return owned_and_visible_to(actor)


def notes_visible_to(actor: Member, case: Case) -> QuerySet[Note]:
    """Private notes to their author, the agency's to the agency, shared ones to the owner's
    side only: a receiver sees none, whatever the consent."""
    if not is_own(actor, case):
        return Note.objects.none()
    notes = Note.objects.filter(case=case).exclude(kind=Note.Kind.REASON)
    private = notes.filter(visibility=Note.Visibility.PRIVATE, author=actor)
    agencys = notes.filter(visibility=Note.Visibility.AGENCY, agency=actor.agency)
    return private | agencys | notes.filter(visibility=Note.Visibility.SHARED)


def drafts_visible_to(
    actor: Member, case: Case, *, own: bool | None = None
) -> QuerySet[FormDraft]:
    """What the actor has typed and not saved: for its writer alone, while they may write."""
    if not may(actor, Verb.WRITE, case, own=own):
        return FormDraft.objects.none()
    return FormDraft.objects.filter(case=case, member=actor)


def records_visible_to(actor: Member) -> QuerySet[Record]:
    """Records of the cases that the actor sees; which kinds of them, kinds_open_to says."""
    return Record.objects.filter(case__in=visible_to(actor), retracted_at__isnull=True)


def kinds_open_to(actor: Member, case: Case) -> frozenset[RecordKind]:
    """All to the owner's side; to others what belongs to a data group that they may be shown."""
    if is_own(actor, case):
        return frozenset(RecordKind)
    shown = groups(actor, case)
    return frozenset(kind for kind, group in GROUP.items() if group in shown)


def assessments_visible_to(actor: Member) -> QuerySet[Assessment]:
    """Assessments of one's own cases: no consent opens them to anybody else."""
    return Assessment.objects.filter(case__in=owned_and_visible_to(actor))


FLOWS: dict[str, Workflow[State] | Workflow[ConsentState] | Workflow[OverrideState]] = {
    "case": FLOW,
    "consent": CONSENT,
    "override": OVERRIDE,
}
