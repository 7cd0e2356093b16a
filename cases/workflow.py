"""Every move a case, a consent and an override can make, who makes it, and from where."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from kernel.workflow import Step, Workflow, step


class State(TextChoices):
    DRAFT = "draft", pgettext_lazy("case", "draft")
    OPEN = "open", pgettext_lazy("case", "open")
    FOLLOW_UP = "follow_up", pgettext_lazy("case", "follow-up")
    CLOSED = "closed", pgettext_lazy("case", "closed")


class Verb(StrEnum):
    OPEN = "open"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"
    REOPEN = "reopen"


class Party(StrEnum):
    WORKER = "worker"
    SUPERVISOR = "supervisor"


FLOW: Workflow[State] = Workflow(
    step(Verb.OPEN, Party.WORKER, State.DRAFT, to=State.OPEN),
    step(Verb.FOLLOW_UP, Party.WORKER, State.OPEN, to=State.FOLLOW_UP),
    step(Verb.CLOSE, Party.SUPERVISOR, State.OPEN, State.FOLLOW_UP, to=State.CLOSED),
    step(Verb.REOPEN, Party.SUPERVISOR, State.CLOSED, to=State.OPEN),
)


class ConsentState(TextChoices):
    DRAFT = "draft", pgettext_lazy("consent", "draft")
    ACTIVE = "active", pgettext_lazy("consent", "active")
    WITHDRAWN = "withdrawn", pgettext_lazy("consent", "withdrawn")
    EXPIRED = "expired", pgettext_lazy("consent", "expired")
    SUPERSEDED = "superseded", pgettext_lazy("consent", "superseded")


class ConsentVerb(StrEnum):
    GIVE = "give"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    SUPERSEDE = "supersede"


def _consent(
    verb: ConsentVerb, source: ConsentState, target: ConsentState
) -> Step[ConsentState]:
    return Step(verb=verb, sources=frozenset({source}), target=target, party=Party.WORKER)


CONSENT: Workflow[ConsentState] = Workflow(
    _consent(ConsentVerb.GIVE, ConsentState.DRAFT, ConsentState.ACTIVE),
    _consent(ConsentVerb.WITHDRAW, ConsentState.ACTIVE, ConsentState.WITHDRAWN),
    _consent(ConsentVerb.EXPIRE, ConsentState.ACTIVE, ConsentState.EXPIRED),
    _consent(ConsentVerb.SUPERSEDE, ConsentState.ACTIVE, ConsentState.SUPERSEDED),
)


class OverrideState(TextChoices):
    ASKED = "asked", pgettext_lazy("override", "asked")
    APPROVED = "approved", pgettext_lazy("override", "approved")
    REFUSED = "refused", pgettext_lazy("override", "refused")
    ENDED = "ended", pgettext_lazy("override", "ended")


class OverrideVerb(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    END = "end"


OVERRIDE: Workflow[OverrideState] = Workflow(
    Step(
        OverrideVerb.APPROVE,
        frozenset({OverrideState.ASKED}),
        OverrideState.APPROVED,
        Party.SUPERVISOR,
    ),
    Step(
        OverrideVerb.REFUSE,
        frozenset({OverrideState.ASKED}),
        OverrideState.REFUSED,
        Party.SUPERVISOR,
    ),
    Step(
        OverrideVerb.END,
        frozenset({OverrideState.APPROVED}),
        OverrideState.ENDED,
        Party.SUPERVISOR,
    ),
)


class Closure(TextChoices):
    GOALS_MET = "goals_met", pgettext_lazy("closure", "goals met")
    SUPPORT_PERIOD_ENDED = "support_period_ended", pgettext_lazy("closure", "support ended")
    NO_LONGER_ELIGIBLE = "no_longer_eligible", pgettext_lazy("closure", "no longer eligible")
    CLIENT_WITHDREW = "client_withdrew", pgettext_lazy("closure", "person chose to stop")
    NOT_A_VICTIM = "not_a_victim", pgettext_lazy("closure", "not a victim, other help found")
    TRANSFERRED = "transferred", pgettext_lazy("closure", "transferred")
    RETURNED = "returned_or_resettled", pgettext_lazy("closure", "returned or resettled")
    LEFT_AREA = "left_area", pgettext_lazy("closure", "left the area")
    LOST_CONTACT = "lost_contact", pgettext_lazy("closure", "lost contact")
    DECEASED = "deceased", pgettext_lazy("closure", "deceased")
    DUPLICATE = "duplicate", pgettext_lazy("closure", "duplicate")
    SECURITY_OR_FUNDING = "security_or_funding", pgettext_lazy("closure", "security or funding")
    OTHER = "other", pgettext_lazy("closure", "other")


class Risk(TextChoices):
    HIGH = "high", pgettext_lazy("risk", "high")
    MEDIUM = "medium", pgettext_lazy("risk", "medium")
    LOW = "low", pgettext_lazy("risk", "low")
    UNKNOWN = "unknown", pgettext_lazy("risk", "not yet judged")


class Source(TextChoices):
    SELF = "self", pgettext_lazy("source", "the person came")
    HOTLINE = "hotline", pgettext_lazy("source", "a hotline")
    POLICE = "police", pgettext_lazy("source", "the police")
    BORDER = "border", pgettext_lazy("source", "border guards")
    SOCIAL_WORKER = "social_worker", pgettext_lazy("source", "a social worker")
    HEALTH = "health", pgettext_lazy("source", "a health worker")
    EDUCATION = "education", pgettext_lazy("source", "a school or college")
    NGO = "ngo", pgettext_lazy("source", "a non-governmental organisation")
    IO = "io", pgettext_lazy("source", "an international organisation")
    CONSULATE = "consulate", pgettext_lazy("source", "a consulate")
    FAMILY = "family", pgettext_lazy("source", "family or friends")
    LABOUR_INSPECTION = (
        "employer_labour_inspection",
        pgettext_lazy("source", "an employer or the labour inspection"),
    )
    OTHER = "other", pgettext_lazy("source", "another way")


class GivenBy(TextChoices):
    SELF = "self", pgettext_lazy("consent", "the person")
    PARENT = "parent", pgettext_lazy("consent", "a parent or legal representative")
    GUARDIAN = "guardian", pgettext_lazy("consent", "an appointed guardian")
    AUTHORITY = "authority_best_interest", pgettext_lazy("consent", "the authority")


class Form(TextChoices):
    WRITTEN = "written", pgettext_lazy("consent", "written and signed")
    ORAL = "oral_witnessed", pgettext_lazy("consent", "oral, with a witness")
    ELECTRONIC = "electronic", pgettext_lazy("consent", "electronic")


class Assent(TextChoices):
    GIVEN = "given", pgettext_lazy("assent", "the child agrees")
    REFUSED = "refused", pgettext_lazy("assent", "the child does not agree")
    NOT_ABLE = "not_able", pgettext_lazy("assent", "too young or not able")


class Purpose(TextChoices):
    SERVICE = "service", pgettext_lazy("purpose", "to be helped by a service")
    IDENTIFICATION = "identification", pgettext_lazy("purpose", "formal identification")
    LEGAL_PROCEEDINGS = "legal_proceedings", pgettext_lazy("purpose", "legal proceedings")


class Ground(TextChoices):
    VITAL_INTERESTS = "vital_interests", pgettext_lazy("ground", "immediate risk to life")
    CHILD_PROTECTION = "child_protection_duty", pgettext_lazy("ground", "child protection duty")
    COURT_ORDER = "court_order", pgettext_lazy("ground", "court order")
    LEGAL_OBLIGATION = "legal_obligation", pgettext_lazy("ground", "other legal obligation")


class AgeBand(TextChoices):
    """The bands in which ages are counted (CTDC); unknown behaves as child everywhere."""

    B0 = "0-8", "0–8"
    B9 = "9-17", "9–17"
    B18 = "18-20", "18–20"
    B21 = "21-23", "21–23"
    B24 = "24-26", "24–26"
    B27 = "27-29", "27–29"
    B30 = "30-38", "30–38"
    B39 = "39-47", "39–47"
    B48 = "48+", "48+"
    UNKNOWN = "unknown", pgettext_lazy("age", "not known")


class RecordKind(TextChoices):
    EVENT = "event", pgettext_lazy("record", "what happened, where and when")
    PERPETRATOR = "perpetrator", pgettext_lazy("record", "somebody who took part")
    REFERRED_IN = "referred_in", pgettext_lazy("record", "sent to us from outside")
    REFERRED_OUT = "referred_out", pgettext_lazy("record", "sent by us to somebody outside")
    SAFETY_PLAN = "safety_plan", pgettext_lazy("record", "safety plan")


class HoldKind(TextChoices):
    LEGAL = "legal_hold", pgettext_lazy("hold", "legal hold: nothing is erased")
    RESTRICTION = "restriction", pgettext_lazy("hold", "restriction: kept, and not used")


class HoldGround(TextChoices):
    """Those of a legal hold; then those of a restriction (GDPR, art. 18 (1))."""

    COURT = "court", pgettext_lazy("hold", "a court has asked for it")
    INVESTIGATION = "investigation", pgettext_lazy("hold", "an investigation is going on")
    CLAIM = "claim", pgettext_lazy("hold", "a claim for compensation or back pay")
    COMPLAINT = "complaint", pgettext_lazy("hold", "a complaint about the help")
    CONTESTED = "contested", pgettext_lazy("hold", "the person says that it is not right")
    UNLAWFUL = "unlawful", pgettext_lazy("hold", "it should not be kept, yet not erased either")
    NEEDED_FOR_CLAIMS = (
        "needed_for_claims",
        pgettext_lazy("hold", "the person needs it for a claim of their own"),
    )
    OBJECTION = (
        "objection",
        pgettext_lazy("hold", "the person objects, and it is being looked at"),
    )


GROUNDS: dict[HoldKind, tuple[HoldGround, ...]] = {
    HoldKind.LEGAL: (
        HoldGround.COURT,
        HoldGround.INVESTIGATION,
        HoldGround.CLAIM,
        HoldGround.COMPLAINT,
    ),
    HoldKind.RESTRICTION: (
        HoldGround.CONTESTED,
        HoldGround.UNLAWFUL,
        HoldGround.NEEDED_FOR_CLAIMS,
        HoldGround.OBJECTION,
    ),
}


class DuplicateState(TextChoices):
    FOUND = "found", pgettext_lazy("duplicate", "to be looked at")
    SET_ASIDE = "set_aside", pgettext_lazy("duplicate", "not the same person")
    ASKED = "asked", pgettext_lazy("duplicate", "the other agency is asked")
    REFUSED = "refused", pgettext_lazy("duplicate", "the other agency said no")
    LINKED = "linked", pgettext_lazy("duplicate", "linked")
    UNLINKED = "unlinked", pgettext_lazy("duplicate", "no longer linked")


class DuplicateVerb(StrEnum):
    SET_ASIDE = "set_aside"
    ASK = "ask"
    AGREE = "agree"
    REFUSE = "refuse"
    UNLINK = "unlink"


class Side(StrEnum):
    """Whose case was there first, and whose came later."""

    EARLIER = "earlier"
    LATER = "later"
    EITHER = "either"


def _duplicate(
    verb: DuplicateVerb, side: Side, source: DuplicateState, target: DuplicateState
) -> Step[DuplicateState]:
    return Step(verb=verb, sources=frozenset({source}), target=target, party=side)


DUPLICATE: Workflow[DuplicateState] = Workflow(
    _duplicate(
        DuplicateVerb.SET_ASIDE, Side.EARLIER, DuplicateState.FOUND, DuplicateState.SET_ASIDE
    ),
    _duplicate(DuplicateVerb.ASK, Side.EARLIER, DuplicateState.FOUND, DuplicateState.ASKED),
    _duplicate(DuplicateVerb.AGREE, Side.LATER, DuplicateState.ASKED, DuplicateState.LINKED),
    _duplicate(DuplicateVerb.REFUSE, Side.LATER, DuplicateState.ASKED, DuplicateState.REFUSED),
    _duplicate(
        DuplicateVerb.UNLINK, Side.EITHER, DuplicateState.LINKED, DuplicateState.UNLINKED
    ),
)


class Mark(TextChoices):
    """What two persons may have in common: at least two facts together, or a document."""

    DOCUMENT = "document", pgettext_lazy("mark", "the number of a document")
    NAME_BIRTH = "name_birth", pgettext_lazy("mark", "both names and the day of birth")
    FAMILY_BIRTH = "family_birth", pgettext_lazy("mark", "family name and day of birth")
    FIRST_BIRTH = "first_birth", pgettext_lazy("mark", "first name and day of birth")
    PATRONYMIC_BIRTH = (
        "patronymic_birth",
        pgettext_lazy("mark", "patronymic and day of birth"),
    )
    NAME_PATRONYMIC = "name_patronymic", pgettext_lazy("mark", "both names and the patronymic")
    NAME_YEAR = "name_year", pgettext_lazy("mark", "both names and about the year of birth")
    LIKE_FAMILY = (
        "like_family",
        pgettext_lazy("mark", "a similar family name, with first name and day of birth"),
    )
    LIKE_FIRST = (
        "like_first",
        pgettext_lazy("mark", "a similar first name, with family name and day of birth"),
    )
    LIKE_BIRTH = "like_birth", pgettext_lazy("mark", "both names and a similar day of birth")


class Likely(TextChoices):
    MAYBE = "maybe", pgettext_lazy("likely", "possible")
    LIKELY = "likely", pgettext_lazy("likely", "likely")
    VERY = "very", pgettext_lazy("likely", "very likely")
