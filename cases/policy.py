"""Who may see a case, how much of it, and who may do what. Nothing else decides this."""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from agencies.models import Member
from agencies.policy import in_space
from agencies.roles import CASEWORK, Role
from cases import access, apart
from cases.models import (
    Assessment,
    Case,
    CaseAccess,
    Consent,
    ConsentScope,
    Exclusion,
    FormDraft,
    Hold,
    Note,
    Override,
    Person,
    PossibleDuplicate,
    Record,
)
from cases.records import GROUP
from cases.workflow import (
    CONSENT,
    DUPLICATE,
    FLOW,
    OVERRIDE,
    ConsentState,
    DuplicateState,
    DuplicateVerb,
    OverrideState,
    RecordKind,
    Side,
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
# While a restriction runs nothing is added to what is kept and nothing of it is shared anew; what
# ends sharing, and help that is under way, goes on (GDPR, art. 18 (2)).
NOT_WHEN_RESTRICTED = frozenset(
    {
        Verb.WRITE, Verb.RECORD, Verb.SCREEN, Verb.IDENTIFY, Verb.REFER, Verb.ASK_OVERRIDE,
        Verb.DECIDE_OVERRIDE, Verb.PROPOSE_TRANSFER,
    }
)  # fmt: skip
HOLDS = frozenset({Role.SUPERVISOR, Role.DATA_PROTECTION_OFFICER})
REGISTERS = frozenset({Role.SOCIAL_WORKER, Role.SUPERVISOR})
ERASES = frozenset({Role.DATA_PROTECTION_OFFICER, Role.SUPERVISOR})
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
    return _in_order(_rows(actor, at).filter(content_object=case))


def seen(actor: Member, code: str) -> tuple[Case, list[CaseAccess]] | None:
    """The case of this code, with its owner, its person and its worker, and the live rows because of
    which the actor sees it; None where there is none. One query."""
    found = _in_order(seen_rows(actor, code))
    return (found[0].content_object, found) if found else None


def seen_rows(actor: Member, code: str) -> QuerySet[CaseAccess]:
    """What `seen` asks."""
    rows = _rows(actor, None).select_related(
        "content_object__owner", "content_object__person", "content_object__worker__agency"
    )
    return rows.filter(content_object__code=code)


def _rows(actor: Member, at: dt.datetime | None) -> QuerySet[CaseAccess]:
    if Role(actor.role) not in SEES_CASES:
        return CaseAccess.objects.none()
    return CaseAccess.objects.filter(
        access.live(at or timezone.now()),
        ~apart.unseen(actor, "content_object"),
        group__in=actor.principals,
    )


def _in_order(rows: Iterable[CaseAccess]) -> list[CaseAccess]:
    return sorted(rows, key=lambda row: (row.because, row.source))


def groups(actor: Member, case: Case) -> frozenset[DataGroup]:
    """The data groups of the case that the actor may be shown now."""
    return frozenset(DataGroup(g) for row in reasons(actor, case) for g in row.scope)


def is_own(actor: Member, case: Case) -> bool:
    return any(row.because in OWN for row in reasons(actor, case))


def may_erase(actor: Member, second: Member) -> Verdict:
    """Whether these two together may destroy a person's key."""
    if actor.pk == second.pk:
        return deny("a_second_person_decides")
    roles = {Role(actor.role), Role(second.role)}
    if Role.DATA_PROTECTION_OFFICER not in roles or not roles <= ERASES:
        return deny("only_data_protection_and_a_second_person_erase")
    return ALLOW


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
    if case.restricted_at is not None and verb in NOT_WHEN_RESTRICTED:
        return deny("use_is_restricted")
    return ALLOW


def may_hold(actor: Member, case: Case) -> Verdict:
    """Whether the actor may set a hold or a restriction, or end one: the supervisor of the owner,
    or data protection."""
    if Role(actor.role) not in HOLDS:
        return deny("role_may_not_hold")
    if actor.role == Role.SUPERVISOR and not is_own(actor, case):
        return deny("only_the_owner_may_do_this")
    return ALLOW


def holds_visible_to(actor: Member) -> QuerySet[Hold]:
    """Those of one's own cases; data protection sees that there is one, and its ground."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return Hold.objects.filter(in_space(actor, "case__owner"))
    return Hold.objects.filter(case__in=owned_and_visible_to(actor))


def holdable_by(actor: Member) -> QuerySet[Case]:
    """The cases that the actor may hold: those of one's own agency, or all."""
    if Role(actor.role) not in HOLDS:
        return Case.objects.none()
    return explainable_to(actor)


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
        return Consent.objects.filter(in_space(actor, "case__owner"))
    return Consent.objects.filter(case__in=owned_and_visible_to(actor))


def overrides_visible_to(actor: Member) -> QuerySet[Override]:
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return Override.objects.filter(in_space(actor, "case__owner"))
    return Override.objects.filter(case__in=owned_and_visible_to(actor))


def persons_visible_to(actor: Member) -> QuerySet[Person]:
    return Person.objects.filter(Exists(visible_to(actor).filter(person=OuterRef("pk"))))


def explainable_to(actor: Member) -> QuerySet[Case]:
    """The cases whose access list the actor may read: own ones; all for data protection."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return Case.objects.filter(in_space(actor, "owner"))
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


def duplicates_visible_to(
    actor: Member, *, at: dt.datetime | None = None
) -> QuerySet[PossibleDuplicate]:
    """For supervisors: what waits for their side, or stands linked. What came to nothing has gone.

    The side that was there first sees the other case's code; the other side, and both of a link,
    see as much only while the person allows their agency to know of that case.
    """
    if actor.role != Role.SUPERVISOR:
        return PossibleDuplicate.objects.none()
    now = at or timezone.now()
    rows = PossibleDuplicate.objects.exclude(
        _kept_apart("later", actor), earlier__owner=actor.agency
    )
    rows = rows.exclude(_kept_apart("earlier", actor), later__owner=actor.agency)
    first = Q(
        earlier__owner=actor.agency, state__in=[DuplicateState.FOUND, DuplicateState.ASKED]
    )
    asked = Q(later__owner=actor.agency, state=DuplicateState.ASKED)
    return rows.filter(first | (asked & _allowed("earlier", actor, now)) | _linked(actor, now))


def links_visible_to(
    actor: Member, *, at: dt.datetime | None = None
) -> QuerySet[PossibleDuplicate]:
    """The links of the actor's own cases, for the supervisor and the worker of each."""
    rows = PossibleDuplicate.objects.filter(_linked(actor, at or timezone.now()))
    rows = rows.exclude(_kept_apart("later", actor), earlier__owner=actor.agency)
    rows = rows.exclude(_kept_apart("earlier", actor), later__owner=actor.agency)
    mine = owned_and_visible_to(actor).values("pk")
    return rows.filter(Q(earlier__in=mine) | Q(later__in=mine))


def own_first(actor: Member, pair: PossibleDuplicate) -> tuple[Case, Case]:
    """The actor's own case of the two, and the other."""
    if pair.earlier.owner_id == actor.agency_id:
        return pair.earlier, pair.later
    return pair.later, pair.earlier


def may_pair(actor: Member, verb: DuplicateVerb, pair: PossibleDuplicate) -> Verdict:
    """Whether the actor is the supervisor of the side that makes this move."""
    if actor.role != Role.SUPERVISOR:
        return deny("only_a_supervisor_may_do_this")
    sides = {Side.EARLIER: pair.earlier.owner_id, Side.LATER: pair.later.owner_id}
    party = Side(DUPLICATE.party(verb))
    wanted = set(sides.values()) if party is Side.EITHER else {sides[party]}
    return ALLOW if actor.agency_id in wanted else deny("only_the_owner_may_do_this")


def verbs_of_pair(actor: Member, pair: PossibleDuplicate) -> list[DuplicateVerb]:
    """What the actor may do about the two cases now."""
    possible = DUPLICATE.verbs_from(DuplicateState(pair.state))
    return [verb for verb in DuplicateVerb if verb in possible and may_pair(actor, verb, pair)]


def _kept_apart(side: str, actor: Member) -> Q:
    """The case of this side is one from which the actor's agency is kept apart."""
    rows = Exclusion.objects.filter(
        case=OuterRef(side), agency=actor.agency_id, ended_at__isnull=True
    )
    return Q(Exists(rows))


def _allowed(side: str, actor: Member, at: dt.datetime) -> Q:
    """The person of this side's case lets the actor's agency know of it, or an override does."""
    scopes = ConsentScope.objects.filter(
        consent__case=OuterRef(side), consent__state=ConsentState.ACTIVE,
        consent__expires_at__gt=at, agency=actor.agency_id,
    )  # fmt: skip
    overrides = Override.objects.filter(
        case=OuterRef(side), agency=actor.agency_id, state=OverrideState.APPROVED,
        expires_at__gt=at,
    )  # fmt: skip
    return Q(Exists(scopes)) | Q(Exists(overrides))


def _linked(actor: Member, at: dt.datetime) -> Q:
    earlier = Q(earlier__owner=actor.agency) & _allowed("later", actor, at)
    later = Q(later__owner=actor.agency) & _allowed("earlier", actor, at)
    return Q(state=DuplicateState.LINKED) & (earlier | later)


FLOWS: dict[
    str,
    Workflow[State]
    | Workflow[ConsentState]
    | Workflow[OverrideState]
    | Workflow[DuplicateState],
] = {
    "case": FLOW,
    "duplicate": DUPLICATE,
    "consent": CONSENT,
    "override": OVERRIDE,
}
