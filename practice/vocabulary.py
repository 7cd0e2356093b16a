"""What a scenario may speak of: facts of a case, and acts, by name. Codes are the product's own.

Each fact says what kind of thing it is and which codes it may be; each act, whose it is and which
values it takes. `practice/facts.py` reads the facts, `practice/acts.py` does the acts.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agencies.clocks import Urgency
from agencies.roles import Role
from cases.workflow import (
    AgeBand,
    Assent,
    Closure,
    ConsentState,
    GivenBy,
    Ground,
    OverrideState,
    Purpose,
    RecordKind,
    Risk,
    Source,
)
from cases.workflow import State as CaseState
from identification.workflow import Result, ScreeningState
from identification.workflow import State as IdentificationState
from kernel.groups import DataGroup
from referral.workflow import DeclineReason, Outcome, Received, TransferState, WithdrawReason
from referral.workflow import State as ReferralState
from reintegration.workflow import Reached, Rule
from reintegration.workflow import State as PlanState

Fact = str | int | bool | frozenset[str]
NONE = "none"
# The learner's own agency.
OWN = "own"
LEARNER = "learner"
# Roles that practise: those that work with cases, and those that decide.
SEATS = frozenset(
    {Role.SOCIAL_WORKER, Role.SUPERVISOR, Role.FOCAL_POINT, Role.IDENTIFICATION_OFFICER}
)


class Kind(StrEnum):
    FLAG = "flag"
    NUMBER = "number"
    CODE = "code"
    CODES = "codes"


@dataclass(frozen=True, slots=True)
class Named:
    """`codes` None: any code; the list it is of is the product's."""

    kind: Kind
    codes: frozenset[str] | None = None


def _code(known: Iterable[str]) -> Named:
    """One of these codes, or none of them."""
    return Named(Kind.CODE, frozenset({*map(str, known), NONE}))


def _codes(known: Iterable[str]) -> Named:
    return Named(Kind.CODES, frozenset(map(str, known)))


FLAG, NUMBER = Named(Kind.FLAG), Named(Kind.NUMBER)
ANY_CODE, ANY_CODES = Named(Kind.CODE), Named(Kind.CODES)
# The keys of the scenario's agencies: which these are, only the scenario says.
KEYS = Named(Kind.CODES)
GROUPS = _codes(DataGroup)

OF_CASE: Mapping[str, Named] = {
    "case.count": NUMBER,
    "case.state": _code(CaseState.values),
    "case.risk": _code(Risk.values),
    "case.source": _code(Source.values),
    "case.closure": _code(Closure.values),
    "case.follow_ups": NUMBER,
    "case.happened": ANY_CODES,
    "person.age": _code(AgeBand.values),
    "person.is_child": FLAG,
    "person.gender": ANY_CODE,
    "person.district": FLAG,
    "person.languages": ANY_CODES,
    "person.interpreter": FLAG,
    "person.access_needs": ANY_CODES,
    "groups.written": GROUPS,
    "records.written": _codes(RecordKind.values),
    "notes.written": NUMBER,
    "assessments": NUMBER,
    "consent.count": NUMBER,
    "consent.withdrawn": NUMBER,
    "consent.given_by": _codes(GivenBy.values),
    "consent.assent": _codes(Assent.values),
    "override.grounds": _codes(Ground.values),
    "kept_apart": KEYS,
    "screening.state": _code(ScreeningState.values),
    "screening.count": NUMBER,
    "screening.instruments": ANY_CODES,
    "screening.asked": NUMBER,
    "screening.asked_again": NUMBER,
    "screening.interpreter": FLAG,
    "statements": NUMBER,
    "identification.state": _code(IdentificationState.values),
    "identification.authority": KEYS,
    "identification.results": _codes(Result.values),
    "identification.untold": NUMBER,
    "identification.told": NUMBER,
    "referrals.sent": KEYS,
    "referrals.live": KEYS,
    "plan.state": _code(PlanState.values),
    "plan.areas": ANY_CODES,
    "plan.goals": NUMBER,
    "plan.steps": NUMBER,
    "plan.agreed_by": ANY_CODE,
    "plan.assent": _code(Assent.values),
    "plan.stop_reason": ANY_CODE,
    "reviews.held": NUMBER,
    "check_ins": NUMBER,
    "check_ins.last": _code(Reached.values),
    "alerts.open": _codes(Rule.values),
    "alerts.resolved": _codes(Rule.values),
}
# `NAME.KEY` or `NAME.KEY.REST`, for each agency of the scenario but the learner's own.
OF_AGENCY: Mapping[str, Named] = {
    "consent": _code(ConsentState.values),
    "consent.groups": GROUPS,
    "consent.purposes": _codes(Purpose.values),
    "override": _code(OverrideState.values),
    "override.groups": GROUPS,
    "referral": _code(ReferralState.values),
    "referral.count": NUMBER,
    "referral.ended": _codes(ReferralState.values),
    "referral.urgency": _code(Urgency.values),
    "referral.purpose": _code(Purpose.values),
    "referral.service": ANY_CODE,
    "referral.groups": GROUPS,
    "referral.in_place_of": FLAG,
    "referral.seen": FLAG,
    "referral.overdue": FLAG,
    "referral.asked": FLAG,
    "referral.answered": FLAG,
    "referral.messages": NUMBER,
    "referral.handover": _code(["planned", "confirmed"]),
    "referral.declined_because": _code(DeclineReason.values),
    "referral.outcome": _code(Outcome.values),
    "referral.received": _code(Received.values),
    "referral.withdrawn_because": _code(WithdrawReason.values),
    "referral.recall_read": FLAG,
    "transfer": _code(TransferState.values),
}


def fact(name: str, keys: Collection[str]) -> Named | None:
    """What the fact of this name is, in a scenario with these agencies; None if there is none."""
    if name in OF_CASE:
        return OF_CASE[name]
    head, _, rest = name.partition(".")
    key, _, tail = rest.partition(".")
    if key == OWN or key not in keys:
        return None
    return OF_AGENCY.get(f"{head}.{tail}" if tail else head)


def about(name: str, key: str) -> str:
    """The full name of an agency's fact: `referral.urgency` of `shelter` is
    `referral.shelter.urgency`."""
    head, _, tail = name.partition(".")
    return f"{head}.{key}.{tail}" if tail else f"{head}.{key}"


class Whose(StrEnum):
    """Who does an act if nobody is named: the owner's side, a partner, an officer who decides, a
    supervisor of the owner."""

    OWNER = "owner"
    PARTNER = "partner"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Act:
    """`needs` must be said, `may` can be; `to` is an agency's key."""

    whose: Whose
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()


def _act(whose: Whose, needs: str = "", may: str = "") -> Act:
    return Act(whose, frozenset(needs.split()), frozenset(may.split()))


_GIVING = "given_by form language witness guardian assent"
ACTS: Mapping[str, Act] = {
    "log": _act(Whose.OWNER, "source risk person"),
    "open": _act(Whose.OWNER),
    "change_person": _act(Whose.OWNER, "facts"),
    "write": _act(Whose.OWNER, "group values"),
    "record": _act(Whose.OWNER, "kind values"),
    "note": _act(Whose.OWNER, "words", "visibility"),
    "assess": _act(Whose.OWNER, "risk", "factors needs words"),
    "consent": _act(Whose.OWNER, "to groups", f"purpose {_GIVING}"),
    "withdraw_consent": _act(Whose.OWNER, "to"),
    "ask_override": _act(Whose.OWNER, "to groups ground words"),
    "approve_override": _act(Whose.SUPERVISOR),
    "refuse_override": _act(Whose.SUPERVISOR),
    "keep_apart": _act(Whose.OWNER, "to", "words"),
    "screen": _act(Whose.OWNER, "instrument yes", "no basis language interpreter words"),
    "state": _act(Whose.OWNER, "words", "told_to_us language"),
    "submit": _act(Whose.OWNER, "to", "best_interest"),
    "take_back": _act(Whose.OWNER),
    "decline_procedure": _act(Whose.OWNER, "", "notify exploitation"),
    "resume": _act(Whose.OWNER),
    "reconsider": _act(Whose.OWNER, "words"),
    "tell": _act(Whose.OWNER, "words", "whom way language"),
    "refer": _act(Whose.OWNER, "to service groups urgency", "purpose words in_place_of"),
    "withdraw": _act(Whose.OWNER, "to reason"),
    "answer": _act(Whose.OWNER, "to words"),
    "message": _act(Whose.OWNER, "to words"),
    "confirm_handover": _act(Whose.OWNER, "to"),
    "confirm_service": _act(Whose.OWNER, "to received"),
    "plan": _act(Whose.OWNER, "words goals", "types"),
    "plan_step": _act(Whose.OWNER, "area words", "to days"),
    "agree_plan": _act(Whose.OWNER, "agreed_by", "assent"),
    "stop_plan": _act(Whose.OWNER, "reason"),
    "check_in": _act(Whose.OWNER, "channel result"),
    "hold_review": _act(Whose.OWNER, "scores", "words"),
    "resolve_alert": _act(Whose.OWNER, "words", "rule"),
    "plan_follow_ups": _act(Whose.OWNER),
    "follow_up": _act(Whose.OWNER),
    "close": _act(Whose.SUPERVISOR, "closure"),
    "reopen": _act(Whose.SUPERVISOR, "words"),
    "assign": _act(Whose.SUPERVISOR, "member"),
    "propose_transfer": _act(Whose.SUPERVISOR, "to words"),
    "see": _act(Whose.PARTNER),
    "accept": _act(Whose.PARTNER, "", "hours meets_hours place who_meets"),
    "decline": _act(Whose.PARTNER, "reason", "words"),
    "ask": _act(Whose.PARTNER, "words"),
    "contact": _act(Whose.PARTNER),
    "complete": _act(Whose.PARTNER, "outcome words"),
    "acknowledge": _act(Whose.PARTNER),
    "stay_silent": _act(Whose.PARTNER),
    "request_more": _act(Whose.OFFICER, "words"),
    "recognise": _act(Whose.OFFICER, "words"),
    "confirm": _act(Whose.OFFICER, "words"),
    "reject": _act(Whose.OFFICER, "words"),
}
# What stands in any act beside its own values.
OF_ANY_ACT = frozenset({"act", "by"})
# And in one that is given: how many days before the learner comes in it was done.
OF_A_GIVEN = frozenset({"days_ago"})
# What a scripted member may do by itself, and what stands beside it there.
TURNS = frozenset(
    name for name, act in ACTS.items() if act.whose in {Whose.PARTNER, Whose.OFFICER}
) | {"approve_override", "refuse_override"}
OF_A_TURN = frozenset({"act", "after_hours", "service"})
