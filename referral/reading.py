"""A referral as one side may see it at this moment: one place that decides what is in it."""

from collections.abc import Mapping
from typing import Any

from agencies.models import Member
from audit import log
from cases import vault
from kernel.errors import Denied
from kernel.groups import TRIAGE_ONLY
from referral import disclosure, policy
from referral.models import Handover, Onward, Referral
from referral.policy import Act
from referral.workflow import ASKED, FLOW, LEAST_ATTEMPTS, TAKEN, Party, State, Verb

# The sealed texts that each side reads, by the place they are sealed for.
_SENDER_TEXTS = ("note", "question", "answer", "feedback")
_RECEIVER_TEXTS: dict[State, tuple[str, ...]] = {
    **dict.fromkeys(ASKED, ("question", "answer")),
    **dict.fromkeys(TAKEN, ("note", "question", "answer")),
}
_FIELDS = {
    "note": "purpose_note",
    "question": "question",
    "answer": "answer",
    "feedback": "feedback",
}
HANDOVER_TEXTS = ("place", "who_meets")


def looked_at(
    referral: Referral, *, by: Member, side: Party | None = None, part: str = ""
) -> None:
    """Write down that the card was looked at; of what has ended it shows nothing of the case.

    Here and below, `side` spares a look-up already made.
    """
    runs = State(referral.state) in ASKED | TAKEN
    open_to = runs or (side or policy.party_of(by, referral)) is Party.SENDER
    case = referral.case.code if open_to else ""
    facts: dict[str, log.Fact] = {"part": part} if part else {}
    log.record(
        "read.card", by=by, about=referral.code, case=case, groups=TRIAGE_ONLY, facts=facts
    )


def texts_for(
    actor: Member, referral: Referral, *, side: Party | None = None
) -> dict[str, str]:
    """The sealed texts that the actor's side may read now, by name; opening them is logged."""
    state = State(referral.state)
    if (side or policy.party_of(actor, referral)) is Party.SENDER:
        names: tuple[str, ...] = _SENDER_TEXTS
    else:
        names = _RECEIVER_TEXTS.get(state, ())
    return _opened(actor, referral, {name: getattr(referral, _FIELDS[name]) for name in names})


def handover_for(actor: Member, referral: Referral) -> tuple[Handover, dict[str, str]] | None:
    """The plan of the handover with its words, while the referral runs."""
    handover = Handover.objects.filter(referral=referral).first()
    if handover is None or State(referral.state) not in TAKEN:
        return None
    words = {"place": handover.place, "who_meets": handover.who_meets}
    return handover, _opened(actor, referral, words)


def messages_for(
    actor: Member, referral: Referral, *, side: Party | None = None
) -> list[dict[str, Any]]:
    """The thread, oldest first: the sender keeps it, the receiver has it while it runs."""
    receiver = (side or policy.party_of(actor, referral)) is Party.RECEIVER
    if receiver and State(referral.state) not in ASKED | TAKEN:
        return []
    rows = list(referral.messages.select_related("author", "agency").order_by("pk")[:500])
    texts = _opened(actor, referral, {row.code: row.text for row in rows})
    return [
        {
            "code": row.code,
            "by": row.author.username,
            "by_name": row.author.known_as,
            "agency": row.agency.code,
            "agency_name": row.agency.name,
            "written_at": row.written_at,
            "text": texts[row.code],
        }
        for row in rows
    ]


def why_onward(actor: Member, onward: Onward) -> str:
    """Why a receiver proposes it, to be read by the sender alone."""
    if policy.party_of(actor, onward.referral) is not Party.SENDER:
        raise Denied("only_the_sender_may_answer")
    case = onward.referral.case
    texts = vault.open_texts(
        case.person, {onward.code: onward.reason}, by=actor, case=case.code, what="onward"
    )
    return texts[onward.code]


def triage_for(
    actor: Member, referral: Referral, *, side: Party | None = None
) -> dict[str, Any] | None:
    """The triage card: for the receiver while it is asked and while it helps."""
    receiver = (side or policy.party_of(actor, referral)) is Party.RECEIVER
    if receiver and State(referral.state) not in ASKED | TAKEN:
        return None
    return disclosure.triage_card(referral)


def verbs_for(
    actor: Member, referral: Referral, *, side: Party | None = None
) -> dict[str, Any]:
    """What the actor may do now, and for the rest why not, as codes."""
    now: list[str] = []
    not_now: dict[str, str] = {}
    state, party = State(referral.state), side or policy.party_of(actor, referral)
    for verb in Verb:
        verdict = policy.may_as(party, verb)
        if not verdict:
            not_now[verb] = verdict.reason
        elif verb in FLOW.verbs_from(state):
            now.append(verb)
        else:
            not_now[verb] = f"cannot_{verb}_when_{state}"
    for act in Act:
        verdict = policy.may_act_as(party, actor, act)
        if not verdict:
            not_now[act] = verdict.reason
        elif policy.in_time(party, act, referral):
            now.append(act)
        else:
            not_now[act] = f"cannot_{act}_when_{state}"
    return {"now": now, "not_now": not_now}


def not_yet(
    referral: Referral, handover: Handover | None, *, attempts: int, side: Party
) -> dict[str, str]:
    """What the state would allow and something else does not yet, each with the code of why."""
    why: dict[str, str] = {}
    if handover is None or not handover.confirmed:
        why[Verb.FIRST_CONTACT] = "handover_not_confirmed_by_both"
    if handover is None:
        why[Act.CONFIRM_HANDOVER] = "no_handover_planned"
    elif getattr(handover, f"{side}_confirmed_at") is not None:
        why[Act.CONFIRM_HANDOVER] = "cannot_confirm_handover_when_confirmed"
    if attempts < LEAST_ATTEMPTS:
        why[Verb.NOT_REACHED] = "too_few_attempts"
    if referral.question is not None:
        why[Verb.REQUEST_INFO] = "information_was_asked_for_before"
    if referral.recall_acknowledged_at is not None:
        why[Act.ACKNOWLEDGE_RECALL] = "recall_was_acknowledged"
    return why


def _opened(
    actor: Member, referral: Referral, sealed: Mapping[str, bytes | memoryview | None]
) -> dict[str, str]:
    # A message is sealed for its own code, the other texts for their place in the referral.
    prefix = f"{referral.code} "
    texts = vault.open_texts(
        referral.case.person,
        {prefix + name: text for name, text in sealed.items()},
        by=actor,
        case=referral.case.code,
        what="referral",
    )
    return {place.removeprefix(prefix): text for place, text in texts.items()}
