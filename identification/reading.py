"""An identification as one side may see it at this moment; opening what is sealed is logged."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, TypedDict

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import policy as case_policy
from cases import vault
from cases.deadlines import today
from cases.models import Case
from identification import instruments, policy, queries
from identification.instruments import Definition
from identification.models import Decision, Identification, Screening, Statement
from identification.workflow import ADULTS_ONLY, FLOW, Party, State, Verb
from kernel.groups import DataGroup

Content = dict[str, Any]


class Verbs(TypedDict):
    now: list[str]
    not_now: dict[str, str]


def texts_for(actor: Member, identification: Identification) -> dict[str, str]:
    """What was weighed for a child, and what new evidence there is: for both sides."""
    places = {
        f"{identification.code} interest": identification.best_interest,
        f"{identification.code} evidence": identification.new_evidence,
    }
    texts = _opened(actor, identification.case, places)
    return {place.split()[-1]: text for place, text in texts.items()}


def reasons_of(actor: Member, decision: Decision) -> tuple[str, dict[str, str]]:
    """The reasons of a decision, and for the owner's side the proofs that it was told."""
    case = decision.identification.case
    places: dict[str, Any] = {decision.code: decision.reasons}
    if case_policy.is_own(actor, case):
        places |= {f"{decision.code} {t.whom}": t.proof for t in decision.tellings.all()}
    texts = _opened(actor, case, places)
    reasons = texts.pop(decision.code)
    return reasons, {place.split()[-1]: text for place, text in texts.items()}


# The policy judges by the party of a verb: one question for each answers for all its verbs.
ASKED = {Party.WORKER: Verb.SUBMIT, Party.OFFICER: Verb.RECOGNISE}


def verbs_for(
    actor: Member, identification: Identification, parties: Iterable[Party] = tuple(ASKED)
) -> Verbs:
    """What the actor may do now, and for the rest why not, as codes: the verbs of these parties."""
    now: list[str] = []
    not_now: dict[str, str] = {}
    state = State(identification.state)
    verdicts = {party: policy.may(actor, ASKED[party], identification) for party in parties}
    for verb in Verb:
        verdict = verdicts.get(Party(FLOW.party(verb)))
        if verdict is None:
            continue
        if not verdict:
            not_now[verb] = verdict.reason
        elif verb in FLOW.verbs_from(state):
            now.append(verb)
        else:
            not_now[verb] = f"cannot_{verb}_when_{state}"
    return {"now": now, "not_now": not_now}


def moves_for(actor: Member, identification: Identification, *, at: dt.datetime) -> Verbs:
    """`verbs_for` the actor's own side alone, with `extend`, and what time, age and paper forbid."""
    party = policy.party_of(actor, identification)
    found = verbs_for(actor, identification, () if party is None else (party,))
    now, not_now = found["now"], found["not_now"]
    if party == Party.OFFICER:
        # Extending is for who may end it.
        if Verb.CONFIRM in now:
            now.append("extend")
        else:
            not_now["extend"] = not_now[Verb.CONFIRM]
    for verb, why in _barred(identification, at=at).items():
        if verb in now:
            now.remove(verb)
            not_now[verb] = why
    return {"now": now, "not_now": not_now}


def _barred(identification: Identification, *, at: dt.datetime) -> dict[str, str]:
    """What the state would allow and something else does not, each with its reason."""
    case = identification.case
    barred: dict[str, str] = {}
    ends, until = identification.reflection_ends_at, identification.reconsider_until
    if identification.state == State.POSSIBLE and ends is not None:
        waits = at < ends
        barred |= dict.fromkeys(
            (Verb.CONFIRM, Verb.REJECT) if waits else ("extend",),
            "reflection_period_runs" if waits else "reflection_has_ended",
        )
    if case.person.is_child:
        barred |= dict.fromkeys(ADULTS_ONLY, "not_for_a_child")
    if until is not None and at > until:
        barred[Verb.RECONSIDER] = "reconsideration_window_is_over"
    if identification.state == State.SCREENING and not queries.filled_in(case):
        barred[Verb.SUBMIT] = "no_screening_submitted"
    return barred


def verbs_of_screening(actor: Member, screening: Screening, *, own: bool) -> Verbs:
    """What the actor may do with a screening now, and for the rest why not, as codes."""
    asked = case_policy.may(actor, case_policy.Verb.SCREEN, screening.case, own=own)
    writes = policy.may_fill_in(actor, screening)
    discards = policy.may_fill_in(actor, screening, also=Role.SUPERVISOR)
    begun, there = screening.state == "draft", screening.state == "submitted"
    ended = "screening_is_submitted" if there else f"cannot_answer_when_{screening.state}"
    why = {
        **dict.fromkeys(("answer", "submit", "discard"), "" if begun else ended),
        "correct": "" if there else f"cannot_correct_when_{screening.state}",
    }
    if there and hasattr(screening, "corrected_by"):
        why["correct"] = "screening_is_corrected"
    for verb, verdict in (("answer", writes), ("submit", writes), ("discard", discards)):
        why[verb] = why[verb] or verdict.reason
    if not asked:
        why = dict.fromkeys(why, asked.reason)
    return {
        "now": [verb for verb in why if not why[verb]],
        "not_now": {verb: reason for verb, reason in why.items() if reason},
    }


def _opened(actor: Member, case: Case, places: dict[str, Any]) -> dict[str, str]:
    return vault.open_texts(
        case.person, places, by=actor, case=case.code, what="identification"
    )


def read(screening: Screening, *, by: log.Actor, why: str) -> Content:
    """The answers and remarks; opening them is written down first."""
    return read_all([screening], by=by, why=why)[screening.code]


def read_all(screenings: list[Screening], *, by: log.Actor, why: str) -> dict[str, Content]:
    """The answers and remarks of several screenings of one case, by code."""
    if not screenings:
        return {}
    case = screenings[0].case
    texts = vault.open_texts(
        case.person,
        {each.code: bytes(each.content) for each in screenings},
        by=by,
        case=case.code,
        what="screening",
        groups=[DataGroup.SCREENING],
        why=why,
    )
    return {code: json.loads(text) for code, text in texts.items()}


def definition_of(screening: Screening) -> Definition:
    """The version of the instrument that the answers belong to."""
    found = instruments.get(screening.instrument, screening.instrument_version)
    assert found is not None, "a version is never taken away"
    assert found.sha256 == screening.definition_sha256, "a version is never changed"
    return found


def told(case: Case, *, by: log.Actor, why: str) -> list[dict[str, Any]]:
    """What the person has told in their own words, oldest first, each with its day."""
    rows = list(Statement.objects.filter(case=case).order_by("pk"))
    if not rows:
        return []
    texts = vault.open_texts(
        case.person,
        {row.code: bytes(row.text) for row in rows},
        by=by,
        case=case.code,
        what="statements",
        groups=[DataGroup.TRAFFICKING],
        why=why,
    )
    return [
        {"code": row.code, "told_on": row.told_on.isoformat(), "text": texts[row.code]}
        for row in rows
    ]


def filled_in(case: Case, *, by: log.Actor, why: str) -> list[dict[str, Any]]:
    """The screenings that stand, newest first, with their answers: what the data group holds."""
    rows = queries.filled_in(case)
    contents = read_all(rows, by=by, why=why)
    return [
        {
            "code": row.code,
            "instrument": row.instrument,
            "instrument_version": row.instrument_version,
            "submitted_on": today(case, row.submitted_at).isoformat()
            if row.submitted_at
            else None,
            **contents[row.code],
        }
        for row in rows
    ]
